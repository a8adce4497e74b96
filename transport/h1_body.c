/* transport/h1_body.c - the body of a request: counted, or chunked (RFC 9112 6 and 7). */
#include <transport/h1_parse.h>

#include <transport/h1_class.h>

/* Where the next byte of a chunked body stands. */
enum {
    SIZE,
    EXTENSION,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER, /* at the start of a trailer line, or the last CR */
    TRAILER_NAME,
    TRAILER_VALUE,
    TRAILER_LF,
    LAST_LF,
    END
};

enum { SIZE_DIGITS_MAX = 16 };

static enum mcp__h1_result bad(struct mcp__h1 *p, int status, const char *why)
{
    p->status = status;
    p->why = why;
    return MCP__H1_BAD;
}

static enum mcp__h1_result malformed(struct mcp__h1 *p)
{
    return bad(p, 400, "the chunked coding is malformed");
}

static enum mcp__h1_result go(struct mcp__h1 *p, uint8_t state)
{
    p->chunk = state;
    return MCP__H1_MORE;
}

/* One byte of an extension or trailer more. */
static bool has_room(struct mcp__h1 *p)
{
    return ++p->extra <= p->limits->trailer_bytes;
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The size is checked at every digit, so it cannot overflow. */
static enum mcp__h1_result size_byte(struct mcp__h1 *p, char c)
{
    int digit = hex_of(c);

    if (digit >= 0) {
        if (++p->digits > SIZE_DIGITS_MAX) {
            return malformed(p);
        }
        p->left = p->left * 16 + (uint64_t)digit;
        if (p->left > p->limits->body_bytes - p->body) {
            return bad(p, 413, "the body is too large");
        }
        return MCP__H1_MORE;
    }
    if (p->digits == 0 || (c != ';' && c != '\r')) {
        return malformed(p);
    }
    return go(p, c == ';' ? EXTENSION : SIZE_LF);
}

static enum mcp__h1_result size_end(struct mcp__h1 *p, char c)
{
    if (c != '\n') {
        return malformed(p);
    }
    p->digits = 0;
    p->body += p->left;
    return go(p, p->left ? DATA : TRAILER);
}

/* Skips until CR; `next` is the state after it. */
static enum mcp__h1_result text_byte(struct mcp__h1 *p, char c, uint8_t next)
{
    if (c == '\r') {
        return go(p, next);
    }
    if (!(mcp__h1_class[(uint8_t)c] & MCP__H1_VALUE)) {
        return malformed(p);
    }
    return has_room(p) ? MCP__H1_MORE : bad(p, 400, "chunk extensions or trailers are too large");
}

static enum mcp__h1_result name_byte(struct mcp__h1 *p, char c)
{
    if (!has_room(p)) {
        return bad(p, 400, "chunk extensions or trailers are too large");
    }
    if (c == ':' && p->chunk == TRAILER_NAME) {
        return go(p, TRAILER_VALUE);
    }
    return mcp__h1_class[(uint8_t)c] & MCP__H1_TOKEN ? go(p, TRAILER_NAME) : malformed(p);
}

/* Any byte that is not data. DONE after the last one. */
static enum mcp__h1_result frame_byte(struct mcp__h1 *p, char c)
{
    switch (p->chunk) {
    case SIZE:
        return size_byte(p, c);
    case EXTENSION:
        return text_byte(p, c, SIZE_LF);
    case SIZE_LF:
        return size_end(p, c);
    case DATA_CR:
        return c == '\r' ? go(p, DATA_LF) : malformed(p);
    case DATA_LF:
        return c == '\n' ? go(p, SIZE) : malformed(p);
    case TRAILER:
        return c == '\r' ? go(p, LAST_LF) : name_byte(p, c);
    case TRAILER_NAME:
        return name_byte(p, c);
    case TRAILER_VALUE:
        return text_byte(p, c, TRAILER_LF);
    case TRAILER_LF:
        return c == '\n' ? go(p, TRAILER) : malformed(p);
    default: /* LAST_LF */
        p->chunk = END;
        return c == '\n' ? MCP__H1_DONE : malformed(p);
    }
}

static enum mcp__h1_result take(struct mcp__h1 *p, const char *in, size_t len, size_t *ret_used,
                                mcp_str *ret_data)
{
    size_t n = p->left < len ? (size_t)p->left : len;

    *ret_data = mcp_str_n(in, n);
    *ret_used += n;
    p->left -= n;
    return n ? MCP__H1_DATA : MCP__H1_MORE;
}

static enum mcp__h1_result chunked(struct mcp__h1 *p, const char *in, size_t len, size_t *ret_used,
                                   mcp_str *ret_data)
{
    while (*ret_used < len) {
        if (p->chunk == DATA) {
            enum mcp__h1_result r = take(p, in + *ret_used, len - *ret_used, ret_used, ret_data);

            p->chunk = p->left ? DATA : DATA_CR;
            return r;
        }
        enum mcp__h1_result r = frame_byte(p, in[(*ret_used)++]);

        if (r != MCP__H1_MORE) {
            return r;
        }
    }
    return MCP__H1_MORE;
}

enum mcp__h1_result mcp__h1_body(struct mcp__h1 *p, const char *in, size_t len, size_t *ret_used,
                                 mcp_str *ret_data)
{
    *ret_used = 0;
    *ret_data = mcp_str_n(NULL, 0);
    if (p->is_chunked) {
        return p->chunk == END ? MCP__H1_DONE : chunked(p, in, len, ret_used, ret_data);
    }
    return p->left == 0 ? MCP__H1_DONE : take(p, in, len, ret_used, ret_data);
}
