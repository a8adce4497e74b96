/* mcp/buf.c - see buf.h. */
#include <mcp/buf.h>

#include <mcp/alloc.h>

#include <stdarg.h>
#include <stdio.h>

enum { FIRST_BYTES = 512 };

void mcp_buf_init(struct mcp_buf *b, size_t max)
{
    *b = (struct mcp_buf){.max = max};
}

void mcp_buf_free(struct mcp_buf *b)
{
    if (b) {
        mcp_free(b->ptr);
        *b = (struct mcp_buf){.max = b->max};
    }
}

void mcp_buf_clear(struct mcp_buf *b)
{
    b->len = 0;
    b->failed = false;
    b->is_over = false;
}

static bool grow(struct mcp_buf *b, size_t need)
{
    size_t cap = b->cap ? b->cap : FIRST_BYTES;

    while (cap < need) {
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    }
    cap = cap > b->max ? b->max : cap;
    char *p = mcp_realloc(b->ptr, cap);

    if (p) {
        b->ptr = p;
        b->cap = cap;
    }
    return p != NULL;
}

char *mcp_buf_room(struct mcp_buf *b, size_t n)
{
    if (b->failed) {
        return NULL;
    }
    b->is_over = b->len > b->max || n > b->max - b->len;
    if (b->is_over || (b->len + n > b->cap && !grow(b, b->len + n))) {
        b->failed = true;
        return NULL;
    }
    return b->ptr ? b->ptr + b->len : NULL;
}

void mcp_buf_add(struct mcp_buf *b, mcp_str s)
{
    char *at = s.len ? mcp_buf_room(b, s.len) : NULL;

    if (at) {
        memcpy(at, s.ptr, s.len);
        b->len += s.len;
    }
}

void mcp_buf_add_c(struct mcp_buf *b, const char *s)
{
    mcp_buf_add(b, mcp_str_c(s));
}

void mcp_buf_byte(struct mcp_buf *b, char c)
{
    char *at = mcp_buf_room(b, 1);

    if (at) {
        *at = c;
        b->len++;
    }
}

void mcp_buf_int(struct mcp_buf *b, int64_t v)
{
    char digits[20];
    size_t n = 0;
    uint64_t left = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

    do {
        digits[sizeof(digits) - ++n] = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (v < 0) {
        mcp_buf_byte(b, '-');
    }
    mcp_buf_add(b, mcp_str_n(digits + sizeof(digits) - n, n));
}

void mcp_buf_printf(struct mcp_buf *b, const char *fmt, ...)
{
    va_list args, again;

    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    char *at = n < 0 ? NULL : mcp_buf_room(b, (size_t)n + 1); /* the NUL needs a place, too */

    if (at) {
        vsnprintf(at, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    } else {
        b->failed = true;
    }
    va_end(again);
    va_end(args);
}

void mcp_buf_drop(struct mcp_buf *b, size_t n)
{
    if (n >= b->len) {
        b->len = 0;
    } else if (n) {
        memmove(b->ptr, b->ptr + n, b->len - n);
        b->len -= n;
    }
}
