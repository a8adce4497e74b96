/* tools/alert_raise.c - see alert_raise.h. */
#include <tools/alert_raise.h>

#include <tools/alert_thin.h>
#include <tools/key.h>
#include <tools/mail_row.h>
#include <tools/name.h>
#include <tools/webhook.h>

/* ---- Looking at the pools ---- */

struct looking {
    const struct alert_change *c;
    struct alert_view view;
    int64_t newest_ms; /* of those that are not ahead */
    bool has_pool;
};

static mcp_err look_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct looking *l = arg;
    const struct connection *c = &l->c->at->c;
    unsigned number = key_get_pool(key);
    struct pool p;

    if (key.len != KEY_POOL_BYTES) {
        return MCP_OK; /* the connection itself */
    }
    if (number >= CONNECTION_POOLS_MAX || !pool_decode(value, version, &p)) {
        return MCP_E_STORAGE;
    }
    struct pool_thresholds t = pool_thresholds_resolve(&p.own, &c->thresholds, l->c->fallback);

    alert_see(&l->view, number, &p, &t, (l->c->read >> number & 1) != 0);
    l->has_pool = true;
    if (p.recorded_ms <= l->c->now_ms + POOL_AHEAD_MAX_MS && p.recorded_ms > l->newest_ms) {
        l->newest_ms = p.recorded_ms;
    }
    return MCP_OK;
}

static mcp_err scan_pools(struct store_txn *txn, const struct alert_change *c, store_row_fn *row,
                          void *arg)
{
    struct key rows = key_sequence(KEY_CONNECTION, c->owner, c->at->sequence);

    return store_scan(txn, key_str(&rows), mcp_str_n(NULL, 0), false, CONNECTION_POOLS_MAX + 1, row,
                      arg);
}

/* ---- Into the outbox ---- */

static mcp_err put_deliveries(struct store_txn *txn, const struct alert_order *o,
                              const struct webhook_takers *to, struct outbox_count *n)
{
    mcp_err err = MCP_OK;

    for (size_t i = 0; i < to->n && !err; i++) {
        struct delivery d = {
            .webhook = to->sequences[i],
            .alert = o->sequence,
            .is_test = o->is_test,
            .created_ms = o->a->created_ms,
            .due_ms = o->is_test ? 0 : o->a->created_ms,
        };

        name_id_new(d.id);
        err = delivery_add(txn, o->owner, n->next_delivery++, &d);
        n->deliveries++;
        n->open++;
    }
    return err;
}

static mcp_err find_takers(struct store_txn *txn, const struct alert_order *o,
                           struct webhook_takers *to)
{
    mcp_err err = MCP_OK;
    size_t kept = 0;

    if (o->only) {
        *to = (struct webhook_takers){.sequences = {*o->only}, .n = 1};
        return MCP_OK;
    }
    err = webhook_takers(txn, o->owner, o->a->level, to);
    for (size_t i = 0; i < to->n && !err; i++) {
        if (!o->except || to->sequences[i] != *o->except) {
            to->sequences[kept++] = to->sequences[i];
        }
    }
    to->n = kept;
    if (!err && mail_is_for(o->a->kind)) {
        bool is_wanted = false;

        err = mail_is_wanted(txn, o->owner, &is_wanted);
        if (is_wanted) {
            to->sequences[to->n++] = OUTBOX_MAIL;
        }
    }
    return err;
}

mcp_err alert_send(struct store_txn *txn, struct alert_order *o)
{
    struct webhook_takers to;
    struct outbox_count n;
    mcp_err err = find_takers(txn, o, &to);

    err = err ? err : outbox_count_get(txn, o->owner, &n);
    err = err ? err : alert_thin(txn, o->owner, &n);
    if (err) {
        return err;
    }
    if (n.open + to.n > OUTBOX_OPEN_MAX || n.deliveries + to.n > OUTBOX_ROWS_MAX ||
        n.alerts >= OUTBOX_ALERTS_MAX) {
        err = outbox_count_put(txn, o->owner, &n); /* something may have been forgotten */
        return err ? err : MCP_E_REFUSED;
    }
    o->sequence = n.next_alert++;
    n.alerts++;
    name_id_new(o->a->id);
    o->a->fate = to.n ? ALERT_PENDING : ALERT_UNSENT;
    o->a->fate_ms = o->a->created_ms;
    o->a->first_delivery = n.next_delivery;
    o->a->n_deliveries = (uint32_t)to.n;
    err = put_deliveries(txn, o, &to, &n);
    err = err ? err : alert_put(txn, o->owner, o->sequence, o->a);
    return err ? err : outbox_count_put(txn, o->owner, &n);
}

/* ---- Taking back ---- */

static mcp_err cancel_open(struct store_txn *txn, uint64_t owner, const struct alert *a,
                           enum delivery_reason why)
{
    struct outbox_count n;
    mcp_err err = outbox_count_get(txn, owner, &n);

    for (uint32_t i = 0; i < a->n_deliveries && !err; i++) {
        struct delivery_found f;

        err = delivery_get(txn, owner, a->first_delivery + i, &f);
        if (err == MCP_E_NOT_FOUND) {
            err = MCP_OK; /* thinned out */
        } else if (!err && delivery_is_open(&f.d)) {
            struct delivery after = f.d;

            after.state = DELIVERY_CANCELLED;
            after.reason = why;
            err = delivery_put(txn, owner, f.sequence, &f.d, &after, &n);
        }
    }
    return err ? err : outbox_count_put(txn, owner, &n);
}

/* End the alert that a connection's state names, if it names one. */
static mcp_err take_back(struct store_txn *txn, uint64_t owner, struct alert_standing *s,
                         enum delivery_reason why, int64_t now_ms)
{
    struct alert_found f;
    mcp_err err = s->has_alert ? alert_get(txn, owner, s->alert, &f) : MCP_E_NOT_FOUND;

    s->has_alert = false;
    if (err) {
        return err == MCP_E_NOT_FOUND ? MCP_OK : err;
    }
    err = cancel_open(txn, owner, &f.a, why);
    if (err || f.a.fate != ALERT_PENDING) {
        return err;
    }
    f.a.fate = why == DELIVERY_SUPERSEDED ? ALERT_SUPERSEDED : ALERT_WITHDRAWN;
    f.a.fate_ms = now_ms;
    return alert_put(txn, owner, s->alert, &f.a);
}

mcp_err alert_mute(struct store_txn *txn, uint64_t owner, uint64_t connection, bool is_removed,
                   int64_t now_ms)
{
    struct alert_standing s;
    mcp_err err = alert_standing_get(txn, owner, connection, &s);

    err = err ? err : take_back(txn, owner, &s, DELIVERY_MUTED, now_ms);
    alert_lost(&s.state);
    if (is_removed) {
        s = (struct alert_standing){0};
    }
    return err ? err : alert_standing_put(txn, owner, connection, &s);
}

/* ---- Raising ---- */

struct listing {
    const struct alert_change *c;
    enum alert_level level;
    struct record_writer lines;
};

/* A line for each pool at or under the threshold of this level. */
static mcp_err line_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct listing *l = arg;
    struct pool p;

    if (key.len != KEY_POOL_BYTES || !pool_decode(value, version, &p)) {
        return MCP_OK; /* look_row() has judged it */
    }
    struct pool_thresholds t =
        pool_thresholds_resolve(&p.own, &l->c->at->c.thresholds, l->c->fallback);
    bool is_critical = l->level == ALERT_CRITICAL;
    bool has_one = is_critical ? t.has_critical : t.has_low;
    int64_t threshold = is_critical ? t.critical_micro : t.low_micro;

    if (p.has_balance && has_one && p.balance_micro <= threshold) {
        alert_line_put(&l->lines,
                       &(struct alert_line){p.label, p.unit, p.balance_micro, threshold});
    }
    return MCP_OK;
}

static mcp_err raise(struct store_txn *txn, const struct alert_change *c, struct alert_standing *s)
{
    const struct connection *at = &c->at->c;
    char memory[ALERT_RECORD_MAX];
    struct listing l = {.c = c, .level = s->state.pending};
    struct alert a = {
        .kind = ALERT_POOL,
        .level = s->state.pending,
        .created_ms = c->now_ms,
        .connection = c->at->sequence,
        .subject = at->name,
        .detail = at->tool_name,
        .topup_url = at->topup_url,
    };
    struct alert_order o = {.owner = c->owner, .a = &a};

    memcpy(a.subject_id, at->id, sizeof(a.subject_id));
    record_writer_init(&l.lines, memory, sizeof(memory));
    mcp_err err = scan_pools(txn, c, line_row, &l);

    a.lines = record_writer_str(&l.lines);
    err = err ? err : alert_send(txn, &o);
    if (err == MCP_E_REFUSED) {
        alert_lost(&s->state); /* full: the next reading tries again */
        return MCP_OK;
    }
    err = err ? err : take_back(txn, c->owner, s, DELIVERY_SUPERSEDED, c->now_ms);
    s->has_alert = true;
    s->alert = o.sequence;
    if (a.fate == ALERT_UNSENT) {
        alert_told(&s->state); /* nobody wants to know */
    }
    return err;
}

static bool is_same(const struct alert_standing *a, const struct alert_standing *b)
{
    return a->state.level == b->state.level && a->state.pending == b->state.pending &&
           a->state.down == b->state.down && a->state.once == b->state.once &&
           a->has_alert == b->has_alert && a->alert == b->alert;
}

mcp_err alert_check(struct store_txn *txn, const struct alert_change *c)
{
    struct looking l = {.c = c, .newest_ms = INT64_MIN / 2};
    struct alert_standing s, before;

    if (c->at->c.is_muted || c->at->c.status != POOL_HEALTHY) {
        return MCP_OK;
    }
    mcp_err err = scan_pools(txn, c, look_row, &l);

    err = err ? err : alert_standing_get(txn, c->owner, c->at->sequence, &s);
    if (err ||
        pool_connection_status(POOL_HEALTHY, l.has_pool, l.newest_ms, c->now_ms) != POOL_HEALTHY) {
        return err;
    }
    before = s;
    switch (alert_step(&s.state, &l.view)) {
    case ALERT_RAISE:
        err = raise(txn, c, &s);
        break;
    case ALERT_HEAL:
        err = take_back(txn, c->owner, &s, DELIVERY_HEALED, c->now_ms);
        break;
    case ALERT_NOTHING:
        break;
    }
    return err || is_same(&s, &before) ? err
                                       : alert_standing_put(txn, c->owner, c->at->sequence, &s);
}

/* ---- What became of it ---- */

static mcp_err settle(struct store_txn *txn, uint64_t owner, uint64_t sequence, bool has_arrived,
                      int64_t now_ms, struct alert_found *f)
{
    struct alert_standing s;
    mcp_err err;

    f->a.fate = has_arrived ? ALERT_SENT : ALERT_UNSENT;
    f->a.fate_ms = now_ms;
    err = alert_put(txn, owner, sequence, &f->a);
    if (err || f->a.kind != ALERT_POOL) {
        return err;
    }
    err = alert_standing_get(txn, owner, f->a.connection, &s);
    if (err || !s.has_alert || s.alert != sequence) {
        return err; /* healed since, or worse since */
    }
    if (has_arrived) {
        alert_told(&s.state);
    } else {
        alert_lost(&s.state);
        s.has_alert = false;
    }
    return alert_standing_put(txn, owner, f->a.connection, &s);
}

mcp_err alert_arrived(struct store_txn *txn, uint64_t owner, uint64_t sequence, int64_t now_ms)
{
    struct alert_found f;
    mcp_err err = alert_get(txn, owner, sequence, &f);

    if (err) {
        return err == MCP_E_NOT_FOUND ? MCP_OK : err;
    }
    return f.a.fate == ALERT_PENDING || f.a.fate == ALERT_UNSENT
               ? settle(txn, owner, sequence, true, now_ms, &f)
               : MCP_OK;
}

mcp_err alert_failed(struct store_txn *txn, uint64_t owner, uint64_t sequence, int64_t now_ms)
{
    struct alert_found f;
    mcp_err err = alert_get(txn, owner, sequence, &f);

    if (err || f.a.fate != ALERT_PENDING) {
        return err == MCP_E_NOT_FOUND ? MCP_OK : err;
    }
    for (uint32_t i = 0; i < f.a.n_deliveries; i++) {
        struct delivery_found d;

        err = delivery_get(txn, owner, f.a.first_delivery + i, &d);
        if (err && err != MCP_E_NOT_FOUND) {
            return err;
        }
        if (!err && delivery_is_open(&d.d)) {
            return MCP_OK; /* one may still arrive */
        }
    }
    return settle(txn, owner, sequence, false, now_ms, &f);
}
