/* mcp/task.c - a call becomes a task, runs, ends, is forgotten; see task.h and tasking.h. */
#include <mcp/tasking.h>

#include <mcp/alloc.h>
#include <mcp/asking.h>

#include <assert.h>
#include <sodium.h>

/* ---- The tables ---- */

static struct mcp__link **id_bucket(const struct mcp_server *s, mcp_str id)
{
    uint8_t hash[crypto_shorthash_BYTES];
    uint64_t h;

    crypto_shorthash(hash, (const unsigned char *)id.ptr, id.len, s->hash_key);
    memcpy(&h, hash, sizeof(h));
    return &s->tasks->by_id[h & (MCP__TASK_BUCKETS - 1)];
}

static struct mcp__link **owner_bucket(const struct mcp_server *s, const uint8_t principal[16])
{
    return id_bucket(s, mcp_str_n((const char *)principal, 16)) - s->tasks->by_id +
           s->tasks->by_owner;
}

struct mcp__task *mcp__task_find(const struct mcp_server *s, mcp_str id)
{
    for (struct mcp__link *l = s->tasks ? *id_bucket(s, id) : NULL; l; l = l->next) {
        struct mcp__task *t = MCP__OF(struct mcp__task, in_id, l);

        if (mcp_str_eq(mcp_str_n(t->id, t->id_len), id)) {
            return t;
        }
    }
    return NULL;
}

/* How many tasks a principal has, and the bytes of their outcomes. */
static size_t count_of(const struct mcp_server *s, const uint8_t principal[16], uint64_t owner,
                       size_t *ret_bytes)
{
    size_t n = 0;

    *ret_bytes = 0;
    if (sodium_is_zero(principal, 16)) {
        return 0; /* not told apart */
    }
    for (struct mcp__link *l = *owner_bucket(s, principal); l; l = l->next) {
        const struct mcp__task *t = MCP__OF(struct mcp__task, in_owner, l);

        if (t->owner == owner && memcmp(t->principal, principal, 16) == 0) {
            n++;
            *ret_bytes += t->outcome.len;
        }
    }
    return n;
}

bool mcp__tasks_wanted(const struct mcp_server_options *opt)
{
    for (size_t i = 0; i < opt->n_tools; i++) {
        for (const struct mcp_tool *t = opt->tools[i].rows; t && t->name; t++) {
            if (t->task != MCP_TASK_NEVER) {
                return true;
            }
        }
    }
    return false;
}

mcp_err mcp__tasks_init(struct mcp_server *s, const struct mcp_server_options *opt,
                        const struct mcp__complaint *c)
{
    struct mcp_task_options o = opt->tasks;

    if (o.ttl_ms < 0 || o.poll_ms < 0) {
        return mcp__complain(c, "a time of tasks is negative");
    }
    s->tasks = mcp_alloc_new(struct mcp__tasks);
    if (!s->tasks) {
        return mcp__complain_memory(c);
    }
    o.ttl_ms = o.ttl_ms ? o.ttl_ms : 3600000;
    o.poll_ms = o.poll_ms ? o.poll_ms : 1000;
    o.tasks_max = o.tasks_max ? o.tasks_max : 10000;
    o.each_max = o.each_max ? o.each_max : o.tasks_max / 4 > 8 ? o.tasks_max / 4 : 8;
    o.result_bytes_max = o.result_bytes_max ? o.result_bytes_max : (size_t)64 << 20;
    s->tasks->opt = o;
    return MCP_OK;
}

void mcp__tasks_free(struct mcp_server *s)
{
    for (size_t i = 0; s->tasks && i < MCP__TASK_BUCKETS; i++) {
        while (s->tasks->by_id[i]) {
            mcp__task_free(MCP__OF(struct mcp__task, in_id, s->tasks->by_id[i]));
        }
    }
    mcp_free(s->tasks);
    s->tasks = NULL;
}

/* ---- Their life ---- */

static void set_status(struct mcp__task *t, enum mcp_task_status status)
{
    struct mcp__tasks *all = t->server->tasks;

    all->n_busy -= t->status == MCP_TASK_WORKING;
    all->n_parked -= t->status == MCP_TASK_INPUT_REQUIRED;
    t->status = status;
    all->n_busy += t->status == MCP_TASK_WORKING;
    all->n_parked += t->status == MCP_TASK_INPUT_REQUIRED;
}

void mcp__task_stamp(struct mcp__task *t)
{
    int64_t now_ms = mcp_clock_wall_ms(&t->server->clock);

    t->updated_ms = now_ms > t->updated_ms ? now_ms : t->updated_ms;
}

/* Clients that watch it are told. */
static void tell(struct mcp__task *t)
{
    mcp_server_extension_changed(t->server, MCP__TASKS_ID, mcp_str_n(t->id, t->id_len));
}

void mcp__task_touch(struct mcp__task *t)
{
    mcp__task_stamp(t);
    tell(t);
}

void mcp__task_free(struct mcp__task *t)
{
    struct mcp__tasks *all = t->server->tasks;

    set_status(t, MCP_TASK_CANCELLED);
    all->n--;
    all->bytes -= t->outcome.len;
    mcp__due_drop(t->server, &t->expiry);
    mcp__link_out(&t->in_id);
    mcp__link_out(&t->in_owner);
    mcp_buf_free(&t->message);
    mcp_buf_free(&t->outcome);
    mcp_free(t);
}

/* What is told to a handler it sees; one that waits for answers will not run again. */
static void end_or_tell(struct mcp_call *call, bool is_parked)
{
    if (is_parked) {
        call->is_cancelled = true;
        mcp_call_done(call, MCP_E_REFUSED);
    } else {
        mcp__call_forget(call);
    }
}

/* It never was, or is over: its handler is told. */
void mcp__task_disown(struct mcp__task *t)
{
    const struct mcp_task_store *store = &t->server->tasks->opt.store;
    bool is_parked = t->status == MCP_TASK_INPUT_REQUIRED;
    struct mcp_call *call = t->call;

    if (store->remove) {
        store->remove(store->user, mcp_str_n(t->id, t->id_len));
    }
    mcp__task_free(t);
    if (call) {
        call->task = NULL;
        end_or_tell(call, is_parked);
    }
}

static void expire(struct mcp__due *d)
{
    struct mcp__task *t = MCP__OF(struct mcp__task, expiry, d);
    struct mcp_call *front = t->front;

    t->front = NULL;
    mcp__task_disown(t);
    if (front) {
        mcp_call_done(front,
                      mcp_fail(front, MCP_E_STORAGE, "the task could not be stored in time"));
    }
}

struct mcp__task *mcp__task_new(struct mcp_server *s, mcp_str id, const uint8_t principal[16],
                                uint64_t owner, int64_t left_ms)
{
    struct mcp__task *t = mcp_alloc_new(struct mcp__task);

    if (t && !mcp__due_set(s, &t->expiry, left_ms, expire)) {
        mcp_free(t);
        t = NULL;
    }
    if (!t) {
        return NULL;
    }
    t->server = s;
    t->id_len = id.len;
    memcpy(t->id, id.ptr, id.len);
    memcpy(t->principal, principal, sizeof(t->principal));
    t->owner = owner;
    mcp_buf_init(&t->message, MCP__TASK_MESSAGE_BYTES);
    mcp_buf_init(&t->outcome, s->call_bytes_max);
    mcp__link_in(id_bucket(s, id), &t->in_id);
    mcp__link_in(owner_bucket(s, principal), &t->in_owner);
    s->tasks->n++;
    s->tasks->n_busy++; /* WORKING */
    return t;
}

/* ---- It begins ---- */

static bool may_be(struct mcp_call *call)
{
    if (!call->row || !call->sink || !call->server->tasks || call->is_direct) {
        return false;
    }
    assert(call->row->tool->task != MCP_TASK_NEVER); /* a row whose handler makes tasks says so */
    return mcp__rev_in(call->rev, MCP__MODERN_REVS) && call->row->tool->task != MCP_TASK_NEVER &&
           mcp_json_present(mcp_client_extension(call, MCP__TASKS_ID));
}

static mcp_err check_room(struct mcp_call *call)
{
    const struct mcp__tasks *all = call->server->tasks;
    size_t bytes, n = count_of(call->server, call->principal.id, call->principal.owner, &bytes);

    if (n >= all->opt.each_max) {
        return mcp_fail(call, MCP_E_OVERLOADED, "you have %zu tasks already", n);
    }
    if (all->n >= all->opt.tasks_max) {
        return mcp_fail(call, MCP_E_OVERLOADED, "%zu tasks exist already", all->n);
    }
    return MCP_OK;
}

/* 192 random bits: "A server MUST generate them with sufficient entropy". */
static mcp_str draw_id(char out[MCP__TASK_ID_BYTES])
{
    uint8_t random[24];

    randombytes_buf(random, sizeof(random));
    sodium_bin2base64(out, MCP__TASK_ID_BYTES, random, sizeof(random),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return mcp_str_c(out);
}

mcp_err mcp_task(struct mcp_call *call)
{
    struct mcp_server *s = call->server;
    char id[MCP__TASK_ID_BYTES];

    if (call->work || call->is_task || !may_be(call)) {
        return MCP_OK;
    }
    mcp_err err = check_room(call);

    if (err) {
        return err;
    }
    struct mcp__task *t = mcp__task_new(s, draw_id(id), call->principal.id, call->principal.owner,
                                        s->tasks->opt.ttl_ms);
    struct mcp_call *front = t ? mcp__call_split(call) : NULL;

    if (!front) {
        if (t) {
            mcp__task_free(t);
        }
        return mcp_fail(call, MCP_E_OVERLOADED, "there is no memory for a task");
    }
    t->created_ms = t->updated_ms = mcp_clock_wall_ms(&s->clock);
    t->ttl_ms = s->tasks->opt.ttl_ms;
    t->call = call;
    t->front = front;
    call->task = t;
    call->is_task = true;
    mcp__task_save(t);
    return call->task ? MCP_OK : mcp_fail(call, MCP_E_STORAGE, "the task could not be stored");
}

bool mcp_call_is_task(const struct mcp_call *call)
{
    return call->is_task;
}

/* The client is answered, now that the task is durable. Nobody else knows its id: when the reply
 * does not carry it, there is no task. */
static void begin(struct mcp__task *t, mcp_err err)
{
    struct mcp_call *front = t->front;

    t->front = NULL;
    if (!err && !front->is_cancelled) {
        front->form = MCP__FORM_EXTENSION;
        mcp_result_type(front, "task");
        mcp__task_put(mcp_result(front), t, false);
        err = front->structured.failed ? MCP_E_OVERLOADED : MCP_OK;
    } else {
        err = mcp_fail(front, MCP_E_STORAGE, "the task could not be stored");
    }
    if (err) {
        mcp__task_disown(t);
    } else {
        front->introduces = t; /* there may be no room for the reply */
    }
    mcp_call_done(front, err);
}

/* ---- It goes on ---- */

void mcp__task_say(struct mcp__task *t, mcp_str message)
{
    if (!t || !message.len) {
        return;
    }
    if (message.len > MCP__TASK_MESSAGE_BYTES) {
        message.len = MCP__TASK_MESSAGE_BYTES;
        while (message.len && ((unsigned char)message.ptr[message.len] & 0xc0) == 0x80) {
            message.len--; /* not within a character */
        }
    }
    mcp_buf_clear(&t->message);
    mcp_buf_add(&t->message, message);
    mcp__task_touch(t);
}

mcp_err mcp__task_park(struct mcp_call *call)
{
    if (mcp_call_is_cancelled(call)) {
        return MCP_E_REFUSED;
    }
    set_status(call->task, MCP_TASK_INPUT_REQUIRED);
    mcp__task_touch(call->task);
    return MCP_PENDING;
}

static mcp_err run_again(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_call_is_cancelled(call) ? MCP_E_REFUSED : mcp__ask_again(call);
}

void mcp__task_unpark(struct mcp__task *t)
{
    struct mcp_call *call = t->call;

    set_status(t, MCP_TASK_WORKING);
    mcp__task_touch(t);
    mcp_err err = mcp_call_after(call, 0, run_again, NULL);

    if (err != MCP_PENDING) {
        mcp_call_done(call, err);
    }
}

void mcp__task_cancel(struct mcp__task *t)
{
    if (t->call) {
        end_or_tell(t->call, t->status == MCP_TASK_INPUT_REQUIRED);
    }
}

/* ---- It ends ---- */

static void fail(struct mcp__task *t, mcp_err err)
{
    mcp_buf_free(&t->outcome);
    t->failure = err;
    t->end = MCP_TASK_FAILED;
}

/* Keep what the client would have been answered; without room for it, the error that says so. */
static void keep_outcome(struct mcp__task *t, struct mcp_call *call, mcp_err err)
{
    struct mcp__tasks *all = t->server->tasks;
    size_t most = t->server->call_bytes_max, own;

    t->end = mcp__reply_is_error(call, err) ? MCP_TASK_FAILED : MCP_TASK_COMPLETED;
    mcp__reply_put_outcome(&t->outcome, call, err);
    (void)count_of(t->server, t->principal, t->owner, &own);
    most = most > 2 * (size_t)MCP__TASK_MARGIN_BYTES ? most - MCP__TASK_MARGIN_BYTES : most / 2;
    if (t->outcome.is_over || t->outcome.len > most) {
        fail(t, MCP_E_TOO_LARGE);
    } else if (t->outcome.failed || all->bytes + t->outcome.len > all->opt.result_bytes_max ||
               own > all->opt.result_bytes_max / 4) {
        fail(t, MCP_E_OVERLOADED);
    }
    all->bytes += t->outcome.len;
    mcp_buf_clear(&t->message);
    if (t->end == MCP_TASK_FAILED) {
        mcp_str why = t->failure || !call->message.len
                          ? mcp_str_c(mcp_err_info(t->failure ? t->failure : err)->meaning)
                          : call->message;

        mcp__task_say(t, why);
    }
}

void mcp__task_finish(struct mcp_call *call, mcp_err err)
{
    struct mcp__task *t = call->task;

    call->task = NULL;
    t->call = NULL;
    set_status(t, MCP_TASK_WORKING); /* until what it ended with is durable */
    if (mcp_call_is_cancelled(call)) {
        t->end = MCP_TASK_CANCELLED;
        mcp_buf_clear(&t->message);
    } else {
        keep_outcome(t, call, err);
    }
    mcp__task_stamp(t);
    if (!t->is_saving) {
        mcp__task_save(t);
    }
}

void mcp__task_let_go(struct mcp_call *call)
{
    if (!call->server->is_over) {
        call->is_cancelled = true;
        mcp__task_finish(call, MCP_E_REFUSED);
    } else {
        call->task->call = NULL;
        call->task = NULL;
    }
}

void mcp__task_settle(struct mcp__task *t)
{
    set_status(t, t->end);
}

void mcp__task_saved(struct mcp__task *t, mcp_err err)
{
    struct mcp_server *s = t->server;
    mcp_str id = mcp_str_n(t->id, t->id_len);
    char copy[MCP__TASK_ID_BYTES];

    t->is_saving = false;
    if (t->front) {
        memcpy(copy, t->id, t->id_len);
        id.ptr = copy;
        begin(t, err);
        t = mcp__task_find(s, id); /* it may have gone with the answer */
        if (t && t->end != MCP_TASK_WORKING) {
            mcp__task_save(t);
        }
        return;
    }
    if (err) { /* it can be read as long as the process lives */
        mcp_log(&s->log, MCP_LOG_ERROR, "tasks: an outcome could not be stored");
    }
    mcp__task_settle(t);
    tell(t);
}

size_t mcp_server_tasks(const struct mcp_server *s)
{
    return s->tasks ? s->tasks->n_busy : 0;
}
