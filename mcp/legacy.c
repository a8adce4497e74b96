/* mcp/legacy.c - where the legacy revisions differ from the outcome table of errors.def. */
#include <mcp/era.h>

static const struct {
    mcp_err err;
    unsigned revs;
    mcp_err as;
    int http_status;
} OVERRIDES[] = {
    /* 404 means "session gone" on a legacy endpoint; a client would initialise again
     * (protocol.md 7.4). */
    {MCP_E_METHOD_NOT_FOUND, MCP__LEGACY_REVS, MCP_E_METHOD_NOT_FOUND, 200},
    /* -32021 came with 2026-07-28. */
    {MCP_E_MISSING_CAPABILITY, MCP__LEGACY_REVS, MCP_E_INVALID_REQUEST, 200},
    /* Before SEP-1303 (2025-11-25) invalid arguments were a protocol error. */
    {MCP_E_INVALID_ARGUMENTS, MCP__UNTIL(MCP__REV_2025_06_18), MCP_E_INVALID_PARAMS, 200},
};

mcp_err mcp__legacy_err(enum mcp__rev rev, mcp_err err)
{
    for (size_t i = 0; i < sizeof(OVERRIDES) / sizeof(OVERRIDES[0]); i++) {
        if (OVERRIDES[i].err == err && mcp__rev_in(rev, OVERRIDES[i].revs)) {
            return OVERRIDES[i].as;
        }
    }
    return err;
}

int mcp__legacy_http_status(enum mcp__rev rev, mcp_err err)
{
    for (size_t i = 0; i < sizeof(OVERRIDES) / sizeof(OVERRIDES[0]); i++) {
        if (OVERRIDES[i].err == err && mcp__rev_in(rev, OVERRIDES[i].revs)) {
            return OVERRIDES[i].http_status;
        }
    }
    return mcp_err_info(err)->http_status;
}
