/* mcp/subscribe.c - legacy sessions hear of changes: resources/subscribe and unsubscribe, and the
 * channel that belongs to no call (server/resources "Subscriptions", protocol.md 1.7 rows 6, 7). */
#include <mcp/listening.h>

/* The session's listener, made at need. */
static struct mcp__listener *listener(struct mcp_session *session)
{
    if (!session->listener) {
        session->listener = mcp__listener_new(session->server);
        if (session->listener) {
            session->listener->session = session;
            session->listener->owner = session->owner;
        }
    }
    return session->listener;
}

bool mcp_session_attach(struct mcp_session *session, struct mcp_sink *channel,
                        bool (*is_behind)(struct mcp_sink *channel))
{
    struct mcp__listener *l = channel ? listener(session) : session->listener;

    if (!l) {
        return channel == NULL;
    }
    l->channel = channel;
    l->is_behind = is_behind;
    mcp__listener_wake(l);
    return true;
}

static mcp_err uri_of(struct mcp_call *call, mcp_str *ret)
{
    mcp_json uri = mcp_json_get(call->params, MCP_STR("uri"));

    if (mcp_json_type(uri) != MCP_JSON_STRING) {
        return mcp_fail(call, MCP_E_INVALID_PARAMS, "params.uri must be a string");
    }
    *ret = mcp_json_str(uri, &call->arena, mcp_str_n(NULL, 0));
    call->canned = MCP_STR("{}");
    return MCP_OK;
}

mcp_err mcp__subscribe(struct mcp_call *call)
{
    mcp_str uri = {NULL, 0};
    mcp_err err = uri_of(call, &uri);
    struct mcp__listener *l = NULL;
    mcp_err may = err ? err : mcp__resource_may_watch(call, uri);

    if (!err) {
        err = mcp__gate(call, NULL, 1); /* it takes room */
    }
    if (!err && may == MCP_E_FORBIDDEN && call->server->hiding != MCP_HIDE_ALTOGETHER) {
        return mcp_fail(call, may, "the credential lacks the scope of this resource");
    }
    if (!err && may != MCP_E_FORBIDDEN) {
        err = may;
    }
    if (!err) {
        l = listener(call->session);
    }
    if (err || !l) {
        return err ? err : MCP_E_OVERLOADED;
    }
    /* What is hidden looks like what has no row. */
    err = mcp__listener_watch(call, l, NULL, uri, may == MCP_E_FORBIDDEN);
    if (err == MCP_E_INVALID_PARAMS) {
        return mcp_fail(call, err, "params.uri must be 1 to %d bytes", MCP__WATCH_KEY_BYTES);
    }
    return err;
}

mcp_err mcp__unsubscribe(struct mcp_call *call)
{
    mcp_str uri = {NULL, 0};
    mcp_err err = uri_of(call, &uri);

    if (!err && call->session->listener) {
        mcp__listener_unwatch(call->session->listener, uri);
    }
    return err;
}
