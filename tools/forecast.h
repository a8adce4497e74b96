/* tools/forecast.h - when a pool will be down to a balance, and how sure that is. Pure.
 *
 * Method: balances are cut into steps from one reading to the next. A step that rises is a top-up
 * (and may hide consumption): neither its credits nor its time count. The others say how much was
 * consumed in how long; a step that ended more than a week ago counts half, two weeks a quarter.
 *
 *   rate       u = sum(w c) / sum(w d)           credits a day; c consumed in d days, weight w
 *   variance   v = n/(n-1) * sum(w (c - u d)^2 / d) / sum(w)     a day
 *   observed   T = sum(w d)^2 / sum(w^2 d)       days that the rate rests upon
 *
 * From a balance x above the threshold, consumption after t days is taken to be u t give or take
 * z sqrt(v (t + t^2/T)): the chance of the days to come, and that of the rate itself. It crosses
 * at t = x / u; the band lies where (u t - x)^2 = z^2 v (t + t^2/T), a quadratic equation in t
 * whose smaller root is the earliest and whose larger one is the latest day. With z = 1.2816 four
 * crossings of five fall between them, if the days to come are like the days before. There is no
 * latest day when the rate cannot be told from zero.
 *
 * Few readings: one step gives a rate and no band, three give a band; less than an hour observed
 * gives nothing. A balance that never falls is not expected to cross. */
#ifndef CISTERN_TOOLS_FORECAST_H
#define CISTERN_TOOLS_FORECAST_H

#include <tools/history.h>

#define FORECAST_WINDOW_MS  (28 * 24 * 3600 * (int64_t)1000)   /* readings that count */
#define FORECAST_HORIZON_MS (3650 * 24 * 3600 * (int64_t)1000) /* beyond: not expected */
#define FORECAST_LEAST_MS   (3600 * (int64_t)1000)             /* observed; less says nothing */
enum { FORECAST_POINTS = 112, FORECAST_BAND_STEPS = 3 };       /* the newest of each six hours */

struct forecast_rate {
    bool is_known;
    bool has_band;
    size_t n_steps;        /* that count */
    double per_day;        /* credits, not negative */
    double variance;       /* credits squared, a day */
    double observed_days;  /* T above */
    int64_t from_ms;       /* of the newest balance: forecasts start there */
    int64_t balance_micro; /* then */
};

/* `points`: oldest first, those without a balance are passed over. No point with one: not known. */
struct forecast_rate forecast_rate(const struct history_point *points, size_t n, int64_t now_ms);

enum forecast_state {
    FORECAST_UNKNOWN,      /* too few readings */
    FORECAST_REACHED,      /* the balance is there already */
    FORECAST_EXPECTED,     /* at_ms */
    FORECAST_NOT_EXPECTED, /* it does not fall, or not within the horizon */
    FORECAST_STATE_COUNT
};

struct forecast_crossing {
    enum forecast_state state;
    bool has_earliest, has_latest; /* of EXPECTED */
    int64_t at_ms, earliest_ms, latest_ms;
};

/* When the balance is `threshold_micro` or less. earliest <= at <= latest. */
struct forecast_crossing forecast_crossing(const struct forecast_rate *r, int64_t threshold_micro);

/* "unknown" ... */
mcp_str forecast_state_name(enum forecast_state s);

#endif
