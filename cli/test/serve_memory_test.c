/* cli/test/serve_memory_test.c - what one token can make the server keep. */
#include <cli/test/server.h>

/* Under a sanitizer what is freed stays resident for a while. */
#define IS_EXACT (!T_IS_SANITIZED)

enum { SESSIONS = IS_EXACT ? 1500 : 50, LISTS = 14, GROWTH_KIB_MAX = 32 << 10 };

#define INITIALIZE                                                                                 \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"     \
    "\"2025-06-18\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}"
#define LIST "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}"

static struct place place;
static struct server server;
static char token[256];

static long resident_kib(pid_t pid)
{
    char path[64], text[128] = "";
    long pages = 0;

    snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
    FILE *f = fopen(path, "r");

    T_CHECK(f && fgets(text, sizeof(text), f) && sscanf(text, "%*d %ld", &pages) == 1);
    fclose(f);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* The header line of a new session; one that failed ends the test. */
static void open_session(char *out, size_t bytes)
{
    int status = ask(&server, "POST", "/mcp", token,
                     "Content-Type: application/json\r\n"
                     "Accept: application/json, text/event-stream\r\n",
                     INITIALIZE);
    const char *line = strstr(answer.text, "Mcp-Session-Id: ");

    ck_assert_msg(status == 200 && line, "%d", status);
    snprintf(out, bytes, "%.*s\r\n", (int)strcspn(line, "\r"), line);
}

/* LISTS requests on one connection, each answered by events, which the session keeps. */
static void list_tools(const char *session)
{
    char text[16384], bytes[65536];
    size_t n = 0, all = 0;
    int fd = dial(server.address);
    ssize_t got;

    for (int i = 0; i < LISTS; i++) {
        n += (size_t)snprintf(
            text + n, sizeof(text) - n,
            "POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
            "Content-Type: application/json\r\nAccept: text/event-stream\r\n%s%s"
            "Content-Length: %zu\r\n\r\n" LIST,
            token, session, i == LISTS - 1 ? "Connection: close\r\n" : "", sizeof(LIST) - 1);
        T_CHECK(n < sizeof(text));
    }
    T_CHECK(write(fd, text, n) == (ssize_t)n);
    while ((got = read(fd, bytes, sizeof(bytes))) > 0) {
        all += (size_t)got;
    }
    T_CHECK(all > LISTS * 4096); /* it did answer */
    close(fd);
}

static void what_one_token_can_have_kept_is_bounded(void)
{
    char session[128];

    place_make(&place);
    T_CODE(run("demo", NULL), 0);
    make_token(token, sizeof(token), "unlimited");
    server_start(&server, "127.0.0.1:0", NULL);
    open_session(session, sizeof(session));
    list_tools(session);
    long before = resident_kib(server.pid);

    for (int i = 0; i < SESSIONS; i++) {
        open_session(session, sizeof(session));
        list_tools(session);
    }
    long grown = resident_kib(server.pid) - before;

    printf("# %d sessions: %ld KiB\n", (int)SESSIONS, grown);
    ck_assert_msg(!IS_EXACT || grown <= GROWTH_KIB_MAX, "grew by %ld KiB", grown);
    server_stop(&server);
    place_remove(&place);
}

static const struct t_case CASES[] = {
    T(what_one_token_can_have_kept_is_bounded),
};
T_MAIN("cli/serve_memory", CASES)
