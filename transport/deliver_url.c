/* transport/deliver_url.c - what a URL may be before anything is looked up.
 *
 * The URL is taken apart here, strictly, and by libcurl, which is what will use it; where the two
 * do not agree it is refused. Two parsers that read one URL differently are how a check is passed
 * for one host and the connection made to another. */
#include <transport/deliver_own.h>

#define ODD_URL "it has characters that belong in no URL, or is too long"

/* ---- Ports ----------------------------------------------------------------------------------- */

/* Of the ports from 1024 on those that Fetch blocks, each known for another protocol:
 * https://fetch.spec.whatwg.org/#port-blocking */
static const uint16_t OTHER_PROTOCOLS[] = {1719, 1720, 1723, 2049, 3659, 4045, 4190,
                                           5060, 5061, 6000, 6566, 6665, 6666, 6667,
                                           6668, 6669, 6679, 6697, 10080};

static bool is_port_plain(uint16_t port)
{
    for (size_t i = 0; i < sizeof(OTHER_PROTOCOLS) / sizeof(OTHER_PROTOCOLS[0]); i++) {
        if (port == OTHER_PROTOCOLS[i]) {
            return false;
        }
    }
    return port == 80 || port == 443 || port >= 1024;
}

static bool is_port_allowed(const struct mcp__ports *p, uint16_t port)
{
    for (size_t i = 0; i < p->n; i++) {
        if (port >= p->ranges[i].low && port <= p->ranges[i].high) {
            return true;
        }
    }
    return p->n == 0 && is_port_plain(port);
}

static bool read_port(mcp_str text, uint16_t *ret)
{
    uint64_t port;

    if (text.len > 5 || !mcp_str_uint(text, 65535, &port) || port == 0) {
        return false;
    }
    *ret = (uint16_t)port;
    return true;
}

bool mcp__ports_parse(const char *text, struct mcp__ports *ret)
{
    struct mcp__ports p = {.n = 0};

    for (mcp_str rest = mcp_str_c(text); rest.ptr; p.n++) {
        mcp_str high = mcp_str_trim(mcp_str_cut(&rest, ',')), low = mcp_str_cut(&high, '-');

        if (p.n == MCP__PORT_RANGES_MAX || !read_port(low, &p.ranges[p.n].low) ||
            !read_port(high.ptr ? high : low, &p.ranges[p.n].high) ||
            p.ranges[p.n].low > p.ranges[p.n].high) {
            return false;
        }
    }
    *ret = p;
    return true;
}

/* ---- The URL by our own rules ---------------------------------------------------------------- */

static bool is_plain(mcp_str url)
{
    for (size_t i = 0; i < url.len; i++) {
        if (url.ptr[i] <= ' ' || url.ptr[i] > '~' || url.ptr[i] == '\\') {
            return false;
        }
    }
    return url.len > 0 && url.len < MCP__URL_MAX;
}

static const char *cut_scheme(const struct mcp_deliver *d, mcp_str *url, uint16_t *ret_port)
{
    static const mcp_str SECURE = MCP_STR_INIT("https://"), PLAIN = MCP_STR_INIT("http://");
    mcp_str head = *url;

    head.len = url->len < SECURE.len ? url->len : SECURE.len;
    *ret_port = 443;
    if (!mcp_str_eq_nocase(head, SECURE)) {
        head.len = url->len < PLAIN.len ? url->len : PLAIN.len;
        *ret_port = 80;
        if (!mcp_str_eq_nocase(head, PLAIN)) {
            return d->opt.allow_http ? "its scheme is neither https nor http"
                                     : "its scheme is not https";
        }
        if (!d->opt.allow_http) {
            return "its scheme is not https";
        }
    }
    *url = mcp_str_n(url->ptr + head.len, url->len - head.len);
    return NULL;
}

static mcp_str cut_authority(mcp_str rest)
{
    size_t n = 0;

    while (n < rest.len && rest.ptr[n] != '/' && rest.ptr[n] != '?' && rest.ptr[n] != '#') {
        n++;
    }
    return mcp_str_n(rest.ptr, n);
}

static const char *read_authority(mcp_str authority, struct mcp__deliver_url *ret)
{
    bool is_bracketed = authority.len && authority.ptr[0] == '[';
    mcp_str port = authority, host;

    if (authority.len && memchr(authority.ptr, '@', authority.len)) {
        return "it carries a user name";
    }
    if (is_bracketed) {
        host = mcp_str_cut(&port, ']');
        host.len += port.ptr ? 1 : 0;
        port = port.len ? port : mcp_str_n(NULL, 0);
        if (port.ptr && port.ptr[0] != ':') {
            return "it has no host";
        }
        port = port.ptr ? mcp_str_n(port.ptr + 1, port.len - 1) : port;
    } else {
        host = mcp_str_cut(&port, ':');
    }
    if (host.len == 0 || host.len >= sizeof(ret->host)) {
        return "it has no host";
    }
    if (port.ptr && !read_port(port, &ret->port)) {
        return "its port is no number from 1 to 65535";
    }
    for (size_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];

        ret->host[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    ret->host[host.len] = '\0';
    return NULL;
}

static const char *cut_mail_scheme(mcp_str *url, uint16_t *ret_port)
{
    static const mcp_str SECURE = MCP_STR_INIT("smtps://"), PLAIN = MCP_STR_INIT("smtp://");
    bool is_secure = mcp_str_starts(*url, SECURE);
    size_t n = is_secure ? SECURE.len : PLAIN.len;

    if (!is_secure && !mcp_str_starts(*url, PLAIN)) {
        return "its scheme is neither smtp nor smtps";
    }
    *ret_port = is_secure ? 465 : 587; /* RFC 8314 3.3, RFC 6409 3.1 */
    *url = mcp_str_n(url->ptr + n, url->len - n);
    return NULL;
}

const char *mcp__deliver_mail_url_read(mcp_str url, struct mcp__deliver_url *ret)
{
    const char *why = is_plain(url) ? NULL : ODD_URL;
    mcp_str rest = url;
    struct mcp_address a;

    *ret = (struct mcp__deliver_url){.port = 0};
    why = why ? why : cut_mail_scheme(&rest, &ret->port);
    mcp_str authority = why ? rest : cut_authority(rest);

    why = why ? why : read_authority(authority, ret);
    if (!why && rest.len - authority.len > (rest.len && rest.ptr[rest.len - 1] == '/' ? 1 : 0)) {
        why = "it has more than a host and a port";
    }
    if (!why && mcp_address_host(mcp_str_c(ret->host), &a) != MCP_HOST_NAME &&
        mcp_address_host(mcp_str_c(ret->host), &a) != MCP_HOST_ADDRESS) {
        why = "its host is no host name, or an address in an odd spelling";
    }
    return why;
}

const char *mcp_deliver_check_mail_url(mcp_str url)
{
    struct mcp__deliver_url ignored;

    return mcp__deliver_mail_url_read(url, &ignored);
}

static const char *judge_host(const struct mcp_deliver *d, const struct mcp__deliver_url *u)
{
    struct mcp_address a;

    switch (mcp_address_host(mcp_str_c(u->host), &a)) {
    case MCP_HOST_NAME:
        return NULL;
    case MCP_HOST_ADDRESS:
        return mcp_address_refusal(&a, d->opt.allowed, d->opt.n_allowed);
    default:
        return "its host is no host name, or an address in an odd spelling";
    }
}

/* ---- The same by libcurl --------------------------------------------------------------------- */

static bool is_same_host(const char *ours, const char *theirs)
{
    struct mcp_address a, b;

    if (mcp_str_eq_nocase(mcp_str_c(ours), mcp_str_c(theirs))) {
        return true;
    }
    return ours[0] == '[' && /* libcurl shortens IPv6 */
           mcp_address_host(mcp_str_c(ours), &a) == MCP_HOST_ADDRESS &&
           mcp_address_host(mcp_str_c(theirs), &b) == MCP_HOST_ADDRESS &&
           memcmp(&a, &b, sizeof(a)) == 0;
}

static bool reads_alike(const struct mcp__curl *curl, const char *url,
                        const struct mcp__deliver_url *ours)
{
    CURLU *u = curl->url();
    char *host = NULL, *port = NULL;
    char text[8];
    bool same = false;

    snprintf(text, sizeof(text), "%d", ours->port);
    if (u && !curl->url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER) &&
        !curl->url_get(u, CURLUPART_HOST, &host, 0) &&
        !curl->url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT)) {
        same = is_same_host(ours->host, host) && strcmp(port, text) == 0;
    }
    curl->free_text(host);
    curl->free_text(port);
    curl->url_cleanup(u);
    return same;
}

const char *mcp__deliver_url_read(const struct mcp_deliver *d, mcp_str url,
                                  struct mcp__deliver_url *ret)
{
    char copy[MCP__URL_MAX];
    const char *why = is_plain(url) ? NULL : ODD_URL;
    mcp_str rest = url;

    *ret = (struct mcp__deliver_url){.port = 0};
    why = why ? why : cut_scheme(d, &rest, &ret->port);
    why = why ? why : read_authority(cut_authority(rest), ret);
    why = why ? why : judge_host(d, ret);
    if (!why && !is_port_allowed(&d->ports, ret->port)) {
        why = "its port is not allowed";
    }
    if (why) {
        return why;
    }
    memcpy(copy, url.ptr, url.len);
    copy[url.len] = '\0';
    const struct mcp__curl *curl = mcp__curl_get();

    /* without libcurl nothing will be sent to it anyway */
    return !curl || reads_alike(curl, copy, ret) ? NULL
                                                 : "it is not one that every program reads alike";
}

const char *mcp_deliver_check_url(const struct mcp_deliver *d, mcp_str url)
{
    struct mcp__deliver_url ignored;

    return mcp__deliver_url_read(d, url, &ignored);
}
