/* transport/http_exchange.c - answering one request; see http_msg.h. */
#include <transport/http_site.h>
#include <transport/http_wire.h>

const struct mcp_http_request *mcp_http_exchange_request(struct mcp_http_exchange *ex)
{
    return &ex->req;
}

struct mcp_http_request *mcp__http_exchange_request(struct mcp_http_exchange *ex)
{
    return &ex->req;
}

void mcp_http_exchange_watch(struct mcp_http_exchange *ex,
                             const struct mcp_http_exchange_events *events, void *user)
{
    ex->events = events;
    ex->events_user = user;
}

static void put_answer(struct mcp_http_exchange *ex, const struct mcp_http_response *res,
                       enum mcp__h1_framing framing)
{
    struct mcp__http_conn *c = ex->conn;

    c->is_last = c->is_last || res->close || framing == MCP__H1_UNTIL_CLOSE ||
                 !ex->parser.is_keep_alive || c->wire->is_draining;
    if (c->wire->on_served) {
        bool is_whole = ex->phase == MCP__PHASE_OPEN || ex->phase == MCP__PHASE_STREAM;

        c->wire->on_served(
            c->wire->served_user,
            &(struct mcp_http_served){.req = is_whole ? &ex->req : NULL,
                                      .peer = mcp_str_c(c->peer),
                                      .status = res->status,
                                      .took_ms = is_whole ? c->wire->now_ms - ex->opened_ms : 0,
                                      .is_stream = framing != MCP__H1_COUNTED});
    }
    mcp__http_out_take(c);
    mcp__h1_write_answer(&c->out, &(struct mcp__h1_answer){
                                      .res = res,
                                      .framing = framing,
                                      .is_close = c->is_last,
                                      .is_old = ex->parser.minor == 0,
                                      .is_head = ex->parser.method == MCP_HTTP_HEAD,
                                      .date = c->wire->date,
                                  });
}

static void end(struct mcp__http_conn *c)
{
    mcp__http_conn_next(c);
    mcp__http_conn_run(c);
}

void mcp_http_respond(struct mcp_http_exchange *ex, const struct mcp_http_response *res)
{
    struct mcp__http_conn *c = ex->conn;

    put_answer(ex, res, MCP__H1_COUNTED);
    end(c);
}

const struct mcp_http_refusal mcp_http_refusals[] = {
    {408, "request_timeout", "the request did not arrive in time"},
    {413, "body_too_large", "the body is larger than the server takes"},
    {414, "target_too_long", "the request target is longer than the server takes"},
    {417, "expectation_failed", "Expect asks for something else than 100-continue"},
    {431, "headers_too_large", "the headers are more or larger than the server takes"},
    {501, "not_implemented", "a transfer coding other than chunked"},
    {505, "version_not_supported", "not HTTP/1.1 or HTTP/1.0"},
    {0, "invalid_request", "the request breaks the rules of HTTP/1.1"},
};

static const char *code_of(int status)
{
    const struct mcp_http_refusal *r = mcp_http_refusals;

    while (r->status && r->status != status) {
        r++;
    }
    return r->code;
}

/* The path is known once the whole head was good. */
static bool is_rpc(const struct mcp__http_conn *c)
{
    const struct mcp__h1_span path = c->ex->parser.path;

    return path.len && c->wire->is_rpc &&
           c->wire->is_rpc(c->wire->user, mcp_str_n(c->ex->in.ptr + path.at, path.len));
}

/* MCP basic/transports: the body of a refusal may be a JSON-RPC error without an id. */
static void put_refusal(struct mcp_buf *body, int status, const char *why, bool as_rpc)
{
    if (as_rpc) {
        mcp_buf_add(body, MCP_STR("{\"jsonrpc\":\"2.0\",\"error\":{\"code\":"));
        mcp_buf_int(body, mcp_err_info(MCP_E_INVALID_REQUEST)->code);
        mcp_buf_add(body, MCP_STR(",\"message\":\""));
    } else {
        mcp_buf_add(body, MCP_STR("{\"error\":{\"code\":\""));
        mcp_buf_add_c(body, code_of(status));
        mcp_buf_add(body, MCP_STR("\",\"message\":\""));
    }
    mcp_buf_add_c(body, why);
    mcp_buf_add(body, MCP_STR("\"}}"));
}

void mcp__http_conn_refuse(struct mcp__http_conn *c, int status, const char *why)
{
    struct mcp_http_response res = {
        .status = status, .content_type = "application/json", .close = true};
    char text[256];
    struct mcp_buf body = {.ptr = text, .cap = sizeof(text), .max = sizeof(text)};

    put_refusal(&body, status, why, is_rpc(c));
    res.body = mcp_buf_str(&body);
    mcp_http_respond(c->ex, &res);
}

void mcp_http_stream_begin(struct mcp_http_exchange *ex, const struct mcp_http_response *res)
{
    ex->is_chunked = ex->parser.minor == 1;
    ex->is_muted = ex->parser.method == MCP_HTTP_HEAD;
    ex->phase = MCP__PHASE_STREAM;
    put_answer(ex, res, ex->is_chunked ? MCP__H1_CHUNKED : MCP__H1_UNTIL_CLOSE);
    mcp__http_conn_run(ex->conn);
}

/* Inside a turn nothing was offered to the peer yet. */
static bool is_too_far_behind(struct mcp__http_conn *c)
{
    size_t max = c->wire->opt->backlog_bytes_max;

    if (mcp__http_conn_unsent(c) > max) {
        mcp__http_conn_flush(c);
    }
    return mcp__http_conn_unsent(c) > max;
}

bool mcp_http_stream_write(struct mcp_http_exchange *ex, mcp_str bytes)
{
    struct mcp__http_conn *c = ex->conn;

    if (ex->is_muted || c->is_dead) { /* a dead connection's `gone` is on its way */
        return true;
    }
    if (is_too_far_behind(c)) {
        mcp__http_conn_cut(c);
        mcp__http_conn_next(c);
        return false;
    }
    mcp__http_out_take(c);
    if (ex->is_chunked) {
        mcp__h1_write_chunk(&c->out, bytes);
    } else {
        mcp_buf_add(&c->out, bytes);
    }
    ex->was_behind |= mcp__http_conn_unsent(c) > MCP_HTTP_BEHIND_BYTES;
    mcp__http_conn_run(c);
    return true;
}

size_t mcp_http_stream_backlog(const struct mcp_http_exchange *ex)
{
    return mcp__http_conn_unsent(ex->conn);
}

void mcp_http_stream_end(struct mcp_http_exchange *ex)
{
    struct mcp__http_conn *c = ex->conn;

    if (ex->is_chunked && !ex->is_muted) {
        mcp__http_out_take(c);
        mcp_buf_add(&c->out, MCP_STR("0\r\n\r\n"));
    }
    end(c);
}
