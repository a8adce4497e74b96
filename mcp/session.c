/* mcp/session.c - the engine's half of a legacy session: its revision and the calls in it. */
#include <mcp/engine.h>

#include <mcp/alloc.h>
#include <mcp/asking.h>
#include <mcp/extending.h>
#include <mcp/listening.h>

struct mcp_session *mcp_session_new(struct mcp_server *s)
{
    struct mcp_session *session = mcp_alloc_new(struct mcp_session);

    if (session) {
        *session =
            (struct mcp_session){.server = s, .rev = MCP__REV_NONE, .log_level = MCP__LEVEL_OFF};
        mcp_arena_init(&session->declared_in, MCP__DECLARED_IN_BYTES);
    }
    return session;
}

void mcp_session_free(struct mcp_session *session)
{
    while (session && session->calls) {
        mcp__call_dismiss(MCP__OF(struct mcp_call, in_session, session->calls));
    }
    if (session) {
        mcp__listener_free(session->listener);
        mcp_arena_free(&session->declared_in);
    }
    mcp_free(session);
}

const char *mcp_session_revision(const struct mcp_session *session)
{
    return mcp__rev_name(session->rev);
}

size_t mcp_session_busy(const struct mcp_session *session)
{
    size_t n = 0;

    for (struct mcp__link *l = session->calls; l; l = l->next) {
        const struct mcp_call *call = MCP__OF(struct mcp_call, in_session, l);

        /* While a worker has the call, `asking` is the worker's. */
        n += !call->listener && (call->work || !(call->asking && call->asking->is_waiting));
    }
    return n;
}

/* 1.4 row 23: an unknown version is refused; behaviour follows the session, not the header. */
static mcp_err check_header(struct mcp_call *call, const struct mcp_http_claims *http)
{
    if (http && http->protocol_version.ptr &&
        mcp__rev_find(mcp_str_trim(http->protocol_version)) == MCP__REV_NONE) {
        return mcp_fail(call, MCP_E_INVALID_REQUEST,
                        "the header MCP-Protocol-Version names an unknown version");
    }
    return MCP_OK;
}

mcp_err mcp__session_check(struct mcp_call *call, const struct mcp_peer *peer)
{
    if (peer->claim == MCP_SESSION_ABSENT) {
        return mcp_fail(call, MCP_E_SESSION_REQUIRED,
                        "send initialize first, then its Mcp-Session-Id with every message");
    }
    if (peer->claim == MCP_SESSION_UNKNOWN) {
        return mcp_fail(call, MCP_E_SESSION_GONE, "the session is unknown or over");
    }
    call->session = peer->session;
    call->rev = peer->session->rev;
    return check_header(call, peer->http);
}

static mcp_err open_session(struct mcp_call *call, const struct mcp_peer *peer,
                            struct mcp_session **ret)
{
    if (peer->claim == MCP_SESSION_UNKNOWN) {
        return mcp_fail(call, MCP_E_SESSION_GONE, "the session is unknown or over");
    }
    if (peer->claim == MCP_SESSION_FOUND && peer->session->rev != MCP__REV_NONE) {
        return mcp_fail(call, MCP_E_INVALID_REQUEST, "this session is initialized already");
    }
    if (peer->claim == MCP_SESSION_FOUND) {
        *ret = peer->session;
        return MCP_OK;
    }
    *ret = peer->open_session ? peer->open_session(peer->user) : NULL;
    return *ret ? MCP_OK : MCP_E_TOO_MANY_SESSIONS;
}

mcp_err mcp__session_initialize(struct mcp_call *call, const struct mcp_peer *peer)
{
    mcp_json version = mcp_json_get(call->params, MCP_STR("protocolVersion"));
    struct mcp_session *session = NULL;
    mcp_err err = check_header(call, peer->http);

    if (!err && mcp_json_type(version) != MCP_JSON_STRING) {
        err = mcp_fail(call, MCP_E_INVALID_PARAMS, "params.protocolVersion must be a string");
    }
    if (!err) {
        err = mcp__gate(call, NULL, 1); /* a session takes room */
    }
    if (!err) {
        err = open_session(call, peer, &session);
    }
    if (err) {
        return err;
    }
    mcp_json capabilities = mcp_json_get(call->params, MCP_STR("capabilities"));

    err = mcp__extensions_declared(call, session, capabilities);
    if (err) {
        return err;
    }
    enum mcp__rev rev = mcp__rev_find(mcp_json_str(version, &call->arena, mcp_str_n(NULL, 0)));

    /* An unknown version, or a modern one, which has no handshake: answer our newest legacy one
     * (protocol.md 1.2 rows 3 and 4). */
    session->rev = mcp__rev_in(rev, MCP__LEGACY_REVS) ? rev : MCP__REV_NEWEST_LEGACY;
    session->owner = call->principal.owner;
    if (session->listener) { /* a channel that is there before */
        session->listener->owner = session->owner;
    }
    session->can = mcp__client_can_read(capabilities, session->rev);
    call->rev = session->rev;
    call->opened = session;
    call->canned = mcp_buf_str(&call->server->hello[session->rev]);
    return MCP_OK;
}
