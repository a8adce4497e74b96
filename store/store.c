/* store/store.c - opening and closing a store, and what it says about itself. */
#include "engine.h"

#include <mcp/alloc.h>

#define SIZE_MAX_DEFAULT  ((uint64_t)64 << 30)
#define BATCH_MAX_DEFAULT 512

static bool open_all(struct store *s, const char *path, const struct store_options *opt,
                     struct store__refusal *r)
{
    return store__place_open(&s->place, path, opt, r) &&
           store__engine_open(s, opt->create && !opt->read_only, r);
}

struct store *store_open(const char *path, const struct store_options *opt,
                         enum store_fault *reterr, char *text, size_t text_bytes)
{
    struct store__refusal r = {.fault = STORE_FINE, .text = text, .bytes = text ? text_bytes : 0};
    struct store *s = mcp_alloc_new(struct store);

    if (r.bytes) {
        text[0] = '\0';
    }
    if (!s || !store__queue_init(s)) {
        mcp_free(s);
        store__refuse(&r, STORE_FAILED, "no memory");
        s = NULL;
    } else {
        s->log = opt->log;
        s->clock = opt->clock;
        s->size_max = opt->size_max ? opt->size_max : SIZE_MAX_DEFAULT;
        s->batch_max = opt->batch_max ? opt->batch_max : BATCH_MAX_DEFAULT;
        s->is_read_only = opt->read_only;
        if (!open_all(s, path, opt, &r)) {
            store_close(s);
            s = NULL;
        }
    }
    if (reterr) {
        *reterr = r.fault;
    }
    return s;
}

void store_close(struct store *s)
{
    if (!s) {
        return;
    }
    store__queue_close(s);
    store__engine_close(s);
    store__place_close(&s->place);
    mcp_free(s);
}

uint64_t store_version(struct store *s)
{
    return store__engine_version(s);
}

bool store_is_broken(const struct store *s)
{
    return atomic_load(&s->is_broken);
}

bool store_is_writable(struct store *s)
{
    return !s->is_read_only && !atomic_load(&s->is_broken) && !atomic_load(&s->is_tight);
}

static mcp_err probe_body(struct store_txn *t, void *arg)
{
    (void)t;
    (void)arg;
    return MCP_OK;
}

static void probe_done(struct store_write *w, mcp_err err)
{
    struct store *s = w->arg;

    (void)err;
    s->is_probing = false;
}

/* Room is looked at when a write begins. A server that says "not writable" gets no writes, so it
 * would never hear that there is room again. */
static void probe_room(struct store *s)
{
    if (s->is_probing || !atomic_load(&s->is_tight) || atomic_load(&s->is_broken)) {
        return;
    }
    s->is_probing = true;
    s->probe = (struct store_write){.body = probe_body, .arg = s, .done = probe_done};
    store_submit(s, &s->probe);
}

void store_tick(struct store *s)
{
    store__engine_tick(s);
    probe_room(s);
}
