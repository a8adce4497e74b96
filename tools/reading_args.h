/* tools/reading_args.h - readings as arguments of a tool. */
#ifndef CISTERN_TOOLS_READING_ARGS_H
#define CISTERN_TOOLS_READING_ARGS_H

#include <tools/reading.h>
#include <tools/write.h>

/* The arguments `readings`, or one reading beside the others, into a batch whose parts live in the
 * call's arena. A failure is said. */
MCP_MUST_USE mcp_err reading_args_read(struct mcp_call *call, int64_t now_ms,
                                       struct reading_batch *b);
/* For a body: what reading_add() refused, in words. Returns `err`. */
mcp_err reading_args_refuse(struct write_op *op, mcp_err err, const struct reading_batch *b);
/* The result: {stored, duplicates, conflicts}. */
void reading_args_put(struct mcp_json_writer *w, const struct reading_batch *b);

/* The handler of push_readings; see push_tools.c. */
mcp_err push_readings(struct mcp_call *call, void *user);

#endif
