/* tools/test/listing_test.c - the two listed tools: shape, order, filter, words, size. */
#include <tools/test/setting.h>

#include <time.h>

/* The contract's own example (product.md b.1.1), reached by adding readings. */
static void the_answer_is_the_contracts_example_byte_for_byte(void)
{
    struct setting s;

    setting_open(&s);
    struct said added = say(&s, "add_connection",
                            "{'name':'Hunter','toolName':'Hunter','topupUrl':"
                            "'https://hunter.io/billing','low':100,'critical':10}");
    mcp_str id = text_of(&added, added.json, "id");

    SAY_OK(&s, "add_reading",
           timed(&s,
                 "{'connection':'Hunter','creditType':'verifications','label':'Verifications',"
                 "'balance':880,'balanceLimit':1000,'recordedAt':'",
                 NOW_MS - 5 * (int64_t)DAY_MS, "'}"));
    SAY_OK(&s, "add_reading", "{'connection':'Hunter','creditType':'verifications','balance':620}");
    struct said said = say(&s, "list_balances", "{}");

    T_STR(said.result,
          mcp_arena_printf(
              &s.arena,
              "{\"pools\":[{\"connectionId\":\"%.*s\",\"connectionName\":\"Hunter\","
              "\"tool\":{\"id\":\"hunter\",\"name\":\"Hunter\","
              "\"topupUrl\":\"https://hunter.io/billing\"},"
              "\"creditType\":\"verifications\",\"label\":\"Verifications\",\"unit\":\"credits\","
              "\"balance\":620,\"balanceLimit\":1000,\"recordedAt\":\"2026-06-17T08:02:11.000Z\","
              "\"status\":\"healthy\",\"burn\":{\"perDay\":52,\"daysLeft\":11.9},"
              "\"eta\":{\"short\":\"~2 weeks\",\"long\":\"Empties in ~12 days.\"},"
              "\"thresholds\":{\"low\":100,\"critical\":10}}]}",
              MCP_STR_ARG(id))
              .ptr);
    setting_close(&s);
}

static void a_connection_without_readings_gives_one_row_of_nulls(void)
{
    struct setting s;

    setting_open(&s);
    struct said added = say(&s, "add_connection", "{'name':'a','toolName':'T','low':5}");
    mcp_str id = text_of(&added, added.json, "id");
    struct said said = say(&s, "list_balances", "{}");

    T_STR(said.result,
          mcp_arena_printf(
              &s.arena,
              "{\"pools\":[{\"connectionId\":\"%.*s\",\"connectionName\":\"a\","
              "\"tool\":{\"id\":\"t\",\"name\":\"T\",\"topupUrl\":null},\"creditType\":null,"
              "\"label\":null,\"unit\":null,\"balance\":null,\"balanceLimit\":null,"
              "\"recordedAt\":null,\"status\":\"nodata\",\"burn\":{\"perDay\":null,"
              "\"daysLeft\":null},\"eta\":{\"short\":\"no burn yet\",\"long\":\"Not draining "
              "yet.\"},\"thresholds\":{\"low\":5,\"critical\":null}}]}",
              MCP_STR_ARG(id))
              .ptr);
    SAY_OK(&s, "edit_connection", "{'connection':'a','status':'disconnected'}");
    said = say(&s, "list_balances", "{}");
    T_HAS(said.result, "\"status\":\"disconnected\"");
    setting_close(&s);
}

/* What one must hold to call a tool that no list shows: what anybody may do who may read, what a
 * script does, and what the sign-in page does for somebody unknown. */
static const char *hidden_scope(const char *name)
{
    static const char *const OTHERS[][2] = {
        {"get_pool", "read"},
        {"close_login", "read"},
        {"push_readings", "push"},
        {"open_login", "login"},
        {"show_subscription", "usage"},
        {"record_usage", "usage.record"},
        {"record_usage_feed", "usage.record"},
        {"show_usage_feed", "usage.record"},
        {"register_user", "login"},
        {"log_in", "login"},
        {"get_me", "account"},
        {"log_out", "account"},
        {"edit_account", "account"},
        {"set_topoff", "account"},
        {"delete_account", "account"},
        {"add_user", "operator"},
        {"list_users", "operator"},
        {"remove_user", "operator"},
        {"set_user_password", "operator"},
        {"grant_credits", "wallet.grant"},
        {"list_ledger", "wallet"},
        {"list_packages", "login"},
        {"create_checkout", "account"},
        {"report_payment", "login"},
        {"get_order", "account"},
    };

    for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++) {
        if (strcmp(name, OTHERS[i][0]) == 0) {
            return OTHERS[i][1];
        }
    }
    return "admin";
}

static void models_see_tools_that_read_and_few_that_write(void)
{
    static const char *const LISTED[][2] = {
        {"check_store", "admin"},
        {"forecast_pool", "read"},
        {"get_account", "account"},
        {"get_balance", "wallet"},
        {"get_pool_history", "read"},
        {"get_spend_series", "account"},
        {"get_subscription_usage", "usage"},
        {"get_tool_balance", "read"},
        {"list_alerts", "read"},
        {"list_balances", "read"},
        {"list_connected_apps", "account"},
        {"list_low", "read"},
        {"list_subscriptions", "usage"},
        {"record_reading", "write"},
        {"release_reservation", "wallet"},
        {"reserve_credits", "wallet"},
        {"set_thresholds", "write"},
        {"settle_reservation", "wallet"},
    };
    const size_t n_listed = sizeof(LISTED) / sizeof(LISTED[0]);
    const struct mcp_tool *t;
    struct setting s;
    size_t n = 0, hidden = 0;

    setting_open(&s);
    for (size_t i = 0; (t = mcp_server_tool_at(s.server, i)); i++) {
        T_CHECK(t->output_schema != NULL);
        if (t->is_hidden) {
            T_STR(mcp_str_c(t->scope), hidden_scope(t->name));
            hidden++;
        } else {
            T_CHECK(n < n_listed);
            T_STR(mcp_str_c(t->name), LISTED[n][0]);
            T_STR(mcp_str_c(t->scope), LISTED[n][1]);
            bool reserves = strstr(t->name, "reserv") != NULL;
            bool writes = reserves || strcmp(LISTED[n][1], "write") == 0;

            T_EQ(t->hints & MCP_READ_ONLY, writes ? 0 : MCP_READ_ONLY);
            T_CHECK((t->hints & MCP_IDEMPOTENT) || strcmp(t->name, "reserve_credits") == 0);
            n++;
        }
    }
    T_EQ(n, n_listed);
    T_EQ(hidden, 59);
    setting_close(&s);
}

static void no_connection_is_an_empty_list(void)
{
    struct setting s;

    setting_open(&s);
    T_STR(say(&s, "list_balances", "{}").result, "{\"pools\":[]}");
    SAY_FAILS(&s, "get_tool_balance", "{'toolName':'x'}", MCP_E_NOT_FOUND, "no tool is watched");
    setting_close(&s);
}

/* Seven connections, one in each status. */
static void add_seven(struct setting *s)
{
    static const char *const ADD[] = {
        "{'name':'healthy','toolName':'Alpha','low':100,'critical':10}",
        "{'name':'low','toolName':'Beta','low':100,'critical':10}",
        "{'name':'critical','toolName':'Beta Two','low':100,'critical':10}",
        "{'name':'stale','toolName':'Gamma'}",
        "{'name':'error','toolName':'Delta','status':'error'}",
        "{'name':'disconnected','toolName':'Epsilon','status':'disconnected'}",
        "{'name':'nodata','toolName':'Zeta'}",
    };

    for (size_t i = 0; i < 7; i++) {
        SAY_OK(s, "add_connection", ADD[i]);
    }
    SAY_OK(s, "add_reading", "{'connection':'healthy','creditType':'c','balance':101}");
    SAY_OK(s, "add_reading", "{'connection':'low','creditType':'c','balance':100}");
    SAY_OK(s, "add_reading", "{'connection':'critical','creditType':'c','balance':10}");
    SAY_OK(s, "add_reading",
           timed(s, "{'connection':'stale','creditType':'c','balance':5,'recordedAt':'",
                 NOW_MS - 90 * MINUTE_MS - 1, "'}"));
    SAY_OK(s, "add_reading", "{'connection':'error','creditType':'c','balance':5}");
}

/* The connections' names in the answer, separated by spaces. */
static const char *names(struct said *said)
{
    mcp_json pools = at(said->json, "pools");
    const char *all = "";

    for (mcp_json p = mcp_json_first(pools); mcp_json_present(p); p = mcp_json_next(pools, p)) {
        mcp_str name = text_of(said, p, "connectionName");

        all =
            mcp_arena_printf(&said->at->arena, "%s%s%.*s", all, *all ? " " : "", MCP_STR_ARG(name))
                .ptr;
    }
    return all;
}

static void the_filter_is_a_comma_list_or_an_array(void)
{
    static const struct {
        const char *arguments, *want;
    } ROWS[] = {
        {"{}", "healthy low critical stale error disconnected nodata"},
        {"{'status':''}", "healthy low critical stale error disconnected nodata"},
        {"{'status':' , ,'}", "healthy low critical stale error disconnected nodata"},
        {"{'status':[]}", "healthy low critical stale error disconnected nodata"},
        {"{'status':'healthy'}", "healthy"},
        {"{'status':'low'}", "low"},
        {"{'status':'critical'}", "critical"},
        {"{'status':'stale'}", "stale"},
        {"{'status':'error'}", "error"},
        {"{'status':'disconnected'}", "disconnected"},
        {"{'status':'nodata'}", "nodata"},
        {"{'status':' critical ,\\tlow,low'}", "low critical"},
        {"{'status':['nodata',' low ']}", "low nodata"},
    };
    struct setting s;

    setting_open(&s);
    add_seven(&s);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct said said = say(&s, "list_balances", ROWS[i].arguments);

        T_EQ(said.err, MCP_OK);
        T_STR(mcp_str_c(names(&said)), ROWS[i].want);
    }
    setting_close(&s);
}

static void a_wrong_status_is_named_with_the_right_ones(void)
{
    static const char *const WRONG[] = {"{'status':'Low'}", "{'status':'low,unknown'}",
                                        "{'status':'active'}", "{'status':['low','']}",
                                        "{'status':'low;critical'}"};
    struct setting s;

    setting_open(&s);
    add_seven(&s);
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
        struct said said = say(&s, "list_balances", WRONG[i]);

        if (i == 3) { /* an empty part is no filter, also in an array */
            T_EQ(said.err, MCP_OK);
            continue;
        }
        T_EQ(said.err, MCP_E_INVALID_STATUS);
        T_HAS(said.message, "healthy, low, critical, stale, error, disconnected, nodata");
        T_CHECK(said.result.len == 0);
    }
    SAY_FAILS(&s, "list_balances", "{'status':'a\\nb\\u001b[31m'}", MCP_E_INVALID_STATUS,
              "\"a\\nb\\u001b[31m\"");
    T_EQ(mcp_err_info(MCP_E_INVALID_STATUS)->rest_status, 400);
    T_CHECK(strcmp(mcp_err_info(MCP_E_INVALID_STATUS)->rest_code, "invalid_status") == 0);
    setting_close(&s);
}

static void staleness_is_judged_over_all_pools_of_a_connection(void)
{
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t'}");
    SAY_OK(&s, "add_reading",
           timed(&s, "{'connection':'a','creditType':'old','balance':1,'recordedAt':'",
                 NOW_MS - DAY_MS, "'}"));
    SAY_OK(&s, "add_reading",
           timed(&s, "{'connection':'a','creditType':'new','balance':1,'recordedAt':'",
                 NOW_MS - 90 * MINUTE_MS, "'}"));
    T_EQ(mcp_json_count(at(say(&s, "list_balances", "{'status':'healthy'}").json, "pools")), 2);
    s.wall_ms++;
    T_EQ(mcp_json_count(at(say(&s, "list_balances", "{'status':'stale'}").json, "pools")), 2);
    setting_close(&s);
}

static void pools_stand_in_order_of_their_first_reading(void)
{
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'z','toolName':'t'}");
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t'}");
    SAY_OK(&s, "add_reading",
           "{'connection':'a','readings':[{'creditType':'z','balance':1},{'creditType':'b',"
           "'balance':1}]}");
    SAY_OK(&s, "add_reading", "{'connection':'z','creditType':'m','balance':1}");
    SAY_OK(&s, "add_reading", "{'connection':'a','creditType':'a','balance':1}");
    struct said said = say(&s, "list_balances", "{}");
    mcp_json pools = at(said.json, "pools");

    T_STR(mcp_str_c(names(&said)), "z a a a");
    T_STR(text_of(&said, mcp_json_at(pools, 1), "creditType"), "z");
    T_STR(text_of(&said, mcp_json_at(pools, 2), "creditType"), "b");
    T_STR(text_of(&said, mcp_json_at(pools, 3), "creditType"), "a");
    setting_close(&s);
}

static void a_tool_is_found_by_part_of_its_name_in_any_case(void)
{
    struct setting s;
    struct said said;

    setting_open(&s);
    add_seven(&s);
    said = say(&s, "get_tool_balance", "{'toolName':'BETA'}");
    T_STR(mcp_str_c(names(&said)), "low critical");
    said = say(&s, "get_tool_balance", "{'toolName':'  ta two '}");
    T_STR(mcp_str_c(names(&said)), "critical");
    said = say(&s, "get_tool_balance", "{'toolName':'nodat'}"); /* the connection's name, too */
    T_STR(mcp_str_c(names(&said)), "nodata");
    setting_close(&s);
}

static void no_match_names_the_watched_tools(void)
{
    struct setting s;

    setting_open(&s);
    add_seven(&s);
    SAY_OK(&s, "add_connection", "{'name':'again','toolName':'Alpha'}");
    SAY_FAILS(&s, "get_tool_balance", "{'toolName':'nothing'}", MCP_E_NOT_FOUND,
              "No watched tool matches \"nothing\"; the watched tools are \"Alpha\", \"Beta\", "
              "\"Beta Two\", \"Gamma\", \"Delta\", \"Epsilon\", \"Zeta\".");
    SAY_FAILS(&s, "get_tool_balance", "{'toolName':' \\t '}", MCP_E_INVALID_ARGUMENTS,
              "toolName is blank; the watched tools are \"Alpha\"");
    setting_close(&s);
}

static void the_sentence_with_tools_is_escaped_and_short(void)
{
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'q','toolName':'say \\'hi\\' \\\\ now'}");
    for (int i = 0; i < 100; i++) {
        SAY_OK(&s, "add_connection",
               mcp_arena_printf(&s.arena, "{'name':'c%d','toolName':'%060d'}", i, i).ptr);
    }
    struct said said = say(&s, "get_tool_balance", "{'toolName':'nothing\\n# Heading'}");

    T_EQ(said.err, MCP_E_NOT_FOUND);
    T_HAS(said.message, "\"nothing\\n# Heading\"");
    T_HAS(said.message, "say \\\"hi\\\" \\\\ now");
    T_HAS(said.message, " and more.");
    T_CHECK(said.message.len < 2000);
    T_CHECK(memchr(said.message.ptr, '\n', said.message.len) == NULL);
    setting_close(&s);
}

static void names_from_data_are_escaped_in_the_answer(void)
{
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'a\\'b\\\\c','toolName':'\\u00e9\\ud83d\\ude00'}");
    SAY_OK(&s, "add_reading", "{'connection':'a\\'b\\\\c','creditType':'\\'},{','balance':1}");
    struct said said = say(&s, "list_balances", "{}");

    T_EQ(mcp_json_count(at(said.json, "pools")), 1);
    T_HAS(said.result, "\"connectionName\":\"a\\\"b\\\\c\"");
    T_HAS(said.result, "\xc3\xa9\xf0\x9f\x98\x80");
    setting_close(&s);
}

static void the_product_default_applies_where_nothing_else_does(void)
{
    struct tools_options opt = {.has_low = true, .low_micro = 50000000};
    struct setting s;

    setting_open_with(&s, &opt);
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t'}");
    SAY_OK(&s, "add_connection", "{'name':'b','toolName':'t','low':10}");
    SAY_OK(&s, "add_reading", "{'connection':'a','creditType':'c','balance':50}");
    SAY_OK(&s, "add_reading", "{'connection':'b','creditType':'c','balance':50}");
    struct said said = say(&s, "list_balances", "{}");
    mcp_json a = mcp_json_at(at(said.json, "pools"), 0);
    mcp_json b = mcp_json_at(at(said.json, "pools"), 1);

    T_STR(mcp_json_raw(at(a, "thresholds")), "{\"low\":50,\"critical\":null}");
    T_STR(text_of(&said, a, "status"), "low");
    T_STR(text_of(&said, b, "status"), "healthy");
    setting_close(&s);
}

static void numbers_at_the_ends_of_their_range_are_still_json(void)
{
    static const char *const BALANCES[] = {"9223372036854.775807", "-9223372036854.775808", "0",
                                           "-0.000001", "0.000001"};
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t'}");
    for (int64_t i = 0; i < 5; i++) {
        char time[MCP_TIMESTAMP_BYTES];
        mcp_str t = mcp_timestamp_format(NOW_MS - (10 - i) * DAY_MS / 2, time);

        SAY_OK(&s, "add_reading",
               mcp_arena_printf(&s.arena,
                                "{'connection':'a','creditType':'c','balance':%s,"
                                "'recordedAt':'%.*s'}",
                                BALANCES[i], MCP_STR_ARG(t))
                   .ptr);
        T_STR(mcp_json_raw(
                  at(mcp_json_at(at(say(&s, "list_balances", "{}").json, "pools"), 0), "balance")),
              BALANCES[i]);
    }
    /* next to nothing used, very much left */
    SAY_OK(&s, "add_connection", "{'name':'b','toolName':'t'}");
    SAY_OK(&s, "add_reading",
           timed(&s,
                 "{'connection':'b','creditType':'c','balance':9223372036854.775807,"
                 "'recordedAt':'",
                 NOW_MS - 6 * (int64_t)DAY_MS, "'}"));
    SAY_OK(&s, "add_reading", "{'connection':'b','creditType':'c','balance':9223372036854.775806}");
    struct said said = say(&s, "get_tool_balance", "{'toolName':'b'}");

    T_EQ(said.err, MCP_OK);
    T_HAS(said.result, "~next year");
    setting_close(&s);
}

static void an_owner_sees_only_its_own(void)
{
    struct mcp_principal other = {.owner = 2, .scopes = "*", .rate_per_minute = -1};
    struct setting s;

    setting_open(&s);
    add_seven(&s);
    T_STR(say_as(&s, &other, "list_balances", MCP_STR("{}")).result, "{\"pools\":[]}");
    T_EQ(say_as(&s, &other, "show_connection", MCP_STR("{\"connection\":\"low\"}")).err,
         MCP_E_NOT_FOUND);
    T_EQ(say_as(&s, &other, "add_connection", MCP_STR("{\"name\":\"low\",\"toolName\":\"mine\"}"))
             .err,
         MCP_OK);
    struct said said = say(&s, "get_tool_balance", "{'toolName':'mine'}");

    T_EQ(said.err, MCP_E_NOT_FOUND);
    T_CHECK(!t_has(said.message, MCP_STR("\"mine\",")));
    setting_close(&s);
}

static void a_thousand_pools_list_in_a_moment(void)
{
    struct setting s;
    struct timespec a, b;

    setting_open(&s);
    for (int i = 0; i < 333; i++) {
        SAY_OK(&s, "add_connection",
               mcp_arena_printf(&s.arena, "{'name':'c%d','toolName':'t'}", i).ptr);
        SAY_OK(&s, "add_reading",
               mcp_arena_printf(&s.arena,
                                "{'connection':'c%d','readings':[{'creditType':'a','balance':1},"
                                "{'creditType':'b','balance':2},{'creditType':'c','balance':3}]}",
                                i)
                   .ptr);
    }
    clock_gettime(CLOCK_MONOTONIC, &a);
    struct mcp_principal who = tools_operator();
    struct said said = {.sink.finish = said_finish, .at = &s};

    mcp_server_invoke(s.server, MCP_STR("list_balances"), MCP_STR("{}"), &who, &said.sink);
    clock_gettime(CLOCK_MONOTONIC, &b);
    T_EQ(said.err, MCP_OK);
    double ms = (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6;

    fprintf(stderr, "999 pools, %zu bytes: %.1f ms\n", said.result.len, ms);
    T_CHECK(ms < 1000); /* generous: under sanitizers, on a busy machine */
    said_check(&said, MCP_STR("list_balances"));
    T_EQ(mcp_json_count(at(said.json, "pools")), 999);
    setting_close(&s);
}

static const struct t_case cases[] = {
    T(the_answer_is_the_contracts_example_byte_for_byte),
    T(a_connection_without_readings_gives_one_row_of_nulls),
    T(models_see_tools_that_read_and_few_that_write),
    T(no_connection_is_an_empty_list),
    T(the_filter_is_a_comma_list_or_an_array),
    T(a_wrong_status_is_named_with_the_right_ones),
    T(staleness_is_judged_over_all_pools_of_a_connection),
    T(pools_stand_in_order_of_their_first_reading),
    T(a_tool_is_found_by_part_of_its_name_in_any_case),
    T(no_match_names_the_watched_tools),
    T(the_sentence_with_tools_is_escaped_and_short),
    T(names_from_data_are_escaped_in_the_answer),
    T(the_product_default_applies_where_nothing_else_does),
    T(numbers_at_the_ends_of_their_range_are_still_json),
    T(an_owner_sees_only_its_own),
    T(a_thousand_pools_list_in_a_moment),
};
T_MAIN("listing", cases)
