/* mcp/legacy.c - where the legacy revisions differ from the outcome table of errors.def. */
#include <mcp/era.h>

static const struct {
    mcp_err err;
    unsigned revs;
    mcp_err as;
    int http_status;
    int code; /* JSON-RPC; 0: that of `as` */
} OVERRIDES[] = {
    /* 404 means "session gone" on a legacy endpoint; a client would initialise again
     * (protocol.md 7.4). */
    {MCP_E_METHOD_NOT_FOUND, MCP__LEGACY_REVS, MCP_E_METHOD_NOT_FOUND, 200, 0},
    /* -32021 came with 2026-07-28. */
    {MCP_E_MISSING_CAPABILITY, MCP__LEGACY_REVS, MCP_E_INVALID_REQUEST, 200, 0},
    /* 2026-07-28 retired -32002, the others recommend it (protocol.md 1.7 row 5). */
    {MCP_E_UNKNOWN_RESOURCE, MCP__LEGACY_REVS, MCP_E_UNKNOWN_RESOURCE, 200, -32002},
    /* Before SEP-1303 (2025-11-25) invalid arguments were a protocol error. */
    {MCP_E_INVALID_ARGUMENTS, MCP__UNTIL(MCP__REV_2025_06_18), MCP_E_INVALID_PARAMS, 200, 0},
};

enum { N = sizeof(OVERRIDES) / sizeof(OVERRIDES[0]) };

/* The row for `err`; N: none. */
static size_t find(enum mcp__rev rev, mcp_err err)
{
    size_t i = 0;

    while (i < N && !(OVERRIDES[i].err == err && mcp__rev_in(rev, OVERRIDES[i].revs))) {
        i++;
    }
    return i;
}

mcp_err mcp__legacy_err(enum mcp__rev rev, mcp_err err)
{
    size_t i = find(rev, err);

    return i < N ? OVERRIDES[i].as : err;
}

int mcp__legacy_code(enum mcp__rev rev, mcp_err err)
{
    size_t i = find(rev, err);

    return i < N && OVERRIDES[i].code ? OVERRIDES[i].code : mcp_err_info(err)->code;
}

int mcp__legacy_http_status(enum mcp__rev rev, mcp_err err)
{
    size_t i = find(rev, err);

    return i < N ? OVERRIDES[i].http_status : mcp_err_info(err)->http_status;
}
