/* mcp/test/feature_rows.h - tools, resources and prompts of every kind, and a theatre that shows
 * them in a revision of choice. */
#ifndef MCP_TEST_FEATURE_ROWS_H
#define MCP_TEST_FEATURE_ROWS_H

#include <mcp/call.h>
#include <mcp/complete.h>
#include <mcp/prompt.h>
#include <mcp/resource.h>

#include "wire.h"

static const struct mcp_annotations NOTES = {.audience = MCP_FOR_USER | MCP_FOR_ASSISTANT,
                                             .priority_micro = 500000,
                                             .last_modified = "2026-06-17T08:02:11Z",
                                             .meta = "{\"x.y/z\":1}"};

#define ICONS "[{\"src\":\"https://x.example/i.png\",\"mimeType\":\"image/png\"}]"

static const struct mcp_resource LINK = {.uri = "doc://manual",
                                         .name = "manual",
                                         .title = "The manual",
                                         .mime_type = "text/plain",
                                         .size_bytes = 12,
                                         .icons = ICONS};

static inline mcp_err put_everything(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_text(call, "plain");
    mcp_text_as(call, MCP_STR("noted"), &NOTES);
    mcp_image(call, MCP_STR("\x89PNG"), "image/png", &NOTES);
    mcp_audio(call, MCP_STR("RIFF\0"), "audio/wav", NULL);
    mcp_embed_text(call, MCP_STR("doc://a"), "text/plain", MCP_STR("inside"), &NOTES);
    mcp_embed_blob(call, MCP_STR("doc://b"), NULL, MCP_STR(""), NULL);
    return mcp_link(call, &LINK);
}

static inline mcp_err put_list(struct mcp_call *call, void *user)
{
    (void)user;
    struct mcp_json_writer *w = mcp_structured(call);

    mcp_json_array(w);
    mcp_json_put_int(w, 1);
    mcp_json_array_end(w);
    return MCP_OK;
}

static inline mcp_err log_things(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_call_log(call, MCP_LEVEL_DEBUG, NULL, "quiet");
    mcp_call_log(call, MCP_LEVEL_WARNING, "part", "loud \"%d\"", 7);
    mcp_call_log_json(call, MCP_LEVEL_ERROR, NULL, MCP_STR("{\"code\":1}"));
    return mcp_text(call, "%d%d", mcp_call_logs(call, MCP_LEVEL_INFO),
                    mcp_call_logs(call, MCP_LEVEL_ERROR));
}

static inline mcp_err explain(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_err err = mcp_fail(call, MCP_E_INTERNAL, "it broke");
    struct mcp_json_writer *w = mcp_error_data(call);

    mcp_json_object(w);
    mcp_json_member_int(w, MCP_STR("line"), 12);
    mcp_json_object_end(w);
    return err;
}

static inline mcp_err tell_trace(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_text(call, "%.*s|%.*s|%.*s", MCP_STR_ARG(mcp_call_trace(call, MCP_TRACE_PARENT)),
                    MCP_STR_ARG(mcp_call_trace(call, MCP_TRACE_STATE)),
                    MCP_STR_ARG(mcp_call_trace(call, MCP_TRACE_BAGGAGE)));
}

static inline mcp_err say_ok(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_text(call, "ok");
}

static const struct mcp_tool FEATURE_TOOLS[] = {
    {.name = "everything",
     .description = "All content.",
     .icons = ICONS,
     .meta = "{\"a.b/c\":true}",
     .fn = put_everything},
    {.name = "list",
     .description = "An array.",
     .output_schema = "{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/n\"},"
                      "\"$defs\":{\"n\":{\"type\":\"integer\"}}}",
     .fn = put_list},
    {.name = "log", .description = "Logs.", .fn = log_things},
    {.name = "explain", .description = "Fails.", .fn = explain},
    {.name = "trace", .description = "Traces.", .fn = tell_trace},
    {.name = "headers",
     .description = "Has headers.",
     .input_schema = "{\"type\":\"object\",\"properties\":{"
                     "\"region\":{\"type\":\"string\",\"x-mcp-header\":\"Region\"},"
                     "\"n\":{\"type\":\"integer\",\"x-mcp-header\":\"N\"},"
                     "\"deep\":{\"type\":\"object\",\"properties\":{"
                     "\"flag\":{\"type\":\"boolean\",\"x-mcp-header\":\"Flag\"}}}}}",
     .fn = say_ok},
    {0},
};

/* ---- Resources ---- */

static inline mcp_err read_two(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_text(call, "first");
    return mcp_embed_blob(call, MCP_STR("doc://two/b"), "image/png", MCP_STR("\x89PNG"), &NOTES);
}

static inline mcp_err read_page(struct mcp_call *call, void *user)
{
    mcp_str page = mcp_arg_str(call, "page");

    (void)user;
    if (mcp_str_eq(page, MCP_STR("none"))) {
        return mcp_fail(call, MCP_E_NOT_FOUND, "There is no such page");
    }
    if (mcp_str_eq(page, MCP_STR("empty"))) {
        return MCP_OK;
    }
    if (mcp_str_eq(page, MCP_STR("broken"))) {
        return mcp_fail(call, MCP_E_STORAGE, "The disk is gone");
    }
    return mcp_text(call, "page %.*s of %.*s", MCP_STR_ARG(page), MCP_STR_ARG(mcp_call_uri(call)));
}

static inline mcp_err many_pages(struct mcp_call *call, void *user)
{
    mcp_str book = mcp_arg_str(call, "book");

    (void)user;
    for (int i = 0; i < 150; i++) {
        char text[64];
        int n = snprintf(text, sizeof(text), "%.*s%.*s%d", MCP_STR_ARG(book),
                         MCP_STR_ARG(mcp_completing_value(call)), i);

        mcp_suggest(call, mcp_str_n(text, (size_t)n));
    }
    return MCP_OK;
}

static const struct mcp_resource FEATURE_RESOURCES[] = {
    {.uri = "doc://two",
     .name = "two",
     .title = "Two contents",
     .description = "Text and picture.",
     .mime_type = "text/plain",
     .size_bytes = 9,
     .notes = {.audience = MCP_FOR_USER, .meta = "{\"m\":1}"},
     .icons = ICONS,
     .cache = {.ttl_ms = 5000, .is_public = true},
     .read = read_two},
    {.uri = "doc://guarded", .name = "guarded", .scope = "secret.read", .read = read_two},
    {.uri = "doc://pages/{page}",
     .name = "page",
     .mime_type = "text/plain",
     .read = read_page,
     .complete = many_pages},
    {.uri = "doc://pages/{+any}", .name = "rest", .read = read_page},
    {0},
};

/* ---- Prompts ---- */

static inline mcp_err ask_review(struct mcp_call *call, void *user)
{
    mcp_str code = mcp_arg_str(call, "code");

    (void)user;
    mcp_text(call, "Review %.*s", MCP_STR_ARG(code));
    mcp_role(call, MCP_ROLE_ASSISTANT);
    return put_everything(call, user);
}

static inline mcp_err refuse_prompt(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_fail(call, MCP_E_CONFLICT, "not today");
}

static inline mcp_err languages(struct mcp_call *call, void *user)
{
    static const char *const NAMES[] = {"C", "Cobol", "ada", NULL};

    (void)user;
    return mcp_suggest_from(call, NAMES);
}

static const struct mcp_prompt_argument CODE[] = {
    {.name = "code", .title = "Code", .description = "What to review", .is_required = true},
    {.name = "language"},
    {0},
};

static const struct mcp_prompt FEATURE_PROMPTS[] = {
    {.name = "review",
     .title = "Review",
     .description = "Reviews code.",
     .arguments = CODE,
     .icons = ICONS,
     .meta = "{\"p\":1}",
     .fn = ask_review,
     .complete = languages},
    {.name = "refuse", .fn = refuse_prompt},
    {.name = "guarded", .scope = "secret.read", .fn = ask_review},
    {0},
};

/* ---- The theatre ---- */

static const struct mcp_tool_set TOOL_SETS[] = {{FEATURE_TOOLS, NULL}};
static const struct mcp_resource_set RESOURCE_SETS[] = {{FEATURE_RESOURCES, NULL}};
static const struct mcp_prompt_set PROMPT_SETS[] = {{FEATURE_PROMPTS, NULL}};

#define FEATURE_OPTIONS                                                                            \
    {                                                                                              \
        .tools = TOOL_SETS, .n_tools = 1, .resources = RESOURCE_SETS, .n_resources = 1,            \
        .prompts = PROMPT_SETS, .n_prompts = 1, .has_logging = true,                               \
        .announces = MCP_CHANGED_TOOLS | MCP_CHANGED_PROMPTS, .cache = {                           \
            .resources = {.ttl_ms = 60000, .is_public = true}                                      \
        }                                                                                          \
    }

static const char *const REVISIONS[] = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25",
                                        "2026-07-28"};
enum { R_2024_11, R_2025_03, R_2025_06, R_2025_11, R_2026_07, N_REVISIONS };

struct theatre {
    struct world world;
    struct mcp_session *session;
    struct mcp_peer peer;
    int revision;
};

static inline void theatre_open(struct theatre *t, const struct mcp_server_options *opt,
                                int revision)
{
    char text[300];
    struct wire w;

    memset(t, 0, sizeof(*t));
    world_init_with(&t->world, opt);
    t->world.opt.clock.user = &t->world;
    t->session = mcp_session_new(t->world.server);
    t->peer = peer_stdio(t->session);
    t->revision = revision;
    if (revision != R_2026_07) {
        snprintf(text, sizeof(text), INITIALIZE("%s"), REVISIONS[revision]);
        wire_say(&w, t->world.server, &t->peer, mcp_str_c(text));
        T_EQ(w.err, MCP_OK);
        wire_free(&w);
    }
}

static inline void theatre_close(struct theatre *t)
{
    mcp_session_free(t->session);
    world_free(&t->world);
}

/* Ask in the revision's own way; `params` are members without braces, or empty. */
static inline void theatre_ask(struct theatre *t, struct wire *w, const char *method,
                               const char *params)
{
    static char text[20000];
    bool is_modern = t->revision == R_2026_07;

    snprintf(text, sizeof(text),
             "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{%s%s%s}}", method,
             is_modern ? MODERN_META : "", is_modern && params[0] ? "," : "", params);
    wire_say(w, t->world.server, &t->peer, mcp_str_c(text));
}

/* The answer's error is `err` and it contains `has`. */
static inline void theatre_expect(struct theatre *t, const char *method, const char *params,
                                  mcp_err err, const char *has)
{
    struct wire w;

    theatre_ask(t, &w, method, params);
    ck_assert_msg(w.err == err, "%s %s in %s: %s instead of %s\n  %.*s", method, params,
                  REVISIONS[t->revision], mcp_err_info(w.err)->name, mcp_err_info(err)->name,
                  MCP_STR_ARG(wire_reply(&w)));
    T_HAS(wire_reply(&w), has);
    wire_free(&w);
}

#endif
