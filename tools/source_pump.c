/* tools/source_pump.c - see source_pump.h. */
#include <tools/source_pump.h>

#include <tools/source_open.h>
#include <tools/source_poll.h>
#include <tools/source_request.h>

#include <mcp/alloc.h>

#include <sodium.h>
#include <stdio.h>

enum { ARENA_MAX = 8 << 20 };

#define NO_ROOM "there is no room for its pools: 64 of a connection, 1,000 in all"

/* What belongs to one source while it is asked, beside its job. */
struct slot {
    struct source_pump *pump;
    bool is_asking; /* the asker has it */
    bool is_writing;
    struct mcp_arena arena; /* of all that follows */
    mcp_json definition;
    struct source_request request;
    struct reading readings[SOURCE_POOLS_MAX];
    struct reading_slot slots[SOURCE_POOLS_MAX];
    char reason[SOURCE_WHY];
    struct source_finish finish;
    struct store_write write;
};

struct source_pump {
    struct source_pump_options opt;
    struct source_job jobs[SOURCE_SLOTS];
    struct slot slots[SOURCE_SLOTS];
    struct source_claim claim;
    struct store_write write;
    bool is_claiming, is_stopped;
    bool is_orphan; /* freed while writes were on their way: the last one releases it */
};

static int64_t now_ms(const struct source_pump *p)
{
    return mcp_clock_wall_ms(&p->opt.clock);
}

struct source_pump *source_pump_new(const struct source_pump_options *opt)
{
    struct source_pump *p = mcp_alloc_new(struct source_pump);

    if (p) {
        p->opt = *opt;
        for (size_t i = 0; i < SOURCE_SLOTS; i++) {
            p->slots[i].pump = p;
            mcp_arena_init(&p->slots[i].arena, ARENA_MAX);
        }
    }
    return p;
}

static bool is_writing(const struct source_pump *p)
{
    bool is = p->is_claiming;

    for (size_t i = 0; i < SOURCE_SLOTS; i++) {
        is = is || p->slots[i].is_writing;
    }
    return is;
}

static void release(struct source_pump *p)
{
    for (size_t i = 0; i < SOURCE_SLOTS; i++) {
        mcp_arena_free(&p->slots[i].arena);
    }
    mcp_free(p);
}

void source_pump_free(struct source_pump *p)
{
    if (p && is_writing(p)) {
        p->is_orphan = true;
        p->is_stopped = true;
    } else if (p) {
        release(p);
    }
}

void source_pump_stop(struct source_pump *p)
{
    p->is_stopped = true;
}

/* ---- Back: what it said ---- */

static void wipe(mcp_str s)
{
    if (s.len) {
        sodium_memzero((char *)(uintptr_t)s.ptr, s.len); /* in the slot's arena */
    }
}

static void forget_request(struct slot *s)
{
    wipe(s->request.url);
    for (size_t i = 0; i < s->request.n_headers && i < SOURCE_HEADERS_MAX; i++) {
        wipe(s->request.headers[i].value);
    }
    s->request = (struct source_request){.n_headers = 0};
}

static void log_end(const struct slot *s)
{
    const struct source_finish *f = &s->finish;
    const struct source *was = &f->job->source.s;
    enum mcp_log_level level = was->failures ? MCP_LOG_DEBUG : MCP_LOG_WARN; /* the first time */
    char id[NAME_ID_BYTES];
    mcp_str text = name_id_format(f->job->id, id);

    if (f->is_cancelled || !f->is_stored) {
        return;
    }
    if (f->status == POOL_HEALTHY) {
        mcp_log(&s->pump->opt.log, was->failures ? MCP_LOG_INFO : MCP_LOG_DEBUG,
                "connection %.*s: asked %.*s", MCP_STR_ARG(text), MCP_STR_ARG(was->host));
    } else {
        mcp_log(&s->pump->opt.log, level, "connection %.*s: %.*s is %.*s: %.*s", MCP_STR_ARG(text),
                MCP_STR_ARG(was->host), MCP_STR_ARG(connection_status_name(f->status)),
                MCP_STR_ARG(f->reason));
    }
}

static void fail(struct slot *s, enum pool_status status, const char *why)
{
    snprintf(s->reason, sizeof(s->reason), "%s", why);
    s->finish.status = status;
    s->finish.reason = mcp_str_c(s->reason);
}

static mcp_err finish_body(struct store_txn *txn, void *arg)
{
    struct slot *s = arg;

    return source_finish(txn, &s->finish);
}

static void submit(struct slot *s);

static void finish_done(struct store_write *w, mcp_err err)
{
    struct slot *s = w->arg;
    struct source_pump *p = s->pump;

    if (err == MCP_E_REFUSED && s->finish.status == POOL_HEALTHY) {
        fail(s, POOL_ERROR, NO_ROOM);
        submit(s);
        return;
    }
    s->is_writing = false;
    if (err) { /* the claim lapses, and it is asked again */
        mcp_log(&p->opt.log, MCP_LOG_ERROR, "the store did not take what a source said");
    } else {
        log_end(s);
    }
    p->jobs[s - p->slots].is_taken = false;
    mcp_arena_reset(&s->arena);
    if (!p->is_orphan) {
        p->opt.stored(p->opt.stored_user);
    } else if (!is_writing(p)) {
        release(p);
    }
}

static void submit(struct slot *s)
{
    s->is_writing = true;
    s->write = (struct store_write){.body = finish_body, .arg = s, .done = finish_done};
    store_submit(s->pump->opt.store, &s->write);
}

static const char *add_reading(struct slot *s, const struct source_reading *from)
{
    struct reading_batch *b = &s->finish.batch;
    struct reading *r = &s->readings[b->n];

    if (name_check(from->credit_type, POOL_TYPE_MAX) ||
        (from->label.len && name_check(from->label, NAME_BYTES_MAX)) ||
        (from->unit.len && name_check(from->unit, POOL_UNIT_MAX))) {
        return "the answer's unit is no name that can be shown";
    }
    *r = (struct reading){
        .credit_type = from->credit_type,
        .label = from->label,
        .unit = from->unit,
        .has_balance = true,
        .has_limit = from->has_limit,
        .keeps_limit = !from->names_limit,
        .balance_micro = from->balance_micro,
        .limit_micro = from->limit_micro,
        .at_ms = s->finish.now_ms,
    };
    while (r->slot < b->n_slots && !mcp_str_eq(s->slots[r->slot].credit_type, r->credit_type)) {
        r->slot++;
    }
    if (r->slot == b->n_slots) {
        s->slots[b->n_slots++].credit_type = r->credit_type;
    }
    b->n++;
    return NULL;
}

/* A 2xx: what does it say? */
static void understand(struct slot *s, mcp_str body)
{
    struct source_reading got[SOURCE_POOLS_MAX];
    const char *why = NULL;
    char text[SOURCE_WHY];
    size_t n = 0;

    memset(s->slots, 0, sizeof(s->slots));
    s->finish.batch = (struct reading_batch){.readings = s->readings,
                                             .slots = s->slots,
                                             .now_ms = s->finish.now_ms,
                                             .fallback = s->pump->opt.fallback};
    if (!source_read(s->definition, mcp_arena_dup(&s->arena, body), &s->arena, got, &n, text)) {
        if (mcp_arena_failed(&s->arena)) { /* not the service's doing */
            fail(s, POOL_STALE, "there was no memory for its answer");
        } else {
            fail(s, POOL_ERROR, text);
        }
        return;
    }
    for (size_t i = 0; i < n && !why; i++) {
        why = add_reading(s, &got[i]);
    }
    if (why) {
        fail(s, POOL_ERROR, why);
    }
}

static void judge(struct slot *s, const struct source_answer *a)
{
    char why[SOURCE_WHY];
    mcp_str says = source_judge(a->status);

    s->finish.is_cancelled = a->is_cancelled;
    s->finish.retry_after_ms = a->retry_after_ms;
    if (!a->is_answered) {
        snprintf(why, sizeof(why), "%.*s", MCP_STR_ARG(a->note));
        fail(s, a->is_final ? POOL_ERROR : POOL_STALE, why);
    } else if (says.len) {
        source_explain(a->status, why);
        fail(s, POOL_ERROR, why);
        (void)connection_status_parse(says, &s->finish.status);
    } else {
        understand(s, a->body);
    }
}

static void begin_finish(struct slot *s)
{
    struct source_pump *p = s->pump;

    s->finish = (struct source_finish){.job = &p->jobs[s - p->slots],
                                       .now_ms = now_ms(p),
                                       .status = POOL_HEALTHY,
                                       .retry_after_ms = -1};
}

void source_pump_answered(struct source_pump *p, size_t slot, const struct source_answer *a)
{
    if (slot < SOURCE_SLOTS && p->slots[slot].is_asking) {
        struct slot *s = &p->slots[slot];

        s->is_asking = false;
        forget_request(s);
        begin_finish(s);
        judge(s, a);
        submit(s);
    }
}

/* ---- Forth ---- */

/* The definition and what it asks for. NULL, or why not. */
static const char *open_request(struct slot *s)
{
    const struct source_job *job = &s->pump->jobs[s - s->pump->slots];
    struct source_values v;
    const char *why =
        source_open(s->pump->opt.seal, job->id, &job->source.s, &s->arena, &s->definition, &v);

    why = why ? why : source_request_fill(s->definition, &v, &s->arena, &s->request);
    wipe(v.secret);
    return why;
}

static void ask(struct slot *s)
{
    struct source_pump *p = s->pump;
    const char *why = open_request(s);
    struct source_ask a = {
        .slot = (size_t)(s - p->slots),
        .method = s->request.method,
        .url = s->request.url,
        .headers = s->request.headers,
        .n_headers = s->request.n_headers,
        .timeout_ms = SOURCE_TIMEOUT_MS,
        .answer_bytes_max = SOURCE_ANSWER_MAX,
    };

    s->is_asking = true;
    if (why || !p->opt.asker.ask(p->opt.asker.user, &a)) {
        struct source_answer no = {.is_final = why && !mcp_arena_failed(&s->arena),
                                   .retry_after_ms = -1,
                                   .note = why ? mcp_str_c(why)
                                               : MCP_STR("there was no room to ask it")};

        source_pump_answered(p, a.slot, &no);
    }
}

static mcp_err take_body(struct store_txn *txn, void *arg)
{
    struct source_pump *p = arg;

    return source_take(txn, &p->claim);
}

static void take_done(struct store_write *w, mcp_err err)
{
    struct source_pump *p = w->arg;
    struct source_claim *c = &p->claim;

    p->is_claiming = false;
    if (p->is_orphan) {
        if (!is_writing(p)) {
            release(p);
        }
        return;
    }
    for (size_t i = 0; i < c->n_taken && !err; i++) {
        c->free[i]->is_taken = true;
    }
    for (size_t i = 0; i < c->n_taken && !err; i++) {
        ask(&p->slots[c->free[i] - p->jobs]);
    }
}

static mcp_err look_body(struct store_txn *txn, void *arg)
{
    struct source_pump *p = arg;

    return source_look(txn, &p->claim);
}

void source_pump_tick(struct source_pump *p)
{
    struct source_claim *c = &p->claim;

    if (p->is_claiming || p->is_stopped) {
        return;
    }
    c->n_free = 0;
    for (size_t i = 0; i < SOURCE_SLOTS; i++) {
        if (!p->jobs[i].is_taken) {
            c->free[c->n_free++] = &p->jobs[i];
        }
    }
    c->now_ms = now_ms(p);
    c->lease_ms = p->opt.asker.lease_ms ? p->opt.asker.lease_ms : SOURCE_LEASE_MS;
    randombytes_buf(&c->claim, sizeof(c->claim));
    c->claim |= 1;
    if (c->n_free == 0 || store_read(p->opt.store, look_body, p) || c->n_due == 0) {
        return;
    }
    p->is_claiming = true;
    p->write = (struct store_write){.body = take_body, .arg = p, .done = take_done};
    store_submit(p->opt.store, &p->write);
}
