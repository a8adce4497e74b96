/* mcp/fuzz/talk_fuzz.c - whole conversations with a server that has a row of every kind.
 *
 * The first byte: bits 0 and 1 the revision of a legacy session, 4 whether one is initialized
 * first, 8 the store of tasks answers late, 16 it refuses, 32 changes are announced, 64 rows are
 * hidden from who lacks their scope. Then lines, each a message or one of
 *
 *     +500      the clock goes on            p1        principal 1 speaks (0: all scopes; 2: five
 *     w         what is with workers runs              calls a minute)
 *     s         the store answers            hNAME     HTTP, Mcp-Name: NAME
 *     c         everything has changed       l         lines again, without headers
 *     g         the last caller is gone      iNAME {}  NAME is invoked, as REST does
 *     r         or another listens for it    k3{}      before the first message: a stored task that
 *     x         the session ends                       ended as 3, with a result or error
 *     a         the session has a channel    m3        no memory from the third allocation of the
 *                                                      next line
 *
 * In a message $task, $state, $ask and $cursor are the newest taskId, requestState, id of a request
 * to the client, nextCursor. Properties: every message conforms to the schema of its revision
 * (wire.h); each request is answered once, with its id, unless it was cancelled; who is gone hears
 * nothing; when everybody is gone nothing is in flight. */
#include "talk_rows.h"

#include <mcp/test/executor.h>
#include <mcp/test/wire.h>

enum { LINES_MAX = 32, IDS_MAX = 32, INVOKED_MAX = 8, WORD_MAX = 4096 };

struct ear {
    struct wire wire; /* first */
    struct talk *talk;
    struct mcp_buf sent;
    bool is_starved; /* then an id is taken from what could not be read */
};

struct invoked {
    struct mcp_outcome_sink sink; /* first */
    int finishes;
};

struct talk {
    struct mcp_server *server;
    struct mcp_session *session;
    struct executor executor;
    struct mcp_peer peer;
    struct mcp_http_claims http;
    char name[WORD_MAX], method[64]; /* of http */
    int64_t now_ms;
    size_t starve; /* nth allocation of this line that is refused; 0: none */
    char saving[IDS_MAX][64];
    size_t n_saving;
    bool is_late, is_refusing, has_cancelled;
    struct ear ears[LINES_MAX];
    size_t n;
    struct ear channel; /* of the session */
    struct invoked invoked[INVOKED_MAX];
    size_t n_invoked;
    char task[WORD_MAX], state[WORD_MAX], ask[WORD_MAX], cursor[WORD_MAX];
};

/* ---- What the server is given ---- */

static void log_line(void *user, enum mcp_log_level level, mcp_str line)
{
    (void)user, (void)level;
    FUZZ_CHECK(line.len && mcp_str_is_utf8(line));
}

static int64_t now(void *user)
{
    return *(int64_t *)user;
}

static void store_answers(struct talk *t)
{
    while (t->n_saving) {
        char id[64];

        memcpy(id, t->saving[--t->n_saving], sizeof(id));
        mcp_server_task_saved(t->server, mcp_str_c(id), t->is_refusing ? MCP_E_STORAGE : MCP_OK);
    }
}

static void save(void *user, struct mcp_server *s, const struct mcp_task_record *r)
{
    struct talk *t = user;

    FUZZ_CHECK(r->id.len < sizeof(t->saving[0]) && t->n_saving < IDS_MAX);
    snprintf(t->saving[t->n_saving++], sizeof(t->saving[0]), "%.*s", MCP_STR_ARG(r->id));
    t->server = s;
    if (!t->is_late) {
        store_answers(t);
    }
}

static void forget(void *user, mcp_str id)
{
    (void)user;
    FUZZ_CHECK(id.len > 0);
}

static mcp_str header(const void *user, const char *name)
{
    (void)user;
    return name[0] == 'M' ? MCP_STR("x") : mcp_str_n(NULL, 0);
}

static struct mcp_server *make_server(struct talk *t, uint8_t flags)
{
    static const struct mcp_tool_set tools = {TOOLS, NULL};
    static const struct mcp_resource_set resources = {RESOURCES, NULL};
    static const struct mcp_prompt_set prompts = {PROMPTS, NULL};
    static const struct mcp_extension *const extensions[] = {&WEATHER, &SKILLS};
    const struct mcp_server_options opt = {
        .name = "fuzz",
        .version = "1",
        .tools = &tools,
        .n_tools = 1,
        .resources = &resources,
        .n_resources = 1,
        .prompts = &prompts,
        .n_prompts = 1,
        .extensions = extensions,
        .n_extensions = 2,
        .has_logging = true,
        .hiding = flags & 64 ? MCP_HIDE_ALTOGETHER : MCP_HIDE_NOTHING,
        .clock = {now, now, &t->now_ms},
        .log = {.write = log_line, .max = MCP_LOG_DEBUG},
        .page_tools = 3,
        .announces = flags & 32 ? 15 : 0,
        .ask_timeout_ms = 100000,
        .tasks = {.ttl_ms = 200000, .result_bytes_max = 8192, .store = {save, forget, t}},
        .executor = executor_seen(&t->executor),
    };
    char why[200];
    struct mcp_server *s = mcp_server_new(&opt, why, sizeof(why));

    ck_assert_msg(s != NULL, "%s", why);
    return s;
}

/* ---- What it says ---- */

/* Look at what was said with memory, then refuse as before. */
static size_t lift(struct talk *t)
{
    size_t asked = mcp_alloc_count(), left = !t->starve          ? 0
                                             : asked < t->starve ? t->starve - asked
                                                                 : 1;

    mcp_alloc_refuse(0);
    return left;
}

static void lower(struct talk *t, size_t left)
{
    t->starve = left;
    mcp_alloc_refuse(left);
}

static void keep(char word[WORD_MAX], mcp_json v, bool is_raw)
{
    mcp_str raw = mcp_json_raw(v);

    if (!is_raw && raw.len >= 2) {
        raw = mcp_str_n(raw.ptr + 1, raw.len - 2);
    }
    if (raw.len && raw.len < WORD_MAX) {
        snprintf(word, WORD_MAX, "%.*s", MCP_STR_ARG(raw));
    }
}

static void learn(struct talk *t, mcp_str message)
{
    const struct mcp_json_limits limits = {(size_t)1 << 26, 64, (size_t)1 << 20, true};
    struct mcp_arena arena;
    mcp_json v = {NULL, NULL};

    mcp_arena_init(&arena, (size_t)1 << 28);
    if (message.len && mcp_json_read(&arena, message, &limits, &v, NULL) == MCP_OK) {
        mcp_json result = mcp_json_get(v, MCP_STR("result"));

        keep(t->task, mcp_json_get(result, MCP_STR("taskId")), false);
        keep(t->state, mcp_json_get(result, MCP_STR("requestState")), false);
        keep(t->cursor, mcp_json_get(result, MCP_STR("nextCursor")), false);
        if (mcp_json_present(mcp_json_get(v, MCP_STR("method")))) {
            keep(t->ask, mcp_json_get(v, MCP_STR("id")), true);
        }
    }
    mcp_arena_free(&arena);
}

static void hear_note(struct mcp_sink *sink, mcp_str message, bool is_progress)
{
    struct ear *e = (struct ear *)(void *)sink;
    size_t left = lift(e->talk);

    wire_notify(sink, message, is_progress);
    learn(e->talk, message);
    lower(e->talk, left);
}

static void judge(const struct ear *e, mcp_str reply);

static void hear_end(struct mcp_sink *sink, const struct mcp_reply *reply)
{
    struct ear *e = (struct ear *)(void *)sink;
    size_t left = lift(e->talk);

    FUZZ_CHECK(reply->http_status >= 200 && reply->http_status < 600);
    wire_finish(sink, reply);
    judge(e, reply->message);
    learn(e->talk, reply->message);
    lower(e->talk, left);
}

/* ---- What is said to it ---- */

static bool is_id(mcp_json v)
{
    mcp_str raw = mcp_json_raw(v);
    bool digits = raw.len > 0 && mcp_json_type(v) == MCP_JSON_NUMBER;

    for (size_t i = 0; i < raw.len; i++) {
        digits = digits && ((raw.ptr[i] >= '0' && raw.ptr[i] <= '9') || (!i && *raw.ptr == '-'));
    }
    return raw.len <= 256 && (mcp_json_type(v) == MCP_JSON_STRING || digits);
}

static bool is_request(mcp_json v)
{
    return is_id(mcp_json_get(v, MCP_STR("id"))) &&
           mcp_json_type(mcp_json_get(v, MCP_STR("method"))) == MCP_JSON_STRING;
}

/* The one reply to what was said: of a request with its id, of anything else an error or nothing.
 * Only a call that was cancelled, or whose session has ended, ends without a word. */
static void judge(const struct ear *e, mcp_str reply)
{
    const struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT,
                                 wide = {(size_t)1 << 26, 64, 1 << 20, true};
    struct mcp_arena arena;
    mcp_json sent = {NULL, NULL}, heard = {NULL, NULL};

    mcp_arena_init(&arena, (size_t)1 << 28);
    mcp_err err = mcp_json_read(&arena, mcp_buf_str(&e->sent), &limits, &sent, NULL);

    FUZZ_CHECK(!err || reply.len || e->is_starved);
    FUZZ_CHECK(!reply.len || mcp_json_read(&arena, reply, &wide, &heard, NULL) == MCP_OK);
    mcp_json id = mcp_json_get(heard, MCP_STR("id"));

    if (mcp_json_type(sent) == MCP_JSON_OBJECT && is_request(sent)) {
        FUZZ_CHECK(reply.len || e->talk->has_cancelled);
        FUZZ_CHECK(!reply.len ||
                   mcp_str_eq(mcp_json_raw(id), mcp_json_raw(mcp_json_get(sent, MCP_STR("id")))));
    } else if (mcp_json_type(heard) == MCP_JSON_OBJECT && !e->is_starved) {
        FUZZ_CHECK(mcp_json_type(sent) == MCP_JSON_ARRAY || !mcp_json_present(id) ||
                   mcp_json_type(id) == MCP_JSON_NULL || is_id(mcp_json_get(sent, MCP_STR("id"))));
    } else if (mcp_json_type(heard) == MCP_JSON_ARRAY) {
        FUZZ_CHECK(mcp_json_type(sent) == MCP_JSON_ARRAY &&
                   mcp_json_count(heard) <= mcp_json_count(sent));
    }
    mcp_arena_free(&arena);
}

static bool claims(mcp_json message)
{
    mcp_json params = mcp_json_get(message, MCP_STR("params"));

    return mcp_json_present(mcp_json_get(mcp_json_get(params, MCP_STR("_meta")),
                                         MCP_STR("io.modelcontextprotocol/protocolVersion")));
}

/* The era by what the message means, where wire_listen() only looks for a word. */
static void look(struct talk *t, struct ear *e)
{
    const struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    mcp_str message = mcp_buf_str(&e->sent);
    struct mcp_arena arena;
    mcp_json v = {NULL, NULL};

    wire_listen(&e->wire, &t->peer, message);
    e->wire.asked.is_modern = t->peer.http != NULL;
    mcp_arena_init(&arena, (size_t)1 << 26);
    if (mcp_json_read(&arena, message, &limits, &v, NULL) == MCP_OK) {
        mcp_json method = mcp_json_get(v, MCP_STR("method"));
        mcp_str name = mcp_json_str(method, &arena, MCP_STR(""));

        e->wire.asked.is_modern = e->wire.asked.is_modern || claims(v);
        for (mcp_json m = mcp_json_first(v);
             mcp_json_type(v) == MCP_JSON_ARRAY && mcp_json_present(m); m = mcp_json_next(v, m)) {
            e->wire.asked.is_modern = e->wire.asked.is_modern || claims(m);
        }
        snprintf(t->method, sizeof(t->method), "%.*s", MCP_STR_ARG(name));
        if (mcp_json_str_eq(method, MCP_STR("notifications/cancelled"))) {
            t->has_cancelled = true;
        }
    }
    mcp_arena_free(&arena);
}

static void fill(const struct talk *t, struct mcp_buf *out, mcp_str text)
{
    const struct {
        mcp_str name;
        const char *word;
    } WORDS[] = {{MCP_STR_INIT("$task"), t->task},
                 {MCP_STR_INIT("$state"), t->state},
                 {MCP_STR_INIT("$ask"), t->ask},
                 {MCP_STR_INIT("$cursor"), t->cursor}};

    while (text.len) {
        size_t skip = 0;

        for (size_t i = 0; *text.ptr == '$' && !skip && i < sizeof(WORDS) / sizeof(*WORDS); i++) {
            if (mcp_str_starts(text, WORDS[i].name)) {
                mcp_buf_add_c(out, WORDS[i].word);
                skip = WORDS[i].name.len;
            }
        }
        if (!skip) {
            mcp_buf_byte(out, *text.ptr);
            skip = 1;
        }
        text = mcp_str_n(text.ptr + skip, text.len - skip);
    }
}

static void say(struct talk *t, mcp_str text)
{
    struct ear *e = &t->ears[t->n++];

    wire_init(&e->wire);
    e->wire.sink = (struct mcp_sink){hear_note, hear_end};
    e->talk = t;
    e->is_starved = t->starve;
    mcp_buf_init(&e->sent, (size_t)1 << 26);
    fill(t, &e->sent, text);
    look(t, e);
    t->http.method = mcp_str_c(t->method);
    mcp_alloc_refuse(t->starve);
    mcp_server_handle(t->server, mcp_buf_str(&e->sent), &t->peer, &e->wire.sink);
}

/* ---- What happens meanwhile ---- */

static void be(struct talk *t, char who)
{
    t->peer.principal = (struct mcp_principal){.scopes = ""};
    if (who == '0') {
        t->peer.principal.scopes[0] = '*';
    }
    t->peer.principal.id[0] = (uint8_t)who;
    t->peer.principal.rate_per_minute = who == '2' ? 5 : 0;
}

static void open_session(struct talk *t)
{
    t->session = mcp_session_new(t->server);
    FUZZ_CHECK(t->session);
    t->peer.session = t->session;
}

/* Whoever has not been answered hears nothing more. */
static void leave(struct talk *t, struct ear *e)
{
    if (!e->wire.finishes && !e->wire.is_gone) {
        mcp_server_cancel(t->server, &e->wire.sink);
        e->wire.is_gone = true;
    }
}

/* Its answer goes to another connection. */
static void redirect(struct talk *t)
{
    struct ear *from = &t->ears[t->n - 1], *to = &t->ears[t->n];

    if (from->wire.finishes || from->wire.is_gone || t->n == LINES_MAX) {
        return;
    }
    t->n++;
    *to = *from;
    mcp_buf_init(&from->sent, 0);
    mcp_buf_init(&from->wire.notes, 0);
    mcp_buf_init(&from->wire.reply, 0);
    from->wire.is_gone = true;
    mcp_server_redirect(t->server, &from->wire.sink, &to->wire.sink);
}

static void attach(struct talk *t)
{
    wire_free(&t->channel.wire);
    wire_init(&t->channel.wire);
    t->channel.wire.sink = (struct mcp_sink){hear_note, NULL};
    t->channel.wire.in = t->session;
    t->channel.talk = t;
    (void)mcp_session_attach(t->session, &t->channel.wire.sink, NULL);
}

static void hear_outcome(struct mcp_outcome_sink *sink, const struct mcp_outcome *o)
{
    struct invoked *i = (struct invoked *)(void *)sink;

    FUZZ_CHECK(!i->finishes);
    FUZZ_CHECK(!o->err || o->message.len);
    i->finishes++;
}

static void invoke(struct talk *t, mcp_str text)
{
    mcp_str name = mcp_str_cut(&text, ' ');
    struct invoked *i = &t->invoked[t->n_invoked];

    if (t->n_invoked < INVOKED_MAX) {
        t->n_invoked++;
        i->sink = (struct mcp_outcome_sink){.finish = hear_outcome};
        mcp_server_invoke(t->server, name, text, &t->peer.principal, &i->sink);
    }
}

static void restore(struct talk *t, mcp_str text)
{
    struct mcp_task_record r = {.id = MCP_STR("kept"), .created_ms = t->now_ms, .ttl_ms = 60000};

    if (t->n || !text.len) {
        return;
    }
    r.status = (enum mcp_task_status)(text.ptr[0] - '0');
    r.outcome = mcp_str_n(text.ptr + 1, text.len - 1);
    if (r.outcome.len && strchr("{ \t\r", r.outcome.ptr[0])) { /* what a store holds is ours */
        r.outcome = r.status == MCP_TASK_FAILED
                        ? MCP_STR("{\"code\":1,\"message\":\"m\"}")
                        : MCP_STR("{\"resultType\":\"complete\",\"content\":[]}");
    }
    memcpy(r.principal, t->peer.principal.id, sizeof(r.principal));
    (void)mcp_server_restore_task(t->server, &r);
}

static void pass(struct talk *t, int64_t ms)
{
    t->now_ms += ms;
    mcp_server_tick(t->server);
}

static void change(struct talk *t)
{
    mcp_server_changed(t->server, MCP_CHANGED_TOOLS, MCP_STR(""));
    mcp_server_changed(t->server, MCP_CHANGED_PROMPTS, MCP_STR(""));
    mcp_server_changed(t->server, MCP_CHANGED_RESOURCES, MCP_STR(""));
    mcp_server_changed(t->server, MCP_CHANGED_RESOURCE, MCP_STR("a://one"));
    mcp_server_extension_changed(t->server, "com.example/weather", MCP_STR("gone"));
    mcp_server_extension_changed(t->server, "com.example/weather", MCP_STR("here"));
}

static void claim(struct talk *t, mcp_str name)
{
    struct mcp_buf out;

    mcp_buf_init(&out, WORD_MAX);
    fill(t, &out, name);
    snprintf(t->name, sizeof(t->name), "%.*s", MCP_STR_ARG(mcp_buf_str(&out)));
    mcp_buf_free(&out);
    t->http = (struct mcp_http_claims){
        .protocol_version = MCP_STR("2026-07-28"), .name = mcp_str_c(t->name), .header = header};
    t->peer.http = &t->http;
    t->peer.claim = MCP_SESSION_ABSENT;
}

static int64_t number(mcp_str s)
{
    int64_t n = 0;

    for (size_t i = 0; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9' && n < 1000000; i++) {
        n = n * 10 + (s.ptr[i] - '0');
    }
    return n;
}

static void obey(struct talk *t, mcp_str line)
{
    mcp_str rest = mcp_str_n(line.ptr + 1, line.len - 1);

    switch (line.ptr[0]) {
    case '+':
        pass(t, number(rest));
        return;
    case 'w':
        executor_all(&t->executor);
        return;
    case 's':
        store_answers(t);
        return;
    case 'c':
        change(t);
        return;
    case 'g':
        if (t->n) {
            leave(t, &t->ears[t->n - 1]);
        }
        return;
    case 'x':
        t->has_cancelled = true;
        mcp_session_free(t->session);
        lower(t, 0);
        open_session(t);
        return;
    case 'p':
        be(t, rest.len ? rest.ptr[0] : '0');
        return;
    case 'h':
        claim(t, rest);
        return;
    case 'r':
        if (t->n) {
            redirect(t);
        }
        return;
    case 'a':
        attach(t);
        return;
    case 'i':
        invoke(t, rest);
        return;
    case 'k':
        restore(t, rest);
        return;
    case 'l':
        t->peer.http = NULL;
        t->peer.claim = MCP_SESSION_FOUND;
    }
}

static void run_line(struct talk *t, mcp_str line)
{
    bool is_command = line.len && strchr("+wscgxphlraik", line.ptr[0]);

    if (!line.len || (!is_command && t->n == LINES_MAX)) {
        return;
    }
    if (is_command) {
        mcp_alloc_refuse(t->starve);
        obey(t, line);
    } else {
        say(t, line);
    }
    lower(t, 0);
    mcp_server_tick(t->server);
}

static void run(struct talk *t, mcp_str text)
{
    while (text.len) {
        mcp_str line = mcp_str_cut(&text, '\n');

        if (line.len && line.ptr[0] == 'm') {
            t->starve = (size_t)number(mcp_str_n(line.ptr + 1, line.len - 1));
        } else {
            run_line(t, line);
        }
    }
}

/* ---- The end ---- */

static size_t unanswered(const struct talk *t)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++) {
        n += !t->ears[i].wire.finishes && !t->ears[i].wire.is_gone;
    }
    return n;
}

static void settle(struct talk *t)
{
    for (int i = 0; i < 4; i++) {
        executor_all(&t->executor);
        store_answers(t);
        pass(t, MS_MAX + 1); /* longer than any handler, client or task is waited for */
    }
}

static void end(struct talk *t)
{
    lower(t, 0);
    settle(t);
    FUZZ_CHECK(unanswered(t) <= mcp_server_waiting(t->server)); /* those who listen */
    mcp_server_stop_listening(t->server);
    mcp_server_tick(t->server);
    t->has_cancelled = true;
    mcp_session_free(t->session);
    for (size_t i = 0; i < t->n; i++) {
        FUZZ_CHECK(t->ears[i].wire.finishes || t->ears[i].wire.is_gone);
    }
    settle(t);
    FUZZ_CHECK(mcp_server_calls(t->server) == 0 && mcp_server_waiting(t->server) == 0);
    FUZZ_CHECK(mcp_server_working(t->server) == 0 && mcp_server_tasks(t->server) == 0);
    for (size_t i = 0; i < t->n_invoked; i++) {
        FUZZ_CHECK(t->invoked[i].finishes == 1);
    }
    mcp_server_free(t->server);
    wire_free(&t->channel.wire);
    for (size_t i = 0; i < t->n; i++) {
        wire_free(&t->ears[i].wire);
        mcp_buf_free(&t->ears[i].sent);
    }
}

static void initialize(struct talk *t, uint8_t which)
{
    static const char *const REVS[] = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"};
    char text[600];
    int n = snprintf(text, sizeof(text),
                     "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{"
                     "\"protocolVersion\":\"%s\",\"capabilities\":{\"elicitation\":{\"form\":{},"
                     "\"url\":{}},\"sampling\":{\"tools\":{}},\"roots\":{},\"extensions\":{"
                     "\"com.example/weather\":{},\"io.modelcontextprotocol/ui\":{\"mimeTypes\":["
                     "\"" MCP_UI_MIME_TYPE "\"]}}},"
                     "\"clientInfo\":{\"name\":\"c\",\"version\":\"1\"}}}",
                     REVS[which & 3]);

    run_line(t, mcp_str_n(text, (size_t)n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct talk t;

    if (size < 1) {
        return 0;
    }
    t = (struct talk){.now_ms = 1000000};
    t.is_late = data[0] & 8;
    t.is_refusing = data[0] & 16;
    t.executor.now_ms = &t.now_ms;
    t.server = make_server(&t, data[0]);
    t.peer.claim = MCP_SESSION_FOUND;
    be(&t, '0');
    open_session(&t);
    if (data[0] & 4) {
        initialize(&t, data[0]);
    }
    run(&t, mcp_str_n((const char *)data + 1, size - 1));
    end(&t);
    return 0;
}
