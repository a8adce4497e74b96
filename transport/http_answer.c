/* transport/http_answer.c - see http_answer.h. */
#include <transport/http_answer.h>

#include <assert.h>
#include <stdio.h>

static void send_json(struct mcp_http_exchange *ex, struct mcp_http_response *res, mcp_str body)
{
    res->content_type = "application/json";
    res->body = body;
    mcp_http_response_add(res, "Cache-Control", MCP_STR("no-store"));
    mcp_http_response_cors(res, mcp_http_exchange_request(ex));
    mcp_http_respond(ex, res);
}

/* The texts are our own words, without anything that JSON would escape. */
static mcp_str rpc_error(char *room, size_t room_bytes, int code, const char *why)
{
    int n = snprintf(room, room_bytes,
                     "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":%d,\"message\":\"%s\"}}", code, why);

    assert(n > 0 && (size_t)n < room_bytes);
    return mcp_str_n(room, (size_t)n);
}

void mcp__http_answer_rpc(struct mcp_http_exchange *ex, int status, int code, const char *why,
                          const char *allow)
{
    struct mcp_http_response res = {.status = status};
    char room[256];

    if (allow) {
        mcp_http_response_add(&res, "Allow", mcp_str_c(allow));
    }
    send_json(ex, &res, rpc_error(room, sizeof(room), code, why));
}

static mcp_str rest_error(char *room, size_t room_bytes, const char *code, const char *why)
{
    int n =
        snprintf(room, room_bytes, "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}", code, why);

    assert(n > 0 && (size_t)n < room_bytes);
    return mcp_str_n(room, (size_t)n);
}

void mcp__http_answer_refusal(struct mcp_http_exchange *ex, mcp_err err, bool is_rpc)
{
    const struct mcp_err_info *info = mcp_err_info(err);
    /* HTTP says no here, before there is a message: the REST status fits, 200 would not. */
    struct mcp_http_response res = {.status = info->rest_status};
    const char *why = err == MCP_E_UNAUTHORIZED ? "a valid bearer token is needed" : info->meaning;
    char room[256];

    if (res.status == 401) {
        mcp_http_response_challenge(&res);
    }
    if (res.status == 503) {
        mcp_http_response_add(&res, "Retry-After", MCP_STR("1"));
    }
    send_json(ex, &res,
              is_rpc ? rpc_error(room, sizeof(room), info->code, why)
                     : rest_error(room, sizeof(room), info->rest_code, why));
}

void mcp__http_answer_nowhere(struct mcp_http_exchange *ex)
{
    struct mcp_http_response res = {.status = 404};

    send_json(ex, &res, MCP_STR("{\"error\":\"not_found\"}"));
}

void mcp__http_answer_empty(struct mcp_http_exchange *ex, int status, const char *allow)
{
    struct mcp_http_response res = {.status = status};

    if (allow) {
        mcp_http_response_add(&res, "Allow", mcp_str_c(allow));
    }
    mcp_http_response_cors(&res, mcp_http_exchange_request(ex));
    mcp_http_respond(ex, &res);
}
