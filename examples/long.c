/* examples/long.c - a tool that takes its time: progress, cancellation, and a task for clients that
 * can have one. All others wait for the bread.
 *
 *     long                            stdio, for a desktop client
 *     long --http=127.0.0.1:8080      Streamable HTTP at /mcp */
#include <cistern.h>

enum { STEP_MS = 200 };

static const char *const STEPS[] = {"kneading", "proving", "baking", "cooling"};

enum { N_STEPS = sizeof(STEPS) / sizeof(STEPS[0]) };

/* One step, and the next one later. `user` counts them; it lives as long as the call. */
static mcp_err step(struct mcp_call *call, void *user)
{
    int *done = user;

    if (mcp_call_is_cancelled(call)) {
        return mcp_fail(call, MCP_E_REFUSED, "The dough was thrown away.");
    }
    if (*done == N_STEPS) {
        return mcp_text(call, "The bread is ready.");
    }
    mcp_progress(call, (int64_t)*done * 1000000, (int64_t)N_STEPS * 1000000,
                 mcp_str_c(STEPS[*done]));
    *done += 1;
    return mcp_call_after(call, STEP_MS, step, done);
}

static mcp_err bake(struct mcp_call *call, void *user)
{
    int *done = mcp_arena_new(mcp_call_arena(call), int, 1);
    mcp_err err = mcp_task(call); /* this is long */

    (void)user;
    if (err || !done) {
        return err ? err : MCP_E_OVERLOADED;
    }
    return step(call, done);
}

static const struct mcp_tool TOOLS[] = {
    {
        .name = "bake_bread",
        .title = "Bake bread",
        .description = "Bake one loaf of bread, which takes a while.",
        .task = MCP_TASK_OPTIONAL,
        .fn = bake,
    },
    {0},
};

int main(int argc, char **argv)
{
    return mcp_main(argc, argv,
                    &(struct mcp_program){.name = "long", .version = "1.0", .tools = TOOLS});
}
