/* tools/token_use.h - when tokens were last used: remembered in memory, written together, late.
 *
 * A request must not cost a write, so a use marks a slot of a small fixed table, and the table is
 * written at most every few seconds. A table that is full forgets; a crash loses a few seconds. */
#ifndef CISTERN_TOOLS_TOKEN_USE_H
#define CISTERN_TOOLS_TOKEN_USE_H

#include <mcp/principal.h>
#include <store/store.h>

enum { TOKEN_USE_SLOTS = 256, TOKEN_USE_PERIOD_MS = 5000, TOKEN_USE_VERSION = 1 };

struct token_use_slot {
    uint8_t id[16];
    uint64_t owner;
    int64_t at_ms; /* 0: free */
};

struct token_use {
    struct token_use_slot now[TOKEN_USE_SLOTS], writing[TOKEN_USE_SLOTS];
    size_t n_now, n_writing;
    struct store_write write;
    bool is_writing;
    bool is_orphan; /* freed while a write was on its way: done() releases it */
    bool is_begun;
    int64_t begun_ms; /* of the last write, monotonic */
};

/* NULL when out of memory. */
struct token_use *token_use_new(void);
/* Also while a write is on its way: that write is still made, and releases the memory when it is
 * answered. NULL is a no-op. */
void token_use_free(struct token_use *u);

/* Loop thread. */
void token_use_mark(struct token_use *u, const struct mcp_principal *p, int64_t now_ms);
/* Queue one write if something was marked and none is on its way. */
void token_use_flush(struct token_use *u, struct store *store);
/* The same, at most every TOKEN_USE_PERIOD_MS. */
void token_use_tick(struct token_use *u, struct store *store, int64_t monotonic_ms);

/* The last use, whether or not it is on disk yet; 0: none. In a body of a read on the loop thread.
 */
MCP_MUST_USE mcp_err token_use_last(const struct token_use *u, struct store_txn *txn,
                                    uint64_t owner, const uint8_t id[16], int64_t *ret_ms);

#endif
