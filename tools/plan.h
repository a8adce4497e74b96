/* tools/plan.h - plans: what a subscription may use in a month. Bodies. */
#ifndef CISTERN_TOOLS_PLAN_H
#define CISTERN_TOOLS_PLAN_H

#include <tools/name.h>

#include <store/store.h>

enum { PLAN_VERSION = 1, PLAN_ID_MAX = 64, PLAN_RECORD_MAX = 512, PLANS_MAX = 100 };

struct plan {
    mcp_str id;   /* plan_id_check() */
    mcp_str name; /* for people: "Static: Enterprise" */
    int64_t created_ms;
    bool has_requests, has_bandwidth;  /* false: unlimited */
    int64_t requests, bandwidth_bytes; /* of a month; 1..USAGE_MAX */
};

struct plan_found {
    struct plan p; /* points into memory */
    uint64_t sequence;
    char memory[PLAN_RECORD_MAX];
};

/* NULL, or what is wrong with an id: lower-case letters, digits and inner _ - . */
const char *plan_id_check(mcp_str id);

bool plan_decode(mcp_str value, uint8_t version, struct plan *ret);

/* MCP_E_NOT_FOUND. */
MCP_MUST_USE mcp_err plan_get(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                              struct plan_found *ret);
MCP_MUST_USE mcp_err plan_find(struct store_txn *txn, uint64_t owner, mcp_str id,
                               struct plan_found *ret);
/* MCP_E_CONFLICT: there is one with this id; MCP_E_REFUSED: there are PLANS_MAX. */
MCP_MUST_USE mcp_err plan_add(struct store_txn *txn, uint64_t owner, const struct plan *p);
/* MCP_E_CONFLICT: a subscription has it. */
MCP_MUST_USE mcp_err plan_remove(struct store_txn *txn, uint64_t owner, uint64_t sequence);

#endif
