/* mcp/limit.c - see limit.h.
 *
 * GCRA keeps one number per key: the time at which the allowance will be full again. Each unit
 * moves it one interval on; a request fits while it stays within per_minute intervals of now. */
#include <mcp/limit.h>

#include <mcp/alloc.h>

enum { WAYS = 8 };

#define MINUTE_NS INT64_C(60000000000)
#define SECOND_NS INT64_C(1000000000)

/* All zero means a full allowance, so an unused slot needs no mark. */
struct slot {
    uint8_t key[16];
    int64_t full_at_ns;
};

struct mcp_limiter {
    size_t mask; /* rows - 1 */
    struct slot rows[][WAYS];
};

struct mcp_limiter *mcp_limiter_new(size_t slots)
{
    size_t rows = 1;

    while (rows * WAYS < slots) {
        rows *= 2;
        if (rows > SIZE_MAX / sizeof(struct slot[WAYS]) / 2) {
            return NULL;
        }
    }
    struct mcp_limiter *l = mcp_alloc(sizeof(*l) + rows * sizeof(l->rows[0]));

    if (l) {
        l->mask = rows - 1;
    }
    return l;
}

void mcp_limiter_free(struct mcp_limiter *l)
{
    mcp_free(l);
}

static size_t row_of(const struct mcp_limiter *l, const uint8_t key[16])
{
    uint64_t a, b;

    memcpy(&a, key, 8);
    memcpy(&b, key + 8, 8);
    a = (a ^ (b * UINT64_C(0x9e3779b97f4a7c15))) * UINT64_C(0xbf58476d1ce4e5b9);
    return (size_t)(a ^ a >> 32) & l->mask;
}

/* The key's slot, or the one of its row that loses least by being forgotten. */
static struct slot *find(struct mcp_limiter *l, const uint8_t key[16])
{
    struct slot *row = l->rows[row_of(l, key)], *fullest = row;

    for (size_t i = 0; i < WAYS; i++) {
        if (memcmp(row[i].key, key, sizeof(row[i].key)) == 0) {
            return &row[i];
        }
        if (row[i].full_at_ns < fullest->full_at_ns) {
            fullest = &row[i];
        }
    }
    return fullest;
}

static int32_t ceil_seconds(int64_t ns)
{
    return ns <= 0 ? 0 : (int32_t)((ns + SECOND_NS - 1) / SECOND_NS);
}

bool mcp_limiter_take(struct mcp_limiter *l, const uint8_t key[16], int32_t per_minute,
                      int32_t cost, int64_t now_ms, struct mcp_limit_state *ret)
{
    *ret = (struct mcp_limit_state){0};
    if (per_minute <= 0) {
        return true;
    }
    struct slot *s = find(l, key);
    bool is_known = memcmp(s->key, key, sizeof(s->key)) == 0;
    int64_t now_ns = now_ms * 1000000;
    int64_t interval_ns = (MINUTE_NS + per_minute - 1) / per_minute;
    int64_t allowance_ns = interval_ns * per_minute;
    int64_t owed_ns = is_known ? s->full_at_ns - now_ns : 0;

    /* More than the whole allowance: the rate was lowered, or time went back. */
    owed_ns = owed_ns < 0 ? 0 : owed_ns > allowance_ns ? allowance_ns : owed_ns;
    int64_t units = cost > per_minute ? (int64_t)per_minute + 1 : cost;
    int64_t wanted_ns = units > 0 ? interval_ns * units : 0;
    bool fits = wanted_ns <= allowance_ns - owed_ns;

    if (fits && wanted_ns) {
        owed_ns += wanted_ns;
        memcpy(s->key, key, sizeof(s->key));
        s->full_at_ns = now_ns + owed_ns;
    }
    *ret = (struct mcp_limit_state){
        .limit = per_minute,
        .remaining = (int32_t)((allowance_ns - owed_ns) / interval_ns),
        .window_s = 60,
        .reset_s = ceil_seconds(owed_ns),
        .retry_s = fits ? 0 : ceil_seconds(owed_ns + wanted_ns - allowance_ns),
    };
    return fits;
}
