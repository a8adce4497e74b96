/* transport/http_card.c - see http_card.h. */
#include <transport/http_card.h>

#include <transport/http_answer.h>
#include <transport/http_guard.h>

#include <stdio.h>

static const char ALLOWED[] = "GET, HEAD, OPTIONS";

bool mcp__http_card_init(struct mcp__http_card *card, const struct mcp_server *server,
                         const struct mcp_http_options *opt, char *reterr, size_t reterr_bytes)
{
    struct mcp_card what = opt->card;

    mcp_buf_init(&card->json, (size_t)1 << 20);
    what.needs_token = what.needs_token || opt->verify;
    if (opt->hides_card) {
        return true;
    }
    if (mcp_server_card(server, &what, &card->json, reterr, reterr_bytes)) {
        return false;
    }
    snprintf(card->etag, sizeof(card->etag), "\"%016llx\"",
             (unsigned long long)mcp_version_of(mcp_buf_str(&card->json)));
    return true;
}

void mcp__http_card_free(struct mcp__http_card *card)
{
    mcp_buf_free(&card->json);
}

bool mcp__http_card_is_read(const struct mcp_http_request *req)
{
    mcp_str asked = mcp_http_header(req, "Access-Control-Request-Method");

    return req->method == MCP_HTTP_GET || req->method == MCP_HTTP_HEAD ||
           (mcp__http_guard_is_preflight(req) &&
            (mcp_str_eq(asked, MCP_STR("GET")) || mcp_str_eq(asked, MCP_STR("HEAD"))));
}

/* RFC 9110 13.1.2: any of a list of tags, or "*"; compared weakly. */
static bool is_known(const struct mcp_http_request *req, const char *etag)
{
    for (size_t i = 0; i < req->n_headers; i++) {
        mcp_str rest = req->headers[i].value;

        while (mcp_str_eq_nocase(req->headers[i].name, MCP_STR("If-None-Match")) && rest.ptr) {
            mcp_str tag = mcp_str_trim(mcp_str_cut(&rest, ','));

            if (mcp_str_starts(tag, MCP_STR("W/"))) {
                tag = mcp_str_n(tag.ptr + 2, tag.len - 2);
            }
            if (mcp_str_eq(tag, mcp_str_c(etag)) || mcp_str_eq(tag, MCP_STR("*"))) {
                return true;
            }
        }
    }
    return false;
}

static void preflight(struct mcp_http_exchange *ex)
{
    struct mcp_http_response res = {.status = 204};

    mcp_http_response_add(&res, "Access-Control-Allow-Origin", MCP_STR("*"));
    mcp_http_response_add(&res, "Access-Control-Allow-Methods", MCP_STR("GET, HEAD"));
    mcp_http_response_add(&res, "Access-Control-Allow-Headers",
                          MCP_STR("Content-Type, If-None-Match"));
    mcp_http_response_add(&res, "Access-Control-Max-Age", MCP_STR("7200"));
    mcp_http_respond(ex, &res);
}

static void read_card(const struct mcp__http_card *card, struct mcp_http_exchange *ex)
{
    struct mcp_http_response res = {.status = 200};

    if (is_known(mcp_http_exchange_request(ex), card->etag)) {
        res.status = 304;
    } else {
        res.content_type = "application/mcp-server-card+json";
        res.body = mcp_buf_str(&card->json);
    }
    mcp_http_response_add(&res, "ETag", mcp_str_c(card->etag));
    mcp_http_response_add(&res, "Cache-Control", MCP_STR("public, max-age=3600"));
    mcp_http_response_add(&res, "Access-Control-Allow-Origin", MCP_STR("*"));
    mcp_http_response_add(&res, "Access-Control-Expose-Headers", MCP_STR("ETag"));
    mcp_http_response_add(&res, "X-Content-Type-Options", MCP_STR("nosniff"));
    mcp_http_respond(ex, &res);
}

void mcp__http_card_handle(const struct mcp__http_card *card, struct mcp_http_exchange *ex)
{
    const struct mcp_http_request *req = mcp_http_exchange_request(ex);

    if (mcp__http_guard_is_preflight(req)) {
        preflight(ex);
    } else if (req->method == MCP_HTTP_OPTIONS) {
        mcp__http_answer_empty(ex, 204, ALLOWED);
    } else if (req->method == MCP_HTTP_GET || req->method == MCP_HTTP_HEAD) {
        read_card(card, ex);
    } else {
        mcp__http_answer_empty(ex, 405, ALLOWED);
    }
}
