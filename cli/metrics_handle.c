/* cli/metrics_handle.c - the route /metrics. */
#include <cli/serve.h>
#include <mcp/alloc.h>
#include <rest/reply.h>

#include <stddef.h>

#define METHODS           "GET, HEAD, OPTIONS"
#define METRICS_BYTES_MAX ((size_t)64 << 20)

/* Whose words a failure is in. */
static const struct rest_route ROW = {.path = "/metrics"};

/* A scrape whose list_balances runs. Freed when the answer left or the peer is gone. */
struct scrape {
    struct mcp_outcome_sink sink;
    struct cli_serve *serve;
    struct mcp_http_exchange *ex;
};

static void gone(void *user)
{
    struct scrape *s = user;

    mcp_server_invoke_cancel(s->serve->local.server, &s->sink);
    mcp_free(s);
}

static void respond(struct scrape *s, const struct mcp_buf *text)
{
    struct mcp_http_response res = {.status = 200,
                                    .content_type = "text/plain; version=0.0.4; charset=utf-8",
                                    .body = mcp_buf_str(text)};

    mcp_http_response_add(&res, "Cache-Control", MCP_STR("no-store"));
    mcp_http_response_cors(&res, mcp_http_exchange_request(s->ex));
    mcp_http_respond(s->ex, &res);
}

static void finish(struct mcp_outcome_sink *sink, const struct mcp_outcome *o)
{
    struct scrape *s = (struct scrape *)(void *)((char *)sink - offsetof(struct scrape, sink));
    struct cli_serve *serve = s->serve;
    const struct cli_metrics_now now = {
        .http = mcp_http_gauges(serve->http),
        .calls = mcp_server_calls(serve->local.server),
        .waiting = mcp_server_waiting(serve->local.server),
        .tasks = mcp_server_tasks(serve->local.server),
        .started_ms = serve->started_ms,
        .is_writable = store_is_writable(serve->local.store),
    };
    struct mcp_buf text;

    mcp_buf_init(&text, METRICS_BYTES_MAX);
    if (o->err) {
        rest_reply_outcome(s->ex, &ROW, o, 0);
    } else {
        cli_metrics_write(&serve->metrics, &now, &text);
        if (cli_metrics_write_pools(o->structured, &text)) {
            respond(s, &text);
        } else {
            rest_reply_err(s->ex, &rest_surface_plain, MCP_E_OVERLOADED, MCP_STR(""));
        }
    }
    mcp_buf_free(&text);
    mcp_free(s);
}

static const struct mcp_http_exchange_events EVENTS = {.gone = gone};

static void scrape(struct cli_serve *serve, struct mcp_http_exchange *ex)
{
    struct scrape *s = mcp_alloc_new(struct scrape);

    if (!s) {
        rest_reply_err(ex, &rest_surface_plain, MCP_E_OVERLOADED, MCP_STR(""));
        return;
    }
    *s = (struct scrape){.sink = {.finish = finish}, .serve = serve, .ex = ex};
    mcp_http_exchange_watch(ex, &EVENTS, s);
    mcp_server_invoke(serve->local.server, MCP_STR("list_balances"), MCP_STR(""),
                      &mcp_http_exchange_request(ex)->principal, &s->sink);
}

void cli_metrics_handle(void *user, struct mcp_http_exchange *ex)
{
    const struct mcp_http_request *req = mcp_http_exchange_request(ex);

    if (!mcp_str_eq(req->path, MCP_STR("/metrics"))) {
        rest_reply_err(ex, &rest_surface_plain, MCP_E_NOT_FOUND, MCP_STR(REST_NO_SUCH_PATH));
    } else if (req->method == MCP_HTTP_OPTIONS) {
        rest_reply_options(ex, METHODS);
    } else if (req->method != MCP_HTTP_GET && req->method != MCP_HTTP_HEAD) {
        rest_reply_refusal(ex, &rest_surface_plain, &rest_refusals[REST_REFUSED_METHOD], METHODS,
                           MCP_STR(""));
    } else {
        scrape(user, ex);
    }
}
