/* transport/h1_parse.c - see h1_parse.h. The head; the body is in h1_body.c. */
#include <transport/h1_parse.h>

#include <transport/h1_class.h>

/* clang-format off */
const uint8_t mcp__h1_class[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    4, 15, 4, 5, 15, 15, 15, 15, 14, 14, 15, 15, 14, 15, 15, 6,
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 14, 14, 4, 14, 4, 6,
    6, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 14, 6, 14, 7, 15,
    7, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 6, 7, 6, 15, 0,
    4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
    4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
    4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
    4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
    4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
    4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
    4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
    4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
};
/* clang-format on */

static bool is_all(mcp_str s, uint8_t class)
{
    uint8_t seen = class;

    for (size_t i = 0; i < s.len; i++) {
        seen &= mcp__h1_class[(uint8_t)s.ptr[i]];
    }
    return seen == class;
}

bool mcp__h1_is_value(mcp_str s)
{
    return is_all(s, MCP__H1_VALUE);
}

bool mcp__h1_is_token(mcp_str s)
{
    return s.len > 0 && is_all(s, MCP__H1_TOKEN);
}

void mcp__h1_init(struct mcp__h1 *p, const struct mcp__h1_limits *limits,
                  struct mcp__h1_field *fields, size_t fields_cap)
{
    *p = (struct mcp__h1){.limits = limits, .fields = fields, .fields_cap = fields_cap};
}

static enum mcp__h1_result bad(struct mcp__h1 *p, int status, const char *why)
{
    p->status = status;
    p->why = why;
    return MCP__H1_BAD;
}

static struct mcp__h1_span span(const char *buf, const char *from, const char *to)
{
    return (struct mcp__h1_span){(uint32_t)(from - buf), (uint32_t)(to - from)};
}

static mcp_str text(const char *buf, struct mcp__h1_span s)
{
    return mcp_str_n(buf + s.at, s.len);
}

/* The first byte at or after `at` that is not of `class`; `end` when there is none. */
static const char *skip(const char *at, const char *end, uint8_t class)
{
    while (at < end && (mcp__h1_class[(uint8_t)*at] & class)) {
        at++;
    }
    return at;
}

/* Methods are case-sensitive (RFC 9110 9.1). */
static enum mcp_http_method method_of(mcp_str s)
{
    static const mcp_str names[] = {
        MCP_STR_INIT("GET"),   MCP_STR_INIT("HEAD"),   MCP_STR_INIT("POST"),   MCP_STR_INIT("PUT"),
        MCP_STR_INIT("PATCH"), MCP_STR_INIT("DELETE"), MCP_STR_INIT("OPTIONS")};

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (mcp_str_eq(s, names[i])) {
            return (enum mcp_http_method)i;
        }
    }
    return MCP_HTTP_OTHER;
}

/* HTTP-version, RFC 9112 2.3: case-sensitive, one digit each. */
static enum mcp__h1_result version(struct mcp__h1 *p, const char *at, const char *end)
{
    if (end - at != 8 || memcmp(at, "HTTP/", 5) != 0 || at[5] < '0' || at[5] > '9' ||
        at[6] != '.' || at[7] < '0' || at[7] > '9') {
        return bad(p, 400, "the request line is malformed");
    }
    if (at[5] != '1' || at[7] > '1') {
        return bad(p, 505, "only HTTP/1.0 and HTTP/1.1 are served");
    }
    p->minor = at[7] - '0';
    return MCP__H1_MORE;
}

/* request-line, RFC 9112 3: one space between its parts, nothing around them. */
static enum mcp__h1_result request_line(struct mcp__h1 *p, const char *buf, const char *at,
                                        const char *end)
{
    const char *method_end = skip(at, end, MCP__H1_TOKEN);

    p->method_text = span(buf, at, method_end);
    if (method_end == at || method_end == end || *method_end != ' ') {
        return bad(p, 400, "the request line is malformed");
    }
    const char *target = method_end + 1;
    const char *target_end = skip(target, end, MCP__H1_TARGET);

    p->target = span(buf, target, target_end);
    if (p->target.len > p->limits->target_bytes) {
        return bad(p, 414, "the request target is too long");
    }
    if (target_end == target || target_end == end || *target_end != ' ') {
        return bad(p, 400, "the request line is malformed");
    }
    p->method = method_of(text(buf, p->method_text));
    return version(p, target_end + 1, end);
}

static enum mcp__h1_result content_length(struct mcp__h1 *p, mcp_str value)
{
    if (p->has_length || value.len == 0) {
        return bad(p, 400, "Content-Length must be one number");
    }
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] < '0' || value.ptr[i] > '9') {
            return bad(p, 400, "Content-Length must be one number");
        }
    }
    p->has_length = true;
    if (!mcp_str_uint(value, INT64_MAX, &p->content_length)) {
        return bad(p, 413, "the body is too large");
    }
    return MCP__H1_MORE;
}

/* RFC 9112 6.1 and 6.3: only "chunked" is understood, and it must come last. */
static enum mcp__h1_result transfer_encoding(struct mcp__h1 *p, mcp_str value)
{
    mcp_str last = {NULL, 0};

    if (p->has_coding) {
        return bad(p, 400, "Transfer-Encoding is given twice");
    }
    p->has_coding = true;
    p->is_chunked = mcp_str_eq_nocase(value, MCP_STR("chunked"));
    if (p->is_chunked) {
        return MCP__H1_MORE;
    }
    while (value.ptr) {
        last = mcp_str_trim(mcp_str_cut(&value, ','));
    }
    if (mcp_str_eq_nocase(last, MCP_STR("chunked"))) {
        return bad(p, 501, "the only transfer coding served is chunked");
    }
    return bad(p, 400, "the transfer coding does not end in chunked");
}

static void connection(struct mcp__h1 *p, mcp_str value)
{
    while (value.ptr) {
        mcp_str option = mcp_str_trim(mcp_str_cut(&value, ','));

        p->has_close = p->has_close || mcp_str_eq_nocase(option, MCP_STR("close"));
        p->has_keep = p->has_keep || mcp_str_eq_nocase(option, MCP_STR("keep-alive"));
    }
}

/* RFC 9110 10.1.1; a server that cannot meet an expectation says 417. */
static enum mcp__h1_result expect(struct mcp__h1 *p, mcp_str value)
{
    if (!mcp_str_eq_nocase(value, MCP_STR("100-continue"))) {
        return bad(p, 417, "the only expectation served is 100-continue");
    }
    p->has_expect = true;
    return MCP__H1_MORE;
}

static enum mcp__h1_result host(struct mcp__h1 *p, const struct mcp__h1_field *f, mcp_str value)
{
    if (p->hosts > 0 || !is_all(value, MCP__H1_HOST)) {
        return bad(p, 400, "Host must be one name");
    }
    p->hosts = 1;
    p->host = f->value;
    return MCP__H1_MORE;
}

/* The fields that decide framing and connection; all others are only carried. */
static enum mcp__h1_result known_field(struct mcp__h1 *p, const char *buf,
                                       const struct mcp__h1_field *f)
{
    mcp_str name = text(buf, f->name);
    mcp_str value = text(buf, f->value);

    switch (name.len) {
    case 4:
        return mcp_str_eq_nocase(name, MCP_STR("Host")) ? host(p, f, value) : MCP__H1_MORE;
    case 6:
        return mcp_str_eq_nocase(name, MCP_STR("Expect")) ? expect(p, value) : MCP__H1_MORE;
    case 10:
        if (mcp_str_eq_nocase(name, MCP_STR("Connection"))) {
            connection(p, value);
        }
        return MCP__H1_MORE;
    case 14:
        return mcp_str_eq_nocase(name, MCP_STR("Content-Length")) ? content_length(p, value)
                                                                  : MCP__H1_MORE;
    case 17:
        return mcp_str_eq_nocase(name, MCP_STR("Transfer-Encoding")) ? transfer_encoding(p, value)
                                                                     : MCP__H1_MORE;
    default:
        return MCP__H1_MORE;
    }
}

/* field-line, RFC 9112 5: no white space before the colon, no line folding. */
static enum mcp__h1_result field_line(struct mcp__h1 *p, const char *buf, const char *at,
                                      const char *end)
{
    const char *colon = skip(at, end, MCP__H1_TOKEN);

    if (colon == at || colon == end || *colon != ':') {
        return bad(p, 400, "a header field is malformed");
    }
    if (p->n_fields == p->limits->headers) {
        return bad(p, 431, "too many header fields");
    }
    if (p->n_fields == p->fields_cap) {
        return MCP__H1_ROOM;
    }
    mcp_str value = mcp_str_trim(mcp_str_n(colon + 1, (size_t)(end - colon - 1)));

    if (!mcp__h1_is_value(value)) {
        return bad(p, 400, "a header field holds a control character");
    }
    struct mcp__h1_field *f = &p->fields[p->n_fields];

    f->name = span(buf, at, colon);
    f->value = span(buf, value.ptr, value.ptr + value.len);
    enum mcp__h1_result r = known_field(p, buf, f);

    p->n_fields += r == MCP__H1_MORE;
    return r;
}

static void split_target(struct mcp__h1 *p, const char *buf, struct mcp__h1_span target)
{
    const char *from = buf + target.at;
    const char *mark = memchr(from, '?', target.len);

    p->path = target;
    p->has_query = mark != NULL;
    if (mark) {
        p->path.len = (uint32_t)(mark - from);
        p->query = span(buf, mark + 1, from + target.len);
    }
}

/* absolute-form, RFC 9112 3.2.2. Its authority would replace the Host field; here both must say
 * the same, so that nobody behind us can be shown another host than the guard saw. */
static bool absolute_target(struct mcp__h1 *p, const char *buf)
{
    mcp_str t = text(buf, p->target);
    size_t scheme = t.len > 8 && mcp_str_eq_nocase(mcp_str_n(t.ptr, 8), MCP_STR("https://"))  ? 8
                    : t.len > 7 && mcp_str_eq_nocase(mcp_str_n(t.ptr, 7), MCP_STR("http://")) ? 7
                                                                                              : 0;
    const char *slash = scheme ? memchr(t.ptr + scheme, '/', t.len - scheme) : NULL;

    mcp_str authority =
        slash ? mcp_str_n(t.ptr + scheme, (size_t)(slash - t.ptr) - scheme) : mcp_str_n(NULL, 0);

    if (authority.len == 0 || !mcp_str_eq_nocase(authority, text(buf, p->host))) {
        return false;
    }
    split_target(p, buf, span(buf, slash, t.ptr + t.len));
    return true;
}

static bool target_forms(struct mcp__h1 *p, const char *buf)
{
    mcp_str t = text(buf, p->target);

    if (t.ptr[0] == '/') {
        split_target(p, buf, p->target);
        return true;
    }
    if (mcp_str_eq(t, MCP_STR("*"))) {
        p->path = p->target;
        return p->method == MCP_HTTP_OPTIONS;
    }
    return absolute_target(p, buf);
}

/* What only the whole head can tell. */
static enum mcp__h1_result end_of_head(struct mcp__h1 *p, const char *buf)
{
    if (p->minor == 1 && !p->hosts) {
        return bad(p, 400, "Host is missing");
    }
    if (!target_forms(p, buf)) {
        return bad(p, 400, "the request target is malformed");
    }
    /* RFC 9112 6.1: a message with both, or a coding on HTTP/1.0, is a smuggling attempt. */
    if (p->has_coding && (p->has_length || p->minor == 0)) {
        return bad(p, 400, "the body has no single framing");
    }
    if (p->content_length > p->limits->body_bytes) {
        return bad(p, 413, "the body is too large");
    }
    p->left = p->content_length;
    p->is_keep_alive = !p->has_close && (p->minor == 1 || p->has_keep);
    p->wants_continue = p->has_expect && p->minor == 1 && (p->is_chunked || p->content_length > 0);
    return MCP__H1_DONE;
}

/* One complete line; [at, lf) is it with the CR. */
static enum mcp__h1_result line(struct mcp__h1 *p, const char *buf, const char *at, const char *lf)
{
    if (lf == at || lf[-1] != '\r') {
        return bad(p, 400, "a line does not end in CR LF");
    }
    const char *end = lf - 1;

    if (p->method_text.len == 0) {
        /* RFC 9112 2.2: one empty line before a request is forgiven. */
        return end == at && at == buf ? MCP__H1_MORE : request_line(p, buf, at, end);
    }
    return end == at ? end_of_head(p, buf) : field_line(p, buf, at, end);
}

/* Bytes that cannot begin a request (TLS, a NUL) are refused at once. */
static bool begins_badly(const struct mcp__h1 *p, const char *buf, size_t end)
{
    return p->method_text.len == 0 && end > p->line && buf[p->line] != '\r' &&
           !(mcp__h1_class[(uint8_t)buf[p->line]] & MCP__H1_TOKEN);
}

/* No line end in sight. */
static enum mcp__h1_result partial(struct mcp__h1 *p, size_t end)
{
    if (end < p->limits->head_bytes) {
        return MCP__H1_MORE;
    }
    return p->method_text.len == 0 ? bad(p, 414, "the request line is too long")
                                   : bad(p, 431, "the header fields are too large");
}

enum mcp__h1_result mcp__h1_head(struct mcp__h1 *p, const char *buf, size_t len)
{
    size_t end = len < p->limits->head_bytes ? len : p->limits->head_bytes;

    while (true) {
        if (begins_badly(p, buf, end)) {
            return bad(p, 400, "the request line is malformed");
        }
        const char *lf = end > p->seen ? memchr(buf + p->seen, '\n', end - p->seen) : NULL;

        if (!lf) {
            p->seen = end;
            return partial(p, end);
        }
        enum mcp__h1_result r = line(p, buf, buf + p->line, lf);

        if (r == MCP__H1_ROOM || r == MCP__H1_BAD) {
            return r;
        }
        p->line = p->seen = (size_t)(lf + 1 - buf);
        if (r == MCP__H1_DONE) {
            p->head_bytes = p->line;
            return r;
        }
    }
}
