/* tools/source_poll.c - see source_poll.h. */
#include <tools/source_poll.h>

#include <sodium.h>

/* Up to a tenth of it. */
static int64_t chance(int64_t ms)
{
    return (int64_t)randombytes_uniform((uint32_t)(ms / 10) + 1);
}

int64_t source_next_ms(int64_t every_ms, int64_t now_ms)
{
    return now_ms + every_ms - every_ms / 10 + 2 * chance(every_ms);
}

int64_t source_retry_ms(int64_t every_ms, uint32_t failures, int64_t retry_after_ms, int64_t now_ms)
{
    int64_t wait_ms = every_ms;

    for (uint32_t i = 1; i < failures && wait_ms < SOURCE_LATEST_MS; i++) {
        wait_ms *= 2;
    }
    wait_ms = wait_ms < SOURCE_LATEST_MS ? wait_ms : SOURCE_LATEST_MS;
    if (retry_after_ms > wait_ms) {
        wait_ms = retry_after_ms < SOURCE_WAIT_MAX_MS ? retry_after_ms : SOURCE_WAIT_MAX_MS;
    }
    return now_ms + wait_ms + chance(wait_ms);
}

/* ---- Claiming ---- */

static mcp_err due_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct source_claim *c = arg;

    (void)value, (void)version;
    if (key.len != KEY_POLL_BYTES) {
        return MCP_E_STORAGE;
    }
    c->due[c->n_due++] = key_get_poll(key);
    return MCP_OK;
}

mcp_err source_look(struct store_txn *txn, struct source_claim *c)
{
    struct key low = {.bytes = {KEY_POLL}, .len = 1};
    struct key high = key_poll(&(struct key_poll){.at_ms = c->now_ms + 1});

    c->n_due = 0;
    return c->n_free ? store_scan(txn, key_str(&low), key_str(&high), false, c->n_free, due_row, c)
                     : MCP_OK;
}

static mcp_err take_one(struct store_txn *txn, struct source_claim *c, const struct key_poll *due)
{
    struct source_job *job = c->free[c->n_taken];
    struct key key = key_poll(due);
    struct connection_found at;
    mcp_err err = source_get(txn, due->owner, due->connection, &job->source);

    if (err && err != MCP_E_NOT_FOUND) {
        return err;
    }
    if (err || job->source.s.is_off || job->source.s.due_ms != due->at_ms) {
        return store_del(txn, key_str(&key)); /* somebody was faster */
    }
    err = connection_get(txn, due->owner, due->connection, &at);
    if (err) {
        return err;
    }
    struct source after = job->source.s;

    after.claim = c->claim;
    after.due_ms = c->now_ms + c->lease_ms;
    job->owner = due->owner;
    job->connection = due->connection;
    job->claim = c->claim;
    memcpy(job->id, at.c.id, sizeof(job->id));
    c->n_taken++;
    return source_put(txn, due->owner, due->connection, &job->source.s, &after);
}

mcp_err source_take(struct store_txn *txn, struct source_claim *c)
{
    mcp_err err = MCP_OK;

    c->n_taken = 0;
    for (size_t i = 0; i < c->n_due && c->n_taken < c->n_free && !err; i++) {
        err = take_one(txn, c, &c->due[i]);
    }
    return err;
}

/* ---- Writing down ---- */

static void conclude(const struct source_finish *f, struct source *s)
{
    s->claim = 0;
    if (f->is_cancelled) {
        s->due_ms = f->now_ms;
        return;
    }
    s->polled_ms = f->now_ms;
    s->reason = f->reason;
    if (f->status == POOL_HEALTHY) {
        s->reason = mcp_str_n(NULL, 0);
        s->read_ms = f->now_ms;
        s->failures = 0;
        s->due_ms = source_next_ms(s->every_ms, f->now_ms);
    } else {
        s->failures += s->failures < UINT32_MAX;
        s->due_ms = source_retry_ms(s->every_ms, s->failures, f->retry_after_ms, f->now_ms);
    }
}

static mcp_err set_status(struct store_txn *txn, const struct source_finish *f)
{
    const struct source_job *job = f->job;
    struct connection_found at;
    mcp_err err = connection_get(txn, job->owner, job->connection, &at);

    if (err || at.c.status == f->status) {
        return err;
    }
    at.c.status = f->status;
    return connection_put(txn, job->owner, job->connection, &at.c, at.c.name);
}

mcp_err source_finish(struct store_txn *txn, struct source_finish *f)
{
    const struct source_job *job = f->job;
    struct source_found now;
    char id[NAME_ID_BYTES];
    mcp_err err = source_get(txn, job->owner, job->connection, &now);

    f->is_stored = !err && now.s.claim == job->claim;
    if (!f->is_stored) {
        return err == MCP_E_NOT_FOUND ? MCP_OK : err;
    }
    struct source after = now.s;

    conclude(f, &after);
    err = source_put(txn, job->owner, job->connection, &now.s, &after);
    if (err || f->is_cancelled) {
        return err;
    }
    err = set_status(txn, f);
    return err || f->status != POOL_HEALTHY
               ? err
               : reading_add(txn, job->owner, name_id_format(job->id, id), &f->batch);
}
