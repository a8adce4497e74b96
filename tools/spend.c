/* tools/spend.c - see spend.h. */
#include <tools/spend.h>

#include <tools/key.h>
#include <tools/name.h>

#include <store/record.h>

#include <sodium.h>

/* ---- Rows ---- */

bool spend_day_decode(mcp_str value, uint8_t version, int64_t *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    *ret = record_get_i64(&r);
    return version == SPEND_VERSION && record_done(&r) && *ret >= 0;
}

bool spend_app_decode(mcp_str value, uint8_t version, struct spend_app *ret)
{
    struct record_reader r;
    bool is_sound = true;

    record_reader_init(&r, value);
    ret->last_used_ms = record_get_i64(&r);
    ret->name = record_get_str(&r);
    for (size_t i = 0; i < SPEND_APP_DAYS; i++) {
        ret->slots[i].day = record_get_u32(&r);
        ret->slots[i].credits = record_get_i64(&r);
        is_sound = is_sound && ret->slots[i].credits >= 0;
    }
    return version == SPEND_VERSION && record_done(&r) && is_sound &&
           ret->name.len <= LEDGER_APP_MAX;
}

static mcp_str encode_app(const struct spend_app *a, uint8_t *memory, size_t bytes)
{
    struct record_writer w;

    record_writer_init(&w, memory, bytes);
    record_put_i64(&w, a->last_used_ms);
    record_put_str(&w, a->name);
    for (size_t i = 0; i < SPEND_APP_DAYS; i++) {
        record_put_u32(&w, a->slots[i].day);
        record_put_i64(&w, a->slots[i].credits);
    }
    return record_writer_str(&w);
}

/* Two that are called the same but for case are one. */
static struct key app_key(uint64_t owner, mcp_str name)
{
    struct key key = key_name(owner, name);

    key.bytes[0] = KEY_SPEND_APP;
    return key;
}

int64_t spend_app_sum(const struct spend_app *a, uint32_t today)
{
    int64_t sum = 0;

    for (size_t i = 0; i < SPEND_APP_DAYS; i++) {
        uint32_t day = a->slots[i].day;
        bool is_in = day <= today && day + SPEND_APP_DAYS > today;

        if (is_in && __builtin_add_overflow(sum, a->slots[i].credits, &sum)) {
            return LEDGER_MAX;
        }
    }
    return sum < LEDGER_MAX ? sum : LEDGER_MAX;
}

/* ---- Adding ---- */

/* A sum stays within what JSON has exactly: settling forever larger costs cannot wrap it. */
static int64_t add(int64_t a, int64_t b)
{
    return a + b < LEDGER_MAX ? a + b : LEDGER_MAX;
}

static mcp_err add_day(struct store_txn *txn, uint64_t owner, uint32_t day, int64_t credits)
{
    struct key key = key_day(owner, day);
    struct record_writer w;
    uint8_t memory[8], version = 0;
    int64_t sum = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    if (err && err != MCP_E_NOT_FOUND) {
        return err;
    }
    if (!err && !spend_day_decode(value, version, &sum)) {
        return MCP_E_STORAGE;
    }
    record_writer_init(&w, memory, sizeof(memory));
    record_put_i64(&w, add(sum, credits));
    return store_put(txn, key_str(&key), record_writer_str(&w), SPEND_VERSION);
}

static mcp_err add_app(struct store_txn *txn, uint64_t owner, struct wallet *w, int64_t at_ms,
                       int64_t credits, mcp_str name)
{
    struct key key = app_key(owner, name);
    uint8_t memory[LEDGER_RECORD_MAX], version = 0;
    uint32_t day = spend_day(at_ms);
    struct spend_app a = {.last_used_ms = 0};
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    if (err == MCP_E_NOT_FOUND) {
        if (w->n_apps >= SPEND_APPS_MAX) {
            return MCP_OK;
        }
        w->n_apps++;
    } else if (err || !spend_app_decode(value, version, &a)) {
        return MCP_E_STORAGE;
    }
    size_t slot = day % SPEND_APP_DAYS;

    a.name = name;
    a.last_used_ms = at_ms > a.last_used_ms ? at_ms : a.last_used_ms;
    if (a.slots[slot].day != day) {
        a.slots[slot].day = day;
        a.slots[slot].credits = 0;
    }
    a.slots[slot].credits = add(a.slots[slot].credits, credits);
    return store_put(txn, key_str(&key), encode_app(&a, memory, sizeof(memory)), SPEND_VERSION);
}

mcp_err spend_add(struct store_txn *txn, uint64_t owner, struct wallet *w, int64_t at_ms,
                  int64_t credits, mcp_str app)
{
    mcp_err err = add_day(txn, owner, spend_day(at_ms), credits);

    return err || !app.len ? err : add_app(txn, owner, w, at_ms, credits, app);
}

/* ---- Reading ---- */

struct series {
    uint32_t first;
    size_t n;
    int64_t *days;
};

static mcp_err series_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct series *s = arg;

    if (key.len != KEY_DAY_BYTES) {
        return MCP_E_STORAGE;
    }
    uint32_t i = key_get_day(key) - s->first;

    return i < s->n && spend_day_decode(value, version, &s->days[i]) ? MCP_OK : MCP_E_STORAGE;
}

mcp_err spend_series(struct store_txn *txn, uint64_t owner, uint32_t first, size_t n, int64_t *ret)
{
    struct key low = key_day(owner, first), high = key_day(owner, first + (uint32_t)n);
    struct series s = {first, n, ret};

    memset(ret, 0, n * sizeof(*ret));
    return store_scan(txn, key_str(&low), key_str(&high), false, n, series_row, &s);
}
