/* tools/source_row.h - where the readings of one connection come from, when it is asked next, and
 * how the last time went: the record. Inside a body.
 *
 * A connection without such a row is told by hand, by import or by a script. Secrets and
 * definitions of one's own lie sealed. */
#ifndef CISTERN_TOOLS_SOURCE_ROW_H
#define CISTERN_TOOLS_SOURCE_ROW_H

#include <tools/seal.h>
#include <tools/source.h>

#include <store/store.h>

enum {
    SOURCE_VERSION = 1,
    SOURCE_ID_MAX = 64,
    SOURCE_DEFINITION_MAX = 8192,
    SOURCE_SECRET_MAX = 2048,
    SOURCE_ACCOUNT_MAX = 256,
    SOURCE_HOST_MAX = 256,
    SOURCE_RECORD_MAX = 12288
};

#define SOURCE_EVERY_MIN_MS ((int64_t)1000)
/* An answer is believed for 90 minutes (pool.h), so asking must be more frequent. */
#define SOURCE_EVERY_MAX_MS ((int64_t)3600 * 1000)
#define SOURCE_EVERY_MS     ((int64_t)900 * 1000) /* default */

struct source {
    bool is_off; /* disconnected by its owner: not asked */
    int64_t every_ms;
    int64_t due_ms;             /* asked next, or, while it is asked, when the claim lapses */
    int64_t polled_ms, read_ms; /* last asked, last understood; 0: never */
    uint32_t failures;          /* since it was last understood */
    uint64_t claim;             /* whose answer is waited for; 0: nobody's */
    mcp_str template_id;        /* empty: `definition` */
    mcp_str definition;         /* sealed JSON; empty: the shipped one */
    mcp_str host;               /* as shown */
    mcp_str account;            /* empty: none */
    mcp_str secret;             /* sealed; empty: none */
    mcp_str reason;             /* why the last time failed, for people; empty: it did not */
};

bool source_decode(mcp_str value, uint8_t version, struct source *ret);
mcp_str source_encode(const struct source *s, char memory[SOURCE_RECORD_MAX]);

struct source_found {
    struct source s; /* points into memory */
    char memory[SOURCE_RECORD_MAX];
};

/* MCP_E_NOT_FOUND: the connection has none. */
MCP_MUST_USE mcp_err source_get(struct store_txn *txn, uint64_t owner, uint64_t connection,
                                struct source_found *ret);
/* Replace `before` (NULL: there was none); the index of what is due follows. */
MCP_MUST_USE mcp_err source_put(struct store_txn *txn, uint64_t owner, uint64_t connection,
                                const struct source *before, const struct source *after);
/* MCP_OK also when there was none. */
MCP_MUST_USE mcp_err source_remove(struct store_txn *txn, uint64_t owner, uint64_t connection);

#endif
