/* tools/test/payment_test.c - orders that Stripe takes the money for: what is asked, what is
 * signed, and that whatever is reported, refused or lost, an order is credited once.
 *
 * Signatures were made with Python's hmac. */
#include <tools/test/till.h>

#include <store/record.h>

/* ---- Pure ---- */

static void a_form_is_encoded_as_urls_are(void)
{
    char room[256];
    struct mcp_buf b = {.ptr = room, .cap = sizeof(room), .max = sizeof(room)};

    stripe_form_add(&b, "a[0][b]", MCP_STR("x y&z=1+2%"));
    stripe_form_add(&b, "n",
                    MCP_STR("Gr\xc3\xb6\xc3\x9f"
                            "e-*._~"));
    stripe_form_add(&b, "e", MCP_STR(""));
    T_STR(mcp_buf_str(&b), "a%5B0%5D%5Bb%5D=x+y%26z%3D1%2B2%25&n=Gr%C3%B6%C3%9Fe-*._%7E&e=");
}

static void a_signature_is_right_or_it_is_none(void)
{
#define MAC "6c1172572557cd7c824b2e67e09fd906ac4000b22e5ad0a611259e6f5ed3dbd6"
    static const char SECRETS[2][PAYMENT_SECRET_MAX + 1] = {SECRET, ""};
    static const char BOTH[2][PAYMENT_SECRET_MAX + 1] = {OTHER, SECRET};
    static const char ANOTHER[2][PAYMENT_SECRET_MAX + 1] = {OTHER, ""};
    static const int64_t AT = 1781683331;
    static const struct {
        const char *header;
        int64_t late_s;
        bool is_right;
    } ROWS[] = {
        {"t=1781683331,v1=" MAC, 0, true},
        {"t=1781683331,v1=" MAC, 300, true},
        {"t=1781683331,v1=" MAC, -300, true},
        {"t=1781683331,v1=" MAC, 301, false},
        {"t=1781683331,v1=" MAC, -301, false},
        {"v1=" MAC ",t=1781683331", 0, true},
        {"t=1781683331, v0=00, v1=" MAC, 0, true},
        {"t=1781683331,v1=00" MAC ",v1=" MAC, 0, true},
        {"t=1781683331,v1=0000000000000000000000000000000000000000000000000000000000000000,v1=" MAC,
         0, true},
        {"t=1781683331,v0=" MAC, 0, false},
        {"t=1781683330,v1=" MAC, 0, false},
        {"t=01781683331,v1=" MAC, 0, false},
        {"v1=" MAC, 0, false},
        {"t=,v1=" MAC, 0, false},
        {"t=-1,v1=" MAC, 0, false},
        {"t=99999999999999999999,v1=" MAC, 0, false},
        {"t=9223372036854775807,v1=" MAC, 0, false},
        {"t=1781683331", 0, false},
        {"t=1781683331,v1=", 0, false},
        {"t=1781683331,v1=" MAC "00", 0, false},
        {"t=1781683331,v1=zz1172572557cd7c824b2e67e09fd906ac4000b22e5ad0a611259e6f5ed3dbd6", 0,
         false},
        /* The HMAC by an empty key, which is no secret. */
        {"t=1781683331,v1=3723d091fe41c7de1f295cb1c6df7dddf1bbfd6c1e18a4c966ac8c57147146bb", 0,
         false},
        {"", 0, false},
        {",,,=,==", 0, false},
    };
    mcp_str body = MCP_STR("{\"id\":\"evt_1\"}");

    T_CHECK(sodium_init() >= 0);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        mcp_str header = mcp_str_c(ROWS[i].header);
        int64_t now_s = AT + ROWS[i].late_s;

        ck_assert_msg(stripe_is_signed(SECRETS, header, body, now_s) == ROWS[i].is_right, "%s",
                      ROWS[i].header);
        ck_assert_msg(stripe_is_signed(BOTH, header, body, now_s) == ROWS[i].is_right, "%s",
                      ROWS[i].header);
        T_CHECK(!stripe_is_signed(ANOTHER, header, body, now_s));
        T_CHECK(!stripe_is_signed(SECRETS, header, MCP_STR("{\"id\":\"evt_2\"}"), now_s));
    }
}

/* As versions before there were providers wrote it. */
static void an_order_of_before_is_manual_and_a_cut_one_is_none(void)
{
    struct order want = {.id = {1},
                         .owner = 2,
                         .created_ms = NOW_MS,
                         .price_cents = 500,
                         .credits = 7,
                         .package = MCP_STR("starter")};
    uint8_t memory[ORDER_RECORD_MAX];
    struct record_writer w;
    struct order got;

    record_writer_init(&w, memory, sizeof(memory));
    record_put_u8(&w, ORDER_PENDING);
    record_put_bytes(&w, want.id, sizeof(want.id));
    record_put_u64(&w, want.owner);
    record_put_i64(&w, want.created_ms);
    record_put_i64(&w, 0);
    record_put_i64(&w, want.price_cents);
    record_put_i64(&w, want.credits);
    record_put_str(&w, want.package);
    record_put_bytes(&w, want.entry, sizeof(want.entry));
    mcp_str before = record_writer_str(&w);

    T_CHECK(order_decode(before, 1, &got) && got.provider == PAYMENT_MANUAL && !got.url.len);
    T_EQ(got.credits, 7);
    T_CHECK(!order_decode(before, 2, &got) && !order_decode(before, 0, &got));
    record_put_u8(&w, PAYMENT_STRIPE);
    record_put_str(&w, MCP_STR("cs_1"));
    record_put_str(&w, MCP_STR("https://c.example/"));
    record_put_str(&w, MCP_STR(""));
    mcp_str now = record_writer_str(&w);

    for (size_t n = 0; n <= now.len; n++) {
        T_CHECK(order_decode(mcp_str_n(now.ptr, n), ORDER_VERSION, &got) == (n == now.len));
    }
    T_STR(got.page, "cs_1");
    T_CHECK(!order_decode(now, ORDER_VERSION + 1, &got) && !order_decode(now, 1, &got));
}

static void what_is_configured_is_whole(void)
{
    struct tools_payment opt = STRIPE;
    struct payment p;
    char longest[PAYMENT_URL_MAX + 2];

    T_CHECK(payment_init(&p, NULL) == NULL && p.provider == &payment_manual);
    T_CHECK(payment_init(&p, &opt) == NULL && p.provider == &payment_stripe);
    payment_free(&p);
    opt.key = MCP_STR("");
    T_CHECK(payment_init(&p, &opt) != NULL && p.provider == &payment_manual);
    opt.key = MCP_STR("sk_1\r\nHost: x");
    T_CHECK(payment_init(&p, &opt) != NULL);
    opt = STRIPE;
    opt.secrets[0] = MCP_STR("");
    T_CHECK(payment_init(&p, &opt) != NULL);
    opt = STRIPE;
    memset(longest, 'a', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    opt.return_url = longest;
    T_CHECK(payment_init(&p, &opt) != NULL);
}

/* ---- Ordering ---- */

static void an_order_becomes_a_session(void)
{
    struct till t;
    struct said first, again;

    begin(&t);
    start(&t, &first, ",\"idempotencyKey\":\"k\"");
    T_STR(t.url, "https://api.stripe.com/v1/checkout/sessions");
    T_STR(t.key, "Bearer sk_test_1");
    T_STR(t.version, STRIPE_API_VERSION);
    T_HAS(t.body, "mode=payment&client_reference_id=");
    T_HAS(t.body, "&line_items%5B0%5D%5Bprice_data%5D%5Bunit_amount%5D=500&");
    T_HAS(t.body, "&line_items%5B0%5D%5Bprice_data%5D%5Bproduct_data%5D%5Bname%5D=Starter&");
    T_HAS(t.body, mcp_arena_printf(&t.s.arena,
                                   "&success_url=https%%3A%%2F%%2Fc.example%%2Faccount%%2F"
                                   "dashboard%%3Fcheckout%%3Ddone%%26order%%3D%.*s&",
                                   MCP_STR_ARG(t.idempotency))
                      .ptr);
    status_is(&t, t.idempotency, "pending"); /* it is there before Stripe is asked */
    answer(&t, &first, 200, SESSION);
    T_STR(first.result, "{\"checkout_url\":\"https://checkout.stripe.com/c/pay/cs_test_1#x\","
                        "\"session_id\":\"cs_test_1\"}");
    start(&t, &again, ",\"idempotencyKey\":\"k\"");
    T_CHECK(again.is_replayed && mcp_str_eq(again.result, first.result));
    T_EQ(t.n_asked, 1);
    T_HAS(order(&t, t.idempotency).result, "\"provider\":\"stripe\",\"session_id\":\"cs_test_1\"");
    end_all(&t);
}

static void what_stripe_does_not_take_is_no_order(void)
{
    static const struct {
        int status;
        const char *body;
    } ROWS[] = {
        {0, ""},
        {401, "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"sk_test_1\"}}"},
        {500, "<html>"},
        {302, ""},
        {200, "{}"},
        {200, "{\"id\":\"cs_1\"}"},
        {200, "{\"id\":\"cs 1\",\"url\":\"https://c.example/\"}"},
        {200, "{\"id\":\"cs_1\",\"url\":\"http://c.example/\"}"},
        {200, "{\"id\":\"cs_1\",\"url\":\"javascript:alert(1)\"}"},
        {200, "{\"id\":1,\"url\":[]}"},
    };
    struct till t;
    struct said said;

    begin(&t);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        start(&t, &said, ",\"idempotencyKey\":\"k\""); /* the name is free each time */
        answer(&t, &said, ROWS[i].status, ROWS[i].body);
        T_EQ(said.err, MCP_E_UPSTREAM);
        T_HAS(said.message, "nothing was charged");
        T_CHECK(!t_has(said.message, MCP_STR("sk_test")));
        status_is(&t, t.idempotency, "failed");
    }
    t.is_full = true;
    start(&t, &said, "");
    setting_turn(&t.s);
    T_EQ(said.err, MCP_E_OVERLOADED);
    T_EQ(mcp_json_count(at(say(&t.s, "list_orders", "{'status':'failed'}").json, "orders")), 11);
    T_EQ(mcp_json_count(at(say(&t.s, "list_orders", "{'status':'pending'}").json, "orders")), 0);
    end_all(&t);
}

/* The server stops, or dies, while Stripe is asked: the same request asks again for the same. */
static void an_order_without_a_session_is_asked_for_again(void)
{
    struct till t;
    struct said said;

    begin(&t);
    start(&t, &said, ",\"idempotencyKey\":\"k\"");
    mcp_str id = t.idempotency, body = t.body;

    answer(&t, &said, -1, "");
    T_EQ(said.err, MCP_E_OVERLOADED);
    start(&t, &said, ",\"idempotencyKey\":\"k\"");
    T_CHECK(mcp_str_eq(t.idempotency, id) && mcp_str_eq(t.body, body));
    answer(&t, &said, 200, SESSION);
    T_CHECK(said.err == MCP_OK && said.is_replayed);
    outcome_is(report(&t, PAID, id), "credited");
    end_all(&t);
}

static void sessions_that_nobody_reports_end_by_themselves(void)
{
    struct till t;
    struct said said;

    begin(&t);
    mcp_str first = checkout(&t);

    for (int i = 1; i < ORDERS_PENDING_MAX; i++) {
        (void)checkout(&t);
    }
    start(&t, &said, "");
    T_EQ(said.err, MCP_E_REFUSED);
    t.s.wall_ms += ORDER_OVER_MS - 1000;
    start(&t, &said, "");
    T_EQ(said.err, MCP_E_REFUSED);
    t.s.wall_ms += 2000;
    mcp_str last = checkout(&t);

    status_is(&t, first, "expired");
    status_is(&t, last, "pending");
    outcome_is(report(&t, PAID, first), "credited"); /* after all: the money was taken */
    T_EQ(balance(&t), 4050000);
    for (int i = 1; i < ORDERS_PENDING_MAX; i++) {
        (void)checkout(&t);
    }
    start(&t, &said, "");
    T_EQ(said.err, MCP_E_REFUSED); /* ten again, and not eleven */
    end_all(&t);
}

/* ---- Reports ---- */

static void a_report_credits_once(void)
{
    struct event other_id = PAID, late = PAID;
    struct till t;

    begin(&t);
    mcp_str id = checkout(&t);

    other_id.id = "evt_2";
    late.id = "evt_3";
    late.type = "checkout.session.expired";
    outcome_is(report(&t, PAID, id), "credited");
    T_EQ(balance(&t), 4050000);
    outcome_is(report(&t, PAID, id), "known");
    outcome_is(report(&t, other_id, id), "known");
    outcome_is(report(&t, late, id), "known");
    t.s.wall_ms += 2 * DAY_MS;
    outcome_is(report(&t, PAID, id), "known"); /* by the order, when the event is forgotten */
    T_EQ(balance(&t), 4050000);
    T_HAS(order(&t, id).result, "\"status\":\"paid\"");
    T_HAS(say(&t.s, "list_ledger", "{'account':'2'}").result, "\"reason\":\"purchase\"");
    struct said approved =
        say(&t.s, "approve_order",
            mcp_arena_printf(&t.s.arena, "{'order':'%.*s'}", MCP_STR_ARG(id)).ptr);

    T_CHECK(approved.err == MCP_OK && approved.is_replayed);
    mcp_str second = checkout(&t);

    outcome_is(report(&t, other_id, second), "credited"); /* its day is over; another order */
    T_EQ(report(&t, other_id, id).err, MCP_E_REFUSED);    /* of one event there is one order */
    T_EQ(balance(&t), 8100000);
    end_all(&t);
}

static void a_bank_that_takes_days_is_waited_for(void)
{
    struct event unpaid = PAID, later = PAID, failed = PAID;
    struct till t;

    begin(&t);
    mcp_str one = checkout(&t), two = checkout(&t);

    unpaid.status = "unpaid";
    later.id = "evt_2";
    later.type = "checkout.session.async_payment_succeeded";
    failed.id = "evt_3";
    failed.type = "checkout.session.async_payment_failed";
    failed.status = "unpaid";
    outcome_is(report(&t, unpaid, one), "ignored");
    status_is(&t, one, "pending");
    outcome_is(report(&t, later, one), "credited");
    outcome_is(report(&t, failed, two), "ended");
    status_is(&t, two, "failed");
    T_EQ(balance(&t), 4050000);
    end_all(&t);
}

static void what_does_not_fit_the_order_changes_nothing(void)
{
    static const struct {
        const char *session, *currency;
        int cents;
    } ROWS[] = {{"cs_test_2", "usd", 500}, {"cs_test_1", "eur", 500}, {"cs_test_1", "usd", 499},
                {"cs_test_1", "usd", 501}, {"cs_test_1", "", 500},    {"cs_test_1", "USD", 500}};
    struct event unknown = PAID;
    struct till t;

    begin(&t);
    mcp_str id = checkout(&t);
    size_t rows = setting_rows(&t.s);

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct event e = PAID;

        e.session = ROWS[i].session;
        e.currency = ROWS[i].currency;
        e.cents = ROWS[i].cents;
        T_EQ(report(&t, e, id).err, MCP_E_REFUSED);
    }
    unknown.type = "customer.subscription.created";
    outcome_is(report(&t, unknown, id), "ignored");
    outcome_is(report(&t, PAID, MCP_STR("cart 7")), "ignored");
    outcome_is(report(&t, PAID, MCP_STR("6f9619ff-8b86-4011-b42d-00c04fc964ff")), "ignored");
    T_EQ(setting_rows(&t.s), rows);
    status_is(&t, id, "pending");
    T_EQ(store_write_now(t.s.store, remove_user, NULL), MCP_OK);
    T_HAS(report(&t, PAID, id).message, "refund");
    T_EQ(balance(&t), 0);
    end_all(&t);
}

static void what_is_not_signed_is_not_read(void)
{
    struct till t;

    begin(&t);
    mcp_str id = checkout(&t), body = event_text(&t, &PAID, id);
    int64_t now_s = t.s.wall_ms / 1000;
    mcp_str good = signature(&t, body, SECRET, now_s);
    const mcp_str signs[] = {signature(&t, body, "whsec_wrong", now_s),
                             signature(&t, body, "", now_s),
                             signature(&t, body, SECRET, now_s - 301),
                             signature(&t, body, SECRET, now_s + 301), MCP_STR("t=1,v1=1")};

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        struct said no = report_signed(&t, body, signs[i]);

        T_EQ(no.err, MCP_E_INVALID_ARGUMENTS);
        T_STR(no.argument, "signature");
    }
    struct said changed =
        report_signed(&t, mcp_arena_printf(&t.s.arena, "%.*s ", MCP_STR_ARG(body)), good);

    T_STR(changed.argument, "signature");
    T_EQ(balance(&t), 0);
    for (size_t i = 0; i < 3; i++) { /* signed, and no event */
        static const char *const BODIES[] = {"{", "[]", "{\"id\":\"evt 1\"}"};
        mcp_str odd = mcp_str_c(BODIES[i]);
        struct said no = report_signed(&t, odd, signature(&t, odd, OTHER, now_s));

        T_STR(no.argument, "payload");
    }
    outcome_is(report_signed(&t, body, signature(&t, body, OTHER, now_s)), "credited");
    T_CHECK(tools_pay_with(t.s.tools, NULL) == NULL);
    T_EQ(report_signed(&t, body, good).err, MCP_E_NOT_FOUND);
    end_all(&t);
}

/* ---- Memory ---- */

static bool pay_with_little(void *arg)
{
    struct till *t = arg;
    struct said said;
    size_t asked = 0;

    start(t, &said, ""); /* the fake keeps nothing */
    asked = t->open != NULL;
    if (t->open) {
        struct payment_answer a = {.is_answered = true, .status = 200, .body = MCP_STR(SESSION)};
        struct payment_request *r = t->open;

        t->open = NULL;
        r->answered(r, &a);
    }
    for (int i = 0; i < 4 && !said.finishes; i++) {
        setting_turn(&t->s);
    }
    T_EQ(said.finishes, 1);
    return asked && said.err == MCP_OK;
}

static mcp_err rows_of(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct order o;

    (void)key;
    T_CHECK(order_decode(value, version, &o));
    *(unsigned *)arg += o.state == ORDER_PENDING;
    return MCP_OK;
}

static mcp_err count_pending(struct store_txn *txn, void *arg)
{
    return store_scan(txn, MCP_STR("\x6e"), mcp_str_n(NULL, 0), false, STORE_SCAN_MAX, rows_of,
                      arg);
}

static void every_refused_allocation_leaves_an_order_or_none(void)
{
    struct till t;
    size_t nth = 0, asked;

    begin(&t);
    t.is_lean = true;
    do {
        unsigned n = 0;

        t.s.wall_ms += ORDER_OVER_MS + 1000; /* what hangs is over by then */
        mcp_alloc_refuse(++nth);
        bool full = pay_with_little(&t);

        asked = mcp_alloc_count();
        mcp_alloc_refuse(0);
        T_CHECK(full || asked >= nth);
        T_EQ(store_read(t.s.store, count_pending, &n), MCP_OK);
        T_CHECK(n <= ORDERS_PENDING_MAX);
    } while (asked >= nth);
    T_CHECK(nth > 1);
    mcp_arena_reset(&t.s.arena); /* it was refused, too */
    end_all(&t);
}

static const struct t_case cases[] = {
    T(a_form_is_encoded_as_urls_are),
    T(a_signature_is_right_or_it_is_none),
    T(an_order_of_before_is_manual_and_a_cut_one_is_none),
    T(what_is_configured_is_whole),
    T(an_order_becomes_a_session),
    T(what_stripe_does_not_take_is_no_order),
    T(an_order_without_a_session_is_asked_for_again),
    T(sessions_that_nobody_reports_end_by_themselves),
    T(a_report_credits_once),
    T(a_bank_that_takes_days_is_waited_for),
    T(what_does_not_fit_the_order_changes_nothing),
    T(what_is_not_signed_is_not_read),
    T(every_refused_allocation_leaves_an_order_or_none),
};
T_MAIN("payment", cases)
