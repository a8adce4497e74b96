/* cli/health.c - is the process alive, is the store writable: two public routes; and what the
 * OpenAPI document says of them and of the other routes that are no tool's. */
#include <cli/serve.h>
#include <rest/reply.h>

#define METHODS "GET, HEAD, OPTIONS"

#define STATUS(word)                                                                               \
    "{\"type\":\"object\",\"required\":[\"status\"],\"properties\":{\"status\":{\"const\":\"" word \
    "\"}}}"

static const struct rest_answer HEALTH_ANSWERS[] = {
    {200, "The process answers.", "application/json",
     "{\"type\":\"object\",\"required\":[\"status\",\"version\"],\"properties\":{"
     "\"status\":{\"const\":\"ok\"},\"version\":{\"type\":\"string\"}}}",
     NULL, NULL},
    {0},
};
static const struct rest_answer METRICS_ANSWERS[] = {
    {200, "The process, and the pools of the caller.", "text/plain", NULL, NULL, NULL},
    {0},
};
static const struct rest_answer EVENTS_ANSWERS[] = {
    {200, "An event stream: `change` at the beginning and whenever pools or alerts look different.",
     "text/event-stream", NULL, NULL, NULL},
    {0},
};
static const struct rest_answer ACCOUNT_ANSWERS[] = {
    {200, "The page, for a session.", "text/html", NULL, NULL, NULL},
    {401, "The same page, to sign in with.", "text/html", NULL, NULL,
     "Cache-Control WWW-Authenticate"},
    {0},
};
static const struct rest_answer READY_ANSWERS[] = {
    {200, "The store takes writes.", "application/json", STATUS("ready"), NULL, NULL},
    {503, "The store takes no writes now.", "application/json", STATUS("unavailable"), NULL, NULL},
    {0},
};

const struct rest_page cli_pages[] = {
    {"/healthz", "get_health", "Is the process alive", "For supervisors and load balancers.",
     HEALTH_ANSWERS, NULL, false, NULL},
    {"/readyz", "get_ready", "Can it do its work",
     "Whether the store takes writes: not when the disk is full or the store is broken.",
     READY_ANSWERS, NULL, false, NULL},
    {"/metrics", "get_metrics", "Metrics for Prometheus",
     "What the process does, and how the pools of the caller are (text format 0.0.4).",
     METRICS_ANSWERS, "list_balances", false, NULL},
    {"/api/v1/events", "watch_events", "Hear when something changes",
     "No data travels on it: ask again then. It ends after five minutes; come again.",
     EVENTS_ANSWERS, "list_balances", true, NULL},
    {"/account/dashboard", "get_account_dashboard", "The account as a page",
     "For people: balance, spend, apps, billing and profile, through the routes of the account.",
     ACCOUNT_ANSWERS, NULL, false, &rest_surface_account},
    {0},
};

static void answer(struct mcp_http_exchange *ex, int status, const char *text)
{
    const struct mcp_http_request *req = mcp_http_exchange_request(ex);
    struct mcp_http_response res = {
        .status = status, .content_type = "application/json", .body = mcp_str_c(text)};

    if (req->method == MCP_HTTP_OPTIONS) {
        rest_reply_options(ex, METHODS);
    } else if (req->method != MCP_HTTP_GET && req->method != MCP_HTTP_HEAD) {
        rest_reply_refusal(ex, &rest_surface_plain, &rest_refusals[REST_REFUSED_METHOD], METHODS,
                           MCP_STR(""));
    } else {
        mcp_http_response_add(&res, "Cache-Control", MCP_STR("no-store"));
        mcp_http_response_cors(&res, req);
        mcp_http_respond(ex, &res);
    }
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
