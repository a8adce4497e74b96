/* mcp/batch.c - arrays of messages, which 2025-03-26 must receive: each runs as its own call, the
 * replies leave together when the last one is there. */
#include <mcp/engine.h>

#include <mcp/alloc.h>

struct batch {
    struct mcp_sink sink; /* first: what the calls answer to */
    struct mcp__link in_server;
    struct mcp_server *server;
    struct mcp_sink *outer; /* NULL: the peer is gone */
    bool (*outer_is_full)(struct mcp_sink *sink);
    size_t n_waiting; /* replies still to come, and one while the array is walked */
    struct mcp_buf out;
};

static void release(struct batch *b)
{
    mcp__link_out(&b->in_server);
    mcp_buf_free(&b->out);
    mcp_free(b);
}

static void one_less(struct batch *b)
{
    struct mcp_sink *outer = b->outer;
    struct mcp_reply r = {.err = MCP_OK, .http_status = b->out.len ? 200 : 202};
    char bytes[MCP__LAST_RESORT_BYTES];

    if (--b->n_waiting) {
        return;
    }
    mcp__link_out(&b->in_server);
    mcp_buf_byte(&b->out, ']');
    if (r.http_status == 200 || b->out.failed) {
        r.message = mcp_buf_str(&b->out);
    }
    if (b->out.failed) {
        r.err = MCP_E_OVERLOADED;
        r.http_status = mcp_err_info(r.err)->http_status;
        r.message = mcp__reply_last_resort(bytes, r.err, mcp_str_n(NULL, 0), MCP__REV_2025_03_26);
    }
    if (outer) {
        outer->finish(outer, &r);
    }
    release(b);
}

static void take_notification(struct mcp_sink *sink, mcp_str message, bool is_progress)
{
    struct batch *b = (struct batch *)(void *)sink;

    if (b->outer) {
        b->outer->notify(b->outer, message, is_progress);
    }
}

static bool is_full(struct mcp_sink *sink)
{
    const struct batch *b = (const struct batch *)(const void *)sink;

    return b->outer && b->outer_is_full && b->outer_is_full(b->outer);
}

/* What is too much for the whole is an error of its own, so that every id is answered. */
static void put(struct batch *b, mcp_str message)
{
    char bytes[MCP__LAST_RESORT_BYTES];

    if (b->out.len + message.len > b->server->call_bytes_max) {
        message = mcp__reply_last_resort(bytes, MCP_E_TOO_LARGE, mcp__envelope_peek_id(message),
                                         MCP__REV_2025_03_26);
    }
    mcp_buf_byte(&b->out, b->out.len ? ',' : '[');
    mcp_buf_add(&b->out, message);
}

static void take_reply(struct mcp_sink *sink, const struct mcp_reply *reply)
{
    struct batch *b = (struct batch *)(void *)sink;

    if (reply->message.len) {
        put(b, reply->message);
    }
    one_less(b);
}

static mcp_err check(struct mcp_call *call, mcp_json array, const struct mcp_peer *peer)
{
    size_t n = mcp_json_count(array);
    mcp_json e = mcp_json_first(array);

    for (; mcp_json_present(e); e = mcp_json_next(array, e)) {
        if (mcp_json_present(mcp__meta_claim(mcp_json_get(e, MCP_STR("params"))))) {
            call->rev = MCP__REV_2026_07_28;
            return mcp_fail(call, MCP_E_INVALID_REQUEST, "2026-07-28 has no batches");
        }
    }
    mcp_err err = mcp__session_check(call, peer);

    if (err) {
        return err;
    }
    if (!mcp__era_has(call->rev, MCP__FIELD_BATCH)) {
        return mcp_fail(call, MCP_E_INVALID_REQUEST, "only 2025-03-26 sessions have batches");
    }
    if (n == 0 || n > MCP__BATCH_MAX) {
        return mcp_fail(call, MCP_E_INVALID_REQUEST, "a batch holds 1 to %d messages",
                        MCP__BATCH_MAX);
    }
    return MCP_OK;
}

mcp_err mcp__batch_run(struct mcp_call *call, mcp_json array, const struct mcp_peer *peer)
{
    struct mcp_server *s = call->server;
    mcp_err err = check(call, array, peer);
    struct batch *b = err ? NULL : mcp_alloc_new(struct batch);

    if (!b) {
        return err ? err : MCP_E_OVERLOADED;
    }
    *b = (struct batch){.sink = {take_notification, take_reply},
                        .server = s,
                        .outer = call->sink,
                        .outer_is_full = peer->is_full,
                        .n_waiting = mcp_json_count(array) + 1};
    /* with room for an error to each */
    mcp_buf_init(&b->out, s->call_bytes_max + (size_t)b->n_waiting * (MCP__LAST_RESORT_BYTES + 1));
    mcp__link_in(&s->batches, &b->in_server);
    call->sink = NULL; /* the batch answers */
    struct mcp_peer inner = *peer;

    inner.is_full = is_full;
    inner.is_behind = NULL; /* nobody can subscribe here */
    for (mcp_json e = mcp_json_first(array); mcp_json_present(e); e = mcp_json_next(array, e)) {
        mcp__server_receive(s, mcp_json_raw(e), &inner, &b->sink, true);
    }
    one_less(b);
    return MCP_OK;
}

static struct batch *find(struct mcp_server *s, const struct mcp_sink *outer)
{
    for (struct mcp__link *l = s->batches; l; l = l->next) {
        struct batch *b = MCP__OF(struct batch, in_server, l);

        if (b->outer == outer) {
            return b;
        }
    }
    return NULL;
}

bool mcp__batch_cancel(struct mcp_server *s, struct mcp_sink *sink)
{
    struct batch *b = find(s, sink);

    if (b) {
        /* Dismissed calls still count down; the last one releases the batch. */
        b->outer = NULL;
        b->n_waiting++;
        mcp__calls_dismiss(s, &b->sink);
        one_less(b);
    }
    return b != NULL;
}

bool mcp__batch_redirect(struct mcp_server *s, struct mcp_sink *sink, struct mcp_sink *to)
{
    struct batch *b = find(s, sink);

    if (b) {
        b->outer = to;
    }
    return b != NULL;
}

void mcp__batch_free_all(struct mcp_server *s)
{
    while (s->batches) {
        release(MCP__OF(struct batch, in_server, s->batches));
    }
}
