/* mcp/header.c - arguments that HTTP clients repeat in headers: `x-mcp-header` in a tool's input
 * schema, Mcp-Param-* on the wire (MCP 2026-07-28 transports "Custom headers"). */
#include <mcp/engine.h>

#include <mcp/alloc.h>

#include <sodium.h>
#include <stdio.h>

/* ---- Start-up ---- */

/* A walk through an input schema. `row` collects what is found where it may be. */
struct walk {
    struct mcp__row *row;
    const struct mcp__complaint *c;
    mcp_err err;
    mcp_str path[MCP__HEADER_DEPTH_MAX]; /* property names from the root */
};

static void object(struct walk *w, mcp_json schema, size_t depth, bool is_reachable);

static void fault(struct walk *w, const char *why)
{
    w->err =
        w->err ? w->err : mcp__complain(w->c, "tool %s: x-mcp-header: %s", w->row->tool->name, why);
}

static bool is_short_token(mcp_str s)
{
    return s.len < MCP__HEADER_BYTES - sizeof("Mcp-Param-") && mcp_str_is_token(s);
}

static bool is_used(const struct mcp__row *row, const char *name)
{
    for (size_t i = 0; i < row->n_headers; i++) {
        if (mcp_str_eq_nocase(mcp_str_c(row->headers[i].name), mcp_str_c(name))) {
            return true;
        }
    }
    return false;
}

static void add(struct walk *w, const struct mcp__header *h)
{
    struct mcp__row *row = w->row;
    struct mcp__header *p = mcp_realloc(row->headers, (row->n_headers + 1) * sizeof(*row->headers));

    if (!p) {
        w->err = mcp__complain_memory(w->c);
        return;
    }
    row->headers = p;
    row->headers[row->n_headers++] = *h;
}

static void annotation(struct walk *w, mcp_json schema, mcp_json name, size_t depth)
{
    mcp_json type = mcp_json_get(schema, MCP_STR("type"));
    mcp_str text = mcp_json_raw(name); /* a token needs no escapes */
    struct mcp__header h = {.depth = depth};

    text = text.len >= 2 ? mcp_str_n(text.ptr + 1, text.len - 2) : text;
    snprintf(h.name, sizeof(h.name), "Mcp-Param-%.*s", MCP_STR_ARG(text));
    memcpy(h.path, w->path, depth * sizeof(*h.path));
    if (mcp_json_type(name) != MCP_JSON_STRING || !is_short_token(text)) {
        fault(w, "the name must be a token of at most 64 characters (RFC 9110 5.6.2)");
    } else if (!mcp_json_str_eq(type, MCP_STR("string")) &&
               !mcp_json_str_eq(type, MCP_STR("integer")) &&
               !mcp_json_str_eq(type, MCP_STR("boolean"))) {
        fault(w, "the property must have the type string, integer or boolean");
    } else if (is_used(w->row, h.name)) {
        fault(w, "two properties have the same header");
    } else {
        add(w, &h);
    }
}

static void properties(struct walk *w, mcp_json map, size_t depth, bool is_reachable)
{
    for (mcp_json p = mcp_json_first(map); mcp_json_present(p); p = mcp_json_next(map, p)) {
        mcp_str key = mcp_json_raw(mcp_json_key(p));
        bool is_plain = !memchr(key.ptr, '\\', key.len);
        bool is_shallow = depth < MCP__HEADER_DEPTH_MAX;

        if (is_shallow) {
            w->path[depth] = mcp_str_n(key.ptr + 1, key.len - 2);
        }
        object(w, p, depth + 1, is_reachable && is_plain && is_shallow);
    }
}

/* Values that are no schemas, whatever they look like. */
static bool is_data(mcp_json key)
{
    return mcp_json_str_eq(key, MCP_STR("enum")) || mcp_json_str_eq(key, MCP_STR("const")) ||
           mcp_json_str_eq(key, MCP_STR("default")) || mcp_json_str_eq(key, MCP_STR("examples"));
}

static bool is_map(mcp_json key)
{
    return mcp_json_str_eq(key, MCP_STR("$defs")) || mcp_json_str_eq(key, MCP_STR("definitions")) ||
           mcp_json_str_eq(key, MCP_STR("patternProperties")) ||
           mcp_json_str_eq(key, MCP_STR("dependentSchemas"));
}

/* Below anything but `properties` an annotation cannot be followed by a client. */
static void keyword(struct walk *w, mcp_json key, mcp_json value)
{
    if (is_map(key)) {
        properties(w, value, 0, false);
    } else if (mcp_json_type(value) == MCP_JSON_ARRAY && !is_data(key)) {
        for (mcp_json e = mcp_json_first(value); mcp_json_present(e); e = mcp_json_next(value, e)) {
            object(w, e, 0, false);
        }
    } else if (!is_data(key)) {
        object(w, value, 0, false);
    }
}

static void object(struct walk *w, mcp_json schema, size_t depth, bool is_reachable)
{
    mcp_json name = mcp_json_get(schema, MCP_STR("x-mcp-header"));

    if (mcp_json_present(name) && is_reachable && depth) {
        annotation(w, schema, name, depth);
    } else if (mcp_json_present(name)) {
        fault(w, "only on properties reached by `properties` alone, 8 levels deep");
    }
    if (mcp_json_type(schema) != MCP_JSON_OBJECT) {
        return;
    }
    for (mcp_json v = mcp_json_first(schema); mcp_json_present(v) && !w->err;
         v = mcp_json_next(schema, v)) {
        if (mcp_json_str_eq(mcp_json_key(v), MCP_STR("properties"))) {
            properties(w, v, depth, is_reachable);
        } else {
            keyword(w, mcp_json_key(v), v);
        }
    }
}

mcp_err mcp__headers_compile(struct mcp__row *row, const struct mcp__complaint *c)
{
    struct walk w = {.row = row, .c = c};

    object(&w, mcp_schema_json(row->input), 0, true);
    return w.err;
}

/* ---- Each call ---- */

static bool is_printable(mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] < 0x20 || (unsigned char)s.ptr[i] > 0x7e) {
            return false;
        }
    }
    return true;
}

bool mcp__header_decode(struct mcp_call *call, mcp_str value, mcp_str *ret)
{
    const mcp_str head = MCP_STR("=?base64?"), tail = MCP_STR("?=");
    bool is_encoded = value.len >= head.len + tail.len && mcp_str_starts(value, head) &&
                      memcmp(value.ptr + value.len - tail.len, tail.ptr, tail.len) == 0;
    size_t len = 0;

    *ret = value;
    if (!is_encoded) {
        return is_printable(value);
    }
    value = mcp_str_n(value.ptr + head.len, value.len - head.len - tail.len);
    unsigned char *plain = mcp_arena_raw(&call->arena, value.len / 4 * 3 + 3, 1);

    if (!plain || sodium_base642bin(plain, value.len / 4 * 3 + 3, value.ptr, value.len, NULL, &len,
                                    NULL, sodium_base64_VARIANT_ORIGINAL) != 0) {
        return false;
    }
    *ret = mcp_str_n((const char *)plain, len);
    return true;
}

/* Numbers by value: 42.0 is 42 (SHOULD). */
static bool is_number(struct mcp_call *call, mcp_str text, mcp_json want)
{
    struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    int64_t a, b;
    mcp_json v;

    return mcp_str_eq(text, mcp_json_raw(want)) ||
           (mcp_json_read(&call->arena, text, &limits, &v, NULL) == MCP_OK && mcp_json_int(v, &a) &&
            mcp_json_int(want, &b) && a == b);
}

/* A value of a type that the schema does not allow is the schema's to refuse. */
static bool agrees(struct mcp_call *call, mcp_str text, mcp_json want)
{
    switch (mcp_json_type(want)) {
    case MCP_JSON_STRING:
        return mcp_json_str_eq(want, text);
    case MCP_JSON_BOOL:
        return mcp_str_eq(text, mcp_json_raw(want));
    case MCP_JSON_NUMBER:
        return is_number(call, text, want);
    default:
        return true;
    }
}

static mcp_err check(struct mcp_call *call, const struct mcp__header *h,
                     const struct mcp_http_claims *http)
{
    mcp_json want = call->arguments;
    mcp_str sent, text;

    for (size_t i = 0; i < h->depth; i++) {
        want = mcp_json_get(want, h->path[i]);
    }
    /* An argument that is not there: the header, if any, means nothing. */
    if (!mcp_json_present(want) || mcp_json_type(want) == MCP_JSON_NULL) {
        return MCP_OK;
    }
    sent = http->header ? http->header(http->user, h->name) : mcp_str_n(NULL, 0);
    if (!sent.ptr) {
        return mcp_fail(call, MCP_E_HEADER_MISMATCH, "the header %s is required", h->name);
    }
    if (!mcp__header_decode(call, mcp_str_trim(sent), &text)) {
        return mcp_fail(call, MCP_E_HEADER_MISMATCH,
                        "the header %s has invalid characters or encoding", h->name);
    }
    return agrees(call, text, want) ? MCP_OK
                                    : mcp_fail(call, MCP_E_HEADER_MISMATCH,
                                               "the header %s and the body disagree", h->name);
}

mcp_err mcp__headers_check(struct mcp_call *call)
{
    const struct mcp_http_claims *http = call->http;
    mcp_err err = MCP_OK;

    call->http = NULL; /* it ends with the message */
    for (size_t i = 0; !err && http && i < call->row->n_headers; i++) {
        err = check(call, &call->row->headers[i], http);
    }
    return err;
}
