/* tools/connection_edit.h - the handler of edit_connection, for operations that are part of it. */
#ifndef CISTERN_TOOLS_CONNECTION_EDIT_H
#define CISTERN_TOOLS_CONNECTION_EDIT_H

#include <mcp/call.h>

/* Does what the call's arguments say, those of edit_connection or some of them; ends as a handler
 * does. `user` is a struct tools. */
mcp_err connection_edit(struct mcp_call *call, void *user);

#endif
