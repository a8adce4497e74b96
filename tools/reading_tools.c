/* tools/reading_tools.c - take in what vendors said. */
#include <tools/owner.h>
#include <tools/reading_args.h>
#include <tools/state.h>
#include <tools/time_json.h>
#include <tools/write.h>

#include <mcp/call.h>

#include "reading_schema.h"

enum { REPEAT_MS = 60000 }; /* of record_reading */

#define TOO_MANY "A connection has at most 64 credit types."

struct add_op {
    struct write_op op;
    uint64_t owner;
    mcp_str which;
    struct reading_batch batch;
};

static mcp_err refuse(struct mcp_call *call, const char *member, const char *why)
{
    return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "%s %s.", member, why);
}

/* ---- One reading ---- */

static mcp_err read_text(struct mcp_call *call, mcp_json o, const char *member, size_t bytes_max,
                         mcp_str *ret)
{
    mcp_json v = mcp_json_get(o, mcp_str_c(member));

    if (!mcp_json_present(v)) {
        return MCP_OK;
    }
    *ret = mcp_json_str(v, mcp_call_arena(call), mcp_str_n(NULL, 0));
    const char *why = name_check(*ret, bytes_max);

    return why ? refuse(call, member, why) : MCP_OK;
}

static mcp_err read_amount(struct mcp_call *call, mcp_json o, const char *member, bool *ret_has,
                           int64_t *ret)
{
    mcp_json v = mcp_json_get(o, mcp_str_c(member));

    *ret_has = mcp_json_type(v) == MCP_JSON_NUMBER;
    return !*ret_has || mcp_json_micro(v, ret)
               ? MCP_OK
               : refuse(call, member, "has more than six decimals or is too large");
}

static mcp_err read_time(struct mcp_call *call, mcp_json o, int64_t now_ms, bool *ret_is_timed,
                         int64_t *ret)
{
    mcp_json v = mcp_json_get(o, MCP_STR("recordedAt"));

    *ret = now_ms;
    *ret_is_timed = mcp_json_present(v);
    if (!*ret_is_timed) {
        return MCP_OK;
    }
    if (!time_json_get(v, mcp_call_arena(call), ret)) {
        return refuse(call, "recordedAt", "is not a date and time");
    }
    const char *why = reading_check_time(*ret, now_ms);

    return why ? mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "%s.", why) : MCP_OK;
}

static mcp_err read_reading(struct mcp_call *call, mcp_json o, int64_t now_ms, struct reading *r)
{
    mcp_err err = read_text(call, o, "creditType", POOL_TYPE_MAX, &r->credit_type);

    err = err ? err : read_text(call, o, "label", NAME_BYTES_MAX, &r->label);
    err = err ? err : read_text(call, o, "unit", POOL_UNIT_MAX, &r->unit);
    err = err ? err : read_amount(call, o, "balance", &r->has_balance, &r->balance_micro);
    err = err ? err : read_amount(call, o, "balanceLimit", &r->has_limit, &r->limit_micro);
    r->keeps_limit = !mcp_json_present(mcp_json_get(o, MCP_STR("balanceLimit")));
    return err ? err : read_time(call, o, now_ms, &r->is_timed, &r->at_ms);
}

/* ---- The batch ---- */

/* Give each reading the slot of its credit type. */
static mcp_err assign_slots(struct mcp_call *call, struct reading_batch *b)
{
    size_t most = b->n < CONNECTION_POOLS_MAX ? b->n : CONNECTION_POOLS_MAX;

    b->slots = mcp_arena_new(mcp_call_arena(call), struct reading_slot, most);
    if (!b->slots) {
        return MCP_E_OVERLOADED;
    }
    for (size_t i = 0; i < b->n; i++) {
        struct reading *r = &b->readings[i];

        while (r->slot < b->n_slots && !mcp_str_eq(b->slots[r->slot].credit_type, r->credit_type)) {
            r->slot++;
        }
        if (r->slot == most) {
            return mcp_fail(call, MCP_E_REFUSED, TOO_MANY);
        }
        if (r->slot == b->n_slots) {
            b->slots[b->n_slots++].credit_type = r->credit_type;
        }
        if (!r->is_timed && b->slots[r->slot].is_now) {
            /* Which of them is true now? */
            return mcp_fail(call, MCP_E_INVALID_ARGUMENTS,
                            "/readings/%zu: its credit type stands twice without recordedAt; give "
                            "each its time.",
                            i);
        }
        b->slots[r->slot].is_now = b->slots[r->slot].is_now || !r->is_timed;
    }
    return MCP_OK;
}

mcp_err reading_args_read(struct mcp_call *call, int64_t now_ms, struct reading_batch *b)
{
    mcp_json list = mcp_arg(call, "readings");
    bool is_list = mcp_json_present(list);
    mcp_err err = MCP_OK;

    if (is_list && mcp_json_present(mcp_arg(call, "creditType"))) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS,
                        "Give either readings or one creditType, not both.");
    }
    b->now_ms = now_ms;
    b->n = is_list ? mcp_json_count(list) : 1;
    b->readings = mcp_arena_new(mcp_call_arena(call), struct reading, b->n);
    if (!b->readings) {
        return MCP_E_OVERLOADED;
    }
    if (!is_list) {
        err = read_reading(call, mcp_call_arguments(call), now_ms, &b->readings[0]);
    }
    mcp_json e = mcp_json_first(list);

    for (size_t i = 0; is_list && i < b->n && !err; i++, e = mcp_json_next(list, e)) {
        err = read_reading(call, e, now_ms, &b->readings[i]);
    }
    return err ? err : assign_slots(call, b);
}

mcp_err reading_args_refuse(struct write_op *op, mcp_err err, const struct reading_batch *b)
{
    return err == MCP_E_NOT_FOUND ? write_refuse(op, err, "No connection has this id or name.")
           : err == MCP_E_CONFLICT
               ? write_refuse(op, err, "This connection is not one of the demo (any more).")
           : err == MCP_E_REFUSED
               ? write_refuse(op, err, b->is_owner_full ? OWNER_POOLS_FULL : TOO_MANY)
               : err;
}

void reading_args_put(struct mcp_json_writer *w, const struct reading_batch *b)
{
    mcp_json_object(w);
    mcp_json_member_int(w, MCP_STR("stored"), (int64_t)b->stored);
    mcp_json_member_int(w, MCP_STR("duplicates"), (int64_t)b->duplicates);
    mcp_json_member_int(w, MCP_STR("conflicts"), (int64_t)b->conflicts);
    mcp_json_object_end(w);
}

static mcp_err add_body(struct store_txn *txn, void *arg)
{
    struct add_op *a = arg;
    mcp_err err = reading_add(txn, a->owner, a->which, &a->batch);

    return err ? reading_args_refuse(&a->op, err, &a->batch) : MCP_OK;
}

static mcp_err add_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    struct add_op *a = (struct add_op *)op;

    if (err) {
        return write_fail(call, err, op);
    }
    tools_kick(op->tools);
    reading_args_put(mcp_structured(call), &a->batch);
    return MCP_OK;
}

static mcp_err add(struct mcp_call *call, struct tools *t, int64_t repeat_ms)
{
    struct add_op *a = mcp_arena_new(mcp_call_arena(call), struct add_op, 1);

    if (!a) {
        return MCP_E_OVERLOADED;
    }
    a->owner = mcp_call_principal(call)->owner;
    a->which = mcp_arg_str(call, "connection");
    a->batch.fallback = t->fallback;
    a->batch.repeat_ms = repeat_ms;
    a->batch.is_demo = mcp_json_bool(mcp_arg(call, "demo"), false);
    mcp_err err = reading_args_read(call, tools_now_ms(t), &a->batch);

    return err ? err : write_later(t, call, &a->op, add_body, add_reply);
}

static mcp_err add_reading(struct mcp_call *call, void *user)
{
    return add(call, user, 0);
}

/* Of a model, which tries again what it is not sure of. */
static mcp_err record_reading(struct mcp_call *call, void *user)
{
    return add(call, user, REPEAT_MS);
}

const struct mcp_tool reading_rows[] = {
    {
        .name = "push_readings",
        .title = "Push readings",
        .description = "Stores balances that a script has read. The same credit type and time "
                       "again changes nothing; without a time, an Idempotency-Key makes a "
                       "repeated request safe for a day.",
        .input_schema = SCHEMA_PUSH_READINGS,
        .output_schema = SCHEMA_ADDED_READINGS,
        .scope = "push",
        .hints = MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = push_readings,
        .fails = MCP_FAILS(NOT_FOUND) | MCP_FAILS(REFUSED) | MCP_FAILS(STORAGE),
    },
    {
        .name = "record_reading",
        .title = "Record a balance",
        .description =
            "Stores what a vendor says is left of one credit type of a connection; its first "
            "reading makes the pool. Safe to repeat: the same time again, or without a time the "
            "same balance within a minute, changes nothing. Alerts follow.",
        .input_schema = SCHEMA_RECORD_READING,
        .output_schema = SCHEMA_ADDED_READINGS,
        .scope = "write",
        .hints = MCP_IDEMPOTENT,
        .fn = record_reading,
        .fails = MCP_FAILS(INVALID_ARGUMENTS) | MCP_FAILS(NOT_FOUND) | MCP_FAILS(REFUSED) |
                 MCP_FAILS(STORAGE),
    },
    {
        .name = "add_reading",
        .title = "Add readings",
        .description = "Stores balances; the same credit type and time again changes nothing.",
        .input_schema = SCHEMA_ADD_READING,
        .output_schema = SCHEMA_ADDED_READINGS,
        .scope = "admin",
        .hints = MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = add_reading,
    },
    {0},
};
