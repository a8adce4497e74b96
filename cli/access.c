/* cli/access.c - the access log: one line for each answer. */
#include <cli/logfile.h>

#include <mcp/call.h>
#include <transport/http.h>

void cli_access_log(const struct mcp_log *log, const struct mcp_http_served *s)
{
    const struct mcp_http_request *req = s->req;

    if (!req) {
        mcp_log(log, MCP_LOG_INFO, "access peer=%.*s status=%d", MCP_STR_ARG(s->peer), s->status);
        return;
    }
    mcp_str trace = mcp_trace_id(mcp_http_header_only(req, "traceparent"));
    mcp_str method = req->method_text, path = req->path;

    /* what is long is cut, so that the fields behind it are there */
    method.len = method.len > 16 ? 16 : method.len;
    path.len = path.len > 512 ? 512 : path.len;
    mcp_log(log, MCP_LOG_INFO,
            "access peer=%.*s method=%.*s path=%.*s status=%d ms=%lld req=%llu%s%.*s",
            MCP_STR_ARG(req->peer), MCP_STR_ARG(method), MCP_STR_ARG(path), s->status,
            (long long)s->took_ms, (unsigned long long)req->serial, trace.len ? " trace=" : "",
            MCP_STR_ARG(trace));
}
