/* cli/user.c - user add, list, password, remove. A password comes from standard input, or is asked
 * for without showing it; never from an argument, which every process may read. */
#include <cli/commands.h>
#include <cli/json_file.h>
#include <cli/local.h>
#include <cli/print.h>
#include <tools/user.h>

#include <termios.h>
#include <unistd.h>

enum {
    PASSWORD_BYTES = 4096,
    INPUT_BYTES = 1 << 20, /* the tool says which are too long */
    PAGE = 1000,           /* of list_users, the most */
    LIST_BYTES = 1 << 28
};

const struct cli_option cli_user_add_options[] = {
    CLI_ROW_DATA,
    {.name = "name", .argument = "NAME", .help = "what to call them"},
    {.name = "operator",
     .kind = CLI_FLAG,
     .help =
         "whom the command line works for: its pools, tokens and subscriptions are this user's; "
         "one at most"},
    CLI_ROW_WELCOME,
    CLI_ROW_JSON,
    CLI_ROW_END,
};

/* user list, user password, user remove */
const struct cli_option cli_user_options[] = {CLI_ROW_DATA, CLI_ROW_JSON, CLI_ROW_END};

static const struct cli_column COLUMNS[] = {
    {"EMAIL", "email", CLI_CELL_TEXT},
    {"NAME", "name", CLI_CELL_TEXT},
    {"STATUS", "status", CLI_CELL_TEXT},
    {"CREATED", "createdAt", CLI_CELL_TIME},
    {"DELETED", "deletedAt", CLI_CELL_TIME},
    {"ID", "id", CLI_CELL_TEXT},
    {NULL, NULL, CLI_CELL_TEXT},
};

/* A line of the terminal, not shown. False: end of input, or it is too long. */
static bool ask(const struct cli *cli, const char *what, char out[PASSWORD_BYTES])
{
    struct termios shown, hidden;
    bool is_read;

    if (tcgetattr(STDIN_FILENO, &shown)) {
        return false;
    }
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    fprintf(cli->err, "%s: ", what);
    fflush(cli->err);
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)) {
        return false;
    }
    is_read = fgets(out, PASSWORD_BYTES, stdin) != NULL && strchr(out, '\n') != NULL;
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    fprintf(cli->err, "\n");
    return is_read;
}

/* Asked for twice: nobody sees what they type. */
static enum cli_exit ask_twice(const struct cli *cli, struct mcp_buf *text)
{
    char first[PASSWORD_BYTES] = "", again[PASSWORD_BYTES] = "";
    bool is_said = ask(cli, "Password", first) && ask(cli, "Again", again);
    bool is_same = strcmp(first, again) == 0;

    mcp_buf_init(text, PASSWORD_BYTES);
    if (is_said && is_same) {
        mcp_buf_add_c(text, first);
    }
    explicit_bzero(first, sizeof(first));
    explicit_bzero(again, sizeof(again));
    return !is_said  ? cli_say(cli, CLI_USAGE, "no password was given")
           : is_same ? CLI_DONE
                     : cli_say(cli, CLI_USAGE, "the two passwords differ");
}

/* Write "password" of the arguments. */
static enum cli_exit put_password(const struct cli *cli, struct cli_args *args)
{
    struct mcp_buf text;
    enum cli_exit code =
        isatty(STDIN_FILENO) ? ask_twice(cli, &text) : cli_file_read(cli, "-", INPUT_BYTES, &text);
    mcp_str s = code ? MCP_STR("") : mcp_buf_str(&text);

    if (s.len && s.ptr[s.len - 1] == '\n') {
        s.len--;
        s.len -= s.len && s.ptr[s.len - 1] == '\r';
    }
    if (!code) {
        mcp_json_member_str(&args->w, MCP_STR("password"), s);
    }
    if (text.ptr) {
        explicit_bzero(text.ptr, text.len);
    }
    mcp_buf_free(&text);
    return code;
}

static void print_user(const struct cli *cli, struct cli_result *r, const char *what)
{
    mcp_str email =
        mcp_json_str(mcp_json_get(r->structured, MCP_STR("email")), &r->arena, MCP_STR(""));
    mcp_str id = mcp_json_str(mcp_json_get(r->structured, MCP_STR("id")), &r->arena, MCP_STR(""));

    if (cli_flag(cli, "json")) {
        cli_print_json(cli, r);
    } else { /* both are of printable ASCII */
        fprintf(cli->out, "%s %.*s (%.*s)\n", what, MCP_STR_ARG(email), MCP_STR_ARG(id));
    }
}

/* Run `tool` with a password, and say what has become of the user. */
static enum cli_exit with_password(struct cli *cli, const char *tool, bool create,
                                   struct cli_args *args, const char *what)
{
    enum cli_exit code = put_password(cli, args);
    struct cli_result r;

    if (code) {
        cli_args_free(args);
        return code;
    }
    if (cli_operate(cli, tool, args, create, &r, &code)) {
        print_user(cli, &r, what);
        cli_result_free(&r);
    }
    return code;
}

enum cli_exit cli_user_add_run(struct cli *cli)
{
    struct cli_args args;

    cli_args_begin(&args);
    cli_args_str(&args, "email", cli->arguments[0]);
    cli_args_str(&args, "name", cli_text(cli, "name"));
    if (cli_flag(cli, "operator")) {
        mcp_json_member_bool(&args.w, MCP_STR("operator"), true);
    }
    return with_password(cli, "add_user", true, &args, "added");
}

enum cli_exit cli_user_password_run(struct cli *cli)
{
    struct cli_args args;

    cli_args_begin(&args);
    cli_args_str(&args, "user", cli->arguments[0]);
    return with_password(cli, "set_user_password", false, &args, "changed the password of");
}

/* Add the users behind `after`, which is then the last of them. *ret_n: how many they are. */
static enum cli_exit add_page(const struct cli *cli, struct mcp_buf *rows,
                              char after[USER_EMAIL_MAX + 1], size_t *ret_n)
{
    struct cli_args args;
    struct cli_result r;
    enum cli_exit code;

    *ret_n = 0;
    cli_args_begin(&args);
    mcp_json_member_int(&args.w, MCP_STR("limit"), PAGE);
    cli_args_str(&args, "after", after[0] ? after : NULL);
    if (!cli_operate(cli, "list_users", &args, false, &r, &code)) {
        return code;
    }
    mcp_json list = mcp_json_get(r.structured, MCP_STR("users"));

    for (mcp_json u = mcp_json_first(list); mcp_json_present(u); u = mcp_json_next(list, u)) {
        mcp_str email = mcp_json_str(mcp_json_get(u, MCP_STR("email")), &r.arena, MCP_STR(""));

        mcp_buf_add_c(rows, rows->ptr[rows->len - 1] == '[' ? "" : ",");
        mcp_buf_add(rows, mcp_json_raw(u));
        snprintf(after, USER_EMAIL_MAX + 1, "%.*s", MCP_STR_ARG(email));
        (*ret_n)++;
    }
    cli_result_free(&r);
    return rows->failed ? cli_say(cli, CLI_LATER, "out of memory") : CLI_DONE;
}

static enum cli_exit print_users(const struct cli *cli, mcp_str text)
{
    struct mcp_json_limits limits = {text.len, 8, text.len, false};
    struct mcp_arena arena;
    mcp_json list;

    if (cli_flag(cli, "json")) {
        fprintf(cli->out, "{\"users\":%.*s}\n", MCP_STR_ARG(text));
        return CLI_DONE;
    }
    mcp_arena_init(&arena, (size_t)LIST_BYTES * 4);
    bool is_shown = !mcp_json_read(&arena, text, &limits, &list, NULL) &&
                    cli_table(cli->out, list, COLUMNS, cli_now_ms(),
                              "no users; make one with: cistern user add EMAIL");

    mcp_arena_free(&arena);
    return is_shown ? CLI_DONE : cli_say(cli, CLI_LATER, "out of memory");
}

enum cli_exit cli_user_list_run(struct cli *cli)
{
    char after[USER_EMAIL_MAX + 1] = "";
    enum cli_exit code = CLI_DONE;
    struct mcp_buf rows;
    size_t n = PAGE;

    mcp_buf_init(&rows, LIST_BYTES);
    mcp_buf_byte(&rows, '[');
    code = rows.failed ? cli_say(cli, CLI_LATER, "out of memory") : CLI_DONE;
    while (!code && n == PAGE) {
        code = add_page(cli, &rows, after, &n);
    }
    mcp_buf_byte(&rows, ']');
    if (!code) {
        code = rows.failed ? cli_say(cli, CLI_LATER, "out of memory")
                           : print_users(cli, mcp_buf_str(&rows));
    }
    mcp_buf_free(&rows);
    return code;
}

enum cli_exit cli_user_remove_run(struct cli *cli)
{
    struct cli_args args;
    struct cli_result r;
    enum cli_exit code;

    cli_args_begin(&args);
    cli_args_str(&args, "user", cli->arguments[0]);
    if (cli_operate(cli, "remove_user", &args, false, &r, &code)) {
        print_user(cli, &r, "removed");
        cli_result_free(&r);
    }
    return code;
}
