/* examples/memory.c - how to test your own tools: a client in memory, no socket, no process, no
 * waiting. The tool would live in a file of its own; the program ends with 0 when all is well.
 *
 *     memory        says what is wrong, if anything */
#include <cistern.h>
#include <transport/memory.h>

#include <stdio.h>

/* ---- A tool: it refuses, asks, takes its time and answers with a structure ------------------- */

struct kitchen {
    int64_t beans_g;
};

enum { CUP_G = 8, CUP_MS = 60000, MANY_CUPS = 4 };

struct pot {
    struct kitchen *kitchen;
    int64_t cups, done;
};

static mcp_err serve(struct mcp_call *call, const struct pot *pot)
{
    struct mcp_json_writer *w = mcp_structured(call);

    mcp_json_object(w);
    mcp_json_member_int(w, MCP_STR("cups"), pot->cups);
    mcp_json_member_int(w, MCP_STR("beansLeft"), pot->kitchen->beans_g);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err brew_cup(struct mcp_call *call, void *user)
{
    struct pot *pot = user;

    if (mcp_call_is_cancelled(call)) {
        return MCP_OK; /* nobody hears it; the other cups keep their beans */
    }
    pot->kitchen->beans_g -= CUP_G;
    pot->done++;
    mcp_progress(call, pot->done * 1000000, pot->cups * 1000000, MCP_STR("another cup"));
    return pot->done < pot->cups ? mcp_call_after(call, CUP_MS, brew_cup, pot) : serve(call, pot);
}

static mcp_err brew(struct mcp_call *call, void *user)
{
    struct pot *pot = mcp_arena_new(mcp_call_arena(call), struct pot, 1);

    if (!pot) {
        return MCP_E_OVERLOADED;
    }
    *pot = (struct pot){.kitchen = user, .cups = mcp_arg_int(call, "cups", 1)};
    if (pot->kitchen->beans_g < pot->cups * CUP_G) {
        return mcp_fail(call, MCP_E_REFUSED, "There are beans for %d cups only.",
                        (int)(pot->kitchen->beans_g / CUP_G));
    }
    if (pot->cups > MANY_CUPS) {
        mcp_err err = mcp_ask_elicit(call, "sure", "That is a lot of coffee. Really?",
                                     MCP_JSON({"type" : "object", "properties" : {}}));

        if (err) {
            return err;
        }
        if (!mcp_str_eq(mcp_answer_action(call, "sure"), MCP_STR("accept"))) {
            return mcp_fail(call, MCP_E_REFUSED, "Nothing was brewed.");
        }
    }
    return mcp_call_after(call, CUP_MS, brew_cup, pot);
}

static const struct mcp_tool TOOLS[] = {
    {
        .name = "brew",
        .description = "Brew coffee.",
        .input_schema = MCP_JSON({
            "type" : "object",
            "required" : ["cups"],
            "properties" : {"cups" : {"type" : "integer", "minimum" : 1, "maximum" : 12}}
        }),
        .output_schema = MCP_JSON({
            "type" : "object",
            "required" : [ "cups", "beansLeft" ],
            "properties" :
                {"cups" : {"type" : "integer"}, "beansLeft" : {"type" : "integer", "minimum" : 0}}
        }),
        .fn = brew,
    },
    {0},
};

/* ---- Its tests --------------------------------------------------------------------------------
 */

static int failures;

static void check(bool is_good, const char *what, int line)
{
    if (!is_good) {
        fprintf(stderr, "%s:%d: %s\n", __FILE__, line, what);
        failures++;
    }
}
#define CHECK(what)     check((what), #what, __LINE__)
#define SAYS(reply, of) mcp_str_has_nocase((reply)->text, MCP_STR(of))

/* A client that speaks `revision` (NULL: the newest) in a kitchen. */
static struct mcp_memory *enter(struct kitchen *kitchen, const char *revision)
{
    char why[256] = "";
    struct mcp_memory *m = mcp_memory_new(
        &(struct mcp_server_options){.tools = &(struct mcp_tool_set){TOOLS, kitchen}, .n_tools = 1},
        &(struct mcp_memory_options){.revision = revision}, why, sizeof(why));

    check(m != NULL, why, __LINE__);
    return m;
}

static int64_t member(const struct mcp_memory_reply *reply, const char *name)
{
    return mcp_json_int_or(mcp_json_get(reply->structured, mcp_str_c(name)), -1);
}

static void arguments_are_checked_before_the_handler_runs(void)
{
    struct kitchen kitchen = {.beans_g = 100};
    struct mcp_memory *m = enter(&kitchen, NULL);

    CHECK(mcp_memory_call(m, "brew", NULL)->is_error);
    CHECK(SAYS(mcp_memory_call(m, "brew", "{\"cups\":13}"), "/cups"));
    CHECK(mcp_memory_call(m, "brwe", "{\"cups\":1}")->code == -32602);
    mcp_memory_free(m);
}

static void coffee_takes_its_time(void)
{
    struct kitchen kitchen = {.beans_g = 100};
    struct mcp_memory *m = enter(&kitchen, NULL);
    const struct mcp_memory_reply *r = mcp_memory_call(m, "brew", "{\"cups\":2}");

    CHECK(!r->is_done);
    mcp_memory_tick(m, CUP_MS);
    CHECK(!r->is_done && mcp_json_present(mcp_memory_heard(m, "notifications/progress", 0)));
    mcp_memory_tick(m, CUP_MS);
    CHECK(r->is_done && !r->is_error);
    CHECK(member(r, "cups") == 2 && member(r, "beansLeft") == 84);
    mcp_memory_free(m);
}

static void without_beans_there_is_a_reason(void)
{
    struct kitchen kitchen = {.beans_g = 20};
    struct mcp_memory *m = enter(&kitchen, NULL);
    const struct mcp_memory_reply *r = mcp_memory_call(m, "brew", "{\"cups\":3}");

    CHECK(r->is_error && SAYS(r, "beans for 2 cups"));
    CHECK(kitchen.beans_g == 20);
    mcp_memory_free(m);
}

static void much_coffee_is_asked_about(const char *revision)
{
    struct kitchen kitchen = {.beans_g = 100};
    struct mcp_memory *m = enter(&kitchen, revision);

    mcp_memory_answer_decline(m);
    CHECK(SAYS(mcp_memory_call(m, "brew", "{\"cups\":5}"), "nothing was brewed"));
    mcp_memory_answer_form(m, "{}");
    const struct mcp_memory_reply *r = mcp_memory_call(m, "brew", "{\"cups\":5}");

    CHECK(mcp_json_present(mcp_memory_heard(m, "elicitation/create", 1)));
    mcp_memory_tick(m, 5 * CUP_MS);
    CHECK(r->is_done && member(r, "cups") == 5);
    mcp_memory_free(m);
}

static void a_cancelled_pot_keeps_its_beans(void)
{
    struct kitchen kitchen = {.beans_g = 100};
    struct mcp_memory *m = enter(&kitchen, "2025-11-25");
    const struct mcp_memory_reply *r = mcp_memory_call(m, "brew", "{\"cups\":4}");

    mcp_memory_tick(m, CUP_MS);
    mcp_memory_cancel(m, r);
    mcp_memory_tick(m, 10 * CUP_MS);
    CHECK(r->is_done && kitchen.beans_g == 92);
    mcp_memory_free(m);
}

int main(void)
{
    arguments_are_checked_before_the_handler_runs();
    coffee_takes_its_time();
    without_beans_there_is_a_reason();
    much_coffee_is_asked_about("2026-07-28");
    much_coffee_is_asked_about("2025-11-25");
    a_cancelled_pot_keeps_its_beans();
    return failures ? 1 : 0;
}
