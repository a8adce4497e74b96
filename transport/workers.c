/* transport/workers.c - see workers.h. One mutex guards everything but the handlers' runs. */
#include <transport/workers.h>

#include <mcp/alloc.h>

#include <pthread.h>
#include <signal.h>
#include <time.h>

enum { QUEUED = 1, BEGUN }; /* struct mcp_work.state */
enum { STACK_BYTES_MIN = 64 << 10 };

struct list {
    struct mcp_work *first, *last;
    size_t n;
};

struct thread {
    pthread_t id;
    struct mcp_workers *pool;
    bool is_running; /* a handler */
    bool is_joined;
};

struct mcp_workers {
    struct mcp_workers_options opt;
    pthread_mutex_t lock;
    pthread_cond_t queued_more; /* a run waits, or the end has come */
    pthread_cond_t roused;      /* some call was cancelled */
    pthread_cond_t returned;    /* a handler has */
    struct list queue, finished;
    struct thread *threads; /* threads_max of them */
    size_t n_threads, n_free, n_running;
    bool is_stopping;
    size_t n_left; /* threads that outlive mcp_workers_free() */
    void (*wake)(void *user);
    void *wake_user;
};

/* ---- Lists ---- */

static void put(struct list *l, struct mcp_work *w)
{
    w->next = NULL;
    w->prev = l->last;
    *(l->last ? &l->last->next : &l->first) = w;
    l->last = w;
    l->n++;
}

static void cut(struct list *l, struct mcp_work *w)
{
    *(w->prev ? &w->prev->next : &l->first) = w->next;
    *(w->next ? &w->next->prev : &l->last) = w->prev;
    l->n--;
}

/* ---- Threads ---- */

static void release(struct mcp_workers *p)
{
    pthread_cond_destroy(&p->queued_more);
    pthread_cond_destroy(&p->roused);
    pthread_cond_destroy(&p->returned);
    pthread_mutex_destroy(&p->lock);
    mcp_free(p->threads);
    mcp_free(p);
}

/* Lock held, but not while the handler runs. */
static void run_one(struct mcp_workers *p, struct thread *t)
{
    struct mcp_work *w = p->queue.first;

    cut(&p->queue, w);
    w->state = BEGUN;
    t->is_running = true;
    p->n_running++;
    pthread_mutex_unlock(&p->lock);
    mcp_work_run(w);
    pthread_mutex_lock(&p->lock);
    t->is_running = false;
    p->n_running--;
    if (p->n_left) {
        mcp_work_done(w); /* there is no loop any more; the lock makes it one at a time */
        return;
    }
    put(&p->finished, w);
    pthread_cond_signal(&p->returned);
    if (p->finished.n == 1 && p->wake) {
        p->wake(p->wake_user);
    }
}

static void *run(void *arg)
{
    struct thread *t = arg;
    struct mcp_workers *p = t->pool;

    pthread_mutex_lock(&p->lock);
    while (!p->is_stopping) {
        if (p->queue.n) {
            run_one(p, t);
            continue;
        }
        p->n_free++;
        pthread_cond_wait(&p->queued_more, &p->lock);
        p->n_free--;
    }
    /* Whoever joins the others counts to itself. */
    bool is_last = p->n_left && !t->is_joined && --p->n_left == 0;

    pthread_mutex_unlock(&p->lock);
    if (is_last) {
        release(p);
    }
    return NULL;
}

/* Signals are for the loop thread; those that a fault raises still end the process. */
static bool start_thread(struct mcp_workers *p)
{
    static const int FAULTS[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    struct thread *t = &p->threads[p->n_threads];
    pthread_attr_t attr;
    sigset_t all, was;

    if (pthread_attr_init(&attr)) {
        return false;
    }
    sigfillset(&all);
    for (size_t i = 0; i < sizeof(FAULTS) / sizeof(FAULTS[0]); i++) {
        sigdelset(&all, FAULTS[i]);
    }
    t->pool = p;
    pthread_sigmask(SIG_SETMASK, &all, &was);
    bool is_started = pthread_attr_setstacksize(&attr, p->opt.stack_bytes) == 0 &&
                      pthread_create(&t->id, &attr, run, t) == 0;

    pthread_sigmask(SIG_SETMASK, &was, NULL);
    pthread_attr_destroy(&attr);
    p->n_threads += is_started;
    return is_started;
}

/* ---- The executor ---- */

static bool start(void *user, struct mcp_work *w)
{
    struct mcp_workers *p = user;

    pthread_mutex_lock(&p->lock);
    /* Threads that run nothing, started or not, take from the queue at once. */
    size_t n_idle = p->opt.threads_max - p->n_running;
    bool has_room = !p->is_stopping && p->queue.n < p->opt.queue_max + n_idle;

    if (has_room && p->queue.n >= p->n_free && p->n_threads < p->opt.threads_max) {
        has_room = start_thread(p) || p->n_threads > 0;
    }
    if (has_room) {
        w->state = QUEUED;
        put(&p->queue, w);
        pthread_cond_signal(&p->queued_more);
    }
    pthread_mutex_unlock(&p->lock);
    return has_room;
}

static bool drop(void *user, struct mcp_work *w)
{
    struct mcp_workers *p = user;

    pthread_mutex_lock(&p->lock);
    bool is_dropped = w->state == QUEUED;

    if (is_dropped) {
        cut(&p->queue, w);
    }
    pthread_mutex_unlock(&p->lock);
    return is_dropped;
}

static struct timespec from_now(int64_t ms)
{
    const int64_t most_ms = (int64_t)1000 * 86400 * 365;
    struct timespec t;

    ms = ms < most_ms ? ms : most_ms;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (time_t)(ms / 1000);
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

static void wait_for(void *user, struct mcp_work *w, int64_t ms)
{
    struct timespec until = from_now(ms);
    struct mcp_workers *p = user;

    pthread_mutex_lock(&p->lock);
    while (!mcp_work_is_cancelled(w) && pthread_cond_timedwait(&p->roused, &p->lock, &until) == 0) {
    }
    pthread_mutex_unlock(&p->lock);
}

static void rouse(void *user, struct mcp_work *w)
{
    struct mcp_workers *p = user;

    (void)w; /* they all look: it is rare, and there are few */
    pthread_mutex_lock(&p->lock);
    pthread_cond_broadcast(&p->roused);
    pthread_mutex_unlock(&p->lock);
}

static void wake(void *user)
{
    struct mcp_workers *p = user;

    pthread_mutex_lock(&p->lock);
    if (p->wake) {
        p->wake(p->wake_user);
    }
    pthread_mutex_unlock(&p->lock);
}

struct mcp_executor mcp_workers_executor(struct mcp_workers *p)
{
    return (struct mcp_executor){
        .user = p, .start = start, .drop = drop, .wait = wait_for, .rouse = rouse, .wake = wake};
}

/* ---- Life ---- */

static bool init(struct mcp_workers *p)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    bool ok = pthread_mutex_init(&p->lock, NULL) == 0;

    ok = ok && pthread_cond_init(&p->queued_more, NULL) == 0;
    ok = ok && pthread_cond_init(&p->roused, &attr) == 0;
    ok = ok && pthread_cond_init(&p->returned, &attr) == 0;
    pthread_condattr_destroy(&attr);
    return ok;
}

struct mcp_workers *mcp_workers_new(const struct mcp_workers_options *opt)
{
    struct mcp_workers *p = mcp_alloc_new(struct mcp_workers);

    if (!p) {
        return NULL;
    }
    p->opt = opt ? *opt : (struct mcp_workers_options){0};
    p->opt.threads_max = p->opt.threads_max ? p->opt.threads_max : 8;
    p->opt.queue_max = p->opt.queue_max ? p->opt.queue_max : 256;
    p->opt.stack_bytes = p->opt.stack_bytes ? p->opt.stack_bytes : (size_t)1 << 20;
    p->opt.stack_bytes =
        p->opt.stack_bytes < STACK_BYTES_MIN ? STACK_BYTES_MIN : p->opt.stack_bytes;
    p->threads = mcp_alloc(p->opt.threads_max * sizeof(*p->threads));
    if (!p->threads || !init(p)) { /* glibc's inits cannot fail */
        mcp_free(p->threads);
        mcp_free(p);
        return NULL;
    }
    return p;
}

const struct mcp_workers_options *mcp_workers_options(const struct mcp_workers *p)
{
    return &p->opt;
}

void mcp_workers_on_wake(struct mcp_workers *p, void (*fn)(void *user), void *user)
{
    pthread_mutex_lock(&p->lock);
    p->wake = fn;
    p->wake_user = user;
    if (fn) {
        fn(user); /* for what happened before */
    }
    pthread_mutex_unlock(&p->lock);
}

size_t mcp_workers_complete(struct mcp_workers *p)
{
    pthread_mutex_lock(&p->lock);
    struct list all = p->finished;

    p->finished = (struct list){NULL, NULL, 0};
    pthread_mutex_unlock(&p->lock);
    for (struct mcp_work *w = all.first, *next; w; w = next) {
        next = w->next;
        mcp_work_done(w);
    }
    return all.n;
}

/* Lock held. What waits for a thread is given back without one. */
static void give_back_queue(struct mcp_workers *p)
{
    while (p->queue.first) {
        struct mcp_work *w = p->queue.first;

        cut(&p->queue, w);
        w->state = BEGUN;
        put(&p->finished, w);
    }
}

size_t mcp_workers_stop(struct mcp_workers *p, int64_t wait_ms)
{
    struct timespec until = from_now(wait_ms > 0 ? wait_ms : 0);

    pthread_mutex_lock(&p->lock);
    p->is_stopping = true;
    give_back_queue(p);
    pthread_cond_broadcast(&p->queued_more);
    while (p->n_running && pthread_cond_timedwait(&p->returned, &p->lock, &until) == 0) {
    }
    size_t n_left = p->n_running;

    pthread_mutex_unlock(&p->lock);
    (void)mcp_workers_complete(p);
    return n_left;
}

/* Lock held. A thread that has no handler, and now never will. */
static struct thread *next_to_join(struct mcp_workers *p)
{
    for (size_t i = 0; i < p->n_threads; i++) {
        if (!p->threads[i].is_running && !p->threads[i].is_joined) {
            return &p->threads[i];
        }
    }
    return NULL;
}

/* Lock held. Join those that end by themselves, let go of the others. */
static void part(struct mcp_workers *p)
{
    for (struct thread *t; (t = next_to_join(p));) {
        t->is_joined = true;
        pthread_mutex_unlock(&p->lock);
        pthread_join(t->id, NULL);
        pthread_mutex_lock(&p->lock);
    }
    for (size_t i = 0; i < p->n_threads; i++) {
        if (!p->threads[i].is_joined) {
            pthread_detach(p->threads[i].id);
            p->n_left++;
        }
    }
}

void mcp_workers_free(struct mcp_workers *p)
{
    if (!p) {
        return;
    }
    (void)mcp_workers_stop(p, 0);
    pthread_mutex_lock(&p->lock);
    part(p);
    bool is_last = p->n_left == 0;

    while (!is_last && p->finished.first) { /* from here on whoever holds the lock does this */
        struct mcp_work *w = p->finished.first;

        cut(&p->finished, w);
        mcp_work_done(w);
    }
    pthread_mutex_unlock(&p->lock);
    if (is_last) {
        (void)mcp_workers_complete(p);
        release(p);
    }
}
