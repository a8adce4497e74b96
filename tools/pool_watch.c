/* tools/pool_watch.c - see pool_watch.h. */
#include <tools/pool_watch.h>

#include <tools/connection.h>
#include <tools/key.h>
#include <tools/owner.h>
#include <tools/pool_uri.h>

#include <mcp/alloc.h>

#include <sodium.h>

#define NO_POOL UINT32_MAX /* the row of a connection without readings */

/* What a pool was like at the last look. */
struct seen {
    uint64_t connection, hash;
    uint32_t pool;
};

struct seen_table {
    struct seen *rows; /* in the order of the store's keys */
    size_t n, cap;
};

struct watched {
    uint64_t owner;
    bool is_used, is_known; /* is_known: `before` is what was there at `version` */
    uint64_t version;
    int64_t next_ms; /* when a pool becomes stale without a commit */
    struct seen_table before;
};

struct pool_watch {
    struct store *store;
    struct pool_thresholds fallback;
    uint64_t version; /* at the last tick */
    size_t turn;      /* whose look is the next, when there are many */
    uint8_t hash_key[crypto_shorthash_KEYBYTES];
    struct watched owners[POOL_WATCH_OWNERS_MAX];
    struct seen_table now; /* of the look under way */
};

struct pool_watch *pool_watch_new(struct store *store, const struct pool_thresholds *fallback)
{
    struct pool_watch *w = mcp_alloc_new(struct pool_watch);

    if (w) {
        w->store = store;
        w->fallback = *fallback;
        crypto_shorthash_keygen(w->hash_key);
    }
    return w;
}

static void forget(struct watched *o)
{
    mcp_free(o->before.rows);
    *o = (struct watched){0};
}

void pool_watch_free(struct pool_watch *w)
{
    if (w) {
        for (size_t i = 0; i < POOL_WATCH_OWNERS_MAX; i++) {
            forget(&w->owners[i]);
        }
        mcp_free(w->now.rows);
        mcp_free(w);
    }
}

/* ---- One look ---- */

struct look {
    struct pool_watch *w;
    struct watched *o;
    struct mcp_server *s; /* NULL: only remember */
    int64_t now_ms;
    size_t at; /* in o->before */
    bool is_changed, is_list_changed, has_lost;

    /* the connection at hand, and its pools; they point into the database */
    struct connection c;
    uint64_t sequence, hash; /* hash: of what its pools show of it */
    bool is_open;
    int64_t newest_ms; /* of those that are not ahead */
    struct {
        mcp_str credit_type;
        uint32_t number;
        uint64_t hash;
        enum pool_status status; /* if the connection is fine */
    } pools[CONNECTION_POOLS_MAX];
    size_t n_pools;
};

static uint64_t hash_of(const struct pool_watch *w, mcp_str s)
{
    uint8_t out[crypto_shorthash_BYTES];
    uint64_t h;

    crypto_shorthash(out, (const unsigned char *)s.ptr, s.len, w->hash_key);
    memcpy(&h, out, sizeof(h));
    return h;
}

static int order(const struct seen *a, const struct seen *b)
{
    return a->connection != b->connection ? (a->connection > b->connection ? 1 : -1)
                                          : (a->pool > b->pool) - (a->pool < b->pool);
}

static bool remember(struct seen_table *t, const struct seen *row)
{
    if (t->n == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 64;
        struct seen *rows = mcp_realloc(t->rows, cap * sizeof(*rows));

        if (!rows) {
            return false;
        }
        t->rows = rows;
        t->cap = cap;
    }
    t->rows[t->n++] = *row;
    return true;
}

static void tell(struct look *l, mcp_str credit_type)
{
    static const char *const SUFFIXES[] = {"", POOL_URI_HISTORY};
    char uri[POOL_URI_BYTES];

    for (size_t i = 0; i < 2 && l->s && credit_type.len; i++) {
        mcp_server_changed_for(l->s, l->o->owner, MCP_CHANGED_RESOURCE,
                               pool_uri(l->c.id, credit_type, SUFFIXES[i], uri));
    }
    if (l->s) {
        mcp_server_changed_for(l->s, l->o->owner, MCP_CHANGED_RESOURCE,
                               pool_uri(l->c.id, mcp_str_n(NULL, 0), "", uri));
    }
    l->is_changed = true;
}

/* What lies before `row` (NULL: the end) was there and is not any more. */
static void skip_to(struct look *l, const struct seen *row)
{
    const struct seen_table *t = &l->o->before;

    for (; l->at < t->n && (!row || order(&t->rows[l->at], row) < 0); l->at++) {
        l->has_lost = l->has_lost || t->rows[l->at].pool != NO_POOL;
        l->is_changed = true;
    }
}

/* Compare with the last look, and keep for the next one. */
static bool compare(struct look *l, const struct seen *row, mcp_str credit_type)
{
    const struct seen_table *t = &l->o->before;

    skip_to(l, row);
    bool was_there = l->at < t->n && order(&t->rows[l->at], row) == 0;

    if (!was_there || t->rows[l->at].hash != row->hash) {
        tell(l, credit_type);
    }
    l->is_list_changed = l->is_list_changed || (!was_there && row->pool != NO_POOL);
    l->at += was_there;
    return remember(&l->w->now, row);
}

static mcp_err close_connection(struct look *l)
{
    enum pool_status says =
        pool_connection_status(l->c.status, l->n_pools > 0, l->newest_ms, l->now_ms);
    int64_t stale_ms = l->newest_ms + POOL_STALE_AFTER_MS + 1;
    struct seen row = {.connection = l->sequence, .pool = NO_POOL, .hash = l->hash};
    bool is_kept = true;

    if (!l->is_open) {
        return MCP_OK;
    }
    l->is_open = false;
    if (l->n_pools && stale_ms > l->now_ms && stale_ms < l->o->next_ms) {
        l->o->next_ms = stale_ms;
    }
    if (!l->n_pools) {
        is_kept = compare(l, &row, mcp_str_n(NULL, 0));
    }
    for (size_t i = 0; i < l->n_pools && is_kept; i++) {
        uint64_t status = says == POOL_HEALTHY ? l->pools[i].status : says;

        row.pool = l->pools[i].number;
        row.hash = (l->hash ^ l->pools[i].hash) + status;
        is_kept = compare(l, &row, l->pools[i].credit_type);
    }
    return is_kept ? MCP_OK : MCP_E_OVERLOADED;
}

static mcp_err open_connection(struct look *l, mcp_str key, mcp_str value, uint8_t version)
{
    char memory[CONNECTION_RECORD_MAX];

    if (!connection_decode(value, version, &l->c)) {
        return MCP_E_STORAGE;
    }
    struct connection shown = l->c;

    shown.n_pools = 0; /* a new pool does not change its neighbours */
    shown.is_demo = shown.is_muted = false;
    l->hash = hash_of(l->w, connection_encode(&shown, memory));
    l->sequence = key_get_sequence(key);
    l->is_open = true;
    l->n_pools = 0;
    l->newest_ms = INT64_MIN / 2;
    return MCP_OK;
}

static mcp_err look_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct look *l = arg;
    struct pool p;

    if (key.len == KEY_SEQUENCE_BYTES) {
        mcp_err err = close_connection(l);

        return err ? err : open_connection(l, key, value, version);
    }
    if (!l->is_open || l->n_pools == CONNECTION_POOLS_MAX || !pool_decode(value, version, &p)) {
        return MCP_E_STORAGE;
    }
    struct pool_thresholds t = pool_thresholds_resolve(&p.own, &l->c.thresholds, &l->w->fallback);

    l->pools[l->n_pools].credit_type = p.credit_type;
    l->pools[l->n_pools].number = key_get_pool(key);
    l->pools[l->n_pools].hash = hash_of(l->w, value);
    l->pools[l->n_pools].status = pool_status_of(POOL_HEALTHY, p.has_balance, p.balance_micro, &t);
    l->n_pools++;
    if (p.recorded_ms <= l->now_ms + POOL_AHEAD_MAX_MS && p.recorded_ms > l->newest_ms) {
        l->newest_ms = p.recorded_ms;
    }
    return MCP_OK;
}

static mcp_err look_body(struct store_txn *txn, void *arg)
{
    struct look *l = arg;
    struct key low = key_owned(KEY_CONNECTION, l->o->owner);
    mcp_err err =
        store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false,
                   (size_t)OWNER_CONNECTIONS_MAX * (CONNECTION_POOLS_MAX + 1), look_row, l);

    err = err ? err : close_connection(l);
    if (!err) {
        skip_to(l, NULL);
    }
    return err;
}

static void tell_lists(const struct look *l)
{
    const mcp_str none = mcp_str_n(NULL, 0);

    if (l->has_lost) { /* its names went with it */
        mcp_server_changed_for(l->s, l->o->owner, MCP_CHANGED_RESOURCE, none);
    } else if (l->is_changed) {
        mcp_server_changed_for(l->s, l->o->owner, MCP_CHANGED_RESOURCE, MCP_STR(POOL_URI_ALL));
    }
    if (l->has_lost || l->is_list_changed) {
        mcp_server_changed_for(l->s, l->o->owner, MCP_CHANGED_RESOURCES, none);
    }
}

/* Since the last tick a client has come, and somebody has written: which was first? */
static void tell_all(struct mcp_server *s, uint64_t owner)
{
    mcp_server_changed_for(s, owner, MCP_CHANGED_RESOURCE, mcp_str_n(NULL, 0));
    mcp_server_changed_for(s, owner, MCP_CHANGED_RESOURCES, mcp_str_n(NULL, 0));
}

/* `version` was read before the look, so what is committed meanwhile is looked at once more. */
static void look(struct pool_watch *w, struct watched *o, struct mcp_server *s, uint64_t version,
                 int64_t now_ms)
{
    struct look l = {.w = w, .o = o, .s = o->is_known ? s : NULL, .now_ms = now_ms};
    struct seen_table empty = o->before;

    w->now.n = 0;
    o->next_ms = INT64_MAX;
    if (store_read(w->store, look_body, &l)) {
        o->next_ms = now_ms; /* once more at the next tick */
        return;
    }
    if (l.s) {
        tell_lists(&l);
    } else if (store_version(w->store) != version) { /* is that in it? */
        tell_all(s, o->owner);
    }
    o->before = w->now;
    w->now = empty;
    o->is_known = true;
    o->version = version;
}

/* ---- Whose ---- */

static struct watched *find(struct pool_watch *w, uint64_t owner)
{
    struct watched *room = NULL;

    for (size_t i = 0; i < POOL_WATCH_OWNERS_MAX; i++) {
        if (w->owners[i].is_used && w->owners[i].owner == owner) {
            return &w->owners[i];
        }
        room = room || w->owners[i].is_used ? room : &w->owners[i];
    }
    if (room) {
        room->is_used = true;
        room->owner = owner;
    }
    return room;
}

/* Their clients are gone. */
static void forget_others(struct pool_watch *w, const uint64_t *owners, size_t n)
{
    for (size_t i = 0; i < POOL_WATCH_OWNERS_MAX; i++) {
        size_t k = 0;

        while (k < n && owners[k] != w->owners[i].owner) {
            k++;
        }
        if (k == n) {
            forget(&w->owners[i]);
        }
    }
}

void pool_watch_tick(struct pool_watch *w, struct mcp_server *s, int64_t now_ms)
{
    uint64_t owners[POOL_WATCH_OWNERS_MAX], version = store_version(w->store);
    size_t n = mcp_server_listeners(s, owners, POOL_WATCH_OWNERS_MAX), looks = 0;
    bool is_crowd = n > POOL_WATCH_OWNERS_MAX;

    n = is_crowd ? 0 : n;
    forget_others(w, owners, n);
    if (is_crowd && version != w->version) {
        mcp_server_changed(s, MCP_CHANGED_RESOURCES, mcp_str_n(NULL, 0));
        mcp_server_changed(s, MCP_CHANGED_RESOURCE, mcp_str_n(NULL, 0));
    }
    for (size_t i = 0; i < n; i++) {
        struct watched *o = find(w, owners[(w->turn + i) % n]);

        if (!o->is_known && version != w->version) {
            tell_all(s, o->owner);
        }
        if (looks < POOL_WATCH_LOOKS_MAX &&
            (!o->is_known || o->version != version || now_ms >= o->next_ms)) {
            look(w, o, s, version, now_ms);
            looks++;
        }
    }
    w->turn += looks;
    w->version = version;
}
