/* transport/deliver_easy.c - one request as one libcurl transfer, and what came of it in words. */
#include <transport/deliver_own.h>

#include <sys/socket.h>
#include <unistd.h>

enum {
    TIMEOUT_MS = 10000,
    ANSWER_BYTES = 65536,
    HEAD_BYTES = 65536,
    HEADERS_MAX = 32,
    FIELD_MAX = 8192
};

/* ---- What is sent ---------------------------------------------------------------------------- */

static bool is_short_token(mcp_str s)
{
    return s.len <= 64 && mcp_str_is_token(s);
}

/* RFC 9110 5.5: what could end a line and begin another field is refused, not cleaned. */
static bool is_field_value(mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

/* Fields that say how the message is framed or where it goes are not the caller's. */
static bool is_ours(mcp_str name)
{
    static const char *const OURS[] = {"Host",
                                       "Content-Length",
                                       "Transfer-Encoding",
                                       "Connection",
                                       "Accept-Encoding",
                                       "Expect",
                                       "Upgrade",
                                       "TE",
                                       "Trailer"};

    for (size_t i = 0; i < sizeof(OURS) / sizeof(OURS[0]); i++) {
        if (mcp_str_eq_nocase(name, mcp_str_c(OURS[i]))) {
            return true;
        }
    }
    return false;
}

static const char *check_request(const struct mcp_delivery *r)
{
    if (!is_short_token(r->method)) {
        return "its method is no token";
    }
    if (r->n_headers > HEADERS_MAX) {
        return "it has more than 32 headers";
    }
    for (size_t i = 0; i < r->n_headers; i++) {
        const struct mcp_http_header *h = &r->headers[i];

        if (!is_short_token(h->name) || is_ours(h->name)) {
            return "a header has a name that it may not have";
        }
        if (!is_field_value(h->value) || h->name.len + h->value.len + 3 > FIELD_MAX) {
            return "a header has a value that it may not have";
        }
    }
    return NULL;
}

static bool add_line(struct mcp_delivery_work *d, const char *line)
{
    struct curl_slist *more = d->client->curl->slist_append(d->headers, line);

    d->headers = more ? more : d->headers;
    return more != NULL;
}

static bool has_header(const struct mcp_delivery *r, const char *name)
{
    for (size_t i = 0; i < r->n_headers; i++) {
        if (mcp_str_eq_nocase(r->headers[i].name, mcp_str_c(name))) {
            return true;
        }
    }
    return false;
}

static bool add_headers(struct mcp_delivery_work *d)
{
    const struct mcp_delivery *r = d->request;
    char line[FIELD_MAX];
    bool ok = add_line(d, "Expect:"); /* libcurl would wait a second for 100 (Continue) */

    if (!has_header(r, "Content-Type")) {
        ok = ok && add_line(d, "Content-Type:"); /* else libcurl says it is a form */
    }
    for (size_t i = 0; i < r->n_headers && ok; i++) {
        const struct mcp_http_header *h = &r->headers[i];

        /* "Name;" is how libcurl is told an empty value */
        snprintf(line, sizeof(line), h->value.len ? "%.*s: %.*s" : "%.*s;%.*s",
                 MCP_STR_ARG(h->name), MCP_STR_ARG(h->value));
        ok = add_line(d, line);
    }
    explicit_bzero(line, sizeof(line));
    return ok;
}

/* ---- While it runs; the thread's ------------------------------------------------------------- */

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct mcp_delivery_work *d = user;
    const struct mcp_deliver_options *opt = &d->client->opt;
    struct mcp_address a;
    const char *why = "its address is neither IPv4 nor IPv6";

    (void)purpose;
    if (d->request->mail) {
        why = NULL;
    } else if (mcp_address_of(&to->addr, to->addrlen, &a)) {
        why = mcp_address_refusal(&a, opt->allowed, opt->n_allowed);
    }
    if (why) {
        d->refusal = why;
        return CURL_SOCKET_BAD;
    }
    d->has_tried = true;
    int fd = socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);

    if (d->request->mail) {
        mcp__delivery_mail_socket(d, fd);
    }
    return fd;
}

static size_t take_body(char *bytes, size_t one, size_t n, void *user)
{
    struct mcp_delivery_work *d = user;
    struct mcp_buf *b = &d->request->body_in;

    mcp_buf_add(b, mcp_str_n(bytes, one * n));
    d->is_over = b->is_over;
    return b->failed ? 0 : one * n;
}

/* What is too long for `out` is left out: no real one is. */
static void keep(char out[MCP_DELIVERY_HEADER], mcp_str value)
{
    value = mcp_str_trim(value);
    if (value.len < MCP_DELIVERY_HEADER && is_field_value(value)) {
        memcpy(out, value.ptr, value.len);
        out[value.len] = '\0';
    }
}

static void read_field(struct mcp_delivery_work *d, mcp_str line)
{
    mcp_str value = line, name = mcp_str_cut(&value, ':');

    if (value.ptr && mcp_str_eq_nocase(name, MCP_STR("Retry-After"))) {
        keep(d->request->retry_after, value);
    } else if (value.ptr && mcp_str_eq_nocase(name, MCP_STR("Date"))) {
        keep(d->request->date, value);
    }
}

static size_t take_header(char *bytes, size_t one, size_t n, void *user)
{
    struct mcp_delivery_work *d = user;
    mcp_str line = mcp_str_n(bytes, one * n);

    d->head_bytes += line.len;
    if (d->head_bytes > HEAD_BYTES) {
        d->is_over = true;
        return 0;
    }
    while (line.len && (line.ptr[line.len - 1] == '\r' || line.ptr[line.len - 1] == '\n')) {
        line.len--;
    }
    if (mcp_str_starts(line, MCP_STR("HTTP/"))) { /* after a 100 (Continue) a second head comes */
        d->request->retry_after[0] = d->request->date[0] = '\0';
        d->is_head_whole = false;
    } else if (line.len == 0) {
        d->is_head_whole = true;
    } else if (!d->is_head_whole) { /* else it is a trailer */
        read_field(d, line);
    }
    return one * n;
}

/* ---- Setting up ------------------------------------------------------------------------------ */

bool mcp__delivery_set_rules(struct mcp_delivery_work *d)
{
    const struct mcp_deliver_options *opt = &d->client->opt;
    int bad = 0;

    MCP__SET(CURLOPT_PROXY, ""); /* "": none, whatever the environment says */
    MCP__SET(CURLOPT_NOPROXY, "*");
    MCP__SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    MCP__SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    MCP__SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    MCP__SET(CURLOPT_SSL_VERIFYPEER, 1L);
    MCP__SET(CURLOPT_SSL_VERIFYHOST, 2L);
    if (opt->ca_file) {
        MCP__SET(CURLOPT_CAINFO, opt->ca_file);
        MCP__SET(CURLOPT_CAPATH, NULL);
    }
    if (d->client->resolve) {
        MCP__SET(CURLOPT_RESOLVE, d->client->resolve);
    }
    MCP__SET(CURLOPT_NOSIGNAL, 1L);
    MCP__SET(CURLOPT_QUICK_EXIT, 1L); /* a stop waits for no resolver */
    MCP__SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    MCP__SET(CURLOPT_OPENSOCKETDATA, d);
    return bad == 0;
}

static bool set_request(struct mcp_delivery_work *d, const char *method)
{
    const struct mcp_delivery *r = d->request;
    const struct mcp_deliver_options *opt = &d->client->opt;
    const char *schemes = opt->allow_http ? "http,https" : "https";
    bool has_body = r->body.ptr || strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0;
    int bad = 0;

    MCP__SET(CURLOPT_PROTOCOLS_STR, schemes);
    MCP__SET(CURLOPT_FOLLOWLOCATION, 0L);
    MCP__SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    MCP__SET(CURLOPT_HTTP09_ALLOWED, 0L);
    MCP__SET(CURLOPT_ACCEPT_ENCODING, ""); /* all that libcurl unpacks */
    MCP__SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)r->answer_bytes_max);
    MCP__SET(CURLOPT_WRITEFUNCTION, take_body);
    MCP__SET(CURLOPT_WRITEDATA, d);
    MCP__SET(CURLOPT_HEADERFUNCTION, take_header);
    MCP__SET(CURLOPT_URL, d->url);
    MCP__SET(CURLOPT_PATH_AS_IS, 1L);
    if (has_body) {
        MCP__SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len);
        MCP__SET(CURLOPT_POSTFIELDS, r->body.ptr ? r->body.ptr : "");
    } else if (strcmp(method, "HEAD") == 0) {
        MCP__SET(CURLOPT_NOBODY, 1L);
    }
    MCP__SET(CURLOPT_CUSTOMREQUEST, method); /* copied */
    MCP__SET(CURLOPT_HTTPHEADER, d->headers);
    if (!has_header(r, "User-Agent")) {
        MCP__SET(CURLOPT_USERAGENT, opt->user_agent);
    }
    return bad == 0;
}

bool mcp__delivery_set_end(struct mcp_delivery_work *d)
{
    struct mcp_delivery *r = d->request;
    int bad = 0;

    mcp_buf_init(&r->body_in, r->answer_bytes_max);
    MCP__SET(CURLOPT_TIMEOUT_MS, (long)r->timeout_ms);
    MCP__SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(r->timeout_ms + 1) / 2);
    MCP__SET(CURLOPT_HEADERDATA, d);
    MCP__SET(CURLOPT_ERRORBUFFER, d->words);
    MCP__SET(CURLOPT_PRIVATE, d);
    return bad == 0;
}

static void clear_result(struct mcp_delivery *r)
{
    r->end = MCP_DELIVERY_FAILED;
    r->status = 0;
    r->body_in = (struct mcp_buf){0};
    r->retry_after[0] = r->date[0] = r->why[0] = '\0';
    r->took_ms = 0;
    r->timeout_ms = r->timeout_ms > 0 ? r->timeout_ms : TIMEOUT_MS;
    r->answer_bytes_max = r->answer_bytes_max ? r->answer_bytes_max : ANSWER_BYTES;
}

bool mcp__delivery_arrive(struct mcp_delivery_work *d)
{
    const char *why;

    clear_result(d->request);
    if (d->request->mail) {
        why = mcp__delivery_mail_check(d);
    } else {
        why = mcp__deliver_url_read(d->client, d->request->url, &d->to);
        why = why ? why : check_request(d->request);
    }
    if (why) {
        mcp__delivery_refuse(d, why);
    }
    return !why;
}

static bool set_http(struct mcp_delivery_work *d)
{
    char method[80];

    snprintf(method, sizeof(method), "%.*s", MCP_STR_ARG(d->request->method));
    return add_headers(d) && set_request(d, method);
}

bool mcp__delivery_prepare(struct mcp_delivery_work *d)
{
    d->easy = d->client->curl->easy_init();
    if (!d->easy || !mcp__delivery_set_rules(d) || !mcp__delivery_set_end(d) ||
        !(d->request->mail ? mcp__delivery_mail_set(d) : set_http(d))) {
        mcp__delivery_end(d, MCP_DELIVERY_FAILED, "out of memory");
        return false;
    }
    return true;
}
