/* mcp/listen.c - subscriptions/listen: a request that is answered by notifications until one side
 * ends it (MCP 2026-07-28 basic/patterns "Subscriptions", protocol.md 2.12). */
#include <mcp/listening.h>

#define FILTER(name, bit)                                                                          \
    {                                                                                              \
        MCP_STR_INIT(name), bit                                                                    \
    }

static const struct {
    mcp_str member;
    unsigned bit;
} FILTERS[] = {
    FILTER("toolsListChanged", MCP_CHANGED_TOOLS),
    FILTER("promptsListChanged", MCP_CHANGED_PROMPTS),
    FILTER("resourcesListChanged", MCP_CHANGED_RESOURCES),
};

/* ---- What is wanted ---- */

static mcp_err read_lists(struct mcp_call *call, mcp_json filter, struct mcp__listener *l)
{
    for (size_t i = 0; i < sizeof(FILTERS) / sizeof(FILTERS[0]); i++) {
        mcp_json v = mcp_json_get(filter, FILTERS[i].member);

        if (mcp_json_present(v) && mcp_json_type(v) != MCP_JSON_BOOL) {
            return mcp_fail(call, MCP_E_INVALID_PARAMS, "params.notifications.%s must be a boolean",
                            FILTERS[i].member.ptr);
        }
        if (mcp_json_bool(v, false)) {
            l->wants |= FILTERS[i].bit & call->server->announces;
        }
    }
    return MCP_OK;
}

static mcp_err read_uris(struct mcp_call *call, mcp_json filter, struct mcp__listener *l)
{
    mcp_json uris = mcp_json_get(filter, MCP_STR("resourceSubscriptions"));
    mcp_err err = MCP_OK;

    if (mcp_json_present(uris) && mcp_json_type(uris) != MCP_JSON_ARRAY) {
        return mcp_fail(call, MCP_E_INVALID_PARAMS,
                        "params.notifications.resourceSubscriptions must be an array of strings");
    }
    for (mcp_json e = mcp_json_first(uris); !err && mcp_json_present(e);
         e = mcp_json_next(uris, e)) {
        mcp_str uri = mcp_json_str(e, &call->arena, mcp_str_n(NULL, 0));

        if (mcp_json_type(e) != MCP_JSON_STRING) {
            err = MCP_E_INVALID_PARAMS;
        } else if (call->server->announces & MCP_CHANGED_RESOURCE) {
            bool may = mcp__resource_may_watch(call, uri);

            /* What is hidden looks like what has no row. */
            if (may || call->server->hiding == MCP_HIDE_ALTOGETHER) {
                err = mcp__listener_watch(l, uri, !may);
            }
        }
    }
    if (err == MCP_E_INVALID_PARAMS) {
        return mcp_fail(call, err, "a resource to watch is a uri of 1 to %d bytes",
                        MCP__WATCH_URI_BYTES);
    }
    return err ? mcp_fail(call, err, "too many resources are watched") : MCP_OK;
}

/* ---- What is said ---- */

/* "_meta" with the id of the subscription. */
static void put_meta(struct mcp_json_writer *w, const struct mcp__listener *l)
{
    mcp_json_put_key(w, MCP_STR("_meta"));
    mcp_json_object(w);
    mcp_json_member_raw(w, MCP_STR(MCP__META_PREFIX "subscriptionId"), mcp_str_n(l->id, l->id_len));
    mcp_json_object_end(w);
}

/* The first message: what was asked for and is honoured. */
static bool acknowledge(struct mcp_call *call, const struct mcp__listener *l)
{
    struct mcp_json_writer w;
    struct mcp_buf out;

    mcp_buf_init(&out, call->server->call_bytes_max);
    mcp_json_writer_init(&w, &out);
    mcp_json_object(&w);
    mcp_json_member_str(&w, MCP_STR("jsonrpc"), MCP_STR("2.0"));
    mcp_json_member_str(&w, MCP_STR("method"), MCP_STR("notifications/subscriptions/acknowledged"));
    mcp_json_put_key(&w, MCP_STR("params"));
    mcp_json_object(&w);
    put_meta(&w, l);
    mcp_json_put_key(&w, MCP_STR("notifications"));
    mcp_json_object(&w);
    for (size_t i = 0; i < sizeof(FILTERS) / sizeof(FILTERS[0]); i++) {
        if (l->wants & FILTERS[i].bit) {
            mcp_json_member_bool(&w, FILTERS[i].member, true);
        }
    }
    if (l->watches) {
        mcp_json_put_key(&w, MCP_STR("resourceSubscriptions"));
        mcp_json_array(&w);
        for (const struct mcp__watch *at = l->watches; at; at = at->next) {
            mcp_json_put_str(&w, mcp_str_n(at->uri, at->len));
        }
        mcp_json_array_end(&w);
    }
    mcp_json_object_end(&w);
    mcp_json_object_end(&w);
    mcp_json_object_end(&w);
    bool is_said = !out.failed;

    if (is_said) {
        call->sink->notify(call->sink, mcp_buf_str(&out), false);
    }
    mcp_buf_free(&out);
    return is_said;
}

/* "Graceful closure": the response that the request has waited for. */
static mcp_err close_listener(struct mcp_call *call, void *user)
{
    struct mcp__listener *l = call->listener;

    (void)user;
    if (mcp_call_is_cancelled(call)) {
        return MCP_E_REFUSED;
    }
    call->canned = mcp_arena_printf(&call->arena,
                                    "{\"resultType\":\"complete\",\"_meta\":{\"" MCP__META_PREFIX
                                    "subscriptionId\":%.*s}}",
                                    (int)l->id_len, l->id);
    return MCP_OK;
}

/* ---- The request ---- */

/* The call waits for long: it keeps its id, not the message. */
static void slim(struct mcp_call *call, const struct mcp__listener *l)
{
    size_t budget = call->arena.budget;

    mcp_arena_free(&call->arena);
    mcp_arena_init(&call->arena, budget);
    call->id = mcp_str_n(l->id, l->id_len);
    call->params = call->arguments = (mcp_json){NULL, NULL};
    call->method = MCP_STR("subscriptions/listen");
    call->progress_token = mcp_str_n(NULL, 0);
}

static mcp_err begin(struct mcp_call *call, mcp_json filter)
{
    struct mcp__listener *l = mcp__listener_new(call->server);

    if (!l) {
        return MCP_E_OVERLOADED;
    }
    call->listener = l; /* freed with the call */
    call->server->n_listening++;
    l->call = call;
    l->is_behind = call->is_behind;
    l->id_len = call->id.len;
    memcpy(l->id, call->id.ptr, call->id.len);
    mcp_err err = read_lists(call, filter, l);

    if (!err) {
        err = read_uris(call, filter, l);
    }
    if (err) {
        return err;
    }
    if (mcp_arena_failed(&call->arena) || !acknowledge(call, l)) {
        return MCP_E_OVERLOADED;
    }
    slim(call, l);
    return mcp_call_after(call, INT64_MAX, close_listener, NULL);
}

mcp_err mcp__listen(struct mcp_call *call)
{
    struct mcp_server *s = call->server;
    mcp_json filter = mcp_json_get(call->params, MCP_STR("notifications"));

    if (call->is_deaf) {
        return mcp_fail(call, MCP_E_INVALID_REQUEST, "Accept must name text/event-stream");
    }
    if (mcp_json_type(filter) != MCP_JSON_OBJECT) {
        return mcp_fail(call, MCP_E_INVALID_PARAMS, "params.notifications must be an object");
    }
    if (s->n_listening >= s->listeners_max || s->is_closing) {
        return mcp_fail(call, MCP_E_OVERLOADED, "%zu subscriptions are open already",
                        s->n_listening);
    }
    mcp_err err = mcp__gate(call, NULL, 1); /* it takes room */

    return err ? err : begin(call, filter);
}

void mcp_server_stop_listening(struct mcp_server *s)
{
    s->is_closing = true;
    for (struct mcp__link *at = s->listeners; at; at = at->next) {
        struct mcp__listener *l = MCP__OF(struct mcp__listener, in_server, at);

        if (l->call) {
            mcp__step_hurry(l->call);
        }
    }
}
