/* tools/reservation_tools.c - reserve credits, settle or release them. */
#include <tools/name.h>
#include <tools/once.h>
#include <tools/reservation.h>
#include <tools/state.h>
#include <tools/time_json.h>
#include <tools/write.h>

#include <mcp/call.h>

#include "reservation_schema.h"

enum { TTL_SECONDS = 300 };

#define NO_SUCH  "No reservation has this id."
#define TOO_MANY "There are 100000 reservations, the most; those that are over go after 10 minutes."
#define TOO_MUCH "The balance would be less than -9007199254740991, the least that can be counted."

struct reservation_op {
    struct write_op op;
    uint64_t owner;
    int64_t now_ms, credits;
    enum reservation_state state; /* that it ends in */
    struct once once;
    bool is_again;
    uint8_t id[16];
    struct reservation want; /* a new one; the body may run again */
    struct reservation r;
    char memory[ONCE_ANSWER_MAX]; /* of r */
};

_Static_assert((int)RESERVATION_RECORD_MAX <= (int)ONCE_ANSWER_MAX, "an answer has room for one");

static void put_reservation(struct mcp_json_writer *w, const struct reservation *r)
{
    static const char *const STATES[RESERVATION_STATES] = {"open", "settled", "released",
                                                           "expired"};
    static const uint8_t NONE[16];
    char id[NAME_ID_BYTES], entry[NAME_ID_BYTES];

    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("id"), name_id_format(r->id, id));
    mcp_json_member_str(w, MCP_STR("status"), mcp_str_c(STATES[r->state]));
    mcp_json_member_int(w, MCP_STR("amount"), r->amount);
    if (r->state == RESERVATION_SETTLED) {
        mcp_json_member_int(w, MCP_STR("settled"), r->settled);
    } else {
        mcp_json_member_null(w, MCP_STR("settled"));
    }
    time_json_put(w, MCP_STR("expires_at"), r->expires_ms);
    if (memcmp(r->entry, NONE, sizeof(NONE)) != 0) {
        mcp_json_member_str(w, MCP_STR("ledger_id"), name_id_format(r->entry, entry));
    } else {
        mcp_json_member_null(w, MCP_STR("ledger_id"));
    }
    mcp_json_member_int(w, MCP_STR("balance"), r->balance);
    mcp_json_member_int(w, MCP_STR("available"), r->balance - r->reserved);
    mcp_json_object_end(w);
}

static mcp_err reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    const struct reservation_op *o = (const struct reservation_op *)op;

    if (err == MCP_E_NO_CREDIT) {
        int64_t available = o->r.balance - o->r.reserved;

        return mcp_fail(call, err, "%lld credits were asked for, %lld are free.",
                        (long long)o->r.amount, (long long)(available > 0 ? available : 0));
    }
    if (err) {
        return write_fail(call, err, op);
    }
    if (o->is_again) {
        mcp_call_replayed(call);
    }
    put_reservation(mcp_structured(call), &o->r);
    return MCP_OK;
}

/* ---- reserve_credits ---- */

static mcp_err reserve_new(struct store_txn *txn, struct reservation_op *o)
{
    char memory[RESERVATION_RECORD_MAX];

    o->r = o->want;
    mcp_err err = reservation_add(txn, o->owner, &o->r, o->now_ms);

    if (err) {
        return err == MCP_E_REFUSED ? write_refuse(&o->op, err, TOO_MANY) : err;
    }
    err = once_put(txn, o->owner, &o->once, o->now_ms);
    return err ? err : once_keep(txn, o->owner, &o->once, reservation_encode(&o->r, memory));
}

static mcp_err reserve_body(struct store_txn *txn, void *arg)
{
    struct reservation_op *o = arg;
    mcp_str kept;
    mcp_err err = once_get(txn, o->owner, &o->once, o->now_ms);

    o->is_again = err == MCP_OK;
    if (err == MCP_E_NOT_FOUND) {
        return reserve_new(txn, o);
    }
    if (err) {
        return err == MCP_E_CONFLICT ? write_refuse(&o->op, MCP_E_REFUSED, ONCE_ANOTHER) : err;
    }
    err = once_kept(txn, o->owner, &o->once, o->memory, &kept);
    return err || reservation_decode(kept, RESERVATION_VERSION, &o->r) ? err : MCP_E_STORAGE;
}

static const char *check_text(mcp_str text, size_t bytes_max)
{
    return text.len ? name_check(text, bytes_max) : NULL;
}

static mcp_err reserve_credits(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    const struct mcp_principal *who = mcp_call_principal(call);
    struct reservation_op *o = mcp_arena_new(mcp_call_arena(call), struct reservation_op, 1);

    if (!o) {
        return MCP_E_OVERLOADED;
    }
    o->owner = who->owner;
    o->now_ms = tools_now_ms(t);
    o->want.amount = mcp_arg_int(call, "amount", 0);
    o->want.expires_ms = o->now_ms + mcp_arg_int(call, "ttl_seconds", TTL_SECONDS) * 1000;
    o->want.app = mcp_arg_str(call, "app");
    o->want.ref = mcp_arg_str(call, "ref");
    name_id_new(o->want.id);
    const char *why = check_text(o->want.app, LEDGER_APP_MAX);

    if (why) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "app %s.", why);
    }
    why = check_text(o->want.ref, LEDGER_REF_MAX);
    if (why) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "ref %s.", why);
    }
    once_init(&o->once, who->id, MCP_STR("reserve_credits"), mcp_arg_str(call, "idempotencyKey"),
              mcp_json_raw(mcp_call_arguments(call)));
    return write_later(t, call, &o->op, reserve_body, reply);
}

/* ---- settle_reservation, release_reservation ---- */

static mcp_err end_over(struct reservation_op *o)
{
    /* The same again is answered the same; whoever asks for something else learns what it is. */
    o->is_again = o->r.state == o->state && o->r.settled == o->credits;
    if (o->is_again) {
        return MCP_OK;
    }
    return write_refuse(&o->op, MCP_E_CONFLICT,
                        o->r.state == RESERVATION_SETTLED    ? "It was settled before."
                        : o->r.state == RESERVATION_RELEASED ? "It was released before."
                                                             : "It has expired; its credits are "
                                                               "free again.");
}

static mcp_err end_body(struct store_txn *txn, void *arg)
{
    struct reservation_op *o = arg;
    mcp_err err = reservation_get(txn, o->owner, o->id, o->memory, &o->r);

    o->is_again = false;
    if (err) {
        return err == MCP_E_NOT_FOUND ? write_refuse(&o->op, err, NO_SUCH) : err;
    }
    err =
        reservation_end(txn, &o->op.tools->seal, o->owner, &o->r, o->state, o->credits, o->now_ms);
    return err == MCP_E_CONFLICT  ? end_over(o)
           : err == MCP_E_REFUSED ? write_refuse(&o->op, err, TOO_MUCH)
                                  : err;
}

static mcp_err end(struct mcp_call *call, struct tools *t, enum reservation_state state)
{
    struct reservation_op *o = mcp_arena_new(mcp_call_arena(call), struct reservation_op, 1);

    if (!o) {
        return MCP_E_OVERLOADED;
    }
    o->owner = mcp_call_principal(call)->owner;
    o->now_ms = tools_now_ms(t);
    o->state = state;
    o->credits = mcp_arg_int(call, "amount", 0);
    return name_id_parse(mcp_arg_str(call, "reservation"), o->id)
               ? write_later(t, call, &o->op, end_body, reply)
               : mcp_fail(call, MCP_E_NOT_FOUND, NO_SUCH);
}

static mcp_err settle_reservation(struct mcp_call *call, void *user)
{
    return end(call, user, RESERVATION_SETTLED);
}

static mcp_err release_reservation(struct mcp_call *call, void *user)
{
    return end(call, user, RESERVATION_RELEASED);
}

const struct mcp_tool reservation_rows[] = {
    {
        .name = "reserve_credits",
        .title = "Reserve credits",
        .description = "Sets credits of your balance aside before work that costs some, or refuses "
                       "because fewer are free. Settle or release the reservation afterwards; it "
                       "is released by itself when its time is over.",
        .input_schema = SCHEMA_RESERVE_CREDITS,
        .output_schema = SCHEMA_RESERVATION,
        .scope = "wallet",
        .fn = reserve_credits,
        .fails = MCP_FAILS(NO_CREDIT) | MCP_FAILS(REFUSED) | MCP_FAILS(STORAGE),
    },
    {
        .name = "settle_reservation",
        .title = "Settle a reservation",
        .description = "Takes what the work cost from the balance and frees the rest of the "
                       "reservation. The same again is answered the same.",
        .input_schema = SCHEMA_SETTLE_RESERVATION,
        .output_schema = SCHEMA_RESERVATION,
        .scope = "wallet",
        .hints = MCP_IDEMPOTENT,
        .fn = settle_reservation,
        .fails =
            MCP_FAILS(NOT_FOUND) | MCP_FAILS(CONFLICT) | MCP_FAILS(REFUSED) | MCP_FAILS(STORAGE),
    },
    {
        .name = "release_reservation",
        .title = "Release a reservation",
        .description = "Frees reserved credits; nothing is taken. The same again is answered the "
                       "same.",
        .input_schema = SCHEMA_RELEASE_RESERVATION,
        .output_schema = SCHEMA_RESERVATION,
        .scope = "wallet",
        .hints = MCP_IDEMPOTENT,
        .fn = release_reservation,
        .fails = MCP_FAILS(NOT_FOUND) | MCP_FAILS(CONFLICT) | MCP_FAILS(STORAGE),
    },
    {0},
};
