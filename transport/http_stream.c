/* transport/http_stream.c - see http_stream.h. */
#include <transport/http_stream.h>

#include <mcp/alloc.h>
#include <transport/http_answer.h>
#include <transport/http_change.h>
#include <transport/http_sse.h>
#include <transport/sse.h>

#include <assert.h>
#include <stdio.h>

enum {
    POOL_MAX = 64,
    CHECK_MS = 2000,
    ASKED_AT_ONCE = 32,
    FRAME_KEPT_BYTES = 64 << 10,  /* a larger frame buffer is given back */
    REFUSAL_BYTES_MAX = 64 << 10, /* the id of a call is in it */
    FRAME_BYTES_MAX = 64 << 20    /* above any reply: mcp_server_options.call_bytes_max */
};

#define OF(field, link)                                                                            \
    ((struct mcp__http_stream *)(void *)((char *)(link)-offsetof(struct mcp__http_stream, field)))

int64_t mcp__http_now_ms(const struct mcp__http_mcp *m)
{
    return mcp_clock_monotonic_ms(mcp_server_clock(m->server));
}

/* ---- Lifetime ---- */

struct mcp__http_stream *mcp__http_stream_new(struct mcp__http_mcp *m, struct mcp_http_exchange *ex,
                                              bool is_call)
{
    struct mcp__http_stream *st;

    if (m->n_idle) {
        st = OF(in_queue, m->idle.next);
        mcp__http_link_out(&st->in_queue);
        m->n_idle--;
        *st = (struct mcp__http_stream){0};
    } else {
        st = mcp_alloc_new(struct mcp__http_stream);
    }
    if (st) {
        st->mcp = m;
        st->ex = ex;
        st->is_call = is_call;
        st->judged_ms = m->checked_ms; /* it has just been let in */
        if (ex) {
            st->principal = mcp_http_exchange_request(ex)->principal;
        }
        mcp__http_link_init(&st->in_session);
        mcp__http_link_init(&st->in_queue);
        mcp_buf_init(&st->newest, FRAME_BYTES_MAX);
    }
    return st;
}

void mcp__http_stream_release(struct mcp__http_stream *st)
{
    struct mcp__http_mcp *m = st->mcp;

    if (!st->is_call && st->session) {
        mcp__http_change_end(st);
    }
    if (!mcp__http_link_is_alone(&st->in_session)) {
        mcp__http_link_out(&st->in_session);
        mcp__http_session_unpin(&m->sessions, st->session, mcp__http_now_ms(m));
    }
    mcp__http_link_out(&st->in_queue);
    mcp_buf_free(&st->newest);
    if (st->ret_is_done) {
        *st->ret_is_done = true;
    }
    if (m->n_idle < POOL_MAX) {
        mcp__http_link_in(&m->idle, &st->in_queue);
        m->n_idle++;
    } else {
        mcp_free(st);
    }
}

void mcp__http_stream_free_pool(struct mcp__http_mcp *m)
{
    while (!mcp__http_link_is_alone(&m->idle)) {
        struct mcp__http_stream *st = OF(in_queue, m->idle.next);

        mcp__http_link_out(&st->in_queue);
        mcp_free(st);
    }
    m->n_idle = 0;
}

/* What belongs to a session that is over: calls are cancelled, connections told. */
static void end_streams(struct mcp__http_mcp *m, struct mcp__http_session *s)
{
    while (!mcp__http_link_is_alone(&s->streams)) {
        struct mcp__http_stream *st = OF(in_session, s->streams.next);
        struct mcp_http_exchange *ex = st->ex;
        bool has_begun = st->has_begun;

        mcp__http_link_out(&st->in_session); /* before release: nothing is left to unpin */
        if (st->is_call) {
            mcp_server_cancel(m->server, &st->sink);
        }
        mcp__http_stream_release(st);
        if (ex && has_begun) {
            mcp_http_stream_end(ex);
        } else if (ex) {
            mcp__http_answer_refusal(ex, MCP_E_SESSION_GONE, true);
        }
    }
}

void mcp__http_stream_end_session(struct mcp__http_mcp *m, struct mcp__http_session *s)
{
    mcp__http_session_del(&m->sessions, s);
    end_streams(m, s);
    mcp__http_session_free(&m->sessions, s);
}

/* ---- The connection ---- */

/* The exchange has ended, one way or the other. */
static void detach(struct mcp__http_stream *st)
{
    st->ex = NULL;
    mcp__http_link_out(&st->in_queue);
}

/* HTTP+SSE: this stream is its session. */
static bool is_sse(const struct mcp__http_stream *st)
{
    return st->session && st->session->sse == st;
}

/* Nobody listens to it any more. */
static void leave(struct mcp__http_stream *st)
{
    if (is_sse(st)) {
        mcp__http_stream_end_session(st->mcp, st->session);
        return;
    }
    if (st->is_call) {
        mcp_server_cancel(st->mcp->server, &st->sink);
    }
    mcp__http_stream_release(st);
}

static void on_gone(void *user)
{
    struct mcp__http_stream *st = user;

    detach(st);
    if (!st->is_call || !st->session) {
        leave(st); /* else the work goes on; its events wait in the ring */
    }
}

static void on_drained(void *user)
{
    struct mcp__http_stream *st = user;

    (void)mcp__http_stream_flush(st);
}

static const struct mcp_http_exchange_events EVENTS = {on_gone, on_drained};

/* Just written to: now the least silent one. */
static void requeue(struct mcp__http_stream *st)
{
    struct mcp__http_mcp *m = st->mcp;

    st->wrote_ms = mcp__http_now_ms(m);
    mcp__http_link_out(&st->in_queue);
    mcp__http_link_in(st->is_call ? &m->calls : &m->listeners, &st->in_queue);
}

void mcp__http_stream_keep(struct mcp__http_stream *st)
{
    if (st->session && mcp__http_link_is_alone(&st->in_session)) {
        mcp__http_link_in(&st->session->streams, &st->in_session);
        mcp__http_session_pin(st->session);
    }
    if (st->ex) {
        mcp_http_exchange_watch(st->ex, &EVENTS, st);
        requeue(st);
    }
    if (!st->is_call && st->session) {
        mcp__http_change_begin(st);
    }
}

/* A modern call is to be cancelled, a listener forgotten, a session of HTTP+SSE ended, but the
 * engine may be the one that is speaking now: mcp__http_stream_keep_alive() does it at the end of
 * the turn. */
void mcp__http_stream_lose(struct mcp__http_stream *st)
{
    detach(st);
    if (!st->is_call || !st->session) {
        mcp__http_link_in(&st->mcp->lost, &st->in_queue);
    }
}

static bool send_frame(struct mcp__http_stream *st)
{
    struct mcp_buf *frame = &st->mcp->frame;
    bool is_sent;

    if (frame->failed) {
        mcp_http_stream_end(st->ex); /* out of memory: better a cut than a hole */
        is_sent = false;
    } else {
        is_sent = mcp_http_stream_write(st->ex, mcp_buf_str(frame));
    }
    if (frame->cap > FRAME_KEPT_BYTES) {
        mcp_buf_free(frame);
    }
    mcp_buf_clear(frame);
    if (!is_sent) {
        mcp__http_stream_lose(st); /* the exchange has ended without `gone` */
    } else if (!mcp__http_link_is_alone(&st->in_queue)) {
        requeue(st);
    }
    return is_sent;
}

/* ---- Events ---- */

mcp_str mcp__http_event_id(bool is_call, uint32_t number, uint64_t serial,
                           char room[MCP__EVENT_ID_BYTES])
{
    int n = snprintf(room, MCP__EVENT_ID_BYTES, "%c%lu-%llu", is_call ? 'p' : 'g',
                     (unsigned long)number, (unsigned long long)serial);

    return mcp_str_n(room, (size_t)n);
}

bool mcp__http_event_id_parse(mcp_str text, bool *ret_is_call, uint32_t *ret_number,
                              uint64_t *ret_serial)
{
    uint64_t number;

    if (text.len == 0 || (text.ptr[0] != 'p' && text.ptr[0] != 'g')) {
        return false;
    }
    *ret_is_call = text.ptr[0] == 'p';
    mcp_str rest = mcp_str_n(text.ptr + 1, text.len - 1);
    mcp_str first = mcp_str_cut(&rest, '-');

    if (!mcp_str_uint(first, UINT32_MAX, &number) || !mcp_str_uint(rest, UINT64_MAX, ret_serial)) {
        return false;
    }
    *ret_number = (uint32_t)number;
    return true;
}

/* Priming events confuse older clients: they parse the empty data (MCP 2025-11-25, SEP-1699). The
 * negotiated revision decides, not the header (protocol.md 5.6.1). */
static bool is_primed(const struct mcp__http_stream *st)
{
    const char *revision = st->session ? mcp_session_revision(st->session->engine) : NULL;

    return revision && mcp_str_cmp(mcp_str_c(revision), MCP_STR("2025-11-25")) >= 0;
}

bool mcp__http_stream_begin(struct mcp__http_stream *st, mcp_str id)
{
    struct mcp_http_response res = {.status = 200, .content_type = "text/event-stream"};
    char room[MCP__EVENT_ID_BYTES];

    assert(st->ex);
    if (st->session && st->number == 0) {
        st->number = ++st->session->n_streams;
    }
    st->has_begun = true;
    mcp_http_response_add(&res, "Cache-Control", MCP_STR("no-cache, no-store"));
    mcp_http_response_add(&res, "X-Accel-Buffering", MCP_STR("no"));
    mcp_http_response_cors(&res, mcp_http_exchange_request(st->ex));
    mcp_http_stream_begin(st->ex, &res);
    if (!is_primed(st)) {
        return true;
    }
    if (id.len == 0) {
        id = mcp__http_event_id(st->is_call, st->number, ++st->session->n_events, room);
    }
    mcp__sse_priming(&st->mcp->frame, id, st->mcp->opt->retry_ms);
    return send_frame(st);
}

bool mcp__http_stream_put_typed(struct mcp__http_stream *st, mcp_str type, mcp_str data)
{
    if (!st->ex) {
        return false;
    }
    mcp__sse_type(&st->mcp->frame, type);
    mcp__sse_event(&st->mcp->frame, mcp_str_n(NULL, 0), data);
    return send_frame(st);
}

static bool send_event(struct mcp__http_stream *st, uint64_t serial, mcp_str message)
{
    char room[MCP__EVENT_ID_BYTES];
    mcp_str id = {0};

    if (st->session) {
        id = mcp__http_event_id(st->is_call, st->number, serial, room);
    }
    mcp__sse_event(&st->mcp->frame, id, message);
    return send_frame(st);
}

bool mcp__http_stream_put(struct mcp__http_stream *st, mcp_str message)
{
    const struct mcp_http_options *opt = st->mcp->opt;
    uint64_t serial = 0;

    if (is_sse(st)) {
        return mcp__http_stream_put_typed(st, MCP_STR("message"), message);
    }
    if (st->session) {
        serial = ++st->session->n_events;
        if (!mcp__http_ring_put(&st->session->ring, st->number, serial, message,
                                opt->replay_bytes_max, opt->replay_events_max)) {
            mcp_log(mcp_server_log(st->mcp->server), MCP_LOG_DEBUG,
                    "an event of %zu bytes is not kept for replay", message.len);
        }
    }
    return st->ex ? send_event(st, serial, message) : false;
}

/* Its result is too large to wait for a client that is away: say so, with the id of the call. A
 * string of ours cannot contain these marks: its quotes are escaped. */
static void apologize(struct mcp__http_stream *st, uint64_t serial, mcp_str message)
{
    const struct mcp_http_options *opt = st->mcp->opt;
    mcp_str head = message;
    struct mcp_buf text;

    for (size_t i = 0; i + 10 <= message.len && head.len == message.len; i++) {
        mcp_str at = mcp_str_n(message.ptr + i, message.len - i);

        if (mcp_str_starts(at, MCP_STR(",\"result\":")) ||
            mcp_str_starts(at, MCP_STR(",\"error\":"))) {
            head.len = i;
        }
    }
    mcp_buf_init(&text, REFUSAL_BYTES_MAX);
    mcp_buf_add(&text, message.ptr[0] == '{' ? head : MCP_STR("{\"jsonrpc\":\"2.0\",\"id\":null"));
    mcp_buf_add(&text, MCP_STR(",\"error\":{\"code\":-32603,\"message\":\"the result is too large "
                               "to be kept for a client that is away\"}}"));
    if (text.failed ||
        !mcp__http_ring_put(&st->session->ring, st->number, serial, mcp_buf_str(&text),
                            opt->replay_bytes_max, opt->replay_events_max)) {
        mcp_log(mcp_server_log(st->mcp->server), MCP_LOG_WARN, "a result of %zu bytes is lost",
                message.len);
    }
    mcp_buf_free(&text);
}

void mcp__http_stream_put_result(struct mcp__http_stream *st, mcp_str message)
{
    const struct mcp_http_options *opt = st->mcp->opt;
    struct mcp__http_session *s = st->session;
    uint64_t serial = s ? ++s->n_events : 0;
    bool is_sent = st->ex && send_event(st, serial, message);

    if (!s || (is_sent && mcp__http_ring_put(&s->ring, st->number, serial, message,
                                             opt->replay_bytes_max, opt->replay_events_max))) {
        return;
    }
    if (!mcp__http_keep(&st->mcp->sessions.shelf, &s->results, st->number, serial, message,
                        is_sent) &&
        !is_sent) {
        apologize(st, serial, message);
    }
}

bool mcp__http_stream_replay(struct mcp__http_stream *st, uint64_t serial)
{
    const struct mcp__http_ring *ring = &st->session->ring;
    const struct mcp__http_event *e = mcp__http_ring_find(ring, NULL, st->number, serial);

    while (e) {
        if (!send_event(st, e->serial, mcp_str_n(e->data, e->len))) {
            return false;
        }
        e = mcp__http_ring_find(ring, e, st->number, e->serial);
    }
    struct mcp__http_kept *result = mcp__http_kept_find(&st->session->results, st->number, serial);

    if (result) {
        if (!send_event(st, result->serial, mcp_str_n(result->data, result->len))) {
            return false;
        }
        mcp__http_kept_sent(&st->mcp->sessions.shelf, result);
    }
    return true;
}

bool mcp__http_stream_is_behind(const struct mcp__http_stream *st)
{
    return !st->ex || mcp_http_stream_backlog(st->ex) > MCP_HTTP_BEHIND_BYTES;
}

bool mcp__http_stream_flush(struct mcp__http_stream *st)
{
    bool is_sent = true;

    if (is_sse(st)) {
        return mcp__http_sse_flush(st);
    }
    if (st->newest.len && !mcp__http_stream_is_behind(st)) {
        is_sent = mcp__http_stream_put(st, mcp_buf_str(&st->newest));
        mcp_buf_clear(&st->newest);
    }
    return is_sent;
}

/* ---- Time ---- */

/* A call that stays quiet becomes an event stream when the client takes one: a proxy in between
 * would cut a connection on which nothing moves. */
static void keep_one(struct mcp__http_stream *st)
{
    requeue(st);
    if (!st->has_begun) {
        if (!st->takes_events || !mcp__http_stream_begin(st, mcp_str_n(NULL, 0))) {
            return;
        }
    }
    if (mcp__http_stream_is_behind(st)) {
        return; /* there is enough on its way */
    }
    if (!mcp__http_stream_flush(st)) {
        return;
    }
    mcp__sse_comment(&st->mcp->frame);
    send_frame(st);
}

static int64_t keep_queue(struct mcp__http_mcp *m, struct mcp__http_link *queue, int64_t now_ms)
{
    while (!mcp__http_link_is_alone(queue)) {
        struct mcp__http_stream *st = OF(in_queue, queue->next);
        int64_t left_ms = st->wrote_ms + m->opt->keep_alive_ms - now_ms;

        if (left_ms > 0) {
            return left_ms;
        }
        keep_one(st);
        if (!st->ex && !st->is_call) {
            leave(st);
        }
    }
    return -1;
}

static void leave_lost(struct mcp__http_mcp *m)
{
    while (!mcp__http_link_is_alone(&m->lost)) {
        struct mcp__http_stream *st = OF(in_queue, m->lost.next);

        leave(st);
    }
}

int64_t mcp__http_stream_keep_alive(struct mcp__http_mcp *m, int64_t now_ms)
{
    leave_lost(m);
    int64_t calls_ms = keep_queue(m, &m->calls, now_ms);
    int64_t listeners_ms = keep_queue(m, &m->listeners, now_ms);

    leave_lost(m);
    return mcp__http_sooner(calls_ms, listeners_ms);
}

/* ---- Credentials that are no longer good ---- */

static void end_stream(struct mcp__http_stream *st)
{
    struct mcp_http_exchange *ex = st->ex;
    bool has_begun = st->has_begun;

    if (st->session) {
        mcp__http_stream_end_session(st->mcp, st->session);
        return;
    }
    detach(st);
    leave(st);
    if (has_begun) {
        mcp_http_stream_end(ex);
    } else {
        mcp__http_answer_refusal(ex, MCP_E_UNAUTHORIZED, true);
    }
}

/* What one turn may ask: a credential is looked up for each. */
struct asking {
    struct mcp__http_mcp *m;
    int n_left;
    const uint8_t *good; /* who was asked for last and is; streams of one often lie side by side */
};

static bool is_dead(struct asking *a, const struct mcp__http_stream *st)
{
    static const uint8_t NOBODY[16];
    const struct mcp_principal *p = &st->principal;
    const struct mcp_http_options *opt = a->m->opt;

    if (memcmp(p->id, NOBODY, sizeof(NOBODY)) == 0 ||
        (a->good && memcmp(p->id, a->good, sizeof(NOBODY)) == 0)) {
        return false;
    }
    a->n_left--;
    if (!opt->is_live(opt->verify_user, p)) {
        return true;
    }
    a->good = p->id;
    return false;
}

/* False: there is more to ask than one turn may. */
static bool judge(struct asking *a, const struct mcp__http_link *queue)
{
    for (struct mcp__http_link *l = queue->next; l != queue; l = l->next) {
        struct mcp__http_stream *st = OF(in_queue, l);

        if (st->judged_ms == a->m->checked_ms) {
            continue;
        }
        if (a->n_left == 0) {
            return false;
        }
        st->judged_ms = a->m->checked_ms;
        if (is_dead(a, st)) {
            end_stream(st); /* and who knows which of its neighbours: from the head again */
            a->good = NULL;
            l = queue->next->prev;
        }
    }
    return true;
}

int64_t mcp__http_stream_end_dead(struct mcp__http_mcp *m, int64_t now_ms)
{
    struct asking a = {.m = m, .n_left = ASKED_AT_ONCE};

    if (!m->opt->is_live ||
        (mcp__http_link_is_alone(&m->calls) && mcp__http_link_is_alone(&m->listeners))) {
        return -1;
    }
    if (now_ms - m->checked_ms >= CHECK_MS) {
        m->checked_ms = now_ms;
    }
    return judge(&a, &m->calls) && judge(&a, &m->listeners) ? m->checked_ms + CHECK_MS - now_ms : 1;
}
