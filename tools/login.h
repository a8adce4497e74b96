/* tools/login.h - how a person signs in with a browser: a link that opens once, then a session.
 *
 * Both are credentials like tokens (tools/token.h: prefix, 178 random bits, a checksum), stored as
 * SHA-256 only, with a time at which they end. A link's code opens nothing but a session, which is
 * shown in a cookie, and the transport takes it from nowhere else. A session that a password began
 * (auth_tools.c) may also be shown as a bearer token. One owner has at most
 * LOGIN_MAX of both together: at the cap one that has ended makes room, else the oldest. */
#ifndef CISTERN_TOOLS_LOGIN_H
#define CISTERN_TOOLS_LOGIN_H

#include <mcp/principal.h>
#include <store/store.h>

enum {
    LOGIN_VERSION = 1,
    LOGIN_MAX = 32,
    LOGIN_LINK_MS = 10 * 60000, /* between the terminal and the browser */
    LOGIN_RECORD_MAX = 320,
    /* A page asks for the history of each pool it shows. */
    LOGIN_RATE_PER_MINUTE = 1200
};
#define LOGIN_PREFIX_LINK    "link_"
#define LOGIN_PREFIX_SESSION "sess_"

enum login_kind {
    LOGIN_LINK,
    LOGIN_SESSION, /* of a link */
    LOGIN_ACCOUNT  /* of a password: it may be shown as a bearer token, too */
};

struct login {
    uint8_t id[16], hash[32];
    enum login_kind kind;
    int64_t created_ms, expires_ms;
    int64_t lasts_ms; /* of a link: how long the session will last */
    mcp_str scopes;   /* space-separated, below 128 bytes */
};

bool login_decode(mcp_str value, uint8_t version, struct login *ret);
mcp_str login_encode(const struct login *l, char memory[LOGIN_RECORD_MAX]);

/* Where the record under a credential's hash says that the login is. */
struct login_place {
    uint64_t owner, sequence;
};
bool login_place_decode(mcp_str value, uint8_t version, struct login_place *ret);

/* Whose session it is. MCP_OK fills *ret; MCP_E_UNAUTHORIZED, also for a link; MCP_E_STORAGE. */
MCP_MUST_USE mcp_err login_verify(struct store *store, mcp_str credential, int64_t now_ms,
                                  struct mcp_principal *ret);

/* ---- Inside a body. *ret points into `memory`. ---- */
MCP_MUST_USE mcp_err login_add(struct store_txn *txn, uint64_t owner, const struct login *l,
                               int64_t now_ms);
/* The link with this hash that still opens, or MCP_E_UNAUTHORIZED. */
MCP_MUST_USE mcp_err login_find_link(struct store_txn *txn, const uint8_t hash[32], int64_t now_ms,
                                     char memory[LOGIN_RECORD_MAX], struct login_place *ret_place,
                                     struct login *ret);
/* MCP_E_NOT_FOUND. */
MCP_MUST_USE mcp_err login_find(struct store_txn *txn, uint64_t owner, const uint8_t id[16],
                                char memory[LOGIN_RECORD_MAX], struct login_place *ret_place,
                                struct login *ret);
/* It is refused from the next request on, and forgotten. */
MCP_MUST_USE mcp_err login_remove(struct store_txn *txn, const struct login_place *place,
                                  const struct login *l);
/* All of them; *ret_count says how many. */
MCP_MUST_USE mcp_err login_remove_all(struct store_txn *txn, uint64_t owner, uint32_t *ret_count);

#endif
