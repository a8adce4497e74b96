/* tools/plan.h - plans: what a subscription may use in a month. Bodies. */
#ifndef CISTERN_TOOLS_PLAN_H
#define CISTERN_TOOLS_PLAN_H

#include <tools/name.h>

#include <store/store.h>

enum {
    PLAN_VERSION = 2,
    PLAN_ID_MAX = 64,
    PLAN_RECORD_MAX = 512,
    PLANS_MAX = 100,
    PLAN_PERCENTS_MAX = 8,
    PLAN_PERCENT_MAX = 1000
};

struct plan {
    mcp_str id;   /* plan_id_check() */
    mcp_str name; /* for people: "Static: Enterprise" */
    int64_t created_ms;
    bool has_requests, has_bandwidth;  /* false: unlimited */
    int64_t requests, bandwidth_bytes; /* of a month; 1..USAGE_MAX */
    /* Of the allowance, at which somebody is told: ascending, from 1. */
    uint16_t percents[PLAN_PERCENTS_MAX];
    size_t n_percents;
};

/* 80 and 100: where nothing was said, and of plans of version 1, which knew no alerts. */
void plan_set_percents(struct plan *p);

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
MCP_MUST_USE mcp_err plan_put(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                              const struct plan *p);
/* MCP_E_CONFLICT: a subscription has it. */
MCP_MUST_USE mcp_err plan_remove(struct store_txn *txn, uint64_t owner, uint64_t sequence);

#endif
