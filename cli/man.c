/* cli/man.c - see man.h. */
#include <cli/man.h>

#include <cli/commands.h>

#include <ctype.h>

/* Text as groff takes it: no backslash, no request at the start of a line, hyphens that can be
 * copied, lists that can be broken. */
static void put(FILE *out, const char *text)
{
    bool is_first = true;

    for (; *text; text++) {
        if (is_first && (*text == '.' || *text == '\'')) {
            fputs("\\&", out);
        }
        if (*text == '\\') {
            fputs("\\e", out);
        } else if (*text == '-') {
            fputs("\\-", out);
        } else if (*text == ',') {
            fputs(",\\:", out);
        } else {
            putc(*text, out);
        }
        is_first = *text == '\n';
    }
}

static void section(FILE *out, const char *request, const char *title)
{
    fprintf(out, "%s \"", request);
    put(out, title);
    fputs("\"\n", out);
}

static void paragraph(FILE *out, const char *text)
{
    put(out, text);
    fputs("\n.PP\n", out);
}

static void option(FILE *out, const struct cli_option *row)
{
    char words[256];

    cli_option_words(row, words, sizeof(words));
    fputs(".TP\n\\fB\\-\\-", out);
    put(out, row->name);
    fputs("\\fR", out);
    if (row->argument) {
        fputs(" \\fI", out);
        put(out, row->argument);
        fputs("\\fR", out);
    }
    putc('\n', out);
    put(out, words);
    putc('\n', out);
}

static void command(FILE *out, const struct cli_command *c)
{
    char title[64];

    snprintf(title, sizeof(title), "cistern %s", c->name);
    section(out, ".SS", title);
    fputs("\\fBcistern ", out);
    put(out, c->name);
    fputs("\\fR [\\fIoptions\\fR] ", out);
    put(out, c->arguments ? c->arguments : "");
    fputs("\n.PP\n", out);
    putc(toupper((unsigned char)c->summary[0]), out);
    put(out, c->summary + 1);
    fputs(".\n", out);
    put(out, c->details ? c->details : "");
    fputs(c->details ? "\n" : "", out);
    for (const struct cli_option *row = c->options; row->name; row++) {
        option(out, row);
    }
    option(out, &cli_config_row);
    option(out, &cli_help_row);
}

static void exit_codes(FILE *out)
{
    section(out, ".SH", "EXIT STATUS");
    for (const struct cli_exit_code *c = cli_exit_codes; c->meaning; c++) {
        fprintf(out, ".TP\n.B %d\n", (int)c->code);
        put(out, c->meaning);
        putc('\n', out);
    }
}

void cli_man(FILE *out, const char *version)
{
    /* Names are for copying: neither hyphenated nor spread. */
    fprintf(
        out,
        ".\\\" Printed by cistern --print-man.\n.TH CISTERN 1 \"\" \"cistern %s\"\n.nh\n.ad l\n",
        version);
    section(out, ".SH", "NAME");
    paragraph(out, "cistern - credit pools for people, scripts and models");
    section(out, ".SH", "SYNOPSIS");
    paragraph(out, "cistern COMMAND [options] [arguments]");
    section(out, ".SH", "DESCRIPTION");
    paragraph(out, "An MCP server, a REST server and a command line over one embedded store: what "
                   "credit is left, when it runs out, and who may ask.");
    paragraph(out, "An option is given as --name value or --name=value. Where a variable is named "
                   "in brackets, the value can come from it, too; what stands on the command line "
                   "wins. SIZE is a number of bytes, or ends in K, M or G; TIME is a number of "
                   "milliseconds, or ends in ms, s, m, h or d.");
    section(out, ".SH", "COMMANDS");
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        command(out, c);
    }
    section(out, ".SH", "OTHER OPTIONS");
    paragraph(out,
              "--help, --version, --print-config (as the command config), --print-errors (each "
              "way a call can end, with its codes), --print-openapi (the document that serve "
              "answers at /openapi.json), --print-man (this page).");
    exit_codes(out);
    section(out, ".SH", "FILES");
    paragraph(out, "~/.local/share/cistern: the store, unless --data or CISTERN_DATA says "
                   "otherwise; readable by its owner only.");
}
