/* tools/pool_answer.h - answers that tools and resources give alike: the same JSON, whoever asks.
 */
#ifndef CISTERN_TOOLS_POOL_ANSWER_H
#define CISTERN_TOOLS_POOL_ANSWER_H

#include <tools/state.h>

#include <mcp/call.h>

/* The pools of one connection, or one of them, as {"pools":[..]} into mcp_structured(). `which` is
 * an id or a name; `credit_type` empty: all. Ends as a handler does: NOT_FOUND, STORAGE. */
mcp_err pool_answer(struct mcp_call *call, struct tools *t, mcp_str which, mcp_str credit_type);
/* Every pool of the caller. */
mcp_err pool_answer_all(struct mcp_call *call, struct tools *t);
/* get_pool_history; from, to and points are the call's arguments (points also as text). */
mcp_err history_answer(struct mcp_call *call, struct tools *t, mcp_str which, mcp_str credit_type);

#endif
