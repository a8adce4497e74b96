/* mcp/share.h - private: places that the server has for all, and how many of them one principal
 * holds, so that none can take what others need.
 *
 * A principal is an id with an owner, as for tasks. Those with an id of zeros are not told apart:
 * only the cap for all holds for them. */
#ifndef MCP_SHARE_H
#define MCP_SHARE_H

#include <mcp/error.h>

#include <stddef.h>

struct mcp_call;
struct mcp_server;
struct mcp__share; /* of one principal; lives as long as it holds a place */

/* What there are places for. */
enum mcp__room_kind {
    MCP__ROOM_LISTENING, /* open subscriptions/listen */
    MCP__ROOM_WATCHES,   /* resources, of all listeners */
    MCP__ROOM_ASKING,    /* legacy calls that wait for their client */
    MCP__ROOM_COUNT
};

struct mcp__room {
    size_t n, max, each_max;
};

/* Take a place for the call's principal: to be left with *ret, which is NULL for nobody in
 * particular. OVERLOADED (said): none is left, its share is used up, or no memory. */
mcp_err mcp__room_take(struct mcp_call *call, enum mcp__room_kind kind, struct mcp__share **ret);
void mcp__room_leave(struct mcp_server *s, enum mcp__room_kind kind, struct mcp__share *share);
/* `max` and `each_max` as the options have them: `usual`, and a quarter of `max` but at least 8,
 * where they are zero. */
struct mcp__room mcp__room_of(size_t max, size_t usual, size_t each_max);

#endif
