/* mcp/work.c - calls that are with a worker: see work.h and working.h. */
#include <mcp/working.h>

#include <mcp/alloc.h>
#include <mcp/asking.h>
#include <mcp/extending.h>
#include <mcp/listening.h>
#include <mcp/tasking.h>

#include <assert.h>

static struct mcp__work *work_of(struct mcp_work *seen)
{
    return (struct mcp__work *)(void *)seen;
}

/* ---- Mail: the worker's end ---- */

/* The loop finds `w` in the list of those that have something to say. */
static void announce(struct mcp__work *w)
{
    struct mcp_server *s = w->call->server;

    if (atomic_exchange(&w->is_posted, true)) {
        return;
    }
    w->next_posted = atomic_load(&s->posted);
    while (!atomic_compare_exchange_weak(&s->posted, &w->next_posted, w)) {
    }
    if (!w->next_posted) {
        s->executor.wake(s->executor.user);
    }
}

static void free_mail(struct mcp__mail *m)
{
    if (m) {
        mcp_buf_free(&m->bytes);
        mcp_free(m);
    }
}

static bool has_room(struct mcp__work *w, size_t bytes)
{
    size_t n = atomic_load(&w->n_mail), waiting = atomic_load(&w->mail_bytes);

    return n == 0 ||
           (n < MCP__MAIL_MAX && waiting <= MCP__MAIL_BYTES && bytes <= MCP__MAIL_BYTES - waiting);
}

static void queue(struct mcp__work *w, struct mcp__mail *m)
{
    atomic_fetch_add(&w->n_mail, 1);
    atomic_fetch_add(&w->mail_bytes, m->bytes.len);
    m->next = atomic_load(&w->mail);
    while (!atomic_compare_exchange_weak(&w->mail, &m->next, m)) {
    }
}

/* Takes `bytes` over. NULL: it is incomplete, or there is no memory. */
static struct mcp__mail *wrap(struct mcp_buf *bytes)
{
    struct mcp__mail *m = bytes->failed ? NULL : mcp_alloc_new(struct mcp__mail);

    if (m) {
        m->bytes = *bytes;
    } else {
        mcp_buf_free(bytes);
    }
    return m;
}

bool mcp__work_post(struct mcp_call *call, struct mcp_buf *message, bool is_progress)
{
    struct mcp__work *w = call->work;
    struct mcp__mail *m = wrap(message);

    if (m && is_progress) {
        free_mail(atomic_exchange(&w->newest, m)); /* one that was not sent is of no use any more */
        announce(w);
        return true;
    }
    if (m && has_room(w, m->bytes.len)) {
        queue(w, m);
        announce(w);
        return true;
    }
    w->n_lost += !is_progress;
    free_mail(m);
    return false;
}

/* Without room for its URI: some resource has changed, and all who watch one may look. */
static void post_uri(struct mcp__work *w, mcp_str uri)
{
    struct mcp__mail *m = NULL;
    struct mcp_buf copy;

    if (has_room(w, uri.len)) {
        mcp_buf_init(&copy, uri.len);
        mcp_buf_add(&copy, uri);
        m = wrap(&copy);
    }
    if (m) {
        m->is_change = true;
        queue(w, m);
    } else {
        atomic_store(&w->has_changed, true);
    }
}

static void post_change(struct mcp__work *w, enum mcp_change what, mcp_str uri)
{
    atomic_fetch_or(&w->changed, (unsigned)what & ~(unsigned)MCP_CHANGED_RESOURCE);
    if (((unsigned)what & MCP_CHANGED_RESOURCE) && uri.len && uri.len <= MCP__WATCH_KEY_BYTES) {
        post_uri(w, uri);
    } else if ((unsigned)what & MCP_CHANGED_RESOURCE) {
        atomic_store(&w->has_changed, true); /* all of them, or one too long to be watched */
    }
    announce(w);
}

void mcp_call_changed(struct mcp_call *call, enum mcp_change what, mcp_str uri)
{
    if (call->work) {
        post_change(call->work, what, uri);
    } else {
        mcp_server_changed(call->server, what, uri);
    }
}

/* ---- Mail: the loop's end ---- */

static void deliver(struct mcp_call *call, struct mcp__mail *m, bool is_progress)
{
    if (m->is_change) {
        mcp_server_changed(call->server, MCP_CHANGED_RESOURCE, mcp_buf_str(&m->bytes));
    } else if (call->is_task) {
        mcp__task_say(call->task, mcp_buf_str(&m->bytes));
    } else if (call->sink) {
        mcp__call_say(call, mcp_buf_str(&m->bytes), is_progress);
    }
    free_mail(m);
}

static struct mcp__mail *oldest_first(struct mcp__mail *m)
{
    struct mcp__mail *out = NULL;

    for (struct mcp__mail *next; m; m = next) {
        next = m->next;
        m->next = out;
        out = m;
    }
    return out;
}

static void empty(struct mcp__work *w)
{
    struct mcp_call *call = w->call;
    struct mcp__mail *m = oldest_first(atomic_exchange(&w->mail, NULL));
    struct mcp__mail *progress = atomic_exchange(&w->newest, NULL);
    unsigned lists = atomic_exchange(&w->changed, 0);

    for (struct mcp__mail *next; m; m = next) {
        next = m->next;
        atomic_fetch_sub(&w->n_mail, 1);
        atomic_fetch_sub(&w->mail_bytes, m->bytes.len);
        deliver(call, m, false);
    }
    if (progress) {
        deliver(call, progress, true);
    }
    mcp_server_changed(call->server, (enum mcp_change)lists, mcp_str_n(NULL, 0));
    if (atomic_exchange(&w->has_changed, false)) {
        mcp_server_changed(call->server, MCP_CHANGED_RESOURCE, mcp_str_n(NULL, 0));
    }
}

void mcp__work_collect(struct mcp_server *s)
{
    struct mcp__work *w = atomic_load(&s->posted) ? atomic_exchange(&s->posted, NULL) : NULL;

    for (struct mcp__work *next; w; w = next) {
        next = w->next_posted;
        atomic_store(&w->is_posted, false); /* before looking: what comes now is announced anew */
        empty(w);
    }
}

/* ---- The life of a run ---- */

mcp_err mcp__work_start(struct mcp_call *call)
{
    struct mcp_server *s = call->server;
    struct mcp__work *w = mcp_arena_new(&call->arena, struct mcp__work, 1);

    if (!w || mcp__extensions_copy(call, &w->declared)) {
        return MCP_E_OVERLOADED;
    }
    w->call = call;
    w->err = MCP_E_OVERLOADED;
    w->can = mcp__client_can(call);
    call->work = w;
    s->n_working++;
    if (!s->executor.start(s->executor.user, &w->seen)) {
        call->work = NULL;
        s->n_working--;
        return mcp_fail(call, MCP_E_OVERLOADED,
                        "all workers are busy, and too many calls wait for one already");
    }
    return MCP_PENDING;
}

mcp_err mcp_call_work(struct mcp_call *call, mcp_tool_fn *fn, void *user)
{
    assert(!call->work && call->row && call->row->tool->goes_to_worker);
    call->again = NULL; /* to run the handler once more is to begin on the loop again */
    call->handler.fn = fn;
    call->handler.user = user;
    call->handler.is_blocking = true;
    return mcp_call_is_cancelled(call) ? MCP_E_REFUSED : mcp__work_start(call);
}

void mcp_work_run(struct mcp_work *seen)
{
    struct mcp__work *w = work_of(seen);
    const struct mcp__handler *h = &w->call->handler;

    w->err = mcp_work_is_cancelled(seen) ? MCP_E_REFUSED : h->fn(w->call, h->user);
}

/* The handler has set its next step. */
static mcp_err go_on(struct mcp_call *call, const struct mcp__work *w)
{
    return w->has_after
               ? mcp_call_after(call, w->after_ms, call->after, call->after_user)
               : mcp_fail(call, MCP_E_INTERNAL,
                          "a blocking handler returned MCP_PENDING without mcp_call_after()");
}

void mcp_work_done(struct mcp_work *seen)
{
    struct mcp__work *w = work_of(seen);
    struct mcp_call *call = w->call;
    struct mcp_server *s = call->server;
    mcp_err err = w->err;

    mcp__work_collect(s); /* nothing comes after the result */
    call->work = NULL;
    s->n_working--;
    if (s->is_over) {
        mcp__call_destroy(call);
        if (!s->n_working) {
            mcp__server_release(s);
        }
        return;
    }
    call->n_lost += w->n_lost;
    if (err == MCP_PENDING) {
        err = go_on(call, w);
    }
    if (err != MCP_PENDING) {
        mcp_call_done(call, err);
    }
}

void mcp__work_cancel(struct mcp_call *call)
{
    struct mcp_server *s = call->server;
    const struct mcp_executor *x = &s->executor;
    struct mcp_work *seen = &call->work->seen;

    if (x->drop && x->drop(x->user, seen)) {
        call->work = NULL;
        s->n_working--;
        mcp__call_release(call);
    } else {
        x->rouse(x->user, seen);
    }
}

bool mcp_work_is_cancelled(const struct mcp_work *seen)
{
    return mcp_call_is_cancelled(((const struct mcp__work *)(const void *)seen)->call);
}

/* ---- What the handler asks ---- */

unsigned mcp__work_client_can(const struct mcp_call *call)
{
    return call->work->can;
}

mcp_err mcp__work_after(struct mcp_call *call, int64_t delay_ms)
{
    call->work->has_after = true;
    call->work->after_ms = delay_ms;
    return MCP_PENDING;
}

bool mcp_call_wait(struct mcp_call *call, int64_t ms)
{
    const struct mcp_executor *x = &call->server->executor;

    assert(call->work); /* the loop must not sleep */
    if (call->work && ms > 0 && !mcp_call_is_cancelled(call)) {
        x->wait(x->user, &call->work->seen, ms);
    }
    return mcp_call_is_cancelled(call);
}

/* ---- Who needs it ---- */

bool mcp_server_needs_executor(const struct mcp_server_options *opt)
{
    for (size_t i = 0; i < opt->n_tools; i++) {
        for (const struct mcp_tool *t = opt->tools[i].rows; t && t->name; t++) {
            if (t->is_blocking || t->goes_to_worker) {
                return true;
            }
        }
    }
    for (size_t i = 0; i < opt->n_resources; i++) {
        for (const struct mcp_resource *r = opt->resources[i].rows; r && r->uri; r++) {
            if (r->is_blocking) {
                return true;
            }
        }
    }
    for (size_t i = 0; i < opt->n_prompts; i++) {
        for (const struct mcp_prompt *p = opt->prompts[i].rows; p && p->name; p++) {
            if (p->is_blocking) {
                return true;
            }
        }
    }
    return mcp__extensions_blocking(opt);
}
