/* transport/h1_write.h - HTTP/1.1 responses into bytes. Pure; nothing unchecked leaves here. */
#ifndef MCP_TRANSPORT_H1_WRITE_H
#define MCP_TRANSPORT_H1_WRITE_H

#include <mcp/buf.h>
#include <transport/http_msg.h>

enum { MCP__H1_DATE_BYTES = 29 }; /* "Sun, 06 Nov 1994 08:49:37 GMT" */

enum mcp__h1_framing {
    MCP__H1_COUNTED,     /* Content-Length: the length of res->body */
    MCP__H1_CHUNKED,     /* Transfer-Encoding: chunked */
    MCP__H1_UNTIL_CLOSE, /* neither */
};

struct mcp__h1_answer {
    const struct mcp_http_response *res;
    enum mcp__h1_framing framing;
    bool is_close;    /* Connection: close */
    bool is_old;      /* HTTP/1.0 that asked for keep-alive: say that it gets it */
    bool is_head;     /* answers HEAD: the length, not the body */
    const char *date; /* MCP__H1_DATE_BYTES of it */
};

/* Append status line, fields, empty line and, with COUNTED, the body. Fields that the framing
 * owns (Content-Length, Transfer-Encoding, Connection, Date) and fields with forbidden bytes are
 * left out of res->headers. Out of memory: sticky in `out`. */
void mcp__h1_write_answer(struct mcp_buf *out, const struct mcp__h1_answer *a);

/* Append one chunk; nothing for an empty one (it would end the body). */
void mcp__h1_write_chunk(struct mcp_buf *out, mcp_str bytes);

/* IMF-fixdate (RFC 9110 5.6.7) of a time in seconds since 1970, years 1970 to 9999. */
void mcp__h1_write_date(char ret[MCP__H1_DATE_BYTES], int64_t wall_s);

#endif
