/* tools/test/alert_test.c - the alert state machine: tables by hand, and millions of random steps
 * against a reference that keeps every observation and decides by looking back over all of them. */
#include <mcp/test/t.h>
#include <tools/alert.h>

#define MICRO INT64_C(1000000)

/* ---- By hand: one pool, low 100, critical 10 ---- */

static const struct pool_thresholds BOTH = {true, true, 100 * MICRO, 10 * MICRO};

static struct alert_view view_of(int64_t balance, const struct pool_thresholds *t, bool is_read)
{
    struct pool p = {.has_balance = balance >= 0, .balance_micro = balance * MICRO};
    struct alert_view v = {0};

    alert_see(&v, 0, &p, t, is_read);
    return v;
}

/* What a string of commands gives: numbers are readings ("-1": the vendor did not say), T told, L
 * lost. One letter comes back for each reading: l, c a raise, h healed, . nothing. */
static void play(const char *script, const char *want)
{
    struct alert_state s = {0};
    char got[64];
    size_t n = 0;

    for (const char *at = script; *at;) {
        char *end;
        long balance = strtol(at, &end, 10);

        if (end != at) {
            struct alert_view v = view_of(balance, &BOTH, true);
            enum alert_act act = alert_step(&s, &v);

            got[n++] = act == ALERT_HEAL             ? 'h'
                       : act == ALERT_NOTHING        ? '.'
                       : s.pending == ALERT_CRITICAL ? 'c'
                                                     : 'l';
            at = end;
        } else {
            if (*at == 'T') {
                alert_told(&s);
            } else if (*at == 'L') {
                alert_lost(&s);
            }
            at++;
        }
    }
    got[n] = '\0';
    ck_assert_msg(strcmp(got, want) == 0, "%s: got %s, want %s", script, got, want);
}

static void an_alert_goes_out_on_a_rise_only(void)
{
    play("500 400", "..");
    play("500 100 T 99 50 11", ".l...");      /* at the threshold counts; once */
    play("500 10 T 9 0 -1", ".c...");         /* straight to critical */
    play("500 90 T 10 T 5", ".lc.");          /* one each */
    play("500 90 T 10 T 90 10 90", ".lc..."); /* down and half-way up again: told already */
}

static void what_is_on_its_way_counts_as_told(void)
{
    play("90 80 70", "l..");
    play("90 10 80 10", "lc.."); /* critical supersedes the low that nobody had yet */
}

static void recovery_arms_it_again(void)
{
    play("90 T 500 90", "lhl");
    play("90 T 10 T 500 90 T 10", "lchlc");
    play("90 500 90", "lhl"); /* never delivered: taken back, and raised anew */
}

static void a_balance_that_dances_around_the_threshold_gives_one_alert(void)
{
    play("99 T 101 99 101 99 101 99", "l......");
    play("99 T 105 99 105 99", "l....");      /* 105 is not above 105 */
    play("99 T 101 99 101 102 99", "l...hl"); /* twice in a row above is recovery */
    play("99 T 101 -1 101", "l..h");          /* no balance is no reading of one */
    play("99 T 106 99", "lhl");
}

static void what_nobody_got_is_raised_again(void)
{
    play("90 L 80 L 70 T 60", "lll.");
    play("90 T 10 L 10 T 9", "lcc.");
    play("90 L 500", "l."); /* nothing to take back */
}

static void no_balance_neither_raises_nor_heals(void)
{
    play("-1 -1 90 -1 -1 T -1 500", "..l...h");
}

static void a_step_without_a_new_reading_does_not_count_towards_recovery(void)
{
    struct alert_state s = {0};
    struct alert_view low = view_of(90, &BOTH, true), band = view_of(101, &BOTH, true);
    struct alert_view again = view_of(101, &BOTH, false);

    T_EQ(alert_step(&s, &low), ALERT_RAISE);
    T_EQ(alert_step(&s, &band), ALERT_NOTHING);
    for (int i = 0; i < 5; i++) {
        T_EQ(alert_step(&s, &again), ALERT_NOTHING);
    }
    T_EQ(alert_step(&s, &band), ALERT_HEAL);
}

static void thresholds_that_change_are_seen(void)
{
    static const struct pool_thresholds HIGHER = {true, true, 900 * MICRO, 10 * MICRO};
    struct alert_state s = {0};
    struct alert_view v = view_of(500, &BOTH, true);

    T_EQ(alert_step(&s, &v), ALERT_NOTHING);
    v = view_of(500, &HIGHER, false);
    T_EQ(alert_step(&s, &v), ALERT_RAISE);
    v = view_of(901, &HIGHER, true);
    T_EQ(alert_step(&s, &v), ALERT_NOTHING);
    v = view_of(500, &BOTH, false);
    T_EQ(alert_step(&s, &v), ALERT_HEAL);
}

static void a_threshold_just_below_the_balance_heals_with_the_second_reading(void)
{
    static const struct pool_thresholds HIGHER = {true, false, 900 * MICRO, 0};
    static const struct pool_thresholds LOWER = {true, false, 490 * MICRO, 0};
    struct alert_state s = {0};
    struct alert_view v = view_of(500, &HIGHER, true);

    T_EQ(alert_step(&s, &v), ALERT_RAISE);
    v = view_of(500, &LOWER, false); /* no reading */
    T_EQ(alert_step(&s, &v), ALERT_NOTHING);
    v = view_of(500, &LOWER, true);
    T_EQ(alert_step(&s, &v), ALERT_NOTHING);
    T_EQ(alert_step(&s, &v), ALERT_HEAL);
}

static void without_thresholds_everything_is_well_above(void)
{
    static const struct pool_thresholds NONE = {0};
    struct alert_state s = {0};
    struct alert_view v = view_of(50, &BOTH, true);

    T_EQ(alert_step(&s, &v), ALERT_RAISE);
    v = view_of(50, &NONE, false);
    T_EQ(alert_step(&s, &v), ALERT_HEAL);
}

static void a_connection_heals_when_its_last_pool_does(void)
{
    struct pool up = {.has_balance = true, .balance_micro = 500 * MICRO};
    struct pool down = {.has_balance = true, .balance_micro = 5 * MICRO};
    struct alert_state s = {0};
    struct alert_view v = {0};

    alert_see(&v, 0, &down, &BOTH, true);
    alert_see(&v, 63, &down, &BOTH, true);
    T_EQ(alert_step(&s, &v), ALERT_RAISE);
    T_EQ(s.pending, ALERT_CRITICAL);
    T_EQ(s.down, UINT64_C(1) << 63 | 1);
    v = (struct alert_view){0};
    alert_see(&v, 0, &up, &BOTH, true);
    alert_see(&v, 63, &down, &BOTH, false);
    T_EQ(alert_step(&s, &v), ALERT_NOTHING);
    v = (struct alert_view){0};
    alert_see(&v, 0, &up, &BOTH, false);
    alert_see(&v, 63, &up, &BOTH, true);
    T_EQ(alert_step(&s, &v), ALERT_HEAL);
}

static void the_margin_is_exact_and_never_overflows(void)
{
    static const struct {
        int64_t threshold, balance;
        bool is_clear;
    } ROWS[] = {
        {100 * MICRO, 105 * MICRO, false},
        {100 * MICRO, 105 * MICRO + 1, true},
        {0, 0, false},
        {0, 1, true},
        {19, 20, true}, /* a twentieth of 19 millionths is nothing */
        {20, 21, false},
        {20, 22, true},
        {INT64_MAX, INT64_MAX, false},
        {INT64_MAX - 1, INT64_MAX, false},
        {0, INT64_MAX, true},
        {5, INT64_MIN, false},
    };

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct pool p = {.has_balance = true, .balance_micro = ROWS[i].balance};
        struct pool_thresholds t = {.has_low = true, .low_micro = ROWS[i].threshold};
        struct alert_view v = {0};

        alert_see(&v, 5, &p, &t, true);
        ck_assert_msg((v.clear != 0) == ROWS[i].is_clear, "row %zu", i);
        t = (struct pool_thresholds){.has_critical = true, .critical_micro = ROWS[i].threshold};
        v = (struct alert_view){0};
        alert_see(&v, 5, &p, &t, true);
        ck_assert_msg((v.clear != 0) == ROWS[i].is_clear, "row %zu, critical", i);
    }
}

static void levels_have_names(void)
{
    enum alert_level l = ALERT_NONE;

    T_STR(alert_level_name(ALERT_CRITICAL), "critical");
    T_CHECK(alert_level_parse(MCP_STR("low"), &l) && l == ALERT_LOW);
    T_CHECK(alert_level_parse(MCP_STR("critical"), &l) && l == ALERT_CRITICAL);
    T_CHECK(!alert_level_parse(MCP_STR("none"), &l) && !alert_level_parse(MCP_STR("Low"), &l));
}

/* ---- The model ----
 *
 * A world is a connection with some pools, read at random, with deliveries that succeed, fail for
 * good, or take their time. The reference remembers what was seen and what was sent, and answers
 * from the definitions in alert.h's first paragraph. */
enum { POOLS_MAX = 5, STEPS_MAX = 48 };

struct observation {
    bool is_known, is_read;
    int64_t balance;
};

enum fate { FLYING, TOLD, LOST, TAKEN_BACK };

struct sent {
    enum alert_level level;
    enum fate fate;
};

struct world {
    unsigned n_pools;
    struct pool_thresholds t[POOLS_MAX];
    struct pool pools[POOLS_MAX];
    struct observation seen[POOLS_MAX][STEPS_MAX];
    size_t n_seen;
    struct sent sent[STEPS_MAX]; /* of the current episode */
    size_t n_sent;
    struct alert_state state; /* of the machine under test */
};

static uint64_t seed;

static uint32_t pick(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)((seed >> 16) % below);
}

static bool is_low(const struct observation *o, const struct pool_thresholds *t)
{
    return o->is_known && ((t->has_low && o->balance <= t->low_micro) ||
                           (t->has_critical && o->balance <= t->critical_micro));
}

static bool is_far_above(const struct observation *o, const struct pool_thresholds *t)
{
    return o->is_known && (!t->has_low || 20 * o->balance > 21 * t->low_micro) &&
           (!t->has_critical || 20 * o->balance > 21 * t->critical_micro);
}

/* Was low, and since then neither far above nor above in two readings. */
static bool reference_is_down(const struct world *w, unsigned p)
{
    size_t last_low = STEPS_MAX;
    unsigned readings_above = 0;
    bool was_far_above = false;

    for (size_t i = 0; i < w->n_seen; i++) {
        last_low = is_low(&w->seen[p][i], &w->t[p]) ? i : last_low;
    }
    if (last_low == STEPS_MAX) {
        return false;
    }
    for (size_t i = last_low + 1; i < w->n_seen; i++) {
        readings_above += w->seen[p][i].is_known && w->seen[p][i].is_read;
        was_far_above = was_far_above || is_far_above(&w->seen[p][i], &w->t[p]);
    }
    return readings_above < 2 && !was_far_above;
}

static enum alert_level reference_level(const struct world *w)
{
    enum alert_level worst = ALERT_NONE;

    for (unsigned p = 0; p < w->n_pools; p++) {
        const struct observation *o = &w->seen[p][w->n_seen - 1];
        bool is_critical =
            o->is_known && w->t[p].has_critical && o->balance <= w->t[p].critical_micro;
        enum alert_level l = is_critical           ? ALERT_CRITICAL
                             : is_low(o, &w->t[p]) ? ALERT_LOW
                                                   : ALERT_NONE;

        worst = l > worst ? l : worst;
    }
    return worst;
}

static enum alert_level reference_known(const struct world *w)
{
    enum alert_level known = ALERT_NONE;

    for (size_t i = 0; i < w->n_sent; i++) {
        if ((w->sent[i].fate == FLYING || w->sent[i].fate == TOLD) && w->sent[i].level > known) {
            known = w->sent[i].level;
        }
    }
    return known;
}

static enum alert_act reference_step(struct world *w)
{
    enum alert_level now = reference_level(w), known = reference_known(w);
    unsigned n_down = 0;

    for (unsigned p = 0; p < w->n_pools; p++) {
        n_down += reference_is_down(w, p);
    }
    if (now > known) {
        for (size_t i = 0; i < w->n_sent; i++) {
            w->sent[i].fate = w->sent[i].fate == FLYING ? TAKEN_BACK : w->sent[i].fate;
        }
        w->sent[w->n_sent++] = (struct sent){now, FLYING};
        return ALERT_RAISE;
    }
    if (n_down == 0 && known != ALERT_NONE) {
        w->n_sent = 0; /* the episode is over */
        return ALERT_HEAL;
    }
    return ALERT_NOTHING;
}

static void make_world(struct world *w)
{
    *w = (struct world){.n_pools = 1 + pick(POOLS_MAX)};
    for (unsigned p = 0; p < w->n_pools; p++) {
        int64_t critical = pick(40);

        w->t[p] = (struct pool_thresholds){
            .has_low = pick(8) != 0,
            .has_critical = pick(3) != 0,
            .critical_micro = critical,
            .low_micro = critical + 1 + pick(60),
        };
    }
}

/* A balance near what matters. */
static int64_t some_balance(const struct pool_thresholds *t)
{
    int64_t around = pick(2) ? t->low_micro : t->critical_micro;
    int64_t b = pick(3) ? around + (int64_t)pick(12) - 6 : pick(200);

    return b < 0 ? 0 : b;
}

static void read_pools(struct world *w, struct alert_view *v)
{
    *v = (struct alert_view){0};
    for (unsigned p = 0; p < w->n_pools; p++) {
        bool is_read = pick(3) != 0;

        if (is_read) {
            w->pools[p].has_balance = pick(10) != 0;
            w->pools[p].balance_micro = some_balance(&w->t[p]);
        }
        alert_see(v, p, &w->pools[p], &w->t[p], is_read);
        w->seen[p][w->n_seen] =
            (struct observation){w->pools[p].has_balance, is_read, w->pools[p].balance_micro};
    }
    w->n_seen++;
}

/* The newest alert that is on its way arrives, or never will. */
static void deliver(struct world *w)
{
    uint32_t what = pick(6);

    if (w->n_sent == 0 || w->sent[w->n_sent - 1].fate != FLYING || what > 2) {
        return;
    }
    w->sent[w->n_sent - 1].fate = what ? TOLD : LOST;
    if (what) {
        alert_told(&w->state);
    } else {
        alert_lost(&w->state);
    }
}

static void random_histories_give_what_the_definitions_say(void)
{
    size_t n_raised = 0, n_healed = 0, steps = 0;

    seed = UINT64_C(0x9e3779b97f4a7c15);
    while (steps < (T_IS_SANITIZED ? 300000 : 2000000)) {
        struct world w;

        make_world(&w);
        for (int i = 0; i < STEPS_MAX; i++, steps++) {
            struct alert_view v;

            read_pools(&w, &v);
            enum alert_act want = reference_step(&w), got = alert_step(&w.state, &v);

            ck_assert_msg(got == want, "step %zu: got %d, want %d", steps, (int)got, (int)want);
            T_EQ(w.state.once & ~w.state.down, 0);
            T_CHECK(want != ALERT_RAISE || w.state.pending == w.sent[w.n_sent - 1].level);
            n_raised += got == ALERT_RAISE;
            n_healed += got == ALERT_HEAL;
            deliver(&w);
        }
    }
    printf("%zu steps, %zu raised, %zu healed\n", steps, n_raised, n_healed);
    T_CHECK(n_raised > steps / 10 && n_healed > steps / 25); /* the histories are not dull */
}

static const struct t_case cases[] = {
    T(an_alert_goes_out_on_a_rise_only),
    T(what_is_on_its_way_counts_as_told),
    T(recovery_arms_it_again),
    T(a_balance_that_dances_around_the_threshold_gives_one_alert),
    T(what_nobody_got_is_raised_again),
    T(no_balance_neither_raises_nor_heals),
    T(a_step_without_a_new_reading_does_not_count_towards_recovery),
    T(thresholds_that_change_are_seen),
    T(a_threshold_just_below_the_balance_heals_with_the_second_reading),
    T(without_thresholds_everything_is_well_above),
    T(a_connection_heals_when_its_last_pool_does),
    T(the_margin_is_exact_and_never_overflows),
    T(levels_have_names),
    T(random_histories_give_what_the_definitions_say),
};
T_MAIN("alert", cases)
