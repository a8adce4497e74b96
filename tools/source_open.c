/* tools/source_open.c - see source_open.h. */
#include <tools/source_open.h>

#include <tools/connection.h>
#include <tools/state.h>

#define NO_MEMORY "there is no memory for it"

static bool open_one(const struct seal *seal, const uint8_t id[16], const char *field,
                     mcp_str sealed, struct mcp_arena *arena, mcp_str *ret)
{
    char *out = mcp_arena_new(arena, char, sealed.len);

    return out && seal_get(seal, (struct seal_place){id, field}, sealed, out, ret);
}

const char *source_open(const struct seal *seal, const uint8_t id[16], const struct source *s,
                        struct mcp_arena *arena, mcp_json *ret_definition,
                        struct source_values *ret)
{
    struct mcp_json_limits limits = {(size_t)1 << 20, 32, 4096, true};
    mcp_str text = source_find(s->template_id);

    *ret = (struct source_values){.account = mcp_arena_dup(arena, s->account)};
    if (s->definition.len && !open_one(seal, id, "definition", s->definition, arena, &text)) {
        return mcp_arena_failed(arena) ? NO_MEMORY : "it does not open with this secret.key";
    }
    if (s->secret.len && !open_one(seal, id, "secret", s->secret, arena, &ret->secret)) {
        return mcp_arena_failed(arena) ? NO_MEMORY
                                       : "its secret does not open with this secret.key";
    }
    if (!text.len) {
        return "its template is not shipped any more";
    }
    return mcp_json_read(arena, text, &limits, ret_definition, NULL) ? NO_MEMORY : NULL;
}

/* ---- For who asks once ---- */

struct open_op {
    uint64_t owner;
    mcp_str which;
    struct connection_found at;
    struct source_found source;
};

static mcp_err open_body(struct store_txn *txn, void *arg)
{
    struct open_op *op = arg;
    mcp_err err = connection_find(txn, op->owner, op->which, &op->at);

    return err ? err : source_get(txn, op->owner, op->at.sequence, &op->source);
}

const char *tools_source(struct tools *t, uint64_t owner, mcp_str connection,
                         struct mcp_arena *arena, mcp_json *ret_definition,
                         struct source_values *ret)
{
    struct open_op *op = mcp_arena_new(arena, struct open_op, 1);

    if (!op) {
        return NO_MEMORY;
    }
    op->owner = owner;
    op->which = connection;
    mcp_err err = store_read(t->store, open_body, op);

    if (err) {
        return err == MCP_E_NOT_FOUND ? "there is no such connection, or it is told by hand"
                                      : "the store could not be read";
    }
    return source_open(&t->seal, op->at.c.id, &op->source.s, arena, ret_definition, ret);
}
