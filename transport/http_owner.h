/* transport/http_owner.h - the principals that have legacy sessions, and what each holds of them.
 *
 * One credential must not be able to use up what all share: the places of the session table, the
 * room for replays. Found by a keyed hash of the principal's id. Loop thread only. */
#ifndef MCP_TRANSPORT_HTTP_OWNER_H
#define MCP_TRANSPORT_HTTP_OWNER_H

#include <mcp/principal.h>
#include <transport/http_ring.h>

struct mcp__http_owner {
    struct mcp__http_owner *chain; /* next of its bucket */
    size_t n_sessions;
    struct mcp__http_budget replay;
    uint8_t id[16];
    bool is_anybody; /* no credential tells its users apart: no share of its own */
};

struct mcp__http_owners {
    struct mcp__http_owner **buckets; /* allocated by the first owner */
    uint8_t key[16];
    struct mcp__http_budget replay; /* of all; a quarter of it for one owner */
};

void mcp__http_owners_init(struct mcp__http_owners *t, size_t replay_bytes_max);

/* The owner with this id, made when there is none; has one session more. NULL: no memory. */
struct mcp__http_owner *mcp__http_owner_take(struct mcp__http_owners *t, const uint8_t id[16]);
/* One session less; the last one ends the owner. NULL is a no-op. */
void mcp__http_owner_give(struct mcp__http_owners *t, struct mcp__http_owner *o);
/* No owner may be left. */
void mcp__http_owners_free(struct mcp__http_owners *t);

#endif
