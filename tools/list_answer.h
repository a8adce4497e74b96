/* tools/list_answer.h - a handler that answers {"NAME": [rows]} of one read of the store. */
#ifndef CISTERN_TOOLS_LIST_ANSWER_H
#define CISTERN_TOOLS_LIST_ANSWER_H

#include <mcp/call.h>
#include <store/store.h>

struct tools;

/* Ends a handler. `body` writes the rows with mcp_structured(call). */
mcp_err list_answer(struct mcp_call *call, struct tools *t, const char *name, store_body_fn *body,
                    void *arg);

#endif
