/* transport/main_call.c - mcp_main()'s --call: a tool from the shell, without a client. */
#include <transport/program.h>

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_REFUSED = 1, EXIT_USAGE = 64, EXIT_SOFTWARE = 70, EXIT_IO = 74 };
enum { NAP_MS = 20, ARGUMENTS_BYTES_MAX = 1 << 20 };

struct calling {
    struct mcp_outcome_sink sink; /* first */
    const char *program;
    int code; /* -1: not yet */
};

/* A terminal obeys control characters; what a tool repeats may come from anywhere. */
static void print(mcp_str text)
{
    bool is_terminal = isatty(STDOUT_FILENO);

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool is_control = (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;

        putchar(is_terminal && is_control ? '?' : c);
    }
    putchar('\n');
}

static int exit_of(mcp_err err)
{
    if (err == MCP_E_INVALID_ARGUMENTS) {
        return EXIT_USAGE;
    }
    return mcp_err_info(err)->surface == MCP_SURFACE_TOOL ? EXIT_REFUSED : EXIT_SOFTWARE;
}

static void on_finish(struct mcp_outcome_sink *sink, const struct mcp_outcome *o)
{
    struct calling *c = (struct calling *)(void *)sink;

    if (o->err == MCP_E_MISSING_CAPABILITY) {
        fprintf(stderr, "%s: the tool asks its client something, and --call is none\n", c->program);
        c->code = EXIT_REFUSED;
        return;
    }
    if (o->err) {
        fprintf(stderr, "%s: %.*s\n", c->program, MCP_STR_ARG(o->message));
        c->code = exit_of(o->err);
        return;
    }
    print(o->text.len ? o->text : o->structured);
    c->code = fflush(stdout) == 0 ? 0 : EXIT_IO;
}

static void nap(int64_t ms)
{
    const struct timespec t = {.tv_nsec = (ms < 0 || ms > NAP_MS ? NAP_MS : (long)ms) * 1000000};

    nanosleep(&t, NULL);
}

static int list(struct mcp_server *server)
{
    const struct mcp_tool *tool;

    for (size_t i = 0; (tool = mcp_server_tool_at(server, i)) != NULL; i++) {
        if (!tool->is_hidden) {
            printf("%-24s %s\n", tool->name, tool->description);
        }
    }
    return fflush(stdout) == 0 ? 0 : EXIT_IO;
}

/* Which arguments it has, after a name that is none of them. */
static void complain_argument(const struct mcp__main_call *c, const struct mcp_tool *tool,
                              mcp_str name)
{
    mcp_json properties =
        mcp_json_get(mcp_server_tool_input(c->server, tool), MCP_STR("properties"));
    const char *before = "; it has ";

    fprintf(stderr, "%s: %s has no argument \"%.*s\"", c->program, tool->name, MCP_STR_ARG(name));
    for (mcp_json p = mcp_json_first(properties); mcp_json_present(p);
         p = mcp_json_next(properties, p)) {
        fprintf(stderr, "%s%.*s", before, MCP_STR_ARG(mcp_json_raw(mcp_json_key(p))));
        before = ", ";
    }
    fputc('\n', stderr);
}

/* NAME=VALUE ..., typed by the tool's schema. False: said why. */
static bool read_arguments(struct mcp__main_call *c, const struct mcp_tool *tool,
                           struct mcp_json_writer *w)
{
    for (int i = 1; i < c->argc; i++) {
        mcp_str value = mcp_str_c(c->argv[i]);
        mcp_str name = mcp_str_cut(&value, '=');

        if (!value.ptr) {
            fprintf(stderr, "%s: \"%s\" is not NAME=VALUE; try --help\n", c->program, c->argv[i]);
            return false;
        }
        if (!mcp_tool_put_argument(c->server, tool, w, name, value)) {
            complain_argument(c, tool, name);
            return false;
        }
    }
    return true;
}

static int run(struct mcp__main_call *c, const struct mcp_tool *tool, mcp_str arguments)
{
    const struct mcp_principal everybody = {.scopes = "*"};
    struct calling calling = {.sink = {.finish = on_finish}, .program = c->program, .code = -1};

    mcp_server_invoke(c->server, mcp_str_c(tool->name), arguments, &everybody, &calling.sink);
    for (;;) {
        int64_t due_ms = mcp_server_tick(c->server);

        if (c->workers) {
            mcp_workers_complete(c->workers);
        }
        if (calling.code >= 0) {
            return calling.code;
        }
        nap(due_ms);
    }
}

int mcp__main_call(struct mcp__main_call *c)
{
    const struct mcp_tool *tool =
        c->argc ? mcp_server_tool(c->server, mcp_str_c(c->argv[0])) : NULL;
    struct mcp_json_writer w;
    struct mcp_buf arguments;
    int code = EXIT_USAGE;

    if (c->argc == 0) {
        return list(c->server);
    }
    if (!tool) {
        fprintf(stderr, "%s: no tool is called \"%s\"; --call alone lists them\n", c->program,
                c->argv[0]);
        return code;
    }
    mcp_buf_init(&arguments, ARGUMENTS_BYTES_MAX);
    mcp_json_writer_init(&w, &arguments);
    mcp_json_object(&w);
    if (read_arguments(c, tool, &w)) {
        mcp_json_object_end(&w);
        code = EXIT_SOFTWARE;
        if (arguments.failed) {
            fprintf(stderr, "%s: out of memory for the arguments\n", c->program);
        } else {
            code = run(c, tool, mcp_buf_str(&arguments));
        }
    }
    mcp_buf_free(&arguments);
    return code;
}
