/* tools/mail_row.h - whom the outbox writes to by mail: the second kind of destination, beside
 * webhooks. Inside a body.
 *
 * A mail is a delivery whose `webhook` is OUTBOX_MAIL: the same queue, claims and schedule. It goes
 * to the address that the owner's user has when it is sent, which is no part of it, but for an
 * account that is deleted: what its address was lies sealed in a row of that delivery, and goes
 * with the transaction that ends it, however it ends (delivery_put()).
 *
 * Whether mail goes out at all is a row that the one server of the store keeps, so that commands
 * beside it know: without it nothing is queued that nobody would send. */
#ifndef CISTERN_TOOLS_MAIL_ROW_H
#define CISTERN_TOOLS_MAIL_ROW_H

#include <tools/alert_row.h>
#include <tools/seal.h>
#include <tools/user.h>

enum { MAIL_VERSION = 1, MAIL_SEALED_MAX = USER_EMAIL_MAX + SEAL_MORE };

/* The server sends mail from now on, or does not. */
MCP_MUST_USE mcp_err mail_switch_get(struct store_txn *txn, bool *ret_is_on);
MCP_MUST_USE mcp_err mail_switch_put(struct store_txn *txn, bool is_on);

/* Whether an alert of this kind is a mail, too: what an owner should know of although no webhook of
 * theirs is there, or works. Pure. */
bool mail_is_for(enum alert_kind kind);

/* Whether mail goes out and the owner has a user, who has an address. */
MCP_MUST_USE mcp_err mail_is_wanted(struct store_txn *txn, uint64_t owner, bool *ret);

/* Where delivery `sequence` with `id` goes: `out` has USER_EMAIL_MAX bytes. MCP_E_NOT_FOUND:
 * nowhere (any more), or what was sealed does not open. */
MCP_MUST_USE mcp_err mail_address(struct store_txn *txn, const struct seal *seal, uint64_t owner,
                                  uint64_t sequence, const uint8_t id[16], char out[USER_EMAIL_MAX],
                                  mcp_str *ret);

/* The account is being deleted: tell `email`, which was theirs. After what else was on its way to
 * them was ended, in the same transaction. No mail, no room, no key to seal with: nothing is told.
 */
MCP_MUST_USE mcp_err mail_farewell(struct store_txn *txn, const struct seal *seal, uint64_t owner,
                                   mcp_str email, int64_t now_ms);

/* The delivery is over. */
MCP_MUST_USE mcp_err mail_forget(struct store_txn *txn, uint64_t owner, uint64_t sequence);

#endif
