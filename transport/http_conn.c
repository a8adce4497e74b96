/* transport/http_conn.c - see http_conn.h. One connection: reading, handing over, flushing. */
#include <transport/http_wire.h>

#include <mcp/alloc.h>

enum { GATE_BYTES = 65536 }; /* no further request is begun while so much is unsent */

struct mcp__http_conn *mcp__http_conn_new(struct mcp__http_wire *w, void *io, mcp_str peer)
{
    struct mcp__http_conn *c = mcp_alloc_new(struct mcp__http_conn);

    if (!c) {
        return NULL;
    }
    c->wire = w;
    c->io = io;
    mcp_buf_init(&c->out, MCP__HTTP_BUF_MAX);
    mcp_buf_init(&c->ahead, MCP__HTTP_BUF_MAX);
    memcpy(c->peer, peer.ptr, peer.len < sizeof(c->peer) ? peer.len : sizeof(c->peer) - 1);
    c->prev = w->all.last;
    *(c->prev ? &c->prev->next : &w->all.first) = c;
    w->all.last = c;
    w->connections++;
    mcp__http_lane_set(c, MCP__LANE_FIRST, true);
    return c;
}

/* An exchange that was handed over hears of it; a request that was not complete just ends. */
static void peer_gone(struct mcp__http_conn *c)
{
    struct mcp_http_exchange *ex = c->ex;

    if (!ex) {
        return;
    }
    if (ex->phase >= MCP__PHASE_OPEN && ex->events && ex->events->gone) {
        ex->events->gone(ex->events_user);
    }
    c->ex = NULL;
    mcp__http_exchange_give(ex);
}

static void read_on(struct mcp__http_conn *c);

static void add_ready(struct mcp__http_conn *c)
{
    if (!c->is_ready) {
        c->is_ready = true;
        c->ready_next = NULL;
        c->ready_at = c->wire->ready_end;
        *c->ready_at = c;
        c->wire->ready_end = &c->ready_next;
    }
}

static void drop_ready(struct mcp__http_conn *c)
{
    if (!c->is_ready) {
        return;
    }
    c->is_ready = false;
    *c->ready_at = c->ready_next;
    *(c->ready_next ? &c->ready_next->ready_at : &c->wire->ready_end) = c->ready_at;
}

void mcp__http_conn_free(struct mcp__http_conn *c)
{
    if (!c) {
        return;
    }
    struct mcp__http_wire *w = c->wire;

    /* What arrived whole in the turn that the peer left in has been asked for: a notification is
     * not lost because its sender closed at once. */
    if (c->is_ready) {
        drop_ready(c);
        read_on(c);
    }
    c->is_dead = true;
    peer_gone(c);
    mcp__http_lane_set(c, MCP__LANE_NONE, true);
    *(c->prev ? &c->prev->next : &w->all.first) = c->next;
    *(c->next ? &c->next->prev : &w->all.last) = c->prev;
    w->connections--;
    mcp__http_out_give(c);
    mcp_buf_free(&c->ahead);
    mcp_free(c);
}

void mcp__http_conn_cut(struct mcp__http_conn *c)
{
    if (!c->is_dead) {
        c->is_dead = true;
        mcp__http_lane_set(c, MCP__LANE_NONE, true);
        c->wire->io->close(c->io, true);
    }
}

size_t mcp__http_conn_unsent(const struct mcp__http_conn *c)
{
    return c->out.len - c->out_at + c->in_flight;
}

/* ---- Reading --------------------------------------------------------------------------------- */

static bool read_head(struct mcp__http_conn *c, struct mcp_http_exchange *ex)
{
    if (mcp__http_conn_unsent(c) > GATE_BYTES) {
        c->is_gated = true;
        return false;
    }
    switch (mcp__h1_head(&ex->parser, ex->in.ptr, ex->in.len)) {
    case MCP__H1_ROOM:
        if (!mcp__http_exchange_grow(ex)) {
            mcp__http_conn_cut(c);
        }
        return true;
    case MCP__H1_BAD:
        mcp__http_conn_refuse(c, ex->parser.status, ex->parser.why);
        return false;
    case MCP__H1_DONE:
        break;
    default:
        return false;
    }
    ex->phase = MCP__PHASE_BODY;
    ex->at = ex->body_end = ex->parser.head_bytes;
    if (ex->parser.wants_continue && ex->in.len == ex->at) {
        mcp__http_out_take(c);
        mcp_buf_add(&c->out, MCP_STR("HTTP/1.1 100 Continue\r\n\r\n"));
    }
    return true;
}

static mcp_str text(const struct mcp_http_exchange *ex, struct mcp__h1_span s)
{
    return mcp_str_n(ex->in.ptr + s.at, s.len);
}

/* The buffer stands still from now on: offsets become slices. */
static void fill_request(struct mcp_http_exchange *ex)
{
    const struct mcp__h1 *p = &ex->parser;

    for (size_t i = 0; i < p->n_fields; i++) {
        ex->headers[i].name = text(ex, p->fields[i].name);
        ex->headers[i].value = text(ex, p->fields[i].value);
    }
    ex->req = (struct mcp_http_request){
        .method = p->method,
        .method_text = text(ex, p->method_text),
        .path = text(ex, p->path),
        .query = p->has_query ? text(ex, p->query) : mcp_str_n(NULL, 0),
        .minor = p->minor,
        .headers = ex->headers,
        .n_headers = p->n_fields,
        .body = mcp_str_n(ex->in.ptr + p->head_bytes, ex->body_end - p->head_bytes),
        .peer = mcp_str_c(ex->conn->peer),
        .is_tls = ex->conn->wire->opt->tls_cert != NULL,
        .serial = ++ex->conn->wire->serial,
    };
}

static bool read_body(struct mcp__http_conn *c, struct mcp_http_exchange *ex)
{
    enum mcp__h1_result r;
    mcp_str data;
    size_t used;

    do {
        r = mcp__h1_body(&ex->parser, ex->in.ptr + ex->at, ex->in.len - ex->at, &used, &data);
        ex->at += used;
        if (data.len) { /* the chunked coding is removed in place */
            memmove(ex->in.ptr + ex->body_end, data.ptr, data.len);
            ex->body_end += data.len;
        }
    } while (r == MCP__H1_DATA);
    if (r == MCP__H1_BAD) {
        mcp__http_conn_refuse(c, ex->parser.status, ex->parser.why);
        return false;
    }
    if (r == MCP__H1_MORE) {
        ex->in.len = ex->at = ex->body_end;
        return false;
    }
    ex->phase = MCP__PHASE_OPEN;
    ex->opened_ms = c->wire->now_ms;
    fill_request(ex);
    c->wire->handle(c->wire->user, ex);
    return true;
}

void mcp__http_conn_next(struct mcp__http_conn *c)
{
    struct mcp_http_exchange *ex = c->ex;

    c->is_moved = true;
    if (c->is_last || c->is_dead || (ex->in.len == ex->at && c->ahead.len == 0)) {
        c->ex = NULL;
        mcp_buf_free(&c->ahead);
        mcp__http_exchange_give(ex);
        return;
    }
    mcp_buf_drop(&ex->in, ex->at);
    mcp_buf_add(&ex->in, mcp_buf_str(&c->ahead));
    mcp_buf_free(&c->ahead);
    mcp__http_exchange_reset(ex);
    if (ex->in.failed) {
        mcp__http_conn_cut(c);
    }
}

/* One thing; false when nothing can be done before something happens. */
static bool step(struct mcp__http_conn *c)
{
    struct mcp_http_exchange *ex = c->ex;

    if (!ex || c->is_dead) {
        return false;
    }
    switch (ex->phase) {
    case MCP__PHASE_HEAD:
        return read_head(c, ex);
    case MCP__PHASE_BODY:
        return read_body(c, ex);
    default:
        return false;
    }
}

/* ---- Writing --------------------------------------------------------------------------------- */

void mcp__http_conn_flush(struct mcp__http_conn *c)
{
    if (c->out.failed) {
        mcp__http_conn_cut(c);
    }
    while (!c->is_dead && !c->is_stuck && c->out_at < c->out.len) {
        ptrdiff_t n =
            c->wire->io->write(c->io, c->out.ptr + c->out_at, c->out.len - c->out_at, &c->is_stuck);

        if (n < 0) {
            mcp__http_conn_cut(c);
            return;
        }
        c->out_at += (size_t)n;
        c->in_flight = c->is_stuck ? (size_t)n : 0;
    }
    if (c->ex && c->is_stuck) {
        c->ex->was_behind = true;
    }
    if (c->out_at == c->out.len) {
        mcp__http_out_give(c);
    } else if (c->out_at > c->out.len / 2) { /* moves each byte at most once on average */
        mcp_buf_drop(&c->out, c->out_at);
        c->out_at = 0;
    }
}

/* ---- What follows from the state ------------------------------------------------------------- */

static bool is_idle(const struct mcp__http_conn *c)
{
    return !c->ex || (c->ex->phase == MCP__PHASE_HEAD && c->ex->in.len == 0);
}

static enum mcp__http_lane lane_of(const struct mcp__http_conn *c)
{
    if (c->is_lingering) {
        return MCP__LANE_LINGER;
    }
    if (c->is_stuck) {
        return MCP__LANE_WRITE;
    }
    if (is_idle(c)) {
        return c->has_spoken ? MCP__LANE_IDLE : MCP__LANE_FIRST;
    }
    return c->ex->phase == MCP__PHASE_HEAD   ? MCP__LANE_HEAD
           : c->ex->phase == MCP__PHASE_BODY ? MCP__LANE_BODY
                                             : MCP__LANE_NONE;
}

static void end_if_over(struct mcp__http_conn *c)
{
    if (c->ex || c->is_stuck) {
        return;
    }
    if (c->is_last && !c->is_lingering) {
        c->is_lingering = true;
        c->wire->io->shut(c->io);
    } else if (c->wire->is_draining && !c->is_lingering) {
        c->is_dead = true;
        c->wire->io->close(c->io, false);
    }
}

static void settle(struct mcp__http_conn *c)
{
    size_t waiting = c->ahead.len + (c->is_gated && c->ex ? c->ex->in.len : 0);
    bool is_paused = waiting >= c->wire->opt->pipeline_bytes_max;

    if (is_paused != c->is_paused) {
        c->is_paused = is_paused;
        c->wire->io->pause(c->io, is_paused);
    }
    mcp__http_lane_set(c, c->is_dead ? MCP__LANE_NONE : lane_of(c), c->is_moved);
    c->is_moved = false;
}

/* Everything but the sending. */
static void read_on(struct mcp__http_conn *c)
{
    bool was_running = c->is_running;

    c->is_running = true;
    while (step(c)) {
    }
    c->is_running = was_running;
}

void mcp__http_conn_run(struct mcp__http_conn *c)
{
    if (c->is_running || c->is_dead) {
        return;
    }
    c->is_running = true;
    do {
        c->is_gated = false;
        read_on(c);
        mcp__http_conn_flush(c);
    } while (c->is_gated && !c->is_stuck && !c->is_dead);
    c->is_running = false;
    if (!c->is_dead) {
        end_if_over(c);
        settle(c);
    }
}

static void tell_drained(struct mcp__http_conn *c)
{
    struct mcp_http_exchange *ex = c->ex;
    size_t half = c->wire->opt->backlog_bytes_max / 2;

    if (!c->is_dead && ex && ex->was_behind &&
        mcp__http_conn_unsent(c) <= (half < MCP_HTTP_BEHIND_BYTES ? half : MCP_HTTP_BEHIND_BYTES)) {
        ex->was_behind = false;
        if (ex->events && ex->events->drained) {
            ex->events->drained(ex->events_user);
        }
    }
}

/* ---- What the loop says ---------------------------------------------------------------------- */

void mcp__http_conn_input(struct mcp__http_conn *c, const char *bytes, size_t len)
{
    if (c->is_dead || c->is_last) { /* lingering, or about to: nothing of it is executed */
        return;
    }
    c->has_spoken = true;
    if (!c->ex) {
        c->ex = mcp__http_exchange_take(c);
    }
    struct mcp_buf *to = !c->ex ? NULL : c->ex->phase < MCP__PHASE_OPEN ? &c->ex->in : &c->ahead;

    if (to) {
        mcp_buf_add(to, mcp_str_n(bytes, len));
    }
    if (!to || to->failed) {
        mcp__http_conn_cut(c);
        return;
    }
    if (c->wire->has_turns) {
        add_ready(c);
        return;
    }
    mcp__http_conn_run(c);
    tell_drained(c);
}

void mcp__http_wire_turn(struct mcp__http_wire *w)
{
    for (struct mcp__http_conn *c = w->ready; c; c = c->ready_next) {
        read_on(c);
    }
    while (w->ready) {
        struct mcp__http_conn *c = w->ready;

        drop_ready(c);
        mcp__http_conn_run(c);
        tell_drained(c);
    }
}

void mcp__http_conn_writable(struct mcp__http_conn *c)
{
    if (c->is_dead) {
        return;
    }
    c->is_moved = c->is_moved || c->is_stuck;
    c->is_stuck = false;
    c->in_flight = 0;
    mcp__http_conn_run(c);
    tell_drained(c);
}
