/* mcp/change.c - what has changed since somebody last looked: flags, not a queue. */
#include <mcp/engine.h>

void mcp_server_changed(struct mcp_server *s, enum mcp_change what, mcp_str uri)
{
    s->changed |= (unsigned)what & s->announces;
    (void)uri; /* per subscription: see whoever delivers */
}
