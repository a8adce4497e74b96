/* tools/alert.c - see alert.h. */
#include <tools/alert.h>

static const mcp_str NAMES[] = {
    [ALERT_NONE] = MCP_STR_INIT("none"),
    [ALERT_LOW] = MCP_STR_INIT("low"),
    [ALERT_CRITICAL] = MCP_STR_INIT("critical"),
};

mcp_str alert_level_name(enum alert_level l)
{
    return NAMES[l];
}

bool alert_level_parse(mcp_str s, enum alert_level *ret)
{
    bool is_critical = mcp_str_eq(s, NAMES[ALERT_CRITICAL]);

    if (!is_critical && !mcp_str_eq(s, NAMES[ALERT_LOW])) {
        return false;
    }
    *ret = is_critical ? ALERT_CRITICAL : ALERT_LOW;
    return true;
}

/* More than a twentieth above. Never overflows: balances below the threshold are not asked about.
 */
static bool is_well_above(int64_t balance_micro, int64_t threshold_micro)
{
    return balance_micro - threshold_micro > threshold_micro / 20;
}

void alert_see(struct alert_view *v, unsigned number, const struct pool *p,
               const struct pool_thresholds *t, bool is_read)
{
    uint64_t bit = UINT64_C(1) << number;
    enum pool_status status = pool_status_of(POOL_HEALTHY, p->has_balance, p->balance_micro, t);

    if (status == POOL_NODATA) {
        return;
    }
    v->read |= is_read ? bit : 0;
    v->low |= status != POOL_HEALTHY ? bit : 0;
    v->critical |= status == POOL_CRITICAL ? bit : 0;
    if (status == POOL_HEALTHY && (!t->has_low || is_well_above(p->balance_micro, t->low_micro)) &&
        (!t->has_critical || is_well_above(p->balance_micro, t->critical_micro))) {
        v->clear |= bit;
    }
}

/* Move the pools between down, once above and recovered. */
static void step_pools(struct alert_state *s, const struct alert_view *v)
{
    s->down |= v->low;
    s->once &= ~v->low;

    uint64_t again = s->once & v->read; /* the second reading in a row */

    s->down &= ~(v->clear | again);
    s->once = (s->once | (v->read & ~v->low)) & s->down;
}

enum alert_act alert_step(struct alert_state *s, const struct alert_view *v)
{
    enum alert_level now = v->critical ? ALERT_CRITICAL : v->low ? ALERT_LOW : ALERT_NONE;
    enum alert_level known = s->pending > s->level ? s->pending : s->level;

    step_pools(s, v);
    if (now > known) {
        s->pending = now;
        return ALERT_RAISE;
    }
    if (s->down == 0 && known != ALERT_NONE) {
        s->level = ALERT_NONE;
        s->pending = ALERT_NONE;
        return ALERT_HEAL;
    }
    return ALERT_NOTHING;
}

void alert_told(struct alert_state *s)
{
    if (s->pending != ALERT_NONE) {
        s->level = s->pending;
        s->pending = ALERT_NONE;
    }
}

void alert_lost(struct alert_state *s)
{
    s->pending = ALERT_NONE;
}
