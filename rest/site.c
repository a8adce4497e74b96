/* rest/site.c - the public pages: the document, and what is made from it. */
#include <rest/docs.h>
#include <rest/openapi.h>
#include <rest/reply.h>
#include <rest/service.h>

#include <sodium.h>
#include <stdio.h>

#define PAGE_BYTES_MAX ((size_t)16 << 20)

/* Nothing may be loaded by it, and nobody may frame it. */
#define CSP_NOTHING   "default-src 'none'; frame-ancestors 'none'"
#define SHOWN_HEADERS "Cache-Control ETag"

static const struct rest_answer DOCUMENT_ANSWERS[] = {
    {200, "The OpenAPI document.", "application/json", "{\"type\":\"object\"}", NULL,
     SHOWN_HEADERS},
    {304, "If-None-Match has the ETag.", NULL, NULL, NULL, SHOWN_HEADERS},
    {0},
};
static const struct rest_answer DOCS_ANSWERS[] = {
    {200, "The page.", "text/html", NULL, NULL, SHOWN_HEADERS},
    {304, "If-None-Match has the ETag.", NULL, NULL, NULL, SHOWN_HEADERS},
    {0},
};
static const struct rest_answer LLMS_ANSWERS[] = {
    {200, "The text, in Markdown.", "text/plain", NULL, NULL, SHOWN_HEADERS},
    {304, "If-None-Match has the ETag.", NULL, NULL, NULL, SHOWN_HEADERS},
    {0},
};

/* In the order of REST__OPENAPI and its like. */
const struct rest_page rest_own_pages[] = {
    {"/openapi.json", "get_openapi", "This document", "The interface as OpenAPI 3.1.",
     DOCUMENT_ANSWERS, NULL, false, NULL},
    {"/docs", "get_docs", "This document as a page",
     "One page without scripts and without requests to anywhere.", DOCS_ANSWERS, NULL, false, NULL},
    {"/llms.txt", "get_llms", "A summary for language models",
     "What the server is, its tools and routes (llmstxt.org).", LLMS_ANSWERS, NULL, false, NULL},
    {"/docs/errors", "get_errors", "What the error codes mean",
     "A page; docs_url leads to its anchors.", DOCS_ANSWERS, NULL, false, NULL},
    {0},
};

/* ---- Made at the start ----------------------------------------------------------------------- */

static void finish(struct rest__shown *shown, const char *path, const char *type, const char *csp)
{
    uint8_t hash[16];
    char hex[33];

    crypto_generichash(hash, sizeof(hash), (const uint8_t *)shown->body.ptr, shown->body.len, NULL,
                       0);
    shown->path = path;
    shown->type = type;
    shown->csp = csp;
    snprintf(shown->etag, sizeof(shown->etag), "\"%s\"",
             sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash)));
}

/* The pages that are written from the document, which is read once for them. */
static bool make_from_document(struct rest *r, struct mcp_arena *scratch)
{
    struct mcp_json_limits limits = {PAGE_BYTES_MAX, 64, (size_t)1 << 20, true};
    struct mcp_buf *docs = &r->shown[REST__DOCS].body, *llms = &r->shown[REST__LLMS].body;
    struct mcp_buf *errors = &r->shown[REST__ERRORS].body;
    mcp_json document;

    if (mcp_json_read(scratch, rest_openapi(r), &limits, &document, NULL)) {
        return false;
    }
    rest_docs_write(document, scratch, docs);
    rest_llms_write(document, scratch, llms);
    rest_errors_write(document, scratch, errors);
    return !docs->failed && !llms->failed && !errors->failed && !mcp_arena_failed(scratch);
}

bool rest__site_make(struct rest *r, const struct rest_options *opt, char *reterr,
                     size_t reterr_bytes)
{
    struct mcp_arena scratch;
    bool is_made;

    for (size_t i = 0; i < REST__SHOWN; i++) {
        mcp_buf_init(&r->shown[i].body, PAGE_BYTES_MAX);
    }
    mcp_arena_init(&scratch, PAGE_BYTES_MAX * 4);
    is_made = rest_openapi_write(r->server, opt, &scratch, &r->shown[REST__OPENAPI].body, reterr,
                                 reterr_bytes);
    if (is_made && !make_from_document(r, &scratch)) {
        snprintf(reterr, reterr_bytes, "out of memory");
        is_made = false;
    }
    mcp_arena_free(&scratch);
    if (is_made) {
        const struct rest_page *own = rest_own_pages;

        finish(&r->shown[REST__OPENAPI], own[REST__OPENAPI].path, "application/json", CSP_NOTHING);
        finish(&r->shown[REST__DOCS], own[REST__DOCS].path, "text/html; charset=utf-8",
               rest_docs_csp(&r->arena));
        finish(&r->shown[REST__ERRORS], own[REST__ERRORS].path, "text/html; charset=utf-8",
               rest_docs_csp(&r->arena));
        finish(&r->shown[REST__LLMS], own[REST__LLMS].path, "text/plain; charset=utf-8",
               CSP_NOTHING);
    }
    return is_made;
}

void rest__site_free(struct rest *r)
{
    for (size_t i = 0; i < REST__SHOWN; i++) {
        mcp_buf_free(&r->shown[i].body);
    }
}

/* ---- Answering ------------------------------------------------------------------------------- */

/* RFC 9110 13.1.2: the weak comparison. */
static bool has_current(const struct mcp_http_request *req, const char *etag)
{
    mcp_str list = mcp_http_header(req, "If-None-Match");

    while (list.ptr) {
        mcp_str tag = mcp_str_trim(mcp_str_cut(&list, ','));

        if (mcp_str_starts(tag, MCP_STR("W/"))) {
            tag = mcp_str_n(tag.ptr + 2, tag.len - 2);
        }
        if (mcp_str_eq(tag, mcp_str_c(etag)) || mcp_str_eq(tag, MCP_STR("*"))) {
            return true;
        }
    }
    return false;
}

static void show(const struct rest__shown *shown, struct mcp_http_exchange *ex)
{
    const struct mcp_http_request *req = mcp_http_exchange_request(ex);
    bool is_current = has_current(req, shown->etag);
    struct mcp_http_response res = {
        .status = is_current ? 304 : 200,
        .content_type = is_current ? NULL : shown->type,
        .body = is_current ? MCP_STR("") : mcp_buf_str(&shown->body),
    };

    mcp_http_response_add(&res, "ETag", mcp_str_c(shown->etag));
    /* Kept, but asked about each time: another version of the server says something else. */
    mcp_http_response_add(&res, "Cache-Control", MCP_STR("no-cache"));
    mcp_http_response_add(&res, "Content-Security-Policy", mcp_str_c(shown->csp));
    mcp_http_response_add(&res, "X-Content-Type-Options", MCP_STR("nosniff"));
    mcp_http_response_add(&res, "Referrer-Policy", MCP_STR("no-referrer"));
    mcp_http_response_cors(&res, req);
    mcp_http_respond(ex, &res);
}

void rest__site_handle(void *user, struct mcp_http_exchange *ex)
{
    const struct rest *r = user;
    const struct mcp_http_request *req = mcp_http_exchange_request(ex);
    const struct rest__shown *shown = NULL;

    for (size_t i = 0; i < REST__SHOWN; i++) {
        if (mcp_str_eq(req->path, mcp_str_c(r->shown[i].path))) {
            shown = &r->shown[i];
        }
    }
    if (!shown) {
        rest_reply_err(ex, &rest_surface_plain, MCP_E_NOT_FOUND, MCP_STR(REST_NO_SUCH_PATH));
    } else if (req->method == MCP_HTTP_OPTIONS) {
        rest_reply_options(ex, "GET, HEAD, OPTIONS");
    } else if (req->method != MCP_HTTP_GET && req->method != MCP_HTTP_HEAD) {
        rest_reply_refusal(ex, &rest_surface_plain, &rest_refusals[REST_REFUSED_METHOD],
                           "GET, HEAD, OPTIONS", MCP_STR(""));
    } else {
        show(shown, ex);
    }
}
