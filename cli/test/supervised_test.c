/* Under a service manager: a socket that it opened, and what it wants to hear. */
#include <cli/test/server.h>

#include <sys/socket.h>
#include <sys/un.h>

static struct place place;
static struct server server;

/* A datagram socket that waits for sd_notify(3); $NOTIFY_SOCKET names it. */
static int supervise(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    snprintf(at.sun_path, sizeof(at.sun_path), "%s/notify", place.root);
    T_CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
    setenv("NOTIFY_SOCKET", at.sun_path, 1);
    return fd;
}

static void hears(int fd, const char *what)
{
    struct pollfd p = {fd, POLLIN, 0};
    char text[64] = "";

    T_CHECK(poll(&p, 1, 60000) == 1);
    ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

    T_CHECK(n > 0);
    T_HAS(mcp_str_c(text), what);
}

/* The next descriptor that is free becomes the socket; the child inherits it. */
static int listening_on(const char *path)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    int fd = socket(path ? AF_UNIX : AF_INET, SOCK_STREAM, 0);

    if (path) {
        snprintf(un.sun_path, sizeof(un.sun_path), "%.107s", path);
    }
    T_CHECK(fd >= 0 && bind(fd, path ? (struct sockaddr *)&un : (struct sockaddr *)&in,
                            path ? sizeof(un) : sizeof(in)) == 0);
    return fd;
}

static void it_says_when_it_is_ready_reloads_and_lives(void)
{
    place_make(&place);
    int fd = supervise();

    setenv("WATCHDOG_USEC", "5000000", 1);
    server_start(&server, "127.0.0.1:0", NULL);
    hears(fd, "READY=1");
    hears(fd, "WATCHDOG=1");
    kill(server.pid, SIGHUP);
    char seen[4096] = "";
    for (int i = 0; i < 20 && !strstr(seen, "RELOADING=1READY=1"); i++) {
        size_t at = strlen(seen);
        char text[64];
        ssize_t n = recv(fd, text, sizeof(text), 0);

        if (n > 0 && strncmp(text, "WATCHDOG", 8) != 0) {
            memcpy(seen + at, text, (size_t)n);
            seen[at + (size_t)n] = '\0';
        }
    }
    T_HAS(mcp_str_c(seen), "RELOADING=1READY=1");
    server_stop(&server);
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    close(fd);
    place_remove(&place);
}

static void a_supervisor_that_is_gone_is_no_matter(void)
{
    place_make(&place);
    setenv("NOTIFY_SOCKET", "/nowhere/notify", 1);
    server_start(&server, "127.0.0.1:0", NULL);
    T_EQ(get(&server, "/healthz", NULL), 200);
    server_stop(&server);
    unsetenv("NOTIFY_SOCKET");
    place_remove(&place);
}

static void a_socket_that_it_was_started_with_serves(void)
{
    char where[32], path[200];

    place_make(&place);
    int fd = listening_on(NULL);

    T_CHECK(listen(fd, 8) == 0);
    snprintf(where, sizeof(where), "fd:%d", fd);
    server_start(&server, where, NULL);
    ck_assert_msg(matches(server.address, "^127\\.0\\.0\\.1:[0-9]+$"), "%s", server.address);
    T_EQ(get(&server, "/healthz", NULL), 200);
    server_stop(&server);
    close(fd);

    snprintf(path, sizeof(path), "%s/socket", place.root);
    fd = listening_on(path);
    T_CHECK(listen(fd, 8) == 0);
    snprintf(where, sizeof(where), "fd:%d", fd);
    server_start(&server, where, NULL);
    T_EQ(get(&server, "/healthz", NULL), 200);
    server_stop(&server);
    T_CHECK(access(path, F_OK) == 0); /* its owner's */
    close(fd);
    place_remove(&place);
}

static void what_is_no_listening_socket_is_refused(void)
{
    char where[32];

    place_make(&place);
    T_CODE(run("serve", "--listen", "fd:900", NULL), 69);
    T_HAS(ERR, "not a listening socket");
    T_CODE(run("serve", "--listen", "fd:1", NULL), 64);
    T_CODE(run("serve", "--listen", "fd:x", NULL), 64);
    int fd = listening_on(NULL); /* bound, and no more */

    snprintf(where, sizeof(where), "fd:%d", fd);
    T_CODE(run("serve", "--listen", where, NULL), 69);
    close(fd);

    struct sockaddr_in any = {.sin_family = AF_INET};

    fd = socket(AF_INET, SOCK_STREAM, 0);
    T_CHECK(bind(fd, (struct sockaddr *)&any, sizeof(any)) == 0 && listen(fd, 1) == 0);
    snprintf(where, sizeof(where), "fd:%d", fd);
    T_CODE(run("serve", "--listen", where, NULL), 69);
    T_HAS(ERR, "--allow-public");
    close(fd);
    place_remove(&place);
}

static const struct t_case CASES[] = {
    T(it_says_when_it_is_ready_reloads_and_lives),
    T(a_supervisor_that_is_gone_is_no_matter),
    T(a_socket_that_it_was_started_with_serves),
    T(what_is_no_listening_socket_is_refused),
};

T_MAIN("cli/supervised", CASES)
