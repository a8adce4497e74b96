/* mcp/ask_answer.c - answers of a client: judged when they come, read by the handler. */
#include <mcp/asking.h>

static struct mcp_schema *compile(mcp_str schema, struct mcp_schema_error *reterr)
{
    const struct mcp_schema_options lenient = {.allow_unknown = true};

    return mcp_schema_new(schema, &lenient, reterr);
}

mcp_err mcp__ask_schema_check(struct mcp_call *call, mcp_str schema, const char **ret_why)
{
    struct mcp_schema_error e;
    struct mcp_schema *s = compile(schema, &e);
    mcp_json v = s ? mcp_schema_json(s) : (mcp_json){NULL, NULL};
    mcp_err err = MCP_OK;

    if (!s && strcmp(e.rule, "memory") == 0) {
        return MCP_E_OVERLOADED;
    }
    if (!s) {
        *ret_why = mcp_arena_printf(&call->arena, "%s: %s", e.path, e.text).ptr;
        err = *ret_why ? MCP_E_INTERNAL : MCP_E_OVERLOADED;
    } else if (!mcp_json_str_eq(mcp_json_get(v, MCP_STR("type")), MCP_STR("object")) ||
               mcp_json_type(mcp_json_get(v, MCP_STR("properties"))) != MCP_JSON_OBJECT) {
        *ret_why = "a form is an object with properties";
        err = MCP_E_INTERNAL;
    }
    mcp_schema_free(s);
    return err;
}

/* client/elicitation: content only with "accept" of a form, and as it was asked for. */
static const char *judge_form(const struct mcp__input *in, mcp_json content,
                              struct mcp_arena *arena)
{
    struct mcp_schema_error e = {{0}, {0}, {0}};
    struct mcp_schema *s = compile(in->schema, &e);
    const char *why = NULL;

    if (!mcp_json_present(content)) {
        content = in->call->server->empty;
    }
    if (mcp_json_type(content) != MCP_JSON_OBJECT) {
        why = "\"content\" must be an object";
    } else if (!s || !mcp_schema_check(s, content, arena, &e)) {
        why = mcp_arena_printf(arena, "content%s: %s", e.path, e.text).ptr;
        why = why ? why : "content";
    }
    mcp_schema_free(s);
    return why;
}

static const char *judge_elicited(const struct mcp__input *in, mcp_json answer,
                                  struct mcp_arena *arena)
{
    mcp_json action = mcp_json_get(answer, MCP_STR("action"));

    if (mcp_json_str_eq(action, MCP_STR("decline")) || mcp_json_str_eq(action, MCP_STR("cancel"))) {
        return NULL;
    }
    if (!mcp_json_str_eq(action, MCP_STR("accept"))) {
        return "\"action\" must be \"accept\", \"decline\" or \"cancel\"";
    }
    return in->kind == MCP__INPUT_ELICIT_FORM
               ? judge_form(in, mcp_json_get(answer, MCP_STR("content")), arena)
               : NULL;
}

/* client/sampling "Message Content": each kind of block and the members it must have. */
static const char *judge_block(mcp_json block)
{
    static const struct {
        const char *type, *member;
        enum mcp_json_type kind;
    } NEEDS[] = {
        {"text", "text", MCP_JSON_STRING},
        {"image", "data", MCP_JSON_STRING},
        {"image", "mimeType", MCP_JSON_STRING},
        {"audio", "data", MCP_JSON_STRING},
        {"audio", "mimeType", MCP_JSON_STRING},
        {"tool_use", "id", MCP_JSON_STRING},
        {"tool_use", "name", MCP_JSON_STRING},
        {"tool_use", "input", MCP_JSON_OBJECT},
        {"tool_result", "toolUseId", MCP_JSON_STRING},
        {"tool_result", "content", MCP_JSON_ARRAY},
    };
    mcp_json type = mcp_json_get(block, MCP_STR("type"));
    bool is_known = false;

    for (size_t i = 0; i < sizeof(NEEDS) / sizeof(NEEDS[0]); i++) {
        if (!mcp_json_str_eq(type, mcp_str_c(NEEDS[i].type))) {
            continue;
        }
        is_known = true;
        if (mcp_json_type(mcp_json_get(block, mcp_str_c(NEEDS[i].member))) != NEEDS[i].kind) {
            return "a content block lacks what its type needs";
        }
    }
    return is_known ? NULL : "a content block has an unknown type";
}

static const char *judge_blocks(mcp_json content)
{
    const char *why = NULL;

    if (mcp_json_type(content) == MCP_JSON_OBJECT) {
        return judge_block(content);
    }
    if (mcp_json_type(content) != MCP_JSON_ARRAY) {
        return "\"content\" must be a content block or an array of them";
    }
    for (mcp_json b = mcp_json_first(content); !why && mcp_json_present(b);
         b = mcp_json_next(content, b)) {
        why = judge_block(b);
    }
    return why;
}

static const char *judge_sampled(mcp_json answer)
{
    mcp_json role = mcp_json_get(answer, MCP_STR("role"));

    if (!mcp_json_str_eq(role, MCP_STR("assistant")) && !mcp_json_str_eq(role, MCP_STR("user"))) {
        return "\"role\" must be \"assistant\" or \"user\"";
    }
    if (mcp_json_type(mcp_json_get(answer, MCP_STR("model"))) != MCP_JSON_STRING) {
        return "\"model\" must be a string";
    }
    return judge_blocks(mcp_json_get(answer, MCP_STR("content")));
}

static const char *judge_roots(mcp_json answer)
{
    mcp_json roots = mcp_json_get(answer, MCP_STR("roots"));

    if (mcp_json_type(roots) != MCP_JSON_ARRAY) {
        return "\"roots\" must be an array";
    }
    for (mcp_json r = mcp_json_first(roots); mcp_json_present(r); r = mcp_json_next(roots, r)) {
        if (mcp_json_type(mcp_json_get(r, MCP_STR("uri"))) != MCP_JSON_STRING) {
            return "a root needs a \"uri\", a string";
        }
    }
    return NULL;
}

const char *mcp__ask_judge(const struct mcp__input *in, mcp_json answer, struct mcp_arena *arena)
{
    if (mcp_json_type(answer) != MCP_JSON_OBJECT) {
        return "it must be an object";
    }
    switch (in->kind) {
    case MCP__INPUT_SAMPLE:
        return judge_sampled(answer);
    case MCP__INPUT_ROOTS:
        return judge_roots(answer);
    default:
        return judge_elicited(in, answer, arena);
    }
}

const char *mcp__ask_take(struct mcp__input *in, mcp_json answer)
{
    const char *why = mcp__ask_judge(in, answer, &in->call->arena);

    if (!why) {
        in->answer = answer;
    }
    return why;
}

mcp_err mcp__ask_keep(struct mcp_call *call, mcp_json v, mcp_json *ret)
{
    mcp_str text = mcp_arena_dup(&call->arena, mcp_json_raw(v));

    return mcp_json_read(&call->arena, text, &call->server->limits, ret, NULL);
}

/* ---- What the handler reads ---- */

mcp_json mcp_answer(struct mcp_call *call, const char *key)
{
    const struct mcp__input *in = call->asking ? call->asking->inputs : NULL;

    for (; in; in = in->next) {
        if (in->is_asked && mcp_str_eq(in->key, mcp_str_c(key))) {
            return in->answer;
        }
    }
    return (mcp_json){NULL, NULL};
}

mcp_str mcp_answer_action(struct mcp_call *call, const char *key)
{
    return mcp_json_str(mcp_json_get(mcp_answer(call, key), MCP_STR("action")), &call->arena,
                        mcp_str_n(NULL, 0));
}

mcp_json mcp_answer_content(struct mcp_call *call, const char *key)
{
    mcp_json answer = mcp_answer(call, key);
    mcp_json content = mcp_json_get(answer, MCP_STR("content"));

    if (!mcp_json_str_eq(mcp_json_get(answer, MCP_STR("action")), MCP_STR("accept"))) {
        return (mcp_json){NULL, NULL};
    }
    return mcp_json_present(content) ? content : call->server->empty;
}

mcp_str mcp_answer_text(struct mcp_call *call, const char *key)
{
    mcp_json content = mcp_json_get(mcp_answer(call, key), MCP_STR("content"));
    mcp_json block = mcp_json_type(content) == MCP_JSON_ARRAY ? mcp_json_first(content) : content;

    while (mcp_json_present(block) &&
           !mcp_json_str_eq(mcp_json_get(block, MCP_STR("type")), MCP_STR("text"))) {
        block = mcp_json_type(content) == MCP_JSON_ARRAY ? mcp_json_next(content, block)
                                                         : (mcp_json){NULL, NULL};
    }
    return mcp_json_str(mcp_json_get(block, MCP_STR("text")), &call->arena, mcp_str_n(NULL, 0));
}
