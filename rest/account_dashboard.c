/* rest/account_dashboard.c - the page at /account/dashboard (product.md b.5.9): what it shows and
 * changes goes through the routes of the account contract, with the cookie that their sign-in sets.
 */
#include <rest/dashboard_part.h>
#include <rest/reply.h>

#include "account_dashboard_frame.h" /* ACCOUNT: account_dashboard.html with all it takes */

#define METHODS "GET, HEAD, OPTIONS"

static const struct rest__document PAGE = {{ACCOUNT, sizeof(ACCOUNT)}, .has_form = true};

static bool is_read(const struct mcp_http_request *req)
{
    return req->method == MCP_HTTP_GET || req->method == MCP_HTTP_HEAD;
}

/* Somebody follows a link that another site shows: the browser says so, and brings the cookie. */
static bool is_visit(const struct mcp_http_request *req)
{
    return mcp_http_header_count(req, "Origin") == 0 &&
           mcp_str_eq(mcp_http_header_only(req, "Sec-Fetch-Mode"), MCP_STR("navigate"));
}

static void handle(void *user, struct mcp_http_exchange *ex)
{
    (void)user;
    if (is_read(mcp_http_exchange_request(ex))) {
        rest__dashboard_show(&PAGE, 200, ex);
    } else {
        rest__dashboard_refuse_method(ex, &rest_surface_account, METHODS);
    }
}

/* Without a session it is the page to sign in with. A cookie that another site's link has brought
 * counts for nothing here; the page then asks as itself, and is answered. */
static void refuse(void *user, struct mcp_http_exchange *ex, mcp_err err)
{
    const struct mcp_http_request *req = mcp_http_exchange_request(ex);

    (void)user;
    if (is_read(req) &&
        (err == MCP_E_UNAUTHORIZED || (err == MCP_E_FOREIGN_ORIGIN && is_visit(req)))) {
        rest__dashboard_show(&PAGE, 401, ex);
    } else {
        rest_reply_err(ex, &rest_surface_account, err, MCP_STR(""));
    }
}

const struct mcp_http_route rest__account_dashboard_route = {
    .prefix = "/account/dashboard",
    .handle = handle,
    .is_exact = true,
    .is_session_only = true,
    .cookie = "quota_session",
    .refuse = refuse,
};
