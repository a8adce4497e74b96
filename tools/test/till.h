/* tools/test/till.h - Stripe, as a test wants it to be: what it is asked, what it answers, and the
 * events that it signs. */
#ifndef TOOLS_TEST_TILL_H
#define TOOLS_TEST_TILL_H

#include <tools/order.h>
#include <tools/stripe.h>
#include <tools/test/setting.h>
#include <tools/user.h>

#include <sodium.h>

#define SECRET "whsec_test_secret"
#define OTHER  "whsec_other"

/* Stripe, as the test wants it to be. */
struct till {
    struct setting s;
    struct payment_request *open; /* that waits for an answer */
    mcp_str url, body, key, idempotency, version;
    size_t n_asked;
    bool is_full, is_lean;
    int n_events;
};

static inline bool take(void *user, struct payment_request *r)
{
    struct till *t = user;
    struct mcp_arena *arena = &t->s.arena;

    t->n_asked++;
    if (t->is_full) {
        return false;
    }
    t->open = r;
    if (!t->is_lean) {
        T_EQ(r->n_headers, 4);
        t->url = mcp_arena_dup(arena, r->url);
        t->body = mcp_arena_dup(arena, r->body);
        t->key = mcp_arena_dup(arena, r->headers[0].value);
        t->version = mcp_arena_dup(arena, r->headers[2].value);
        t->idempotency = mcp_arena_dup(arena, r->headers[3].value);
    }
    return true;
}

static const struct tools_payment STRIPE = {.base_url = "https://api.stripe.com",
                                            .return_url = "https://c.example",
                                            .key = MCP_STR_INIT("sk_test_1"),
                                            .secrets = {MCP_STR_INIT(OTHER), MCP_STR_INIT(SECRET)},
                                            .send = take};

static inline mcp_err add_user(struct store_txn *txn, void *arg)
{
    struct user u = {.id = {1}, .email = MCP_STR("a@e.eu"), .created_ms = NOW_MS};

    (void)arg;
    return user_add(txn, &u, MCP_STR("no password"), USERS_MAX);
}

static inline mcp_err remove_user(struct store_txn *txn, void *arg)
{
    (void)arg;
    return user_remove(txn, 2, NOW_MS);
}

static inline void begin(struct till *t)
{
    struct tools_payment opt = STRIPE;

    *t = (struct till){.n_asked = 0};
    setting_open(&t->s);
    T_EQ(store_write_now(t->s.store, add_user, NULL), MCP_OK); /* account 2 */
    opt.user = t;
    T_CHECK(tools_pay_with(t->s.tools, &opt) == NULL);
}

static const struct mcp_principal PAYER = {.owner = 2, .scopes = "account", .rate_per_minute = -1};

static inline void start(struct till *t, struct said *ret, const char *more)
{
    mcp_str args = MCP_STR("{\"package_id\":\"starter\"}");

    if (*more) {
        args = mcp_arena_printf(&t->s.arena, "{\"package_id\":\"starter\"%s}", more);
    }

    *ret = (struct said){.sink.finish = said_finish, .at = &t->s};
    t->open = NULL;
    mcp_server_invoke(t->s.server, MCP_STR("create_checkout"), args, &PAYER, &ret->sink);
    for (int i = 0; i < 4 && !t->open && !ret->finishes; i++) {
        setting_turn(&t->s);
    }
}

/* What the service says to the request that is open. */
static inline void respond(struct till *t, int status, const char *body)
{
    struct payment_answer a = {.is_answered = status > 0,
                               .is_cancelled = status < 0,
                               .status = status,
                               .body = mcp_str_c(body),
                               .note = MCP_STR("nobody took the connection")};
    struct payment_request *r = t->open;

    T_CHECK(r != NULL);
    t->open = NULL;
    r->answered(r, &a);
}

static inline void answer(struct till *t, struct said *said, int status, const char *body)
{
    respond(t, status, body);
    for (int i = 0; i < 4 && !said->finishes; i++) {
        setting_turn(&t->s);
    }
    T_EQ(said->finishes, 1);
    said_check(said, MCP_STR("create_checkout"));
}

#define SESSION "{\"id\":\"cs_test_1\",\"url\":\"https://checkout.stripe.com/c/pay/cs_test_1#x\"}"

/* A checkout that Stripe has taken; its order's id. */
static inline mcp_str checkout(struct till *t)
{
    struct said said;

    start(t, &said, "");
    answer(t, &said, 200, SESSION);
    T_EQ(said.err, MCP_OK);
    return t->idempotency;
}

static inline mcp_str signature(struct till *t, mcp_str body, const char *secret, int64_t at_s)
{
    mcp_str signed_text =
        mcp_arena_printf(&t->s.arena, "%lld.%.*s", (long long)at_s, MCP_STR_ARG(body));
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    char hex[65];

    crypto_auth_hmacsha256_init(&state, (const uint8_t *)secret, strlen(secret));
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)signed_text.ptr, signed_text.len);
    crypto_auth_hmacsha256_final(&state, mac);
    return mcp_arena_printf(&t->s.arena, "t=%lld,v1=%s", (long long)at_s,
                            sodium_bin2hex(hex, sizeof(hex), mac, sizeof(mac)));
}

static inline struct said report_signed(struct till *t, mcp_str body, mcp_str sign)
{
    struct mcp_json_writer w;
    struct mcp_buf args;

    mcp_buf_init(&args, 1 << 20);
    mcp_json_writer_init(&w, &args);
    mcp_json_object(&w);
    mcp_json_member_str(&w, MCP_STR("signature"), sign);
    mcp_json_member_str(&w, MCP_STR("payload"), body);
    mcp_json_object_end(&w);
    struct mcp_principal who = {.scopes = "login", .rate_per_minute = -1};
    struct said said = say_as(&t->s, &who, "report_payment", mcp_buf_str(&args));

    mcp_buf_free(&args);
    return said;
}

/* As Stripe writes it, of what concerns us. */
struct event {
    const char *id, *type, *session, *status, *currency;
    int cents;
};
static const struct event PAID = {"evt_1", "checkout.session.completed", "cs_test_1", "paid", "usd",
                                  500};

static inline mcp_str event_text(struct till *t, const struct event *e, mcp_str order)
{
    return mcp_arena_printf(
        &t->s.arena,
        "{\n  \"id\": \"%s\", \"object\": \"event\", \"type\": \"%s\", \"data\": {\"object\": {"
        "\"id\": \"%s\", \"object\": \"checkout.session\", \"amount_total\": %d,"
        "\"currency\": \"%s\", \"payment_status\": \"%s\", \"client_reference_id\": \"%.*s\"}}}",
        e->id, e->type, e->session, e->cents, e->currency, e->status, MCP_STR_ARG(order));
}

static inline struct said report(struct till *t, struct event e, mcp_str order)
{
    mcp_str body = event_text(t, &e, order);

    return report_signed(t, body, signature(t, body, SECRET, t->s.wall_ms / 1000));
}

static inline void outcome_is(struct said said, const char *want)
{
    ck_assert_msg(said.err == MCP_OK, "%.*s", MCP_STR_ARG(said.message));
    T_STR(text_of(&said, said.json, "outcome"), want);
}

static inline int64_t balance(struct till *t)
{
    struct said got = say(&t->s, "list_ledger", "{'account':'2'}");

    return mcp_json_int_or(at(got.json, "balance"), INT64_MIN);
}

static inline struct said order(struct till *t, mcp_str id)
{
    return say_as(&t->s, &PAYER, "get_order",
                  mcp_arena_printf(&t->s.arena, "{\"order\":\"%.*s\"}", MCP_STR_ARG(id)));
}

static inline void status_is(struct till *t, mcp_str id, const char *want)
{
    struct said got = order(t, id);

    T_STR(text_of(&got, got.json, "status"), want);
}

static inline void end_all(struct till *t)
{
    T_HAS(say(&t->s, "verify_ledger", "{}").result, "\"wrong\":0");
    setting_close(&t->s);
}

#endif
