/* transport/http_card.h - private: the server card over HTTP, printed once (mcp/card.h says what).
 *
 * A public document for whoever looks before connecting: no credential, any page may read it. There
 * is no rate limit of its own: it is printed when the server starts and never again, so that a
 * request costs what any 404 costs (one comparison of the tag, one copy of some 500 bytes), takes
 * no lock, no store and no memory beyond its connection's; and who may ask how often is, like for
 * all that is public, the caps of connections and their times. The most it can be is 1 MiB, of
 * icons that the operator chose. */
#ifndef MCP_TRANSPORT_HTTP_CARD_H
#define MCP_TRANSPORT_HTTP_CARD_H

#include <transport/http.h>

struct mcp__http_card {
    struct mcp_buf json; /* empty: there is none */
    char etag[20];       /* with its quotes */
};

/* False, and `reterr` says why: a member is wrong, or no memory. Free it all the same. */
bool mcp__http_card_init(struct mcp__http_card *card, const struct mcp_server *server,
                         const struct mcp_http_options *opt, char *reterr, size_t reterr_bytes);
void mcp__http_card_free(struct mcp__http_card *card);

/* True when the request only reads, a preflight for reading included: then a foreign Origin is no
 * reason to refuse it. */
bool mcp__http_card_is_read(const struct mcp_http_request *req);

/* 200, 304, 204 to a preflight, 405. */
void mcp__http_card_handle(const struct mcp__http_card *card, struct mcp_http_exchange *ex);

#endif
