/* mcp/fuzz/engine_fuzz.c - one message from any kind of peer, to the whole engine.
 *
 * The first byte chooses the peer and its headers, the rest is the message. Property: exactly one
 * finish; the reply parses; a request with a readable id is answered with that id; what is no
 * request is not answered; nothing stays in flight. With the highest bit set memory runs out after
 * some allocations: then still one finish, and no id but the request's. */
#include <mcp/fuzz/fuzz.h>

#include <mcp/alloc.h>
#include <mcp/call.h>
#include <mcp/complete.h>
#include <mcp/server.h>

#include <stdlib.h>

struct ear {
    struct mcp_sink sink;
    struct mcp_buf reply;
    int finishes;
    bool is_starved; /* no memory to look closer */
};

static int64_t now_ms;

static int64_t now(void *user)
{
    (void)user;
    return now_ms;
}

static void hear_note(struct mcp_sink *sink, mcp_str message, bool is_progress)
{
    struct ear *e = (struct ear *)(void *)sink;
    struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    struct mcp_arena arena;
    mcp_json v;

    FUZZ_CHECK(!e->finishes);
    if (e->is_starved) {
        return;
    }
    mcp_arena_init(&arena, (size_t)1 << 26);
    FUZZ_CHECK(mcp_json_read(&arena, message, &limits, &v, NULL) == MCP_OK);
    mcp_json params = mcp_json_get(v, MCP_STR("params"));

    FUZZ_CHECK(mcp_json_present(mcp_json_get(params, MCP_STR("progressToken"))) == is_progress);
    FUZZ_CHECK(mcp_json_present(mcp_json_get(params, MCP_STR("level"))) != is_progress);
    mcp_arena_free(&arena);
}

static void hear_end(struct mcp_sink *sink, const struct mcp_reply *reply)
{
    struct ear *e = (struct ear *)(void *)sink;

    FUZZ_CHECK(!e->finishes);
    FUZZ_CHECK(reply->http_status >= 200 && reply->http_status < 600);
    mcp_alloc_refuse(0);
    mcp_buf_add(&e->reply, reply->message);
    e->finishes++;
}

static mcp_err echo(struct mcp_call *call, void *user)
{
    mcp_str text = mcp_arg_str(call, "text");

    (void)user;
    mcp_progress(call, 1, 2, text);
    mcp_call_log(call, MCP_LEVEL_INFO, "echo", "%.*s", MCP_STR_ARG(text));
    mcp_json_put_str(mcp_structured(call), text);
    return MCP_OK;
}

static mcp_err later(struct mcp_call *call, void *user)
{
    return mcp_call_after(call, 10, echo, user);
}

/* Content of every type made of what was asked for, for all kinds of handler. */
static mcp_err mirror(struct mcp_call *call, void *user)
{
    mcp_str x = mcp_arg_str(call, "x"), uri = mcp_call_uri(call);
    const struct mcp_annotations notes = {.audience = 3, .priority_micro = 1, .meta = "{}"};

    (void)user;
    if (mcp_str_eq(x, MCP_STR("nothing"))) {
        return mcp_fail(call, MCP_E_NOT_FOUND, "%.*s", MCP_STR_ARG(uri));
    }
    mcp_text_as(call, x, &notes);
    mcp_role(call, MCP_ROLE_ASSISTANT);
    mcp_image(call, x, "image/png", &notes);
    mcp_audio(call, x, "audio/wav", NULL);
    return mcp_embed_blob(call, uri, NULL, x, NULL);
}

static mcp_err suggest(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_suggest(call, mcp_completing_value(call));
    return mcp_suggest(call, mcp_arg_str(call, "x"));
}

static const struct mcp_resource RESOURCES[] = {
    {.uri = "a://one", .name = "one", .read = mirror},
    {.uri = "a://t/{x}", .name = "t", .read = mirror, .complete = suggest},
    {.uri = "a://q/{+x}{?y,z}", .name = "q", .read = mirror},
    {0},
};

static const struct mcp_prompt_argument ARGUMENTS[] = {{.name = "x", .is_required = true}, {0}};

static const struct mcp_prompt PROMPTS[] = {
    {.name = "p", .arguments = ARGUMENTS, .fn = mirror, .complete = suggest},
    {0},
};

static mcp_str header(const void *user, const char *name)
{
    (void)user;
    return name[0] == 'M' ? MCP_STR("42") : MCP_STR("00-00000000000000000000000000000001-1-01");
}

static const struct mcp_tool TOOLS[] = {{.name = "echo",
                                         .description = "Echo.",
                                         .input_schema = "{\"type\":\"object\",\"properties\":{"
                                                         "\"n\":{\"type\":\"integer\","
                                                         "\"x-mcp-header\":\"N\"}}}",
                                         .fn = echo},
                                        {.name = "later",
                                         .description = "Echo, later.",
                                         .input_schema = "{\"type\":\"object\"}",
                                         .fn = later},
                                        {0}};

static struct mcp_server *make_server(void)
{
    static const struct mcp_tool_set set = {TOOLS, NULL};
    static const struct mcp_resource_set resources = {RESOURCES, NULL};
    static const struct mcp_prompt_set prompts = {PROMPTS, NULL};
    struct mcp_server_options opt = {.name = "fuzz",
                                     .version = "1",
                                     .tools = &set,
                                     .n_tools = 1,
                                     .resources = &resources,
                                     .n_resources = 1,
                                     .prompts = &prompts,
                                     .n_prompts = 1,
                                     .has_logging = true,
                                     .clock = {now, now, NULL},
                                     .page_tools = 1};
    char why[200];
    struct mcp_server *s = mcp_server_new(&opt, why, sizeof(why));

    FUZZ_CHECK(s);
    return s;
}

static struct mcp_session *opened;

static struct mcp_session *open_session(void *user)
{
    mcp_session_free(opened);
    opened = mcp_session_new(user);
    return opened;
}

static void say(struct mcp_server *s, struct ear *e, const struct mcp_peer *peer, mcp_str message,
                size_t starve)
{
    *e = (struct ear){.sink = {hear_note, hear_end}, .is_starved = starve != 0};
    mcp_buf_init(&e->reply, (size_t)1 << 26);
    mcp_alloc_refuse(starve);
    mcp_server_handle(s, message, peer, &e->sink);
    now_ms += 10;
    mcp_server_tick(s);
    mcp_alloc_refuse(0);
    FUZZ_CHECK(e->finishes == 1);
    FUZZ_CHECK(mcp_server_calls(s) == 0);
}

static bool is_id(mcp_json v)
{
    mcp_str raw = mcp_json_raw(v);
    bool digits = raw.len > 0;

    for (size_t i = 0; i < raw.len; i++) {
        digits =
            digits && ((raw.ptr[i] >= '0' && raw.ptr[i] <= '9') || (i == 0 && *raw.ptr == '-'));
    }
    return raw.len <= 256 && (mcp_json_type(v) == MCP_JSON_STRING || digits);
}

static void judge(mcp_str message, mcp_str reply, bool is_starved)
{
    struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT,
                           wide = {(size_t)1 << 26, 64, 1 << 20, true};
    struct mcp_arena arena;
    mcp_json sent = {0}, heard = {0};

    mcp_arena_init(&arena, (size_t)1 << 28);
    mcp_err err = mcp_json_read(&arena, message, &limits, &sent, NULL);

    if (reply.len) {
        FUZZ_CHECK(mcp_json_read(&arena, reply, &wide, &heard, NULL) == MCP_OK);
    }
    FUZZ_CHECK(!err || reply.len || is_starved);
    if (mcp_json_type(sent) == MCP_JSON_OBJECT) {
        mcp_json id = mcp_json_get(sent, MCP_STR("id"));
        mcp_json method = mcp_json_get(sent, MCP_STR("method"));
        mcp_json echoed = mcp_json_get(heard, MCP_STR("id"));

        if (is_id(id) && mcp_json_present(method) && (reply.len || !is_starved)) {
            FUZZ_CHECK(mcp_str_eq(mcp_json_raw(id), mcp_json_raw(echoed)));
            FUZZ_CHECK(mcp_json_present(mcp_json_get(heard, MCP_STR("result"))) !=
                       mcp_json_present(mcp_json_get(heard, MCP_STR("error"))));
        } else if (!is_id(id)) {
            FUZZ_CHECK(!mcp_json_present(echoed) || mcp_json_type(echoed) == MCP_JSON_NULL);
        }
    }
    mcp_arena_free(&arena);
}

static const char *const REVS[] = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"};
static const struct mcp_http_claims HEADERS[] = {
    {.method = {0}},
    {.protocol_version = MCP_STR_INIT("2026-07-28"),
     .method = MCP_STR_INIT("tools/call"),
     .name = MCP_STR_INIT("echo"),
     .header = header},
    {.protocol_version = MCP_STR_INIT("2026-07-28"), .method = MCP_STR_INIT("tools/list")},
    {.protocol_version = MCP_STR_INIT("2025-06-18"), .name = MCP_STR_INIT("=?base64?ZWNobw==?=")},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mcp_server *s;
    struct mcp_session *session;
    struct mcp_peer peer = {.principal = {.scopes = "*"}, .claim = MCP_SESSION_FOUND};
    struct ear e;
    char text[200];

    if (size < 1) {
        return 0;
    }
    s = make_server();
    session = mcp_session_new(s);
    FUZZ_CHECK(session);
    peer.session = session;
    if (data[0] & 4) { /* a legacy session, initialized */
        int n = snprintf(text, sizeof(text),
                         "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{"
                         "\"protocolVersion\":\"%s\"}}",
                         REVS[data[0] & 3]);

        say(s, &e, &peer, mcp_str_n(text, (size_t)n), 0);
        mcp_buf_free(&e.reply);
    }
    if (data[0] & 8) {
        peer.http = &HEADERS[data[0] >> 4 & 3];
        peer.open_session = open_session;
        peer.user = s;
        peer.claim = !(data[0] & 4)   ? MCP_SESSION_ABSENT
                     : data[0] & 0x40 ? MCP_SESSION_UNKNOWN
                                      : MCP_SESSION_FOUND;
    }
    mcp_str message = {(const char *)data + 1, size - 1};

    size_t starve = data[0] & 0x80 ? size % 16 + 1 : 0;

    say(s, &e, &peer, message, starve);
    judge(message, mcp_buf_str(&e.reply), starve != 0);
    mcp_buf_free(&e.reply);
    mcp_session_free(session);
    mcp_session_free(opened);
    opened = NULL;
    mcp_server_free(s);
    return 0;
}
