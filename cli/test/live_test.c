/* cli/test/live_test.c - a client of one process hears what another process wrote. */
#include <cli/test/server.h>

#include <time.h>

#define MODERN                                                                                     \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                       \
    "\"io.modelcontextprotocol/clientCapabilities\":{}}"
#define LISTEN                                                                                     \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscriptions/listen\",\"params\":{" MODERN        \
    ",\"notifications\":{\"resourcesListChanged\":true,\"resourceSubscriptions\":[\"pool://\","    \
    "\"%s\"]}}}"
#define POST_HEADERS                                                                               \
    "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"

enum { SOON_MS = 3000 };

static struct place place;
static struct server server;
static char token[256], pool[200];

static void begin(void)
{
    place_make(&place);
    T_CODE(
        run("connection", "add", "mine", "--tool", "Mine", "--low", "50", "--critical", "10", NULL),
        0);
    T_CODE(run("reading", "add", "mine", "credits", "100", NULL), 0);
    make_token(token, sizeof(token), "unlimited");
    T_CODE(run("connection", "show", "mine", "--json", NULL), 0);
    const char *id = strstr(ran.out, "\"id\":\"");

    T_CHECK(id != NULL);
    snprintf(pool, sizeof(pool), "pool://%.36s/credits", id + 6);
}

/* ---- A stream that stays open ---- */

struct stream {
    int fd;
    char text[1 << 16];
    size_t len;
};

static int64_t clock_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Read until `part` is there; false after `patience_ms`. */
static bool hears(struct stream *s, const char *part, int64_t patience_ms)
{
    int64_t end_ms = clock_ms() + patience_ms;

    while (!strstr(s->text, part)) {
        struct pollfd p = {s->fd, POLLIN, 0};
        int64_t left = end_ms - clock_ms();

        if (left <= 0 || poll(&p, 1, (int)left) <= 0) {
            return false;
        }
        ssize_t n = read(s->fd, s->text + s->len, sizeof(s->text) - 1 - s->len);

        T_CHECK(n > 0);
        s->len += (size_t)n;
        s->text[s->len] = '\0';
    }
    return true;
}

static void forget_text(struct stream *s)
{
    s->len = 0;
    s->text[0] = '\0';
}

static void send_request(int fd, const char *method, const char *more, const char *body)
{
    char text[4096];
    int n = snprintf(text, sizeof(text),
                     "%s /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n%s"
                     "Content-Length: %zu\r\n\r\n%s",
                     method, token, more, strlen(body), body);

    T_CHECK(write(fd, text, (size_t)n) == n);
}

/* The waits have to be as long as the command line itself is slow under sanitizers; what is
 * measured begins when it has returned. */
static void hears_of_a_reading(struct stream *s, const char *balance)
{
    char updated[260];

    forget_text(s);
    T_CODE(run("reading", "add", "mine", "credits", balance, NULL), 0);
    snprintf(updated, sizeof(updated), "\"uri\":\"%s\"}", pool);
    T_CHECK(hears(s, updated, SOON_MS));
    T_CHECK(hears(s, "notifications/resources/updated", 0));
    T_CHECK(hears(s, "\"uri\":\"pool://\"}", SOON_MS));
}

static void a_subscribed_client_hears_of_the_command_lines_readings(void)
{
    static struct stream s;
    char body[800];

    begin();
    server_start(&server, "127.0.0.1:0", NULL);
    s.fd = dial(server.address);
    snprintf(body, sizeof(body), LISTEN, pool);
    send_request(s.fd, "POST",
                 POST_HEADERS "MCP-Protocol-Version: 2026-07-28\r\n"
                              "Mcp-Method: subscriptions/listen\r\n",
                 body);
    T_CHECK(hears(&s, "subscriptions/acknowledged", 10000));
    T_CHECK(hears(&s, pool, 0));
    hears_of_a_reading(&s, "90");
    hears_of_a_reading(&s, "9");
    forget_text(&s); /* a threshold; a pool more */
    T_CODE(run("connection", "edit", "mine", "--critical", "5", NULL), 0);
    T_CHECK(hears(&s, pool, SOON_MS));
    forget_text(&s);
    T_CODE(run("reading", "add", "mine", "tokens", "1", NULL), 0);
    T_CHECK(hears(&s, "resources/list_changed", SOON_MS));
    forget_text(&s); /* and nothing more from when its token is revoked */
    T_CODE(run("token", "revoke", "test", NULL), 0);
    T_CHECK(hears(&s, "0\r\n\r\n", 10000));
    close(s.fd);
    server_stop(&server);
    place_remove(&place);
}

static void a_session_of_the_older_era_hears_it_on_its_get_stream(void)
{
    static struct stream s;
    char session[300], body[300];

    begin();
    server_start(&server, "127.0.0.1:0", NULL);
    T_EQ(ask(&server, "POST", "/mcp", token, POST_HEADERS,
             "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{"
             "\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},"
             "\"clientInfo\":{\"name\":\"c\",\"version\":\"1\"}}}"),
         200);
    T_ANSWER("\"resources\":{\"listChanged\":true,\"subscribe\":true}");
    const char *line = strstr(answer.text, "Mcp-Session-Id: ");

    T_CHECK(line != NULL);
    snprintf(session, sizeof(session), POST_HEADERS "%.*s\r\n", (int)strcspn(line, "\r"), line);
    T_EQ(ask(&server, "POST", "/mcp", token, session,
             "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"),
         202);
    for (int i = 0; i < 2; i++) {
        snprintf(body, sizeof(body),
                 "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"resources/subscribe\","
                 "\"params\":{\"uri\":\"%s\"}}",
                 i ? "pool://" : pool);
        T_EQ(ask(&server, "POST", "/mcp", token, session, body), 200);
    }
    s.fd = dial(server.address);
    send_request(s.fd, "GET", session, "");
    T_CHECK(hears(&s, "text/event-stream", 10000));
    hears_of_a_reading(&s, "90");
    close(s.fd);
    server_stop(&server);
    place_remove(&place);
}

static void a_client_over_stdio_hears_it_too(void)
{
    static struct stream s;
    const char *argv[] = {binary(), "stdio", NULL};
    int in[2], out[2], err[2];
    char body[900];

    begin();
    T_CHECK(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0);
    pid_t pid = start(argv, in[0], out[1], err[1]);

    close(in[0]);
    close(out[1]);
    close(err[1]);
    s.fd = out[0];
    int n = snprintf(body, sizeof(body), LISTEN "\n", pool);

    T_CHECK(write(in[1], body, (size_t)n) == n);
    T_CHECK(hears(&s, "subscriptions/acknowledged", 10000));
    hears_of_a_reading(&s, "90");
    hears_of_a_reading(&s, "80");
    close(in[1]);
    drain_both(out[0], err[0]);
    T_EQ(wait_for(pid), 0);
    close(out[0]);
    close(err[0]);
    place_remove(&place);
}

static const struct t_case cases[] = {
    T(a_subscribed_client_hears_of_the_command_lines_readings),
    T(a_session_of_the_older_era_hears_it_on_its_get_stream),
    T(a_client_over_stdio_hears_it_too),
};
T_MAIN("live", cases)
