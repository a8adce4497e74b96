/* tools/usage_key.h - keys of the usage contract: access tokens that hold its scopes and no others.
 * They end, at the latest after a year, and an account has at most ten that work. */
#ifndef CISTERN_TOOLS_USAGE_KEY_H
#define CISTERN_TOOLS_USAGE_KEY_H

#include <store/store.h>

enum { USAGE_KEYS_MAX = 10 };
#define USAGE_KEY_PREFIX "qg_live_"
#define USAGE_KEYS_FULL  "There are 10 usage keys that work, the most; revoke one first."

/* True when each of the space-separated scopes is "usage" or "usage.record". Pure. */
bool usage_key_is(mcp_str scopes);
/* The same time of the day and date a year later; of February 29 the 28th. Pure. */
int64_t usage_key_last_ms(int64_t now_ms);
/* In a body: MCP_E_REFUSED when there is no room for one more. */
MCP_MUST_USE mcp_err usage_key_room(struct store_txn *txn, uint64_t owner, int64_t now_ms);

#endif
