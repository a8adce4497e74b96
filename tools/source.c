/* tools/source.c - see source.h. */
#include <tools/source.h>

#include <mcp/buf.h>

#include <sodium.h>
#include <stdio.h>

#include "vendors.h"

enum {
    SCALE_MAX = 12,
    BODY_DEPTH = 32,
    BODY_NODES = 65536,
    FILLED_MAX = 65536,
    BASIC_MAX = 2560, /* the longest account and secret (source_row.h), and the colon */
    BASE64 = sodium_base64_VARIANT_ORIGINAL
};

/* ---- Shipped definitions ---- */

mcp_str source_template(size_t i)
{
    return i < sizeof(VENDORS) / sizeof(VENDORS[0]) ? mcp_str_c(VENDORS[i]) : mcp_str_n(NULL, 0);
}

mcp_str source_find(mcp_str id)
{
    for (size_t i = 0; source_template(i).len; i++) {
        mcp_str text = source_template(i), head = MCP_STR("{\"id\":\"");
        mcp_str rest = mcp_str_n(text.ptr + head.len, text.len - head.len);

        if (mcp_str_eq(mcp_str_cut(&rest, '"'), id)) {
            return text;
        }
    }
    return mcp_str_n(NULL, 0);
}

static bool is_text(mcp_json object, const char *member)
{
    return mcp_json_type(mcp_json_get(object, mcp_str_c(member))) == MCP_JSON_STRING;
}

static bool is_scale(mcp_json v)
{
    int64_t n = mcp_json_int_or(v, SCALE_MAX + 1);

    return !mcp_json_present(v) || (n >= -SCALE_MAX && n <= SCALE_MAX);
}

static const char *check_pool(mcp_json p)
{
    static const char *const TEXTS[] = {"label", "unit", "unitPath", "balance",
                                        "limit", "used", "reset"};
    bool has_difference = is_text(p, "limit") && is_text(p, "used");

    if (!is_text(p, "creditType")) {
        return "a pool has no creditType";
    }
    for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
        if (mcp_json_present(mcp_json_get(p, mcp_str_c(TEXTS[i]))) && !is_text(p, TEXTS[i])) {
            return "a pool's label, unit, unitPath, balance, limit, used and reset are text";
        }
    }
    if (!is_scale(mcp_json_get(p, MCP_STR("scale")))) {
        return "a pool's scale is a whole number from -12 to 12"; /* else it would be 0 */
    }
    return is_text(p, "balance") || has_difference
               ? NULL
               : "a pool has neither balance nor limit and used";
}

const char *source_check(mcp_json d)
{
    mcp_json request = mcp_json_get(d, MCP_STR("request"));
    mcp_json headers = mcp_json_get(request, MCP_STR("headers"));
    mcp_json pools = mcp_json_get(d, MCP_STR("pools"));

    if (!is_text(request, "url") || !is_text(request, "method")) {
        return "its request has no method and url";
    }
    if (mcp_json_present(headers) && mcp_json_type(headers) != MCP_JSON_OBJECT) {
        return "its headers are not an object";
    }
    for (mcp_json h = mcp_json_first(headers); mcp_json_present(h); h = mcp_json_next(headers, h)) {
        if (mcp_json_type(h) != MCP_JSON_STRING) {
            return "the value of a header is no text";
        }
    }
    if (mcp_json_type(pools) != MCP_JSON_ARRAY || mcp_json_count(pools) == 0 ||
        mcp_json_count(pools) > SOURCE_POOLS_MAX) {
        return "it has not 1 to 8 pools";
    }
    for (mcp_json p = mcp_json_first(pools); mcp_json_present(p); p = mcp_json_next(pools, p)) {
        const char *why = check_pool(p);

        if (why) {
            return why;
        }
    }
    return NULL;
}

/* ---- Filling in ---- */

static void put_encoded(struct mcp_buf *b, mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                        (c >= 'A' && c <= 'Z') || (c && strchr("-._~", c));

        if (is_plain) {
            mcp_buf_byte(b, c);
        } else {
            mcp_buf_printf(b, "%%%02X", (unsigned)(unsigned char)c);
        }
    }
}

static void put_basic(struct mcp_buf *b, const struct source_values *v)
{
    char plain[BASIC_MAX], coded[sodium_base64_ENCODED_LEN(BASIC_MAX, BASE64)];
    int n = snprintf(plain, sizeof(plain), "%.*s:%.*s", MCP_STR_ARG(v->account),
                     MCP_STR_ARG(v->secret));

    if (n >= 0 && (size_t)n < sizeof(plain)) {
        sodium_bin2base64(coded, sizeof(coded), (const unsigned char *)plain, (size_t)n, BASE64);
        mcp_buf_add_c(b, coded);
    } else {
        b->failed = true;
    }
    sodium_memzero(plain, sizeof(plain));
    sodium_memzero(coded, sizeof(coded));
}

static bool put_value(struct mcp_buf *b, mcp_str name, const struct source_values *v, bool is_url)
{
    mcp_str value = mcp_str_eq(name, MCP_STR("secret"))    ? v->secret
                    : mcp_str_eq(name, MCP_STR("account")) ? v->account
                                                           : mcp_str_n(NULL, 0);

    if (mcp_str_eq(name, MCP_STR("basic")) && v->secret.len && v->account.len && !is_url) {
        put_basic(b, v);
        return true;
    }
    if (is_url) {
        put_encoded(b, value);
    } else {
        mcp_buf_add(b, value);
    }
    return value.len > 0;
}

mcp_str source_fill(mcp_str pattern, const struct source_values *v, bool is_url,
                    struct mcp_arena *arena)
{
    struct mcp_buf b;
    mcp_str ret = {NULL, 0};
    bool ok = true;

    mcp_buf_init(&b, FILLED_MAX);
    for (mcp_str rest = pattern; rest.ptr && ok;) {
        mcp_buf_add(&b, mcp_str_cut(&rest, '{'));
        if (rest.ptr) {
            mcp_str name = mcp_str_cut(&rest, '}');

            ok = rest.ptr && put_value(&b, name, v, is_url);
        }
    }
    if (b.failed) {
        (void)mcp_arena_alloc(arena, SIZE_MAX / 2, 1); /* the caller sees it there */
    } else if (ok) {
        ret = mcp_arena_dup(arena, mcp_buf_str(&b));
    }
    if (b.ptr) {
        sodium_memzero(b.ptr, b.len);
    }
    mcp_buf_free(&b);
    return ret;
}

/* ---- Numbers ---- */

static bool shift(int64_t *v, int64_t tens)
{
    if (tens > 30 || tens < -60) {
        return tens < 0 ? (*v = 0, true) : *v == 0;
    }
    for (; tens > 0; tens--) {
        if (__builtin_mul_overflow(*v, 10, v)) {
            return false;
        }
    }
    for (; tens < 0; tens++) {
        *v /= 10;
    }
    return true;
}

/* Digits with at most one point between them; what does not fit any more must be decimals. */
static bool read_digits(mcp_str s, int64_t *ret, int64_t *ret_exponent)
{
    int64_t v = 0, exponent = 0;
    bool has_point = false, has_digit = false, is_full = false;

    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (c == '.' && !has_point && has_digit) {
            has_point = true;
            continue;
        }
        if (c < '0' || c > '9') {
            return false;
        }
        has_digit = true;
        is_full = is_full || v > (INT64_MAX - 9) / 10;
        if (!is_full) {
            v = v * 10 + (c - '0');
            exponent -= has_point;
        } else if (!has_point) {
            exponent++;
        }
    }
    *ret = v;
    *ret_exponent = exponent;
    return has_digit && s.ptr[s.len - 1] != '.';
}

bool source_decimal(mcp_str text, int64_t scale, int64_t *ret_micro)
{
    bool is_negative = text.len && text.ptr[0] == '-';
    mcp_str rest = is_negative ? mcp_str_n(text.ptr + 1, text.len - 1) : text;
    size_t at = 0;
    int64_t v, exponent;

    while (at < rest.len && (rest.ptr[at] | 0x20) != 'e') {
        at++;
    }
    if (text.len > 64 || !read_digits(mcp_str_n(rest.ptr, at), &v, &exponent)) {
        return false;
    }
    if (at < rest.len) {
        mcp_str e = mcp_str_n(rest.ptr + at + 1, rest.len - at - 1);
        bool is_down = e.len && e.ptr[0] == '-';
        uint64_t n;

        e = e.len && (e.ptr[0] == '-' || e.ptr[0] == '+') ? mcp_str_n(e.ptr + 1, e.len - 1) : e;
        if (!mcp_str_uint(e, 400, &n)) {
            return false;
        }
        exponent += is_down ? -(int64_t)n : (int64_t)n;
    }
    if (!shift(&v, exponent + scale + 6)) {
        return false;
    }
    *ret_micro = is_negative ? -v : v;
    return true;
}

/* ---- Paths ---- */

static mcp_str unescape(mcp_str token, struct mcp_arena *arena)
{
    char *out = mcp_arena_new(arena, char, token.len + 1);
    size_t n = 0;

    for (size_t i = 0; out && i < token.len; i++) {
        bool is_escape = token.ptr[i] == '~' && i + 1 < token.len;

        out[n++] = is_escape ? (token.ptr[i + 1] == '1' ? '/' : '~') : token.ptr[i];
        i += is_escape;
    }
    return mcp_str_n(out, out ? n : 0);
}

mcp_json source_pointer(mcp_json root, mcp_str pointer, struct mcp_arena *arena)
{
    mcp_str rest = pointer;
    uint64_t i;

    if (pointer.len && mcp_str_cut(&rest, '/').len) {
        return (mcp_json){0}; /* it does not begin with a slash */
    }
    while (rest.ptr && pointer.len && mcp_json_present(root)) {
        mcp_str token = unescape(mcp_str_cut(&rest, '/'), arena);

        if (mcp_json_type(root) == MCP_JSON_ARRAY) {
            bool is_index =
                mcp_str_uint(token, 1 << 20, &i) && (token.len == 1 || token.ptr[0] != '0');

            root = is_index ? mcp_json_at(root, (size_t)i) : (mcp_json){0};
        } else {
            root = mcp_json_get(root, token);
        }
    }
    return root;
}

/* ---- An answer ---- */

struct reader {
    mcp_json answer, pool;
    struct mcp_arena *arena;
    char *why;
};

static mcp_str member(const struct reader *r, const char *name)
{
    return mcp_json_str(mcp_json_get(r->pool, mcp_str_c(name)), r->arena, mcp_str_n(NULL, 0));
}

static mcp_json at(const struct reader *r, const char *name)
{
    return source_pointer(r->answer, member(r, name), r->arena);
}

static bool get_amount(const struct reader *r, const char *name, int64_t *ret)
{
    mcp_json v = at(r, name);
    bool is_number = mcp_json_type(v) == MCP_JSON_NUMBER;
    mcp_str text = is_number ? mcp_json_raw(v) : mcp_json_str(v, r->arena, mcp_str_n(NULL, 0));
    int64_t scale = mcp_json_int_or(mcp_json_get(r->pool, MCP_STR("scale")), 0);
    bool ok = scale >= -SCALE_MAX && scale <= SCALE_MAX && source_decimal(text, scale, ret);

    if (!ok) {
        mcp_str path = member(r, name);

        path.len = path.len < 80 ? path.len : 80;
        snprintf(r->why, SOURCE_WHY, "the answer has no number for %s at %.*s: it is %s", name,
                 MCP_STR_ARG(path), mcp_json_type_name(mcp_json_type(v)));
    }
    return ok;
}

static bool read_pool(const struct reader *r, struct source_reading *ret)
{
    int64_t used;

    *ret = (struct source_reading){.credit_type = member(r, "creditType"),
                                   .label = member(r, "label"),
                                   .unit = member(r, "unit")};
    ret->names_limit = is_text(r->pool, "limit");
    ret->has_limit = ret->names_limit && mcp_json_type(at(r, "limit")) != MCP_JSON_NULL;
    if (ret->has_limit && !get_amount(r, "limit", &ret->limit_micro)) {
        return false;
    }
    if (is_text(r->pool, "unitPath")) {
        ret->unit = mcp_json_str(at(r, "unitPath"), r->arena, mcp_str_n(NULL, 0));
    }
    if (is_text(r->pool, "reset")) {
        mcp_json v = at(r, "reset");

        ret->reset = mcp_json_type(v) == MCP_JSON_NUMBER
                         ? mcp_json_raw(v)
                         : mcp_json_str(v, r->arena, mcp_str_n(NULL, 0));
    }
    if (is_text(r->pool, "balance")) {
        return get_amount(r, "balance", &ret->balance_micro);
    }
    if (!ret->has_limit) {
        return get_amount(r, "limit", &ret->limit_micro); /* null: says so */
    }
    return get_amount(r, "used", &used) &&
           !__builtin_sub_overflow(ret->limit_micro, used, &ret->balance_micro);
}

bool source_read(mcp_json definition, mcp_str body, struct mcp_arena *arena,
                 struct source_reading ret[SOURCE_POOLS_MAX], size_t *ret_n, char why[SOURCE_WHY])
{
    struct mcp_json_limits limits = {body.len + 1, BODY_DEPTH, BODY_NODES, false};
    struct reader r = {.arena = arena, .why = why};
    mcp_json pools = mcp_json_get(definition, MCP_STR("pools"));

    snprintf(why, SOURCE_WHY, "the answer is no JSON that can be read");
    *ret_n = 0;
    if (mcp_json_read(arena, body, &limits, &r.answer, NULL)) {
        return false;
    }
    for (r.pool = mcp_json_first(pools); mcp_json_present(r.pool);
         r.pool = mcp_json_next(pools, r.pool)) {
        if (!read_pool(&r, &ret[*ret_n])) {
            return false;
        }
        ++*ret_n;
    }
    return !mcp_arena_failed(arena);
}

mcp_str source_judge(int s)
{
    if (s >= 200 && s <= 299) {
        return mcp_str_n(NULL, 0);
    }
    return s == 401 || s == 403                           ? MCP_STR("disconnected")
           : s == 408 || s == 425 || s == 429 || s >= 500 ? MCP_STR("stale")
                                                          : MCP_STR("error");
}
