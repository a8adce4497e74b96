/* mcp/buf.h - a byte buffer that grows up to a cap and remembers that it could not.
 *
 * After the first refusal (out of memory or over `max`) nothing is added any more and `failed`
 * stays true until mcp_buf_clear(). What was added before stays readable. One thread at a time. */
#ifndef MCP_BUF_H
#define MCP_BUF_H

#include <mcp/str.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In caller memory; ptr and len may be read. */
struct mcp_buf {
    char *ptr; /* owned; not NUL-terminated */
    size_t len, cap;
    size_t max; /* most bytes allowed */
    bool failed;
    bool is_over; /* it failed because of `max`, so it would fail again */
};

/* Prepare caller memory; allocates nothing yet. */
MCP_API void mcp_buf_init(struct mcp_buf *b, size_t max);

/* Release the bytes. NULL and zeroed memory are no-ops. */
MCP_API void mcp_buf_free(struct mcp_buf *b);

/* Empty it, keep the memory, forget the failure. */
MCP_API void mcp_buf_clear(struct mcp_buf *b);

/* Room for `n` more bytes at ptr + len, or NULL (sticky). Write there, then add to len. */
MCP_API char *mcp_buf_room(struct mcp_buf *b, size_t n);

/* Append bytes, a C string, one byte, a decimal number, formatted text: all of it or, on failure,
 * nothing. */
MCP_API void mcp_buf_add(struct mcp_buf *b, mcp_str s);
MCP_API void mcp_buf_add_c(struct mcp_buf *b, const char *s);
MCP_API void mcp_buf_byte(struct mcp_buf *b, char c);
MCP_API void mcp_buf_int(struct mcp_buf *b, int64_t v);
MCP_API void mcp_buf_printf(struct mcp_buf *b, const char *fmt, ...) MCP_FORMAT(2, 3);

/* Drop the first `n` bytes (n <= len). */
MCP_API void mcp_buf_drop(struct mcp_buf *b, size_t n);

/* What was added; valid until the buffer changes. */
static inline mcp_str mcp_buf_str(const struct mcp_buf *b)
{
    return mcp_str_n(b->ptr, b->len);
}

#ifdef __cplusplus
}
#endif
#endif
