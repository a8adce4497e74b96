/* rest/dashboard_events.c - the stream that says when to ask again; no data travels on it.
 *
 * What there is to see is a hash of what list_balances and list_alerts answer: the same rows, the
 * same rights, no second logic. A stream is level-triggered: it remembers the last hash that it has
 * told, so a slow client is owed at most one event, which it hears within a second of having taken
 * what came before. */
#include <rest/dashboard_part.h>
#include <rest/reply.h>

#include <mcp/alloc.h>

#include <sodium.h>
#include <stddef.h>

enum { SIGHT_BYTES = 16 };

struct stream {
    struct stream *next;
    struct rest__events *events;
    struct mcp_http_exchange *ex;
    struct mcp_principal who;
    uint8_t told[SIGHT_BYTES];
    bool is_owed;                          /* a look that it did not hear of */
    int64_t begun_ms, last_ms, checked_ms; /* monotonic */
};

struct rest__events {
    struct mcp_server *server;
    struct stream *streams; /* newest first */
    size_t n;
    bool is_draining;
    mcp_is_live_fn *is_live; /* NULL: nobody asks */
    void *live_user;
};

static int64_t now_ms(const struct rest__events *e)
{
    return mcp_clock_monotonic_ms(mcp_server_clock(e->server));
}

/* ---- What an owner sees ---------------------------------------------------------------------- */

struct sight {
    struct mcp_outcome_sink sink; /* first: the engine hands &sink back */
    crypto_generichash_state state;
    bool is_over;
    mcp_err err; /* of the first tool */
    struct mcp_limit_state limit;
};

static void see(struct mcp_outcome_sink *sink, const struct mcp_outcome *o)
{
    struct sight *s = (struct sight *)(void *)sink;
    uint8_t err = (uint8_t)o->err;

    s->err = s->err ? s->err : o->err;
    s->limit = o->limit;
    crypto_generichash_update(&s->state, &err, 1);
    crypto_generichash_update(&s->state, (const uint8_t *)o->structured.ptr, o->structured.len);
    s->is_over = true;
}

/* False: a tool said no, or does not answer at once; *reterr says what there is to say. */
static bool look_at(struct mcp_server *server, struct mcp_principal who, bool is_free,
                    uint8_t ret[SIGHT_BYTES], struct mcp_outcome *reterr)
{
    static const char *const TOOLS[] = {"list_balances", "list_alerts"};
    struct sight s = {.sink = {.finish = see}};

    crypto_generichash_init(&s.state, NULL, 0, SIGHT_BYTES);
    for (size_t i = 0; i < sizeof(TOOLS) / sizeof(TOOLS[0]) && !s.err; i++) {
        who.rate_per_minute = is_free || i > 0 ? -1 : who.rate_per_minute;
        s.is_over = false;
        mcp_server_invoke(server, mcp_str_c(TOOLS[i]), MCP_STR("{}"), &who, &s.sink);
        if (!s.is_over) {
            mcp_server_invoke_cancel(server, &s.sink);
            s.err = MCP_E_STORAGE;
        }
    }
    crypto_generichash_final(&s.state, ret, SIGHT_BYTES);
    *reterr = (struct mcp_outcome){.err = s.err, .limit = s.limit, .scope = "read"};
    return !s.err;
}

/* ---- Streams --------------------------------------------------------------------------------- */

static void forget(struct stream *st)
{
    struct stream **at = &st->events->streams;

    while (*at != st) {
        at = &(*at)->next;
    }
    *at = st->next;
    st->events->n--;
    mcp_free(st);
}

static void end(struct stream *st)
{
    struct mcp_http_exchange *ex = st->ex;

    forget(st);
    mcp_http_stream_end(ex);
}

/* False: it was too far behind and is gone. */
static bool say(struct stream *st, mcp_str text)
{
    st->last_ms = now_ms(st->events);
    if (mcp_http_stream_write(st->ex, text)) {
        return true;
    }
    forget(st);
    return false;
}

/* `sight` NULL: nothing could be seen. The stream may be gone afterwards. */
static void tell(struct stream *st, const uint8_t *sight)
{
    st->is_owed = !sight || mcp_http_stream_backlog(st->ex) > 0;
    if (!st->is_owed && memcmp(st->told, sight, SIGHT_BYTES) != 0) {
        memcpy(st->told, sight, SIGHT_BYTES);
        (void)say(st, MCP_STR("event: change\ndata: {}\n\n"));
    }
}

static void look_for(struct stream *st)
{
    uint8_t sight[SIGHT_BYTES];
    struct mcp_outcome o;

    tell(st, look_at(st->events->server, st->who, true, sight, &o) ? sight : NULL);
}

static void on_gone(void *user)
{
    forget(user);
}

static const struct mcp_http_exchange_events EVENTS = {.gone = on_gone};

void rest__events_look(struct rest__events *e)
{
    uint8_t sight[SIGHT_BYTES];
    struct mcp_outcome o;
    uint64_t owner = 0; /* whose sight it is */
    bool is_seen = false, is_known = false;

    for (struct stream *st = e->streams, *next; st; st = next) {
        next = st->next; /* `st` may be gone when it was told */
        if (!is_known || owner != st->who.owner) {
            is_known = true;
            owner = st->who.owner;
            is_seen = look_at(e->server, st->who, true, sight, &o);
        }
        tell(st, is_seen ? sight : NULL);
    }
}

static bool is_over(struct stream *st, int64_t now)
{
    const struct rest__events *e = st->events;

    if (now - st->begun_ms >= REST_EVENTS_LASTS_MS) {
        return true;
    }
    if (!e->is_live || now - st->checked_ms < REST_EVENTS_CHECK_MS) {
        return false;
    }
    st->checked_ms = now;
    return !e->is_live(e->live_user, &st->who);
}

void rest__events_tick(struct rest__events *e)
{
    int64_t now = now_ms(e);

    for (struct stream *st = e->streams, *next; st; st = next) {
        next = st->next;
        if (is_over(st, now)) {
            end(st);
        } else if (mcp_http_stream_backlog(st->ex) > 0) {
            continue;
        } else if (st->is_owed) {
            look_for(st);
        } else if (now - st->last_ms >= REST_EVENTS_ALIVE_MS) {
            (void)say(st, MCP_STR(":\n\n"));
        }
    }
}

void rest__events_end_of(struct rest__events *e, const uint8_t id[16])
{
    for (struct stream *st = e->streams, *next; st; st = next) {
        next = st->next;
        if (memcmp(st->who.id, id, sizeof(st->who.id)) == 0) {
            end(st);
        }
    }
}

/* One credential keeps REST_EVENTS_EACH_MAX streams: a browser that lost count gets its newest. */
static void make_room(struct rest__events *e, const struct mcp_principal *who)
{
    struct stream *oldest = NULL;
    size_t n = 0;

    for (struct stream *st = e->streams; st; st = st->next) {
        if (memcmp(st->who.id, who->id, sizeof(who->id)) == 0) {
            oldest = st;
            n++;
        }
    }
    if (n >= REST_EVENTS_EACH_MAX) {
        end(oldest);
    }
}

static void begin(struct rest__events *e, struct mcp_http_exchange *ex,
                  const uint8_t sight[SIGHT_BYTES])
{
    struct mcp_http_response res = {.status = 200, .content_type = "text/event-stream"};
    struct stream *st = mcp_alloc_new(struct stream);
    int64_t now = now_ms(e);

    if (!st) {
        rest_reply_err(ex, &rest_surface_plain, MCP_E_OVERLOADED, MCP_STR(""));
        return;
    }
    *st = (struct stream){.next = e->streams,
                          .events = e,
                          .ex = ex,
                          .who = mcp_http_exchange_request(ex)->principal,
                          .begun_ms = now,
                          .last_ms = now,
                          .checked_ms = now};
    e->streams = st;
    e->n++;
    memcpy(st->told, sight, SIGHT_BYTES);
    mcp_http_exchange_watch(ex, &EVENTS, st);
    rest__dashboard_headers(&res);
    mcp_http_response_add(&res, "X-Accel-Buffering", MCP_STR("no")); /* nginx would collect */
    mcp_http_response_cors(&res, mcp_http_exchange_request(ex));
    mcp_http_stream_begin(ex, &res);
    /* Whoever reads this asks after it, so that nothing is missed in between. */
    (void)say(st, MCP_STR("retry: 2000\nevent: change\ndata: {}\n\n"));
}

void rest__events_handle(void *user, struct mcp_http_exchange *ex)
{
    struct rest__events *e = user;
    const struct mcp_principal *who = &mcp_http_exchange_request(ex)->principal;
    uint8_t sight[SIGHT_BYTES];
    struct mcp_outcome o;

    /* It costs its unit, and needs the scope. */
    if (!look_at(e->server, *who, false, sight, &o)) {
        rest_reply_outcome(ex, &rest__dashboard_row, &o, 0);
        return;
    }
    make_room(e, who);
    if (e->is_draining || e->n >= REST_EVENTS_MAX) {
        rest_reply_err(ex, &rest_surface_plain, MCP_E_OVERLOADED,
                       MCP_STR("there are as many event streams as the server keeps"));
    } else {
        begin(e, ex, sight);
    }
}

void rest__events_drain(void *user)
{
    struct rest__events *e = user;

    e->is_draining = true;
    while (e->streams) {
        end(e->streams);
    }
}

struct rest__events *rest__events_new(struct mcp_server *server)
{
    struct rest__events *e = mcp_alloc_new(struct rest__events);

    if (e) {
        e->server = server;
    }
    return e;
}

void rest__events_check_with(struct rest__events *e, mcp_is_live_fn *is_live, void *user)
{
    e->is_live = is_live;
    e->live_user = user;
}

void rest__events_free(struct rest__events *e)
{
    while (e && e->streams) {
        forget(e->streams);
    }
    mcp_free(e);
}
