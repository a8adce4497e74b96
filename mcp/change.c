/* mcp/change.c - what has changed, and who is told: flags, not queues; see listening.h. */
#include <mcp/listening.h>

#include <mcp/alloc.h>
#include <mcp/extending.h>

#include <sodium.h>

enum { LISTS = MCP_CHANGED_TOOLS | MCP_CHANGED_PROMPTS | MCP_CHANGED_RESOURCES };

static struct mcp__link **bucket(struct mcp_server *s, mcp_str key)
{
    uint8_t hash[crypto_shorthash_BYTES];
    uint64_t h;

    crypto_shorthash(hash, (const unsigned char *)key.ptr, key.len, s->hash_key);
    memcpy(&h, hash, sizeof(h));
    return &s->by_key[h & (MCP__BUCKETS - 1)];
}

static mcp_str key_of(const struct mcp__watch *w)
{
    return mcp_str_n(w->key, w->len);
}

static bool is_of(const struct mcp__watch *w, const struct mcp_extension *extension, mcp_str key)
{
    return w->extension == extension && mcp_str_eq(key_of(w), key);
}

/* ---- Listeners ---- */

struct mcp__listener *mcp__listener_new(struct mcp_server *s)
{
    struct mcp__listener *l = mcp_alloc_new(struct mcp__listener);

    if (l) {
        l->server = s;
        mcp__link_in(&s->listeners, &l->in_server);
    }
    return l;
}

static void free_watch(struct mcp__watch *w)
{
    w->listener->n_watches--;
    mcp__room_leave(w->listener->server, MCP__ROOM_WATCHES, w->share);
    mcp__link_out(&w->in_key);
    mcp_free(w);
}

void mcp__listener_free(struct mcp__listener *l)
{
    if (!l) {
        return;
    }
    for (struct mcp__watch *w = l->watches, *next; w; w = next) {
        next = w->next;
        free_watch(w);
    }
    if (l->has_place) {
        mcp__room_leave(l->server, MCP__ROOM_LISTENING, l->share);
    }
    mcp__link_out(&l->in_server);
    mcp__link_out(&l->in_pending);
    mcp_free(l);
}

static struct mcp__watch *find_watch(const struct mcp__listener *l,
                                     const struct mcp_extension *extension, mcp_str key)
{
    for (struct mcp__link *at = *bucket(l->server, key); at; at = at->next) {
        struct mcp__watch *w = MCP__OF(struct mcp__watch, in_key, at);

        if (w->listener == l && is_of(w, extension, key)) {
            return w;
        }
    }
    return NULL;
}

/* A watch that takes a place, not yet its listener's. */
static mcp_err watch_new(struct mcp_call *call, mcp_str key, struct mcp__watch **ret)
{
    struct mcp__share *share;
    mcp_err err = mcp__room_take(call, MCP__ROOM_WATCHES, &share);

    if (err) {
        return err;
    }
    struct mcp__watch *w = mcp_alloc(sizeof(*w) + key.len);

    if (!w) {
        mcp__room_leave(call->server, MCP__ROOM_WATCHES, share);
        return mcp_fail(call, MCP_E_OVERLOADED, "there is no memory for it");
    }
    w->share = share;
    w->len = key.len;
    memcpy(w->key, key.ptr, key.len);
    *ret = w;
    return MCP_OK;
}

mcp_err mcp__listener_watch(struct mcp_call *call, struct mcp__listener *l,
                            const struct mcp_extension *extension, mcp_str key, bool is_mute)
{
    struct mcp__watch *w = NULL;

    if (key.len == 0 || key.len > MCP__WATCH_KEY_BYTES) {
        return MCP_E_INVALID_PARAMS;
    }
    w = find_watch(l, extension, key);
    if (!w) {
        mcp_err err = l->n_watches < MCP__WATCHES_MAX
                          ? watch_new(call, key, &w)
                          : mcp_fail(call, MCP_E_OVERLOADED, "one subscription watches %d things",
                                     MCP__WATCHES_MAX);

        if (err) {
            return err;
        }
        w->listener = l;
        w->extension = extension;
        w->next = l->watches;
        l->watches = w;
        l->n_watches++;
        mcp__link_in(bucket(l->server, key), &w->in_key);
    }
    w->owner = call->principal.owner;
    w->is_mute = is_mute;
    return MCP_OK;
}

void mcp__listener_unwatch(struct mcp__listener *l, mcp_str uri)
{
    for (struct mcp__watch **at = &l->watches; *at; at = &(*at)->next) {
        struct mcp__watch *w = *at;

        if (is_of(w, NULL, uri)) {
            *at = w->next;
            free_watch(w);
            return;
        }
    }
}

void mcp__listener_wake(struct mcp__listener *l)
{
    if (l->changed && !l->in_pending.at) {
        mcp__link_in(&l->server->pending, &l->in_pending);
    }
}

/* ---- In ---- */

void mcp__watch_mark(struct mcp__watch *w)
{
    if (w->is_mute) {
        return;
    }
    w->is_changed = true;
    w->listener->changed |= MCP_CHANGED_RESOURCE;
    mcp__listener_wake(w->listener);
}

/* `owner` NULL: everybody's. */
static void mark(struct mcp_server *s, const struct mcp_extension *extension, mcp_str key,
                 const uint64_t *owner)
{
    for (struct mcp__link *at = key.len ? *bucket(s, key) : NULL; at; at = at->next) {
        struct mcp__watch *w = MCP__OF(struct mcp__watch, in_key, at);

        if (is_of(w, extension, key) && (!owner || w->owner == *owner)) {
            mcp__watch_mark(w);
        }
    }
}

static void mark_all(struct mcp_server *s, const uint64_t *owner)
{
    for (struct mcp__link *at = s->listeners; at; at = at->next) {
        struct mcp__listener *l = MCP__OF(struct mcp__listener, in_server, at);

        for (struct mcp__watch *w = l->watches; w; w = w->next) {
            if (!w->extension && (!owner || w->owner == *owner)) {
                mcp__watch_mark(w);
            }
        }
    }
}

void mcp_server_changed(struct mcp_server *s, enum mcp_change what, mcp_str uri)
{
    unsigned bits = (unsigned)what & s->announces;

    mcp__version_bump(s, (unsigned)what, uri);

    s->changed |= bits & LISTS;
    if ((bits & MCP_CHANGED_RESOURCE) && uri.len) {
        mark(s, NULL, uri, NULL);
    } else if (bits & MCP_CHANGED_RESOURCE) {
        mark_all(s, NULL);
    }
}

/* What a listener wants to hear of lists: a legacy session that is initialized, of every one. */
static unsigned wants(const struct mcp__listener *l)
{
    return !l->session                        ? l->wants
           : l->session->rev == MCP__REV_NONE ? 0
                                              : l->server->announces & LISTS;
}

void mcp_server_changed_for(struct mcp_server *s, uint64_t owner, enum mcp_change what, mcp_str uri)
{
    unsigned bits = (unsigned)what & s->announces;

    mcp__version_bump(s, (unsigned)what, uri);
    if ((bits & MCP_CHANGED_RESOURCE) && uri.len) {
        mark(s, NULL, uri, &owner);
    } else if (bits & MCP_CHANGED_RESOURCE) {
        mark_all(s, &owner);
    }
    for (struct mcp__link *at = bits & LISTS ? s->listeners : NULL; at; at = at->next) {
        struct mcp__listener *l = MCP__OF(struct mcp__listener, in_server, at);

        if (l->owner == owner) {
            l->changed |= wants(l) & bits & LISTS;
            mcp__listener_wake(l);
        }
    }
}

size_t mcp_server_listeners(const struct mcp_server *s, uint64_t *ret_owners, size_t max)
{
    size_t n = 0;

    for (struct mcp__link *at = s->listeners; at && n <= max; at = at->next) {
        uint64_t owner = MCP__OF(struct mcp__listener, in_server, at)->owner;
        size_t i = 0;

        while (i < n && ret_owners[i] != owner) {
            i++;
        }
        if (i == n && n++ < max) {
            ret_owners[i] = owner;
        }
    }
    return n;
}

void mcp_server_extension_changed(struct mcp_server *s, const char *id, mcp_str key)
{
    const struct mcp_extension *extension = mcp__extension_find(s, mcp_str_c(id));

    if (extension) {
        mark(s, extension, key, NULL);
    }
}

/* ---- Out ---- */

/* Where a listener can be told now; NULL: nowhere. */
static struct mcp_sink *ear(const struct mcp__listener *l)
{
    struct mcp_sink *sink = l->call ? l->call->sink : l->channel;

    return sink && (!l->is_behind || !l->is_behind(sink)) ? sink : NULL;
}

/* Write `params`, where there are any. False: there is nothing to tell any more. */
static bool put_params(struct mcp_json_writer *w, const struct mcp__listener *l,
                       const struct mcp__watch *watch)
{
    const struct mcp_extension *e = watch ? watch->extension : NULL;
    bool is_there = true;

    if (!l->id_len && !watch) {
        return true;
    }
    mcp_json_put_key(w, MCP_STR("params"));
    mcp_json_object(w);
    if (l->id_len) {
        mcp_json_put_key(w, MCP_STR("_meta"));
        mcp_json_object(w);
        mcp_json_member_raw(w, MCP_STR(MCP__META_PREFIX "subscriptionId"),
                            mcp_str_n(l->id, l->id_len));
        mcp_json_object_end(w);
    }
    if (e) {
        is_there = e->put_change(l->server, key_of(watch), w, e->user);
    } else if (watch) {
        mcp_json_member_str(w, MCP_STR("uri"), key_of(watch));
    }
    if (is_there) {
        mcp_json_object_end(w);
    }
    return is_there;
}

/* False: it cannot hear any more, or there was no memory; the flag stays. */
static bool tell(struct mcp__listener *l, const char *method, const struct mcp__watch *watch)
{
    struct mcp_sink *sink = ear(l);
    struct mcp_json_writer w;
    struct mcp_buf out;

    if (!sink) {
        return false;
    }
    mcp_buf_init(&out, l->server->call_bytes_max);
    mcp_json_writer_init(&w, &out);
    mcp_json_object(&w);
    mcp_json_member_str(&w, MCP_STR("jsonrpc"), MCP_STR("2.0"));
    mcp_json_member_str(&w, MCP_STR("method"), mcp_str_c(method));
    bool is_there = put_params(&w, l, watch);

    if (is_there) {
        mcp_json_object_end(&w);
    }
    /* What is too large would be too large again. */
    bool is_told = !out.failed || out.is_over;

    if (is_there && !out.failed) {
        sink->notify(sink, mcp_buf_str(&out), false);
    }
    mcp_buf_free(&out);
    return is_told;
}

static void tell_lists(struct mcp__listener *l)
{
    static const struct {
        unsigned bit;
        const char *method;
    } ROWS[] = {
        {MCP_CHANGED_TOOLS, "notifications/tools/list_changed"},
        {MCP_CHANGED_PROMPTS, "notifications/prompts/list_changed"},
        {MCP_CHANGED_RESOURCES, "notifications/resources/list_changed"},
    };

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        if ((l->changed & ROWS[i].bit) && tell(l, ROWS[i].method, NULL)) {
            l->changed &= ~ROWS[i].bit;
        }
    }
}

static void tell_watches(struct mcp__listener *l)
{
    for (struct mcp__watch *w = l->watches; w; w = w->next) {
        if (!w->is_changed) {
            continue;
        }
        if (!tell(l, w->extension ? w->extension->notification : "notifications/resources/updated",
                  w)) {
            return;
        }
        w->is_changed = false;
    }
    l->changed &= ~(unsigned)MCP_CHANGED_RESOURCE;
}

static void spread(struct mcp_server *s)
{
    for (struct mcp__link *at = s->changed ? s->listeners : NULL; at; at = at->next) {
        struct mcp__listener *l = MCP__OF(struct mcp__listener, in_server, at);

        l->changed |= wants(l) & s->changed;
        mcp__listener_wake(l);
    }
    s->changed = 0;
}

void mcp__changes_tell(struct mcp_server *s)
{
    spread(s);
    for (struct mcp__link *at = s->pending, *next; at; at = next) {
        struct mcp__listener *l = MCP__OF(struct mcp__listener, in_pending, at);

        next = at->next;
        tell_lists(l);
        if (l->changed & MCP_CHANGED_RESOURCE) {
            tell_watches(l);
        }
        /* Without a channel it is woken by the next one; one that is behind is asked again. */
        if (!l->changed || (!l->call && !l->channel)) {
            mcp__link_out(&l->in_pending);
        }
    }
}
