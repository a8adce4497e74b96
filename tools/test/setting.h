/* tools/test/setting.h - a real store in a temporary directory, the tools over it, an engine, and
 * a clock that the test moves. Every result is parsed and checked against its row's own schema. */
#ifndef TOOLS_TEST_SETTING_H
#define TOOLS_TEST_SETTING_H

#include <mcp/schema.h>
#include <mcp/server.h>
#include <mcp/test/t.h>
#include <mcp/timestamp.h>
#include <mcp/work.h>
#include <store/test/place.h>
#include <tools/tools.h>

#include <pthread.h>

#define NOW_MS 1781683331000 /* 2026-06-17T08:02:11.000Z, a Wednesday */
enum { MINUTE_MS = 60000, HOUR_MS = 3600000, DAY_MS = 86400000 };

struct setting {
    struct place place;
    struct store *store;
    struct tools *tools;
    struct mcp_server *server;
    int64_t wall_ms, monotonic_ms;
    bool is_threaded;
    pthread_mutex_t lock;
    pthread_cond_t committed;
    unsigned commits, seen;
    struct mcp_work *works; /* handed over and not run yet, newest first */
    size_t n_worked;
    struct mcp_arena arena; /* of what say() returns */
};

/* What an operation said; lives until the setting is closed. */
struct said {
    struct mcp_outcome_sink sink; /* first */
    struct setting *at;
    int finishes;
    mcp_err err;
    bool is_replayed;
    mcp_str message, text, result; /* result: the structured result's text */
    mcp_str argument;              /* that is at fault */
    struct mcp_limit_state limit;
    mcp_json json;
};

static inline int64_t setting_wall(void *user)
{
    return ((struct setting *)user)->wall_ms;
}

static inline int64_t setting_monotonic(void *user)
{
    return ((struct setting *)user)->monotonic_ms;
}

static inline void setting_wake(void *user)
{
    struct setting *s = user;

    pthread_mutex_lock(&s->lock);
    s->commits++;
    pthread_cond_signal(&s->committed);
    pthread_mutex_unlock(&s->lock);
}

static inline void setting_log(void *user, enum mcp_log_level level, mcp_str line)
{
    (void)user, (void)level;
    fprintf(stderr, "%.*s\n", MCP_STR_ARG(line));
}

static inline struct tools *setting_tools(struct setting *s, const struct tools_options *opt)
{
    struct tools_options o = opt ? *opt : (struct tools_options){0};

    o.clock = (struct mcp_clock){setting_wall, setting_monotonic, s};
    o.has_cheap_passwords = true;
    return tools_new(s->store, &o);
}

/* ---- Workers: what is handed over runs in the next turn ---- */

static inline bool setting_work_start(void *user, struct mcp_work *w)
{
    struct setting *s = user;

    w->next = s->works;
    s->works = w;
    return true;
}

static inline void setting_work_wait(void *user, struct mcp_work *w, int64_t ms)
{
    (void)user, (void)w, (void)ms;
}

static inline void setting_work_rouse(void *user, struct mcp_work *w)
{
    (void)user, (void)w;
}

static inline void setting_work_wake(void *user)
{
    (void)user;
}

static inline void setting_serve(struct setting *s)
{
    char why[256] = "";
    struct mcp_server_options o = {.name = "test", .version = "1", .rate_per_minute = 60};

    o.log = (struct mcp_log){.write = setting_log, .max = MCP_LOG_WARN};
    o.clock = (struct mcp_clock){setting_wall, setting_monotonic, s};
    o.tools = tools_sets(s->tools, &o.n_tools);
    o.resources = tools_resources(s->tools);
    o.n_resources = 1;
    o.prompts = tools_prompts(s->tools);
    o.n_prompts = 1;
    o.announces = MCP_CHANGED_RESOURCE | MCP_CHANGED_RESOURCES;
    o.executor = (struct mcp_executor){.user = s,
                                       .start = setting_work_start,
                                       .wait = setting_work_wait,
                                       .rouse = setting_work_rouse,
                                       .wake = setting_work_wake};
    s->server = mcp_server_new(&o, why, sizeof(why));
    ck_assert_msg(s->server != NULL, "%s", why);
}

static inline void setting_open_with(struct setting *s, const struct tools_options *opt)
{
    memset(s, 0, sizeof(*s));
    s->wall_ms = NOW_MS;
    s->monotonic_ms = 1000;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->committed, NULL);
    mcp_arena_init(&s->arena, (size_t)1 << 28);
    place_init(&s->place);
    s->store = place_open(&s->place);
    s->tools = setting_tools(s, opt);
    T_CHECK(s->tools != NULL);
    setting_serve(s);
}

static inline void setting_open(struct setting *s)
{
    setting_open_with(s, NULL);
}

static inline void setting_thread(struct setting *s)
{
    T_EQ(store_start_writer(s->store, setting_wake, s), MCP_OK);
    s->is_threaded = true;
}

static inline mcp_err setting_check_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    const char *why = tools_check_row(key, value, version);

    ck_assert_msg(!why, "%s", why);
    ++*(size_t *)arg;
    return MCP_OK;
}

static inline mcp_err setting_scan(struct store_txn *txn, void *arg)
{
    return store_scan(txn, MCP_STR("\x10"), MCP_STR("\x70"), false, STORE_SCAN_MAX,
                      setting_check_row, arg);
}

/* Every row is sound; returns how many there are. */
static inline size_t setting_rows(struct setting *s)
{
    size_t n = 0;

    T_EQ(store_read(s->store, setting_scan, &n), MCP_OK);
    return n;
}

static inline void setting_close(struct setting *s)
{
    setting_rows(s);
    mcp_server_free(s->server);
    store_complete(s->store);
    tools_free(s->tools);
    store_close(s->store);
    mcp_arena_free(&s->arena);
    place_free(&s->place);
}

static inline void setting_work(struct setting *s)
{
    struct mcp_work *w = s->works;

    s->works = NULL;
    for (struct mcp_work *next; w; w = next) {
        next = w->next;
        mcp_work_run(w);
        mcp_work_done(w);
        s->n_worked++;
        (void)mcp_server_tick(s->server); /* its next step */
    }
}

/* What a loop does once: let finished writes answer. */
static inline void setting_turn(struct setting *s)
{
    size_t n_worked = s->n_worked;

    setting_work(s);
    if (s->is_threaded && s->n_worked == n_worked) {
        pthread_mutex_lock(&s->lock);
        while (s->commits == s->seen) {
            pthread_cond_wait(&s->committed, &s->lock);
        }
        s->seen = s->commits;
        pthread_mutex_unlock(&s->lock);
    } else {
        (void)mcp_server_tick(s->server); /* what goes on later */
    }
    store_complete(s->store);
}

/* ---- Saying ---- */

static inline void said_check(struct said *said, mcp_str name)
{
    const struct mcp_tool *row = mcp_server_tool(said->at->server, name);
    struct mcp_schema_error e = {0};
    struct mcp_json_limits limits = {(size_t)1 << 26, 32, (size_t)1 << 22, true};

    if (said->err || !said->result.len || !row) {
        return;
    }
    struct mcp_schema *schema = mcp_schema_new(mcp_str_c(row->output_schema), NULL, &e);

    ck_assert_msg(schema != NULL, "%s: %s %s", row->name, e.path, e.text);
    T_EQ(mcp_json_read(&said->at->arena, said->result, &limits, &said->json, NULL), MCP_OK);
    ck_assert_msg(mcp_schema_check(schema, said->json, &said->at->arena, &e), "%s: %s %s\n%.*s",
                  row->name, e.path, e.text, MCP_STR_ARG(said->result));
    mcp_schema_free(schema);
}

static inline void said_finish(struct mcp_outcome_sink *sink, const struct mcp_outcome *o)
{
    struct said *said = (struct said *)sink;

    said->finishes++;
    said->err = o->err;
    said->is_replayed = o->is_replayed;
    said->message = mcp_arena_dup(&said->at->arena, o->message);
    said->text = mcp_arena_dup(&said->at->arena, o->text);
    said->argument = mcp_arena_dup(&said->at->arena, o->argument);
    said->limit = o->limit;
    said->result = mcp_arena_dup(&said->at->arena, o->structured);
}

static inline struct said say_as(struct setting *s, const struct mcp_principal *who,
                                 const char *name, mcp_str arguments)
{
    struct said said = {.sink.finish = said_finish, .at = s};

    mcp_server_invoke(s->server, mcp_str_c(name), arguments, who, &said.sink);
    while (said.finishes == 0) {
        setting_turn(s);
    }
    T_EQ(said.finishes, 1);
    said_check(&said, mcp_str_c(name));
    return said;
}

/* As the operator. `arguments` in JSON, with ' for ". */
static inline struct said say(struct setting *s, const char *name, const char *arguments)
{
    struct mcp_principal who = tools_operator();
    mcp_str text = mcp_arena_dup(&s->arena, mcp_str_c(arguments));

    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'') {
            memcpy((char *)(uintptr_t)(text.ptr + i), "\"", 1);
        }
    }
    return say_as(s, &who, name, text);
}

#define SAY_OK(s, name, arguments)                                                                 \
    do {                                                                                           \
        struct said ok_said = say((s), (name), (arguments));                                       \
        ck_assert_msg(ok_said.err == MCP_OK, "%s: %.*s", (name), MCP_STR_ARG(ok_said.message));    \
    } while (0)

/* It fails with `want` and a sentence that has `part`. */
#define SAY_FAILS(s, operation, arguments, want, part)                                             \
    do {                                                                                           \
        struct said no_said = say((s), (operation), (arguments));                                  \
        ck_assert_msg(no_said.err == (want), "%s gave %s: %.*s", (operation),                      \
                      mcp_err_info(no_said.err)->name, MCP_STR_ARG(no_said.message));              \
        T_HAS(no_said.message, (part));                                                            \
    } while (0)

static inline mcp_json at(mcp_json v, const char *key)
{
    return mcp_json_get(v, mcp_str_c(key));
}

/* A string member of a result. */
static inline mcp_str text_of(struct said *said, mcp_json v, const char *key)
{
    return mcp_json_str(at(v, key), &said->at->arena, mcp_str_n(NULL, 0));
}

/* `format` with the time `ms` in it. */
static inline const char *timed(struct setting *s, const char *before, int64_t ms,
                                const char *after)
{
    char time[MCP_TIMESTAMP_BYTES];
    mcp_str t = mcp_timestamp_format(ms, time);

    return mcp_arena_printf(&s->arena, "%s%.*s%s", before, MCP_STR_ARG(t), after).ptr;
}

#endif
