/* transport/http_sse.c - see http_sse.h. */
#include <transport/http_sse.h>

#include <transport/http_answer.h>
#include <transport/http_ladder.h>
#include <transport/sse.h>

#include <stdio.h>

enum { CALLS_MAX = 256 }; /* of one session, as on stdio: replies need no connection here */

#define STREAM(field, link)                                                                        \
    ((struct mcp__http_stream *)(void *)((char *)(link)-offsetof(struct mcp__http_stream, field)))

/* ---- What the engine says ---- */

static void on_notify(struct mcp_sink *sink, mcp_str message, bool is_progress)
{
    struct mcp__http_stream *call = (struct mcp__http_stream *)(void *)sink;
    struct mcp__http_stream *out = call->session->sse;

    mcp_buf_clear(&call->newest); /* what waited is older than this */
    if (is_progress && mcp__http_stream_is_behind(out)) {
        mcp_buf_add(&call->newest, message);
    } else {
        (void)mcp__http_stream_put(out, message);
    }
}

/* The last call of a stream that was to end: at the end of the turn, since the engine speaks. */
static void end_if_last(struct mcp__http_stream *out)
{
    struct mcp_http_exchange *ex = out->ex;

    if (ex && out->is_ending && out->session->n_pins == 1) {
        mcp__http_stream_lose(out);
        mcp_http_stream_end(ex);
    }
}

/* A message that could not be read has no id to answer to: only HTTP can say so. */
static bool names_its_call(mcp_str message)
{
    return !mcp_str_starts(message, MCP_STR("{\"jsonrpc\":\"2.0\",\"error\":")) &&
           !mcp_str_starts(message, MCP_STR("{\"jsonrpc\":\"2.0\",\"id\":null,"));
}

static void accept(struct mcp_http_exchange *post)
{
    mcp__http_answer_empty(post, 202, NULL);
}

static void on_finish(struct mcp_sink *sink, const struct mcp_reply *reply)
{
    struct mcp__http_stream *call = (struct mcp__http_stream *)(void *)sink;
    struct mcp__http_stream *out = call->session->sse;
    struct mcp_http_exchange *post = call->ex; /* not answered yet */

    mcp__http_stream_release(call);
    if (post && !names_its_call(reply->message)) {
        struct mcp_http_response res = {
            .status = 400, .content_type = "application/json", .body = reply->message};

        mcp_http_response_cors(&res, mcp_http_exchange_request(post));
        mcp_http_respond(post, &res);
        return;
    }
    if (reply->message.len) {
        (void)mcp__http_stream_put(out, reply->message);
    }
    end_if_last(out);
    if (post) {
        accept(post);
    }
}

bool mcp__http_sse_flush(struct mcp__http_stream *out)
{
    struct mcp__http_link *all = &out->session->streams;

    for (struct mcp__http_link *l = all->next; l != all && out->ex; l = l->next) {
        struct mcp__http_stream *call = STREAM(in_session, l);

        if (call->newest.len && !mcp__http_stream_is_behind(out)) {
            (void)mcp__http_stream_put(out, mcp_buf_str(&call->newest));
            mcp_buf_clear(&call->newest);
        }
    }
    return out->ex != NULL;
}

void mcp__http_sse_drain(struct mcp__http_stream *out)
{
    out->is_ending = true;
    end_if_last(out);
}

/* ---- GET ---- */

static bool begin(struct mcp__http_stream *out)
{
    const struct mcp_http_request *req = mcp_http_exchange_request(out->ex);
    struct mcp_buf uri;

    mcp_buf_init(&uri, req->path.len + 64);
    mcp_buf_add(&uri, req->path);
    mcp_buf_add(&uri, MCP_STR("?sessionId="));
    mcp_buf_add(&uri, mcp_str_n(out->session->id, MCP__SESSION_ID_LEN));
    bool is_open = !uri.failed && mcp__http_stream_begin(out, mcp_str_n(NULL, 0)) &&
                   mcp__http_stream_put_typed(out, MCP_STR("endpoint"), mcp_buf_str(&uri));

    mcp_buf_free(&uri);
    return is_open;
}

static void open_stream(struct mcp__http_mcp *m, struct mcp_http_exchange *ex)
{
    const struct mcp_http_request *req = mcp_http_exchange_request(ex);
    struct mcp__http_session *s =
        mcp__http_session_open(&m->sessions, &req->principal, mcp__http_now_ms(m));
    struct mcp__http_stream *out = s ? mcp__http_stream_new(m, ex, false) : NULL;

    if (!s) {
        mcp__http_answer_refusal(ex, MCP_E_TOO_MANY_SESSIONS, true);
        return;
    }
    if (out) {
        out->session = s;
        out->takes_events = true;
        s->sse = out;
        mcp__http_stream_keep(out);
    }
    if (!out || !begin(out)) {
        bool is_open = !out || !out->has_begun;

        if (out) {
            out->ex = NULL;
        }
        mcp__http_stream_end_session(m, s);
        if (is_open) {
            mcp__http_answer_refusal(ex, MCP_E_OVERLOADED, true);
        }
    }
}

/* ---- POST ---- */

static mcp_str session_id(mcp_str query)
{
    while (query.ptr) {
        mcp_str value = mcp_str_cut(&query, '&');

        if (mcp_str_eq(mcp_str_cut(&value, '='), MCP_STR("sessionId"))) {
            return value;
        }
    }
    return mcp_str_n(NULL, 0);
}

static mcp_str header_of(const void *user, const char *name)
{
    return mcp_http_header_only(user, name);
}

/* The answer to a question of a running call, and what cancels one, must come through; neither
 * stays. */
static bool has_room(const struct mcp__http_session *s, mcp_str message)
{
    return mcp_session_busy(s->engine) < CALLS_MAX || !mcp_message_is_request(message);
}

static void handle_message(struct mcp__http_mcp *m, struct mcp_http_exchange *ex,
                           struct mcp__http_session *s)
{
    const struct mcp_http_request *req = mcp_http_exchange_request(ex);
    struct mcp__http_stream *call =
        has_room(s, req->body) ? mcp__http_stream_new(m, ex, true) : NULL;
    bool is_done = false;

    if (!call) {
        mcp__http_answer_refusal(ex, MCP_E_OVERLOADED, true);
        return;
    }
    /* No headers to check: to the engine this is one connection, as stdio is. */
    const struct mcp_http_claims claims = {.header = header_of, .user = req, .serial = req->serial};
    struct mcp_peer peer = {.principal = req->principal,
                            .claim = MCP_SESSION_FOUND,
                            .session = s->engine,
                            .carrier = &claims};

    call->sink = (struct mcp_sink){on_notify, on_finish};
    call->session = s;
    call->ret_is_done = &is_done;
    mcp_server_handle(m->server, req->body, &peer, &call->sink);
    if (!is_done) {
        call->ret_is_done = NULL;
        call->ex = NULL;
        mcp__http_stream_keep(call);
        accept(ex);
    }
}

/* ---- Both ---- */

void mcp__http_sse_handle(struct mcp__http_mcp *m, struct mcp_http_exchange *ex)
{
    const struct mcp_http_request *req = mcp_http_exchange_request(ex);
    struct mcp__http_rung rung = mcp__http_ladder_sse(req);

    if (rung.act == MCP__ACT_LISTEN) {
        open_stream(m, ex);
        return;
    }
    if (rung.act == MCP__ACT_DESCRIBE) {
        mcp__http_answer_empty(ex, rung.status, rung.allow);
        return;
    }
    if (rung.act == MCP__ACT_REFUSE) {
        mcp__http_answer_rpc(ex, rung.status, rung.code, rung.why, rung.allow);
        return;
    }
    struct mcp__http_session *s = mcp__http_session_find(&m->sessions, session_id(req->query),
                                                         &req->principal, mcp__http_now_ms(m));

    if (s && s->sse && !s->sse->is_ending) {
        handle_message(m, ex, s);
    } else {
        mcp__http_answer_rpc(ex, 404, mcp_err_info(MCP_E_SESSION_GONE)->code,
                             mcp_err_info(MCP_E_SESSION_GONE)->meaning, NULL);
    }
}
