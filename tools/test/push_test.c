/* Readings from scripts: who may push where, and that a repeated request changes nothing. */
#include <tools/test/setting.h>

static struct said push_as(struct setting *s, const char *scopes, uint8_t who, const char *format)
{
    struct mcp_principal p = {.owner = 1, .rate_per_minute = -1, .id = {who}};
    mcp_str text = mcp_arena_dup(&s->arena, mcp_str_c(format));

    snprintf(p.scopes, sizeof(p.scopes), "%s", scopes);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'') {
            memcpy((char *)(uintptr_t)(text.ptr + i), "\"", 1);
        }
    }
    return say_as(s, &p, "push_readings", text);
}

static const uint8_t SEAL_KEY[32] = {7};

static void begin(struct setting *s)
{
    struct tools_options opt = {.seal_key = SEAL_KEY};

    setting_open_with(s, &opt);
    SAY_OK(s, "add_connection", "{'name':'A','toolName':'T'}");
    SAY_OK(s, "add_connection", "{'name':'B','toolName':'T'}");
}

/* The scopes of a new token. */
static const char *scopes_of(struct setting *s, const char *arguments)
{
    struct said made = say(s, "create_token", arguments);
    char *out = mcp_arena_new(&s->arena, char, 128);
    mcp_json list = at(made.json, "scopes");

    ck_assert_msg(made.err == MCP_OK, "%.*s", MCP_STR_ARG(made.message));
    for (mcp_json e = mcp_json_first(list); mcp_json_present(e); e = mcp_json_next(list, e)) {
        mcp_str scope = mcp_json_str(e, &s->arena, MCP_STR(""));

        snprintf(out + strlen(out), 128 - strlen(out), "%s%.*s", *out ? " " : "",
                 MCP_STR_ARG(scope));
    }
    return out;
}

#define ONE(more) "{'connection':'A','creditType':'c','balance':5" more "}"

static void a_token_made_for_a_connection_pushes_there_and_nowhere_else(void)
{
    struct setting s;

    begin(&s);
    const char *scopes = scopes_of(&s, "{'name':'script','connection':'a'}");

    T_HAS(mcp_str_c(scopes), "push to:");
    T_EQ(push_as(&s, scopes, 1, ONE("")).err, MCP_OK);
    struct said other = push_as(&s, scopes, 1, "{'connection':'B','creditType':'c','balance':5}");
    struct said none = push_as(&s, scopes, 1, "{'connection':'X','creditType':'c','balance':5}");

    T_EQ(other.err, MCP_E_NOT_FOUND);
    T_CHECK(mcp_str_eq(other.message, none.message)); /* it does not say that there is one */
    T_EQ(push_as(&s, "push to:nonsense", 1, ONE("")).err, MCP_E_NOT_FOUND);
    T_EQ(push_as(&s, "read admin", 1, ONE("")).err, MCP_E_FORBIDDEN);
    struct mcp_principal p = {.owner = 1, .rate_per_minute = -1};

    snprintf(p.scopes, sizeof(p.scopes), "%s", scopes);
    T_EQ(say_as(&s, &p, "list_balances", MCP_STR("{}")).err, MCP_E_FORBIDDEN);
    setting_close(&s);
}

static void who_may_write_may_push_anywhere(void)
{
    struct setting s;

    begin(&s);
    const char *scopes = scopes_of(&s, "{'name':'w','scopes':['write']}");

    T_STR(mcp_str_c(scopes), "write push");
    T_EQ(push_as(&s, scopes, 1, ONE("")).err, MCP_OK);
    T_EQ(push_as(&s, scopes, 1, "{'connection':'B','creditType':'c','balance':5}").err, MCP_OK);
    SAY_FAILS(&s, "create_token", "{'name':'x','scopes':['read'],'connection':'A'}",
              MCP_E_INVALID_ARGUMENTS, "not both");
    SAY_FAILS(&s, "create_token", "{'name':'x','connection':'nobody'}", MCP_E_NOT_FOUND, "No con");
    setting_close(&s);
}

static size_t readings(struct setting *s)
{
    struct said h = say(s, "get_pool_history", "{'connection':'A'}");
    mcp_json pools = at(h.json, "pools");

    return mcp_json_count(at(mcp_json_first(pools), "points"));
}

static void a_named_request_is_carried_out_once_a_day(void)
{
    struct setting s;

    begin(&s);
    size_t rows = setting_rows(&s);
    struct said first = push_as(&s, "push", 1, ONE(",'idempotencyKey':'k'"));

    s.wall_ms += HOUR_MS;
    struct said again = push_as(&s, "push", 1, ONE(",'idempotencyKey':'k'"));

    T_CHECK(again.is_replayed && !first.is_replayed);
    T_EQ(first.err, MCP_OK);
    T_CHECK(mcp_str_eq(first.result, again.result));
    T_EQ(readings(&s), 1);
    struct said other = push_as(&s, "push", 1,
                                "{'connection':'A','creditType':'c','balance':6,"
                                "'idempotencyKey':'k'}");

    T_EQ(other.err, MCP_E_REFUSED);
    T_HAS(other.message, "Idempotency-Key");
    T_EQ(push_as(&s, "push", 2, ONE(",'idempotencyKey':'k'")).err, MCP_OK); /* another's name */
    s.wall_ms += HOUR_MS;
    T_EQ(push_as(&s, "push", 1, ONE("")).err, MCP_OK); /* without one it is another reading */
    T_EQ(readings(&s), 2);
    s.wall_ms += 2 * DAY_MS;
    T_EQ(push_as(&s, "push", 1, ONE(",'idempotencyKey':'k'")).err, MCP_OK);
    T_EQ(readings(&s), 3);
    for (int i = 0; i < 20; i++) {
        s.wall_ms += DAY_MS;
        T_EQ(push_as(&s, "push", 1,
                     mcp_arena_printf(&s.arena, ONE(",'idempotencyKey':'n%d'"), i).ptr)
                 .err,
             MCP_OK);
    }
    size_t left = setting_rows(&s) - rows;

    ck_assert_msg(left <= 1 + 23 + 2 * 3, "%zu rows", left); /* pool, readings, names of a day */
    setting_close(&s);
}

static void what_failed_is_not_remembered(void)
{
    struct setting s;

    begin(&s);
    T_EQ(push_as(&s, "push", 1,
                 "{'connection':'C','creditType':'c','balance':5,"
                 "'idempotencyKey':'k'}")
             .err,
         MCP_E_NOT_FOUND);
    SAY_OK(&s, "add_connection", "{'name':'C','toolName':'T'}");
    T_EQ(push_as(&s, "push", 1,
                 "{'connection':'C','creditType':'c','balance':5,"
                 "'idempotencyKey':'k'}")
             .err,
         MCP_OK);
    setting_close(&s);
}

/* What kind of source connection A has. */
static mcp_str kind(struct setting *s)
{
    struct said a = say(s, "show_connection", "{'connection':'A'}");

    return text_of(&a, at(a.json, "source"), "kind");
}

static void a_connection_that_scripts_tell_says_so(void)
{
    struct setting s;

    begin(&s);
    SAY_OK(&s, "add_reading", ONE(""));
    T_STR(kind(&s), "manual");
    T_EQ(push_as(&s, "push", 1, "{'connection':'A','creditType':'','balance':5}").err,
         MCP_E_INVALID_ARGUMENTS);
    T_STR(kind(&s), "manual"); /* nothing was pushed */
    s.wall_ms += HOUR_MS;
    T_EQ(push_as(&s, "push", 1, ONE("")).err, MCP_OK);
    T_STR(kind(&s), "push");
    SAY_OK(&s, "edit_connection", "{'connection':'A','low':3}");
    T_STR(kind(&s), "push");
    SAY_OK(&s, "edit_connection", "{'connection':'A','source':null}");
    T_STR(kind(&s), "manual");
    SAY_OK(&s, "edit_connection", "{'connection':'A','source':{'kind':'push'}}");
    T_STR(kind(&s), "push"); /* as declared, before there is anything */
    SAY_OK(&s, "edit_connection", "{'connection':'A','source':{'template':'linkup','secret':'k'}}");
    T_STR(kind(&s), "http");
    s.wall_ms += HOUR_MS;
    T_EQ(push_as(&s, "push", 1, ONE("")).err, MCP_OK);
    T_STR(kind(&s), "http"); /* it is asked, whatever else comes */
    SAY_FAILS(&s, "edit_connection",
              "{'connection':'A','source':{'kind':'push','template':'linkup'}}",
              MCP_E_INVALID_ARGUMENTS, "nothing else");
    setting_close(&s);
}

static const struct t_case cases[] = {
    T(a_token_made_for_a_connection_pushes_there_and_nowhere_else),
    T(who_may_write_may_push_anywhere),
    T(a_named_request_is_carried_out_once_a_day),
    T(what_failed_is_not_remembered),
    T(a_connection_that_scripts_tell_says_so),
};
T_MAIN("push", cases)
