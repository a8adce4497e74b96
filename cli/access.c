/* cli/access.c - the access log: one line for each answer. */
#include <cli/logfile.h>

#include <transport/http.h>

enum { PARENT_BYTES = 55, TRACE_AT = 3, TRACE_BYTES = 32 };

/* The trace's id of a traceparent that is one; else empty. Trace Context 3.2. */
static mcp_str trace_of(const struct mcp_http_request *req)
{
    mcp_str v = mcp_http_header_only(req, "traceparent");

    if (v.len < PARENT_BYTES || v.ptr[2] != '-' || v.ptr[TRACE_AT + TRACE_BYTES] != '-') {
        return MCP_STR("");
    }
    for (size_t i = TRACE_AT; i < TRACE_AT + TRACE_BYTES; i++) {
        if (!((v.ptr[i] >= '0' && v.ptr[i] <= '9') || (v.ptr[i] >= 'a' && v.ptr[i] <= 'f'))) {
            return MCP_STR("");
        }
    }
    return mcp_str_n(v.ptr + TRACE_AT, TRACE_BYTES);
}

void cli_access_log(const struct mcp_log *log, const struct mcp_http_served *s)
{
    const struct mcp_http_request *req = s->req;

    if (!req) {
        mcp_log(log, MCP_LOG_INFO, "access peer=%.*s status=%d", MCP_STR_ARG(s->peer), s->status);
        return;
    }
    mcp_str trace = trace_of(req), method = req->method_text, path = req->path;

    /* what is long is cut, so that the fields behind it are there */
    method.len = method.len > 16 ? 16 : method.len;
    path.len = path.len > 512 ? 512 : path.len;
    mcp_log(log, MCP_LOG_INFO,
            "access peer=%.*s method=%.*s path=%.*s status=%d ms=%lld req=%llu%s%.*s",
            MCP_STR_ARG(req->peer), MCP_STR_ARG(method), MCP_STR_ARG(path), s->status,
            (long long)s->took_ms, (unsigned long long)req->serial, trace.len ? " trace=" : "",
            MCP_STR_ARG(trace));
}
