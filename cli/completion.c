/* cli/completion.c - see completion.h. */
#include <cli/commands.h>
#include <cli/completion.h>

/* ---- Commands are one word or two ------------------------------------------------------------ */

static mcp_str first_word(const struct cli_command *c)
{
    mcp_str rest = mcp_str_c(c->name);

    return mcp_str_cut(&rest, ' ');
}

/* Empty: the command is one word. */
static const char *second_word(const struct cli_command *c)
{
    const char *space = strchr(c->name, ' ');

    return space ? space + 1 : "";
}

/* The first row of those that share its first word. */
static bool is_first(const struct cli_command *c)
{
    for (const struct cli_command *o = cli_commands; o < c; o++) {
        if (mcp_str_eq(first_word(o), first_word(c))) {
            return false;
        }
    }
    return true;
}

static bool is_group(const struct cli_command *c)
{
    return second_word(c)[0] != '\0';
}

/* The command that is the first word alone; NULL: there is none. */
static const struct cli_command *alone(mcp_str first)
{
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (mcp_str_eq(mcp_str_c(c->name), first)) {
            return c;
        }
    }
    return NULL;
}

static bool has_group(mcp_str first)
{
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (is_group(c) && mcp_str_eq(first_word(c), first)) {
            return true;
        }
    }
    return false;
}

static const char *summary_of(mcp_str first)
{
    const struct cli_command *c = alone(first);

    return c ? c->summary : "a group of commands";
}

/* Between single quotes; a shell's own quote ends and begins them again. */
static void put_quoted(FILE *out, const char *text, char colon)
{
    for (; *text; text++) {
        if (*text == '\'') {
            fputs("'\\''", out);
        } else if (colon && *text == colon) {
            fprintf(out, "\\%c", colon);
        } else {
            putc(*text, out);
        }
    }
}

typedef void row_fn(FILE *out, const struct cli_option *row);

static void each_option(FILE *out, const struct cli_command *c, row_fn *fn)
{
    for (const struct cli_option *row = c->options; row->name; row++) {
        fn(out, row);
    }
    fn(out, &cli_config_row);
    fn(out, &cli_help_row);
}

/* ---- bash and zsh: a case for each command --------------------------------------------------- */

static void bash_option(FILE *out, const struct cli_option *row)
{
    fprintf(out, " --%s", row->name);
}

static void zsh_option(FILE *out, const struct cli_option *row)
{
    fprintf(out, " '--%s:", row->name);
    put_quoted(out, row->help, ':');
    putc('\'', out);
}

static void put_word(FILE *out, bool is_zsh, mcp_str word, const char *summary)
{
    if (!is_zsh) {
        fprintf(out, " %.*s", MCP_STR_ARG(word));
        return;
    }
    fprintf(out, " '%.*s:", MCP_STR_ARG(word));
    put_quoted(out, summary, ':');
    putc('\'', out);
}

static void put_first_words(FILE *out, bool is_zsh)
{
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (is_first(c)) {
            put_word(out, is_zsh, first_word(c), summary_of(first_word(c)));
        }
    }
    put_word(out, is_zsh, MCP_STR("help"), "what a command does");
}

/* What follows the first word of a group. */
static void put_second_words(FILE *out, bool is_zsh, mcp_str group)
{
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (is_group(c) && mcp_str_eq(first_word(c), group)) {
            put_word(out, is_zsh, mcp_str_c(second_word(c)), c->summary);
        }
    }
}

static void put_options(FILE *out, bool is_zsh, const struct cli_command *c)
{
    each_option(out, c, is_zsh ? zsh_option : bash_option);
}

/* A command, a group, or both: `login` is one, and `login list` is of it. */
static void put_case_of_one(FILE *out, bool is_zsh, mcp_str first)
{
    const struct cli_command *own = alone(first);

    fprintf(out, "            %.*s) words=(", MCP_STR_ARG(first));
    if (own) {
        put_options(out, is_zsh, own);
    }
    fputs(" )", out);
    if (has_group(first)) {
        fputs("; [ \"$at\" != 2 ] || words+=(", out);
        put_second_words(out, is_zsh, first);
        fputs(" )", out);
    }
    fputs(" ;;\n", out);
}

/* Sets `words` to what may come next: "$at" is the number of the word, "$one" the first one, "$two"
 * the first two. */
static void put_cases(FILE *out, bool is_zsh)
{
    fputs("    case $at in\n    1) words=(", out);
    put_first_words(out, is_zsh);
    fputs(" ) ;;\n    *)\n        case \"$two\" in\n", out);
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (is_group(c)) {
            fprintf(out, "        '%s') words=(", c->name);
            put_options(out, is_zsh, c);
            fputs(" ) ;;\n", out);
        }
    }
    fputs("        *)\n            case \"$one\" in\n", out);
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (is_first(c)) {
            put_case_of_one(out, is_zsh, first_word(c));
        }
    }
    fputs("            esac ;;\n        esac ;;\n    esac\n", out);
}

static void bash(FILE *out)
{
    fputs("# Printed by cistern --print-completion bash.\n_cistern() {\n"
          "    local at=$COMP_CWORD one=${COMP_WORDS[1]-} words=()\n"
          "    local two=\"$one ${COMP_WORDS[2]-}\"\n",
          out);
    put_cases(out, false);
    fputs("    COMPREPLY=($(compgen -W \"${words[*]}\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\n"
          "complete -o default -F _cistern cistern\n",
          out);
}

static void zsh(FILE *out)
{
    fputs("#compdef cistern\n# Printed by cistern --print-completion zsh.\n_cistern() {\n"
          "    local at=$((CURRENT - 1)) one=${words[2]-} two=\"${words[2]-} ${words[3]-}\"\n"
          "    local -a words\n",
          out);
    put_cases(out, true);
    fputs("    (( $#words )) && _describe cistern words || _files\n}\n_cistern \"$@\"\n", out);
}

/* ---- fish: a line for each word -------------------------------------------------------------- */

/* "; and not" any second word of it yet. */
static void fish_no_second(FILE *out, mcp_str first)
{
    if (!has_group(first)) {
        return;
    }
    fputs("; and not __fish_seen_subcommand_from", out);
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (is_group(c) && mcp_str_eq(first_word(c), first)) {
            fprintf(out, " %s", second_word(c));
        }
    }
}

static void fish_condition(FILE *out, const struct cli_command *c)
{
    fprintf(out, "complete -c cistern -n '__fish_seen_subcommand_from %.*s",
            MCP_STR_ARG(first_word(c)));
    if (is_group(c)) {
        fprintf(out, "; and __fish_seen_subcommand_from %s", second_word(c));
    } else {
        fish_no_second(out, first_word(c));
    }
    putc('\'', out);
}

static void fish_option(FILE *out, const struct cli_option *row)
{
    fprintf(out, " -l %s%s -d '", row->name, row->argument ? " -r" : "");
    put_quoted(out, row->help, '\0');
    fputs("'\n", out);
}

static void fish_options(FILE *out, const struct cli_command *c)
{
    for (const struct cli_option *row = c->options; row->name; row++) {
        fish_condition(out, c);
        fish_option(out, row);
    }
    fish_condition(out, c);
    fish_option(out, &cli_config_row);
    fish_condition(out, c);
    fish_option(out, &cli_help_row);
}

static void fish_word(FILE *out, const struct cli_command *c)
{
    if (is_first(c)) {
        fprintf(out, "complete -c cistern -f -n __fish_use_subcommand -a %.*s -d '",
                MCP_STR_ARG(first_word(c)));
        put_quoted(out, summary_of(first_word(c)), '\0');
        fputs("'\n", out);
    }
    if (is_group(c)) {
        fprintf(out, "complete -c cistern -f -n '__fish_seen_subcommand_from %.*s",
                MCP_STR_ARG(first_word(c)));
        fish_no_second(out, first_word(c));
        fprintf(out, "' -a %s -d '", second_word(c));
        put_quoted(out, c->summary, '\0');
        fputs("'\n", out);
    }
}

static void fish(FILE *out)
{
    fputs("# Printed by cistern --print-completion fish.\n", out);
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        fish_word(out, c);
        fish_options(out, c);
    }
}

bool cli_completion(FILE *out, const char *shell)
{
    if (strcmp(shell, "bash") == 0) {
        bash(out);
    } else if (strcmp(shell, "zsh") == 0) {
        zsh(out);
    } else if (strcmp(shell, "fish") == 0) {
        fish(out);
    } else {
        return false;
    }
    return true;
}
