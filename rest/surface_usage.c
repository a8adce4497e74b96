/* rest/surface_usage.c - the words of the usage contract (/v1/subscriptions, /v1/keys).
 *
 * {"error":{"code":"...","message":"..."}} with the codes invalid_request, unauthorized,
 * subscription_not_found, rate_limit_exceeded and server_error, and X-RateLimit headers whose Reset
 * is a time (product.md b.0.1, b.0.3, b.2). What is not found below this prefix is a subscription:
 * one of somebody else and one of nobody are the same answer. Below /v1/keys it is a key. */
#include <rest/surface.h>

#define COMMON                                                                                     \
    {MCP_E_RATE_LIMITED, "rate_limit_exceeded", NULL}, {MCP_E_INTERNAL, "server_error", NULL},     \
        {MCP_E_STORAGE, "server_error", NULL}, {MCP_E_OVERLOADED, "server_error", NULL},           \
        {MCP_E_TIMED_OUT, "server_error", NULL}, {MCP_E_INVALID_JSON, "invalid_request", NULL},    \
    {                                                                                              \
        MCP_OK, NULL, NULL                                                                         \
    }

#define LAST_RESORT                                                                                \
    "{\"error\":{\"code\":\"server_error\",\"message\":\"no memory for an answer\"}}"

static const struct rest_alias ALIASES[] = {{MCP_E_NOT_FOUND, "subscription_not_found", NULL},
                                            COMMON};

static const struct rest_alias KEY_ALIASES[] = {
    {MCP_E_NOT_FOUND, "key_not_found", NULL}, {MCP_E_CONFLICT, "key_limit_reached", NULL}, COMMON};

const struct rest_surface rest_surface_usage = {
    .name = "usage",
    .title = "Usage",
    .description = "How much of its plan's monthly allowance a subscription has used.",
    .prefix = "/v1/subscriptions",
    .aliases = ALIASES,
    .limit = REST_LIMIT_TIME,
    .error = rest_error_coded,
    .last_resort = LAST_RESORT,
};

const struct rest_surface rest_surface_keys = {
    .name = "keys",
    .title = "Keys",
    .description = "Keys of the usage contract: made, listed without their text, revoked.",
    .prefix = "/v1/keys",
    .aliases = KEY_ALIASES,
    .limit = REST_LIMIT_TIME,
    .error = rest_error_coded,
    .last_resort = LAST_RESORT,
};
