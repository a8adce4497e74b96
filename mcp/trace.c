/* mcp/trace.c - W3C trace context of a request: read for the handler, its id for the log. */
#include <mcp/engine.h>

/* The value of one header; empty when there is none. */
static mcp_str header(struct mcp_call *call, const struct mcp_http_claims *http, const char *name)
{
    mcp_str v = http && http->header ? http->header(http->user, name) : mcp_str_n(NULL, 0);

    return v.len ? mcp_arena_dup(&call->arena, v) : mcp_str_n(NULL, 0);
}

static mcp_str member(struct mcp_call *call, mcp_json meta, const char *name)
{
    mcp_json v = mcp_json_get(meta, mcp_str_c(name));

    return mcp_json_present(v) ? mcp_json_str(v, &call->arena, mcp_str_n(NULL, 0))
                               : mcp_str_n(NULL, 0);
}

void mcp__trace_read(struct mcp_call *call, mcp_json meta, const struct mcp_http_claims *http)
{
    bool is_in_meta = mcp_json_present(mcp_json_get(meta, MCP_STR("traceparent")));
    bool has_baggage = mcp_json_present(mcp_json_get(meta, MCP_STR("baggage")));

    call->serial = http ? http->serial : 0;
    /* A tracestate belongs to the traceparent beside it (Trace Context 3.3). */
    if (is_in_meta) {
        call->trace[MCP_TRACE_PARENT] = member(call, meta, "traceparent");
        call->trace[MCP_TRACE_STATE] = member(call, meta, "tracestate");
    } else {
        call->trace[MCP_TRACE_PARENT] = header(call, http, "traceparent");
        call->trace[MCP_TRACE_STATE] = header(call, http, "tracestate");
    }
    call->trace[MCP_TRACE_BAGGAGE] =
        has_baggage ? member(call, meta, "baggage") : header(call, http, "baggage");
}

/* Lower-case hexadecimal digits; `ret_is_zero`: nothing but zeros. */
static bool is_hex(const char *p, size_t n, bool *ret_is_zero)
{
    *ret_is_zero = true;
    for (size_t i = 0; i < n; i++) {
        if (!((p[i] >= '0' && p[i] <= '9') || (p[i] >= 'a' && p[i] <= 'f'))) {
            return false;
        }
        *ret_is_zero = *ret_is_zero && p[i] == '0';
    }
    return true;
}

/* Trace Context 3.2: version "-" trace-id "-" parent-id "-" flags. A later version may go on. */
mcp_str mcp_trace_id(mcp_str traceparent)
{
    enum { PARENT_BYTES = 55, ID_BYTES = 32 };
    const mcp_str none = {NULL, 0};
    const char *p = traceparent.ptr;
    size_t len = traceparent.len;
    bool is_first = false, is_zero_trace = true, is_zero_parent = true, ignored;

    if (len < PARENT_BYTES || p[2] != '-' || p[35] != '-' || p[52] != '-' ||
        !is_hex(p, 2, &is_first) || !is_hex(p + 3, ID_BYTES, &is_zero_trace) ||
        !is_hex(p + 36, 16, &is_zero_parent) || !is_hex(p + 53, 2, &ignored)) {
        return none;
    }
    bool has_good_end = len == PARENT_BYTES || (!is_first && p[55] == '-');
    bool is_forbidden = p[0] == 'f' && p[1] == 'f';

    return has_good_end && !is_forbidden && !is_zero_trace && !is_zero_parent
               ? mcp_str_n(p + 3, ID_BYTES)
               : none;
}
