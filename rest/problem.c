/* rest/problem.c - see problem.h. */
#include <rest/problem.h>

/* RFC 9110 12.4.2: "0", "0.", up to three zeros behind it. */
static bool is_zero(mcp_str weight)
{
    for (size_t i = 0; i < weight.len; i++) {
        if (weight.ptr[i] != '0' && !(i == 1 && weight.ptr[i] == '.')) {
            return false;
        }
    }
    return weight.len > 0;
}

/* One member of Accept: the media range asked about, and its weight is not zero. */
static bool asks_for(mcp_str range, mcp_str type)
{
    mcp_str essence = mcp_str_trim(mcp_str_cut(&range, ';'));

    if (!mcp_str_eq_nocase(essence, type)) {
        return false;
    }
    while (range.ptr) {
        mcp_str value = mcp_str_cut(&range, ';');
        mcp_str name = mcp_str_trim(mcp_str_cut(&value, '='));

        if (mcp_str_eq_nocase(name, MCP_STR("q")) && is_zero(mcp_str_trim(value))) {
            return false;
        }
    }
    return true;
}

bool rest_problem_is_wanted(const struct mcp_http_request *req)
{
    for (size_t i = 0; i < req->n_headers; i++) {
        mcp_str accept = req->headers[i].value;

        if (!mcp_str_eq_nocase(req->headers[i].name, MCP_STR("Accept"))) {
            continue;
        }
        while (accept.ptr) {
            if (asks_for(mcp_str_cut(&accept, ','), MCP_STR(REST_PROBLEM_TYPE))) {
                return true;
            }
        }
    }
    return false;
}

void rest_problem_write(struct mcp_json_writer *w, int status, mcp_str code, mcp_str message)
{
    bool is_limit = status == 429;

    mcp_json_object(w);
    mcp_json_member_str(
        w, MCP_STR("type"),
        is_limit ? MCP_STR("https://iana.org/assignments/http-problem-types#quota-exceeded")
                 : MCP_STR("about:blank"));
    mcp_json_member_str(w, MCP_STR("title"),
                        is_limit ? MCP_STR("Quota Exceeded") : mcp_http_status_text(status));
    mcp_json_member_int(w, MCP_STR("status"), status);
    mcp_json_member_str(w, MCP_STR("detail"), message);
    mcp_json_member_str(w, MCP_STR("code"), code);
    if (is_limit) {
        mcp_json_member_raw(w, MCP_STR("violated-policies"), MCP_STR("[\"default\"]"));
    }
    mcp_json_object_end(w);
}
