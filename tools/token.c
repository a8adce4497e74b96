/* tools/token.c - see token.h. */
#include <tools/token.h>

#include <tools/key.h>
#include <tools/name.h>

#include <store/record.h>

#include <sodium.h>

static const char BASE62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

uint32_t token_crc32(mcp_str s)
{
    static const uint32_t NIBBLE[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t crc = 0xffffffffu;

    for (size_t i = 0; i < s.len; i++) {
        crc ^= (uint8_t)s.ptr[i];
        crc = crc >> 4 ^ NIBBLE[crc & 15];
        crc = crc >> 4 ^ NIBBLE[crc & 15];
    }
    return ~crc;
}

static void put_check(mcp_str before, char out[TOKEN_CHECK])
{
    uint32_t crc = token_crc32(before);

    for (size_t i = TOKEN_CHECK; i-- > 0;) {
        out[i] = BASE62[crc % 62];
        crc /= 62;
    }
}

mcp_str token_make(mcp_str prefix, char out[TOKEN_TEXT_MAX])
{
    size_t n = prefix.len;

    memcpy(out, prefix.ptr, n);
    for (size_t i = 0; i < TOKEN_RANDOM; i++) {
        out[n++] = BASE62[randombytes_uniform(62)];
    }
    put_check(mcp_str_n(out, n), out + n);
    return mcp_str_n(out, n + TOKEN_CHECK);
}

bool token_is_well_formed(mcp_str s)
{
    char check[TOKEN_CHECK];

    if (s.len <= TOKEN_RANDOM + TOKEN_CHECK || s.len > TOKEN_TEXT_MAX) {
        return false;
    }
    put_check(mcp_str_n(s.ptr, s.len - TOKEN_CHECK), check);
    return sodium_memcmp(check, s.ptr + s.len - TOKEN_CHECK, TOKEN_CHECK) == 0;
}

void token_hash(mcp_str token, uint8_t ret[32])
{
    crypto_hash_sha256(ret, (const unsigned char *)token.ptr, token.len);
}

bool token_decode(mcp_str value, uint8_t version, struct token *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    record_get_bytes(&r, ret->id, sizeof(ret->id));
    ret->owner = record_get_u64(&r);
    uint8_t revoked = record_get_u8(&r);

    ret->is_revoked = revoked != 0;
    ret->expires_ms = record_get_i64(&r);
    ret->rate_per_minute = (int32_t)record_get_u32(&r);
    ret->scopes = record_get_str(&r);
    return version == TOKEN_VERSION && record_done(&r) && revoked < 2 &&
           ret->scopes.len < sizeof(((struct mcp_principal *)0)->scopes);
}

mcp_str token_encode(const struct token *t, char memory[TOKEN_RECORD_MAX])
{
    struct record_writer w;

    record_writer_init(&w, memory, TOKEN_RECORD_MAX);
    record_put_bytes(&w, t->id, sizeof(t->id));
    record_put_u64(&w, t->owner);
    record_put_u8(&w, t->is_revoked);
    record_put_i64(&w, t->expires_ms);
    record_put_u32(&w, (uint32_t)t->rate_per_minute);
    record_put_str(&w, t->scopes);
    return record_writer_str(&w);
}

bool token_is_valid(const struct token *t, int64_t now_ms)
{
    return !t->is_revoked && (t->expires_ms == 0 || now_ms < t->expires_ms);
}

mcp_str token_status(const struct token_info *t, int64_t now_ms)
{
    return t->revoked_ms                                   ? MCP_STR("revoked")
           : t->expires_ms != 0 && now_ms >= t->expires_ms ? MCP_STR("expired")
                                                           : MCP_STR("active");
}

bool token_info_decode(mcp_str value, uint8_t version, struct token_info *ret)
{
    struct record_reader r;

    record_reader_init(&r, value);
    record_get_bytes(&r, ret->id, sizeof(ret->id));
    record_get_bytes(&r, ret->hash, sizeof(ret->hash));
    ret->created_ms = record_get_i64(&r);
    ret->expires_ms = record_get_i64(&r);
    ret->revoked_ms = record_get_i64(&r);
    ret->rate_per_minute = (int32_t)record_get_u32(&r);
    ret->name = record_get_str(&r);
    ret->hint = record_get_str(&r);
    ret->scopes = record_get_str(&r);
    return version == TOKEN_VERSION && record_done(&r) && ret->name.len <= NAME_BYTES_MAX &&
           ret->hint.len == TOKEN_HINT &&
           ret->scopes.len < sizeof(((struct mcp_principal *)0)->scopes);
}

mcp_str token_info_encode(const struct token_info *t, char memory[TOKEN_RECORD_MAX])
{
    struct record_writer w;

    record_writer_init(&w, memory, TOKEN_RECORD_MAX);
    record_put_bytes(&w, t->id, sizeof(t->id));
    record_put_bytes(&w, t->hash, sizeof(t->hash));
    record_put_i64(&w, t->created_ms);
    record_put_i64(&w, t->expires_ms);
    record_put_i64(&w, t->revoked_ms);
    record_put_u32(&w, (uint32_t)t->rate_per_minute);
    record_put_str(&w, t->name);
    record_put_str(&w, t->hint);
    record_put_str(&w, t->scopes);
    return record_writer_str(&w);
}

/* ---- Who is asking ---- */

struct verify_op {
    struct key key;
    int64_t now_ms;
    struct mcp_principal *ret;
};

static mcp_err verify_body(struct store_txn *txn, void *arg)
{
    struct verify_op *op = arg;
    uint8_t version = 0;
    struct token t;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&op->key), &value, &version);

    if (err) {
        return err == MCP_E_NOT_FOUND ? MCP_E_UNAUTHORIZED : err;
    }
    if (!token_decode(value, version, &t)) {
        return MCP_E_STORAGE;
    }
    if (!token_is_valid(&t, op->now_ms)) {
        return MCP_E_UNAUTHORIZED;
    }
    *op->ret = (struct mcp_principal){.owner = t.owner, .rate_per_minute = t.rate_per_minute};
    memcpy(op->ret->id, t.id, sizeof(t.id));
    if (t.scopes.len) {
        memcpy(op->ret->scopes, t.scopes.ptr, t.scopes.len);
    }
    return MCP_OK;
}

mcp_err token_verify(struct store *store, mcp_str credential, int64_t now_ms,
                     struct mcp_principal *ret)
{
    struct verify_op op = {.now_ms = now_ms, .ret = ret};
    uint8_t hash[32];

    if (!token_is_well_formed(credential)) {
        return MCP_E_UNAUTHORIZED;
    }
    token_hash(credential, hash);
    op.key = key_token(hash);
    return store_read(store, verify_body, &op);
}
