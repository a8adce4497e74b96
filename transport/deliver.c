/* transport/deliver.c - see deliver.h: the client, the way in and the way out. */
#include <transport/deliver_own.h>

#include <mcp/alloc.h>

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { AT_ONCE = 8, PER_HOST = 2, QUEUE = 1024 };

/* ---- Making and releasing -------------------------------------------------------------------- */

static void fill_defaults(struct mcp_deliver_options *o)
{
    o->user_agent = o->user_agent ? o->user_agent : "cistern";
    o->at_once_max = o->at_once_max ? o->at_once_max : AT_ONCE;
    o->per_host_max = o->per_host_max ? o->per_host_max : PER_HOST;
    o->queue_max = o->queue_max ? o->queue_max : QUEUE;
}

static const char *read_options(struct mcp_deliver *d)
{
    if (!mcp__ports_parse(d->opt.ports, &d->ports)) {
        return "the list of ports is not like 443,8000-8999";
    }
    if (d->opt.ca_file && access(d->opt.ca_file, R_OK) != 0) {
        return "the file of certificates cannot be read";
    }
    return NULL;
}

struct mcp_deliver *mcp_deliver_new(const struct mcp_deliver_options *opt, char *reterr,
                                    size_t reterr_bytes)
{
    struct mcp_deliver *d = mcp_alloc_new(struct mcp_deliver);
    const char *why = "out of memory";

    if (d) {
        d->opt = *opt;
        fill_defaults(&d->opt);
        mcp__delivery_list_init(&d->queued);
        mcp__delivery_list_init(&d->finished);
        mcp__delivery_list_init(&d->waiting);
        mcp__delivery_list_init(&d->running);
        mcp__delivery_list_init(&d->ended);
        pthread_mutex_init(&d->lock, NULL); /* neither can fail on Linux */
        pthread_cond_init(&d->moved, NULL);
        why = read_options(d);
    }
    if (why) {
        snprintf(reterr, reterr_bytes, "%s", why);
        mcp_deliver_free(d);
        d = NULL;
    }
    return d;
}

void mcp_deliver_free(struct mcp_deliver *d)
{
    if (d) {
        mcp_deliver_stop(d);
        pthread_cond_destroy(&d->moved);
        pthread_mutex_destroy(&d->lock);
        mcp_free(d);
    }
}

/* ---- The thread ------------------------------------------------------------------------------ */

mcp_err mcp_deliver_start(struct mcp_deliver *d, void (*wake)(void *user), void *user)
{
    if (d->is_started || d->is_stopping) {
        return MCP_E_INTERNAL;
    }
    d->wake = wake;
    d->wake_user = user;
    d->is_started = true;
    return MCP_OK;
}

static bool start_thread(struct mcp_deliver *d)
{
    sigset_t all, was;

    sigfillset(&all);
    sigdelset(&all, SIGBUS); /* what the thread does itself still ends the process audibly */
    sigdelset(&all, SIGSEGV);
    pthread_sigmask(SIG_SETMASK, &all, &was); /* SIGPIPE too: TLS writes with write() */
    d->has_thread = pthread_create(&d->thread, NULL, mcp__deliver_run, d) == 0;
    pthread_sigmask(SIG_SETMASK, &was, NULL);
    return d->has_thread;
}

/* The lock held, so that the multi handle stays. Should it fail, the thread looks by itself soon.
 */
static void wake_thread(struct mcp_deliver *d)
{
    if (d->multi) {
        (void)d->curl->multi_wakeup(d->multi);
    }
    pthread_cond_broadcast(&d->moved);
}

void mcp_deliver_stop(struct mcp_deliver *d)
{
    if (!d || !d->is_started) {
        return;
    }
    pthread_mutex_lock(&d->lock);
    d->is_stopping = true;
    wake_thread(d);
    pthread_mutex_unlock(&d->lock);
    if (d->has_thread) {
        pthread_join(d->thread, NULL);
        d->has_thread = false;
    }
    d->is_started = false;
    (void)mcp_deliver_complete(d);
}

/* ---- In -------------------------------------------------------------------------------------- */

static struct mcp_delivery_work *new_delivery(struct mcp_deliver *d, struct mcp_delivery *r)
{
    struct mcp_delivery_work *own = mcp_alloc_new(struct mcp_delivery_work);

    if (own) {
        own->client = d;
        own->request = r;
        own->url = mcp_alloc_str(r->url);
    }
    if (own && !own->url) {
        mcp__delivery_free(own);
        return NULL;
    }
    return own;
}

static bool enqueue(struct mcp_deliver *d, struct mcp_delivery_work *own)
{
    bool takes = d->is_started && !d->is_stopping && d->n_held < d->opt.queue_max;

    if (takes) {
        own->request->own = own;
        d->n_held++;
        mcp__delivery_list_add(&d->queued, own);
        wake_thread(d);
    }
    return takes;
}

static mcp_err submit(struct mcp_deliver *d, struct mcp_delivery *r, bool is_now)
{
    struct mcp_delivery_work *own = new_delivery(d, r);
    bool takes = own && (d->has_thread || !d->is_started || start_thread(d));

    if (takes) {
        own->is_now = is_now;
        pthread_mutex_lock(&d->lock);
        takes = enqueue(d, own);
        pthread_mutex_unlock(&d->lock);
    }
    if (!takes) {
        mcp__delivery_free(own);
    }
    return takes ? MCP_OK : MCP_E_OVERLOADED;
}

mcp_err mcp_deliver_submit(struct mcp_deliver *d, struct mcp_delivery *r)
{
    return submit(d, r, false);
}

void mcp_deliver_cancel(struct mcp_deliver *d, struct mcp_delivery *r)
{
    if (!r->own) {
        return; /* done already */
    }
    pthread_mutex_lock(&d->lock);
    r->own->is_cancelled = true;
    d->has_cancels = true;
    wake_thread(d);
    pthread_mutex_unlock(&d->lock);
}

/* ---- Out ------------------------------------------------------------------------------------- */

static void release(struct mcp_deliver *d, struct mcp_delivery_work *own)
{
    pthread_mutex_lock(&d->lock);
    d->n_held--;
    pthread_mutex_unlock(&d->lock);
    own->request->own = NULL;
    mcp__delivery_free(own);
}

/* done() may submit the request again or free it, so that what is ours of it goes first. */
static void call_done(struct mcp_deliver *d, struct mcp_delivery_work *own)
{
    struct mcp_delivery *r = own->request;
    struct mcp_buf body = r->body_in;

    release(d, own);
    r->done(r);
    mcp_buf_free(&body);
}

size_t mcp_deliver_complete(struct mcp_deliver *d)
{
    size_t n = 0;

    while (d) {
        struct mcp__delivery_list batch;

        mcp__delivery_list_init(&batch);
        pthread_mutex_lock(&d->lock);
        mcp__delivery_list_move(&batch, &d->finished);
        pthread_mutex_unlock(&d->lock);
        if (!batch.first) {
            return n;
        }
        for (struct mcp_delivery_work *at = batch.first, *next; at; at = next, n++) {
            next = at->next;
            call_done(d, at);
        }
    }
    return n;
}

mcp_err mcp_deliver_now(struct mcp_deliver *d, struct mcp_delivery *r)
{
    mcp_err err = submit(d, r, true);

    if (err) {
        return err;
    }
    struct mcp_delivery_work *own = r->own;

    pthread_mutex_lock(&d->lock);
    while (!own->is_finished) {
        pthread_cond_wait(&d->moved, &d->lock);
    }
    pthread_mutex_unlock(&d->lock);
    release(d, own);
    return MCP_OK;
}
