/* mcp/test/engine_task_count_test.c - what tasks take of their caps and give back, and small rules
 * that mutations of task*.c showed to be unwatched. */
#include "task_tools.h"

#include "tiny.h"

/* A plant whose tasks have these options; its store is the usual one. */
static void start(struct plant *p, struct mcp_task_options tasks)
{
    struct mcp_server_options opt;
    struct mcp_tool_set set;

    memset(p, 0, sizeof(*p));
    p->executor.now_ms = &p->world.now_ms;
    opt = plant_options(p, &set);
    tasks.store = opt.tasks.store;
    opt.tasks = tasks;
    plant_start(p, &opt);
}

static void owners_of_one_credential_are_counted_apart(void)
{
    static struct plant p;
    char id[80];

    start(&p, (struct mcp_task_options){.each_max = 2});
    p.peer.principal.id[0] = 1;
    for (uint64_t owner = 1; owner <= 2; owner++) {
        p.peer.principal.owner = owner;
        make(&p, TASK_CALL("ends", ""), id);
        make(&p, TASK_CALL("ends", ""), id);
        expect(&p, TASK_CALL("ends", ""), MCP_E_OVERLOADED, "you have 2 tasks already");
    }
    plant_free(&p);
}

#define BIG(n) TASK_CALL("ends", ",\"arguments\":{\"how\":\"big\",\"n\":" n "}")

static void what_results_take_is_given_back(void)
{
    static struct plant p;
    struct mcp_task_record kept;
    char id[80];

    start(&p, (struct mcp_task_options){.ttl_ms = 1000, .result_bytes_max = 4000});
    for (int i = 0; i < 3; i++) { /* each time there is room for one, and for no second */
        make(&p, BIG("3000"), id);
        is_now(&p, id, "\"status\":\"completed\"");
        make(&p, BIG("3000"), id);
        is_now(&p, id, "\"error\":{\"code\":1503");
        pass(&p, 1000);
    }
    /* One that was restored takes its room as well. */
    make(&p, BIG("3000"), id);
    kept = keeper_find(&p.keeper, mcp_str_c(id))->record;
    struct kept copy = *keeper_find(&p.keeper, mcp_str_c(id));

    kept.id = MCP_STR("restored");
    kept.message = mcp_str_n(NULL, 0);
    kept.outcome = mcp_str_c(copy.outcome);
    pass(&p, 1000);
    kept.created_ms = p.world.now_ms;
    T_EQ(mcp_server_restore_task(p.world.server, &kept), MCP_OK);
    make(&p, BIG("3000"), id);
    is_now(&p, id, "\"error\":{\"code\":1503");
    pass(&p, 1000);
    plant_free(&p);
}

/* Every allocation of restoring one is refused in turn; then there is room for what there was. */
static void a_task_that_cannot_be_restored_takes_and_gives_back_nothing(void)
{
    static struct plant p;
    static const char OUTCOME[] = "{\"content\":[],\"padding\":\"0123456789\"}";
    struct mcp_task_record r = {.id = MCP_STR("restored"),
                                .status = MCP_TASK_COMPLETED,
                                .message = MCP_STR("m"),
                                .ttl_ms = 100000,
                                .outcome = mcp_str_c(OUTCOME)};
    mcp_err err = MCP_E_OVERLOADED;
    size_t n = 0;
    char id[80];

    start(&p, (struct mcp_task_options){.ttl_ms = 1000, .result_bytes_max = 4000});
    r.created_ms = p.world.now_ms;
    while (err) {
        for (int is_working = 0; is_working < 2; is_working++) {
            r.status = is_working ? MCP_TASK_WORKING : MCP_TASK_COMPLETED;
            mcp_alloc_refuse(n + 1);
            err = mcp_server_restore_task(p.world.server, &r);
            mcp_alloc_refuse(0);
            if (!err) {
                break;
            }
            T_EQ(err, MCP_E_OVERLOADED);
        }
        n++;
        make(&p, BIG("3000"), id); /* what was never taken is not given back, either */
        is_now(&p, id, "\"status\":\"completed\"");
        make(&p, BIG("3000"), id);
        is_now(&p, id, "\"error\":{\"code\":1503");
        pass(&p, 1000);
    }
    T_CHECK(n > 2);
    pass(&p, 100000);
    plant_free(&p);
}

static void a_clock_set_back_does_not_unwind_its_time(void)
{
    static struct plant p;
    char id[80];

    plant_init(&p);
    make(&p, TASK_CALL("sums", ""), id);
    p.world.now_ms -= 500;
    expect_about(&p, "update", id, ",\"inputResponses\":{\"a\":{\"action\":\"decline\"}}", MCP_OK,
                 "complete");
    is_now(&p, id, "\"lastUpdatedAt\":\"1970-01-01T00:16:40.000Z\"");
    expect_about(&p, "cancel", id, "", MCP_OK, "complete");
    plant_free(&p);
}

static mcp_err says_much(struct mcp_call *call, void *user)
{
    char text[1200];

    (void)user;
    memset(text, 'x', sizeof(text));
    text[1023] = '\xc3'; /* the last byte that is kept would be half of it */
    text[1024] = '\xa9';
    mcp_err err = mcp_task(call);

    mcp_progress(call, 1, 0, mcp_str_n(text, sizeof(text)));
    return err ? err : mcp_call_after(call, 10, ends, user);
}

static void a_status_message_is_cut_between_characters(void)
{
    static const struct mcp_tool ROWS[] = {
        {.name = "much", .description = "Says much.", .task = MCP_TASK_OPTIONAL, .fn = says_much},
        {0}};
    static struct plant p;
    struct mcp_tool_set set = {ROWS, &p};
    struct wire w;
    char id[80];

    memset(&p, 0, sizeof(p));
    plant_start(&p, &(struct mcp_server_options){.tools = &set, .n_tools = 1});
    make(&p, TASK_CALL("much", ""), id);
    about(&p, &w, "get", id, "");
    T_HAS(wire_reply(&w), "xxxx\",\"createdAt\"");
    T_CHECK(!t_has(wire_reply(&w), MCP_STR("\xef\xbf\xbd")));
    wire_free(&w);
    pass(&p, 10);
    plant_free(&p);
}

static void a_store_that_answers_twice_changes_nothing(void)
{
    static struct plant p;
    char id[80];

    plant_init(&p);
    make(&p, TASK_CALL("sums", ""), id);
    is_now(&p, id, "\"status\":\"input_required\"");
    mcp_server_task_saved(p.world.server, mcp_str_c(id), MCP_OK);
    mcp_server_task_saved(p.world.server, MCP_STR("nobody's"), MCP_E_STORAGE);
    is_now(&p, id, "\"status\":\"input_required\"");
    T_EQ(mcp_server_waiting(p.world.server), 1);
    expect_about(&p, "cancel", id, "", MCP_OK, "complete");
    plant_free(&p);
}

/* What tasks/update acknowledged was taken: without memory to keep it the task fails, and does not
 * wait for what it has been told. */
static void an_acknowledged_answer_counts(void)
{
    static struct plant p;
    bool is_whole = false;

    for (size_t nth = 1; !is_whole; nth++) {
        struct tiny t = {.sink = {tiny_notify, tiny_finish}};
        char id[80], text[1000];
        struct wire w;

        plant_init(&p);
        make(&p, TASK_CALL("sums", ""), id);
        int n = snprintf(text, sizeof(text),
                         REQUEST("tasks/update", CAN_TASKS
                                 ",\"taskId\":\"%s\",\"inputResponses\":{\"a\":{\"action\":"
                                 "\"decline\"},\"b\":{\"action\":\"decline\"}}"),
                         id);

        mcp_alloc_refuse(nth);
        mcp_server_handle(p.world.server, mcp_str_n(text, (size_t)n), &p.peer, &t.sink);
        is_whole = mcp_alloc_count() < nth;
        mcp_alloc_refuse(0);
        T_EQ(t.finishes, 1);
        pass(&p, 0);
        about(&p, &w, "get", id, "");
        if (!t.err) {
            T_CHECK(!t_has(wire_reply(&w), MCP_STR("\"input_required\"")));
        }
        wire_free(&w);
        expect_about(&p, "cancel", id, "", MCP_OK, "complete");
        plant_free(&p);
    }
}

static const struct t_case CASES[] = {
    T(owners_of_one_credential_are_counted_apart),
    T(what_results_take_is_given_back),
    T(a_task_that_cannot_be_restored_takes_and_gives_back_nothing),
    T(a_clock_set_back_does_not_unwind_its_time),
    T(a_status_message_is_cut_between_characters),
    T(a_store_that_answers_twice_changes_nothing),
    T(an_acknowledged_answer_counts),
};
T_MAIN("mcp/engine_task_count", CASES)
