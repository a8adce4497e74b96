/* tools/mail_row.c - see mail_row.h. */
#include <tools/mail_row.h>

#include <tools/alert_raise.h>
#include <tools/key.h>
#include <tools/outbox_row.h>

/* ---- Whether ---- */

mcp_err mail_switch_get(struct store_txn *txn, bool *ret_is_on)
{
    struct key key = key_owned(KEY_MAIL, 0);
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, NULL);

    *ret_is_on = !err;
    return err == MCP_E_NOT_FOUND ? MCP_OK : err;
}

mcp_err mail_switch_put(struct store_txn *txn, bool is_on)
{
    struct key key = key_owned(KEY_MAIL, 0);

    return is_on ? store_put(txn, key_str(&key), MCP_STR(""), MAIL_VERSION)
                 : store_del(txn, key_str(&key));
}

bool mail_is_for(enum alert_kind kind)
{
    return kind == ALERT_KEY || kind == ALERT_WEBHOOK;
}

mcp_err mail_is_wanted(struct store_txn *txn, uint64_t owner, bool *ret)
{
    struct user u;
    mcp_err err = mail_switch_get(txn, ret);

    if (err || !*ret) {
        return err;
    }
    err = user_of_owner(txn, owner, &u);
    *ret = !err && u.deleted_ms == 0;
    return err == MCP_E_NOT_FOUND ? MCP_OK : err;
}

/* ---- Whither ---- */

/* What the row of a deleted account has. */
static mcp_err open_row(const struct seal *seal, mcp_str sealed, const uint8_t id[16],
                        char out[USER_EMAIL_MAX], mcp_str *ret)
{
    char plain[MAIL_SEALED_MAX];

    if (sealed.len > sizeof(plain)) {
        return MCP_E_STORAGE;
    }
    if (!seal_get(seal, (struct seal_place){id, "mail"}, sealed, plain, ret) ||
        ret->len > USER_EMAIL_MAX) {
        return MCP_E_NOT_FOUND;
    }
    memcpy(out, ret->ptr, ret->len);
    *ret = mcp_str_n(out, ret->len);
    explicit_bzero(plain, sizeof(plain));
    return MCP_OK;
}

mcp_err mail_address(struct store_txn *txn, const struct seal *seal, uint64_t owner,
                     uint64_t sequence, const uint8_t id[16], char out[USER_EMAIL_MAX],
                     mcp_str *ret)
{
    struct key key = key_sequence(KEY_MAIL, owner, sequence);
    struct user u;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, NULL);

    if (err != MCP_E_NOT_FOUND) {
        return err ? err : open_row(seal, value, id, out, ret);
    }
    err = user_of_owner(txn, owner, &u);
    if (err || u.deleted_ms) {
        return err ? err : MCP_E_NOT_FOUND;
    }
    memcpy(out, u.email.ptr, u.email.len);
    *ret = mcp_str_n(out, u.email.len);
    return MCP_OK;
}

mcp_err mail_forget(struct store_txn *txn, uint64_t owner, uint64_t sequence)
{
    struct key key = key_sequence(KEY_MAIL, owner, sequence);

    return store_del(txn, key_str(&key));
}

/* ---- Farewell ---- */

static mcp_err put_row(struct store_txn *txn, const struct seal *seal, uint64_t owner,
                       uint64_t sequence, mcp_str email)
{
    struct key key = key_sequence(KEY_MAIL, owner, sequence);
    char sealed[MAIL_SEALED_MAX];
    struct delivery_found f;
    mcp_err err = delivery_get(txn, owner, sequence, &f);

    err = err ? err : seal_adopt(txn, seal);
    return err ? err
               : store_put(txn, key_str(&key),
                           seal_put(seal, (struct seal_place){f.d.id, "mail"}, email, sealed),
                           MAIL_VERSION);
}

mcp_err mail_farewell(struct store_txn *txn, const struct seal *seal, uint64_t owner, mcp_str email,
                      int64_t now_ms)
{
    static const uint64_t MAIL = OUTBOX_MAIL;
    struct alert a = {.kind = ALERT_ACCOUNT,
                      .level = ALERT_CRITICAL,
                      .created_ms = now_ms,
                      .subject = MCP_STR("account")};
    struct alert_order o = {.owner = owner, .a = &a, .only = &MAIL};
    bool is_on = false;
    mcp_err err = mail_switch_get(txn, &is_on);

    if (err || !is_on || !seal->has_key || email.len > USER_EMAIL_MAX) {
        return err;
    }
    err = alert_send(txn, &o);
    if (err) {
        return err == MCP_E_REFUSED ? MCP_OK : err; /* a full outbox keeps nobody */
    }
    return put_row(txn, seal, owner, a.first_delivery, email);
}
