/* mcp/arena.h - memory with one lifetime, a byte budget and sticky failure.
 *
 * A call owns one arena; everything made during the call comes from it and is released together.
 * After the first refusal every allocation fails until mcp_arena_reset(), so the failure is
 * checked once, at the end, with mcp_arena_failed(). Under AddressSanitizer each allocation is its
 * own heap block, so that an overrun is seen. One thread at a time. */
#ifndef MCP_ARENA_H
#define MCP_ARENA_H

#include <mcp/str.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mcp_arena_block;

/* In caller memory; its members are the arena's own. */
struct mcp_arena {
    struct mcp_arena_block *head;
    uint8_t *at, *end;
    size_t used, budget; /* bytes handed out; most bytes allowed */
    bool failed;
};

/* Prepare caller memory; allocates nothing yet. `budget` in bytes. */
MCP_API void mcp_arena_init(struct mcp_arena *a, size_t budget);

/* Release everything and start again with the same budget; keeps one block for reuse, so a
 * steady stream of calls allocates nothing. Clears the failure. */
MCP_API void mcp_arena_reset(struct mcp_arena *a);

/* Release everything, also the kept block. NULL and zeroed memory are no-ops. */
MCP_API void mcp_arena_free(struct mcp_arena *a);

/* `size` zeroed bytes aligned to `align` (a power of two, at most 16). NULL is sticky. */
MCP_API void *mcp_arena_alloc(struct mcp_arena *a, size_t size, size_t align);

/* The same without zeroing, for bytes that are overwritten at once. */
MCP_API void *mcp_arena_raw(struct mcp_arena *a, size_t size, size_t align);

/* A copy of `s`, followed by a NUL that is not counted. The empty slice on failure. */
MCP_API mcp_str mcp_arena_dup(struct mcp_arena *a, mcp_str s);

/* Formatted text, followed by a NUL that is not counted. The empty slice on failure. */
MCP_API mcp_str mcp_arena_printf(struct mcp_arena *a, const char *fmt, ...) MCP_FORMAT(2, 3);

/* True since the first refusal until the next reset. */
MCP_API bool mcp_arena_failed(const struct mcp_arena *a);

/* `count` zeroed objects, overflow checked. */
MCP_API void *mcp_arena_array(struct mcp_arena *a, size_t size, size_t count, size_t align);

/* `count` zeroed objects of `type`, or NULL: mcp_arena_new(arena, struct point, 2). */
#ifdef __cplusplus
#define MCP_ALIGNOF(type) alignof(type)
#else
#define MCP_ALIGNOF(type) _Alignof(type)
#endif
#define mcp_arena_new(a, type, count)                                                              \
    ((type *)mcp_arena_array((a), sizeof(type), (count), MCP_ALIGNOF(type)))

#ifdef __cplusplus
}
#endif
#endif
