/* tools/user.c - see user.h. */
#include <tools/user.h>

#include <tools/key.h>
#include <tools/name.h>

#include <store/record.h>

#include <stdio.h>

enum { FIRST_OWNER = 2 /* after the operator */ };

bool user_decode(mcp_str value, uint8_t version, struct user *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    record_get_bytes(&r, ret->id, sizeof(ret->id));
    ret->owner = record_get_u64(&r);
    ret->created_ms = record_get_i64(&r);
    ret->deleted_ms = record_get_i64(&r);
    uint8_t topped = record_get_u8(&r);

    ret->is_topped_off = topped != 0;
    ret->topoff_threshold = record_get_i64(&r);
    ret->topoff_credits = record_get_i64(&r);
    ret->email = record_get_str(&r);
    ret->name = record_get_str(&r);
    ret->avatar_url = record_get_str(&r);
    ret->metadata = record_get_str(&r);
    return version == USER_VERSION && record_done(&r) && topped < 2 && ret->owner != 0 &&
           user_is_amount(ret->topoff_threshold) && user_is_amount(ret->topoff_credits) &&
           ret->email.len <= USER_EMAIL_MAX && ret->name.len <= USER_NAME_MAX &&
           ret->avatar_url.len <= USER_URL_MAX && ret->metadata.len <= USER_METADATA_MAX;
}

bool user_password_decode(mcp_str value, uint8_t version, mcp_str *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    *ret = record_get_str(&r);
    return version == USER_VERSION && record_done(&r) && ret->len > 0 &&
           ret->len <= USER_PASSWORD_MAX;
}

bool user_counts_decode(mcp_str value, uint8_t version, struct user_counts *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    ret->next_owner = record_get_u64(&r);
    ret->n = record_get_u32(&r);
    return version == USER_VERSION && record_done(&r) && ret->next_owner >= FIRST_OWNER;
}

mcp_err user_counts_get(struct store_txn *txn, struct user_counts *ret)
{
    struct key key = key_owned(KEY_USERS, 0);
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    if (err == MCP_E_NOT_FOUND) {
        *ret = (struct user_counts){.next_owner = FIRST_OWNER};
        return MCP_OK;
    }
    return err ? err : user_counts_decode(value, version, ret) ? MCP_OK : MCP_E_STORAGE;
}

static mcp_err counts_put(struct store_txn *txn, const struct user_counts *c)
{
    struct key key = key_owned(KEY_USERS, 0);
    struct record_writer w;
    uint8_t memory[16];

    record_writer_init(&w, memory, sizeof(memory));
    record_put_u64(&w, c->next_owner);
    record_put_u32(&w, c->n);
    return store_put(txn, key_str(&key), record_writer_str(&w), USER_VERSION);
}

/* ---- Finding ---- */

mcp_err user_of_owner(struct store_txn *txn, uint64_t owner, struct user *ret)
{
    struct key key = key_owned(KEY_USER, owner);
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    if (err) {
        return err;
    }
    return user_decode(value, version, ret) && ret->owner == owner ? MCP_OK : MCP_E_STORAGE;
}

mcp_err user_find_by_email(struct store_txn *txn, mcp_str email, struct user *ret)
{
    struct key key = key_email(email);
    struct record_reader r;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, NULL);

    if (err) {
        return err;
    }
    record_reader_init(&r, value);
    err = user_of_owner(txn, record_get_u64(&r), ret);
    /* The index speaks of nobody who is gone. */
    return err == MCP_E_NOT_FOUND || (!err && ret->deleted_ms) ? MCP_E_STORAGE : err;
}

mcp_err user_owner_check(struct store_txn *txn, uint64_t owner)
{
    struct user_counts counts;
    struct user u;
    mcp_err err = user_counts_get(txn, &counts);

    if (err || owner == USER_OPERATOR) {
        return err;
    }
    if (owner == 0 || owner >= counts.next_owner) {
        return MCP_E_NOT_FOUND;
    }
    err = user_of_owner(txn, owner, &u);
    return err ? err : u.deleted_ms ? MCP_E_NOT_FOUND : MCP_OK;
}

mcp_err user_password_get(struct store_txn *txn, uint64_t owner, mcp_str *ret)
{
    struct key key = key_owned(KEY_USER_PASSWORD, owner);
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, &version);

    return err ? err : user_password_decode(value, version, ret) ? MCP_OK : MCP_E_STORAGE;
}

/* ---- Changing ---- */

mcp_err user_put(struct store_txn *txn, const struct user *u)
{
    struct key key = key_owned(KEY_USER, u->owner);
    char memory[USER_RECORD_MAX];
    struct record_writer w;

    record_writer_init(&w, memory, sizeof(memory));
    record_put_bytes(&w, u->id, sizeof(u->id));
    record_put_u64(&w, u->owner);
    record_put_i64(&w, u->created_ms);
    record_put_i64(&w, u->deleted_ms);
    record_put_u8(&w, u->is_topped_off);
    record_put_i64(&w, u->topoff_threshold);
    record_put_i64(&w, u->topoff_credits);
    record_put_str(&w, u->email);
    record_put_str(&w, u->name);
    record_put_str(&w, u->avatar_url);
    record_put_str(&w, u->metadata);
    return store_put(txn, key_str(&key), record_writer_str(&w), USER_VERSION);
}

mcp_err user_password_put(struct store_txn *txn, uint64_t owner, mcp_str password)
{
    struct key key = key_owned(KEY_USER_PASSWORD, owner);
    char memory[USER_PASSWORD_MAX + 2];
    struct record_writer w;

    record_writer_init(&w, memory, sizeof(memory));
    record_put_str(&w, password);
    return store_put(txn, key_str(&key), record_writer_str(&w), USER_VERSION);
}

static mcp_err email_put(struct store_txn *txn, mcp_str email, uint64_t owner)
{
    struct key key = key_email(email);
    struct record_writer w;
    uint8_t memory[8];

    record_writer_init(&w, memory, sizeof(memory));
    record_put_u64(&w, owner);
    return store_put(txn, key_str(&key), record_writer_str(&w), USER_VERSION);
}

/* MCP_OK: nobody has the address, and if it is to be the operator, nobody is. */
static mcp_err is_free(struct store_txn *txn, const struct user *u)
{
    struct user other;
    mcp_err err = user_find_by_email(txn, u->email, &other);

    if (err == MCP_E_NOT_FOUND && u->owner) {
        err = user_of_owner(txn, u->owner, &other);
        err = !err && other.deleted_ms ? MCP_E_NOT_FOUND : err;
    }
    return err == MCP_E_NOT_FOUND ? MCP_OK : err ? err : MCP_E_CONFLICT;
}

mcp_err user_add(struct store_txn *txn, struct user *u, mcp_str password, uint32_t max)
{
    struct user_counts counts;
    mcp_err err = is_free(txn, u);

    err = err ? err : user_counts_get(txn, &counts);
    if (err) {
        return err;
    }
    if (counts.n >= max) {
        return MCP_E_REFUSED;
    }
    counts.n++;
    u->owner = u->owner ? u->owner : counts.next_owner++;
    err = counts_put(txn, &counts);
    err = err ? err : user_put(txn, u);
    err = err ? err : email_put(txn, u->email, u->owner);
    return err ? err : user_password_put(txn, u->owner, password);
}

static mcp_err count_removed(struct store_txn *txn)
{
    struct user_counts counts;
    mcp_err err = user_counts_get(txn, &counts);

    if (err) {
        return err;
    }
    counts.n -= counts.n > 0;
    return counts_put(txn, &counts);
}

mcp_err user_remove(struct store_txn *txn, uint64_t owner, int64_t now_ms)
{
    struct key password = key_owned(KEY_USER_PASSWORD, owner);
    char id[NAME_ID_BYTES], gone[USER_EMAIL_MAX];
    struct user u;
    mcp_err err = user_of_owner(txn, owner, &u);

    if (err || u.deleted_ms) {
        return err ? err : MCP_E_NOT_FOUND;
    }
    struct key index = key_email(u.email);
    mcp_str text = name_id_format(u.id, id);
    /* RFC 2606 2: a domain that is never anybody's. */
    int n = snprintf(gone, sizeof(gone), "deleted-%.*s@deleted.invalid", MCP_STR_ARG(text));

    u = (struct user){.owner = owner,
                      .created_ms = u.created_ms,
                      .deleted_ms = now_ms,
                      .email = mcp_str_n(gone, (size_t)n)};
    (void)name_id_parse(text, u.id);
    err = store_del(txn, key_str(&index));
    err = err ? err : store_del(txn, key_str(&password));
    err = err ? err : user_put(txn, &u);
    return err ? err : count_removed(txn);
}
