/* cli/help.c - help text, all of it read from the tables. */
#include <cli/options.h>

#define HELP_COLUMN 30

static void print_row(FILE *out, const struct cli_option *row)
{
    char left[96], env[64];
    int n = snprintf(left, sizeof(left), "  --%s%s%s", row->name, row->argument ? " " : "",
                     row->argument ? row->argument : "");

    if (n >= HELP_COLUMN) {
        fprintf(out, "%s\n%*s", left, HELP_COLUMN, "");
    } else {
        fprintf(out, "%-*s", HELP_COLUMN, left);
    }
    fputs(row->help, out);
    if (row->fallback) {
        fprintf(out, " (default %s)", row->fallback);
    }
    if (row->is_repeated) {
        fputs("; may be repeated", out);
    }
    if (row->has_env) {
        cli_env_name(row, env, sizeof(env));
        fprintf(out, " [$%s]", env);
    }
    fputc('\n', out);
}

void cli_help(const struct cli *cli, const struct cli_command *command)
{
    FILE *out = cli->out;
    static const struct cli_option HELP = {
        .name = "help", .kind = CLI_FLAG, .help = "print this and exit"};

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
    print_row(out, &HELP);
    fputs("\nexit codes:\n", out);
    for (const struct cli_exit_code *c = cli_exit_codes; c->meaning; c++) {
        fprintf(out, "  %2d  %s\n", (int)c->code, c->meaning);
    }
}
