/* tools/token_list.c - the tokens of an owner, in order of creation. */
#include <tools/token.h>

#include <tools/key.h>
#include <tools/name.h>
#include <tools/owner.h>

/* A row found by a scan, copied out of the database. */
struct found {
    uint64_t sequence;
    size_t len;
    char *memory; /* TOKEN_RECORD_MAX */
};

static void keep(struct found *f, mcp_str key, mcp_str value)
{
    f->sequence = key_get_sequence(key);
    f->len = value.len;
    memcpy(f->memory, value.ptr, value.len);
}

/* ---- Making room ---- */

struct dead_op {
    int64_t now_ms;
    struct found dead;
    bool is_found;
};

static mcp_err dead_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct dead_op *op = arg;
    struct token_info t;

    if (value.len > TOKEN_RECORD_MAX || !token_info_decode(value, version, &t)) {
        return MCP_E_STORAGE;
    }
    if (t.revoked_ms == 0 && (t.expires_ms == 0 || op->now_ms < t.expires_ms)) {
        return MCP_OK;
    }
    keep(&op->dead, key, value);
    op->is_found = true;
    return MCP_PENDING;
}

static mcp_err forget(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                      const struct token_info *t)
{
    struct key info = key_sequence(KEY_TOKEN_INFO, owner, sequence);
    struct key hot = key_token(t->hash);
    struct key use = key_id(KEY_TOKEN_USE, owner, t->id);
    struct key told = key_id(KEY_TOKEN_TOLD, owner, t->id);
    mcp_err err = store_del(txn, key_str(&info));

    err = err ? err : store_del(txn, key_str(&hot));
    err = err ? err : store_del(txn, key_str(&told));
    return err ? err : store_del(txn, key_str(&use));
}

/* Delete the oldest token that no longer works. */
static mcp_err make_room(struct store_txn *txn, uint64_t owner, int64_t now_ms)
{
    char memory[TOKEN_RECORD_MAX];
    struct dead_op op = {.now_ms = now_ms, .dead.memory = memory};
    struct key low = key_owned(KEY_TOKEN_INFO, owner);
    struct token_info t;
    mcp_err err =
        store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false, OWNER_TOKENS_MAX, dead_row, &op);

    if (err || !op.is_found) {
        return err ? err : MCP_E_REFUSED;
    }
    if (!token_info_decode(mcp_str_n(memory, op.dead.len), TOKEN_VERSION, &t)) {
        return MCP_E_STORAGE;
    }
    return forget(txn, owner, op.dead.sequence, &t);
}

/* ---- Adding ---- */

static mcp_err put_info(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                        const struct token_info *info)
{
    struct key key = key_sequence(KEY_TOKEN_INFO, owner, sequence);
    char memory[TOKEN_RECORD_MAX];

    return store_put(txn, key_str(&key), token_info_encode(info, memory), TOKEN_VERSION);
}

static mcp_err put_hot(struct store_txn *txn, uint64_t owner, const struct token_info *info)
{
    struct key key = key_token(info->hash);
    char memory[TOKEN_RECORD_MAX];
    struct token hot = {
        .owner = owner,
        .is_revoked = info->revoked_ms != 0,
        .expires_ms = info->expires_ms,
        .rate_per_minute = info->rate_per_minute,
        .scopes = info->scopes,
    };

    memcpy(hot.id, info->id, sizeof(hot.id));
    return store_put(txn, key_str(&key), token_encode(&hot, memory), TOKEN_VERSION);
}

mcp_err token_add(struct store_txn *txn, uint64_t owner, const struct token_info *info,
                  int64_t now_ms)
{
    struct owner o;
    mcp_err err = owner_get(txn, owner, &o);

    if (!err && o.n_tokens >= OWNER_TOKENS_MAX) {
        err = make_room(txn, owner, now_ms);
        o.n_tokens -= err ? 0 : 1;
    }
    if (err) {
        return err;
    }
    uint64_t sequence = o.next_token++;

    o.n_tokens++;
    err = put_info(txn, owner, sequence, info);
    err = err ? err : put_hot(txn, owner, info);
    return err ? err : owner_put(txn, owner, &o);
}

/* ---- Finding ---- */

struct find_op {
    mcp_str which;
    bool is_id;
    uint8_t id[16];
    struct found found;
    unsigned n_working, n_revoked; /* that match */
};

static mcp_err find_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct find_op *op = arg;
    struct token_info t;

    if (value.len > TOKEN_RECORD_MAX || !token_info_decode(value, version, &t)) {
        return MCP_E_STORAGE;
    }
    if (op->is_id && memcmp(t.id, op->id, sizeof(t.id)) == 0) {
        op->n_working = 1;
        keep(&op->found, key, value);
        return MCP_PENDING;
    }
    if (!mcp_str_eq(t.name, op->which) && !mcp_str_eq(t.hint, op->which)) {
        return MCP_OK;
    }
    if (t.revoked_ms == 0) {
        op->n_working++;
        keep(&op->found, key, value);
    } else if (op->n_working == 0) {
        op->n_revoked++;
        keep(&op->found, key, value);
    }
    return MCP_OK;
}

mcp_err token_find(struct store_txn *txn, uint64_t owner, mcp_str which,
                   char memory[TOKEN_RECORD_MAX], uint64_t *ret_sequence, struct token_info *ret)
{
    struct find_op op = {.which = which, .found.memory = memory};
    struct key low = key_owned(KEY_TOKEN_INFO, owner);

    op.is_id = name_id_parse(which, op.id);
    mcp_err err =
        store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false, OWNER_TOKENS_MAX, find_row, &op);

    if (err) {
        return err;
    }
    if (op.n_working == 0 && op.n_revoked == 0) {
        return MCP_E_NOT_FOUND;
    }
    if (op.n_working > 1 || (op.n_working == 0 && op.n_revoked > 1)) {
        return MCP_E_CONFLICT;
    }
    *ret_sequence = op.found.sequence;
    return token_info_decode(mcp_str_n(memory, op.found.len), TOKEN_VERSION, ret) ? MCP_OK
                                                                                  : MCP_E_STORAGE;
}

mcp_err token_revoke(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                     struct token_info *info, int64_t now_ms)
{
    if (info->revoked_ms) {
        return MCP_OK;
    }
    info->revoked_ms = now_ms > 0 ? now_ms : 1;
    mcp_err err = put_hot(txn, owner, info);

    return err ? err : put_info(txn, owner, sequence, info);
}

static mcp_err standing_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct found *f = arg;
    struct token_info t;

    if (value.len > TOKEN_RECORD_MAX || !token_info_decode(value, version, &t)) {
        return MCP_E_STORAGE;
    }
    if (t.revoked_ms) {
        return MCP_OK;
    }
    keep(f, key, value);
    return MCP_PENDING;
}

mcp_err token_revoke_all(struct store_txn *txn, uint64_t owner, int64_t now_ms)
{
    struct key high = key_owned(KEY_TOKEN_INFO, owner + 1);
    char memory[TOKEN_RECORD_MAX];
    uint64_t from = 0;
    mcp_err err = MCP_OK;

    for (size_t i = 0; !err && i < OWNER_TOKENS_MAX; i++) {
        struct key low = key_sequence(KEY_TOKEN_INFO, owner, from);
        struct found f = {.len = 0, .memory = memory};
        struct token_info t;

        err = store_scan(txn, key_str(&low), key_str(&high), false, OWNER_TOKENS_MAX, standing_row,
                         &f);
        if (err || !f.len) {
            return err;
        }
        from = f.sequence + 1;
        err = token_info_decode(mcp_str_n(memory, f.len), TOKEN_VERSION, &t)
                  ? token_revoke(txn, owner, f.sequence, &t, now_ms)
                  : MCP_E_STORAGE;
    }
    return err;
}
