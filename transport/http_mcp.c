/* transport/http_mcp.c - see http_mcp.h. */
#include <transport/http_mcp.h>

#include <transport/http_answer.h>
#include <transport/http_change.h>
#include <transport/http_ladder.h>
#include <transport/http_sse.h>

#include <stdio.h>

#define STREAM(field, link)                                                                        \
    ((struct mcp__http_stream *)(void *)((char *)(link)-offsetof(struct mcp__http_stream, field)))

/* ---- What the engine says ---- */

static void on_notify(struct mcp_sink *sink, mcp_str message, bool is_progress)
{
    struct mcp__http_stream *st = (struct mcp__http_stream *)(void *)sink;

    if (!st->takes_events || (!st->has_begun && !st->ex)) {
        return; /* it could never be delivered */
    }
    if (!st->has_begun && !mcp__http_stream_begin(st, mcp_str_n(NULL, 0))) {
        return;
    }
    if (is_progress && mcp__http_stream_is_behind(st)) {
        mcp_buf_clear(&st->newest);
        mcp_buf_add(&st->newest, message);
        return;
    }
    if (is_progress) {
        mcp_buf_clear(&st->newest);
    }
    (void)mcp__http_stream_flush(st);
    (void)mcp__http_stream_put(st, message);
}

/* The session that `initialize` asked for: kept when the handshake succeeded. */
static struct mcp__http_session *settle_session(struct mcp__http_stream *st,
                                                const struct mcp_reply *reply)
{
    struct mcp__http_session *opened = st->opened;

    st->opened = NULL;
    if (opened && reply->session != opened->engine) {
        mcp__http_session_del(&st->mcp->sessions, opened);
        mcp__http_session_free(&st->mcp->sessions, opened);
        opened = NULL;
    }
    return opened;
}

/* MCP basic/authorization: 403 names what was missing (RFC 6750 3.1). */
static void add_scope(struct mcp_http_response *res, const struct mcp_reply *reply, char *room,
                      size_t room_bytes)
{
    if (reply->err == MCP_E_FORBIDDEN && reply->scope) {
        int n = snprintf(room, room_bytes, "Bearer error=\"insufficient_scope\", scope=\"%s\"",
                         reply->scope);

        if ((size_t)n < room_bytes) {
            mcp_http_response_add(res, "WWW-Authenticate", mcp_str_n(room, (size_t)n));
        }
    }
}

static void answer_plain(struct mcp_http_exchange *ex, const struct mcp_reply *reply,
                         mcp_str session_id)
{
    struct mcp_http_response res = {.status = reply->http_status};
    char room[192];

    if (reply->message.len) {
        res.content_type = "application/json";
        res.body = reply->message;
    }
    if (session_id.len) {
        mcp_http_response_add(&res, "Mcp-Session-Id", session_id);
    }
    add_scope(&res, reply, room, sizeof(room));
    mcp_http_response_limit(&res, &reply->limit);
    mcp_http_response_cors(&res, mcp_http_exchange_request(ex));
    mcp_http_respond(ex, &res);
}

/* The last event of a stream. The reply takes the place of progress that still waited. */
static void finish_events(struct mcp__http_stream *st, mcp_str message)
{
    if (message.len) {
        mcp__http_stream_put_result(st, message);
    }
    struct mcp_http_exchange *ex = st->ex;

    mcp__http_stream_release(st);
    if (ex) {
        mcp_http_stream_end(ex);
    }
}

static void on_finish(struct mcp_sink *sink, const struct mcp_reply *reply)
{
    struct mcp__http_stream *st = (struct mcp__http_stream *)(void *)sink;
    struct mcp__http_session *opened = settle_session(st, reply);
    mcp_str id = opened ? mcp_str_n(opened->id, MCP__SESSION_ID_LEN) : mcp_str_n(NULL, 0);

    /* A client that takes events only gets its result as one, and its refusals as they are. */
    if (!st->has_begun && st->ex && !st->takes_json && !opened && reply->http_status == 200 &&
        reply->message.len && !mcp__http_stream_begin(st, mcp_str_n(NULL, 0))) {
        mcp__http_stream_release(st);
        return;
    }
    if (st->has_begun) {
        finish_events(st, reply->message);
        return;
    }
    struct mcp_http_exchange *ex = st->ex;

    mcp__http_stream_release(st);
    if (ex) {
        answer_plain(ex, reply, id);
    }
}

static struct mcp_session *on_open_session(void *user)
{
    struct mcp__http_stream *st = user;

    st->opened =
        mcp__http_session_open(&st->mcp->sessions, &st->principal, mcp__http_now_ms(st->mcp));
    return st->opened ? st->opened->engine : NULL;
}

/* ---- POST ---- */

static void refuse(struct mcp_http_exchange *ex, const struct mcp__http_rung *rung)
{
    mcp__http_answer_rpc(ex, rung->status, rung->code, rung->why, rung->allow);
}

static mcp_str header_of(const void *user, const char *name)
{
    return mcp_http_header_only(user, name);
}

static void handle_message(struct mcp__http_mcp *m, struct mcp_http_exchange *ex,
                           const struct mcp__http_rung *rung, enum mcp_session_claim claim,
                           struct mcp__http_session *session)
{
    const struct mcp_http_request *req = mcp_http_exchange_request(ex);
    struct mcp__http_stream *st = mcp__http_stream_new(m, ex, true);
    struct mcp_http_claims claims = {mcp_http_header(req, "MCP-Protocol-Version"),
                                     mcp_http_header(req, "Mcp-Method"),
                                     mcp_http_header(req, "Mcp-Name"),
                                     header_of,
                                     req,
                                     req->serial};
    bool is_done = false;

    if (!st) {
        mcp__http_answer_refusal(ex, MCP_E_OVERLOADED, true);
        return;
    }
    st->sink = (struct mcp_sink){on_notify, on_finish};
    st->session = session;
    st->takes_json = rung->takes_json;
    st->takes_events = rung->takes_events;
    st->principal = req->principal;
    st->ret_is_done = &is_done;
    struct mcp_peer peer = {.principal = req->principal,
                            .claim = claim,
                            .session = session ? session->engine : NULL,
                            .http = &claims,
                            .open_session = on_open_session,
                            .user = st,
                            .is_behind = mcp__http_change_is_behind,
                            .is_deaf = !rung->takes_events};

    mcp_server_handle(m->server, req->body, &peer, &st->sink);
    if (!is_done) {
        st->ret_is_done = NULL;
        mcp__http_stream_keep(st);
    }
}

/* ---- GET ---- */

/* The call that still runs, or the open stream, with this number. */
static struct mcp__http_stream *find_stream(struct mcp__http_session *s, bool is_call,
                                            uint32_t number)
{
    for (struct mcp__http_link *l = s->streams.next; l != &s->streams; l = l->next) {
        struct mcp__http_stream *st = STREAM(in_session, l);

        if (st->number == number && st->is_call == is_call) {
            return st;
        }
    }
    return NULL;
}

static void listen_anew(struct mcp__http_mcp *m, struct mcp_http_exchange *ex,
                        struct mcp__http_session *session)
{
    struct mcp__http_stream *st = mcp__http_stream_new(m, ex, false);

    if (!st) {
        mcp__http_answer_refusal(ex, MCP_E_OVERLOADED, true);
        return;
    }
    st->session = session;
    st->takes_events = true;
    if (!mcp__http_stream_begin(st, mcp_str_n(NULL, 0))) {
        mcp__http_stream_release(st);
        return;
    }
    mcp__http_stream_keep(st);
}

/* Give `st` the connection `ex`: head, what was missed, then live. A call that is over already
 * (`is_over`) ends after what was missed. */
static void resume_on(struct mcp__http_stream *st, struct mcp_http_exchange *ex, mcp_str last_id,
                      uint64_t serial, bool is_over)
{
    st->ex = ex;
    st->principal = mcp_http_exchange_request(ex)->principal;
    if (!mcp__http_stream_begin(st, last_id) || !mcp__http_stream_replay(st, serial) ||
        !mcp__http_stream_flush(st)) {
        if (is_over || !st->is_call) {
            mcp__http_stream_release(st);
        }
        return;
    }
    if (is_over) {
        mcp__http_stream_release(st);
        mcp_http_stream_end(ex);
        return;
    }
    mcp__http_stream_keep(st);
}

/* GET with Last-Event-ID (MCP 2025-11-25 basic/transports "Resumability and Redelivery"): only the
 * stream that the id names, whoever opened it. */
static void listen_again(struct mcp__http_mcp *m, struct mcp_http_exchange *ex,
                         struct mcp__http_session *session, mcp_str last_id)
{
    struct mcp_http_exchange *old = NULL;
    bool is_call = false;
    uint32_t number = 0;
    uint64_t serial = 0;

    if (!mcp__http_event_id_parse(last_id, &is_call, &number, &serial) || number == 0 ||
        number > session->n_streams || serial > session->n_events) {
        mcp__http_answer_rpc(ex, 400, mcp_err_info(MCP_E_INVALID_REQUEST)->code,
                             "Last-Event-ID is not an id of this session", NULL);
        return;
    }
    struct mcp__http_stream *st = find_stream(session, is_call, number);
    bool is_over = !st && is_call;

    if (st) {
        old = st->ex;
    } else {
        st = mcp__http_stream_new(m, NULL, is_call);
        if (!st) {
            mcp__http_answer_refusal(ex, MCP_E_OVERLOADED, true);
            return;
        }
        st->session = session;
        st->number = number;
        st->takes_events = true;
    }
    resume_on(st, ex, last_id, serial, is_over);
    if (old) {
        mcp_http_stream_end(old); /* the client has come back before we saw it go */
    }
}

/* ---- The endpoint ---- */

void mcp__http_mcp_handle(struct mcp__http_mcp *m, struct mcp_http_exchange *ex)
{
    const struct mcp_http_request *req = mcp_http_exchange_request(ex);
    mcp_str id =
        mcp__http_is_modern(req) ? mcp_str_n(NULL, 0) : mcp_http_header(req, "Mcp-Session-Id");
    struct mcp__http_session *session =
        mcp__http_session_find(&m->sessions, id, &req->principal, mcp__http_now_ms(m));

    session = session && session->sse ? NULL : session; /* of the other transport */
    enum mcp_session_claim claim = session  ? MCP_SESSION_FOUND
                                   : id.ptr ? MCP_SESSION_UNKNOWN
                                            : MCP_SESSION_ABSENT;
    struct mcp__http_rung rung = mcp__http_ladder(req, claim);
    mcp_str last_id = mcp_http_header(req, "Last-Event-ID");

    switch (rung.act) {
    case MCP__ACT_REFUSE:
        refuse(ex, &rung);
        return;
    case MCP__ACT_DESCRIBE:
        mcp__http_answer_empty(ex, rung.status, rung.allow);
        return;
    case MCP__ACT_MESSAGE:
        handle_message(m, ex, &rung, claim, session);
        return;
    case MCP__ACT_LISTEN:
        if (last_id.len) {
            listen_again(m, ex, session, last_id);
        } else {
            listen_anew(m, ex, session);
        }
        return;
    case MCP__ACT_END:
        mcp__http_stream_end_session(m, session);
        mcp__http_answer_empty(ex, 204, NULL);
        return;
    }
}

void mcp__http_mcp_init(struct mcp__http_mcp *m, struct mcp_server *server,
                        const struct mcp_http_options *opt)
{
    *m = (struct mcp__http_mcp){.server = server, .opt = opt};
    mcp__http_sessions_init(&m->sessions, server, opt->sessions_max, opt->session_idle_ms);
    m->sessions.each_max = opt->sessions_per_token_max;
    mcp__http_owners_init(&m->sessions.owners, opt->replay_total_bytes_max);
    mcp__http_shelf_init(&m->sessions.shelf, opt->results_bytes_max);
    mcp__http_link_init(&m->calls);
    mcp__http_link_init(&m->listeners);
    mcp__http_link_init(&m->lost);
    mcp__http_link_init(&m->idle);
    mcp_buf_init(&m->frame, (size_t)64 << 20);
}

void mcp__http_mcp_free(struct mcp__http_mcp *m)
{
    (void)mcp__http_mcp_tick(m); /* the lost ones */
    while (m->sessions.oldest) {
        mcp__http_stream_end_session(m, m->sessions.oldest);
    }
    mcp__http_sessions_free(&m->sessions);
    mcp__http_stream_free_pool(m);
    mcp_buf_free(&m->frame);
}

int64_t mcp__http_mcp_tick(struct mcp__http_mcp *m)
{
    int64_t now_ms = mcp__http_now_ms(m);
    int64_t streams_ms = mcp__http_stream_keep_alive(m, now_ms);
    int64_t sessions_ms = mcp__http_sessions_expire(&m->sessions, now_ms);
    int64_t dead_ms = mcp__http_stream_end_dead(m, now_ms);

    return mcp__http_sooner(mcp__http_sooner(streams_ms, sessions_ms), dead_ms);
}

void mcp__http_mcp_drain(struct mcp__http_mcp *m)
{
    mcp_server_stop_listening(m->server);
    for (struct mcp__http_link *l = m->listeners.next, *next; l != &m->listeners; l = next) {
        struct mcp__http_stream *st = STREAM(in_queue, l);
        struct mcp_http_exchange *ex = st->ex;

        next = l->next;
        if (st->session->sse == st) {
            mcp__http_sse_drain(st);
            continue;
        }
        mcp__http_stream_release(st);
        mcp_http_stream_end(ex);
    }
}
