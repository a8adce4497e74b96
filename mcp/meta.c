/* mcp/meta.c - what a modern request says about itself, in `_meta` and in HTTP headers. */
#include <mcp/engine.h>

#include <sodium.h>

#define KEY(name) MCP_STR(MCP__META_PREFIX name)

static const mcp_str LOG_LEVELS[] = {
    MCP_STR_INIT("debug"),   MCP_STR_INIT("info"),      MCP_STR_INIT("notice"),
    MCP_STR_INIT("warning"), MCP_STR_INIT("error"),     MCP_STR_INIT("critical"),
    MCP_STR_INIT("alert"),   MCP_STR_INIT("emergency"),
};

mcp_json mcp__meta_claim(mcp_json params)
{
    return mcp_json_get(mcp_json_get(params, MCP_STR("_meta")), KEY("protocolVersion"));
}

mcp_err mcp__meta_progress_token(struct mcp_call *call)
{
    mcp_json token =
        mcp_json_get(mcp_json_get(call->params, MCP_STR("_meta")), MCP_STR("progressToken"));

    if (!mcp_json_present(token) || mcp_json_type(token) == MCP_JSON_NULL) {
        return MCP_OK;
    }
    if (!mcp__envelope_is_id(token)) {
        return mcp_fail(call, MCP_E_INVALID_PARAMS,
                        "_meta.progressToken must be a string or an integer of at most 256 bytes");
    }
    call->progress_token = mcp_json_raw(token);
    return MCP_OK;
}

static bool is_log_level(mcp_json v)
{
    for (size_t i = 0; i < sizeof(LOG_LEVELS) / sizeof(LOG_LEVELS[0]); i++) {
        if (mcp_json_str_eq(v, LOG_LEVELS[i])) {
            return true;
        }
    }
    return !mcp_json_present(v);
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
    if (!is_log_level(mcp_json_get(meta, KEY("logLevel")))) {
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

static bool is_printable(mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] < 0x20 || (unsigned char)s.ptr[i] > 0x7e) {
            return false;
        }
    }
    return true;
}

/* Undo `=?base64?...?=`: lower case, strict alphabet and padding; anything without both ends is
 * literal (transports "Encoding of header values"). False when it is broken. */
static bool decode(struct mcp_call *call, mcp_str value, mcp_str *ret)
{
    const mcp_str head = MCP_STR("=?base64?"), tail = MCP_STR("?=");
    bool is_encoded = value.len >= head.len + tail.len && mcp_str_starts(value, head) &&
                      memcmp(value.ptr + value.len - tail.len, tail.ptr, tail.len) == 0;
    size_t len = 0;

    *ret = value;
    if (!is_encoded) {
        return is_printable(value);
    }
    value = mcp_str_n(value.ptr + head.len, value.len - head.len - tail.len);
    unsigned char *plain = mcp_arena_raw(&call->arena, value.len / 4 * 3 + 3, 1);

    if (!plain || sodium_base642bin(plain, value.len / 4 * 3 + 3, value.ptr, value.len, NULL, &len,
                                    NULL, sodium_base64_VARIANT_ORIGINAL) != 0) {
        return false;
    }
    *ret = mcp_str_n((const char *)plain, len);
    return true;
}

static mcp_err check_name(struct mcp_call *call, const struct mcp__envelope *e,
                          const struct mcp_http_claims *http)
{
    const char *member = mcp__era_name_member(e->method);
    mcp_str name;

    if (!member) {
        return MCP_OK;
    }
    if (!http->name.ptr) {
        return missing(call, "Mcp-Name");
    }
    mcp_json want = mcp_json_get(e->params, mcp_str_c(member));

    if (!decode(call, mcp_str_trim(http->name), &name)) {
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

    call->data = mcp_arena_printf(&call->arena, "{\"supported\":[\"%s\"],\"requested\":%.*s}", ours,
                                  MCP_STR_ARG(mcp_json_raw(claim)));
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
