/* Requests over real sockets: whose turn it is, cancelling, stopping, memory. */
#include <transport/test/deliver_bench.h>

/* ---- Turns ---- */

struct counted {
    struct mcp_delivery r; /* first */
    char url[64];
    int n_done;
    struct mcp_deliver *again; /* submit once more */
};

static void count_done(struct mcp_delivery *r)
{
    struct counted *c = (struct counted *)(void *)r;

    c->n_done++;
    if (c->again) {
        struct mcp_deliver *d = c->again;

        c->again = NULL;
        T_EQ(mcp_deliver_submit(d, r), MCP_OK);
    }
}

static void prepare(struct counted *c, uint16_t port, const char *path)
{
    *c = (struct counted){.r = {.method = MCP_STR_INIT("GET"), .done = count_done}};
    snprintf(c->url, sizeof(c->url), "http://127.0.0.1:%d%s", port, path);
    c->r.url = mcp_str_c(c->url);
}

static void eight_go_at_once_and_two_of_a_host(void)
{
    enum { PEERS = 6, EACH = 5 };
    static struct counted all[PEERS][EACH];
    struct peer peers[PEERS];
    struct waiter w;
    int n = 0;

    waiter_open(&w, (struct mcp_deliver_options){.allow_http = true}, true);
    for (size_t i = 0; i < PEERS; i++) {
        peer_open(&peers[i], behave);
        for (size_t k = 0; k < EACH; k++) {
            prepare(&all[i][k], peers[i].port, "/stall");
            T_EQ(mcp_deliver_submit(w.d, &all[i][k].r), MCP_OK);
        }
    }
    for (int ms = 0; ms < 10000 && (n < 8 || ms % 300); ms++) { /* eight, and then some time */
        usleep(1000);
        n = 0;
        for (size_t i = 0; i < PEERS; i++) {
            n += atomic_load(&peers[i].n_now);
        }
    }
    T_EQ(n, 8);
    for (size_t i = 0; i < PEERS; i++) {
        T_CHECK(atomic_load(&peers[i].n_most) <= 2);
    }
    waiter_close(&w);
    for (size_t i = 0; i < PEERS; i++) {
        peer_close(&peers[i]);
        for (size_t k = 0; k < EACH; k++) {
            T_EQ(all[i][k].n_done, 1);
        }
    }
}

static void a_host_that_stalls_holds_nobody_else_up(void)
{
    enum { STALLED = 50 };
    static struct counted slow[STALLED], quick;
    struct bench b;
    struct peer other;
    int64_t begin = bench_now_ms();

    open_bench(&b, (struct mcp_deliver_options){0});
    peer_open(&other, behave);
    for (size_t i = 0; i < STALLED; i++) {
        prepare(&slow[i], b.peer.port, "/stall");
        T_EQ(mcp_deliver_submit(b.w.d, &slow[i].r), MCP_OK);
    }
    prepare(&quick, other.port, "/ok");
    T_EQ(mcp_deliver_submit(b.w.d, &quick.r), MCP_OK);
    while (!quick.n_done) {
        (void)waiter_turn(&b.w);
    }
    T_EQ(quick.r.status, 200);
    T_CHECK(bench_now_ms() - begin < 5000); /* one stalled request lasts ten */
    T_CHECK(atomic_load(&b.peer.n_most) <= 2);
    mcp_deliver_stop(b.w.d);
    for (size_t i = 0; i < STALLED; i++) {
        T_EQ(slow[i].n_done, 1);
        T_EQ(slow[i].r.end, MCP_DELIVERY_CANCELLED);
    }
    close_bench(&b);
    peer_close(&other);
}

static void a_full_queue_says_so_and_makes_room_again(void)
{
    static struct counted c[5];
    struct bench b;

    open_bench(&b, (struct mcp_deliver_options){.queue_max = 4});
    for (size_t i = 0; i < 5; i++) {
        prepare(&c[i], b.peer.port, i ? "/ok" : "/stall");
        T_EQ(mcp_deliver_submit(b.w.d, &c[i].r), i < 4 ? MCP_OK : MCP_E_OVERLOADED);
    }
    while (c[1].n_done + c[2].n_done + c[3].n_done < 3) {
        (void)waiter_turn(&b.w);
    }
    T_EQ(mcp_deliver_submit(b.w.d, &c[4].r), MCP_OK);
    while (!c[4].n_done) {
        (void)waiter_turn(&b.w);
    }
    mcp_deliver_stop(b.w.d);
    T_EQ(c[0].r.end, MCP_DELIVERY_CANCELLED);
    T_EQ(mcp_deliver_submit(b.w.d, &c[4].r), MCP_E_OVERLOADED);
    T_EQ(c[4].n_done, 1);
    close_bench(&b);
}

static void done_may_submit_the_same_request_again(void)
{
    static struct counted c;
    struct bench b;

    open_bench(&b, (struct mcp_deliver_options){.queue_max = 1});
    prepare(&c, b.peer.port, "/ok");
    c.again = b.w.d;
    T_EQ(mcp_deliver_submit(b.w.d, &c.r), MCP_OK);
    while (c.n_done < 2) {
        (void)waiter_turn(&b.w);
    }
    T_EQ(atomic_load(&b.peer.n_requests), 2);
    close_bench(&b);
    T_EQ(c.n_done, 2);
}

static void free_done(struct mcp_delivery *r)
{
    T_EQ(r->body_in.len, 5);
    free(r);
}

static void done_may_free_the_request(void)
{
    struct counted *c = calloc(1, sizeof(*c));
    struct bench b;

    open_bench(&b, (struct mcp_deliver_options){0});
    prepare(c, b.peer.port, "/ok");
    c->r.done = free_done;
    T_EQ(mcp_deliver_submit(b.w.d, &c->r), MCP_OK);
    while (waiter_turn(&b.w) == 0) {
    }
    close_bench(&b);
}

/* ---- Cancelling and stopping ---- */

static void a_cancelled_request_ends_once_wherever_it_was(void)
{
    static struct counted c[4];
    struct bench b;

    open_bench(&b, (struct mcp_deliver_options){0});
    for (size_t i = 0; i < 4; i++) { /* two run, two wait */
        prepare(&c[i], b.peer.port, "/stall");
        T_EQ(mcp_deliver_submit(b.w.d, &c[i].r), MCP_OK);
    }
    while (atomic_load(&b.peer.n_requests) < 2) {
        usleep(1000);
    }
    mcp_deliver_cancel(b.w.d, &c[3].r);
    mcp_deliver_cancel(b.w.d, &c[0].r);
    mcp_deliver_cancel(b.w.d, &c[0].r);
    while (!c[0].n_done || !c[3].n_done) {
        (void)waiter_turn(&b.w);
    }
    T_EQ(c[0].r.end, MCP_DELIVERY_CANCELLED);
    T_EQ(c[3].r.end, MCP_DELIVERY_CANCELLED);
    T_EQ(c[1].n_done + c[2].n_done, 0);
    mcp_deliver_cancel(b.w.d, &c[0].r);           /* over: nothing happens */
    while (atomic_load(&b.peer.n_requests) < 3) { /* the one that waited has its turn */
        usleep(1000);
    }
    close_bench(&b);
    T_EQ(c[0].n_done + c[3].n_done, 2);
    T_EQ(c[1].n_done + c[2].n_done, 2);
}

static void a_cancel_that_comes_too_late_changes_nothing(void)
{
    static struct counted c;
    struct bench b;

    open_bench(&b, (struct mcp_deliver_options){0});
    prepare(&c, b.peer.port, "/ok");
    T_EQ(mcp_deliver_submit(b.w.d, &c.r), MCP_OK);
    pthread_mutex_lock(&b.w.lock);
    while (!b.w.n_wakes) {
        pthread_cond_wait(&b.w.woken, &b.w.lock);
    }
    pthread_mutex_unlock(&b.w.lock);
    mcp_deliver_cancel(b.w.d, &c.r);
    T_EQ(mcp_deliver_complete(b.w.d), 1);
    T_EQ(c.r.status, 200);
    close_bench(&b);
}

static void a_stop_is_quick_and_ends_everything_once(void)
{
    static struct counted c[40];
    struct bench b;
    int64_t begin;

    open_bench(&b, (struct mcp_deliver_options){0});
    for (size_t i = 0; i < 40; i++) {
        prepare(&c[i], b.peer.port, "/stall");
        if (i == 7) {
            c[i].r.url = MCP_STR("http://nowhere.invalid/"); /* perhaps with the resolver now */
        }
        T_EQ(mcp_deliver_submit(b.w.d, &c[i].r), MCP_OK);
    }
    begin = bench_now_ms();
    mcp_deliver_stop(b.w.d);
    T_CHECK(bench_now_ms() - begin < 2000);
    mcp_deliver_stop(b.w.d);
    for (size_t i = 0; i < 40; i++) {
        T_EQ(c[i].n_done, 1);
        T_CHECK(c[i].r.end == MCP_DELIVERY_CANCELLED || c[i].r.end == MCP_DELIVERY_UNRESOLVED);
    }
    T_EQ(mcp_deliver_start(b.w.d, NULL, NULL), MCP_E_INTERNAL);
    close_bench(&b);
}

static void a_client_that_never_started_takes_nothing(void)
{
    char why[64];
    struct mcp_deliver *d = mcp_deliver_new(&(struct mcp_deliver_options){0}, why, sizeof(why));
    static struct counted c;

    prepare(&c, 1, "/");
    T_EQ(mcp_deliver_submit(d, &c.r), MCP_E_OVERLOADED);
    T_EQ(mcp_deliver_now(d, &c.r), MCP_E_OVERLOADED);
    T_EQ(mcp_deliver_complete(d), 0);
    mcp_deliver_free(d);
}

/* ---- Memory ---- */

static bool ask_once(void *arg)
{
    struct bench *b = arg;
    struct mcp_delivery r = {.method = MCP_STR("GET"), .url = url(b, "/ok")};
    bool full = mcp_deliver_now(b->w.d, &r) == MCP_OK && r.end == MCP_DELIVERY_ANSWERED;

    T_CHECK(full || !r.body_in.ptr);
    T_CHECK(full || r.own || r.end == MCP_DELIVERY_FAILED || r.end == MCP_DELIVERY_ANSWERED);
    mcp_buf_free(&r.body_in);
    return full;
}

static void a_refused_allocation_is_a_clean_failure(void)
{
    struct bench b;

    open_bench(&b, (struct mcp_deliver_options){0});
    T_EQ(t_torture(ask_once, &b), 3); /* the request, its URL, its body */
    close_bench(&b);
}

static bool make_once(void *arg)
{
    struct mcp_deliver_options opt = {.resolve = "a.example:80:127.0.0.1,b.example:80:127.0.0.2"};
    char why[64];
    struct mcp_deliver *d = mcp_deliver_new(&opt, why, sizeof(why));

    (void)arg;
    T_CHECK(d || strcmp(why, "out of memory") == 0);
    mcp_deliver_free(d);
    return d != NULL;
}

static void a_client_is_made_whole_or_not_at_all(void)
{
    T_EQ(t_torture(make_once, NULL), 1);
}

static const struct t_case CASES[] = {
    T(eight_go_at_once_and_two_of_a_host),
    T(a_host_that_stalls_holds_nobody_else_up),
    T(a_full_queue_says_so_and_makes_room_again),
    T(done_may_submit_the_same_request_again),
    T(done_may_free_the_request),
    T(a_cancelled_request_ends_once_wherever_it_was),
    T(a_cancel_that_comes_too_late_changes_nothing),
    T(a_stop_is_quick_and_ends_everything_once),
    T(a_client_that_never_started_takes_nothing),
    T(a_refused_allocation_is_a_clean_failure),
    T(a_client_is_made_whole_or_not_at_all),
};
T_MAIN("deliver_turn", CASES)
