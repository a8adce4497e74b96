/* mcp/test/task_tools.h - tools that take long, a store of tasks, and a stage with both. */
#ifndef MCP_TEST_TASK_TOOLS_H
#define MCP_TEST_TASK_TOOLS_H

#include <mcp/ask.h>
#include <mcp/call.h>
#include <mcp/task.h>

#include "executor.h"
#include "wire.h"

/* ---- A store ---- */

enum { KEPT_MAX = 64 };

/* A record as the store keeps it. */
struct kept {
    char id[80];
    struct mcp_task_record record; /* its slices are not kept */
    char message[1100], outcome[20000];
};

struct keeper {
    struct kept kept[KEPT_MAX]; /* the durable ones */
    size_t n;
    struct kept waiting[KEPT_MAX]; /* being saved, when it answers late */
    size_t n_waiting;
    bool is_late; /* say when, with keeper_flush() */
    mcp_err err;  /* what it answers */
    int n_saves, n_removes;
};

static inline struct kept *keeper_find(struct keeper *k, mcp_str id)
{
    for (size_t i = 0; i < k->n; i++) {
        if (mcp_str_eq(mcp_str_c(k->kept[i].id), id)) {
            return &k->kept[i];
        }
    }
    return NULL;
}

static inline void kept_copy(struct kept *to, const struct mcp_task_record *r)
{
    T_CHECK(r->outcome.len < sizeof(to->outcome));
    to->record = *r;
    snprintf(to->id, sizeof(to->id), "%.*s", MCP_STR_ARG(r->id));
    snprintf(to->message, sizeof(to->message), "%.*s", MCP_STR_ARG(r->message));
    snprintf(to->outcome, sizeof(to->outcome), "%.*s", MCP_STR_ARG(r->outcome));
}

static inline void keeper_keep(struct keeper *k, const struct kept *it)
{
    struct kept *at = keeper_find(k, mcp_str_c(it->id));

    T_CHECK(at || k->n < KEPT_MAX);
    at = at ? at : &k->kept[k->n++];
    *at = *it;
}

static inline void keeper_save(void *user, struct mcp_server *s, const struct mcp_task_record *r)
{
    struct keeper *k = user;
    static struct kept it;

    k->n_saves++;
    kept_copy(&it, r);
    if (k->is_late) {
        T_CHECK(k->n_waiting < KEPT_MAX);
        for (size_t i = 0; i < k->n_waiting; i++) {
            T_CHECK(strcmp(k->waiting[i].id, it.id) != 0); /* one at a time of one id */
        }
        k->waiting[k->n_waiting++] = it;
        return;
    }
    if (!k->err) {
        keeper_keep(k, &it);
    }
    mcp_server_task_saved(s, mcp_str_c(it.id), k->err);
}

static inline void keeper_remove(void *user, mcp_str id)
{
    struct keeper *k = user;
    struct kept *at = keeper_find(k, id);

    k->n_removes++;
    if (at) {
        *at = k->kept[--k->n];
    }
}

/* Everything that waits is durable now, or refused. */
static inline void keeper_flush(struct keeper *k, struct mcp_server *s)
{
    while (k->n_waiting) {
        struct kept it = k->waiting[--k->n_waiting];

        if (!k->err) {
            keeper_keep(k, &it);
        }
        mcp_server_task_saved(s, mcp_str_c(it.id), k->err);
    }
}

/* ---- Tools ---- */

/* A server with the rows below, one connection, and what its handlers do meanwhile. */
struct plant {
    struct world world;
    struct executor executor;
    struct keeper keeper;
    struct mcp_session *session;
    struct mcp_peer peer;
    struct mcp_call *held[8]; /* by "hold" */
    size_t n_held;
    int n_runs;
    bool was_cancelled; /* seen by the last step of "long" and "block" */
    mcp_err task_err;   /* what mcp_task() last said */
    void (*meanwhile)(struct plant *p, struct mcp_call *call); /* in "block"; NULL: nothing */
};

static inline mcp_err long_end(struct mcp_call *call, void *user)
{
    struct plant *p = user;

    p->was_cancelled = mcp_call_is_cancelled(call);
    return mcp_text(call, "it took its time");
}

static inline mcp_err long_middle(struct mcp_call *call, void *user)
{
    mcp_progress(call, 1000000, 2000000, MCP_STR("half of it"));
    mcp_call_log(call, MCP_LEVEL_ERROR, "long", "nobody hears this");
    return mcp_call_after(call, 500, long_end, user);
}

static inline mcp_err long_begin(struct mcp_call *call, void *user)
{
    struct plant *p = user;

    p->n_runs++;
    p->task_err = mcp_task(call);
    return p->task_err ? p->task_err : mcp_call_after(call, 500, long_middle, user);
}

/* Ends at once, as the argument says. */
static inline mcp_err ends(struct mcp_call *call, void *user)
{
    mcp_str how = mcp_arg_str(call, "how");
    mcp_err err = mcp_task(call);

    ((struct plant *)user)->task_err = err;
    if (err) {
        return err;
    }
    if (mcp_str_eq(how, MCP_STR("refused"))) {
        return mcp_fail(call, MCP_E_REFUSED, "the tool says \"no\"");
    }
    if (mcp_str_eq(how, MCP_STR("broken"))) {
        return mcp_fail(call, MCP_E_STORAGE, "the disk is full");
    }
    if (mcp_str_eq(how, MCP_STR("big"))) {
        return mcp_text(call, "%0*d", (int)mcp_arg_int(call, "n", 0), 7);
    }
    mcp_text(call, "%s", mcp_call_is_task(call) ? "as a task" : "at once");
    return mcp_task(call); /* once more: nothing */
}

#define NUMBER_FORM                                                                                \
    "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"required\":[\"n\"]}"

/* Two questions at once, in the task. */
static inline mcp_err sums(struct mcp_call *call, void *user)
{
    struct plant *p = user;
    mcp_err err = mcp_task(call);

    p->n_runs++;
    if (err) {
        return err;
    }
    (void)mcp_ask_elicit(call, "a", "The first?", NUMBER_FORM);
    (void)mcp_ask_elicit(call, "b", "The second?", NUMBER_FORM);
    err = mcp_ask(call);
    if (err) {
        return err;
    }
    return mcp_text(
        call, "the sum is %d",
        (int)(mcp_json_int_or(mcp_json_get(mcp_answer_content(call, "a"), MCP_STR("n")), 0) +
              mcp_json_int_or(mcp_json_get(mcp_answer_content(call, "b"), MCP_STR("n")), 0)));
}

/* A question before it is a task, one in it, a value carried through both. */
static inline mcp_err both_ways(struct mcp_call *call, void *user)
{
    struct plant *p = user;
    mcp_err err = mcp_ask_elicit(call, "before", "A number?", NUMBER_FORM);

    p->n_runs++;
    if (err) {
        return err;
    }
    if (!mcp_state_get(call, "kept").ptr) {
        (void)mcp_state_put(call, "kept", MCP_STR("a value"));
    }
    err = mcp_task(call);
    err = err ? err : mcp_ask_roots(call, "in it");
    if (err) {
        return err;
    }
    return mcp_text(call, "%.*s, %.*s, %zu roots",
                    MCP_STR_ARG(mcp_json_raw(mcp_answer_content(call, "before"))),
                    MCP_STR_ARG(mcp_state_get(call, "kept")),
                    mcp_json_count(mcp_json_get(mcp_answer(call, "in it"), MCP_STR("roots"))));
}

static inline mcp_err hold(struct mcp_call *call, void *user)
{
    struct plant *p = user;

    p->task_err = mcp_task(call);
    if (p->task_err) {
        return p->task_err;
    }
    p->held[p->n_held++] = call;
    return MCP_PENDING;
}

/* On a worker. */
static inline mcp_err block(struct mcp_call *call, void *user)
{
    struct plant *p = user;

    p->n_runs++;
    p->task_err = mcp_task(call);
    mcp_progress(call, 1, 0, MCP_STR("from a worker"));
    mcp_call_log(call, MCP_LEVEL_ERROR, "block", "nobody hears this");
    if (p->meanwhile) {
        p->meanwhile(p, call);
    }
    p->was_cancelled = mcp_call_is_cancelled(call);
    if (mcp_arg_bool(call, "asks", false)) {
        mcp_err err = mcp_ask_roots(call, "roots");

        if (err) {
            return err;
        }
    }
    return mcp_text(call, "%s", mcp_call_is_task(call) ? "as a task" : "at once");
}

static const struct mcp_tool TASK_TOOLS[] = {
    {.name = "long", .description = "A second.", .task = MCP_TASK_OPTIONAL, .fn = long_begin},
    {.name = "must", .description = "Only so.", .task = MCP_TASK_REQUIRED, .fn = long_begin},
    {.name = "ends",
     .description = "At once.",
     .input_schema = "{\"type\":\"object\"}",
     .task = MCP_TASK_OPTIONAL,
     .fn = ends},
    {.name = "sums", .description = "Asks.", .task = MCP_TASK_OPTIONAL, .fn = sums},
    {.name = "both", .description = "Asks.", .task = MCP_TASK_OPTIONAL, .fn = both_ways},
    {.name = "hold", .description = "Holds.", .task = MCP_TASK_OPTIONAL, .fn = hold},
    {.name = "limited",
     .description = "In time.",
     .task = MCP_TASK_OPTIONAL,
     .time_limit_ms = 300,
     .fn = long_begin},
    {.name = "block",
     .description = "Blocks.",
     .input_schema = "{\"type\":\"object\"}",
     .is_blocking = true,
     .task = MCP_TASK_OPTIONAL,
     .time_limit_ms = 5000,
     .fn = block},
    {0},
};

/* ---- The stage ---- */

#define TASKS_ID "io.modelcontextprotocol/tasks"
#define CAN_TASKS                                                                                  \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                       \
    "\"io.modelcontextprotocol/clientCapabilities\":{\"elicitation\":{},\"roots\":{},"             \
    "\"extensions\":{\"" TASKS_ID "\":{}}},\"io.modelcontextprotocol/logLevel\":\"debug\","        \
    "\"progressToken\":\"t\"}"
#define CANNOT                                                                                     \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                       \
    "\"io.modelcontextprotocol/clientCapabilities\":{\"elicitation\":{},\"roots\":{}}}"

static inline struct mcp_server_options plant_options(struct plant *p, struct mcp_tool_set *set)
{
    *set = (struct mcp_tool_set){TASK_TOOLS, p};
    return (struct mcp_server_options){
        .tools = set,
        .n_tools = 1,
        .has_logging = true,
        .tasks = {.store = {keeper_save, keeper_remove, &p->keeper}},
        .executor = executor_seen(&p->executor),
    };
}

/* Another server over the same store, as after a restart. */
static inline void plant_start(struct plant *p, const struct mcp_server_options *opt)
{
    int64_t now_ms = p->world.now_ms;

    world_init_with(&p->world, opt);
    p->world.now_ms = now_ms ? now_ms : p->world.now_ms;
    p->session = mcp_session_new(p->world.server);
    p->peer = peer_stdio(p->session);
}

static inline void plant_init(struct plant *p)
{
    struct mcp_server_options opt;
    struct mcp_tool_set set;

    memset(p, 0, sizeof(*p));
    p->executor.now_ms = &p->world.now_ms;
    opt = plant_options(p, &set);
    plant_start(p, &opt);
}

static inline void plant_stop(struct plant *p)
{
    mcp_session_free(p->session);
    world_free(&p->world);
}

static inline void plant_free(struct plant *p)
{
    T_EQ(mcp_server_calls(p->world.server), 0);
    T_EQ(mcp_server_tasks(p->world.server), 0);
    T_EQ(mcp_server_waiting(p->world.server), 0);
    plant_stop(p);
}

static inline void pass(struct plant *p, int64_t ms)
{
    p->world.now_ms += ms;
    mcp_server_tick(p->world.server);
}

static inline void say(struct plant *p, struct wire *w, const char *message)
{
    wire_say(w, p->world.server, &p->peer, mcp_str_c(message));
}

static inline void expect(struct plant *p, const char *message, mcp_err err, const char *has)
{
    struct wire w;

    say(p, &w, message);
    T_HAS(wire_reply(&w), has);
    T_EQ(w.err, err);
    wire_free(&w);
}

#define TASK_CALL(name, rest)  REQUEST("tools/call", CAN_TASKS ",\"name\":\"" name "\"" rest)
#define PLAIN_CALL(name, rest) REQUEST("tools/call", CANNOT ",\"name\":\"" name "\"" rest)

/* The task's id in a reply. */
static inline void id_in(const struct wire *w, char id[80])
{
    const char *mark = "\"taskId\":\"";
    mcp_str text = wire_reply(w);

    for (size_t i = 0; i + strlen(mark) < text.len; i++) {
        if (memcmp(text.ptr + i, mark, strlen(mark)) == 0) {
            const char *from = text.ptr + i + strlen(mark);
            const char *to = memchr(from, '"', text.len - i - strlen(mark));

            T_CHECK(to && to - from < 80);
            snprintf(id, 80, "%.*s", (int)(to - from), from);
            return;
        }
    }
    ck_abort_msg("no task in %.*s", MCP_STR_ARG(text));
}

/* The call becomes a task; its id. */
static inline void make(struct plant *p, const char *message, char id[80])
{
    struct wire w;

    say(p, &w, message);
    T_HAS(wire_reply(&w), "{\"resultType\":\"task\",\"taskId\":\"");
    T_EQ(w.n_notes, 0);
    id_in(&w, id);
    wire_free(&w);
}

/* Say a method of tasks about `id`; `rest` are more members of params. */
static inline void about(struct plant *p, struct wire *w, const char *method, const char *id,
                         const char *rest)
{
    char text[4000];

    snprintf(text, sizeof(text),
             "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tasks/%s\",\"params\":{" CAN_TASKS
             ",\"taskId\":\"%s\"%s}}",
             method, id, rest);
    say(p, w, text);
}

static inline void expect_about(struct plant *p, const char *method, const char *id,
                                const char *rest, mcp_err err, const char *has)
{
    struct wire w;

    about(p, &w, method, id, rest);
    T_HAS(wire_reply(&w), has);
    T_EQ(w.err, err);
    wire_free(&w);
}

/* tasks/get has this. */
static inline void is_now(struct plant *p, const char *id, const char *has)
{
    expect_about(p, "get", id, "", MCP_OK, has);
}

static inline void is_gone(struct plant *p, const char *id)
{
    expect_about(p, "get", id, "", MCP_E_INVALID_PARAMS, "no task has this id");
}

#endif
