/* mcp/clock.h - time, injected: the engine has no clock of its own. transport/system.h has the
 * system's. */
#ifndef MCP_CLOCK_H
#define MCP_CLOCK_H

#include <mcp/str.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Two clocks, both required. */
struct mcp_clock {
    int64_t (*wall_ms)(void *user);      /* milliseconds since 1970-01-01T00:00:00Z; may step */
    int64_t (*monotonic_ms)(void *user); /* never goes backwards; for limits and timers */
    void *user;
};

/* Ask the clock; units as above. */
static inline int64_t mcp_clock_wall_ms(const struct mcp_clock *c)
{
    return c->wall_ms(c->user);
}

/* See mcp_clock_wall_ms(). */
static inline int64_t mcp_clock_monotonic_ms(const struct mcp_clock *c)
{
    return c->monotonic_ms(c->user);
}

#ifdef __cplusplus
}
#endif
#endif
