/* store/queue.c - queued writes: one list in, many bodies per commit, one list out.
 *
 * A body that fails without having written anything leaves the transaction as it was, and the
 * others go on. One that fails after writing costs the batch: abort all, then one by one. */
#include "engine.h"

#include <signal.h>

/* What store_write_now() waits for. */
struct now {
    struct store_write write; /* first */
    bool is_finished;
};

static void mark_now(struct store_write *w, mcp_err err)
{
    (void)err;
    ((struct now *)(void *)w)->is_finished = true;
}

bool store__queue_init(struct store *s)
{
    s->queued_end = &s->queued;
    s->finished_end = &s->finished;
    if (pthread_mutex_init(&s->lock, NULL) != 0) {
        return false;
    }
    if (pthread_cond_init(&s->moved, NULL) != 0) {
        pthread_mutex_destroy(&s->lock);
        return false;
    }
    return true;
}

void store_submit(struct store *s, struct store_write *w)
{
    w->next = NULL;
    w->err = MCP_PENDING;
    pthread_mutex_lock(&s->lock);
    *s->queued_end = w;
    s->queued_end = &w->next;
    pthread_cond_broadcast(&s->moved);
    pthread_mutex_unlock(&s->lock);
}

/* ---- Applying a batch; no lock held ---- */

/* Runs bodies into one transaction. Returns the first write not in it, *ret_is_spoilt: a body
 * failed after writing, so that nothing of this may be committed. */
static struct store_write *run_bodies(struct store_txn *t, struct store_write *w, size_t max,
                                      bool *ret_is_spoilt)
{
    *ret_is_spoilt = false;
    for (size_t n = 0; w && n < max; n++, w = w->next) {
        bool is_clean = false;

        if (n && store__txn_bytes(t) >= STORE__BATCH_BYTES) {
            break;
        }
        w->err = store__txn_run(t, w->body, w->arg, &is_clean);
        if (w->err && !is_clean) {
            *ret_is_spoilt = true;
        }
        if (w->err && !is_clean && max > 1) {
            break;
        }
    }
    return w;
}

static void fail_all(struct store_write *w, const struct store_write *end, mcp_err err)
{
    for (; w != end; w = w->next) {
        w->err = err;
    }
}

/* One write in a transaction of its own. */
static void apply_one(struct store *s, struct store_write *w)
{
    struct store_txn *t;
    bool is_spoilt;

    w->err = store__txn_begin(s, &t);
    if (w->err) {
        return;
    }
    (void)run_bodies(t, w, 1, &is_spoilt);
    if (w->err) {
        store__txn_abort(t);
    } else {
        w->err = store__txn_commit(t);
    }
}

/* Applies up to batch_max writes from `first` on; returns the first one not applied. */
static struct store_write *apply_some(struct store *s, struct store_write *first)
{
    struct store_txn *t;
    bool is_spoilt;
    mcp_err err = store__txn_begin(s, &t);

    if (err) {
        fail_all(first, NULL, err);
        return NULL;
    }
    struct store_write *end = run_bodies(t, first, s->batch_max, &is_spoilt);

    if (!is_spoilt) {
        err = store__txn_commit(t);
        if (err) { /* indeterminate: never run again */
            fail_all(first, end, err);
        }
        return end;
    }
    store__txn_abort(t);
    end = end ? end->next : NULL;
    for (struct store_write *w = first; w != end; w = w->next) {
        apply_one(s, w);
    }
    return end;
}

static struct store_write *take_queued(struct store *s)
{
    struct store_write *first = s->queued;

    s->queued = NULL;
    s->queued_end = &s->queued;
    return first;
}

/* Lock held. Moves [first, end) to the finished list. */
static void give_finished(struct store *s, struct store_write *first, const struct store_write *end)
{
    for (struct store_write *w = first, *next; w != end; w = next) {
        next = w->next;
        w->next = NULL;
        if (w->done == mark_now) {
            mark_now(w, w->err);
            continue;
        }
        *s->finished_end = w;
        s->finished_end = &w->next;
    }
    pthread_cond_broadcast(&s->moved);
}

/* Lock held on entry and exit, not while bodies run. */
static void apply_queue(struct store *s, bool wake)
{
    struct store_write *w = take_queued(s);

    while (w) {
        pthread_mutex_unlock(&s->lock);
        struct store_write *end = apply_some(s, w);

        pthread_mutex_lock(&s->lock);
        give_finished(s, w, end);
        if (wake) {
            pthread_mutex_unlock(&s->lock);
            s->wake(s->wake_user);
            pthread_mutex_lock(&s->lock);
        }
        w = end;
    }
}

/* ---- The writer thread ---- */

static void *run_writer(void *arg)
{
    struct store *s = arg;

    pthread_mutex_lock(&s->lock);
    while (s->queued || !s->is_stopping) {
        if (!s->queued) {
            pthread_cond_wait(&s->moved, &s->lock);
            continue;
        }
        apply_queue(s, s->wake != NULL);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

mcp_err store__start_thread(pthread_t *ret, void *(*run)(void *arg), void *arg)
{
    sigset_t all, was;

    sigfillset(&all);
    sigdelset(&all, SIGBUS); /* what the thread does itself still ends the process audibly */
    sigdelset(&all, SIGSEGV);
    pthread_sigmask(SIG_SETMASK, &all, &was);
    int err = pthread_create(ret, NULL, run, arg);

    pthread_sigmask(SIG_SETMASK, &was, NULL);
    return err ? MCP_E_OVERLOADED : MCP_OK;
}

mcp_err store_start_writer(struct store *s, void (*wake)(void *user), void *user)
{
    if (s->has_writer) {
        return MCP_E_INTERNAL;
    }
    s->wake = wake;
    s->wake_user = user;
    mcp_err err = store__start_thread(&s->writer, run_writer, s);

    s->has_writer = !err;
    return err;
}

size_t store_complete(struct store *s)
{
    size_t n = 0;

    for (;;) {
        pthread_mutex_lock(&s->lock);
        while (!s->has_writer && s->queued) {
            apply_queue(s, false);
        }
        struct store_write *w = s->finished;

        s->finished = NULL;
        s->finished_end = &s->finished;
        pthread_mutex_unlock(&s->lock);
        if (!w) {
            return n;
        }
        for (struct store_write *next; w; w = next, n++) {
            next = w->next; /* done() may release it */
            w->done(w, w->err);
        }
    }
}

mcp_err store_write_now(struct store *s, store_body_fn *body, void *arg)
{
    struct now now = {.write = {.body = body, .arg = arg, .done = mark_now}};

    store_submit(s, &now.write);
    pthread_mutex_lock(&s->lock);
    while (!now.is_finished) {
        if (s->has_writer) {
            pthread_cond_wait(&s->moved, &s->lock);
        } else {
            apply_queue(s, false);
        }
    }
    pthread_mutex_unlock(&s->lock);
    return now.write.err;
}

void store_stop_writer(struct store *s)
{
    if (s->has_writer) {
        pthread_mutex_lock(&s->lock);
        s->is_stopping = true;
        pthread_cond_broadcast(&s->moved);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->writer, NULL);
        s->has_writer = false; /* what done() submits from here on, this thread applies */
        s->is_stopping = false;
    }
    (void)store_complete(s);
}

void store__queue_close(struct store *s)
{
    store_stop_writer(s);
    pthread_cond_destroy(&s->moved);
    pthread_mutex_destroy(&s->lock);
}
