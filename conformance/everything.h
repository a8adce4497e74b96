/* everything.h - the tables of the fixture server, by what they show. */
#ifndef CONFORMANCE_EVERYTHING_H
#define CONFORMANCE_EVERYTHING_H

#include <mcp/mcp.h>

extern const struct mcp_tool everything_ask[]; /* elicitation, sampling, roots */

#endif
