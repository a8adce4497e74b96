/* mcp/limit.h - GCRA in integers: one timestamp per key, no boundary burst, exact Retry-After.
 *
 * A fixed table of `slots` keys, allocated once, in rows of eight; a full row forgets the key that
 * is closest to a full allowance. Time is monotonic milliseconds, injected per call. Loop thread
 * only. */
#ifndef MCP_LIMIT_H
#define MCP_LIMIT_H

#include <mcp/sink.h>
#include <mcp/str.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The table. */
struct mcp_limiter;

/* `slots` is rounded up to a power of two, at least 8. NULL when out of memory. The caller releases
 * it with mcp_limiter_free(), for which NULL is a no-op. */
MCP_API struct mcp_limiter *mcp_limiter_new(size_t slots);
MCP_API void mcp_limiter_free(struct mcp_limiter *l);

/* Take `cost` units from `key`'s allowance of `per_minute` (burst = per_minute). True: admitted.
 * False: ret->retry_s says when it would fit; nothing was taken. *ret is always filled. A cost of
 * 0 only asks; one above `per_minute` never fits; `per_minute` <= 0 is no limit. */
MCP_API bool mcp_limiter_take(struct mcp_limiter *l, const uint8_t key[16], int32_t per_minute,
                              int32_t cost, int64_t now_ms, struct mcp_limit_state *ret);

#ifdef __cplusplus
}
#endif
#endif
