/* tools/list_answer.c - see list_answer.h. */
#include <tools/list_answer.h>
#include <tools/state.h>

mcp_err list_answer(struct mcp_call *call, struct tools *t, const char *name, store_body_fn *body,
                    void *arg)
{
    struct mcp_json_writer *w = mcp_structured(call);

    mcp_json_object(w);
    mcp_json_put_key(w, mcp_str_c(name));
    mcp_json_array(w);
    mcp_err err = store_read(t->store, body, arg);

    if (err) {
        return mcp_fail(call, err, "The store could not be read.");
    }
    mcp_json_array_end(w);
    mcp_json_object_end(w);
    return MCP_OK;
}
