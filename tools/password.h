/* tools/password.h - what proves that somebody is who they say: Argon2id (RFC 9106) by libsodium.
 *
 * Hashing takes tens of MiB and tens of milliseconds, on a worker; PASSWORD_AT_ONCE at a time in a
 * process, the others wait there. An address that nobody has, a user without a password and a wrong
 * one cost the same work, so that time tells none from another. */
#ifndef CISTERN_TOOLS_PASSWORD_H
#define CISTERN_TOOLS_PASSWORD_H

#include <tools/user.h>

#include <mcp/call.h>

enum { PASSWORD_LEAST = 8, PASSWORD_BYTES_MAX = 1024, PASSWORD_AT_ONCE = 2 };

struct tools;

/* What a hash costs; what is kept says its own. */
struct password_cost {
    uint64_t passes;
    size_t bytes;
};
#define PASSWORD_COST                                                                              \
    {                                                                                              \
        2, (size_t)64 << 20                                                                        \
    }

/* NULL, or what is wrong, as in "The password ..." */
const char *password_check(mcp_str password, mcp_str email);

/* One password, in the arena of its call. */
struct password_job {
    mcp_str password;
    /* To be proved against; nothing: as much work for the same answer as a wrong one. After
     * password_make(): what to keep. */
    char kept[USER_PASSWORD_MAX];
    size_t n_kept;
    mcp_err err; /* how it went: MCP_OK, UNAUTHORIZED, OVERLOADED */
    struct tools *tools;
    mcp_tool_fn *then;
    void *user;
};

/* Loop thread, in a handler that `goes_to_worker`: it ends with one of these, and goes on with
 * `then(call, user)` on the loop, which looks at job->err. */
mcp_err password_make(struct tools *t, struct mcp_call *call, struct password_job *job,
                      mcp_tool_fn *then, void *user);
mcp_err password_prove(struct tools *t, struct mcp_call *call, struct password_job *job,
                       mcp_tool_fn *then, void *user);
/* For a body that reads what is kept. False: it is too long. */
bool password_keep(struct password_job *job, mcp_str kept);

#endif
