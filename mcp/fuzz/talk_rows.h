/* mcp/fuzz/talk_rows.h - a row of every kind the engine serves, for talk_fuzz.c. */
#ifndef MCP_FUZZ_TALK_ROWS_H
#define MCP_FUZZ_TALK_ROWS_H

#include <mcp/fuzz/fuzz.h>

#include <mcp/ask.h>
#include <mcp/call.h>
#include <mcp/complete.h>
#include <mcp/server.h>

#define FORM                                                                                       \
    "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\",\"minimum\":0}},"            \
    "\"required\":[\"n\"]}"
#define ANY "{\"type\":\"object\"}"

enum { MS_MAX = 1000000 };

static inline int64_t ms(struct mcp_call *call)
{
    int64_t n = mcp_arg_int(call, "ms", 0);

    return n < 0 ? 0 : n > MS_MAX ? MS_MAX : n;
}

/* What was accepted has the asked shape. */
static inline void look_at(mcp_json content)
{
    mcp_json v = mcp_json_get(content, MCP_STR("n"));
    int64_t n;

    if (mcp_json_present(content)) {
        FUZZ_CHECK(mcp_json_type(v) == MCP_JSON_NUMBER);
        FUZZ_CHECK(!mcp_json_int(v, &n) || n >= 0);
    }
}

/* Asks for the kinds that `ask` names, all at once, and again for more; carries a value. */
static inline mcp_err asks(struct mcp_call *call, void *user)
{
    mcp_str kinds = mcp_arg_str(call, "ask");
    mcp_err err = MCP_OK;

    (void)user;
    for (size_t i = 0; i < kinds.len && i < 8; i++) {
        switch (kinds.ptr[i]) {
        case 'f':
            (void)mcp_ask_elicit(call, "form", "?", FORM);
            break;
        case 'u':
            (void)mcp_ask_elicit_url(call, "url", "?", "https://example.com/");
            break;
        case 's':
            (void)mcp_ask_sample_text(call, "text", MCP_STR("?"), 10);
            break;
        case 't':
            (void)mcp_ask_sample(call, "tools",
                                 MCP_STR("{\"messages\":[],\"maxTokens\":1,"
                                         "\"tools\":[]}"));
            break;
        case 'r':
            (void)mcp_ask_roots(call, "roots");
            break;
        default: /* the next round */
            (void)mcp_state_put(call, "kept", MCP_STR("a value"));
            err = mcp_ask(call);
        }
        if (err) {
            return err;
        }
    }
    err = mcp_ask(call);
    look_at(mcp_answer_content(call, "form"));
    FUZZ_CHECK(!mcp_state_get(call, "never").ptr);
    return err;
}

static const struct mcp_resource LINK = {.uri = "b://linked", .name = "linked"};

static inline mcp_err tells(struct mcp_call *call)
{
    const struct mcp_annotations notes = {.audience = 3, .priority_micro = 1, .meta = "{}"};
    mcp_str x = mcp_arg_str(call, "x");

    if (mcp_str_eq(x, MCP_STR("refused"))) {
        return mcp_fail(call, MCP_E_REFUSED, "no \"%.*s\"", MCP_STR_ARG(x));
    }
    if (mcp_str_eq(x, MCP_STR("broken"))) {
        return mcp_fail(call, MCP_E_STORAGE, "the disk is full");
    }
    if (mcp_str_eq(x, MCP_STR("missing"))) {
        return mcp_fail(call, MCP_E_NOT_FOUND, "it is not there");
    }
    mcp_progress(call, 1, 2, x);
    mcp_call_log(call, MCP_LEVEL_INFO, "tells", "%.*s", MCP_STR_ARG(x));
    mcp_text_as(call, x, &notes);
    mcp_role(call, MCP_ROLE_ASSISTANT);
    mcp_image(call, x, "image/png", &notes);
    mcp_link(call, &LINK);
    mcp_embed_text(call, MCP_STR("a://one"), "text/plain", mcp_call_trace(call, 0), NULL);
    mcp_call_log_json(call, MCP_LEVEL_ERROR, NULL, MCP_STR("[1]"));
    return mcp_embed_blob(call, MCP_STR("a://one"), NULL, x, NULL);
}

static inline mcp_err says(struct mcp_call *call, void *user)
{
    mcp_err err = asks(call, user);

    return err ? err : tells(call);
}

/* ---- Tools ---- */

static inline mcp_err echoes(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_json_put_str(mcp_structured(call), mcp_arg_str(call, "x"));
    return MCP_OK;
}

static inline mcp_err takes_long(struct mcp_call *call, void *user)
{
    mcp_err err = mcp_task(call);

    return err ? err : mcp_call_after(call, ms(call), says, user);
}

/* Questions before it is a task, and in it. */
static inline mcp_err asks_twice(struct mcp_call *call, void *user)
{
    mcp_err err = mcp_ask_elicit(call, "before", "?", FORM);

    if (err) {
        return err;
    }
    look_at(mcp_answer_content(call, "before"));
    return takes_long(call, user);
}

static inline mcp_err blocks(struct mcp_call *call, void *user)
{
    mcp_progress(call, 1, 0, MCP_STR("from a worker"));
    if (mcp_call_wait(call, ms(call) + 1)) {
        return MCP_E_REFUSED;
    }
    mcp_call_changed(call, MCP_CHANGED_RESOURCE, MCP_STR("a://one"));
    if (mcp_arg_bool(call, "after", false)) {
        return mcp_call_after(call, 10, says, user);
    }
    return says(call, user);
}

static const struct mcp_tool TOOLS[] = {
    {.name = "app",
     .description = "For the page.",
     .ui = {.resource_uri = "ui://page", .visibility = MCP_UI_APP},
     .fn = says},
    {.name = "asks",
     .description = "Asks.",
     .input_schema = ANY,
     .task = MCP_TASK_OPTIONAL,
     .fn = says},
    {.name = "blocks",
     .description = "Blocks.",
     .input_schema = ANY,
     .is_blocking = true,
     .time_limit_ms = 5000,
     .fn = blocks},
    {.name = "echo",
     .description = "Echo.",
     .input_schema = "{\"type\":\"object\",\"properties\":{\"x\":{\"type\":\"string\","
                     "\"x-mcp-header\":\"X\"}}}",
     .output_schema = "{\"type\":\"string\"}",
     .fn = echoes},
    {.name = "late",
     .description = "Has too little time.",
     .input_schema = ANY,
     .task = MCP_TASK_OPTIONAL,
     .time_limit_ms = 50,
     .fn = takes_long},
    {.name = "long",
     .description = "Takes long.",
     .input_schema = ANY,
     .task = MCP_TASK_OPTIONAL,
     .ui = {.resource_uri = "ui://page"},
     .fn = takes_long},
    {.name = "must",
     .description = "Only as a task.",
     .input_schema = ANY,
     .task = MCP_TASK_REQUIRED,
     .fn = takes_long},
    {.name = "secret", .description = "For spies.", .scope = "spy", .fn = says},
    {.name = "twice",
     .description = "Asks twice.",
     .input_schema = ANY,
     .task = MCP_TASK_OPTIONAL,
     .fn = asks_twice},
    {.name = "works",
     .description = "A task on a worker.",
     .input_schema = ANY,
     .is_blocking = true,
     .task = MCP_TASK_OPTIONAL,
     .fn = blocks},
    {0},
};

/* ---- Resources and prompts ---- */

static inline mcp_err suggest(struct mcp_call *call, void *user)
{
    static const char *const VALUES[] = {"alpha", "beta", "gamma", NULL};

    (void)user;
    mcp_suggest(call, mcp_completing_value(call));
    mcp_suggest(call, mcp_arg_str(call, "x"));
    return mcp_suggest_from(call, VALUES);
}

static const struct mcp_resource RESOURCES[] = {
    {.uri = "a://one", .name = "one", .read = says},
    {.uri = "a://spy", .name = "spy", .scope = "spy", .read = says},
    {.uri = "a://t/{x}{?ask}", .name = "t", .read = says, .complete = suggest},
    {.uri = "a://worker/{x}", .name = "w", .is_blocking = true, .read = blocks},
    {.uri = "ui://page",
     .name = "page",
     .mime_type = MCP_UI_MIME_TYPE,
     .ui = "{\"csp\":{\"connectDomains\":[\"https://example.com\"]},\"prefersBorder\":true}",
     .read = says},
    {0},
};

static const struct mcp_prompt_argument ARGUMENTS[] = {
    {.name = "x", .is_required = true}, {.name = "ask"}, {0}};

static const struct mcp_prompt PROMPTS[] = {
    {.name = "p", .arguments = ARGUMENTS, .fn = says, .complete = suggest},
    {.name = "w", .is_blocking = true, .fn = blocks},
    {0},
};

/* ---- Extensions ---- */

static inline mcp_err give(struct mcp_call *call, void *user)
{
    mcp_json about = mcp_json_get(mcp_call_params(call), MCP_STR("about"));

    (void)user;
    if (mcp_json_type(about) != MCP_JSON_STRING) {
        return mcp_fail(call, MCP_E_NOT_FOUND, "params.about must be a string");
    }
    mcp_call_notify(call, "notifications/weather/looking", MCP_STR("{\"up\":true}"));
    mcp_json_member_raw(mcp_result(call), MCP_STR("about"), mcp_json_raw(about));
    mcp_server_extension_changed(mcp_call_server(call), "com.example/weather",
                                 mcp_json_str(about, mcp_call_arena(call), MCP_STR("")));
    return MCP_OK;
}

static inline mcp_err give_slowly(struct mcp_call *call, void *user)
{
    (void)user;
    if (mcp_call_wait(call, 1)) {
        return MCP_E_REFUSED;
    }
    mcp_json_member_bool(mcp_result(call), MCP_STR("soon"), true);
    return MCP_OK;
}

static inline mcp_err ask_in_vain(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_ask_roots(call, "roots");
}

static inline bool may_watch(struct mcp_call *call, mcp_str key, void *user)
{
    (void)call, (void)user;
    return !mcp_str_eq(key, MCP_STR("secret"));
}

static inline bool put_change(struct mcp_server *s, mcp_str key, struct mcp_json_writer *w,
                              void *user)
{
    (void)s, (void)user;
    mcp_json_member_str(w, MCP_STR("town"), key);
    return !mcp_str_eq(key, MCP_STR("gone"));
}

static const struct mcp_method WEATHER_METHODS[] = {
    {.name = "weather/get", .name_member = "about", .fn = give},
    {.name = "weather/slow", .is_blocking = true, .time_limit_ms = 1000, .fn = give_slowly},
    {.name = "weather/asks", .fn = ask_in_vain},
    {.name = "weather/spy", .scope = "spy", .cost = MCP_NO_COST, .fn = give},
    {0},
};
static const struct mcp_extension WEATHER = {.id = "com.example/weather",
                                             .settings = "{\"unit\":\"C\"}",
                                             .methods = WEATHER_METHODS,
                                             .in_legacy = true,
                                             .filter = "towns",
                                             .notification = "notifications/weather",
                                             .may_watch = may_watch,
                                             .put_change = put_change};

static const struct mcp_method SKILLS_METHODS[] = {
    {.name = "skills/list", .cost = MCP_NO_COST, .fn = give},
    {.name = "skills/get", .name_member = "about", .fn = give},
    {.name = "resources/directory/read", .name_member = "about", .fn = give},
    {0},
};
static const struct mcp_extension SKILLS = {.id = "io.modelcontextprotocol/skills",
                                            .settings = "{\"directoryRead\":true}",
                                            .methods = SKILLS_METHODS,
                                            .in_legacy = true,
                                            .is_open = true};

#endif
