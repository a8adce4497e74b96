/* mcp/alloc.c - see alloc.h. */
#include <mcp/alloc.h>

#include <stdatomic.h>
#include <stdlib.h>

static atomic_size_t asked;
static atomic_size_t refuse_from;

static bool refused(void)
{
    size_t nth = atomic_fetch_add_explicit(&asked, 1, memory_order_relaxed) + 1;
    size_t from = atomic_load_explicit(&refuse_from, memory_order_relaxed);

    return from && nth >= from;
}

void *mcp_alloc(size_t size)
{
    return refused() ? NULL : calloc(1, size ? size : 1);
}

void *mcp_realloc(void *p, size_t size)
{
    return refused() ? NULL : realloc(p, size ? size : 1);
}

void mcp_free(void *p)
{
    free(p);
}

char *mcp_alloc_str(mcp_str s)
{
    char *copy = s.len < SIZE_MAX ? mcp_alloc(s.len + 1) : NULL;

    if (copy && s.len) {
        memcpy(copy, s.ptr, s.len);
    }
    return copy;
}

void mcp_alloc_refuse(size_t nth)
{
    atomic_store(&asked, 0);
    atomic_store(&refuse_from, nth);
}

size_t mcp_alloc_count(void)
{
    return atomic_load(&asked);
}
