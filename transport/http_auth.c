/* transport/http_auth.c - see http_auth.h. */
#include <transport/http_auth.h>

/* RFC 9110 11.2: 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=" */
static bool is_token68(mcp_str s)
{
    static const char MARKS[] = "-._~+/";
    size_t n = 0;

    while (n < s.len &&
           ((s.ptr[n] >= '0' && s.ptr[n] <= '9') || (s.ptr[n] >= 'A' && s.ptr[n] <= 'Z') ||
            (s.ptr[n] >= 'a' && s.ptr[n] <= 'z') || memchr(MARKS, s.ptr[n], sizeof(MARKS) - 1))) {
        n++;
    }
    if (n == 0) {
        return false;
    }
    while (n < s.len && s.ptr[n] == '=') {
        n++;
    }
    return n == s.len;
}

bool mcp__http_auth_is_token(mcp_str s)
{
    return s.len <= MCP__CREDENTIAL_BYTES_MAX && is_token68(s);
}

mcp_str mcp__http_auth_credential(const struct mcp_http_request *req)
{
    mcp_str value = mcp_http_header(req, "Authorization");

    if (mcp_http_header_count(req, "Authorization") != 1) {
        return mcp_str_n(NULL, 0);
    }
    mcp_str scheme = mcp_str_cut(&value, ' ');
    mcp_str token = mcp_str_trim(value);

    if (!mcp_str_eq_nocase(scheme, MCP_STR("Bearer")) || !mcp__http_auth_is_token(token)) {
        return mcp_str_n(NULL, 0);
    }
    return token;
}

mcp_err mcp__http_auth_check(const struct mcp_http_options *opt, const struct mcp_http_request *req,
                             struct mcp_principal *ret)
{
    if (!opt->verify) {
        *ret = opt->anonymous;
        return MCP_OK;
    }
    mcp_str credential = mcp__http_auth_credential(req);

    return credential.len ? opt->verify(opt->verify_user, credential, ret) : MCP_E_UNAUTHORIZED;
}

void mcp_http_response_challenge(struct mcp_http_response *res)
{
    mcp_http_response_add(res, "WWW-Authenticate", MCP_STR("Bearer"));
}
