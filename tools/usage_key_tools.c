/* tools/usage_key_tools.c - make, list and revoke keys of the usage contract, in its own shapes. */
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
#include <mcp/timestamp.h>

#include <stdio.h>

#include "usage_key_schema.h"

#define NO_SUCH_KEY "No key has this id, name or ending."

enum { MASKED_MAX = TOOLS_PREFIX_MAX + 4 + TOKEN_HINT, DATE = 10, SECOND_MS = 1000 };

/* "qg_live_****abcd" */
static void put_masked(struct mcp_json_writer *w, const char *prefix, mcp_str hint)
{
    char text[MASKED_MAX + 1];
    int n = snprintf(text, sizeof(text), "%s****%.*s", prefix, MCP_STR_ARG(hint));

    mcp_json_member_str(w, MCP_STR("masked"), mcp_str_n(text, n > MASKED_MAX ? 0 : (size_t)n));
}

static void put_id(struct mcp_json_writer *w, const struct token_info *t)
{
    char id[NAME_ID_BYTES];

    mcp_json_member_str(w, MCP_STR("id"), name_id_format(t->id, id));
    mcp_json_member_str(w, MCP_STR("name"), t->name);
}

static void put_rest(struct mcp_json_writer *w, const char *prefix, const struct token_info *t)
{
    put_masked(w, prefix, t->hint);
    mcp_json_put_key(w, MCP_STR("scopes"));
    mcp_json_array(w);
    for (mcp_str rest = t->scopes; rest.len;) {
        mcp_json_put_str(w, mcp_str_cut(&rest, ' '));
    }
    mcp_json_array_end(w);
    time_json_put_seconds(w, MCP_STR("created_at"), t->created_ms);
    time_json_put_seconds(w, MCP_STR("expires_at"), t->expires_ms);
}

/* ---- create_key ---- */

struct create_op {
    struct write_op op;
    uint64_t owner;
    int64_t now_ms;
    const char *prefix;
    struct token_info info;
    char text[TOKEN_TEXT_MAX];
    mcp_str key;
};

static mcp_err create_body(struct store_txn *txn, void *arg)
{
    struct create_op *c = arg;
    mcp_err err = usage_key_room(txn, c->owner, c->now_ms);

    if (err) {
        return err == MCP_E_REFUSED ? write_refuse(&c->op, MCP_E_CONFLICT, USAGE_KEYS_FULL) : err;
    }
    err = token_add(txn, c->owner, &c->info, c->now_ms);
    return err == MCP_E_REFUSED
               ? write_refuse(&c->op, err, "There are 1,000 tokens that work; revoke some first.")
               : err;
}

static mcp_err create_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    const struct create_op *c = (const struct create_op *)op;
    struct mcp_json_writer *w;

    if (err) {
        return write_fail(call, err, op);
    }
    w = mcp_structured(call);
    mcp_json_object(w);
    put_id(w, &c->info);
    mcp_json_member_str(w, MCP_STR("key"), c->key);
    put_rest(w, c->prefix, &c->info);
    mcp_json_object_end(w);
    return MCP_OK;
}

/* A date is its first second. */
static bool read_time(mcp_str s, int64_t *ret_ms)
{
    char text[] = "0000-00-00T00:00:00Z";

    if (s.len != DATE) {
        return mcp_timestamp_parse(s, ret_ms);
    }
    memcpy(text, s.ptr, DATE);
    return mcp_timestamp_parse(mcp_str_c(text), ret_ms);
}

/* Whole seconds: what is shown is when it ends. */
static mcp_err read_expiry(struct mcp_call *call, struct create_op *c)
{
    mcp_json at = mcp_arg(call, "expires_at");
    int64_t last_ms = usage_key_last_ms(c->now_ms), at_ms = last_ms;
    mcp_str text = mcp_json_str(at, mcp_call_arena(call), MCP_STR(""));

    if (mcp_json_type(at) == MCP_JSON_STRING && !read_time(text, &at_ms)) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "expires_at is not a date or a time.");
    }
    if (at_ms > last_ms) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS,
                        "A usage key works for a year at the most; expires_at is later.");
    }
    c->info.expires_ms = at_ms / SECOND_MS * SECOND_MS;
    return c->info.expires_ms > c->now_ms
               ? MCP_OK
               : mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "expires_at is in the past.");
}

/* The schema knows the two. */
static mcp_str read_scopes(struct mcp_call *call)
{
    mcp_json list = mcp_arg(call, "scopes");
    mcp_str first = mcp_json_str(mcp_json_first(list), mcp_call_arena(call), MCP_STR("usage"));

    return mcp_json_count(list) > 1 ? MCP_STR("usage usage.record") : first;
}

static mcp_err create_key(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct create_op *c = mcp_arena_new(mcp_call_arena(call), struct create_op, 1);

    if (!c) {
        return MCP_E_OVERLOADED;
    }
    c->owner = mcp_call_principal(call)->owner;
    c->now_ms = tools_now_ms(t);
    c->prefix = t->usage_prefix;
    c->info.name = mcp_arg_str(call, "name");
    c->info.created_ms = c->now_ms;
    c->info.scopes = read_scopes(call);
    const char *why = name_check(c->info.name, NAME_BYTES_MAX);
    mcp_err err = why ? mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "name %s.", why) : MCP_OK;

    err = err ? err : read_expiry(call, c);
    if (err) {
        return err;
    }
    name_id_new(c->info.id);
    c->key = token_make(mcp_str_c(c->prefix), c->text);
    c->info.hint = mcp_str_n(c->key.ptr + c->key.len - TOKEN_HINT, TOKEN_HINT);
    token_hash(c->key, c->info.hash);
    return write_later(t, call, &c->op, create_body, create_reply);
}

/* ---- list_keys ---- */

struct list_op {
    struct store_txn *txn;
    struct tools *tools;
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
    if (!usage_key_is(t.scopes)) {
        return MCP_OK;
    }
    mcp_err err = token_use_last(op->tools->use, op->txn, op->owner, t.id, &used_ms);

    if (err) {
        return err;
    }
    mcp_json_object(w);
    put_id(w, &t);
    put_rest(w, op->tools->usage_prefix, &t);
    time_json_put_seconds(w, MCP_STR("last_used_at"), used_ms);
    time_json_put_seconds(w, MCP_STR("revoked_at"), t.revoked_ms);
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

static mcp_err list_keys(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct list_op op = {
        .tools = t,
        .w = mcp_structured(call),
        .owner = mcp_call_principal(call)->owner,
        .now_ms = tools_now_ms(t),
    };

    return list_answer(call, t, "keys", list_body, &op);
}

/* ---- revoke_key ---- */

struct revoke_op {
    struct write_op op;
    uint64_t owner;
    int64_t now_ms;
    const char *prefix;
    mcp_str which;
    struct token_info info; /* points into memory */
    char memory[TOKEN_RECORD_MAX];
};

static mcp_err revoke_body(struct store_txn *txn, void *arg)
{
    struct revoke_op *r = arg;
    uint64_t sequence = 0;
    mcp_err err = token_find(txn, r->owner, r->which, r->memory, &sequence, &r->info);

    if (err == MCP_E_CONFLICT) {
        return write_refuse(&r->op, MCP_E_NOT_FOUND,
                            "Several tokens have this name or ending; give the id.");
    }
    if (err == MCP_E_NOT_FOUND || (!err && !usage_key_is(r->info.scopes))) {
        return write_refuse(&r->op, MCP_E_NOT_FOUND, NO_SUCH_KEY);
    }
    return err ? err : token_revoke(txn, r->owner, sequence, &r->info, r->now_ms);
}

static mcp_err revoke_reply(struct mcp_call *call, mcp_err err, struct write_op *op)
{
    const struct revoke_op *r = (const struct revoke_op *)op;
    struct mcp_json_writer *w;

    if (err) {
        return write_fail(call, err, op);
    }
    w = mcp_structured(call);
    mcp_json_object(w);
    put_id(w, &r->info);
    put_masked(w, r->prefix, r->info.hint);
    time_json_put_seconds(w, MCP_STR("revoked_at"), r->info.revoked_ms);
    mcp_json_object_end(w);
    return MCP_OK;
}

static mcp_err revoke_key(struct mcp_call *call, void *user)
{
    struct tools *t = user;
    struct revoke_op *r = mcp_arena_new(mcp_call_arena(call), struct revoke_op, 1);

    if (r) {
        r->owner = mcp_call_principal(call)->owner;
        r->now_ms = tools_now_ms(t);
        r->prefix = t->usage_prefix;
        r->which = mcp_arg_str(call, "key");
    }
    return write_later(t, call, r ? &r->op : NULL, revoke_body, revoke_reply);
}

const struct mcp_tool usage_key_rows[] = {
    {
        .name = "create_key",
        .title = "Create a usage key",
        .description = "Makes a key that reads or counts usage; its text is in the result and "
                       "nowhere else. At most ten work at a time, each for a year at the most.",
        .input_schema = SCHEMA_CREATE_KEY,
        .output_schema = SCHEMA_CREATED_KEY,
        .scope = "admin",
        .is_hidden = true,
        .fn = create_key,
        .fails = MCP_FAILS(INVALID_ARGUMENTS) | MCP_FAILS(CONFLICT) | MCP_FAILS(REFUSED) |
                 MCP_FAILS(STORAGE),
    },
    {
        .name = "list_keys",
        .title = "List usage keys",
        .description = "Returns every usage key, masked, with its end and its last use.",
        .input_schema = SCHEMA_LIST_KEYS,
        .output_schema = SCHEMA_KEYS,
        .scope = "admin",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = list_keys,
        .fails = MCP_FAILS(STORAGE),
    },
    {
        .name = "revoke_key",
        .title = "Revoke a usage key",
        .description = "Ends a usage key: it is refused from the next request on.",
        .input_schema = SCHEMA_REVOKE_KEY,
        .output_schema = SCHEMA_REVOKED_KEY,
        .scope = "admin",
        .hints = MCP_DESTRUCTIVE | MCP_IDEMPOTENT,
        .is_hidden = true,
        .fn = revoke_key,
        .fails = MCP_FAILS(NOT_FOUND) | MCP_FAILS(STORAGE),
    },
    {0},
};
