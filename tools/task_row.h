/* tools/task_row.h - tasks (mcp/task.h) as rows: a head each, and its outcome in parts. In bodies.
 *
 * A value holds 64 KiB and a transaction 1 MiB, so an outcome lies in parts of 60,000 bytes and is
 * at most TASK_OUTCOME_MAX long. Keys are hashes of ids: an id is all that a removal knows. */
#ifndef CISTERN_TOOLS_TASK_ROW_H
#define CISTERN_TOOLS_TASK_ROW_H

#include <tools/key.h>

#include <mcp/buf.h>
#include <mcp/task.h>
#include <store/store.h>

enum {
    TASK_VERSION = 1,
    TASK_PART_BYTES = 60000,
    TASK_OUTCOME_MAX = 900000,
    TASK_HEAD_MAX = 2048, /* of a record: id, message and numbers */
    TASK_MESSAGE_MAX = 1024,
    TASK_ID_MAX = 64,
    TASK_OWNER_MAX = 200, /* tasks of one owner, whichever of its tokens made them */
    TASK_ALL_MAX = 5000
};

/* What a head says; `record` points into the value, its outcome is empty. */
struct task_head {
    struct mcp_task_record record;
    uint32_t outcome_bytes;
};

bool task_head_decode(mcp_str value, uint8_t version, struct task_head *ret);

/* Keep `r` in place of an earlier one. MCP_E_REFUSED: it is new, and its owner, or everybody, has
 * too many; MCP_E_TOO_LARGE: its outcome. */
MCP_MUST_USE mcp_err task_put(struct store_txn *txn, const struct mcp_task_record *r);
/* MCP_OK also when there is none. */
MCP_MUST_USE mcp_err task_del(struct store_txn *txn, const struct key *head);
/* The whole record; its slices point into `memory`, which is cleared first. MCP_E_NOT_FOUND;
 * MCP_E_STORAGE: parts are missing. */
MCP_MUST_USE mcp_err task_get(struct store_txn *txn, const struct key *head, struct mcp_buf *memory,
                              struct mcp_task_record *ret);

#endif
