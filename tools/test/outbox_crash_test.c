/* tools/test/outbox_crash_test.c - kill -9 at any moment: what was answered is delivered, and a
 * crash costs one duplicate at most.
 *
 * A child makes connections run low, answers each reading through a pipe, and posts what is due to
 * a real receiver in another process, which counts and fails now and then. The parent kills the
 * child and starts the next one on the same store. The control says "delivered" before it sends,
 * and must be caught. CISTERN_CRASH_ROUNDS sets the rounds. */
#include <tools/outbox_row.h>
#include <tools/test/setting.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

/* A machine with other work makes fewer rounds, not longer ones. */
enum { CONNECTIONS_MAX = 900, SLOTS = 8, BODY_MAX = 4096, ROUNDS_SECONDS = 20 };

/* Shared by all processes. */
struct shared {
    uint32_t accepted[CONNECTIONS_MAX]; /* answered with 200 */
    uint32_t failed;                    /* answered with 503 */
    uint32_t next;                      /* connection to be made */
    int64_t wall_ms;
};

static struct shared *shared;

/* ---- The receiver ---- */

static int listen_somewhere(int *ret_port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    T_CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(fd, 64) == 0);
    T_CHECK(getsockname(fd, (struct sockaddr *)&at, &n) == 0);
    *ret_port = ntohs(at.sin_port);
    return fd;
}

/* A whole request, or nothing when the sender died. */
static bool read_request(int fd, char *text, size_t bytes)
{
    size_t n = 0;

    while (n + 1 < bytes) {
        ssize_t got = read(fd, text + n, bytes - 1 - n);

        if (got <= 0) {
            return false;
        }
        n += (size_t)got;
        text[n] = '\0';
        char *body = strstr(text, "\r\n\r\n"), *length = strstr(text, "content-length: ");

        if (body && length &&
            strlen(body + 4) >= (size_t)strtol(length + strlen("content-length: "), NULL, 10)) {
            return true;
        }
    }
    return false;
}

static _Noreturn void receive(int listener)
{
    static char text[BODY_MAX];
    uint32_t n = 0;

    for (;;) {
        int fd = accept(listener, NULL, NULL);
        char *name =
            fd >= 0 && read_request(fd, text, sizeof(text)) ? strstr(text, "\"name\":\"c") : NULL;

        if (name) {
            bool fails = n++ % 7 == 3;
            const char *answer = fails ? "HTTP/1.1 503 Busy\r\n\r\n" : "HTTP/1.1 200 OK\r\n\r\n";
            long which = strtol(name + strlen("\"name\":\"c"), NULL, 10);

            shared->failed += fails;
            shared->accepted[which] += !fails; /* counted before it is answered, as receivers do */
            (void)!write(fd, answer, strlen(answer));
        }
        close(fd);
    }
}

/* ---- The child ---- */

struct child {
    struct setting s;
    int port, pipe;
    bool says_early, drains;
    char messages[SLOTS][BODY_MAX];
    bool is_open[SLOTS];
};

static bool take(void *user, const struct outbox_message *m)
{
    struct child *c = user;

    snprintf(c->messages[m->slot], BODY_MAX, "POST / HTTP/1.1\r\ncontent-length: %zu\r\n\r\n%.*s",
             m->body.len, MCP_STR_ARG(m->body));
    c->is_open[m->slot] = true;
    return true;
}

/* The status, or 0. */
static int post(const struct child *c, const char *text)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)c->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char answer[64] = "";

    if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
        write(fd, text, strlen(text)) == (ssize_t)strlen(text)) {
        (void)!read(fd, answer, sizeof(answer) - 1);
    }
    close(fd);
    return strncmp(answer, "HTTP/1.1 ", 9) == 0 ? (int)strtol(answer + 9, NULL, 10) : 0;
}

static void settle(struct child *c)
{
    while (store_complete(c->s.store)) {
    }
}

static void send_all(struct child *c)
{
    for (size_t slot = 0; slot < SLOTS; slot++) {
        struct outbox_answer a = {.is_answered = true, .status = 200, .retry_after_ms = -1};

        if (!c->is_open[slot]) {
            continue;
        }
        c->is_open[slot] = false;
        if (c->says_early) {
            tools_sent(c->s.tools, slot, &a);
            settle(c);
            usleep(300);
            (void)post(c, c->messages[slot]);
            continue;
        }
        a.status = post(c, c->messages[slot]);
        a.is_answered = a.status != 0;
        tools_sent(c->s.tools, slot, &a);
        settle(c); /* so that a crash finds one delivery between its receiver and the store */
    }
}

static void must(struct child *c, const char *name, const char *arguments)
{
    if (say(&c->s, name, arguments).err) {
        _exit(4);
    }
    mcp_arena_reset(&c->s.arena);
}

static void make_low(struct child *c)
{
    uint32_t which = shared->next++;
    char text[160];

    snprintf(text, sizeof(text), "{'name':'c%u','toolName':'t','low':100,'critical':10}", which);
    must(c, "add_connection", text);
    snprintf(text, sizeof(text), "{'connection':'c%u','creditType':'c','balance':50}", which);
    must(c, "add_reading", text);
    if (write(c->pipe, &which, sizeof(which)) != sizeof(which)) {
        _exit(3);
    }
}

static mcp_err count_body(struct store_txn *txn, void *arg)
{
    return outbox_count_get(txn, tools_operator().owner, arg);
}

/* True when nothing is on its way. Not by list_deliveries: it knows the newest, not all. */
static bool is_idle(struct child *c)
{
    struct outbox_count n = {.open = 1};

    if (store_read(c->s.store, count_body, &n)) {
        _exit(7);
    }
    return n.open == 0;
}

static _Noreturn void run_child(struct place *p, struct child *c)
{
    static const uint8_t KEY[32] = "0123456789abcdef0123456789abcde";
    struct tools_options opt = {.seal_key = KEY};
    struct tools_sender sender = {take, c, NULL, 0, NULL};

    c->s.monotonic_ms = 1000;
    c->s.wall_ms = shared->wall_ms;
    mcp_arena_init(&c->s.arena, (size_t)1 << 26);
    c->s.store = place_open(p);
    c->s.tools = setting_tools(&c->s, &opt);
    setting_serve(&c->s);
    if (say(&c->s, "add_webhook", "{'name':'w','url':'https://example.org/','signed':false}").err >
            MCP_OK &&
        shared->next == 0) {
        _exit(5);
    }
    if (tools_send_with(c->s.tools, &sender)) {
        _exit(6);
    }
    for (size_t quiet = 0;; quiet = c->drains && is_idle(c) ? quiet + 1 : 0) {
        if (quiet) {
            _exit(0);
        }
        if (!c->drains && shared->next < CONNECTIONS_MAX) {
            make_low(c);
        }
        /* retries and lapsed claims come soon, and in the end all of them */
        c->s.wall_ms = shared->wall_ms += c->drains ? 600000 : 6000;
        tools_tick(c->s.tools);
        settle(c);
        send_all(c);
    }
}

/* ---- The parent ---- */

struct acked {
    bool is[CONNECTIONS_MAX];
    size_t n;
};

static pid_t start_child(struct place *p, struct child *c, int *ret_pipe)
{
    int fds[2];

    T_EQ(pipe2(fds, O_CLOEXEC), 0);
    pid_t pid = fork();

    if (pid == 0) {
        close(fds[0]);
        c->pipe = fds[1];
        run_child(p, c);
    }
    close(fds[1]);
    *ret_pipe = fds[0];
    return pid;
}

static void collect(int fd, struct acked *a)
{
    uint32_t which;

    while (read(fd, &which, sizeof(which)) == sizeof(which)) {
        a->n += !a->is[which];
        a->is[which] = true;
    }
    close(fd);
}

static void run_round(struct place *p, struct child *c, unsigned after_us, struct acked *a)
{
    int fd, status;
    pid_t pid = start_child(p, c, &fd);
    uint32_t which;

    if (after_us % 5) { /* sometimes while it opens */
        T_EQ(read(fd, &which, sizeof(which)), sizeof(which));
        a->n += !a->is[which];
        a->is[which] = true;
    }
    usleep(after_us);
    T_EQ(kill(pid, SIGKILL), 0);
    T_EQ(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFSIGNALED(status), "the child ended by itself: %d", WEXITSTATUS(status));
    collect(fd, a);
}

static void drain(struct place *p, struct child *c, struct acked *a)
{
    int fd, status;

    c->drains = true;
    pid_t pid = start_child(p, c, &fd);

    T_EQ(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", (unsigned)status);
    collect(fd, a);
}

static void check_rows(struct place *p)
{
    struct store_report report;
    struct store *s = place_open(p);
    mcp_err err = store_verify(s, tools_check_row, NULL, NULL, &report);

    ck_assert_msg(!err, "after the kills: %s", report.first_bad);
    store_close(s);
}

struct outcome {
    size_t kills, answered, lost, duplicates;
};

/* The number of rounds is: then it takes the time that it takes. */
static bool is_asked_for(void)
{
    return getenv("CISTERN_CRASH_ROUNDS") != NULL;
}

static struct outcome run_all(bool says_early, size_t rounds)
{
    static struct child child;
    static struct acked a;
    struct outcome o = {0};
    struct place p;
    int port, listener = listen_somewhere(&port);
    time_t begun = time(NULL);
    uint32_t seed = (uint32_t)begun;

    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    T_CHECK(shared != MAP_FAILED);
    *shared = (struct shared){.wall_ms = NOW_MS};
    place_init(&p);
    pid_t receiver = fork();

    if (receiver == 0) {
        receive(listener);
    }
    child = (struct child){.port = port, .says_early = says_early};
    /* a child that has nothing to make says nothing */
    while (o.kills < rounds && shared->next < CONNECTIONS_MAX &&
           (is_asked_for() || time(NULL) - begun < ROUNDS_SECONDS)) {
        o.kills++;
        seed = seed * 1664525u + 1013904223u;
        run_round(&p, &child, (seed >> 8) % (T_IS_SANITIZED ? 80000 : 30000), &a);
    }
    drain(&p, &child, &a);
    kill(receiver, SIGKILL);
    waitpid(receiver, NULL, 0);
    check_rows(&p);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        o.lost += a.is[i] && shared->accepted[i] == 0;
        o.duplicates += shared->accepted[i] > 1 ? shared->accepted[i] - 1 : 0;
    }
    o.answered = a.n;
    printf("%zu kills, %zu readings answered, %zu alerts lost, %zu sent twice, %u refused by the "
           "receiver\n",
           o.kills, o.answered, o.lost, o.duplicates, shared->failed);
    close(listener);
    munmap(shared, sizeof(*shared));
    place_free(&p);
    return o;
}

static size_t rounds(size_t normal)
{
    const char *text = getenv("CISTERN_CRASH_ROUNDS");

    return text ? (size_t)strtol(text, NULL, 10) : normal;
}

static void every_answered_fall_is_delivered_and_a_crash_costs_one_duplicate_at_most(void)
{
    struct outcome o = run_all(false, rounds(60));

    T_EQ(o.lost, 0);
    T_CHECK(o.duplicates <= o.kills);
    T_CHECK(o.answered > o.kills / 2);
}

static void the_control_that_says_delivered_too_early_is_caught(void)
{
    T_CHECK(run_all(true, 40).lost > 0);
}

static const struct t_case cases[] = {
    T(every_answered_fall_is_delivered_and_a_crash_costs_one_duplicate_at_most),
    T(the_control_that_says_delivered_too_early_is_caught),
};
T_MAIN("outbox_crash", cases)
