/* tools/pool_link.c - see pool_link.h. */
#include <tools/pool_link.h>

#include <tools/pool_uri.h>

#include <mcp/content.h>
#include <mcp/resource.h>

enum { MOST = 1000000, MORE = 700000 }; /* priorities, in millionths */

/* "Hunter: Searches" with a NUL; NULL without memory. No printf: this is part of list_balances. */
static const char *name_of(struct mcp_arena *arena, mcp_str connection, mcp_str label)
{
    size_t n = connection.len + 2 + label.len;
    char *name = mcp_arena_raw(arena, n + 1, 1);

    if (name) {
        memcpy(name, connection.ptr, connection.len);
        memcpy(name + connection.len, ": ", 2);
        memcpy(name + connection.len + 2, label.ptr, label.len);
        name[n] = '\0';
    }
    return name;
}

mcp_err pool_link(struct mcp_call *call, const struct pool_json *j)
{
    char uri[POOL_URI_BYTES];

    if (!j->pool) {
        return MCP_OK;
    }
    const char *name = name_of(mcp_call_arena(call), j->connection->name, j->pool->label);

    (void)pool_uri(j->connection->id, j->pool->credit_type, "", uri);
    return name
               ? mcp_link(call,
                          &(struct mcp_resource){
                              .uri = uri,
                              .name = name,
                              .description = pool_status_name(j->status).ptr,
                              .mime_type = "application/json",
                              .notes = {.priority_micro = j->status == POOL_CRITICAL ? MOST : MORE},
                          })
               : MCP_E_OVERLOADED;
}
