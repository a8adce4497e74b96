/* tools/login_tools.c - make a link, open it, list, end. */
#include <tools/key.h>
#include <tools/list_answer.h>
#include <tools/login.h>
#include <tools/name.h>
#include <tools/state.h>
#include <tools/time_json.h>
#include <tools/token.h>
#include <tools/write.h>

#include <mcp/call.h>

#include "login_schema.h"

enum { LASTS_SECONDS = 86400 };

/* The same words for a link that never was, was opened, was ended or is too old. */
#define NOT_VALID "This link is not valid, or not any more. A new one: cistern login"

static void put_scopes(struct mcp_json_writer *w, mcp_str scopes)
{
    mcp_json_put_key(w, MCP_STR("scopes"));
    mcp_json_array(w);
    for (mcp_str rest = scopes; rest.len;) {
        mcp_json_put_str(w, mcp_str_cut(&rest, ' '));
    }
    mcp_json_array_end(w);
}

static void put_id(struct mcp_json_writer *w, const struct login *l)
{
    char id[NAME_ID_BYTES];

    mcp_json_member_str(w, MCP_STR("id"), name_id_format(l->id, id));
}

/* ---- create_login ---- */

struct create_op {
    struct write_op op;
    uint64_t owner;
    struct login login;
    char text[TOKEN_TEXT_MAX];
    mcp_str code;
};

static mcp_err create_body(struct store_txn *txn, void *arg)
{
    struct create_op *c = arg;

    return login_add(txn, c->owner, &c->login, c->login.created_ms);
}

static mcp_err create_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    struct create_op *c = (struct create_op *)op;
    struct mcp_json_writer *w;

    if (err) {
        return write_fail(call, err, op);
    }
    w = mcp_structured(call);
    mcp_json_object(w);
    put_id(w, &c->login);
    mcp_json_member_str(w, MCP_STR("code"), c->code);
    put_scopes(w, c->login.scopes);
    time_json_put(w, MCP_STR("createdAt"), c->login.created_ms);
    time_json_put(w, MCP_STR("expiresAt"), c->login.expires_ms);
    mcp_json_member_int(w, MCP_STR("lastsSeconds"), c->login.lasts_ms / 1000);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err create_login(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct create_op *c = mcp_arena_new(mcp_call_arena(call), struct create_op, 1);

    if (!c) {
        return MCP_E_OVERLOADED;
    }
    c->owner = mcp_call_principal(call)->owner;
    c->login = (struct login){
        .kind = LOGIN_LINK,
        .created_ms = tools_now_ms(t),
        .expires_ms = tools_now_ms(t) + LOGIN_LINK_MS,
        .lasts_ms = mcp_arg_int(call, "lastsSeconds", LASTS_SECONDS) * 1000,
        .scopes = mcp_arg_bool(call, "readOnly", false) ? MCP_STR("read") : MCP_STR("read admin"),
    };
    name_id_new(c->login.id);
    c->code = token_make(MCP_STR(LOGIN_PREFIX_LINK), c->text);
    token_hash(c->code, c->login.hash);
    return write_later(t, call, &c->op, create_body, create_reply);
}

/* ---- open_login ---- */

struct open_op {
    struct write_op op;
    uint8_t hash[32];     /* of the link */
    struct login session; /* its scopes in `memory` */
    int64_t now_ms;
    char text[TOKEN_TEXT_MAX];
    mcp_str credential;
    char memory[LOGIN_RECORD_MAX];
};

static mcp_err look_body(struct store_txn *txn, void *arg)
{
    struct open_op *o = arg;
    struct login_place place;
    struct login link;

    return login_find_link(txn, o->hash, o->now_ms, o->memory, &place, &link);
}

/* In one transaction: of two that open a link at once, one finds it gone. */
static mcp_err open_body(struct store_txn *txn, void *arg)
{
    struct open_op *o = arg;
    struct login_place place;
    struct login link;
    mcp_err err = login_find_link(txn, o->hash, o->now_ms, o->memory, &place, &link);

    if (err) {
        return err == MCP_E_UNAUTHORIZED ? write_refuse(&o->op, err, NOT_VALID) : err;
    }
    o->session.lasts_ms = link.lasts_ms;
    o->session.expires_ms = o->now_ms + link.lasts_ms;
    o->session.scopes = link.scopes;
    err = login_remove(txn, &place, &link);
    return err ? err : login_add(txn, place.owner, &o->session, o->now_ms);
}

static mcp_err open_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    struct open_op *o = (struct open_op *)op;
    struct mcp_json_writer *w;

    if (err) {
        return write_fail(call, err, op);
    }
    w = mcp_structured(call);
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("session"), o->credential);
    put_scopes(w, o->session.scopes);
    time_json_put(w, MCP_STR("expiresAt"), o->session.expires_ms);
    mcp_json_member_int(w, MCP_STR("lastsSeconds"), o->session.lasts_ms / 1000);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err open_login(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    mcp_str code = mcp_arg_str(call, "code");
    struct open_op *o = mcp_arena_new(mcp_call_arena(call), struct open_op, 1);

    if (!o) {
        return MCP_E_OVERLOADED;
    }
    o->now_ms = tools_now_ms(t);
    token_hash(code, o->hash);
    /* Guessing costs a read, never a write. */
    mcp_err err =
        token_is_well_formed(code) ? store_read(t->store, look_body, o) : MCP_E_UNAUTHORIZED;

    if (err) {
        return mcp_fail(call, err, "%s",
                        err == MCP_E_UNAUTHORIZED ? NOT_VALID : "The store could not be read.");
    }
    o->session.kind = LOGIN_SESSION;
    o->session.created_ms = o->now_ms;
    name_id_new(o->session.id);
    o->credential = token_make(MCP_STR(LOGIN_PREFIX_SESSION), o->text);
    token_hash(o->credential, o->session.hash);
    return write_later(t, call, &o->op, open_body, open_reply);
}

/* ---- list_logins ---- */

struct list_op {
    struct store_txn *txn;
    const struct token_use *use;
    struct mcp_json_writer *w;
    uint64_t owner;
    int64_t now_ms;
};

static mcp_err list_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct list_op *op = arg;
    struct mcp_json_writer *w = op->w;
    struct login l;
    int64_t used_ms = 0;

    (void)key;
    if (!login_decode(value, version, &l)) {
        return MCP_E_STORAGE;
    }
    mcp_err err = token_use_last(op->use, op->txn, op->owner, l.id, &used_ms);

    if (err) {
        return err;
    }
    mcp_json_object(w);
    put_id(w, &l);
    mcp_json_member_str(w, MCP_STR("kind"),
                        l.kind == LOGIN_LINK      ? MCP_STR("link")
                        : l.kind == LOGIN_ACCOUNT ? MCP_STR("account")
                                                  : MCP_STR("session"));
    mcp_json_member_str(w, MCP_STR("status"),
                        op->now_ms < l.expires_ms ? MCP_STR("active") : MCP_STR("expired"));
    put_scopes(w, l.scopes);
    time_json_put(w, MCP_STR("createdAt"), l.created_ms);
    time_json_put(w, MCP_STR("lastUsedAt"), used_ms);
    time_json_put(w, MCP_STR("expiresAt"), l.expires_ms);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err list_body(struct store_txn *txn, void *arg)
{
    struct list_op *op = arg;
    struct key low = key_owned(KEY_LOGIN_INFO, op->owner);

    op->txn = txn;
    return store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false, LOGIN_MAX, list_row, op);
}

static mcp_err list_logins(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct list_op op = {
        .use = t->use,
        .w = mcp_structured(call),
        .owner = mcp_call_principal(call)->owner,
        .now_ms = tools_now_ms(t),
    };

    return list_answer(call, t, "logins", list_body, &op);
}

/* ---- revoke_login, close_login ---- */

struct end_op {
    struct write_op op;
    uint64_t owner;
    bool is_all;
    uint8_t id[16];
    uint32_t n;
};

static mcp_err end_body(struct store_txn *txn, void *arg)
{
    struct end_op *e = arg;
    char memory[LOGIN_RECORD_MAX];
    struct login_place place;
    struct login l;

    if (e->is_all) {
        return login_remove_all(txn, e->owner, &e->n);
    }
    mcp_err err = login_find(txn, e->owner, e->id, memory, &place, &l);

    if (err == MCP_E_NOT_FOUND) {
        return write_refuse(&e->op, err, "No session or link has this id.");
    }
    e->n = 1;
    return err ? err : login_remove(txn, &place, &l);
}

static mcp_err end_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    struct end_op *e = (struct end_op *)op;
    struct mcp_json_writer *w;

    if (err) {
        return write_fail(call, err, op);
    }
    w = mcp_structured(call);
    mcp_json_object(w);
    mcp_json_member_int(w, MCP_STR("ended"), e->n);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err revoke_login(struct mcp_call *call, void *user)
{
    mcp_str which = mcp_arg_str(call, "login");
    struct end_op *e = mcp_arena_new(mcp_call_arena(call), struct end_op, 1);

    if (e) {
        e->owner = mcp_call_principal(call)->owner;
        e->is_all = mcp_str_eq(which, MCP_STR("all"));
        if (!e->is_all && !name_id_parse(which, e->id)) {
            return mcp_fail(call, MCP_E_NOT_FOUND, "No session or link has this id.");
        }
    }
    return write_later(user, call, e ? &e->op : NULL, end_body, end_reply);
}

/* The caller's own session. */
static mcp_err close_login(struct mcp_call *call, void *user)
{
    const struct mcp_principal *who = mcp_call_principal(call);
    struct end_op *e = mcp_arena_new(mcp_call_arena(call), struct end_op, 1);

    if (e) {
        e->owner = who->owner;
        memcpy(e->id, who->id, sizeof(e->id));
        if (!who->is_session) {
            return mcp_fail(call, MCP_E_NOT_FOUND, "Nobody is signed in here.");
        }
    }
    return write_later(user, call, e ? &e->op : NULL, end_body, end_reply);
}

#define ROW(n, t, d, in, out, s, bits, f)                                                          \
    {                                                                                              \
        .name = (n), .title = (t), .description = (d), .input_schema = (in),                       \
        .output_schema = (out), .scope = (s), .hints = (bits), .is_hidden = true, .fn = (f),       \
    }

const struct mcp_tool login_rows[] = {
    ROW("create_login", "Make a login link",
        "Makes a code that opens one session of the dashboard; it is in the result and nowhere "
        "else.",
        SCHEMA_CREATE_LOGIN, SCHEMA_CREATED_LOGIN, "admin", 0, create_login),
    ROW("open_login", "Sign in", "Turns the code of a login link into a session, once.",
        SCHEMA_OPEN_LOGIN, SCHEMA_OPENED_LOGIN, "login", 0, open_login),
    ROW("list_logins", "List sessions", "Returns the sessions and the links not opened yet.",
        SCHEMA_LOGIN_NO_ARGUMENTS, SCHEMA_LOGINS, "admin", MCP_READ_ONLY | MCP_IDEMPOTENT,
        list_logins),
    ROW("revoke_login", "End a session", "Ends a session or a link, or all of them, at once.",
        SCHEMA_REVOKE_LOGIN, SCHEMA_ENDED_LOGINS, "admin", MCP_DESTRUCTIVE, revoke_login),
    ROW("close_login", "Sign out", "Ends the session that asks.", SCHEMA_LOGIN_NO_ARGUMENTS,
        SCHEMA_ENDED_LOGINS, "read", MCP_DESTRUCTIVE, close_login),
    {0},
};
