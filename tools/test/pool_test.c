/* tools/test/pool_test.c - the rules of pools: every boundary that product.md b.1 names. */
#include <mcp/json.h>
#include <mcp/test/t.h>
#include <tools/pool_json.h>

#include <math.h>

#define NOW_MS INT64_C(1781683331000) /* 2026-06-17T08:02:11.000Z, a Wednesday */
#define DAY_MS (24 * 3600 * (double)1000)
enum { HOUR_MS = 3600000, MINUTE_MS = 60000 };
#define MICRO INT64_C(1000000)

/* ---- The estimate ---- */

static void the_estimate_uses_the_words_of_the_table_at_every_boundary(void)
{
    static const struct {
        double days;
        const char *brief, *full;
    } ROWS[] = {
        {-1, "no burn yet", "Not draining yet."},
        {0, "already gone", "Already empty."},
        {1e-9, "~1h", "Empties in ~1 hour."},
        {0.0625, "~2h", "Empties in ~2 hours."}, /* 1.5 hours: halves up */
        {0.5, "~12h", "Empties in ~12 hours."},
        {0.999, "~24h", "Empties in ~24 hours."},
        {1, "burns out tomorrow", "Empties tomorrow."},
        {1.499, "burns out tomorrow", "Empties tomorrow."},
        {1.5, "burns out Thursday", "Empties in ~2 days."}, /* 08:02 + 36 h = 20:02 */
        {2, "burns out Friday", "Empties in ~2 days."},
        {6.999, "burns out Wednesday", "Empties in ~7 days."},
        {7, "~1 week", "Empties in ~7 days."},
        {10.49, "~1 week", "Empties in ~10 days."},
        {10.5, "~2 weeks", "Empties in ~11 days."},
        {12, "~2 weeks", "Empties in ~12 days."},
        {27.9, "~4 weeks", "Empties in ~28 days."},
        {27.999, "~4 weeks", "Empties in ~28 days."},
        {28, "~1 month", "Empties in ~1 month."},
        {45, "~2 months", "Empties in ~2 months."},
        {364.99, "~12 months", "Empties in ~12 months."},
        {365, "~next year", "Plenty of runway."},
        {1e308, "~next year", "Plenty of runway."},
    };
    struct pool_eta eta;

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        pool_eta(ROWS[i].days, NOW_MS, &eta);
        T_STR(eta.brief, ROWS[i].brief);
        T_STR(eta.full, ROWS[i].full);
    }
}

static void what_is_not_a_number_of_days_is_unknown(void)
{
    struct pool_eta eta;

    pool_eta((double)NAN, NOW_MS, &eta);
    T_STR(eta.brief, "no burn yet");
    pool_eta((double)INFINITY, NOW_MS, &eta);
    T_STR(eta.brief, "~next year");
}

static void the_weekday_is_that_of_utc(void)
{
    static const char *const DAYS[] = {"Friday", "Saturday", "Sunday", "Monday", "Tuesday"};
    struct pool_eta eta;

    for (int i = 0; i < 5; i++) {
        char want[32];

        snprintf(want, sizeof(want), "burns out %s", DAYS[i]);
        pool_eta(2 + i, NOW_MS, &eta);
        T_STR(eta.brief, want);
    }
    /* 2026-06-17T23:59:59.999Z + 2 days is still Friday, a millisecond later Saturday */
    pool_eta(2, INT64_C(1781740799999), &eta);
    T_STR(eta.brief, "burns out Friday");
    pool_eta(2, INT64_C(1781740800000), &eta);
    T_STR(eta.brief, "burns out Saturday");
}

/* ---- Status ---- */

static void thresholds_are_inclusive_and_critical_comes_first(void)
{
    static const struct {
        int64_t balance;
        bool has_low, has_critical;
        enum pool_status want;
    } ROWS[] = {
        {101 * MICRO, true, true, POOL_HEALTHY},  {100 * MICRO + 1, true, true, POOL_HEALTHY},
        {100 * MICRO, true, true, POOL_LOW},      {10 * MICRO + 1, true, true, POOL_LOW},
        {10 * MICRO, true, true, POOL_CRITICAL},  {0, true, true, POOL_CRITICAL},
        {-1, true, true, POOL_CRITICAL},          {10 * MICRO, true, false, POOL_LOW},
        {100 * MICRO, false, true, POOL_HEALTHY}, {10 * MICRO, false, true, POOL_CRITICAL},
        {0, false, false, POOL_HEALTHY},
    };

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct pool_thresholds t = {ROWS[i].has_low, ROWS[i].has_critical, 100 * MICRO, 10 * MICRO};

        T_EQ(pool_status_of(POOL_HEALTHY, true, ROWS[i].balance, &t), ROWS[i].want);
    }
}

static void a_zero_threshold_is_a_threshold(void)
{
    struct pool_thresholds t = {.has_critical = true};

    T_EQ(pool_status_of(POOL_HEALTHY, true, 0, &t), POOL_CRITICAL);
    T_EQ(pool_status_of(POOL_HEALTHY, true, 1, &t), POOL_HEALTHY);
}

static void the_connection_speaks_before_the_balance(void)
{
    static const enum pool_status OWN[] = {POOL_STALE, POOL_ERROR, POOL_DISCONNECTED};
    struct pool_thresholds t = {true, true, 100 * MICRO, 10 * MICRO};

    for (size_t i = 0; i < 3; i++) {
        /* a status of its own wins over staleness, thresholds and missing data */
        enum pool_status says = pool_connection_status(OWN[i], true, 0, NOW_MS);

        T_EQ(says, OWN[i]);
        T_EQ(pool_status_of(says, true, 1, &t), OWN[i]);
        T_EQ(pool_status_of(says, false, 0, &t), OWN[i]);
    }
    T_EQ(pool_status_of(POOL_HEALTHY, false, 0, &t), POOL_NODATA);
}

static void stale_begins_after_ninety_minutes(void)
{
    int64_t edge = NOW_MS - 90 * MINUTE_MS;

    T_EQ(pool_connection_status(POOL_HEALTHY, true, edge, NOW_MS), POOL_HEALTHY);
    T_EQ(pool_connection_status(POOL_HEALTHY, true, edge - 1, NOW_MS), POOL_STALE);
    T_EQ(pool_connection_status(POOL_HEALTHY, true, NOW_MS + 5 * MINUTE_MS, NOW_MS), POOL_HEALTHY);
    T_EQ(pool_connection_status(POOL_HEALTHY, true, NOW_MS + 5 * MINUTE_MS + 1, NOW_MS),
         POOL_STALE);
    T_EQ(pool_connection_status(POOL_HEALTHY, false, 0, NOW_MS), POOL_HEALTHY);
}

static void a_status_has_one_spelling(void)
{
    static const char *const NAMES[] = {"healthy", "low",          "critical", "stale",
                                        "error",   "disconnected", "nodata"};
    enum pool_status s;

    for (size_t i = 0; i < 7; i++) {
        T_CHECK(pool_status_parse(mcp_str_c(NAMES[i]), &s));
        T_STR(pool_status_name(s), NAMES[i]);
        T_HAS(mcp_str_c(POOL_STATUS_LIST), NAMES[i]);
    }
    T_CHECK(!pool_status_parse(MCP_STR("Low"), &s));
    T_CHECK(!pool_status_parse(MCP_STR(""), &s));
    T_CHECK(!pool_status_parse(MCP_STR("active"), &s));
}

/* ---- Thresholds ---- */

static void each_threshold_comes_from_the_first_that_has_it(void)
{
    struct pool_thresholds pool = {.has_low = true, .low_micro = 3};
    struct pool_thresholds connection = {true, true, 200, 20};
    struct pool_thresholds fallback = {true, true, 9000, 900};
    struct pool_thresholds none = {0};
    struct pool_thresholds t = pool_thresholds_resolve(&pool, &connection, &fallback);

    T_EQ(t.low_micro, 3);
    T_EQ(t.critical_micro, 20);
    t = pool_thresholds_resolve(&none, &none, &fallback);
    T_EQ(t.low_micro, 9000);
    T_EQ(t.critical_micro, 900);
    t = pool_thresholds_resolve(&none, &none, &none);
    T_CHECK(!t.has_low && !t.has_critical);
}

static void thresholds_are_valid_when_low_is_above_critical(void)
{
    static const struct {
        struct pool_thresholds t;
        bool is_valid;
    } ROWS[] = {
        {{false, false, 0, 0}, true}, {{true, true, 2, 1}, true},    {{true, true, 1, 1}, false},
        {{true, true, 1, 2}, false},  {{true, false, -1, 0}, false}, {{false, true, 0, -1}, false},
        {{true, false, 0, 9}, true},  {{false, true, 0, 9}, true},   {{true, true, 1, 0}, true},
    };

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        ck_assert_msg((pool_thresholds_check(&ROWS[i].t) == NULL) == ROWS[i].is_valid, "row %zu",
                      i);
    }
}

/* ---- Burn ---- */

static struct pool_history line(size_t n, int64_t step_ms, int64_t start, int64_t per_step)
{
    struct pool_history h = {.n = 0};

    for (size_t i = 0; i < n; i++) {
        pool_history_add(&h, NOW_MS - (int64_t)(n - 1 - i) * step_ms,
                         start - (int64_t)i * per_step);
    }
    return h;
}

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fabs(b);
}

static void burn_is_what_was_used_over_the_time_it_took(void)
{
    struct pool_history h = line(8, 24 * HOUR_MS, 984 * MICRO, 52 * MICRO);
    struct pool_burn b = pool_burn(&h, NOW_MS);

    T_CHECK(b.is_known);
    T_CHECK(near(b.per_day, 52));
    T_CHECK(near(b.days_left, 620.0 / 52));
}

static void nothing_used_is_no_burn(void)
{
    struct pool_history h = line(8, 24 * HOUR_MS, 100 * MICRO, 0);

    T_CHECK(!pool_burn(&h, NOW_MS).is_known);
    h = line(8, 24 * HOUR_MS, 100 * MICRO, -MICRO); /* only top-ups */
    T_CHECK(!pool_burn(&h, NOW_MS).is_known);
    h = line(1, 1, 100 * MICRO, 0);
    T_CHECK(!pool_burn(&h, NOW_MS).is_known);
    h.n = 0;
    T_CHECK(!pool_burn(&h, NOW_MS).is_known);
}

static void a_top_up_neither_hides_nor_inverts_the_burn(void)
{
    struct pool_history h = {.n = 0};
    struct pool_burn b;

    /* 100 a day for four days, 1,000 bought in between */
    pool_history_add(&h, NOW_MS - 96 * HOUR_MS, 500 * MICRO);
    pool_history_add(&h, NOW_MS - 72 * HOUR_MS, 400 * MICRO);
    pool_history_add(&h, NOW_MS - 48 * HOUR_MS, 300 * MICRO);
    pool_history_add(&h, NOW_MS - 24 * HOUR_MS, 1300 * MICRO);
    pool_history_add(&h, NOW_MS, 1100 * MICRO);
    b = pool_burn(&h, NOW_MS);
    T_CHECK(near(b.per_day, 100));
    T_CHECK(near(b.days_left, 11));
}

static void only_seven_days_count_and_always_the_newest(void)
{
    struct pool_history h = {.n = 0};

    pool_history_add(&h, NOW_MS - POOL_WINDOW_MS - 1, 10000 * MICRO);
    pool_history_add(&h, NOW_MS, 100 * MICRO);
    T_CHECK(!pool_burn(&h, NOW_MS).is_known);    /* one point left: the newest */
    T_CHECK(pool_burn(&h, NOW_MS - 1).is_known); /* exactly seven days old still counts */
    h.n = 0;
    pool_history_add(&h, NOW_MS - 3 * POOL_WINDOW_MS, 10000 * MICRO);
    pool_history_add(&h, NOW_MS - 2 * POOL_WINDOW_MS, 100 * MICRO);
    T_CHECK(!pool_burn(&h, NOW_MS).is_known);
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static struct pool_history random_history(uint64_t *seed, int64_t scale)
{
    struct pool_history h = {.n = 0};
    size_t n = 2 + next_random(seed) % 40;

    for (size_t i = 0; i < n; i++) {
        pool_history_add(&h, NOW_MS - (int64_t)(next_random(seed) % (8 * 86400000u)),
                         (int64_t)(next_random(seed) % 1000000) * scale);
    }
    return h;
}

static void burn_scales_with_the_unit_and_ignores_what_lies_beneath(void)
{
    for (uint64_t i = 1; i < 2000; i++) {
        uint64_t one = i, two = i;
        struct pool_history a = random_history(&one, 1), b = random_history(&two, 1000);
        struct pool_burn x = pool_burn(&a, NOW_MS), y = pool_burn(&b, NOW_MS);

        T_EQ(x.is_known, y.is_known);
        if (x.is_known) {
            T_CHECK(near(x.per_day * 1000, y.per_day));
            T_CHECK(x.days_left == 0 || near(x.days_left, y.days_left)); /* the unit cancels */
        }
        for (size_t k = 0; k < a.n; k++) {
            a.points[k].balance_micro += 77 * MICRO; /* a gift that was always there */
        }
        T_CHECK(!x.is_known || near(pool_burn(&a, NOW_MS).per_day, x.per_day));
    }
}

static void using_more_never_lowers_the_burn(void)
{
    for (uint64_t i = 1; i < 2000; i++) {
        uint64_t seed = i;
        struct pool_history h = random_history(&seed, MICRO);
        struct pool_burn before = pool_burn(&h, NOW_MS);

        h.points[h.n - 1].balance_micro -= 5 * MICRO;
        struct pool_burn after = pool_burn(&h, NOW_MS);

        T_CHECK(!before.is_known || (after.is_known && after.per_day >= before.per_day));
    }
}

static void burn_survives_the_ends_of_the_number_range(void)
{
    struct pool_history h = {.n = 0};

    for (int i = 0; i < 20; i++) {
        pool_history_add(&h, NOW_MS - (20 - i) * 6 * (int64_t)HOUR_MS,
                         i % 2 ? INT64_MIN : INT64_MAX);
    }
    struct pool_burn b = pool_burn(&h, NOW_MS);

    T_CHECK(b.is_known && b.per_day > 0 && b.days_left == 0);
    h.points[0].at_ms = INT64_MAX; /* damage: the oldest is newer than the newest */
    h.n = 2;
    T_CHECK(!pool_burn(&h, NOW_MS).is_known);
}

/* ---- History ---- */

/* The rule stated the slow way: the newest of each bucket among all readings. */
static void model(const struct pool_point *all, size_t n, struct pool_history *ret)
{
    ret->n = 0;
    for (int64_t bucket = NOW_MS / POOL_BUCKET_MS;
         ret->n < POOL_POINTS_MAX && bucket >= 0 && bucket > NOW_MS / POOL_BUCKET_MS - 60;
         bucket--) {
        const struct pool_point *newest = NULL;

        for (size_t i = 0; i < n; i++) {
            if (all[i].at_ms / POOL_BUCKET_MS == bucket &&
                (!newest || all[i].at_ms >= newest->at_ms)) {
                newest = &all[i];
            }
        }
        if (newest) {
            memmove(ret->points + 1, ret->points, ret->n * sizeof(*newest));
            ret->points[0] = *newest;
            ret->n++;
        }
    }
}

static void history_is_the_same_in_whatever_order_readings_come(void)
{
    for (uint64_t seed = 1; seed < 300; seed++) {
        struct pool_point all[120];
        struct pool_history got = {.n = 0}, want;
        uint64_t state = seed;
        size_t n = 1 + next_random(&state) % 120;

        for (size_t i = 0; i < n; i++) {
            all[i].at_ms = NOW_MS - (int64_t)(next_random(&state) % (12 * 86400000u));
            all[i].balance_micro = (int64_t)next_random(&state);
            pool_history_add(&got, all[i].at_ms, all[i].balance_micro);
        }
        model(all, n, &want);
        T_EQ(got.n, want.n);
        for (size_t i = 0; i < got.n; i++) {
            T_EQ(got.points[i].at_ms, want.points[i].at_ms);
            T_EQ(got.points[i].balance_micro, want.points[i].balance_micro);
        }
    }
}

static void seven_days_touch_at_most_29_buckets(void)
{
    struct pool_history h = {.n = 0};

    for (int64_t at = NOW_MS - 9 * (int64_t)DAY_MS; at <= NOW_MS; at += 15 * MINUTE_MS) {
        pool_history_add(&h, at, at);
    }
    T_EQ(h.n, POOL_POINTS_MAX);
    T_EQ(h.points[h.n - 1].at_ms, NOW_MS);
    T_CHECK(h.points[0].at_ms < NOW_MS - POOL_WINDOW_MS); /* nothing that counts was dropped */
}

/* ---- The record ---- */

static void a_pool_reads_back_as_it_was_written(void)
{
    char memory[POOL_RECORD_MAX];
    struct pool p = {
        .credit_type = MCP_STR("verifications"),
        .label = MCP_STR("Verifications"),
        .unit = MCP_STR("credits"),
        .has_balance = true,
        .has_limit = true,
        .balance_micro = 620 * MICRO,
        .limit_micro = 1000 * MICRO,
        .recorded_ms = NOW_MS,
        .own = {true, false, 5, 0},
        .history = line(30, 6 * HOUR_MS, 984 * MICRO, MICRO),
    };
    struct pool q;
    mcp_str record = pool_encode(&p, memory);

    T_CHECK(pool_decode(record, POOL_VERSION, &q));
    T_STR(q.credit_type, "verifications");
    T_STR(q.label, "Verifications");
    T_CHECK(q.has_balance && q.has_limit && q.own.has_low && !q.own.has_critical);
    T_EQ(q.balance_micro, p.balance_micro);
    T_EQ(q.recorded_ms, NOW_MS);
    T_EQ(q.history.n, 30);
    T_CHECK(memcmp(q.history.points, p.history.points, sizeof(p.history.points)) == 0);
    T_CHECK(!pool_decode(record, POOL_VERSION + 1, &q));
    for (size_t cut = 0; cut < record.len; cut++) {
        T_CHECK(!pool_decode(mcp_str_n(record.ptr, cut), POOL_VERSION, &q));
    }
}

/* What the JSON writer makes of a balance, in the place where a pool has it. */
static void balance_member(struct mcp_buf *out, int64_t micro)
{
    struct mcp_json_writer w;

    mcp_buf_clear(out);
    mcp_buf_add(out, MCP_STR(",\"balance\":"));
    mcp_json_writer_init(&w, out);
    mcp_json_put_micro(&w, micro);
    mcp_buf_byte(out, ',');
}

static void a_balance_is_written_as_the_json_writer_writes_it(void)
{
    static const int64_t ENDS[] = {0, 1, 9, 10, 99, 100, INT64_MAX, INT64_MIN, -1, 999999, 1000000};
    struct connection c = {
        .name = MCP_STR("n"), .tool_id = MCP_STR("t"), .tool_name = MCP_STR("t")};
    struct pool p = {.credit_type = MCP_STR("c"),
                     .label = MCP_STR("\xff\"\\\x01"),
                     .unit = MCP_STR("u"),
                     .has_balance = true};
    struct pool_thresholds none = {.has_low = false};
    struct pool_json j = {&c, &p, POOL_HEALTHY, &none, NOW_MS};
    struct mcp_buf got, want;
    uint64_t seed = 1;

    mcp_buf_init(&got, (size_t)1 << 16);
    mcp_buf_init(&want, 256);
    for (size_t i = 0; i < 20000; i++) {
        struct pool_json_head head = {0, 0};
        uint64_t bits = next_random(&seed) << 33 ^ next_random(&seed) << 11 ^ next_random(&seed);

        p.balance_micro =
            i < sizeof(ENDS) / sizeof(ENDS[0]) ? ENDS[i] : (int64_t)(bits >> (i % 64));
        p.balance_micro = i % 3 == 1 && p.balance_micro > 0 ? -p.balance_micro : p.balance_micro;
        mcp_buf_clear(&got);
        pool_json_put(&got, &j, &head);
        balance_member(&want, p.balance_micro);
        ck_assert_msg(t_has(mcp_buf_str(&got), mcp_buf_str(&want)), "%.*s",
                      MCP_STR_ARG(mcp_buf_str(&want)));
    }
    T_HAS(mcp_buf_str(&got), "\"label\":\"\xef\xbf\xbd\\\"\\\\\\u0001\"");
    mcp_buf_free(&got);
    mcp_buf_free(&want);
}

static const struct t_case cases[] = {
    T(the_estimate_uses_the_words_of_the_table_at_every_boundary),
    T(what_is_not_a_number_of_days_is_unknown),
    T(the_weekday_is_that_of_utc),
    T(thresholds_are_inclusive_and_critical_comes_first),
    T(a_zero_threshold_is_a_threshold),
    T(the_connection_speaks_before_the_balance),
    T(stale_begins_after_ninety_minutes),
    T(a_status_has_one_spelling),
    T(each_threshold_comes_from_the_first_that_has_it),
    T(thresholds_are_valid_when_low_is_above_critical),
    T(burn_is_what_was_used_over_the_time_it_took),
    T(nothing_used_is_no_burn),
    T(a_top_up_neither_hides_nor_inverts_the_burn),
    T(only_seven_days_count_and_always_the_newest),
    T(burn_scales_with_the_unit_and_ignores_what_lies_beneath),
    T(using_more_never_lowers_the_burn),
    T(burn_survives_the_ends_of_the_number_range),
    T(history_is_the_same_in_whatever_order_readings_come),
    T(seven_days_touch_at_most_29_buckets),
    T(a_pool_reads_back_as_it_was_written),
    T(a_balance_is_written_as_the_json_writer_writes_it),
};
T_MAIN("pool", cases)
