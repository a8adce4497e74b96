/* cli/test/serve_test.c - the server as a process on a real socket. */
#include <cli/test/server.h>

static struct place place;
static struct server server;
static char token[256];

static void begin(void)
{
    place_make(&place);
    T_CODE(run("demo", NULL), 0);
    make_token(token, sizeof(token), "unlimited");
    server_start(&server, "127.0.0.1:0", NULL);
}

static void end(void)
{
    server_stop(&server);
    place_remove(&place);
}

static void health_is_public_and_readiness_is_about_the_store(void)
{
    begin();
    T_EQ(get(&server, "/healthz", NULL), 200);
    T_ANSWER("{\"status\":\"ok\",\"version\":\"");
    T_ANSWER("Cache-Control: no-store");
    T_EQ(get(&server, "/readyz", NULL), 200);
    T_ANSWER("{\"status\":\"ready\"}");
    T_EQ(ask(&server, "POST", "/healthz", NULL, "", ""), 405);
    T_ANSWER("Allow: GET, HEAD, OPTIONS\r\n");
    T_EQ(ask(&server, "OPTIONS", "/readyz", NULL, "", ""), 204);
    T_ANSWER("Allow: GET, HEAD, OPTIONS\r\n");
    end();
}

static void the_interface_is_public_and_described(void)
{
    begin();
    T_EQ(get(&server, "/openapi.json", NULL), 200);
    T_ANSWER("\"/api/v1/pools\":{\"get\":{\"operationId\":\"list_balances\"");
    T_ANSWER("\"endpoints\":[\"/mcp\",\"/api/mcp\"]");
    T_EQ(get(&server, "/docs", NULL), 200);
    T_ANSWER("Content-Security-Policy: default-src 'none'; style-src 'sha256-");
    T_EQ(get(&server, "/llms.txt", NULL), 200);
    T_ANSWER("# Cistern\n");
    end();
}

enum { FILLERS = 12 }; /* of 3,000 readings: more than 2 MiB however full LMDB's pages are */

/* Some 2 MB of readings, through the command line, which has no small limit. */
static void fill_store(void)
{
    char path[160];

    snprintf(path, sizeof(path), "%s/file.json", place.root);
    FILE *f = fopen(path, "w");

    T_CHECK(f);
    fputs("{\"connections\":[", f);
    for (int c = 0; c < FILLERS; c++) {
        fprintf(f, "%s{\"name\":\"filler %d\",\"readings\":[", c ? "," : "", c);
        for (int i = 0; i < 3000; i++) {
            fprintf(f,
                    "%s{\"creditType\":\"c\",\"balance\":%d,\"label\":\"%060d\","
                    "\"recordedAt\":\"2026-06-%02dT%02d:%02d:00Z\"}",
                    i ? "," : "", i, i, 1 + i / 1440, i / 60 % 24, i % 60);
        }
        fputs("]}", f);
    }
    fputs("]}", f);
    T_CHECK(fclose(f) == 0);
    T_CODE(run("import", path, NULL), 0);
}

static int ready_within_10_s(int wanted)
{
    int got = 0;

    for (int i = 0; i < 200 && got != wanted; i++) {
        poll(NULL, 0, 50);
        got = get(&server, "/readyz", NULL);
    }
    return got;
}

static void a_full_store_is_not_ready_until_there_is_room(void)
{
    place_make(&place);
    T_CODE(run("demo", NULL), 0);
    make_token(token, sizeof(token), "unlimited");
    server_start(&server, "127.0.0.1:0", "--store-bytes-max", "2M", NULL);
    T_EQ(get(&server, "/readyz", NULL), 200);
    fill_store();
    T_EQ(ready_within_10_s(503), 503);
    T_ANSWER("{\"status\":\"unavailable\",");
    T_EQ(get(&server, "/healthz", NULL), 200);
    T_EQ(get(&server, "/api/v1/pools", token), 200);
    T_CODE(run("token", "revoke", "test", NULL), 0);
    T_EQ(get(&server, "/api/v1/pools", token), 401);
    for (int c = 0; c < FILLERS; c++) {
        char name[32];

        snprintf(name, sizeof(name), "filler %d", c);
        T_CODE(run("connection", "remove", name, NULL), 0);
    }
    T_EQ(ready_within_10_s(200), 200);
    end();
}

/* cli/test/broken_sync.c makes fdatasync() fail once $BROKEN_SYNC exists. */
static void a_store_that_cannot_sync_stops_the_server_with_74(void)
{
    const char *library = getenv("CISTERN_BROKEN_SYNC");
    char mark[160];

    place_make(&place);
    T_CODE(run("demo", NULL), 0);
    make_token(token, sizeof(token), "unlimited");
    snprintf(mark, sizeof(mark), "%s/broken", place.root);
    setenv("BROKEN_SYNC", mark, 1);
    setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);
    T_CHECK(library);
    setenv("LD_PRELOAD", library, 1);
    server_start(&server, "127.0.0.1:0", NULL);
    unsetenv("LD_PRELOAD");
    FILE *f = fopen(mark, "w");

    T_CHECK(f && fclose(f) == 0);
    T_EQ(get(&server, "/api/v1/pools", token), 200); /* its last use will be written */
    T_EQ(server_wait(&server), 74);
    T_HAS(ERR, "the store is broken");
    place_remove(&place);
}

static void pools_have_the_contracts_shape(void)
{
    begin();
    T_EQ(get(&server, "/api/v1/pools?status=healthy", token), 200);
    T_ANSWER("Content-Type: application/json\r\n");
    T_ANSWER("Cache-Control: no-store\r\n");
    const char *first = "{\"pools\":[{\"connectionId\":\"";

    T_CHECK(strncmp(answer_body(), first, strlen(first)) == 0);
    T_ANSWER("\",\"connectionName\":\"Hunter\",\"tool\":{\"id\":\"hunter\",\"name\":\"Hunter\","
             "\"topupUrl\":\"https://hunter.io/billing\"},\"creditType\":\"verifications\","
             "\"label\":\"Verifications\",\"unit\":\"credits\",\"balance\":620,"
             "\"balanceLimit\":1000,\"recordedAt\":\"");
    T_ANSWER("\",\"status\":\"healthy\",\"burn\":{\"perDay\":52,\"daysLeft\":11.9},"
             "\"eta\":{\"short\":\"~2 weeks\",\"long\":\"Empties in ~12 days.\"},"
             "\"thresholds\":{\"low\":100,\"critical\":10}}");
    T_EQ(get(&server, "/api/v1/pools?status=nodata", token), 200);
    T_ANSWER("\"creditType\":null,\"label\":null,\"unit\":null,\"balance\":null,"
             "\"balanceLimit\":null,\"recordedAt\":null,\"status\":\"nodata\","
             "\"burn\":{\"perDay\":null,\"daysLeft\":null},\"eta\":{\"short\":\"no burn yet\","
             "\"long\":\"Not draining yet.\"}");
    end();
}

static void rest_call_and_mcp_say_the_same(void)
{
    char *rest;

    begin();
    T_EQ(get(&server, "/api/v1/pools", token), 200);
    rest = strdup(answer_body());
    T_CODE(run("call", "list_balances", "--json", NULL), 0);
    T_EQ(strlen(ran.out), strlen(rest) + 1);
    T_CHECK(strncmp(ran.out, rest, strlen(rest)) == 0);
    T_EQ(ask(&server, "POST", "/mcp", token,
             "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
             "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\n"
             "Mcp-Name: list_balances\r\n",
             "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":"
             "\"list_balances\",\"arguments\":{},\"_meta\":{"
             "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
             "\"io.modelcontextprotocol/clientInfo\":{\"name\":\"t\",\"version\":\"1\"},"
             "\"io.modelcontextprotocol/clientCapabilities\":{}}}}"),
         200);
    T_ANSWER("\"structuredContent\":");
    T_ANSWER(rest);
    free(rest);
    end();
}

static void head_and_options_are_answered(void)
{
    begin();
    T_EQ(ask(&server, "HEAD", "/api/v1/pools", token, "", ""), 200);
    T_EQ(strlen(answer_body()), 0);
    T_ANSWER("Content-Length: ");
    T_EQ(ask(&server, "OPTIONS", "/api/v1/pools", token, "", ""), 204);
    T_ANSWER("Allow: GET, HEAD, OPTIONS\r\n");
    end();
}

/* What a page of https://app.example does with fetch(): the preflight, which carries no credential,
 * then the request; and what its browser lets it read. */
static void a_page_of_an_allowed_origin_may_read_pools_and_no_other_may(void)
{
#define PAGE "Origin: https://app.example\r\n"
#define EVIL "Origin: https://evil.example\r\n"
#define ASKS                                                                                       \
    "Access-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: authorization\r\n"
#define GRANT "Access-Control-Allow-Origin: "
    place_make(&place);
    T_CODE(run("demo", NULL), 0);
    make_token(token, sizeof(token), "unlimited");
    server_start(&server, "127.0.0.1:0", "--allowed-origins", "https://app.example", NULL);
    T_EQ(ask(&server, "OPTIONS", "/api/v1/pools", NULL, PAGE ASKS, ""), 204);
    T_ANSWER(GRANT "https://app.example\r\n");
    T_ANSWER("Vary: Origin\r\n");
    T_ANSWER("Access-Control-Allow-Methods: GET, ");
    T_ANSWER("Access-Control-Allow-Headers: Authorization, ");
    T_EQ(ask(&server, "GET", "/api/v1/pools", token, PAGE, ""), 200);
    T_ANSWER(GRANT "https://app.example\r\n");
    T_ANSWER("Vary: Origin\r\n");
    T_ANSWER("RateLimit-Remaining"); /* named in Access-Control-Expose-Headers */
    T_ANSWER("{\"pools\":[");
    T_EQ(ask(&server, "GET", "/api/v1/pools", NULL, PAGE, ""), 401); /* it may read why, too */
    T_ANSWER(GRANT "https://app.example\r\n");
    T_ANSWER("WWW-Authenticate: Bearer\r\n");
    T_EQ(ask(&server, "GET", "/api/v1/pools?status=bogus", token, PAGE, ""), 400);
    T_ANSWER(GRANT "https://app.example\r\n");
    T_EQ(ask(&server, "OPTIONS", "/api/v1/pools", token, PAGE, ""), 204); /* no preflight */
    T_ANSWER(GRANT "https://app.example\r\n");
    T_EQ(ask(&server, "GET", "/healthz", NULL, PAGE, ""), 200);
    T_ANSWER(GRANT "https://app.example\r\n");

    T_EQ(ask(&server, "OPTIONS", "/api/v1/pools", NULL, EVIL ASKS, ""), 403);
    ck_assert_msg(!strstr(answer.text, GRANT), "%s", answer.text);
    T_EQ(ask(&server, "GET", "/api/v1/pools", token, EVIL, ""), 403);
    ck_assert_msg(!strstr(answer.text, GRANT), "%s", answer.text);
    T_EQ(ask(&server, "POST", "/mcp", token, EVIL, "{}"), 403);
    ck_assert_msg(!strstr(answer.text, GRANT), "%s", answer.text);
    end();
}

static void each_refusal_has_its_status_and_the_envelope(void)
{
    begin();
    T_EQ(get(&server, "/api/v1/pools?status=bogus", token), 400);
    T_ANSWER("{\"error\":{\"code\":\"invalid_status\",\"message\":\"");
    T_EQ(get(&server, "/api/v1/pools?status=", token), 200);
    T_EQ(get(&server, "/api/v1/pools?status=low%2C%20critical", token), 200);
    T_EQ(get(&server, "/api/v1/pools?status=Low", token), 400);
    T_EQ(get(&server, "/api/v1/nothing", token), 404);
    T_ANSWER("{\"error\":{\"code\":\"not_found\",\"message\":\"");
    T_EQ(ask(&server, "DELETE", "/api/v1/pools", token, "", ""), 405);
    T_ANSWER("Allow: GET, HEAD, OPTIONS\r\n");
    T_ANSWER("{\"error\":{\"code\":\"method_not_allowed\",\"message\":\"");
    T_EQ(ask(&server, "GET", "/api/v1/pools", token, "Origin: https://evil.example\r\n", ""), 403);
    T_ANSWER("{\"error\":{\"code\":\"forbidden\",\"message\":\"");
    end();
}

/* From the content type on; before it is the date. */
static void expect_401(const char *path, const char *credential, const char *want)
{
    T_EQ(get(&server, path, credential), 401);
    T_ANSWER("WWW-Authenticate: Bearer\r\n");
    T_STR(mcp_str_c(strstr(answer.text, "\r\nContent-Type")), want);
}

/* Missing, malformed, unknown, expired and revoked, on both surfaces. */
static void every_bad_credential_gets_the_same_401(void)
{
    static const char *const PATHS[] = {"/api/v1/pools", "/mcp"};
    static const char *const BAD[] = {
        "x",
        "qc_live_000000000000000000000000000000000000",
        "qc_live_",
        "%00",
    };
    char revoked[256], expired[256], want[8192];

    begin();
    T_CODE(run("token", "create", "short", "--expires", "1s", NULL), 0);
    snprintf(expired, sizeof(expired), "%.*s", (int)strcspn(ran.out, "\n"), ran.out);
    T_CODE(run("token", "create", "gone", NULL), 0);
    snprintf(revoked, sizeof(revoked), "%.*s", (int)strcspn(ran.out, "\n"), ran.out);
    T_EQ(get(&server, "/api/v1/pools", revoked), 200);
    T_CODE(run("token", "revoke", "gone", NULL), 0);
    poll(NULL, 0, 1100);
    for (size_t p = 0; p < sizeof(PATHS) / sizeof(PATHS[0]); p++) {
        T_EQ(get(&server, PATHS[p], NULL), 401);
        T_HAS(mcp_str_c(answer_body()), p ? "\"code\":1401" : "\"code\":\"unauthorized\"");
        snprintf(want, sizeof(want), "%s", strstr(answer.text, "\r\nContent-Type"));
        expect_401(PATHS[p], NULL, want);
        expect_401(PATHS[p], revoked, want);
        expect_401(PATHS[p], expired, want);
        for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
            expect_401(PATHS[p], BAD[i], want);
        }
    }
    end();
}

static void a_token_without_the_scope_gets_403(void)
{
    char other[256];

    begin();
    T_CODE(run("token", "create", "other", "--scope", "write", NULL), 0);
    snprintf(other, sizeof(other), "%.*s", (int)strcspn(ran.out, "\n"), ran.out);
    T_EQ(get(&server, "/api/v1/pools?status=bogus", other), 403);
    T_ANSWER("{\"error\":{\"code\":\"insufficient_scope\",\"message\":\"");
    T_ANSWER("scope=\"read\"");
    end();
}

static void after_its_rate_a_token_gets_429_on_rest_and_mcp_alike(void)
{
    char slow[256];

    begin();
    make_token(slow, sizeof(slow), "3");
    T_EQ(get(&server, "/api/v1/pools", slow), 200);
    T_ANSWER("RateLimit-Limit: 3\r\n");
    T_ANSWER("RateLimit-Remaining: 2\r\n");
    T_EQ(get(&server, "/api/v1/pools?status=bogus", slow), 400);
    T_EQ(get(&server, "/api/v1/pools", slow), 200);
    T_EQ(get(&server, "/api/v1/pools", slow), 429);
    T_ANSWER("{\"error\":{\"code\":\"rate_limited\",\"message\":\"");
    T_ANSWER("Retry-After: ");
    T_ANSWER("RateLimit-Policy: \"default\";q=3;w=60\r\n");
    T_EQ(get(&server, "/api/v1/pools", token), 200);
    end();
}

static void the_command_line_works_while_the_server_runs(void)
{
    char copy[160];

    begin();
    T_CODE(run("connection", "add", "Brand new", NULL), 0);
    T_CODE(run("reading", "add", "Brand new", "c", "77", NULL), 0);
    T_EQ(get(&server, "/api/v1/pools", token), 200);
    T_ANSWER("\"connectionName\":\"Brand new\"");
    T_ANSWER("\"balance\":77");
    T_CODE(run("verify", NULL), 0);
    snprintf(copy, sizeof(copy), "%s/copy", place.root);
    T_CODE(run("backup", copy, NULL), 0);
    end();
}

static void hangup_reopens_the_log(void)
{
    char log[160], old[160];
    struct stat st;

    place_make(&place);
    snprintf(log, sizeof(log), "%s/log", place.root);
    snprintf(old, sizeof(old), "%s/log.1", place.root);
    server_start(&server, "127.0.0.1:0", "--log", log, NULL);
    T_CHECK(stat(log, &st) == 0 && (st.st_mode & 0777) == 0600);
    T_CHECK(rename(log, old) == 0);
    kill(server.pid, SIGHUP);
    for (int i = 0; i < 500 && (stat(log, &st) != 0 || st.st_size == 0); i++) {
        poll(NULL, 0, 10);
    }
    T_CHECK(stat(log, &st) == 0 && st.st_size > 0);
    server_stop(&server);
    T_EQ(strlen(ran.err), 0);
    place_remove(&place);
}

static void a_second_server_is_69_and_a_bad_address_64(void)
{
    char other[300];

    begin();
    snprintf(other, sizeof(other), "%s/other", place.root);
    T_CODE(run("serve", "--listen", server.address, "--data", other, NULL), 69);
    T_CODE(run("serve", "--listen", "nonsense", "--data", other, NULL), 64);
    T_CODE(run("serve", "--listen", "0.0.0.0:0", "--data", other, NULL), 64); /* without TLS */
    T_CODE(run("serve", "--tls-cert", "x", "--data", other, NULL), 64);
    end();
}

static void a_unix_socket_serves_too(void)
{
    char where[200];

    place_make(&place);
    T_CODE(run("demo", NULL), 0);
    make_token(token, sizeof(token), "unlimited");
    snprintf(where, sizeof(where), "unix:%s/socket", place.root);
    server_start(&server, where, NULL);
    T_STR(mcp_str_c(server.address), where);
    T_EQ(get(&server, "/api/v1/pools", token), 200);
    end();
}

static void a_second_signal_stops_at_once(void)
{
    begin();
    /* A request that never ends holds the drain. */
    int fd = dial(server.address);
    const char *half = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n1";

    T_CHECK(write(fd, half, strlen(half)) == (ssize_t)strlen(half));
    T_EQ(get(&server, "/healthz", NULL), 200);
    kill(server.pid, SIGTERM);
    poll(NULL, 0, 100);
    kill(server.pid, SIGTERM);
    int code = server_wait(&server);

    ck_assert_msg(code == 0 || code == 75, "exit %d: %s", code, ran.err);
    close(fd);
    place_remove(&place);
}

/* The balance of a pool as `call` prints it. */
static void has_balance(const char *tool, const char *label, const char *balance)
{
    char pick[96], want[200], *at;

    snprintf(pick, sizeof(pick), "toolName=%s", tool);
    T_CODE(run("call", "get_tool_balance", pick, "--json", NULL), 0);
    snprintf(want, sizeof(want), "\"creditType\":\"%s\"", label);
    at = strstr(ran.out, want);
    T_CHECK(at);
    snprintf(want, sizeof(want), "\"balance\":%s,", balance);
    ck_assert_msg(strstr(at, want) && strstr(at, want) < at + 200, "%s: %.200s", want, at);
}

static void demo_prints_how_to_connect_and_its_token_ends_with_it(void)
{
    char text[8192], *at;
    ssize_t n;
    size_t len = 0;

    place_make(&place);
    server_start(&server, "127.0.0.1:0", "--demo", NULL);
    while (len < sizeof(text) - 1 &&
           (n = read(server.out, text + len, sizeof(text) - 1 - len)) > 0) {
        len += (size_t)n;
        text[len] = '\0';
        if (strstr(text, "mcp-remote")) {
            break;
        }
    }
    at = strstr(text, "qc_live_");
    T_CHECK(at);
    snprintf(token, sizeof(token), "%.*s", (int)strcspn(at, "\n"), at);
    T_HAS(mcp_str_c(text), "claude mcp add --transport http cistern http://127.0.0.1:");
    T_HAS(mcp_str_c(text), "\"mcpServers\"");
    T_HAS(mcp_str_c(text), "curl -s -H");
    T_EQ(get(&server, "/api/v1/pools", token), 200);
    T_ANSWER("\"Hunter\"");
    server_stop(&server);
    T_CODE(run("token", "list", "--json", NULL), 0);
    T_HAS(OUT, "\"status\":\"revoked\"");
    T_CODE(run("call", "list_balances", "--json", NULL), 0);
    ck_assert_msg(strstr(ran.out, "\"balance\":61.2,"), "%.600s", ran.out);
    server_start(&server, "127.0.0.1:0", "--demo", NULL); /* again: the data is kept */
    T_EQ(get(&server, "/api/v1/pools", token), 401);
    kill(server.pid, SIGINT); /* what Ctrl-C sends */
    T_EQ(server_wait(&server), 0);
    T_CODE(run("connection", "list", "--json", NULL), 0);
    T_CHECK(strstr(ran.out, "\"Hunter\"") != NULL);
    has_balance("OpenAI", "prepaid", "61.2");
    has_balance("Hunter", "searches", "310");
    place_remove(&place);
}

static void serve_demo_once(void)
{
    server_start(&server, "127.0.0.1:0", "--demo", NULL);
    server_stop(&server);
}

static void demo_leaves_connections_alone_that_only_have_its_names(void)
{
    place_make(&place);
    T_CODE(run("connection", "add", "OpenAI", NULL), 0);
    T_CODE(run("reading", "add", "OpenAI", "prepaid", "7.5", NULL), 0);
    T_CODE(run("connection", "add", "Hunter", NULL), 0);
    serve_demo_once();
    has_balance("OpenAI", "prepaid", "7.5");
    T_CODE(run("connection", "show", "Hunter", NULL), 0);
    T_HAS(OUT, "nodata");
    T_CODE(run("verify", NULL), 0);
    place_remove(&place);
}

static void a_reading_or_an_edit_makes_a_demo_connection_the_owners(void)
{
    place_make(&place);
    T_CODE(run("demo", NULL), 0);
    T_CODE(run("reading", "add", "Hunter", "searches", "5", NULL), 0);
    T_CODE(run("connection", "edit", "OpenRouter", "--low", "11", NULL), 0);
    T_CODE(run("reading", "add", "Twilio", "balance", "1.12", "--at", "2026-01-01", NULL), 0);
    serve_demo_once();
    has_balance("Hunter", "searches", "5");
    T_CODE(run("call", "--all", "add_reading", "connection=OpenRouter", "creditType=credits",
               "balance=1", "demo=true", NULL),
           1);
    T_HAS(ERR, "not one of the demo");
    T_CODE(run("call", "--all", "add_reading", "connection=Twilio", "creditType=balance",
               "balance=1", "demo=true", NULL),
           1);
    T_CODE(run("call", "--all", "add_reading", "connection=DeepL", "creditType=characters",
               "balance=1", "demo=true", NULL),
           0);
    place_remove(&place);
}

static void every_command_and_the_server_take_the_default_thresholds(void)
{
    static const char WANT[] = "\"thresholds\":{\"low\":40,\"critical\":8}";

    place_make(&place);
    T_CODE(run("connection", "add", "Own", NULL), 0);
    T_CODE(run("reading", "add", "Own", "c", "30", NULL), 0);
    T_CODE(run("call", "list_balances", "--json", "--default-low", "40", "--default-critical", "8",
               NULL),
           0);
    T_HAS(OUT, WANT);
    setenv("CISTERN_DEFAULT_LOW", "40", 1);
    setenv("CISTERN_DEFAULT_CRITICAL", "8", 1);
    T_CODE(run("connection", "show", "Own", "--json", NULL), 0);
    T_HAS(OUT, WANT);
    T_CODE(run("connection", "edit", "Own", "--low", "8", NULL), 64);
    T_HAS(ERR, "low must be above critical");
    T_CODE(run("config", "print", NULL), 0);
    T_HAS(OUT, "default-critical");
    make_token(token, sizeof(token), "unlimited");
    server_start(&server, "127.0.0.1:0", NULL);
    T_EQ(get(&server, "/api/v1/pools?status=low", token), 200);
    T_ANSWER(WANT);
    unsetenv("CISTERN_DEFAULT_LOW");
    T_CODE(run("connection", "edit", "Own", "--credit-type", "c", "--low", "none", "--critical",
               "30", NULL),
           0);
    unsetenv("CISTERN_DEFAULT_CRITICAL");
    T_EQ(get(&server, "/api/v1/pools?status=critical", token), 200);
    T_ANSWER("\"thresholds\":{\"low\":40,\"critical\":30}");
    T_CODE(run("call", "--default-low", "1", "--default-critical", "1", NULL), 64);
    T_HAS(ERR, "must be above");
    T_CODE(run("call", "--default-low", "-1", NULL), 64);
    end();
}

static void options_come_from_the_environment_too(void)
{
    place_make(&place);
    T_CODE(run("demo", NULL), 0);
    setenv("CISTERN_RATE", "2", 1);
    server_start(&server, "127.0.0.1:0", NULL);
    unsetenv("CISTERN_RATE");
    T_CODE(run("token", "create", "t", NULL), 0);
    snprintf(token, sizeof(token), "%.*s", (int)strcspn(ran.out, "\n"), ran.out);
    T_EQ(get(&server, "/api/v1/pools", token), 200);
    T_ANSWER("RateLimit-Limit: 2\r\n");
    end();
}

static const struct t_case CASES[] = {
    T(health_is_public_and_readiness_is_about_the_store),
    T(the_interface_is_public_and_described),
    T(a_full_store_is_not_ready_until_there_is_room),
    T(a_store_that_cannot_sync_stops_the_server_with_74),
    T(pools_have_the_contracts_shape),
    T(rest_call_and_mcp_say_the_same),
    T(head_and_options_are_answered),
    T(a_page_of_an_allowed_origin_may_read_pools_and_no_other_may),
    T(each_refusal_has_its_status_and_the_envelope),
    T(every_bad_credential_gets_the_same_401),
    T(a_token_without_the_scope_gets_403),
    T(after_its_rate_a_token_gets_429_on_rest_and_mcp_alike),
    T(the_command_line_works_while_the_server_runs),
    T(hangup_reopens_the_log),
    T(a_second_server_is_69_and_a_bad_address_64),
    T(a_unix_socket_serves_too),
    T(a_second_signal_stops_at_once),
    T(demo_prints_how_to_connect_and_its_token_ends_with_it),
    T(demo_leaves_connections_alone_that_only_have_its_names),
    T(a_reading_or_an_edit_makes_a_demo_connection_the_owners),
    T(every_command_and_the_server_take_the_default_thresholds),
    T(options_come_from_the_environment_too),
};

T_MAIN("cli/serve", CASES)
