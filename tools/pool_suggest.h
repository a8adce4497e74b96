/* tools/pool_suggest.h - completion: what somebody who types can mean. */
#ifndef CISTERN_TOOLS_POOL_SUGGEST_H
#define CISTERN_TOOLS_POOL_SUGGEST_H

#include <mcp/call.h>

/* A `complete` handler (mcp/complete.h) over a struct tools, by the name of what is typed:
 *   connectionId  ids that begin with it, and of connections or tools whose name contains it
 *   creditType    credit types that contain it, of the chosen connectionId or of all
 *   tool          names of tools that contain it
 * In the order of the listing, each once; for other names nothing. */
mcp_err pool_suggest(struct mcp_call *call, void *user);

#endif
