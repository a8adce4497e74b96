/* transport/test/deliver_wait.h - a deliver client with a loop that is a condition variable. */
#ifndef TRANSPORT_TEST_DELIVER_WAIT_H
#define TRANSPORT_TEST_DELIVER_WAIT_H

#include <mcp/test/t.h>
#include <transport/deliver.h>

#include <pthread.h>

struct waiter {
    struct mcp_deliver *d;
    struct mcp_network allowed[4];
    pthread_mutex_t lock;
    pthread_cond_t woken;
    int n_wakes; /* the lock's */
};

static inline void waiter_wake(void *user)
{
    struct waiter *w = user;

    pthread_mutex_lock(&w->lock);
    w->n_wakes++;
    pthread_cond_signal(&w->woken);
    pthread_mutex_unlock(&w->lock);
}

/* Sleeps until the thread says something, then completes. */
static inline size_t waiter_turn(struct waiter *w)
{
    pthread_mutex_lock(&w->lock);
    while (w->n_wakes == 0) {
        pthread_cond_wait(&w->woken, &w->lock);
    }
    w->n_wakes = 0;
    pthread_mutex_unlock(&w->lock);
    return mcp_deliver_complete(w->d);
}

/* With loopback allowed when opt->n_allowed is 0 and `has_loopback`. */
static inline void waiter_open(struct waiter *w, struct mcp_deliver_options opt, bool has_loopback)
{
    char why[128] = "";

    *w = (struct waiter){.d = NULL};
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->woken, NULL);
    if (has_loopback) {
        T_CHECK(mcp_network_parse(MCP_STR("127.0.0.0/8"), &w->allowed[0]));
        T_CHECK(mcp_network_parse(MCP_STR("::1"), &w->allowed[1]));
        opt.allowed = w->allowed;
        opt.n_allowed = 2;
    }
    w->d = mcp_deliver_new(&opt, why, sizeof(why));
    ck_assert_msg(w->d, "%s", why);
    T_EQ(mcp_deliver_start(w->d, waiter_wake, w), MCP_OK);
}

static inline void waiter_close(struct waiter *w)
{
    mcp_deliver_free(w->d);
    pthread_cond_destroy(&w->woken);
    pthread_mutex_destroy(&w->lock);
}

/* Submit and wait; the answer's body as a C string in `body`. */
static inline void waiter_ask(struct waiter *w, struct mcp_delivery *r, char *body, size_t bytes)
{
    T_EQ(mcp_deliver_now(w->d, r), MCP_OK);
    snprintf(body, bytes, "%.*s", MCP_STR_ARG(mcp_buf_str(&r->body_in)));
    mcp_buf_free(&r->body_in);
}

#endif
