/* tools/usage_event.h - one event of usage: from JSON, and into its month. */
#ifndef CISTERN_TOOLS_USAGE_EVENT_H
#define CISTERN_TOOLS_USAGE_EVENT_H

#include <tools/subscription.h>
#include <tools/usage.h>

#include <mcp/call.h>

#define USAGE_TOO_MUCH                                                                             \
    "A month's sum would be more than 9007199254740991, the most that can be counted."

struct usage_event {
    enum usage_kind kind;
    int32_t month;
    struct usage_count count;
    mcp_str id, text; /* id empty: none; text: all that counts, to tell another one with this id */
};

struct usage_tally {
    uint32_t recorded, duplicates, conflicts;
};

/* The members of `o`, which the schema knows; into the call's arena. `index` is its place among
 * `events`, for words; -1: it is the only one. MCP_E_INVALID_ARGUMENTS; MCP_E_OVERLOADED. */
MCP_MUST_USE mcp_err usage_event_read(struct mcp_call *call, mcp_json o, int index, int64_t now_ms,
                                      struct usage_event *ret);

/* In a body: count it for `at`, once if it has an id, and add to *tally what came of it.
 * MCP_E_REFUSED: USAGE_TOO_MUCH. */
MCP_MUST_USE mcp_err usage_event_count(struct store_txn *txn, uint64_t owner,
                                       const struct subscription_found *at,
                                       const struct usage_event *e, int64_t now_ms,
                                       struct usage_tally *tally);

/* {recorded, duplicates, conflicts}, as members. */
void usage_tally_put(struct mcp_json_writer *w, const struct usage_tally *t);

#endif
