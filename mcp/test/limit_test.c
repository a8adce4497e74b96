/* mcp/test/limit_test.c - the rules of mcp/limit.h and mcp/principal.h. */
#include "t.h"

#include <mcp/limit.h>
#include <mcp/principal.h>

enum { START_MS = 1000000 };

static const uint8_t ALICE[16] = {1}, BOB[16] = {2}, NOBODY[16] = {0};
static struct mcp_limit_state state;

static bool take(struct mcp_limiter *l, const uint8_t key[16], int32_t per_minute, int64_t now_ms)
{
    return mcp_limiter_take(l, key, per_minute, 1, now_ms, &state);
}

static void sixty_pass_at_once_and_the_next_waits_one_second(void)
{
    struct mcp_limiter *l = mcp_limiter_new(64);

    for (int i = 1; i <= 60; i++) {
        T_CHECK(take(l, ALICE, 60, START_MS));
        T_EQ(state.limit, 60);
        T_EQ(state.remaining, 60 - i);
        T_EQ(state.window_s, 60);
        T_EQ(state.reset_s, i);
        T_EQ(state.retry_s, 0);
    }
    for (int i = 0; i < 3; i++) { /* refusals take nothing */
        T_CHECK(!take(l, ALICE, 60, START_MS));
        T_EQ(state.remaining, 0);
        T_EQ(state.retry_s, 1);
        T_EQ(state.reset_s, 60);
    }
    T_CHECK(!take(l, ALICE, 60, START_MS + 999));
    T_CHECK(take(l, ALICE, 60, START_MS + 1000));
    T_CHECK(!take(l, ALICE, 60, START_MS + 1000));
    T_CHECK(take(l, BOB, 60, START_MS));
    T_CHECK(take(l, NOBODY, 60, START_MS));
    mcp_limiter_free(l);
}

static void the_allowance_refills_evenly_and_never_beyond(void)
{
    struct mcp_limiter *l = mcp_limiter_new(64);

    T_CHECK(mcp_limiter_take(l, ALICE, 60, 60, START_MS, &state));
    T_CHECK(mcp_limiter_take(l, ALICE, 60, 0, START_MS + 30000, &state)); /* only asks */
    T_EQ(state.remaining, 30);
    T_EQ(state.reset_s, 30);
    for (int i = 0; i < 60; i++) {
        T_CHECK(take(l, ALICE, 60, START_MS + 600000));
    }
    T_CHECK(!take(l, ALICE, 60, START_MS + 600000));
    mcp_limiter_free(l);
}

static void the_wait_told_is_the_wait_needed(void)
{
    struct mcp_limiter *l = mcp_limiter_new(64);

    T_CHECK(mcp_limiter_take(l, ALICE, 7, 5, START_MS, &state)); /* 60 s / 7 is no integer */
    T_CHECK(!mcp_limiter_take(l, ALICE, 7, 5, START_MS, &state));
    T_EQ(state.remaining, 2);
    T_EQ(state.retry_s, 26); /* three units of 8.571 s */
    T_CHECK(!mcp_limiter_take(l, ALICE, 7, 5, START_MS + 25000, &state));
    T_CHECK(mcp_limiter_take(l, ALICE, 7, 5, START_MS + 26000, &state));
    T_CHECK(!mcp_limiter_take(l, BOB, 7, 8, START_MS, &state)); /* above the allowance: never */
    T_CHECK(state.retry_s > 0);
    T_EQ(state.remaining, 7);
    T_CHECK(!mcp_limiter_take(l, BOB, 1, INT32_MAX, START_MS, &state));
    T_CHECK(!mcp_limiter_take(l, BOB, INT32_MAX - 1, INT32_MAX, START_MS, &state));
    T_CHECK(mcp_limiter_take(l, BOB, INT32_MAX, INT32_MAX, START_MS, &state));
    T_CHECK(mcp_limiter_take(l, BOB, 7, -5, START_MS, &state)); /* as 0 */
    mcp_limiter_free(l);
}

static void odd_rates_admit_exactly_their_number(void)
{
    static const int32_t RATES[] = {1, 7, 59, 61, 600, 999999, 1000003};

    for (size_t i = 0; i < sizeof(RATES) / sizeof(RATES[0]); i++) {
        struct mcp_limiter *l = mcp_limiter_new(1);

        T_CHECK(mcp_limiter_take(l, ALICE, RATES[i], RATES[i], START_MS, &state));
        T_EQ(state.remaining, 0);
        T_CHECK(!take(l, ALICE, RATES[i], START_MS));
        mcp_limiter_free(l);
    }
}

static void no_rate_means_no_limit(void)
{
    struct mcp_limiter *l = mcp_limiter_new(8);

    for (int i = 0; i < 1000; i++) {
        T_CHECK(take(l, ALICE, i % 2 ? -1 : 0, START_MS));
    }
    T_EQ(state.limit, 0);
    mcp_limiter_free(l);
}

static void time_going_back_or_a_lower_rate_never_locks_a_key_out(void)
{
    struct mcp_limiter *l = mcp_limiter_new(64);

    T_CHECK(mcp_limiter_take(l, ALICE, 60, 60, START_MS, &state));
    T_CHECK(!take(l, ALICE, 60, 0));
    T_EQ(state.retry_s, 1);
    T_EQ(state.reset_s, 60);
    T_CHECK(!take(l, ALICE, 600, START_MS));
    T_EQ(state.remaining, 0);
    mcp_limiter_free(l);
}

static void a_full_row_forgets_the_key_that_owes_least(void)
{
    struct mcp_limiter *l = mcp_limiter_new(1); /* one row of eight */
    uint8_t key[16] = {0};

    for (uint8_t i = 1; i <= 8; i++) {
        key[0] = i;
        T_CHECK(mcp_limiter_take(l, key, 60, 10 + i, START_MS, &state));
    }
    key[0] = 9;
    T_CHECK(mcp_limiter_take(l, key, 60, 60, START_MS, &state)); /* in the place of key 1 */
    key[0] = 1;
    T_CHECK(mcp_limiter_take(l, key, 60, 0, START_MS, &state));
    T_EQ(state.remaining, 60);
    for (uint8_t i = 2; i <= 8; i++) {
        key[0] = i;
        T_CHECK(mcp_limiter_take(l, key, 60, 0, START_MS, &state));
        T_EQ(state.remaining, 60 - 10 - i);
    }
    key[0] = 9;
    T_CHECK(!take(l, key, 60, START_MS));
    mcp_limiter_free(l);
}

static bool new_step(void *arg)
{
    struct mcp_limiter *l = mcp_limiter_new(1000);

    (void)arg;
    mcp_limiter_free(l);
    return l != NULL;
}

static void a_limiter_is_one_allocation_and_absurd_sizes_are_refused(void)
{
    T_EQ(t_torture(new_step, NULL), 1);
    T_CHECK(!mcp_limiter_new(SIZE_MAX));
    mcp_limiter_free(NULL);
}

static void a_scope_is_held_by_its_whole_name_or_by_the_star(void)
{
    struct mcp_principal p = {.scopes = "pools:read usage:write"}, all = {.scopes = "*"},
                         none = {0};

    T_CHECK(mcp_principal_has(&p, "pools:read") && mcp_principal_has(&p, "usage:write"));
    T_CHECK(!mcp_principal_has(&p, "pools") && !mcp_principal_has(&p, "pools:read usage:write"));
    T_CHECK(!mcp_principal_has(&p, "read") && !mcp_principal_has(&p, ""));
    T_CHECK(mcp_principal_has(&all, "anything") && mcp_principal_has(&none, NULL));
    T_CHECK(!mcp_principal_has(&none, "x") && !mcp_principal_has(&none, ""));
    T_CHECK(mcp_principal_has(NULL, NULL) && !mcp_principal_has(NULL, "x"));
    memset(p.scopes, 'a', sizeof(p.scopes)); /* not terminated: read no further */
    T_CHECK(!mcp_principal_has(&p, "b"));
}

static const struct t_case CASES[] = {
    T(sixty_pass_at_once_and_the_next_waits_one_second),
    T(the_allowance_refills_evenly_and_never_beyond),
    T(the_wait_told_is_the_wait_needed),
    T(odd_rates_admit_exactly_their_number),
    T(no_rate_means_no_limit),
    T(time_going_back_or_a_lower_rate_never_locks_a_key_out),
    T(a_full_row_forgets_the_key_that_owes_least),
    T(a_limiter_is_one_allocation_and_absurd_sizes_are_refused),
    T(a_scope_is_held_by_its_whole_name_or_by_the_star),
};
T_MAIN("mcp/limit", CASES)
