/* tools/ledger_tools.c - give credits, read an account's entries, prove every account. */
#include <tools/key.h>
#include <tools/ledger.h>
#include <tools/name.h>
#include <tools/once.h>
#include <tools/reservation.h>
#include <tools/state.h>
#include <tools/time_json.h>
#include <tools/user.h>
#include <tools/wallet_owner.h>
#include <tools/write.h>

#include <mcp/call.h>
#include <store/record.h>

#include <sodium.h>

#include "ledger_schema.h"

enum { AUDIT_ROWS = 1000, LIST_DEFAULT = 50 };

#define LEDGER_TOO_MUCH                                                                            \
    "The balance would be more than 9007199254740991, the most that can be counted."
#define NO_ACCOUNT "No account has this id."
#define UNREADABLE "The store could not be read."

/* ---- grant_credits ---- */

/* What was said, and will be again. */
struct granted {
    uint64_t owner;
    int64_t amount, before, after;
    uint8_t id[16];
};

struct grant_op {
    struct write_op op;
    uint64_t who; /* whose Idempotency-Keys: all credentials of an owner share them */
    struct ledger_entry e;
    struct once once;
    struct granted g;
    bool is_again;
};

static mcp_err grant_again(struct store_txn *txn, struct grant_op *o)
{
    char memory[ONCE_ANSWER_MAX];
    struct record_reader r;
    mcp_str answer;
    mcp_err err = once_kept(txn, o->who, &o->once, memory, &answer);

    if (err) {
        return err;
    }
    record_reader_init(&r, answer);
    o->g.owner = record_get_u64(&r);
    o->g.amount = record_get_i64(&r);
    o->g.before = record_get_i64(&r);
    o->g.after = record_get_i64(&r);
    record_get_bytes(&r, o->g.id, sizeof(o->g.id));
    o->is_again = true;
    return record_done(&r) ? MCP_OK : MCP_E_STORAGE;
}

static mcp_err grant_keep(struct store_txn *txn, const struct grant_op *o)
{
    struct record_writer w;
    uint8_t memory[64];

    record_writer_init(&w, memory, sizeof(memory));
    record_put_u64(&w, o->g.owner);
    record_put_i64(&w, o->g.amount);
    record_put_i64(&w, o->g.before);
    record_put_i64(&w, o->g.after);
    record_put_bytes(&w, o->g.id, sizeof(o->g.id));
    mcp_err err = once_put(txn, o->who, &o->once, o->e.at_ms);

    return err ? err : once_keep(txn, o->who, &o->once, record_writer_str(&w));
}

static mcp_err grant_body(struct store_txn *txn, void *arg)
{
    struct grant_op *o = arg;
    mcp_err err = once_get(txn, o->who, &o->once, o->e.at_ms);

    o->is_again = false;
    if (err != MCP_E_NOT_FOUND) {
        return err == MCP_OK           ? grant_again(txn, o)
               : err == MCP_E_CONFLICT ? write_refuse(&o->op, MCP_E_REFUSED, ONCE_ANOTHER)
                                       : err;
    }
    err = user_owner_check(txn, o->g.owner);
    if (err) {
        return err == MCP_E_NOT_FOUND ? write_refuse(&o->op, err, NO_ACCOUNT) : err;
    }
    err = ledger_append(txn, &o->op.tools->seal, o->g.owner, &o->e, NULL);
    if (err) {
        return err == MCP_E_REFUSED ? write_refuse(&o->op, err, LEDGER_TOO_MUCH) : err;
    }
    o->g.amount = o->e.delta;
    o->g.after = o->e.balance_after;
    o->g.before = o->g.after - o->g.amount;
    memcpy(o->g.id, o->e.hash, sizeof(o->g.id));
    return grant_keep(txn, o);
}

static mcp_err grant_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    const struct grant_op *o = (const struct grant_op *)op;
    struct mcp_json_writer *w;
    char id[NAME_ID_BYTES], whose[WALLET_OWNER_BYTES];

    if (err) {
        return write_fail(call, err, op);
    }
    if (o->is_again) {
        mcp_call_replayed(call);
    }
    w = mcp_structured(call);
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("external_user_id"), wallet_owner_format(o->g.owner, whose));
    mcp_json_member_int(w, MCP_STR("amount_granted"), o->g.amount);
    mcp_json_member_int(w, MCP_STR("balance_before"), o->g.before);
    mcp_json_member_int(w, MCP_STR("balance_after"), o->g.after);
    mcp_json_member_str(w, MCP_STR("ledger_id"), name_id_format(o->g.id, id));
    mcp_json_member_bool(w, MCP_STR("duplicate"), o->is_again);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err grant_credits(struct mcp_call *call, void *user)
{
    /* Whoever rotates a token and asks again must not give twice. */
    static const uint8_t ANY_CREDENTIAL[16];
    struct tools *t = user;
    const struct mcp_principal *who = mcp_call_principal(call);
    struct grant_op *o = mcp_arena_new(mcp_call_arena(call), struct grant_op, 1);

    if (!o) {
        return MCP_E_OVERLOADED;
    }
    o->who = who->owner;
    o->e.at_ms = tools_now_ms(t);
    o->e.delta = mcp_arg_int(call, "amount", 0);
    o->e.reason = LEDGER_GRANT;
    o->e.ref = mcp_arg_str(call, "ref");
    if (o->e.ref.len) {
        const char *why = name_check(o->e.ref, LEDGER_REF_MAX);

        if (why) {
            return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "ref %s.", why);
        }
    }
    if (!wallet_owner_parse(mcp_arg_str(call, "external_user_id"), &o->g.owner)) {
        return mcp_fail(call, MCP_E_NOT_FOUND, NO_ACCOUNT);
    }
    once_init(&o->once, ANY_CREDENTIAL, MCP_STR("grant_credits"),
              mcp_arg_str(call, "idempotencyKey"), mcp_json_raw(mcp_call_arguments(call)));
    return write_later(t, call, &o->op, grant_body, grant_reply);
}

/* ---- list_ledger ---- */

struct list_op {
    struct mcp_json_writer *w;
    uint64_t owner, before;
    int64_t now_ms;
    size_t limit;
};

static void put_text(struct mcp_json_writer *w, mcp_str key, mcp_str text)
{
    if (text.len) {
        mcp_json_member_str(w, key, text);
    } else {
        mcp_json_member_null(w, key);
    }
}

static mcp_err list_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct mcp_json_writer *w = ((struct list_op *)arg)->w;
    char hex[2 * LEDGER_HASH + 1], id[NAME_ID_BYTES];
    struct ledger_entry e;

    if (!ledger_decode(value, version, &e)) {
        return MCP_E_STORAGE;
    }
    mcp_json_object(w);
    mcp_json_member_int(w, MCP_STR("sequence"), (int64_t)key_get_sequence(key));
    mcp_json_member_str(w, MCP_STR("id"), name_id_format(e.hash, id));
    time_json_put(w, MCP_STR("at"), e.at_ms);
    mcp_json_member_int(w, MCP_STR("delta"), e.delta);
    mcp_json_member_int(w, MCP_STR("balance_after"), e.balance_after);
    mcp_json_member_str(w, MCP_STR("reason"), ledger_reason_name(e.reason));
    put_text(w, MCP_STR("ref"), e.ref);
    put_text(w, MCP_STR("app"), e.app);
    mcp_json_member_str(w, MCP_STR("hash"),
                        mcp_str_c(sodium_bin2hex(hex, sizeof(hex), e.hash, sizeof(e.hash))));
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err list_body(struct store_txn *txn, void *arg)
{
    struct list_op *o = arg;
    struct key low = key_owned(KEY_LEDGER, o->owner);
    struct key high = key_sequence(KEY_LEDGER, o->owner, o->before);
    char whose[WALLET_OWNER_BYTES];
    struct wallet wallet;
    int64_t reserved = 0;
    mcp_err err = wallet_get(txn, o->owner, &wallet);

    err = err ? err : reservation_reserved(txn, o->owner, &wallet, o->now_ms, &reserved);
    if (err) {
        return err;
    }
    mcp_json_object(o->w);
    mcp_json_member_str(o->w, MCP_STR("account"), wallet_owner_format(o->owner, whose));
    mcp_json_member_int(o->w, MCP_STR("balance"), wallet.balance);
    mcp_json_member_int(o->w, MCP_STR("reserved"), reserved);
    mcp_json_put_key(o->w, MCP_STR("entries"));
    mcp_json_array(o->w);
    err = store_scan(txn, key_str(&low), key_str(&high), true, o->limit, list_row, o);
    mcp_json_array_end(o->w);
    mcp_json_object_end(o->w);
    return err;
}

static mcp_err list_ledger(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    const struct mcp_principal *who = mcp_call_principal(call);
    struct list_op o = {.w = mcp_structured(call), .owner = who->owner, .now_ms = tools_now_ms(t)};
    mcp_str whose = mcp_arg_str(call, "account");

    o.before = (uint64_t)mcp_arg_int(call, "before", LEDGER_MAX);
    o.limit = (size_t)mcp_arg_int(call, "limit", LIST_DEFAULT);
    if (whose.len && (!wallet_owner_parse(whose, &o.owner) ||
                      (o.owner != who->owner && !mcp_principal_has(who, "admin")))) {
        return mcp_fail(call, MCP_E_NOT_FOUND, NO_ACCOUNT);
    }
    mcp_err err = store_read(t->store, list_body, &o);

    return err ? mcp_fail(call, err, UNREADABLE) : MCP_OK;
}

/* ---- verify_ledger ---- */

struct audit_op {
    struct tools *tools;
    struct ledger_audit a;
};

static mcp_err audit_body(struct store_txn *txn, void *arg)
{
    return ledger_audit_step(txn, arg, AUDIT_ROWS);
}

static void put_wrong(struct mcp_json_writer *w, const struct ledger_audit *a)
{
    char whose[WALLET_OWNER_BYTES];

    if (!a->why) {
        mcp_json_member_null(w, MCP_STR("first_wrong"));
        return;
    }
    mcp_json_put_key(w, MCP_STR("first_wrong"));
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("account"), wallet_owner_format(a->wrong_owner, whose));
    if (a->wrong_sequence == UINT64_MAX) {
        mcp_json_member_null(w, MCP_STR("sequence"));
    } else {
        mcp_json_member_int(w, MCP_STR("sequence"), (int64_t)a->wrong_sequence);
    }
    mcp_json_member_str(w, MCP_STR("why"), mcp_str_c(a->why));
    mcp_json_object_end(w);
}

static mcp_err audit_next(struct mcp_call *call, void *user)
{
    struct audit_op *o = user;

    if (mcp_call_is_cancelled(call)) {
        return MCP_E_REFUSED;
    }
    mcp_err err = store_read(o->tools->store, audit_body, &o->a);

    if (err) {
        return mcp_fail(call, err, UNREADABLE);
    }
    if (!o->a.is_over) {
        return mcp_call_after(call, 0, audit_next, o);
    }
    struct mcp_json_writer *w = mcp_structured(call);

    mcp_json_object(w);
    mcp_json_member_int(w, MCP_STR("accounts"), (int64_t)o->a.accounts);
    mcp_json_member_int(w, MCP_STR("entries"), (int64_t)o->a.entries);
    mcp_json_member_int(w, MCP_STR("wrong"), (int64_t)o->a.wrong);
    put_wrong(w, &o->a);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err verify_ledger(struct mcp_call *call, void *user)
{
    struct audit_op *o = mcp_arena_new(mcp_call_arena(call), struct audit_op, 1);

    if (!o) {
        return MCP_E_OVERLOADED;
    }
    o->tools = user;
    o->a.seal = &o->tools->seal;
    return audit_next(call, o);
}

const struct mcp_tool ledger_rows[] = {
    {
        .name = "grant_credits",
        .title = "Give credits",
        .description = "Adds credits to an account, as an entry of its ledger. Repeated with the "
                       "same Idempotency-Key it gives once: within a day, whichever of "
                       "your credentials asks.",
        .input_schema = SCHEMA_GRANT_CREDITS,
        .output_schema = SCHEMA_GRANTED_CREDITS,
        .scope = "wallet.grant",
        .hints = MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = grant_credits,
        .fails = MCP_FAILS(NOT_FOUND) | MCP_FAILS(REFUSED) | MCP_FAILS(STORAGE),
    },
    {
        .name = "list_ledger",
        .title = "List a ledger",
        .description = "Returns an account's balance and its entries, newest first: each change of "
                       "the balance, the balance after it, why, and the hash that chains it to the "
                       "one before.",
        .input_schema = SCHEMA_LIST_LEDGER,
        .output_schema = SCHEMA_LEDGER,
        .scope = "wallet",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = list_ledger,
        .fails = MCP_FAILS(NOT_FOUND) | MCP_FAILS(STORAGE),
    },
    {
        .name = "verify_ledger",
        .title = "Verify the ledger",
        .description = "Reads every entry of every account: the sum is the balance, and no entry "
                       "was changed, dropped or moved. Says which is wrong.",
        .input_schema = SCHEMA_VERIFY_LEDGER,
        .output_schema = SCHEMA_VERIFIED_LEDGER,
        .scope = "admin",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = verify_ledger,
        .fails = MCP_FAILS(STORAGE),
    },
    {0},
};
