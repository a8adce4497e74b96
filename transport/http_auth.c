/* transport/http_auth.c - see http_auth.h. */
#include <transport/http_auth.h>

#include <transport/http_cookie.h>

#include <arpa/inet.h>
#include <stdio.h>

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

/* An allowance by the address of the peer: an IPv4 address, or the /64 that one subscriber has of
 * IPv6. Zeros for what is neither (a Unix socket: whoever may open it). */
static void limit_id(mcp_str peer, uint8_t ret[16])
{
    static const uint8_t MAPPED[12] = {[10] = 0xff, [11] = 0xff}; /* RFC 4291 2.5.5.2 */
    char text[INET6_ADDRSTRLEN] = "";
    uint8_t a[16];

    memset(ret, 0, 16);
    snprintf(text, sizeof(text), "%.*s", peer.len < sizeof(text) ? (int)peer.len : 0, peer.ptr);
    if (inet_pton(AF_INET, text, a) == 1) {
        ret[0] = 4;
        memcpy(ret + 1, a, 4);
    } else if (inet_pton(AF_INET6, text, a) == 1) {
        bool is_mapped = memcmp(a, MAPPED, sizeof(MAPPED)) == 0;

        ret[0] = is_mapped ? 4 : 6;
        memcpy(ret + 1, is_mapped ? a + 12 : a, is_mapped ? 4 : 8);
    }
}

enum kind { KIND_TOKEN, KIND_PAGE, KIND_PERSON, KINDS };
enum way { WAY_HEADER, WAY_COOKIE, WAYS };
enum place { PLACE_ANY, PLACE_OF_SESSIONS, PLACES };

/* What lets in whom, for REST and MCP alike: the kind of a credential, the way it came, the place
 * that is asked for. What it may do there is its scopes' business (mcp/invoke.c). rest/README.md
 * has it in words, and conformance/matrix.mjs asks every place. */
static const bool LETS_IN[KINDS][WAYS][PLACES] = {
    [KIND_TOKEN] = {[WAY_HEADER] = {[PLACE_ANY] = true}},
    [KIND_PAGE] = {[WAY_COOKIE] = {[PLACE_ANY] = true, [PLACE_OF_SESSIONS] = true}},
    [KIND_PERSON] = {[WAY_HEADER] = {[PLACE_ANY] = true, [PLACE_OF_SESSIONS] = true},
                     [WAY_COOKIE] = {[PLACE_ANY] = true, [PLACE_OF_SESSIONS] = true}},
};

static enum kind kind_of(const struct mcp_principal *who)
{
    return !who->is_session ? KIND_TOKEN : who->is_portable ? KIND_PERSON : KIND_PAGE;
}

/* *ret is filled only for a credential of the kind that belongs there. */
static mcp_err verify(const struct mcp_http_options *opt, const struct mcp_http_route *route,
                      mcp_str credential, enum way way, struct mcp_principal *ret)
{
    enum place place = route && route->is_session_only ? PLACE_OF_SESSIONS : PLACE_ANY;
    struct mcp_principal who = {0};
    mcp_err err = mcp__http_auth_is_token(credential)
                      ? opt->verify(opt->verify_user, credential, &who)
                      : MCP_E_UNAUTHORIZED;

    if (!err && !LETS_IN[kind_of(&who)][way][place]) {
        err = MCP_E_UNAUTHORIZED;
    }
    if (!err) {
        *ret = who;
    }
    return err;
}

mcp_err mcp__http_auth_check(const struct mcp_http_options *opt, const struct mcp_http_route *route,
                             const struct mcp_http_request *req, struct mcp_principal *ret)
{
    const char *cookie = route ? route->cookie : NULL;

    if (!opt->verify) {
        *ret = opt->anonymous;
        limit_id(req->peer, ret->limit_id);
        return MCP_OK;
    }
    mcp_str session = cookie && mcp_http_header_count(req, "Authorization") == 0
                          ? mcp__http_cookie(req, cookie)
                          : MCP_STR("");

    if (!session.len) {
        return verify(opt, route, mcp__http_auth_credential(req), WAY_HEADER, ret);
    }
    return mcp_http_is_own_page(req) ? verify(opt, route, session, WAY_COOKIE, ret)
                                     : MCP_E_FOREIGN_ORIGIN;
}

void mcp__http_auth_nobody(const struct mcp_http_request *req, struct mcp_principal *ret)
{
    *ret = (struct mcp_principal){0};
    limit_id(req->peer, ret->limit_id);
    ret->limit_id[15] = 1; /* another bucket than that of `anonymous` */
}

void mcp_http_response_challenge(struct mcp_http_response *res)
{
    mcp_http_response_add(res, "WWW-Authenticate", MCP_STR("Bearer"));
}
