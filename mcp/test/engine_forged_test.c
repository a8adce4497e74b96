/* mcp/test/engine_forged_test.c - what a client brings back and was given for something else,
 * claims that are none, and abilities it does not have (protocol.md 2.3, 2.10, 2.11). */
#include <mcp/ask.h>
#include <mcp/call.h>

#include "engine_tools.h"

#define FORM                                                                                       \
    "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\",\"minimum\":1}},"            \
    "\"required\":[\"n\"]}"
#define TAKEN "{\"q\":{\"action\":\"accept\",\"content\":{\"n\":1}}}"
#define CAN(abilities)                                                                             \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                       \
    "\"io.modelcontextprotocol/clientCapabilities\":" abilities "}"
#define ALL "{\"elicitation\":{\"form\":{},\"url\":{}},\"sampling\":{\"tools\":{}},\"roots\":{}}"

static mcp_err ask(struct mcp_call *call, void *user)
{
    mcp_str kind = mcp_arg_str(call, "kind");
    mcp_err err;

    (void)user;
    if (mcp_str_eq(kind, MCP_STR("url"))) {
        err = mcp_ask_elicit_url(call, "q", "?", "https://example.org/");
    } else if (mcp_str_eq(kind, MCP_STR("sample"))) {
        err = mcp_ask_sample_text(call, "q", MCP_STR("?"), 1);
    } else if (mcp_str_eq(kind, MCP_STR("tools"))) {
        err = mcp_ask_sample(call, "q", MCP_STR("{\"messages\":[],\"maxTokens\":1,\"tools\":[]}"));
    } else if (mcp_str_eq(kind, MCP_STR("roots"))) {
        err = mcp_ask_roots(call, "q");
    } else {
        err = mcp_ask_elicit(call, "q", "?", FORM);
    }
    return err ? err : mcp_text(call, "answered");
}

static mcp_err say_ok(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_text(call, "ok");
}

static const struct mcp_tool ROWS[] = {
    {.name = "t", .description = "d", .input_schema = "{\"type\":\"object\"}", .fn = ask},
    {.name = "u", .description = "d", .input_schema = "{\"type\":\"object\"}", .fn = ask},
    {0}};
static const struct mcp_prompt_argument KIND[] = {{.name = "kind"}, {0}};
static const struct mcp_prompt PROMPTS[] = {
    {.name = "t", .arguments = KIND, .fn = ask}, {.name = "u", .arguments = KIND, .fn = ask}, {0}};
static const struct mcp_resource RESOURCES[] = {
    {.uri = "a://asks", .name = "asks", .cache = {9000, true}, .read = ask},
    {.uri = "a://plain", .name = "plain", .cache = {9000, true}, .read = say_ok},
    {.uri = "a://scoped", .name = "s", .scope = "s", .cache = {9000, true}, .read = say_ok},
    {0}};
static const struct mcp_tool_set TOOL_SET = {ROWS, NULL};
static const struct mcp_prompt_set PROMPT_SET = {PROMPTS, NULL};
static const struct mcp_resource_set RESOURCE_SET = {RESOURCES, NULL};

struct desk {
    struct world world;
    struct mcp_peer peer;
    struct mcp_session *session;
};

static void desk_init(struct desk *d, uint8_t secret)
{
    struct mcp_server_options opt = {.tools = &TOOL_SET,
                                     .n_tools = 1,
                                     .prompts = &PROMPT_SET,
                                     .n_prompts = 1,
                                     .resources = &RESOURCE_SET,
                                     .n_resources = 1,
                                     .page_tools = 1};

    memset(opt.secret, secret, sizeof(opt.secret));
    world_init_with(&d->world, &opt);
    d->session = mcp_session_new(d->world.server);
    d->peer = peer_stdio(d->session);
}

static void desk_free(struct desk *d)
{
    T_EQ(mcp_server_calls(d->world.server), 0);
    mcp_session_free(d->session);
    world_free(&d->world);
}

/* A request; its members behind _meta are `params`. */
static mcp_err request(struct desk *d, struct wire *w, const char *method, const char *params)
{
    char text[6000];

    snprintf(text, sizeof(text),
             "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{" CAN(ALL) "%s}}", method,
             params);
    wire_say(w, d->world.server, &d->peer, mcp_str_c(text));
    T_EQ(w->finishes, 1);
    return w->err;
}

/* The string member `name` of a reply. */
static void word(const struct wire *w, const char *name, char out[2000])
{
    mcp_str reply = wire_reply(w);
    char mark[40];
    int n = snprintf(mark, sizeof(mark), "\"%s\":\"", name);

    for (size_t i = 0; i + (size_t)n < reply.len; i++) {
        if (memcmp(reply.ptr + i, mark, (size_t)n) == 0) {
            mcp_str rest = mcp_str_n(reply.ptr + i + n, reply.len - i - (size_t)n);
            mcp_str value = mcp_str_cut(&rest, '"');

            snprintf(out, 2000, "%.*s", MCP_STR_ARG(value));
            return;
        }
    }
    ck_abort_msg("no %s in %.*s", name, MCP_STR_ARG(reply));
}

/* The state that a first request is given. */
static void first(struct desk *d, const char *method, const char *params, char state[2000])
{
    struct wire w;

    T_EQ(request(d, &w, method, params), MCP_OK);
    T_HAS(wire_reply(&w), "input_required");
    word(&w, "requestState", state);
    wire_free(&w);
}

static mcp_err again(struct desk *d, const char *method, const char *params, const char *state)
{
    char text[3000];
    struct wire w;

    snprintf(text, sizeof(text), "%s,\"inputResponses\":" TAKEN ",\"requestState\":\"%s\"", params,
             state);
    mcp_err err = request(d, &w, method, text);

    T_CHECK(err == MCP_OK || err == MCP_E_INVALID_PARAMS);
    T_HAS(wire_reply(&w), err ? "-32602" : "\"complete\"");
    wire_free(&w);
    return err;
}

static void a_state_is_of_one_method(void)
{
    static const char *const ASK[][2] = {{"tools/call", ",\"name\":\"t\""},
                                         {"prompts/get", ",\"name\":\"t\""},
                                         {"tools/call", ",\"name\":\"u\""},
                                         {"resources/read", ",\"uri\":\"a://asks\""}};
    char state[2000];
    struct desk d;

    desk_init(&d, 1);
    for (size_t i = 0; i < 4; i++) {
        first(&d, ASK[i][0], ASK[i][1], state);
        for (size_t j = 0; j < 4; j++) {
            T_EQ(again(&d, ASK[j][0], ASK[j][1], state), i == j ? MCP_OK : MCP_E_INVALID_PARAMS);
        }
    }
    desk_free(&d);
}

static void a_state_outlives_a_restart_with_the_same_secret_only(void)
{
    char state[2000];
    struct desk before, after, other;

    desk_init(&before, 1);
    desk_init(&after, 1);
    desk_init(&other, 2);
    first(&before, "tools/call", ",\"name\":\"t\"", state);
    T_EQ(again(&after, "tools/call", ",\"name\":\"t\"", state), MCP_OK);
    T_EQ(again(&other, "tools/call", ",\"name\":\"t\"", state), MCP_E_INVALID_PARAMS);
    desk_free(&before);
    desk_free(&after);
    desk_free(&other);
}

/* Parts of two states that are good each: the version and nonce of one, the text of the other; the
 * tag of one behind the text of the other; each cut in the middle. */
static void two_states_do_not_make_a_third(void)
{
    char a[2000], b[2000], mixed[2000];
    struct desk d;

    desk_init(&d, 1);
    first(&d, "tools/call", ",\"name\":\"t\"", a);
    first(&d, "tools/call", ",\"name\":\"t\"", b);
    size_t len = strlen(a);

    T_EQ(strlen(b), len);
    T_CHECK(strcmp(a, b) != 0); /* never the same nonce */
    for (size_t cut = 1; cut < len; cut++) {
        memcpy(mixed, a, len + 1);
        memcpy(mixed + cut, b + cut, len - cut);
        if (strcmp(mixed, a) != 0 && strcmp(mixed, b) != 0) {
            T_EQ(again(&d, "tools/call", ",\"name\":\"t\"", mixed), MCP_E_INVALID_PARAMS);
        }
    }
    T_EQ(again(&d, "tools/call", ",\"name\":\"t\"", a), MCP_OK);
    desk_free(&d);
}

static mcp_err follow(struct desk *d, const char *method, const char *cursor)
{
    char params[3000];
    struct wire w;

    snprintf(params, sizeof(params), ",\"cursor\":\"%s\"", cursor);
    mcp_err err = request(d, &w, method, params);

    wire_free(&w);
    return err;
}

static void a_cursor_is_whole_and_of_its_list(void)
{
    char cursor[2000], bad[2100], state[2000];
    struct desk d, other;
    struct wire w;

    desk_init(&d, 1);
    desk_init(&other, 2);
    T_EQ(request(&d, &w, "tools/list", ""), MCP_OK);
    word(&w, "nextCursor", cursor);
    wire_free(&w);
    T_EQ(follow(&d, "tools/list", cursor), MCP_OK);
    T_EQ(follow(&d, "tools/list", cursor), MCP_OK); /* as often as the client likes */
    T_EQ(follow(&d, "prompts/list", cursor), MCP_E_INVALID_PARAMS);
    T_EQ(follow(&d, "resources/list", cursor), MCP_E_INVALID_PARAMS);
    T_EQ(follow(&other, "tools/list", cursor), MCP_E_INVALID_PARAMS);
    for (size_t i = 0; i < strlen(cursor); i++) {
        snprintf(bad, sizeof(bad), "%.*s", (int)i, cursor);
        T_EQ(follow(&d, "tools/list", bad), MCP_E_INVALID_PARAMS);
        snprintf(bad, sizeof(bad), "%s", cursor);
        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        T_EQ(follow(&d, "tools/list", bad), MCP_E_INVALID_PARAMS);
    }
    snprintf(bad, sizeof(bad), "%sA", cursor);
    T_EQ(follow(&d, "tools/list", bad), MCP_E_INVALID_PARAMS);
    /* What the same secret has sealed for another purpose. */
    first(&d, "tools/call", ",\"name\":\"t\"", state);
    T_EQ(follow(&d, "tools/list", state), MCP_E_INVALID_PARAMS);
    T_EQ(again(&d, "tools/call", ",\"name\":\"t\"", cursor), MCP_E_INVALID_PARAMS);
    desk_free(&d);
    desk_free(&other);
}

static void what_a_client_answered_is_not_cached(void)
{
    char state[2000], text[3000];
    struct desk d;
    struct wire w;

    desk_init(&d, 1);
    T_EQ(request(&d, &w, "resources/read", ",\"uri\":\"a://plain\""), MCP_OK);
    T_HAS(wire_reply(&w), "\"ttlMs\":9000,\"cacheScope\":\"public\"");
    wire_free(&w);
    T_EQ(request(&d, &w, "resources/read", ",\"uri\":\"a://scoped\""), MCP_OK);
    T_HAS(wire_reply(&w), "\"ttlMs\":9000,\"cacheScope\":\"private\""); /* not for everybody */
    wire_free(&w);
    first(&d, "resources/read", ",\"uri\":\"a://asks\"", state);
    snprintf(text, sizeof(text),
             ",\"uri\":\"a://asks\",\"inputResponses\":" TAKEN ",\"requestState\":\"%s\"", state);
    T_EQ(request(&d, &w, "resources/read", text), MCP_OK);
    T_HAS(wire_reply(&w), "\"ttlMs\":0,\"cacheScope\":\"private\"");
    wire_free(&w);
    desk_free(&d);
}

static void claims_that_are_none_are_refused_and_unknown_ones_are_not(void)
{
#define BASE                                                                                       \
    "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                                  \
    "\"io.modelcontextprotocol/clientCapabilities\":{}"
    static const struct {
        const char *meta;
        mcp_err err;
    } CLAIMS[] = {
        {"{" BASE "}", MCP_OK},
        {"{" BASE ",\"io.modelcontextprotocol/clientInfo\":{\"name\":\"c\",\"version\":\"1\"}}",
         MCP_OK},
        {"{" BASE ",\"io.modelcontextprotocol/unknown\":[{}],\"x\":1,\"a.b/c\":null}", MCP_OK},
        {"{" BASE ",\"traceparent\":\"nonsense\",\"tracestate\":\"\",\"baggage\":\",\"}", MCP_OK},
        {"{" BASE ",\"traceparent\":7,\"tracestate\":[],\"baggage\":{}}", MCP_OK},
        {"{" BASE ",\"progressToken\":\"\"}", MCP_OK},
        {"{" BASE ",\"progressToken\":-9007199254740993}", MCP_OK},
        {"{" BASE ",\"progressToken\":1.5}", MCP_E_INVALID_PARAMS},
        {"{" BASE ",\"progressToken\":null}", MCP_OK}, /* none */
        {"{" BASE ",\"progressToken\":{}}", MCP_E_INVALID_PARAMS},
        {"{" BASE ",\"progressToken\":true}", MCP_E_INVALID_PARAMS},
        {"{" BASE ",\"io.modelcontextprotocol/logLevel\":7}", MCP_E_META_MISSING},
        {"{" BASE ",\"io.modelcontextprotocol/logLevel\":\"DEBUG\"}", MCP_E_META_MISSING},
        {"{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}", MCP_E_META_MISSING},
        {"{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
         "\"io.modelcontextprotocol/clientCapabilities\":null}",
         MCP_E_META_MISSING},
        {"{\"io.modelcontextprotocol/protocolVersion\":null,"
         "\"io.modelcontextprotocol/clientCapabilities\":{}}",
         MCP_E_META_MISSING},
        {"{\"io.modelcontextprotocol/protocolVersion\":\"\","
         "\"io.modelcontextprotocol/clientCapabilities\":{}}",
         MCP_E_UNSUPPORTED_VERSION},
    };
    char text[1000];
    struct desk d;
    struct wire w;

    desk_init(&d, 1);
    for (size_t i = 0; i < sizeof(CLAIMS) / sizeof(CLAIMS[0]); i++) {
        snprintf(text, sizeof(text), REQUEST("tools/list", "\"_meta\":%s"), CLAIMS[i].meta);
        wire_say(&w, d.world.server, &d.peer, mcp_str_c(text));
        ck_assert_msg(w.err == CLAIMS[i].err, "%s: %.*s", CLAIMS[i].meta,
                      MCP_STR_ARG(wire_reply(&w)));
        wire_free(&w);
    }
    desk_free(&d);
}

/* Everything but one ability, and a question that needs this one. */
static const struct {
    const char *kind, *can, *required;
    bool is_old; /* 2025-06-18 knows it */
} ABILITIES[] = {
    {"form", "{\"elicitation\":{\"url\":{}},\"sampling\":{\"tools\":{}},\"roots\":{}}",
     "{\"elicitation\":{\"form\":{}}}", false},
    {"url", "{\"elicitation\":{\"form\":{}},\"sampling\":{\"tools\":{}},\"roots\":{}}",
     "{\"elicitation\":{\"url\":{}}}", false},
    {"sample", "{\"elicitation\":{\"form\":{},\"url\":{}},\"roots\":{}}", "{\"sampling\":{}}",
     true},
    {"tools", "{\"elicitation\":{\"form\":{},\"url\":{}},\"sampling\":{},\"roots\":{}}",
     "{\"sampling\":{\"tools\":{}}}", false},
    {"roots", "{\"elicitation\":{\"form\":{},\"url\":{}},\"sampling\":{\"tools\":{}}}",
     "{\"roots\":{}}", true},
};

static void each_question_needs_its_own_ability_in_both_eras(void)
{
    static const char *const REVISIONS[] = {"2025-06-18", "2025-11-25", "2026-07-28"};
    char text[1000], want[200];

    for (size_t i = 0; i < sizeof(ABILITIES) / sizeof(ABILITIES[0]); i++) {
        for (size_t r = ABILITIES[i].is_old ? 0 : 1; r < 3; r++) {
            struct desk d;
            struct wire w;

            desk_init(&d, 1);
            snprintf(text, sizeof(text),
                     REQUEST("initialize", "\"protocolVersion\":\"%s\",\"capabilities\":%s,"
                                           "\"clientInfo\":{\"name\":\"c\",\"version\":\"1\"}"),
                     REVISIONS[r], ABILITIES[i].can);
            wire_say(&w, d.world.server, &d.peer, mcp_str_c(text));
            wire_free(&w);
            snprintf(text, sizeof(text),
                     REQUEST("tools/call", "\"name\":\"t\",\"arguments\":{\"kind\":\"%s\"}"),
                     ABILITIES[i].kind);
            if (r == 2) { /* the abilities of this request, not those of `initialize` */
                snprintf(text, sizeof(text),
                         "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{" CAN(
                             "%s") ",\"name\":\"t\",\"arguments\":{\"kind\":\"%s\"}}}",
                         ABILITIES[i].can, ABILITIES[i].kind);
            }
            wire_say(&w, d.world.server, &d.peer, mcp_str_c(text));
            T_EQ(w.err, MCP_E_MISSING_CAPABILITY);
            T_EQ(w.n_notes, 0); /* it is not asked */
            T_HAS(wire_reply(&w), r == 2 ? "\"code\":-32021" : "\"code\":-32600");
            snprintf(want, sizeof(want), "\"data\":{\"requiredCapabilities\":%s}",
                     ABILITIES[i].required);
            T_HAS(wire_reply(&w), want);
            wire_free(&w);
            desk_free(&d);
        }
    }
}

/* What a user typed is held to the form in every revision that has forms. */
static void what_was_elicited_fits_its_form_in_every_revision(void)
{
    static const char *const REVISIONS[] = {"2025-06-18", "2025-11-25"};
    static const char *const BAD[] = {"{}",           "{\"n\":0}",   "{\"n\":1.5}", "{\"n\":\"1\"}",
                                      "{\"n\":null}", "[{\"n\":1}]", "null",        "\"n\""};
    const struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    char text[1000];

    for (size_t r = 0; r < 2; r++) {
        for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
            struct mcp_arena arena;
            struct wire call, w;
            struct desk d;
            mcp_json note;

            desk_init(&d, 1);
            snprintf(text, sizeof(text),
                     REQUEST("initialize", "\"protocolVersion\":\"%s\",\"capabilities\":" ALL
                                           ",\"clientInfo\":{\"name\":\"c\",\"version\":\"1\"}"),
                     REVISIONS[r]);
            wire_say(&w, d.world.server, &d.peer, mcp_str_c(text));
            wire_free(&w);
            wire_say(&call, d.world.server, &d.peer,
                     MCP_STR(REQUEST("tools/call", "\"name\":\"t\"")));
            T_EQ(call.n_notes, 1);
            mcp_arena_init(&arena, 1 << 20);
            T_EQ(
                mcp_json_read(&arena, mcp_str_trim(mcp_buf_str(&call.notes)), &limits, &note, NULL),
                MCP_OK);
            snprintf(text, sizeof(text),
                     "{\"jsonrpc\":\"2.0\",\"id\":%.*s,\"result\":{\"action\":\"accept\","
                     "\"content\":%s}}",
                     MCP_STR_ARG(mcp_json_raw(mcp_json_get(note, MCP_STR("id")))), BAD[i]);
            wire_say(&w, d.world.server, &d.peer, mcp_str_c(text));
            wire_free(&w);
            mcp_server_tick(d.world.server);
            ck_assert_msg(call.finishes == 1 && call.err == MCP_E_REFUSED, "%s", BAD[i]);
            T_HAS(wire_reply(&call), "the client's answer is not valid");
            mcp_arena_free(&arena);
            wire_free(&call);
            desk_free(&d);
        }
    }
}

static const struct t_case CASES[] = {
    T(a_state_is_of_one_method),
    T(a_state_outlives_a_restart_with_the_same_secret_only),
    T(two_states_do_not_make_a_third),
    T(a_cursor_is_whole_and_of_its_list),
    T(what_a_client_answered_is_not_cached),
    T(claims_that_are_none_are_refused_and_unknown_ones_are_not),
    T(each_question_needs_its_own_ability_in_both_eras),
    T(what_was_elicited_fits_its_form_in_every_revision),
};
T_MAIN("mcp/engine_forged", CASES)
