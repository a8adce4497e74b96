/* transport/deliver_mail.c - a request that is a mail: judged, set up, and how it ended.
 *
 * libcurl speaks SMTP, and doubles the dots that begin a line (RFC 5321 4.5.2). A connection takes
 * one mail: what a server keeps open for the next one it may close at any time. */
#include <transport/deliver_own.h>

#include <mcp/alloc.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum {
    TEXT_LINE_MAX = 998,
    ADDRESS_MAX = 254,
    LOGIN_MAX = 1024
}; /* RFC 5322 2.1.1; RFC 5321 4.5.3.1.3 */

/* ---- Before it is sent ----------------------------------------------------------------------- */

const char *mcp_deliver_check_mailbox(mcp_str address)
{
    size_t n_at = 0;

    for (size_t i = 0; i < address.len; i++) {
        char c = address.ptr[i];

        if (c <= ' ' || c > '~' || strchr("<>()[]\\\",;:", c)) {
            return "it has characters that belong in no plain address";
        }
        n_at += c == '@';
    }
    if (address.len > ADDRESS_MAX || n_at != 1 || address.ptr[0] == '@' ||
        address.ptr[address.len - 1] == '@') {
        return "it is not like ada@example.com";
    }
    return NULL;
}

/* Lines end with CRLF, and are as long as they may be; CR and LF are nowhere else. */
static bool is_message(mcp_str s)
{
    size_t begin = 0;

    for (size_t i = 0; i < s.len; i++) {
        bool is_end = s.ptr[i] == '\r' && i + 1 < s.len && s.ptr[i + 1] == '\n';

        if (s.ptr[i] == '\0' || (!is_end && (s.ptr[i] == '\r' || s.ptr[i] == '\n')) ||
            (is_end && i - begin > TEXT_LINE_MAX)) {
            return false;
        }
        i += is_end;
        begin = is_end ? i + 1 : begin;
    }
    return s.len > 0 && begin == s.len;
}

static bool is_login(mcp_str s)
{
    return s.len <= LOGIN_MAX && (s.len == 0 || !memchr(s.ptr, '\0', s.len));
}

const char *mcp__delivery_mail_check(struct mcp_delivery_work *d)
{
    const struct mcp_delivery *r = d->request;
    const struct mcp_delivery_mail *m = r->mail;
    const char *why = mcp__deliver_mail_url_read(r->url, &d->to);

    if (why) {
        return why;
    }
    if (mcp_deliver_check_mailbox(m->from) || mcp_deliver_check_mailbox(m->to)) {
        return "an address is none";
    }
    if (!is_message(r->body)) {
        return "it is no message: a line is too long, or does not end with CRLF";
    }
    if (!is_login(m->user) || !is_login(m->password)) {
        return "the login is too long";
    }
    return m->is_plain && m->user.len ? "a login is not sent without TLS" : NULL;
}

/* ---- While it runs --------------------------------------------------------------------------- */

static size_t give_body(char *to, size_t one, size_t n, void *user)
{
    struct mcp_delivery_work *d = user;
    mcp_str body = d->request->body;
    size_t left = body.len - d->mail.n_sent, give = left < one * n ? left : one * n;

    memcpy(to, body.ptr + d->mail.n_sent, give);
    d->mail.n_sent += give;
    return give;
}

void mcp__delivery_mail_socket(struct mcp_delivery_work *d, int fd)
{
    d->mail.sockets[d->mail.n_sockets++ % MCP__MAIL_SOCKETS] = fd;
}

/* The port of this end or the other; 0: none. */
static uint16_t port_of(int fd, bool is_peer)
{
    struct sockaddr_storage at = {.ss_family = AF_UNSPEC};
    socklen_t n = sizeof(at);
    struct sockaddr_in in;
    struct sockaddr_in6 in6;

    if (is_peer ? getpeername(fd, (struct sockaddr *)&at, &n)
                : getsockname(fd, (struct sockaddr *)&at, &n)) {
        return 0;
    }
    memcpy(&in, &at, sizeof(in));
    memcpy(&in6, &at, sizeof(in6));
    return ntohs(at.ss_family == AF_INET6 ? in6.sin6_port : in.sin_port);
}

/* Read nothing more from the connection. Of the descriptors that were opened for it others may be
 * somebody else's by now: the ports say which one is the connection's. */
static void deafen(struct mcp_delivery_work *d)
{
    size_t n = d->mail.n_sockets < MCP__MAIL_SOCKETS ? d->mail.n_sockets : MCP__MAIL_SOCKETS;
    long port = 0;

    (void)d->client->curl->easy_getinfo(d->easy, CURLINFO_LOCAL_PORT, &port);
    for (size_t i = 0; i < n; i++) {
        int fd = d->mail.sockets[i];

        if (port > 0 && port_of(fd, false) == port && port_of(fd, true) == d->to.port) {
            (void)shutdown(fd, SHUT_RD);
        }
    }
}

/* libcurl waits for the answer to its QUIT, up to two minutes, with all other transfers. Nobody
 * needs it: once it is said, there is nothing more to read. */
static int watch(CURL *easy, curl_infotype type, char *bytes, size_t n, void *user)
{
    struct mcp_delivery_work *d = user;

    (void)easy;
    if (type == CURLINFO_HEADER_OUT && mcp_str_starts(mcp_str_n(bytes, n), MCP_STR("QUIT"))) {
        d->mail.is_leaving = true;
        deafen(d);
    }
    return 0;
}

/* For the answer to a message libcurl waits like that, too, up to the whole timeout; it calls this
 * once a second then. Not 0: end it. The message may have been taken. */
static int look_up(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total,
                   curl_off_t up_now)
{
    struct mcp_delivery_work *d = user;
    struct mcp_deliver *client = d->client;
    bool is_over;

    (void)total, (void)now, (void)up_total, (void)up_now;
    pthread_mutex_lock(&client->lock);
    is_over = client->is_stopping || d->is_cancelled;
    pthread_mutex_unlock(&client->lock);
    return is_over;
}

static void note_status(struct mcp_delivery_work *d, mcp_str line)
{
    uint64_t status = 0;

    if (line.len >= 3 && mcp_str_uint(mcp_str_n(line.ptr, 3), 999, &status)) {
        d->mail.status = (int)status;
    }
}

/* A line that the server said: the newest is kept. */
static size_t take_line(char *bytes, size_t one, size_t n, void *user)
{
    struct mcp_delivery_work *d = user;
    mcp_str line = mcp_str_n(bytes, one * n);

    while (line.len && (line.ptr[line.len - 1] == '\r' || line.ptr[line.len - 1] == '\n')) {
        line.len--;
    }
    if (line.len && !d->mail.is_leaving) {
        note_status(d, line);
        mcp_buf_clear(&d->request->body_in);
        mcp_buf_add(&d->request->body_in, line);
    }
    return one * n;
}

static size_t drop_body(char *bytes, size_t one, size_t n, void *user)
{
    (void)bytes, (void)user;
    return one * n;
}

/* ---- Setting up ------------------------------------------------------------------------------ */

static bool add_rcpt(struct mcp_delivery_work *d, const char *to)
{
    d->headers = d->client->curl->slist_append(NULL, to);
    return d->headers != NULL;
}

static bool set_login(struct mcp_delivery_work *d)
{
    char *user = mcp_alloc_str(d->request->mail->user);
    char *password = mcp_alloc_str(d->request->mail->password);
    int bad = !user || !password;

    if (!bad) {
        MCP__SET(CURLOPT_USERNAME, user); /* copied */
        MCP__SET(CURLOPT_PASSWORD, password);
    }
    if (password) {
        explicit_bzero(password, strlen(password));
    }
    mcp_free(user);
    mcp_free(password);
    return bad == 0;
}

bool mcp__delivery_mail_set(struct mcp_delivery_work *d)
{
    const struct mcp_delivery_mail *m = d->request->mail;
    char from[ADDRESS_MAX + 1], to[ADDRESS_MAX + 1];
    int bad = 0;

    snprintf(from, sizeof(from), "%.*s", MCP_STR_ARG(m->from));
    snprintf(to, sizeof(to), "%.*s", MCP_STR_ARG(m->to));
    if (!add_rcpt(d, to) || (m->user.len && !set_login(d))) {
        return false;
    }
    MCP__SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    MCP__SET(CURLOPT_USE_SSL, (long)(m->is_plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    MCP__SET(CURLOPT_URL, d->url);
    MCP__SET(CURLOPT_PORT, (long)d->to.port);
    MCP__SET(CURLOPT_FORBID_REUSE, 1L);
    MCP__SET(CURLOPT_MAIL_FROM, from); /* copied */
    MCP__SET(CURLOPT_MAIL_RCPT, d->headers);
    MCP__SET(CURLOPT_UPLOAD, 1L);
    MCP__SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)d->request->body.len);
    MCP__SET(CURLOPT_READFUNCTION, give_body);
    MCP__SET(CURLOPT_READDATA, d);
    MCP__SET(CURLOPT_WRITEFUNCTION, drop_body);
    MCP__SET(CURLOPT_HEADERFUNCTION, take_line);
    MCP__SET(CURLOPT_VERBOSE, 1L);
    MCP__SET(CURLOPT_DEBUGFUNCTION, watch);
    MCP__SET(CURLOPT_DEBUGDATA, d);
    MCP__SET(CURLOPT_NOPROGRESS, 0L);
    MCP__SET(CURLOPT_XFERINFOFUNCTION, look_up);
    MCP__SET(CURLOPT_XFERINFODATA, d);
    return bad == 0;
}

/* ---- How it ended ---------------------------------------------------------------------------- */

/* What libcurl says when a command was answered with 4xx or 5xx; the code is in the answer. */
static bool is_refusal(CURLcode code)
{
    return code == CURLE_SEND_ERROR || code == CURLE_WEIRD_SERVER_REPLY ||
           code == CURLE_REMOTE_ACCESS_DENIED || code == CURLE_RECV_ERROR;
}

bool mcp__delivery_mail_end(struct mcp_delivery_work *d, CURLcode code)
{
    int status = code == CURLE_OK ? 250 : d->mail.status;

    if (code == CURLE_LOGIN_DENIED) {
        mcp__delivery_end(d, MCP_DELIVERY_DENIED, "the mail server does not take the login");
    } else if (code == CURLE_USE_SSL_FAILED) {
        mcp__delivery_end(d, MCP_DELIVERY_INSECURE, "the mail server has no STARTTLS");
    } else if (code == CURLE_UNSUPPORTED_PROTOCOL) {
        mcp__delivery_end(d, MCP_DELIVERY_FAILED, "this libcurl speaks no SMTP");
    } else if (code == CURLE_OK || (is_refusal(code) && status >= 400 && status <= 599)) {
        d->request->status = status;
        mcp__delivery_end(d, MCP_DELIVERY_ANSWERED, "");
    } else if (code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_REMOTE_ACCESS_DENIED) {
        mcp__delivery_end(d, MCP_DELIVERY_GARBLED, "the answer is no SMTP that can be read");
    } else {
        return false;
    }
    return true;
}
