/* transport/test/http_conn_life_test.c - one connection in memory: streams, ends, time. */
#include <transport/test/http_conn_fake.h>

/* ---- Streams --------------------------------------------------------------------------------- */

static struct mcp_http_exchange *begin_stream(struct fake *f, const char *request)
{
    f->answers_late = true;
    say(f, request);
    T_EQ(f->n_open, 1);
    mcp_http_stream_begin(f->open[0], &(struct mcp_http_response){
                                          .status = 200, .content_type = "text/event-stream"});
    return f->open[0];
}

static void a_stream_is_chunked(void)
{
    struct fake f;
    struct mcp_http_exchange *ex;

    setup(&f);
    ex = begin_stream(&f, GET("/s"));
    T_STR(out(&f), "HTTP/1.1 200 OK\r\n" DATE "Content-Type: text/event-stream\r\n"
                   "Transfer-Encoding: chunked\r\n\r\n");
    forget(&f);
    T_CHECK(mcp_http_stream_write(ex, MCP_STR("hello, world, hello")));
    T_CHECK(mcp_http_stream_write(ex, MCP_STR("")));
    T_STR(out(&f), "13\r\nhello, world, hello\r\n");
    forget(&f);
    say(&f, GET("/next"));
    mcp_http_stream_end(ex);
    T_STR(out(&f), "0\r\n\r\n");
    T_EQ(f.handled, 2);
    T_CHECK(!f.is_shut);
    teardown(&f);
}

static void a_stream_to_1_0_ends_with_the_connection(void)
{
    struct fake f;
    struct mcp_http_exchange *ex;

    setup(&f);
    ex = begin_stream(&f, "GET /s HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    T_HAS(out(&f), "\r\nConnection: close\r\n\r\n");
    forget(&f);
    T_CHECK(mcp_http_stream_write(ex, MCP_STR("abc")));
    T_STR(out(&f), "abc");
    mcp_http_stream_end(ex);
    T_STR(out(&f), "abc");
    T_CHECK(f.is_shut);
    teardown(&f);
}

static void a_stream_that_answers_head_is_silent(void)
{
    struct fake f;
    struct mcp_http_exchange *ex;

    setup(&f);
    ex = begin_stream(&f, "HEAD /s HTTP/1.1\r\nHost: a\r\n\r\n");
    forget(&f);
    T_CHECK(mcp_http_stream_write(ex, MCP_STR("abc")));
    mcp_http_stream_end(ex);
    T_EQ(f.out_len, 0);
    teardown(&f);
}

static void a_stream_that_is_behind_hears_when_it_has_room(void)
{
    struct fake f;
    struct mcp_http_exchange *ex;
    char piece[1000];

    memset(piece, 'x', sizeof(piece));
    setup(&f);
    ex = begin_stream(&f, GET("/s"));
    f.window = 500;
    for (int i = 0; i < 8; i++) {
        T_CHECK(mcp_http_stream_write(ex, mcp_str_n(piece, sizeof(piece))));
    }
    T_CHECK(mcp_http_stream_backlog(ex) > 7500);
    T_EQ(f.drained, 0);
    f.window = 1000;
    mcp__http_conn_writable(f.conn);
    T_EQ(f.drained, 0);
    f.window = SIZE_MAX;
    mcp__http_conn_writable(f.conn);
    T_EQ(f.drained, 1);
    T_EQ(mcp_http_stream_backlog(ex), 0);
    mcp__http_conn_writable(f.conn);
    T_EQ(f.drained, 1);
    teardown(&f);
}

/* The room that a stream asks about is there: it is told then, not when half the cap is. */
static void a_stream_is_not_told_before_most_of_it_has_left(void)
{
    struct fake f;
    struct mcp_http_exchange *ex;
    char *piece = calloc(1, 300000);

    setup(&f);
    f.opt.backlog_bytes_max = 4 << 20;
    ex = begin_stream(&f, GET("/s"));
    f.window = 500;
    T_CHECK(mcp_http_stream_write(ex, mcp_str_n(piece, 300000)));
    f.window = 200000;
    mcp__http_conn_writable(f.conn);
    T_CHECK(mcp_http_stream_backlog(ex) > MCP_HTTP_BEHIND_BYTES);
    T_EQ(f.drained, 0);
    f.window = 60000;
    mcp__http_conn_writable(f.conn);
    f.window = 30000; /* what the socket took last counts until it takes more */
    mcp__http_conn_writable(f.conn);
    T_CHECK(mcp_http_stream_backlog(ex) <= MCP_HTTP_BEHIND_BYTES);
    T_EQ(f.drained, 1);
    f.window = SIZE_MAX;
    mcp__http_conn_writable(f.conn);
    T_EQ(f.drained, 1);
    free(piece);
    teardown(&f);
}

/* Inside the handler nothing has left yet, although the peer would take it. */
static void what_one_turn_writes_is_told_at_its_end(void)
{
    struct fake f;
    char *piece = calloc(1, 300000);

    setup(&f);
    f.opt.backlog_bytes_max = 4 << 20;
    f.streams_now = mcp_str_n(piece, 300000);
    say(&f, GET("/s"));
    T_CHECK(f.out_len > 300000);
    T_EQ(f.drained, 1);
    free(piece);
    teardown(&f);
}

static void what_the_socket_holds_counts_until_it_is_writable(void)
{
    struct fake f;
    struct mcp_http_exchange *ex;

    setup(&f);
    ex = begin_stream(&f, GET("/s"));
    f.holds = true;
    T_CHECK(mcp_http_stream_write(ex, MCP_STR("abc")));
    T_EQ(mcp_http_stream_backlog(ex), 8);
    f.holds = false;
    mcp__http_conn_writable(f.conn);
    T_EQ(mcp_http_stream_backlog(ex), 0);
    T_EQ(f.drained, 1);
    teardown(&f);
}

/* The cap is for what gathers, not for one message. */
static void one_message_may_be_larger_than_the_cap(void)
{
    struct fake f;
    struct mcp_http_exchange *ex;
    char *piece = calloc(1, 50000);

    setup(&f);
    ex = begin_stream(&f, GET("/s"));
    f.window = 5000;
    T_CHECK(mcp_http_stream_write(ex, mcp_str_n(piece, 50000))); /* the cap is 10,000 */
    T_CHECK(!f.is_closed);
    T_CHECK(!mcp_http_stream_write(ex, MCP_STR("x"))); /* and nothing has left of it */
    T_CHECK(f.is_closed && f.is_hard);
    teardown(&f);
    setup(&f);
    f.streams_now = mcp_str_n(piece, 50000); /* twice in one turn, to a peer that takes it */
    f.streams_twice = true;
    say(&f, GET("/s"));
    T_CHECK(!f.is_closed);
    T_CHECK(f.out_len > 100000);
    free(piece);
    teardown(&f);
}

static void a_stream_past_its_cap_is_cut(void)
{
    struct fake f;
    struct mcp_http_exchange *ex;
    char piece[1000];
    bool ok = true;
    int n = 0;

    memset(piece, 'x', sizeof(piece));
    setup(&f);
    ex = begin_stream(&f, GET("/s"));
    f.window = 0;
    for (; ok && n < 100; n++) {
        ok = mcp_http_stream_write(ex, mcp_str_n(piece, sizeof(piece)));
    }
    T_CHECK(!ok && n <= 11);
    T_CHECK(f.is_closed && f.is_hard);
    teardown(&f);
    T_EQ(f.gone, 0);
}

/* ---- Ends ------------------------------------------------------------------------------------ */

static void an_open_exchange_hears_once_that_its_peer_is_gone(void)
{
    struct fake f;

    setup(&f);
    f.answers_late = true;
    say(&f, GET("/1") GET("/2"));
    teardown(&f);
    T_EQ(f.gone, 1);
    T_EQ(f.handled, 1);
}

static void nobody_hears_for_an_exchange_that_is_over(void)
{
    struct fake f;

    setup(&f);
    f.answers_late = true;
    say(&f, GET("/1") GET("/2"));
    f.ignores = true;
    answer(f.open[0], "one");
    T_EQ(f.handled, 2);
    teardown(&f);
    T_EQ(f.gone, 0);
}

static void a_dead_socket_swallows_writes_until_gone_is_told(void)
{
    struct fake f;
    struct mcp_http_exchange *ex;

    setup(&f);
    ex = begin_stream(&f, GET("/s"));
    f.is_broken = true;
    T_CHECK(mcp_http_stream_write(ex, MCP_STR("abc")));
    T_CHECK(f.is_closed && f.is_hard);
    T_EQ(f.gone, 0);
    for (int i = 0; i < 20000; i++) { /* more than the backlog's cap */
        T_CHECK(mcp_http_stream_write(ex, MCP_STR("abc")));
    }
    teardown(&f);
    T_EQ(f.gone, 1);
}

static void a_dead_socket_lets_an_exchange_end(void)
{
    struct fake f;

    setup(&f);
    begin_stream(&f, GET("/s"));
    f.is_broken = true;
    T_CHECK(mcp_http_stream_write(f.open[0], MCP_STR("abc")));
    mcp_http_stream_end(f.open[0]);
    teardown(&f);
    T_EQ(f.gone, 0);
}

static void a_drain_closes_idle_connections_and_lets_others_finish(void)
{
    struct fake f;

    setup(&f);
    mcp__http_wire_drain(&f.wire);
    T_CHECK(f.is_closed && !f.is_hard);
    teardown(&f);
    setup(&f);
    f.answers_late = true;
    say(&f, GET("/1") GET("/2"));
    mcp__http_wire_drain(&f.wire);
    T_CHECK(!f.is_closed);
    answer(f.open[0], "one");
    T_HAS(out(&f), "\r\nConnection: close\r\n");
    T_CHECK(f.is_shut);
    T_EQ(f.handled, 1);
    teardown(&f);
}

static void a_hard_stop_cuts_everything(void)
{
    struct fake f;

    setup(&f);
    f.answers_late = true;
    say(&f, GET("/1"));
    mcp__http_wire_cut(&f.wire);
    T_CHECK(f.is_closed && f.is_hard);
    teardown(&f);
    T_EQ(f.gone, 1);
}

/* ---- Time ------------------------------------------------------------------------------------ */

static void a_connection_that_says_nothing_has_the_time_of_a_head(void)
{
    struct fake f;

    setup(&f);
    at(&f, 10999);
    T_CHECK(!f.is_closed);
    at(&f, 11000);
    T_CHECK(f.is_closed);
    T_EQ(f.out_len, 0);
    teardown(&f);
    setup(&f);
    at(&f, 10000);
    say(&f, GET("/1")); /* it has spoken: from now on it may be idle */
    at(&f, 84999);
    T_CHECK(!f.is_closed);
    at(&f, 85000);
    T_CHECK(f.is_closed);
    teardown(&f);
}

static void an_idle_connection_is_closed_in_time(void)
{
    struct fake f;

    setup(&f);
    say(&f, GET("/1"));
    at(&f, 75999);
    T_CHECK(!f.is_closed);
    say(&f, GET("/2"));
    at(&f, 76001 + 74997);
    T_CHECK(!f.is_closed);
    at(&f, 76000 + 75000);
    T_CHECK(f.is_closed);
    T_STR(seen(&f), "GET /1 \nGET /2 \n");
    teardown(&f);
}

static void a_slow_head_gets_408(void)
{
    struct fake f;

    setup(&f);
    say(&f, "GET / HT");
    at(&f, 6000);
    say(&f, "TP/1.1\r\n"); /* a trickle does not move the limit */
    at(&f, 10999);
    T_EQ(f.out_len, 0);
    at(&f, 11000);
    T_HAS(out(&f), "408 Request Timeout");
    T_HAS(out(&f), "request_timeout");
    T_CHECK(f.is_shut && !f.is_closed);
    at(&f, 13000);
    T_CHECK(f.is_closed);
    teardown(&f);
}

static void a_slow_body_gets_408(void)
{
    struct fake f;

    setup(&f);
    say(&f, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nx");
    at(&f, 20000);
    say(&f, "y");
    at(&f, 30999);
    T_EQ(f.out_len, 0);
    at(&f, 31000);
    T_HAS(out(&f), "408 Request Timeout");
    teardown(&f);
}

static void the_next_head_has_its_own_time(void)
{
    struct fake f;

    setup(&f);
    say(&f, "GET / HT");
    at(&f, 9000);
    say(&f, "TP/1.1\r\nHost: a\r\n\r\nGET / HT");
    at(&f, 18999);
    T_CHECK(!f.is_shut);
    at(&f, 19000);
    T_CHECK(f.is_shut);
    teardown(&f);
}

static void a_peer_that_takes_nothing_is_cut(void)
{
    struct fake f;

    setup(&f);
    f.window = 10;
    say(&f, GET("/1"));
    at(&f, 15000);
    f.window = 10;
    mcp__http_conn_writable(f.conn); /* it took some: the time starts anew */
    at(&f, 34999);
    T_CHECK(!f.is_closed);
    at(&f, 35000);
    T_CHECK(f.is_closed && f.is_hard);
    teardown(&f);
}

static void a_call_may_take_as_long_as_it_likes(void)
{
    struct fake f;

    setup(&f);
    f.answers_late = true;
    say(&f, GET("/1"));
    at(&f, 100000000);
    T_CHECK(!f.is_closed && f.gone == 0);
    answer(f.open[0], "late");
    T_HAS(out(&f), "late");
    teardown(&f);
}

/* ---- Turns ----------------------------------------------------------------------------------- */

static void a_request_whose_sender_left_in_the_same_turn_is_carried_out(void)
{
    struct fake f;

    setup(&f);
    f.wire.has_turns = true;
    say(&f, GET("/first") GET("/second"));
    T_EQ(f.handled, 0);
    mcp__http_conn_free(f.conn);
    f.conn = NULL;
    T_STR(seen(&f), "GET /first \nGET /second \n");
    mcp__http_wire_turn(&f.wire);
    T_EQ(f.handled, 2);
    teardown(&f);
}

static void connections_leave_a_turn_in_any_order(void)
{
    struct mcp__http_conn *c[3];
    struct fake f;

    for (int first = 0; first < 3; first++) {
        setup(&f);
        f.wire.has_turns = true;
        for (int i = 0; i < 3; i++) {
            c[i] = mcp__http_conn_new(&f.wire, &f, MCP_STR("127.0.0.1"));
            mcp__http_conn_input(c[i], GET("/x"), sizeof(GET("/x")) - 1);
        }
        mcp__http_conn_free(c[first]);
        T_EQ(f.handled, 1);
        mcp__http_conn_free(c[(first + 1) % 3]);
        T_EQ(f.handled, 2);
        mcp__http_wire_turn(&f.wire);
        T_EQ(f.handled, 3);
        mcp__http_conn_free(c[(first + 2) % 3]);
        T_EQ(f.handled, 3);
        teardown(&f);
    }
}

static const struct t_case cases[] = {
    T(a_request_whose_sender_left_in_the_same_turn_is_carried_out),
    T(connections_leave_a_turn_in_any_order),
    T(a_stream_is_chunked),
    T(a_stream_to_1_0_ends_with_the_connection),
    T(a_stream_that_answers_head_is_silent),
    T(a_stream_that_is_behind_hears_when_it_has_room),
    T(a_stream_is_not_told_before_most_of_it_has_left),
    T(what_one_turn_writes_is_told_at_its_end),
    T(what_the_socket_holds_counts_until_it_is_writable),
    T(one_message_may_be_larger_than_the_cap),
    T(a_stream_past_its_cap_is_cut),
    T(an_open_exchange_hears_once_that_its_peer_is_gone),
    T(nobody_hears_for_an_exchange_that_is_over),
    T(a_dead_socket_swallows_writes_until_gone_is_told),
    T(a_dead_socket_lets_an_exchange_end),
    T(a_drain_closes_idle_connections_and_lets_others_finish),
    T(a_hard_stop_cuts_everything),
    T(a_connection_that_says_nothing_has_the_time_of_a_head),
    T(an_idle_connection_is_closed_in_time),
    T(a_slow_head_gets_408),
    T(a_slow_body_gets_408),
    T(the_next_head_has_its_own_time),
    T(a_peer_that_takes_nothing_is_cut),
    T(a_call_may_take_as_long_as_it_likes),
};
T_MAIN("http_conn_life", cases)
