/* MCP over standard input and output, with a real process (protocol.md 1.3 and 2.9). */
#include <transport/main.h>
#include <transport/stdio.h>
#include <transport/test/child.h>
#include <transport/test/slow_tool.h>

#include <sys/eventfd.h>
#include <sys/stat.h>

#define INITIALIZE                                                                                 \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"     \
    "\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}\n"     \
    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n"
#define CALL(id, name, arguments)                                                                  \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"tools/call\",\"params\":{\"name\":\"" name    \
    "\",\"arguments\":" arguments ",\"_meta\":{\"progressToken\":" id "}}}\n"

static char hello_path[4096], slow_path[4096];

static void start(struct child *c, bool is_slow)
{
    const char *const hello[] = {hello_path, NULL};
    const char *const slow[] = {slow_path, "stdio", NULL};

    child_start(c, is_slow ? slow : hello, false);
}

static void expect_line(struct child *c, const char *part)
{
    char line[65536];

    T_HAS(mcp_str_c(child_line(c, line, sizeof(line))), part);
}

static void expect_end(struct child *c)
{
    char line[65536];

    T_STR(mcp_str_c(child_line(c, line, sizeof(line))), "");
}

static void hello_shakes_hands_lists_and_calls(void)
{
    struct child c;

    start(&c, false);
    child_write(&c, INITIALIZE);
    expect_line(&c, "\"protocolVersion\":\"2025-11-25\"");
    child_write(&c, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}\n");
    expect_line(&c, "\"name\":\"greet\"");
    child_write(&c, CALL("3", "greet", "{\"name\":\"Ada\"}"));
    expect_line(&c, "Hello, Ada!");
    child_close_in(&c);
    expect_end(&c);
    child_expect_end(&c, 0);
}

/* 2.9 row 1: no handshake */
static void hello_serves_the_modern_era(void)
{
    struct child c;

    start(&c, false);
    child_write(
        &c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\",\"params\":{\"_meta\":"
            "{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
            "\"io.modelcontextprotocol/clientInfo\":{\"name\":\"t\",\"version\":\"1\"},"
            "\"io.modelcontextprotocol/clientCapabilities\":{}}}}\n");
    expect_line(&c, "\"supportedVersions\":[\"2026-07-28\"]");
    child_write(&c, INITIALIZE); /* 2.16 stdio (c): the probe does not pin the process */
    expect_line(&c, "\"protocolVersion\":\"2025-11-25\"");
    child_close_in(&c);
    child_expect_end(&c, 0);
}

static void messages_may_come_a_byte_at_a_time(void)
{
    static const char TEXT[] = INITIALIZE "\r\n" CALL("3", "greet", "{\"name\":\"Ada\"}");
    struct child c;

    start(&c, false);
    for (size_t i = 0; i < sizeof(TEXT) - 1; i++) {
        T_CHECK(write(c.in, TEXT + i, 1) == 1);
    }
    expect_line(&c, "\"id\":1");
    expect_line(&c, "Hello, Ada!");
    child_close_in(&c);
    child_expect_end(&c, 0);
}

static void bad_lines_are_answered_and_the_next_one_is_served(void)
{
    struct child c;

    start(&c, false);
    child_write(&c, INITIALIZE);
    expect_line(&c, "\"id\":1");
    child_write(&c, "not json\n");
    expect_line(&c, "-32700");
    T_CHECK(write(c.in, "{\"a\0b\":1}\n", 10) == 10);
    expect_line(&c, "-32700");
    child_write(&c, "[1]\n");
    expect_line(&c, "-32600");
    child_write(&c, CALL("9", "greet", "{\"name\":\"Bo\"}"));
    expect_line(&c, "Hello, Bo!");
    child_close_in(&c);
    child_expect_end(&c, 0);
}

static void a_line_over_the_cap_is_answered_once_and_skipped(void)
{
    struct child c;
    char line[3000];

    start(&c, true);
    child_write(&c, INITIALIZE);
    expect_line(&c, "\"id\":1");
    memset(line, 'x', sizeof(line));
    line[sizeof(line) - 1] = '\n';
    T_CHECK(write(c.in, line, sizeof(line)) == (ssize_t)sizeof(line));
    expect_line(&c, "-32700");
    child_write(&c, CALL("9", "hello", "{}"));
    expect_line(&c, "\"id\":9");
    child_close_in(&c);
    child_expect_end(&c, 0);
}

static void the_last_line_may_lack_its_newline(void)
{
    struct child c;

    start(&c, false);
    child_write(&c, INITIALIZE "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}");
    child_close_in(&c);
    expect_line(&c, "\"id\":1");
    expect_line(&c, "\"id\":2");
    expect_end(&c);
    child_expect_end(&c, 0);
}

/* 1.3 row 4, but what was asked is answered */
static void calls_under_way_finish_after_the_end_of_input(void)
{
    struct child c;

    start(&c, true);
    child_write(&c, INITIALIZE CALL("2", "slow", "{\"steps\":3,\"delay_ms\":50}"));
    child_close_in(&c);
    expect_line(&c, "\"id\":1");
    expect_line(&c, "\"progress\":1");
    expect_line(&c, "\"progress\":2");
    expect_line(&c, "\"progress\":3");
    expect_line(&c, "\"id\":2,\"result\"");
    expect_end(&c);
    child_expect_end(&c, 0);
}

static void replies_come_in_the_order_of_their_ends(void)
{
    struct child c;

    start(&c, true);
    child_write(&c, INITIALIZE CALL("2", "slow", "{\"steps\":1,\"delay_ms\":150}")
                        CALL("3", "hello", "{}"));
    expect_line(&c, "\"id\":1");
    expect_line(&c, "\"progress\":1");
    expect_line(&c, "\"id\":3");
    expect_line(&c, "\"id\":2");
    child_close_in(&c);
    child_expect_end(&c, 0);
}

/* 2.9 row 4 */
static void a_cancelled_call_is_not_answered(void)
{
    struct child c;

    start(&c, true);
    child_write(&c, INITIALIZE CALL("2", "slow", "{\"steps\":100,\"delay_ms\":1000}"));
    expect_line(&c, "\"id\":1");
    expect_line(&c, "\"progress\":1");
    child_write(&c, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{"
                    "\"requestId\":2}}\n" CALL("3", "hello", "{}"));
    expect_line(&c, "\"id\":3");
    child_close_in(&c);
    expect_end(&c);
    child_expect_end(&c, 0);
}

static void more_calls_than_allowed_wait_their_turn(void)
{
    struct child c;
    char line[65536];
    int results = 0;

    start(&c, true);
    child_write(&c, INITIALIZE);
    expect_line(&c, "\"id\":1");
    for (int i = 10; i < 22; i++) {
        char call[300];

        snprintf(call, sizeof(call),
                 "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{\"name\":"
                 "\"slow\",\"arguments\":{\"steps\":1,\"delay_ms\":10}}}\n",
                 i);
        child_write(&c, call);
    }
    child_close_in(&c);
    while (child_line(&c, line, sizeof(line))[0]) {
        results += strstr(line, "\"result\"") != NULL;
    }
    T_EQ(results, 12);
    child_expect_end(&c, 0);
}

/* Neither side may wait for the other for ever: it stops reading while its answers are not read. */
static void a_peer_that_writes_and_does_not_read_is_not_read_either(void)
{
    struct child c;
    char line[65536];
    size_t sent = 0, answered = 0;
    static const char PING[] = "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}\n";

    start(&c, false);
    child_write(&c, INITIALIZE);
    T_CHECK(fcntl(c.in, F_SETFL, O_NONBLOCK) == 0);
    for (;;) {
        struct pollfd p = {.fd = c.in, .events = POLLOUT};

        if (poll(&p, 1, 500) == 0) {
            break; /* it has stopped reading */
        }
        ssize_t n = write(c.in, PING + sent % (sizeof(PING) - 1),
                          sizeof(PING) - 1 - sent % (sizeof(PING) - 1));

        if (n > 0) {
            sent += (size_t)n;
        }
        T_CHECK(sent < (size_t)16 << 20);
    }
    child_close_in(&c);
    while (child_line(&c, line, sizeof(line))[0]) {
        answered += strstr(line, "\"result\"") != NULL;
    }
    T_CHECK(answered >= sent / (sizeof(PING) - 1)); /* and the handshake */
    child_expect_end(&c, 0);
}

/* Reads stderr until `part` has come. */
static void until_err(struct child *c, const char *part)
{
    char text[4096] = "";
    size_t n = 0;

    while (!strstr(text, part)) {
        ssize_t m = read(c->err, text + n, sizeof(text) - 1 - n);

        T_CHECK(m > 0);
        n += (size_t)m;
    }
}

/* 20 MB of logs, and as many changes and progresses, for a client that reads only afterwards. */
static void a_storm_for_one_that_does_not_read_costs_no_memory_and_no_answer(void)
{
    enum { BYTES = 5000, MOST = (1 << 20) + (1 << 18) };
    size_t bytes = 0, logs = 0, progress = 0, changes = 0;
    static char line[65536];
    struct child c;

    child_start(&c, (const char *const[]){slow_path, "chatty", NULL}, false);
    child_write(&c, INITIALIZE
                "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"logging/setLevel\",\"params\":{"
                "\"level\":\"info\"}}\n" CALL("2", "slow",
                                              "{\"steps\":4000,\"delay_ms\":0,\"bytes\":5000,"
                                              "\"logs\":true,\"changes\":true}"));
    until_err(&c, "slow: ");
    child_write(&c, CALL("3", "hello", "{}"));
    child_close_in(&c);
    bool is_answered = false;

    while (child_line(&c, line, sizeof(line))[0]) {
        bytes += strlen(line) + 1;
        logs += strstr(line, "notifications/message") != NULL;
        progress += strstr(line, "notifications/progress") != NULL;
        changes += strstr(line, "list_changed") != NULL;
        is_answered = is_answered || strstr(line, "finished after 4000 steps");
    }
    T_CHECK(is_answered && logs > 0 && changes > 0);
    T_CHECK(bytes < MOST);
    T_CHECK(progress < MOST / BYTES); /* one before each log that fits */
    T_CHECK(changes < 100);           /* a flag, once there are 64 KiB to read */
    T_EQ(child_wait(&c, &(struct mcp_buf){.max = 4096}), 0);
}

/* Behind a large reply progress waits, and leaves when the peer has read on: not with the next. */
static void progress_that_waited_leaves_when_the_peer_has_read_on(void)
{
    static char line[400000];
    struct child c;

    start(&c, true);
    child_write(&c, INITIALIZE CALL("2", "slow", "{\"steps\":0,\"bytes\":300000}")
                        CALL("3", "slow", "{\"steps\":2,\"delay_ms\":2000}"));
    T_HAS(mcp_str_c(child_line(&c, line, sizeof(line))), "\"id\":1");
    T_CHECK(strlen(child_line(&c, line, sizeof(line))) > 300000);
    expect_line(&c, "\"progress\":1,");
    expect_line(&c, "\"progress\":2,");
    child_close_in(&c);
    expect_line(&c, "\"id\":3");
    expect_end(&c);
    child_expect_end(&c, 0);
}

static void a_peer_that_is_gone_ends_it(void)
{
    struct child c;

    start(&c, true);
    child_write(&c, INITIALIZE CALL("2", "slow", "{\"steps\":1000,\"delay_ms\":10}"));
    expect_line(&c, "\"id\":1");
    close(c.out);
    c.out = open("/dev/null", O_RDONLY);
    child_expect_end(&c, 0);
}

static void sigterm_lets_calls_finish_and_exits_0(void)
{
    struct child c;

    start(&c, true);
    child_write(&c, INITIALIZE CALL("2", "slow", "{\"steps\":2,\"delay_ms\":100}"));
    expect_line(&c, "\"id\":1");
    expect_line(&c, "\"progress\":1");
    kill(c.pid, SIGTERM);
    expect_line(&c, "\"progress\":2");
    expect_line(&c, "\"id\":2,\"result\"");
    expect_end(&c);
    child_expect_end(&c, 0);
}

static void a_second_sigterm_quits_at_once(void)
{
    struct child c;

    start(&c, true);
    child_write(&c, INITIALIZE CALL("2", "slow", "{\"steps\":3,\"delay_ms\":2000}"));
    expect_line(&c, "\"id\":1");
    expect_line(&c, "\"progress\":1");
    kill(c.pid, SIGTERM);
    struct timespec pause = {0, 200000000};

    nanosleep(&pause, NULL); /* the same signal twice at the same time is one */
    kill(c.pid, SIGTERM);
    expect_end(&c);
    child_expect_end(&c, 0);
}

/* Files and sockets instead of pipes. */
static void it_works_between_files_and_over_a_socket(void)
{
    char in[] = "/tmp/mcp-stdio-in-XXXXXX", out[] = "/tmp/mcp-stdio-out-XXXXXX";
    int in_fd = mkstemp(in), out_fd = mkstemp(out), pair[2], status = 0;
    static const char TEXT[] = INITIALIZE CALL("3", "greet", "{\"name\":\"Ada\"}");
    char got[4096] = "";

    T_CHECK(in_fd >= 0 && out_fd >= 0);
    unlink(in);
    unlink(out);
    T_CHECK(write(in_fd, TEXT, sizeof(TEXT) - 1) == (ssize_t)sizeof(TEXT) - 1);
    lseek(in_fd, 0, SEEK_SET);
    T_CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    for (int i = 0; i < 2; i++) {
        pid_t pid = fork();

        if (pid == 0) {
            dup2(i ? pair[1] : in_fd, 0);
            dup2(i ? pair[1] : out_fd, 1);
            close(pair[0]);
            execl(hello_path, hello_path, (char *)NULL);
            _exit(127);
        }
        if (i) {
            close(pair[1]);
            T_CHECK(write(pair[0], TEXT, sizeof(TEXT) - 1) == (ssize_t)sizeof(TEXT) - 1);
            shutdown(pair[0], SHUT_WR);
        }
        T_CHECK(waitpid(pid, &status, 0) == pid);
        T_EQ(status, 0);
    }
    T_CHECK(pread(out_fd, got, sizeof(got) - 1, 0) > 0);
    T_HAS(mcp_str_c(got), "Hello, Ada!");
    memset(got, 0, sizeof(got));
    size_t n = 0;

    for (ssize_t m; (m = read(pair[0], got + n, sizeof(got) - 1 - n)) > 0;) {
        n += (size_t)m;
    }
    T_HAS(mcp_str_c(got), "Hello, Ada!");
    close(pair[0]);
    close(in_fd);
    close(out_fd);
}

/* ---- In this process: hooks and memory ---- */

struct inside {
    size_t at_start; /* allocations that made the server */
    struct mcp_server *server;
    int in_fd, out_fd, wake_fd, wakes, turns;
};

static void on_wake(void *user)
{
    struct inside *in = user;
    uint64_t n;

    T_CHECK(read(in->wake_fd, &n, sizeof(n)) == (ssize_t)sizeof(n));
    in->wakes++;
}

static void on_turn(void *user)
{
    ((struct inside *)user)->turns++;
}

static int temporary_file(void)
{
    char path[] = "/tmp/mcp-stdio-XXXXXX";
    int fd = mkstemp(path);

    T_CHECK(fd >= 0);
    unlink(path);
    return fd;
}

/* True when every request of the input was answered. False: it left with 74 and said so. */
static bool serve_inside(void *arg)
{
    struct inside *in = arg;
    struct mcp_tool_set tools = {SLOW_TOOLS, &in->server};
    struct mcp_server_options opt = {.name = "t", .version = "1", .tools = &tools, .n_tools = 1};
    struct mcp_stdio_options stdio = {.in_fd = in->in_fd,
                                      .out_fd = in->out_fd,
                                      .wake_fd = in->wake_fd,
                                      .on_wake = on_wake,
                                      .on_turn = on_turn,
                                      .user = in};
    char why[200], out[65536] = "";
    uint64_t one = 1;

    mcp_system_clock(&opt.clock);
    in->server = mcp_server_new(&opt, why, sizeof(why));
    if (!in->server) {
        return false;
    }
    in->at_start = mcp_alloc_count();
    T_CHECK(lseek(in->in_fd, 0, SEEK_SET) == 0 && ftruncate(in->out_fd, 0) == 0);
    T_CHECK(lseek(in->out_fd, 0, SEEK_SET) == 0);
    T_CHECK(write(in->wake_fd, &one, sizeof(one)) == (ssize_t)sizeof(one));
    int code = mcp_stdio_serve(in->server, &stdio);
    ssize_t n = pread(in->out_fd, out, sizeof(out) - 1, 0);

    mcp_server_free(in->server);
    T_CHECK(code == 0 || code == 74);
    T_CHECK(n >= 0 && (n == 0 || out[n - 1] == '\n' || code == 74));
    return code == 0 && strstr(out, "\"id\":1,\"result\"") && strstr(out, "\"progress\":1,") &&
           strstr(out, "\"id\":2,\"result\"") && strstr(out, "\"id\":3,\"result\"");
}

static void open_inside(struct inside *in)
{
    static const char TEXT[] =
        INITIALIZE CALL("2", "slow", "{\"steps\":1,\"delay_ms\":1}") CALL("3", "hello", "{}");

    *in = (struct inside){
        .in_fd = temporary_file(), .out_fd = temporary_file(), .wake_fd = eventfd(0, EFD_CLOEXEC)};
    T_CHECK(write(in->in_fd, TEXT, sizeof(TEXT) - 1) == (ssize_t)sizeof(TEXT) - 1);
}

static void a_wake_and_the_end_of_a_turn_reach_the_owner(void)
{
    struct inside in;

    open_inside(&in);
    T_CHECK(serve_inside(&in));
    T_EQ(in.wakes, 1);
    T_CHECK(in.turns > 0);
}

static void every_allocation_can_fail(void)
{
    struct inside in;

    open_inside(&in);
    size_t asked = t_torture(serve_inside, &in);

    /* Where each arena's piece is a block (AddressSanitizer) 98 and 28, else fewer. A row costs ten
     * to read, check and print; what is left serves a handshake, two calls, a timer, a progress. */
    size_t rows = sizeof(SLOW_TOOLS) / sizeof(SLOW_TOOLS[0]) - 1;

    printf("# %zu to start with %zu rows, %zu to serve\n", in.at_start, rows, asked - in.at_start);
    T_CHECK(in.at_start <= 50 + 10 * rows);
    T_CHECK(asked - in.at_start <= 30);
}

/* ---- The command line ---- */

static int run_hello(const char *argument, const char *second, char *out, size_t out_bytes,
                     struct mcp_buf *ret_err)
{
    const char *const argv[] = {hello_path, argument, second, NULL};
    struct child c;
    size_t n = 0;

    child_start(&c, argv, false);
    child_close_in(&c);
    for (ssize_t m; (m = read(c.out, out + n, out_bytes - 1 - n)) > 0;) {
        n += (size_t)m;
    }
    out[n] = '\0';
    mcp_buf_clear(ret_err);
    return child_wait(&c, ret_err);
}

static void the_command_line_answers_with_documented_codes(void)
{
    struct mcp_buf err;
    char out[8192], file[] = "/tmp/mcp-token-XXXXXX", option[64];
    int fd = mkstemp(file);

    mcp_buf_init(&err, 1 << 16);
    T_EQ(run_hello("--help", NULL, out, sizeof(out), &err), 0);
    T_EQ(err.len, 0);
    T_HAS(mcp_str_c(out), "--token-file=FILE");
    T_EQ(run_hello("--version", NULL, out, sizeof(out), &err), 0);
    T_STR(mcp_str_c(out), "hello 1.0\n");
    T_EQ(run_hello("--zork=1", NULL, out, sizeof(out), &err), 64);
    T_STR(mcp_str_c(out), "");
    T_STR(mcp_buf_str(&err), "hello: unknown option --zork=1; try --help\n");
    T_EQ(run_hello("--http", NULL, out, sizeof(out), &err), 64);
    T_EQ(run_hello("--stdio=yes", NULL, out, sizeof(out), &err), 64);
    T_EQ(run_hello("--log-level=loud", NULL, out, sizeof(out), &err), 64);
    T_EQ(run_hello("--ready-fd=x", NULL, out, sizeof(out), &err), 64);
    T_EQ(run_hello("--stdio", "--http=127.0.0.1:0", out, sizeof(out), &err), 64);
    T_EQ(run_hello("--http=203.0.113.1:1", "--allow-public", out, sizeof(out), &err), 69);
    T_EQ(run_hello("--http=0.0.0.0:0", NULL, out, sizeof(out), &err), 69);

    T_CHECK(fd >= 0 && write(fd, "s3cret\n", 7) == 7 && fchmod(fd, 0644) == 0);
    snprintf(option, sizeof(option), "--token-file=%s", file);
    T_EQ(run_hello("--http=127.0.0.1:0", option, out, sizeof(out), &err), 74);
    T_HAS(mcp_buf_str(&err), "chmod 600");
    T_CHECK(!t_has(mcp_buf_str(&err), MCP_STR("s3cret")));
    T_CHECK(fchmod(fd, 0600) == 0 && ftruncate(fd, 0) == 0);
    T_EQ(run_hello("--http=127.0.0.1:0", option, out, sizeof(out), &err), 74);
    unlink(file);
    T_EQ(run_hello("--http=127.0.0.1:0", option, out, sizeof(out), &err), 74);
    close(fd);
    mcp_buf_free(&err);
}

static const struct t_case CASES[] = {
    T(hello_shakes_hands_lists_and_calls),
    T(hello_serves_the_modern_era),
    T(messages_may_come_a_byte_at_a_time),
    T(bad_lines_are_answered_and_the_next_one_is_served),
    T(a_line_over_the_cap_is_answered_once_and_skipped),
    T(the_last_line_may_lack_its_newline),
    T(calls_under_way_finish_after_the_end_of_input),
    T(replies_come_in_the_order_of_their_ends),
    T(a_cancelled_call_is_not_answered),
    T(more_calls_than_allowed_wait_their_turn),
    T(a_peer_that_writes_and_does_not_read_is_not_read_either),
    T(a_storm_for_one_that_does_not_read_costs_no_memory_and_no_answer),
    T(progress_that_waited_leaves_when_the_peer_has_read_on),
    T(a_peer_that_is_gone_ends_it),
    T(sigterm_lets_calls_finish_and_exits_0),
    T(a_second_sigterm_quits_at_once),
    T(it_works_between_files_and_over_a_socket),
    T(a_wake_and_the_end_of_a_turn_reach_the_owner),
    T(every_allocation_can_fail),
    T(the_command_line_answers_with_documented_codes),
};

int main(int argc, char **argv)
{
    if (argc != 3) {
        return 2;
    }
    snprintf(hello_path, sizeof(hello_path), "%s", argv[1]);
    snprintf(slow_path, sizeof(slow_path), "%s", argv[2]);
    t_apart();
    return t_main("transport/stdio", CASES, sizeof(CASES) / sizeof(CASES[0]));
}
