/* tools/test/torture_test.c - each operation with every allocation refused in turn: it says so and
 * leaves the store as it was. */
#include <tools/test/setting.h>

struct row {
    const char *name, *arguments; /* %zu: another number each time */
    size_t budget;                /* most allocations of a run that succeeds */
};

/* Arenas allocate each object by itself under AddressSanitizer; the budgets are for that. */
static const struct row ROWS[] = {
    {"list_balances", "{}", 10},
    {"list_balances", "{\"status\":\"low,healthy,nodata\"}", 10},
    {"get_tool_balance", "{\"toolName\":\"tool\"}", 10},
    {"show_connection", "{\"connection\":\"a\"}", 10},
    {"list_connections", "{}", 10},
    {"list_tokens", "{}", 10},
    {"create_login", "{\"lastsSeconds\":6%zu}", 11},
    {"list_logins", "{}", 10},
    {"create_token", "{\"name\":\"n%zu\",\"scopes\":[\"read\",\"admin\"]}", 11},
    {"add_connection", "{\"name\":\"n%zu\",\"toolName\":\"t\",\"low\":2,\"critical\":1}", 10},
    {"add_connection",
     "{\"name\":\"s%zu\",\"toolName\":\"t\",\"source\":{\"template\":\"openrouter\",\"secret\":"
     "\"x\"}}",
     16},
    {"add_connection",
     "{\"name\":\"d%zu\",\"toolName\":\"t\",\"source\":{\"definition\":{\"request\":{\"method\":"
     "\"GET\","
     "\"url\":\"https://a.example/{secret}\"},\"pools\":[{\"creditType\":\"c\",\"balance\":\"/"
     "b\"}]},"
     "\"secret\":\"x\"}}",
     20},
    {"push_readings",
     "{\"connection\":\"a\",\"creditType\":\"c\",\"balance\":3,\"idempotencyKey\":\"k%zu\"}", 10},
    {"edit_connection", "{\"connection\":\"a\",\"toolName\":\"tool %zu\"}", 10},
    {"edit_connection",
     "{\"connection\":\"a\",\"source\":{\"template\":\"openrouter\",\"secret\":\"%zu\"}}", 16},
    {"edit_connection", "{\"connection\":\"a\",\"creditType\":\"c\",\"low\":%zu}", 10},
    {"add_reading",
     "{\"connection\":\"a\",\"readings\":[{\"creditType\":\"n%zu\",\"balance\":1},"
     "{\"creditType\":\"c\",\"balance\":2}]}",
     10},
    {"revoke_login", "{\"login\":\"all\"}", 10},
    {"revoke_token", "{\"token\":\"first\"}", 10},
    {"add_webhook", "{\"name\":\"w%zu\",\"url\":\"https://example.org/0123456789abcdef\"}", 10},
    {"list_webhooks", "{}", 10},
    {"edit_webhook", "{\"webhook\":\"first\",\"url\":\"https://example.org/%zu\"}", 10},
    {"rotate_webhook", "{\"webhook\":\"first\"}", 10},
    {"test_webhook", "{\"webhook\":\"first\"}", 10},
    {"list_deliveries", "{\"limit\":5}", 16},
    {"get_pool_history", "{\"connection\":\"a\"}", 12},
    {"list_alerts", "{\"limit\":5}", 12},
    {"add_plan", "{\"id\":\"p%zu\",\"requests\":5}", 10},
    {"list_plans", "{}", 10},
    {"add_subscription", "{\"app_name\":\"a%zu\",\"plan\":\"p\"}", 10},
    {"edit_subscription", "{\"subscription\":\"app\",\"platform\":\"p%zu\"}", 10},
    {"list_subscriptions", "{}", 10},
    {"edit_plan", "{\"plan\":\"p\",\"requests\":%zu1}", 10},
    {"create_key", "{\"name\":\"k%zu\"}", 10},
    {"list_keys", "{}", 10},
    {"record_usage_feed",
     "{\"feed\":\"%zu\",\"from\":\"\",\"to\":\"1\",\"events\":[{\"subscription\":\"app\",\"type\":"
     "\"http\",\"id\":\"f\"},{\"subscription\":\"app\",\"type\":\"socks\"}]}",
     12},
    {"show_usage_feed", "{\"feed\":\"1\"}", 10},
    {"show_subscription", "{\"subscription\":\"app\"}", 10},
    {"record_usage",
     "{\"subscription\":\"app\",\"events\":[{\"type\":\"http\",\"id\":\"%zu\"},{\"type\":"
     "\"socks\"}]}",
     12},
    {"get_subscription_usage", "{\"subscription\":\"app\"}", 14},
    {"remove_subscription", "{\"subscription\":\"app\"}", 10},
    {"grant_credits", "{\"external_user_id\":\"1\",\"amount\":5,\"idempotencyKey\":\"g%zu\"}", 10},
    {"reserve_credits", "{\"amount\":1,\"app\":\"a\",\"idempotencyKey\":\"r%zu\"}", 10},
    {"list_packages", "{}", 10},
    {"list_orders", "{}", 10},
    {"list_ledger", "{\"account\":\"7\"}", 10},
    {"get_balance", "{}", 10},
    {"get_spend_series", "{}", 10},
    {"list_connected_apps", "{}", 12},
    {"verify_ledger", "{}", 10},
    {"remove_webhook", "{\"webhook\":\"first\"}", 10},
    {"remove_connection", "{\"connection\":\"a\"}", 10},
};

struct answer {
    struct mcp_outcome_sink sink; /* first */
    int finishes;
    mcp_err err;
};

static void keep(struct mcp_outcome_sink *sink, const struct mcp_outcome *o)
{
    struct answer *a = (struct answer *)sink;

    a->finishes++;
    a->err = o->err;
}

static mcp_err run(struct setting *s, const char *name, mcp_str arguments)
{
    struct mcp_principal who = tools_operator();
    struct answer a = {.sink.finish = keep};

    mcp_server_invoke(s->server, mcp_str_c(name), arguments, &who, &a.sink);
    while (a.finishes == 0) {
        setting_turn(s);
    }
    T_EQ(a.finishes, 1);
    return a.err;
}

static void torture(struct setting *s, const struct row *row)
{
    for (size_t nth = 1;; nth++) {
        char text[256];
        size_t rows = setting_rows(s);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        int n = snprintf(text, sizeof(text), row->arguments, nth);
#pragma GCC diagnostic pop

        mcp_alloc_refuse(nth);
        mcp_err err = run(s, row->name, mcp_str_n(text, (size_t)n));
        size_t asked = mcp_alloc_count();

        mcp_alloc_refuse(0);
        ck_assert_msg(err == MCP_OK || err == MCP_E_OVERLOADED, "%s, allocation %zu: %s", row->name,
                      nth, mcp_err_info(err)->name);
        if (err) {
            T_EQ(setting_rows(s), rows);
        }
        if (asked < nth) {
            ck_assert_msg(err == MCP_OK, "%s failed although nothing was refused", row->name);
            ck_assert_msg(asked <= row->budget, "%s: %zu allocations", row->name, asked);
            fprintf(stderr, "%s: %zu allocations\n", row->name, asked);
            return;
        }
        if (err == MCP_OK &&
            (strcmp(row->name, "revoke_token") == 0 || strcmp(row->name, "remove_webhook") == 0 ||
             strcmp(row->name, "remove_subscription") == 0 ||
             strcmp(row->name, "remove_connection") == 0)) {
            return; /* done in spite of the refusal; it cannot be done again */
        }
    }
}

static void every_operation_survives_every_refused_allocation(void)
{
    struct tools_options opt = {.seal_key = (const uint8_t *)"0123456789abcdef0123456789abcdef"};
    struct setting s;

    setting_open_with(&s, &opt);
    SAY_OK(&s, "add_webhook", "{'name':'first','url':'https://example.org/'}");
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'tool'}");
    SAY_OK(&s, "add_reading", "{'connection':'a','creditType':'c','balance':1}");
    SAY_OK(&s, "create_token", "{'name':'first'}");
    SAY_OK(&s, "add_plan", "{'id':'p'}");
    SAY_OK(&s, "grant_credits", "{'external_user_id':'1','amount':99,'idempotencyKey':'x'}");
    SAY_OK(&s, "add_subscription", "{'app_name':'app','plan':'p'}");
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        torture(&s, &ROWS[i]);
    }
    setting_close(&s);
}

static void the_tools_themselves_need_six_allocations(void)
{
    struct setting s;

    setting_open(&s);
    struct tools_options opt = {.clock = *mcp_server_clock(s.server)};

    for (size_t nth = 1; nth <= 5; nth++) {
        mcp_alloc_refuse(nth);
        T_CHECK(tools_new(s.store, &opt) == NULL);
        mcp_alloc_refuse(0);
    }
    struct tools *t = tools_new(s.store, &opt);

    T_EQ(mcp_alloc_count(), 6);
    tools_free(t);
    tools_free(NULL);
    setting_close(&s);
}

static void a_token_is_checked_without_allocating(void)
{
    struct setting s;
    struct mcp_principal p;

    setting_open(&s);
    struct said said = say(&s, "create_token", "{'name':'a'}");
    mcp_str token = text_of(&said, said.json, "token");

    mcp_alloc_refuse(1);
    mcp_err err = tools_verify(s.tools, token, &p);

    mcp_alloc_refuse(0);
    T_EQ(err, MCP_OK);
    setting_close(&s);
}

static const struct t_case cases[] = {
    T(every_operation_survives_every_refused_allocation),
    T(the_tools_themselves_need_six_allocations),
    T(a_token_is_checked_without_allocating),
};
T_MAIN("torture", cases)
