/* mcp/envelope.c - which kind of JSON-RPC message it is, and its id as the peer wrote it. */
#include <mcp/engine.h>

static struct mcp__envelope invalid(struct mcp__envelope e, const char *fault)
{
    e.kind = MCP__KIND_INVALID;
    e.fault = fault;
    return e;
}

struct mcp__envelope mcp__envelope_read(mcp_json message, struct mcp_arena *arena)
{
    struct mcp__envelope e = {.kind = MCP__KIND_REQUEST};
    mcp_json id = mcp_json_get(message, MCP_STR("id"));
    mcp_json method = mcp_json_get(message, MCP_STR("method"));
    mcp_json params = mcp_json_get(message, MCP_STR("params"));
    bool has_id = mcp_json_present(id);

    if (mcp_json_type(message) != MCP_JSON_OBJECT) {
        return invalid(e, "a message is a JSON object");
    }
    if (has_id && mcp__id_is(id)) {
        e.id = mcp_json_raw(id);
    }
    if (!mcp_json_str_eq(mcp_json_get(message, MCP_STR("jsonrpc")), MCP_STR("2.0"))) {
        return invalid(e, "\"jsonrpc\" must be \"2.0\"");
    }
    if (!mcp_json_present(method)) {
        if (mcp_json_present(mcp_json_get(message, MCP_STR("result"))) ||
            mcp_json_present(mcp_json_get(message, MCP_STR("error")))) {
            e.kind = MCP__KIND_RESPONSE;
            return e;
        }
        return invalid(e, "neither a request nor a notification nor a response");
    }
    if (mcp_json_type(method) != MCP_JSON_STRING) {
        return invalid(e, "\"method\" must be a string");
    }
    if (has_id && !e.id.len) {
        return invalid(e, "\"id\" must be a string or an integer of at most 256 bytes");
    }
    if (mcp_json_present(params) && mcp_json_type(params) != MCP_JSON_OBJECT && has_id) {
        return invalid(e, "\"params\" must be an object");
    }
    e.kind = has_id ? MCP__KIND_REQUEST : MCP__KIND_NOTIFICATION;
    e.method = mcp_json_str(method, arena, mcp_str_n(NULL, 0));
    e.params = params;
    return e;
}

/* ---- The id of a message that could not be read for want of memory ---- */

struct peek {
    const char *at, *end;
};

static void skip_space(struct peek *p)
{
    while (p->at < p->end &&
           (*p->at == ' ' || *p->at == '\t' || *p->at == '\n' || *p->at == '\r')) {
        p->at++;
    }
}

/* Stand behind the string that begins here; its text with the quotes, or empty. */
static mcp_str skip_string(struct peek *p)
{
    const char *from = p->at;

    if (p->at == p->end || *p->at != '"') {
        return mcp_str_n(NULL, 0);
    }
    for (p->at++; p->at < p->end && *p->at != '"'; p->at++) {
        if (*p->at == '\\' && p->at + 1 < p->end) {
            p->at++;
        }
    }
    if (p->at == p->end) {
        return mcp_str_n(NULL, 0);
    }
    p->at++;
    return mcp_str_n(from, (size_t)(p->at - from));
}

/* Stand on the comma or brace that ends the value which begins here. */
static mcp_str skip_value(struct peek *p)
{
    const char *from = p->at;
    size_t depth = 0;

    while (p->at < p->end && (depth || (*p->at != ',' && *p->at != '}'))) {
        if (*p->at == '"') {
            if (!skip_string(p).len) {
                return mcp_str_n(NULL, 0); /* it does not end */
            }
            continue;
        }
        depth += *p->at == '{' || *p->at == '[';
        depth -= depth && (*p->at == '}' || *p->at == ']');
        p->at++;
    }
    mcp_str raw = mcp_str_n(from, (size_t)(p->at - from));

    while (raw.len && strchr(" \t\r\n", raw.ptr[raw.len - 1])) {
        raw.len--;
    }
    return raw;
}

/* Valid as a JSON string beyond doubt; rare spellings are given up. */
static bool is_plain_string(mcp_str raw)
{
    if (raw.len < 2 || raw.ptr[0] != '"' || raw.ptr[raw.len - 1] != '"' || !mcp_str_is_utf8(raw)) {
        return false;
    }
    for (size_t i = 1; i + 1 < raw.len; i++) {
        unsigned char c = (unsigned char)raw.ptr[i];

        if (c < 0x20 || c == '"' || (c == '\\' && !strchr("\"\\/bfnrt", raw.ptr[++i]))) {
            return false;
        }
    }
    return true;
}

static struct peek peek_at(mcp_str message)
{
    struct peek p = {message.ptr, message.len ? message.ptr + message.len : message.ptr};

    skip_space(&p);
    return p;
}

/* The next member of the message; false: there is none, or it is not JSON. */
static bool next_member(struct peek *p, mcp_str *ret_key, mcp_str *ret_value)
{
    if (p->at == p->end || (*p->at != '{' && *p->at != ',')) {
        return false;
    }
    p->at++;
    skip_space(p);
    *ret_key = skip_string(p);
    skip_space(p);
    if (!ret_key->len || p->at == p->end || *p->at++ != ':') {
        return false;
    }
    skip_space(p);
    *ret_value = skip_value(p);
    return true;
}

mcp_str mcp__envelope_peek_id(mcp_str message)
{
    struct peek p = peek_at(message);
    mcp_str key, value;

    while (next_member(&p, &key, &value)) {
        if (mcp_str_eq(key, MCP_STR("\"id\""))) {
            bool usable = value.len <= MCP__ID_BYTES_MAX &&
                          (mcp__id_is_plain(value) || is_plain_string(value));

            return usable ? value : mcp_str_n(NULL, 0);
        }
    }
    return mcp_str_n(NULL, 0);
}

bool mcp_message_is_request(mcp_str message)
{
    struct peek p = peek_at(message);
    bool has_method = false, has_id = false;
    mcp_str key, value;

    if (p.at < p.end && *p.at == '[') {
        return true; /* a batch may hold one */
    }
    while (next_member(&p, &key, &value)) {
        bool is_odd = memchr(key.ptr, '\\', key.len) != NULL; /* it may be one in disguise */

        has_method = has_method || is_odd || mcp_str_eq(key, MCP_STR("\"method\""));
        has_id = has_id || is_odd || mcp_str_eq(key, MCP_STR("\"id\""));
    }
    return has_method && has_id;
}
