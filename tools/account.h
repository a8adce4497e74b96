/* tools/account.h - what the account handlers share: a user as a result, and the end of one. */
#ifndef CISTERN_TOOLS_ACCOUNT_H
#define CISTERN_TOOLS_ACCOUNT_H

#include <tools/seal.h>
#include <tools/user.h>

#include <mcp/json.h>

/* The wallet's balance in credits. In a body. */
MCP_MUST_USE mcp_err account_balance(struct store_txn *txn, uint64_t owner, int64_t *ret);

/* The user of `owner` that is not deleted; MCP_E_NOT_FOUND. In a body, as user_of_owner(). */
MCP_MUST_USE mcp_err account_of(struct store_txn *txn, uint64_t owner, struct user *ret);

/* The first entry of a new account, whoever made it: so many credits; 0: none. In a body. */
MCP_MUST_USE mcp_err account_welcome(struct store_txn *txn, const struct seal *seal, uint64_t owner,
                                     int64_t credits, int64_t now_ms);

/* The user signs off: user_remove(), and whatever lets somebody in as them or was on its way to
 * them ends: sessions, tokens, webhooks with their deliveries. What is left is a mail to the
 * address that they had (mail_farewell()). In a body. */
MCP_MUST_USE mcp_err account_remove(struct store_txn *txn, const struct seal *seal, uint64_t owner,
                                    int64_t now_ms);

/* Members of an open object. */
void account_put_id(struct mcp_json_writer *w, const struct user *u);
/* `key`: the text, or null for an empty one. */
void account_put_text(struct mcp_json_writer *w, mcp_str key, mcp_str text);
/* "user": {id, email, balance} */
void account_put_who(struct mcp_json_writer *w, const struct user *u, int64_t balance);
/* id, email, name, avatar_url, user_metadata */
void account_put_profile(struct mcp_json_writer *w, const struct user *u);
/* auto_topoff_enabled, auto_topoff_threshold, auto_topoff_amount */
void account_put_topoff(struct mcp_json_writer *w, const struct user *u);

#endif
