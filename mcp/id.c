/* mcp/id.c - ids of requests: strings and integers, echoed as they were written, equal by value.
 *
 * JSON-RPC's ids are JSON values, so "a" and "\u0061" are one id, and so are 1, 1.0 and 1e0, which
 * JSON Schema calls an integer. */
#include <mcp/engine.h>
#include <mcp/json_node.h>

bool mcp__id_is_plain(mcp_str raw)
{
    size_t i = raw.len && raw.ptr[0] == '-' ? 1 : 0;

    if (i == raw.len || (raw.ptr[i] == '0' && raw.len > i + 1)) {
        return false;
    }
    for (; i < raw.len; i++) {
        if (raw.ptr[i] < '0' || raw.ptr[i] > '9') {
            return false;
        }
    }
    return true;
}

/* All its digits; empty for one that is no integer, or has more of them than an id has bytes. */
static mcp_str integer_key(mcp_str raw, char room[MCP__ID_BYTES_MAX])
{
    struct mcp__decimal d = mcp__decimal_read(raw);
    size_t n = 0;

    if (d.count == 0) {
        return MCP_STR("0");
    }
    if (d.exponent < 0 ||
        d.exponent > MCP__ID_BYTES_MAX - (int64_t)d.count - (int64_t)d.is_negative) {
        return mcp_str_n(NULL, 0);
    }
    if (d.is_negative) {
        room[n++] = '-';
    }
    for (size_t i = 0; i < d.len; i++) {
        if (d.digits[i] != '.') {
            room[n++] = d.digits[i];
        }
    }
    memset(room + n, '0', (size_t)d.exponent);
    return mcp_str_n(room, n + (size_t)d.exponent);
}

/* Without its escapes, which never makes it longer; with the quotes. */
static mcp_str string_key(mcp_str raw, char room[MCP__ID_BYTES_MAX])
{
    mcp_str rest = mcp_str_n(raw.ptr + 1, raw.len - 2);
    uint8_t c[4];
    size_t n = 0;

    room[n++] = '"';
    while (rest.len) {
        size_t len = mcp__json_next_char(&rest, c);

        memcpy(room + n, c, len);
        n += len;
    }
    room[n++] = '"';
    return mcp_str_n(room, n);
}

mcp_str mcp__id_key(mcp_str raw, char room[MCP__ID_BYTES_MAX])
{
    if (raw.len == 0) {
        return raw;
    }
    if (raw.ptr[0] == '"') {
        return memchr(raw.ptr, '\\', raw.len) ? string_key(raw, room) : raw;
    }
    return mcp__id_is_plain(raw) && raw.ptr[raw.len - 1] != '0' ? raw : integer_key(raw, room);
}

bool mcp__id_is(mcp_json v)
{
    char room[MCP__ID_BYTES_MAX];
    mcp_str raw = mcp_json_raw(v);

    if (raw.len > MCP__ID_BYTES_MAX) {
        return false;
    }
    return mcp_json_type(v) == MCP_JSON_STRING ||
           (mcp_json_type(v) == MCP_JSON_NUMBER && integer_key(raw, room).len > 0);
}

bool mcp__id_eq(mcp_str a, mcp_str b)
{
    char a_room[MCP__ID_BYTES_MAX], b_room[MCP__ID_BYTES_MAX];

    return mcp_str_eq(a, b) || mcp_str_eq(mcp__id_key(a, a_room), mcp__id_key(b, b_room));
}
