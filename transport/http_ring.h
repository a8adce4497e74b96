/* transport/http_ring.h - the last events of a session, kept for Last-Event-ID; and a list link.
 *
 * Bounded in bytes and events; the oldest go first. Memory is allocated when an event comes, so an
 * idle session costs nothing. An event that alone is larger than a bound is not kept.
 *
 * What all rings of an owner hold has a bound, too, and what all rings hold: there the oldest event
 * of any of these rings goes first. It has had the longest time to be asked for. */
#ifndef MCP_TRANSPORT_HTTP_RING_H
#define MCP_TRANSPORT_HTTP_RING_H

#include <mcp/str.h>

/* ---- A circular list; a link points to itself when it is in none ---- */

struct mcp__http_link {
    struct mcp__http_link *next, *prev;
};

static inline void mcp__http_link_init(struct mcp__http_link *l)
{
    l->next = l->prev = l;
}

static inline bool mcp__http_link_is_alone(const struct mcp__http_link *l)
{
    return l->next == l;
}

static inline void mcp__http_link_out(struct mcp__http_link *l)
{
    l->prev->next = l->next;
    l->next->prev = l->prev;
    mcp__http_link_init(l);
}

/* At the end of `list`. */
static inline void mcp__http_link_in(struct mcp__http_link *list, struct mcp__http_link *l)
{
    l->next = list;
    l->prev = list->prev;
    list->prev->next = l;
    list->prev = l;
}

/* ---- Events ---- */

/* What rings share. */
struct mcp__http_budget {
    struct mcp__http_link events; /* of all these rings, oldest first */
    size_t bytes, bytes_max;      /* bytes include the events' heads */
};

struct mcp__http_ring;

struct mcp__http_event {
    struct mcp__http_event *next;
    struct mcp__http_ring *ring;
    struct mcp__http_link in_own, in_all;
    uint64_t serial; /* of the session; rises */
    uint32_t stream;
    uint32_t len;
    char data[]; /* the message, not framed */
};

struct mcp__http_ring {
    struct mcp__http_event *first, *last;
    uint32_t bytes, n;                  /* bytes include the events' heads */
    struct mcp__http_budget *own, *all; /* its owner's; everybody's */
};

void mcp__http_budget_init(struct mcp__http_budget *b, size_t bytes_max);
/* Both budgets outlive the ring, which stays where it is. */
void mcp__http_ring_init(struct mcp__http_ring *r, struct mcp__http_budget *own,
                         struct mcp__http_budget *all);

void mcp__http_ring_free(struct mcp__http_ring *r); /* empties it; it can be used again */
/* False: not kept (too large, or no memory); what was there stays. */
bool mcp__http_ring_put(struct mcp__http_ring *r, uint32_t stream, uint64_t serial, mcp_str data,
                        size_t bytes_max, size_t events_max);
/* The first event of `stream` after `serial` from `from` on (NULL: from the first). */
const struct mcp__http_event *mcp__http_ring_find(const struct mcp__http_ring *r,
                                                  const struct mcp__http_event *from,
                                                  uint32_t stream, uint64_t serial);

#endif
