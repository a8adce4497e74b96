/* tools/token_use.c - see token_use.h. */
#include <tools/token_use.h>

#include <tools/key.h>

#include <mcp/alloc.h>
#include <store/record.h>

struct token_use *token_use_new(void)
{
    return mcp_alloc_new(struct token_use);
}

void token_use_free(struct token_use *u)
{
    if (u && u->is_writing) {
        u->is_orphan = true;
    } else {
        mcp_free(u);
    }
}

static size_t home(const uint8_t id[16])
{
    size_t h;

    memcpy(&h, id, sizeof(h)); /* ids are random */
    return h % TOKEN_USE_SLOTS;
}

static struct token_use_slot *slot_of(struct token_use_slot *slots, const uint8_t id[16])
{
    for (size_t i = 0, at = home(id); i < TOKEN_USE_SLOTS; i++, at = (at + 1) % TOKEN_USE_SLOTS) {
        if (slots[at].at_ms == 0 || memcmp(slots[at].id, id, 16) == 0) {
            return &slots[at];
        }
    }
    return NULL;
}

void token_use_mark(struct token_use *u, const struct mcp_principal *p, int64_t now_ms)
{
    struct token_use_slot *s = slot_of(u->now, p->id);

    if (!s || now_ms <= 0) {
        return;
    }
    if (s->at_ms == 0) {
        memcpy(s->id, p->id, sizeof(s->id));
        s->owner = p->owner;
        u->n_now++;
    }
    s->at_ms = now_ms;
}

/* The last use on disk, or 0. */
static mcp_err get(struct store_txn *txn, uint64_t owner, const uint8_t id[16], int64_t *ret_ms)
{
    struct key key = key_id(KEY_TOKEN_USE, owner, id);
    struct record_reader r;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, NULL);

    *ret_ms = 0;
    if (err) {
        return err == MCP_E_NOT_FOUND ? MCP_OK : err;
    }
    record_reader_init(&r, value);
    *ret_ms = record_get_i64(&r);
    return record_done(&r) ? MCP_OK : MCP_E_STORAGE;
}

static mcp_err body(struct store_txn *txn, void *arg)
{
    const struct token_use *u = arg;

    for (size_t i = 0; i < TOKEN_USE_SLOTS; i++) {
        const struct token_use_slot *s = &u->writing[i];
        int64_t before_ms = 0;

        if (s->at_ms == 0) {
            continue;
        }
        mcp_err err = get(txn, s->owner, s->id, &before_ms);

        if (!err && s->at_ms > before_ms) { /* another process may have seen it later */
            struct key key = key_id(KEY_TOKEN_USE, s->owner, s->id);
            struct record_writer w;
            uint8_t memory[8];

            record_writer_init(&w, memory, sizeof(memory));
            record_put_i64(&w, s->at_ms);
            err = store_put(txn, key_str(&key), record_writer_str(&w), TOKEN_USE_VERSION);
        }
        if (err) {
            return err;
        }
    }
    return MCP_OK;
}

static void done(struct store_write *w, mcp_err err)
{
    struct token_use *u = w->arg;

    (void)err; /* a lost last-use time is not worth an answer; the next use marks it again */
    memset(u->writing, 0, sizeof(u->writing));
    u->n_writing = 0;
    u->is_writing = false;
    if (u->is_orphan) {
        mcp_free(u);
    }
}

void token_use_flush(struct token_use *u, struct store *store)
{
    if (u->n_now == 0 || u->is_writing) {
        return;
    }
    memcpy(u->writing, u->now, sizeof(u->now));
    memset(u->now, 0, sizeof(u->now));
    u->n_writing = u->n_now;
    u->n_now = 0;
    u->is_writing = true;
    u->write = (struct store_write){.body = body, .arg = u, .done = done};
    store_submit(store, &u->write);
}

void token_use_tick(struct token_use *u, struct store *store, int64_t monotonic_ms)
{
    if (u->n_now && (!u->is_begun || monotonic_ms - u->begun_ms >= TOKEN_USE_PERIOD_MS)) {
        u->is_begun = true;
        u->begun_ms = monotonic_ms;
        token_use_flush(u, store);
    }
}

static int64_t at_in(const struct token_use_slot *slots, const uint8_t id[16])
{
    for (size_t i = 0; i < TOKEN_USE_SLOTS; i++) {
        if (slots[i].at_ms && memcmp(slots[i].id, id, 16) == 0) {
            return slots[i].at_ms;
        }
    }
    return 0;
}

/* The last use that is not on disk yet, or 0. */
static int64_t pending(const struct token_use *u, const uint8_t id[16])
{
    int64_t now = u->n_now ? at_in(u->now, id) : 0;
    int64_t writing = u->n_writing ? at_in(u->writing, id) : 0;

    return now > writing ? now : writing;
}

mcp_err token_use_last(const struct token_use *u, struct store_txn *txn, uint64_t owner,
                       const uint8_t id[16], int64_t *ret_ms)
{
    mcp_err err = get(txn, owner, id, ret_ms);
    int64_t pending_ms = pending(u, id);

    *ret_ms = pending_ms > *ret_ms ? pending_ms : *ret_ms;
    return err;
}
