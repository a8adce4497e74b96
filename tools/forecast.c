/* tools/forecast.c - see forecast.h. */
#include <tools/forecast.h>

#include <math.h>

#define DAY_MS  (24 * 3600 * (double)1000)
#define WEEK_MS (7 * 24 * 3600 * (int64_t)1000)
#define Z       1.2815515655446004 /* of the normal distribution, 0.9 */

/* ---- The rate ---- */

struct step {
    double consumed, days, weight;
};

/* Both points have a balance. False: a top-up, or no time between them. */
static bool take_step(const struct history_point *from, const struct history_point *to,
                      int64_t now_ms, struct step *ret)
{
    int64_t age_ms = now_ms - to->at_ms;

    if (to->balance_micro > from->balance_micro || to->at_ms <= from->at_ms) {
        return false;
    }
    /* As doubles: the difference of two balances need not fit an int64. */
    ret->consumed = ((double)from->balance_micro - (double)to->balance_micro) / 1e6;
    ret->days = (double)(to->at_ms - from->at_ms) / DAY_MS;
    ret->weight = 1;
    for (; age_ms >= WEEK_MS && ret->weight > 1e-3; age_ms -= WEEK_MS) {
        ret->weight /= 2;
    }
    return true;
}

/* The next step that counts, from *at on. */
static bool next_step(const struct history_point *points, size_t n, int64_t now_ms, size_t *at,
                      const struct history_point **last, struct step *ret)
{
    while (*at < n) {
        const struct history_point *to = &points[(*at)++], *from = *last;

        if (!to->has_balance) {
            continue;
        }
        *last = to;
        if (from && take_step(from, to, now_ms, ret)) {
            return true;
        }
    }
    return false;
}

static double residuals(const struct history_point *points, size_t n, int64_t now_ms, double rate)
{
    const struct history_point *last = NULL;
    struct step s;
    double sum = 0;

    for (size_t at = 0; next_step(points, n, now_ms, &at, &last, &s);) {
        double off = s.consumed - rate * s.days;

        sum += s.weight * off * off / s.days;
    }
    return sum;
}

struct forecast_rate forecast_rate(const struct history_point *points, size_t n, int64_t now_ms)
{
    struct forecast_rate r = {.is_known = false};
    const struct history_point *last = NULL;
    double weights = 0, consumed = 0, days = 0, squares = 0, raw_days = 0;
    struct step s;

    for (size_t at = 0; next_step(points, n, now_ms, &at, &last, &s); r.n_steps++) {
        weights += s.weight;
        consumed += s.weight * s.consumed;
        days += s.weight * s.days;
        squares += s.weight * s.weight * s.days;
        raw_days += s.days;
    }
    if (last) {
        r.from_ms = last->at_ms;
        r.balance_micro = last->balance_micro;
    }
    if (!r.n_steps || raw_days * DAY_MS < (double)FORECAST_LEAST_MS) {
        return r;
    }
    r.is_known = true;
    r.per_day = consumed / days;
    r.observed_days = days * days / squares;
    r.has_band = r.n_steps >= FORECAST_BAND_STEPS;
    if (r.has_band) {
        r.variance = residuals(points, n, now_ms, r.per_day) / weights * (double)r.n_steps /
                     (double)(r.n_steps - 1);
    }
    return r;
}

/* ---- The crossing ---- */

/* False: beyond the horizon. */
static bool at_days(const struct forecast_rate *r, double days, int64_t *ret_ms)
{
    double ms = days * DAY_MS;

    if (!(ms < (double)FORECAST_HORIZON_MS)) {
        return false;
    }
    *ret_ms = r->from_ms + (int64_t)(ms + 0.5);
    return true;
}

/* The roots of a t^2 - b t + x^2; where a is not positive there is only the smaller one. */
static void put_band(const struct forecast_rate *r, double x, struct forecast_crossing *c)
{
    double zv = Z * Z * r->variance;
    double a = r->per_day * r->per_day - zv / r->observed_days;
    double b = 2 * r->per_day * x + zv;
    double root = sqrt(zv * (4 * r->per_day * x + zv + 4 * x * x / r->observed_days));

    c->has_earliest = at_days(r, 2 * x * x / (b + root), &c->earliest_ms);
    c->has_latest = a > 0 && at_days(r, (b + root) / (2 * a), &c->latest_ms);
    /* Rounding must not put them on the wrong side. */
    c->earliest_ms = c->earliest_ms < c->at_ms ? c->earliest_ms : c->at_ms;
    c->latest_ms = c->latest_ms > c->at_ms ? c->latest_ms : c->at_ms;
}

struct forecast_crossing forecast_crossing(const struct forecast_rate *r, int64_t threshold_micro)
{
    struct forecast_crossing c = {.state = FORECAST_UNKNOWN};
    double x = ((double)r->balance_micro - (double)threshold_micro) / 1e6;

    if (r->from_ms && r->balance_micro <= threshold_micro) {
        c.state = FORECAST_REACHED;
    } else if (r->is_known) {
        c.state = r->per_day > 0 && at_days(r, x / r->per_day, &c.at_ms) ? FORECAST_EXPECTED
                                                                         : FORECAST_NOT_EXPECTED;
    }
    if (c.state == FORECAST_EXPECTED && r->has_band) {
        put_band(r, x, &c);
    }
    return c;
}

mcp_str forecast_state_name(enum forecast_state s)
{
    static const mcp_str NAMES[FORECAST_STATE_COUNT] = {
        [FORECAST_UNKNOWN] = MCP_STR_INIT("unknown"),
        [FORECAST_REACHED] = MCP_STR_INIT("reached"),
        [FORECAST_EXPECTED] = MCP_STR_INIT("expected"),
        [FORECAST_NOT_EXPECTED] = MCP_STR_INIT("not_expected"),
    };

    return NAMES[s];
}
