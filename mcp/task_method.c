/* mcp/task_method.c - what clients ask of tasks: tasks/get, tasks/update, tasks/cancel, and
 * notifications/tasks; the extension's table. */
#include <mcp/tasking.h>

#include <mcp/asking.h>
#include <mcp/timestamp.h>

/* ---- What a task looks like ---- */

static void put_time(struct mcp_json_writer *w, mcp_str key, int64_t wall_ms)
{
    char text[MCP_TIMESTAMP_BYTES];

    mcp_json_member_str(w, key, mcp_timestamp_format(wall_ms, text));
}

static void put_details(struct mcp_json_writer *w, const struct mcp__task *t)
{
    char room[MCP__TASK_FAILURE_BYTES];

    switch (t->status) {
    case MCP_TASK_INPUT_REQUIRED:
        mcp_json_put_key(w, MCP_STR("inputRequests"));
        mcp__ask_put_requests(w, t->call->asking);
        break;
    case MCP_TASK_COMPLETED:
        mcp_json_member_raw(w, MCP_STR("result"), mcp__task_outcome(t, room));
        break;
    case MCP_TASK_FAILED:
        mcp_json_member_raw(w, MCP_STR("error"), mcp__task_outcome(t, room));
        break;
    case MCP_TASK_WORKING:
    case MCP_TASK_CANCELLED:
        break;
    }
}

void mcp__task_put(struct mcp_json_writer *w, const struct mcp__task *t, bool is_detailed)
{
    static const char *const NAMES[] = {[MCP_TASK_WORKING] = "working",
                                        [MCP_TASK_INPUT_REQUIRED] = "input_required",
                                        [MCP_TASK_COMPLETED] = "completed",
                                        [MCP_TASK_FAILED] = "failed",
                                        [MCP_TASK_CANCELLED] = "cancelled"};

    mcp_json_member_str(w, MCP_STR("taskId"), mcp_str_n(t->id, t->id_len));
    mcp_json_member_str(w, MCP_STR("status"), mcp_str_c(NAMES[t->status]));
    if (t->message.len) {
        mcp_json_member_str(w, MCP_STR("statusMessage"), mcp_buf_str(&t->message));
    }
    put_time(w, MCP_STR("createdAt"), t->created_ms);
    put_time(w, MCP_STR("lastUpdatedAt"), t->updated_ms);
    mcp_json_member_int(w, MCP_STR("ttlMs"), t->ttl_ms);
    mcp_json_member_int(w, MCP_STR("pollIntervalMs"), t->server->tasks->opt.poll_ms);
    if (is_detailed) {
        put_details(w, t);
    }
}

/* ---- Whose it is ---- */

/* Without its id having been told there is no task. */
static struct mcp__task *find_own(const struct mcp_call *call, mcp_str id)
{
    const struct mcp_principal *who = &call->principal;
    struct mcp__task *t = mcp__task_find(call->server, id);
    bool is_own = t && !t->front && t->owner == who->owner &&
                  memcmp(t->principal, who->id, sizeof(t->principal)) == 0;

    return is_own ? t : NULL;
}

static mcp_err find(struct mcp_call *call, struct mcp__task **ret)
{
    mcp_json id = mcp_json_get(call->params, MCP_STR("taskId"));

    if (mcp_json_type(id) != MCP_JSON_STRING) {
        return mcp_fail(call, MCP_E_INVALID_PARAMS, "params.taskId must be a string");
    }
    *ret = find_own(call, mcp_json_str(id, &call->arena, mcp_str_n(NULL, 0)));
    return *ret ? MCP_OK
                : mcp_fail(call, MCP_E_INVALID_PARAMS, "no task has this id, or its time is over");
}

/* ---- Methods ---- */

static mcp_err get(struct mcp_call *call, void *user)
{
    struct mcp__task *t = NULL;
    mcp_err err = find(call, &t);

    (void)user;
    if (!err) {
        mcp__task_put(mcp_result(call), t, true);
    }
    return err;
}

/* What has been asked and not been answered. */
static bool is_open(const struct mcp__input *in)
{
    return in->is_asked && !mcp_json_present(in->answer);
}

static mcp_err judge(struct mcp_call *call, const struct mcp__task *t, mcp_json responses)
{
    for (struct mcp__input *in = t->call->asking->inputs; in; in = in->next) {
        mcp_json answer = mcp_json_get(responses, in->key);
        const char *why = is_open(in) && mcp_json_present(answer)
                              ? mcp__ask_judge(in, answer, &call->arena)
                              : NULL;

        if (why) {
            return mcp_fail(call, MCP_E_INVALID_PARAMS, "params.inputResponses.%.*s: %s",
                            MCP_STR_ARG(in->key), why);
        }
    }
    return MCP_OK;
}

/* Take copies, which live as long as the task's call. Without memory for them its handler finds the
 * arena at its end, and the task fails. */
static void take(struct mcp_call *call, mcp_json responses)
{
    for (struct mcp__input *in = call->asking->inputs; in; in = in->next) {
        mcp_json answer = mcp_json_get(responses, in->key);

        if (is_open(in) && mcp_json_present(answer)) {
            (void)mcp__ask_keep(call, answer, &in->answer);
        }
    }
}

/* Unknown and answered keys are ignored; a bad answer changes nothing. */
static mcp_err update(struct mcp_call *call, void *user)
{
    mcp_json responses = mcp_json_get(call->params, MCP_STR("inputResponses"));
    struct mcp__task *t = NULL;
    mcp_err err = find(call, &t);

    (void)user;
    if (!err && mcp_json_type(responses) != MCP_JSON_OBJECT) {
        err = mcp_fail(call, MCP_E_INVALID_PARAMS, "params.inputResponses must be an object");
    }
    if (err || t->status != MCP_TASK_INPUT_REQUIRED) {
        return err;
    }
    err = judge(call, t, responses);
    if (err) {
        return err;
    }
    take(t->call, responses);
    for (const struct mcp__input *in = t->call->asking->inputs; in; in = in->next) {
        if (is_open(in) && !mcp_arena_failed(&t->call->arena)) {
            mcp__task_touch(t);
            return MCP_OK;
        }
    }
    mcp__task_unpark(t);
    return MCP_OK;
}

static mcp_err cancel(struct mcp_call *call, void *user)
{
    struct mcp__task *t = NULL;
    mcp_err err = find(call, &t);

    (void)user;
    if (!err) {
        mcp__task_cancel(t);
    }
    return err;
}

/* ---- Notifications ---- */

static bool may_watch(struct mcp_call *call, mcp_str key, void *user)
{
    (void)user;
    return find_own(call, key) != NULL;
}

static bool put_change(struct mcp_server *s, mcp_str key, struct mcp_json_writer *w, void *user)
{
    const struct mcp__task *t = mcp__task_find(s, key);

    (void)user;
    if (t) {
        mcp__task_put(w, t, true);
    }
    return t != NULL;
}

static const struct mcp_method METHODS[] = {
    /* Asked again and again, as clients are told to: free. */
    {.name = "tasks/get", .name_member = "taskId", .cost = MCP_NO_COST, .fn = get},
    {.name = "tasks/update", .name_member = "taskId", .fn = update},
    {.name = "tasks/cancel", .name_member = "taskId", .fn = cancel},
    {0},
};

const struct mcp_extension mcp__tasks_extension = {
    .id = MCP__TASKS_ID,
    .methods = METHODS,
    .filter = "taskIds",
    .notification = "notifications/tasks",
    .may_watch = may_watch,
    .put_change = put_change,
};
