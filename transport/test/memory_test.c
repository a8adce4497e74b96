/* transport/test/memory_test.c - the client in memory: what it says, hears and answers, in each
 * revision. */
#include <mcp/ask.h>
#include <mcp/call.h>
#include <mcp/test/judge.h>
#include <transport/memory.h>

static const char *const REVISIONS[] = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25",
                                        "2026-07-28"};
enum { REVISIONS_N = 5 };

#define FORM "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}}}"

/* ---- Rows ---- */

static mcp_err add(struct mcp_call *call, void *user)
{
    struct mcp_json_writer *w = mcp_structured(call);

    (void)user;
    mcp_json_object(w);
    mcp_json_member_int(w, MCP_STR("sum"), mcp_arg_int(call, "a", 0) + mcp_arg_int(call, "b", 0));
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err blocks(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_call_log(call, MCP_LEVEL_DEBUG, "blocks", "three of them");
    mcp_progress(call, 500000, 1000000, MCP_STR(""));
    mcp_text(call, "one");
    mcp_image(call, MCP_STR("png"), "image/png", NULL);
    mcp_embed_text(call, MCP_STR("x://two"), "text/plain", MCP_STR("two"), NULL);
    return mcp_text(call, "three");
}

static mcp_err no(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_fail(call, MCP_E_REFUSED, "Not today.");
}

static mcp_err ask_two(struct mcp_call *call, void *user)
{
    (void)user;
    (void)mcp_ask_sample_text(call, "poem", MCP_STR("A poem!"), 50);
    (void)mcp_ask_roots(call, "roots");
    mcp_err err = mcp_ask(call);

    return err ? err
               : mcp_text(
                     call, "%.*s / %zu", MCP_STR_ARG(mcp_answer_text(call, "poem")),
                     mcp_json_count(mcp_json_get(mcp_answer(call, "roots"), MCP_STR("roots"))));
}

static mcp_err ask_form(struct mcp_call *call, void *user)
{
    mcp_err err = mcp_ask_elicit(call, "first", "First?", FORM);

    (void)user;
    if (!err) {
        err = mcp_ask_elicit(call, "second", "Second?", FORM);
    }
    return err ? err
               : mcp_text(call, "%.*s", MCP_STR_ARG(mcp_json_raw(mcp_answer(call, "second"))));
}

static mcp_err spin(struct mcp_call *call, void *user)
{
    return mcp_call_after(call, 0, spin, user);
}

/* Says when each of its three steps ran. */
static mcp_err step(struct mcp_call *call, void *user)
{
    int *n = user;

    mcp_text(call, "%d", (int)mcp_clock_monotonic_ms(mcp_call_clock(call)));
    return ++*n < 3 ? mcp_call_after(call, 10, step, n) : MCP_OK;
}

static mcp_err steps(struct mcp_call *call, void *user)
{
    int *n = mcp_arena_new(mcp_call_arena(call), int, 1);

    (void)user;
    return n ? mcp_call_after(call, 10, step, n) : MCP_E_OVERLOADED;
}

static mcp_err doze(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_err err = mcp_ask_sample_text(call, "poem", MCP_STR("A lullaby!"), 50);

    if (err) {
        return err;
    }
    mcp_progress(call, 1000000, 0, MCP_STR(""));
    return mcp_call_wait(call, 5000)
               ? MCP_OK
               : mcp_text(call, "slept after \"%.*s\"", MCP_STR_ARG(mcp_answer_text(call, "poem")));
}

static mcp_err change(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_server_changed(mcp_call_server(call), MCP_CHANGED_RESOURCE, MCP_STR("x://one"));
    return MCP_OK;
}

static mcp_err read_one(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_text(call, "contents");
}

static mcp_err write_prompt(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_text(call, "question");
    mcp_role(call, MCP_ROLE_ASSISTANT);
    return mcp_text(call, "answer");
}

#define NUMBER(name) "\"" name "\":{\"type\":\"integer\"}"
static const struct mcp_tool TOOLS[] = {
    {.name = "add",
     .description = "Adds.",
     .input_schema = "{\"type\":\"object\",\"properties\":{" NUMBER("a") "," NUMBER("b") "}}",
     .output_schema = "{\"type\":\"object\",\"properties\":{" NUMBER("sum") "}}",
     .fn = add},
    {.name = "blocks", .description = "Says three things.", .fn = blocks},
    {.name = "no", .description = "Says no.", .fn = no},
    {.name = "ask_two", .description = "Asks two things.", .fn = ask_two},
    {.name = "ask_form", .description = "Asks twice.", .fn = ask_form},
    {.name = "spin", .description = "Never ends.", .fn = spin},
    {.name = "steps", .description = "Three steps, 10 ms each.", .fn = steps},
    {.name = "doze", .description = "Sleeps for 5 s.", .is_blocking = true, .fn = doze},
    {.name = "change", .description = "Changes a resource.", .fn = change},
    {.name = "guarded", .description = "Needs a scope.", .scope = "write", .fn = blocks},
    {0},
};
static const struct mcp_resource RESOURCES[] = {{.uri = "x://one", .name = "one", .read = read_one},
                                                {0}};
static const struct mcp_prompt PROMPTS[] = {{.name = "p", .fn = write_prompt}, {0}};

static const struct mcp_server_options SERVER = {
    .tools = &(const struct mcp_tool_set){TOOLS, NULL},
    .n_tools = 1,
    .resources = &(const struct mcp_resource_set){RESOURCES, NULL},
    .n_resources = 1,
    .prompts = &(const struct mcp_prompt_set){PROMPTS, NULL},
    .n_prompts = 1,
    .has_logging = true,
    .announces = MCP_CHANGED_RESOURCE,
};

static const char *spoken; /* by whoever entered last; NULL: the newest revision */
static bool is_starved;    /* no memory to judge with */

/* A result or error that is there already is judged by what was asked. */
static const struct mcp_memory_reply *judged(const char *method, const struct mcp_memory_reply *r)
{
    struct judge_case asked = {.is_modern = !spoken || strcmp(spoken, "2026-07-28") == 0};

    snprintf(asked.method, sizeof(asked.method), "%s", method);
    if (!is_starved && r && r->is_done && !r->code && mcp_json_present(r->result)) {
        judge_result(&asked, asked.is_modern ? "2026-07-28" : spoken, r->result);
    }
    return r;
}

#define mcp_memory_call(m, tool, arguments)                                                        \
    judged("tools/call", (mcp_memory_call)(m, tool, arguments))
#define mcp_memory_request(m, method, params)                                                      \
    judged(method, (mcp_memory_request)(m, method, params))

static struct mcp_memory *enter(const char *revision)
{
    spoken = revision;
    char why[256] = "";
    struct mcp_memory *m = mcp_memory_new(
        &SERVER, &(struct mcp_memory_options){.revision = revision}, why, sizeof(why));

    ck_assert_msg(m != NULL, "%s", why);
    return m;
}

static bool is_modern(int i)
{
    return i == REVISIONS_N - 1;
}

static int heard(const struct mcp_memory *m, const char *method)
{
    int n = 0;

    while (mcp_json_present(mcp_memory_heard(m, method, (size_t)n))) {
        n++;
    }
    return n;
}

/* ---- Results ---- */

static void every_revision_is_spoken(void)
{
    for (int i = 0; i < REVISIONS_N; i++) {
        struct mcp_memory *m = enter(REVISIONS[i]);
        const struct mcp_memory_reply *r = mcp_memory_call(m, "add", "{\"a\":2,\"b\":3}");
        const struct mcp_memory_reply *list = mcp_memory_request(m, "tools/list", NULL);

        T_CHECK(r->is_done && !r->is_error && !r->code && !r->is_asking);
        T_STR(r->text, "{\"sum\":5}");
        T_EQ(mcp_json_int_or(mcp_json_get(r->structured, MCP_STR("sum")), -1), i >= 2 ? 5 : -1);
        T_EQ(mcp_json_count(mcp_json_get(list->result, MCP_STR("tools"))), 10);
        T_EQ(mcp_json_present(mcp_json_get(r->result, MCP_STR("resultType"))), is_modern(i));
        mcp_memory_free(m);
    }
}

static void the_text_of_all_blocks_is_joined(void)
{
    for (int i = 0; i < REVISIONS_N; i++) {
        struct mcp_memory *m = enter(REVISIONS[i]);

        T_STR(mcp_memory_call(m, "blocks", NULL)->text, "one\ntwo\nthree");
        T_STR(mcp_memory_request(m, "resources/read", "{\"uri\":\"x://one\"}")->text, "contents");
        T_STR(mcp_memory_request(m, "prompts/get", "{\"name\":\"p\"}")->text, "question\nanswer");
        T_EQ(heard(m, "notifications/progress"), 1);
        T_EQ(heard(m, "notifications/message"), 1);
        T_EQ(heard(m, NULL), 2);
        mcp_memory_free(m);
    }
}

static void failures_say_why(void)
{
    struct mcp_memory *m = enter(NULL);
    const struct mcp_memory_reply *r = mcp_memory_call(m, "no", NULL);

    T_CHECK(r->is_done && r->is_error && r->code == 0);
    T_STR(r->text, "Not today.");
    r = mcp_memory_call(m, "nothing", NULL);
    T_CHECK(r->is_done && r->is_error && r->code == -32602);
    T_CHECK(r->text.ptr[r->text.len] == '\0');
    T_HAS(r->text, "nothing");
    T_EQ(mcp_json_int_or(mcp_json_get(r->result, MCP_STR("code")), 0), -32602);
    r = mcp_memory_call(m, "add", "{\"a\":\"x\"}");
    T_CHECK(r->is_error && r->code == 0);
    T_HAS(r->text, "/a");
    T_EQ(mcp_memory_call(m, "add", "{\"a\":}")->code, -32700);
    T_EQ(mcp_memory_call(m, "add", "3")->is_error, true);
    T_EQ(mcp_memory_request(m, "tools/list", "[]")->code, -32700);
    T_EQ(mcp_memory_request(m, "no/such", NULL)->code, -32601);
    mcp_memory_free(m);
}

static void scopes_are_what_it_holds(void)
{
    char why[100];
    struct mcp_memory *m =
        mcp_memory_new(&SERVER, &(struct mcp_memory_options){.scopes = "read"}, why, sizeof(why));

    T_EQ(mcp_memory_call(m, "guarded", NULL)->code, mcp_err_info(MCP_E_FORBIDDEN)->code);
    T_CHECK(!mcp_memory_call(m, "blocks", NULL)->is_error);
    mcp_memory_free(m);
    m = enter(NULL);
    T_CHECK(!mcp_memory_call(m, "guarded", NULL)->is_error);
    mcp_memory_free(m);
}

static void extra_meta_goes_along_and_counts(void)
{
    struct mcp_memory *m = enter(NULL);

    T_EQ(mcp_memory_request(
             m, "tools/list",
             "{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2099-01-01\"}}")
             ->code,
         -32022);
    mcp_memory_request(m, "tools/call",
                       "{\"name\":\"blocks\",\"_meta\":{\"progressToken\":\"mine\"}}");
    T_HAS(mcp_json_raw(mcp_memory_heard(m, "notifications/progress", 0)), "\"mine\"");
    mcp_memory_free(m);
}

/* ---- Questions ---- */

static void questions_get_the_answers_of_their_kind(void)
{
    for (int i = 0; i < REVISIONS_N; i++) {
        struct mcp_memory *m = enter(REVISIONS[i]);

        mcp_memory_answer(m, "roots/list", "{\"roots\":[{\"uri\":\"file:///a\"}]}");
        mcp_memory_answer_text(m, "ro\"ses");
        const struct mcp_memory_reply *r = mcp_memory_call(m, "ask_two", NULL);

        T_STR(r->text, "ro\"ses / 1");
        T_EQ(heard(m, "sampling/createMessage"), 1);
        T_HAS(mcp_json_raw(mcp_memory_heard(m, "sampling/createMessage", 0)), "A poem!");
        T_EQ(heard(m, "roots/list"), 1);
        mcp_memory_free(m);
    }
}

static void a_question_waits_for_its_answer(void)
{
    for (int i = 3; i < REVISIONS_N; i++) {
        struct mcp_memory *m = enter(REVISIONS[i]);
        const struct mcp_memory_reply *r = mcp_memory_call(m, "ask_form", NULL);

        T_CHECK(!r->is_done && r->is_asking);
        mcp_memory_answer_form(m, "{\"n\":1}");
        T_CHECK(r->is_asking);
        mcp_memory_tick(m, 0);
        T_CHECK(!r->is_done && r->is_asking); /* now by its second question */
        T_EQ(heard(m, "elicitation/create"), 2);
        mcp_memory_answer_decline(m);
        mcp_memory_tick(m, 0);
        T_CHECK(r->is_done && !r->is_asking);
        T_STR(r->text, "{\"action\":\"decline\"}");
        mcp_memory_free(m);
    }
}

static void half_a_round_is_answered(void)
{
    for (int i = 0; i < REVISIONS_N; i++) {
        struct mcp_memory *m = enter(REVISIONS[i]);
        const struct mcp_memory_reply *r = mcp_memory_call(m, "ask_two", NULL);

        mcp_memory_answer_text(m, "x");
        mcp_memory_tick(m, 0);
        T_CHECK(!r->is_done && r->is_asking);
        mcp_memory_answer(m, "roots/list", "{\"roots\":[]}");
        mcp_memory_tick(m, 0);
        T_STR(r->text, "x / 0");
        mcp_memory_free(m);
    }
}

static void an_answer_of_a_wrong_shape_fails_the_call(void)
{
    for (int i = 3; i < REVISIONS_N; i++) {
        struct mcp_memory *m = enter(REVISIONS[i]);

        mcp_memory_answer_form(m, "{\"n\":\"one\"}");
        T_CHECK(mcp_memory_call(m, "ask_form", NULL)->is_error);
        mcp_memory_free(m);
    }
}

static void who_cannot_be_asked_is_not_asked(void)
{
    for (int i = 0; i < REVISIONS_N; i++) {
        char why[100];
        struct mcp_memory *m = mcp_memory_new(
            &SERVER, &(struct mcp_memory_options){.revision = REVISIONS[i], .capabilities = "{}"},
            why, sizeof(why));

        T_CHECK(mcp_memory_call(m, "ask_two", NULL)->is_error);
        T_EQ(heard(m, NULL), 0);
        mcp_memory_free(m);
    }
}

/* ---- Time, cancelling, changes ---- */

static void a_call_that_asks_can_be_cancelled(void)
{
    for (int i = 3; i < REVISIONS_N; i++) {
        struct mcp_memory *m = enter(REVISIONS[i]);
        const struct mcp_memory_reply *r = mcp_memory_call(m, "ask_form", NULL);

        mcp_memory_cancel(m, r);
        T_CHECK(r->is_done && r->is_error && !r->is_asking);
        T_STR(r->text, "cancelled");
        mcp_memory_answer_form(m, "{}");
        mcp_memory_cancel(m, r);
        mcp_memory_tick(m, 1000);
        T_STR(r->text, "cancelled");
        mcp_memory_free(m);
    }
}

static void a_question_nobody_answers_times_out(void)
{
    struct mcp_memory *m = enter("2025-11-25");
    const struct mcp_memory_reply *r = mcp_memory_call(m, "ask_form", NULL);

    mcp_memory_tick(m, 599999);
    T_CHECK(!r->is_done);
    mcp_memory_tick(m, 1);
    T_CHECK(r->is_done && r->is_error);
    mcp_memory_free(m);
}

static void time_is_ours(void)
{
    struct mcp_memory *m = enter(NULL);
    const struct mcp_clock *clock = mcp_server_clock(mcp_memory_server(m));

    T_EQ(mcp_clock_wall_ms(clock), 1767225600000);
    mcp_memory_tick(m, 86400000);
    T_EQ(mcp_clock_wall_ms(clock), 1767312000000);
    T_EQ(mcp_clock_monotonic_ms(clock), 86400000);
    mcp_memory_free(m);
}

static void what_comes_due_runs_at_its_time(void)
{
    struct mcp_memory *m = enter(NULL);
    const struct mcp_memory_reply *r = mcp_memory_call(m, "steps", NULL);

    mcp_memory_tick(m, 29);
    T_CHECK(!r->is_done);
    mcp_memory_tick(m, 1);
    T_STR(r->text, "10\n20\n30");
    r = mcp_memory_call(m, "steps", NULL);
    mcp_memory_tick(m, 1000);
    T_STR(r->text, "40\n50\n60");
    mcp_memory_free(m);
}

static void a_handler_that_never_ends_is_left_alone(void)
{
    struct mcp_memory *m = enter(NULL);
    const struct mcp_memory_reply *r = mcp_memory_call(m, "spin", NULL);

    T_CHECK(!r->is_done);
    mcp_memory_tick(m, 1000);
    T_CHECK(!r->is_done);
    T_CHECK(!mcp_memory_call(m, "add", NULL)->is_error);
    mcp_memory_free(m);
}

static mcp_err sleep_on(struct mcp_call *call, void *user)
{
    (void)user;
    while (!mcp_call_wait(call, 300)) {
    }
    return mcp_text(call, "roused");
}

static void a_sleeper_is_over_its_limit_in_time(void)
{
    static const struct mcp_tool ROWS[] = {{.name = "sleep",
                                            .description = "Sleeps.",
                                            .is_blocking = true,
                                            .time_limit_ms = 1000,
                                            .fn = sleep_on},
                                           {0}};
    const struct mcp_tool_set set = {ROWS, NULL};
    char why[200];
    struct mcp_memory *m = mcp_memory_new(&(struct mcp_server_options){.tools = &set, .n_tools = 1},
                                          NULL, why, sizeof(why));
    const struct mcp_clock *clock = mcp_server_clock(mcp_memory_server(m));
    int64_t from_ms = mcp_clock_monotonic_ms(clock);
    const struct mcp_memory_reply *r = mcp_memory_call(m, "sleep", NULL);

    T_CHECK(r->is_error);
    T_STR(r->text, "the tool took longer than 1000 ms");
    T_EQ(mcp_clock_monotonic_ms(clock) - from_ms, 1000);
    T_EQ(mcp_server_working(mcp_memory_server(m)), 0);
    mcp_memory_free(m);
}

static void a_blocking_handler_sleeps_at_once(void)
{
    for (int i = 0; i < REVISIONS_N; i++) {
        struct mcp_memory *m = enter(REVISIONS[i]);
        const struct mcp_clock *clock = mcp_server_clock(mcp_memory_server(m));
        const struct mcp_memory_reply *r = mcp_memory_call(m, "doze", NULL);

        T_CHECK(!r->is_done && r->is_asking);
        mcp_memory_answer_text(m, "moon");
        mcp_memory_tick(m, 0);
        T_STR(r->text, "slept after \"moon\"");
        T_EQ(mcp_clock_monotonic_ms(clock), 5000);
        T_EQ(heard(m, "notifications/progress"), 1);
        r = mcp_memory_call(m, "doze", NULL); /* left alone by the end */
        T_CHECK(!r->is_done);
        mcp_memory_free(m);
    }
}

static void changes_are_heard(void)
{
    for (int i = 0; i < REVISIONS_N; i++) {
        struct mcp_memory *m = enter(REVISIONS[i]);

        if (is_modern(i)) {
            T_CHECK(!mcp_memory_request(m, "subscriptions/listen",
                                        "{\"notifications\":{\"resourceSubscriptions\":"
                                        "[\"x://one\"]}}")
                         ->is_done);
        } else {
            T_CHECK(mcp_memory_request(m, "resources/subscribe", "{\"uri\":\"x://one\"}")->is_done);
        }
        mcp_memory_call(m, "change", NULL);
        T_EQ(heard(m, "notifications/resources/updated"), 1);
        T_CHECK(!mcp_json_present(mcp_memory_heard(m, "notifications/resources/updated", 1)));
        mcp_memory_free(m);
    }
}

static mcp_err lie(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_json_put_int(mcp_structured(call), 7);
    return MCP_OK;
}

static void a_result_that_breaks_its_schema_is_a_failure(void)
{
    static const struct mcp_tool LIAR[] = {{.name = "lie",
                                            .description = "Lies.",
                                            .output_schema = "{\"type\":\"object\"}",
                                            .fn = lie},
                                           {0}};
    char why[100];
    struct mcp_memory *m = mcp_memory_new(
        &(struct mcp_server_options){.tools = &(struct mcp_tool_set){LIAR, NULL}, .n_tools = 1},
        NULL, why, sizeof(why));
    const struct mcp_memory_reply *r = mcp_memory_call(m, "lie", NULL);

    T_CHECK(r->is_done && r->is_error);
    T_EQ(r->code, -32603);
    T_HAS(r->text, "breaks the output schema");
    mcp_memory_free(m);
}

/* ---- Failing ---- */

static void what_cannot_be_made_is_said(void)
{
    static const struct mcp_tool BAD[] = {{.name = "bad name", .description = "?", .fn = add}, {0}};
    char why[100];

    T_CHECK(!mcp_memory_new(&SERVER, &(struct mcp_memory_options){.revision = "2099-01-01"}, why,
                            sizeof(why)));
    T_HAS(mcp_str_c(why), "revision");
    T_CHECK(!mcp_memory_new(
        &SERVER, &(struct mcp_memory_options){.revision = "2025-11-25", .capabilities = "{"}, why,
        sizeof(why)));
    T_CHECK(!mcp_memory_new(
        &(struct mcp_server_options){.tools = &(struct mcp_tool_set){BAD, NULL}, .n_tools = 1},
        NULL, why, sizeof(why)));
    T_HAS(mcp_str_c(why), "bad name");
    mcp_memory_free(NULL);
}

static const char *tortured_revision;

/* A whole visit; false when anything failed, which must be said and leave nothing behind. */
static bool visit(void *arg)
{
    char why[100] = "";
    struct mcp_memory *m = mcp_memory_new(
        &SERVER, &(struct mcp_memory_options){.revision = tortured_revision}, why, sizeof(why));
    bool is_good = true;

    (void)arg;
    if (!m) {
        T_CHECK(why[0] != '\0');
        return false;
    }
    mcp_memory_answer_text(m, "x");
    mcp_memory_answer_text(m, "y");
    mcp_memory_answer(m, "roots/list", "{\"roots\":[]}");
    const struct mcp_memory_reply *replies[] = {
        mcp_memory_call(m, "ask_two", NULL),
        mcp_memory_call(m, "doze", NULL),
        mcp_memory_call(m, "blocks", NULL),
        mcp_memory_call(m, "steps", NULL),
    };
    static const char *const TEXTS[] = {"x / 0", "slept after \"y\"", "one\ntwo\nthree",
                                        "5010\n5020\n5030"};

    mcp_memory_tick(m, 100);
    for (size_t i = 0; i < 4; i++) {
        bool is_right = replies[i]->is_done && !replies[i]->is_error;

        T_CHECK(!is_right || mcp_str_eq(replies[i]->text, mcp_str_c(TEXTS[i])));
        is_good = is_good && is_right;
    }
    is_good = is_good && heard(m, "notifications/progress") == 2;
    mcp_memory_free(m);
    return is_good;
}

static void without_memory_it_says_so(void)
{
    is_starved = true;
    for (int i = 1; i < REVISIONS_N; i += 3) {
        tortured_revision = REVISIONS[i];
        T_CHECK(t_torture(visit, NULL) > 20);
    }
}

static const struct t_case CASES[] = {
    T(every_revision_is_spoken),
    T(the_text_of_all_blocks_is_joined),
    T(failures_say_why),
    T(scopes_are_what_it_holds),
    T(extra_meta_goes_along_and_counts),
    T(questions_get_the_answers_of_their_kind),
    T(a_question_waits_for_its_answer),
    T(half_a_round_is_answered),
    T(an_answer_of_a_wrong_shape_fails_the_call),
    T(who_cannot_be_asked_is_not_asked),
    T(a_call_that_asks_can_be_cancelled),
    T(a_question_nobody_answers_times_out),
    T(time_is_ours),
    T(what_comes_due_runs_at_its_time),
    T(a_handler_that_never_ends_is_left_alone),
    T(a_blocking_handler_sleeps_at_once),
    T(a_sleeper_is_over_its_limit_in_time),
    T(changes_are_heard),
    T(a_result_that_breaks_its_schema_is_a_failure),
    T(what_cannot_be_made_is_said),
    T(without_memory_it_says_so),
};
T_MAIN("transport/memory", CASES)
