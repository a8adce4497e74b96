/* rest/args.c - path, query and body of a request -> the arguments of its tool. */
#include <mcp/json.h>
#include <rest/args.h>
#include <rest/reply.h>

#include <stdio.h>

enum { TEXT_BYTES_MAX = 131072 };

struct writing {
    const struct mcp_server *server;
    const struct mcp_tool *tool;
    const struct rest_match *match;
    struct mcp_arena *arena;
    struct mcp_json_writer w;
    bool has_key; /* the body has an idempotencyKey */
    bool is_open;
    struct rest_args_fault *fault;
};

static bool refuse(struct writing *g, int status, const char *what, mcp_str name)
{
    g->fault->status = status;
    g->fault->err = MCP_E_INVALID_ARGUMENTS;
    snprintf(g->fault->text, sizeof(g->fault->text), "%s%.*s", what,
             name.len > 64 ? 64 : (int)name.len, name.len ? name.ptr : "");
    return false;
}

/* Not about the value of an argument: there is none. */
static bool refuse_request(struct writing *g, const char *what, mcp_str name)
{
    refuse(g, 400, what, name);
    g->fault->err = MCP_E_INVALID_REQUEST;
    return false;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool rest_args_decode(struct mcp_arena *arena, mcp_str s, bool plus_is_space, mcp_str *ret)
{
    char *out = mcp_arena_raw(arena, s.len + 1, 1);
    size_t n = 0;

    for (size_t i = 0; out && i < s.len; i++) {
        char c = s.ptr[i];

        if (c == '%') {
            int high = i + 2 < s.len ? hex(s.ptr[i + 1]) : -1;
            int low = i + 2 < s.len ? hex(s.ptr[i + 2]) : -1;

            if (high < 0 || low < 0 || high + low == 0) {
                return false;
            }
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        out[n++] = c;
    }
    *ret = mcp_str_n(out, out ? n : 0);
    return mcp_str_is_utf8(*ret);
}

static void open_object(struct writing *g)
{
    if (!g->is_open) {
        mcp_json_object(&g->w);
        g->is_open = true;
    }
}

static bool put(struct writing *g, mcp_str name, mcp_str value)
{
    open_object(g);
    /* rest_new() checked that the schema has every name of the row. */
    (void)mcp_tool_put_argument(g->server, g->tool, &g->w, name, value);
    return true;
}

static bool put_path(struct writing *g)
{
    for (size_t i = 0; i < g->match->n_params; i++) {
        const struct rest_param *p = &g->match->params[i];
        mcp_str value;

        if (!rest_args_decode(g->arena, p->value, false, &value)) {
            return refuse_request(g, "malformed percent-encoding in the path: ", p->name);
        }
        put(g, p->name, value);
    }
    return true;
}

/* Collect every value of `name` in the query into *ret, joined by commas; *ret_count says how many
 * there were. */
static bool collect(struct writing *g, mcp_str query, mcp_str name, mcp_str *ret, size_t *ret_count)
{
    *ret_count = 0;
    while (query.ptr) {
        mcp_str value = mcp_str_cut(&query, '&');
        mcp_str raw_key = mcp_str_cut(&value, '=');
        mcp_str key;

        if (!rest_args_decode(g->arena, raw_key, true, &key)) {
            return refuse_request(g, "malformed percent-encoding in the query", MCP_STR(""));
        }
        if (!mcp_str_eq(key, name)) {
            continue;
        }
        if (!rest_args_decode(g->arena, value, true, &value)) {
            return refuse_request(g, "malformed percent-encoding in the query: ", name);
        }
        *ret = *ret_count == 0
                   ? value
                   : mcp_arena_printf(g->arena, "%.*s,%.*s", MCP_STR_ARG(*ret), MCP_STR_ARG(value));
        *ret_count += 1;
    }
    return true;
}

static bool put_query(struct writing *g, mcp_str query)
{
    mcp_str names = mcp_str_c(g->match->route->query);

    while (names.ptr && query.len) {
        mcp_str name = mcp_str_cut(&names, ' ');
        mcp_str value = {0};
        size_t count;

        if (!collect(g, query, name, &value, &count)) {
            return false;
        }
        if (count > 1 && !rest_list_has(g->match->route->lists, name)) {
            return refuse(g, 400, "given more than once: ", name);
        }
        if (count) {
            put(g, name, value);
        }
    }
    return true;
}

static bool is_json_type(mcp_str content_type)
{
    mcp_str essence = mcp_str_trim(mcp_str_cut(&content_type, ';'));

    return mcp_str_eq_nocase(essence, MCP_STR("application/json"));
}

static bool is_given_elsewhere(const struct writing *g, mcp_str key)
{
    for (size_t i = 0; i < g->match->n_params; i++) {
        if (mcp_str_eq(g->match->params[i].name, key)) {
            return true;
        }
    }
    return rest_list_has(g->match->route->query, key);
}

static bool put_members(struct writing *g, mcp_json body)
{
    for (mcp_json e = mcp_json_first(body); mcp_json_present(e); e = mcp_json_next(body, e)) {
        mcp_str key = mcp_json_str(mcp_json_key(e), g->arena, MCP_STR(""));

        if (is_given_elsewhere(g, key)) {
            return refuse_request(g, "belongs in the path or the query, not in the body: ", key);
        }
        g->has_key = g->has_key || mcp_str_eq(key, MCP_STR("idempotencyKey"));
        open_object(g);
        mcp_json_member_raw(&g->w, key, mcp_json_raw(e));
    }
    return true;
}

static bool put_body(struct writing *g, const struct mcp_http_request *req)
{
    struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    struct mcp_json_fault fault = {0, ""};
    mcp_json body;

    if (req->method == MCP_HTTP_DELETE && !req->body.len) {
        return true; /* RFC 9110 9.3.5: it usually has none */
    }
    if (!is_json_type(mcp_http_header(req, "content-type"))) {
        return refuse(g, 415, rest_refusals[REST_REFUSED_MEDIA].meaning, MCP_STR(""));
    }
    limits.depth_max = limits.depth_max - 1;
    if (mcp_json_read(g->arena, req->body, &limits, &body, &fault)) {
        return refuse_request(g, "the body is not JSON: ", mcp_str_c(fault.why));
    }
    if (mcp_json_type(body) == MCP_JSON_ARRAY && g->match->route->array) {
        open_object(g);
        mcp_json_member_raw(&g->w, mcp_str_c(g->match->route->array), mcp_json_raw(body));
        return true;
    }
    if (mcp_json_type(body) != MCP_JSON_OBJECT) {
        return refuse_request(g, "the body must be a JSON object", MCP_STR(""));
    }
    return put_members(g, body);
}

/* What is signed is handed on as it came: it is JSON for whom it is for. */
static bool put_text(struct writing *g, const struct mcp_http_request *req)
{
    if (!is_json_type(mcp_http_header(req, "content-type"))) {
        return refuse(g, 415, rest_refusals[REST_REFUSED_MEDIA].meaning, MCP_STR(""));
    }
    if (req->body.len > TEXT_BYTES_MAX || !mcp_str_is_utf8(req->body)) {
        return refuse_request(g, "the body is longer than 131072 bytes, or not UTF-8", MCP_STR(""));
    }
    return put(g, mcp_str_c(g->match->route->text), req->body);
}

static bool put_header(struct writing *g, const struct mcp_http_request *req)
{
    const struct rest_route *row = g->match->route;
    mcp_str value = row->header ? mcp_http_header_only(req, row->header) : MCP_STR("");

    if (!mcp_str_is_utf8(value)) {
        return refuse_request(g, "not UTF-8: the header ", mcp_str_c(row->header));
    }
    return !value.len || put(g, mcp_str_c(row->header_argument), value);
}

/* A request that names itself: the tool has the argument, the header or the body gives it. */
static bool put_key(struct writing *g, const struct mcp_http_request *req)
{
    static const mcp_str NAME = MCP_STR_INIT("idempotencyKey");
    mcp_json schema = mcp_server_tool_input(g->server, g->tool);
    mcp_str key = mcp_str_trim(mcp_http_header_only(req, "idempotency-key"));
    size_t n = mcp_http_header_count(req, "idempotency-key");

    if (n == 0 ||
        !mcp_json_present(mcp_json_get(mcp_json_get(schema, MCP_STR("properties")), NAME))) {
        return true;
    }
    if (n > 1 || !key.len) { /* whoever sends one must not be taken for one who sends none */
        return refuse_request(g, "the header is empty or comes twice: ", NAME);
    }
    if (g->has_key) {
        return refuse_request(g, "given in the header and in the body: ", NAME);
    }
    if (key.len >= 2 && key.ptr[0] == '"' && key.ptr[key.len - 1] == '"') {
        key = mcp_str_n(key.ptr + 1, key.len - 2); /* a structured field's string, or a bare one */
    }
    return put(g, NAME, key);
}

/* Nothing, or what clients send that have nothing to say: an empty object. */
static bool is_no_body(mcp_str body)
{
    static const char EMPTY[] = "{}";
    size_t n = 0;

    for (size_t i = 0; i < body.len; i++) {
        if (!memchr(" \t\r\n", body.ptr[i], 4)) { /* RFC 8259 2: ws */
            if (n == 2 || body.ptr[i] != EMPTY[n++]) {
                return false;
            }
        }
    }
    return n != 1;
}

bool rest_args_write(const struct mcp_server *server, const struct rest_match *match,
                     const struct mcp_http_request *req, struct mcp_arena *arena,
                     struct mcp_buf *out, struct rest_args_fault *reterr)
{
    struct writing g = {
        .server = server,
        .tool = mcp_server_tool(server, mcp_str_c(match->route->tool)),
        .match = match,
        .arena = arena,
        .fault = reterr,
    };

    mcp_json_writer_init(&g.w, out);
    if (match->route->body == REST_BODY_NONE && !is_no_body(req->body)) {
        return refuse_request(&g, "this route takes no body", MCP_STR(""));
    }
    if (!put_path(&g) || !put_query(&g, req->query) ||
        (match->route->body == REST_BODY_MERGED && !put_body(&g, req)) ||
        (match->route->body == REST_BODY_TEXT && !put_text(&g, req)) || !put_header(&g, req) ||
        !put_key(&g, req)) {
        return false;
    }
    if (g.is_open) {
        mcp_json_object_end(&g.w);
    }
    if (mcp_arena_failed(arena) || out->failed) {
        return refuse(&g, 503, "no memory for the arguments", MCP_STR(""));
    }
    return true;
}
