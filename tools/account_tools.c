/* tools/account_tools.c - the account of whoever is signed in: see, change, top up, delete. */
#include <tools/account.h>
#include <tools/order.h>
#include <tools/password.h>
#include <tools/payer.h>
#include <tools/state.h>
#include <tools/time_json.h>
#include <tools/write.h>

#include "user_schema.h"

enum { PROOFS_PER_MINUTE = 5, PROFILE_BYTES = USER_RECORD_MAX + 4096 };

#define NOBODY    "There is no user behind this session."
#define NOT_PROOF "This is not the password of the account."

/* ---- get_account ---- */

struct see_op {
    struct mcp_json_writer *w;
    uint64_t owner;
    bool has_service; /* that can charge who has paid before */
};

static mcp_err see_body(struct store_txn *txn, void *arg)
{
    struct see_op *op = arg;
    struct mcp_json_writer *w = op->w;
    char memory[PAYER_RECORD_MAX];
    struct payer payer;
    bool has_payer;
    int64_t balance;
    struct user u;
    mcp_err err = account_of(txn, op->owner, &u);

    err = err ? err : account_balance(txn, op->owner, &balance);
    if (err) {
        return err;
    }
    err = payer_get(txn, op->owner, memory, &payer);
    has_payer = err == MCP_OK && op->has_service;
    if (err && err != MCP_E_NOT_FOUND) {
        return err;
    }
    mcp_json_object(w);
    account_put_profile(w, &u);
    mcp_json_member_int(w, MCP_STR("balance"), balance);
    mcp_json_member_raw(w, MCP_STR("linked_providers"), MCP_STR("[]"));
    mcp_json_put_key(w, MCP_STR("billing"));
    mcp_json_object(w);
    mcp_json_member_bool(w, MCP_STR("has_payment_method"), has_payer);
    account_put_topoff(w, &u);
    mcp_json_object_end(w);
    time_json_put(w, MCP_STR("created_at"), u.created_ms);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err get_account(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct see_op op = {mcp_structured(call), mcp_call_principal(call)->owner,
                        t->payment.provider->charge != NULL};
    mcp_err err = store_read(t->store, see_body, &op);

    return err == MCP_E_NOT_FOUND ? mcp_fail(call, err, NOBODY)
           : err                  ? mcp_fail(call, err, "The store could not be read.")
                                  : MCP_OK;
}

/* ---- edit_account, set_topoff ---- */

struct edit_op {
    struct write_op op;
    uint64_t owner;
    bool has_name, has_avatar, has_metadata, has_switch, has_threshold, has_credits;
    struct user to;   /* what is given */
    struct user user; /* how it is then; points into memory and the arguments */
    char memory[USER_RECORD_MAX];
};

/* A text of the old record that stays, where a write does not move it. */
static void stay(struct edit_op *e, size_t *used, mcp_str *text)
{
    memcpy(e->memory + *used, text->len ? text->ptr : "", text->len);
    text->ptr = e->memory + *used;
    *used += text->len;
}

static mcp_err edit_body(struct store_txn *txn, void *arg)
{
    struct edit_op *e = arg;
    size_t used = 0;
    struct user u;
    mcp_err err = account_of(txn, e->owner, &u);

    if (err) {
        return err == MCP_E_NOT_FOUND ? write_refuse(&e->op, err, NOBODY) : err;
    }
    u.name = e->has_name ? e->to.name : u.name;
    u.avatar_url = e->has_avatar ? e->to.avatar_url : u.avatar_url;
    u.metadata = e->has_metadata ? e->to.metadata : u.metadata;
    u.is_topped_off = e->has_switch ? e->to.is_topped_off : u.is_topped_off;
    u.topoff_threshold = e->has_threshold ? e->to.topoff_threshold : u.topoff_threshold;
    u.topoff_credits = e->has_credits ? e->to.topoff_credits : u.topoff_credits;
    stay(e, &used, &u.email);
    stay(e, &used, &u.name);
    stay(e, &used, &u.avatar_url);
    stay(e, &used, &u.metadata);
    e->user = u;
    return user_put(txn, &u);
}

static mcp_err edit_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    struct edit_op *e = (struct edit_op *)op;
    struct mcp_json_writer *w;

    if (err) {
        return write_fail(call, err, op);
    }
    w = mcp_structured(call);
    mcp_json_object(w);
    account_put_profile(w, &e->user);
    mcp_json_object_end(w);
    return MCP_OK;
}

/* NULL, or what is wrong with a text that may be cleared. */
static const char *read_text(struct mcp_call *call, const char *name,
                             const char *(*check)(mcp_str s), bool *ret_is_given, mcp_str *ret)
{
    *ret_is_given = mcp_json_present(mcp_arg(call, name));
    *ret = mcp_arg_str(call, name);
    return mcp_json_type(mcp_arg(call, name)) == MCP_JSON_STRING ? check(*ret) : NULL;
}

static mcp_err edit_account(struct mcp_call *call, void *user)
{
    struct edit_op *e = mcp_arena_new(mcp_call_arena(call), struct edit_op, 1);
    mcp_json metadata = mcp_arg(call, "user_metadata");
    const char *why;

    if (!e || !mcp_buf_room(mcp_structured(call)->out, PROFILE_BYTES)) {
        return MCP_E_OVERLOADED;
    }
    e->owner = mcp_call_principal(call)->owner;
    why = read_text(call, "name", user_name_check, &e->has_name, &e->to.name);
    if (why) {
        return mcp_fail_argument(call, "name", "The name %s.", why);
    }
    why = read_text(call, "avatar_url", user_avatar_check, &e->has_avatar, &e->to.avatar_url);
    if (why) {
        return mcp_fail_argument(call, "avatar_url", "The URL of the picture %s.", why);
    }
    e->has_metadata = mcp_json_present(metadata);
    if (mcp_json_type(metadata) == MCP_JSON_OBJECT) {
        why = user_metadata_check(metadata);
        e->to.metadata = mcp_json_raw(metadata);
    }
    if (why) {
        return mcp_fail_argument(call, "user_metadata", "The metadata %s.", why);
    }
    return write_later(user, call, &e->op, edit_body, edit_reply);
}

static mcp_err topoff_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    struct edit_op *e = (struct edit_op *)op;
    struct mcp_json_writer *w;

    if (err) {
        return write_fail(call, err, op);
    }
    w = mcp_structured(call);
    mcp_json_object(w);
    account_put_topoff(w, &e->user);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err set_topoff(struct mcp_call *call, void *user)
{
    struct edit_op *e = mcp_arena_new(mcp_call_arena(call), struct edit_op, 1);
    const struct tools *t = user;
    int64_t least = t->payment.provider->least_cents;
    int64_t credits = mcp_arg_int(call, "auto_topoff_amount", 0);

    if (credits > 0 && order_topoff_cents(credits) < least) {
        return mcp_fail_argument(call, "auto_topoff_amount",
                                 "The amount is less than can be charged: %lld credits, or none.",
                                 (long long)(least - 1) * 10000 + 1);
    }
    if (e) {
        e->owner = mcp_call_principal(call)->owner;
        e->has_switch = mcp_json_present(mcp_arg(call, "auto_topoff_enabled"));
        e->has_threshold = mcp_json_present(mcp_arg(call, "auto_topoff_threshold"));
        e->has_credits = mcp_json_present(mcp_arg(call, "auto_topoff_amount"));
        e->to.is_topped_off = mcp_arg_bool(call, "auto_topoff_enabled", false);
        e->to.topoff_threshold = mcp_arg_int(call, "auto_topoff_threshold", 0);
        e->to.topoff_credits = credits;
    }
    return write_later(user, call, e ? &e->op : NULL, edit_body, topoff_reply);
}

/* ---- delete_account ---- */

struct delete_op {
    struct write_op op;
    struct tools *tools;
    struct password_job job;
    uint64_t owner;
    int64_t now_ms;
};

static mcp_err delete_body(struct store_txn *txn, void *arg)
{
    struct delete_op *d = arg;
    mcp_str stands;
    mcp_err err = user_password_get(txn, d->owner, &stands);

    /* It was changed meanwhile, or the account is gone. */
    if (err == MCP_E_NOT_FOUND ||
        (!err && !mcp_str_eq(stands, mcp_str_n(d->job.kept, d->job.n_kept)))) {
        return write_refuse(&d->op, MCP_E_CONFLICT, "The account has changed; try again.");
    }
    return err ? err : account_remove(txn, &d->tools->seal, d->owner, d->now_ms);
}

static mcp_err delete_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    struct mcp_json_writer *w;

    if (err) {
        return write_fail(call, err, op);
    }
    tools_kick(op->tools); /* what was on its way to the webhooks ends */
    w = mcp_structured(call);
    mcp_json_object(w);
    mcp_json_member_bool(w, MCP_STR("ok"), true);
    mcp_json_member_str(w, MCP_STR("message"), MCP_STR("Your account has been deleted."));
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err delete_proved(struct mcp_call *call, void *user)
{
    struct delete_op *d = user;

    if (mcp_call_is_cancelled(call)) {
        return MCP_E_REFUSED;
    }
    if (d->job.err == MCP_E_UNAUTHORIZED) {
        return mcp_fail_argument(call, "password", NOT_PROOF);
    }
    if (d->job.err) {
        return mcp_fail(call, d->job.err, "No memory for the password.");
    }
    d->now_ms = tools_now_ms(d->tools);
    return write_later(d->tools, call, &d->op, delete_body, delete_reply);
}

static mcp_err proof_body(struct store_txn *txn, void *arg)
{
    struct delete_op *d = arg;
    mcp_str kept;
    mcp_err err = user_password_get(txn, d->owner, &kept);

    if (err) {
        return err == MCP_E_NOT_FOUND ? MCP_OK : err;
    }
    return password_keep(&d->job, kept) ? MCP_OK : MCP_E_STORAGE;
}

static mcp_err delete_account(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    uint64_t owner = mcp_call_principal(call)->owner;
    uint8_t name[16] = {'d', 'e', 'l', 'e', 't', 'e'};
    struct delete_op *d;

    memcpy(name + 8, &owner, sizeof(owner));
    mcp_err err = mcp_call_spend(call, name, PROOFS_PER_MINUTE);

    d = err ? NULL : mcp_arena_new(mcp_call_arena(call), struct delete_op, 1);
    if (!d) {
        return err ? err : MCP_E_OVERLOADED;
    }
    d->tools = t;
    d->owner = owner;
    d->job.password = mcp_arg_str(call, "password");
    err = store_read(t->store, proof_body, d);
    return err ? mcp_fail(call, err, "The store could not be read.")
               : password_prove(t, call, &d->job, delete_proved, d);
}

const struct mcp_tool account_rows[] = {
    {.name = "get_account",
     .title = "Get the account",
     .description = "Returns the account of the user who is signed in: profile, balance in credits "
                    "and billing settings.",
     .input_schema = SCHEMA_USER_NO_ARGUMENTS,
     .output_schema = SCHEMA_ACCOUNT,
     .scope = "account",
     .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
     .fn = get_account,
     .fails = MCP_FAILS(NOT_FOUND)},
    {.name = "edit_account",
     .title = "Change the profile",
     .description = "Changes what is given; null clears, user_metadata is replaced as a whole.",
     .input_schema = SCHEMA_EDIT_ACCOUNT,
     .output_schema = SCHEMA_EDITED_ACCOUNT,
     .scope = "account",
     .hints = MCP_DESTRUCTIVE | MCP_IDEMPOTENT,
     .is_hidden = true,
     .fn = edit_account,
     .fails = MCP_FAILS(NOT_FOUND)},
    {.name = "set_topoff",
     .title = "Change the automatic top-up",
     .description = "Changes what is given of it, and returns all of it.",
     .input_schema = SCHEMA_SET_TOPOFF,
     .output_schema = SCHEMA_TOPOFF,
     .scope = "account",
     .hints = MCP_IDEMPOTENT,
     .is_hidden = true,
     .fn = set_topoff,
     .fails = MCP_FAILS(NOT_FOUND)},
    {.name = "delete_account",
     .title = "Delete the account",
     .description = "Deletes the account of the session that asks, when the password proves that "
                    "it is them: nothing says any more who it was, sessions and tokens end.",
     .input_schema = SCHEMA_DELETE_ACCOUNT,
     .output_schema = SCHEMA_DELETED_ACCOUNT,
     .scope = "account",
     .hints = MCP_DESTRUCTIVE,
     .is_hidden = true,
     .goes_to_worker = true,
     .fn = delete_account,
     .fails = MCP_FAILS(CONFLICT)},
    {0},
};
