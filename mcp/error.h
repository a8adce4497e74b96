/* mcp/error.h - each way a call can end, and what the wire says about it.
 *
 * The rows live in mcp/errors.def. The enum is an internal vocabulary, finer than any wire code.
 * Pure tables: safe from any thread. */
#ifndef MCP_ERROR_H
#define MCP_ERROR_H

#include <mcp/str.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a call ends. */
typedef enum mcp_err {
    MCP_OK = 0,
#define MCP_ERROR(name, code, http, rest, rest_code, surface, meaning) MCP_E_##name,
#include <mcp/errors.def>
#undef MCP_ERROR
    MCP_PENDING, /* not an end: the call goes on and reaches mcp_call_done() later */
    MCP_ASKING,  /* the client is to be asked, then the handler runs again: mcp/ask.h */
    MCP_ERR_COUNT = MCP_PENDING
} mcp_err;

/* What an end looks like on the wire. */
enum mcp_surface {
    MCP_SURFACE_RESULT,   /* success */
    MCP_SURFACE_PROTOCOL, /* a JSON-RPC error object */
    MCP_SURFACE_TOOL      /* a tools/call result with isError:true */
};

/* A row of errors.def. */
struct mcp_err_info {
    const char *name; /* as in errors.def, lower case words: "INVALID_JSON" */
    int code;         /* JSON-RPC error code; 0 where none applies */
    int http_status;  /* on the MCP endpoint, modern era */
    int rest_status;
    const char *rest_code;
    enum mcp_surface surface;
    const char *meaning; /* one clause, for people; used when a call gave no message */
};

/* Never NULL; MCP_OK gives 200/200/"ok". */
MCP_API const struct mcp_err_info *mcp_err_info(mcp_err err);

#ifdef __cplusplus
}
#endif
#endif
