/* transport/http_kept.h - results of legacy calls that somebody may still come back for.
 *
 * The ring (http_ring.h) forgets the oldest and takes nothing large. A result must not get lost
 * that way: it is kept here, whatever its size, until its session ends. What was never sent stays;
 * what was sent gives way when room is needed. A shelf is shared by all sessions and bounded; one
 * session gets a quarter of it. Loop thread only. */
#ifndef MCP_TRANSPORT_HTTP_KEPT_H
#define MCP_TRANSPORT_HTTP_KEPT_H

#include <transport/http_ring.h>

struct mcp__http_shelf {
    struct mcp__http_link sent; /* of struct mcp__http_kept, oldest first */
    size_t bytes, bytes_max;
};

/* One session's part of the shelf. */
struct mcp__http_keeper {
    struct mcp__http_link all; /* of struct mcp__http_kept, oldest first */
    size_t bytes;
};

struct mcp__http_kept {
    struct mcp__http_link in_all;
    struct mcp__http_link in_sent; /* alone: not sent yet */
    struct mcp__http_keeper *keeper;
    uint64_t serial;
    uint32_t stream;
    size_t len;
    char data[]; /* the message, not framed */
};

void mcp__http_shelf_init(struct mcp__http_shelf *s, size_t bytes_max);
void mcp__http_keeper_init(struct mcp__http_keeper *k);
void mcp__http_keeper_free(struct mcp__http_shelf *s, struct mcp__http_keeper *k);

/* `is_sent`: it was written to a connection. False: no room, or no memory. */
bool mcp__http_keep(struct mcp__http_shelf *s, struct mcp__http_keeper *k, uint32_t stream,
                    uint64_t serial, mcp_str data, bool is_sent);
/* The result of `stream`, when it came after `serial`; NULL: none. */
struct mcp__http_kept *mcp__http_kept_find(const struct mcp__http_keeper *k, uint32_t stream,
                                           uint64_t serial);
/* It was written to a connection. */
void mcp__http_kept_sent(struct mcp__http_shelf *s, struct mcp__http_kept *e);

#endif
