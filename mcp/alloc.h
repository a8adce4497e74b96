/* mcp/alloc.h - the only door to the heap, so that tests can refuse any allocation.
 *
 * Everything in this project that outlives a call allocates here; malloc() elsewhere is a
 * check failure. Safe from any thread. */
#ifndef MCP_ALLOC_H
#define MCP_ALLOC_H

#include <mcp/str.h>

#ifdef __cplusplus
extern "C" {
#endif

/* `size` zeroed bytes, or NULL. The caller releases them with mcp_free(). */
MCP_API void *mcp_alloc(size_t size);

/* Grow or shrink; `p` may be NULL. NULL on failure, `p` then stays valid. New bytes are not
 * zeroed. */
MCP_API void *mcp_realloc(void *p, size_t size);

/* NULL is a no-op. */
MCP_API void mcp_free(void *p);

/* A NUL-terminated copy, or NULL. */
MCP_API char *mcp_alloc_str(mcp_str s);

/* One zeroed object, or NULL. */
#define mcp_alloc_new(type) ((type *)mcp_alloc(sizeof(type)))

/* Tests only: refuse the `nth` allocation from now (1 is the next one) and every one after it;
 * 0 refuses none and restarts the count. */
MCP_API void mcp_alloc_refuse(size_t nth);

/* Tests only: allocations asked for since the last mcp_alloc_refuse(). */
MCP_API size_t mcp_alloc_count(void);

#ifdef __cplusplus
}
#endif
#endif
