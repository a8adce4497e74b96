/* Warnings about tokens that are about to end: when, and each once, also across restarts. */
#include <tools/test/setting.h>

#include <tools/token_expiry.h>

static void the_days_before_the_end_are_exact_and_short_lives_have_fewer(void)
{
    static const struct {
        int64_t life_days, left_ms;
        unsigned want;
    } CASES[] = {
        {365, 31 * (int64_t)DAY_MS, 0},
        {365, 30 * (int64_t)DAY_MS + 1, 0},
        {365, 30 * (int64_t)DAY_MS, 1},
        {365, 14 * (int64_t)DAY_MS + 1, 1},
        {365, 14 * (int64_t)DAY_MS, 2},
        {365, 7 * (int64_t)DAY_MS, 3},
        {365, DAY_MS + 1, 3},
        {365, DAY_MS, 4},
        {365, 1, 4},
        {365, 0, 0},
        {30, 30 * (int64_t)DAY_MS, 0},
        {30, 14 * (int64_t)DAY_MS, 2},
        {14, 14 * (int64_t)DAY_MS, 0},
        {14, 7 * (int64_t)DAY_MS, 3},
        {1, DAY_MS, 0},
        {1, 1, 0},
        {2, DAY_MS, 4},
    };

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        int64_t created_ms = NOW_MS, expires_ms = NOW_MS + CASES[i].life_days * DAY_MS;

        ck_assert_msg(token_expiry_stage(created_ms, expires_ms, expires_ms - CASES[i].left_ms) ==
                          CASES[i].want,
                      "case %zu", i);
    }
    T_EQ(token_expiry_stage(NOW_MS, 0, NOW_MS), 0);
}

/* A pass goes by; returns how many alerts there are. */
static size_t pass(struct setting *s, struct tools *t, int64_t ms)
{
    s->wall_ms += ms;
    for (int i = 0; i < 8; i++) {
        s->monotonic_ms += TOKEN_EXPIRY_REST_MS / 4;
        tools_tick(t);
        while (store_complete(s->store)) {
        }
    }
    struct said list = say(s, "list_alerts", "{'limit':200}");

    return mcp_json_count(at(list.json, "alerts"));
}

static void each_warning_goes_out_once_also_across_restarts(void)
{
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "create_token",
           timed(&s, "{'name':'ci','expiresAt':'", NOW_MS + 60 * (int64_t)DAY_MS, "'}"));
    SAY_OK(&s, "create_token", "{'name':'for ever'}");
    T_EQ(pass(&s, s.tools, 0), 0);
    T_EQ(pass(&s, s.tools, 30 * (int64_t)DAY_MS), 1);
    T_EQ(pass(&s, s.tools, HOUR_MS), 1);
    struct tools *second = setting_tools(&s, NULL); /* as after a restart */

    T_EQ(pass(&s, second, HOUR_MS), 1);
    T_EQ(pass(&s, second, 16 * (int64_t)DAY_MS), 2);
    T_EQ(pass(&s, second, 13 * (int64_t)DAY_MS), 3); /* 7 days were missed: only the last */
    struct said list = say(&s, "list_alerts", "{'limit':1}");
    mcp_json newest = mcp_json_first(at(list.json, "alerts"));

    T_STR(text_of(&list, newest, "event"), "key.expiring");
    T_STR(text_of(&list, newest, "level"), "critical");
    T_HAS(list.result, "ci expires in 1 day");
    T_EQ(pass(&s, second, 2 * (int64_t)DAY_MS), 3); /* over */
    tools_free(second);
    setting_close(&s);
}

static void a_revoked_token_is_nobody_s_business(void)
{
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "create_token",
           timed(&s, "{'name':'ci','expiresAt':'", NOW_MS + 60 * (int64_t)DAY_MS, "'}"));
    SAY_OK(&s, "revoke_token", "{'token':'ci'}");
    T_EQ(pass(&s, s.tools, 59 * (int64_t)DAY_MS), 0);
    setting_close(&s);
}

static void many_are_warned_of_in_bounded_steps(void)
{
    struct setting s;

    setting_open(&s);
    for (int i = 0; i < 60; i++) {
        SAY_OK(&s, "create_token",
               timed(&s, mcp_arena_printf(&s.arena, "{'name':'t%d','expiresAt':'", i).ptr,
                     NOW_MS + 60 * (int64_t)DAY_MS, "'}"));
    }
    T_EQ(pass(&s, s.tools, 40 * (int64_t)DAY_MS), 60);
    T_EQ(pass(&s, s.tools, 0), 60);
    setting_close(&s);
}

static const struct t_case cases[] = {
    T(the_days_before_the_end_are_exact_and_short_lives_have_fewer),
    T(each_warning_goes_out_once_also_across_restarts),
    T(a_revoked_token_is_nobody_s_business),
    T(many_are_warned_of_in_bounded_steps),
};
T_MAIN("token_expiry", cases)
