/* cli/main.c - the binary: which command is meant. */
#include <cli/commands.h>
#include <cli/completion.h>
#include <cli/man.h>
#include <cli/nearest.h>
#include <mcp/error.h>

static void print_overview(FILE *out)
{
    fputs("cistern " CISTERN_VERSION " - credit pools for people, scripts and models\n\n"
          "usage: cistern COMMAND [options] [arguments]\n\ncommands:\n",
          out);
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        fprintf(out, "  %-18s %s\n", c->name, c->summary);
    }
    fputs(
        "\n  help [COMMAND], --help, --version, --print-errors, --print-config, --print-openapi,\n"
        "  --print-man [COMMAND], --print-commands, --print-completion SHELL\n\nexit codes:\n",
        out);
    for (const struct cli_exit_code *c = cli_exit_codes; c->meaning; c++) {
        fprintf(out, "  %2d  %s\n", (int)c->code, c->meaning);
    }
}

static enum cli_exit print_errors(FILE *out)
{
    static const char *const SURFACES[] = {
        [MCP_SURFACE_RESULT] = "result",
        [MCP_SURFACE_PROTOCOL] = "error",
        [MCP_SURFACE_TOOL] = "isError",
    };

    fprintf(out, "%-20s %8s %5s %5s %-20s %-8s %s\n", "NAME", "JSON-RPC", "MCP", "REST",
            "REST CODE", "SAID AS", "MEANING");
    for (int i = MCP_OK + 1; i < MCP_ERR_COUNT; i++) {
        const struct mcp_err_info *e = mcp_err_info((mcp_err)i);

        fprintf(out, "%-20s %8d %5d %5d %-20s %-8s %s\n", e->name, e->code, e->http_status,
                e->rest_status, e->rest_code, SURFACES[e->surface], e->meaning);
    }
    return CLI_DONE;
}

/* How many words of argv name the command; 0 when they do not. */
static int words_of(const struct cli_command *c, int argc, char **argv)
{
    mcp_str rest = mcp_str_c(c->name);
    int n = 0;

    while (rest.ptr) {
        if (n == argc || !mcp_str_eq(mcp_str_cut(&rest, ' '), mcp_str_c(argv[n]))) {
            return 0;
        }
        n++;
    }
    return n;
}

static const struct cli_command *find_command(int argc, char **argv, int *ret_words)
{
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        *ret_words = words_of(c, argc, argv);
        if (*ret_words) {
            return c;
        }
    }
    return NULL;
}

/* "token", "token --help": the commands that begin with this word. False when none does. */
static bool print_group(FILE *out, const char *word)
{
    size_t n = strlen(word);
    bool is_found = false;

    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (strncmp(c->name, word, n) == 0 && c->name[n] == ' ') {
            fprintf(out, "cistern %s%s%s - %s\n", c->name, c->arguments ? " " : "",
                    c->arguments ? c->arguments : "", c->summary);
            is_found = true;
        }
    }
    return is_found;
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

static enum cli_exit unknown(int argc, char **argv)
{
    if (argc > 1 && is_help(argv[1]) && print_group(stdout, argv[0])) {
        return CLI_DONE;
    }
    if (argc == 1 && print_group(stderr, argv[0])) {
        fputs("cistern: a command of two words; try 'cistern --help'\n", stderr);
        return CLI_USAGE;
    }
    char words[64], hint[128];
    struct cli_nearest near = {.word = mcp_str_c(argv[0])};

    for (const struct cli_command *c = cli_commands; c->name; c++) {
        cli_nearest_try(&near, c->name);
    }
    snprintf(words, sizeof(words), "%.30s%s%.30s", argv[0], argc > 1 ? " " : "",
             argc > 1 ? argv[1] : "");
    if (argc > 1 && !near.best) {
        near.word = mcp_str_c(words);
        for (const struct cli_command *c = cli_commands; c->name; c++) {
            cli_nearest_try(&near, c->name);
        }
    }
    fprintf(stderr, "cistern: unknown command \"%s\"%s; try 'cistern --help'\n", words,
            cli_nearest_words(&near, "", hint));
    return CLI_USAGE;
}

static enum cli_exit run_command(struct cli *cli, int argc, char **argv)
{
    int words = 0;
    const struct cli_command *command = find_command(argc, argv, &words);

    if (!command) {
        return unknown(argc, argv);
    }
    enum cli_exit code;

    if (!cli_parse(cli, command, argc - words, argv + words, &code)) {
        return code;
    }
    if (!cli->wants_help) {
        return command->run(cli);
    }
    if (command->help && cli->n_arguments) {
        return command->help(cli);
    }
    cli_help(cli, command);
    return CLI_DONE;
}

/* help [COMMAND] */
static enum cli_exit help(struct cli *cli, int argc, char **argv)
{
    int words = 0;
    const struct cli_command *command = argc ? find_command(argc, argv, &words) : NULL;

    if (argc == 0) {
        print_overview(cli->out);
    } else if (command) {
        cli_help(cli, command);
    } else if (!print_group(cli->out, argv[0])) {
        return unknown(argc, argv);
    }
    return CLI_DONE;
}

/* --print-man [COMMAND] */
static enum cli_exit print_man(FILE *out, int argc, char **argv)
{
    int words = 0;
    const struct cli_command *command = argc ? find_command(argc, argv, &words) : NULL;

    if (argc && !command) {
        return unknown(argc, argv);
    }
    if (command) {
        cli_man_of(out, CISTERN_VERSION, command);
    } else {
        cli_man(out, CISTERN_VERSION);
    }
    return CLI_DONE;
}

static enum cli_exit print_commands(FILE *out)
{
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        fprintf(out, "%s\n", c->name);
    }
    return CLI_DONE;
}

static enum cli_exit print_completion(FILE *out, const char *shell)
{
    if (cli_completion(out, shell)) {
        return CLI_DONE;
    }
    fputs("cistern: --print-completion bash, zsh or fish; try 'cistern --help'\n", stderr);
    return CLI_USAGE;
}

static enum cli_exit dispatch(struct cli *cli, int argc, char **argv)
{
    char config[] = "config", print[] = "print"; /* --print-config is another name of it */
    char *words[CLI_ARGUMENTS_MAX] = {config, print};

    if (argc < 2) {
        fputs("cistern: no command; try 'cistern --help'\n", stderr);
        return CLI_USAGE;
    }
    if (is_help(argv[1])) {
        return help(cli, argc - 2, argv + 2);
    }
    if (strcmp(argv[1], "--version") == 0) {
        fputs("cistern " CISTERN_VERSION "\n", cli->out);
        return CLI_DONE;
    }
    if (strcmp(argv[1], "--print-errors") == 0) {
        return print_errors(cli->out);
    }
    if (strcmp(argv[1], "--print-openapi") == 0) {
        return cli_print_openapi(cli);
    }
    if (strcmp(argv[1], "--print-man") == 0) {
        return print_man(cli->out, argc - 2, argv + 2);
    }
    if (strcmp(argv[1], "--print-commands") == 0) {
        return print_commands(cli->out);
    }
    if (strcmp(argv[1], "--print-completion") == 0) {
        return print_completion(cli->out, argc > 2 ? argv[2] : "");
    }
    if (strcmp(argv[1], "--print-config") != 0 || argc > CLI_ARGUMENTS_MAX) {
        return run_command(cli, argc - 1, argv + 1);
    }
    memcpy(words + 2, argv + 2, (size_t)(argc - 2) * sizeof(*argv));
    return run_command(cli, argc, words);
}

int main(int argc, char **argv)
{
    struct cli cli = {.out = stdout, .err = stderr};
    enum cli_exit code = dispatch(&cli, argc, argv);

    cli_free(&cli);
    /* A result that did not reach its reader is not a result. */
    if ((fflush(stdout) || ferror(stdout)) && code == CLI_DONE) {
        fputs("cistern: cannot write to standard output\n", stderr);
        code = CLI_IO;
    }
    return (int)code;
}
