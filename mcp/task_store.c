/* mcp/task_store.c - tasks as records: saved, restored; see task.h. */
#include <mcp/tasking.h>

/* The error of a task that there was no room for, made in caller memory. */
static mcp_str failure_text(const struct mcp__task *t, char out[MCP__TASK_FAILURE_BYTES])
{
    struct mcp_buf b = {.ptr = out, .cap = MCP__TASK_FAILURE_BYTES, .max = MCP__TASK_FAILURE_BYTES};
    const struct mcp_err_info *info = mcp_err_info(t->failure);

    mcp_buf_add_c(&b, "{\"code\":");
    mcp_buf_int(&b, info->code);
    mcp_buf_add_c(&b, ",\"message\":\"");
    mcp_buf_add_c(&b, info->meaning);
    mcp_buf_add_c(&b, "\"}");
    return mcp_buf_str(&b);
}

mcp_str mcp__task_outcome(const struct mcp__task *t, char room[MCP__TASK_FAILURE_BYTES])
{
    return t->failure ? failure_text(t, room) : mcp_buf_str(&t->outcome);
}

void mcp__task_save(struct mcp__task *t)
{
    const struct mcp_task_store *store = &t->server->tasks->opt.store;
    char room[MCP__TASK_FAILURE_BYTES];
    struct mcp_task_record r = {.id = mcp_str_n(t->id, t->id_len),
                                .owner = t->owner,
                                .status = t->end,
                                .message = mcp_buf_str(&t->message),
                                .created_ms = t->created_ms,
                                .updated_ms = t->updated_ms,
                                .ttl_ms = t->ttl_ms,
                                .outcome = mcp__task_outcome(t, room)};

    memcpy(r.principal, t->principal, sizeof(r.principal));
    t->is_saving = true;
    if (store->save) {
        store->save(store->user, t->server, &r);
    } else {
        mcp__task_saved(t, MCP_OK);
    }
}

void mcp_server_task_saved(struct mcp_server *s, mcp_str id, mcp_err err)
{
    struct mcp__task *t = mcp__task_find(s, id);

    if (t && t->is_saving) {
        mcp__task_saved(t, err);
    }
}

/* ---- After a start ---- */

/* INVALID_PARAMS, OVERLOADED. */
static mcp_err check_object(struct mcp_server *s, mcp_str text)
{
    struct mcp_json_limits limits = {s->call_bytes_max, 64, SIZE_MAX / 4, false};
    mcp_json v = {NULL, NULL};

    mcp_err err = mcp_json_read(&s->check, text, &limits, &v, NULL);
    bool is_object = !err && mcp_json_type(v) == MCP_JSON_OBJECT;

    mcp_arena_reset(&s->check);
    return is_object || err == MCP_E_OVERLOADED ? err : MCP_E_INVALID_PARAMS;
}

static mcp_err check_record(struct mcp_server *s, const struct mcp_task_record *r)
{
    bool is_text = r->id.len > 0 && r->id.len <= MCP__TASK_ID_BYTES;

    for (size_t i = 0; is_text && i < r->id.len; i++) {
        is_text = r->id.ptr[i] > 0x20 && r->id.ptr[i] < 0x7f;
    }
    if (!is_text || r->status > MCP_TASK_CANCELLED || r->created_ms < 0 || r->ttl_ms <= 0 ||
        r->created_ms > INT64_MAX - r->ttl_ms || mcp__task_find(s, r->id)) {
        return MCP_E_INVALID_PARAMS;
    }
    return r->status == MCP_TASK_COMPLETED || r->status == MCP_TASK_FAILED
               ? check_object(s, r->outcome)
               : MCP_OK;
}

/* Its handler ended with the process. */
static void interrupt(struct mcp__task *t)
{
    static const char WHY[] = "the server was stopped while the task ran";

    t->end = MCP_TASK_FAILED;
    mcp__task_stamp(t);
    mcp_buf_clear(&t->message);
    mcp_buf_add_c(&t->message, WHY);
    mcp_buf_add_c(&t->outcome, "{\"code\":");
    mcp_buf_int(&t->outcome, mcp_err_info(MCP_E_INTERNAL)->code);
    mcp_buf_add_c(&t->outcome, ",\"message\":\"");
    mcp_buf_add_c(&t->outcome, WHY);
    mcp_buf_add_c(&t->outcome, "\"}");
}

mcp_err mcp_server_restore_task(struct mcp_server *s, const struct mcp_task_record *r)
{
    int64_t now_ms = mcp_clock_wall_ms(&s->clock);

    mcp_err err = s->tasks ? check_record(s, r) : MCP_E_INVALID_PARAMS;

    if (err) {
        return err;
    }
    int64_t left_ms = r->created_ms + r->ttl_ms - now_ms;

    if (left_ms <= 0) {
        const struct mcp_task_store *store = &s->tasks->opt.store;

        if (store->remove) {
            store->remove(store->user, r->id);
        }
        return MCP_OK;
    }
    left_ms = left_ms < r->ttl_ms ? left_ms : r->ttl_ms; /* the clock may have been set back */
    struct mcp__task *t = mcp__task_new(s, r->id, r->principal, r->owner, left_ms);

    if (!t) {
        return MCP_E_OVERLOADED;
    }
    t->created_ms = r->created_ms;
    t->updated_ms = r->updated_ms;
    t->ttl_ms = r->ttl_ms;
    mcp_buf_add(&t->message, r->message);
    if (r->status == MCP_TASK_WORKING || r->status == MCP_TASK_INPUT_REQUIRED) {
        interrupt(t);
    } else {
        t->end = r->status;
        mcp_buf_add(&t->outcome, r->outcome);
    }
    s->tasks->bytes += t->outcome.len; /* mcp__task_free() gives back what is there */
    if (t->outcome.failed) {
        mcp__task_free(t);
        return MCP_E_OVERLOADED;
    }
    if (t->end != r->status) {
        mcp__task_save(t);
    } else {
        mcp__task_settle(t);
    }
    return MCP_OK;
}
