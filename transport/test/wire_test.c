/* transport/test/wire_test.c - a real server process on real sockets, and clients that mean harm.
 */
#include <transport/test/wire_client.h>

#include <sys/stat.h>

enum { STREAM_BYTES = 8 << 20 };

#define GET(path)  "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define LAST(path) "GET " path " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

/* ---- Odd senders ----------------------------------------------------------------------------- */

static void a_byte_at_a_time_is_a_request(void)
{
    struct process s = serve();
    const char *in = LAST("/hello");
    char text[1024];
    int fd = dial(&s);

    for (size_t i = 0; in[i]; i++) {
        T_EQ(send(fd, in + i, 1, 0), 1);
    }
    get_all(fd, text, sizeof(text));
    T_HAS(mcp_str_c(text), "200 OK");
    T_HAS(mcp_str_c(text), "\"jsonrpc\"");
    close(fd);
    stop(&s);
}

static void a_peer_that_leaves_in_mid_body_is_forgotten(void)
{
    struct process s = serve();
    int fd = dial(&s);

    put(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");
    close(fd);
    await_gone(&s, "0 of 1");
    stop(&s);
}

static void a_half_close_and_a_reset_end_an_open_call(void)
{
    struct process s = serve();
    struct linger reset = {1, 0};
    int a = dial(&s), b = dial(&s);

    put(a, GET("/never"));
    put(b, GET("/never"));
    await_gone(&s, "0 of 3");
    shutdown(a, SHUT_WR);
    await_gone(&s, "1 of 2");
    setsockopt(b, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    close(b);
    await_gone(&s, "2 of 1");
    close(a);
    stop(&s);
}

static void a_slow_sender_gets_408(void)
{
    struct process s = serve();
    char text[1024];
    int fd = dial(&s);
    int64_t begin = now_ms();

    put(fd, "GET /hello HT");
    get_all(fd, text, sizeof(text));
    T_HAS(mcp_str_c(text), "408 Request Timeout");
    T_CHECK(now_ms() - begin >= 900 && now_ms() - begin < 10000);
    close(fd);
    stop(&s);
}

static void a_peer_that_says_nothing_is_closed_in_a_heads_time(void)
{
    struct process s = serve();
    char text[1024];
    int fd = dial(&s);
    int64_t begin = now_ms();

    get_all(fd, text, sizeof(text));
    T_EQ(text[0], '\0');
    T_CHECK(now_ms() - begin >= 900 && now_ms() - begin < 10000);
    close(fd);
    stop(&s);
}

static void nothing_after_a_bad_request_is_executed(void)
{
    struct process s = serve();
    char text[2048];
    int fd = dial(&s);

    put(fd, "GET /hello HTTP/1.1\r\nHost : a\r\n\r\n" GET("/hello") GET("/hello"));
    get_all(fd, text, sizeof(text));
    T_HAS(mcp_str_c(text), "400 Bad Request");
    T_CHECK(!strstr(text, "200 OK"));
    close(fd);
    stop(&s);
}

static void a_hundred_pipelined_requests_are_answered_in_order(void)
{
    struct process s = serve();
    static char in[16384], out[65536];
    size_t n = 0;
    int fd = dial(&s);

    for (int i = 0; i < 100; i++) {
        n += (size_t)snprintf(in + n, sizeof(in) - n,
                              "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n#%03d;",
                              i);
    }
    put(fd, in);
    T_CHECK(get_until(fd, "#099;", out, sizeof(out)));
    const char *at = out;

    for (int i = 0; i < 100; i++) {
        char want[16];

        snprintf(want, sizeof(want), "#%03d;", i);
        at = strstr(at, want);
        ck_assert_msg(at != NULL, "%s is not in its place", want);
    }
    close(fd);
    stop(&s);
}

/* ---- Slow and absent readers ----------------------------------------------------------------- */

static char pattern(uint64_t at)
{
    return (char)(at * 2654435761u >> 13);
}

/* A chunked body as it arrives: checks and counts its bytes; `tail` is what follows them. */
struct dechunk {
    uint64_t at, left;
    bool is_after_data, is_wrong;
    char tail[1024];
    size_t tail_len;
};

static void dechunk(struct dechunk *d, const char *in, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (d->left) {
            d->is_wrong = d->is_wrong || in[i] != pattern(d->at);
            d->at++;
            d->is_after_data = --d->left == 0;
        } else if (d->at == STREAM_BYTES) {
            d->tail[d->tail_len] = in[i];
            d->tail_len += d->tail_len < sizeof(d->tail) - 2;
        } else if (in[i] == '\n') { /* of the data's CR LF, or of a size line */
            d->left = d->is_after_data ? 0 : 16384;
            d->is_after_data = false;
        }
    }
}

/* Its next request arrives while lws holds a partial write, which must not spin either. */
static void a_slow_reader_gets_every_byte_and_nobody_spins(void)
{
    struct process s = serve();
    static char piece[65536];
    struct dechunk d = {0};
    int fd = try_dial(&s, 65536);
    long cpu = cpu_ms(&s);
    char head[4096];
    size_t n = 0;

    put(fd, GET("/stream?8388608"));
    pause_ms(1000); /* its buffers are full: nothing to do */
    put(fd, LAST("/hello"));
    long idle = cpu_ms(&s);

    pause_ms(1000);
    ck_assert_msg(cpu_ms(&s) - idle <= 100, "spins: %ld ms of 1000", cpu_ms(&s) - idle);
    while (n < 4 || memcmp(head + n - 4, "\r\n\r\n", 4) != 0) {
        T_EQ(recv(fd, head + n, 1, 0), 1);
        n++;
    }
    for (ssize_t got; (got = recv(fd, piece, sizeof(piece), 0)) > 0;) {
        dechunk(&d, piece, (size_t)got);
    }
    T_CHECK(!d.is_wrong);
    T_EQ(d.at, STREAM_BYTES);
    T_HAS(mcp_str_c(d.tail), "\r\n0\r\n\r\nHTTP/1.1 200 OK");
    T_HAS(mcp_str_c(d.tail), "\"jsonrpc\"");
    ck_assert_msg(cpu_ms(&s) - cpu < 3000, "%ld ms of CPU", cpu_ms(&s) - cpu);
    close(fd);
    stop(&s);
}

static size_t drink(int fd)
{
    static char piece[65536];
    size_t n = 0;

    for (ssize_t got; (got = recv(fd, piece, sizeof(piece), 0)) > 0;) {
        n += (size_t)got;
    }
    close(fd);
    return n;
}

/* Each answer is written at once, so one of them leaves a partial write in lws; then more requests
 * arrive. */
static void a_peer_that_asks_and_does_not_read_costs_nothing_and_gets_all(void)
{
    enum { REQUESTS = 150 };
    struct process s = serve();
    int fd = dial(&s);

    put(fd, LAST("/stream?60000"));
    size_t last = drink(fd), others = last - strlen("\r\nConnection: close");

    fd = try_dial(&s, 65536);
    for (int i = 1; i < REQUESTS; i++) {
        put(fd, GET("/stream?60000"));
        pause_ms(2);
    }
    put(fd, LAST("/stream?60000"));
    pause_ms(200);
    long cpu = cpu_ms(&s);

    pause_ms(1000);
    ck_assert_msg(cpu_ms(&s) - cpu <= 100, "spins: %ld ms of 1000", cpu_ms(&s) - cpu);
    T_EQ(drink(fd), others * (REQUESTS - 1) + last);
    stop(&s);
}

static void a_peer_that_never_reads_is_cut(void)
{
    struct process s = serve();
    int fd = try_dial(&s, 8192);

    put(fd, GET("/stream?8388608"));
    await_gone(&s, "0 of 2");
    long cpu = cpu_ms(&s);

    pause_ms(2000);
    ck_assert_msg(cpu_ms(&s) - cpu <= 200, "spins: %ld ms of 2000", cpu_ms(&s) - cpu);
    await_gone(&s, "0 of 1");
    close(fd);
    stop(&s);
}

/* ---- Many ------------------------------------------------------------------------------------ */

/* The connections that the limit of descriptors leaves room for, at most 10,000; the limit is
 * raised for it where we may. Fewer are said to be fewer. */
static int most_connections(void)
{
    struct rlimit limit, high;

    T_CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    high = limit;
    high.rlim_cur = 32768;
    high.rlim_max = high.rlim_max < high.rlim_cur ? high.rlim_cur : high.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &high)) {
        limit.rlim_cur = limit.rlim_max;
        T_CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
        high = limit;
    }
    if (high.rlim_cur >= 10200) {
        return 10000;
    }
    int most = high.rlim_cur > 300 ? (int)(high.rlim_cur - 200) / 100 * 100 : 100;

    printf("# SKIP 10000 idle connections: RLIMIT_NOFILE is %llu, %d are tried\n",
           (unsigned long long)high.rlim_cur, most);
    return most;
}

static void ten_thousand_idle_connections_cost_nothing(void)
{
    int want = most_connections();
    static int fds[10000];
    struct process s = serve();
    char text[1024];
    char connections[32];

    for (int i = 0; i < want; i++) {
        fds[i] = dial(&s);
        put(fds[i], GET("/hello")); /* who says nothing has only the time of a head */
        T_CHECK(get_until(fds[i], "\"jsonrpc\"", text, sizeof(text)));
    }
    snprintf(connections, sizeof(connections), "0 of %d", want + 1);
    await_gone(&s, connections);
    long cpu = cpu_ms(&s);

    pause_ms(2000);
    ck_assert_msg(cpu_ms(&s) - cpu <= 100, "%ld ms of 2000 while idle", cpu_ms(&s) - cpu);
    for (int i = 0; i < want; i += want / 100) {
        put(fds[i], GET("/hello"));
        T_CHECK(get_until(fds[i], "\"jsonrpc\"", text, sizeof(text)));
    }
    kill(s.pid, SIGTERM); /* idle ones are closed at once */
    T_EQ(recv(fds[1], text, sizeof(text), 0), 0);
    T_EQ(wait_exit(&s), 0);
}

static void out_of_descriptors_turns_away_and_recovers(void)
{
    struct process s = spawn("127.0.0.1:0", NULL, NULL, 64);
    int fds[100];
    char text[1024];

    for (int i = 0; i < 100; i++) {
        fds[i] = dial(&s);
    }
    put(fds[0], GET("/hello"));
    T_CHECK(get_until(fds[0], "\"jsonrpc\"", text, sizeof(text)));
    pause_ms(500);
    long cpu = cpu_ms(&s);

    pause_ms(1000);
    ck_assert_msg(cpu_ms(&s) - cpu <= 100, "spins: %ld ms of 1000", cpu_ms(&s) - cpu);
    put(fds[0], GET("/hello"));
    T_CHECK(get_until(fds[0], "\"jsonrpc\"", text, sizeof(text)));
    T_EQ(recv(fds[99], text, sizeof(text), 0), 0);
    for (int i = 0; i < 100; i++) {
        close(fds[i]);
    }
    pause_ms(500);
    await_gone(&s, "0 of 1");
    stop(&s);
}

/* ---- Addresses ------------------------------------------------------------------------------- */

static int dial_unix(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
    T_EQ(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    return fd;
}

static void a_unix_socket_is_private_and_replaces_a_stale_one(void)
{
    char dir[] = "/tmp/wire-unix-XXXXXX", address[64], text[1024];
    struct stat st;

    T_CHECK(mkdtemp(dir) != NULL);
    snprintf(address, sizeof(address), "unix:%s/s", dir);
    struct process s = spawn(address, NULL, NULL, 0);

    T_STR(mcp_str_c(s.address), address);
    T_EQ(stat(address + 5, &st), 0);
    T_EQ(st.st_mode & 0777, 0600);
    struct process second = spawn(address, NULL, NULL, 0); /* somebody listens */

    T_EQ(wait_exit(&second), 1);
    int fd = dial_unix(address + 5);

    put(fd, LAST("/hello"));
    get_all(fd, text, sizeof(text));
    T_HAS(mcp_str_c(text), "200 OK");
    close(fd);
    kill(s.pid, SIGKILL); /* leaves its file behind */
    wait_exit(&s);
    T_EQ(stat(address + 5, &st), 0);
    s = spawn(address, NULL, NULL, 0);
    T_STR(mcp_str_c(s.address), address);
    stop(&s);
    T_EQ(stat(address + 5, &st), -1);
    rmdir(dir);
}

static void refused_start(const char *address, const char *why)
{
    struct process s = spawn(address, NULL, NULL, 0);
    int status = 0;
    char err[1024];

    waitpid(s.pid, &status, 0);
    T_STR(mcp_str_c(s.address), "");
    T_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    take_err(&s, err, sizeof(err));
    T_HAS(mcp_str_c(err), why);
}

static void addresses_that_cannot_be_are_refused_with_a_sentence(void)
{
    struct process s = serve();

    refused_start("0.0.0.0:0", "public");
    refused_start("[::]:0", "public");
    refused_start("example.org:80", "not an address");
    refused_start("127.0.0.1", "not an address");
    refused_start("127.0.0.1:65536", "not an address");
    refused_start("unix:", "1 to 107");
    refused_start("unix:/etc/passwd", "cannot listen");
    refused_start(s.address, "in use");
    stop(&s);
    s = spawn("[::1]:0", NULL, NULL, 0);
    T_HAS(mcp_str_c(s.address), "[::1]:");
    stop(&s);
}

/* ---- Stopping -------------------------------------------------------------------------------- */

static void a_graceful_stop_finishes_the_call_in_flight(void)
{
    struct process s = serve();
    char text[1024];
    int idle = dial(&s), busy = dial(&s);

    put(busy, GET("/late"));
    await_gone(&s, "0 of 3");
    kill(s.pid, SIGTERM);
    T_EQ(recv(idle, text, sizeof(text), 0), 0);
    T_EQ(try_dial(&s, 0), -1);
    get_all(busy, text, sizeof(text));
    T_HAS(mcp_str_c(text), "late");
    T_HAS(mcp_str_c(text), "Connection: close");
    close(busy);
    T_EQ(wait_exit(&s), 0);
}

static void a_second_signal_stops_at_once(void)
{
    struct process s = serve();
    int64_t begin;
    int fd = dial(&s);

    put(fd, GET("/never"));
    await_gone(&s, "0 of 2");
    kill(s.pid, SIGTERM);
    while (try_dial(&s, 0) >= 0) { /* until it took the first one */
        pause_ms(10);
    }
    begin = now_ms();
    kill(s.pid, SIGTERM);
    T_EQ(wait_exit(&s), 1);
    T_CHECK(now_ms() - begin < 3000);
    close(fd);
}

/* ---- TLS ------------------------------------------------------------------------------------- */

static void tls_serves_the_same_bytes(void)
{
    char dir[] = "/tmp/wire-tls-XXXXXX", cert[64], key[64], command[1024], text[256];

    T_CHECK(mkdtemp(dir) != NULL);
    snprintf(cert, sizeof(cert), "%s/cert", dir);
    snprintf(key, sizeof(key), "%s/key", dir);
    snprintf(command, sizeof(command),
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 "
             "-subj /CN=localhost -keyout %s -out %s 2>/dev/null",
             key, cert);
    T_EQ(system(command), 0);
    struct process s = spawn("127.0.0.1:0", cert, key, 0);

    T_CHECK(s.port != 0);
    snprintf(command, sizeof(command),
             "curl -sk -m 20 https://%s/hello; curl -sk -m 20 'https://%s/stream?8388608' | wc -c;"
             "head -c 900000 /dev/zero | curl -sk -m 20 --data-binary @- https://%s/echo | wc -c;"
             "curl -sk -0 -m 20 'https://%s/stream?9' | wc -c",
             s.address, s.address, s.address, s.address);
    FILE *p = popen(command, "r");
    size_t n = fread(text, 1, sizeof(text) - 1, p);

    pclose(p);
    text[n] = '\0';
    T_HAS(mcp_str_c(text), "\"jsonrpc\"");
    T_HAS(mcp_str_c(text), "8388608\n900000\n9\n");
    kill(s.pid, SIGHUP); /* the same files again */
    int fd = dial(&s);   /* not TLS: closed, not answered */

    put(fd, GET("/hello"));
    get_all(fd, text, sizeof(text));
    T_CHECK(!strstr(text, "200"));
    close(fd);
    fd = dial(&s);
    int64_t begin = now_ms();

    T_EQ(write(fd, "\x16\x03\x01\x02", 4), 4); /* a handshake that goes no further */
    get_all(fd, text, sizeof(text));
    T_CHECK(now_ms() - begin < 10000);
    close(fd);
    stop(&s);
    unlink(cert);
    unlink(key);
    rmdir(dir);
}

static const struct t_case cases[] = {
    T(a_byte_at_a_time_is_a_request),
    T(a_peer_that_leaves_in_mid_body_is_forgotten),
    T(a_half_close_and_a_reset_end_an_open_call),
    T(a_slow_sender_gets_408),
    T(a_peer_that_says_nothing_is_closed_in_a_heads_time),
    T(nothing_after_a_bad_request_is_executed),
    T(a_hundred_pipelined_requests_are_answered_in_order),
    T(a_slow_reader_gets_every_byte_and_nobody_spins),
    T(a_peer_that_asks_and_does_not_read_costs_nothing_and_gets_all),
    T(a_peer_that_never_reads_is_cut),
    T(ten_thousand_idle_connections_cost_nothing),
    T(out_of_descriptors_turns_away_and_recovers),
    T(a_unix_socket_is_private_and_replaces_a_stale_one),
    T(addresses_that_cannot_be_are_refused_with_a_sentence),
    T(a_graceful_stop_finishes_the_call_in_flight),
    T(a_second_signal_stops_at_once),
    T(tls_serves_the_same_bytes),
};
T_MAIN_APART("wire", cases)
