/* tools/task_store.c - see task_store.h. */
#include <tools/task_store.h>

#include <tools/task_row.h>

#include <mcp/alloc.h>

enum { RECORD_BYTES_MAX = TASK_HEAD_MAX + TASK_OUTCOME_MAX };

/* One write on its way; it outlives the task_store, as the store does. */
struct task_write {
    struct store_write write; /* first */
    struct task_store *at;
    struct mcp_server *server; /* of a save; NULL: a removal */
    struct mcp_task_record record;
    struct key head; /* of a removal */
    size_t bytes;
    char memory[]; /* what the record's slices point to */
};

struct sweep {
    struct store_write write; /* first */
    struct task_store *at;
    bool is_busy;
    int64_t now_ms, next_ms; /* wall; monotonic */
    struct key from;         /* where the next step begins; len 0: at the beginning */
    struct key over[TASK_STEP_DELETES];
    size_t n_over, n_rows;
};

struct task_store {
    struct store *store;
    struct mcp_log log;
    size_t n_flying;
    bool is_over; /* freed, but for what flies */
    struct sweep sweep;
};

struct task_store *task_store_new(struct store *store, const struct mcp_log *log)
{
    struct task_store *t = mcp_alloc_new(struct task_store);

    if (t) {
        t->store = store;
        t->log = *log;
        t->sweep.at = t;
    }
    return t;
}

void task_store_free(struct task_store *t)
{
    if (t) {
        t->is_over = true;
        if (!t->n_flying) {
            mcp_free(t);
        }
    }
}

static void submit(struct task_store *t, struct store_write *w)
{
    t->n_flying++;
    store_submit(t->store, w);
}

/* True: `t` is still there. */
static bool landed(struct task_store *t)
{
    bool is_there = !t->is_over;

    if (--t->n_flying == 0 && t->is_over) {
        mcp_free(t);
    }
    return is_there;
}

/* ---- Saving ---- */

static mcp_err save_body(struct store_txn *txn, void *arg)
{
    struct task_write *w = arg;

    return w->server ? task_put(txn, &w->record) : task_del(txn, &w->head);
}

static void write_done(struct store_write *write, mcp_err err)
{
    struct task_write *w = (struct task_write *)(void *)write;

    if (landed(w->at) && w->server) {
        mcp_server_task_saved(w->server, w->record.id, err);
    }
    mcp_free(w);
}

static mcp_str keep(struct task_write *w, mcp_str s)
{
    char *at = w->memory + w->bytes;

    if (s.len) {
        memcpy(at, s.ptr, s.len);
    }
    w->bytes += s.len;
    return mcp_str_n(at, s.len);
}

static struct task_write *new_write(struct task_store *t, size_t bytes)
{
    struct task_write *w = mcp_alloc(sizeof(*w) + bytes);

    if (w) {
        *w = (struct task_write){.at = t};
        w->write = (struct store_write){.body = save_body, .arg = w, .done = write_done};
    }
    return w;
}

static void save(void *user, struct mcp_server *s, const struct mcp_task_record *r)
{
    struct task_write *w = r->outcome.len > TASK_OUTCOME_MAX || r->id.len > TASK_ID_MAX ||
                                   r->message.len > TASK_MESSAGE_MAX
                               ? NULL
                               : new_write(user, r->id.len + r->message.len + r->outcome.len);

    if (!w) {
        mcp_server_task_saved(s, r->id, MCP_E_OVERLOADED);
        return;
    }
    w->server = s;
    w->record = *r;
    w->record.id = keep(w, r->id);
    w->record.message = keep(w, r->message);
    w->record.outcome = keep(w, r->outcome);
    submit(user, &w->write);
}

/* Without memory the sweep does it, when its time is over. */
static void forget(void *user, mcp_str id)
{
    struct task_write *w = new_write(user, 0);

    if (w) {
        w->head = key_task(id);
        submit(user, &w->write);
    }
}

struct mcp_task_store task_store_interface(struct task_store *t)
{
    return (struct mcp_task_store){.save = save, .remove = forget, .user = t};
}

/* ---- After a start ---- */

struct names {
    struct key heads[TASK_STEP_ROWS];
    size_t n;
    struct key from; /* len 0: from the beginning */
};

static struct key behind(const struct key *key)
{
    struct key next = *key;

    next.bytes[next.len++] = 0;
    return next;
}

static const struct key FIRST = {.bytes = {KEY_TASK}, .len = 1};
static const struct key END = {.bytes = {KEY_TASK + 1}, .len = 1};

static mcp_err name_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct names *n = arg;

    (void)value, (void)version;
    if (key.len != KEY_TASK_BYTES) {
        return MCP_E_STORAGE;
    }
    memcpy(n->heads[n->n].bytes, key.ptr, key.len);
    n->heads[n->n++].len = KEY_TASK_BYTES;
    return MCP_OK;
}

static mcp_err names_body(struct store_txn *txn, void *arg)
{
    struct names *n = arg;

    n->n = 0;
    return store_scan(txn, key_str(n->from.len ? &n->from : &FIRST), key_str(&END), false,
                      TASK_STEP_ROWS, name_row, n);
}

struct get_op {
    const struct key *head;
    struct mcp_buf *memory;
    struct mcp_task_record record;
};

static mcp_err get_body(struct store_txn *txn, void *arg)
{
    struct get_op *op = arg;

    return task_get(txn, op->head, op->memory, &op->record);
}

static mcp_err restore_one(struct task_store *t, struct mcp_server *s, const struct key *head,
                           struct mcp_buf *memory)
{
    struct get_op op = {.head = head, .memory = memory};
    mcp_err err = store_read(t->store, get_body, &op);

    err = err ? err : mcp_server_restore_task(s, &op.record);
    if (err == MCP_E_OVERLOADED || err == MCP_OK) {
        return err;
    }
    mcp_log(&t->log, MCP_LOG_WARN, "tasks: a record cannot be used (%s), it is left to expire",
            mcp_err_info(err)->name);
    return MCP_OK;
}

mcp_err task_store_restore(struct task_store *t, struct mcp_server *s)
{
    struct names *n = mcp_alloc_new(struct names);
    struct mcp_buf memory;
    mcp_err err = n ? MCP_OK : MCP_E_OVERLOADED;

    mcp_buf_init(&memory, RECORD_BYTES_MAX);
    while (!err) {
        err = store_read(t->store, names_body, n);
        for (size_t i = 0; i < n->n && !err; i++) {
            err = restore_one(t, s, &n->heads[i], &memory);
        }
        if (err || n->n < TASK_STEP_ROWS) {
            break;
        }
        n->from = behind(&n->heads[n->n - 1]);
    }
    mcp_buf_free(&memory);
    mcp_free(n);
    return err;
}

/* ---- What nobody removed ---- */

static mcp_err over_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct sweep *s = arg;
    struct task_head h;
    struct key at = {.len = KEY_TASK_BYTES};

    if (key.len != KEY_TASK_BYTES) {
        return MCP_E_STORAGE;
    }
    memcpy(at.bytes, key.ptr, key.len);
    s->from = behind(&at);
    s->n_rows++;
    bool is_sound = task_head_decode(value, version, &h);
    bool is_over = is_sound && h.record.created_ms < s->now_ms - TASK_SWEEP_GRACE_MS &&
                   s->now_ms - TASK_SWEEP_GRACE_MS - h.record.created_ms >= h.record.ttl_ms;

    if (is_over) {
        s->over[s->n_over++] = at;
    }
    return s->n_over == TASK_STEP_DELETES ? MCP_PENDING : MCP_OK;
}

static mcp_err over_body(struct store_txn *txn, void *arg)
{
    struct sweep *s = arg;

    return store_scan(txn, key_str(s->from.len ? &s->from : &FIRST), key_str(&END), false,
                      TASK_STEP_ROWS, over_row, s);
}

static mcp_err sweep_body(struct store_txn *txn, void *arg)
{
    const struct sweep *s = arg;
    mcp_err err = MCP_OK;

    for (size_t i = 0; i < s->n_over && !err; i++) {
        err = task_del(txn, &s->over[i]);
    }
    return err;
}

static void sweep_done(struct store_write *write, mcp_err err)
{
    struct sweep *s = (struct sweep *)(void *)write;

    (void)err; /* the next pass tries again */
    s->is_busy = false;
    (void)landed(s->at);
}

void task_store_tick(struct task_store *t, int64_t wall_ms, int64_t monotonic_ms)
{
    struct sweep *s = &t->sweep;

    if (s->is_busy || monotonic_ms < s->next_ms) {
        return;
    }
    s->n_over = s->n_rows = 0;
    s->now_ms = wall_ms;
    bool is_read = store_read(t->store, over_body, s) == MCP_OK;
    bool has_more = s->n_rows == TASK_STEP_ROWS || s->n_over == TASK_STEP_DELETES;

    if (!is_read || !has_more) { /* a pass is over; the next step of one comes with the next tick */
        s->from.len = 0;
        s->next_ms = monotonic_ms + TASK_SWEEP_EVERY_MS;
    }
    if (is_read && s->n_over) {
        s->is_busy = true;
        s->write = (struct store_write){.body = sweep_body, .arg = s, .done = sweep_done};
        submit(t, &s->write);
    }
}
