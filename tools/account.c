/* tools/account.c - see account.h. */
#include <tools/account.h>

#include <tools/key.h>
#include <tools/ledger.h>
#include <tools/login.h>
#include <tools/mail_row.h>
#include <tools/name.h>
#include <tools/payer.h>
#include <tools/token.h>
#include <tools/webhook.h>

mcp_err account_balance(struct store_txn *txn, uint64_t owner, int64_t *ret)
{
    return ledger_balance(txn, owner, ret);
}

mcp_err account_of(struct store_txn *txn, uint64_t owner, struct user *ret)
{
    mcp_err err = user_of_owner(txn, owner, ret);

    return !err && ret->deleted_ms ? MCP_E_NOT_FOUND : err;
}

mcp_err account_welcome(struct store_txn *txn, const struct seal *seal, uint64_t owner,
                        int64_t credits, int64_t now_ms)
{
    struct ledger_entry entry = {.at_ms = now_ms, .delta = credits, .reason = LEDGER_WELCOME};

    return credits ? ledger_append(txn, seal, owner, &entry, NULL) : MCP_OK;
}

/* ---- The end ---- */

struct sequences {
    uint64_t at[WEBHOOKS_MAX];
    size_t n;
};

static mcp_err webhook_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct sequences *s = arg;

    (void)value, (void)version;
    if (s->n == WEBHOOKS_MAX) {
        return MCP_E_STORAGE;
    }
    s->at[s->n++] = key_get_sequence(key);
    return MCP_OK;
}

/* With its webhook goes what was on its way to it. */
static mcp_err remove_webhooks(struct store_txn *txn, uint64_t owner)
{
    struct key low = key_owned(KEY_WEBHOOK, owner);
    struct sequences all = {.n = 0};
    mcp_err err = store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false, WEBHOOKS_MAX + 1,
                             webhook_row, &all);

    for (size_t i = 0; !err && i < all.n; i++) {
        err = webhook_remove(txn, owner, all.at[i]);
    }
    return err;
}

mcp_err account_remove(struct store_txn *txn, const struct seal *seal, uint64_t owner,
                       int64_t now_ms)
{
    char email[USER_EMAIL_MAX];
    struct user u;
    uint32_t n;
    mcp_err err = account_of(txn, owner, &u);

    if (err) {
        return err;
    }
    memcpy(email, u.email.ptr, u.email.len); /* writes move it */
    u.email.ptr = email;
    err = user_remove(txn, owner, now_ms);
    err = err ? err : login_remove_all(txn, owner, &n);
    err = err ? err : token_revoke_all(txn, owner, now_ms);
    err = err ? err : payer_del(txn, owner);
    err = err ? err : remove_webhooks(txn, owner);
    return err ? err : mail_farewell(txn, seal, owner, u.email, now_ms);
}

/* ---- As a result ---- */

void account_put_id(struct mcp_json_writer *w, const struct user *u)
{
    char id[NAME_ID_BYTES];

    mcp_json_member_str(w, MCP_STR("id"), name_id_format(u->id, id));
    mcp_json_member_str(w, MCP_STR("email"), u->email);
}

void account_put_text(struct mcp_json_writer *w, mcp_str key, mcp_str text)
{
    if (text.len) {
        mcp_json_member_str(w, key, text);
    } else {
        mcp_json_member_null(w, key);
    }
}

void account_put_who(struct mcp_json_writer *w, const struct user *u, int64_t balance)
{
    mcp_json_put_key(w, MCP_STR("user"));
    mcp_json_object(w);
    account_put_id(w, u);
    mcp_json_member_int(w, MCP_STR("balance"), balance);
    mcp_json_object_end(w);
}

void account_put_profile(struct mcp_json_writer *w, const struct user *u)
{
    account_put_id(w, u);
    account_put_text(w, MCP_STR("name"), u->name);
    account_put_text(w, MCP_STR("avatar_url"), u->avatar_url);
    mcp_json_member_raw(w, MCP_STR("user_metadata"),
                        u->metadata.len ? u->metadata : MCP_STR("null"));
}

void account_put_topoff(struct mcp_json_writer *w, const struct user *u)
{
    mcp_json_member_bool(w, MCP_STR("auto_topoff_enabled"), u->is_topped_off);
    mcp_json_member_int(w, MCP_STR("auto_topoff_threshold"), u->topoff_threshold);
    mcp_json_member_int(w, MCP_STR("auto_topoff_amount"), u->topoff_credits);
}
