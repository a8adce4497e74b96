/* tools/login.c - see login.h. */
#include <tools/login.h>

#include <tools/key.h>
#include <tools/token.h>

#include <store/record.h>

bool login_decode(mcp_str value, uint8_t version, struct login *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    record_get_bytes(&r, ret->id, sizeof(ret->id));
    record_get_bytes(&r, ret->hash, sizeof(ret->hash));
    uint8_t kind = record_get_u8(&r);

    ret->kind = kind == LOGIN_ACCOUNT ? LOGIN_ACCOUNT : kind ? LOGIN_SESSION : LOGIN_LINK;
    ret->created_ms = record_get_i64(&r);
    ret->expires_ms = record_get_i64(&r);
    ret->lasts_ms = record_get_i64(&r);
    ret->scopes = record_get_str(&r);
    return version == LOGIN_VERSION && record_done(&r) && kind <= LOGIN_ACCOUNT &&
           ret->scopes.len < sizeof(((struct mcp_principal *)0)->scopes);
}

mcp_str login_encode(const struct login *l, char memory[LOGIN_RECORD_MAX])
{
    struct record_writer w;

    record_writer_init(&w, memory, LOGIN_RECORD_MAX);
    record_put_bytes(&w, l->id, sizeof(l->id));
    record_put_bytes(&w, l->hash, sizeof(l->hash));
    record_put_u8(&w, (uint8_t)l->kind);
    record_put_i64(&w, l->created_ms);
    record_put_i64(&w, l->expires_ms);
    record_put_i64(&w, l->lasts_ms);
    record_put_str(&w, l->scopes);
    return record_writer_str(&w);
}

bool login_place_decode(mcp_str value, uint8_t version, struct login_place *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    ret->owner = record_get_u64(&r);
    ret->sequence = record_get_u64(&r);
    return version == LOGIN_VERSION && record_done(&r);
}

/* ---- Adding and removing --------------------------------------------------------------------- */

mcp_err login_remove(struct store_txn *txn, const struct login_place *place, const struct login *l)
{
    struct key info = key_sequence(KEY_LOGIN_INFO, place->owner, place->sequence);
    struct key hot = key_hash(KEY_LOGIN, l->hash);
    struct key use = key_id(KEY_TOKEN_USE, place->owner, l->id);
    mcp_err err = store_del(txn, key_str(&info));

    err = err ? err : store_del(txn, key_str(&hot));
    return err ? err : store_del(txn, key_str(&use));
}

/* The logins of an owner as a scan meets them, and the one it looks for, copied out. */
struct look {
    int64_t now_ms;
    const uint8_t *id; /* NULL: the one to drop, an ended one if there is any */
    uint64_t next;     /* a sequence above all */
    uint32_t n;
    bool is_found, has_ended;
    uint64_t sequence;
    size_t len;
    char *memory;
};

static mcp_err look_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct look *op = arg;
    struct login l;

    if (value.len > LOGIN_RECORD_MAX || !login_decode(value, version, &l)) {
        return MCP_E_STORAGE;
    }
    bool has_ended = op->now_ms >= l.expires_ms;
    bool is_it = op->id ? memcmp(op->id, l.id, sizeof(l.id)) == 0
                        : !op->is_found || (has_ended && !op->has_ended);

    op->n++;
    op->next = key_get_sequence(key) + 1;
    if (is_it) {
        op->is_found = true;
        op->has_ended = has_ended;
        op->sequence = key_get_sequence(key);
        op->len = value.len;
        memcpy(op->memory, value.ptr, value.len);
    }
    return MCP_OK;
}

static mcp_err look(struct store_txn *txn, uint64_t owner, struct look *op)
{
    struct key low = key_owned(KEY_LOGIN_INFO, owner);

    return store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false, LOGIN_MAX + 1, look_row, op);
}

static mcp_err drop(struct store_txn *txn, uint64_t owner, const struct look *op)
{
    struct login l;

    return login_decode(mcp_str_n(op->memory, op->len), LOGIN_VERSION, &l)
               ? login_remove(txn, &(struct login_place){owner, op->sequence}, &l)
               : MCP_E_STORAGE;
}

mcp_err login_add(struct store_txn *txn, uint64_t owner, const struct login *l, int64_t now_ms)
{
    char memory[LOGIN_RECORD_MAX];
    struct look op = {.now_ms = now_ms, .memory = memory};
    struct record_writer w;
    mcp_err err = look(txn, owner, &op);

    if (!err && op.n >= LOGIN_MAX) {
        err = drop(txn, owner, &op);
    }
    if (err) {
        return err;
    }
    struct key info = key_sequence(KEY_LOGIN_INFO, owner, op.next);
    struct key hot = key_hash(KEY_LOGIN, l->hash);

    err = store_put(txn, key_str(&info), login_encode(l, memory), LOGIN_VERSION);
    record_writer_init(&w, memory, sizeof(memory));
    record_put_u64(&w, owner);
    record_put_u64(&w, op.next);
    return err ? err : store_put(txn, key_str(&hot), record_writer_str(&w), LOGIN_VERSION);
}

mcp_err login_find(struct store_txn *txn, uint64_t owner, const uint8_t id[16],
                   char memory[LOGIN_RECORD_MAX], struct login_place *ret_place, struct login *ret)
{
    struct look op = {.id = id, .memory = memory};
    mcp_err err = look(txn, owner, &op);

    if (err || !op.is_found) {
        return err ? err : MCP_E_NOT_FOUND;
    }
    *ret_place = (struct login_place){owner, op.sequence};
    return login_decode(mcp_str_n(memory, op.len), LOGIN_VERSION, ret) ? MCP_OK : MCP_E_STORAGE;
}

mcp_err login_remove_all(struct store_txn *txn, uint64_t owner, uint32_t *ret_count)
{
    char memory[LOGIN_RECORD_MAX];
    mcp_err err = MCP_OK;

    *ret_count = 0;
    for (size_t i = 0; !err && i <= LOGIN_MAX; i++) {
        struct look op = {.memory = memory};

        err = look(txn, owner, &op);
        if (err || !op.is_found) {
            return err;
        }
        err = drop(txn, owner, &op);
        ++*ret_count;
    }
    return err;
}

/* ---- Who is asking --------------------------------------------------------------------------- */

/* The login under a hash. *ret points into the database. MCP_E_UNAUTHORIZED: there is none. */
static mcp_err find_hash(struct store_txn *txn, const uint8_t hash[32],
                         struct login_place *ret_place, struct login *ret)
{
    struct key hot = key_hash(KEY_LOGIN, hash);
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&hot), &value, &version);

    if (err) {
        return err == MCP_E_NOT_FOUND ? MCP_E_UNAUTHORIZED : err;
    }
    if (!login_place_decode(value, version, ret_place)) {
        return MCP_E_STORAGE;
    }
    struct key info = key_sequence(KEY_LOGIN_INFO, ret_place->owner, ret_place->sequence);

    err = store_get(txn, key_str(&info), &value, &version);
    if (err || !login_decode(value, version, ret) || memcmp(ret->hash, hash, 32) != 0) {
        return MCP_E_STORAGE;
    }
    return MCP_OK;
}

mcp_err login_find_link(struct store_txn *txn, const uint8_t hash[32], int64_t now_ms,
                        char memory[LOGIN_RECORD_MAX], struct login_place *ret_place,
                        struct login *ret)
{
    mcp_err err = find_hash(txn, hash, ret_place, ret);

    if (err) {
        return err;
    }
    if (ret->kind != LOGIN_LINK || now_ms >= ret->expires_ms) {
        return MCP_E_UNAUTHORIZED;
    }
    memcpy(memory, ret->scopes.ptr, ret->scopes.len); /* a write moves what a row points to */
    ret->scopes = mcp_str_n(memory, ret->scopes.len);
    return MCP_OK;
}

struct verify_op {
    uint8_t hash[32];
    int64_t now_ms;
    struct mcp_principal *ret;
};

static mcp_err verify_body(struct store_txn *txn, void *arg)
{
    struct verify_op *op = arg;
    struct login_place place;
    struct login l;
    mcp_err err = find_hash(txn, op->hash, &place, &l);

    if (err) {
        return err;
    }
    if (l.kind == LOGIN_LINK || op->now_ms >= l.expires_ms) {
        return MCP_E_UNAUTHORIZED;
    }
    bool is_account = l.kind == LOGIN_ACCOUNT;

    *op->ret = (struct mcp_principal){
        .owner = place.owner,
        .rate_per_minute = is_account ? 0 : LOGIN_RATE_PER_MINUTE,
        .is_session = true,
        .is_portable = is_account,
    };
    memcpy(op->ret->id, l.id, sizeof(l.id));
    memcpy(op->ret->scopes, l.scopes.ptr, l.scopes.len);
    return MCP_OK;
}

mcp_err login_verify(struct store *store, mcp_str credential, int64_t now_ms,
                     struct mcp_principal *ret)
{
    struct verify_op op = {.now_ms = now_ms, .ret = ret};

    if (!token_is_well_formed(credential)) {
        return MCP_E_UNAUTHORIZED;
    }
    token_hash(credential, op.hash);
    return store_read(store, verify_body, &op);
}
