/* tools/test/forecast_test.c - the forecast as a function: exact where it can be, right four times
 * of five where chance decides, and never nonsense. */
#include <tools/test/setting.h>

#include <tools/forecast.h>

#include <math.h>

#define CREDIT ((int64_t)1000000)
#define SIX_MS (6 * (int64_t)HOUR_MS)

static uint64_t seed = 1;

static double chance(void) /* in (0, 1) */
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return ((double)(seed >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(void)
{
    return sqrt(-2 * log(chance())) * cos(6.283185307179586 * chance());
}

static struct history_point point(int64_t at_ms, double balance)
{
    return (struct history_point){at_ms, (int64_t)(balance * 1e6), true};
}

/* ---- Exact ---- */

static void a_steady_fall_crosses_when_the_line_does(void)
{
    struct history_point p[29];

    for (int i = 0; i < 29; i++) {
        p[i] = point(NOW_MS + (i - 28) * SIX_MS, 100 + (28 - i) * 2.5); /* 10 a day, 100 left */
    }
    struct forecast_rate r = forecast_rate(p, 29, NOW_MS);

    T_CHECK(r.is_known && r.has_band && fabs(r.per_day - 10) < 1e-9 && r.variance < 1e-9);
    T_EQ(r.n_steps, 28);
    T_CHECK(fabs(r.observed_days - 7) < 1e-9);
    struct forecast_crossing c = forecast_crossing(&r, 20 * CREDIT);

    T_EQ(c.state, FORECAST_EXPECTED);
    T_CHECK(llabs(c.at_ms - (NOW_MS + 8 * (int64_t)DAY_MS)) <= 2);
    T_CHECK(llabs(c.earliest_ms - c.at_ms) < MINUTE_MS && llabs(c.latest_ms - c.at_ms) < MINUTE_MS);
    T_EQ(forecast_crossing(&r, 100 * CREDIT).state, FORECAST_REACHED);
    T_EQ(forecast_crossing(&r, 101 * CREDIT).state, FORECAST_REACHED);
}

static void a_top_up_is_no_negative_consumption(void)
{
    struct history_point p[29];

    for (int i = 0; i < 29; i++) { /* refilled by 1,000 twice; one part without a balance */
        p[i] =
            point(NOW_MS + (i - 28) * SIX_MS, 200 - i * 2.5 + (i >= 9) * 1000 + (i >= 20) * 1000);
    }
    p[14].has_balance = false;
    struct forecast_rate r = forecast_rate(p, 29, NOW_MS);

    T_EQ(r.n_steps, 25); /* 28, two top-ups, two that became one */
    T_CHECK(fabs(r.per_day - 10) < 1e-9);
}

static void a_series_that_stands_still_is_not_expected_to_cross(void)
{
    struct history_point p[10];

    for (int i = 0; i < 10; i++) {
        p[i] = point(NOW_MS + (i - 9) * SIX_MS, 50);
    }
    struct forecast_rate r = forecast_rate(p, 10, NOW_MS);

    T_CHECK(r.is_known && !(r.per_day > 0));
    struct forecast_crossing c = forecast_crossing(&r, 20 * CREDIT);

    T_EQ(c.state, FORECAST_NOT_EXPECTED);
    T_CHECK(!c.has_earliest && !c.has_latest);
    for (int i = 0; i < 10; i++) { /* only ever rises */
        p[i].balance_micro = i * CREDIT;
    }
    T_EQ(forecast_rate(p, 10, NOW_MS).n_steps, 0);
    T_CHECK(!forecast_rate(p, 10, NOW_MS).is_known);
}

static void few_readings_say_little_and_say_so(void)
{
    struct history_point p[4] = {point(NOW_MS - 3 * HOUR_MS, 40), point(NOW_MS - 2 * HOUR_MS, 35),
                                 point(NOW_MS - HOUR_MS, 31), point(NOW_MS, 30)};
    struct forecast_rate r = forecast_rate(p, 0, NOW_MS);

    T_CHECK(!r.is_known && r.from_ms == 0);
    T_EQ(forecast_crossing(&r, 0).state, FORECAST_UNKNOWN);
    r = forecast_rate(p, 1, NOW_MS);
    T_CHECK(!r.is_known && r.balance_micro == 40 * CREDIT);
    T_EQ(forecast_crossing(&r, 0).state, FORECAST_UNKNOWN);
    T_EQ(forecast_crossing(&r, 40 * CREDIT).state, FORECAST_REACHED);
    r = forecast_rate(p, 2, NOW_MS);
    T_CHECK(r.is_known && !r.has_band && fabs(r.per_day - 120) < 1e-6);
    T_CHECK(!forecast_crossing(&r, 0).has_earliest);
    r = forecast_rate(p, 4, NOW_MS);
    T_CHECK(r.has_band);
    T_CHECK(forecast_crossing(&r, 0).has_earliest);
    p[1].at_ms = p[0].at_ms + FORECAST_LEAST_MS - 1; /* too short to say anything */
    T_CHECK(!forecast_rate(p, 2, NOW_MS).is_known);
}

static void what_is_far_or_large_stays_within_bounds(void)
{
    struct history_point p[5];

    for (int i = 0; i < 5; i++) {
        p[i] = (struct history_point){NOW_MS + (i - 4) * SIX_MS, INT64_MAX - i, true};
    }
    struct forecast_rate r = forecast_rate(p, 5, NOW_MS);

    T_EQ(forecast_crossing(&r, 0).state, FORECAST_NOT_EXPECTED); /* in millions of years */
    p[0].balance_micro = INT64_MAX;
    for (int i = 1; i < 5; i++) {
        p[i].balance_micro = INT64_MAX / ((int64_t)1 << (10 * i));
    }
    r = forecast_rate(p, 5, NOW_MS);
    struct forecast_crossing c = forecast_crossing(&r, INT64_MIN + 1);

    T_CHECK(c.state == FORECAST_EXPECTED && c.earliest_ms <= c.at_ms && c.at_ms <= c.latest_ms);
    p[1].at_ms = p[0].at_ms; /* the same time twice, or backwards, is no step */
    p[2].at_ms = p[0].at_ms - 1;
    (void)forecast_rate(p, 5, NOW_MS);
    for (int i = 0; i < 2000; i++) { /* anything */
        for (int k = 0; k < 5; k++) {
            p[k].at_ms = (int64_t)(chance() * 2e12);
            p[k].balance_micro = (int64_t)((chance() - 0.5) * pow(10, chance() * 18));
            p[k].has_balance = chance() < 0.9;
        }
        r = forecast_rate(p, 5, (int64_t)(chance() * 2e12));
        c = forecast_crossing(&r, (int64_t)((chance() - 0.5) * pow(10, chance() * 18)));
        T_CHECK(!c.has_earliest || (c.earliest_ms <= c.at_ms && c.earliest_ms >= r.from_ms));
        T_CHECK(!c.has_latest || c.latest_ms >= c.at_ms);
        T_CHECK(c.state != FORECAST_EXPECTED || c.at_ms - r.from_ms <= FORECAST_HORIZON_MS);
    }
}

/* ---- By chance ---- */

/* A pool that consumes 10 a day, give or take 6, topped up now and then: how many of the crossings
 * that follow fall into the band? The model draws the days before and those after from the same
 * hat. */
static void four_crossings_of_five_fall_into_the_band(void)
{
    enum { RUNS = 2000, POINTS = 57 };
    int early = 0, late = 0, never = 0;

    for (int run = 0; run < RUNS; run++) {
        struct history_point p[POINTS];
        double balance = 500, t = 0;

        for (int i = 0; i < POINTS; i++) {
            double step = 2.5 + 3 * normal();

            p[i] = point(NOW_MS + (i - POINTS + 1) * SIX_MS, balance);
            if (i + 1 < POINTS) { /* a negative draw is no consumption */
                balance -= step > 0 ? step : 0;
                balance += i % 19 == 18 ? 100 : 0;
            }
        }
        struct forecast_rate r = forecast_rate(p, POINTS, NOW_MS);
        struct forecast_crossing c = forecast_crossing(&r, (int64_t)((balance - 80) * 1e6));

        T_CHECK(c.state == FORECAST_EXPECTED && c.has_earliest);
        for (double left = 80; left > 0; t += 0.25) {
            double step = 2.5 + 3 * normal();

            left -= step > 0 ? step : 0;
        }
        int64_t at_ms = NOW_MS + (int64_t)(t * DAY_MS);

        early += at_ms < c.earliest_ms - 3 * HOUR_MS; /* the future moves in steps of 6 hours */
        late += c.has_latest && at_ms > c.latest_ms + 3 * HOUR_MS;
        never += !c.has_latest;
    }
    double inside = 1 - (double)(early + late) / RUNS;

    fprintf(stderr, "%.1f %% inside, %d early, %d late, %d without an end of %d\n", inside * 100,
            early, late, never, RUNS);
    T_CHECK(inside > 0.75 && inside < 0.88);
    T_CHECK(early < RUNS / 6 && late < RUNS / 6);
}

static void a_new_habit_counts_more_than_an_old_one(void)
{
    struct history_point p[57];
    double balance = 1000;

    for (int i = 0; i < 57; i++) { /* 4 a day in the first week, 20 in the second */
        p[i] = point(NOW_MS + (i - 56) * SIX_MS, balance);
        balance -= i < 28 ? 1 : 5;
    }
    struct forecast_rate r = forecast_rate(p, 57, NOW_MS);

    T_CHECK(r.per_day > 14 && r.per_day < 15); /* (20 + 4 / 2) / 1.5 */
    T_CHECK(r.observed_days > 12 && r.observed_days < 13);
}

/* ---- The operation ---- */

static void the_operation_answers_per_pool(void)
{
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "add_connection",
           "{'name':'a','toolName':'t','low':50,'critical':10,'topupUrl':'https://x.example/'}");
    for (int i = 0; i < 9; i++) {
        SAY_OK(&s, "add_reading",
               timed(&s,
                     mcp_arena_printf(
                         &s.arena, "{'connection':'a','creditType':'c','balance':%d,'recordedAt':'",
                         140 - 10 * i)
                         .ptr,
                     s.wall_ms - (8 - i) * SIX_MS, "'}"));
    }
    SAY_OK(&s, "add_reading", "{'connection':'a','creditType':'d','balance':null}");
    SAY_OK(&s, "add_reading",
           timed(&s, "{'connection':'a','creditType':'e','balance':7,'recordedAt':'",
                 s.wall_ms - 40 * (int64_t)DAY_MS, "'}"));
    struct said said = say(&s, "forecast_pool", "{'connection':'a','creditType':'c'}");

    T_HAS(said.result, "\"topupUrl\":\"https://x.example/\"");
    T_HAS(said.result, "\"rate\":{\"perDay\":40,\"observedDays\":2,\"steps\":8}");
    /* 60 left, 40 a day: low at 50 in 6 hours, critical at 10 in 30, empty in 36 */
    T_HAS(said.result,
          "\"low\":{\"threshold\":50,\"state\":\"expected\",\"at\":\"2026-06-17T14:02");
    T_HAS(said.result,
          "\"critical\":{\"threshold\":10,\"state\":\"expected\",\"at\":\"2026-06-18T14:02");
    T_HAS(said.result,
          "\"empty\":{\"threshold\":0,\"state\":\"expected\",\"at\":\"2026-06-18T20:02");
    said = say(&s, "forecast_pool", "{'connection':'a'}");
    mcp_json pools = at(said.json, "pools"), none = mcp_json_at(pools, 1);

    T_EQ(mcp_json_count(pools), 3);
    T_EQ(mcp_json_type(at(none, "balance")), MCP_JSON_NULL);
    T_STR(text_of(&said, at(none, "empty"), "state"), "unknown");
    /* too old to say how fast, not too old to say that it is low */
    T_STR(text_of(&said, at(mcp_json_at(pools, 2), "critical"), "state"), "reached");
    T_STR(text_of(&said, at(mcp_json_at(pools, 2), "empty"), "state"), "unknown");
    SAY_FAILS(&s, "forecast_pool", "{'connection':'b'}", MCP_E_NOT_FOUND, "No connection");
    SAY_FAILS(&s, "forecast_pool", "{'connection':'a','creditType':'x'}", MCP_E_NOT_FOUND,
              "no reading");
    setting_close(&s);
}

static const struct t_case cases[] = {
    T(a_steady_fall_crosses_when_the_line_does),
    T(a_top_up_is_no_negative_consumption),
    T(a_series_that_stands_still_is_not_expected_to_cross),
    T(few_readings_say_little_and_say_so),
    T(what_is_far_or_large_stays_within_bounds),
    T(four_crossings_of_five_fall_into_the_band),
    T(a_new_habit_counts_more_than_an_old_one),
    T(the_operation_answers_per_pool),
};
T_MAIN("forecast", cases)
