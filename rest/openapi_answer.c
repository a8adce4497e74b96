/* rest/openapi_answer.c - the responses of an operation: success from its row, failures from
 * mcp/errors.def, in the words of its surface. */
#include <rest/openapi_part.h>
#include <rest/problem.h>
#include <rest/reply.h>

enum { ENDS_MAX = 64, ANSWER_BYTES_MAX = 1 << 18 };

/* One way to end badly. */
struct end {
    int status;
    mcp_str code, meaning;
};

struct ends {
    struct end at[ENDS_MAX];
    size_t n;
};

/* ---- components/headers ---------------------------------------------------------------------- */

static const struct {
    const char *name, *schema, *description;
} HEADERS[] = {
    {"Allow", "{\"type\":\"string\"}", "The methods that the path answers."},
    {"Cache-Control", "{\"type\":\"string\"}", "no-store: the answer is for this caller, now."},
    {"ETag", "{\"type\":\"string\"}", "Send it back in If-None-Match."},
    {"RateLimit", "{\"type\":\"string\"}",
     "What is left of the policy, and for how long (draft-ietf-httpapi-ratelimit-headers-10)."},
    {"RateLimit-Limit", "{\"type\":\"integer\",\"minimum\":1}", "Requests a window."},
    {"RateLimit-Policy", "{\"type\":\"string\"}", "The policy: quota and window."},
    {"RateLimit-Remaining", "{\"type\":\"integer\",\"minimum\":0}", "Requests left now."},
    {"RateLimit-Reset", "{\"type\":\"integer\",\"minimum\":0}", "Seconds until all are back."},
    {"Retry-After", "{\"type\":\"integer\",\"minimum\":0}", "Seconds to wait."},
    {"X-RateLimit-Limit", "{\"type\":\"integer\",\"minimum\":1}", "Requests a window."},
    {"X-RateLimit-Remaining", "{\"type\":\"integer\",\"minimum\":0}", "Requests left now."},
    {"X-RateLimit-Reset", "{\"type\":\"integer\",\"minimum\":0}",
     "When all are back, in seconds since 1970."},
    {"WWW-Authenticate", "{\"type\":\"string\"}",
     "Bearer; with the scope that is missing when one is."},
};
/* By enum rest_limit. */
static const char *const LIMIT_HEADERS[] = {
    [REST_LIMIT_SECONDS] =
        "RateLimit RateLimit-Limit RateLimit-Policy RateLimit-Remaining RateLimit-Reset",
    [REST_LIMIT_TIME] =
        "RateLimit RateLimit-Policy X-RateLimit-Limit X-RateLimit-Remaining X-RateLimit-Reset",
};

/* `names`: space-separated, each in the table. */
static void put_headers(struct rest__openapi *d, struct mcp_json_writer *w, const char *names)
{
    mcp_str rest = mcp_str_c(names);

    mcp_json_put_key(w, MCP_STR("headers"));
    mcp_json_object(w);
    while (rest.ptr) {
        mcp_str name = mcp_str_cut(&rest, ' ');

        for (unsigned i = 0; i < sizeof(HEADERS) / sizeof(HEADERS[0]); i++) {
            if (mcp_str_eq(name, mcp_str_c(HEADERS[i].name))) {
                d->headers |= 1u << i;
                mcp_json_put_key(w, name);
                mcp_json_object(w);
                mcp_json_member_str(
                    w, MCP_STR("$ref"),
                    mcp_arena_printf(d->arena, "#/components/headers/%.*s", MCP_STR_ARG(name)));
                mcp_json_object_end(w);
            }
        }
    }
    mcp_json_object_end(w);
}

static const char *headers_of(struct rest__openapi *d, const struct rest_surface *surface,
                              int status)
{
    const char *limit = LIMIT_HEADERS[surface->limit];
    mcp_str names;

    switch (status) {
    case 0: /* everything else */
        return "Allow Cache-Control";
    case 401:
    case 403:
        names = mcp_arena_printf(d->arena, "Cache-Control WWW-Authenticate%s%s",
                                 d->is_public ? " " : "", d->is_public ? limit : "");
        break;
    case 429:
    case 503:
        names = mcp_arena_printf(d->arena, "Cache-Control Retry-After %s", limit);
        break;
    default:
        names = mcp_arena_printf(d->arena, "Cache-Control %s", limit);
        break;
    }
    return names.ptr ? names.ptr : "";
}

/* ---- What can happen ------------------------------------------------------------------------- */

/* Sorted by status. Conditions that share status and code are one, with both meanings. */
static void add(struct rest__openapi *d, struct ends *e, int status, const char *code,
                const char *meaning)
{
    size_t at = e->n;

    for (size_t i = 0; i < e->n; i++) {
        if (e->at[i].status == status && mcp_str_eq(e->at[i].code, mcp_str_c(code))) {
            e->at[i].meaning =
                mcp_arena_printf(d->arena, "%.*s; %s", MCP_STR_ARG(e->at[i].meaning), meaning);
            return;
        }
    }
    if (e->n == ENDS_MAX) {
        return;
    }
    while (at > 0 && e->at[at - 1].status > status) {
        e->at[at] = e->at[at - 1];
        at--;
    }
    e->at[at] = (struct end){status, mcp_str_c(code), mcp_str_c(meaning)};
    e->n++;
}

static void add_refusal(struct rest__openapi *d, struct ends *e, int which)
{
    const struct rest_refusal *r = &rest_refusals[which];

    add(d, e, r->status, r->code, r->meaning);
}

static void add_err(struct rest__openapi *d, struct ends *e, const struct rest_surface *surface,
                    mcp_err err)
{
    const struct mcp_err_info *info = mcp_err_info(err);

    add(d, e, info->rest_status, rest_surface_code(surface, err), info->meaning);
}

/* What a row of the table can be, in the words of the route. */
static void add_end(struct rest__openapi *d, struct ends *e, const struct rest_route *row,
                    mcp_err err)
{
    const struct mcp_err_info *info = mcp_err_info(err);

    add(d, e, info->rest_status, rest_route_code(row, err, MCP_STR("")), info->meaning);
    for (const struct rest_alias *a = row->aliases; a && a->code; a++) {
        if (a->err == err && a->argument) {
            mcp_str what = mcp_arena_printf(d->arena, "%s is missing or wrong", a->argument);

            add(d, e, info->rest_status, a->code, what.ptr ? what.ptr : "");
        }
    }
}

static bool can_end(const struct rest__openapi *d, const struct rest_route *row,
                    const struct mcp_tool *tool, mcp_err err)
{
    bool is_asked = !d->opt->is_open && row->asker != REST_ASKER_ANYBODY;

    if (tool->fails >> err & 1) {
        return true;
    }
    switch ((int)err) {
    case MCP_E_FOREIGN_ORIGIN:
    case MCP_E_RATE_LIMITED:
    case MCP_E_OVERLOADED:
    case MCP_E_INTERNAL:
    case MCP_E_TOO_LARGE:
        return true;
    case MCP_E_UNAUTHORIZED:
    case MCP_E_STORAGE: /* whether the credential is good cannot be told now */
        return is_asked;
    case MCP_E_FORBIDDEN:
        return tool->scope && row->asker != REST_ASKER_ANYBODY;
    case MCP_E_TIMED_OUT:
        return tool->time_limit_ms != MCP_NO_TIME_LIMIT;
    case MCP_E_INVALID_ARGUMENTS:
        return row->query || row->body != REST_BODY_NONE || strchr(row->path, '{');
    default:
        return false;
    }
}

static void find_tool_ends(struct rest__openapi *d, const struct rest_route *row,
                           const struct mcp_tool *tool, struct ends *ret)
{
    for (int i = MCP_OK + 1; i < MCP_ERR_COUNT; i++) {
        if (can_end(d, row, tool, (mcp_err)i)) {
            add_end(d, ret, row, (mcp_err)i);
        }
    }
}

static void find_ends(struct rest__openapi *d, const struct rest_route *row,
                      const struct mcp_tool *tool, struct ends *ret)
{
    ret->n = 0;
    add_refusal(d, ret, REST_REFUSED_REQUEST);
    find_tool_ends(d, row, tool, ret);
    if (row->body != REST_BODY_NONE) {
        add_refusal(d, ret, REST_REFUSED_MEDIA);
    }
}

/* What is refused before, or in spite of, the route: the OpenAPI answer "default". */
static void find_others(struct rest__openapi *d, struct ends *ret)
{
    ret->n = 0;
    add_refusal(d, ret, REST_REFUSED_METHOD);
    for (const struct mcp_http_refusal *r = mcp_http_refusals; r->status; r++) {
        add(d, ret, r->status, r->code, r->meaning);
    }
}

/* ---- One response ---------------------------------------------------------------------------- */

/* "`code`: meaning. `code`: meaning." */
static mcp_str describe(struct rest__openapi *d, const struct end *e, size_t n, bool with_status)
{
    mcp_str all = MCP_STR("");

    for (size_t i = 0; i < n; i++) {
        mcp_str status =
            with_status ? mcp_arena_printf(d->arena, " (%d)", e[i].status) : MCP_STR("");

        all = mcp_arena_printf(d->arena, "%.*s%s`%.*s`%.*s: %.*s.", MCP_STR_ARG(all), i ? " " : "",
                               MCP_STR_ARG(e[i].code), MCP_STR_ARG(status),
                               MCP_STR_ARG(e[i].meaning));
    }
    return all;
}

static void put_examples(struct mcp_json_writer *w, const struct rest_surface *surface,
                         const struct end *e, size_t n)
{
    mcp_json_put_key(w, MCP_STR("examples"));
    mcp_json_object(w);
    for (size_t i = 0; i < n; i++) {
        mcp_json_put_key(w, e[i].code);
        mcp_json_object(w);
        mcp_json_member_str(w, MCP_STR("summary"), e[i].meaning);
        mcp_json_put_key(w, MCP_STR("value"));
        if (surface) {
            surface->error(w, &(struct rest_said){e[i].code, e[i].meaning,
                                                  MCP_STR("https://cistern.example")});
        } else {
            rest_problem_write(w, e[i].status, e[i].code, e[i].meaning);
        }
        mcp_json_object_end(w);
    }
    mcp_json_object_end(w);
}

static void put_media(struct rest__openapi *d, struct mcp_json_writer *w, const char *type,
                      const char *schema)
{
    mcp_json_put_key(w, mcp_str_c(type));
    mcp_json_object(w);
    mcp_json_put_key(w, MCP_STR("schema"));
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("$ref"),
                        mcp_arena_printf(d->arena, "#/components/schemas/%s", schema));
    mcp_json_object_end(w);
}

static void put_failure(struct rest__openapi *d, struct mcp_json_writer *w,
                        const struct rest_surface *surface, int status, const struct end *e,
                        size_t n)
{
    mcp_str schema = mcp_arena_printf(d->arena, "%s_error", surface->name);

    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("description"), describe(d, e, n, status == 0));
    put_headers(d, w, headers_of(d, surface, status));
    mcp_json_put_key(w, MCP_STR("content"));
    mcp_json_object(w);
    put_media(d, w, "application/json", schema.ptr ? schema.ptr : "");
    put_examples(w, surface, e, n);
    mcp_json_object_end(w);
    put_media(d, w, REST_PROBLEM_TYPE, "problem");
    put_examples(w, NULL, e, n);
    mcp_json_object_end(w);
    mcp_json_object_end(w);
    mcp_json_object_end(w);
}

/* ---- Said once ------------------------------------------------------------------------------- */

static bool has_name(const struct rest__openapi *d, mcp_str name)
{
    for (const struct rest__answer *a = d->answers; a; a = a->next) {
        if (mcp_str_eq(a->name, name)) {
            return true;
        }
    }
    return false;
}

/* The name under components/responses of what `text` says: "pools_401", and "pools_400_2" for
 * another 400 of the surface. */
static mcp_str keep(struct rest__openapi *d, mcp_str name, mcp_str text)
{
    struct rest__answer **at = &d->answers;
    mcp_str free_name = name;

    for (; *at; at = &(*at)->next) {
        if (mcp_str_eq((*at)->text, text)) {
            return (*at)->name;
        }
    }
    for (int n = 2; has_name(d, free_name) && !mcp_arena_failed(d->arena); n++) {
        free_name = mcp_arena_printf(d->arena, "%.*s_%d", MCP_STR_ARG(name), n);
    }
    *at = mcp_arena_new(d->arena, struct rest__answer, 1);
    if (*at) {
        **at = (struct rest__answer){NULL, free_name, mcp_arena_dup(d->arena, text)};
    }
    return free_name;
}

/* A failure, kept and referred to; status 0: "default". */
static void refer(struct rest__openapi *d, const char *of, const struct rest_surface *surface,
                  int status, const struct end *e, size_t n)
{
    mcp_str key = status ? mcp_arena_printf(d->arena, "%d", status) : MCP_STR("default");
    struct mcp_json_writer w;
    struct mcp_buf text;

    mcp_buf_init(&text, ANSWER_BYTES_MAX);
    mcp_json_writer_init(&w, &text);
    put_failure(d, &w, surface, status, e, n);
    d->w.out->failed = d->w.out->failed || text.failed;
    mcp_str name =
        keep(d, mcp_arena_printf(d->arena, "%s_%.*s", of, MCP_STR_ARG(key)), mcp_buf_str(&text));

    mcp_buf_free(&text);
    mcp_json_put_key(&d->w, key);
    mcp_json_object(&d->w);
    mcp_json_member_str(
        &d->w, MCP_STR("$ref"),
        mcp_arena_printf(d->arena, "#/components/responses/%.*s", MCP_STR_ARG(name)));
    mcp_json_object_end(&d->w);
}

void rest__openapi_shared(struct rest__openapi *d)
{
    struct mcp_json_writer *w = &d->w;

    mcp_json_put_key(w, MCP_STR("responses"));
    mcp_json_object(w);
    for (const struct rest__answer *a = d->answers; a; a = a->next) {
        if (a->text.len) { /* else there was no memory, and all of this is dropped */
            mcp_json_member_raw(w, a->name, a->text);
        }
    }
    mcp_json_object_end(w);
    mcp_json_put_key(w, MCP_STR("headers"));
    mcp_json_object(w);
    for (unsigned i = 0; i < sizeof(HEADERS) / sizeof(HEADERS[0]); i++) {
        if (d->headers >> i & 1) {
            mcp_json_put_key(w, mcp_str_c(HEADERS[i].name));
            mcp_json_object(w);
            mcp_json_member_str(w, MCP_STR("description"), mcp_str_c(HEADERS[i].description));
            mcp_json_member_raw(w, MCP_STR("schema"), mcp_str_c(HEADERS[i].schema));
            mcp_json_object_end(w);
        }
    }
    mcp_json_object_end(w);
}

/* ---- The responses of an operation ----------------------------------------------------------- */

static void put_success(struct rest__openapi *d, const struct rest_route *row,
                        const struct mcp_tool *tool)
{
    int status = rest_route_success(row);
    struct mcp_json_writer *w = &d->w;

    mcp_json_put_key(w, mcp_arena_printf(d->arena, "%d", status));
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("description"), mcp_http_status_text(status));
    put_headers(d, w, headers_of(d, rest_route_surface(row), status));
    if (status != 204) {
        mcp_str schema = mcp_arena_printf(d->arena, "%s_result", tool->name);

        mcp_json_put_key(w, MCP_STR("content"));
        mcp_json_object(w);
        put_media(d, w, "application/json", schema.ptr ? schema.ptr : "");
        if (row->example) {
            mcp_json_member_raw(w, MCP_STR("example"), mcp_str_c(row->example));
        }
        mcp_json_object_end(w);
        mcp_json_object_end(w);
    }
    mcp_json_object_end(w);
}

/* Each status once, then what can happen to any request. */
static void refer_all(struct rest__openapi *d, const char *of, const struct rest_surface *surface,
                      struct ends *e)
{
    for (size_t i = 0, n; i < e->n; i += n) {
        for (n = 1; i + n < e->n && e->at[i + n].status == e->at[i].status; n++) {
        }
        refer(d, of, surface, e->at[i].status, e->at + i, n);
    }
    find_others(d, e);
    refer(d, of, surface, 0, e->at, e->n);
}

void rest__openapi_answers(struct rest__openapi *d, const struct rest_route *row,
                           const struct mcp_tool *tool)
{
    const struct rest_surface *surface = rest_route_surface(row);
    struct ends ends;

    d->is_public = row->asker == REST_ASKER_ANYBODY;
    mcp_json_put_key(&d->w, MCP_STR("responses"));
    mcp_json_object(&d->w);
    put_success(d, row, tool);
    find_ends(d, row, tool, &ends);
    refer_all(d, surface->name, surface, &ends);
    mcp_json_object_end(&d->w);
    d->is_public = false;
}

static void put_page_answer(struct rest__openapi *d, const struct rest_answer *a)
{
    struct mcp_json_writer *w = &d->w;

    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("description"), mcp_str_c(a->description));
    put_headers(d, w, a->headers ? a->headers : "Cache-Control");
    if (a->content_type) {
        mcp_json_put_key(w, MCP_STR("content"));
        mcp_json_object(w);
        mcp_json_put_key(w, mcp_str_c(a->content_type));
        mcp_json_object(w);
        mcp_json_member_raw(w, MCP_STR("schema"),
                            a->schema ? mcp_str_c(a->schema) : MCP_STR("{\"type\":\"string\"}"));
        if (a->example) {
            mcp_json_member_raw(w, MCP_STR("example"), mcp_str_c(a->example));
        }
        mcp_json_object_end(w);
        mcp_json_object_end(w);
    }
    mcp_json_object_end(w);
}

void rest__openapi_page_answers(struct rest__openapi *d, const struct rest_page *page,
                                const struct mcp_tool *tool)
{
    const struct rest_surface *surface = page->surface ? page->surface : &rest_surface_plain;
    const struct rest_route row = {.path = page->path};
    struct ends ends;

    mcp_json_put_key(&d->w, MCP_STR("responses"));
    mcp_json_object(&d->w);
    for (const struct rest_answer *a = page->answers; a->status; a++) {
        mcp_json_put_key(&d->w, mcp_arena_printf(d->arena, "%d", a->status));
        put_page_answer(d, a);
    }
    ends.n = 0;
    if (tool) {
        struct mcp_tool bare = *tool;

        bare.fails = 0; /* those are about its arguments, and it gets none */
        find_tool_ends(d, &row, &bare, &ends);
    } else {
        add_err(d, &ends, surface, MCP_E_FOREIGN_ORIGIN);
    }
    refer_all(d, page->surface ? surface->name : REST__PAGES_TAG, surface, &ends);
    mcp_json_object_end(&d->w);
}
