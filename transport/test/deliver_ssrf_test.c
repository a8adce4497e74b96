/* Server-side request forgery: whatever the URL, the resolver, an answer or the environment say,
 * not one connection arrives at an address that is not allowed.
 *
 * Each matrix runs twice, against listeners that count: refused (none may arrive), and with the
 * addresses allowed (each that can arrive does, so that the first run proves something). */
#include <transport/test/deliver_wait.h>
#include <transport/test/peer.h>

#include <netdb.h>

/* ---- A resolver that the test owns ---- */

/* Names that end in ".test", answered with these addresses; the second answer is `later`. What a
 * CNAME leads to reaches libcurl the same way: as addresses. */
static struct name {
    const char *name, *first[2], *later;
    atomic_int n_asked;
} names[] = {
    {.name = "loopback.test", .first = {"127.0.0.1"}},
    {.name = "cname.test", .first = {"127.0.0.2"}},
    {.name = "any.test", .first = {"0.0.0.0"}},
    {.name = "six.test", .first = {"::1"}},
    {.name = "mapped.test", .first = {"::ffff:127.0.0.1"}},
    {.name = "nat64.test", .first = {"64:ff9b::7f00:1"}},
    {.name = "half.test", .first = {"127.0.0.1", "127.0.0.4"}},
    {.name = "both.test", .first = {"127.0.0.1", "127.0.0.3"}},
    {.name = "rebind.test", .first = {"127.0.0.3"}, .later = "127.0.0.1"},
};

static struct addrinfo *make_answer(const char *address, int port, struct addrinfo *next)
{
    struct mcp_address a;
    struct addrinfo *ai = calloc(1, sizeof(*ai) + sizeof(struct sockaddr_in6));

    ai->ai_addr = (struct sockaddr *)(void *)(ai + 1);
    T_CHECK(mcp_address_parse(mcp_str_c(address), &a));
    if (a.is_v6) {
        struct sockaddr_in6 s = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};

        memcpy(&s.sin6_addr, a.bytes, 16);
        memcpy(ai->ai_addr, &s, sizeof(s));
        ai->ai_addrlen = sizeof(s);
    } else {
        struct sockaddr_in s = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

        memcpy(&s.sin_addr, a.bytes, 4);
        memcpy(ai->ai_addr, &s, sizeof(s));
        ai->ai_addrlen = sizeof(s);
    }
    ai->ai_family = a.is_v6 ? AF_INET6 : AF_INET;
    ai->ai_socktype = SOCK_STREAM;
    ai->ai_protocol = IPPROTO_TCP;
    ai->ai_canonname = strdup("elsewhere.test");
    ai->ai_next = next;
    return ai;
}

/* In the place of libc's, also for libcurl. */
__attribute__((visibility("default"))) int getaddrinfo(const char *node, const char *service,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **ret)
{
    int port = service ? (int)strtol(service, NULL, 10) : 0;

    (void)hints;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct name *n = &names[i];

        if (strcasecmp(node, n->name) != 0) {
            continue;
        }
        bool is_later = atomic_fetch_add(&n->n_asked, 1) > 0 && n->later;

        *ret = n->first[1] && !is_later ? make_answer(n->first[1], port, NULL) : NULL;
        *ret = make_answer(is_later ? n->later : n->first[0], port, *ret);
        return 0;
    }
    struct mcp_address a; /* numbers, and the names that every machine has */
    bool is_local = strcasecmp(node, "localhost") == 0 || strcasecmp(node, "localhost.") == 0;

    if (is_local || mcp_address_parse(mcp_str_c(node), &a)) {
        *ret = make_answer(is_local ? "127.0.0.1" : node, port, NULL);
        return 0;
    }
    return EAI_NONAME;
}

__attribute__((visibility("default"))) void freeaddrinfo(struct addrinfo *ai)
{
    for (struct addrinfo *next; ai; ai = next) {
        next = ai->ai_next;
        free(ai->ai_canonname);
        free(ai);
    }
}

/* ---- Listeners ---- */

static bool answer(struct peer_conn *c)
{
    return peer_reply(c, 200, "", "in!", 3);
}

/* Where nobody may come, on one port; and the one allowed receiver, on 127.0.0.3. */
struct field {
    struct peer inside[3]; /* 127.0.0.1, 127.0.0.2, ::1 */
    size_t n_inside;
    bool has_v6;
    struct peer outside;
};

static int arrivals(struct field *f)
{
    int n = 0;

    for (size_t i = 0; i < f->n_inside; i++) {
        n += atomic_load(&f->inside[i].n_accepted);
    }
    return n;
}

static void open_field(struct field *f, peer_answer_fn *outside)
{
    memset(f, 0, sizeof(*f));
    T_CHECK(peer_open_at(&f->inside[0], "127.0.0.1", 0, NULL, answer));
    T_CHECK(peer_open_at(&f->inside[1], "127.0.0.2", f->inside[0].port, NULL, answer));
    f->n_inside = 2;
    f->has_v6 = peer_open_at(&f->inside[2], "::1", f->inside[0].port, NULL, answer);
    f->n_inside += f->has_v6;
    T_CHECK(peer_open_at(&f->outside, "127.0.0.3", f->inside[0].port, NULL, outside));
    f->outside.user = f;
}

static void close_field(struct field *f)
{
    for (size_t i = 0; i < f->n_inside; i++) {
        peer_close(&f->inside[i]);
    }
    peer_close(&f->outside);
}

/* Only 127.0.0.3 (and .4, where nobody is) is allowed, or (`is_open`) all of loopback. */
static void open_client(struct waiter *w, bool is_open)
{
    struct mcp_network allowed[3];

    T_CHECK(
        mcp_network_parse(is_open ? MCP_STR("127.0.0.0/8") : MCP_STR("127.0.0.3"), &allowed[0]));
    T_CHECK(mcp_network_parse(MCP_STR("::1"), &allowed[1]));
    T_CHECK(mcp_network_parse(MCP_STR("0.0.0.0"), &allowed[2]));
    if (!is_open) {
        T_CHECK(mcp_network_parse(MCP_STR("127.0.0.4"), &allowed[1]));
    }
    static struct mcp_network kept[2][3];

    memcpy(kept[is_open], allowed, sizeof(allowed));
    waiter_open(w,
                (struct mcp_deliver_options){
                    .allow_http = true, .allowed = kept[is_open], .n_allowed = is_open ? 3 : 2},
                false);
}

/* "%p" in a URL stands for the port. */
static void write_url(char *out, size_t bytes, const char *pattern, uint16_t port)
{
    size_t n = 0;

    for (const char *at = pattern; *at && n + 8 < bytes; at++) {
        if (at[0] == '%' && at[1] == 'p') {
            n += (size_t)snprintf(out + n, bytes - n, "%d", port);
            at++;
        } else {
            out[n++] = *at;
        }
    }
    out[n] = '\0';
}

static enum mcp_delivery_end go(struct waiter *w, const char *pattern, uint16_t port, char *why)
{
    char url[256], body[16];
    struct mcp_delivery r = {.method = MCP_STR("GET"), .timeout_ms = 3000};

    write_url(url, sizeof(url), pattern, port);
    r.url = mcp_str_c(url);
    waiter_ask(w, &r, body, sizeof(body));
    memcpy(why, r.why, sizeof(r.why));
    return r.end;
}

/* ---- The matrix ---- */

enum kind {
    ARRIVES,
    ODD,
    UNROUTED
}; /* when allowed: comes in; is refused all the same; no route */

static const struct {
    const char *url;
    enum kind kind;
} MATRIX[] = {
    /* literal */
    {"http://127.0.0.1:%p/", ARRIVES},
    {"http://127.0.0.2:%p/", ARRIVES},
    {"http://0.0.0.0:%p/", ARRIVES},
    /* decimal, octal, hexadecimal, short, mixed */
    {"http://2130706433:%p/", ODD},
    {"http://017700000001:%p/", ODD},
    {"http://0x7f000001:%p/", ODD},
    {"http://0X7F.0.0.1:%p/", ODD},
    {"http://0177.0.0.1:%p/", ODD},
    {"http://0177.0x0.0.01:%p/", ODD},
    {"http://127.1:%p/", ODD},
    {"http://127.0.1:%p/", ODD},
    {"http://0:%p/", ODD},
    {"http://127.0.0.1.:%p/", ODD},
    {"http://127.0.0.001:%p/", ODD},
    {"http://%31%32%37.0.0.1:%p/", ODD},
    {"http://\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1:%p/", ODD},
    {"http://127\xe3\x80\x82"
     "0.0.1:%p/",
     ODD},
    /* IPv6: loopback, mapped, NAT64, 6to4, zones */
    {"http://[::1]:%p/", ARRIVES},
    {"http://[0:0:0:0:0:0:0:1]:%p/", ARRIVES},
    {"http://[::ffff:127.0.0.1]:%p/", ARRIVES},
    {"http://[::ffff:7f00:2]:%p/", ARRIVES},
    {"http://[64:ff9b::127.0.0.1]:%p/", UNROUTED},
    {"http://[2002:7f00:1::1]:%p/", UNROUTED},
    {"http://[::1%25lo]:%p/", ODD},
    {"http://[::127.0.0.1]:%p/", ODD},
    /* names */
    {"http://localhost:%p/", ARRIVES},
    {"http://LocalHost:%p/", ARRIVES},
    {"http://localhost.:%p/", ARRIVES},
    {"http://a.localhost:%p/", ARRIVES},
    {"http://loopback.test:%p/", ARRIVES},
    {"http://LOOPBACK.TEST:%p/", ARRIVES},
    {"http://cname.test:%p/", ARRIVES},
    {"http://any.test:%p/", ARRIVES},
    {"http://six.test:%p/", ARRIVES},
    {"http://mapped.test:%p/", ARRIVES},
    {"http://nat64.test:%p/", UNROUTED},
    /* user names */
    {"http://127.0.0.3:%p@127.0.0.1:%p/", ODD},
    {"http://user:pass@127.0.0.1:%p/", ODD},
    {"http://127.0.0.3%2f@127.0.0.1:%p/", ODD},
    {"http://127.0.0.3:%p\\@127.0.0.1:%p/", ODD},
    {"http://127.0.0.3:%p#@127.0.0.1:%p/..@x", ODD}, /* goes to 127.0.0.3, see below */
    {"http://127.0.0.1:%p#@127.0.0.3:%p/", ARRIVES},
    {"http://127.0.0.1:%p?@127.0.0.3:%p/", ARRIVES},
    /* shapes */
    {"http:/127.0.0.1:%p/", ODD},
    {"http:127.0.0.1:%p/", ODD},
    {"http:///127.0.0.1:%p/", ODD},
    {"http:\\\\127.0.0.1:%p/", ODD},
    {"//127.0.0.1:%p/", ODD},
    {"127.0.0.1:%p/", ODD},
    {" http://127.0.0.1:%p/", ODD},
    {"http://127.0.0.3 127.0.0.1:%p/", ODD},
    {"http://127.0.0.1:%p:80/", ODD},
    {"http://127.0.0.1\t:%p/", ODD},
    /* schemes */
    {"ftp://127.0.0.1:%p/", ODD},
    {"gopher://127.0.0.1:%p/_GET", ODD},
    {"dict://127.0.0.1:%p/d:x", ODD},
    {"telnet://127.0.0.1:%p/", ODD},
    {"ldap://127.0.0.1:%p/", ODD},
    {"smtp://127.0.0.1:%p/", ODD},
    {"imap://127.0.0.1:%p/", ODD},
    {"rtsp://127.0.0.1:%p/", ODD},
    {"tftp://127.0.0.1:%p/", ODD},
    {"smb://127.0.0.1:%p/", ODD},
    {"mqtt://127.0.0.1:%p/", ODD},
    {"scp://127.0.0.1:%p/", ODD},
    {"ws://127.0.0.1:%p/", ODD},
    {"file://127.0.0.1/etc/passwd", ODD},
    {"file:///etc/passwd", ODD},
    {"jar:http://127.0.0.1:%p/", ODD},
    {"url:http://127.0.0.1:%p/", ODD},
};

static void not_one_connection_arrives_where_it_is_not_allowed(void)
{
    struct field f;
    struct waiter w;
    char why[MCP_DELIVERY_WHY];

    open_field(&f, answer);
    open_client(&w, false);
    for (size_t i = 0; i < sizeof(MATRIX) / sizeof(MATRIX[0]); i++) {
        enum mcp_delivery_end end = go(&w, MATRIX[i].url, f.inside[0].port, why);
        bool is_outside = strncmp(MATRIX[i].url, "http://127.0.0.3:%p#", 20) == 0;

        ck_assert_msg(end == (is_outside ? MCP_DELIVERY_ANSWERED : MCP_DELIVERY_REFUSED),
                      "%s: %s: %s", MATRIX[i].url, mcp_delivery_end_name(end), why);
        ck_assert_msg(arrivals(&f) == 0, "%s arrived", MATRIX[i].url);
    }
    T_EQ(atomic_load(&f.outside.n_requests), 1);
    waiter_close(&w);
    close_field(&f);
}

static void where_it_is_allowed_each_of_them_that_can_arrives(void)
{
    struct field f;
    struct waiter w;
    char why[MCP_DELIVERY_WHY];

    open_field(&f, answer);
    open_client(&w, true);
    for (size_t i = 0; i < sizeof(MATRIX) / sizeof(MATRIX[0]); i++) {
        bool is_outside = strncmp(MATRIX[i].url, "http://127.0.0.3:%p#", 20) == 0;
        bool needs_v6 = strstr(MATRIX[i].url, "[") || strstr(MATRIX[i].url, "six");

        if (MATRIX[i].kind == UNROUTED || (needs_v6 && !f.has_v6)) {
            continue;
        }
        enum mcp_delivery_end end = go(&w, MATRIX[i].url, f.inside[0].port, why);
        bool is_in = MATRIX[i].kind == ARRIVES || is_outside;

        ck_assert_msg(end == (is_in ? MCP_DELIVERY_ANSWERED : MCP_DELIVERY_REFUSED), "%s: %s: %s",
                      MATRIX[i].url, mcp_delivery_end_name(end), why);
    }
    T_CHECK(arrivals(&f) >= 8);
    waiter_close(&w);
    close_field(&f);
}

/* ---- The resolver changes its mind ---- */

static void a_name_with_two_addresses_leads_to_the_allowed_one(void)
{
    struct field f;
    struct waiter w;
    char why[MCP_DELIVERY_WHY];

    open_field(&f, answer);
    open_client(&w, false);
    T_EQ(go(&w, "http://both.test:%p/", f.inside[0].port, why), MCP_DELIVERY_ANSWERED);
    T_EQ(arrivals(&f), 0);
    T_EQ(atomic_load(&f.outside.n_requests), 1);
    /* and it is said to be down when that one is */
    T_EQ(go(&w, "http://half.test:%p/", f.inside[0].port, why), MCP_DELIVERY_UNREACHABLE);
    T_EQ(arrivals(&f), 0);
    waiter_close(&w);
    close_field(&f);
}

static void a_name_that_is_bound_again_is_judged_again(void)
{
    struct field f;
    struct waiter w;
    char why[MCP_DELIVERY_WHY];

    open_field(&f, answer);
    for (int round = 0; round < 3; round++) { /* each without what was cached */
        open_client(&w, false);
        T_EQ(go(&w, "http://rebind.test:%p/", f.inside[0].port, why),
             round ? MCP_DELIVERY_REFUSED : MCP_DELIVERY_ANSWERED);
        T_CHECK(!round || strstr(why, "its address is in 127.0.0.0/8"));
        waiter_close(&w);
    }
    T_EQ(arrivals(&f), 0);
    T_EQ(atomic_load(&names[8].n_asked), 3);
    close_field(&f);
}

static void a_given_address_is_judged_like_a_resolved_one(void)
{
    struct field f;
    struct waiter w;
    char why[MCP_DELIVERY_WHY], resolve[64];

    open_field(&f, answer);
    snprintf(resolve, sizeof(resolve), "given.test:%d:127.0.0.1", f.inside[0].port);
    waiter_open(&w, (struct mcp_deliver_options){.allow_http = true, .resolve = resolve}, false);
    T_EQ(go(&w, "http://given.test:%p/", f.inside[0].port, why), MCP_DELIVERY_REFUSED);
    T_EQ(arrivals(&f), 0);
    waiter_close(&w);
    waiter_open(&w, (struct mcp_deliver_options){.allow_http = true, .resolve = resolve}, true);
    T_EQ(go(&w, "http://given.test:%p/", f.inside[0].port, why), MCP_DELIVERY_ANSWERED);
    T_EQ(arrivals(&f), 1);
    waiter_close(&w);
    close_field(&f);
}

/* ---- The answer leads elsewhere ---- */

static const struct {
    int status;
    const char *head; /* "%p" as above */
} LEADS[] = {
    {301, "Location: http://127.0.0.1:%p/\r\n"},
    {302, "Location: http://127.0.0.1:%p/\r\n"},
    {303, "Location: http://127.0.0.1:%p/\r\n"},
    {307, "Location: http://localhost:%p/\r\n"},
    {308, "Location: http://[::1]:%p/\r\n"},
    {302, "Location: //127.0.0.1:%p/\r\n"},
    {302, "Location: gopher://127.0.0.1:%p/\r\n"},
    {302, "Location: file:///etc/passwd\r\n"},
    {200, "Refresh: 0; url=http://127.0.0.1:%p/\r\n"},
    {200, "Alt-Svc: h2=\"127.0.0.1:%p\"; ma=3600; persist=1\r\n"},
    {200, "Link: <http://127.0.0.1:%p/>; rel=preload\r\n"},
    {407, "Proxy-Authenticate: Basic realm=x\r\n"},
    {401, "WWW-Authenticate: NTLM\r\nWWW-Authenticate: Negotiate\r\n"},
};
static atomic_size_t lead;

static bool answer_elsewhere(struct peer_conn *c)
{
    struct field *f = c->peer->user;
    char head[128];
    size_t at = atomic_load(&lead);

    write_url(head, sizeof(head), LEADS[at].head, f->inside[0].port);
    return peer_reply(c, LEADS[at].status, head, "go", 2);
}

static void an_answer_that_leads_elsewhere_is_an_answer(void)
{
    struct field f;
    struct waiter w;
    char url[64], body[8];

    open_field(&f, answer_elsewhere);
    open_client(&w, true); /* even where it might go */
    for (size_t i = 0; i < sizeof(LEADS) / sizeof(LEADS[0]); i++) {
        atomic_store(&lead, i);
        for (int twice = 0; twice < 2; twice++) {
            struct mcp_delivery r = {.method = MCP_STR("GET")};

            write_url(url, sizeof(url), "http://127.0.0.3:%p/x", f.inside[0].port);
            r.url = mcp_str_c(url);
            waiter_ask(&w, &r, body, sizeof(body));
            T_EQ(r.end, MCP_DELIVERY_ANSWERED);
            T_EQ(r.status, LEADS[i].status);
            T_STR(mcp_str_c(body), "go");
        }
    }
    T_EQ(arrivals(&f), 0);
    T_EQ(atomic_load(&f.outside.n_requests), 2 * sizeof(LEADS) / sizeof(LEADS[0]));
    waiter_close(&w);
    close_field(&f);
}

/* ---- The environment ---- */

static void no_proxy_and_no_netrc_of_the_environment_is_used(void)
{
    static const char *const VARIABLES[] = {"http_proxy", "https_proxy", "HTTPS_PROXY",
                                            "all_proxy",  "ALL_PROXY",   "HTTP_PROXY"};
    struct field f;
    struct waiter w;
    char why[MCP_DELIVERY_WHY], proxy[64], home[] = "/tmp/deliver-home-XXXXXX", path[64];

    open_field(&f, answer);
    snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", f.inside[0].port);
    for (size_t i = 0; i < sizeof(VARIABLES) / sizeof(VARIABLES[0]); i++) {
        setenv(VARIABLES[i], proxy, 1);
    }
    unsetenv("no_proxy");
    unsetenv("NO_PROXY");
    T_CHECK(mkdtemp(home) != NULL);
    snprintf(path, sizeof(path), "%s/.netrc", home);
    FILE *netrc = fopen(path, "w");

    fputs("default login me password s3cret\n", netrc);
    fclose(netrc);
    setenv("HOME", home, 1);
    open_client(&w, true);
    T_EQ(go(&w, "http://127.0.0.3:%p/", f.inside[0].port, why), MCP_DELIVERY_ANSWERED);
    T_EQ(arrivals(&f), 0);
    T_CHECK(!t_has(peer_last(&f.outside), MCP_STR("Authorization")));
    T_CHECK(!t_has(peer_last(&f.outside), MCP_STR("Proxy")));
    waiter_close(&w);
    close_field(&f);
    unlink(path);
    rmdir(home);
}

static const struct t_case CASES[] = {
    T(not_one_connection_arrives_where_it_is_not_allowed),
    T(where_it_is_allowed_each_of_them_that_can_arrives),
    T(a_name_with_two_addresses_leads_to_the_allowed_one),
    T(a_name_that_is_bound_again_is_judged_again),
    T(a_given_address_is_judged_like_a_resolved_one),
    T(an_answer_that_leads_elsewhere_is_an_answer),
    T(no_proxy_and_no_netrc_of_the_environment_is_used),
};
T_MAIN("deliver_ssrf", CASES)
