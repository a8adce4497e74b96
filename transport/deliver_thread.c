/* transport/deliver_thread.c - the thread that drives libcurl: takes what is queued, starts whose
 * turn it is, gives back what has ended, in batches.
 *
 * The lock is held for list operations only, never while libcurl works. */
#include <transport/deliver_own.h>

#include <mcp/alloc.h>

/* Also how soon a request is seen whose wake-up was lost. */
enum { POLL_MS = 1000, CACHED_CONNECTIONS = 8 };

/* ---- In and out; the lock held --------------------------------------------------------------- */

static void take_cancelled(struct mcp_deliver *d, struct mcp__delivery_list *from,
                           struct mcp__delivery_list *ret)
{
    for (struct mcp_delivery_work *at = from->first, *next; at; at = next) {
        next = at->next;
        if (at->is_cancelled || d->is_stopping) {
            mcp__delivery_list_remove(from, at);
            mcp__delivery_list_add(ret, at);
        }
    }
}

static void give_ended(struct mcp_deliver *d)
{
    while (d->ended.first) {
        struct mcp_delivery_work *at = d->ended.first;

        mcp__delivery_list_remove(&d->ended, at);
        if (at->is_now) {
            at->is_finished = true;
        } else {
            mcp__delivery_list_add(&d->finished, at);
        }
    }
    pthread_cond_broadcast(&d->moved);
}

/* ---- Steps of a turn; no lock held ----------------------------------------------------------- */

static void end_cancelled(struct mcp_deliver *d, struct mcp__delivery_list *cancelled)
{
    for (struct mcp_delivery_work *at = cancelled->first; at; at = at->next) {
        if (at->easy) {
            d->curl->multi_remove_handle(d->multi, at->easy);
        }
        mcp__delivery_end(at, MCP_DELIVERY_CANCELLED, "cancelled");
        mcp__delivery_release(at);
    }
    mcp__delivery_list_move(&d->ended, cancelled);
}

static void admit(struct mcp_deliver *d, struct mcp__delivery_list *arrived)
{
    while (arrived->first) {
        struct mcp_delivery_work *at = arrived->first;

        mcp__delivery_list_remove(arrived, at);
        mcp__delivery_list_add(mcp__delivery_arrive(at) ? &d->waiting : &d->ended, at);
    }
}

static void start_some(struct mcp_deliver *d)
{
    while (d->running.n < d->opt.at_once_max) {
        struct mcp_delivery_work *at =
            mcp__delivery_list_pick(&d->waiting, &d->running, d->opt.per_host_max);

        if (!at) {
            break;
        }
        mcp__delivery_list_remove(&d->waiting, at);
        if (!mcp__delivery_prepare(at)) {
            mcp__delivery_list_add(&d->ended, at);
        } else if (d->curl->multi_add_handle(d->multi, at->easy)) {
            mcp__delivery_end(at, MCP_DELIVERY_FAILED, "out of memory");
            mcp__delivery_list_add(&d->ended, at);
        } else {
            mcp__delivery_list_add(&d->running, at);
        }
    }
}

static void finish_some(struct mcp_deliver *d)
{
    CURLMsg *m;
    int left;

    while ((m = d->curl->multi_info_read(d->multi, &left))) {
        struct mcp_delivery_work *at = NULL;
        CURLcode code = m->data.result;

        (void)d->curl->easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &at);
        d->curl->multi_remove_handle(d->multi, at->easy);
        mcp__delivery_finish(at, code);
        mcp__delivery_list_remove(&d->running, at);
        mcp__delivery_list_add(&d->ended, at);
    }
}

/* A multi handle that has lost its way takes its transfers with it. */
static void fail_all(struct mcp_deliver *d)
{
    for (struct mcp_delivery_work *at = d->running.first; at; at = at->next) {
        d->curl->multi_remove_handle(d->multi, at->easy);
        mcp__delivery_end(at, MCP_DELIVERY_FAILED, "libcurl failed");
        mcp__delivery_release(at);
    }
    mcp__delivery_list_move(&d->ended, &d->running);
}

/* Without libcurl. */
static void fail_waiting(struct mcp_deliver *d)
{
    const char *why =
        d->curl ? "out of memory" : "libcurl (libcurl.so.4, 7.87 or newer) is missing";

    for (struct mcp_delivery_work *at = d->waiting.first; at; at = at->next) {
        mcp__delivery_end(at, MCP_DELIVERY_FAILED, why);
    }
    mcp__delivery_list_move(&d->ended, &d->waiting);
}

static void transfer(struct mcp_deliver *d)
{
    int n = 0;

    if (!d->multi) {
        fail_waiting(d);
        return;
    }
    start_some(d);
    if (d->curl->multi_perform(d->multi, &n)) {
        fail_all(d);
    }
    finish_some(d);
}

/* ---- The thread ------------------------------------------------------------------------------ */

/* Exchange lists with the loop. True when the thread is to stop and holds nothing any more. */
static bool exchange(struct mcp_deliver *d)
{
    struct mcp__delivery_list arrived, cancelled;
    bool gave, is_stopping;

    mcp__delivery_list_init(&arrived);
    mcp__delivery_list_init(&cancelled);
    pthread_mutex_lock(&d->lock);
    gave = d->ended.n > 0;
    give_ended(d);
    mcp__delivery_list_move(&arrived, &d->queued);
    is_stopping = d->is_stopping;
    if (d->has_cancels || is_stopping) {
        d->has_cancels = false;
        take_cancelled(d, &arrived, &cancelled);
        take_cancelled(d, &d->waiting, &cancelled);
        take_cancelled(d, &d->running, &cancelled);
    }
    pthread_mutex_unlock(&d->lock);
    if (gave && d->wake) {
        d->wake(d->wake_user);
    }
    is_stopping = is_stopping && cancelled.n == 0;
    end_cancelled(d, &cancelled);
    admit(d, &arrived);
    return is_stopping;
}

static bool read_resolve(struct mcp_deliver *d)
{
    for (mcp_str rest = mcp_str_c(d->opt.resolve); rest.ptr;) {
        char *entry = mcp_alloc_str(mcp_str_trim(mcp_str_cut(&rest, ',')));
        struct curl_slist *more = entry ? d->curl->slist_append(d->resolve, entry) : NULL;

        mcp_free(entry);
        if (!more) {
            return false;
        }
        d->resolve = more;
    }
    return true;
}

static void set_multi(struct mcp_deliver *d, CURLM *multi)
{
    pthread_mutex_lock(&d->lock);
    d->multi = multi;
    pthread_mutex_unlock(&d->lock);
}

static void open_multi(struct mcp_deliver *d)
{
    d->curl = mcp__curl_get();
    CURLM *multi = d->curl && read_resolve(d) ? d->curl->multi_init() : NULL;

    if (multi && d->curl->multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)CACHED_CONNECTIONS)) {
        d->curl->multi_cleanup(multi);
        multi = NULL;
    }
    set_multi(d, multi);
}

static void close_multi(struct mcp_deliver *d)
{
    CURLM *multi = d->multi;

    set_multi(d, NULL);
    if (multi) {
        d->curl->multi_cleanup(multi);
    }
    if (d->resolve) {
        d->curl->slist_free_all(d->resolve);
        d->resolve = NULL;
    }
}

static void wait_for_more(struct mcp_deliver *d)
{
    if (d->multi) {
        (void)d->curl->multi_poll(d->multi, NULL, 0, POLL_MS, NULL);
        return;
    }
    pthread_mutex_lock(&d->lock);
    while (!d->queued.first && !d->has_cancels && !d->is_stopping) {
        pthread_cond_wait(&d->moved, &d->lock);
    }
    pthread_mutex_unlock(&d->lock);
}

void *mcp__deliver_run(void *arg)
{
    struct mcp_deliver *d = arg;

    open_multi(d);
    while (!exchange(d)) {
        transfer(d);
        if (d->ended.n == 0) { /* an ended transfer makes room for another: go on at once */
            wait_for_more(d);
        }
    }
    close_multi(d);
    return NULL;
}
