/* mcp/dispatch.c - from a parsed message to the function that answers it.
 *
 * The era is decided by the body; the header is a cross-check (protocol.md 2.16 steps 4 to 9). */
#include <mcp/asking.h>
#include <mcp/engine.h>
#include <mcp/extending.h>

static bool header_is_modern(const struct mcp_peer *peer)
{
    return peer->http && peer->http->protocol_version.ptr &&
           mcp_revision_is_modern(mcp_str_trim(peer->http->protocol_version));
}

/* On stdio the connection is one session, in which ids are unique whatever the era. */
static struct mcp_session *connection(const struct mcp_peer *peer)
{
    return !peer->http && peer->claim == MCP_SESSION_FOUND ? peer->session : NULL;
}

static mcp_err run(struct mcp_call *call, const struct mcp__envelope *e,
                   const struct mcp_peer *peer)
{
    enum mcp__method method = mcp__era_method(call->rev, e->method);
    struct mcp__extension_method added = {NULL, NULL};
    mcp_str name = e->method;
    bool is_core = mcp__method_is_served(call->server, method);

    if (!is_core) {
        added = mcp__extension_method(call->server, call->rev, name);
    }
    if (!is_core && !added.method) {
        name = mcp_str_head(name, MCP__LOG_NAME_BYTES);
        return mcp_fail(call, MCP_E_METHOD_NOT_FOUND, "no method %.*s in %s", MCP_STR_ARG(name),
                        mcp__rev_name(call->rev));
    }
    mcp_err err = mcp__meta_read(call, peer->http ? peer->http : peer->carrier);

    if (!err) {
        err = mcp__call_admit(call);
    }
    if (!err && mcp__ask_is_allowed(e->method)) {
        err = mcp__ask_load(call);
    }
    if (err) {
        return err;
    }
    return is_core ? mcp__method_run(call, method) : mcp__extension_run(call, added);
}

/* ---- Requests ---- */

static mcp_err modern(struct mcp_call *call, const struct mcp__envelope *e,
                      const struct mcp_peer *peer)
{
    call->rev = MCP__REV_2026_07_28;
    call->session = connection(peer); /* Mcp-Session-Id means nothing here */
    mcp_err err = mcp__meta_check(call, e, peer->http);

    call->http = peer->http;
    return err ? err : run(call, e, peer);
}

static mcp_err legacy(struct mcp_call *call, const struct mcp__envelope *e,
                      const struct mcp_peer *peer)
{
    if (mcp_str_eq(e->method, MCP_STR("initialize"))) {
        return call->is_batched
                   ? mcp_fail(call, MCP_E_INVALID_REQUEST, "initialize must not be part of a batch")
                   : mcp__session_initialize(call, peer);
    }
    mcp_err err = mcp__session_check(call, peer);

    if (err) {
        return err;
    }
    if (call->rev != MCP__REV_NONE) {
        return run(call, e, peer);
    }
    if (mcp_str_eq(e->method, MCP_STR("ping"))) {
        return mcp__method_run(call, MCP__METHOD_PING);
    }
    return mcp_fail(call, MCP_E_INVALID_REQUEST,
                    "before initialize only ping is answered; a 2026-07-28 request carries "
                    "its version in params._meta");
}

/* A claim to be modern that is worth the name; `initialize` needs one to be read as modern. */
static bool is_modern_claim(mcp_json claim, struct mcp_arena *arena)
{
    return mcp_json_type(claim) == MCP_JSON_STRING &&
           mcp_revision_is_modern(mcp_json_str(claim, arena, mcp_str_n(NULL, 0)));
}

static mcp_err request(struct mcp_call *call, const struct mcp__envelope *e,
                       const struct mcp_peer *peer)
{
    mcp_json claim = mcp__meta_claim(e->params);
    bool is_initialize = mcp_str_eq(e->method, MCP_STR("initialize"));

    if (is_initialize ? is_modern_claim(claim, &call->arena) : mcp_json_present(claim)) {
        return modern(call, e, peer);
    }
    if (!header_is_modern(peer)) {
        return legacy(call, e, peer);
    }
    call->rev = MCP__REV_2026_07_28;
    if (is_initialize) {
        return mcp_fail(call, MCP_E_HEADER_MISMATCH,
                        "initialize belongs to the revisions before 2026-07-28, the header "
                        "MCP-Protocol-Version names a later one");
    }
    return mcp_fail(call, MCP_E_META_MISSING,
                    "params._meta needs \"" MCP__META_PREFIX "protocolVersion\"");
}

/* ---- Messages that get no answer ---- */

/* basic/utilities/cancellation: unknown or finished requests are ignored. */
static void cancelled(struct mcp_call *call, const struct mcp__envelope *e)
{
    mcp_json id = mcp_json_get(e->params, MCP_STR("requestId"));
    struct mcp_call *other = NULL;

    if (call->session && mcp__id_is(id)) {
        other = mcp__call_by_id(call->server, call->session, mcp_json_raw(id));
    }
    if (other) {
        mcp__call_dismiss(other);
    }
}

/* True when a legacy session vouches for the message; on stdio there is nothing to ask. */
static mcp_err check_unanswered(struct mcp_call *call, const struct mcp_peer *peer)
{
    call->is_silent = true;
    if (!peer->http) {
        call->session = connection(peer);
        return MCP_OK;
    }
    mcp_err err = mcp__session_check(call, peer);

    /* 1.4 row 8: a 4xx may carry an error without an id. */
    call->is_silent = err == MCP_OK;
    return err;
}

static mcp_err notification(struct mcp_call *call, const struct mcp__envelope *e,
                            const struct mcp_peer *peer)
{
    bool is_modern = mcp_json_present(mcp__meta_claim(e->params)) || header_is_modern(peer);

    if (peer->http && is_modern) {
        call->is_silent = true; /* closing the stream cancels there */
        return MCP_OK;
    }
    mcp_err err = check_unanswered(call, peer);

    if (!err && mcp_str_eq(e->method, MCP_STR("notifications/cancelled"))) {
        cancelled(call, e);
    }
    return err;
}

static mcp_err response(struct mcp_call *call, mcp_json message, const struct mcp_peer *peer)
{
    mcp_err err = check_unanswered(call, peer);

    if (!err) {
        mcp__client_response(call, message);
    }
    return err;
}

mcp_err mcp__dispatch(struct mcp_call *call, mcp_json message, const struct mcp_peer *peer)
{
    struct mcp__envelope e = mcp__envelope_read(message, &call->arena);

    call->id = e.id;
    call->params = e.params;
    call->method = e.method;
    switch (e.kind) {
    case MCP__KIND_REQUEST:
        return request(call, &e, peer);
    case MCP__KIND_NOTIFICATION:
        return notification(call, &e, peer);
    case MCP__KIND_RESPONSE:
        call->id = mcp_str_n(NULL, 0);
        return response(call, message, peer);
    case MCP__KIND_INVALID:
        break;
    }
    return mcp_fail(call, MCP_E_INVALID_REQUEST, "%s", e.fault);
}
