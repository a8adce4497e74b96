/* tools/outbox_claim.c - see outbox_claim.h. */
#include <tools/outbox_claim.h>

#include <tools/alert_raise.h>

#include <stdio.h>

/* ---- What is due ---- */

/* How many of this webhook are under way. */
static size_t count_busy(const struct outbox_claim *c, const struct key_due *at)
{
    size_t n = 0;

    for (size_t i = 0; i < OUTBOX_SLOTS; i++) {
        n += c->busy[i].is_taken && c->busy[i].due.owner == at->owner &&
             c->busy[i].due.webhook == at->webhook;
    }
    return n;
}

static bool is_under_way(const struct outbox_claim *c, const struct key_due *due)
{
    for (size_t i = 0; i < OUTBOX_SLOTS; i++) {
        if (c->busy[i].is_taken && c->busy[i].due.owner == due->owner &&
            c->busy[i].due.delivery == due->delivery) {
            return true; /* it takes longer than its lease; the clock may have stepped */
        }
    }
    return false;
}

struct group_op {
    struct outbox_claim *c;
    size_t n_more; /* how many are still wanted */
};

static mcp_err due_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct group_op *op = arg;
    struct key_due due = key_get_due(key);

    (void)value, (void)version;
    if (!is_under_way(op->c, &due)) {
        op->c->due[op->c->n_due++] = due;
        op->n_more--;
    }
    return op->n_more ? MCP_OK : MCP_PENDING;
}

/* Until when rows of this webhook are due; INT64_MAX: it takes nothing any more, all of them end.
 */
static mcp_err find_limit(struct store_txn *txn, const struct outbox_claim *c,
                          const struct key_due *at, int64_t *ret)
{
    struct webhook_found w;

    if (at->webhook == OUTBOX_MAIL) {
        *ret = c->sends_mail ? c->now_ms : INT64_MAX;
        return MCP_OK;
    }
    mcp_err err = webhook_get(txn, at->owner, at->webhook, &w);

    if (err == MCP_E_NOT_FOUND || (!err && w.w.state == WEBHOOK_DISABLED)) {
        *ret = INT64_MAX;
        return MCP_OK;
    }
    *ret = !err && w.w.state == WEBHOOK_PAUSED ? 0 : c->now_ms; /* tests are due at 0 */
    return err;
}

/* What is due of one webhook. */
static mcp_err look_group(struct store_txn *txn, struct outbox_claim *c, const struct key_due *at)
{
    struct group_op op = {.c = c};
    size_t busy = count_busy(c, at), before = c->n_due;
    int64_t limit_ms = 0;
    mcp_err err = find_limit(txn, c, at, &limit_ms);
    bool is_over = limit_ms == INT64_MAX;
    size_t room = OUTBOX_STEP - c->n_due, slots = c->n_free - c->n_sendable;

    if (!is_over) {
        size_t most = busy < OUTBOX_PER_WEBHOOK ? OUTBOX_PER_WEBHOOK - busy : 0;

        room = most < slots ? most : slots;
    }
    if (err || room == 0) {
        return err;
    }
    struct key_due last = {at->owner, at->webhook, is_over ? limit_ms : limit_ms + 1, 0};
    struct key low = key_sequence(KEY_DUE, at->owner, at->webhook), high = key_due(&last);

    op.n_more = room;
    err = store_scan(txn, key_str(&low), key_str(&high), false, room + OUTBOX_SLOTS, due_row, &op);
    c->n_sendable += is_over ? 0 : c->n_due - before;
    return err;
}

static mcp_err first_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    (void)value, (void)version;
    if (key.len != KEY_DUE_BYTES) {
        return MCP_E_STORAGE;
    }
    *(struct key_due *)arg = key_get_due(key);
    return MCP_PENDING;
}

/* The first webhook at or behind `from` that has an open delivery; MCP_E_NOT_FOUND. */
static mcp_err next_group(struct store_txn *txn, uint64_t owner, uint64_t webhook,
                          struct key_due *ret)
{
    static const struct key_due NONE = {.at_ms = -1};
    struct key low = key_sequence(KEY_DUE, owner, webhook);
    struct key high = {.bytes = {KEY_DUE + 1}, .len = 1};

    *ret = NONE;
    mcp_err err = store_scan(txn, key_str(&low), key_str(&high), false, 1, first_row, ret);

    return err ? err : ret->at_ms < 0 ? MCP_E_NOT_FOUND : MCP_OK;
}

/* A round over all webhooks that have something open, from where the last one ended. */
mcp_err outbox_look(struct store_txn *txn, struct outbox_claim *c)
{
    bool has_wrapped = false;
    struct key_due at;
    mcp_err err = MCP_OK;

    c->n_due = 0;
    c->n_sendable = 0;
    uint64_t owner = c->owner, webhook = c->webhook;

    for (size_t i = 0; i < OUTBOX_LOOK && !err && c->n_sendable < c->n_free; i++) {
        err = next_group(txn, owner, webhook, &at);
        if (err == MCP_E_NOT_FOUND && !has_wrapped) {
            has_wrapped = true;
            owner = 0;
            webhook = 0;
            err = next_group(txn, owner, webhook, &at);
        }
        bool is_round = has_wrapped &&
                        (at.owner > c->owner || (at.owner == c->owner && at.webhook >= c->webhook));

        if (err || is_round) {
            break;
        }
        err = look_group(txn, c, &at);
        owner = at.owner;
        webhook = at.webhook + 1;
    }
    c->owner = owner;
    c->webhook = webhook;
    return err == MCP_E_NOT_FOUND ? MCP_OK : err;
}

/* ---- Claiming ---- */

static mcp_err put(struct store_txn *txn, const struct key_due *due, const struct delivery *before,
                   const struct delivery *after)
{
    struct outbox_count n;
    mcp_err err = outbox_count_get(txn, due->owner, &n);

    err = err ? err : delivery_put(txn, due->owner, due->delivery, before, after, &n);
    return err ? err : outbox_count_put(txn, due->owner, &n);
}

/* End it undelivered. */
static mcp_err give_up(struct store_txn *txn, const struct key_due *due,
                       const struct delivery *before, int64_t now_ms)
{
    struct delivery after = *before;

    after.state = DELIVERY_CANCELLED;
    after.reason = DELIVERY_GONE;
    mcp_err err = put(txn, due, before, &after);

    return err ? err : alert_failed(txn, due->owner, before->alert, now_ms);
}

static mcp_err claim(struct store_txn *txn, struct outbox_claim *c, const struct key_due *due,
                     const struct delivery *before, struct outbox_job *job)
{
    struct delivery after = *before;

    after.state = DELIVERY_CLAIMED;
    after.due_ms = c->now_ms + c->lease_ms;
    after.claim = c->claim;
    after.tries++;
    job->due = *due;
    job->due.at_ms = after.due_ms;
    job->claim = c->claim;
    job->tries = after.tries;
    memcpy(job->id, before->id, sizeof(job->id));
    c->n_taken++;
    return put(txn, due, before, &after);
}

/* Where it goes, into the job. MCP_E_NOT_FOUND: nowhere, for good; MCP_PENDING: not now. */
static mcp_err find_taker(struct store_txn *txn, const struct outbox_claim *c,
                          const struct key_due *due, const struct delivery *d,
                          struct outbox_job *job)
{
    job->is_mail = delivery_is_mail(d);
    if (job->is_mail) {
        return c->sends_mail ? mail_address(txn, c->seal, due->owner, due->delivery, d->id,
                                            job->address, &job->mail_to)
                             : MCP_E_NOT_FOUND;
    }
    mcp_err err = webhook_get(txn, due->owner, due->webhook, &job->webhook);

    if (!err && job->webhook.w.state == WEBHOOK_DISABLED) {
        return MCP_E_NOT_FOUND;
    }
    return !err && job->webhook.w.state == WEBHOOK_PAUSED && !d->is_test ? MCP_PENDING : err;
}

static mcp_err take_one(struct store_txn *txn, struct outbox_claim *c, const struct key_due *due)
{
    struct outbox_job *job = c->free[c->n_taken];
    struct key key = key_due(due);
    struct delivery_found f;
    mcp_err err = delivery_get(txn, due->owner, due->delivery, &f);

    if (err && err != MCP_E_NOT_FOUND) {
        return err;
    }
    if (err || !delivery_is_open(&f.d) || f.d.due_ms != due->at_ms) {
        return store_del(txn, key_str(&key)); /* somebody was faster */
    }
    err = find_taker(txn, c, due, &f.d, job);
    if (err == MCP_PENDING) {
        return MCP_OK; /* paused since it was looked at */
    }
    err = err ? err : alert_get(txn, due->owner, f.d.alert, &job->alert);
    return err == MCP_E_NOT_FOUND ? give_up(txn, due, &f.d, c->now_ms)
           : err                  ? err
                                  : claim(txn, c, due, &f.d, job);
}

mcp_err outbox_take(struct store_txn *txn, struct outbox_claim *c)
{
    mcp_err err = MCP_OK;

    c->n_taken = 0;
    for (size_t i = 0; i < c->n_due && c->n_taken < c->n_free && !err; i++) {
        err = take_one(txn, c, &c->due[i]);
    }
    return err;
}

/* ---- Finishing ---- */

/* Tell the others that a webhook gets nothing any more. */
static mcp_err tell_others(struct store_txn *txn, const struct outbox_finish *f,
                           const struct webhook *w)
{
    struct alert a = {
        .kind = ALERT_WEBHOOK,
        .level = ALERT_CRITICAL,
        .created_ms = f->now_ms,
        .subject = w->name,
        .detail = w->reason,
    };
    struct alert_order o = {.owner = f->job->due.owner, .a = &a, .except = &f->job->due.webhook};

    memcpy(a.subject_id, w->id, sizeof(a.subject_id));
    mcp_err err = alert_send(txn, &o);

    return err == MCP_E_REFUSED ? MCP_OK : err; /* no room to say so; the webhook's state does */
}

static mcp_str reason_of(const struct outbox_finish *f, char out[WEBHOOK_REASON_MAX])
{
    const struct outbox_answer *a = &f->answer;
    int n = 0;

    if (f->job->tries >= OUTBOX_TRIES_MAX) {
        n = snprintf(out, WEBHOOK_REASON_MAX, "tried %d times in vain; ", OUTBOX_TRIES_MAX);
    }
    if (a->is_answered) {
        n += snprintf(out + n, WEBHOOK_REASON_MAX - (size_t)n, "it answered %d", a->status);
    } else {
        n += snprintf(out + n, WEBHOOK_REASON_MAX - (size_t)n, "%.*s", MCP_STR_ARG(a->note));
    }
    return mcp_str_n(out, n < WEBHOOK_REASON_MAX ? (size_t)n : WEBHOOK_REASON_MAX - 1);
}

static mcp_err note_webhook(struct store_txn *txn, struct outbox_finish *f, bool is_test)
{
    const struct key_due *due = &f->job->due;
    bool is_over = !is_test && (f->verdict == OUTBOX_PAUSE || f->verdict == OUTBOX_GONE);
    char reason[WEBHOOK_REASON_MAX];
    struct webhook_found w;

    if (f->job->is_mail) {
        return MCP_OK;
    }
    mcp_err err = webhook_get(txn, due->owner, due->webhook, &w);

    if (err) {
        return err == MCP_E_NOT_FOUND ? MCP_OK : err;
    }
    f->is_stopped = is_over && w.w.state == WEBHOOK_ACTIVE;
    w.w.last_ms = f->now_ms;
    w.w.last_status = f->answer.is_answered ? (uint32_t)f->answer.status : 0;
    if (f->is_stopped) {
        w.w.state = f->verdict == OUTBOX_GONE ? WEBHOOK_DISABLED : WEBHOOK_PAUSED;
        w.w.state_ms = f->now_ms;
        w.w.reason = reason_of(f, reason);
    }
    err = webhook_save(txn, due->owner, due->webhook, &w.w);
    return !err && f->is_stopped ? tell_others(txn, f, &w.w) : err;
}

/* We stopped it ourselves: whoever comes next tries again at once. */
static mcp_err release(struct store_txn *txn, const struct outbox_finish *f,
                       const struct delivery *before)
{
    struct delivery after = *before;

    after.state = DELIVERY_QUEUED;
    after.tries -= after.tries ? 1 : 0;
    after.due_ms = before->is_test ? 0 : f->now_ms;
    return put(txn, &f->job->due, before, &after);
}

/* What the delivery is from now on. */
static void conclude(struct outbox_finish *f, struct delivery *d)
{
    struct outbox_plan plan = outbox_decide(&f->answer, f->job->tries, d->id, f->now_ms);
    struct delivery_attempt attempt = {
        .at_ms = f->now_ms,
        .took_ms = (uint32_t)(f->answer.took_ms < 0 ? 0 : f->answer.took_ms),
        .status = f->answer.is_answered ? (uint32_t)f->answer.status : 0,
    };

    f->verdict = plan.verdict;
    delivery_add_attempt(d, &attempt);
    d->note = f->answer.note.len <= DELIVERY_NOTE_MAX
                  ? f->answer.note
                  : mcp_str_n(f->answer.note.ptr, DELIVERY_NOTE_MAX);
    if (plan.verdict == OUTBOX_DELIVERED) {
        d->state = DELIVERY_DONE;
    } else if (d->is_test || plan.verdict == OUTBOX_GONE ||
               (f->job->is_mail && plan.verdict == OUTBOX_PAUSE)) {
        d->state = DELIVERY_CANCELLED;
        d->reason = plan.verdict == OUTBOX_GONE && !d->is_test ? DELIVERY_GONE : DELIVERY_FAILED;
    } else { /* after a pause it goes on from the beginning, when the webhook was edited */
        d->state = DELIVERY_QUEUED;
        d->tries = plan.verdict == OUTBOX_PAUSE ? 0 : d->tries;
        d->due_ms = plan.verdict == OUTBOX_PAUSE ? f->now_ms : plan.due_ms;
    }
}

mcp_err outbox_finish(struct store_txn *txn, struct outbox_finish *f)
{
    const struct key_due *due = &f->job->due;
    struct delivery_found now;
    mcp_err err = delivery_get(txn, due->owner, due->delivery, &now);

    f->is_stopped = false;
    if (err) {
        return err == MCP_E_NOT_FOUND ? MCP_OK : err;
    }
    struct delivery after = now.d;
    bool is_mine = now.d.state == DELIVERY_CLAIMED && now.d.claim == f->job->claim;

    f->verdict = OUTBOX_RETRY;
    if (f->answer.is_cancelled) {
        return is_mine ? release(txn, f, &now.d) : MCP_OK;
    }
    conclude(f, &after);
    if (!is_mine && f->verdict != OUTBOX_DELIVERED) {
        /* Taken back meanwhile, or taken by another process: only the attempt is remembered. */
        after.state = now.d.state;
        after.reason = now.d.reason;
        after.due_ms = now.d.due_ms;
        after.tries = now.d.tries;
    }
    err = put(txn, due, &now.d, &after);
    err = err ? err : note_webhook(txn, f, now.d.is_test);
    if (!err && f->verdict == OUTBOX_DELIVERED) {
        err = alert_arrived(txn, due->owner, now.d.alert, f->now_ms);
    } else if (!err && is_mine && after.state == DELIVERY_CANCELLED) {
        err = alert_failed(txn, due->owner, now.d.alert, f->now_ms);
    }
    return err;
}

/* ---- At once ---- */

static mcp_err kick_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct outbox_claim *c = arg;

    (void)value, (void)version;
    c->due[c->n_due++] = key_get_due(key);
    return c->n_due == OUTBOX_STEP ? MCP_PENDING : MCP_OK;
}

mcp_err outbox_kick(struct store_txn *txn, uint64_t owner, uint64_t webhook, int64_t now_ms)
{
    struct key_due from = {owner, webhook, now_ms, 0};
    struct key low = key_due(&from), high = key_sequence(KEY_DUE, owner, webhook + 1);
    struct outbox_claim c = {.now_ms = now_ms};
    mcp_err err = store_scan(txn, key_str(&low), key_str(&high), false, OUTBOX_STEP, kick_row, &c);

    for (size_t i = 0; i < c.n_due && !err; i++) {
        struct delivery_found f;

        err = delivery_get(txn, owner, c.due[i].delivery, &f);
        if (!err && f.d.state == DELIVERY_QUEUED) {
            struct delivery after = f.d;

            after.due_ms = now_ms;
            err = put(txn, &c.due[i], &f.d, &after);
        }
    }
    return err;
}
