/* tools/token.h - access tokens: their text, their records, who they are.
 *
 * A token is prefix + 30 random base62 characters (178 bits) + 6 base62 characters of the CRC-32
 * of everything before. The store holds only its SHA-256, which is also the key: one get decides.
 * A slow hash would add nothing at 178 bits. */
#ifndef CISTERN_TOOLS_TOKEN_H
#define CISTERN_TOOLS_TOKEN_H

#include <mcp/principal.h>
#include <store/store.h>

enum {
    TOKEN_VERSION = 1,
    TOKEN_RANDOM = 30,
    TOKEN_CHECK = 6,
    TOKEN_TEXT_MAX = 32 + TOKEN_RANDOM + TOKEN_CHECK,
    TOKEN_HINT = 4, /* the last characters, shown in lists */
    TOKEN_RECORD_MAX = 768
};

/* CRC-32 of IEEE 802.3, as zlib and PNG. */
uint32_t token_crc32(mcp_str s);
/* A new token; `prefix` is 1..32 bytes. */
mcp_str token_make(mcp_str prefix, char out[TOKEN_TEXT_MAX]);
/* True when `s` has the shape and its checksum fits. Any bytes. */
bool token_is_well_formed(mcp_str s);
void token_hash(mcp_str token, uint8_t ret[32]);

/* What a request needs: the record under the token's hash. */
struct token {
    uint8_t id[16];
    uint64_t owner;
    bool is_revoked;
    int64_t expires_ms; /* 0: never */
    int32_t rate_per_minute;
    mcp_str scopes; /* space-separated, below 128 bytes */
};

bool token_decode(mcp_str value, uint8_t version, struct token *ret);
mcp_str token_encode(const struct token *t, char memory[TOKEN_RECORD_MAX]);
/* True from the moment it was made until it is revoked or its time has come, exactly. */
bool token_is_valid(const struct token *t, int64_t now_ms);

/* What lists show: the record in order of creation. */
struct token_info {
    uint8_t id[16], hash[32];
    int64_t created_ms, expires_ms, revoked_ms; /* 0: never */
    int32_t rate_per_minute;
    mcp_str name, hint, scopes;
};

/* "active", "expired", "revoked" */
mcp_str token_status(const struct token_info *t, int64_t now_ms);
bool token_info_decode(mcp_str value, uint8_t version, struct token_info *ret);
mcp_str token_info_encode(const struct token_info *t, char memory[TOKEN_RECORD_MAX]);

/* MCP_OK fills *ret; MCP_E_UNAUTHORIZED; MCP_E_STORAGE. */
MCP_MUST_USE mcp_err token_verify(struct store *store, mcp_str credential, int64_t now_ms,
                                  struct mcp_principal *ret);

/* ---- Inside a body ---- */
/* Store `info` of a token of `owner`. At the cap the oldest token that no longer works makes
 * room; MCP_E_REFUSED when there is none. */
MCP_MUST_USE mcp_err token_add(struct store_txn *txn, uint64_t owner, const struct token_info *info,
                               int64_t now_ms);

/* The one token that `which` names: an id, or the name or hint of only one (of only one that
 * still works, when there are several). *ret points into `memory`. MCP_E_NOT_FOUND;
 * MCP_E_CONFLICT: it names several. */
MCP_MUST_USE mcp_err token_find(struct store_txn *txn, uint64_t owner, mcp_str which,
                                char memory[TOKEN_RECORD_MAX], uint64_t *ret_sequence,
                                struct token_info *ret);
/* Refused from the next request on. A second time changes nothing. */
MCP_MUST_USE mcp_err token_revoke(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                                  struct token_info *info, int64_t now_ms);
/* All of an owner's. */
MCP_MUST_USE mcp_err token_revoke_all(struct store_txn *txn, uint64_t owner, int64_t now_ms);

#endif
