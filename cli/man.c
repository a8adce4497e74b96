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

static void synopsis(FILE *out, const struct cli_command *c)
{
    fputs("\\fBcistern ", out);
    put(out, c->name);
    fputs("\\fR [\\fIoptions\\fR] ", out);
    put(out, c->arguments ? c->arguments : "");
    fputs("\n.PP\n", out);
}

/* What it does. */
static void description(FILE *out, const struct cli_command *c)
{
    putc(toupper((unsigned char)c->summary[0]), out);
    put(out, c->summary + 1);
    fputs(".\n", out);
    put(out, c->details ? c->details : "");
    fputs(c->details ? "\n" : "", out);
}

static void options(FILE *out, const struct cli_command *c)
{
    for (const struct cli_option *row = c->options; row->name; row++) {
        option(out, row);
    }
    option(out, &cli_config_row);
    option(out, &cli_help_row);
}

static void command(FILE *out, const struct cli_command *c)
{
    char title[64];

    snprintf(title, sizeof(title), "cistern %s", c->name);
    section(out, ".SS", title);
    synopsis(out, c);
    description(out, c);
    options(out, c);
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

/* Names are for copying: neither hyphenated nor spread. */
static void head(FILE *out, const char *title, const char *version)
{
    fprintf(out,
            ".\\\" Printed by cistern --print-man.\n.TH %s 1 \"\" \"cistern %s\"\n.nh\n.ad l\n",
            title, version);
    section(out, ".SH", "NAME");
}

/* The commands that share its first word. */
static void see_also(FILE *out, const struct cli_command *c)
{
    size_t n = strcspn(c->name, " ");

    for (const struct cli_command *o = cli_commands; o->name; o++) {
        char page[80];

        if (o != c && strcspn(o->name, " ") == n && strncmp(o->name, c->name, n) == 0) {
            snprintf(page, sizeof(page), "cistern-%s(1)", o->name);
            for (char *p = page; *p; p++) {
                *p = *p == ' ' ? '-' : *p;
            }
            paragraph(out, page);
        }
    }
}

void cli_man_of(FILE *out, const char *version, const struct cli_command *c)
{
    char title[64], line[256];

    snprintf(title, sizeof(title), "CISTERN-%s", c->name);
    for (char *p = title; *p; p++) {
        *p = *p == ' ' ? '-' : (char)toupper((unsigned char)*p);
    }
    head(out, title, version);
    snprintf(line, sizeof(line), "%s - %s", title, c->summary);
    for (char *p = line; *p != ' '; p++) {
        *p = (char)tolower((unsigned char)*p);
    }
    paragraph(out, line);
    section(out, ".SH", "SYNOPSIS");
    synopsis(out, c);
    section(out, ".SH", "DESCRIPTION");
    description(out, c);
    section(out, ".SH", "OPTIONS");
    options(out, c);
    exit_codes(out);
    section(out, ".SH", "SEE ALSO");
    see_also(out, c);
    paragraph(out, "cistern(1): how options, variables and the configuration file go together.");
}

void cli_man(FILE *out, const char *version)
{
    head(out, "CISTERN", version);
    paragraph(out, "cistern - credit pools for people, scripts and models");
    section(out, ".SH", "SYNOPSIS");
    paragraph(out, "cistern COMMAND [options] [arguments]");
    section(out, ".SH", "DESCRIPTION");
    paragraph(out, "An MCP server, a REST server and a command line over one embedded store: what "
                   "credit is left, when it runs out, and who may ask.");
    paragraph(out,
              "An option is given as --name value or --name=value. Where a variable is named "
              "in brackets, the value can come from it or from the configuration file, too; what "
              "stands on the command line wins, then the variable. SIZE is a number of bytes, or "
              "ends in K, M or G; TIME is a number of "
              "milliseconds, or ends in ms, s, m, h or d.");
    section(out, ".SH", "COMMANDS");
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        command(out, c);
    }
    section(out, ".SH", "OTHER OPTIONS");
    paragraph(out,
              "--help, --version, --print-config (as config print), --print-errors (each "
              "way a call can end, with its codes), --print-openapi (the document that serve "
              "answers at /openapi.json), --print-man [COMMAND] (this page, or that of a command), "
              "--print-commands, --print-completion bash|zsh|fish.");
    exit_codes(out);
    section(out, ".SH", "FILES");
    paragraph(out, "~/.local/share/cistern: the store, unless --data or CISTERN_DATA says "
                   "otherwise; readable by its owner only.");
    paragraph(out, CISTERN_CONFIG_FILE
              ": the configuration, unless --config or CISTERN_CONFIG says otherwise; a line is "
              "name = value, or begins with #.");
}
