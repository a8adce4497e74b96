/* transport/test/h1_parse_test.c - requests out of bytes: every rule, every cut. */
#include <mcp/test/t.h>
#include <transport/test/h1_events.h>

static const struct mcp__h1_limits LIMITS = {
    .head_bytes = 512, .target_bytes = 64, .headers = 12, .body_bytes = 100, .trailer_bytes = 40};

/* ---- Harness --------------------------------------------------------------------------------- */

static void whole(struct h1_events *e, mcp_str in)
{
    h1_events_begin(e, &LIMITS);
    h1_events_feed(e, in.ptr, in.len);
}

static void same_text(struct h1_events *e, const struct h1_events *want, mcp_str in)
{
    mcp_str a = mcp_buf_str(&e->text), b = mcp_buf_str(&want->text);

    ck_assert_msg(mcp_str_eq(a, b) && e->is_bad == want->is_bad,
                  "cut differently, other events:\n%.*s\n--- got\n%.*s\n--- want\n%.*s",
                  MCP_STR_ARG(in), MCP_STR_ARG(a), MCP_STR_ARG(b));
    h1_events_end(e);
}

/* One byte at a time, and every cut into two. */
static void check_cuts(mcp_str in, const struct h1_events *want)
{
    struct h1_events e;

    h1_events_begin(&e, &LIMITS);
    for (size_t i = 0; i < in.len; i++) {
        h1_events_feed(&e, in.ptr + i, 1);
    }
    same_text(&e, want, in);
    for (size_t cut = 1; cut < in.len; cut++) {
        h1_events_begin(&e, &LIMITS);
        h1_events_feed(&e, in.ptr, cut);
        h1_events_feed(&e, in.ptr + cut, in.len - cut);
        same_text(&e, want, in);
    }
}

static void accept_n(mcp_str in, const char *part)
{
    struct h1_events e;

    whole(&e, in);
    ck_assert_msg(!e.is_bad, "refused: %.*s\n%.*s", MCP_STR_ARG(in),
                  MCP_STR_ARG(mcp_buf_str(&e.text)));
    T_HAS(mcp_buf_str(&e.text), part);
    check_cuts(in, &e);
    h1_events_end(&e);
}

static void refuse_n(mcp_str in, int status)
{
    struct h1_events e;

    whole(&e, in);
    ck_assert_msg(e.is_bad && e.parser.status == status, "want %d, got %d:\n%.*s\n%.*s", status,
                  e.is_bad ? e.parser.status : 0, MCP_STR_ARG(in),
                  MCP_STR_ARG(mcp_buf_str(&e.text)));
    check_cuts(in, &e);
    h1_events_end(&e);
}

#define ACCEPT(literal, part)   accept_n(MCP_STR(literal), part)
#define REFUSE(literal, status) refuse_n(MCP_STR(literal), status)
#define GET                     "GET / HTTP/1.1\r\nHost: a\r\n"
#define POST                    "POST / HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED                 POST "Transfer-Encoding: chunked\r\n\r\n"

/* ---- The request line ------------------------------------------------------------------------ */

static void reads_a_plain_request(void)
{
    ACCEPT("GET /a/b?c=d HTTP/1.1\r\nHost: x\r\nX-Y:  z \t\r\n\r\n",
           "head 0 1.1 keep=1 chunked=0 continue=0 length=0 "
           "[GET][/a/b]?[c=d][Host][x][X-Y][z]\nbody \nend\n");
    ACCEPT("GET /? HTTP/1.1\r\nHost: x\r\n\r\n", "[GET][/]?[]");
}

static void knows_the_methods_and_their_case(void)
{
    ACCEPT("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "head 1 ");
    ACCEPT("POST / HTTP/1.1\r\nHost: a\r\n\r\n", "head 2 ");
    ACCEPT("PUT / HTTP/1.1\r\nHost: a\r\n\r\n", "head 3 ");
    ACCEPT("PATCH / HTTP/1.1\r\nHost: a\r\n\r\n", "head 4 ");
    ACCEPT("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n", "head 5 ");
    ACCEPT("OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n", "head 6 ");
    ACCEPT("get / HTTP/1.1\r\nHost: a\r\n\r\n", "head 7 ");
    ACCEPT("M-SEARCH / HTTP/1.1\r\nHost: a\r\n\r\n", "[M-SEARCH]");
}

static void refuses_a_malformed_request_line(void)
{
    REFUSE("GET\r\n\r\n", 400);
    REFUSE("GET \r\n\r\n", 400);
    REFUSE("GET /\r\n\r\n", 400); /* HTTP/0.9 */
    REFUSE("GET / \r\n\r\n", 400);
    REFUSE("GET  / HTTP/1.1\r\n\r\n", 400);
    REFUSE("GET /  HTTP/1.1\r\n\r\n", 400);
    REFUSE("GET / HTTP/1.1 \r\n\r\n", 400);
    REFUSE(" GET / HTTP/1.1\r\n\r\n", 400);
    REFUSE("GET\t/ HTTP/1.1\r\n\r\n", 400);
    REFUSE("G@T / HTTP/1.1\r\n\r\n", 400);
    REFUSE("GET / http/1.1\r\n\r\n", 400);
    REFUSE("GET / HTTP/1,1\r\n\r\n", 400);
    REFUSE("GET / HTTP/1.x\r\n\r\n", 400);
    REFUSE("GET / HTTP/x.1\r\n\r\n", 400);
    REFUSE("GET / HTTP/1/1\r\n\r\n", 400);
    REFUSE("GET / HTTP/:.1\r\n\r\n", 400);
    REFUSE("GET / HTTP/1.:\r\n\r\n", 400);
    REFUSE("GET / HTTP/-.1\r\n\r\n", 400);
    REFUSE("GET / HTTP/1.-\r\n\r\n", 400);
    REFUSE("GET / HTTP/11\r\n\r\n", 400);
    REFUSE("GET / HTTP/1.10\r\n\r\n", 400);
}

static void refuses_bytes_a_target_cannot_hold(void)
{
    REFUSE("GET /a\"b HTTP/1.1\r\n\r\n", 400);
    REFUSE("GET /a#b HTTP/1.1\r\n\r\n", 400);
    REFUSE("GET /a\x80 HTTP/1.1\r\n\r\n", 400);
    REFUSE("GET /a\x7f HTTP/1.1\r\n\r\n", 400);
    refuse_n(MCP_STR("GET /a\0b HTTP/1.1\r\n\r\n"), 400);
}

static void serves_only_1_0_and_1_1(void)
{
    REFUSE("GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505);
    REFUSE("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505);
    REFUSE("GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505);
    REFUSE("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
    ACCEPT("GET / HTTP/1.0\r\n\r\n", "1.0 keep=0");
}

static void refuses_tls_and_nul_at_their_first_byte(void)
{
    REFUSE("\x16", 400);
    REFUSE("\x16\x03\x01\x02", 400);
    refuse_n(MCP_STR("\0"), 400);
    REFUSE("\r\n\x16", 400);
    REFUSE("\\GET / HTTP/1.1\n", 400); /* found by fuzzing: the reason depended on the cuts */
}

static void forgives_one_empty_line_before_a_request(void)
{
    ACCEPT("\r\n" GET "\r\n", "[GET][/]");
    REFUSE("\r\n\r\n" GET "\r\n", 400);
    REFUSE("\n" GET "\r\n", 400);
    REFUSE("\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400);
}

static void takes_the_target_forms(void)
{
    ACCEPT("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "[OPTIONS][*]");
    REFUSE("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    ACCEPT("GET http://a:80/x?y HTTP/1.1\r\nHost: A:80\r\n\r\n", "[GET][/x]?[y]");
    ACCEPT("GET HTTPS://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "[GET][/]");
    REFUSE("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    REFUSE("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    REFUSE("GET http:/// HTTP/1.1\r\nHost:\r\n\r\n", 400);
    REFUSE("GET http:// HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    REFUSE("GET https:// HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    REFUSE("GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    REFUSE("GET http://a/ HTTP/1.0\r\n\r\n", 400);
    REFUSE("GET ftp://a/long HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    REFUSE("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 400);
    REFUSE("GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400);
}

/* ---- Fields ---------------------------------------------------------------------------------- */

static void refuses_malformed_fields(void)
{
    REFUSE(GET "X : y\r\n\r\n", 400);
    REFUSE(GET "X\t: y\r\n\r\n", 400);
    REFUSE(GET ": y\r\n\r\n", 400);
    REFUSE(GET "X\r\n\r\n", 400);
    REFUSE(GET "X@: y\r\n\r\n", 400);
    REFUSE(GET "X\x80: y\r\n\r\n", 400);
    REFUSE(GET " folded: y\r\n\r\n", 400);
    REFUSE(GET "X: y\r\n folded\r\n\r\n", 400);
    REFUSE(GET "X: y\r\n\tfolded\r\n\r\n", 400);
    REFUSE(GET " \r\n\r\n", 400);
    refuse_n(MCP_STR(GET "X: a\0b\r\n\r\n"), 400);
    refuse_n(MCP_STR(GET "X\0: b\r\n\r\n"), 400);
    REFUSE(GET "X: a\x01\r\n\r\n", 400);
    REFUSE(GET "X: a\x7f\r\n\r\n", 400);
}

static void refuses_bare_cr_and_bare_lf(void)
{
    REFUSE("GET / HTTP/1.1\nHost: a\r\n\r\n", 400);
    REFUSE("GET / HTTP/1.1\r\nHost: a\n\r\n", 400);
    REFUSE(GET "\n", 400);
    REFUSE(GET "X: y\rZ: w\r\n\r\n", 400);
    REFUSE(GET "X: y\r\r\n\r\n", 400);
    REFUSE(GET "\r\r\n", 400);
    REFUSE("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", 400);
}

static void keeps_what_a_value_may_hold(void)
{
    ACCEPT(GET "X:\r\nY: \t \r\n\r\n", "[X][][Y][]");
    ACCEPT(GET "X: a \t b\x80\xff\r\n\r\n", "[X][a \t b\x80\xff]");
    ACCEPT(GET "a!#$%&'*+-.^_`|~9Z: 1\r\n\r\n", "[a!#$%&'*+-.^_`|~9Z][1]");
}

static void wants_exactly_one_host(void)
{
    REFUSE("GET / HTTP/1.1\r\n\r\n", 400);
    REFUSE(GET "Host: a\r\n\r\n", 400);
    REFUSE(GET "hOST: b\r\n\r\n", 400);
    REFUSE("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400);
    REFUSE("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400);
    REFUSE("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400);
    REFUSE("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400);
    ACCEPT("GET / HTTP/1.1\r\nHost:\r\n\r\n", "[Host][]");
    ACCEPT("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "[Host][[::1]:8080]");
}

static void decides_whether_the_connection_stays(void)
{
    ACCEPT(GET "Connection: close\r\n\r\n", "keep=0");
    ACCEPT(GET "Connection: x, CLOSE ,y\r\n\r\n", "keep=0");
    ACCEPT(GET "Connection: keep-alive\r\nConnection: close\r\n\r\n", "keep=0");
    ACCEPT(GET "Connection: closed\r\n\r\n", "keep=1");
    ACCEPT("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "keep=1");
    ACCEPT("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", "keep=0");
    ACCEPT(GET "Connectiom: close\r\n\r\n", "keep=1");
}

static void meets_one_expectation(void)
{
    ACCEPT(POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx", "continue=1");
    ACCEPT(POST "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n0\r\n\r\n",
           "continue=1");
    ACCEPT(POST "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n", "continue=0");
    ACCEPT("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx", "continue=0");
    REFUSE(POST "Expect: 200-ok\r\n\r\n", 417);
    ACCEPT(POST "Expecu: 200-ok\r\n\r\n", "length=0");
    ACCEPT(POST "Hosu: a\r\n\r\n", "[Hosu][a]");
}

/* ---- Framing --------------------------------------------------------------------------------- */

static void counts_a_body(void)
{
    ACCEPT(POST "Content-Length: 5\r\n\r\nhello", "body hello\nend\n");
    ACCEPT(POST "content-length:0005 \r\n\r\nhello" GET "\r\n", "body hello\nend\nhead 0");
    ACCEPT(POST "Content-Length: 0\r\n\r\n", "body \nend\n");
    ACCEPT(POST "Content-Length: 5\r\n\r\nhel", "body hel");
    ACCEPT(POST "Content-Lengti: x\r\n\r\n", "length=0");
}

static void refuses_a_length_that_is_not_one_number(void)
{
    REFUSE(POST "Content-Length: +5\r\n\r\nhello", 400);
    REFUSE(POST "Content-Length: -1\r\n\r\nhello", 400);
    REFUSE(POST "Content-Length: 5, 6\r\n\r\nhello", 400);
    REFUSE(POST "Content-Length: 5,5\r\n\r\nhello", 400);
    REFUSE(POST "Content-Length: 5 5\r\n\r\nhello", 400);
    REFUSE(POST "Content-Length: 0x5\r\n\r\nhello", 400);
    REFUSE(POST "Content-Length: 5abc\r\n\r\nhello", 400);
    REFUSE(POST "Content-Length: 5.0\r\n\r\nhello", 400);
    REFUSE(POST "Content-Length:\r\n\r\nhello", 400);
    REFUSE(POST "Content-Length: \"5\"\r\n\r\nhello", 400);
    REFUSE(POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400);
    REFUSE(POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400);
    REFUSE(POST "Content-Length: 5\r\ncontent-length: 0\r\n\r\nhello", 400);
}

static void refuses_two_framings(void)
{
    REFUSE(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
    REFUSE(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400);
    REFUSE(POST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n", 400);
    REFUSE("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
    REFUSE(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
    REFUSE(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", 400);
}

static void knows_one_transfer_coding(void)
{
    ACCEPT(POST "Transfer-Encoding: CHUNKED \r\n\r\n0\r\n\r\n", "chunked=1");
    ACCEPT(POST "Transfer-Encodinh: x\r\n\r\n", "chunked=0");
    REFUSE(POST "Transfer-Encoding: gzip, chunked\r\n\r\n", 501);
    REFUSE(POST "Transfer-Encoding: gzip\r\n\r\n", 400);
    REFUSE(POST "Transfer-Encoding: identity\r\n\r\n", 400);
    REFUSE(POST "Transfer-Encoding: chunked, identity\r\n\r\n", 400);
    REFUSE(POST "Transfer-Encoding: xchunked\r\n\r\n", 400);
    REFUSE(POST "Transfer-Encoding: chunked;a=b\r\n\r\n", 400);
    REFUSE(POST "Transfer-Encoding:\r\n\r\n", 400);
    REFUSE(POST "Transfer-Encoding: \"chunked\"\r\n\r\n", 400);
    REFUSE(POST "Transfer-Encoding: \vchunked\r\n\r\n", 400);
    REFUSE(POST "Transfer-Encoding : chunked\r\n\r\n", 400);
    REFUSE(POST "Transfer-Encoding\r\n : chunked\r\n\r\n", 400);
}

static void decodes_chunks(void)
{
    ACCEPT(CHUNKED "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n" GET "\r\n",
           "body hello world\nend\nhead 0");
    ACCEPT(CHUNKED "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", "end");
    ACCEPT(CHUNKED "0000000000000005\r\nhello\r\n000\r\n\r\n", "body hello\nend");
    ACCEPT(CHUNKED "5;a=b;c=\"d\"\r\nhello\r\n0;x\r\n\r\n", "body hello\nend");
    ACCEPT(CHUNKED "1\r\nx\r\n0\r\nTrailer: v\r\nB:\r\n\r\n", "body x\nend");
}

static void refuses_malformed_chunks(void)
{
    REFUSE(CHUNKED "\r\n", 400);
    REFUSE(CHUNKED "g\r\n", 400);
    REFUSE(CHUNKED "/\r\n", 400);
    REFUSE(CHUNKED ":\r\n", 400);
    REFUSE(CHUNKED "-1\r\n", 400);
    REFUSE(CHUNKED "+1\r\n", 400);
    REFUSE(CHUNKED "0x5\r\n", 400);
    REFUSE(CHUNKED " 5\r\n", 400);
    REFUSE(CHUNKED "5 \r\n", 400);
    REFUSE(CHUNKED "5\n", 400);
    REFUSE(CHUNKED "5\rx", 400);
    REFUSE(CHUNKED "5;a\nb", 400);
    REFUSE(CHUNKED "5;a\rb", 400);
    REFUSE(CHUNKED "3\r\nhello\r\n0\r\n\r\n", 400); /* the chunk runs over */
    REFUSE(CHUNKED "5\r\nhello0\r\n\r\n", 400);
    REFUSE(CHUNKED "5\r\nhello\r0", 400);
    REFUSE(CHUNKED "5\r\nhello\n", 400);
    REFUSE(CHUNKED "0\r\n\rx", 400);
    REFUSE(CHUNKED "0\r\n\n", 400);
    REFUSE(CHUNKED "00000000000000000\r\n", 400);
    refuse_n(MCP_STR(CHUNKED "5;\0\r\n"), 400);
}

static void refuses_malformed_trailers(void)
{
    REFUSE(CHUNKED "0\r\n: x\r\n\r\n", 400);
    REFUSE(CHUNKED "0\r\nX\r\n\r\n", 400);
    REFUSE(CHUNKED "0\r\nX : y\r\n\r\n", 400);
    REFUSE(CHUNKED "0\r\n fold\r\n\r\n", 400);
    REFUSE(CHUNKED "0\r\nX: a\nb", 400);
    REFUSE(CHUNKED "0\r\nX: a\rb", 400);
}

/* ---- Caps ------------------------------------------------------------------------------------ */

static void repeat(struct mcp_buf *b, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        mcp_buf_add_c(b, text);
    }
}

/* `before`, then `part` n times, then `after`. */
static void capped(const char *before, const char *part, size_t n, const char *after, int status)
{
    struct mcp_buf b;

    mcp_buf_init(&b, 1 << 20);
    mcp_buf_add_c(&b, before);
    repeat(&b, part, n);
    mcp_buf_add_c(&b, after);
    if (status) {
        refuse_n(mcp_buf_str(&b), status);
    } else {
        accept_n(mcp_buf_str(&b), "end");
    }
    mcp_buf_free(&b);
}

static void caps_the_target(void)
{
    capped("GET /", "x", 63, " HTTP/1.1\r\nHost: a\r\n\r\n", 0);
    capped("GET /", "x", 64, " HTTP/1.1\r\nHost: a\r\n\r\n", 414);
    capped("GET /", "x", 600, " HTTP/1.1\r\nHost: a\r\n\r\n", 414);
    capped("", "G", 512, "", 414);
}

static void caps_the_head(void)
{
    size_t fixed = sizeof(GET "X: \r\n\r\n") - 1;

    capped(GET "X: ", "x", 512 - fixed, "\r\n\r\n", 0);
    capped(GET "X: ", "x", 512 - fixed + 1, "\r\n\r\n", 431);
    capped(GET "X: ", "x", 5000, "", 431);
}

static void caps_the_number_of_fields(void)
{
    capped(GET, "X: y\r\n", 11, "\r\n", 0);
    capped(GET, "X: y\r\n", 12, "\r\n", 431);
}

static void caps_the_body(void)
{
    capped(POST "Content-Length: 100\r\n\r\n", "x", 100, "", 0);
    REFUSE(POST "Content-Length: 101\r\n\r\n", 413);
    REFUSE(POST "Content-Length: 99999999999999999999999\r\n\r\n", 413);
    REFUSE(POST "Content-Length: 18446744073709551616\r\n\r\n", 413);
    capped(CHUNKED "64\r\n", "x", 100, "\r\n0\r\n\r\n", 0);
    REFUSE(CHUNKED "65\r\n", 413);
    REFUSE(CHUNKED "ffffffffffffffff\r\n", 413);
    capped(CHUNKED "32\r\n", "x", 50, "\r\n33\r\n", 413);
}

static void caps_extensions_and_trailers(void)
{
    capped(CHUNKED "0;", "x", 40, "\r\n\r\n", 0);
    capped(CHUNKED "0;", "x", 41, "\r\n\r\n", 400);
    capped(CHUNKED, "1;a\r\nx\r\n", 41, "0\r\n\r\n", 400);
    capped(CHUNKED "0\r\n", "X", 41, ": y\r\n\r\n", 400);
    capped(CHUNKED "0\r\nX:", "y", 39, "\r\n\r\n", 400);
    capped(CHUNKED "0\r\nX:", "y", 38, "\r\n\r\n", 0);
    capped(CHUNKED "0\r\n", "X: y\r\n", 20, "\r\n", 400);
}

/* ---- All together ---------------------------------------------------------------------------- */

static void reads_pipelined_requests_in_order(void)
{
    ACCEPT(POST "Content-Length: 3\r\n\r\nabc" CHUNKED "2\r\nde\r\n0\r\n\r\n" GET "\r\n",
           "body abc\nend\nhead 2 1.1 keep=1 chunked=1");
}

static void a_body_that_is_over_stays_over(void)
{
    struct mcp__h1 p;
    struct mcp__h1_field fields[4];
    mcp_str head = MCP_STR(CHUNKED), data;
    size_t used;

    mcp__h1_init(&p, &LIMITS, fields, 4);
    T_EQ(mcp__h1_head(&p, head.ptr, head.len), MCP__H1_DONE);
    T_EQ(mcp__h1_body(&p, "0\r\n\r\n", 5, &used, &data), MCP__H1_DONE);
    T_EQ(mcp__h1_body(&p, "X", 1, &used, &data), MCP__H1_DONE);
    T_EQ(used, 0);
}

static void tells_tokens_and_values(void)
{
    T_CHECK(mcp__h1_is_token(MCP_STR("abc-1")));
    T_CHECK(!mcp__h1_is_token(MCP_STR("")));
    T_CHECK(!mcp__h1_is_token(MCP_STR("a b")));
    T_CHECK(mcp__h1_is_value(MCP_STR("")));
    T_CHECK(!mcp__h1_is_value(MCP_STR("a\r\nb")));
}

static const struct t_case cases[] = {
    T(reads_a_plain_request),
    T(knows_the_methods_and_their_case),
    T(refuses_a_malformed_request_line),
    T(refuses_bytes_a_target_cannot_hold),
    T(serves_only_1_0_and_1_1),
    T(refuses_tls_and_nul_at_their_first_byte),
    T(forgives_one_empty_line_before_a_request),
    T(takes_the_target_forms),
    T(refuses_malformed_fields),
    T(refuses_bare_cr_and_bare_lf),
    T(keeps_what_a_value_may_hold),
    T(wants_exactly_one_host),
    T(decides_whether_the_connection_stays),
    T(meets_one_expectation),
    T(counts_a_body),
    T(refuses_a_length_that_is_not_one_number),
    T(refuses_two_framings),
    T(knows_one_transfer_coding),
    T(decodes_chunks),
    T(refuses_malformed_chunks),
    T(refuses_malformed_trailers),
    T(caps_the_target),
    T(caps_the_head),
    T(caps_the_number_of_fields),
    T(caps_the_body),
    T(caps_extensions_and_trailers),
    T(reads_pipelined_requests_in_order),
    T(a_body_that_is_over_stays_over),
    T(tells_tokens_and_values),
};
T_MAIN("h1_parse", cases)
