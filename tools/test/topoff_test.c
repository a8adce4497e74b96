/* tools/test/topoff_test.c - auto top-offs that are charged to who has paid before: once per
 * crossing, whatever is answered, reported or lost. */
#include <tools/test/till.h>

static const struct mcp_principal SPENDER = {.owner = 2, .scopes = "wallet", .rate_per_minute = -1};

static void tick(struct till *t)
{
    t->s.wall_ms += 1000;
    t->s.monotonic_ms += 1000;
    tools_tick(t->s.tools);
    while (store_complete(t->s.store)) {
    }
}

static void respond_and_settle(struct till *t, int status, const char *body)
{
    respond(t, status, body);
    while (store_complete(t->s.store)) {
    }
}

static void want_topoff(struct till *t, bool is_on)
{
    struct said said =
        say_as(&t->s, &PAYER, "set_topoff",
               mcp_arena_printf(&t->s.arena,
                                "{\"auto_topoff_enabled\":%s,\"auto_topoff_threshold\":1000000,"
                                "\"auto_topoff_amount\":2000000}",
                                is_on ? "true" : "false"));

    T_EQ(said.err, MCP_OK);
}

static void spend(struct till *t, int credits)
{
    struct said got = say_as(&t->s, &SPENDER, "reserve_credits",
                             mcp_arena_printf(&t->s.arena, "{\"amount\":%d}", credits));

    T_EQ(got.err, MCP_OK);
    mcp_str id = text_of(&got, got.json, "id");

    T_EQ(say_as(&t->s, &SPENDER, "settle_reservation",
                mcp_arena_printf(&t->s.arena, "{\"reservation\":\"%.*s\",\"amount\":%d}",
                                 MCP_STR_ARG(id), credits))
             .err,
         MCP_OK);
}

/* payment_intent.*, of an order. */
static struct said report_intent(struct till *t, const char *event, const char *what,
                                 const char *more, mcp_str id)
{
    mcp_str body = mcp_arena_printf(
        &t->s.arena,
        "{\"id\":\"%s\",\"type\":\"payment_intent.%s\",\"data\":{\"object\":{\"id\":\"pi_1\","
        "\"currency\":\"usd\",\"metadata\":{\"order\":\"%.*s\"}%s}}}",
        event, what, MCP_STR_ARG(id), more);

    return report_signed(t, body, signature(t, body, SECRET, t->s.wall_ms / 1000));
}

#define CONSENT                                                                                    \
    ",\"amount_received\":500,\"customer\":\"cus_1\",\"payment_method\":\"pm_1\","                 \
    "\"setup_future_usage\":\"off_session\""

/* Somebody has paid a checkout with auto top-off on, and has 4,050,000 credits. */
static void begin_paid(struct till *t)
{
    begin(t);
    want_topoff(t, true);
    mcp_str id = checkout(t);

    outcome_is(report(t, PAID, id), "credited");
    outcome_is(report_intent(t, "evt_pi", "succeeded", CONSENT, id), "kept");
    T_EQ(balance(t), 4050000);
    t->n_asked = 0;
}

/* The balance falls below the threshold, and Stripe is asked; the order's id. */
static mcp_str cross(struct till *t)
{
    spend(t, 3500000);
    tick(t);
    T_CHECK(t->open != NULL);
    return t->idempotency;
}

#define INTENT "{\"id\":\"pi_1\",\"amount\":200,\"currency\":\"usd\",\"status\":"

static void has_method(struct till *t, const char *want)
{
    T_HAS(say_as(&t->s, &PAYER, "get_account", MCP_STR("{}")).result, want);
}

static void who_wants_topoffs_is_kept_and_nobody_else(void)
{
    struct till t;

    begin(&t);
    mcp_str first = checkout(&t);

    T_CHECK(!t_has(t.body, MCP_STR("setup_future_usage")));
    want_topoff(&t, true);
    mcp_str second = checkout(&t);

    T_HAS(t.body, "&customer_creation=always&payment_intent_data%5Bsetup_future_usage%5D="
                  "off_session&");
    outcome_is(report_intent(&t, "evt_a", "succeeded",
                             ",\"amount_received\":500,\"customer\":\"cus_1\",\"payment_method\":"
                             "\"pm_1\",\"setup_future_usage\":null",
                             first),
               "ignored");
    has_method(&t, "\"has_payment_method\":false");
    outcome_is(report_intent(&t, "evt_b", "succeeded", CONSENT, second), "kept");
    has_method(&t, "\"has_payment_method\":true");
    outcome_is(report_intent(&t, "evt_c", "payment_failed", "", second), "ignored");
    status_is(&t, second, "pending"); /* its session's event counts */
    T_EQ(balance(&t), 0);
    end_all(&t);
}

static void a_crossing_is_charged_once(void)
{
    struct till t;

    begin_paid(&t);
    mcp_str id = cross(&t);

    T_STR(t.url, "https://api.stripe.com/v1/payment_intents");
    T_STR(t.body,
          mcp_arena_printf(&t.s.arena,
                           "amount=200&currency=usd&customer=cus_1&payment_method=pm_1&off_session="
                           "true&confirm=true&description=Auto+top-off&metadata%%5Border%%5D=%.*s",
                           MCP_STR_ARG(id))
              .ptr);
    tick(&t); /* one at a time */
    respond_and_settle(&t, 200, INTENT "\"succeeded\"}");
    T_EQ(balance(&t), 2550000);
    T_HAS(order(&t, id).result, "\"status\":\"paid\",\"package_id\":\"auto_topoff\"");
    T_HAS(say(&t.s, "list_ledger", "{'account':'2'}").result, "\"reason\":\"topoff\"");
    outcome_is(report_intent(&t, "evt_2", "succeeded", ",\"amount_received\":200", id), "known");
    spend(&t, 1000);
    tick(&t);
    T_EQ(t.n_asked, 1);
    spend(&t, 2000000);
    tick(&t);
    T_EQ(t.n_asked, 2);
    T_CHECK(!mcp_str_eq(t.idempotency, id));
    respond_and_settle(&t, 200, INTENT "\"succeeded\"}");
    T_EQ(balance(&t), 2549000);
    end_all(&t);
}

static void what_is_refused_is_not_tried_again(void)
{
    static const struct {
        int status;
        const char *body;
    } ROWS[] = {
        {402, "{\"error\":{\"type\":\"card_error\",\"code\":\"authentication_required\"}}"},
        {400, "{}"},
        {401, "no"},
        {302, ""},
        {200, INTENT "\"requires_action\"}"},
    };

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct till t;

        begin_paid(&t);
        mcp_str id = cross(&t);

        respond_and_settle(&t, ROWS[i].status, ROWS[i].body);
        status_is(&t, id, "failed");
        spend(&t, 1000);
        t.s.wall_ms += DAY_MS;
        tick(&t);
        T_EQ(t.n_asked, 1);
        T_EQ(balance(&t), 549000);
        end_all(&t);
    }
}

static void what_is_not_answered_is_asked_again_for_a_day(void)
{
    struct till t;
    int64_t from_ms, before_ms = 0;
    size_t n = 0;

    begin_paid(&t);
    mcp_str id = cross(&t), body = t.body;

    from_ms = t.s.wall_ms;
    respond_and_settle(&t, -1, ""); /* the server stops: asked again when it is back */
    tick(&t);
    while (t.open) {
        int64_t asked_ms = t.s.wall_ms, waited_ms = asked_ms - before_ms;

        T_CHECK(mcp_str_eq(t.idempotency, id) && mcp_str_eq(t.body, body));
        ck_assert_msg(n < 2 || waited_ms >= MINUTE_MS, "after %lld ms", (long long)waited_ms);
        before_ms = asked_ms;
        respond_and_settle(&t, n % 2 ? 500 : 0, "{}");
        for (int i = 0; i < 24 * 60 && !t.open; i++) {
            t.s.wall_ms += MINUTE_MS;
            tick(&t);
        }
        n++;
    }
    ck_assert_msg(n >= 6 && n <= 20, "%zu times", n);
    status_is(&t, id, "failed");
    T_CHECK(before_ms - from_ms > 20 * HOUR_MS);
    outcome_is(report_intent(&t, "evt_2", "succeeded", ",\"amount_received\":200", id), "credited");
    T_EQ(balance(&t), 2550000); /* it had arrived, after all */
    end_all(&t);
}

static void an_answer_and_a_report_are_one_payment(void)
{
    struct till t;

    begin_paid(&t);
    mcp_str id = cross(&t);

    outcome_is(report_intent(&t, "evt_2", "succeeded", ",\"amount_received\":200", id), "credited");
    respond_and_settle(&t, 200, INTENT "\"succeeded\"}");
    T_EQ(balance(&t), 2550000);
    spend(&t, 2000000);
    tick(&t);
    id = t.idempotency;
    respond_and_settle(&t, 200, INTENT "\"processing\"}");
    T_EQ(balance(&t), 550000);
    status_is(&t, id, "pending");
    T_EQ(report_intent(&t, "evt_3", "succeeded", ",\"amount_received\":199", id).err,
         MCP_E_REFUSED);
    outcome_is(report_intent(&t, "evt_3", "succeeded", ",\"amount_received\":200", id), "credited");
    T_EQ(balance(&t), 2550000);
    tick(&t);
    T_EQ(t.n_asked, 2);
    end_all(&t);
}

static void what_is_no_payment_of_the_order_credits_nothing(void)
{
    static const char *const BODIES[] = {
        "{\"id\":\"pi_1\",\"amount\":199,\"currency\":\"usd\",\"status\":\"succeeded\"}",
        "{\"id\":\"pi_1\",\"amount\":200,\"currency\":\"eur\",\"status\":\"succeeded\"}",
        "{\"id\":\"pi 1\",\"amount\":200,\"currency\":\"usd\",\"status\":\"succeeded\"}",
        "succeeded",
    };

    for (size_t i = 0; i < sizeof(BODIES) / sizeof(BODIES[0]); i++) {
        struct till t;

        begin_paid(&t);
        mcp_str id = cross(&t);

        respond_and_settle(&t, 200, BODIES[i]);
        T_EQ(balance(&t), 550000);
        status_is(&t, id, "pending");
        end_all(&t);
    }
}

static void an_operator_or_a_deletion_is_faster(void)
{
    struct till t;

    begin_paid(&t);
    spend(&t, 3500000);
    struct said list = say(&t.s, "list_orders", "{'status':'pending'}");
    mcp_str id = text_of(&list, mcp_json_first(at(list.json, "orders")), "id");

    T_EQ(say(&t.s, "reject_order",
             mcp_arena_printf(&t.s.arena, "{'order':'%.*s'}", MCP_STR_ARG(id)).ptr)
             .err,
         MCP_OK);
    tick(&t);
    tick(&t);
    T_EQ(t.n_asked, 0);
    status_is(&t, id, "rejected");
    end_all(&t);
    begin_paid(&t);
    id = cross(&t);
    T_EQ(store_write_now(t.s.store, remove_user, NULL), MCP_OK);
    respond_and_settle(&t, 200,
                       INTENT "\"succeeded\"}"); /* the log says that it has to be refunded */
    status_is(&t, id, "failed");
    T_EQ(balance(&t), 550000);
    tick(&t);
    T_EQ(t.n_asked, 1);
    end_all(&t);
}

static void every_refused_allocation_delays_a_charge_and_no_more(void)
{
    size_t nth = 0, asked;

    do {
        struct till t;

        begin_paid(&t);
        spend(&t, 3500000);
        t.is_lean = true;
        mcp_alloc_refuse(++nth);
        tick(&t);
        if (t.open) {
            respond_and_settle(&t, 200, INTENT "\"succeeded\"}");
        }
        asked = mcp_alloc_count();
        mcp_alloc_refuse(0);
        for (int i = 0; i < 3; i++) {
            t.s.wall_ms += MINUTE_MS;
            tick(&t);
            if (t.open) {
                respond_and_settle(&t, 200, INTENT "\"succeeded\"}");
            }
        }
        T_EQ(balance(&t), 2550000);
        end_all(&t);
    } while (asked >= nth);
    T_CHECK(nth > 1);
}

/* ---- What an answer that comes late must not do ---- */

static void nothing_is_asked_when_its_key_may_be_forgotten(void)
{
    struct till t;

    begin_paid(&t);
    mcp_str id = cross(&t);

    respond_and_settle(&t, -1, ""); /* the service took it, and the server died */
    t.s.wall_ms += 24 * HOUR_MS;
    tick(&t);
    T_CHECK(!t.open);
    status_is(&t, id, "failed");
    T_EQ(report_intent(&t, "evt_first", "succeeded", ",\"amount_received\":200", id).err, MCP_OK);
    T_EQ(balance(&t), 2550000);
    end_all(&t);
}

static void who_has_switched_it_off_is_not_charged(void)
{
    struct till t;

    begin_paid(&t);
    mcp_str id = cross(&t);

    respond_and_settle(&t, 500, "{}");
    want_topoff(&t, false);
    t.s.wall_ms += HOUR_MS;
    tick(&t);
    T_CHECK(!t.open);
    status_is(&t, id, "failed");
    end_all(&t);
}

static void what_costs_too_little_to_charge_is_refused(void)
{
    struct till t;

    begin(&t);
    struct said said =
        say_as(&t.s, &PAYER, "set_topoff", MCP_STR("{\"auto_topoff_amount\":490000}"));

    T_EQ(said.err, MCP_E_INVALID_ARGUMENTS);
    T_HAS(said.message, "490001 credits");
    T_EQ(say_as(&t.s, &PAYER, "set_topoff", MCP_STR("{\"auto_topoff_amount\":490001}")).err,
         MCP_OK);
    T_EQ(say_as(&t.s, &PAYER, "set_topoff", MCP_STR("{\"auto_topoff_amount\":0}")).err, MCP_OK);
    end_all(&t);
}

static void a_second_try_at_once_leaves_the_first_its_page(void)
{
    struct till t;
    struct said first, second;

    begin(&t);
    start(&t, &first, ",\"idempotencyKey\":\"k\"");
    struct payment_request *one = t.open;
    start(&t, &second, ",\"idempotencyKey\":\"k\"");
    T_CHECK(t.open && t.open != one);
    answer(&t, &second, 409, "{\"error\":{\"code\":\"idempotency_key_in_use\"}}");
    T_EQ(second.err, MCP_E_OVERLOADED);
    t.open = one;
    answer(&t, &first, 200, SESSION);
    T_EQ(first.err, MCP_OK);
    end_all(&t);
}

static void what_is_paid_after_an_approval_is_said(void)
{
    struct till t;

    begin(&t);
    mcp_str id = checkout(&t);

    SAY_OK(&t.s, "approve_order",
           mcp_arena_printf(&t.s.arena, "{'order':'%.*s'}", MCP_STR_ARG(id)).ptr);
    int64_t had = balance(&t);
    struct said said = report(&t, PAID, id);

    T_EQ(said.err, MCP_E_REFUSED);
    T_HAS(said.message, "refund");
    T_EQ(balance(&t), had);
    end_all(&t);
}

static void pages_that_nobody_closed_do_not_stay_in_the_way(void)
{
    struct till t;
    struct said said;

    begin(&t);
    for (int i = 0; i < 10; i++) {
        (void)checkout(&t);
    }
    start(&t, &said, "");
    T_EQ(said.err, MCP_E_REFUSED);
    t.s.wall_ms += (int64_t)31 * DAY_MS;
    start(&t, &said, "");
    T_CHECK(t.open);
    answer(&t, &said, 200, SESSION);
    T_EQ(said.err, MCP_OK);
    end_all(&t);
}

static const struct t_case cases[] = {
    T(who_wants_topoffs_is_kept_and_nobody_else),
    T(a_crossing_is_charged_once),
    T(what_is_refused_is_not_tried_again),
    T(what_is_not_answered_is_asked_again_for_a_day),
    T(an_answer_and_a_report_are_one_payment),
    T(what_is_no_payment_of_the_order_credits_nothing),
    T(an_operator_or_a_deletion_is_faster),
    T(nothing_is_asked_when_its_key_may_be_forgotten),
    T(who_has_switched_it_off_is_not_charged),
    T(what_costs_too_little_to_charge_is_refused),
    T(a_second_try_at_once_leaves_the_first_its_page),
    T(what_is_paid_after_an_approval_is_said),
    T(pages_that_nobody_closed_do_not_stay_in_the_way),
    T(every_refused_allocation_delays_a_charge_and_no_more),
};
T_MAIN("topoff", cases)
