/* transport/test/embed_test.c - examples/embed_poll.c: what its clients hear, and what they cannot
 * do to it and to each other. */
#include "child.h"

#include <errno.h>
#include <mcp/test/mcp_schema.h>
#include <sys/stat.h>
#include <sys/un.h>

#define META                                                                                       \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                       \
    "\"io.modelcontextprotocol/clientCapabilities\":{}}"
#define MODERN(id, method, params)                                                                 \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"" method "\",\"params\":{" META params "}}\n"
#define LEGACY(id, method, params)                                                                 \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"" method "\",\"params\":{" params "}}\n"
#define INITIALIZE                                                                                 \
    LEGACY("0", "initialize",                                                                      \
           "\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":"      \
           "\"c\",\"version\":\"1\"}")
#define PIN(id, text)                                                                              \
    MODERN(id, "tools/call", ",\"name\":\"pin\",\"arguments\":{\"text\":\"" text "\"}")
#define WAIT(id, seconds)                                                                          \
    MODERN(id, "tools/call", ",\"name\":\"wait\",\"arguments\":{\"seconds\":" seconds "}")
#define DISCOVER MODERN("9", "server/discover", "")

/* ---- The program and its clients ---- */

struct place {
    char folder[64], path[80];
    struct child child;
};

struct client {
    int fd;
    struct mcp_buf unread;
    struct overheard heard;
};

static void open_place(struct place *p)
{
    char line[200];

    snprintf(p->folder, sizeof(p->folder), "/tmp/cistern-embed-XXXXXX");
    T_CHECK(mkdtemp(p->folder) != NULL);
    snprintf(p->path, sizeof(p->path), "%s/socket", p->folder);
    const char *const argv[] = {EMBED_POLL, p->path, NULL};

    child_start(&p->child, argv, false);
    child_line(&p->child, line, sizeof(line));
    T_CHECK(strstr(line, "listening on ") && strstr(line, p->path));
}

/* SIGTERM ends it with 0; its socket is gone. `log`: what it may have said. */
static void close_place(struct place *p, const char *log)
{
    struct mcp_buf err;
    struct stat st;

    mcp_buf_init(&err, 1 << 20);
    kill(p->child.pid, SIGTERM);
    T_EQ(child_wait(&p->child, &err), 0);
    if (log) {
        T_HAS(mcp_buf_str(&err), log);
    } else {
        T_STR(mcp_buf_str(&err), "");
    }
    mcp_buf_free(&err);
    T_CHECK(stat(p->path, &st) != 0 && errno == ENOENT);
    T_CHECK(rmdir(p->folder) == 0);
}

static struct client enter(const struct place *p)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    struct client c = {.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};

    snprintf(to.sun_path, sizeof(to.sun_path), "%s", p->path);
    T_CHECK(c.fd >= 0 && connect(c.fd, (struct sockaddr *)&to, sizeof(to)) == 0);
    mcp_buf_init(&c.unread, (size_t)1 << 28);
    return c;
}

static void leave(struct client *c)
{
    close(c->fd);
    mcp_buf_free(&c->unread);
}

static void say(struct client *c, const char *text)
{
    size_t n = strlen(text);

    mcp_str rest = mcp_str_n(text, n);

    while (rest.len) {
        overheard_said(&c->heard, mcp_str_cut(&rest, '\n'));
    }
    T_CHECK(send(c->fd, text, n, MSG_NOSIGNAL) == (ssize_t)n);
}

/* Read what comes; false at the end. */
static bool listen_on(struct client *c)
{
    char *room = mcp_buf_room(&c->unread, 65536);
    ssize_t n = room ? recv(c->fd, room, 65536, 0) : -1;

    c->unread.len += n > 0 ? (size_t)n : 0;
    return n > 0;
}

/* The next line, valid by the schemas; empty at the end. Lives until the next call. */
static mcp_str hear(struct client *c)
{
    static char line[1 << 16];
    const char *end;

    while (!c->unread.len || !(end = memchr(c->unread.ptr, '\n', c->unread.len))) {
        if (!listen_on(c)) {
            T_EQ(c->unread.len, 0); /* never half a message */
            return MCP_STR("");
        }
    }
    size_t n = (size_t)(end - c->unread.ptr);

    T_CHECK(n < sizeof(line));
    memcpy(line, c->unread.ptr, n);
    mcp_buf_drop(&c->unread, n + 1);
    overheard_heard(&c->heard, mcp_str_n(line, n));
    return mcp_str_n(line, n);
}

static void ask(struct client *c, const char *request, const char *has)
{
    say(c, request);
    T_HAS(hear(c), has);
}

/* ---- Serving ---- */

static void both_eras_hear_of_a_change(void)
{
    struct place p;

    open_place(&p);
    struct client old = enter(&p), new = enter(&p), third = enter(&p);

    ask(&old, INITIALIZE, "\"protocolVersion\":\"2025-11-25\"");
    say(&old, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n");
    ask(&old, LEGACY("1", "resources/subscribe", "\"uri\":\"board://notice\""), "\"result\":{}");
    ask(&new,
        MODERN("\"l\"", "subscriptions/listen",
               ",\"notifications\":{\"resourceSubscriptions\":[\"board://notice\"]}"),
        "notifications/subscriptions/acknowledged");
    ask(&third, PIN("7", "Soup at noon"), "\"id\":7");
    T_HAS(hear(&old), "\"method\":\"notifications/resources/updated\"");
    T_HAS(hear(&new), "\"method\":\"notifications/resources/updated\"");
    ask(&old, LEGACY("2", "resources/read", "\"uri\":\"board://notice\""), "Soup at noon");
    ask(&new, MODERN("2", "resources/read", ",\"uri\":\"board://notice\""), "Soup at noon");
    leave(&old);
    leave(&new);
    leave(&third);
    close_place(&p, NULL);
}

static void lines_are_framed_however_they_come(void)
{
    static const char TEXT[] = "\r\n\n" DISCOVER "\n";
    struct place p;

    open_place(&p);
    struct client c = enter(&p);

    for (size_t i = 0; i + 1 < sizeof(TEXT); i++) {
        T_CHECK(send(c.fd, TEXT + i, 1, MSG_NOSIGNAL) == 1);
    }
    T_HAS(hear(&c), "\"code\":-32700"); /* a carriage return alone is no JSON text */
    T_HAS(hear(&c), "\"supportedVersions\"");
    say(&c, DISCOVER DISCOVER PIN("\"x\"", "one") "{");
    T_HAS(hear(&c), "\"supportedVersions\"");
    T_HAS(hear(&c), "\"supportedVersions\"");
    T_HAS(hear(&c), "\"id\":\"x\"");
    ask(&c, "}\n", "\"code\":-32600");
    leave(&c);
    close_place(&p, NULL);
}

static void a_wait_has_progress_and_an_end(void)
{
    struct place p;

    open_place(&p);
    struct client c = enter(&p);

    ask(&c, INITIALIZE, "\"result\"");
    say(&c, LEGACY("3", "tools/call",
                   "\"name\":\"wait\",\"arguments\":{\"seconds\":1},\"_meta\":{\"progressToken\":"
                   "\"t\"}"));
    T_HAS(hear(&c), "\"progressToken\":\"t\",\"progress\":1,\"total\":1");
    T_HAS(hear(&c), "Waited 1 s.");
    leave(&c);
    close_place(&p, NULL);
}

static void calls_can_be_cancelled(void)
{
    struct place p;

    open_place(&p);
    struct client c = enter(&p);

    ask(&c, INITIALIZE, "\"result\"");
    say(&c, LEGACY("3", "tools/call", "\"name\":\"wait\",\"arguments\":{\"seconds\":60}"));
    say(&c, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":"
            "3}}\n");
    ask(&c, LEGACY("4", "ping", ""), "\"id\":4");
    leave(&c);
    close_place(&p, "wait: nobody waits any more");
}

/* ---- Leaving ---- */

static void who_leaves_cancels(void)
{
    char line[300] = "";
    struct place p;

    open_place(&p);
    struct client c = enter(&p), other = enter(&p);

    say(&c, WAIT("1", "60") WAIT("2", "60"));
    ask(&c, DISCOVER, "\"supportedVersions\"");
    leave(&c);
    T_CHECK(read(p.child.err, line, sizeof(line) - 1) > 0); /* at once: the test has 60 s */
    T_CHECK(strstr(line, "nobody waits any more"));
    ask(&other, DISCOVER, "\"supportedVersions\"");
    leave(&other);
    struct mcp_buf err;

    mcp_buf_init(&err, 1 << 20);
    kill(p.child.pid, SIGTERM);
    T_EQ(child_wait(&p.child, &err), 0);
    mcp_buf_free(&err);
    T_CHECK(rmdir(p.folder) == 0);
}

static void the_end_of_input_is_not_the_end_of_the_work(void)
{
    struct place p;

    open_place(&p);
    struct client c = enter(&p);

    say(&c, WAIT("1", "1") MODERN("\"l\"", "subscriptions/listen", ",\"notifications\":{}") DISCOVER
        "{\"cut\":");
    shutdown(c.fd, SHUT_WR);
    T_HAS(hear(&c), "acknowledged");
    T_HAS(hear(&c), "\"supportedVersions\"");
    T_HAS(hear(&c), "Waited 1 s.");
    T_STR(hear(&c), ""); /* though a subscription is open */
    leave(&c);
    close_place(&p, NULL);
}

/* ---- Caps ---- */

static void a_line_that_does_not_end_costs_its_client_alone(void)
{
    static char text[65536];
    struct place p;
    size_t sent = 0;

    open_place(&p);
    struct client c = enter(&p), other = enter(&p);

    memset(text, 'x', sizeof(text));
    for (ssize_t n = 0; n >= 0 && sent<(size_t)4 << 20; sent += n> 0 ? (size_t)n : 0) {
        n = send(c.fd, text, sizeof(text), MSG_NOSIGNAL);
    }
    T_CHECK(sent >= 1 << 20 && sent < (size_t)2 << 20);
    T_HAS(hear(&c), "\"code\":-32700");
    ask(&other, DISCOVER, "\"supportedVersions\"");
    leave(&c);
    leave(&other);
    close_place(&p, NULL);
}

static void who_does_not_read_is_not_read(void)
{
    static const char READ[] = MODERN("5", "resources/read", ",\"uri\":\"board://notice\"");
    char notice[2000];
    struct place p;
    size_t sent = 0, heard = 0;
    ssize_t n = 0;

    open_place(&p);
    struct client c = enter(&p), other = enter(&p);

    snprintf(notice, sizeof(notice), PIN("1", "%0900d"), 0);
    ask(&other, notice, "\"id\":1");
    while ((n = send(c.fd, READ, sizeof(READ) - 1, MSG_NOSIGNAL | MSG_DONTWAIT)) > 0 ||
           poll(&(struct pollfd){.fd = c.fd, .events = POLLOUT}, 1, 200) == 1) {
        sent += n > 0 ? (size_t)n : 0;
        T_CHECK(sent < (size_t)64 << 20);
    }
    ask(&other, DISCOVER, "\"supportedVersions\"");
    /* The line that was cut is completed, then everything is heard. */
    size_t cut = sent % (sizeof(READ) - 1);

    fcntl(c.fd, F_SETFL, 0);
    while (cut) {
        n = send(c.fd, READ + cut, sizeof(READ) - 1 - cut, MSG_NOSIGNAL | MSG_DONTWAIT);
        sent += n > 0 ? (size_t)n : 0;
        cut = sent % (sizeof(READ) - 1);
        if (cut && heard * (sizeof(READ) - 1) < sent) {
            T_HAS(hear(&c), "\"id\":5");
            heard++;
        }
    }
    for (; heard < sent / (sizeof(READ) - 1); heard++) {
        T_HAS(hear(&c), "\"id\":5");
    }
    T_CHECK(heard > 100);
    leave(&c);
    leave(&other);
    close_place(&p, NULL);
}

/* More is read only when what was read is handled: nothing piles up on either side. */
static void who_writes_fast_and_reads_is_served(void)
{
    static const char READ[] = MODERN("5", "resources/read", ",\"uri\":\"board://notice\"");
    static char block[400 * (sizeof(READ) - 1)];
    const size_t line = sizeof(READ) - 1, all = 20000 * line;
    char notice[2000];
    struct place p;
    size_t sent = 0, heard = 0;

    for (size_t i = 0; i < sizeof(block); i += line) {
        memcpy(block + i, READ, line);
    }
    open_place(&p);
    struct client c = enter(&p);

    snprintf(notice, sizeof(notice), PIN("1", "%0900d"), 0);
    ask(&c, notice, "\"id\":1");
    while (heard < 20000) {
        struct pollfd fd = {.fd = c.fd, .events = (short)(POLLIN | (sent < all ? POLLOUT : 0))};

        T_CHECK(poll(&fd, 1, 30000) == 1);
        if (fd.revents & POLLOUT) {
            size_t at = sent % sizeof(block);
            ssize_t n = send(c.fd, block + at, sizeof(block) - at, MSG_DONTWAIT);

            sent += n > 0 ? (size_t)n : 0;
        }
        if (fd.revents & POLLIN) {
            T_CHECK(listen_on(&c));
            for (char *end; (end = memchr(c.unread.ptr, '\n', c.unread.len)); heard++) {
                mcp_buf_drop(&c.unread, (size_t)(end - c.unread.ptr) + 1);
            }
        }
    }
    leave(&c);
    close_place(&p, NULL);
}

static void more_calls_than_one_client_may_have_wait_their_turn(void)
{
    struct place p;
    int waits = 0, discovers = 0;

    open_place(&p);
    struct client c = enter(&p), other = enter(&p);

    for (int i = 0; i < 40; i++) {
        char text[400];

        snprintf(text, sizeof(text), WAIT("%d", "1"), 100 + i);
        say(&c, text);
    }
    say(&c, DISCOVER);
    ask(&other, DISCOVER, "\"supportedVersions\"");
    T_HAS(hear(&c), "Waited 1 s."); /* so the last line was not read before */
    for (waits = 1; waits + discovers < 41;) {
        bool is_wait = t_has(hear(&c), MCP_STR("Waited 1 s."));

        waits += is_wait;
        discovers += !is_wait;
    }
    T_EQ(waits, 40);
    leave(&c);
    leave(&other);
    close_place(&p, NULL);
}

static void more_clients_than_there_is_room_for_wait_outside(void)
{
    struct client c[66];
    struct place p;

    open_place(&p);
    for (int i = 0; i < 66; i++) {
        c[i] = enter(&p);
        say(&c[i], DISCOVER);
    }
    for (int i = 0; i < 64; i++) {
        T_HAS(hear(&c[i]), "\"supportedVersions\"");
    }
    T_EQ(poll(&(struct pollfd){.fd = c[64].fd, .events = POLLIN}, 1, 0), 0);
    leave(&c[3]);
    T_HAS(hear(&c[64]), "\"supportedVersions\"");
    leave(&c[0]);
    T_HAS(hear(&c[65]), "\"supportedVersions\"");
    for (int i = 1; i < 66; i++) {
        if (i != 3) {
            leave(&c[i]);
        }
    }
    close_place(&p, NULL);
}

static void noise_is_answered_as_noise(void)
{
    char noise[4096];
    uint32_t x = 12345;
    struct place p;

    open_place(&p);
    struct client c = enter(&p);

    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < sizeof(noise); i++) {
            x = x * 1664525 + 1013904223;
            noise[i] = (char)(x >> 24);
        }
        noise[sizeof(noise) - 1] = '\n';
        T_CHECK(send(c.fd, noise, sizeof(noise), MSG_NOSIGNAL) == (ssize_t)sizeof(noise));
    }
    say(&c, MODERN("\"end\"", "tools/list", ""));
    mcp_str line;

    while (!t_has(line = hear(&c), MCP_STR("\"id\":\"end\""))) {
        T_HAS(line, "\"code\":-32"); /* not JSON, or by chance JSON that is no request */
    }
    leave(&c);
    close_place(&p, NULL);
}

/* ---- Starting ---- */

static int exit_of(const char *a, const char *b)
{
    const char *const argv[] = {EMBED_POLL, a, b, NULL};
    struct child child;
    struct mcp_buf err;

    mcp_buf_init(&err, 4096);
    child_start(&child, argv, false);
    int code = child_wait(&child, &err);

    T_CHECK(err.len > 0);
    mcp_buf_free(&err);
    return code;
}

static void what_cannot_be_is_said(void)
{
    char path[300];

    memset(path, 'x', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    T_EQ(exit_of(NULL, NULL), 64);
    T_EQ(exit_of("--help", NULL), 64);
    T_EQ(exit_of("/tmp/a", "/tmp/b"), 64);
    T_EQ(exit_of("/tmp", NULL), 69);
    T_EQ(exit_of("/nowhere/at/all", NULL), 69);
    T_EQ(exit_of(path, NULL), 69);
}

static const struct t_case CASES[] = {
    T(both_eras_hear_of_a_change),
    T(lines_are_framed_however_they_come),
    T(a_wait_has_progress_and_an_end),
    T(calls_can_be_cancelled),
    T(who_leaves_cancels),
    T(the_end_of_input_is_not_the_end_of_the_work),
    T(a_line_that_does_not_end_costs_its_client_alone),
    T(who_does_not_read_is_not_read),
    T(who_writes_fast_and_reads_is_served),
    T(more_calls_than_one_client_may_have_wait_their_turn),
    T(more_clients_than_there_is_room_for_wait_outside),
    T(noise_is_answered_as_noise),
    T(what_cannot_be_is_said),
};
T_MAIN("transport/embed", CASES)
