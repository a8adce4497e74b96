/* mcp/principal.h - who is asking: the result of checking a credential, passed by value. */
#ifndef MCP_PRINCIPAL_H
#define MCP_PRINCIPAL_H

#include <mcp/error.h>
#include <mcp/str.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Who sends a message. All zero: somebody without scopes. */
struct mcp_principal {
    uint8_t id[16];          /* unique per credential; all zero: nobody in particular */
    uint64_t owner;          /* whose data it reaches */
    char scopes[128];        /* space-separated, NUL-terminated; "*" holds every scope */
    int32_t rate_per_minute; /* 0: the server's default; negative: unlimited */
    uint8_t limit_id[16];    /* whose allowance it spends; all zero: that of `id` */
    bool is_session; /* a person's: taken from a cookie where a route takes one, and else nowhere */
    bool is_portable; /* of a session: it may also be shown as a bearer token, everywhere */
};

/* Checks a credential ("Bearer" already removed; never empty). MCP_OK fills *ret;
 * MCP_E_UNAUTHORIZED says no (never why); MCP_E_STORAGE: cannot tell now (503). Loop thread; it
 * must not block. The credential is a secret: compare its hash, log neither. */
typedef mcp_err mcp_verify_fn(void *user, mcp_str credential, struct mcp_principal *ret);

/* Whether the credential behind a principal is still good: false once it is revoked or its time has
 * come. Loop thread; it must not block. */
typedef bool mcp_is_live_fn(void *user, const struct mcp_principal *p);

/* True when `scope` is NULL, or the principal holds it, or holds "*". */
MCP_API bool mcp_principal_has(const struct mcp_principal *p, const char *scope);

#ifdef __cplusplus
}
#endif
#endif
