/* transport/line.h - newline framing of a byte stream: one message per line. Pure.
 *
 * The same bytes give the same events however they are cut. A carriage return before the newline
 * is dropped, empty lines are dropped, every other byte (NUL too) is the reader's to judge. */
#ifndef MCP_TRANSPORT_LINE_H
#define MCP_TRANSPORT_LINE_H

#include <mcp/buf.h>

enum mcp__line_event {
    MCP__LINE_MORE,    /* everything is consumed and no line is complete */
    MCP__LINE_WHOLE,   /* *ret is a line without its end */
    MCP__LINE_TOO_LONG /* the cap is passed (or memory is out): once for each such line, which is
                          skipped to its newline */
};

struct mcp__line {
    struct mcp_buf part; /* the beginning of a line that came in pieces */
    bool is_skipping;
    bool is_spent; /* `part` was handed out and is emptied by the next call */
};

/* `bytes_max`: the longest line, its newline not counted. Allocates nothing yet. */
void mcp__line_init(struct mcp__line *l, size_t bytes_max);
void mcp__line_free(struct mcp__line *l);

/* Consume from the front of *in up to the next event. *ret points into *in's bytes or into `l`:
 * it lives until the next call or until the caller's bytes go. */
enum mcp__line_event mcp__line_next(struct mcp__line *l, mcp_str *in, mcp_str *ret);

/* The input has ended: WHOLE with what stands there without a newline, else MORE. */
enum mcp__line_event mcp__line_end(struct mcp__line *l, mcp_str *ret);

#endif
