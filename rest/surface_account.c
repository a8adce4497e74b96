/* rest/surface_account.c - the words of the account contract (/account, /auth, /developers,
 * /v1/balance, /v1/packages, /webhooks).
 *
 * {"error":{"code":"...","message":"...","hint":"...","docs_url":"..."}}, `hint` where there is
 * something to do about it, and X-RateLimit headers (product.md b.0.1, b.0.3, b.5). What an
 * argument's code is, is in the rows. */
#include <rest/surface.h>

static const struct rest_alias ALIASES[] = {
    {MCP_E_RATE_LIMITED, "rate_limit_exceeded", NULL},
    {MCP_E_INTERNAL, "server_error", NULL},
    {MCP_E_STORAGE, "server_error", NULL},
    {MCP_E_OVERLOADED, "server_error", NULL},
    {MCP_E_TIMED_OUT, "server_error", NULL},
    {MCP_E_INVALID_JSON, "invalid_request", NULL},
    {MCP_OK, NULL, NULL},
};

static const struct rest_hint HINTS[] = {
    {"unauthorized",
     "Sign in with POST /auth/login and send its session_token as Authorization: Bearer, or the "
     "quota_session cookie; in a browser open /account/dashboard. API keys are not taken here, nor "
     "is the session of the pools."},
    {"insufficient_scope",
     "This session is that of the pools, which a link of cistern login opens. An account is opened "
     "by its own address and password: POST /auth/login, or /account/dashboard in a browser."},
    {"forbidden", "Send the request from a page of this server, or without an Origin header."},
    {"rate_limit_exceeded", "Wait as many seconds as Retry-After says."},
    {"invalid_request", "Compare the request with /openapi.json."},
    {"invalid_credentials", "Check the address and the password."},
    {"invalid_email", "Give an address like ada@example.com."},
    {"weak_password", "Take 8 to 1,024 characters, and not the address."},
    {"email_exists", "Sign in with POST /auth/login."},
    {"registration_closed", "Ask the operator for an account: cistern user add."},
    {"invalid_name", "Take 1 to 80 characters, or null for none."},
    {"invalid_avatar_url", "Take an https URL of a public host, or null for none."},
    {"invalid_user_metadata",
     "Take an object of at most 16 KiB, five levels and 100 members, or null for none."},
    {"invalid_password", "Send the password you sign in with."},
    {"invalid_threshold", "Take a whole number of credits, 0 or more."},
    {"invalid_amount", "Take a whole number of credits, 0 or more."},
    {"invalid_period", "Take 7d, 30d or 90d."},
    {"invalid_package", "GET /v1/packages lists them."},
    {"stripe_error", "Try again in a moment; the operator's log says what Stripe answered."},
    {"origin_not_allowed", "Send the request from a page of this server, or without an Origin "
                           "header."},
    {"invalid_signature", "Sign the body as it is sent, with the endpoint's secret and the time of "
                          "now; the operator's --stripe-secret-file has it."},
    {"server_error", "Try again in a moment."},
    {NULL, NULL},
};

static mcp_str hint_of(mcp_str code)
{
    for (const struct rest_hint *h = HINTS; h->code; h++) {
        if (mcp_str_eq(code, mcp_str_c(h->code))) {
            return mcp_str_c(h->text);
        }
    }
    return MCP_STR("");
}

/* The code is of [a-z_], and the host has passed the guard: neither needs an escape in a URL. */
static void put_docs(struct mcp_json_writer *w, const struct rest_said *said)
{
    char text[512];
    struct mcp_buf url = {.ptr = text, .cap = sizeof(text), .max = sizeof(text)};

    mcp_buf_add(&url, said->base);
    mcp_buf_add(&url, MCP_STR("/docs/errors#"));
    mcp_buf_add(&url, said->code);
    if (!url.failed) {
        mcp_json_member_str(w, MCP_STR("docs_url"), mcp_buf_str(&url));
    }
}

static void error(struct mcp_json_writer *w, const struct rest_said *said)
{
    mcp_str hint = hint_of(said->code);

    mcp_json_object(w);
    mcp_json_put_key(w, MCP_STR("error"));
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("code"), said->code);
    mcp_json_member_str(w, MCP_STR("message"), said->message);
    if (hint.len) {
        mcp_json_member_str(w, MCP_STR("hint"), hint);
    }
    put_docs(w, said);
    mcp_json_object_end(w);
    mcp_json_object_end(w);
}

const struct rest_surface rest_surface_account = {
    .name = "account",
    .title = "Account",
    .description = "Who somebody is, how they sign in, and their wallet.",
    .prefix = "/account /auth /developers /v1/balance /v1/packages /webhooks",
    .aliases = ALIASES,
    .limit = REST_LIMIT_TIME,
    .error = error,
    .last_resort =
        "{\"error\":{\"code\":\"server_error\",\"message\":\"no memory for an answer\"}}",
    .cookie = "quota_session",
    .hints = HINTS,
};
