/* cli/options.c - reading a command line by its command's table. */
#include <cli/config_file.h>
#include <cli/nearest.h>
#include <cli/options.h>

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>

const struct cli_exit_code cli_exit_codes[] = {
    {CLI_DONE, "done"},
    {CLI_REFUSED, "the operation said no (no such thing, a conflict, a bad row was found)"},
    {CLI_USAGE, "usage: an option or argument is wrong"},
    {CLI_UNREACHABLE, "cannot listen on the address, or reach another server"},
    {CLI_BUG, "a bug in this program"},
    {CLI_IO, "input or output failed: the store, a file"},
    {CLI_LATER, "try later: overloaded, in use, or stopped before work was finished"},
    {CLI_DONE, NULL},
};

struct suffix {
    const char *text;
    int64_t factor;
};

static const struct suffix BYTE_SUFFIXES[] = {
    {"", 1}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {NULL, 0}};
static const struct suffix TIME_SUFFIXES[] = {
    {"", 1}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {NULL, 0}};
static const struct suffix NO_SUFFIXES[] = {{"", 1}, {NULL, 0}};

enum cli_exit cli_usage(const struct cli *cli, const char *fmt, ...)
{
    va_list ap;

    fprintf(cli->err, "cistern %s: ", cli->command->name);
    va_start(ap, fmt);
    vfprintf(cli->err, fmt, ap);
    va_end(ap);
    fprintf(cli->err, "; try 'cistern %s --help'\n", cli->command->name);
    return CLI_USAGE;
}

enum cli_exit cli_say(const struct cli *cli, enum cli_exit code, const char *fmt, ...)
{
    va_list ap;

    fprintf(cli->err, "cistern %s: ", cli->command->name);
    va_start(ap, fmt);
    vfprintf(cli->err, fmt, ap);
    va_end(ap);
    fputc('\n', cli->err);
    return code;
}

static const struct suffix *suffixes_of(enum cli_kind kind)
{
    if (kind == CLI_BYTES) {
        return BYTE_SUFFIXES;
    }
    return kind == CLI_TIME ? TIME_SUFFIXES : NO_SUFFIXES;
}

bool cli_parse_number(const struct cli_option *row, const char *text, int64_t *ret)
{
    size_t digits = strspn(text, "0123456789");
    uint64_t v;

    if (row->kind == CLI_TEXT || row->kind == CLI_FLAG ||
        !mcp_str_uint(mcp_str_n(text, digits), INT64_MAX, &v)) {
        return false;
    }
    for (const struct suffix *s = suffixes_of(row->kind); s->text; s++) {
        int64_t scaled;

        if (strcmp(s->text, text + digits) == 0) {
            if (__builtin_mul_overflow((int64_t)v, s->factor, &scaled) || scaled < row->min ||
                scaled > row->max) {
                return false;
            }
            *ret = scaled;
            return true;
        }
    }
    return false;
}

void cli_env_name(const struct cli_option *row, char *out, size_t bytes)
{
    snprintf(out, bytes, "CISTERN_%s", row->name);
    for (char *p = out; *p; p++) {
        if (*p == '-') {
            *p = '_';
        } else if (*p >= 'a' && *p <= 'z') {
            *p = (char)(*p - 'a' + 'A');
        }
    }
}

static const char *wanted(const struct cli_option *row)
{
    switch (row->kind) {
    case CLI_NUMBER:
        return "a whole number";
    case CLI_BYTES:
        return "a size (bytes, or with K, M, G)";
    case CLI_TIME:
        return "a time (milliseconds, or with s, m, h, d)";
    case CLI_FLAG:
        return "yes or no";
    case CLI_TEXT:
    default:
        return "a value";
    }
}

/* The number of a value, 0 of a text. */
static bool read_value(const struct cli_option *row, const char *text, int64_t *ret)
{
    *ret = 0;
    if (row->kind == CLI_TEXT) {
        return true;
    }
    if (row->kind != CLI_FLAG) {
        return cli_parse_number(row, text, ret);
    }
    *ret = strcmp(text, "yes") == 0 || strcmp(text, "1") == 0;
    return *ret || strcmp(text, "no") == 0 || strcmp(text, "0") == 0;
}

/* As a person would write it: "30d", "64K", "60". */
static void put_number(const struct cli_option *row, int64_t v, char out[32])
{
    const struct suffix *best = suffixes_of(row->kind);

    for (const struct suffix *s = best; s->text && v; s++) {
        best = v % s->factor == 0 ? s : best;
    }
    snprintf(out, 32, "%lld%s", (long long)(v / best->factor), best->text);
}

bool cli_check_value(const struct cli_option *row, const char *text, char *reterr, size_t bytes)
{
    bool has_range = row->kind != CLI_TEXT && row->kind != CLI_FLAG;
    char least[32], most[32];
    int64_t number;

    if (read_value(row, text, &number)) {
        return true;
    }
    put_number(row, row->min, least);
    put_number(row, row->max, most);
    snprintf(reterr, bytes,
             has_range ? "\"%.100s\" is not %s between %s and %s" : "\"%.100s\" is not %s", text,
             wanted(row), least, most);
    return false;
}

/* Add `text` to the row's value; `from` names where it stands, for the message. */
static bool store_text(struct cli *cli, const struct cli_option *row, struct cli_value *v,
                       const char *text, enum cli_source source, const char *from)
{
    char why[256];

    if (!cli_check_value(row, text, why, sizeof(why))) {
        cli_usage(cli, "%s: %s", from, why);
        return false;
    }
    (void)read_value(row, text, &v->number);
    if (v->n_text && (!row->is_repeated || v->n_text == CLI_REPEATS_MAX)) {
        cli_usage(cli, "%s: given too often", from);
        return false;
    }
    v->text[v->n_text++] = text;
    v->source = source;
    return true;
}

static bool read_env(struct cli *cli, const struct cli_option *row, struct cli_value *v)
{
    char name[64];
    const char *text;

    cli_env_name(row, name, sizeof(name));
    text = row->has_env ? getenv(name) : NULL;
    return !text || !*text || store_text(cli, row, v, text, CLI_FROM_ENVIRONMENT, name);
}

/* Every line of the file with the row's name. */
static bool read_file(struct cli *cli, const struct cli_option *row, struct cli_value *v)
{
    const struct cli_config_line *line =
        row->has_env ? cli_config_next(cli->file, row->name, NULL) : NULL;

    for (; line; line = cli_config_next(cli->file, row->name, line)) {
        char from[320];

        cli_config_where(cli->file, line, from, sizeof(from));
        if (!store_text(cli, row, v, line->value, CLI_FROM_FILE, from)) {
            return false;
        }
    }
    return true;
}

/* The file itself, then what neither a flag nor the environment has said. */
static bool read_rest(struct cli *cli, enum cli_exit *ret_code)
{
    const struct cli_option *row = cli->command->options;
    struct cli_value *config = &cli->values[CLI_OPTIONS_MAX];

    *ret_code = CLI_USAGE;
    if (config->source == CLI_FROM_NOTHING && !read_env(cli, &cli_config_row, config)) {
        return false;
    }
    *ret_code = cli_config_read(cli, config->n_text ? config->text[0] : NULL, &cli->file);
    if (*ret_code) {
        return false;
    }
    *ret_code = CLI_USAGE;
    for (size_t i = 0; row[i].name; i++) {
        struct cli_value *v = &cli->values[i];

        assert(i < CLI_OPTIONS_MAX && "a command with more options than CLI_OPTIONS_MAX");
        if (v->source == CLI_FROM_NOTHING &&
            !(read_env(cli, &row[i], v) && (v->source || read_file(cli, &row[i], v)))) {
            return false;
        }
        if (v->source == CLI_FROM_NOTHING && row[i].fallback &&
            !store_text(cli, &row[i], v, row[i].fallback, CLI_FROM_DEFAULT, row[i].name)) {
            return false;
        }
    }
    return true;
}

static const struct cli_option *find_row(const struct cli *cli, mcp_str name, size_t *ret_i)
{
    const struct cli_option *row = cli->command->options;

    for (size_t i = 0; row[i].name; i++) {
        if (mcp_str_eq(mcp_str_c(row[i].name), name)) {
            *ret_i = i;
            return &row[i];
        }
    }
    *ret_i = CLI_OPTIONS_MAX;
    return mcp_str_eq(mcp_str_c(cli_config_row.name), name) ? &cli_config_row : NULL;
}

static int unknown_option(const struct cli *cli, mcp_str name, const char *from)
{
    struct cli_nearest near = {.word = name};
    char hint[128];

    for (const struct cli_option *row = cli->command->options; row->name; row++) {
        cli_nearest_try(&near, row->name);
    }
    cli_nearest_try(&near, cli_help_row.name);
    cli_nearest_try(&near, cli_config_row.name);
    cli_usage(cli, "unknown option %s%s", from, cli_nearest_words(&near, "--", hint));
    return 0;
}

/* Read one "--name", "--name=value" or "--name value"; returns how many words it took, 0 after an
 * error. */
static int read_option(struct cli *cli, const char *word, const char *next)
{
    mcp_str value = mcp_str_c(word + 2);
    mcp_str name = mcp_str_cut(&value, '=');
    const struct cli_option *row;
    char from[80];
    size_t i = 0;

    row = find_row(cli, name, &i);
    snprintf(from, sizeof(from), "--%.*s", name.len > 64 ? 64 : (int)name.len, name.ptr);
    if (!row) {
        return unknown_option(cli, name, from);
    }
    if (row->kind == CLI_FLAG) {
        if (value.ptr) {
            cli_usage(cli, "%s takes no value", from);
            return 0;
        }
        cli->values[i] = (struct cli_value){.source = CLI_FROM_FLAG, .number = 1};
        return 1;
    }
    if (!value.ptr && !next) {
        cli_usage(cli, "%s needs %s", from, row->argument);
        return 0;
    }
    if (!store_text(cli, row, &cli->values[i], value.ptr ? value.ptr : next, CLI_FROM_FLAG, from)) {
        return 0;
    }
    return value.ptr ? 1 : 2;
}

/* "-" is standard input and "-5" a number: arguments, not options. */
static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0' && !(word[1] >= '0' && word[1] <= '9');
}

static bool read_words(struct cli *cli, int argc, char **argv)
{
    bool is_over = false;

    for (int i = 0; i < argc;) {
        if (!is_over && strcmp(argv[i], "--") == 0) {
            is_over = true;
            i++;
        } else if (!is_over && (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)) {
            cli->wants_help = true;
            i++;
        } else if (!is_over && is_option(argv[i])) {
            int took = 0;

            if (argv[i][1] != '-') {
                cli_usage(cli, "unknown option %s", argv[i]);
            } else {
                took = read_option(cli, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
            }
            if (took == 0) {
                return false;
            }
            i += took;
        } else if (cli->n_arguments == CLI_ARGUMENTS_MAX) {
            cli_usage(cli, "too many arguments");
            return false;
        } else {
            cli->arguments[cli->n_arguments++] = argv[i++];
        }
    }
    return true;
}

/* What follows the first `n` words. */
static const char *words_behind(const char *text, size_t n)
{
    for (; n && strchr(text, ' '); n--) {
        text = strchr(text, ' ') + 1;
    }
    return text;
}

bool cli_parse(struct cli *cli, const struct cli_command *command, int argc, char **argv,
               enum cli_exit *ret_code)
{
    cli->command = command;
    cli->argc = argc;
    cli->argv = argv;
    *ret_code = CLI_USAGE;
    if (!read_words(cli, argc, argv)) {
        return false;
    }
    if (cli->wants_help) {
        return !command->help || cli->n_arguments == 0 || read_rest(cli, ret_code);
    }
    if (cli->n_arguments < command->arguments_min) {
        cli_usage(cli, "missing %s", words_behind(command->arguments, cli->n_arguments));
        return false;
    }
    if (cli->n_arguments > command->arguments_max) {
        cli_usage(cli, "unexpected \"%s\"", cli->arguments[command->arguments_max]);
        return false;
    }
    return read_rest(cli, ret_code);
}

void cli_free(struct cli *cli)
{
    cli_config_free(cli->file);
    cli->file = NULL;
}

bool cli_has(const struct cli *cli, const char *name)
{
    size_t i;

    return find_row(cli, mcp_str_c(name), &i) != NULL;
}

const struct cli_value *cli_value(const struct cli *cli, const char *name)
{
    size_t i = 0;
    const struct cli_option *row = find_row(cli, mcp_str_c(name), &i);

    assert(row && "an option that is not in the command's table");
    (void)row;
    return &cli->values[i];
}

const char *cli_text(const struct cli *cli, const char *name)
{
    const struct cli_value *v = cli_value(cli, name);

    return v->n_text ? v->text[0] : NULL;
}

int64_t cli_number(const struct cli *cli, const char *name)
{
    return cli_value(cli, name)->number;
}

bool cli_flag(const struct cli *cli, const char *name)
{
    return cli_value(cli, name)->number != 0;
}

const char *cli_source_name(enum cli_source source)
{
    static const char *const NAMES[] = {
        [CLI_FROM_NOTHING] = "-", [CLI_FROM_DEFAULT] = "default",
        [CLI_FROM_FILE] = "file", [CLI_FROM_ENVIRONMENT] = "environment",
        [CLI_FROM_FLAG] = "flag",
    };

    return NAMES[source];
}
