/* cli/health.c - is the process alive, is the store writable: two public routes. */
#include <cli/serve.h>

static void answer(struct mcp_http_exchange *ex, int status, const char *text)
{
    const struct mcp_http_request *req = mcp_http_exchange_request(ex);
    struct mcp_http_response res = {
        .status = status, .content_type = "application/json", .body = mcp_str_c(text)};

    if (req->method != MCP_HTTP_GET && req->method != MCP_HTTP_HEAD) {
        res.status = 405;
        res.body =
            MCP_STR("{\"error\":{\"code\":\"method_not_allowed\",\"message\":\"GET or HEAD\"}}");
        mcp_http_response_add(&res, "Allow", MCP_STR("GET, HEAD"));
    }
    mcp_http_response_add(&res, "Cache-Control", MCP_STR("no-store"));
    mcp_http_response_cors(&res, req);
    mcp_http_respond(ex, &res);
}

static mcp_err write_nothing(struct store_txn *txn, void *arg)
{
    (void)txn;
    (void)arg;
    return MCP_OK;
}

static void probed(struct store_write *w, mcp_err err)
{
    struct cli_serve *s = w->arg;

    (void)err; /* store_is_writable() has it */
    s->is_probing = false;
}

void cli_ready_tick(struct cli_serve *s)
{
    if (!s->is_probing && !store_is_broken(s->local.store)) {
        s->probe = (struct store_write){.body = write_nothing, .arg = s, .done = probed};
        s->is_probing = true;
        store_submit(s->local.store, &s->probe);
    }
}

void cli_health_handle(void *user, struct mcp_http_exchange *ex)
{
    (void)user;
    answer(ex, 200, "{\"status\":\"ok\",\"version\":\"" CISTERN_VERSION "\"}");
}

void cli_ready_handle(void *user, struct mcp_http_exchange *ex)
{
    struct cli_serve *s = user;

    if (store_is_writable(s->local.store)) {
        answer(ex, 200, "{\"status\":\"ready\"}");
    } else {
        answer(ex, 503,
               "{\"status\":\"unavailable\",\"reason\":\"the store takes no writes now\"}");
    }
}
