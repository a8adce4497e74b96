/* transport/deliver_thread.c - the thread that drives libcurl: takes what is queued, starts whose
 * turn it is, gives back what has ended, in batches.
 *
 * The lock is held for list operations only, never while libcurl works. */
#include <transport/deliver_own.h>

enum { BUSY_POLL_MS = 1000, IDLE_POLL_MS = 60000 };

/* ---- In and out; the lock held --------------------------------------------------------------- */

static void take_cancelled(struct mcp_deliver *d, struct mcp__delivery_list *from,
                           struct mcp__delivery_list *ret)
{
    for (struct mcp__delivery *at = from->first, *next; at; at = next) {
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
        struct mcp__delivery *at = d->ended.first;

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
    for (struct mcp__delivery *at = cancelled->first; at; at = at->next) {
        if (at->easy) {
            curl_multi_remove_handle(d->multi, at->easy);
        }
        mcp__delivery_end(at, MCP_DELIVERY_CANCELLED, "cancelled");
        mcp__delivery_release(at);
    }
    mcp__delivery_list_move(&d->ended, cancelled);
}

static void admit(struct mcp_deliver *d, struct mcp__delivery_list *arrived)
{
    while (arrived->first) {
        struct mcp__delivery *at = arrived->first;

        mcp__delivery_list_remove(arrived, at);
        mcp__delivery_list_add(mcp__delivery_arrive(at) ? &d->waiting : &d->ended, at);
    }
}

static void start_some(struct mcp_deliver *d)
{
    while (d->running.n < d->opt.at_once_max) {
        struct mcp__delivery *at =
            mcp__delivery_list_pick(&d->waiting, &d->running, d->opt.per_host_max);

        if (!at) {
            break;
        }
        mcp__delivery_list_remove(&d->waiting, at);
        if (!mcp__delivery_prepare(at)) {
            mcp__delivery_list_add(&d->ended, at);
        } else if (curl_multi_add_handle(d->multi, at->easy)) {
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

    while ((m = curl_multi_info_read(d->multi, &left))) {
        struct mcp__delivery *at = NULL;
        CURLcode code = m->data.result;

        (void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &at);
        curl_multi_remove_handle(d->multi, at->easy);
        mcp__delivery_finish(at, code);
        mcp__delivery_list_remove(&d->running, at);
        mcp__delivery_list_add(&d->ended, at);
    }
}

/* A multi handle that has lost its way takes its transfers with it. */
static void fail_all(struct mcp_deliver *d)
{
    for (struct mcp__delivery *at = d->running.first; at; at = at->next) {
        curl_multi_remove_handle(d->multi, at->easy);
        mcp__delivery_end(at, MCP_DELIVERY_FAILED, "libcurl failed");
        mcp__delivery_release(at);
    }
    mcp__delivery_list_move(&d->ended, &d->running);
}

static void transfer(struct mcp_deliver *d)
{
    int n = 0;

    start_some(d);
    if (curl_multi_perform(d->multi, &n)) {
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

void *mcp__deliver_run(void *arg)
{
    struct mcp_deliver *d = arg;

    while (!exchange(d)) {
        transfer(d);
        if (d->ended.n == 0) { /* an ended transfer makes room for another: go on at once */
            int ms = d->running.n ? BUSY_POLL_MS : IDLE_POLL_MS;

            (void)curl_multi_poll(d->multi, NULL, 0, ms, NULL);
        }
    }
    return NULL;
}
