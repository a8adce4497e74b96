/* mcp/complete.c - completion/complete: see complete.h. */
#include <mcp/engine.h>

#include <assert.h>

/* What `ref` names: who suggests, and whether it has such an argument. */
struct target {
    mcp_tool_fn *complete; /* NULL: nobody, which is no error */
    void *user;
    const char *scope;
    bool has_argument;
};

static mcp_err find_prompt(struct mcp_call *call, mcp_json ref, mcp_str argument,
                           struct target *ret)
{
    mcp_str name =
        mcp_json_str(mcp_json_get(ref, MCP_STR("name")), &call->arena, mcp_str_n(NULL, 0));
    const struct mcp__prompt_row *row = mcp__prompts_find(&call->server->prompts, name);

    if (!row || mcp__is_hidden(call, row->prompt->scope)) {
        return mcp_fail(call, MCP_E_UNKNOWN_PROMPT, "params.ref names no prompt");
    }
    *ret = (struct target){row->prompt->complete, row->user, row->prompt->scope,
                           mcp__prompt_argument(row->prompt, argument) != NULL};
    call->what = row->prompt->name;
    return MCP_OK;
}

static mcp_err find_resource(struct mcp_call *call, mcp_json ref, mcp_str argument,
                             struct target *ret)
{
    call->uri = mcp_json_str(mcp_json_get(ref, MCP_STR("uri")), &call->arena, mcp_str_n(NULL, 0));
    const struct mcp__resource_row *row = mcp__resources_named(&call->server->resources, call->uri);

    if (!row || mcp__is_hidden(call, row->resource->scope)) {
        return mcp_fail(call, MCP_E_INVALID_PARAMS, "params.ref names no resource template");
    }
    /* A plain URI has nothing to complete. */
    *ret = (struct target){row->resource->complete, row->user, row->resource->scope,
                           !row->template || mcp__template_has(row->template, argument)};
    call->what = row->resource->uri;
    return MCP_OK;
}

static mcp_err find(struct mcp_call *call, struct target *ret)
{
    mcp_json ref = mcp_json_get(call->params, MCP_STR("ref"));
    mcp_json type = mcp_json_get(ref, MCP_STR("type"));

    if (mcp_json_str_eq(type, MCP_STR("ref/prompt"))) {
        return find_prompt(call, ref, call->completing, ret);
    }
    if (mcp_json_str_eq(type, MCP_STR("ref/resource"))) {
        return find_resource(call, ref, call->completing, ret);
    }
    return mcp_fail(call, MCP_E_INVALID_PARAMS,
                    "params.ref.type must be \"ref/prompt\" or \"ref/resource\"");
}

static mcp_err read_params(struct mcp_call *call)
{
    mcp_json argument = mcp_json_get(call->params, MCP_STR("argument"));
    mcp_json name = mcp_json_get(argument, MCP_STR("name"));
    mcp_json value = mcp_json_get(argument, MCP_STR("value"));
    mcp_json chosen =
        mcp_json_get(mcp_json_get(call->params, MCP_STR("context")), MCP_STR("arguments"));
    const mcp_str none = {NULL, 0};

    if (mcp_json_type(name) != MCP_JSON_STRING || mcp_json_type(value) != MCP_JSON_STRING) {
        return mcp_fail(call, MCP_E_INVALID_PARAMS,
                        "params.argument needs the strings name and value");
    }
    call->completing = mcp_json_str(name, &call->arena, none);
    call->completing_value = mcp_json_str(value, &call->arena, none);
    call->arguments = call->server->empty;
    if (mcp_json_present(chosen) && mcp__era_has(call->rev, MCP__FIELD_COMPLETION_CONTEXT)) {
        call->arguments = chosen;
    }
    return mcp__check_strings(call, call->arguments, "params.context.arguments");
}

mcp_err mcp__complete(struct mcp_call *call)
{
    struct target target = {0};
    mcp_err err = read_params(call);

    if (!err) {
        err = find(call, &target);
    }
    call->form = MCP__FORM_COMPLETION;
    if (!err && !target.has_argument) {
        err = mcp_fail(call, MCP_E_INVALID_PARAMS, "params.argument.name: no such argument");
    }
    if (!err) {
        err = mcp__gate(call, target.scope, 1);
    }
    return err || !target.complete ? err : target.complete(call, target.user);
}

mcp_str mcp_completing(const struct mcp_call *call)
{
    return call->completing;
}

mcp_str mcp_completing_value(const struct mcp_call *call)
{
    return call->completing_value;
}

mcp_err mcp_suggest(struct mcp_call *call, mcp_str value)
{
    struct mcp_json_writer w;

    assert(call->form == MCP__FORM_COMPLETION);
    if (call->n_suggested++ < MCP_SUGGESTIONS_MAX) {
        if (call->content.len) {
            mcp_buf_byte(&call->content, ',');
        }
        mcp_json_writer_init(&w, &call->content);
        mcp_json_put_str(&w, value);
    }
    return call->content.failed ? MCP_E_OVERLOADED : MCP_OK;
}

mcp_err mcp_suggest_from(struct mcp_call *call, const char *const *values)
{
    mcp_str typed = call->completing_value;
    mcp_err err = MCP_OK;

    for (; *values && !err; values++) {
        mcp_str v = mcp_str_c(*values);

        if (v.len >= typed.len && mcp_str_eq_nocase(mcp_str_n(v.ptr, typed.len), typed)) {
            err = mcp_suggest(call, v);
        }
    }
    return err;
}
