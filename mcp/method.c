/* mcp/method.c - what each method does, and which of them a server with these rows has. */
#include <mcp/engine.h>
#include <mcp/extending.h>
#include <mcp/listening.h>

/* ---- Methods ---- */

static mcp_err m_ping(struct mcp_call *call)
{
    call->canned = MCP_STR("{}");
    return MCP_OK;
}

static mcp_err m_discover(struct mcp_call *call)
{
    call->canned = mcp_buf_str(&call->server->hello[call->rev]);
    return MCP_OK;
}

static mcp_err read_cursor(struct mcp_call *call, uint64_t fingerprint, size_t n_pages)
{
    mcp_json cursor = mcp_json_get(call->params, MCP_STR("cursor"));

    if (mcp_json_present(cursor)) {
        mcp_str text = mcp_json_str(cursor, &call->arena, mcp_str_n(NULL, 0));

        if (!mcp__cursor_open(call->server->cursor_key, fingerprint, text, &call->page) ||
            call->page >= n_pages) {
            return mcp_fail(call, MCP_E_INVALID_PARAMS, "the cursor is not one of this list");
        }
    }
    return MCP_OK;
}

static mcp_err list_of(struct mcp_call *call, const struct mcp__list *l)
{
    if (!mcp__list_is_whole(l, &call->principal)) {
        call->form = MCP__FORM_LIST;
        call->part = mcp__list_part(l, &call->principal);
        return read_cursor(call, call->part.fingerprint, call->part.n_pages);
    }
    mcp_err err = read_cursor(call, l->fingerprint, l->n_pages);

    if (!err) {
        call->canned = mcp_buf_str(&l->pages[call->rev][call->page]);
    }
    return err;
}

/* Of two lists the one for this client. */
static mcp_err list(struct mcp_call *call, const struct mcp__list lists[2])
{
    return list_of(call, &lists[call->server->has_ui && mcp__ui_is_shown(call)]);
}

static mcp_err m_tools_list(struct mcp_call *call)
{
    return list(call, call->server->tools.list);
}

static mcp_err m_resources_list(struct mcp_call *call)
{
    const struct mcp__resources *t = &call->server->resources;

    if (!t->has_list) {
        return list(call, t->list);
    }
    /* How many pages there are is known when the handlers have spoken: one too far is empty. */
    call->form = MCP__FORM_LIST;
    call->part =
        mcp__list_part(&t->list[call->server->has_ui && mcp__ui_is_shown(call)], &call->principal);
    mcp_err err = read_cursor(call, call->part.fingerprint, SIZE_MAX);

    return err ? err : mcp__resources_list(call);
}

static mcp_err m_templates_list(struct mcp_call *call)
{
    return list(call, call->server->resources.templates);
}

static mcp_err m_prompts_list(struct mcp_call *call)
{
    return list_of(call, &call->server->prompts.list);
}

static mcp_err m_tools_call(struct mcp_call *call)
{
    mcp_json name = mcp_json_get(call->params, MCP_STR("name"));
    mcp_json arguments = mcp_json_get(call->params, MCP_STR("arguments"));
    mcp_str text = mcp_json_str(name, &call->arena, mcp_str_n(NULL, 0));

    if (mcp_json_type(name) != MCP_JSON_STRING) {
        return mcp_fail(call, MCP_E_INVALID_PARAMS, "params.name must be a string");
    }
    call->row = mcp__tools_find(&call->server->tools, text);
    if (!call->row || call->row->tool->is_hidden || mcp__is_hidden(call, call->row->tool->scope)) {
        call->row = NULL;
        text = mcp_str_head(text, MCP__LOG_NAME_BYTES);
        return mcp_fail(call, MCP_E_UNKNOWN_TOOL, "Unknown tool: %.*s", MCP_STR_ARG(text));
    }
    call->arguments = mcp_json_present(arguments) ? arguments : call->server->empty;
    if (mcp_json_type(call->arguments) != MCP_JSON_OBJECT) {
        return mcp_fail(call, MCP_E_INVALID_PARAMS, "params.arguments must be an object");
    }
    mcp_err err = mcp__headers_check(call);

    return err ? err : mcp__invoke(call);
}

static mcp_err m_set_level(struct mcp_call *call)
{
    int level;

    if (!mcp__level_read(mcp_json_get(call->params, MCP_STR("level")), &level)) {
        return mcp_fail(call, MCP_E_INVALID_PARAMS, "params.level is not a log level");
    }
    call->session->log_level = level;
    call->canned = MCP_STR("{}");
    return MCP_OK;
}

/* ---- Capabilities ---- */

enum capability { ALWAYS, TOOLS, RESOURCES, PROMPTS, COMPLETIONS, LOGGING, CHANGES, WATCHING };

static bool has(const struct mcp_server *s, enum capability c)
{
    switch (c) {
    case ALWAYS:
        return true;
    case TOOLS:
        /* Also of a server without any rows: it says that it has none. */
        return s->tools.n_listed || !(s->resources.n_rows || s->prompts.n_rows);
    case RESOURCES:
        return s->resources.n_rows > 0;
    case PROMPTS:
        return s->prompts.n_rows > 0;
    case COMPLETIONS:
        return s->resources.can_complete || s->prompts.can_complete;
    case LOGGING:
        return s->has_logging;
    case CHANGES:
        return s->announces != 0 || mcp__extensions_watched(s);
    case WATCHING:
        return s->resources.n_rows && (s->announces & MCP_CHANGED_RESOURCE);
    }
    return false;
}

static void put(struct mcp_json_writer *w, const char *name, unsigned lists, bool is_watched)
{
    mcp_json_put_key(w, mcp_str_c(name));
    mcp_json_object(w);
    if (lists) {
        mcp_json_member_bool(w, MCP_STR("listChanged"), true);
    }
    if (is_watched) {
        mcp_json_member_bool(w, MCP_STR("subscribe"), true);
    }
    mcp_json_object_end(w);
}

void mcp__method_put_capabilities(struct mcp_json_writer *w, const struct mcp_server *s,
                                  enum mcp__rev rev)
{
    mcp_json_object(w);
    if (has(s, COMPLETIONS) && mcp__era_has(rev, MCP__FIELD_COMPLETIONS)) {
        put(w, "completions", 0, false);
    }
    mcp__extensions_put(w, s, rev);
    if (has(s, LOGGING)) {
        put(w, "logging", 0, false);
    }
    if (has(s, PROMPTS)) {
        put(w, "prompts", s->announces & MCP_CHANGED_PROMPTS, false);
    }
    if (has(s, RESOURCES)) {
        put(w, "resources", s->announces & MCP_CHANGED_RESOURCES, has(s, WATCHING));
    }
    if (has(s, TOOLS)) {
        put(w, "tools", s->announces & MCP_CHANGED_TOOLS, false);
    }
    mcp_json_object_end(w);
}

/* ---- The table ---- */

/* `initialize` is not here: it opens the session that the others run in. */
static const struct {
    mcp_err (*run)(struct mcp_call *call);
    enum capability needs;
} METHODS[MCP__METHOD_COUNT] = {
    [MCP__METHOD_PING] = {m_ping, ALWAYS},
    [MCP__METHOD_DISCOVER] = {m_discover, ALWAYS},
    [MCP__METHOD_TOOLS_LIST] = {m_tools_list, TOOLS},
    [MCP__METHOD_TOOLS_CALL] = {m_tools_call, TOOLS},
    [MCP__METHOD_RESOURCES_LIST] = {m_resources_list, RESOURCES},
    [MCP__METHOD_TEMPLATES_LIST] = {m_templates_list, RESOURCES},
    [MCP__METHOD_RESOURCES_READ] = {mcp__resources_read, RESOURCES},
    [MCP__METHOD_PROMPTS_LIST] = {m_prompts_list, PROMPTS},
    [MCP__METHOD_PROMPTS_GET] = {mcp__prompts_get, PROMPTS},
    [MCP__METHOD_COMPLETE] = {mcp__complete, COMPLETIONS},
    [MCP__METHOD_SET_LEVEL] = {m_set_level, LOGGING},
    [MCP__METHOD_LISTEN] = {mcp__listen, CHANGES},
    [MCP__METHOD_SUBSCRIBE] = {mcp__subscribe, WATCHING},
    [MCP__METHOD_UNSUBSCRIBE] = {mcp__unsubscribe, WATCHING},
};

bool mcp__method_is_served(const struct mcp_server *s, enum mcp__method method)
{
    return method != MCP__METHOD_NONE && METHODS[method].run && has(s, METHODS[method].needs);
}

mcp_err mcp__method_run(struct mcp_call *call, enum mcp__method method)
{
    return METHODS[method].run(call);
}
