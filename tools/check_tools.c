/* tools/check_tools.c - every row of the store is read and judged, in steps: it takes long, so it
 * is a task where the client can have one. `cistern verify` also looks at the pages of the file. */
#include <tools/state.h>

#include <mcp/call.h>
#include <mcp/task.h>

#include "check_schema.h"

enum { STEP_ROWS = 1000, REST_MS = 5 };

struct check_op {
    struct tools *tools;
    int64_t rest_ms;
    uint64_t n_rows, n_damaged;
    const char *first; /* NULL: none is damaged */
    size_t n_step;     /* rows of the last step */
    size_t from_bytes; /* where the next step begins */
    char from[STORE_KEY_MAX + 1];
};

static mcp_err check_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct check_op *op = arg;
    const char *why = tools_check_row(key, value, version);

    op->n_damaged += why != NULL;
    op->first = op->first ? op->first : why;
    op->n_rows++;
    op->n_step++;
    memcpy(op->from, key.ptr, key.len); /* the smallest key behind it has a NUL more */
    op->from[key.len] = '\0';
    op->from_bytes = key.len + 1;
    return MCP_OK;
}

static mcp_err step_body(struct store_txn *txn, void *arg)
{
    struct check_op *op = arg;
    char low[STORE_KEY_MAX];
    size_t n = op->from_bytes < sizeof(low) ? op->from_bytes : sizeof(low);

    memcpy(low, op->from, n);
    op->n_step = 0;
    return store_scan(txn, mcp_str_n(low, n), MCP_STR("\xff\xff\xff\xff"), false, STEP_ROWS,
                      check_row, op);
}

static mcp_err finish(struct mcp_call *call, const struct check_op *op)
{
    struct mcp_json_writer *w = mcp_structured(call);

    mcp_json_object(w);
    mcp_json_member_int(w, MCP_STR("rows"), (int64_t)op->n_rows);
    mcp_json_member_int(w, MCP_STR("damaged"), (int64_t)op->n_damaged);
    if (op->first) {
        mcp_json_member_str(w, MCP_STR("firstDamaged"), mcp_str_c(op->first));
    } else {
        mcp_json_member_null(w, MCP_STR("firstDamaged"));
    }
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err step(struct mcp_call *call, void *user)
{
    struct check_op *op = user;

    if (mcp_call_is_cancelled(call)) {
        return MCP_E_REFUSED;
    }
    if (store_read(op->tools->store, step_body, op)) {
        return mcp_fail(call, MCP_E_STORAGE,
                        "A row behind %llu others cannot be read; run cistern verify.",
                        (unsigned long long)op->n_rows);
    }
    mcp_progress(
        call, (int64_t)op->n_rows * 1000000, 0,
        mcp_arena_printf(mcp_call_arena(call), "%llu rows", (unsigned long long)op->n_rows));
    return op->n_step < STEP_ROWS ? finish(call, op) : mcp_call_after(call, op->rest_ms, step, op);
}

static mcp_err check_store(struct mcp_call *call, void *user)
{
    mcp_err err = mcp_task(call);
    struct check_op *op = mcp_arena_new(mcp_call_arena(call), struct check_op, 1);

    if (err || !op) {
        return err ? err : MCP_E_OVERLOADED;
    }
    op->tools = user;
    op->rest_ms = mcp_arg_int(call, "restMs", REST_MS);
    op->from[0] = 1; /* before that is what belongs to the store itself */
    op->from_bytes = 1;
    return mcp_call_after(call, 0, step, op); /* who asked knows of the task first */
}

const struct mcp_tool check_rows[] = {
    {
        .name = "check_store",
        .title = "Check the store",
        .description = "Reads every row of the store and says which are damaged. Takes long on a "
                       "large one: a task where the client can have one.",
        .input_schema = SCHEMA_CHECK_STORE,
        .output_schema = SCHEMA_CHECKED_STORE,
        .scope = "admin",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .task = MCP_TASK_OPTIONAL,
        .fn = check_store,
        .fails = MCP_FAILS(STORAGE),
    },
    {0},
};
