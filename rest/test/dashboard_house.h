/* rest/test/dashboard_house.h - the dashboard on real connections and a real engine in memory; the
 * product's tools are stood in for by rows with the same names. */
#ifndef REST_TEST_DASHBOARD_HOUSE_H
#define REST_TEST_DASHBOARD_HOUSE_H

#include <rest/dashboard.h>
#include <rest/test/wire.h>

struct house {
    struct wire w; /* first */
    struct rest_dashboard *d;
    int version;        /* what list_balances shows */
    bool is_broken;     /* list_balances fails */
    int opened, closed; /* calls of open_login and close_login */
    mcp_err refused;    /* what the transport says before a route's handler */
};

static struct house house;

static mcp_err list_balances(struct mcp_call *call, void *user)
{
    (void)user;
    if (house.is_broken) {
        return mcp_fail(call, MCP_E_STORAGE, "not now");
    }
    mcp_json_object(mcp_structured(call));
    mcp_json_member_int(mcp_structured(call), MCP_STR("version"), house.version);
    mcp_json_object_end(mcp_structured(call));
    return MCP_OK;
}

static mcp_err list_alerts(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_json_object(mcp_structured(call));
    mcp_json_object_end(mcp_structured(call));
    return MCP_OK;
}

static mcp_err open_login(struct mcp_call *call, void *user)
{
    (void)user;
    house.opened++;
    if (!mcp_str_eq(mcp_arg_str(call, "code"), MCP_STR("good"))) {
        return mcp_fail(call, MCP_E_UNAUTHORIZED, "not valid");
    }
    mcp_json_object(mcp_structured(call));
    mcp_json_member_str(mcp_structured(call), MCP_STR("session"), MCP_STR("sess_secret"));
    mcp_json_member_int(mcp_structured(call), MCP_STR("lastsSeconds"), 60);
    mcp_json_object_end(mcp_structured(call));
    return MCP_OK;
}

static mcp_err close_login(struct mcp_call *call, void *user)
{
    (void)user;
    house.closed++;
    mcp_json_object(mcp_structured(call));
    mcp_json_object_end(mcp_structured(call));
    return MCP_OK;
}

#define ANY  "{\"type\":\"object\"}"
#define NONE "{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}"

static const struct mcp_tool TOOLS[] = {
    {.name = "list_balances",
     .description = "d",
     .input_schema = NONE,
     .output_schema = ANY,
     .scope = "read",
     .fn = list_balances},
    {.name = "list_alerts",
     .description = "d",
     .input_schema = NONE,
     .output_schema = ANY,
     .scope = "read",
     .fn = list_alerts},
    {.name = "open_login",
     .description = "d",
     .input_schema = "{\"type\":\"object\",\"required\":[\"code\"],\"additionalProperties\":false,"
                     "\"properties\":{\"code\":{\"type\":\"string\",\"maxLength\":128}}}",
     .output_schema = ANY,
     .scope = "login",
     .is_hidden = true,
     .fn = open_login},
    {.name = "close_login",
     .description = "d",
     .input_schema = NONE,
     .output_schema = ANY,
     .scope = "read",
     .is_hidden = true,
     .fn = close_login},
    {0},
};
static const struct rest_route ROWS[] = {
    {.method = MCP_HTTP_GET, .path = "/api/v1/pools", .tool = "list_balances"},
    {0},
};

/* The transport's route and auth steps, without credentials. */
static void handle(void *user, struct mcp_http_exchange *ex)
{
    struct wire *w = user;
    const struct mcp_http_route *route =
        mcp__http_route_find("/mcp", rest_dashboard_routes(house.d), ex->req.path).route;

    ex->req.principal = w->principal;
    if (!route) {
        mcp__http_answer_nowhere(ex);
        return;
    }
    if (route->is_public) {
        ex->req.principal = (struct mcp_principal){.limit_id = {4, 127, 0, 0, 1}};
    }
    if (house.refused) {
        route->refuse(route->user, ex, house.refused);
        return;
    }
    route->handle(route->user, ex);
}

static struct wire *enter(bool is_tls)
{
    house = (struct house){.version = 1};
    wire_open(&house.w, TOOLS, ROWS, 60);
    house.d = rest_dashboard_new(house.w.server, is_tls);
    T_CHECK(house.d != NULL);
    house.w.http.handle = handle;
    return &house.w;
}

static void leave(void)
{
    struct wire *w = &house.w;

    mcp__http_conn_free(w->conn);
    w->conn = NULL;
    mcp__http_wire_free(&w->http);
    rest_dashboard_free(house.d);
    rest_free(w->rest);
    mcp_server_free(w->server);
    mcp_buf_free(&w->out);
}

static size_t count(mcp_str text, const char *part)
{
    size_t n = 0, len = strlen(part);

    for (size_t i = 0; i + len <= text.len; i++) {
        n += memcmp(text.ptr + i, part, len) == 0;
    }
    return n;
}

#define JSON     "\r\nContent-Type: application/json"
#define OURS     "\r\nOrigin: http://localhost"
#define VISIT    "\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate"
#define SIGN_OUT ("POST /logout HTTP/1.1" OURS)
#define SIGN_IN  ("POST /login HTTP/1.1" JSON OURS)

#endif
