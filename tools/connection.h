/* tools/connection.h - a watched account at some vendor: name, tool, thresholds, status.
 *
 * Everything here runs inside a body. A decoded connection points into the record it came from. */
#ifndef CISTERN_TOOLS_CONNECTION_H
#define CISTERN_TOOLS_CONNECTION_H

#include <tools/name.h>
#include <tools/pool.h>

#include <store/store.h>

enum {
    CONNECTION_VERSION = 1,
    CONNECTION_POOLS_MAX = 64,
    CONNECTION_URL_MAX = 2048,
    CONNECTION_RECORD_MAX = 3072
};

struct connection {
    uint8_t id[16];
    enum pool_status status; /* HEALTHY stands for active; STALE, ERROR, DISCONNECTED */
    bool is_demo;            /* invented, and nobody but the demo has changed it since */
    bool is_muted;           /* no alert is raised for it */
    bool is_pushed;          /* scripts tell it: declared so, or one has. A source goes before it */
    struct pool_thresholds thresholds;
    int64_t created_ms;
    uint32_t n_pools;
    mcp_str name, tool_id, tool_name;
    mcp_str topup_url; /* empty: none */
};

/* "active", "stale", "error", "disconnected" */
mcp_str connection_status_name(enum pool_status s);
bool connection_status_parse(mcp_str s, enum pool_status *ret);

bool connection_decode(mcp_str value, uint8_t version, struct connection *ret);
mcp_str connection_encode(const struct connection *c, char memory[CONNECTION_RECORD_MAX]);

/* A connection found, with its own copy of the record. */
struct connection_found {
    uint64_t sequence;
    struct connection c; /* points into memory */
    char memory[CONNECTION_RECORD_MAX];
};

/* By id or, without case, by name. MCP_E_NOT_FOUND; MCP_E_STORAGE. */
MCP_MUST_USE mcp_err connection_find(struct store_txn *txn, uint64_t owner, mcp_str which,
                                     struct connection_found *ret);
/* By sequence. MCP_E_NOT_FOUND; MCP_E_STORAGE. */
MCP_MUST_USE mcp_err connection_get(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                                    struct connection_found *ret);
/* Where `c` may be stored by that name: MCP_OK or MCP_E_CONFLICT. */
MCP_MUST_USE mcp_err connection_add(struct store_txn *txn, uint64_t owner,
                                    const struct connection *c, uint64_t *ret_sequence);
/* Replace the record; `old_name` is the name it was stored under. MCP_E_CONFLICT: the new name
 * is taken. */
MCP_MUST_USE mcp_err connection_put(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                                    const struct connection *c, mcp_str old_name);
/* Delete at most `limit` readings; when none is left, also the connection and its pools and what is
 * on its way about them, and *ret_is_gone is true. *ret_readings counts what this step deleted. */
MCP_MUST_USE mcp_err connection_remove(struct store_txn *txn, uint64_t owner,
                                       const struct connection_found *f, size_t limit,
                                       int64_t now_ms, size_t *ret_readings, bool *ret_is_gone);

#endif
