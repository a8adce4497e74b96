/* The pool of workers (workers.h) under a real server and a loop of our own: an eventfd. */
#include <mcp/server.h>
#include <mcp/test/judge.h>
#include <transport/main.h>
#include <transport/test/work_rows.h>
#include <transport/workers.h>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* ---- A loop ---- */

struct loop {
    struct work_rows rows;
    struct mcp_workers *workers;
    struct mcp_server *server;
    int wake_fd;
    int64_t due_ms;
};

static void wake(void *user)
{
    const struct loop *l = user;
    const uint64_t one = 1;

    T_CHECK(write(l->wake_fd, &one, sizeof(one)) == (ssize_t)sizeof(one));
}

static const struct judge_case CALLED = {"tools/call", true, NULL};

static void loop_init(struct loop *l, const struct mcp_workers_options *opt)
{
    const struct mcp_tool_set tools = {WORK_ROWS, &l->rows};
    struct mcp_server_options so = {
        .name = "t", .version = "1", .tools = &tools, .n_tools = 1, .has_logging = true};
    char why[200];

    *l = (struct loop){.wake_fd = eventfd(0, EFD_CLOEXEC)};
    l->workers = mcp_workers_new(opt);
    T_CHECK(l->workers && l->wake_fd >= 0);
    so.executor = mcp_workers_executor(l->workers);
    mcp_system_clock(&so.clock);
    l->server = mcp_server_new(&so, why, sizeof(why));
    T_CHECK(l->server != NULL);
    mcp_workers_on_wake(l->workers, wake, l);
    /* what judges is compiled now, not while something is timed */
    judge_answer(&CALLED, MCP_STR("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[],"
                                  "\"resultType\":\"complete\"}}"));
}

/* Wait for a worker or a timer, then do what is due. */
static void turn(struct loop *l)
{
    struct pollfd p = {.fd = l->wake_fd, .events = POLLIN};
    bool has_timer = l->due_ms >= 0 && l->due_ms < 30000;
    int n_ready = poll(&p, 1, has_timer ? (int)l->due_ms : 30000);
    uint64_t n;

    ck_assert_msg(n_ready == 1 || has_timer, "nothing happened for half a minute");
    if (n_ready == 1) {
        T_CHECK(read(l->wake_fd, &n, sizeof(n)) == (ssize_t)sizeof(n));
        (void)mcp_workers_complete(l->workers);
    }
    l->due_ms = mcp_server_tick(l->server);
}

static void loop_free(struct loop *l)
{
    T_EQ(mcp_workers_stop(l->workers, 10000), 0);
    mcp_server_free(l->server);
    mcp_workers_free(l->workers);
    close(l->wake_fd);
}

/* ---- A call ---- */

struct call {
    struct mcp_sink sink;
    int finishes, n_notes;
    mcp_err err;
    char text[400], note[400];
};

static void on_notify(struct mcp_sink *sink, mcp_str message, bool is_progress)
{
    struct call *c = (struct call *)(void *)sink;

    judge_note(&CALLED, message, is_progress);
    T_EQ(c->finishes, 0);
    c->n_notes++;
    snprintf(c->note, sizeof(c->note), "%.*s", MCP_STR_ARG(message));
}

static void on_finish(struct mcp_sink *sink, const struct mcp_reply *reply)
{
    struct call *c = (struct call *)(void *)sink;

    if (reply->message.len) {
        judge_answer(&CALLED, reply->message);
    }
    T_EQ(c->finishes++, 0);
    c->err = reply->err;
    snprintf(c->text, sizeof(c->text), "%.*s", MCP_STR_ARG(reply->message));
}

static void say(struct loop *l, struct call *c, const char *tool, const char *arguments)
{
    const struct mcp_peer peer = {.principal = {.scopes = "*"}};
    char text[600];
    int n = snprintf(
        text, sizeof(text),
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":"
        "\"%s\",\"arguments\":{%s},\"_meta\":{\"io.modelcontextprotocol/"
        "protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/"
        "clientCapabilities\":{\"roots\":{}},\"io.modelcontextprotocol/logLevel\":\"info\","
        "\"progressToken\":1}}}",
        tool, arguments);

    *c = (struct call){.sink = {on_notify, on_finish}};
    mcp_server_handle(l->server, mcp_str_n(text, (size_t)n), &peer, &c->sink);
    l->due_ms = mcp_server_tick(l->server);
}

static void until(struct loop *l, const struct call *c)
{
    while (!c->finishes) {
        turn(l);
    }
}

static int tasks(void)
{
    DIR *d = opendir("/proc/self/task");
    int n = 0;

    T_CHECK(d != NULL);
    for (const struct dirent *e; (e = readdir(d));) {
        n += e->d_name[0] != '.';
    }
    closedir(d);
    return n;
}

/* 'S' for a thread that sleeps; see proc(5). */
static char state_of(const char *task)
{
    char path[300], text[200] = "";

    snprintf(path, sizeof(path), "/proc/self/task/%.200s/stat", task);
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    T_CHECK(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
    close(fd);
    return strrchr(text, ')')[2];
}

/* Until every other thread waits for something. */
static void until_asleep(void)
{
    for (int n_awake = 1; n_awake;) {
        DIR *d = opendir("/proc/self/task");

        T_CHECK(d != NULL);
        n_awake = -1; /* this one */
        for (const struct dirent *e; (e = readdir(d));) {
            n_awake += e->d_name[0] != '.' && state_of(e->d_name) != 'S';
        }
        closedir(d);
        (void)poll(NULL, 0, 1);
    }
}

static void until_hanging(struct loop *l, int n)
{
    while (atomic_load(&l->rows.n_hanging) < n) {
        (void)poll(NULL, 0, 1);
    }
}

/* ---- Tests ---- */

static void threads_are_made_at_need_and_as_many_as_it_says(void)
{
    const struct mcp_workers_options opt = {.threads_max = 3};
    struct call c[9];
    struct loop l;

    loop_init(&l, &opt);
    T_EQ(mcp_workers_options(l.workers)->threads_max, 3);
    T_EQ(mcp_workers_options(l.workers)->queue_max, 256);
    say(&l, &c[0], "sleep", "\"ms\":1");
    until(&l, &c[0]);
    T_HAS(mcp_str_c(c[0].text), "slept after");
    int before = tasks() - 1; /* a sanitizer may have one of its own */

    for (int i = 0; i < 5; i++) { /* one at a time: the same thread */
        say(&l, &c[0], "sleep", "\"ms\":1");
        until(&l, &c[0]);
    }
    T_EQ(tasks() - before, 1);
    for (int i = 0; i < 9; i++) {
        say(&l, &c[i], "meet", "\"n\":3");
    }
    for (int i = 0; i < 9; i++) {
        until(&l, &c[i]);
        T_HAS(mcp_str_c(c[i].text), "met 3");
    }
    T_EQ(atomic_load(&l.rows.most_inside), 3);
    T_EQ(tasks() - before, 3);
    loop_free(&l);
    T_EQ(tasks(), before); /* joined: none is left behind */
}

static void what_it_says_comes_while_it_runs_and_before_the_result(void)
{
    struct loop l;
    struct call c;

    loop_init(&l, NULL);
    say(&l, &c, "sleep", "\"ms\":60000");
    while (c.n_notes < 2) {
        turn(&l);
    }
    T_HAS(mcp_str_c(c.note), "asleep");
    T_EQ(c.finishes, 0);
    until_asleep();
    mcp_server_cancel(l.server, &c.sink);
    while (mcp_server_calls(l.server)) {
        turn(&l); /* roused: it does not take a minute */
    }
    T_EQ(c.finishes, 0);
    say(&l, &c, "sleep", "\"ms\":20");
    until(&l, &c);
    T_EQ(c.n_notes, 3);
    T_HAS(mcp_str_c(c.note), "awake");
    loop_free(&l);
}

/* A handler that hangs costs its thread; calls then queue, are late there, and leave room. */
static void a_hanging_handler_holds_nothing_but_its_thread(void)
{
    const struct mcp_workers_options opt = {.threads_max = 1, .queue_max = 2};
    struct call hanging, queued[2], refused, hello;
    struct loop l;

    loop_init(&l, &opt);
    say(&l, &hanging, "hang", "");
    until_hanging(&l, 1);
    int64_t from_us = work_now_us();

    say(&l, &hello, "hello", "");
    T_CHECK(work_now_us() - from_us < 100000);
    T_HAS(mcp_str_c(hello.text), "hello, 1 hanging");
    until(&l, &hanging);
    T_EQ(hanging.err, MCP_E_TIMED_OUT);
    T_HAS(mcp_str_c(hanging.text), "the tool took longer than 200 ms");
    for (int round = 0; round < 2; round++) {
        say(&l, &queued[0], "hang", "");
        say(&l, &queued[1], "hang", "");
        say(&l, &refused, "hang", "");
        T_EQ(refused.err, MCP_E_OVERLOADED);
        T_EQ(queued[0].finishes + queued[1].finishes, 0);
        until(&l, &queued[0]);
        until(&l, &queued[1]);
        T_EQ(queued[0].err, MCP_E_TIMED_OUT);
        T_EQ(mcp_server_working(l.server), 1); /* they have left the queue */
    }
    T_EQ(mcp_workers_stop(l.workers, 50), 1);
    say(&l, &refused, "sleep", "");
    T_EQ(refused.err, MCP_E_OVERLOADED); /* nothing begins any more */
    atomic_store(&l.rows.may_return, true);
    loop_free(&l);
    T_EQ(hanging.n_notes, 0);
}

/* Freed in its back: the last thread releases pool and server (LeakSanitizer looks). */
static void a_handler_may_outlive_pool_and_server(void)
{
    const struct mcp_workers_options opt = {.threads_max = 4};
    static struct loop l; /* what `user` points to stays */
    struct call c[3], quick;

    loop_init(&l, &opt);
    say(&l, &quick, "sleep", "\"ms\":1");
    until(&l, &quick);
    int before = tasks() - 1; /* a sanitizer may have one of its own */

    for (int i = 0; i < 3; i++) {
        say(&l, &c[i], "endless", "");
    }
    until_hanging(&l, 3);
    mcp_workers_on_wake(l.workers, NULL, NULL);
    T_EQ(mcp_workers_stop(l.workers, 10), 3);
    mcp_server_free(l.server);
    mcp_workers_free(l.workers);
    l.server = NULL; /* nothing here holds on to them */
    l.workers = NULL;
    atomic_store(&l.rows.may_return, true);
    while (tasks() > before) {
        (void)poll(NULL, 0, 1);
    }
    T_EQ(c[0].finishes + c[1].finishes + c[2].finishes, 0);
    close(l.wake_fd);
}

static void what_happened_before_there_was_a_loop_wakes_it(void)
{
    struct loop l;
    struct call c;

    loop_init(&l, NULL);
    mcp_workers_on_wake(l.workers, NULL, NULL);
    say(&l, &c, "meet", "\"n\":1");
    until_asleep();
    T_EQ(c.finishes, 0);
    mcp_workers_on_wake(l.workers, wake, &l);
    until(&l, &c);
    T_HAS(mcp_str_c(c.text), "met 1"); /* not late */
    loop_free(&l);
}

static void a_run_that_is_over_at_the_end_is_given_back(void)
{
    const struct mcp_workers_options opt = {.threads_max = 1};
    struct call c, waits;
    struct loop l;

    loop_init(&l, &opt);
    say(&l, &c, "sleep", "\"ms\":5");
    say(&l, &waits, "sleep", "\"ms\":5");
    T_EQ(mcp_workers_stop(l.workers, 10000), 0);
    T_EQ(c.finishes, 1);
    T_EQ(waits.finishes, 1);
    T_CHECK(waits.err == MCP_OK || waits.err == MCP_E_OVERLOADED); /* or it had begun */
    loop_free(&l);
}

static void without_a_thread_the_call_is_refused(void)
{
    const struct mcp_workers_options opt = {.stack_bytes = (size_t)1 << 46};
    struct loop l;
    struct call c;

    loop_init(&l, &opt);
    say(&l, &c, "sleep", "");
    T_EQ(c.err, MCP_E_OVERLOADED);
    T_EQ(mcp_server_working(l.server), 0);
    loop_free(&l);
}

static bool make(void *arg)
{
    struct mcp_workers *w = mcp_workers_new(NULL);

    (void)arg;
    mcp_workers_free(w);
    return w != NULL;
}

static void without_memory_there_is_no_pool(void)
{
    T_EQ(t_torture(make, NULL), 2);
    mcp_workers_free(NULL);
}

/* SIGTERM is for the loop, whatever a handler does. */
static void workers_take_no_signals(void)
{
    struct loop l;
    struct call c;
    sigset_t term, was;

    loop_init(&l, NULL);
    say(&l, &c, "endless", "");
    until_hanging(&l, 1);
    signal(SIGTERM, SIG_DFL); /* libcheck has a handler */
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &term, &was);
    kill(getpid(), SIGTERM); /* a thread that had it unblocked would die of it */
    T_EQ(sigwaitinfo(&term, NULL), SIGTERM);
    pthread_sigmask(SIG_SETMASK, &was, NULL);
    atomic_store(&l.rows.may_return, true);
    until(&l, &c);
    loop_free(&l);
}

/* 64 callers, four threads, some cancelled, some late: each is answered once or not at all. */
static void many_calls_and_cancellations_at_once(void)
{
    static const char *const TOOLS[] = {"sleep", "hang", "ask", "meet"};
    const struct mcp_workers_options opt = {.threads_max = 4, .queue_max = 64};
    static struct call c[64];
    struct loop l;
    unsigned seed = 7;
    int n_said = 0;

    loop_init(&l, &opt);
    atomic_store(&l.rows.may_return, true); /* "hang" returns at once */
    for (int i = 0; i < 64; i++) {
        c[i].finishes = -1;
    }
    while (n_said < 3000) {
        for (int i = 0; i < 64; i++) {
            bool is_free = c[i].finishes != 0;

            seed = seed * 1103515245 + 12345;
            if (is_free) {
                say(&l, &c[i], TOOLS[seed >> 16 & 3],
                    (seed >> 16 & 3) == 0   ? "\"ms\":1"
                    : (seed >> 16 & 3) == 3 ? "\"n\":1"
                                            : "");
                n_said++;
            } else if ((seed >> 18 & 7) == 0) {
                mcp_server_cancel(l.server, &c[i].sink);
                c[i].finishes = -1;
            }
        }
        turn(&l);
    }
    for (int i = 0; i < 64; i++) {
        while (c[i].finishes == 0) {
            turn(&l);
        }
    }
    while (mcp_server_working(l.server)) {
        turn(&l);
    }
    T_EQ(mcp_server_calls(l.server), 0);
    loop_free(&l);
}

static const struct t_case CASES[] = {
    T(threads_are_made_at_need_and_as_many_as_it_says),
    T(what_it_says_comes_while_it_runs_and_before_the_result),
    T(a_hanging_handler_holds_nothing_but_its_thread),
    T(a_handler_may_outlive_pool_and_server),
    T(what_happened_before_there_was_a_loop_wakes_it),
    T(a_run_that_is_over_at_the_end_is_given_back),
    T(without_a_thread_the_call_is_refused),
    T(without_memory_there_is_no_pool),
    T(workers_take_no_signals),
    T(many_calls_and_cancellations_at_once),
};
T_MAIN("transport/workers", CASES)
