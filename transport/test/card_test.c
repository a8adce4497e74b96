/* transport/test/card_test.c - the server card over HTTP: a public document among guarded ones. */
#include <transport/test/site_bench.h>

static struct answer ask(struct bench *b, const char *line, const char *headers)
{
    char text[2048];

    snprintf(text, sizeof(text), "%s HTTP/1.1\r\n%s%s\r\n", line,
             strstr(headers, "Host:") ? "" : HOST, headers);
    say(b, 0, mcp_str_c(text));
    struct answer a = got(b, 0);

    ck_assert_msg(a.is_whole, "%s %s", line, headers);
    return a;
}

static int status_of(struct bench *b, const char *line, const char *headers)
{
    struct answer a = ask(b, line, headers);
    int is = a.status;

    answer_free(&a);
    return is;
}

static struct bench *open_bench(struct mcp_http_options opt)
{
    static struct bench b;

    opt.verify = bench_verify;
    opt.endpoint = "/mcp, /api/mcp";
    T_CHECK(bench_open(&b, opt));
    b.opt.verify_user = &b;
    return &b;
}

static const char *const PLACES[] = {"/.well-known/mcp/server-card.json", "/mcp/server-card",
                                     "/api/mcp/server-card"};

static const char *get_line(size_t i)
{
    static char line[100];

    snprintf(line, sizeof(line), "GET %s", PLACES[i]);
    return line;
}

static void it_is_read_without_a_credential_at_every_place(void)
{
    struct bench *b = open_bench(
        (struct mcp_http_options){.card = {.remote_url = "https://mcp.example.com/mcp"}});
    char first[2000] = "";

    for (size_t i = 0; i < 3; i++) {
        struct answer a = ask(b, get_line(i), "");
        mcp_str body = mcp_buf_str(&a.body);

        T_EQ(a.status, 200);
        T_STR(answer_header(&a, "Content-Type"), "application/mcp-server-card+json");
        T_STR(answer_header(&a, "Access-Control-Allow-Origin"), "*");
        T_STR(answer_header(&a, "Access-Control-Expose-Headers"), "ETag");
        T_STR(answer_header(&a, "Cache-Control"), "public, max-age=3600");
        T_EQ(answer_header(&a, "ETag").len, 18);
        T_HAS(body, "\"name\":\"localhost/bench\",\"version\":\"1\"");
        T_HAS(body, "\"url\":\"https://mcp.example.com/mcp\"");
        T_HAS(body, "\"Authorization\""); /* there is a verifier */
        if (i == 0) {
            snprintf(first, sizeof(first), "%.*s", MCP_STR_ARG(body));
        }
        T_STR(body, first);
        answer_free(&a);
    }
    T_EQ(b->verified, 0);
    T_EQ(status_of(b, "GET /mcp/server-card", "Authorization: Bearer revoked\r\n"), 200);
    T_EQ(status_of(b, "GET /mcp/server-cards", ""), 404);
    T_EQ(status_of(b, "GET /server-card", ""), 404);
    T_EQ(status_of(b, "GET /mcp", ""), 401);
    bench_close(b);
}

static void its_tag_saves_the_body(void)
{
    struct bench *b = open_bench((struct mcp_http_options){0});
    struct answer a = ask(b, "GET /mcp/server-card", "");
    char etag[40], headers[200];

    snprintf(etag, sizeof(etag), "%.*s", MCP_STR_ARG(answer_header(&a, "ETag")));
    answer_free(&a);
    static const struct {
        const char *format;
        int status;
    } ROWS[] = {
        {"If-None-Match: %s\r\n", 304},
        {"If-None-Match: W/%s\r\n", 304},
        {"If-None-Match: \"x\", %s\r\n", 304},
        {"If-None-Match: *\r\n", 304},
        {"if-none-match: \"x\"\r\nIf-None-Match: %s\r\n", 304},
        {"If-None-Match: \"x\"\r\n", 200},
        {"If-None-Match:\r\n", 200},
        {"If-None-Match: W/\r\n", 200},
        {"If-Match: %s\r\n", 200},
    };

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(headers, sizeof(headers), ROWS[i].format, etag);
#pragma GCC diagnostic pop
        a = ask(b, "GET /mcp/server-card", headers);
        ck_assert_msg(a.status == ROWS[i].status, "%s: %d", headers, a.status);
        T_STR(answer_header(&a, "ETag"), etag);
        T_STR(answer_header(&a, "Access-Control-Allow-Origin"), "*");
        T_EQ(a.body.len == 0, a.status == 304);
        answer_free(&a);
    }
    bench_close(b);
    /* Another card, another tag. */
    b = open_bench((struct mcp_http_options){.card = {.title = "Other"}});
    snprintf(headers, sizeof(headers), "If-None-Match: %s\r\n", etag);
    T_EQ(status_of(b, "GET /mcp/server-card", headers), 200);
    bench_close(b);
}

static void head_has_the_length_and_no_body(void)
{
    struct bench *b = open_bench((struct mcp_http_options){0});
    char head[1000];

    say(b, 0, MCP_STR("HEAD /.well-known/mcp/server-card.json HTTP/1.1\r\n" HOST "\r\n"));
    snprintf(head, sizeof(head), "%.*s", MCP_STR_ARG(mcp_buf_str(&b->lines[0].out)));
    T_HAS(mcp_str_c(head), "HTTP/1.1 200 OK");
    T_HAS(mcp_str_c(head), "Content-Type: application/mcp-server-card+json\r\n");
    T_CHECK(!strstr(head, "Content-Length: 0\r\n") && strstr(head, "Content-Length: "));
    T_STR(mcp_str_c(strstr(head, "\r\n\r\n")), "\r\n\r\n");
    bench_close(b);
}

/* Reading is for everybody, everything else is guarded. */
static void any_page_may_read_it_and_none_may_write(void)
{
    struct bench *b = open_bench((struct mcp_http_options){0});
    const char *foreign = "Origin: https://evil.example\r\n";
    struct answer a = ask(b, "GET /.well-known/mcp/server-card.json", foreign);

    T_EQ(a.status, 200);
    T_STR(answer_header(&a, "Access-Control-Allow-Origin"), "*");
    answer_free(&a);
    T_EQ(status_of(b, "GET /mcp/server-card", "Origin: null\r\n"), 200);
    a = ask(b, "OPTIONS /mcp/server-card",
            "Origin: https://evil.example\r\nAccess-Control-Request-Method: GET\r\n");
    T_EQ(a.status, 204);
    T_STR(answer_header(&a, "Access-Control-Allow-Origin"), "*");
    T_STR(answer_header(&a, "Access-Control-Allow-Methods"), "GET, HEAD");
    answer_free(&a);
    T_EQ(status_of(b, "OPTIONS /mcp/server-card",
                   "Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n"),
         403);
    T_EQ(status_of(b, "POST /mcp/server-card", "Origin: https://evil.example\r\n"), 403);
    T_EQ(status_of(b, "GET /mcp", foreign), 403);
    /* A name that is not ours, DNS rebinding: also for reading. */
    T_EQ(status_of(b, "GET /mcp/server-card", "Host: evil.example\r\n"), 403);
    a = ask(b, "POST /mcp/server-card", "Content-Length: 0\r\n");
    T_EQ(a.status, 405);
    T_STR(answer_header(&a, "Allow"), "GET, HEAD, OPTIONS");
    answer_free(&a);
    a = ask(b, "OPTIONS /mcp/server-card", "");
    T_EQ(a.status, 204);
    T_STR(answer_header(&a, "Allow"), "GET, HEAD, OPTIONS");
    answer_free(&a);
    bench_close(b);
}

static void own_route(void *user, struct mcp_http_exchange *ex)
{
    (void)user;
    mcp_http_respond(ex, &(struct mcp_http_response){
                             .status = 200, .content_type = "text/plain", .body = MCP_STR("mine")});
}

static void it_can_be_hidden_and_a_route_by_its_name_goes_first(void)
{
    static const struct mcp_http_route BROAD[] = {
        {.prefix = "/.well-known", .handle = own_route, .is_public = true}, {0}};
    static const struct mcp_http_route EXACT[] = {
        {.prefix = "/.well-known/mcp/server-card.json", .handle = own_route, .is_public = true},
        {0}};
    struct bench *b = open_bench((struct mcp_http_options){.hides_card = true});

    for (size_t i = 0; i < 3; i++) {
        T_EQ(status_of(b, get_line(i), ""), 404);
    }
    bench_close(b);
    b = open_bench((struct mcp_http_options){.hides_card = true, .routes = BROAD});
    struct answer a = ask(b, get_line(0), "");

    T_STR(mcp_buf_str(&a.body), "mine");
    answer_free(&a);
    bench_close(b);
    b = open_bench((struct mcp_http_options){.routes = BROAD});
    a = ask(b, get_line(0), "");
    T_HAS(mcp_buf_str(&a.body), "$schema");
    answer_free(&a);
    bench_close(b);
    b = open_bench((struct mcp_http_options){.routes = EXACT});
    a = ask(b, get_line(0), "");
    T_STR(mcp_buf_str(&a.body), "mine");
    answer_free(&a);
    bench_close(b);
}

static void a_wrong_card_stops_the_start(void)
{
    struct mcp_tool_set tools = {SLOW_TOOLS, NULL};
    struct bench b = {.now_ms = 1};
    struct mcp_server_options so = {.name = "n",
                                    .version = "1",
                                    .tools = &tools,
                                    .n_tools = 1,
                                    .clock = {bench_clock, bench_clock, &b}};
    char why[200] = "";
    struct mcp_server *s = mcp_server_new(&so, why, sizeof(why));
    struct mcp_http_options opt = {.listen = "127.0.0.1:0", .card = {.remote_url = "not a url"}};

    T_CHECK(s && !mcp_http_new(s, &opt, why, sizeof(why)));
    T_HAS(mcp_str_c(why), "server card: the remote URL");
    opt.hides_card = true;
    struct mcp_http *h = mcp_http_new(s, &opt, why, sizeof(why));

    T_CHECK(h != NULL);
    mcp_http_free(h);
    mcp_server_free(s);
}

static const struct t_case CASES[] = {
    T(it_is_read_without_a_credential_at_every_place),
    T(its_tag_saves_the_body),
    T(head_has_the_length_and_no_body),
    T(any_page_may_read_it_and_none_may_write),
    T(it_can_be_hidden_and_a_route_by_its_name_goes_first),
    T(a_wrong_card_stops_the_start),
};
T_MAIN("transport/card", CASES)
