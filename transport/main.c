/* transport/main.c - see main.h. Options are one table; --help is printed from it. */
#include <transport/main.h>

#include <mcp/server.h>
#include <transport/http.h>
#include <transport/program.h>
#include <transport/stdio.h>

#include <stdio.h>
#include <unistd.h>

enum { EXIT_USAGE = 64, EXIT_UNAVAILABLE = 69, EXIT_SOFTWARE = 70, EXIT_IO = 74 };
enum {
    SETS_MAX = 16,
    LAST_MS = 1000 /* for handlers to see that they are cancelled */
};

enum option_id {
    OPTION_STDIO,
    OPTION_HTTP,
    OPTION_CALL,
    OPTION_TOKEN_FILE,
    OPTION_ALLOWED_HOSTS,
    OPTION_ALLOWED_ORIGINS,
    OPTION_ALLOW_PUBLIC,
    OPTION_READY_FD,
    OPTION_WORKERS,
    OPTION_WORKERS_QUEUE,
    OPTION_LOG_LEVEL,
    OPTION_VERSION,
    OPTION_HELP,
    OPTION_COUNT
};

static const struct option {
    const char *name, *value; /* value NULL: a switch */
    const char *help;
} OPTIONS[OPTION_COUNT] = {
    [OPTION_STDIO] = {"--stdio", NULL, "serve standard input and output (the default)"},
    [OPTION_HTTP] = {"--http", "ADDR:PORT", "serve Streamable HTTP at /mcp; port 0: any"},
    [OPTION_CALL] = {"--call", NULL, "[TOOL [NAME=VALUE ...]]: run a tool here, or list them"},
    [OPTION_TOKEN_FILE] = {"--token-file", "FILE", "HTTP callers must send the token in FILE"},
    [OPTION_ALLOWED_HOSTS] = {"--allowed-hosts", "LIST", "more Host names than loopback"},
    [OPTION_ALLOWED_ORIGINS] = {"--allowed-origins", "LIST", "more Origins than loopback"},
    [OPTION_ALLOW_PUBLIC] = {"--allow-public", NULL, "listen on an address that is not loopback"},
    [OPTION_READY_FD] = {"--ready-fd", "N", "write the address to descriptor N when listening"},
    [OPTION_WORKERS] = {"--workers", "N", "blocking handlers that run at a time (8)"},
    [OPTION_WORKERS_QUEUE] = {"--workers-queue", "N", "calls that wait for one of them (256)"},
    [OPTION_LOG_LEVEL] = {"--log-level", "LEVEL", "error, warn, info (the default) or debug"},
    [OPTION_VERSION] = {"--version", NULL, "print the version"},
    [OPTION_HELP] = {"--help", NULL, "print this"},
};

struct choice {
    bool is_given[OPTION_COUNT];
    const char *value[OPTION_COUNT];
    char **call; /* behind --call */
    int n_call;
    int ready_fd;
    uint64_t workers, workers_queue; /* 0: the program's */
    enum mcp_log_level level;
};

/* ---- Reading the command line ---- */

static int usage(const struct mcp_program *p, const char *what, mcp_str arg)
{
    fprintf(stderr, "%s: %s %.*s; try --help\n", p->name, what, MCP_STR_ARG(arg));
    return EXIT_USAGE;
}

/* A program that checks credentials itself has no use for a token. */
static bool is_offered(const struct mcp_program *p, size_t option)
{
    return option != OPTION_TOKEN_FILE || !p->verify;
}

static int print_help(const struct mcp_program *p)
{
    printf("Usage: %s [options]\n\n%s, an MCP server.\n\n", p->name, p->title ? p->title : p->name);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char left[40];

        if (!is_offered(p, i)) {
            continue;
        }
        snprintf(left, sizeof(left), "%s%s%s", OPTIONS[i].name, OPTIONS[i].value ? "=" : "",
                 OPTIONS[i].value ? OPTIONS[i].value : "");
        printf("  %-24s %s\n", left, OPTIONS[i].help);
    }
    printf("\nExit codes: 0 done, 1 the tool said no, 64 usage, 69 cannot listen, 70 a bad row, "
           "74 I/O.\n");
    return fflush(stdout) == 0 ? 0 : EXIT_IO;
}

static int find_option(mcp_str name)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (mcp_str_eq(name, mcp_str_c(OPTIONS[i].name))) {
            return i;
        }
    }
    return -1;
}

/* "--name=value" or "--name value". Returns an exit code, 0 to go on. */
static int read_option(int argc, char **argv, int *at, const struct mcp_program *p,
                       struct choice *ret)
{
    mcp_str value = mcp_str_c(argv[*at]);
    mcp_str name = mcp_str_cut(&value, '=');
    int i = find_option(name);

    if (i < 0 || !is_offered(p, (size_t)i)) {
        return usage(p, "unknown option", mcp_str_c(argv[*at]));
    }
    if (OPTIONS[i].value && !value.ptr) {
        value = mcp_str_c(*at + 1 < argc ? argv[++*at] : NULL);
    }
    if (OPTIONS[i].value ? value.len == 0 : value.ptr != NULL) {
        fprintf(stderr, "%s: %.*s %s%s; try --help\n", p->name, MCP_STR_ARG(name),
                OPTIONS[i].value ? "needs " : "takes no value",
                OPTIONS[i].value ? OPTIONS[i].value : "");
        return EXIT_USAGE;
    }
    ret->is_given[i] = true;
    ret->value[i] = value.ptr;
    if (i == OPTION_CALL) { /* all that follows is the tool's */
        ret->call = argv + *at + 1;
        ret->n_call = argc - *at - 1;
        *at = argc;
    }
    return 0;
}

/* A number from `least` on; not given: 0. Returns an exit code, 0 to go on. */
static int read_number(const struct mcp_program *p, const struct choice *c, enum option_id id,
                       uint64_t least, uint64_t most, uint64_t *ret)
{
    *ret = 0;
    if (c->is_given[id] && (!mcp_str_uint(mcp_str_c(c->value[id]), most, ret) || *ret < least)) {
        fprintf(stderr, "%s: %s must be a number from %llu to %llu; try --help\n", p->name,
                OPTIONS[id].name, (unsigned long long)least, (unsigned long long)most);
        return EXIT_USAGE;
    }
    return 0;
}

static int check_values(const struct mcp_program *p, struct choice *c)
{
    static const char *const LEVELS[] = {"error", "warn", "info", "debug"};
    const char *level = c->value[OPTION_LOG_LEVEL];
    uint64_t fd = 0;

    c->level = MCP_LOG_INFO;
    for (int i = 0; level && i < 4; i++) {
        if (strcmp(level, LEVELS[i]) == 0) {
            c->level = (enum mcp_log_level)i;
            level = NULL;
        }
    }
    if (level) {
        return usage(p, "unknown level in --log-level", mcp_str_c(level));
    }
    int code = read_number(p, c, OPTION_READY_FD, 0, 65535, &fd);

    code = code ? code : read_number(p, c, OPTION_WORKERS, 1, 1024, &c->workers);
    code = code ? code : read_number(p, c, OPTION_WORKERS_QUEUE, 1, 1000000, &c->workers_queue);
    if (code) {
        return code;
    }
    c->ready_fd = c->is_given[OPTION_READY_FD] ? (int)fd : -1;
    if (c->is_given[OPTION_STDIO] && c->is_given[OPTION_HTTP]) {
        return usage(p, "--stdio and --http exclude each other:", MCP_STR("--http"));
    }
    return 0;
}

static int read_command_line(int argc, char **argv, const struct mcp_program *p, struct choice *ret)
{
    *ret = (struct choice){0};
    for (int i = 1; i < argc; i++) {
        int code = read_option(argc, argv, &i, p, ret);

        if (code) {
            return code;
        }
    }
    return check_values(p, ret);
}

/* ---- Serving ---- */

struct serving {
    const struct mcp_program *program;
    const struct choice *choice;
    struct mcp_server *server;
    struct mcp_workers *workers; /* NULL: nothing runs on them */
};

static void on_watch(void *user)
{
    const struct serving *s = user;

    s->program->watch.fn(s->server, s->program->user);
}

static int serve_stdio(struct serving *s)
{
    struct mcp_stdio_options opt = {
        .principal = {.scopes = "*"}, .workers = s->workers, .drain_ms = s->program->drain_ms};

    if (s->program->watch.fn) {
        opt.wake_fd = s->program->watch.fd;
        opt.on_wake = on_watch;
        opt.user = s;
    }
    if (s->choice->ready_fd >= 0) {
        (void)mcp_ready_notify(s->choice->ready_fd, "stdio");
    }
    return mcp_stdio_serve(s->server, &opt);
}

static int run_http(struct serving *s, const struct mcp_http_options *opt)
{
    const struct mcp_watch *watch = &s->program->watch;
    char why[256] = "";
    struct mcp_http *http = mcp_http_new(s->server, opt, why, sizeof(why));

    if (!http) {
        fprintf(stderr, "%s: %s\n", s->program->name, why);
        return EXIT_UNAVAILABLE;
    }
    if (watch->fn && !mcp_http_watch(http, watch->fd, on_watch, s)) {
        fprintf(stderr, "%s: descriptor %d cannot be watched\n", s->program->name, watch->fd);
        mcp_http_free(http);
        return EXIT_SOFTWARE;
    }
    mcp_http_signals(http, NULL, NULL);
    mcp_log(mcp_server_log(s->server), MCP_LOG_INFO, "listening on %s", mcp_http_address(http));
    if (s->choice->ready_fd >= 0) {
        (void)mcp_ready_notify(s->choice->ready_fd, mcp_http_address(http));
    }
    (void)mcp_http_run(http);
    mcp_http_free(http);
    return 0;
}

/* With what the program mounts beside MCP. */
static int run_mounted(struct serving *s, struct mcp_http_options *opt)
{
    const struct mcp_program *p = s->program;
    const struct mcp_http_host host = {s->server, "/mcp", !opt->verify};
    char why[256] = "";
    void *mounted = p->mount.open ? p->mount.open(p->mount.user, &host, why, sizeof(why)) : NULL;

    if (p->mount.open && !mounted) {
        fprintf(stderr, "%s: %s\n", p->name, why);
        return EXIT_SOFTWARE;
    }
    opt->routes = mounted ? p->mount.routes(mounted) : NULL;
    int code = run_http(s, opt);

    if (mounted) {
        p->mount.close(mounted);
    }
    return code;
}

static int serve_http(struct serving *s)
{
    const struct choice *c = s->choice;
    struct mcp__token token = {0};
    struct mcp_http_options opt = {
        .listen = c->value[OPTION_HTTP],
        .allowed_hosts = c->value[OPTION_ALLOWED_HOSTS],
        .allowed_origins = c->value[OPTION_ALLOWED_ORIGINS],
        .allow_public = c->is_given[OPTION_ALLOW_PUBLIC],
        .verify = s->program->verify,
        .verify_user = s->program->verify_user,
        .anonymous = {.scopes = "*"},
        .workers = s->workers,
        .drain_ms = s->program->drain_ms,
    };
    char why[256] = "";

    if (c->is_given[OPTION_TOKEN_FILE]) {
        if (!mcp__token_read(&token, c->value[OPTION_TOKEN_FILE], why, sizeof(why))) {
            fprintf(stderr, "%s: %s\n", s->program->name, why);
            return EXIT_IO;
        }
        opt.verify = mcp__token_verify;
        opt.verify_user = &token;
    }
    return run_mounted(s, &opt);
}

/* A pool, if the rows need one. False: out of memory. */
static bool start_workers(struct serving *s, struct mcp_server_options *opt)
{
    struct mcp_workers_options w = s->program->workers;

    opt->executor = (struct mcp_executor){0};
    if (!mcp_server_needs_executor(opt)) {
        return true;
    }
    w.threads_max = s->choice->workers ? (size_t)s->choice->workers : w.threads_max;
    w.queue_max = s->choice->workers_queue ? (size_t)s->choice->workers_queue : w.queue_max;
    s->workers = mcp_workers_new(&w);
    if (s->workers) {
        opt->executor = mcp_workers_executor(s->workers);
    }
    return s->workers != NULL;
}

static void stop(const struct serving *s, int code)
{
    size_t n_left = s->workers ? mcp_workers_stop(s->workers, LAST_MS) : 0;

    if (n_left) {
        mcp_log(mcp_server_log(s->server), MCP_LOG_WARN,
                "left without waiting for %zu blocking handlers that do not return", n_left);
        _exit(code);
    }
    mcp_server_free(s->server);
    mcp_workers_free(s->workers);
}

static int serve(const struct mcp_program *p, const struct choice *c)
{
    struct serving s = {.program = p, .choice = c};
    struct mcp_tool_set tools[SETS_MAX] = {{p->tools, p->user}};
    size_t n_more = p->n_more_tools < SETS_MAX ? p->n_more_tools : SETS_MAX - 1;
    struct mcp_resource_set resources = {p->resources, p->user};
    struct mcp_prompt_set prompts = {p->prompts, p->user};
    struct mcp_server_options opt = {0};
    char why[256] = "out of memory";

    if (p->options) {
        opt = *p->options;
    }
    if (n_more) {
        memcpy(tools + 1, p->more_tools, n_more * sizeof(tools[0]));
    }
    opt.name = p->name;
    opt.version = p->version;
    opt.title = p->title;
    opt.instructions = p->instructions;
    opt.tools = tools;
    opt.n_tools = 1 + n_more;
    opt.resources = &resources;
    opt.n_resources = 1;
    opt.prompts = &prompts;
    opt.n_prompts = 1;
    opt.extensions = p->extensions;
    opt.n_extensions = p->n_extensions;
    opt.has_logging = p->has_logging;
    opt.announces = p->announces;
    mcp_system_clock(&opt.clock);
    mcp_stderr_log(&opt.log);
    opt.log.max = c->level;
    s.server = start_workers(&s, &opt) ? mcp_server_new(&opt, why, sizeof(why)) : NULL;
    if (!s.server) {
        fprintf(stderr, "%s: %s\n", p->name, why);
        mcp_workers_free(s.workers);
        return EXIT_SOFTWARE;
    }
    struct mcp__main_call call = {p->name, s.server, s.workers, c->n_call, c->call};
    int code = c->is_given[OPTION_CALL]   ? mcp__main_call(&call)
               : c->is_given[OPTION_HTTP] ? serve_http(&s)
                                          : serve_stdio(&s);

    stop(&s, code);
    return code;
}

int mcp_main(int argc, char **argv, const struct mcp_program *program)
{
    struct choice c;
    int code = read_command_line(argc, argv, program, &c);

    if (code) {
        return code;
    }
    if (c.is_given[OPTION_HELP]) {
        return print_help(program);
    }
    if (c.is_given[OPTION_VERSION]) {
        printf("%s %s\n", program->name, program->version);
        return fflush(stdout) == 0 ? 0 : EXIT_IO;
    }
    return serve(program, &c);
}
