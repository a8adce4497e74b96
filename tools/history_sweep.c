/* tools/history_sweep.c - see history_sweep.h. */
#include <tools/history_sweep.h>

#include <mcp/alloc.h>

struct history_sweep {
    struct store *store;
    int64_t full_ms, all_ms, rests_until_ms;
    struct history_pass pass;
    struct store_write write;
    bool is_writing;
    bool is_orphan; /* freed while a write was on its way: done() releases it */
};

struct history_sweep *history_sweep_new(struct store *store, int64_t full_ms, int64_t all_ms)
{
    struct history_sweep *s = mcp_alloc_new(struct history_sweep);

    if (s) {
        s->store = store;
        history_sweep_retune(s, full_ms, all_ms);
    }
    return s;
}

void history_sweep_retune(struct history_sweep *s, int64_t full_ms, int64_t all_ms)
{
    s->full_ms = full_ms ? full_ms : HISTORY_FULL_MS;
    s->all_ms = all_ms ? all_ms : HISTORY_ALL_MS;
}

void history_sweep_free(struct history_sweep *s)
{
    if (s && s->is_writing) {
        s->is_orphan = true;
    } else {
        mcp_free(s);
    }
}

static mcp_err look_body(struct store_txn *txn, void *arg)
{
    return history_look(txn, arg);
}

static mcp_err thin_body(struct store_txn *txn, void *arg)
{
    struct history_sweep *s = arg;

    return history_thin(txn, &s->pass);
}

static void done(struct store_write *w, mcp_err err)
{
    struct history_sweep *s = w->arg;

    (void)err; /* what was not deleted is found again in the next pass */
    s->is_writing = false;
    if (s->is_orphan) {
        mcp_free(s);
    }
}

void history_sweep_tick(struct history_sweep *s, int64_t now_ms, int64_t monotonic_ms)
{
    struct history_pass *p = &s->pass;

    if (s->is_writing || monotonic_ms < s->rests_until_ms) {
        return;
    }
    p->now_ms = now_ms;
    p->full_ms = s->full_ms;
    p->all_ms = s->all_ms;
    if (store_read(s->store, look_body, p)) {
        return;
    }
    if (p->is_done) {
        s->rests_until_ms = monotonic_ms + HISTORY_REST_MS;
    }
    if (p->n_over) {
        s->is_writing = true;
        s->write = (struct store_write){.body = thin_body, .arg = s, .done = done};
        store_submit(s->store, &s->write);
    }
}
