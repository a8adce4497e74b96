/* tools/auth_tools.c - register, sign in with a password, who is it, sign out. */
#include <tools/account.h>
#include <tools/key.h>
#include <tools/login.h>
#include <tools/name.h>
#include <tools/password.h>
#include <tools/state.h>
#include <tools/time_json.h>
#include <tools/token.h>
#include <tools/write.h>

#include "user_schema.h"

#include <sodium.h>

#define SESSION_MS ((int64_t)24 * 3600 * 1000)
enum { REGISTER_PER_MINUTE = 3, LOG_IN_PER_MINUTE = 5 }; /* of one address; product.md b.5.0 */

/* The same words for an address that nobody has, and for a wrong password. */
#define NOT_THEM "The address or the password is wrong."

/* Both end with a session. */
struct enter_op {
    struct write_op op;
    struct tools *tools;
    struct password_job job;
    bool is_new;
    struct user user; /* its texts are arguments, or in `memory` */
    int64_t balance;
    int64_t now_ms;
    struct login session;
    char text[TOKEN_TEXT_MAX];
    mcp_str credential;
    char memory[USER_RECORD_MAX];
};

static mcp_err enter_body(struct store_txn *txn, void *arg)
{
    struct enter_op *e = arg;
    struct user u = e->user; /* what an earlier run said is void */
    struct user now;
    mcp_str kept = mcp_str_n(e->job.kept, e->job.n_kept);
    mcp_str stands;
    mcp_err err;

    if (e->is_new) {
        u.owner = 0;
        err = user_add(txn, &u, kept, USERS_MAX);
        if (err == MCP_E_CONFLICT) {
            return write_refuse(&e->op, err, "Somebody has this address.");
        }
        if (err == MCP_E_REFUSED) {
            return write_refuse(&e->op, err, "There are 100,000 users, the most.");
        }
        err = err ? err
                  : account_welcome(txn, &e->tools->seal, u.owner, e->tools->welcome_credits,
                                    e->now_ms);
    } else {
        /* Between the proof and now they may have gone, or changed the password. */
        err = account_of(txn, u.owner, &now);
        err = err ? err : user_password_get(txn, u.owner, &stands);
        if (err == MCP_E_NOT_FOUND || (!err && !mcp_str_eq(stands, kept))) {
            return write_refuse(&e->op, MCP_E_UNAUTHORIZED, NOT_THEM);
        }
    }
    e->user.owner = u.owner;
    err = err ? err : login_add(txn, u.owner, &e->session, e->now_ms);
    return err ? err : account_balance(txn, u.owner, &e->balance);
}

static mcp_err enter_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    struct enter_op *e = (struct enter_op *)op;
    struct mcp_json_writer *w;

    if (err) {
        return write_fail(call, err, op);
    }
    w = mcp_structured(call);
    mcp_json_object(w);
    account_put_who(w, &e->user, e->balance);
    mcp_json_member_str(w, MCP_STR("session_token"), e->credential);
    time_json_put(w, MCP_STR("expires_at"), e->session.expires_ms);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err enter(struct mcp_call *call, void *user)
{
    struct enter_op *e = user;

    if (mcp_call_is_cancelled(call)) {
        return MCP_E_REFUSED;
    }
    if (e->job.err) {
        return mcp_fail(call, e->job.err, "%s",
                        e->job.err == MCP_E_UNAUTHORIZED ? NOT_THEM
                                                         : "No memory for the password.");
    }
    e->now_ms = tools_now_ms(e->tools);
    e->session = (struct login){.kind = LOGIN_ACCOUNT,
                                .created_ms = e->now_ms,
                                .expires_ms = e->now_ms + SESSION_MS,
                                .lasts_ms = SESSION_MS,
                                .scopes = MCP_STR("account")};
    name_id_new(e->session.id);
    e->credential = token_make(MCP_STR(LOGIN_PREFIX_SESSION), e->text);
    token_hash(e->credential, e->session.hash);
    return write_later(e->tools, call, &e->op, enter_body, enter_reply);
}

/* So many a minute of one address, beside what the client's own address may. Nobody outside can
 * tell which addresses share a row of the limiter: its names are hashes with a key. */
static mcp_err spend(const struct tools *t, struct mcp_call *call, char what, mcp_str email,
                     int32_t per_minute)
{
    struct key key = key_email(email); /* without regard to case */
    uint8_t name[16];

    key.bytes[0] = (uint8_t)what;
    crypto_generichash(name, sizeof(name), key.bytes, key.len, t->spend_key, sizeof(t->spend_key));
    return mcp_call_spend(call, name, per_minute);
}

/* ---- register_user ---- */

static mcp_err check_new(struct mcp_call *call, mcp_str email, mcp_str password, mcp_str name)
{
    const char *why = user_email_check(email);

    if (why) {
        return mcp_fail_argument(call, "email", "The address %s.", why);
    }
    why = password_check(password, email);
    if (why) {
        return mcp_fail_argument(call, "password", "The password %s.", why);
    }
    why = name.len ? user_name_check(name) : NULL;
    return why ? mcp_fail_argument(call, "name", "The name %s.", why) : MCP_OK;
}

static mcp_err register_user(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    mcp_str email = mcp_arg_str(call, "email"), password = mcp_arg_str(call, "password");
    mcp_str name = mcp_arg_str(call, "name");
    struct enter_op *e;

    if (!t->is_open) {
        return mcp_fail(call, MCP_E_FORBIDDEN, "This server takes no registrations.");
    }
    mcp_err err = check_new(call, email, password, name);

    err = err ? err : spend(t, call, 'r', email, REGISTER_PER_MINUTE);
    e = err ? NULL : mcp_arena_new(mcp_call_arena(call), struct enter_op, 1);
    if (!e) {
        return err ? err : MCP_E_OVERLOADED;
    }
    e->tools = t;
    e->is_new = true;
    e->user = (struct user){.created_ms = tools_now_ms(t), .email = email, .name = name};
    name_id_new(e->user.id);
    e->job.password = password;
    return password_make(t, call, &e->job, enter, e);
}

/* ---- log_in ---- */

/* Whose address it is and what proves that it is them; nothing when it is nobody's. */
static mcp_err look_body(struct store_txn *txn, void *arg)
{
    struct enter_op *e = arg;
    mcp_str kept;
    struct user u;
    mcp_err err = user_find_by_email(txn, e->user.email, &u);

    if (err) {
        return err == MCP_E_NOT_FOUND ? MCP_OK : err;
    }
    memcpy(e->memory, u.email.ptr, u.email.len);
    u.email.ptr = e->memory;
    u.name = u.avatar_url = u.metadata = mcp_str_n(NULL, 0);
    e->user = u;
    err = user_password_get(txn, u.owner, &kept);
    return err                            ? err == MCP_E_NOT_FOUND ? MCP_OK : err
           : password_keep(&e->job, kept) ? MCP_OK
                                          : MCP_E_STORAGE;
}

static mcp_err log_in(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    mcp_str email = mcp_arg_str(call, "email");
    mcp_err err = spend(t, call, 'l', email, LOG_IN_PER_MINUTE);
    struct enter_op *e = err ? NULL : mcp_arena_new(mcp_call_arena(call), struct enter_op, 1);

    if (!e) {
        return err ? err : MCP_E_OVERLOADED;
    }
    e->tools = t;
    e->user.email = email;
    e->job.password = mcp_arg_str(call, "password");
    err = store_read(t->store, look_body, e);
    return err ? mcp_fail(call, err, "The store could not be read.")
               : password_prove(t, call, &e->job, enter, e);
}

/* ---- get_me ---- */

struct me_op {
    struct mcp_json_writer *w;
    uint64_t owner;
};

static mcp_err me_body(struct store_txn *txn, void *arg)
{
    struct me_op *op = arg;
    int64_t balance;
    struct user u;
    mcp_err err = account_of(txn, op->owner, &u);

    err = err ? err : account_balance(txn, op->owner, &balance);
    if (!err) {
        mcp_json_object(op->w);
        account_put_who(op->w, &u, balance);
        mcp_json_object_end(op->w);
    }
    return err;
}

static mcp_err get_me(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct me_op op = {mcp_structured(call), mcp_call_principal(call)->owner};
    mcp_err err = store_read(t->store, me_body, &op);

    return err == MCP_E_NOT_FOUND ? mcp_fail(call, err, "There is no user behind this session.")
           : err                  ? mcp_fail(call, err, "The store could not be read.")
                                  : MCP_OK;
}

/* ---- log_out ---- */

struct out_op {
    struct write_op op;
    uint64_t owner;
    uint8_t id[16];
};

static mcp_err out_body(struct store_txn *txn, void *arg)
{
    struct out_op *o = arg;
    char memory[LOGIN_RECORD_MAX];
    struct login_place place;
    struct login l;
    mcp_err err = login_find(txn, o->owner, o->id, memory, &place, &l);

    /* Somebody else has ended it meanwhile: it is what was asked for. */
    return err == MCP_E_NOT_FOUND ? MCP_OK : err ? err : login_remove(txn, &place, &l);
}

static mcp_err out_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    struct mcp_json_writer *w = mcp_structured(call);

    if (err) {
        return write_fail(call, err, op);
    }
    mcp_json_object(w);
    mcp_json_member_bool(w, MCP_STR("success"), true);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err log_out(struct mcp_call *call, void *user)
{
    const struct mcp_principal *who = mcp_call_principal(call);
    struct out_op *o = mcp_arena_new(mcp_call_arena(call), struct out_op, 1);

    if (o) {
        o->owner = who->owner;
        memcpy(o->id, who->id, sizeof(o->id));
    }
    return write_later(user, call, o ? &o->op : NULL, out_body, out_reply);
}

const struct mcp_tool auth_rows[] = {
    {.name = "register_user",
     .title = "Register",
     .description = "Makes a user and signs them in, where the server takes registrations.",
     .input_schema = SCHEMA_REGISTER_USER,
     .output_schema = SCHEMA_SIGNED_IN,
     .scope = "login",
     .is_hidden = true,
     .goes_to_worker = true,
     .fn = register_user,
     .fails = MCP_FAILS(FORBIDDEN) | MCP_FAILS(CONFLICT) | MCP_FAILS(REFUSED) | MCP_FAILS(STORAGE)},
    {.name = "log_in",
     .title = "Sign in",
     .description = "Turns an address and a password into a session of 24 hours.",
     .input_schema = SCHEMA_LOG_IN,
     .output_schema = SCHEMA_SIGNED_IN,
     .scope = "login",
     .is_hidden = true,
     .goes_to_worker = true,
     .fn = log_in,
     .fails = MCP_FAILS(UNAUTHORIZED) | MCP_FAILS(STORAGE)},
    {.name = "get_me",
     .title = "Who is signed in",
     .description = "Returns the user of the session that asks.",
     .input_schema = SCHEMA_USER_NO_ARGUMENTS,
     .output_schema = SCHEMA_WHO,
     .scope = "account",
     .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
     .is_hidden = true,
     .fn = get_me,
     .fails = MCP_FAILS(NOT_FOUND)},
    {.name = "log_out",
     .title = "Sign out",
     .description = "Ends the session that asks.",
     .input_schema = SCHEMA_USER_NO_ARGUMENTS,
     .output_schema = SCHEMA_LOGGED_OUT,
     .scope = "account",
     .hints = MCP_DESTRUCTIVE | MCP_IDEMPOTENT,
     .is_hidden = true,
     .fn = log_out},
    {0},
};
