/* tools/webhook.h - an endpoint that warnings are sent to: its record, and finding it.
 *
 * The URL is a secret (with Slack it is the only one), so it lies sealed; `shown` is what lists
 * say. A decoded webhook points into the record it came from. */
#ifndef CISTERN_TOOLS_WEBHOOK_H
#define CISTERN_TOOLS_WEBHOOK_H

#include <tools/alert.h>
#include <tools/seal.h>

#include <store/store.h>

enum {
    WEBHOOK_VERSION = 1,
    WEBHOOKS_MAX = 32, /* of one owner */
    WEBHOOK_URL_MAX = 2048,
    WEBHOOK_SHOWN_MAX = 288, /* scheme, host, port and four characters */
    WEBHOOK_REASON_MAX = 160,
    WEBHOOK_SECRET_BYTES = 32,
    WEBHOOK_SECRET_TEXT = 6 + 44, /* "whsec_" and base64, no NUL */
    WEBHOOK_RECORD_MAX = 3584
};

enum webhook_format { WEBHOOK_GENERIC, WEBHOOK_SLACK };

enum webhook_state {
    WEBHOOK_ACTIVE,
    WEBHOOK_PAUSED,  /* failed for good: waits for an edit, and what is sent to it waits too */
    WEBHOOK_DISABLED /* answered 410, or its owner switched it off: nothing is sent to it */
};

struct webhook {
    uint8_t id[16];
    enum webhook_format format;
    enum webhook_state state;
    enum alert_level least; /* the lowest level it wants */
    int64_t created_ms, state_ms;
    int64_t last_ms;          /* newest attempt; 0: none */
    uint32_t last_status;     /* of it; 0: no answer */
    int64_t overlap_until_ms; /* the previous secret signs too until then */
    mcp_str name, shown;
    mcp_str reason;                /* of PAUSED and DISABLED */
    mcp_str url, secret, previous; /* sealed; empty secret: unsigned */
};

/* "generic", "slack"; "active", "paused", "disabled" */
mcp_str webhook_format_name(enum webhook_format f);
mcp_str webhook_state_name(enum webhook_state s);

bool webhook_decode(mcp_str value, uint8_t version, struct webhook *ret);
mcp_str webhook_encode(const struct webhook *w, char memory[WEBHOOK_RECORD_MAX]);

/* NULL, or what is wrong with a URL: what name_check_url() says, user information, a fragment. */
const char *webhook_check_url(mcp_str url);
/* "https://hooks.slack.com/...x7Qz": the origin, and the end of what is long enough to hide it. */
mcp_str webhook_show_url(mcp_str url, char out[WEBHOOK_SHOWN_MAX]);
/* True for Slack's own incoming webhooks. */
bool webhook_is_slack(mcp_str url);
/* "whsec_" and 32 random bytes in base64 (Standard Webhooks 1.0.0, "Secret"). */
mcp_str webhook_make_secret(char out[WEBHOOK_SECRET_TEXT]);

/* ---- Inside a body ---- */
struct webhook_found {
    uint64_t sequence;
    struct webhook w; /* points into memory */
    char memory[WEBHOOK_RECORD_MAX];
};

/* By sequence. MCP_E_NOT_FOUND; MCP_E_STORAGE. */
MCP_MUST_USE mcp_err webhook_get(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                                 struct webhook_found *ret);
/* By id or, without case, by name. */
MCP_MUST_USE mcp_err webhook_find(struct store_txn *txn, uint64_t owner, mcp_str which,
                                  struct webhook_found *ret);
/* MCP_E_CONFLICT: the name is taken. MCP_E_REFUSED: there are WEBHOOKS_MAX. */
MCP_MUST_USE mcp_err webhook_add(struct store_txn *txn, uint64_t owner, const struct webhook *w);
/* Replace the record. MCP_E_CONFLICT: another one has the name. */

MCP_MUST_USE mcp_err webhook_put(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                                 const struct webhook *w);
/* The same when the name is the one it had. */
MCP_MUST_USE mcp_err webhook_save(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                                  const struct webhook *w);
/* Delete the record; what is on its way to it ends by itself (outbox_claim.h). */
MCP_MUST_USE mcp_err webhook_remove(struct store_txn *txn, uint64_t owner, uint64_t sequence);

/* The webhooks that take an alert of `level` now: their sequences, and which of them. */
struct webhook_takers {
    uint64_t sequences[WEBHOOKS_MAX + 1]; /* there is room for OUTBOX_MAIL behind them */
    size_t n;
};
MCP_MUST_USE mcp_err webhook_takers(struct store_txn *txn, uint64_t owner, enum alert_level level,
                                    struct webhook_takers *ret);

#endif
