/* cli/failed.c - why an operation failed, in the words of the command line. */
#include <cli/commands.h>
#include <cli/local.h>

#include <stdio.h>

enum { NAME_MAX_BYTES = 64 };

enum cli_exit cli_exit_of(mcp_err err)
{
    switch ((int)err) {
    case MCP_OK:
        return CLI_DONE;
    case MCP_E_INVALID_ARGUMENTS:
    case MCP_E_INVALID_STATUS:
    case MCP_E_INVALID_PARAMS:
    case MCP_E_INVALID_JSON:
    case MCP_E_UNKNOWN_TOOL:
        return CLI_USAGE;
    case MCP_E_RATE_LIMITED:
    case MCP_E_OVERLOADED:
    case MCP_E_TIMED_OUT:
        return CLI_LATER;
    case MCP_E_STORAGE:
        return CLI_IO;
    case MCP_E_INTERNAL:
        return CLI_BUG;
    default:
        return CLI_REFUSED;
    }
}

/* "creditType" as "credit-type" (an option) or "CREDIT_TYPE" (an argument). */
static void respell(mcp_str member, char between, char *out, size_t bytes)
{
    size_t n = 0;

    for (size_t i = 0; i < member.len && n + 2 < bytes; i++) {
        char c = member.ptr[i];
        bool is_upper = c >= 'A' && c <= 'Z';

        if (is_upper) {
            out[n++] = between;
        }
        out[n++] = is_upper && between == '-'               ? (char)(c - 'A' + 'a')
                   : c >= 'a' && c <= 'z' && between == '_' ? (char)(c - 'a' + 'A')
                                                            : c;
    }
    out[n] = '\0';
}

/* What the person gave for a tool's argument, into `out`; false: nothing of that name. */
static bool name_of(const struct cli *cli, mcp_str member, char *out, size_t bytes)
{
    char name[NAME_MAX_BYTES];
    mcp_str places = mcp_str_c(cli->command->arguments);

    respell(member, '-', name, sizeof(name));
    if (cli_has(cli, name)) {
        snprintf(out, bytes, "--%s", name);
        return true;
    }
    respell(member, '_', out, bytes);
    while (places.len) {
        if (mcp_str_eq(mcp_str_cut(&places, ' '), mcp_str_c(out))) {
            return true;
        }
    }
    return false;
}

/* The engine speaks of the tool's arguments: "arguments/low: must be ... (type)". */
static bool say_argument(const struct cli *cli, mcp_str message)
{
    mcp_str rest = message, member = mcp_str_cut(&rest, ':');
    char name[NAME_MAX_BYTES];

    if (!mcp_str_starts(member, MCP_STR("arguments/")) || !rest.len) {
        return false;
    }
    member = mcp_str_n(member.ptr + 10, member.len - 10);
    if (!name_of(cli, member, name, sizeof(name))) {
        return false;
    }
    for (size_t n = rest.len; rest.ptr[rest.len - 1] == ')' && n > 1; n--) {
        if (rest.ptr[n - 1] == '(' && rest.ptr[n - 2] == ' ') {
            rest.len = n - 2; /* the schema's keyword */
            break;
        }
    }
    cli_usage(cli, "%s:%.*s", name, MCP_STR_ARG(rest));
    return true;
}

/* "No webhook has this id or name.", of a webhook command: which, and where the names are. */
static bool say_missing(const struct cli *cli, mcp_str message)
{
    mcp_str group = mcp_str_c(cli->command->name);
    char list[NAME_MAX_BYTES], begin[NAME_MAX_BYTES];

    group = mcp_str_cut(&group, ' ');
    snprintf(begin, sizeof(begin), "No %.*s has this ", MCP_STR_ARG(group));
    if (cli->n_arguments == 0 || !mcp_str_starts(message, mcp_str_c(begin))) {
        return false;
    }
    snprintf(list, sizeof(list), "%.*s list", MCP_STR_ARG(group));
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (strcmp(c->name, list) == 0) {
            cli_say(cli, CLI_REFUSED, "\"%s\": %.*s See 'cistern %s'.", cli->arguments[0],
                    MCP_STR_ARG(message), list);
            return true;
        }
    }
    return false;
}

enum cli_exit cli_failed(const struct cli *cli, const struct cli_result *r)
{
    enum cli_exit code = cli_exit_of(r->err);
    mcp_str message = mcp_str_c(r->message ? r->message : mcp_err_info(r->err)->meaning);

    if (r->err == MCP_E_NOT_FOUND && say_missing(cli, message)) {
        return code;
    }
    if (code != CLI_USAGE) {
        return cli_say(cli, code, "%.*s", MCP_STR_ARG(message));
    }
    if (message.len && message.ptr[message.len - 1] == '.') {
        message.len--; /* it goes on */
    }
    return say_argument(cli, message) ? code : cli_usage(cli, "%.*s", MCP_STR_ARG(message));
}
