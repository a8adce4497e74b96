/* tools/token_expiry.h - a token that is about to end is a warning: 30, 14, 7 and 1 days before,
 * each once, however often the process is restarted.
 *
 * A warning whose days are as many as the token's whole life, or more, is left out; when several
 * were missed, only the last one goes out. The last day is critical, the others are low. */
#ifndef CISTERN_TOOLS_TOKEN_EXPIRY_H
#define CISTERN_TOOLS_TOKEN_EXPIRY_H

#include <tools/key.h>
#include <tools/token.h>

enum { TOKEN_EXPIRY_STAGES = 4, TOKEN_TOLD_VERSION = 1 };

/* How many of the warnings are due: 0 none, 4 the last one. Pure. */
unsigned token_expiry_stage(int64_t created_ms, int64_t expires_ms, int64_t now_ms);

enum { TOKEN_EXPIRY_STEP_ROWS = 500, TOKEN_EXPIRY_STEP_WARNINGS = 16 };
#define TOKEN_EXPIRY_REST_MS ((int64_t)60 * 1000) /* from the end of a pass to the next one */

/* A pass over the tokens of everybody, in steps. */
struct token_expiry_pass {
    int64_t now_ms;
    struct key at; /* where the next step begins; len 0: at the beginning */
    bool is_done;  /* out: the end was reached */
    struct {
        uint64_t owner, sequence;
    } due[TOKEN_EXPIRY_STEP_WARNINGS]; /* out: whose warning is due */
    size_t n_due;
};

/* In a read body: the next step. */
MCP_MUST_USE mcp_err token_expiry_look(struct store_txn *txn, struct token_expiry_pass *p);
/* In a write body: raise what was found, unless it was raised since. A full outbox: next time. */
MCP_MUST_USE mcp_err token_expiry_warn(struct store_txn *txn, const struct token_expiry_pass *p);

/* ---- The loop's side ---- */
struct token_expiry;

/* NULL when out of memory. */
struct token_expiry *token_expiry_new(struct store *store);
/* Also while a write is on its way: it is still made, and releases the memory. NULL is a no-op. */
void token_expiry_free(struct token_expiry *e);
/* The next step, unless one is on its way or the pass has just ended. */
void token_expiry_tick(struct token_expiry *e, int64_t now_ms, int64_t monotonic_ms);

#endif
