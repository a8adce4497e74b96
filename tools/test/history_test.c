/* tools/test/history_test.c - balances over time: what is shown, and what is kept. */
#include <tools/test/setting.h>

#include <tools/history.h>

static uint32_t seed = 1;

static uint32_t pick(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static void add_at(struct setting *s, const char *connection, int64_t at_ms, int balance)
{
    SAY_OK(s, "add_reading",
           timed(s,
                 mcp_arena_printf(&s->arena,
                                  "{'connection':'%s','creditType':'c','balance':%d,'recordedAt':'",
                                  connection, balance)
                     .ptr,
                 at_ms, "'}"));
}

static void the_newest_reading_of_each_part_is_shown_oldest_first(void)
{
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t','low':5}");
    for (int i = 0; i < 48; i++) {
        add_at(&s, "a", s.wall_ms - (int64_t)(48 - i) * 30 * MINUTE_MS, i);
    }
    struct said said =
        say(&s, "get_pool_history",
            timed(&s, "{'connection':'a','points':4,'from':'", s.wall_ms - DAY_MS, "'}"));
    mcp_json pool = mcp_json_at(at(said.json, "pools"), 0), points = at(pool, "points");

    T_EQ(mcp_json_count(points), 4);
    for (size_t i = 0; i < 4; i++) {
        T_EQ(mcp_json_int_or(at(mcp_json_at(points, i), "balance"), -1),
             (int64_t)(i < 3 ? 12 + 12 * i : 47));
    }
    T_EQ(mcp_json_int_or(at(at(pool, "thresholds"), "low"), -1), 5);
    SAY_FAILS(&s, "get_pool_history", "{'connection':'b'}", MCP_E_NOT_FOUND, "No connection");
    SAY_FAILS(&s, "get_pool_history", "{'connection':'a','creditType':'x'}", MCP_E_NOT_FOUND,
              "no reading");
    SAY_FAILS(&s, "get_pool_history",
              "{'connection':'a','from':'2026-06-02T00:00:00Z','to':'2026-06-01T00:00:00Z'}",
              MCP_E_INVALID_ARGUMENTS, "not after to");
    setting_close(&s);
}

static void a_missing_balance_is_null_and_never_zero(void)
{
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t'}");
    SAY_OK(&s, "add_reading", "{'connection':'a','creditType':'c','balance':null}");
    T_HAS(say(&s, "get_pool_history", "{'connection':'a'}").result, "\"balance\":null");
    setting_close(&s);
}

/* ---- Keeping ---- */

enum { READINGS = 400 };

/* Which of the times stay, by the definition: compare each with all others. */
static bool stays(const int64_t *at_ms, size_t n, size_t i, int64_t now_ms)
{
    bool is_newest = true, is_newest_of_bucket = true;

    for (size_t k = 0; k < n; k++) {
        bool is_newer = at_ms[k] > at_ms[i];

        is_newest = is_newest && !is_newer;
        if (is_newer && at_ms[k] / POOL_BUCKET_MS == at_ms[i] / POOL_BUCKET_MS) {
            is_newest_of_bucket = false;
        }
    }
    if (is_newest) {
        return true;
    }
    return at_ms[i] >= now_ms - HISTORY_ALL_MS &&
           (is_newest_of_bucket || at_ms[i] >= now_ms - HISTORY_FULL_MS);
}

struct kept {
    int64_t at_ms[READINGS * 3];
    size_t n;
};

static mcp_err kept_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct kept *k = arg;

    (void)value, (void)version;
    k->at_ms[k->n++] = key_get_time(key);
    return MCP_OK;
}

static mcp_err kept_body(struct store_txn *txn, void *arg)
{
    return store_scan(txn, MCP_STR("\x23"), mcp_str_n(NULL, 0), false, STORE_SCAN_MAX, kept_row,
                      arg);
}

static void a_pass_keeps_what_the_definition_says(void)
{
    static int64_t at_ms[3][READINGS];
    static struct kept kept;
    struct setting s;
    size_t want = 0;

    setting_open(&s);
    for (size_t c = 0; c < 3; c++) {
        const char *name = mcp_arena_printf(&s.arena, "c%zu", c).ptr;

        SAY_OK(&s, "add_connection",
               mcp_arena_printf(&s.arena, "{'name':'%s','toolName':'t'}", name).ptr);
        for (size_t i = 0; i < READINGS; i++) {
            /* dense and sparse stretches, up to 130 days back; each time once */
            int64_t back = c == 2 ? 100 * (int64_t)DAY_MS : 0;

            at_ms[c][i] = s.wall_ms - back - (int64_t)i * (c ? 30 : 1) * 10 * MINUTE_MS -
                          (int64_t)pick(5 * MINUTE_MS);
            add_at(&s, name, at_ms[c][i], (int)i);
        }
    }
    s.wall_ms += 3 * (int64_t)DAY_MS;
    for (int i = 0; i < 100; i++) {
        tools_tick(s.tools);
        while (store_complete(s.store)) {
        }
    }
    T_EQ(store_read(s.store, kept_body, &kept), MCP_OK);
    for (size_t c = 0; c < 3; c++) {
        for (size_t i = 0; i < READINGS; i++) {
            bool is_kept = false;

            for (size_t k = 0; k < kept.n; k++) {
                is_kept = is_kept || kept.at_ms[k] == at_ms[c][i];
            }
            ck_assert_msg(is_kept == stays(at_ms[c], READINGS, i, s.wall_ms),
                          "connection %zu, reading %zu is %s", c, i, is_kept ? "kept" : "gone");
            want += is_kept;
        }
    }
    T_EQ(kept.n, want);
    T_CHECK(want > 500 && want < 900);
    setting_close(&s);
}

static const struct t_case cases[] = {
    T(the_newest_reading_of_each_part_is_shown_oldest_first),
    T(a_missing_balance_is_null_and_never_zero),
    T(a_pass_keeps_what_the_definition_says),
};
T_MAIN("history", cases)
