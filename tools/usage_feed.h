/* tools/usage_feed.h - how far what is counted from was read: a row for each file or log, changed
 * in the transaction that counts. Bodies. */
#ifndef CISTERN_TOOLS_USAGE_FEED_H
#define CISTERN_TOOLS_USAGE_FEED_H

#include <mcp/str.h>
#include <store/store.h>

enum {
    USAGE_FEED_VERSION = 1,
    USAGE_FEED_RECORD_MAX = 2560, /* names and places of four bytes a character */
    USAGE_FEEDS_MAX = 1000        /* of an owner: the one that rests longest makes room */
};

struct usage_feed {
    int64_t at_ms; /* when it came there */
    uint64_t recorded;
    mcp_str name, place;
};

bool usage_feed_decode(mcp_str value, uint8_t version, struct usage_feed *ret);

/* MCP_E_NOT_FOUND: nobody read it. *ret points into `memory`. */
MCP_MUST_USE mcp_err usage_feed_get(struct store_txn *txn, uint64_t owner, mcp_str name,
                                    char memory[USAGE_FEED_RECORD_MAX], struct usage_feed *ret);
/* `is_new`: usage_feed_get() has not found it. */
MCP_MUST_USE mcp_err usage_feed_put(struct store_txn *txn, uint64_t owner,
                                    const struct usage_feed *f, bool is_new);

#endif
