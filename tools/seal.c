/* tools/seal.c - see seal.h. */
#include <tools/seal.h>

#include <tools/key.h>

#include <sodium.h>

enum { HEAD = 1 + SEAL_ID_BYTES, TAG = 16 };

_Static_assert(crypto_aead_aes256gcm_ABYTES == TAG && crypto_aead_aes256gcm_KEYBYTES == 32 &&
                   crypto_aead_xchacha20poly1305_ietf_ABYTES == TAG &&
                   crypto_aead_xchacha20poly1305_ietf_KEYBYTES == 32,
               "both have the same sizes but for the nonce");

static void derive(const uint8_t *key, const char *purpose, uint8_t *out, size_t bytes)
{
    crypto_generichash(out, bytes, (const uint8_t *)purpose, strlen(purpose), key, SEAL_KEY_BYTES);
}

void seal_init(struct seal *s, const uint8_t *key)
{
    *s = (struct seal){.has_key = key != NULL};
    if (key) {
        derive(key, "cistern seal: AES-256-GCM", s->keys[0], SEAL_KEY_BYTES);
        derive(key, "cistern seal: XChaCha20-Poly1305", s->keys[1], SEAL_KEY_BYTES);
        derive(key, "cistern ledger: chain", s->chain, SEAL_KEY_BYTES);
        derive(key, "cistern seal: which key it is", s->check, sizeof(s->check));
        memcpy(s->id, s->check, sizeof(s->id));
        s->algorithm =
            crypto_aead_aes256gcm_is_available() ? SEAL_AES256_GCM : SEAL_XCHACHA20_POLY1305;
    }
}

void seal_free(struct seal *s)
{
    sodium_memzero(s, sizeof(*s));
}

static size_t nonce_bytes(enum seal_algorithm a)
{
    return a == SEAL_AES256_GCM ? crypto_aead_aes256gcm_NPUBBYTES
                                : crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
}

/* What is authenticated with the text: where it belongs. */
static void bind(struct seal_place at, uint8_t out[32])
{
    crypto_generichash_state h;

    crypto_generichash_init(&h, NULL, 0, 32);
    crypto_generichash_update(&h, at.record, 16);
    crypto_generichash_update(&h, (const uint8_t *)at.field, strlen(at.field));
    crypto_generichash_final(&h, out, 32);
}

mcp_str seal_put(const struct seal *s, struct seal_place at, mcp_str plain, char *out)
{
    uint8_t *to = (uint8_t *)out, bound[32];
    const uint8_t *from = (const uint8_t *)plain.ptr;
    size_t n_nonce = nonce_bytes(s->algorithm);

    if (!s->has_key) {
        return mcp_str_n(NULL, 0);
    }
    bind(at, bound);
    to[0] = (uint8_t)s->algorithm;
    memcpy(to + 1, s->id, SEAL_ID_BYTES);
    randombytes_buf(to + HEAD, n_nonce);
    if (s->algorithm == SEAL_AES256_GCM) {
        crypto_aead_aes256gcm_encrypt(to + HEAD + n_nonce, NULL, from, plain.len, bound, 32, NULL,
                                      to + HEAD, s->keys[0]);
    } else {
        crypto_aead_xchacha20poly1305_ietf_encrypt(to + HEAD + n_nonce, NULL, from, plain.len,
                                                   bound, 32, NULL, to + HEAD, s->keys[1]);
    }
    return mcp_str_n(out, HEAD + n_nonce + plain.len + TAG);
}

bool seal_get(const struct seal *s, struct seal_place at, mcp_str sealed, char *out, mcp_str *ret)
{
    const uint8_t *from = (const uint8_t *)sealed.ptr;
    enum seal_algorithm a = sealed.len ? (enum seal_algorithm)from[0] : SEAL_AES256_GCM;
    size_t head = HEAD + nonce_bytes(a);
    uint8_t bound[32];
    int failed = -1;

    if (!s->has_key || sealed.len < head + TAG || memcmp(from + 1, s->id, SEAL_ID_BYTES) != 0) {
        return false;
    }
    bind(at, bound);
    if (a == SEAL_AES256_GCM && crypto_aead_aes256gcm_is_available()) {
        failed =
            crypto_aead_aes256gcm_decrypt((uint8_t *)out, NULL, NULL, from + head,
                                          sealed.len - head, bound, 32, from + HEAD, s->keys[0]);
    } else if (a == SEAL_XCHACHA20_POLY1305) {
        failed = crypto_aead_xchacha20poly1305_ietf_decrypt((uint8_t *)out, NULL, NULL, from + head,
                                                            sealed.len - head, bound, 32,
                                                            from + HEAD, s->keys[1]);
    }
    *ret = mcp_str_n(out, sealed.len - head - TAG);
    return failed == 0;
}

mcp_err seal_check(struct store_txn *txn, const struct seal *s)
{
    struct key key = key_owned(KEY_SEAL, 0);
    mcp_str value;
    mcp_err err = store_get(txn, key_str(&key), &value, NULL);

    if (err) {
        return err;
    }
    mcp_str mine = mcp_str_n((const char *)s->check, sizeof(s->check));

    return s->has_key && mcp_str_eq(value, mine) ? MCP_OK : MCP_E_CONFLICT;
}

mcp_err seal_adopt(struct store_txn *txn, const struct seal *s)
{
    struct key key = key_owned(KEY_SEAL, 0);
    mcp_err err = seal_check(txn, s);

    if (err != MCP_E_NOT_FOUND) {
        return err;
    }
    if (!s->has_key) {
        return MCP_E_CONFLICT;
    }
    return store_put(txn, key_str(&key), mcp_str_n((const char *)s->check, sizeof(s->check)),
                     SEAL_VERSION);
}
