/* tools/token_tools.c - make, list and revoke tokens. */
#include <tools/connection.h>
#include <tools/key.h>
#include <tools/list_answer.h>
#include <tools/name.h>
#include <tools/owner.h>
#include <tools/state.h>
#include <tools/time_json.h>
#include <tools/token.h>
#include <tools/usage_key.h>
#include <tools/write.h>

#include <mcp/call.h>

#include <stdio.h>

#include "token_schema.h"

static void put_scopes(struct mcp_json_writer *w, mcp_str scopes)
{
    mcp_json_put_key(w, MCP_STR("scopes"));
    mcp_json_array(w);
    for (mcp_str rest = scopes; rest.len;) {
        mcp_json_put_str(w, mcp_str_cut(&rest, ' '));
    }
    mcp_json_array_end(w);
}

static void put_rate(struct mcp_json_writer *w, int32_t rate_per_minute)
{
    if (rate_per_minute) {
        mcp_json_member_int(w, MCP_STR("ratePerMinute"), rate_per_minute);
    } else {
        mcp_json_member_null(w, MCP_STR("ratePerMinute"));
    }
}

static void put_id(struct mcp_json_writer *w, const struct token_info *t)
{
    char id[NAME_ID_BYTES];

    mcp_json_member_str(w, MCP_STR("id"), name_id_format(t->id, id));
    mcp_json_member_str(w, MCP_STR("name"), t->name);
}

/* ---- create_token ---- */

struct create_op {
    struct write_op op;
    uint64_t owner;
    int64_t now_ms;
    struct token_info info;
    mcp_str connection; /* it may push to, and nothing else; empty: see the scopes */
    char scopes[64];
    char text[TOKEN_TEXT_MAX];
    mcp_str token;
};

/* The scopes of a token that pushes to one connection; see push_tools.c. */
static mcp_err bind(struct store_txn *txn, struct create_op *c)
{
    struct connection_found at;
    char id[NAME_ID_BYTES];
    mcp_err err = connection_find(txn, c->owner, c->connection, &at);

    if (!err) {
        mcp_str text = name_id_format(at.c.id, id);
        int n = snprintf(c->scopes, sizeof(c->scopes), "push to:%.*s", MCP_STR_ARG(text));

        c->info.scopes = mcp_str_n(c->scopes, (size_t)n);
    }
    return err;
}

static mcp_err create_body(struct store_txn *txn, void *arg)
{
    struct create_op *c = arg;
    mcp_err err = c->connection.len ? bind(txn, c) : MCP_OK;

    if (err) {
        return err == MCP_E_NOT_FOUND
                   ? write_refuse(&c->op, err, "No connection has this id or name.")
                   : err;
    }
    if (usage_key_is(c->info.scopes)) {
        err = usage_key_room(txn, c->owner, c->now_ms);
    }
    if (err) {
        return err == MCP_E_REFUSED ? write_refuse(&c->op, MCP_E_CONFLICT, USAGE_KEYS_FULL) : err;
    }
    err = token_add(txn, c->owner, &c->info, c->now_ms);

    return err != MCP_E_REFUSED
               ? err
               : write_refuse(&c->op, err, "There are 1,000 tokens that work; revoke some first.");
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
    put_id(w, &c->info);
    mcp_json_member_str(w, MCP_STR("token"), c->token);
    mcp_json_member_str(w, MCP_STR("hint"), c->info.hint);
    put_scopes(w, c->info.scopes);
    time_json_put(w, MCP_STR("createdAt"), c->info.created_ms);
    time_json_put(w, MCP_STR("expiresAt"), c->info.expires_ms);
    put_rate(w, c->info.rate_per_minute);
    mcp_json_object_end(w);
    return MCP_OK;
}

/* The scopes as one text, separated by spaces, each once. */
static mcp_err read_scopes(struct mcp_call *call, mcp_str *ret)
{
    struct mcp_arena *arena = mcp_call_arena(call);
    mcp_json list = mcp_arg(call, "scopes");
    struct mcp_principal seen = {.scopes = ""};
    size_t n = 0;

    if (!mcp_json_present(list)) {
        *ret = MCP_STR("read");
        return MCP_OK;
    }
    for (mcp_json e = mcp_json_first(list); mcp_json_present(e); e = mcp_json_next(list, e)) {
        mcp_str s = mcp_json_str(e, arena, mcp_str_n(NULL, 0));

        if (n + s.len + 2 > sizeof(seen.scopes)) {
            return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "The scopes are too long together.");
        }
        if (n) {
            seen.scopes[n++] = ' ';
        }
        memcpy(seen.scopes + n, s.ptr, s.len);
        n += s.len;
    }
    if (mcp_principal_has(&seen, "write") && !mcp_principal_has(&seen, "push")) {
        if (n + sizeof(" push") > sizeof(seen.scopes)) {
            return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "The scopes are too long together.");
        }
        memcpy(seen.scopes + n, " push", sizeof(" push")); /* who may write may push */
        n += sizeof(" push") - 1;
    }
    *ret = mcp_arena_dup(arena, mcp_str_n(seen.scopes, n));
    return MCP_OK;
}

static mcp_err read_expiry(struct mcp_call *call, int64_t now_ms, int64_t *ret)
{
    mcp_json at = mcp_arg(call, "expiresAt");

    *ret = 0;
    if (mcp_json_type(at) != MCP_JSON_STRING) {
        return MCP_OK;
    }
    if (!time_json_get(at, mcp_call_arena(call), ret)) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "expiresAt is not a date and time.");
    }
    return *ret > now_ms ? MCP_OK
                         : mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "expiresAt is in the past.");
}

/* A usage key ends within a year, in a year when nothing is said. */
static mcp_err limit_expiry(struct mcp_call *call, struct create_op *c)
{
    int64_t last_ms = usage_key_last_ms(c->now_ms);

    if (!usage_key_is(c->info.scopes)) {
        return MCP_OK;
    }
    if (c->info.expires_ms > last_ms) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS,
                        "A usage key works for a year at the most; expiresAt is later.");
    }
    c->info.expires_ms = c->info.expires_ms ? c->info.expires_ms : last_ms;
    return MCP_OK;
}

static mcp_err read_create(struct mcp_call *call, struct create_op *c)
{
    c->info.name = mcp_arg_str(call, "name");
    c->info.created_ms = c->now_ms;
    c->info.rate_per_minute = (int32_t)mcp_arg_int(call, "ratePerMinute", 0);
    const char *why = name_check(c->info.name, NAME_BYTES_MAX);
    mcp_err err = why ? mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "name %s.", why) : MCP_OK;

    c->connection = mcp_arg_str(call, "connection");
    if (!err && c->connection.len && mcp_json_present(mcp_arg(call, "scopes"))) {
        err = mcp_fail(call, MCP_E_INVALID_ARGUMENTS,
                       "Give either scopes or the connection that it may push to, not both.");
    }
    err = err ? err : read_scopes(call, &c->info.scopes);
    err = err ? err : read_expiry(call, c->now_ms, &c->info.expires_ms);
    return err || c->connection.len ? err : limit_expiry(call, c);
}

static mcp_err create_token(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct create_op *c = mcp_arena_new(mcp_call_arena(call), struct create_op, 1);

    if (!c) {
        return MCP_E_OVERLOADED;
    }
    c->owner = mcp_call_principal(call)->owner;
    c->now_ms = tools_now_ms(t);
    mcp_err err = read_create(call, c);

    if (err) {
        return err;
    }
    name_id_new(c->info.id);
    c->token =
        token_make(mcp_str_c(usage_key_is(c->info.scopes) ? t->usage_prefix : t->prefix), c->text);
    c->info.hint = mcp_str_n(c->token.ptr + c->token.len - TOKEN_HINT, TOKEN_HINT);
    token_hash(c->token, c->info.hash);
    return write_later(t, call, &c->op, create_body, create_reply);
}

/* ---- list_tokens ---- */

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
    struct token_info t;
    int64_t used_ms = 0;

    (void)key;
    if (!token_info_decode(value, version, &t)) {
        return MCP_E_STORAGE;
    }
    mcp_err err = token_use_last(op->use, op->txn, op->owner, t.id, &used_ms);

    if (err) {
        return err;
    }
    mcp_json_object(w);
    put_id(w, &t);
    mcp_json_member_str(w, MCP_STR("hint"), t.hint);
    put_scopes(w, t.scopes);
    time_json_put(w, MCP_STR("createdAt"), t.created_ms);
    time_json_put(w, MCP_STR("expiresAt"), t.expires_ms);
    time_json_put(w, MCP_STR("revokedAt"), t.revoked_ms);
    time_json_put(w, MCP_STR("lastUsedAt"), used_ms);
    put_rate(w, t.rate_per_minute);
    mcp_json_member_str(w, MCP_STR("status"), token_status(&t, op->now_ms));
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err list_body(struct store_txn *txn, void *arg)
{
    struct list_op *op = arg;
    struct key low = key_owned(KEY_TOKEN_INFO, op->owner);

    op->txn = txn;
    return store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false, OWNER_TOKENS_MAX, list_row,
                      op);
}

static mcp_err list_tokens(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct list_op op = {
        .use = t->use,
        .w = mcp_structured(call),
        .owner = mcp_call_principal(call)->owner,
        .now_ms = tools_now_ms(t),
    };

    return list_answer(call, t, "tokens", list_body, &op);
}

/* ---- revoke_token ---- */

struct revoke_op {
    struct write_op op;
    uint64_t owner;
    int64_t now_ms;
    mcp_str which;
    struct token_info info; /* points into memory */
    char memory[TOKEN_RECORD_MAX];
};

static mcp_err revoke_body(struct store_txn *txn, void *arg)
{
    struct revoke_op *r = arg;
    uint64_t sequence = 0;
    mcp_err err = token_find(txn, r->owner, r->which, r->memory, &sequence, &r->info);

    if (err == MCP_E_NOT_FOUND) {
        return write_refuse(&r->op, err, "No token has this id, name or hint.");
    }
    if (err == MCP_E_CONFLICT) {
        return write_refuse(&r->op, err, "Several tokens have this name or hint; give the id.");
    }
    return err ? err : token_revoke(txn, r->owner, sequence, &r->info, r->now_ms);
}

static mcp_err revoke_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    struct revoke_op *r = (struct revoke_op *)op;
    struct mcp_json_writer *w;

    if (err) {
        return write_fail(call, err, op);
    }
    w = mcp_structured(call);
    mcp_json_object(w);
    put_id(w, &r->info);
    time_json_put(w, MCP_STR("revokedAt"), r->info.revoked_ms);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err revoke_token(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct revoke_op *r = mcp_arena_new(mcp_call_arena(call), struct revoke_op, 1);

    if (r) {
        r->owner = mcp_call_principal(call)->owner;
        r->now_ms = tools_now_ms(t);
        r->which = mcp_arg_str(call, "token");
    }
    return write_later(t, call, r ? &r->op : NULL, revoke_body, revoke_reply);
}

const struct mcp_tool token_rows[] = {
    {
        .name = "create_token",
        .title = "Create a token",
        .description = "Makes an access token; its text is in the result and nowhere else.",
        .input_schema = SCHEMA_CREATE_TOKEN,
        .output_schema = SCHEMA_CREATED_TOKEN,
        .scope = "admin",
        .is_hidden = true,
        .fn = create_token,
    },
    {
        .name = "list_tokens",
        .title = "List tokens",
        .description = "Returns every token with its hint, scopes and last use.",
        .input_schema = SCHEMA_NO_ARGUMENTS,
        .output_schema = SCHEMA_TOKENS,
        .scope = "admin",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = list_tokens,
    },
    {
        .name = "revoke_token",
        .title = "Revoke a token",
        .description = "Makes a token unusable from the next request on.",
        .input_schema = SCHEMA_REVOKE_TOKEN,
        .output_schema = SCHEMA_REVOKED_TOKEN,
        .scope = "admin",
        .hints = MCP_DESTRUCTIVE | MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = revoke_token,
    },
    {0},
};
