/* mcp/meta.c - what a modern request says about itself, in `_meta` and in HTTP headers. */
#include <mcp/engine.h>
#include <mcp/extending.h>

#define KEY(name) MCP_STR(MCP__META_PREFIX name)

mcp_json mcp__meta_claim(mcp_json params)
{
    return mcp_json_get(mcp_json_get(params, MCP_STR("_meta")), KEY("protocolVersion"));
}

static mcp_err read_progress_token(struct mcp_call *call, mcp_json meta)
{
    mcp_json token = mcp_json_get(meta, MCP_STR("progressToken"));

    if (!mcp_json_present(token) || mcp_json_type(token) == MCP_JSON_NULL) {
        return MCP_OK;
    }
    if (!mcp__id_is(token)) {
        return mcp_fail(call, MCP_E_INVALID_PARAMS,
                        "_meta.progressToken must be a string or an integer of at most 256 bytes");
    }
    call->progress_token = mcp_json_raw(token);
    return MCP_OK;
}

mcp_err mcp__meta_read(struct mcp_call *call, const struct mcp_http_claims *http)
{
    mcp_json meta = mcp_json_get(call->params, MCP_STR("_meta"));

    mcp__trace_read(call, meta, http);
    if (mcp__rev_in(call->rev, MCP__LEGACY_REVS) && call->session) {
        call->log_level = call->session->log_level;
    }
    return read_progress_token(call, meta);
}

/* basic/index "_meta": both fields are required in every request. */
static mcp_err check_fields(struct mcp_call *call)
{
    mcp_json meta = mcp_json_get(call->params, MCP_STR("_meta"));

    if (mcp_json_type(mcp_json_get(meta, KEY("protocolVersion"))) != MCP_JSON_STRING) {
        return mcp_fail(call, MCP_E_META_MISSING,
                        "params._meta needs \"" MCP__META_PREFIX "protocolVersion\", a string");
    }
    if (mcp_json_type(mcp_json_get(meta, KEY("clientCapabilities"))) != MCP_JSON_OBJECT) {
        return mcp_fail(call, MCP_E_META_MISSING,
                        "params._meta needs \"" MCP__META_PREFIX "clientCapabilities\", an object");
    }
    mcp_json level = mcp_json_get(meta, KEY("logLevel"));

    if (mcp_json_present(level) && !mcp__level_read(level, &call->log_level)) {
        return mcp_fail(call, MCP_E_META_MISSING,
                        "\"" MCP__META_PREFIX "logLevel\" is not a log level");
    }
    return MCP_OK;
}

static mcp_err mismatch(struct mcp_call *call, const char *header)
{
    return mcp_fail(call, MCP_E_HEADER_MISMATCH, "the header %s and the body disagree", header);
}

static mcp_err missing(struct mcp_call *call, const char *header)
{
    return mcp_fail(call, MCP_E_HEADER_MISMATCH, "the header %s is required", header);
}

/* The member of params that Mcp-Name repeats; NULL: none. */
static const char *name_member(const struct mcp_call *call, mcp_str method)
{
    const char *member = mcp__era_name_member(method);
    const struct mcp_method *added =
        member ? NULL : mcp__extension_method(call->server, MCP__REV_2026_07_28, method).method;

    return added ? added->name_member : member;
}

static mcp_err check_name(struct mcp_call *call, const struct mcp__envelope *e,
                          const struct mcp_http_claims *http)
{
    const char *member = name_member(call, e->method);
    mcp_str name;

    if (!member) {
        return MCP_OK;
    }
    if (!http->name.ptr) {
        return missing(call, "Mcp-Name");
    }
    mcp_json want = mcp_json_get(e->params, mcp_str_c(member));

    if (!mcp__header_decode(call, mcp_str_trim(http->name), &name)) {
        return mcp_fail(call, MCP_E_HEADER_MISMATCH,
                        "the header Mcp-Name has invalid characters or encoding");
    }
    /* Without a string in the body the method itself says what is wrong. */
    if (mcp_json_type(want) == MCP_JSON_STRING && !mcp_json_str_eq(want, name)) {
        return mismatch(call, "Mcp-Name");
    }
    return MCP_OK;
}

static mcp_err check_version(struct mcp_call *call)
{
    mcp_json claim = mcp__meta_claim(call->params);
    const char *ours = mcp__rev_name(MCP__REV_2026_07_28);

    if (mcp_json_str_eq(claim, mcp_str_c(ours))) {
        return MCP_OK;
    }
    mcp_err err = mcp_fail(call, MCP_E_UNSUPPORTED_VERSION, "unsupported protocol version");
    struct mcp_json_writer *w = mcp_error_data(call);

    mcp_json_object(w);
    mcp_json_put_key(w, MCP_STR("supported"));
    mcp_json_array(w);
    mcp_json_put_str(w, mcp_str_c(ours));
    mcp_json_array_end(w);
    mcp_json_member_raw(w, MCP_STR("requested"), mcp_json_raw(claim));
    mcp_json_object_end(w);
    return err;
}

mcp_err mcp__meta_check(struct mcp_call *call, const struct mcp__envelope *e,
                        const struct mcp_http_claims *http)
{
    mcp_err err = check_fields(call);

    if (err) {
        return err;
    }
    if (http && http->protocol_version.ptr &&
        !mcp_json_str_eq(mcp__meta_claim(e->params), mcp_str_trim(http->protocol_version))) {
        return mismatch(call, "MCP-Protocol-Version");
    }
    if (http && http->method.ptr && !mcp_str_eq(mcp_str_trim(http->method), e->method)) {
        return mismatch(call, "Mcp-Method");
    }
    err = check_version(call);
    if (err || !http) {
        return err;
    }
    if (!http->protocol_version.ptr) {
        return missing(call, "MCP-Protocol-Version");
    }
    if (!http->method.ptr) {
        return missing(call, "Mcp-Method");
    }
    return check_name(call, e, http);
}
