/* tools/user_tools.c - the operator's side of users: add, list, new password, remove. */
#include <tools/account.h>
#include <tools/key.h>
#include <tools/list_answer.h>
#include <tools/login.h>
#include <tools/name.h>
#include <tools/password.h>
#include <tools/state.h>
#include <tools/time_json.h>
#include <tools/write.h>

#include "user_schema.h"

enum { LIST_MAX = 1000 };

#define NO_SUCH "No user has this address."

static void put_user(struct mcp_json_writer *w, const struct user *u)
{
    mcp_json_object(w);
    account_put_id(w, u);
    account_put_text(w, MCP_STR("name"), u->name);
    mcp_json_member_bool(w, MCP_STR("operator"), u->owner == USER_OPERATOR);
    mcp_json_member_str(w, MCP_STR("status"),
                        u->deleted_ms ? MCP_STR("deleted") : MCP_STR("active"));
    time_json_put(w, MCP_STR("createdAt"), u->created_ms);
    time_json_put(w, MCP_STR("deletedAt"), u->deleted_ms);
    mcp_json_object_end(w);
}

/* ---- One user, changed ---- */

struct user_op {
    struct write_op op;
    struct tools *tools;
    struct password_job job;
    mcp_str email;    /* whom it is about */
    struct user user; /* as it is then; its texts are arguments, or in `memory` */
    store_body_fn *body;
    int64_t now_ms;
    char memory[USER_EMAIL_MAX + USER_NAME_MAX];
};

static mcp_err user_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    struct user_op *u = (struct user_op *)op;

    if (err) {
        return write_fail(call, err, op);
    }
    put_user(mcp_structured(call), &u->user);
    return MCP_OK;
}

/* The user of the address, copied. */
static mcp_err find(struct store_txn *txn, struct user_op *op)
{
    struct user u;
    mcp_err err = user_find_by_email(txn, op->email, &u);

    if (err) {
        return err == MCP_E_NOT_FOUND ? write_refuse(&op->op, err, NO_SUCH) : err;
    }
    memcpy(op->memory, u.email.ptr, u.email.len);
    memcpy(op->memory + u.email.len, u.name.len ? u.name.ptr : "", u.name.len);
    u.email.ptr = op->memory;
    u.name.ptr = op->memory + u.email.len;
    u.avatar_url = u.metadata = mcp_str_n(NULL, 0);
    op->user = u;
    return MCP_OK;
}

static mcp_err hashed(struct mcp_call *call, void *user)
{
    struct user_op *u = user;

    if (mcp_call_is_cancelled(call)) {
        return MCP_E_REFUSED;
    }
    return u->job.err ? mcp_fail(call, u->job.err, "No memory for the password.")
                      : write_later(u->tools, call, &u->op, u->body, user_reply);
}

static mcp_err start(struct mcp_call *call, struct tools *t, const char *who, store_body_fn *body,
                     struct user_op **ret)
{
    struct user_op *u = mcp_arena_new(mcp_call_arena(call), struct user_op, 1);

    if (!u) {
        return MCP_E_OVERLOADED;
    }
    u->tools = t;
    u->email = mcp_arg_str(call, who);
    u->job.password = mcp_arg_str(call, "password");
    u->body = body;
    u->now_ms = tools_now_ms(t);
    *ret = u;
    return MCP_OK;
}

/* ---- add_user ---- */

static mcp_err add_body(struct store_txn *txn, void *arg)
{
    struct user_op *op = arg;
    struct user u = op->user;
    mcp_err err = user_add(txn, &u, mcp_str_n(op->job.kept, op->job.n_kept), UINT32_MAX);

    if (err == MCP_E_CONFLICT) {
        return write_refuse(&op->op, err,
                            op->user.owner ? "Somebody has this address, or is the operator."
                                           : "Somebody has this address.");
    }
    /* The operator's account is older than its user, who gives what there is to give. */
    return err || u.owner == USER_OPERATOR
               ? err
               : account_welcome(txn, &op->tools->seal, u.owner, op->tools->welcome_credits,
                                 op->now_ms);
}

static mcp_err add_user(struct mcp_call *call, void *user)
{
    struct user_op *u;
    mcp_err err = start(call, user, "email", add_body, &u);
    const char *why;

    if (err) {
        return err;
    }
    u->user = (struct user){.owner = mcp_arg_bool(call, "operator", false) ? USER_OPERATOR : 0,
                            .created_ms = u->now_ms,
                            .email = u->email,
                            .name = mcp_arg_str(call, "name")};
    name_id_new(u->user.id);
    why = user_email_check(u->email);
    if (why) {
        return mcp_fail_argument(call, "email", "The address %s.", why);
    }
    why = u->user.name.len ? user_name_check(u->user.name) : NULL;
    if (why) {
        return mcp_fail_argument(call, "name", "The name %s.", why);
    }
    why = password_check(u->job.password, u->email);
    return why ? mcp_fail_argument(call, "password", "The password %s.", why)
               : password_make(user, call, &u->job, hashed, u);
}

/* ---- set_user_password ---- */

/* Whoever is signed in with the old one is not any more. */
static mcp_err password_body(struct store_txn *txn, void *arg)
{
    struct user_op *op = arg;
    uint32_t n;
    mcp_err err = find(txn, op);

    err =
        err ? err : user_password_put(txn, op->user.owner, mcp_str_n(op->job.kept, op->job.n_kept));
    return err ? err : login_remove_all(txn, op->user.owner, &n);
}

static mcp_err set_user_password(struct mcp_call *call, void *user)
{
    struct user_op *u;
    mcp_err err = start(call, user, "user", password_body, &u);
    const char *why = err ? NULL : password_check(u->job.password, u->email);

    return err   ? err
           : why ? mcp_fail_argument(call, "password", "The password %s.", why)
                 : password_make(user, call, &u->job, hashed, u);
}

/* ---- remove_user ---- */

static mcp_err remove_body(struct store_txn *txn, void *arg)
{
    struct user_op *op = arg;
    mcp_err err = find(txn, op);

    op->user.deleted_ms = op->now_ms;
    return err ? err : account_remove(txn, &op->tools->seal, op->user.owner, op->now_ms);
}

static mcp_err remove_user(struct mcp_call *call, void *user)
{
    struct user_op *u;
    mcp_err err = start(call, user, "user", remove_body, &u);

    return err ? err : write_later(user, call, &u->op, remove_body, user_reply);
}

/* ---- list_users ---- */

struct list_op {
    struct mcp_json_writer *w;
    mcp_str after;  /* an address; empty: from the first */
    uint64_t owner; /* whose it is */
    size_t limit;
};

static mcp_err list_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct list_op *op = arg;
    struct user u;

    (void)key;
    if (!user_decode(value, version, &u)) {
        return MCP_E_STORAGE;
    }
    put_user(op->w, &u);
    return MCP_OK;
}

static mcp_err gone_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct list_op *op = arg;
    struct user u;

    (void)key;
    if (!user_decode(value, version, &u)) {
        return MCP_E_STORAGE;
    }
    op->owner = mcp_str_eq(u.email, op->after) ? u.owner : op->owner;
    return MCP_OK;
}

/* Whose address op->after is; the last of a page may be a removed user, whom no index knows. */
static mcp_err find_after(struct store_txn *txn, struct list_op *op)
{
    struct key low = key_owned(KEY_USER, 0), high = key_owned(KEY_USER, UINT64_MAX);
    struct user u;
    mcp_err err = user_find_by_email(txn, op->after, &u);

    op->owner = err ? 0 : u.owner;
    if (err == MCP_E_NOT_FOUND && mcp_str_starts(op->after, MCP_STR("deleted-"))) {
        err = store_scan(txn, key_str(&low), key_str(&high), false, SIZE_MAX, gone_row, op);
        err = err || op->owner ? err : MCP_E_NOT_FOUND;
    }
    return err;
}

static mcp_err list_body(struct store_txn *txn, void *arg)
{
    struct list_op *op = arg;
    mcp_err err = op->after.len ? find_after(txn, op) : MCP_OK;
    struct key low = key_owned(KEY_USER, op->owner + 1);
    struct key high = key_owned(KEY_USER, UINT64_MAX);

    return err ? err
               : store_scan(txn, key_str(&low), key_str(&high), false, op->limit, list_row, op);
}

static mcp_err list_users(struct mcp_call *call, void *user)
{
    struct list_op op = {.w = mcp_structured(call),
                         .after = mcp_arg_str(call, "after"),
                         .limit = (size_t)mcp_arg_int(call, "limit", LIST_MAX)};

    return list_answer(call, user, "users", list_body, &op);
}

#define ROW(n, t, d, in, out, bits, works, f)                                                      \
    {                                                                                              \
        .name = (n), .title = (t), .description = (d), .input_schema = (in),                       \
        .output_schema = (out), .scope = "operator", .hints = (bits), .is_hidden = true,           \
        .goes_to_worker = (works), .fn = (f),                                                      \
    }

const struct mcp_tool user_rows[] = {
    ROW("add_user", "Add a user", "Makes a user, whether or not the server takes registrations.",
        SCHEMA_ADD_USER, SCHEMA_USER, 0, true, add_user),
    ROW("list_users", "List users", "Returns the users in the order in which they came.",
        SCHEMA_LIST_USERS, SCHEMA_USERS, MCP_READ_ONLY | MCP_IDEMPOTENT, false, list_users),
    ROW("set_user_password", "Set a password", "Gives a user a new password and ends the sessions.",
        SCHEMA_SET_USER_PASSWORD, SCHEMA_USER, MCP_DESTRUCTIVE, true, set_user_password),
    ROW("remove_user", "Remove a user",
        "Deletes an account: nothing says any more who it was, sessions and tokens end.",
        SCHEMA_REMOVE_USER, SCHEMA_USER, MCP_DESTRUCTIVE, false, remove_user),
    {0},
};
