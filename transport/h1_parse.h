/* transport/h1_parse.h - HTTP/1.1 requests out of bytes (RFC 9112), strict and incremental.
 *
 * Pure functions: no memory of their own, no I/O. The same bytes give the same result however
 * they are cut into pieces. Two steps: mcp__h1_head() until the head is complete, then
 * mcp__h1_body() for what follows it. After MCP__H1_BAD the connection cannot be used for another
 * request: nothing says where the next one would begin. */
#ifndef MCP_TRANSPORT_H1_PARSE_H
#define MCP_TRANSPORT_H1_PARSE_H

#include <transport/http_msg.h>

enum mcp__h1_result {
    MCP__H1_MORE, /* everything given was read; more is needed */
    MCP__H1_DONE, /* the head, or the body, is complete */
    MCP__H1_DATA, /* body only: *ret_data holds a piece of it, call again */
    MCP__H1_ROOM, /* head only: more fields than `fields_cap`; enlarge and call again */
    MCP__H1_BAD   /* refused: `status` and `why` say how to answer */
};

struct mcp__h1_limits {
    size_t head_bytes;    /* request line and fields with their line ends; beyond: 431 */
    size_t target_bytes;  /* beyond: 414 */
    size_t headers;       /* beyond: 431 */
    size_t body_bytes;    /* without the chunked coding; beyond: 413 */
    size_t trailer_bytes; /* trailers, and chunk extensions, of one body; beyond: 400 */
};

/* Offsets into the head's bytes, because the buffer may move while a head is incomplete. */
struct mcp__h1_span {
    uint32_t at, len;
};

struct mcp__h1_field {
    struct mcp__h1_span name, value;
};

struct mcp__h1 {
    const struct mcp__h1_limits *limits;
    struct mcp__h1_field *fields; /* the caller's, `fields_cap` of them */
    size_t fields_cap;

    /* After DONE of the head. */
    size_t n_fields;
    size_t head_bytes; /* the body, or the next request, begins here */
    enum mcp_http_method method;
    struct mcp__h1_span method_text, path, query;
    int minor;
    bool has_query;      /* there was a '?' */
    bool is_keep_alive;  /* the connection may serve another request */
    bool is_chunked;     /* the body's framing; else content_length says it all */
    bool wants_continue; /* Expect: 100-continue on HTTP/1.1 */
    uint64_t content_length;

    /* After BAD. */
    int status;
    const char *why; /* one sentence without a full stop */

    /* Private. */
    size_t line, seen; /* where the current line begins; no line end before `seen` */
    struct mcp__h1_span target, host;
    uint64_t left; /* bytes of this chunk or body still to come */
    uint64_t body; /* bytes of body announced so far */
    size_t extra;  /* bytes of extensions and trailers so far */
    uint8_t chunk, digits;
    bool has_length, has_coding, has_close, has_keep, has_expect;
    uint8_t hosts;
};

/* Begin a request. `limits` and `fields` must stay. */
void mcp__h1_init(struct mcp__h1 *p, const struct mcp__h1_limits *limits,
                  struct mcp__h1_field *fields, size_t fields_cap);

/* `buf` holds the request from its first byte; each call sees the same bytes and maybe more.
 * MORE, ROOM, DONE or BAD. */
enum mcp__h1_result mcp__h1_head(struct mcp__h1 *p, const char *buf, size_t len);

/* The bytes that follow the head, each given once. *ret_used says how many were read (always
 * set); with DATA *ret_data lies inside `in`. MORE, DATA, DONE or BAD. */
enum mcp__h1_result mcp__h1_body(struct mcp__h1 *p, const char *in, size_t len, size_t *ret_used,
                                 mcp_str *ret_data);

/* True when every byte of `s` may stand in a field value (RFC 9110 5.5). */
bool mcp__h1_is_value(mcp_str s);
/* True when `s` is a token (RFC 9110 5.6.2). */
bool mcp__h1_is_token(mcp_str s);

#endif
