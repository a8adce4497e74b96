/* mcp/ask.h - a handler asks the client: its user (elicitation), its model (sampling), its roots.
 *
 * A handler that asks is run again from its beginning with the answers, so it must not have done
 * anything before the last one is there. Ask for everything that can be asked at once:
 *
 *     mcp_ask_elicit(call, "name", "What is your name?", NAME_SCHEMA);
 *     mcp_ask_roots(call, "roots");
 *     mcp_err err = mcp_ask(call);
 *     if (err) {
 *         return err;
 *     }
 *     ... mcp_answer_content(call, "name") ...
 *
 * In 2026-07-28 the result is "input_required" and the client repeats its request (basic/patterns
 * "Multi round-trip requests"); in older sessions the engine sends requests on the call's stream
 * and waits (options.ask_timeout_ms, 8 rounds). Only tools/call, prompts/get and resources/read
 * may ask, and only what the client declared: else MCP_E_MISSING_CAPABILITY. On the thread that
 * the handler runs on (call.h "Workers"). */
#ifndef MCP_ASK_H
#define MCP_ASK_H

#include <mcp/error.h>
#include <mcp/json.h>
#include <mcp/str.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mcp_call;

/* What a client may have declared, in the request (2026-07-28) or in `initialize`. */
enum mcp_can {
    MCP_CAN_ELICIT_FORM = 1,
    MCP_CAN_ELICIT_URL = 2,
    MCP_CAN_SAMPLE = 4,
    MCP_CAN_SAMPLE_TOOLS = 8,
    MCP_CAN_SAMPLE_CONTEXT = 16,
    MCP_CAN_ROOTS = 32
};

/* True when the client has all of `what`; never over REST or the command line. */
MCP_API bool mcp_client_has(struct mcp_call *call, unsigned what);
/* MCP_OK, or the failure MCP_E_MISSING_CAPABILITY that names what is missing. */
MCP_API mcp_err mcp_client_need(struct mcp_call *call, unsigned what);

/* ---- Questions ----
 * Each returns MCP_OK when its answer is there, MCP_ASKING when the client must be asked, or a
 * failure (said already): MISSING_CAPABILITY; INTERNAL (what was asked is not valid);
 * INVALID_PARAMS or REFUSED (what was answered is not). A handler with one question returns
 * whatever is not MCP_OK; one with several calls mcp_ask() behind them. `key` names the question
 * within the call, at most 32 of them; to ask once more, use another key. Texts are copied. */

/* elicitation/create in form mode. `requested_schema`: JSON Schema text, a flat object of
 * primitives (client/elicitation "Requested Schema"). The accepted content conforms to it. */
MCP_API mcp_err mcp_ask_elicit(struct mcp_call *call, const char *key, const char *message,
                               const char *requested_schema);
/* elicitation/create in url mode; "accept" means that the user agreed to open it, no more. */
MCP_API mcp_err mcp_ask_elicit_url(struct mcp_call *call, const char *key, const char *message,
                                   const char *url);
/* sampling/createMessage; `params` is the JSON text of CreateMessageRequestParams. */
MCP_API mcp_err mcp_ask_sample(struct mcp_call *call, const char *key, mcp_str params);
/* The same for one user message. */
MCP_API mcp_err mcp_ask_sample_text(struct mcp_call *call, const char *key, mcp_str prompt,
                                    int64_t max_tokens);
/* roots/list */
MCP_API mcp_err mcp_ask_roots(struct mcp_call *call, const char *key);

/* MCP_OK when every question of this run is answered, else what the handler returns. */
MCP_API mcp_err mcp_ask(struct mcp_call *call);

/* ---- Answers ----
 * Only of questions that this run of the handler has asked; they live as long as the call. */

/* The client's result as JSON, of a valid shape; absent: not answered. */
MCP_API mcp_json mcp_answer(struct mcp_call *call, const char *key);
/* Elicitation: "accept", "decline" or "cancel"; empty: not answered. */
MCP_API mcp_str mcp_answer_action(struct mcp_call *call, const char *key);
/* Elicitation: the content of a form that was accepted, else absent. */
MCP_API mcp_json mcp_answer_content(struct mcp_call *call, const char *key);
/* Sampling: the first text block of the message; empty: none. */
MCP_API mcp_str mcp_answer_text(struct mcp_call *call, const char *key);

/* ---- Carried from round to round ----
 * Values that cost something to find once more. The client keeps them in 2026-07-28, sealed for
 * 600 seconds and bound to the principal, the method and its parameters; it can send them again in
 * that time. 64 KiB in all, answers included. */

/* Replaces the value of that name. OVERLOADED: no room. Copied. */
MCP_API mcp_err mcp_state_put(struct mcp_call *call, const char *name, mcp_str value);
/* Lives as long as the call; ptr NULL: there is none. */
MCP_API mcp_str mcp_state_get(struct mcp_call *call, const char *name);

#ifdef __cplusplus
}
#endif
#endif
