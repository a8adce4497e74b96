/* transport/http_wire.c - what the connections of one loop share: lanes, spares, the date. */
#include <transport/http_wire.h>

#include <mcp/alloc.h>

enum {
    ROOM_FIRST = 24,         /* header fields; a browser sends about 15 */
    SPARE_BYTES_MAX = 16384, /* bigger buffers go back to the heap */
    LINGER_MS = 2000, /* RFC 9112 9.6: read on for a while, so that no reset eats the answer */
};

void mcp__http_wire_init(struct mcp__http_wire *w, const struct mcp_http_options *opt,
                         const struct mcp__http_io *io)
{
    *w = (struct mcp__http_wire){.opt = opt, .io = io};
    w->limits = (struct mcp__h1_limits){.head_bytes = opt->head_bytes_max,
                                        .target_bytes = opt->target_bytes_max,
                                        .headers = opt->headers_max,
                                        .body_bytes = opt->body_bytes_max,
                                        .trailer_bytes = opt->trailer_bytes_max};
    w->ready_end = &w->ready;
    mcp__h1_write_date(w->date, 0);
}

static void exchange_free(struct mcp_http_exchange *ex)
{
    if (!ex) {
        return;
    }
    mcp_buf_free(&ex->in);
    mcp_free(ex->fields);
    mcp_free(ex->headers);
    mcp_free(ex);
}

void mcp__http_wire_free(struct mcp__http_wire *w)
{
    while (w->spares) {
        struct mcp_http_exchange *next = w->spares->next;

        exchange_free(w->spares);
        w->spares = next;
    }
    while (w->n_spare_out) {
        mcp_buf_free(&w->spare_out[--w->n_spare_out]);
    }
}

static void unlink_lane(struct mcp__http_conn *c)
{
    struct mcp__http_list *list = &c->wire->lanes[c->lane];

    *(c->lane_prev ? &c->lane_prev->lane_next : &list->first) = c->lane_next;
    *(c->lane_next ? &c->lane_next->lane_prev : &list->last) = c->lane_prev;
    c->lane_next = c->lane_prev = NULL;
}

void mcp__http_lane_set(struct mcp__http_conn *c, enum mcp__http_lane lane, bool is_anew)
{
    struct mcp__http_list *list = &c->wire->lanes[lane];

    if (lane == c->lane && !is_anew) {
        return;
    }
    if (c->lane != MCP__LANE_NONE) {
        unlink_lane(c);
    }
    c->lane = lane;
    c->lane_ms = c->wire->now_ms;
    if (lane != MCP__LANE_NONE) {
        c->lane_prev = list->last;
        *(list->last ? &list->last->lane_next : &list->first) = c;
        list->last = c;
    }
}

struct mcp_http_exchange *mcp__http_exchange_take(struct mcp__http_conn *c)
{
    struct mcp__http_wire *w = c->wire;
    struct mcp_http_exchange *ex = w->spares;

    if (ex) {
        w->spares = ex->next;
        w->n_spares--;
    } else {
        ex = mcp_alloc_new(struct mcp_http_exchange);
        if (!ex || !mcp__http_exchange_grow(ex)) {
            exchange_free(ex);
            return NULL;
        }
        mcp_buf_init(&ex->in, MCP__HTTP_BUF_MAX);
    }
    ex->conn = c;
    ex->next = NULL;
    mcp__http_exchange_reset(ex);
    return ex;
}

void mcp__http_exchange_reset(struct mcp_http_exchange *ex)
{
    ex->phase = MCP__PHASE_HEAD;
    ex->at = ex->body_end = 0;
    ex->events = NULL;
    ex->is_muted = ex->was_behind = false;
    mcp__h1_init(&ex->parser, &ex->conn->wire->limits, ex->fields, ex->room);
}

void mcp__http_exchange_give(struct mcp_http_exchange *ex)
{
    struct mcp__http_wire *w = ex->conn->wire;

    if (w->n_spares >= MCP__HTTP_SPARES) {
        exchange_free(ex);
        return;
    }
    if (ex->in.cap > SPARE_BYTES_MAX) {
        mcp_buf_free(&ex->in);
    }
    mcp_buf_clear(&ex->in);
    ex->conn = NULL;
    ex->next = w->spares;
    w->spares = ex;
    w->n_spares++;
}

bool mcp__http_exchange_grow(struct mcp_http_exchange *ex)
{
    size_t room = ex->room ? ex->room * 2 : ROOM_FIRST;
    struct mcp__h1_field *fields = mcp_realloc(ex->fields, room * sizeof(*fields));

    if (!fields) {
        return false;
    }
    ex->fields = ex->parser.fields = fields;
    struct mcp_http_header *headers = mcp_realloc(ex->headers, room * sizeof(*headers));

    if (!headers) {
        return false;
    }
    ex->headers = headers;
    ex->room = room;
    ex->parser.fields_cap = room;
    return true;
}

void mcp__http_out_take(struct mcp__http_conn *c)
{
    struct mcp__http_wire *w = c->wire;

    if (!c->out.ptr && w->n_spare_out) {
        c->out = w->spare_out[--w->n_spare_out];
    }
}

void mcp__http_out_give(struct mcp__http_conn *c)
{
    struct mcp__http_wire *w = c->wire;

    mcp_buf_clear(&c->out);
    c->out_at = 0;
    if (!c->out.ptr || c->out.cap > SPARE_BYTES_MAX || w->n_spare_out >= MCP__HTTP_SPARES) {
        mcp_buf_free(&c->out);
        return;
    }
    w->spare_out[w->n_spare_out++] = c->out;
    c->out.ptr = NULL;
    c->out.cap = 0;
}

/* Each way out leaves the lane: a refusal lingers, a cut connection is in none. */
static void late(struct mcp__http_conn *c)
{
    switch (c->lane) {
    case MCP__LANE_HEAD:
        mcp__http_conn_refuse(c, 408, "the request head took too long");
        break;
    case MCP__LANE_BODY:
        mcp__http_conn_refuse(c, 408, "the request body took too long");
        break;
    default:
        mcp__http_conn_cut(c);
        break;
    }
}

static void sweep_lane(struct mcp__http_wire *w, enum mcp__http_lane lane, int64_t limit_ms)
{
    struct mcp__http_conn *c;

    while ((c = w->lanes[lane].first) && w->now_ms - c->lane_ms >= limit_ms) {
        late(c);
    }
}

void mcp__http_wire_sweep(struct mcp__http_wire *w, int64_t now_ms, int64_t wall_ms)
{
    w->now_ms = now_ms;
    mcp__h1_write_date(w->date, wall_ms / 1000);
    sweep_lane(w, MCP__LANE_FIRST, w->opt->head_timeout_ms);
    sweep_lane(w, MCP__LANE_IDLE, w->opt->idle_timeout_ms);
    sweep_lane(w, MCP__LANE_HEAD, w->opt->head_timeout_ms);
    sweep_lane(w, MCP__LANE_BODY, w->opt->body_timeout_ms);
    sweep_lane(w, MCP__LANE_WRITE, w->opt->write_timeout_ms);
    sweep_lane(w, MCP__LANE_LINGER, LINGER_MS);
}

void mcp__http_wire_drain(struct mcp__http_wire *w)
{
    w->is_draining = true;
    for (struct mcp__http_conn *c = w->all.first, *next; c; c = next) {
        next = c->next;
        mcp__http_conn_run(c);
    }
}

void mcp__http_wire_cut(struct mcp__http_wire *w)
{
    w->is_draining = true;
    for (struct mcp__http_conn *c = w->all.first, *next; c; c = next) {
        next = c->next;
        mcp__http_conn_cut(c);
    }
}
