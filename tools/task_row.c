/* tools/task_row.c - see task_row.h. */
#include <tools/task_row.h>

#include <store/record.h>

static uint32_t parts_of(size_t bytes)
{
    return (uint32_t)((bytes + TASK_PART_BYTES - 1) / TASK_PART_BYTES);
}

bool task_head_decode(mcp_str value, uint8_t version, struct task_head *ret)
{
    struct record_reader r;
    uint8_t status;

    *ret = (struct task_head){.outcome_bytes = 0};
    record_reader_init(&r, value);
    status = record_get_u8(&r);
    (void)record_get_bytes(&r, ret->record.principal, sizeof(ret->record.principal));
    ret->record.status = (enum mcp_task_status)status;
    ret->record.owner = record_get_u64(&r);
    ret->record.created_ms = record_get_i64(&r);
    ret->record.updated_ms = record_get_i64(&r);
    ret->record.ttl_ms = record_get_i64(&r);
    ret->outcome_bytes = record_get_u32(&r);
    ret->record.id = record_get_str(&r);
    ret->record.message = record_get_str(&r);
    return version == TASK_VERSION && record_done(&r) && status <= MCP_TASK_CANCELLED &&
           ret->record.id.len > 0 && ret->record.id.len <= TASK_ID_MAX &&
           ret->record.message.len <= TASK_MESSAGE_MAX && ret->record.created_ms >= 0 &&
           ret->record.ttl_ms > 0 && ret->outcome_bytes <= TASK_OUTCOME_MAX;
}

/* ---- Writing ---- */

struct count_op {
    uint64_t owner;
    size_t n, n_own;
};

static mcp_err count_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct count_op *op = arg;
    struct task_head h;

    (void)key;
    op->n++;
    op->n_own += task_head_decode(value, version, &h) && h.record.owner == op->owner;
    return MCP_OK;
}

static mcp_err check_room(struct store_txn *txn, uint64_t owner)
{
    static const char TABLE[] = {(char)KEY_TASK};
    struct count_op op = {.owner = owner};
    mcp_err err = store_scan(txn, mcp_str_n(TABLE, 1), mcp_str_n(NULL, 0), false, TASK_ALL_MAX,
                             count_row, &op);

    return err ? err : op.n >= TASK_ALL_MAX || op.n_own >= TASK_OWNER_MAX ? MCP_E_REFUSED : MCP_OK;
}

static mcp_err put_head(struct store_txn *txn, const struct key *key,
                        const struct mcp_task_record *r)
{
    struct record_writer w;
    uint8_t memory[TASK_HEAD_MAX];

    record_writer_init(&w, memory, sizeof(memory));
    record_put_u8(&w, (uint8_t)r->status);
    record_put_bytes(&w, r->principal, sizeof(r->principal));
    record_put_u64(&w, r->owner);
    record_put_i64(&w, r->created_ms);
    record_put_i64(&w, r->updated_ms);
    record_put_i64(&w, r->ttl_ms);
    record_put_u32(&w, (uint32_t)r->outcome.len);
    record_put_str(&w, r->id);
    record_put_str(&w, r->message);
    return store_put(txn, key_str(key), record_writer_str(&w), TASK_VERSION);
}

mcp_err task_put(struct store_txn *txn, const struct mcp_task_record *r)
{
    struct key head = key_task(r->id);
    mcp_str before;
    mcp_err err = store_get(txn, key_str(&head), &before, NULL);

    if (r->outcome.len > TASK_OUTCOME_MAX) {
        return MCP_E_TOO_LARGE;
    }
    if (err == MCP_E_NOT_FOUND) {
        err = check_room(txn, r->owner);
    } else if (!err) {
        err = task_del(txn, &head);
    }
    err = err ? err : put_head(txn, &head, r);
    for (uint32_t i = 0; i < parts_of(r->outcome.len) && !err; i++) {
        struct key key = key_task_part(&head, i);
        size_t from = (size_t)i * TASK_PART_BYTES, left = r->outcome.len - from;

        err = store_put(
            txn, key_str(&key),
            mcp_str_n(r->outcome.ptr + from, left < TASK_PART_BYTES ? left : TASK_PART_BYTES),
            TASK_VERSION);
    }
    return err;
}

mcp_err task_del(struct store_txn *txn, const struct key *head)
{
    struct key first = key_task_part(head, 0);
    size_t n;
    mcp_err err = store_del(txn, key_str(head));

    /* All that begin with table and hash. */
    return err ? err
               : store_del_range(txn, mcp_str_n((const char *)first.bytes, KEY_TASK_BYTES),
                                 mcp_str_n(NULL, 0), TASK_OUTCOME_MAX / TASK_PART_BYTES + 1, &n);
}

/* ---- Reading ---- */

static mcp_err get_parts(struct store_txn *txn, const struct key *head, uint32_t bytes,
                         struct mcp_buf *memory)
{
    for (uint32_t i = 0; i < parts_of(bytes); i++) {
        struct key key = key_task_part(head, i);
        mcp_str part;
        mcp_err err = store_get(txn, key_str(&key), &part, NULL);

        if (err) {
            return MCP_E_STORAGE; /* a head without its parts is damage */
        }
        mcp_buf_add(memory, part);
    }
    return MCP_OK;
}

mcp_err task_get(struct store_txn *txn, const struct key *head, struct mcp_buf *memory,
                 struct mcp_task_record *ret)
{
    struct task_head h;
    uint8_t version = 0;
    mcp_str value;
    mcp_err err = store_get(txn, key_str(head), &value, &version);

    if (err) {
        return err;
    }
    mcp_buf_clear(memory);
    mcp_buf_add(memory, value);
    /* Room for all of it at once, so that the slices stay. */
    if (!task_head_decode(value, version, &h) || !mcp_buf_room(memory, h.outcome_bytes)) {
        return memory->failed ? MCP_E_OVERLOADED : MCP_E_STORAGE;
    }
    size_t head_bytes = value.len;

    err = get_parts(txn, head, h.outcome_bytes, memory);
    if (err || memory->failed || memory->len != head_bytes + h.outcome_bytes) {
        return err ? err : memory->failed ? MCP_E_OVERLOADED : MCP_E_STORAGE;
    }
    (void)task_head_decode(mcp_str_n(memory->ptr, head_bytes), version, &h);
    *ret = h.record;
    ret->outcome = mcp_str_n(memory->ptr + head_bytes, h.outcome_bytes);
    return MCP_OK;
}
