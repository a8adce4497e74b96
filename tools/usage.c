/* tools/usage.c - see usage.h. */
#include <tools/usage.h>

#include <tools/key.h>

#include <store/record.h>

#include <stdio.h>

enum { MONTHS_MAX = 10000 }; /* more than anybody can record */

static const mcp_str KINDS[USAGE_KINDS] = {
    [USAGE_HTTP] = MCP_STR_INIT("http"),
    [USAGE_SOCKS] = MCP_STR_INIT("socks"),
    [USAGE_INBOUND] = MCP_STR_INIT("inbound"),
};

mcp_str usage_kind_name(enum usage_kind k)
{
    return KINDS[k];
}

bool usage_kind_parse(mcp_str s, enum usage_kind *ret)
{
    for (int i = 0; i < USAGE_KINDS; i++) {
        if (mcp_str_eq(s, KINDS[i])) {
            *ret = (enum usage_kind)i;
            return true;
        }
    }
    return false;
}

/* ---- Sums ---- */

struct usage_count usage_total(const struct usage_month *m)
{
    struct usage_count sum = {0, 0};

    for (int i = 0; i < USAGE_KINDS; i++) {
        sum.requests += m->by[i].requests;
        sum.bandwidth_bytes += m->by[i].bandwidth_bytes;
    }
    return sum;
}

bool usage_add(struct usage_month *m, enum usage_kind kind, const struct usage_count *c)
{
    struct usage_count sum = usage_total(m);

    if (!usage_is_amount(c->requests) || !usage_is_amount(c->bandwidth_bytes) ||
        c->requests > USAGE_MAX - sum.requests ||
        c->bandwidth_bytes > USAGE_MAX - sum.bandwidth_bytes) {
        return false;
    }
    m->by[kind].requests += c->requests;
    m->by[kind].bandwidth_bytes += c->bandwidth_bytes;
    return true;
}

int64_t usage_tenths(int64_t used, int64_t allowance)
{
    return (used * 1000 + allowance / 2) / allowance; /* 1000 * 2^53 is below 2^63 */
}

mcp_str usage_percent_format(int64_t tenths, char out[24])
{
    int n = tenths % 10 == 0
                ? snprintf(out, 24, "%lld", (long long)(tenths / 10))
                : snprintf(out, 24, "%lld.%d", (long long)(tenths / 10), (int)(tenths % 10));

    return mcp_str_n(out, (size_t)n);
}

/* ---- Months in the store ---- */

bool usage_month_decode(mcp_str value, uint8_t version, struct usage_month *ret)
{
    struct usage_month m = {0};
    struct record_reader r;
    bool fits = true;

    record_reader_init(&r, value);
    for (int i = 0; i < USAGE_KINDS; i++) {
        struct usage_count c;

        c.requests = record_get_i64(&r);
        c.bandwidth_bytes = record_get_i64(&r);
        fits = fits && usage_add(&m, (enum usage_kind)i, &c);
    }
    *ret = m;
    return version == USAGE_VERSION && record_done(&r) && fits;
}

static struct key month_key(uint64_t owner, uint64_t subscription, int32_t month)
{
    return key_month(owner, subscription, (uint32_t)month);
}

mcp_err usage_get(struct store_txn *txn, uint64_t owner, uint64_t subscription, int32_t month,
                  struct usage_month *ret)
{
    struct key key = month_key(owner, subscription, month);
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    *ret = (struct usage_month){0};
    if (err) {
        return err == MCP_E_NOT_FOUND ? MCP_OK : err;
    }
    return usage_month_decode(value, version, ret) ? MCP_OK : MCP_E_STORAGE;
}

mcp_err usage_put(struct store_txn *txn, uint64_t owner, uint64_t subscription, int32_t month,
                  const struct usage_month *m)
{
    struct key key = month_key(owner, subscription, month);
    uint8_t memory[16 * USAGE_KINDS];
    struct record_writer w;

    record_writer_init(&w, memory, sizeof(memory));
    for (int i = 0; i < USAGE_KINDS; i++) {
        record_put_i64(&w, m->by[i].requests);
        record_put_i64(&w, m->by[i].bandwidth_bytes);
    }
    return store_put(txn, key_str(&key), record_writer_str(&w), USAGE_VERSION);
}

mcp_err usage_range(struct store_txn *txn, uint64_t owner, uint64_t subscription, int32_t from,
                    int32_t to, struct usage_month *ret)
{
    mcp_err err = MCP_OK;

    for (int32_t month = from; month <= to && !err; month++) {
        err = usage_get(txn, owner, subscription, month, &ret[month - from]);
    }
    return err;
}

mcp_err usage_remove(struct store_txn *txn, uint64_t owner, uint64_t subscription)
{
    struct key months = key_sequence(KEY_USAGE, owner, subscription);
    size_t n = 0;

    struct key told = key_sequence(KEY_USAGE_TOLD, owner, subscription);
    mcp_err err = store_del_range(txn, key_str(&months), mcp_str_n(NULL, 0), MONTHS_MAX, &n);

    return err ? err : store_del_range(txn, key_str(&told), mcp_str_n(NULL, 0), MONTHS_MAX, &n);
}

/* ---- Counters ---- */

bool usage_counts_decode(mcp_str value, uint8_t version, struct usage_counts *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    ret->next_plan = record_get_u64(&r);
    ret->next_subscription = record_get_u64(&r);
    ret->n_plans = record_get_u32(&r);
    ret->n_subscriptions = record_get_u32(&r);
    return version == USAGE_COUNTS_VERSION && record_done(&r);
}

mcp_err usage_counts_get(struct store_txn *txn, uint64_t owner, struct usage_counts *ret)
{
    struct key key = key_owned(KEY_USAGE_COUNTS, owner);
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    *ret = (struct usage_counts){0};
    if (err) {
        return err == MCP_E_NOT_FOUND ? MCP_OK : err;
    }
    return usage_counts_decode(value, version, ret) ? MCP_OK : MCP_E_STORAGE;
}

mcp_err usage_counts_put(struct store_txn *txn, uint64_t owner, const struct usage_counts *n)
{
    struct key key = key_owned(KEY_USAGE_COUNTS, owner);
    struct record_writer w;
    uint8_t memory[24];

    record_writer_init(&w, memory, sizeof(memory));
    record_put_u64(&w, n->next_plan);
    record_put_u64(&w, n->next_subscription);
    record_put_u32(&w, n->n_plans);
    record_put_u32(&w, n->n_subscriptions);
    return store_put(txn, key_str(&key), record_writer_str(&w), USAGE_COUNTS_VERSION);
}
