/* tools/seal.h - secrets that must be read again, kept unreadable in the store.
 *
 *     algorithm (1) | key id (4) | nonce (12 or 24) | ciphertext and tag
 *
 * AES-256-GCM where the processor has it, XChaCha20-Poly1305 elsewhere. What is sealed for one
 * field of one record opens for no other, so rows cannot be swapped. The key lies outside the store
 * (who opens the store brings it); the store remembers which one it is from the first secret on. */
#ifndef CISTERN_TOOLS_SEAL_H
#define CISTERN_TOOLS_SEAL_H

#include <store/store.h>

enum {
    SEAL_KEY_BYTES = 32,
    SEAL_ID_BYTES = 4,
    SEAL_MORE = 1 + SEAL_ID_BYTES + 24 + 16, /* at most this much longer than what is sealed */
    SEAL_VERSION = 1
};

enum seal_algorithm { SEAL_AES256_GCM = 1, SEAL_XCHACHA20_POLY1305 = 2 };

struct seal {
    bool has_key;
    uint8_t id[SEAL_ID_BYTES];
    uint8_t check[16];               /* what the store remembers of the key */
    uint8_t keys[2][SEAL_KEY_BYTES]; /* one per algorithm */
    uint8_t chain[SEAL_KEY_BYTES];   /* of the ledger's hashes: tools/ledger.h */
    enum seal_algorithm algorithm;   /* of what is sealed from now on */
};

/* `key` is SEAL_KEY_BYTES bytes, copied; NULL: nothing can be sealed or opened. libsodium must have
 * been initialised. */
void seal_init(struct seal *s, const uint8_t *key);
/* Forget the key. */
void seal_free(struct seal *s);

/* Whose secret it is. */
struct seal_place {
    const uint8_t *record; /* its id, 16 bytes */
    const char *field;
};

/* Into `out`, plain.len + SEAL_MORE bytes; empty without a key. */
mcp_str seal_put(const struct seal *s, struct seal_place at, mcp_str plain, char *out);
/* Into `out`, sealed.len bytes. False: another key, another place, changed, or (AES) not this
 * processor. Any bytes. */
bool seal_get(const struct seal *s, struct seal_place at, mcp_str sealed, char *out, mcp_str *ret);

/* In a body, before the first secret is put: from now on the store belongs to this key.
 * MCP_E_CONFLICT: it belongs to another one. */
MCP_MUST_USE mcp_err seal_adopt(struct store_txn *txn, const struct seal *s);
/* In a body: MCP_OK when the store has secrets and this is their key; MCP_E_NOT_FOUND when it has
 * none; MCP_E_CONFLICT when they need another key. */
MCP_MUST_USE mcp_err seal_check(struct store_txn *txn, const struct seal *s);

#endif
