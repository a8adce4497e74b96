/* tools/plan.c - see plan.h. */
#include <tools/plan.h>

#include <tools/key.h>
#include <tools/subscription.h>
#include <tools/usage.h>

#include <store/record.h>

enum { HAS_REQUESTS = 1, HAS_BANDWIDTH = 2, FLAGS_ALL = 3 };

const char *plan_id_check(mcp_str id)
{
    if (id.len == 0 || id.len > PLAN_ID_MAX) {
        return "is not 1 to 64 characters long";
    }
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        bool is_inner = i > 0 && i + 1 < id.len;

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              (is_inner && (c == '_' || c == '-' || c == '.')))) {
            return "has characters other than a-z, 0-9 and inner _ - .";
        }
    }
    return NULL;
}

static bool is_allowance(bool is_set, int64_t v)
{
    return is_set ? v > 0 && usage_is_amount(v) : v == 0;
}

void plan_set_percents(struct plan *p)
{
    p->percents[0] = 80;
    p->percents[1] = 100;
    p->n_percents = 2;
}

static bool get_percents(struct record_reader *r, struct plan *ret)
{
    uint8_t n = record_get_u8(r);
    bool is_sound = n <= PLAN_PERCENTS_MAX;

    ret->n_percents = 0;
    for (uint8_t i = 0; i < n && is_sound; i++) {
        uint32_t v = record_get_u32(r);

        is_sound = v >= 1 && v <= PLAN_PERCENT_MAX && (i == 0 || v > ret->percents[i - 1]);
        ret->percents[ret->n_percents++] = (uint16_t)v;
    }
    return is_sound;
}

bool plan_decode(mcp_str value, uint8_t version, struct plan *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    uint8_t flags = record_get_u8(&r);

    *ret = (struct plan){.has_requests = (flags & HAS_REQUESTS) != 0,
                         .has_bandwidth = (flags & HAS_BANDWIDTH) != 0};
    ret->requests = record_get_i64(&r);
    ret->bandwidth_bytes = record_get_i64(&r);
    ret->created_ms = record_get_i64(&r);
    ret->id = record_get_str(&r);
    ret->name = record_get_str(&r);
    plan_set_percents(ret);
    if (version > 1 && !get_percents(&r, ret)) {
        return false;
    }
    return version >= 1 && version <= PLAN_VERSION && record_done(&r) && flags <= FLAGS_ALL &&
           !plan_id_check(ret->id) && is_allowance(ret->has_requests, ret->requests) &&
           is_allowance(ret->has_bandwidth, ret->bandwidth_bytes) &&
           !name_check(ret->name, NAME_BYTES_MAX);
}

mcp_err plan_put(struct store_txn *txn, uint64_t owner, uint64_t sequence, const struct plan *p)
{
    struct key key = key_sequence(KEY_PLAN, owner, sequence);
    char memory[PLAN_RECORD_MAX];
    struct record_writer w;

    record_writer_init(&w, memory, sizeof(memory));
    record_put_u8(&w, (uint8_t)((p->has_requests ? HAS_REQUESTS : 0) |
                                (p->has_bandwidth ? HAS_BANDWIDTH : 0)));
    record_put_i64(&w, p->has_requests ? p->requests : 0);
    record_put_i64(&w, p->has_bandwidth ? p->bandwidth_bytes : 0);
    record_put_i64(&w, p->created_ms);
    record_put_str(&w, p->id);
    record_put_str(&w, p->name);
    record_put_u8(&w, (uint8_t)p->n_percents);
    for (size_t i = 0; i < p->n_percents; i++) {
        record_put_u32(&w, p->percents[i]);
    }
    return store_put(txn, key_str(&key), record_writer_str(&w), PLAN_VERSION);
}

static mcp_err keep(mcp_str value, uint8_t version, uint64_t sequence, struct plan_found *ret)
{
    if (value.len > sizeof(ret->memory)) {
        return MCP_E_STORAGE;
    }
    memcpy(ret->memory, value.ptr, value.len);
    ret->sequence = sequence;
    return plan_decode(mcp_str_n(ret->memory, value.len), version, &ret->p) ? MCP_OK
                                                                            : MCP_E_STORAGE;
}

mcp_err plan_get(struct store_txn *txn, uint64_t owner, uint64_t sequence, struct plan_found *ret)
{
    struct key key = key_sequence(KEY_PLAN, owner, sequence);
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    return err ? err : keep(value, version, sequence, ret);
}

/* ---- Finding ---- */

struct find_op {
    mcp_str id;
    struct plan_found *found;
    bool is_found;
};

static mcp_err find_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct find_op *op = arg;
    struct plan p;

    if (!plan_decode(value, version, &p)) {
        return MCP_E_STORAGE;
    }
    if (!mcp_str_eq(p.id, op->id)) {
        return MCP_OK;
    }
    op->is_found = true;
    mcp_err err = keep(value, version, key_get_sequence(key), op->found);

    return err ? err : MCP_PENDING;
}

mcp_err plan_find(struct store_txn *txn, uint64_t owner, mcp_str id, struct plan_found *ret)
{
    struct key low = key_owned(KEY_PLAN, owner);
    struct find_op op = {.id = id, .found = ret};
    mcp_err err =
        store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false, PLANS_MAX, find_row, &op);

    return err || op.is_found ? err : MCP_E_NOT_FOUND;
}

/* ---- Changing ---- */

mcp_err plan_add(struct store_txn *txn, uint64_t owner, const struct plan *p)
{
    struct plan_found found;
    struct usage_counts n;
    mcp_err err = plan_find(txn, owner, p->id, &found);

    if (err != MCP_E_NOT_FOUND) {
        return err ? err : MCP_E_CONFLICT;
    }
    err = usage_counts_get(txn, owner, &n);
    if (!err && n.n_plans >= PLANS_MAX) {
        return MCP_E_REFUSED;
    }
    n.n_plans++;
    err = err ? err : plan_put(txn, owner, n.next_plan++, p);
    return err ? err : usage_counts_put(txn, owner, &n);
}

mcp_err plan_remove(struct store_txn *txn, uint64_t owner, uint64_t sequence)
{
    struct key key = key_sequence(KEY_PLAN, owner, sequence);
    struct usage_counts n;
    bool is_used = false;
    mcp_err err = subscription_uses(txn, owner, sequence, &is_used);

    if (err || is_used) {
        return err ? err : MCP_E_CONFLICT;
    }
    err = usage_counts_get(txn, owner, &n);
    n.n_plans -= !err && n.n_plans ? 1 : 0;
    err = err ? err : usage_counts_put(txn, owner, &n);
    return err ? err : store_del(txn, key_str(&key));
}
