/* tools/password.c - see password.h. */
#include <tools/password.h>

#include <tools/state.h>

#include <errno.h>
#include <sodium.h>
#include <stdatomic.h>

_Static_assert(USER_PASSWORD_MAX == crypto_pwhash_STRBYTES, "what is kept is libsodium's text");

enum { LOOK_MS = 5 /* whether there is room for another */ };

const char *password_check(mcp_str password, mcp_str email)
{
    size_t n = 0;

    if (password.len > PASSWORD_BYTES_MAX) {
        return "is longer than 1,024 bytes";
    }
    if (!mcp_str_is_utf8(password)) {
        return "is not UTF-8";
    }
    for (size_t i = 0; i < password.len; i++) {
        n += ((uint8_t)password.ptr[i] & 0xc0) != 0x80;
    }
    if (n < PASSWORD_LEAST) {
        return "is shorter than 8 characters";
    }
    return mcp_str_eq_nocase(password, email) ? "is the address" : NULL;
}

bool password_keep(struct password_job *job, mcp_str kept)
{
    if (kept.len >= sizeof(job->kept)) {
        return false;
    }
    memset(job->kept, 0, sizeof(job->kept)); /* libsodium wants it whole */
    memcpy(job->kept, kept.ptr, kept.len);
    job->n_kept = kept.len;
    return true;
}

/* ---- On a worker ---- */

/* False: the call is over. */
static bool enter(struct tools *t, struct mcp_call *call)
{
    while (atomic_fetch_add(&t->n_hashing, 1) >= PASSWORD_AT_ONCE) {
        atomic_fetch_sub(&t->n_hashing, 1);
        if (mcp_call_wait(call, LOOK_MS)) {
            return false;
        }
    }
    return true;
}

static mcp_err make(struct password_job *job)
{
    const struct password_cost *cost = &job->tools->password_cost;

    atomic_fetch_add(&job->tools->n_hashed, 1);
    if (crypto_pwhash_str_alg(job->kept, job->password.ptr, job->password.len, cost->passes,
                              cost->bytes, crypto_pwhash_ALG_ARGON2ID13)) {
        return MCP_E_OVERLOADED; /* no memory for it */
    }
    job->n_kept = strnlen(job->kept, sizeof(job->kept));
    return MCP_OK;
}

static mcp_err prove(struct password_job *job)
{
    errno = 0;
    atomic_fetch_add(&job->tools->n_hashed, 1);
    if (crypto_pwhash_str_verify(job->kept, job->password.ptr, job->password.len) == 0) {
        return MCP_OK;
    }
    return errno == ENOMEM ? MCP_E_OVERLOADED : MCP_E_UNAUTHORIZED;
}

static mcp_err hash(struct mcp_call *call, void *user)
{
    struct password_job *job = user;

    if (!enter(job->tools, call)) {
        return MCP_E_REFUSED;
    }
    if (job->err == MCP_OK) {
        job->err = make(job);
    } else if (job->n_kept) {
        job->err = prove(job);
    } else { /* nobody to be proved: the same work, and no */
        mcp_err err = make(job);

        job->err = err ? err : MCP_E_UNAUTHORIZED;
    }
    atomic_fetch_sub(&job->tools->n_hashing, 1);
    return mcp_call_after(call, 0, job->then, job->user);
}

/* ---- On the loop ---- */

static mcp_err go(struct tools *t, struct mcp_call *call, struct password_job *job,
                  mcp_tool_fn *then, void *user)
{
    job->tools = t;
    job->then = then;
    job->user = user;
    /* A pointer that is never NULL: that is undefined for the library even when it is empty. */
    job->password = job->password.len ? job->password : MCP_STR("");
    return mcp_call_work(call, hash, job);
}

mcp_err password_make(struct tools *t, struct mcp_call *call, struct password_job *job,
                      mcp_tool_fn *then, void *user)
{
    job->err = MCP_OK;
    return go(t, call, job, then, user);
}

mcp_err password_prove(struct tools *t, struct mcp_call *call, struct password_job *job,
                       mcp_tool_fn *then, void *user)
{
    job->err = MCP_E_UNAUTHORIZED;
    if (job->password.len > PASSWORD_BYTES_MAX) {
        job->n_kept = 0; /* nobody's, and not worth its bytes */
        job->password.len = PASSWORD_BYTES_MAX;
    }
    return go(t, call, job, then, user);
}
