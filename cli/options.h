/* cli/options.h - one table per command: parsing, environment, defaults and help are read from it.
 *
 * A value comes from the command line, else from the environment (CISTERN_<NAME>), else from the
 * configuration file, the last two for rows that say so, else from the row. Every value is checked
 * against its row before the command runs. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <mcp/str.h>

#include <stdio.h>

/* The only exit codes; cli_exit_codes[] says what they mean and --help prints that. */
enum cli_exit {
    CLI_DONE = 0,
    CLI_REFUSED = 1,
    CLI_USAGE = 64,
    CLI_UNREACHABLE = 69,
    CLI_BUG = 70,
    CLI_IO = 74,
    CLI_LATER = 75
};

struct cli_exit_code {
    enum cli_exit code;
    const char *meaning; /* NULL ends the table */
};
extern const struct cli_exit_code cli_exit_codes[];

enum cli_kind {
    CLI_TEXT,
    CLI_FLAG,
    CLI_NUMBER, /* decimal digits, `min`..`max` */
    CLI_BYTES,  /* the same with K, M, G: powers of 1,024 */
    CLI_TIME    /* milliseconds; or with ms, s, m, h, d */
};

struct cli_option {
    const char *name;     /* without the dashes; NULL ends a table */
    const char *argument; /* its name in the help; NULL for a flag */
    const char *fallback; /* NULL: none */
    const char *help;     /* one line */
    enum cli_kind kind;
    int64_t min, max; /* of the numeric kinds */
    bool has_env;     /* CISTERN_<NAME> and the configuration file are read too */
    bool is_repeated; /* may be given several times */
    bool is_live;     /* SIGHUP gives a running server a new value */
};

#define CLI_OPTIONS_MAX   128
#define CLI_ARGUMENTS_MAX 256
#define CLI_REPEATS_MAX   16

/* Rows that several commands share. */
#define CLI_ROW_DATA                                                                               \
    {                                                                                              \
        .name = "data", .argument = "DIR", .has_env = true,                                        \
        .help = "the store's directory; default ~/.local/share/cistern"                            \
    }
/* Of commands that show or change pools and connections; cli_local_open() reads them. */
#define CLI_ROWS_DEFAULTS                                                                          \
    {.name = "default-low",                                                                        \
     .argument = "N",                                                                              \
     .has_env = true,                                                                              \
     .is_live = true,                                                                              \
     .help = "balance at which a pool is low, unless it or its connection says"},                  \
    {                                                                                              \
        .name = "default-critical", .argument = "N", .has_env = true, .is_live = true,             \
        .help = "the same for critical"                                                            \
    }
/* Of commands that make tokens; cli_local_open() reads them. */
#define CLI_ROWS_PREFIXES                                                                          \
    {.name = "access-prefix",                                                                      \
     .argument = "PREFIX",                                                                         \
     .has_env = true,                                                                              \
     .help = "what new tokens begin with; default qc_live_"},                                      \
    {                                                                                              \
        .name = "key-prefix", .argument = "PREFIX", .has_env = true,                               \
        .help = "the same of usage keys; default qg_live_"                                         \
    }
/* Of commands that make accounts; cli_local_open() reads it. */
#define CLI_ROW_WELCOME                                                                            \
    {                                                                                              \
        .name = "welcome-credits", .argument = "N", .fallback = "1000000", .kind = CLI_NUMBER,     \
        .max = ((int64_t)1 << 53) - 1, .has_env = true,                                            \
        .help = "credits of a new account, but the operator's; a million are a dollar"             \
    }
#define CLI_ROW_JSON                                                                               \
    {                                                                                              \
        .name = "json", .kind = CLI_FLAG, .help = "print the structured result as JSON"            \
    }
#define CLI_ROW_END                                                                                \
    {                                                                                              \
        .name = NULL                                                                               \
    }

struct cli;

struct cli_command {
    const char *name;      /* "token create"; NULL ends the table */
    const char *arguments; /* for the usage line: "NAME"; NULL: none */
    const char *summary;   /* one line */
    const char *details;   /* more for its own help; NULL: none */
    const struct cli_option *options;
    size_t arguments_min, arguments_max;
    enum cli_exit (*run)(struct cli *cli);
    /* Answers --help when there are arguments ("call TOOL --help"); NULL: the table does. */
    enum cli_exit (*help)(struct cli *cli);
};

enum cli_source {
    CLI_FROM_NOTHING,
    CLI_FROM_DEFAULT,
    CLI_FROM_FILE,
    CLI_FROM_ENVIRONMENT,
    CLI_FROM_FLAG
};

struct cli_value {
    enum cli_source source;
    const char *text[CLI_REPEATS_MAX]; /* point into argv, the environment, the file or the row */
    size_t n_text;
    int64_t number; /* of the numeric kinds; 1 for a flag that is set */
};

struct cli_config_file;

/* A command line that was read. */
struct cli {
    const struct cli_command *command;
    int argc;
    char **argv; /* what cli_parse() was given */
    /* In the order of the command's rows; the last is that of cli_config_row. */
    struct cli_value values[CLI_OPTIONS_MAX + 1];
    struct cli_config_file *file; /* owned; NULL: there is none */
    const char *arguments[CLI_ARGUMENTS_MAX];
    size_t n_arguments;
    bool wants_help;
    FILE *out, *err;
};

/* Read what follows the command's name; a zeroed `cli` with out and err. False after an error was
 * printed; *ret_code is then the exit code. */
bool cli_parse(struct cli *cli, const struct cli_command *command, int argc, char **argv,
               enum cli_exit *ret_code);
/* Values that came from the file end with it. */
void cli_free(struct cli *cli);

/* True when the command's table has the row. */
bool cli_has(const struct cli *cli, const char *name);

/* The row must exist (an assertion). NULL when there is no value. */
const char *cli_text(const struct cli *cli, const char *name);
const struct cli_value *cli_value(const struct cli *cli, const char *name);
int64_t cli_number(const struct cli *cli, const char *name);
bool cli_flag(const struct cli *cli, const char *name);

/* "flag", "environment", "file", "default", "-". */
const char *cli_source_name(enum cli_source source);

/* CISTERN_READY_FD for "ready-fd". */
void cli_env_name(const struct cli_option *row, char *out, size_t bytes);

/* One line on standard error that ends with where to find help; returns CLI_USAGE. */
enum cli_exit cli_usage(const struct cli *cli, const char *fmt, ...) MCP_FORMAT(2, 3);
/* One line on standard error; returns `code`. */
enum cli_exit cli_say(const struct cli *cli, enum cli_exit code, const char *fmt, ...)
    MCP_FORMAT(3, 4);

/* The rows that every command has besides its own. */
extern const struct cli_option cli_help_row, cli_config_row;
/* What the help says about a row: its words, its default, its variable. */
void cli_option_words(const struct cli_option *row, char *out, size_t bytes);

/* The command's help on standard output. */
void cli_help(const struct cli *cli, const struct cli_command *command);

/* "64K", "15s", "60": as the row's kind says. Text and flags are false. */
bool cli_parse_number(const struct cli_option *row, const char *text, int64_t *ret);
/* Whether `text` is a value of the row; if not, `reterr` says so. */
bool cli_check_value(const struct cli_option *row, const char *text, char *reterr, size_t bytes);

#endif
