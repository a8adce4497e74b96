/* tools/test/connection_test.c - connections and readings, through the one pipeline. */
#include <tools/reading.h>
#include <tools/test/setting.h>

#define HUNTER "{'name':'Hunter','toolName':'Hunter API','topupUrl':'https://hunter.io/billing'}"

static void a_connection_is_added_shown_and_listed(void)
{
    struct setting s;

    setting_open(&s);
    struct said added = say(&s, "add_connection",
                            "{'name':'Hunter','toolName':'Hunter API','topupUrl':"
                            "'https://hunter.io/billing','low':100.5,'critical':10}");

    T_EQ(added.err, MCP_OK);
    T_STR(mcp_json_raw(at(added.json, "tool")),
          "{\"id\":\"hunter-api\",\"name\":\"Hunter API\",\"topupUrl\":\"https://hunter.io/"
          "billing\"}");
    T_STR(mcp_json_raw(at(added.json, "thresholds")), "{\"low\":100.5,\"critical\":10}");
    T_STR(text_of(&added, added.json, "status"), "active");
    T_STR(text_of(&added, added.json, "createdAt"), "2026-06-17T08:02:11.000Z");
    T_EQ(mcp_json_int_or(at(added.json, "pools"), -1), 0);
    mcp_str id = text_of(&added, added.json, "id");
    struct said by_name = say(&s, "show_connection", "{'connection':'hUNTER'}");
    struct said by_id =
        say(&s, "show_connection",
            mcp_arena_printf(&s.arena, "{'connection':'%.*s'}", MCP_STR_ARG(id)).ptr);

    T_EQ(by_name.err, MCP_OK);
    T_CHECK(mcp_str_eq(by_name.result, by_id.result));
    T_EQ(mcp_json_count(at(by_id.json, "pools")), 1); /* the row that says: no reading yet */
    struct said list = say(&s, "list_connections", "{}");

    T_CHECK(mcp_str_eq(mcp_json_raw(mcp_json_at(at(list.json, "connections"), 0)), added.result));
    setting_close(&s);
}

static void a_definition_says_what_the_service_is_and_where_to_top_up(void)
{
    static const uint8_t KEY[32] = {7};
    struct tools_options opt = {.seal_key = KEY};
    struct setting s;

    setting_open_with(&s, &opt);
    struct said prod =
        say(&s, "add_connection", "{'name':'prod','source':{'template':'linkup','secret':'k'}}");
    struct said own = say(&s, "add_connection",
                          "{'name':'test','toolName':'Ours','topupUrl':'https://ours.example/',"
                          "'source':{'template':'linkup','secret':'k'}}");

    T_STR(mcp_json_raw(at(prod.json, "tool")),
          "{\"id\":\"linkup\",\"name\":\"Linkup\",\"topupUrl\":\"https://app.linkup.so/billing\"}");
    T_STR(mcp_json_raw(at(own.json, "tool")),
          "{\"id\":\"ours\",\"name\":\"Ours\",\"topupUrl\":\"https://ours.example/\"}");
    SAY_OK(&s, "add_connection", "{'name':'bare'}");
    struct said later = say(&s, "edit_connection",
                            "{'connection':'bare','source':{'template':'linkup','secret':'k'}}");

    T_STR(mcp_json_raw(at(later.json, "tool")),
          "{\"id\":\"bare\",\"name\":\"bare\",\"topupUrl\":\"https://app.linkup.so/billing\"}");
    SAY_FAILS(&s, "add_connection",
              "{'name':'x','source':{'definition':{'topupUrl':'javascript:1','request':{'method':"
              "'GET','url':'https://a.example/'},'pools':[{'creditType':'c','balance':'/b'}]}}}",
              MCP_E_INVALID_ARGUMENTS, "topupUrl is no");
    setting_close(&s);
}

static void a_name_is_taken_whatever_its_case(void)
{
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "add_connection", HUNTER);
    SAY_FAILS(&s, "add_connection", "{'name':'HUNTER','toolName':'x'}", MCP_E_CONFLICT,
              "this name");
    SAY_OK(&s, "add_connection", "{'name':'Other','toolName':'x'}");
    SAY_FAILS(&s, "edit_connection", "{'connection':'Other','name':'hunter'}", MCP_E_CONFLICT,
              "this name");
    SAY_OK(&s, "edit_connection", "{'connection':'Hunter','name':'HUNTER'}"); /* only the case */
    SAY_OK(&s, "edit_connection", "{'connection':'hunter','name':'New'}");
    SAY_OK(&s, "add_connection", HUNTER); /* the old name is free */
    SAY_FAILS(&s, "show_connection", "{'connection':'nobody'}", MCP_E_NOT_FOUND, "No connection");
    T_EQ(mcp_json_count(at(say(&s, "list_connections", "{}").json, "connections")), 3);
    setting_close(&s);
}

static void absent_is_untouched_and_null_clears(void)
{
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "add_connection",
           "{'name':'a','toolName':'Tool','toolId':'own-id','topupUrl':'https://a.example/',"
           "'low':5,'critical':1,'status':'error'}");
    struct said before = say(&s, "show_connection", "{'connection':'a'}");
    struct said same = say(&s, "edit_connection", "{'connection':'a'}");

    T_EQ(same.err, MCP_OK);
    T_CHECK(mcp_str_eq(say(&s, "show_connection", "{'connection':'a'}").result, before.result));
    struct said cleared =
        say(&s, "edit_connection",
            "{'connection':'a','topupUrl':null,'low':null,'status':null,'toolId':null}");

    T_STR(mcp_json_raw(at(cleared.json, "tool")),
          "{\"id\":\"tool\",\"name\":\"Tool\",\"topupUrl\":null}");
    T_STR(mcp_json_raw(at(cleared.json, "thresholds")), "{\"low\":null,\"critical\":1}");
    T_STR(text_of(&cleared, cleared.json, "status"), "active");
    setting_close(&s);
}

static void low_must_be_above_critical_also_after_an_edit(void)
{
    struct setting s;

    setting_open(&s);
    SAY_FAILS(&s, "add_connection", "{'name':'a','toolName':'t','low':1,'critical':1}",
              MCP_E_INVALID_ARGUMENTS, "low must be above critical");
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t','low':10,'critical':1}");
    SAY_FAILS(&s, "edit_connection", "{'connection':'a','low':1}", MCP_E_INVALID_ARGUMENTS,
              "low must be above critical");
    SAY_FAILS(&s, "edit_connection", "{'connection':'a','critical':10}", MCP_E_INVALID_ARGUMENTS,
              "low must be above critical");
    SAY_OK(&s, "edit_connection", "{'connection':'a','low':3,'critical':2}");
    SAY_FAILS(&s, "edit_connection", "{'connection':'a','low':1.0000001}", MCP_E_INVALID_ARGUMENTS,
              "low has more than six decimals");
    SAY_FAILS(&s, "edit_connection", "{'connection':'a','low':1e40}", MCP_E_INVALID_ARGUMENTS,
              "too large");
    setting_close(&s);
}

static const char *thresholds(struct setting *s)
{
    struct said said = say(s, "list_balances", "{}");
    mcp_json p = mcp_json_at(at(said.json, "pools"), 0);

    return mcp_arena_printf(&s->arena, "%.*s", MCP_STR_ARG(mcp_json_raw(at(p, "thresholds")))).ptr;
}

static void a_credit_type_may_have_its_own_thresholds(void)
{
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t','low':10,'critical':1}");
    SAY_FAILS(&s, "edit_connection", "{'connection':'a','creditType':'c','low':20}",
              MCP_E_NOT_FOUND, "no reading of this credit type");
    SAY_OK(&s, "add_reading", "{'connection':'a','creditType':'c','balance':15}");
    SAY_OK(&s, "add_reading", "{'connection':'a','creditType':'d','balance':15}");
    SAY_OK(&s, "edit_connection", "{'connection':'a','creditType':'c','low':20}");
    T_STR(mcp_str_c(thresholds(&s)), "{\"low\":20,\"critical\":1}");
    T_EQ(mcp_json_count(at(say(&s, "list_balances", "{'status':'low'}").json, "pools")), 1);
    SAY_FAILS(&s, "edit_connection", "{'connection':'a','creditType':'c','low':1}",
              MCP_E_INVALID_ARGUMENTS, "low must be above critical");
    SAY_FAILS(&s, "edit_connection", "{'connection':'a','low':null,'critical':20}",
              MCP_E_INVALID_ARGUMENTS, "low must be above critical"); /* that of c is 20 */
    SAY_FAILS(&s, "edit_connection", "{'connection':'a','creditType':'c','name':'b','low':5}",
              MCP_E_INVALID_ARGUMENTS, "nothing else");
    SAY_FAILS(&s, "edit_connection", "{'connection':'a','creditType':'c'}", MCP_E_INVALID_ARGUMENTS,
              "give low or critical");
    s.wall_ms += 1;
    SAY_OK(&s, "add_reading", "{'connection':'a','creditType':'c','balance':14}"); /* it stays */
    T_STR(mcp_str_c(thresholds(&s)), "{\"low\":20,\"critical\":1}");
    SAY_OK(&s, "edit_connection", "{'connection':'a','creditType':'c','low':null}");
    T_STR(mcp_str_c(thresholds(&s)), "{\"low\":10,\"critical\":1}");
    setting_close(&s);
}

static void thresholds_are_checked_with_the_default_they_meet(void)
{
    struct setting s;
    struct tools_options opt = {.has_critical = true, .critical_micro = 5000000};

    setting_open_with(&s, &opt);
    SAY_FAILS(&s, "add_connection", "{'name':'a','toolName':'t','low':5}", MCP_E_INVALID_ARGUMENTS,
              "low must be above critical");
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t','low':5,'critical':4}");
    SAY_FAILS(&s, "edit_connection", "{'connection':'a','critical':null}", MCP_E_INVALID_ARGUMENTS,
              "a default");
    SAY_OK(&s, "edit_connection", "{'connection':'a','critical':null,'low':6}");
    setting_close(&s);
}

static void names_and_urls_that_do_not_show_as_they_are_are_refused(void)
{
    static const struct {
        const char *arguments, *part;
    } ROWS[] = {
        {"{'name':'a\\tb','toolName':'t'}", "name holds"},
        {"{'name':'a','toolName':'t\\u009f'}", "toolName holds"},
        {"{'name':'a\\ufeff','toolName':'t'}", "name holds"},
        {"{'name':'a ','toolName':'t'}", "name begins or ends"},
        {"{'name':'a','toolName':'t','topupUrl':'https://'}", "topupUrl"},
        {"{'name':'a','toolName':'t','topupUrl':'https:///x'}", "topupUrl"},
        {"{'name':'a','toolName':'t','topupUrl':'javascript:alert(1)'}", "topupUrl"},
        {"{'name':'a','toolName':'t','topupUrl':'https://a.example/ b'}", "topupUrl"},
    };
    struct setting s;

    setting_open(&s);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        SAY_FAILS(&s, "add_connection", ROWS[i].arguments, MCP_E_INVALID_ARGUMENTS, ROWS[i].part);
    }
    T_EQ(mcp_json_count(at(say(&s, "list_connections", "{}").json, "connections")), 0);
    setting_close(&s);
}

static void a_thousand_connections_are_the_most(void)
{
    struct setting s;

    setting_open(&s);
    for (int i = 0; i < 1000; i++) {
        SAY_OK(&s, "add_connection",
               mcp_arena_printf(&s.arena, "{'name':'c%d','toolName':'t'}", i).ptr);
    }
    SAY_FAILS(&s, "add_connection", "{'name':'more','toolName':'t'}", MCP_E_REFUSED, "1,000");
    SAY_OK(&s, "remove_connection", "{'connection':'c500'}");
    SAY_OK(&s, "add_connection", "{'name':'more','toolName':'t'}");
    setting_close(&s);
}

static void removing_takes_all_readings_however_many(void)
{
    struct setting s;
    struct said added;

    setting_open(&s);
    SAY_OK(&s, "add_connection", HUNTER);
    SAY_OK(&s, "add_connection", "{'name':'other','toolName':'t'}");
    SAY_OK(&s, "add_reading", "{'connection':'other','creditType':'c','balance':1}");
    for (int batch = 0; batch < 5; batch++) { /* 2,500: more than two steps */
        struct mcp_buf b;

        mcp_buf_init(&b, (size_t)1 << 20);
        mcp_buf_add_c(&b, "{'connection':'hunter','readings':[");
        for (int i = 0; i < 500; i++) {
            mcp_buf_printf(
                &b, "%s{'creditType':'c%d','balance':%d,'recordedAt':'2026-06-%02dT%02d:%02d:00Z'}",
                i ? "," : "", i % 3, i, 10 + batch, i / 60, i % 60);
        }
        mcp_buf_add(&b, MCP_STR("]}\0"));
        added = say(&s, "add_reading", b.ptr);
        T_EQ(added.err, MCP_OK);
        T_EQ(mcp_json_int_or(at(added.json, "stored"), -1), 500);
        mcp_buf_free(&b);
    }
    struct said gone = say(&s, "remove_connection", "{'connection':'Hunter'}");

    T_EQ(gone.err, MCP_OK);
    T_EQ(mcp_json_int_or(at(gone.json, "removedReadings"), -1), 2500);
    SAY_FAILS(&s, "remove_connection", "{'connection':'Hunter'}", MCP_E_NOT_FOUND, "No connection");
    struct said left = say(&s, "list_balances", "{}");

    T_EQ(mcp_json_count(at(left.json, "pools")), 1);
    /* owner, connection, two index entries, pool, reading */
    T_EQ(setting_rows(&s), 6);
    setting_close(&s);
}

/* ---- Readings ---- */

static struct said add(struct setting *s, const char *type, const char *balance, int64_t at_ms)
{
    char time[MCP_TIMESTAMP_BYTES];
    mcp_str t = mcp_timestamp_format(at_ms, time);

    return say(s, "add_reading",
               mcp_arena_printf(&s->arena,
                                "{'connection':'a','creditType':'%s','balance':%s,"
                                "'recordedAt':'%.*s'}",
                                type, balance, MCP_STR_ARG(t))
                   .ptr);
}

/* The only pool there is. */
static mcp_json pool(struct setting *s)
{
    struct said said = say(s, "list_balances", "{}");

    T_EQ(said.err, MCP_OK);
    T_EQ(mcp_json_count(at(said.json, "pools")), 1);
    return mcp_json_at(at(said.json, "pools"), 0);
}

static void the_same_reading_again_changes_nothing(void)
{
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t'}");
    struct said first = add(&s, "c", "10", NOW_MS);
    struct said second = add(&s, "c", "10", NOW_MS);
    struct said other = add(&s, "c", "99", NOW_MS);

    T_STR(first.result, "{\"stored\":1,\"duplicates\":0,\"conflicts\":0}");
    T_STR(second.result, "{\"stored\":0,\"duplicates\":1,\"conflicts\":0}");
    T_STR(other.result, "{\"stored\":0,\"duplicates\":0,\"conflicts\":1}");
    T_STR(mcp_json_raw(at(pool(&s), "balance")), "10");
    struct said twice = say(&s, "add_reading",
                            "{'connection':'a','readings':[{'creditType':'c','balance':1,"
                            "'recordedAt':'2026-06-17T07:00:00Z'},{'creditType':'c','balance':2,"
                            "'recordedAt':'2026-06-17T09:00:00+02:00'}]}");

    /* one instant, two spellings */
    T_STR(twice.result, "{\"stored\":1,\"duplicates\":0,\"conflicts\":1}");
    SAY_FAILS(&s, "add_reading",
              "{'connection':'a','readings':[{'creditType':'d','balance':1},"
              "{'creditType':'e','balance':1},{'creditType':'d','balance':2}]}",
              MCP_E_INVALID_ARGUMENTS, "/readings/2: its credit type stands twice");
    SAY_OK(&s, "add_reading",
           "{'connection':'a','readings':[{'creditType':'d','balance':1},{'creditType':'d',"
           "'balance':2,'recordedAt':'2026-06-17T07:00:00Z'}]}");
    s.wall_ms += 10;
    SAY_OK(&s, "add_reading", "{'connection':'a','creditType':'d','balance':1,'balanceLimit':5}");
    struct said kept = say(&s, "add_reading", "{'connection':'a','creditType':'d','balance':1}");
    struct said limit = say(&s, "add_reading",
                            "{'connection':'a','creditType':'d','balance':1,'balanceLimit':null}");

    T_STR(kept.result, "{\"stored\":0,\"duplicates\":1,\"conflicts\":0}");
    T_STR(limit.result, "{\"stored\":0,\"duplicates\":0,\"conflicts\":1}");
    setting_close(&s);
}

static void a_late_reading_changes_the_burn_and_not_the_balance(void)
{
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t'}");
    add(&s, "c", "620", NOW_MS);
    T_STR(mcp_json_raw(at(pool(&s), "burn")), "{\"perDay\":null,\"daysLeft\":null}");
    add(&s, "c", "724", NOW_MS - 2 * (int64_t)DAY_MS);
    mcp_json p = pool(&s);

    T_STR(mcp_json_raw(at(p, "balance")), "620");
    T_STR(mcp_json_raw(at(p, "recordedAt")), "\"2026-06-17T08:02:11.000Z\"");
    T_STR(mcp_json_raw(at(p, "burn")), "{\"perDay\":52,\"daysLeft\":11.9}");
    T_STR(mcp_json_raw(at(p, "eta")), "{\"short\":\"~2 weeks\",\"long\":\"Empties in ~12 days.\"}");
    setting_close(&s);
}

static void a_reading_may_be_five_minutes_ahead_and_no_more(void)
{
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t'}");
    T_EQ(add(&s, "c", "1", NOW_MS + 300000).err, MCP_OK);
    T_EQ(add(&s, "c", "1", NOW_MS + 300001).err, MCP_E_INVALID_ARGUMENTS);
    SAY_FAILS(&s, "add_reading",
              "{'connection':'a','creditType':'c','balance':1,'recordedAt':"
              "'1969-12-31T23:59:59.999Z'}",
              MCP_E_INVALID_ARGUMENTS, "before 1970");
    SAY_OK(&s, "add_reading",
           "{'connection':'a','creditType':'c','balance':1,'recordedAt':'1970-01-01T00:00:00Z'}");
    setting_close(&s);
}

static void a_clock_that_steps_back_breaks_nothing(void)
{
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t'}");
    add(&s, "c", "50", NOW_MS - HOUR_MS);
    add(&s, "c", "40", NOW_MS);
    s.wall_ms -= 30 * (int64_t)DAY_MS;
    T_STR(mcp_json_raw(at(pool(&s), "status")), "\"stale\""); /* says nothing about now */
    T_STR(mcp_json_raw(at(pool(&s), "balance")), "40");
    T_EQ(add(&s, "c", "30", s.wall_ms).err, MCP_OK);
    T_STR(mcp_json_raw(at(pool(&s), "balance")), "30"); /* what is read now, shows */
    T_STR(mcp_json_raw(at(pool(&s), "status")), "\"healthy\"");
    T_STR(mcp_json_raw(at(pool(&s), "burn")), "{\"perDay\":null,\"daysLeft\":null}");
    s.wall_ms += HOUR_MS;
    T_EQ(add(&s, "c", "29", s.wall_ms).err, MCP_OK);
    T_EQ(add(&s, "c", "99", s.wall_ms - 1).err, MCP_OK); /* late, as ever */
    T_STR(mcp_json_raw(at(pool(&s), "balance")), "29");
    s.wall_ms = NOW_MS;
    T_EQ(add(&s, "c", "20", s.wall_ms + 1).err, MCP_OK);
    T_STR(mcp_json_raw(at(pool(&s), "balance")), "20");
    setting_close(&s);
}

static void a_reading_from_the_future_hides_no_critical_one(void)
{
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t','critical':5}");
    add(&s, "c", "100", NOW_MS + 5 * MINUTE_MS);
    add(&s, "c", "3", NOW_MS);
    T_STR(mcp_json_raw(at(pool(&s), "status")), "\"critical\"");
    add(&s, "c", "90", NOW_MS + 4 * MINUTE_MS); /* ahead of what is the newest now */
    T_STR(mcp_json_raw(at(pool(&s), "balance")), "90");
    setting_close(&s);
}

static void a_pool_from_the_future_does_not_make_its_neighbours_stale(void)
{
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t'}");
    add(&s, "far", "1", NOW_MS);
    s.wall_ms -= 6 * MINUTE_MS;
    T_EQ(mcp_json_count(at(say(&s, "list_balances", "{'status':'stale'}").json, "pools")), 1);
    add(&s, "here", "1", s.wall_ms);
    T_EQ(mcp_json_count(at(say(&s, "list_balances", "{'status':'healthy'}").json, "pools")), 2);
    setting_close(&s);
}

static void an_unknown_balance_is_not_zero(void)
{
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t','critical':5}");
    add(&s, "c", "100", NOW_MS - DAY_MS);
    add(&s, "c", "null", NOW_MS);
    mcp_json p = pool(&s);

    T_EQ(mcp_json_type(at(p, "balance")), MCP_JSON_NULL);
    T_STR(mcp_json_raw(at(p, "status")), "\"nodata\"");
    T_STR(mcp_json_raw(at(p, "burn")), "{\"perDay\":null,\"daysLeft\":null}");
    T_STR(mcp_json_raw(at(p, "eta")), "{\"short\":\"no burn yet\",\"long\":\"Not draining yet.\"}");
    setting_close(&s);
}

static void label_unit_and_limit_stay_until_they_are_said_again(void)
{
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t'}");
    add(&s, "c", "1", NOW_MS - 5);
    T_STR(mcp_json_raw(at(pool(&s), "label")), "\"c\"");
    T_STR(mcp_json_raw(at(pool(&s), "unit")), "\"credits\"");
    T_STR(mcp_json_raw(at(pool(&s), "balanceLimit")), "null");
    SAY_OK(&s, "add_reading",
           "{'connection':'a','creditType':'c','balance':1,'label':'L','unit':'USD',"
           "'balanceLimit':4.05}");
    s.wall_ms += 10;
    add(&s, "c", "2", s.wall_ms);
    T_STR(mcp_json_raw(at(pool(&s), "label")), "\"L\"");
    T_STR(mcp_json_raw(at(pool(&s), "unit")), "\"USD\"");
    T_STR(mcp_json_raw(at(pool(&s), "balanceLimit")), "4.05");
    s.wall_ms += 10;
    SAY_OK(&s, "add_reading",
           "{'connection':'a','creditType':'c','balance':1,'balanceLimit':null}");
    T_STR(mcp_json_raw(at(pool(&s), "balanceLimit")), "null");
    setting_close(&s);
}

static void sixty_four_credit_types_are_the_most(void)
{
    struct setting s;
    char type[16];

    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t'}");
    for (int i = 0; i < 64; i++) {
        snprintf(type, sizeof(type), "c%d", i);
        T_EQ(add(&s, type, "1", NOW_MS).err, MCP_OK);
    }
    struct said more = add(&s, "c64", "1", NOW_MS);

    T_EQ(more.err, MCP_E_REFUSED);
    T_HAS(more.message, "at most 64 credit types");
    T_EQ(add(&s, "c63", "2", NOW_MS + 1).err, MCP_OK);
    struct said said = say(&s, "list_balances", "{}");

    T_EQ(mcp_json_count(at(said.json, "pools")), 64);
    T_STR(mcp_json_raw(at(mcp_json_at(at(said.json, "pools"), 63), "creditType")), "\"c63\"");
    setting_close(&s);
}

static void a_batch_is_stored_whole_or_not_at_all(void)
{
    static const struct {
        const char *arguments;
        mcp_err err;
        const char *part;
    } ROWS[] = {
        {"{'connection':'a','readings':[{'creditType':'c','balance':1},{'creditType':'d\\n',"
         "'balance':1}]}",
         MCP_E_INVALID_ARGUMENTS, "creditType holds"},
        {"{'connection':'a','readings':[{'creditType':'c','balance':1},{'creditType':'d',"
         "'balance':0.0000001}]}",
         MCP_E_INVALID_ARGUMENTS, "balance has more than six decimals"},
        {"{'connection':'a','creditType':'c','balance':1,'readings':[{'creditType':'d',"
         "'balance':1}]}",
         MCP_E_INVALID_ARGUMENTS, "not both"},
        {"{'connection':'nobody','creditType':'c','balance':1}", MCP_E_NOT_FOUND, "No connection"},
    };
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t'}");
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        SAY_FAILS(&s, "add_reading", ROWS[i].arguments, ROWS[i].err, ROWS[i].part);
    }
    T_EQ(mcp_json_type(at(pool(&s), "creditType")), MCP_JSON_NULL);
    setting_close(&s);
}

/* Invoke without letting the store work: several operations then share a commit. */
static void queue(struct setting *s, struct said *said, const char *name, const char *arguments)
{
    struct mcp_principal who = tools_operator();

    *said = (struct said){.sink.finish = said_finish, .at = s};
    mcp_server_invoke(s->server, mcp_str_c(name), mcp_str_c(arguments), &who, &said->sink);
    T_EQ(said->finishes, 0); /* nothing is answered before it is durable */
}

static void a_neighbour_that_fails_makes_bodies_run_again_and_nothing_else(void)
{
    struct setting s;
    struct said said[7];

    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t'}");
    SAY_OK(&s, "add_connection", "{'name':'full','toolName':'t'}");
    for (int i = 0; i < 64; i++) {
        SAY_OK(&s, "add_reading",
               mcp_arena_printf(&s.arena, "{'connection':'full','creditType':'%d','balance':1}", i)
                   .ptr);
    }
    size_t rows = setting_rows(&s);

    s.wall_ms++;
    queue(&s, &said[0], "add_reading",
          "{\"connection\":\"a\",\"creditType\":\"c\",\"balance\":10}");
    queue(&s, &said[1], "add_connection", "{\"name\":\"b\",\"toolName\":\"t\"}");
    queue(&s, &said[2], "create_token", "{\"name\":\"n\"}");
    queue(&s, &said[3], "edit_connection", "{\"connection\":\"a\",\"name\":\"A2\"}");
    queue(&s, &said[4], "add_reading",
          "{\"connection\":\"a2\",\"creditType\":\"d\",\"balance\":1}");
    /* stores one reading, then meets the 65th type: the whole commit is undone */
    queue(&s, &said[5], "add_reading",
          "{\"connection\":\"full\",\"readings\":[{\"creditType\":\"0\",\"balance\":1},"
          "{\"creditType\":\"64\",\"balance\":1}]}");
    queue(&s, &said[6], "revoke_token", "{\"token\":\"n\"}");
    setting_turn(&s);
    for (size_t i = 0; i < 7; i++) {
        T_EQ(said[i].finishes, 1);
        T_EQ(said[i].err, i == 5 ? MCP_E_REFUSED : MCP_OK);
    }
    T_STR(said[0].result, "{\"stored\":1,\"duplicates\":0,\"conflicts\":0}");
    T_STR(said[4].result, "{\"stored\":1,\"duplicates\":0,\"conflicts\":0}");
    /* a token's two rows, a connection's three, two pools, two readings */
    T_EQ(setting_rows(&s), rows + 9);
    setting_close(&s);
}

static void the_writer_thread_answers_the_same(void)
{
    struct setting s;

    setting_open(&s);
    setting_thread(&s);
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t'}");
    T_STR(add(&s, "c", "10", NOW_MS).result, "{\"stored\":1,\"duplicates\":0,\"conflicts\":0}");
    T_STR(add(&s, "c", "10", NOW_MS).result, "{\"stored\":0,\"duplicates\":1,\"conflicts\":0}");
    SAY_OK(&s, "create_token", "{'name':'n'}");
    SAY_OK(&s, "revoke_token", "{'token':'n'}");
    SAY_OK(&s, "edit_connection", "{'connection':'a','name':'b'}");
    SAY_FAILS(&s, "edit_connection", "{'connection':'a','name':'b'}", MCP_E_NOT_FOUND, "No conn");
    T_STR(mcp_json_raw(at(pool(&s), "connectionName")), "\"b\"");
    SAY_OK(&s, "remove_connection", "{'connection':'b'}");
    setting_close(&s);
}

static const struct t_case cases[] = {
    T(a_connection_is_added_shown_and_listed),
    T(a_definition_says_what_the_service_is_and_where_to_top_up),
    T(a_name_is_taken_whatever_its_case),
    T(absent_is_untouched_and_null_clears),
    T(low_must_be_above_critical_also_after_an_edit),
    T(a_credit_type_may_have_its_own_thresholds),
    T(thresholds_are_checked_with_the_default_they_meet),
    T(names_and_urls_that_do_not_show_as_they_are_are_refused),
    T(a_thousand_connections_are_the_most),
    T(removing_takes_all_readings_however_many),
    T(the_same_reading_again_changes_nothing),
    T(a_late_reading_changes_the_burn_and_not_the_balance),
    T(a_reading_may_be_five_minutes_ahead_and_no_more),
    T(a_clock_that_steps_back_breaks_nothing),
    T(a_reading_from_the_future_hides_no_critical_one),
    T(a_pool_from_the_future_does_not_make_its_neighbours_stale),
    T(an_unknown_balance_is_not_zero),
    T(label_unit_and_limit_stay_until_they_are_said_again),
    T(sixty_four_credit_types_are_the_most),
    T(a_batch_is_stored_whole_or_not_at_all),
    T(a_neighbour_that_fails_makes_bodies_run_again_and_nothing_else),
    T(the_writer_thread_answers_the_same),
};
T_MAIN("connection", cases)
