/* Streamable HTTP with real processes and sockets; messages checked against the revision's schema
 * (protocol.md 1.4, 2.8, 3). */
#include <mcp/json.h>
#include <mcp/test/mcp_schema.h>
#include <transport/test/child.h>
#include <transport/test/overheard_http.h>

static char hello_path[4096], slow_path[4096];

static const struct mcp_json_limits LIMITS = MCP_JSON_LIMITS_INIT;

/* One connection and what came over it. */
struct conn {
    int fd;
    struct mcp_buf in;
};

static void start_hello(struct child *c)
{
    const char *const argv[] = {hello_path, "--http=127.0.0.1:0", "--ready-fd=3",
                                "--log-level=error", NULL};

    child_start(c, argv, true);
}

static void start_slow(struct child *c, const char *mode)
{
    const char *const argv[] = {slow_path, mode, NULL};

    child_start(c, argv, true);
}

static void dial(struct conn *k, const struct child *c)
{
    k->fd = child_connect(c);
    mcp_buf_init(&k->in, (size_t)1 << 26);
}

static void hang_up(struct conn *k)
{
    overheard_answers(&child_heard, mcp_buf_str(&k->in));
    close(k->fd);
    mcp_buf_free(&k->in);
}

static void put(struct conn *k, mcp_str bytes)
{
    while (bytes.len) {
        ssize_t n = write(k->fd, bytes.ptr, bytes.len);

        T_CHECK(n > 0);
        bytes = mcp_str_n(bytes.ptr + n, bytes.len - (size_t)n);
    }
}

/* More bytes; false at the end of the connection. Waits 10 s at most. */
static bool more(struct conn *k)
{
    struct pollfd p = {.fd = k->fd, .events = POLLIN};
    char *room = mcp_buf_room(&k->in, 65536);

    T_CHECK(room && poll(&p, 1, 10000) == 1);
    ssize_t n = read(k->fd, room, 65536);

    k->in.len += n > 0 ? (size_t)n : 0;
    return n > 0;
}

/* The next whole answer; free it. It is taken off the connection. */
static struct answer whole(struct conn *k)
{
    for (;;) {
        struct answer a = answer_read(mcp_buf_str(&k->in));
        static char head[16384];

        if (a.is_whole) {
            T_CHECK(a.head.len < sizeof(head));
            memcpy(head, a.head.ptr, a.head.len);
            a.head.ptr = head;
            overheard_answer(&child_heard, &a);
            mcp_buf_drop(&k->in, a.bytes);
            return a;
        }
        answer_free(&a);
        T_CHECK(more(k));
    }
}

/* Read until `part` has come. */
static void until(struct conn *k, const char *part)
{
    while (!t_has(mcp_buf_str(&k->in), mcp_str_c(part))) {
        ck_assert_msg(more(k), "no %s in %.*s", part, MCP_STR_ARG(mcp_buf_str(&k->in)));
    }
}

#define HOST "Host: localhost\r\n"

static void put_post(struct conn *k, const char *headers, const char *body)
{
    char text[4096];
    int n = snprintf(text, sizeof(text),
                     "POST /mcp HTTP/1.1\r\n" HOST "Content-Type: application/json\r\nAccept: "
                     "application/json, text/event-stream\r\n%sContent-Length: %zu\r\n\r\n%s",
                     headers, strlen(body), body);

    overheard_said(&child_heard, mcp_str_c(body));
    T_CHECK(n > 0 && (size_t)n < sizeof(text));
    put(k, mcp_str_n(text, (size_t)n));
}

static struct answer post(struct conn *k, const char *headers, const char *body)
{
    put_post(k, headers, body);
    return whole(k);
}

static void expect_post(struct conn *k, const char *headers, const char *body, int status,
                        const char *part)
{
    struct answer a = post(k, headers, body);

    ck_assert_msg(a.status == status, "%d, want %d: %.*s", a.status, status,
                  MCP_STR_ARG(mcp_buf_str(&a.body)));
    T_HAS(mcp_buf_str(&a.body), part);
    answer_free(&a);
}

static void expect_plain(struct conn *k, const char *line, const char *headers, int status,
                         const char *part)
{
    char text[2048];

    snprintf(text, sizeof(text), "%s HTTP/1.1\r\n" HOST "%s\r\n", line, headers);
    put(k, mcp_str_c(text));
    struct answer a = whole(k);

    ck_assert_msg(a.status == status, "%s: %d, want %d", line, a.status, status);
    T_HAS(mcp_buf_str(&a.body), part);
    answer_free(&a);
}

/* ---- Schemas ---- */

/* The message conforms to the revision, and its result to `definition`. */
static void conforms(const char *revision, const char *definition, mcp_str message)
{
    struct mcp_arena arena;
    mcp_json doc;

    mcp_arena_init(&arena, (size_t)1 << 24);
    T_EQ(mcp_json_read(&arena, message, &LIMITS, &doc, NULL), MCP_OK);
    t_conforms(revision, "JSONRPCMessage", message);
    if (definition) {
        mcp_json result = mcp_json_get(doc, MCP_STR("result"));

        T_CHECK(mcp_json_present(result));
        t_conforms(revision, definition, mcp_json_raw(result));
    } else {
        t_conforms(revision, "ServerNotification", message);
    }
    mcp_arena_free(&arena);
}

static void expect_result(struct conn *k, const char *headers, const char *body,
                          const char *revision, const char *definition)
{
    struct answer a = post(k, headers, body);

    T_EQ(a.status, 200);
    T_STR(answer_header(&a, "Content-Type"), "application/json");
    conforms(revision, definition, mcp_buf_str(&a.body));
    answer_free(&a);
}

/* ---- Handshake ---- */

/* Shake hands; the session header line goes to `ret`. */
static void shake(struct conn *k, const char *headers, const char *revision, char ret[128])
{
    char body[512];

    snprintf(body, sizeof(body),
             "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{"
             "\"protocolVersion\":\"%s\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\","
             "\"version\":\"1\"}}}",
             revision);
    struct answer a = post(k, headers, body);

    T_EQ(a.status, 200);
    T_HAS(mcp_buf_str(&a.body), revision);
    conforms(revision, "InitializeResult", mcp_buf_str(&a.body));
    snprintf(ret, 128, "%sMcp-Session-Id: %.*s\r\n", headers,
             MCP_STR_ARG(answer_header(&a, "Mcp-Session-Id")));
    answer_free(&a);
    expect_post(k, ret, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}", 202, "");
}

#define CALL(id, name, arguments)                                                                  \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"tools/call\",\"params\":{\"name\":\"" name    \
    "\",\"arguments\":" arguments ",\"_meta\":{\"progressToken\":" id "}}}"
#define LIST "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}"

static void every_legacy_revision_is_served_as_its_schema_says(void)
{
    static const char *const REVISIONS[] = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"};
    struct child c;
    struct conn k;

    start_hello(&c);
    dial(&k, &c); /* one connection, kept alive through all of it */
    for (int i = 0; i < 4; i++) {
        char session[128];

        shake(&k, "", REVISIONS[i], session);
        expect_result(&k, session, LIST, REVISIONS[i], "ListToolsResult");
        expect_result(&k, session, CALL("3", "greet", "{\"name\":\"Ada\"}"), REVISIONS[i],
                      "CallToolResult");
        expect_post(&k, session, "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"ping\"}", 200,
                    "\"result\":{}");
    }
    hang_up(&k);
    child_stop(&c);
}

#define META                                                                                       \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                       \
    "\"io.modelcontextprotocol/clientInfo\":{\"name\":\"t\",\"version\":\"1\"},"                   \
    "\"io.modelcontextprotocol/clientCapabilities\":{}"
#define MODERN(method, more) "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: " method "\r\n" more

static void the_modern_revision_is_served_as_its_schema_says(void)
{
    struct child c;
    struct conn k;

    start_hello(&c);
    dial(&k, &c);
    expect_result(&k, MODERN("server/discover", ""),
                  "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\",\"params\":{" META
                  "}}}",
                  "2026-07-28", "DiscoverResult");
    expect_result(&k, MODERN("tools/list", "Mcp-Session-Id: ignored\r\n"),
                  "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{" META "}}}",
                  "2026-07-28", "ListToolsResult");
    expect_result(&k, MODERN("tools/call", "Mcp-Name: greet\r\n"),
                  "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"tools/call\",\"params\":{"
                  "\"name\":\"greet\",\"arguments\":{\"name\":\"Ada\"}," META "}}}",
                  "2026-07-28", "CallToolResult");
    expect_post(&k, MODERN("nope", ""),
                "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"nope\",\"params\":{" META "}}}", 404,
                "-32601");
    expect_post(&k, "Mcp-Method: tools/list\r\n",
                "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"tools/list\",\"params\":{" META "}}}",
                400, "-32020");
    hang_up(&k);
    child_stop(&c);
}

static void sessions_are_400_404_and_deleted(void)
{
    struct child c;
    struct conn k;
    char session[128];

    start_hello(&c);
    dial(&k, &c);
    shake(&k, "", "2025-11-25", session);
    expect_post(&k, "", LIST, 400, "-32600");
    expect_post(&k, "Mcp-Session-Id: nope\r\n", LIST, 404, "error");
    expect_plain(&k, "GET /mcp", "Accept: text/event-stream\r\n", 400, "error");
    expect_plain(&k, "DELETE /mcp", session, 204, "");
    expect_plain(&k, "DELETE /mcp", session, 404, "error");
    expect_post(&k, session, LIST, 404, "error");
    expect_plain(&k, "PUT /mcp", "Content-Length: 0\r\n", 405, "error");
    hang_up(&k);
    child_stop(&c);
}

/* ---- Streams ---- */

static void put_get(struct conn *k, const char *session, const char *last_id)
{
    char text[512];

    snprintf(text, sizeof(text),
             "GET /mcp HTTP/1.1\r\n" HOST "Accept: text/event-stream\r\n%s%s%s%s\r\n", session,
             last_id ? "Last-Event-ID: " : "", last_id ? last_id : "", last_id ? "\r\n" : "");
    put(k, mcp_str_c(text));
}

static void a_get_stream_is_primed_kept_alive_and_ended_by_a_stop(void)
{
    struct child c;
    struct conn k, stream;
    char session[128];

    start_slow(&c, "http");
    dial(&k, &c);
    dial(&stream, &c);
    shake(&k, "", "2025-11-25", session);
    put_get(&stream, session, NULL);
    until(&stream, "id: g1-1\nretry: 1000\ndata: \n\n");
    until(&stream, ":\n\n");
    hang_up(&k);
    kill(c.pid, SIGTERM);
    struct answer a = whole(&stream); /* ends properly, with the last chunk */

    T_EQ(a.status, 200);
    answer_free(&a);
    hang_up(&stream);
    child_expect_end(&c, 0);
}

/* 1.4 rows 14 and 18 */
static void a_call_survives_its_connection_and_is_picked_up_again(void)
{
    struct child c;
    struct conn k, cut, again;
    char session[128];

    start_slow(&c, "http");
    dial(&k, &c);
    shake(&k, "", "2025-11-25", session);
    dial(&cut, &c);
    put_post(&cut, session, CALL("5", "slow", "{\"steps\":4,\"delay_ms\":60}"));
    until(&cut, "\"progress\":1");
    T_CHECK(t_has(mcp_buf_str(&cut.in), MCP_STR("id: p1-1\n")));
    hang_up(&cut);
    dial(&again, &c);
    put_get(&again, session, "p1-1");
    struct answer a = whole(&again);
    mcp_str rest = mcp_buf_str(&a.body), id = {0};
    struct event e;
    int results = 0;

    while (event_next(&rest, &id, &e, NULL)) {
        if (e.data.len) {
            bool is_result = t_has(e.data, MCP_STR("\"result\""));

            conforms("2025-11-25", is_result ? "CallToolResult" : NULL, e.data);
            results += is_result;
        }
    }
    T_EQ(results, 1);
    answer_free(&a);
    hang_up(&again);
    hang_up(&k);
    child_stop(&c);
}

/* Ask until nothing but the question itself runs. */
static void until_nothing_runs(struct conn *k, const char *session)
{
    for (int i = 0; i < 1000; i++) {
        struct answer a = post(k, session, CALL("8", "running", "{}"));
        bool is_quiet = t_has(mcp_buf_str(&a.body), MCP_STR("0 running"));
        struct timespec pause = {0, 5000000};

        answer_free(&a);
        if (is_quiet) {
            return;
        }
        nanosleep(&pause, NULL);
    }
    ck_abort_msg("the call goes on");
}

/* 2.8 row 11 */
static void a_modern_call_ends_with_its_connection(void)
{
    struct child c;
    struct conn k, cut;
    char session[128];

    start_slow(&c, "http");
    dial(&k, &c);
    shake(&k, "", "2025-11-25", session);
    dial(&cut, &c);
    put_post(
        &cut, MODERN("tools/call", "Mcp-Name: slow\r\n"),
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"slow\","
        "\"arguments\":{\"steps\":1000,\"delay_ms\":100}," META ",\"progressToken\":1}}}");
    until(&cut, "\"progress\":1");
    expect_post(&k, session, CALL("8", "running", "{}"), 200, "1 running");
    hang_up(&cut);
    until_nothing_runs(&k, session);
    hang_up(&k);
    child_stop(&c);
}

static void a_client_that_never_reads_does_not_hinder_others(void)
{
    struct child c;
    struct conn k, deaf[8];
    char session[128];

    start_slow(&c, "http");
    dial(&k, &c);
    shake(&k, "", "2025-11-25", session);
    for (int i = 0; i < 8; i++) {
        int small = 4096;

        dial(&deaf[i], &c);
        setsockopt(deaf[i].fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
        /* half of them go beyond backlog_bytes_max and are cut, the others just stay full */
        put_post(&deaf[i], session,
                 i % 2 ? CALL("5", "slow", "{\"steps\":1,\"delay_ms\":0,\"bytes\":3000000}")
                       : "{\"jsonrpc\":\"2.0\",\"id\":61,\"method\":\"tools/call\",\"params\":{"
                         "\"name\":\"slow\",\"arguments\":{\"steps\":0,\"bytes\":3000000}}}");
        expect_post(&k, session, CALL("7", "hello", "{}"), 200, "hello");
    }
    for (int i = 0; i < 50; i++) {
        expect_post(&k, session, CALL("7", "hello", "{}"), 200, "hello");
    }
    for (int i = 0; i < 8; i++) {
        hang_up(&deaf[i]);
    }
    until_nothing_runs(&k, session);
    hang_up(&k);
    child_stop(&c);
}

/* ---- Who may come in ---- */

static void a_stranger_gets_401_and_discovery_404(void)
{
    struct child c;
    struct conn k;
    char session[128];

    start_slow(&c, "token");
    dial(&k, &c);
    expect_plain(&k, "GET /mcp", "", 401, "bearer token");
    expect_plain(&k, "DELETE /mcp", "", 401, "bearer token");
    expect_plain(&k, "PUT /mcp", "Content-Length: 0\r\n", 401, "bearer token");
    expect_post(&k, "Authorization: Bearer bad\r\n", LIST, 401, "bearer token");
    expect_plain(&k, "GET /.well-known/oauth-protected-resource/mcp", "", 404,
                 "{\"error\":\"not_found\"}");
    expect_plain(&k, "POST /register", "Content-Length: 0\r\n", 404, "{\"error\":\"not_found\"}");
    expect_plain(&k, "GET /mcp", "Origin: http://evil.example\r\n", 403, "1403");
    expect_plain(&k, "OPTIONS /mcp",
                 "Origin: http://localhost\r\nAccess-Control-Request-Method: POST\r\n", 204, "");
    shake(&k, "Authorization: Bearer good\r\n", "2025-11-25", session);
    expect_post(&k, session, CALL("7", "hello", "{}"), 200, "hello");
    hang_up(&k);
    child_stop(&c);
}

static void a_token_file_is_the_key_to_hello(void)
{
    char file[] = "/tmp/mcp-token-XXXXXX", option[64];
    int fd = mkstemp(file);
    struct child c;
    struct conn k;

    T_CHECK(fd >= 0 && write(fd, "s3cret\n", 7) == 7);
    snprintf(option, sizeof(option), "--token-file=%s", file);
    const char *const argv[] = {hello_path,     "--http=127.0.0.1:0", option,
                                "--ready-fd=3", "--log-level=error",  NULL};

    child_start(&c, argv, true);
    unlink(file);
    close(fd);
    dial(&k, &c);
    expect_post(&k, "Authorization: Bearer s3cre\r\n", LIST, 401, "error");
    expect_post(&k, "Authorization: Bearer s3cret\r\n", LIST, 400, "-32600");
    hang_up(&k);
    child_stop(&c);
}

/* Nothing is evicted: the first session still works when the table is full. */
static void the_ten_thousand_and_first_session_is_refused(void)
{
    enum { ALL = 10000, BATCH = 100 };
    static const char BODY[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"
        "\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}";
    struct child c;
    struct conn k;
    char first[128];

    start_hello(&c);
    dial(&k, &c);
    shake(&k, "", "2025-11-25", first);
    for (int i = 1; i < ALL; i += BATCH) {
        int n = ALL - i < BATCH ? ALL - i : BATCH;

        for (int j = 0; j < n; j++) {
            put_post(&k, "", BODY);
        }
        for (int j = 0; j < n; j++) {
            struct answer a = whole(&k);

            T_EQ(a.status, 200);
            answer_free(&a);
        }
    }
    expect_post(&k, "", BODY, 503, "error");
    expect_post(&k, first, LIST, 200, "greet");
    expect_plain(&k, "DELETE /mcp", first, 204, "");
    expect_post(&k, "", BODY, 200, "2025-11-25");
    hang_up(&k);
    child_stop(&c);
}

static const struct t_case CASES[] = {
    T(every_legacy_revision_is_served_as_its_schema_says),
    T(the_modern_revision_is_served_as_its_schema_says),
    T(sessions_are_400_404_and_deleted),
    T(a_get_stream_is_primed_kept_alive_and_ended_by_a_stop),
    T(a_call_survives_its_connection_and_is_picked_up_again),
    T(a_modern_call_ends_with_its_connection),
    T(a_client_that_never_reads_does_not_hinder_others),
    T(a_stranger_gets_401_and_discovery_404),
    T(a_token_file_is_the_key_to_hello),
    T(the_ten_thousand_and_first_session_is_refused),
};

int main(int argc, char **argv)
{
    if (argc != 3) {
        return 2;
    }
    snprintf(hello_path, sizeof(hello_path), "%s", argv[1]);
    snprintf(slow_path, sizeof(slow_path), "%s", argv[2]);
    return t_main("transport/http", CASES, sizeof(CASES) / sizeof(CASES[0]));
}
