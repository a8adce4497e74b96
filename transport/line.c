/* transport/line.c - see line.h. */
#include <transport/line.h>

void mcp__line_init(struct mcp__line *l, size_t bytes_max)
{
    *l = (struct mcp__line){0};
    mcp_buf_init(&l->part, bytes_max);
}

void mcp__line_free(struct mcp__line *l)
{
    mcp_buf_free(&l->part);
}

static mcp_str without_cr(mcp_str s)
{
    if (s.len && s.ptr[s.len - 1] == '\r') {
        s.len--;
    }
    return s;
}

/* Take up to and including the next newline; *ret_is_end: there was one. */
static mcp_str take(mcp_str *in, bool *ret_is_end)
{
    const char *at = in->len ? memchr(in->ptr, '\n', in->len) : NULL;
    size_t n = at ? (size_t)(at - in->ptr) : in->len;
    mcp_str piece = mcp_str_n(in->ptr, n);

    *ret_is_end = at != NULL;
    n += at ? 1 : 0;
    *in = mcp_str_n(in->ptr + n, in->len - n);
    return piece;
}

/* The pieces so far with `piece` behind them; false when that is too long. Copies only when a line
 * came in pieces. */
static bool join(struct mcp__line *l, mcp_str piece, bool is_end, mcp_str *ret)
{
    if (l->part.len == 0 && is_end) {
        *ret = piece;
        return piece.len <= l->part.max;
    }
    mcp_buf_add(&l->part, piece);
    *ret = mcp_buf_str(&l->part);
    l->is_spent = is_end;
    return !l->part.failed;
}

enum mcp__line_event mcp__line_next(struct mcp__line *l, mcp_str *in, mcp_str *ret)
{
    if (l->is_spent) {
        mcp_buf_clear(&l->part);
        l->is_spent = false;
    }
    while (in->len) {
        bool is_end;
        mcp_str piece = take(in, &is_end);
        bool was_skipping = l->is_skipping;

        l->is_skipping = was_skipping && !is_end;
        if (was_skipping) {
            continue;
        }
        if (!join(l, piece, is_end, ret)) {
            mcp_buf_clear(&l->part);
            l->is_spent = false;
            l->is_skipping = !is_end;
            *ret = mcp_str_n(NULL, 0);
            return MCP__LINE_TOO_LONG;
        }
        *ret = without_cr(*ret);
        if (is_end && ret->len) {
            return MCP__LINE_WHOLE;
        }
        if (l->is_spent) {
            mcp_buf_clear(&l->part);
            l->is_spent = false;
        }
    }
    return MCP__LINE_MORE;
}

enum mcp__line_event mcp__line_end(struct mcp__line *l, mcp_str *ret)
{
    if (l->is_spent || l->is_skipping) {
        return MCP__LINE_MORE;
    }
    *ret = without_cr(mcp_buf_str(&l->part));
    l->is_spent = true;
    return ret->len ? MCP__LINE_WHOLE : MCP__LINE_MORE;
}
