/* tools/ledger.c - see ledger.h. */
#include <tools/ledger.h>

#include <tools/key.h>
#include <tools/reservation.h>
#include <tools/spend.h>

#include <store/record.h>

#include <sodium.h>

static const mcp_str REASONS[LEDGER_REASONS] = {
    [LEDGER_WELCOME] = MCP_STR_INIT("welcome"),   [LEDGER_GRANT] = MCP_STR_INIT("grant"),
    [LEDGER_PURCHASE] = MCP_STR_INIT("purchase"), [LEDGER_TOPOFF] = MCP_STR_INIT("topoff"),
    [LEDGER_SPEND] = MCP_STR_INIT("spend"),
};

mcp_str ledger_reason_name(enum ledger_reason reason)
{
    return reason > 0 && reason < LEDGER_REASONS ? REASONS[reason] : MCP_STR("");
}

bool ledger_reason_parse(mcp_str name, enum ledger_reason *ret)
{
    for (int i = 1; i < LEDGER_REASONS; i++) {
        if (mcp_str_eq(REASONS[i], name)) {
            *ret = (enum ledger_reason)i;
            return true;
        }
    }
    return false;
}

static bool is_in_range(int64_t v)
{
    return v >= -LEDGER_MAX && v <= LEDGER_MAX;
}

/* ---- Rows ---- */

/* All but the hash, which covers exactly this. */
static void put_entry(struct record_writer *w, const struct ledger_entry *e)
{
    record_put_i64(w, e->at_ms);
    record_put_i64(w, e->delta);
    record_put_i64(w, e->balance_after);
    record_put_u8(w, (uint8_t)e->reason);
    record_put_str(w, e->ref);
    record_put_str(w, e->app);
}

bool ledger_decode(mcp_str value, uint8_t version, struct ledger_entry *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    *ret = (struct ledger_entry){.at_ms = record_get_i64(&r)};
    ret->delta = record_get_i64(&r);
    ret->balance_after = record_get_i64(&r);
    ret->reason = (enum ledger_reason)record_get_u8(&r);
    ret->ref = record_get_str(&r);
    ret->app = record_get_str(&r);
    record_get_bytes(&r, ret->hash, sizeof(ret->hash));
    return version == LEDGER_VERSION && record_done(&r) && ret->at_ms >= 0 &&
           is_in_range(ret->delta) && is_in_range(ret->balance_after) && ret->reason > 0 &&
           ret->reason < LEDGER_REASONS && ret->ref.len <= LEDGER_REF_MAX &&
           ret->app.len <= LEDGER_APP_MAX;
}

bool wallet_decode(mcp_str value, uint8_t version, struct wallet *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    *ret = (struct wallet){.balance = record_get_i64(&r)};
    ret->reserved = record_get_i64(&r);
    ret->entries = record_get_u64(&r);
    ret->n_reservations = record_get_u32(&r);
    ret->n_apps = record_get_u32(&r);
    ret->n_orders = record_get_u32(&r);
    record_get_bytes(&r, ret->head, sizeof(ret->head));
    return version == WALLET_VERSION && record_done(&r) && is_in_range(ret->balance) &&
           ret->reserved >= 0; /* more than LEDGER_MAX with what has expired and was not swept */
}

mcp_err wallet_get(struct store_txn *txn, uint64_t owner, struct wallet *ret)
{
    struct key key = key_owned(KEY_WALLET, owner);
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    if (err == MCP_E_NOT_FOUND) {
        *ret = (struct wallet){0};
        return MCP_OK;
    }
    return err ? err : wallet_decode(value, version, ret) ? MCP_OK : MCP_E_STORAGE;
}

mcp_err wallet_put(struct store_txn *txn, uint64_t owner, const struct wallet *w)
{
    struct key key = key_owned(KEY_WALLET, owner);
    struct record_writer rw;
    uint8_t memory[80];

    record_writer_init(&rw, memory, sizeof(memory));
    record_put_i64(&rw, w->balance);
    record_put_i64(&rw, w->reserved);
    record_put_u64(&rw, w->entries);
    record_put_u32(&rw, w->n_reservations);
    record_put_u32(&rw, w->n_apps);
    record_put_u32(&rw, w->n_orders);
    record_put_bytes(&rw, w->head, sizeof(w->head));
    return store_put(txn, key_str(&key), record_writer_str(&rw), WALLET_VERSION);
}

mcp_err ledger_balance(struct store_txn *txn, uint64_t owner, int64_t *ret)
{
    struct wallet w;
    mcp_err err = wallet_get(txn, owner, &w);

    *ret = err ? 0 : w.balance;
    return err;
}

/* ---- Appending ---- */

void ledger_hash(const struct seal *seal, uint64_t owner, const struct ledger_entry *e,
                 const uint8_t before[LEDGER_HASH], uint8_t ret[LEDGER_HASH])
{
    uint8_t memory[LEDGER_RECORD_MAX];
    crypto_generichash_state state;
    struct record_writer w;

    record_writer_init(&w, memory, sizeof(memory));
    record_put_be64(&w, owner);
    record_put_be64(&w, e->sequence);
    put_entry(&w, e);
    crypto_generichash_init(&state, seal->has_key ? seal->chain : NULL,
                            seal->has_key ? sizeof(seal->chain) : 0, LEDGER_HASH);
    crypto_generichash_update(&state, before, LEDGER_HASH);
    crypto_generichash_update(&state, w.begin, (size_t)(w.at - w.begin));
    crypto_generichash_final(&state, ret, LEDGER_HASH);
}

static mcp_err write_entry(struct store_txn *txn, uint64_t owner, const struct ledger_entry *e)
{
    struct key key = key_sequence(KEY_LEDGER, owner, e->sequence);
    uint8_t memory[LEDGER_RECORD_MAX];
    struct record_writer w;

    record_writer_init(&w, memory, sizeof(memory));
    put_entry(&w, e);
    record_put_bytes(&w, e->hash, sizeof(e->hash));
    return store_put(txn, key_str(&key), record_writer_str(&w), LEDGER_VERSION);
}

mcp_err ledger_append(struct store_txn *txn, const struct seal *seal, uint64_t owner,
                      struct ledger_entry *e, struct wallet *ret_wallet)
{
    struct wallet w;
    int64_t after;
    mcp_err err = wallet_get(txn, owner, &w);

    if (!err && (!is_in_range(e->delta) || __builtin_add_overflow(w.balance, e->delta, &after) ||
                 !is_in_range(after))) {
        return MCP_E_REFUSED;
    }
    err = err || !seal->has_key ? err : seal_adopt(txn, seal);
    if (err) {
        return err;
    }
    e->sequence = w.entries++;
    e->balance_after = after;
    ledger_hash(seal, owner, e, w.head, e->hash);
    memcpy(w.head, e->hash, sizeof(w.head));
    w.balance = after;
    err = write_entry(txn, owner, e);
    if (!err && e->reason == LEDGER_SPEND) {
        err = spend_add(txn, owner, &w, e->at_ms, -e->delta, e->app);
    }
    err = err ? err : wallet_put(txn, owner, &w);
    if (!err && ret_wallet) {
        *ret_wallet = w;
    }
    return err;
}

/* ---- Proving it ---- */

#define OF_WALLET UINT64_MAX

static void found(struct ledger_audit *a, uint64_t owner, uint64_t sequence, const char *why)
{
    if (a->wrong++ == 0) {
        a->why = why;
        a->wrong_owner = owner;
        a->wrong_sequence = sequence;
    }
}

/* The account's entries have all been read, the last of them in this transaction. */
static mcp_err end_account(struct ledger_audit *a)
{
    struct wallet w;
    mcp_err err = wallet_get(a->txn, a->owner, &w);

    if (err) {
        return err;
    }
    if (w.entries != a->so_far.entries) {
        found(a, a->owner, OF_WALLET, "the wallet counts another number of entries");
    } else if (w.balance != a->so_far.balance) {
        found(a, a->owner, OF_WALLET, "the balance is not the sum of the entries");
    } else if (sodium_memcmp(w.head, a->so_far.head, sizeof(w.head)) != 0) {
        found(a, a->owner, OF_WALLET, "the wallet's hash is not that of the last entry");
    }
    a->is_in_account = false;
    return MCP_OK;
}

static void check_entry(struct ledger_audit *a, const struct ledger_entry *e)
{
    uint8_t hash[LEDGER_HASH];
    int64_t sum = 0;
    bool is_sum = !__builtin_add_overflow(a->so_far.balance, e->delta, &sum);

    ledger_hash(a->seal, a->owner, e, a->so_far.head, hash);
    if (e->sequence != a->so_far.entries) {
        found(a, a->owner, a->so_far.entries, "the entry is missing");
    } else if (!is_sum || sum != e->balance_after) {
        found(a, a->owner, e->sequence,
              "the balance after it is not that before it and its change");
    } else if (sodium_memcmp(hash, e->hash, sizeof(hash)) != 0) {
        found(a, a->owner, e->sequence,
              "its hash does not follow from the entry and the one before");
    }
    /* What comes after is judged by itself. */
    a->so_far.balance = e->balance_after;
    a->so_far.entries = e->sequence + 1;
    memcpy(a->so_far.head, e->hash, sizeof(e->hash));
}

static mcp_err audit_entry(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct ledger_audit *a = arg;
    uint64_t owner = key_get_owner(key);
    struct ledger_entry e;
    mcp_err err = a->is_in_account && owner != a->owner ? end_account(a) : MCP_OK;

    if (err || key.len != KEY_SEQUENCE_BYTES) {
        return err ? err : MCP_E_STORAGE;
    }
    if (!a->is_in_account) {
        a->is_in_account = true;
        a->owner = owner;
        a->so_far = (struct wallet){0};
        a->accounts++;
    }
    a->entries++;
    a->n_step++;
    if (!ledger_decode(value, version, &e)) {
        found(a, owner, key_get_sequence(key), "it is not an entry");
        a->so_far.entries = key_get_sequence(key) + 1;
        return MCP_OK;
    }
    e.sequence = key_get_sequence(key);
    check_entry(a, &e);
    return MCP_OK;
}

static mcp_err audit_entries(struct store_txn *txn, struct ledger_audit *a, size_t rows)
{
    struct key low = {.bytes = {KEY_LEDGER}, .len = 1};
    struct key high = {.bytes = {KEY_LEDGER + 1}, .len = 1};

    if (a->is_in_account) {
        low = key_sequence(KEY_LEDGER, a->owner, a->so_far.entries);
    }
    mcp_err err = store_scan(txn, key_str(&low), key_str(&high), false, rows, audit_entry, a);

    if (!err && a->n_step < rows) {
        err = a->is_in_account ? end_account(a) : MCP_OK;
        a->is_at_wallets = true;
        a->owner = 0;
    }
    return err;
}

struct next_wallet {
    bool is_there, is_sound;
    uint64_t owner;
    struct wallet w;
};

static mcp_err next_wallet(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct next_wallet *n = arg;

    n->is_there = true;
    n->owner = key_get_owner(key);
    n->is_sound = key.len == KEY_OWNED_BYTES && wallet_decode(value, version, &n->w);
    return MCP_OK;
}

struct open_sum {
    int64_t credits;
    size_t n;
};

static mcp_err add_open(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct open_sum *sum = arg;
    struct reservation r;

    (void)key;
    sum->n++;
    if (!reservation_decode(value, version, &r)) {
        return MCP_E_STORAGE;
    }
    if (r.state == RESERVATION_OPEN &&
        __builtin_add_overflow(sum->credits, r.amount, &sum->credits)) {
        sum->credits = -1; /* no wallet's */
        return MCP_PENDING;
    }
    return MCP_OK;
}

/* Wallets of whose entries none is left have not been met; and what is reserved is what is open. */
static mcp_err check_wallet(struct ledger_audit *a, const struct next_wallet *n)
{
    struct key first = key_sequence(KEY_LEDGER, n->owner, 0);
    struct key low = key_owned(KEY_RESERVATION, n->owner);
    struct open_sum sum = {0};
    mcp_str entry;
    mcp_err err = n->w.entries ? store_get(a->txn, key_str(&first), &entry, NULL) : MCP_OK;

    if (err == MCP_E_NOT_FOUND) {
        found(a, n->owner, 0, "the entry is missing");
        err = MCP_OK;
    } else if (!err && !n->w.entries && n->w.balance != 0) {
        found(a, n->owner, OF_WALLET, "the balance is not the sum of the entries");
    }
    err = err ? err
              : store_scan(a->txn, key_str(&low), mcp_str_n(NULL, 0), false, STORE_SCAN_MAX,
                           add_open, &sum);
    a->n_step += sum.n;
    if (!err && sum.credits != n->w.reserved) {
        found(a, n->owner, OF_WALLET, "what is reserved is not the sum of the open reservations");
    }
    return err;
}

static mcp_err audit_wallets(struct store_txn *txn, struct ledger_audit *a, size_t rows)
{
    struct key high = {.bytes = {KEY_WALLET + 1}, .len = 1};
    mcp_err err = MCP_OK;

    while (!err && !a->is_over && a->n_step < rows) {
        struct key low = key_owned(KEY_WALLET, a->owner);
        struct next_wallet n = {.is_there = false};

        err = store_scan(txn, key_str(&low), key_str(&high), false, 1, next_wallet, &n);
        a->is_over = !err && !n.is_there;
        a->n_step++;
        a->owner = n.owner + 1;
        if (!err && n.is_there && !n.is_sound) {
            found(a, n.owner, OF_WALLET, "it is not a wallet");
        } else if (!err && n.is_there) {
            err = check_wallet(a, &n);
        }
    }
    return err;
}

mcp_err ledger_audit_step(struct store_txn *txn, struct ledger_audit *a, size_t rows)
{
    a->txn = txn;
    a->n_step = 0;
    return a->is_at_wallets ? audit_wallets(txn, a, rows) : audit_entries(txn, a, rows);
}
