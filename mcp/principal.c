/* mcp/principal.c - see principal.h. */
#include <mcp/principal.h>

bool mcp_principal_has(const struct mcp_principal *p, const char *scope)
{
    mcp_str want = mcp_str_c(scope);

    if (!scope) {
        return true;
    }
    if (!p || want.len == 0) {
        return false;
    }
    mcp_str rest = mcp_str_n(p->scopes, strnlen(p->scopes, sizeof(p->scopes)));

    while (rest.ptr) {
        mcp_str held = mcp_str_cut(&rest, ' ');

        if (mcp_str_eq(held, want) || mcp_str_eq(held, MCP_STR("*"))) {
            return true;
        }
    }
    return false;
}
