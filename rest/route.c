/* rest/route.c - the table of routes, and matching a path against it. */
#include <rest/route.h>

#include <stdio.h>

#define POOLS_EXAMPLE                                                                              \
    "{\"pools\":[{\"connectionId\":\"c_7f3kq\",\"connectionName\":\"Twilio\",\"tool\":{\"id\":"    \
    "\"twilio\","                                                                                  \
    "\"name\":\"Twilio\",\"topupUrl\":\"https://console.twilio.com/billing\"},"                    \
    "\"creditType\":\"balance\",\"label\":\"Balance\",\"unit\":\"USD\",\"balance\":1.12,"          \
    "\"balanceLimit\":null,\"recordedAt\":\"2026-11-21T08:00:00.000Z\",\"status\":\"critical\","   \
    "\"burn\":{\"perDay\":3.1,\"daysLeft\":0.4},\"eta\":{\"short\":\"~9h\","                       \
    "\"long\":\"Empties in ~9 hours.\"},\"thresholds\":{\"low\":20,\"critical\":5}}]}"

#define SUBSCRIPTION_EXAMPLE                                                                       \
    "{\"id\":\"fksexz1b7td8xv\",\"app_name\":\"my-heroku-app\",\"plan\":\"static_enterprise\","    \
    "\"plan_display\":\"Static: Enterprise\",\"status\":\"active\",\"platform\":\"heroku\","       \
    "\"created_at\":\"2024-06-15T10:30:00Z\"}"

#define SUBSCRIPTIONS_EXAMPLE "{\"subscriptions\":[" SUBSCRIPTION_EXAMPLE "]}"

#define KEY_EXAMPLE                                                                                \
    "{\"id\":\"0b6ecd3e-37cb-4ff4-b6f7-1dbcd7a8a4a4\",\"name\":\"production-monitoring\","         \
    "\"key\":\"qg_live_...\",\"masked\":\"qg_live_****abcd\",\"scopes\":[\"usage\"],"              \
    "\"created_at\":\"2026-06-17T08:02:11Z\",\"expires_at\":\"2027-01-01T00:00:00Z\"}"

#define USAGE_EXAMPLE                                                                              \
    "{\"subscription_id\":\"fksexz1b7td8xv\",\"plan\":\"static_enterprise\",\"plan_display\":"     \
    "\"Static: Enterprise\",\"allowance\":{\"requests\":1000000,\"bandwidth_bytes\":"              \
    "107374182400},\"from\":\"2026-01\",\"to\":\"2026-01\",\"usage\":[{\"month\":\"2026-01\","     \
    "\"http\":{\"requests\":41233,\"bandwidth_bytes\":5120000000},\"socks\":{\"requests\":0,"      \
    "\"bandwidth_bytes\":0},\"inbound\":{\"requests\":120,\"bandwidth_bytes\":88000},\"total\":{"  \
    "\"requests\":41353,\"bandwidth_bytes\":5120088000,\"requests_percent\":4.1,"                  \
    "\"bandwidth_percent\":4.8}}],\"totals\":{\"http\":{\"requests\":41233,\"bandwidth_bytes\":"   \
    "5120000000},\"socks\":{\"requests\":0,\"bandwidth_bytes\":0},\"inbound\":{\"requests\":120,"  \
    "\"bandwidth_bytes\":88000},\"total\":{\"requests\":41353,\"bandwidth_bytes\":5120088000}}}"

static const struct rest_alias REGISTER_WORDS[] = {
    {MCP_E_INVALID_ARGUMENTS, "invalid_email", "email"},
    {MCP_E_INVALID_ARGUMENTS, "weak_password", "password"},
    {MCP_E_INVALID_ARGUMENTS, "invalid_name", "name"},
    {MCP_E_CONFLICT, "email_exists", NULL},
    {MCP_E_FORBIDDEN, "registration_closed", NULL},
    {MCP_OK, NULL, NULL},
};

static const struct rest_alias LOGIN_WORDS[] = {
    {MCP_E_UNAUTHORIZED, "invalid_credentials", NULL},
    {MCP_OK, NULL, NULL},
};

static const struct rest_alias PROFILE_WORDS[] = {
    {MCP_E_INVALID_ARGUMENTS, "invalid_name", "name"},
    {MCP_E_INVALID_ARGUMENTS, "invalid_avatar_url", "avatar_url"},
    {MCP_E_INVALID_ARGUMENTS, "invalid_user_metadata", "user_metadata"},
    {MCP_OK, NULL, NULL},
};

static const struct rest_alias TOPOFF_WORDS[] = {
    {MCP_E_INVALID_ARGUMENTS, "invalid_threshold", "auto_topoff_threshold"},
    {MCP_E_INVALID_ARGUMENTS, "invalid_amount", "auto_topoff_amount"},
    {MCP_OK, NULL, NULL},
};

static const struct rest_alias DELETE_WORDS[] = {
    {MCP_E_INVALID_ARGUMENTS, "invalid_password", "password"},
    {MCP_OK, NULL, NULL},
};

static const struct rest_alias SPEND_WORDS[] = {
    {MCP_E_INVALID_ARGUMENTS, "invalid_period", "period"},
    {MCP_OK, NULL, NULL},
};

static const struct rest_alias CHECKOUT_WORDS[] = {
    {MCP_E_INVALID_ARGUMENTS, "invalid_package", "package_id"},
    {MCP_E_UPSTREAM, "stripe_error", NULL},
    {MCP_E_FOREIGN_ORIGIN, "origin_not_allowed", NULL},
    {MCP_OK, NULL, NULL},
};

static const struct rest_alias EVENT_WORDS[] = {
    {MCP_E_INVALID_ARGUMENTS, "invalid_signature", "signature"},
    {MCP_OK, NULL, NULL},
};

/* A row of the account contract, whose askers are people. */
#define ACCOUNT_ROW(m, p, t)                                                                       \
    .method = (m), .path = (p), .tool = (t), .surface = &rest_surface_account,                     \
    .asker = REST_ASKER_SESSION

const struct rest_route rest_routes[] = {
    {
        .method = MCP_HTTP_GET,
        .path = "/api/v1/pools",
        .tool = "list_balances",
        .query = "status",
        .lists = "status",
        .success = 200,
        .surface = &rest_surface_pools,
        .example = POOLS_EXAMPLE,
    },
    {
        .method = MCP_HTTP_GET,
        .path = "/api/v1/pools/{connection}",
        .tool = "get_pool",
        .query = "creditType",
    },
    {
        .method = MCP_HTTP_GET,
        .path = "/api/v1/pools/{connection}/history",
        .tool = "get_pool_history",
        .query = "creditType from to points",
    },
    {
        .method = MCP_HTTP_GET,
        .path = "/api/v1/pools/{connection}/forecast",
        .tool = "forecast_pool",
        .query = "creditType",
    },
    {
        .method = MCP_HTTP_PATCH,
        .path = "/api/v1/pools/{connection}/thresholds",
        .tool = "set_thresholds",
        .body = REST_BODY_MERGED,
    },
    {
        .method = MCP_HTTP_GET,
        .path = "/api/v1/alerts",
        .tool = "list_alerts",
        .query = "connection level limit",
    },
    {.method = MCP_HTTP_GET, .path = "/api/v1/connections", .tool = "list_connections"},
    {
        .method = MCP_HTTP_GET,
        .path = "/api/v1/connections/{connection}",
        .tool = "show_connection",
    },
    {
        .method = MCP_HTTP_POST,
        .path = "/api/v1/connections/{connection}/readings",
        .tool = "push_readings",
        .body = REST_BODY_MERGED,
        .example = "{\"stored\":1,\"duplicates\":0,\"conflicts\":0}",
    },
    {.method = MCP_HTTP_GET, .path = "/api/v1/tokens", .tool = "list_tokens"},
    {.method = MCP_HTTP_GET, .path = "/api/v1/webhooks", .tool = "list_webhooks"},
    {
        .method = MCP_HTTP_POST,
        .path = "/api/v1/webhooks",
        .tool = "add_webhook",
        .success = 201,
        .body = REST_BODY_MERGED,
    },
    {
        .method = MCP_HTTP_PATCH,
        .path = "/api/v1/webhooks/{webhook}",
        .tool = "edit_webhook",
        .body = REST_BODY_MERGED,
    },
    {
        .method = MCP_HTTP_DELETE,
        .path = "/api/v1/webhooks/{webhook}",
        .tool = "remove_webhook",
        .success = 204,
    },
    {
        .method = MCP_HTTP_POST,
        .path = "/api/v1/webhooks/{webhook}/rotate",
        .tool = "rotate_webhook",
        .body = REST_BODY_MERGED,
    },
    {
        .method = MCP_HTTP_POST,
        .path = "/api/v1/webhooks/{webhook}/test",
        .tool = "test_webhook",
        .success = 202,
    },
    {
        .method = MCP_HTTP_GET,
        .path = "/api/v1/deliveries",
        .tool = "list_deliveries",
        .query = "webhook delivery limit",
    },
    {
        .method = MCP_HTTP_POST,
        .path = "/api/v1/deliveries/{delivery}/replay",
        .tool = "replay_delivery",
        .success = 202,
    },
    {
        .method = MCP_HTTP_GET,
        .path = "/v1/subscriptions",
        .tool = "list_subscriptions",
        .surface = &rest_surface_usage,
        .example = SUBSCRIPTIONS_EXAMPLE,
    },
    {
        .method = MCP_HTTP_GET,
        .path = "/v1/subscriptions/{subscription}",
        .tool = "show_subscription",
        .surface = &rest_surface_usage,
        .example = SUBSCRIPTION_EXAMPLE,
    },
    {
        .method = MCP_HTTP_GET,
        .path = "/v1/subscriptions/{subscription}/usage",
        .tool = "get_subscription_usage",
        .query = "from to",
        .surface = &rest_surface_usage,
        .example = USAGE_EXAMPLE,
    },
    {
        .method = MCP_HTTP_POST,
        .path = "/v1/subscriptions/{subscription}/usage",
        .tool = "record_usage",
        .body = REST_BODY_MERGED,
        .array = "events",
        .surface = &rest_surface_usage,
        .example = "{\"recorded\":1,\"duplicates\":0,\"conflicts\":0}",
    },
    {.path = "/v1/keys", .tool = "list_keys", .surface = &rest_surface_keys},
    {
        .method = MCP_HTTP_POST,
        .path = "/v1/keys",
        .tool = "create_key",
        .success = 201,
        .body = REST_BODY_MERGED,
        .surface = &rest_surface_keys,
        .example = KEY_EXAMPLE,
    },
    {
        .method = MCP_HTTP_DELETE,
        .path = "/v1/keys/{key}",
        .tool = "revoke_key",
        .surface = &rest_surface_keys,
    },
    {ACCOUNT_ROW(MCP_HTTP_GET, "/account", "get_account")},
    {ACCOUNT_ROW(MCP_HTTP_PATCH, "/account", "edit_account"), .body = REST_BODY_MERGED,
     .aliases = PROFILE_WORDS},
    {ACCOUNT_ROW(MCP_HTTP_DELETE, "/account", "delete_account"), .body = REST_BODY_MERGED,
     .aliases = DELETE_WORDS, .session = REST_SESSION_ENDS},
    {ACCOUNT_ROW(MCP_HTTP_PATCH, "/account/settings", "set_topoff"), .body = REST_BODY_MERGED,
     .aliases = TOPOFF_WORDS},
    {ACCOUNT_ROW(MCP_HTTP_GET, "/auth/me", "get_me")},
    {ACCOUNT_ROW(MCP_HTTP_POST, "/auth/logout", "log_out"), .session = REST_SESSION_ENDS},
    {
        .method = MCP_HTTP_POST,
        .path = "/auth/register",
        .tool = "register_user",
        .success = 201,
        .body = REST_BODY_MERGED,
        .surface = &rest_surface_account,
        .aliases = REGISTER_WORDS,
        .asker = REST_ASKER_ANYBODY,
        .session = REST_SESSION_BEGINS,
        .rate_per_minute = 3,
    },
    {
        .method = MCP_HTTP_POST,
        .path = "/auth/login",
        .tool = "log_in",
        .body = REST_BODY_MERGED,
        .surface = &rest_surface_account,
        .aliases = LOGIN_WORDS,
        .asker = REST_ASKER_ANYBODY,
        .session = REST_SESSION_BEGINS,
        .rate_per_minute = 5,
    },
    {ACCOUNT_ROW(MCP_HTTP_GET, "/account/spend", "get_spend_series"), .query = "period",
     .aliases = SPEND_WORDS},
    {ACCOUNT_ROW(MCP_HTTP_GET, "/account/apps", "list_connected_apps")},
    {ACCOUNT_ROW(MCP_HTTP_POST, "/account/billing/checkout", "create_checkout"),
     .body = REST_BODY_MERGED, .aliases = CHECKOUT_WORDS},
    {ACCOUNT_ROW(MCP_HTTP_GET, "/account/orders/{order}", "get_order")},
    {
        .method = MCP_HTTP_POST,
        .path = "/webhooks/stripe",
        .tool = "report_payment",
        .body = REST_BODY_TEXT,
        .text = "payload",
        .header = "Stripe-Signature",
        .header_argument = "signature",
        .surface = &rest_surface_account,
        .aliases = EVENT_WORDS,
        .example = "{\"received\":true,\"outcome\":\"credited\"}",
        .asker = REST_ASKER_ANYBODY,
        .rate_per_minute = 6000,
    },
    {
        .method = MCP_HTTP_GET,
        .path = "/v1/packages",
        .tool = "list_packages",
        .surface = &rest_surface_account,
        .asker = REST_ASKER_ANYBODY,
    },
    {
        .method = MCP_HTTP_GET,
        .path = "/v1/balance",
        .tool = "get_balance",
        .surface = &rest_surface_account,
    },
    {
        .method = MCP_HTTP_POST,
        .path = "/v1/funding/grant",
        .tool = "grant_credits",
        .body = REST_BODY_MERGED,
        .example =
            "{\"external_user_id\":\"7\",\"amount_granted\":1000000,\"balance_before\":0,"
            "\"balance_after\":1000000,\"ledger_id\":\"6f9619ff-8b86-4011-b42d-00c04fc964ff\","
            "\"duplicate\":false}",
    },
    {
        .method = MCP_HTTP_GET,
        .path = "/v1/ledger",
        .tool = "list_ledger",
        .query = "account before limit",
    },
    {
        .method = MCP_HTTP_POST,
        .path = "/v1/reservations",
        .tool = "reserve_credits",
        .success = 201,
        .body = REST_BODY_MERGED,
    },
    {
        .method = MCP_HTTP_POST,
        .path = "/v1/reservations/{reservation}/settle",
        .tool = "settle_reservation",
        .body = REST_BODY_MERGED,
    },
    {
        .method = MCP_HTTP_POST,
        .path = "/v1/reservations/{reservation}/release",
        .tool = "release_reservation",
    },
    {0},
};

static const struct {
    enum mcp_http_method method;
    const char *name; /* what Allow says when a row has it */
} METHODS[] = {
    {MCP_HTTP_GET, "GET, HEAD"}, {MCP_HTTP_POST, "POST"},     {MCP_HTTP_PUT, "PUT"},
    {MCP_HTTP_PATCH, "PATCH"},   {MCP_HTTP_DELETE, "DELETE"},
};

bool rest_list_has(const char *list, mcp_str name)
{
    mcp_str rest = mcp_str_c(list);

    while (rest.ptr) {
        if (mcp_str_eq(mcp_str_cut(&rest, ' '), name)) {
            return true;
        }
    }
    return false;
}

/* True when `path` is spelled as `pattern` says; the values of its params are added to `ret`. Every
 * request asks this of many rows, and nearly all differ in a literal byte. */
static bool match_path(const char *pattern, mcp_str path, struct rest_match *ret)
{
    const char *want = pattern;
    mcp_str got = path;

    ret->n_params = 0;
    for (;;) {
        while (*want && *want != '{' && got.len && *want == *got.ptr) {
            want++;
            got = mcp_str_n(got.ptr + 1, got.len - 1);
        }
        if (*want != '{') {
            return !*want && !got.len;
        }
        const char *name = want + 1, *slash = got.len ? memchr(got.ptr, '/', got.len) : NULL;
        mcp_str value = mcp_str_n(got.ptr, slash ? (size_t)(slash - got.ptr) : got.len);

        if (value.len == 0 || ret->n_params == REST_PARAMS_MAX) {
            return false;
        }
        want = strchr(name, '}'); /* is there, see route_check.c */
        ret->params[ret->n_params++] =
            (struct rest_param){mcp_str_n(name, (size_t)(want - name)), value};
        want++;
        got = mcp_str_n(got.ptr + value.len, got.len - value.len);
    }
}

int rest_route_success(const struct rest_route *row)
{
    return row->success ? row->success : 200;
}

const struct rest_surface *rest_route_surface(const struct rest_route *row)
{
    return row->surface ? row->surface : &rest_surface_plain;
}

bool rest_is_below(mcp_str path, mcp_str prefix)
{
    return prefix.len <= 1 || (mcp_str_starts(path, prefix) &&
                               (path.len == prefix.len || path.ptr[prefix.len] == '/'));
}

const char *rest_route_cookie(const struct rest_route *row, const struct rest_options *opt)
{
    switch (row->asker) {
    case REST_ASKER_TOKEN:
        return opt->cookie;
    case REST_ASKER_SESSION:
    case REST_ASKER_EITHER:
        return rest_route_surface(row)->cookie;
    default:
        return NULL;
    }
}

mcp_str rest_route_literal(const struct rest_route *row)
{
    mcp_str path = mcp_str_c(row->path);
    const char *brace = strchr(row->path, '{');

    if (!brace) {
        return path;
    }
    path.len = (size_t)(brace - path.ptr);
    return path.len > 1 ? mcp_str_n(path.ptr, path.len - 1) : path;
}

mcp_str rest_route_prefix(const struct rest_route *row)
{
    mcp_str prefixes = mcp_str_c(rest_route_surface(row)->prefix);

    while (prefixes.ptr) {
        mcp_str prefix = mcp_str_cut(&prefixes, ' ');

        if (rest_is_below(mcp_str_c(row->path), prefix)) {
            return prefix;
        }
    }
    return rest_route_literal(row);
}

const struct rest_surface *rest_surface_of(const struct rest_route *rows, mcp_str path)
{
    const struct rest_surface *best = &rest_surface_plain;
    size_t best_len = 0;

    for (const struct rest_route *row = rows; row->path; row++) {
        mcp_str prefix = rest_route_prefix(row);

        if (prefix.len > best_len && rest_is_below(path, prefix)) {
            best = rest_route_surface(row);
            best_len = prefix.len;
        }
    }
    return best;
}

void rest_route_find(const struct rest_route *rows, enum mcp_http_method method, mcp_str path,
                     struct rest_match *ret)
{
    enum mcp_http_method wanted = method == MCP_HTTP_HEAD ? MCP_HTTP_GET : method;

    *ret = (struct rest_match){0};
    for (const struct rest_route *row = rows; row->path; row++) {
        if (!match_path(row->path, path, ret)) {
            continue;
        }
        if (row->method == wanted) {
            ret->route = row;
            return;
        }
        ret->methods |= 1u << row->method;
    }
    ret->n_params = 0;
}

const char *rest_route_allow(const struct rest_match *m, char room[REST_ALLOW_BYTES])
{
    size_t used = 0;

    for (size_t i = 0; i < sizeof(METHODS) / sizeof(METHODS[0]); i++) {
        if (m->methods & 1u << METHODS[i].method) {
            used += (size_t)snprintf(room + used, REST_ALLOW_BYTES - used, "%s, ", METHODS[i].name);
        }
    }
    snprintf(room + used, REST_ALLOW_BYTES - used, "OPTIONS");
    return room;
}
