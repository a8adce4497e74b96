/* transport/http_ladder.c - see http_ladder.h. */
#include <transport/http_ladder.h>

static const char ALLOW_ALL[] = "GET, POST, DELETE, OPTIONS";
static const char ALLOW_SSE[] = "GET, POST, OPTIONS";
static const char ALLOW_MODERN[] = "POST, OPTIONS";

/* "q=0", "q=0.000": not acceptable (RFC 9110 12.4.2). */
static bool is_refused(mcp_str params)
{
    while (params.ptr) {
        mcp_str one = mcp_str_trim(mcp_str_cut(&params, ';'));
        mcp_str name = mcp_str_trim(mcp_str_cut(&one, '='));

        if (!mcp_str_eq_nocase(name, MCP_STR("q"))) {
            continue;
        }
        one = mcp_str_trim(one);
        for (size_t i = 0; i < one.len; i++) {
            if (one.ptr[i] != '0' && one.ptr[i] != '.') {
                return false;
            }
        }
        return one.len > 0;
    }
    return false;
}

static void accept_list(mcp_str list, struct mcp__http_rung *ret)
{
    while (list.ptr) {
        mcp_str params = mcp_str_cut(&list, ',');
        mcp_str range = mcp_str_trim(mcp_str_cut(&params, ';'));
        bool is_any = mcp_str_eq(range, MCP_STR("*/*"));

        if (is_refused(params)) {
            continue;
        }
        ret->takes_json |= is_any || mcp_str_eq_nocase(range, MCP_STR("application/json")) ||
                           mcp_str_eq_nocase(range, MCP_STR("application/*"));
        ret->takes_events |= is_any || mcp_str_eq_nocase(range, MCP_STR("text/event-stream")) ||
                             mcp_str_eq_nocase(range, MCP_STR("text/*"));
    }
}

/* Several Accept headers are one list; none at all accepts anything (RFC 9110 12.5.1). */
static void read_accept(const struct mcp_http_request *req, struct mcp__http_rung *ret)
{
    bool is_absent = true;

    for (size_t i = 0; i < req->n_headers; i++) {
        if (mcp_str_eq_nocase(req->headers[i].name, MCP_STR("Accept"))) {
            is_absent = false;
            accept_list(req->headers[i].value, ret);
        }
    }
    ret->takes_json |= is_absent;
    ret->takes_events |= is_absent;
}

bool mcp__http_is_modern(const struct mcp_http_request *req)
{
    mcp_str version = mcp_http_header(req, "MCP-Protocol-Version");

    return version.ptr && mcp_revision_is_modern(version);
}

static bool is_legacy_version(mcp_str version)
{
    return mcp_revision_is_served(version) && !mcp_revision_is_modern(version);
}

static struct mcp__http_rung refuse(struct mcp__http_rung rung, int status, mcp_err err,
                                    const char *why)
{
    rung.act = MCP__ACT_REFUSE;
    rung.status = status;
    rung.code = mcp_err_info(err)->code;
    rung.why = why;
    return rung;
}

/* Two of a header that decides something: an intermediary may have read the other one. */
static bool has_twins(const struct mcp_http_request *req)
{
    static const char *const SINGLE[] = {"MCP-Protocol-Version", "Mcp-Session-Id",
                                         "Mcp-Method",           "Mcp-Name",
                                         "Last-Event-ID",        "Content-Type"};

    for (size_t i = 0; i < sizeof(SINGLE) / sizeof(SINGLE[0]); i++) {
        if (mcp_http_header_count(req, SINGLE[i]) > 1) {
            return true;
        }
    }
    return false;
}

/* A body whose kind is not said is not taken for JSON: a page can post without asking (no
 * preflight) exactly when it does not say application/json. */
static bool is_json(mcp_str content_type)
{
    return mcp_str_eq_nocase(mcp_str_trim(mcp_str_cut(&content_type, ';')),
                             MCP_STR("application/json"));
}

static struct mcp__http_rung post(const struct mcp_http_request *req, struct mcp__http_rung rung)
{
    if (!rung.takes_json && !rung.takes_events) {
        return refuse(rung, 406, MCP_E_INVALID_REQUEST,
                      "Accept must allow application/json or text/event-stream");
    }
    if (!is_json(mcp_http_header(req, "Content-Type"))) {
        return refuse(rung, 415, MCP_E_INVALID_REQUEST, "Content-Type must be application/json");
    }
    rung.act = MCP__ACT_MESSAGE;
    return rung;
}

/* GET and DELETE belong to legacy sessions. */
static struct mcp__http_rung session(const struct mcp_http_request *req,
                                     enum mcp_session_claim claim, struct mcp__http_rung rung)
{
    mcp_str version = mcp_http_header(req, "MCP-Protocol-Version");
    bool is_get = req->method == MCP_HTTP_GET;

    if (rung.is_modern) {
        rung.allow = ALLOW_MODERN;
        return refuse(rung, 405, MCP_E_INVALID_REQUEST, "this protocol revision only has POST");
    }
    if (is_get && !rung.takes_events) {
        return refuse(rung, 406, MCP_E_INVALID_REQUEST, "Accept must allow text/event-stream");
    }
    if (version.ptr && !is_legacy_version(version)) {
        return refuse(rung, 400, MCP_E_INVALID_REQUEST, "MCP-Protocol-Version is not served");
    }
    if (claim == MCP_SESSION_ABSENT) {
        return refuse(rung, mcp_err_info(MCP_E_SESSION_REQUIRED)->http_status,
                      MCP_E_SESSION_REQUIRED, "Mcp-Session-Id is missing");
    }
    if (claim == MCP_SESSION_UNKNOWN) {
        return refuse(rung, mcp_err_info(MCP_E_SESSION_GONE)->http_status, MCP_E_SESSION_GONE,
                      mcp_err_info(MCP_E_SESSION_GONE)->meaning);
    }
    rung.act = is_get ? MCP__ACT_LISTEN : MCP__ACT_END;
    return rung;
}

struct mcp__http_rung mcp__http_ladder(const struct mcp_http_request *req,
                                       enum mcp_session_claim claim)
{
    struct mcp__http_rung rung = {.status = 200, .is_modern = mcp__http_is_modern(req)};

    read_accept(req, &rung);
    if (has_twins(req)) {
        return refuse(rung, 400, rung.is_modern ? MCP_E_HEADER_MISMATCH : MCP_E_INVALID_REQUEST,
                      "a header that decides something occurs twice");
    }
    switch (req->method) {
    case MCP_HTTP_POST:
        return post(req, rung);
    case MCP_HTTP_GET:
    case MCP_HTTP_DELETE:
        return session(req, claim, rung);
    case MCP_HTTP_OPTIONS:
        rung.act = MCP__ACT_DESCRIBE;
        rung.status = 204;
        rung.allow = ALLOW_ALL;
        return rung;
    default:
        rung.allow = ALLOW_ALL;
        return refuse(rung, 405, MCP_E_INVALID_REQUEST, "the MCP endpoint has no such method");
    }
}

struct mcp__http_rung mcp__http_ladder_sse(const struct mcp_http_request *req)
{
    struct mcp__http_rung rung = {.status = 200};

    read_accept(req, &rung);
    if (has_twins(req)) {
        return refuse(rung, 400, MCP_E_INVALID_REQUEST,
                      "a header that decides something occurs twice");
    }
    switch (req->method) {
    case MCP_HTTP_POST:
        rung.takes_json = true; /* the answer is 202, or an error that nobody has to read */
        return post(req, rung);
    case MCP_HTTP_GET:
        rung.act = MCP__ACT_LISTEN;
        return rung.takes_events ? rung
                                 : refuse(rung, 406, MCP_E_INVALID_REQUEST,
                                          "Accept must allow text/event-stream");
    case MCP_HTTP_OPTIONS:
        rung.act = MCP__ACT_DESCRIBE;
        rung.status = 204;
        rung.allow = ALLOW_SSE;
        return rung;
    default:
        rung.allow = ALLOW_SSE;
        return refuse(rung, 405, MCP_E_INVALID_REQUEST, "this endpoint has no such method");
    }
}
