/* tools/token_expiry.c - see token_expiry.h. */
#include <tools/token_expiry.h>

#include <tools/alert_raise.h>

#include <mcp/alloc.h>

#define DAY_MS ((int64_t)24 * 3600 * 1000)

unsigned token_expiry_stage(int64_t created_ms, int64_t expires_ms, int64_t now_ms)
{
    static const int64_t DAYS[TOKEN_EXPIRY_STAGES] = {30, 14, 7, 1};
    unsigned stage = 0;

    if (expires_ms == 0 || now_ms >= expires_ms) {
        return 0;
    }
    for (unsigned i = 0; i < TOKEN_EXPIRY_STAGES; i++) {
        bool is_in_life = DAYS[i] * DAY_MS < expires_ms - created_ms;

        if (is_in_life && expires_ms - now_ms <= DAYS[i] * DAY_MS) {
            stage = i + 1;
        }
    }
    return stage;
}

/* ---- What was said already ---- */

static mcp_err get_told(struct store_txn *txn, uint64_t owner, const uint8_t id[16], unsigned *ret)
{
    struct key key = key_id(KEY_TOKEN_TOLD, owner, id);
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, NULL);

    *ret = 0;
    if (err) {
        return err == MCP_E_NOT_FOUND ? MCP_OK : err;
    }
    *ret = value.len == 1 ? (uint8_t)value.ptr[0] : 0;
    return value.len == 1 ? MCP_OK : MCP_E_STORAGE;
}

static mcp_err put_told(struct store_txn *txn, uint64_t owner, const uint8_t id[16], unsigned stage)
{
    struct key key = key_id(KEY_TOKEN_TOLD, owner, id);
    char byte = (char)stage;

    return store_put(txn, key_str(&key), mcp_str_n(&byte, 1), TOKEN_TOLD_VERSION);
}

static unsigned stage_of(const struct token_info *t, int64_t now_ms)
{
    return t->revoked_ms ? 0 : token_expiry_stage(t->created_ms, t->expires_ms, now_ms);
}

/* ---- Looking ---- */

struct look_op {
    struct store_txn *txn;
    struct token_expiry_pass *p;
    size_t n_rows;
    struct key last;
};

static mcp_err look_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct look_op *op = arg;
    struct token_expiry_pass *p = op->p;
    struct token_info t;
    unsigned told = 0;

    if (key.len != KEY_SEQUENCE_BYTES || !token_info_decode(value, version, &t)) {
        return MCP_E_STORAGE;
    }
    unsigned stage = stage_of(&t, p->now_ms);
    uint64_t owner = key_get_owner(key);
    mcp_err err = stage ? get_told(op->txn, owner, t.id, &told) : MCP_OK;

    if (!err && stage > told) {
        p->due[p->n_due].owner = owner;
        p->due[p->n_due++].sequence = key_get_sequence(key);
    }
    memcpy(op->last.bytes, key.ptr, key.len);
    op->last.len = KEY_SEQUENCE_BYTES;
    op->n_rows++;
    return err ? err
           : p->n_due == TOKEN_EXPIRY_STEP_WARNINGS || op->n_rows == TOKEN_EXPIRY_STEP_ROWS
               ? MCP_PENDING
               : MCP_OK;
}

/* The key right behind. */
static struct key behind(const struct key *key)
{
    struct key next = *key;

    next.bytes[next.len++] = 0;
    return next;
}

mcp_err token_expiry_look(struct store_txn *txn, struct token_expiry_pass *p)
{
    struct key first = {.bytes = {KEY_TOKEN_INFO}, .len = 1};
    struct key end = {.bytes = {KEY_TOKEN_INFO + 1}, .len = 1};
    struct key low = p->at.len ? p->at : first;
    struct look_op op = {.txn = txn, .p = p};

    p->n_due = 0;
    mcp_err err = store_scan(txn, key_str(&low), key_str(&end), false, TOKEN_EXPIRY_STEP_ROWS + 1,
                             look_row, &op);
    bool is_full = p->n_due == TOKEN_EXPIRY_STEP_WARNINGS || op.n_rows == TOKEN_EXPIRY_STEP_ROWS;

    p->is_done = !err && !is_full;
    p->at = !err && is_full ? behind(&op.last) : (struct key){.len = 0};
    return err;
}

/* ---- Warning ---- */

static mcp_err warn(struct store_txn *txn, uint64_t owner, const struct token_info *t,
                    unsigned stage, int64_t now_ms)
{
    struct alert a = {
        .kind = ALERT_KEY,
        .level = stage == TOKEN_EXPIRY_STAGES ? ALERT_CRITICAL : ALERT_LOW,
        .created_ms = now_ms,
        .expires_ms = t->expires_ms,
        .subject = t->name,
        .detail = t->hint,
    };
    struct alert_order o = {.owner = owner, .a = &a};

    memcpy(a.subject_id, t->id, sizeof(a.subject_id));
    mcp_err err = alert_send(txn, &o);

    if (err == MCP_E_REFUSED) {
        return MCP_OK; /* full: the next pass tries again */
    }
    return err ? err : put_told(txn, owner, t->id, stage);
}

static mcp_err warn_one(struct store_txn *txn, uint64_t owner, uint64_t sequence, int64_t now_ms)
{
    struct key key = key_sequence(KEY_TOKEN_INFO, owner, sequence);
    char memory[TOKEN_RECORD_MAX];
    struct token_info t;
    uint8_t version = 0;
    unsigned told = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    if (err) {
        return err == MCP_E_NOT_FOUND ? MCP_OK : err;
    }
    if (value.len > sizeof(memory)) {
        return MCP_E_STORAGE;
    }
    memcpy(memory, value.ptr, value.len);
    if (!token_info_decode(mcp_str_n(memory, value.len), version, &t)) {
        return MCP_E_STORAGE;
    }
    unsigned stage = stage_of(&t, now_ms);

    err = get_told(txn, owner, t.id, &told);
    return err || stage <= told ? err : warn(txn, owner, &t, stage, now_ms);
}

mcp_err token_expiry_warn(struct store_txn *txn, const struct token_expiry_pass *p)
{
    mcp_err err = MCP_OK;

    for (size_t i = 0; i < p->n_due && !err; i++) {
        err = warn_one(txn, p->due[i].owner, p->due[i].sequence, p->now_ms);
    }
    return err;
}

/* ---- The loop's side ---- */

struct token_expiry {
    struct store *store;
    int64_t rests_until_ms;
    struct token_expiry_pass pass;
    struct store_write write;
    bool is_writing;
    bool is_orphan; /* freed while a write was on its way: done() releases it */
};

struct token_expiry *token_expiry_new(struct store *store)
{
    struct token_expiry *e = mcp_alloc_new(struct token_expiry);

    if (e) {
        e->store = store;
    }
    return e;
}

void token_expiry_free(struct token_expiry *e)
{
    if (e && e->is_writing) {
        e->is_orphan = true;
    } else {
        mcp_free(e);
    }
}

static mcp_err look_body(struct store_txn *txn, void *arg)
{
    return token_expiry_look(txn, arg);
}

static mcp_err warn_body(struct store_txn *txn, void *arg)
{
    struct token_expiry *e = arg;

    return token_expiry_warn(txn, &e->pass);
}

static void done(struct store_write *w, mcp_err err)
{
    struct token_expiry *e = w->arg;

    (void)err; /* what was not raised is found again in the next pass */
    e->is_writing = false;
    if (e->is_orphan) {
        mcp_free(e);
    }
}

void token_expiry_tick(struct token_expiry *e, int64_t now_ms, int64_t monotonic_ms)
{
    if (e->is_writing || monotonic_ms < e->rests_until_ms) {
        return;
    }
    e->pass.now_ms = now_ms;
    if (store_read(e->store, look_body, &e->pass)) {
        return;
    }
    if (e->pass.is_done) {
        e->rests_until_ms = monotonic_ms + TOKEN_EXPIRY_REST_MS;
    }
    if (e->pass.n_due) {
        e->is_writing = true;
        e->write = (struct store_write){.body = warn_body, .arg = e, .done = done};
        store_submit(e->store, &e->write);
    }
}
