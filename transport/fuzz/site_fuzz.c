/* transport/fuzz/site_fuzz.c - the whole HTTP path above the socket: framing, guard, auth,
 * endpoint, sessions, streams with Last-Event-ID, HTTP+SSE with ?sessionId=, the card with
 * If-None-Match.
 *
 * Lines. A line of one of these forms acts, any other is said on the connection as it is, with
 * CRLF:
 *
 *     >2        on connection 2 (0 to 3)      +500     the clock goes on, in milliseconds
 *     x         it is hung up                 c        everything has changed
 *     =TEXT     Content-Length, the empty line and TEXT as the body
 *
 * $session, $event and $sse are the newest Mcp-Session-Id, id of an event and sessionId.
 * Properties: what comes out begins with a status of ours and one framing, every id of an event is
 * one that would be taken back, and when everybody is gone nothing is in flight. */
#include <mcp/fuzz/fuzz.h>
#include <transport/http_conn.h>
#include <transport/http_site.h>
#include <transport/http_stream.h>
#include <transport/test/slow_tool.h>

enum { LINES = 4, WORD_MAX = 80, OUT_MAX = 1 << 22, TIME_MAX = 100000 };

struct line {
    struct mcp__http_conn *conn;
    struct mcp_buf out;
};

struct place {
    int64_t now_ms;
    struct mcp_server *server;
    struct mcp__http_wire wire;
    struct mcp__http_site *site;
    struct line lines[LINES];
    char session[WORD_MAX], event[WORD_MAX], sse[WORD_MAX];
};

static int64_t now(void *user)
{
    return ((struct place *)user)->now_ms;
}

/* ---- The connections ---- */

static ptrdiff_t take(void *io, const char *bytes, size_t n, bool *ret_is_stuck)
{
    *ret_is_stuck = false;
    mcp_buf_add(&((struct line *)io)->out, mcp_str_n(bytes, n));
    return (ptrdiff_t)n;
}

static void on_pause(void *io, bool is_paused)
{
    (void)io, (void)is_paused;
}

static void on_shut(void *io)
{
    (void)io;
}

static void on_close(void *io, bool is_hard)
{
    (void)io, (void)is_hard;
}

static const struct mcp__http_io IO = {take, on_pause, on_shut, on_close};

static void handle(void *user, struct mcp_http_exchange *ex)
{
    mcp__http_site_handle(((struct place *)user)->site, ex);
}

static bool is_rpc(void *user, mcp_str path)
{
    return mcp__http_site_is_mcp(((struct place *)user)->site, path);
}

static mcp_err verify(void *user, mcp_str credential, struct mcp_principal *ret)
{
    (void)user;
    if (credential.len > 1) {
        return MCP_E_UNAUTHORIZED;
    }
    *ret = (struct mcp_principal){.scopes = "*"};
    ret->id[0] = credential.len ? (uint8_t)credential.ptr[0] : 1;
    ret->owner = ret->id[0];
    return MCP_OK;
}

static const struct mcp_http_options OPTIONS = {
    .endpoint = "/mcp",
    .allowed_hosts = "a",
    .allowed_origins = "",
    .verify = verify,
    .connections_max = 10,
    .head_bytes_max = 4096,
    .target_bytes_max = 1024,
    .headers_max = 30,
    .body_bytes_max = 65536,
    .trailer_bytes_max = 60,
    .backlog_bytes_max = 1 << 20,
    .pipeline_bytes_max = 4096,
    .head_timeout_ms = 10000,
    .body_timeout_ms = 30000,
    .idle_timeout_ms = 75000,
    .write_timeout_ms = 30000,
    .keep_alive_ms = 15000,
    .sessions_max = 4,
    .sessions_per_token_max = 3,
    .session_idle_ms = 60000,
    .replay_bytes_max = 4096,
    .replay_events_max = 8,
    .replay_total_bytes_max = 8192,
    .results_bytes_max = 8192,
    .retry_ms = 1000,
    .drain_ms = 10000,
};

static void open_place(struct place *p)
{
    const struct mcp_tool_set tools = {SLOW_TOOLS, &p->server};
    const struct mcp_server_options server = {.name = "fuzz",
                                              .version = "1",
                                              .tools = &tools,
                                              .n_tools = 1,
                                              .announces = MCP_CHANGED_TOOLS | MCP_CHANGED_RESOURCE,
                                              .has_logging = true,
                                              .clock = {now, now, p}};
    char why[200];

    *p = (struct place){.now_ms = 1000000};
    for (int i = 0; i < LINES; i++) {
        mcp_buf_init(&p->lines[i].out, OUT_MAX);
    }
    mcp__http_wire_init(&p->wire, &OPTIONS, &IO);
    p->wire.handle = handle;
    p->wire.is_rpc = is_rpc;
    p->wire.user = p;
    p->server = mcp_server_new(&server, why, sizeof(why));
    FUZZ_CHECK(p->server != NULL);
    p->site = mcp__http_site_new(p->server, &OPTIONS, false, why, sizeof(why));
    FUZZ_CHECK(p->site != NULL);
}

static void turn(struct place *p)
{
    p->wire.now_ms = p->now_ms;
    mcp__http_wire_turn(&p->wire);
    (void)mcp_server_tick(p->server);
    (void)mcp__http_site_tick(p->site);
}

/* ---- What came out ---- */

static bool is_status_of_ours(mcp_str out)
{
    static const char *const ALL[] = {"100", "200", "202", "204", "304", "400", "401", "403",
                                      "404", "405", "406", "408", "411", "413", "414", "415",
                                      "417", "429", "431", "500", "501", "503", "505"};
    bool is_known = false;

    for (size_t i = 0; i < sizeof(ALL) / sizeof(ALL[0]); i++) {
        is_known |= mcp_str_starts(out, mcp_str_c(ALL[i]));
    }
    return is_known;
}

/* The word behind the last `before` in `out`; kept as it was when there is none. */
static void keep(mcp_str out, const char *before, char ret[WORD_MAX])
{
    mcp_str start = mcp_str_c(before);

    for (size_t i = 0; i + start.len < out.len; i++) {
        mcp_str rest = {out.ptr + i, out.len - i};

        if (mcp_str_starts(rest, start)) {
            size_t n = 0;

            rest = mcp_str_n(rest.ptr + start.len, rest.len - start.len);
            while (n < rest.len && n < WORD_MAX - 1 && (unsigned char)rest.ptr[n] > ' ') {
                ret[n] = rest.ptr[n];
                n++;
            }
            ret[n] = '\0';
        }
    }
}

static void judge(struct place *p, struct line *l)
{
    mcp_str out = mcp_buf_str(&l->out), version = MCP_STR("HTTP/1.1 ");
    char event[WORD_MAX] = "";
    uint32_t number;
    uint64_t serial;
    bool is_call;

    if (mcp_str_starts(out, version)) {
        FUZZ_CHECK(is_status_of_ours(mcp_str_n(out.ptr + version.len, out.len - version.len)));
    }
    keep(out, "\r\nMcp-Session-Id: ", p->session);
    keep(out, "?sessionId=", p->sse);
    keep(out, "\nid: ", event);
    if (event[0]) {
        FUZZ_CHECK(mcp__http_event_id_parse(mcp_str_c(event), &is_call, &number, &serial));
        FUZZ_CHECK(is_call == (event[0] == 'p'));
        memcpy(p->event, event, sizeof(event));
    }
    mcp_buf_clear(&l->out);
}

/* ---- What is done ---- */

static void hang_up(struct place *p, struct line *l)
{
    if (l->conn) {
        mcp__http_conn_free(l->conn);
        l->conn = NULL;
        turn(p);
    }
}

static void say(struct place *p, struct line *l, mcp_str bytes)
{
    if (!l->conn) {
        l->conn = mcp__http_conn_new(&p->wire, l, MCP_STR("127.0.0.1"));
    }
    mcp__http_conn_input(l->conn, bytes.ptr, bytes.len);
    turn(p);
    judge(p, l);
}

static void add_words(const struct place *p, struct mcp_buf *out, mcp_str text)
{
    while (text.len) {
        const char *word = NULL;

        for (int i = 0; i < 3 && *text.ptr == '$'; i++) {
            static const char *const NAMES[] = {"$session", "$event", "$sse"};
            const char *const words[] = {p->session, p->event, p->sse};

            if (mcp_str_starts(text, mcp_str_c(NAMES[i]))) {
                word = words[i];
                text = mcp_str_n(text.ptr + strlen(NAMES[i]), text.len - strlen(NAMES[i]));
                break;
            }
        }
        if (word) {
            mcp_buf_add_c(out, word);
        } else {
            mcp_buf_byte(out, *text.ptr);
            text = mcp_str_n(text.ptr + 1, text.len - 1);
        }
    }
}

static void say_line(struct place *p, struct line *l, mcp_str text)
{
    struct mcp_buf said, body;
    bool is_body = text.len && text.ptr[0] == '=';

    mcp_buf_init(&said, OUT_MAX);
    mcp_buf_init(&body, OUT_MAX);
    add_words(p, &body, is_body ? mcp_str_n(text.ptr + 1, text.len - 1) : text);
    if (is_body) {
        mcp_buf_printf(&said, "Content-Length: %zu\r\n\r\n", body.len);
    }
    mcp_buf_add(&said, mcp_buf_str(&body));
    if (!is_body) {
        mcp_buf_add_c(&said, "\r\n");
    }
    say(p, l, mcp_buf_str(&said));
    mcp_buf_free(&said);
    mcp_buf_free(&body);
}

static void pass_time(struct place *p, mcp_str text)
{
    uint64_t ms;

    if (mcp_str_uint(text, TIME_MAX, &ms)) {
        p->now_ms += (int64_t)ms;
        mcp__http_wire_sweep(&p->wire, p->now_ms, p->now_ms);
        turn(p);
    }
}

static void act(struct place *p, struct line **l, mcp_str text)
{
    mcp_str rest = mcp_str_n(text.ptr + 1, text.len ? text.len - 1 : 0);

    if (text.len == 2 && text.ptr[0] == '>') {
        *l = &p->lines[(unsigned char)text.ptr[1] % LINES];
    } else if (text.len && text.ptr[0] == '+') {
        pass_time(p, rest);
    } else if (mcp_str_eq(text, MCP_STR("x"))) {
        hang_up(p, *l);
    } else if (mcp_str_eq(text, MCP_STR("c"))) {
        mcp_server_changed(p->server, MCP_CHANGED_TOOLS, MCP_STR(""));
        mcp_server_changed(p->server, MCP_CHANGED_RESOURCE, MCP_STR(""));
        turn(p);
    } else {
        say_line(p, *l, text);
    }
    for (int i = 0; i < LINES; i++) {
        judge(p, &p->lines[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mcp_str rest = {(const char *)data, size};
    struct place p;
    struct line *l = &p.lines[0];

    open_place(&p);
    for (int i = 0; i < 60 && rest.len; i++) {
        act(&p, &l, mcp_str_cut(&rest, '\n'));
    }
    for (int i = 0; i < LINES; i++) {
        hang_up(&p, &p.lines[i]);
        mcp_buf_free(&p.lines[i].out);
    }
    mcp__http_site_free(p.site);
    FUZZ_CHECK(mcp_server_calls(p.server) == 0);
    mcp__http_wire_free(&p.wire);
    mcp_server_free(p.server);
    return 0;
}
