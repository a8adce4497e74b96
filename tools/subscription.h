/* tools/subscription.h - subscriptions: an application on a plan, whose use is counted. Bodies. */
#ifndef CISTERN_TOOLS_SUBSCRIPTION_H
#define CISTERN_TOOLS_SUBSCRIPTION_H

#include <tools/name.h>

#include <store/store.h>

enum {
    SUBSCRIPTION_VERSION = 1,
    SUBSCRIPTION_ID = 14, /* random, 0-9 and a-z */
    SUBSCRIPTION_PLATFORM_MAX = 64,
    SUBSCRIPTION_RECORD_MAX = 512,
    SUBSCRIPTIONS_MAX = 1000
};

enum subscription_status {
    SUBSCRIPTION_ACTIVE,
    SUBSCRIPTION_SUSPENDED,
    SUBSCRIPTION_CANCELLED,
    SUBSCRIPTION_STATUSES
};

struct subscription {
    char id[SUBSCRIPTION_ID];
    uint64_t plan; /* its sequence */
    enum subscription_status status;
    int64_t created_ms;
    mcp_str app_name, platform;
};

struct subscription_found {
    struct subscription s; /* points into memory */
    uint64_t sequence;
    char memory[SUBSCRIPTION_RECORD_MAX];
};

/* "active", "suspended", "cancelled" */
mcp_str subscription_status_name(enum subscription_status s);
bool subscription_status_parse(mcp_str s, enum subscription_status *ret);

void subscription_id_new(char ret[SUBSCRIPTION_ID]);
bool subscription_decode(mcp_str value, uint8_t version, struct subscription *ret);

/* `which` is an id, or the app's name when one subscription only has it. MCP_E_NOT_FOUND;
 * MCP_E_CONFLICT: several have it. */
MCP_MUST_USE mcp_err subscription_find(struct store_txn *txn, uint64_t owner, mcp_str which,
                                       struct subscription_found *ret);
/* MCP_E_REFUSED: there are SUBSCRIPTIONS_MAX. */
MCP_MUST_USE mcp_err subscription_add(struct store_txn *txn, uint64_t owner,
                                      const struct subscription *s);
MCP_MUST_USE mcp_err subscription_put(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                                      const struct subscription *s);
/* With all that was counted for it. */
MCP_MUST_USE mcp_err subscription_remove(struct store_txn *txn, uint64_t owner,
                                         const struct subscription_found *f);
/* Whether any is on the plan. */
MCP_MUST_USE mcp_err subscription_uses(struct store_txn *txn, uint64_t owner, uint64_t plan,
                                       bool *ret);

#endif
