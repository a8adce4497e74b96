/* cli/help.c - help text, all of it read from the tables. */
#include <cli/options.h>

#define HELP_COLUMN 30
#define HELP_WIDTH  100

const struct cli_option cli_help_row = {
    .name = "help", .kind = CLI_FLAG, .help = "print this and exit"};
const struct cli_option cli_config_row = {
    .name = "config",
    .argument = "FILE",
    .has_env = true,
    .help = "the configuration file; default " CISTERN_CONFIG_FILE " if there is one"};

void cli_option_words(const struct cli_option *row, char *out, size_t bytes)
{
    char env[64];

    cli_env_name(row, env, sizeof(env));
    snprintf(out, bytes, "%s%s%s%s%s%s%s%s", row->help, row->fallback ? " (default " : "",
             row->fallback ? row->fallback : "", row->fallback ? ")" : "",
             row->is_repeated ? "; may be repeated" : "", row->has_env ? " [$" : "",
             row->has_env ? env : "", row->has_env ? "]" : "");
}

static void print_row(FILE *out, const struct cli_option *row)
{
    char left[96], words[256];
    const char *at = words;
    int n = snprintf(left, sizeof(left), "  --%s%s%s", row->name, row->argument ? " " : "",
                     row->argument ? row->argument : "");

    cli_option_words(row, words, sizeof(words));
    fprintf(out, n >= HELP_COLUMN ? "%s\n%*s" : "%s%*s", left,
            n >= HELP_COLUMN ? HELP_COLUMN : HELP_COLUMN - n, "");
    while (strlen(at) > HELP_WIDTH - HELP_COLUMN) {
        int cut = HELP_WIDTH - HELP_COLUMN;

        while (cut > 0 && at[cut] != ' ') {
            cut--;
        }
        fprintf(out, "%.*s\n%*s", cut, at, HELP_COLUMN, "");
        at += cut + 1;
    }
    fprintf(out, "%s\n", at);
}

void cli_help(const struct cli *cli, const struct cli_command *command)
{
    FILE *out = cli->out;
    fprintf(out, "cistern %s - %s\n\nusage: cistern %s [options]%s%s\n", command->name,
            command->summary, command->name, command->arguments ? " " : "",
            command->arguments ? command->arguments : "");
    if (command->details) {
        fprintf(out, "\n%s\n", command->details);
    }
    fputs("\noptions:\n", out);
    for (const struct cli_option *row = command->options; row->name; row++) {
        print_row(out, row);
    }
    print_row(out, &cli_config_row);
    print_row(out, &cli_help_row);
    fputs("\nexit codes:\n", out);
    for (const struct cli_exit_code *c = cli_exit_codes; c->meaning; c++) {
        fprintf(out, "  %2d  %s\n", (int)c->code, c->meaning);
    }
}
