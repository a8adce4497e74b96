/* mcp/card.h - the server card: what this server is and where it can be reached, for whoever wants
 * to know before connecting (SEP-2127, schema v1; protocol.md 4).
 *
 * It says what server/discover says of the server, never what tools there are. Printed once, served
 * by a transport. */
#ifndef MCP_CARD_H
#define MCP_CARD_H

#include <mcp/buf.h>
#include <mcp/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mcp_server;

/* What differs from what the server says of itself. NULL members: nothing. */
struct mcp_card {
    const char *name;        /* "com.example/weather", a reversed domain and a name. NULL: the
                                server's own when it is of that form, else "localhost/" and it */
    const char *title;       /* 1..100 characters */
    const char *description; /* 1..100 characters. NULL: the server's, cut to that; without one
                                its title or name */
    const char *website_url; /* http: or https: */
    const char *icons;       /* JSON array of Icon */
    const char *remote_url;  /* "https://mcp.example.com/mcp", where clients reach the endpoint.
                                NULL: the card names no place */
    bool needs_token;        /* the remote asks for "Authorization: Bearer" */
};

/* Append the card's JSON to `out`. Otherwise INVALID_PARAMS or OVERLOADED, and `reterr` (at least
 * 1 byte, cut to fit) says in one sentence which member is wrong. Loop thread, or before it runs.
 */
MCP_API MCP_MUST_USE mcp_err mcp_server_card(const struct mcp_server *s,
                                             const struct mcp_card *card, struct mcp_buf *out,
                                             char *reterr, size_t reterr_bytes);

#ifdef __cplusplus
}
#endif
#endif
