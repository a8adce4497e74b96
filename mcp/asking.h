/* mcp/asking.h - private: the questions of a call, and how they travel in each era.
 *
 *   ask.c             what a handler calls; rounds           ask_answer.c   answers judged and read
 *   ask_seal.c        requestState (2026-07-28)              client_can.c   declared capabilities
 *   client_request.c  requests to a legacy client, and its responses */
#ifndef MCP_ASKING_H
#define MCP_ASKING_H

#include <mcp/ask.h>
#include <mcp/engine.h>

enum {
    MCP__ASK_INPUTS_MAX = 32,       /* questions of one call */
    MCP__ASK_ROUNDS_MAX = 8,        /* in a legacy session */
    MCP__ASK_OUTSTANDING_MAX = 256, /* requests of one legacy session without a response */
    MCP__ASK_ID_BYTES = 40,
    MCP__STATE_BYTES_MAX = 64 << 10, /* of requestState before it is sealed */
    MCP__STATE_TTL_MS = 600000
};

enum mcp__input_kind {
    MCP__INPUT_ELICIT_FORM,
    MCP__INPUT_ELICIT_URL,
    MCP__INPUT_SAMPLE,
    MCP__INPUT_ROOTS
};

/* One question, by its key. */
struct mcp__input {
    struct mcp__input *next;
    struct mcp_call *call;
    struct mcp__link in_session; /* a legacy request without a response */
    mcp_str key;
    enum mcp__input_kind kind;
    mcp_str params;             /* JSON text */
    mcp_str schema;             /* of an elicited form */
    mcp_json answer;            /* judged; absent: none yet */
    bool is_asked;              /* in this run of the handler */
    char id[MCP__ASK_ID_BYTES]; /* of the request, with its quotes */
};

/* A value that mcp_state_put() left. */
struct mcp__carried {
    struct mcp__carried *next;
    mcp_str name, value;
};

/* In the call's arena. */
struct mcp__asking {
    struct mcp__input *inputs, **inputs_end;
    size_t n_inputs;
    struct mcp__carried *carried;
    mcp_json answers;   /* of earlier rounds, from requestState */
    mcp_json responses; /* params.inputResponses */
    unsigned missing;   /* enum mcp_can bits that were asked for in vain */
    int rounds;
    bool is_waiting;          /* it takes a place of MCP__ROOM_ASKING */
    struct mcp__share *share; /* then: whose */
};

/* The call's, made at need; NULL when out of memory. */
struct mcp__asking *mcp__asking(struct mcp_call *call);

/* The three methods that may be answered with a question (basic/patterns). */
bool mcp__ask_is_allowed(mcp_str method);

/* What a modern retry brings: params.inputResponses and requestState. INVALID_PARAMS. */
mcp_err mcp__ask_load(struct mcp_call *call);

/* A handler returned MCP_ASKING: MCP_OK (call->canned is the result), MCP_PENDING (requests are on
 * their way), or a failure. */
mcp_err mcp__ask_round(struct mcp_call *call);

/* Run the handler once more. */
mcp_err mcp__ask_again(struct mcp_call *call);

/* "inputRequests": the value, of what has been asked and not been answered. */
void mcp__ask_put_requests(struct mcp_json_writer *w, const struct mcp__asking *a);

/* NULL, or why `answer` is not a valid one; said in `arena`. */
const char *mcp__ask_judge(const struct mcp__input *in, mcp_json answer, struct mcp_arena *arena);
/* Judge `answer` and take it as the input's, if it is valid. */
const char *mcp__ask_take(struct mcp__input *in, mcp_json answer);
/* A copy of `v` that lives as long as the call. OVERLOADED. */
mcp_err mcp__ask_keep(struct mcp_call *call, mcp_json v, mcp_json *ret);
/* OVERLOADED; INTERNAL: *ret_why says why it is not the schema of a form. */
mcp_err mcp__ask_schema_check(struct mcp_call *call, mcp_str schema, const char **ret_why);
const char *mcp__input_method(enum mcp__input_kind kind);

/* client_can.c: enum mcp_can bits of ClientCapabilities. */
unsigned mcp__client_can_read(mcp_json capabilities, enum mcp__rev rev);
/* Those of the call's client. The older eras know it from `initialize`, the modern one is told with
 * each request. */
unsigned mcp__client_can(const struct mcp_call *call);

/* client_request.c */
mcp_err mcp__client_ask(struct mcp_call *call);
/* A JSON-RPC response arrived in call->session. */
void mcp__client_response(struct mcp_call *call, mcp_json message);
/* Tell the client that what it was asked is of no interest any more. */
void mcp__client_withdraw(struct mcp_call *call);
/* The requests of the call are nobody's any more. */
void mcp__client_forget(struct mcp_call *call);

/* ask_seal.c */
void mcp__seal_key(const uint8_t secret[32], uint8_t ret_key[32]);
/* `plain` as text that this server opens for this principal, method and parameters only; empty
 * when out of memory. */
mcp_str mcp__seal(struct mcp_call *call, mcp_str plain);
/* False: not ours, changed, or somebody else's. `ret` lives in the arena. */
bool mcp__seal_open(struct mcp_call *call, mcp_str text, mcp_str *ret);

#endif
