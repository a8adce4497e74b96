/* tools/test/task_store_test.c - tasks over the real store: what outlives a server, what does not,
 * and what is in the way. */
#include <tools/test/setting.h>

#include <mcp/alloc.h>
#include <mcp/ask.h>
#include <mcp/call.h>
#include <mcp/task.h>
#include <mcp/test/wire.h>
#include <tools/key.h>
#include <tools/task_row.h>
#include <tools/task_store.h>

#define CAN                                                                                        \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                       \
    "\"io.modelcontextprotocol/clientCapabilities\":{\"elicitation\":{},\"extensions\":{"          \
    "\"io.modelcontextprotocol/tasks\":{}}}}"

enum { TTL_MS = 3600000 };

/* ---- Rows ---- */

static mcp_err hold(struct mcp_call *call, void *user)
{
    mcp_err err = mcp_task(call);

    return err ? err : mcp_call_after(call, INT32_MAX, hold, user);
}

/* A result that needs several parts. */
static mcp_err large(struct mcp_call *call, void *user)
{
    size_t n = (size_t)mcp_arg_int(call, "n", 0);
    mcp_err err = mcp_task(call);
    char *text = mcp_arena_raw(mcp_call_arena(call), n, 1);

    (void)user;
    if (err || !text) {
        return err ? err : MCP_E_OVERLOADED;
    }
    for (size_t i = 0; i < n; i++) {
        text[i] = (char)('a' + i % 26);
    }
    return mcp_text_as(call, mcp_str_n(text, n), NULL);
}

static mcp_err ask(struct mcp_call *call, void *user)
{
    mcp_err err = mcp_task(call);

    (void)user;
    return err ? err
               : mcp_ask_elicit(call, "q", "Well?", "{\"type\":\"object\",\"properties\":{}}");
}

static const struct mcp_tool ROWS[] = {
    {.name = "hold", .description = "d", .task = MCP_TASK_OPTIONAL, .fn = hold},
    {.name = "ask", .description = "d", .task = MCP_TASK_OPTIONAL, .fn = ask},
    {.name = "large",
     .description = "d",
     .input_schema = "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}}}",
     .task = MCP_TASK_OPTIONAL,
     .fn = large},
    {0},
};
static const struct mcp_tool_set SET = {ROWS, NULL};

/* ---- A server over a store that stays ---- */

static struct setting s;
static struct task_store *keeper;
static struct mcp_server *server;
static const struct mcp_principal ADA = {.id = {1}, .owner = 1, .scopes = "*"};
static const struct mcp_principal BOB = {.id = {2}, .owner = 1, .scopes = "*"};

static void begin_server(void)
{
    struct mcp_log log = {.write = setting_log, .max = MCP_LOG_ERROR};
    char why[200];
    struct mcp_server_options o = {.name = "t", .version = "1", .tools = &SET, .n_tools = 1};

    o.clock = (struct mcp_clock){setting_wall, setting_monotonic, &s};
    o.tasks = (struct mcp_task_options){.ttl_ms = TTL_MS, .each_max = 1000};
    keeper = task_store_new(s.store, &log);
    T_CHECK(keeper != NULL);
    o.tasks.store = task_store_interface(keeper);
    server = mcp_server_new(&o, why, sizeof(why));
    ck_assert_msg(server != NULL, "%s", why);
    T_EQ(task_store_restore(keeper, server), MCP_OK);
    store_complete(s.store);
}

/* As kill -9 does: nothing is said any more, what was durable stays. */
static void end_server(void)
{
    task_store_free(keeper);
    mcp_server_free(server);
}

static void open_all(void)
{
    setting_open(&s);
    begin_server();
}

static void close_all(void)
{
    end_server();
    store_complete(s.store);
    setting_close(&s);
}

static void turn(void)
{
    for (int i = 0; i < 20; i++) {
        store_complete(s.store);
        mcp_server_tick(server);
    }
}

static struct wire say_rpc(const struct mcp_principal *who, const char *method, const char *params)
{
    struct mcp_peer peer = {.principal = *who};
    struct wire w;

    wire_say(&w, server, &peer,
             mcp_arena_printf(&s.arena,
                              "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\","
                              "\"params\":{" CAN ",%s}}",
                              method, params));
    turn();
    return w;
}

/* tools/call that becomes a task; its id, or NULL when it did not. */
static const char *make_task(const struct mcp_principal *who, const char *name_and_arguments)
{
    struct wire w = say_rpc(who, "tools/call", name_and_arguments);
    mcp_str text = wire_reply(&w);
    const char *mark =
        strstr(mcp_arena_printf(&s.arena, "%.*s", MCP_STR_ARG(text)).ptr, "\"taskId\":\"");

    wire_free(&w);
    return mark ? mcp_arena_printf(&s.arena, "%.*s", (int)strcspn(mark + 10, "\""), mark + 10).ptr
                : NULL;
}

static mcp_str now_is(const struct mcp_principal *who, const char *id)
{
    struct wire w =
        say_rpc(who, "tasks/get", mcp_arena_printf(&s.arena, "\"taskId\":\"%s\"", id).ptr);
    mcp_str text = mcp_arena_dup(&s.arena, wire_reply(&w));

    wire_free(&w);
    return text;
}

/* ---- What outlives ---- */

static void results_of_any_size_outlive_the_server(void)
{
    static const int SIZES[] = {0, 10, TASK_PART_BYTES, 200000};
    const char *ids[4];
    mcp_str before[4];

    open_all();
    for (int i = 0; i < 4; i++) {
        ids[i] = make_task(
            &ADA,
            mcp_arena_printf(&s.arena, "\"name\":\"large\",\"arguments\":{\"n\":%d}", SIZES[i])
                .ptr);
        T_CHECK(ids[i] != NULL);
        before[i] = now_is(&ADA, ids[i]);
        T_HAS(before[i], "\"status\":\"completed\"");
        T_CHECK(before[i].len > (size_t)SIZES[i]);
    }
    for (int life = 0; life < 3; life++) {
        end_server();
        begin_server();
        for (int i = 0; i < 4; i++) {
            T_CHECK(mcp_str_eq(now_is(&ADA, ids[i]), before[i]));
            T_CHECK(!t_has(now_is(&BOB, ids[i]), MCP_STR("completed"))); /* nobody else's */
        }
    }
    close_all();
}

static void what_ran_has_failed_and_says_so(void)
{
    static const char *const NAMES[] = {"\"name\":\"hold\"", "\"name\":\"ask\""};

    for (int i = 0; i < 2; i++) {
        open_all();
        const char *id = make_task(&ADA, NAMES[i]);

        T_CHECK(id != NULL);
        T_HAS(now_is(&ADA, id), i ? "\"status\":\"input_required\"" : "\"status\":\"working\"");
        end_server();
        begin_server();
        turn();
        T_HAS(now_is(&ADA, id), "\"status\":\"failed\"");
        T_HAS(now_is(&ADA, id), "the server was stopped while the task ran");
        mcp_str said = now_is(&ADA, id);

        end_server(); /* and that is durable, too */
        s.wall_ms += 1000;
        begin_server();
        T_CHECK(mcp_str_eq(now_is(&ADA, id), said));
        close_all();
    }
}

/* ---- Limits ---- */

static void an_owner_has_so_many_whichever_tokens_made_them(void)
{
    struct mcp_principal who = ADA;

    open_all();
    for (int i = 0; i < TASK_OWNER_MAX; i++) {
        who.id[1] = (uint8_t)i;
        T_CHECK(make_task(&who, "\"name\":\"hold\"") != NULL);
    }
    T_CHECK(make_task(&BOB, "\"name\":\"hold\"") == NULL);
    struct mcp_principal other = BOB;

    other.owner = 2;
    T_CHECK(make_task(&other, "\"name\":\"hold\"") != NULL);
    close_all();
}

static void an_outcome_that_does_not_fit_is_read_while_the_process_lives(void)
{
    open_all();
    const char *id = make_task(&ADA, "\"name\":\"large\",\"arguments\":{\"n\":1000000}");

    T_CHECK(id != NULL);
    T_HAS(now_is(&ADA, id), "\"status\":\"completed\"");
    end_server();
    begin_server();
    turn();
    T_HAS(now_is(&ADA, id), "\"status\":\"failed\"");
    close_all();
}

static void what_is_over_goes_with_its_parts(void)
{
    open_all();
    size_t none = setting_rows(&s);

    T_CHECK(make_task(&ADA, "\"name\":\"large\",\"arguments\":{\"n\":200000}") != NULL);
    T_EQ(setting_rows(&s), none + 1 + 4);
    s.wall_ms += TTL_MS + 1; /* the engine removes it */
    s.monotonic_ms += TTL_MS + 1;
    turn();
    T_EQ(setting_rows(&s), none);
    /* what the engine did not: a server that is gone */
    for (int i = 0; i < 2 * TASK_STEP_DELETES + 3; i++) {
        T_CHECK(make_task(&ADA, "\"name\":\"large\",\"arguments\":{\"n\":70000}") != NULL);
    }
    T_EQ(setting_rows(&s), none + 3 * (2 * TASK_STEP_DELETES + 3));
    mcp_server_free(server);
    s.wall_ms += TTL_MS;
    task_store_tick(keeper, s.wall_ms, s.monotonic_ms); /* the engine's time first */
    store_complete(s.store);
    T_EQ(setting_rows(&s), none + 3 * (2 * TASK_STEP_DELETES + 3));
    s.wall_ms += TASK_SWEEP_GRACE_MS + 1;
    s.monotonic_ms += TASK_SWEEP_EVERY_MS;
    for (int i = 0; i < 3; i++) { /* so many a step */
        task_store_tick(keeper, s.wall_ms, s.monotonic_ms);
        store_complete(s.store);
        T_EQ(setting_rows(&s), none + (i < 2 ? 3 * (size_t)(3 + (1 - i) * TASK_STEP_DELETES) : 0));
    }
    task_store_free(keeper);
    begin_server();
    close_all();
}

/* ---- Failures ---- */

/* Judges nothing: that takes memory, too. */
struct ear {
    struct mcp_sink sink; /* first */
    int n;
};

static void hear_note(struct mcp_sink *sink, mcp_str message, bool is_progress)
{
    (void)sink, (void)message, (void)is_progress;
}

static void hear_end(struct mcp_sink *sink, const struct mcp_reply *reply)
{
    (void)reply;
    ((struct ear *)(void *)sink)->n++;
}

static void without_memory_there_is_no_task_or_the_result_is_not_kept(void)
{
    open_all();
    for (size_t nth = 1; nth < 40; nth++) {
        struct mcp_peer peer = {.principal = ADA};
        struct ear ear = {.sink = {hear_note, hear_end}};

        mcp_alloc_refuse(nth);
        mcp_server_handle(server, MCP_STR(REQUEST("tools/call", CAN ",\"name\":\"large\"")), &peer,
                          &ear.sink);
        turn();
        mcp_alloc_refuse(0);
        turn();
        T_EQ(ear.n, 1);
    }
    T_EQ(mcp_server_tasks(server), 0);
    end_server();
    begin_server(); /* whatever is there can be read */
    close_all();
}

static mcp_err damage_body(struct store_txn *txn, void *arg)
{
    struct key part = key_task_part(arg, 0);

    return store_del(txn, key_str(&part));
}

static void a_damaged_record_is_passed_over(void)
{
    open_all();
    const char *bad = make_task(&ADA, "\"name\":\"large\",\"arguments\":{\"n\":10}");
    const char *good = make_task(&ADA, "\"name\":\"large\",\"arguments\":{\"n\":11}");
    struct key head = key_task(mcp_str_c(bad));

    T_EQ(store_write_now(s.store, damage_body, &head), MCP_OK);
    end_server();
    begin_server();
    T_CHECK(!t_has(now_is(&ADA, bad), MCP_STR("completed")));
    T_HAS(now_is(&ADA, good), "\"status\":\"completed\"");
    close_all();
}

static void writes_on_their_way_outlive_whoever_asked(void)
{
    struct mcp_peer peer = {.principal = ADA};
    struct wire w;

    open_all();
    wire_say(&w, server, &peer, MCP_STR(REQUEST("tools/call", CAN ",\"name\":\"hold\"")));
    T_EQ(w.finishes, 0);
    mcp_server_cancel(server, &w.sink);
    w.is_gone = true;
    end_server();
    wire_free(&w);
    store_complete(s.store); /* nobody is told, nothing is touched */
    begin_server();
    close_all();
}

/* ---- check_store ---- */

static void the_store_is_checked_in_steps(void)
{
    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t'}");
    for (int i = 0; i < 5; i++) { /* 2,500 readings: three steps */
        char *text = mcp_arena_raw(&s.arena, 200000, 1);
        size_t n = (size_t)snprintf(text, 200000, "{'connection':'a','readings':[");

        for (int k = 0; k < 500; k++) {
            char time[MCP_TIMESTAMP_BYTES];
            mcp_str at_text = mcp_timestamp_format(NOW_MS - (i * 500 + k) * 1000, time);

            n += (size_t)snprintf(text + n, 200000 - n,
                                  "%s{'creditType':'c','balance':1,'recordedAt':'%.*s'}",
                                  k ? "," : "", MCP_STR_ARG(at_text));
        }
        snprintf(text + n, 200000 - n, "]}");
        SAY_OK(&s, "add_reading", text);
    }
    struct mcp_principal who = tools_operator();
    struct said said = {.sink.finish = said_finish, .at = &s};

    mcp_server_invoke(s.server, MCP_STR("check_store"), MCP_STR("{\"restMs\":10}"), &who,
                      &said.sink);
    for (int steps = 0; steps < 10 && !said.finishes; steps++) {
        mcp_server_tick(s.server);
        s.monotonic_ms += 10;
    }
    T_EQ(said.finishes, 1);
    T_EQ(said.err, MCP_OK);
    T_STR(said.result,
          mcp_arena_printf(&s.arena, "{\"rows\":%zu,\"damaged\":0,\"firstDamaged\":null}",
                           setting_rows(&s))
              .ptr);
    setting_close(&s);
}

static const struct t_case cases[] = {
    T(results_of_any_size_outlive_the_server),
    T(what_ran_has_failed_and_says_so),
    T(an_owner_has_so_many_whichever_tokens_made_them),
    T(an_outcome_that_does_not_fit_is_read_while_the_process_lives),
    T(what_is_over_goes_with_its_parts),
    T(without_memory_there_is_no_task_or_the_result_is_not_kept),
    T(a_damaged_record_is_passed_over),
    T(writes_on_their_way_outlive_whoever_asked),
    T(the_store_is_checked_in_steps),
};
T_MAIN("task_store", cases)
