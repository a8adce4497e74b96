/* cli/local.c - the store, the tools and the engine inside this process. */
#include <cli/local.h>
#include <cli/one_server.h>
#include <cli/print.h>
#include <cli/secret_key.h>
#include <mcp/alloc.h>
#include <mcp/timestamp.h>
#include <transport/main.h>

#include <poll.h>
#include <sodium.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>

#define RESULT_BYTES_MAX ((size_t)64 << 20)

enum { LAST_MS = 1000 }; /* for tools to see that they are cancelled */

bool cli_data_dir(const struct cli *cli, char *out, size_t bytes)
{
    const char *dir = cli_text(cli, "data");
    const char *home = getenv("HOME");
    int n;

    if (dir) {
        n = snprintf(out, bytes, "%s", dir);
    } else if (home && *home) {
        n = snprintf(out, bytes, "%s/.local/share/cistern", home);
    } else {
        return false;
    }
    return n > 0 && (size_t)n < bytes;
}

/* Make the directories above `dir`, as private as the store's own (store_open makes that one). */
static void make_parents(const char *dir)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s", dir);
    for (char *p = path + 1; *p; p++) {
        if (*p == '/') {
            *p = '\0';
            (void)mkdir(path, 0700); /* what fails here, store_open() says */
            *p = '/';
        }
    }
}

static enum cli_exit open_store(const struct cli *cli, const struct cli_local_options *opt,
                                struct cli_local *l)
{
    struct store_options so = {
        .size_max = opt->store_bytes_max,
        .log = opt->log,
        .clock = l->clock,
    };
    enum store_fault fault = STORE_FINE;
    char why[512] = "";

    if (!cli_data_dir(cli, l->dir, sizeof(l->dir))) {
        return cli_usage(cli, "--data: not given, and there is no $HOME to put the store into");
    }
    l->store = store_open(l->dir, &so, &fault, why, sizeof(why));
    if (!l->store && fault == STORE_MISSING && opt->create) {
        make_parents(l->dir);
        so.create = true;
        l->store = store_open(l->dir, &so, &fault, why, sizeof(why));
        l->is_new = l->store != NULL;
    }
    if (!l->store) {
        return cli_say(cli, fault == STORE_LOCKED ? CLI_LATER : CLI_IO, "%s", why);
    }
    return CLI_DONE;
}

static enum cli_exit read_default(const struct cli *cli, const char *name, bool *ret_has,
                                  int64_t *ret)
{
    const char *text = cli_has(cli, name) ? cli_text(cli, name) : NULL;

    *ret_has = text != NULL;
    if (text && (!mcp_micro_parse(mcp_str_c(text), ret) || *ret < 0)) {
        return cli_usage(cli, "--%s: \"%s\" is not an amount (at most six decimals, not below 0)",
                         name, text);
    }
    return CLI_DONE;
}

static enum cli_exit read_prefix(const struct cli *cli, const char *name, const char **ret)
{
    *ret = cli_has(cli, name) ? cli_text(cli, name) : NULL;
    return !*ret || tools_is_prefix(mcp_str_c(*ret))
               ? CLI_DONE
               : cli_usage(cli, "--%s: \"%s\" is not 1 to 32 letters, digits, _ and -", name, *ret);
}

enum cli_exit cli_read_defaults(const struct cli *cli, struct tools_options *to)
{
    enum cli_exit code = read_default(cli, "default-low", &to->has_low, &to->low_micro);

    code =
        code ? code : read_default(cli, "default-critical", &to->has_critical, &to->critical_micro);
    if (!code && to->has_low && to->has_critical && to->low_micro <= to->critical_micro) {
        code = cli_usage(cli, "--default-low must be above --default-critical");
    }
    code = code ? code : read_prefix(cli, "access-prefix", &to->token_prefix);
    return code ? code : read_prefix(cli, "key-prefix", &to->usage_prefix);
}

/* When a tool blocks. False: out of memory. */
static bool start_workers(struct cli_local *l, const struct cli_local_options *opt,
                          struct mcp_server_options *so)
{
    if (!mcp_server_needs_executor(so)) {
        return true;
    }
    l->workers = mcp_workers_new(&opt->workers);
    if (l->workers) {
        so->executor = mcp_workers_executor(l->workers);
    }
    return l->workers != NULL;
}

/* The tools over l->store, and the engine over them. False: `reterr` says why. */
static bool make_server(struct cli_local *l, const struct cli_local_options *opt,
                        struct tools_options *to, char *reterr, size_t reterr_bytes)
{
    struct mcp_server_options so = opt->limits ? *opt->limits : (struct mcp_server_options){0};

    so.name = "cistern";
    so.version = CISTERN_VERSION;
    so.title = "Cistern";
    so.description = "What credit is left at the services you pay for, how fast it goes, and when "
                     "it runs out.";
    so.instructions = "Credit pools of the services this user pays for: how much is left, how fast "
                      "it goes, when it runs out.";
#ifdef NDEBUG
    so.trusts_results = true; /* the tests, whose builds check each, have seen them all */
#endif
    so.announces = MCP_CHANGED_RESOURCE | MCP_CHANGED_RESOURCES;
    so.hiding = MCP_HIDE_FROM_LISTS; /* to call one stays 403: product.md b.1.1 */
    so.log = opt->log;
    so.rate_per_minute = opt->rate_per_minute;
    so.on_end = opt->on_end;
    so.on_end_user = opt->on_end_user;
    to->clock = l->clock;
    so.clock = l->clock;
    snprintf(reterr, reterr_bytes, "out of memory");
    l->tools = tools_new(l->store, to);
    if (l->tools) {
        so.tools = tools_sets(l->tools, &so.n_tools);
        so.resources = tools_resources(l->tools);
        so.n_resources = 1;
        so.prompts = tools_prompts(l->tools);
        so.n_prompts = 1;
    }
    if (l->tools && opt->keeps_tasks && !tools_keep_tasks(l->tools, &so.tasks.store)) {
        return false;
    }
    if (l->tools && start_workers(l, opt, &so)) {
        l->server = mcp_server_new(&so, reterr, reterr_bytes);
    }
    if (l->server && opt->keeps_tasks && tools_restore_tasks(l->tools, l->server)) {
        snprintf(reterr, reterr_bytes, "the tasks of the last run could not be read");
        return false;
    }
    return l->server != NULL;
}

enum cli_exit cli_local_open(const struct cli *cli, const struct cli_local_options *opt,
                             struct cli_local *l)
{
    uint8_t key[CLI_KEY_BYTES] = {0};
    struct tools_options to = {
        .log = opt->log,
        .seal_key = key,
        .history_full_ms = opt->history_full_ms,
        .history_all_ms = opt->history_keep_ms,
        .welcome_credits = cli_has(cli, "welcome-credits") ? cli_number(cli, "welcome-credits") : 0,
        .open_registration = opt->open_registration};
    struct package packages[PACKAGES_MAX];
    char why[512];
    enum cli_exit code;

    *l = (struct cli_local){0};
    mcp_system_clock(&l->clock);
    code = cli_read_defaults(cli, &to);
    code = code ? code : cli_read_packages(cli, packages, &to);
    code = code ? code : open_store(cli, opt, l);
    code = code ? code : cli_secret_key_get(cli, l->store, l->dir, key);
    if (!code && opt->keeps_tasks) {
        code = cli_one_server_take(cli, l->dir, &l->lock);
    }
    if (!code && !make_server(l, opt, &to, why, sizeof(why))) {
        code = cli_say(cli, CLI_BUG, "%s", why);
    }
    sodium_memzero(key, sizeof(key));
    if (code) {
        (void)cli_local_close(l);
    }
    return code;
}

enum cli_exit cli_local_describe(const struct cli *cli, struct cli_local *l)
{
    struct tools_options to = {.log = cli_stderr_log(MCP_LOG_WARN)};
    char why[512];

    *l = (struct cli_local){0};
    mcp_system_clock(&l->clock);
    if (!make_server(l, &(struct cli_local_options){.log = to.log}, &to, why, sizeof(why))) {
        (void)cli_local_close(l);
        return cli_say(cli, CLI_BUG, "%s", why);
    }
    return CLI_DONE;
}

bool cli_local_close(struct cli_local *l)
{
    size_t n_left = l->workers ? mcp_workers_stop(l->workers, LAST_MS) : 0;

    if (l->store) {
        store_stop_writer(l->store);
    }
    if (n_left) {
        mcp_log(mcp_server_log(l->server), MCP_LOG_WARN,
                "left without waiting for %zu tools that do not return", n_left);
        return false;
    }
    mcp_server_free(l->server);
    mcp_workers_free(l->workers);
    tools_free(l->tools);
    store_close(l->store);
    cli_one_server_give_back(l->lock);
    *l = (struct cli_local){0};
    return true;
}

/* ---- One call -------------------------------------------------------------------------------- */

struct waiting {
    struct mcp_outcome_sink sink; /* first: the engine hands &sink back */
    struct cli_result *result;
    bool is_over;
};

static void keep_outcome(struct mcp_outcome_sink *sink, const struct mcp_outcome *o)
{
    struct waiting *w = (struct waiting *)(void *)sink;
    struct cli_result *r = w->result;
    struct mcp_json_limits limits = {RESULT_BYTES_MAX, 64, (size_t)1 << 22, false};

    r->err = o->err;
    r->message = cli_clean(o->message.len ? o->message : mcp_str_c(mcp_err_info(o->err)->meaning));
    r->text = mcp_arena_dup(&r->arena, o->structured);
    if (r->text.len && mcp_json_read(&r->arena, r->text, &limits, &r->structured, NULL)) {
        r->err = MCP_E_INTERNAL;
    }
    if (mcp_arena_failed(&r->arena) || !r->message) {
        r->err = MCP_E_OVERLOADED;
    }
    w->is_over = true;
}

void cli_local_call(struct cli_local *l, const char *tool, mcp_str arguments,
                    const struct mcp_principal *principal, struct cli_result *ret)
{
    struct waiting w = {.sink = {.finish = keep_outcome}, .result = ret};

    *ret = (struct cli_result){0};
    mcp_arena_init(&ret->arena, RESULT_BYTES_MAX * 2);
    mcp_server_invoke(l->server, mcp_str_c(tool), arguments, principal, &w.sink);
    while (!w.is_over) {
        size_t n_done = l->workers ? mcp_workers_complete(l->workers) : 0;
        int64_t due_ms = mcp_server_tick(l->server);

        if (store_complete(l->store) + n_done == 0 && !w.is_over) {
            if (due_ms < 0 && !mcp_server_working(l->server)) { /* nothing is left to end it */
                mcp_server_invoke_cancel(l->server, &w.sink);
                ret->err = MCP_E_INTERNAL;
                return;
            }
            (void)poll(NULL, 0, 1);
        }
    }
}

void cli_result_free(struct cli_result *r)
{
    mcp_free(r->message);
    mcp_arena_free(&r->arena);
    *r = (struct cli_result){0};
}

/* ---- Arguments ------------------------------------------------------------------------------- */

void cli_args_begin(struct cli_args *a)
{
    mcp_buf_init(&a->buf, (size_t)1 << 20);
    mcp_json_writer_init(&a->w, &a->buf);
    mcp_json_object(&a->w);
}

void cli_args_str(struct cli_args *a, const char *key, const char *text)
{
    if (text) {
        mcp_json_member_str(&a->w, mcp_str_c(key), mcp_str_c(text));
    }
}

void cli_args_str_or_none(struct cli_args *a, const char *key, const char *text)
{
    if (text && strcmp(text, "none") == 0) {
        mcp_json_member_null(&a->w, mcp_str_c(key));
    } else {
        cli_args_str(a, key, text);
    }
}

void cli_args_decimal(struct cli_args *a, const char *key, const char *text)
{
    int64_t micro;

    if (text && mcp_micro_parse(mcp_str_c(text), &micro)) {
        mcp_json_member_micro(&a->w, mcp_str_c(key), micro);
    } else {
        cli_args_str_or_none(a, key, text);
    }
}

void cli_args_number(struct cli_args *a, const char *key, const struct cli *cli, const char *option)
{
    if (cli_text(cli, option)) {
        mcp_json_member_int(&a->w, mcp_str_c(key), cli_number(cli, option));
    }
}

void cli_args_time(struct cli_args *a, const char *key, int64_t wall_ms)
{
    char text[MCP_TIMESTAMP_BYTES];

    mcp_json_member_str(&a->w, mcp_str_c(key), mcp_timestamp_format(wall_ms, text));
}

mcp_str cli_args_end(struct cli_args *a)
{
    mcp_json_object_end(&a->w);
    /* Without memory the text is cut off, and the engine says so. */
    return mcp_buf_str(&a->buf);
}

void cli_args_free(struct cli_args *a)
{
    mcp_buf_free(&a->buf);
}

bool cli_operate(const struct cli *cli, const char *tool, struct cli_args *args, bool create,
                 struct cli_result *ret, enum cli_exit *ret_code)
{
    struct cli_local_options opt = {.create = create, .log = cli_stderr_log(MCP_LOG_WARN)};
    struct mcp_principal who = tools_operator();
    struct cli_local l;

    *ret = (struct cli_result){0};
    *ret_code = cli_local_open(cli, &opt, &l);
    if (*ret_code == CLI_DONE) {
        cli_local_call(&l, tool, cli_args_end(args), &who, ret);
        if (ret->err) {
            *ret_code = cli_failed(cli, ret);
            cli_result_free(ret);
        }
        (void)cli_local_close(&l);
    }
    cli_args_free(args);
    return *ret_code == CLI_DONE;
}
