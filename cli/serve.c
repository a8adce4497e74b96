/* cli/serve.c - the composition root: store, writer, tools, engine, REST and HTTP in one process.
 */
#include <cli/commands.h>
#include <cli/demo.h>
#include <cli/serve.h>
#include <mcp/alloc.h>
#include <transport/main.h>

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#define TICK_MS  1000
#define WATCH_MS 100 /* a client that subscribed hears within a second, with room to spare */

/* ---- While it runs --------------------------------------------------------------------------- */

/* The writer's thread, and that of outbound requests. */
static void wake_loop(void *user)
{
    mcp_http_wake(user);
}

static void on_wake(void *user)
{
    struct cli_serve *s = user;

    (void)mcp_deliver_complete(s->outbound.client); /* may submit writes, so it goes first */
    (void)mcp_deliver_complete(s->mail_outbound.client);
    (void)store_complete(s->local.store);
}

static void every_second(struct cli_serve *s)
{
    cli_supervisor_tick(&s->supervisor);
    tools_tick(s->local.tools);
    store_tick(s->local.store);
    cli_ready_tick(s);
    (void)store_complete(s->local.store);
    cli_demo_tick(s);
    rest_dashboard_tick(s->dashboard);
    if (store_is_broken(s->local.store) && s->code == CLI_DONE) {
        s->code = CLI_IO;
        mcp_log(&s->log, MCP_LOG_ERROR, "the store is broken: no write is safe any more, stopping");
        mcp_http_stop(s->http);
        mcp_http_stop(s->http);
    }
}

static void on_tick(void *user)
{
    struct cli_serve *s = user;

    uint64_t version = store_version(s->local.store);

    tools_watch(s->local.tools, s->local.server);
    if (version != s->version) {
        s->version = version;
        rest_dashboard_look(s->dashboard);
    }
    if (++s->n_ticks % (TICK_MS / WATCH_MS) == 0) {
        every_second(s);
    }
}

static void on_hangup(void *user)
{
    struct cli_serve *s = user;

    cli_supervisor_reloading(&s->supervisor);
    cli_serve_reload(s);
    cli_supervisor_ready(&s->supervisor);
}

static void on_end(void *user, const struct mcp_ended *e)
{
    struct cli_serve *s = user;

    cli_metrics_ended(&s->metrics, e);
}

static void on_served(void *user, const struct mcp_http_served *served)
{
    struct cli_serve *s = user;

    cli_metrics_served(&s->metrics, served);
    if (s->has_access_log) {
        cli_access_log(&s->log, served);
    }
}

static bool is_live(void *user, const struct mcp_principal *who)
{
    return tools_is_live(user, who);
}

/* ---- Starting -------------------------------------------------------------------------------- */

static enum cli_exit open_log(struct cli_serve *s)
{
    const struct cli *cli = s->cli;
    const char *path = cli_text(cli, "log");
    const char *level = cli_text(cli, "log-level"), *format = cli_text(cli, "log-format");
    enum mcp_log_level max;
    struct mcp_clock clock;

    mcp_system_clock(&clock);
    if (!cli_log_level(level, &max)) {
        return cli_usage(cli, "--log-level: \"%s\" is not error, warn, info or debug", level);
    }
    if (!cli_log_is_format(format)) {
        return cli_usage(cli, "--log-format: \"%s\" is not text or json", format);
    }
    if (!cli_logfile_open(&s->logfile, path, &clock)) {
        return cli_say(cli, CLI_IO, "--log: cannot open %s: %s", path, strerrordesc_np(errno));
    }
    s->logfile.max = (int)max;
    s->logfile.is_json = strcmp(format, "json") == 0;
    s->log = cli_logfile_log(&s->logfile);
    return CLI_DONE;
}

static struct mcp_server_options engine_limits(const struct cli *cli)
{
    struct mcp_server_options o = {0};

#define CLI_ENGINE_LIMIT(field, option, kind, fallback, least, most, help)                         \
    o.field = (__typeof__(o.field))cli_number(cli, option);
#include <cli/limits.def>
#undef CLI_ENGINE_LIMIT
    return o;
}

static enum cli_exit open_local(struct cli_serve *s)
{
    const struct mcp_server_options limits = engine_limits(s->cli);
    struct cli_local_options opt = {
        .create = true,
        .keeps_tasks = true,
        .open_registration = cli_flag(s->cli, "open-registration"),
        .log = s->log,
        .rate_per_minute = (int32_t)cli_number(s->cli, "rate"),
        .history_full_ms = cli_number(s->cli, "history-full"),
        .history_keep_ms = cli_number(s->cli, "history-keep"),
        .store_bytes_max = (size_t)cli_number(s->cli, "store-bytes-max"),
        .limits = &limits,
        .on_end = on_end,
        .on_end_user = s,
        .workers = {.threads_max = (size_t)cli_number(s->cli, "workers"),
                    .queue_max = (size_t)cli_number(s->cli, "workers-queue")},
    };
    const struct rest_options rest = cli_rest_options(cli_text(s->cli, "endpoints"));
    char why[256];
    enum cli_exit code = cli_local_open(s->cli, &opt, &s->local);

    if (code) {
        return code;
    }
    s->metrics.server = s->local.server;
    s->started_ms = mcp_clock_wall_ms(&s->local.clock);
    s->has_access_log = cli_flag(s->cli, "access-log");
    s->rest = rest_new(s->local.server, &rest, why, sizeof(why));
    if (!s->rest) {
        return cli_say(s->cli, CLI_BUG, "%s", why);
    }
    s->dashboard = rest_dashboard_new(s->local.server, cli_text(s->cli, "tls-cert") != NULL);
    if (!s->dashboard) {
        return cli_say(s->cli, CLI_LATER, "out of memory");
    }
    rest_dashboard_check_with(s->dashboard, is_live, s->local.tools);
    return CLI_DONE;
}

enum cli_exit cli_serve_http_options(const struct cli *cli, struct mcp_http_options *ret)
{
    *ret = (struct mcp_http_options){
        .listen = cli_text(cli, "listen"),
        .endpoint = cli_text(cli, "endpoints"),
        .allowed_hosts = cli_text(cli, "allowed-hosts"),
        .allowed_origins = cli_text(cli, "allowed-origins"),
        .allow_public = cli_flag(cli, "allow-public"),
        .tls_cert = cli_text(cli, "tls-cert"),
        .tls_key = cli_text(cli, "tls-key"),
        .hides_card = cli_flag(cli, "hide-card"),
    };
#define CLI_LIMIT(field, option, kind, fallback, least, most, help)                                \
    ret->field = (__typeof__(ret->field))cli_number(cli, option);
#include <cli/limits.def>
#undef CLI_LIMIT
    if (!ret->tls_cert != !ret->tls_key) {
        return cli_usage(cli, "--tls-cert and --tls-key: give both or none");
    }
    return CLI_DONE;
}

static size_t add_routes(struct cli_serve *s, size_t n, const struct mcp_http_route *r)
{
    for (; r->prefix; r++) {
        assert(n + 1 < sizeof(s->routes) / sizeof(s->routes[0]));
        s->routes[n++] = *r;
    }
    return n;
}

/* Everything besides MCP: what belongs to the process, the REST routes, the page for people. */
static void fill_routes(struct cli_serve *s)
{
    const struct mcp_http_route own[] = {
        {.prefix = "/healthz", .handle = cli_health_handle, .user = s, .is_public = true},
        {.prefix = "/readyz", .handle = cli_ready_handle, .user = s, .is_public = true},
        {.prefix = "/metrics", .handle = cli_metrics_handle, .user = s},
    };
    size_t n = sizeof(own) / sizeof(own[0]);

    memcpy(s->routes, own, sizeof(own));
    n = add_routes(s, n, rest_http_routes(s->rest));
    n = add_routes(s, n, rest_dashboard_routes(s->dashboard));
    s->routes[n] = (struct mcp_http_route){0};
}

static enum cli_exit open_http(struct cli_serve *s)
{
    const struct cli *cli = s->cli;
    struct mcp_http_options o;
    enum cli_exit code = cli_serve_http_options(cli, &o);
    struct mcp_buf icons;
    char why[512];

    code = code ? code : cli_serve_files(cli);
    if (code) {
        return code;
    }
    fill_routes(s);
    o.verify = tools_verify;
    o.verify_user = s->local.tools;
    o.is_live = is_live;
    o.routes = s->routes;
    o.workers = s->local.workers;
    mcp_buf_init(&icons, (size_t)1 << 20);
    code = cli_serve_card(cli, s->local.server, &icons, &o.card);
    if (!code && !mcp_http_check(s->local.server, &o, why, sizeof(why))) {
        code = cli_usage(cli, "%s", why);
    }
    s->http = code ? NULL : mcp_http_new(s->local.server, &o, why, sizeof(why));
    mcp_buf_free(&icons); /* the card is printed */
    if (code) {
        return code;
    }
    if (!s->http) {
        return cli_say(cli, CLI_UNREACHABLE, "%s", why);
    }
    (void)cli_url_of(mcp_http_address(s->http), o.tls_cert != NULL, s->url);
    mcp_http_on_wake(s->http, on_wake, s);
    mcp_http_every(s->http, WATCH_MS, on_tick, s);
    mcp_http_signals(s->http, on_hangup, s);
    mcp_http_on_served(s->http, on_served, s);
    return CLI_DONE;
}

/* Messages link to where people reach this server. */
static enum cli_exit open_webhooks(struct cli_serve *s)
{
    const char *url = cli_text(s->cli, "public-url");
    char own[CLI_URL_BYTES + 1] = "";

    snprintf(own, sizeof(own), "%s/", s->url);
    return cli_webhook_send_open(&s->webhooks, s->local.tools, s->outbound.client,
                                 s->mail_outbound.client, &s->local.clock, &s->mail,
                                 url         ? url
                                 : s->url[0] ? own
                                             : NULL,
                                 cli_number(s->cli, "webhook-lease"))
               ? cli_say(s->cli, CLI_LATER, "out of memory")
               : CLI_DONE;
}

static enum cli_exit open_sources(struct cli_serve *s)
{
    return cli_source_ask_open(&s->sources, s->local.tools, s->outbound.client, &s->local.clock,
                               cli_number(s->cli, "webhook-lease"))
               ? cli_say(s->cli, CLI_LATER, "out of memory")
               : CLI_DONE;
}

/* NULL: nobody has said, and it is a Unix socket. */
static const char *reached_at(const struct cli_serve *s)
{
    const char *url = cli_text(s->cli, "public-url");

    return url ? url : s->url[0] ? s->url : NULL;
}

static enum cli_exit start_threads(struct cli_serve *s)
{
    if (store_start_writer(s->local.store, wake_loop, s->http)) {
        return cli_say(s->cli, CLI_LATER, "cannot start the writer thread");
    }
    if (mcp_deliver_start(s->outbound.client, wake_loop, s->http) ||
        (s->mail_outbound.client &&
         mcp_deliver_start(s->mail_outbound.client, wake_loop, s->http))) {
        return cli_say(s->cli, CLI_LATER, "cannot start the thread for outbound requests");
    }
    return CLI_DONE;
}

static void announce(struct cli_serve *s, const char *token)
{
    const char *address = mcp_http_address(s->http);

    if (reached_at(s)) {
        cli_server_url_put(s->local.dir, reached_at(s));
    }
    mcp_log(&s->log, MCP_LOG_INFO, "cistern " CISTERN_VERSION " listens on %s, data in %s", address,
            s->local.dir);
    if (token) {
        cli_banner(s->cli->out, address, cli_text(s->cli, "tls-cert") != NULL, s->local.dir, token);
        fflush(s->cli->out);
    }
    if (cli_value(s->cli, "ready-fd")->n_text &&
        !mcp_ready_notify((int)cli_number(s->cli, "ready-fd"), address)) {
        mcp_log(&s->log, MCP_LOG_WARN, "--ready-fd: cannot write to it");
    }
    cli_supervisor_ready(&s->supervisor);
}

static enum cli_exit start(struct cli_serve *s, char *token, size_t token_bytes)
{
    enum cli_exit code = open_log(s);

    code = code ? code : cli_outbound_open(s->cli, &s->outbound);
    code = code ? code : cli_mail_read(s->cli, &s->mail);
    if (!code && s->mail.url.len) {
        code = cli_outbound_open(s->cli, &s->mail_outbound);
    }
    code = code ? code : open_local(s);
    code = code ? code : open_http(s); /* before the demo: nothing is made when it cannot listen */
    if (code == CLI_DONE && cli_flag(s->cli, "demo")) {
        code = cli_demo_serve(s, token, token_bytes);
    }
    code = code ? code : open_webhooks(s);
    code = code ? code : open_sources(s);
    if (!code) {
        code = cli_payment_open(&s->payment, s->cli, s->local.tools, s->outbound.client,
                                reached_at(s));
    }
    return code ? code : start_threads(s);
}

/* ---- Stopping -------------------------------------------------------------------------------- */

static void finish(struct cli_serve *s, enum cli_exit code)
{
    if (s->local.tools) {
        tools_stop_sending(s->local.tools);
        mcp_deliver_stop(s->outbound.client); /* what is told of its end may write */
        mcp_deliver_stop(s->mail_outbound.client);
        store_stop_writer(s->local.store); /* it wakes the loop, which goes first */
        tools_flush(s->local.tools);
        cli_demo_end(s);
    }
    if (s->http && reached_at(s)) {
        cli_server_url_remove(s->local.dir, reached_at(s));
    }
    mcp_http_free(s->http);
    rest_dashboard_free(s->dashboard);
    rest_free(s->rest);
    cli_outbound_close(&s->outbound);
    cli_outbound_close(&s->mail_outbound);
    cli_mail_free(&s->mail);
    if (!cli_local_close(&s->local)) {
        fflush(s->cli->out);
        _exit((int)code);
    }
    cli_logfile_close(&s->logfile);
    cli_supervisor_close(&s->supervisor);
    if (s->live) {
        cli_free(s->live);
        mcp_free(s->live);
    }
}

enum cli_exit cli_serve_run(struct cli *cli)
{
    struct cli_serve s = {.cli = cli};
    char token[256] = "";
    enum cli_exit code;

    if (cli_flag(cli, "print-config")) {
        return cli_config_print(cli);
    }
    signal(SIGPIPE, SIG_IGN); /* a pipe's reader may go away; writes then fail with EPIPE */
    cli_supervisor_open(&s.supervisor);
    code = start(&s, token, sizeof(token));
    if (code == CLI_DONE) {
        announce(&s, cli_flag(cli, "demo") ? token : NULL);
        memset(token, 0, sizeof(token));
        if (mcp_http_run(s.http) && s.code == CLI_DONE) {
            s.code = CLI_LATER; /* stopped before its calls were finished */
        }
        mcp_log(&s.log, MCP_LOG_INFO, "stopped");
        code = s.code;
    }
    finish(&s, code);
    return code;
}
