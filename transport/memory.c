/* transport/memory.c - see memory.h. */
#include <transport/memory_client.h>

#include <mcp/alloc.h>

#include <inttypes.h>
#include <stdio.h>

#define META "io.modelcontextprotocol/"

enum { TURNS_MAX = 10000 }; /* without time passing; a handler that never stops is left alone */

static const int64_t BEGIN_WALL_MS = 1767225600000; /* 2026-01-01T00:00:00Z */

const struct mcp_memory_reply mcp__memory_lost = {
    .is_done = true, .is_error = true, .code = -32603, .text = MCP_STR_INIT("out of memory")};

static int64_t monotonic_ms(void *user)
{
    return ((const struct mcp_memory *)user)->now_ms;
}

static int64_t wall_ms(void *user)
{
    return BEGIN_WALL_MS + monotonic_ms(user);
}

/* ---- What is said ---- */

static void handle(struct mcp_memory *m, mcp_str message, struct mcp_sink *sink)
{
    struct mcp_peer peer = {.claim = MCP_SESSION_FOUND, .session = m->session};

    snprintf(peer.principal.scopes, sizeof(peer.principal.scopes), "%.*s", MCP_STR_ARG(m->scopes));
    mcp_server_handle(m->server, message, &peer, sink);
}

static void ignore(struct mcp_sink *sink, const struct mcp_reply *reply)
{
    (void)sink, (void)reply;
}

/* A notification or a response. */
void mcp__memory_tell(struct mcp_memory *m, mcp_str message)
{
    struct mcp_sink sink = {.finish = ignore};

    if (message.len) {
        handle(m, message, &sink);
    }
}

/* What the caller says itself counts. */
static void put_ours(struct mcp_json_writer *w, mcp_json own, mcp_str key, mcp_str json)
{
    if (json.len && !mcp_json_present(mcp_json_get(own, key))) {
        mcp_json_member_raw(w, key, json);
    }
}

static void put_meta(struct mcp_json_writer *w, const struct mcp__exchange *e)
{
    struct mcp_memory *m = e->m;
    mcp_json own = mcp_json_get(e->params, MCP_STR("_meta"));

    mcp_json_put_key(w, MCP_STR("_meta"));
    mcp_json_object(w);
    put_ours(w, own, MCP_STR("progressToken"), mcp_arena_printf(&m->arena, "%" PRId64, e->id));
    if (m->is_modern) {
        put_ours(w, own, MCP_STR(META "protocolVersion"),
                 mcp_arena_printf(&m->arena, "\"%s\"", m->revision));
        put_ours(w, own, MCP_STR(META "clientCapabilities"), m->capabilities);
        put_ours(w, own, MCP_STR(META "logLevel"), MCP_STR("\"debug\""));
    }
    for (mcp_json v = mcp_json_first(own); mcp_json_present(v); v = mcp_json_next(own, v)) {
        mcp_json_member_raw(w, mcp__memory_str(m, mcp_json_key(v)), mcp_json_raw(v));
    }
    mcp_json_object_end(w);
}

/* Write the request, with the answers of a round when there are some. */
static mcp_str request_text(struct mcp__exchange *e, mcp_str responses)
{
    struct mcp_json_writer w;
    struct mcp_buf out;

    mcp_buf_init(&out, (size_t)1 << 28);
    mcp_json_writer_init(&w, &out);
    mcp_json_object(&w);
    mcp_json_member_str(&w, MCP_STR("jsonrpc"), MCP_STR("2.0"));
    mcp_json_member_int(&w, MCP_STR("id"), e->id);
    mcp_json_member_str(&w, MCP_STR("method"), mcp_str_c(e->method));
    mcp_json_put_key(&w, MCP_STR("params"));
    mcp_json_object(&w);
    for (mcp_json v = mcp_json_first(e->params); mcp_json_present(v);
         v = mcp_json_next(e->params, v)) {
        if (!mcp_json_str_eq(mcp_json_key(v), MCP_STR("_meta"))) {
            mcp_json_member_raw(&w, mcp__memory_str(e->m, mcp_json_key(v)), mcp_json_raw(v));
        }
    }
    put_meta(&w, e);
    if (responses.len) {
        mcp_json_member_raw(&w, MCP_STR("inputResponses"), responses);
    }
    if (mcp_json_present(e->state)) {
        mcp_json_member_raw(&w, MCP_STR("requestState"), mcp_json_raw(e->state));
    }
    mcp_json_object_end(&w);
    mcp_json_object_end(&w);
    return mcp__memory_keep(e->m, &out);
}

void mcp__memory_send(struct mcp__exchange *e, mcp_str responses)
{
    e->id = ++e->m->last_id;
    e->reply = (struct mcp_memory_reply){.is_done = false};
    mcp_str text = request_text(e, responses);

    if (text.len) {
        handle(e->m, text, &e->sink);
    } else {
        e->reply = mcp__memory_lost;
    }
}

/* ---- What is said to it ---- */

static void on_notify(struct mcp_sink *sink, mcp_str message, bool is_progress)
{
    struct mcp__exchange *e = (struct mcp__exchange *)(void *)sink;

    (void)is_progress;
    mcp__memory_hear(e->m, e, message);
}

static void on_change(struct mcp_sink *channel, mcp_str message, bool is_progress)
{
    (void)is_progress;
    mcp__memory_hear(
        (struct mcp_memory *)(void *)((char *)channel - offsetof(struct mcp_memory, channel)), NULL,
        message);
}

static void on_finish(struct mcp_sink *sink, const struct mcp_reply *reply)
{
    mcp__memory_take((struct mcp__exchange *)(void *)sink, reply->message);
}

/* ---- Blocking handlers: run here, one after the other ---- */

static bool take_work(void *user, struct mcp_work *w)
{
    struct mcp_memory *m = user;

    w->next = NULL;
    *m->works_end = w;
    m->works_end = &w->next;
    return true;
}

static bool drop_work(void *user, struct mcp_work *w)
{
    struct mcp_memory *m = user;

    for (struct mcp_work **at = &m->works; *at; at = &(*at)->next) {
        if (*at == w) {
            *at = w->next;
            m->works_end = w->next ? m->works_end : at;
            return true;
        }
    }
    return false;
}

/* Who sleeps lets time pass, until the call is over its limit. */
static void sleep_work(void *user, struct mcp_work *w, int64_t ms)
{
    struct mcp_memory *m = user;
    int64_t until_ms = ms > INT64_MAX - m->now_ms ? INT64_MAX : m->now_ms + ms;

    while (m->now_ms < until_ms) {
        int64_t due_ms = mcp_server_tick(m->server), left_ms = until_ms - m->now_ms;

        if (mcp_work_is_cancelled(w)) {
            return;
        }
        due_ms = due_ms ? due_ms : 1; /* who has something to do at once, always, has its turn */
        m->now_ms += due_ms > 0 && due_ms < left_ms ? due_ms : left_ms;
    }
}

static void rouse_work(void *user, struct mcp_work *w)
{
    (void)user, (void)w; /* nobody sleeps while the loop runs */
}

static void wake(void *user)
{
    (void)user; /* settle() looks anyway */
}

static bool run_work(struct mcp_memory *m)
{
    struct mcp_work *w = m->works;

    if (w) {
        (void)drop_work(m, w);
        mcp_work_run(w);
        mcp_work_done(w);
    }
    return w != NULL;
}

/* Do what can be done now. Returns when the next thing is due, as mcp_server_tick(). */
static int64_t settle(struct mcp_memory *m)
{
    int64_t due_ms = 0;

    for (int turn = 0; turn < TURNS_MAX && !mcp_arena_failed(&m->arena); turn++) {
        bool has_acted = mcp__memory_answer(m) || run_work(m);

        due_ms = mcp_server_tick(m->server);
        if (!has_acted && due_ms != 0) {
            return due_ms;
        }
    }
    return -1;
}

/* ---- Its life ---- */

static bool say(char *reterr, size_t reterr_bytes, const char *why)
{
    snprintf(reterr, reterr_bytes, "%s", why);
    return false;
}

static bool make_server(struct mcp_memory *m, const struct mcp_server_options *server, char *reterr,
                        size_t reterr_bytes)
{
    struct mcp_server_options opt = *server;

    opt.name = opt.name ? opt.name : "memory";
    opt.version = opt.version ? opt.version : "0";
    opt.clock = (struct mcp_clock){wall_ms, monotonic_ms, m};
    opt.executor = (struct mcp_executor){m, take_work, drop_work, sleep_work, rouse_work, wake};
    m->server = mcp_server_new(&opt, reterr, reterr_bytes);
    m->session = m->server ? mcp_session_new(m->server) : NULL;
    m->channel.notify = on_change;
    if (!m->server) {
        return false;
    }
    return (m->session && mcp_session_attach(m->session, &m->channel, NULL)) ||
           say(reterr, reterr_bytes, "out of memory");
}

/* The handshake of the legacy revisions. */
static bool initialize(struct mcp_memory *m, bool has_logging, char *reterr, size_t reterr_bytes)
{
    mcp_str params =
        mcp_arena_printf(&m->arena,
                         "{\"protocolVersion\":\"%s\",\"capabilities\":%.*s,\"clientInfo\":{"
                         "\"name\":\"memory\",\"version\":\"0\"}}",
                         m->revision, MCP_STR_ARG(m->capabilities));
    const struct mcp_memory_reply *r = mcp_memory_request(m, "initialize", params.ptr);

    if (r->is_error) {
        return say(reterr, reterr_bytes, r->text.ptr);
    }
    mcp__memory_tell(m, MCP_STR("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"));
    return !has_logging ||
           !mcp_memory_request(m, "logging/setLevel", "{\"level\":\"debug\"}")->is_error ||
           say(reterr, reterr_bytes, "out of memory");
}

struct mcp_memory *mcp_memory_new(const struct mcp_server_options *server,
                                  const struct mcp_memory_options *opt, char *reterr,
                                  size_t reterr_bytes)
{
    const struct mcp_memory_options usual = {NULL, NULL, NULL};
    struct mcp_memory *m = mcp_alloc_new(struct mcp_memory);

    if (!m) {
        say(reterr, reterr_bytes, "out of memory");
        return NULL;
    }
    opt = opt ? opt : &usual;
    m->heard_end = &m->heard;
    m->answers_end = &m->answers;
    m->works_end = &m->works;
    mcp_arena_init(&m->arena, SIZE_MAX / 2);
    m->revision = opt->revision ? opt->revision : "2026-07-28";
    m->is_modern = mcp_revision_is_modern(mcp_str_c(m->revision));
    m->capabilities = mcp_arena_dup(
        &m->arena,
        mcp_str_c(opt->capabilities ? opt->capabilities
                                    : "{\"elicitation\":{\"form\":{},\"url\":{}},\"sampling\":{"
                                      "\"tools\":{},\"context\":{}},\"roots\":{}}"));
    m->scopes = mcp_arena_dup(&m->arena, mcp_str_c(opt->scopes ? opt->scopes : "*"));
    bool is_good = mcp_revision_is_served(mcp_str_c(m->revision)) ||
                   say(reterr, reterr_bytes, "the revision is not a known one");

    is_good = is_good && make_server(m, server, reterr, reterr_bytes) &&
              (m->is_modern || initialize(m, server->has_logging, reterr, reterr_bytes));
    if (is_good && mcp_arena_failed(&m->arena)) {
        is_good = say(reterr, reterr_bytes, "out of memory");
    }
    if (!is_good) {
        mcp_memory_free(m);
        return NULL;
    }
    return m;
}

void mcp_memory_free(struct mcp_memory *m)
{
    if (!m) {
        return;
    }
    mcp_session_free(m->session);
    if (m->server) {
        (void)mcp_server_tick(m->server); /* delayed steps see that nobody waits */
    }
    mcp_server_free(m->server);
    mcp_arena_free(&m->arena);
    mcp_free(m);
}

struct mcp_server *mcp_memory_server(struct mcp_memory *m)
{
    return m->server;
}

/* ---- Requests ---- */

static const struct mcp_memory_reply *start(struct mcp_memory *m, const struct mcp_tool *tool,
                                            const char *method, mcp_str params)
{
    struct mcp__exchange *e = mcp_arena_new(&m->arena, struct mcp__exchange, 1);

    if (!e) {
        return &mcp__memory_lost;
    }
    *e = (struct mcp__exchange){
        .sink = {on_notify, on_finish}, .m = m, .next = m->exchanges, .tool = tool};
    m->exchanges = e;
    e->method = mcp_arena_dup(&m->arena, mcp_str_c(method)).ptr;
    e->params = mcp__memory_read(m, params);
    if (mcp_arena_failed(&m->arena)) {
        return &mcp__memory_lost;
    }
    if (mcp_json_type(e->params) != MCP_JSON_OBJECT) {
        mcp__memory_fail(e, mcp_err_info(MCP_E_INVALID_JSON)->code,
                         MCP_STR("params are not a JSON object"));
        return &e->reply;
    }
    mcp__memory_send(e, mcp_str_n(NULL, 0));
    (void)settle(m);
    return mcp_arena_failed(&m->arena) ? &mcp__memory_lost : &e->reply;
}

const struct mcp_memory_reply *mcp_memory_request(struct mcp_memory *m, const char *method,
                                                  const char *params)
{
    return start(m, NULL, method, mcp_str_c(params ? params : "{}"));
}

const struct mcp_memory_reply *mcp_memory_call(struct mcp_memory *m, const char *tool,
                                               const char *arguments)
{
    struct mcp_json_writer w;
    struct mcp_buf out;

    mcp_buf_init(&out, (size_t)1 << 28);
    mcp_json_writer_init(&w, &out);
    mcp_json_object(&w);
    mcp_json_member_str(&w, MCP_STR("name"), mcp_str_c(tool));
    mcp_json_member_raw(&w, MCP_STR("arguments"), mcp_str_c(arguments ? arguments : "{}"));
    mcp_json_object_end(&w);
    return start(m, mcp_server_tool(m->server, mcp_str_c(tool)), "tools/call",
                 mcp__memory_keep(m, &out));
}

void mcp_memory_cancel(struct mcp_memory *m, const struct mcp_memory_reply *reply)
{
    for (struct mcp__exchange *e = m->exchanges; e; e = e->next) {
        if (&e->reply != reply || reply->is_done) {
            continue;
        }
        if (mcp_json_present(e->asked)) { /* the request has ended, nobody repeats it */
            mcp__memory_fail(e, 0, MCP_STR("cancelled"));
            return;
        }
        mcp__memory_tell(
            m, mcp_arena_printf(&m->arena,
                                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
                                "\"params\":{\"requestId\":%" PRId64 "}}",
                                e->id));
        (void)settle(m);
        return;
    }
}

void mcp_memory_tick(struct mcp_memory *m, int64_t ms)
{
    int64_t until_ms = m->now_ms + ms, due_ms;

    while ((due_ms = settle(m)) >= 0 && due_ms <= until_ms - m->now_ms) {
        m->now_ms += due_ms;
    }
    m->now_ms = m->now_ms > until_ms ? m->now_ms : until_ms; /* a handler may have slept beyond */
}
