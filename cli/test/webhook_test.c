/* cli/test/webhook_test.c - the real server and a real receiver: a pool runs low, one request
 * arrives. */
#include <cli/test/server.h>

static struct place place;
static struct server server;

/* A process that answers each request with 200 and hands its text on. */
static struct {
    pid_t pid;
    int port, out;
    char text[1 << 15];
} receiver;

static void serve_requests(int listener, int out)
{
    static char text[1 << 15];

    for (;;) {
        int fd = accept(listener, NULL, NULL);
        size_t n = 0;
        const char *body = NULL, *length = NULL;

        while (fd >= 0 && n < sizeof(text) - 1) {
            ssize_t got = read(fd, text + n, sizeof(text) - 1 - n);

            n += got > 0 ? (size_t)got : 0;
            text[n] = '\0';
            body = strstr(text, "\r\n\r\n");
            length = strcasestr(text, "content-length:");
            if (got <= 0 ||
                (body && length && strlen(body + 4) >= (size_t)strtol(length + 15, NULL, 10))) {
                break;
            }
        }
        (void)!write(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 38);
        close(fd);
        if (n && write(out, text, n + 1) < 0) {
            _exit(1);
        }
    }
}

static void receiver_start(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(at);
    int fds[2], listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    T_CHECK(bind(listener, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(listener, 16) == 0);
    T_CHECK(getsockname(listener, (struct sockaddr *)&at, &n) == 0 && pipe2(fds, O_CLOEXEC) == 0);
    receiver.port = ntohs(at.sin_port);
    receiver.out = fds[0];
    receiver.pid = fork();
    if (receiver.pid == 0) {
        serve_requests(listener, fds[1]);
    }
    close(listener);
    close(fds[1]);
}

/* True when a request came within `ms`; it is in receiver.text. */
static bool received(int ms)
{
    struct pollfd p = {receiver.out, POLLIN, 0};
    size_t n = 0;

    if (poll(&p, 1, ms) != 1) {
        return false;
    }
    while (read(receiver.out, receiver.text + n, 1) == 1 && receiver.text[n]) {
        n++;
    }
    return true;
}

static void begin(const char *allow)
{
    char url[64];

    place_make(&place);
    receiver_start();
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/hooks/0123456789abcdef\n", receiver.port);
    T_CODE(run_in(url, "webhook", "add", "ops", NULL), 0);
    T_HAS(mcp_str_c(ran.out), "whsec_");
    T_CODE(run("connection", "add", "Hunter", "--low", "100", "--critical", "10", NULL), 0);
    server_start(&server, "127.0.0.1:0", "--outbound-http", "--outbound-allow", allow, NULL);
}

static void end(void)
{
    server_stop(&server);
    T_CHECK(!strstr(ran.err, "0123456789abcdef")); /* no secret in the log */
    kill(receiver.pid, SIGKILL);
    waitpid(receiver.pid, NULL, 0);
    close(receiver.out);
    place_remove(&place);
}

#define RECEIVED(part) T_HAS(mcp_str_c(receiver.text), part)

static void a_reading_from_another_process_reaches_the_receiver_once(void)
{
    char dashboard[256];

    begin("127.0.0.0/8");
    T_CODE(run("reading", "add", "Hunter", "verifications", "42", NULL), 0);
    T_CHECK(received(15000));
    RECEIVED("POST /hooks/0123456789abcdef HTTP/1.1\r\n");
    RECEIVED("user-agent: Cistern/1.0\r\n");
    RECEIVED("content-type: application/json\r\n");
    RECEIVED("webhook-signature: v1,");
    RECEIVED("\"event\":\"quota.alert.low\"");
    snprintf(dashboard, sizeof(dashboard), "\"dashboard_url\":\"http://%s/\"", server.address);
    RECEIVED(dashboard);
    T_CODE(run("reading", "add", "Hunter", "verifications", "41", NULL), 0);
    T_CHECK(!received(2500));
    T_CODE(run("reading", "add", "Hunter", "verifications", "4", NULL), 0);
    T_CHECK(received(15000));
    RECEIVED("quota.alert.critical");
    T_CODE(run("alert", "list", NULL), 0);
    T_HAS(mcp_str_c(ran.out), "Hunter is critically low");
    T_HAS(mcp_str_c(ran.out), "sent");
    end();
}

static void a_test_waits_for_the_answer_and_a_replay_has_the_same_id(void)
{
    char id[64];

    begin("127.0.0.0/8");
    T_CODE(run("webhook", "test", "ops", NULL), 0);
    T_HAS(mcp_str_c(ran.out), "delivered: it answered 200 in ");
    T_CHECK(received(15000));
    const char *at = strstr(receiver.text, "webhook-id: ");

    T_CHECK(at);
    snprintf(id, sizeof(id), "%.36s", at + strlen("webhook-id: "));
    T_CODE(run("webhook", "log", "ops", NULL), 0);
    T_HAS(mcp_str_c(ran.out), id);
    T_CODE(run("webhook", "replay", id, NULL), 0);
    T_CHECK(received(15000));
    RECEIVED(id);
    end();
}

static void a_private_address_is_refused_unless_it_is_allowed(void)
{
    begin("10.0.0.0/8");
    T_CODE(run("webhook", "test", "ops", NULL), 1);
    T_HAS(mcp_str_c(ran.err), "no answer: ");
    T_CHECK(!received(500));
    end();
}

static void rest_adds_lists_tests_and_removes_with_the_scope_admin(void)
{
    char admin[128], body[256];

    begin("127.0.0.0/8");
    T_CODE(run("token", "create", "a", "--scope", "admin", NULL), 0);
    snprintf(admin, sizeof(admin), "%.*s", (int)strcspn(ran.out, "\n"), ran.out);
    T_EQ(get(&server, "/api/v1/webhooks", NULL), 401);
    snprintf(body, sizeof(body), "{\"name\":\"rest\",\"url\":\"http://127.0.0.1:%d/r\"}",
             receiver.port);
    T_EQ(
        ask(&server, "POST", "/api/v1/webhooks", admin, "Content-Type: application/json\r\n", body),
        201);
    T_ANSWER("\"secret\":\"whsec_");
    T_EQ(ask(&server, "POST", "/api/v1/webhooks/rest/test", admin, "", ""), 202);
    T_CHECK(received(15000));
    RECEIVED("POST /r HTTP/1.1");
    T_EQ(get(&server, "/api/v1/deliveries?webhook=rest", admin), 200);
    T_ANSWER("\"event\":\"webhook.test\"");
    T_EQ(get(&server, "/api/v1/webhooks", admin), 200);
    T_CHECK(!strstr(answer.text, "whsec_"));
    T_EQ(ask(&server, "DELETE", "/api/v1/webhooks/rest", admin, "", ""), 204);
    T_EQ(get(&server, "/api/v1/deliveries?webhook=rest", admin), 404);
    end();
}

static void a_store_with_secrets_wants_its_key_back(void)
{
    char key[192];

    begin("127.0.0.0/8");
    server_stop(&server);
    snprintf(key, sizeof(key), "%s/secret.key", place.data);
    T_CHECK(unlink(key) == 0);
    T_CODE(run("webhook", "list", NULL), 74);
    T_HAS(mcp_str_c(ran.err), "restore it from a backup");
    T_CHECK(access(key, F_OK) != 0);
    kill(receiver.pid, SIGKILL);
    waitpid(receiver.pid, NULL, 0);
    close(receiver.out);
    place_remove(&place);
}

static const struct t_case cases[] = {
    T(a_reading_from_another_process_reaches_the_receiver_once),
    T(a_test_waits_for_the_answer_and_a_replay_has_the_same_id),
    T(a_private_address_is_refused_unless_it_is_allowed),
    T(rest_adds_lists_tests_and_removes_with_the_scope_admin),
    T(a_store_with_secrets_wants_its_key_back),
};
T_MAIN("cli/webhook", cases)
