/* mcp/arena.c - see arena.h. */
#include <mcp/arena.h>

#include <mcp/alloc.h>

#include <stdarg.h>
#include <stdio.h>

/* One heap block per allocation, so that AddressSanitizer sees an overrun at its first byte. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_EXACT 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_EXACT 1
#endif
#endif
#ifndef ARENA_EXACT
#define ARENA_EXACT 0
#endif

enum { ALIGN_MAX = 16, BLOCK_BYTES = 16384 };

struct mcp_arena_block {
    struct mcp_arena_block *next;
    size_t size; /* of the bytes behind this header */
};

/* Keeps the bytes behind a block header aligned to ALIGN_MAX. */
#define HEADER ((sizeof(struct mcp_arena_block) + ALIGN_MAX - 1) & ~(size_t)(ALIGN_MAX - 1))

void mcp_arena_init(struct mcp_arena *a, size_t budget)
{
    *a = (struct mcp_arena){.budget = budget};
}

static void release(struct mcp_arena_block *b)
{
    while (b) {
        struct mcp_arena_block *next = b->next;

        mcp_free(b);
        b = next;
    }
}

void mcp_arena_reset(struct mcp_arena *a)
{
    struct mcp_arena_block *keep = NULL;

    if (!ARENA_EXACT && a->head) {
        struct mcp_arena_block **at = &a->head;

        /* The first block made is the last of the list and has the usual size. */
        while ((*at)->next) {
            at = &(*at)->next;
        }
        keep = *at;
        *at = NULL;
        if (keep->size > BLOCK_BYTES) {
            mcp_free(keep);
            keep = NULL;
        }
    }
    release(a->head);
    *a = (struct mcp_arena){.head = keep, .budget = a->budget};
    if (keep) {
        a->at = (uint8_t *)keep + HEADER;
        a->end = a->at + keep->size;
    }
}

void mcp_arena_free(struct mcp_arena *a)
{
    if (a) {
        release(a->head);
        *a = (struct mcp_arena){.budget = a->budget};
    }
}

static bool grow(struct mcp_arena *a, size_t need)
{
    size_t size = !ARENA_EXACT && need < BLOCK_BYTES ? BLOCK_BYTES : need;
    struct mcp_arena_block *b = size <= SIZE_MAX - HEADER ? mcp_realloc(NULL, HEADER + size) : NULL;

    if (!b) {
        return false;
    }
    b->next = a->head;
    b->size = size;
    a->head = b;
    a->at = (uint8_t *)b + HEADER;
    a->end = a->at + size;
    return true;
}

void *mcp_arena_raw(struct mcp_arena *a, size_t size, size_t align)
{
    if (a->failed || size > a->budget - a->used) {
        a->failed = true;
        return NULL;
    }
    size_t pad = (size_t)(-(uintptr_t)a->at) & (align - 1);

    if (ARENA_EXACT || !a->at || pad > (size_t)(a->end - a->at) ||
        size > (size_t)(a->end - a->at) - pad) {
        if (!grow(a, size)) {
            a->failed = true;
            return NULL;
        }
        pad = 0;
    }
    void *p = a->at + pad;

    a->at += pad + size;
    a->used += size;
    return p;
}

void *mcp_arena_alloc(struct mcp_arena *a, size_t size, size_t align)
{
    void *p = mcp_arena_raw(a, size, align);

    return p ? memset(p, 0, size) : NULL;
}

void *mcp_arena_array(struct mcp_arena *a, size_t size, size_t count, size_t align)
{
    size_t bytes;

    if (__builtin_mul_overflow(size, count, &bytes)) {
        a->failed = true;
        return NULL;
    }
    return mcp_arena_alloc(a, bytes, align);
}

mcp_str mcp_arena_dup(struct mcp_arena *a, mcp_str s)
{
    char *p = s.len < SIZE_MAX ? mcp_arena_raw(a, s.len + 1, 1) : NULL;

    if (!p) {
        return mcp_str_n(NULL, 0);
    }
    if (s.len) {
        memcpy(p, s.ptr, s.len);
    }
    p[s.len] = '\0';
    return mcp_str_n(p, s.len);
}

mcp_str mcp_arena_printf(struct mcp_arena *a, const char *fmt, ...)
{
    va_list args, again;

    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    char *p = n < 0 ? NULL : mcp_arena_raw(a, (size_t)n + 1, 1);

    if (p) {
        vsnprintf(p, (size_t)n + 1, fmt, again);
    } else {
        a->failed = true;
    }
    va_end(again);
    va_end(args);
    return mcp_str_n(p, p ? (size_t)n : 0);
}

bool mcp_arena_failed(const struct mcp_arena *a)
{
    return a->failed;
}
