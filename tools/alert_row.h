/* tools/alert_row.h - what was worth a warning: the alert log, and the state of each connection.
 *
 * An alert's record has all that its messages say, so that they can be written at any time, in any
 * process. A decoded alert points into the record it came from. */
#ifndef CISTERN_TOOLS_ALERT_ROW_H
#define CISTERN_TOOLS_ALERT_ROW_H

#include <tools/alert.h>
#include <tools/name.h>

#include <store/record.h>
#include <store/store.h>

enum { ALERT_VERSION = 1, ALERT_STATE_VERSION = 1, ALERT_RECORD_MAX = 33280 };

enum alert_kind {
    ALERT_POOL = 1, /* a connection's pools are low */
    ALERT_KEY,      /* an access token is about to expire */
    ALERT_TEST,     /* asked for */
    ALERT_WEBHOOK,  /* another webhook was paused or disabled */
    ALERT_USAGE,    /* a subscription has used much of its month */
    ALERT_ACCOUNT   /* the account was deleted: for a mailbox, no webhook is left */
};

enum alert_fate {
    ALERT_PENDING,
    ALERT_SENT,      /* delivered at least once */
    ALERT_UNSENT,    /* there was nobody to deliver it to */
    ALERT_WITHDRAWN, /* the pools recovered, or the connection was muted or removed */
    ALERT_SUPERSEDED
};

struct alert {
    uint8_t id[16];
    enum alert_kind kind;
    enum alert_level level;
    enum alert_fate fate;
    int64_t created_ms, fate_ms;
    uint64_t connection;     /* its sequence; POOL only */
    int32_t month;           /* USAGE, which has them in the record where POOL has connection */
    uint32_t percent;        /* that was reached */
    uint8_t subject_id[16];  /* of the connection, the token or the webhook; alert_subject() */
    uint64_t first_delivery; /* the deliveries are numbered one after the other */
    uint32_t n_deliveries;
    int64_t expires_ms; /* KEY */
    mcp_str subject;    /* the name of the same */
    mcp_str detail;     /* POOL: the tool's name; KEY: the token's hint; WEBHOOK: why;
                           USAGE: the plan's name */
    mcp_str topup_url;  /* empty: none */
    mcp_str lines;      /* struct alert_line, encoded; read with alert_line_next(). POOL: one for
                           each pool. USAGE: one, of "requests" or "bandwidth_bytes" as they are,
                           used and included */
};

struct alert_line {
    mcp_str label, unit;
    int64_t balance_micro, threshold_micro;
};

/* The subject's id as text: as name_id_format(), of a subscription its own. */
mcp_str alert_subject(const struct alert *a, char out[NAME_ID_BYTES]);
/* "pool", "key", "test", "webhook", "usage", "account"; "pending", "sent", "unsent", "withdrawn",
 * "superseded"
 */
mcp_str alert_kind_name(enum alert_kind k);
mcp_str alert_fate_name(enum alert_fate f);

bool alert_decode(mcp_str value, uint8_t version, struct alert *ret);
mcp_str alert_encode(const struct alert *a, char *memory); /* ALERT_RECORD_MAX bytes */

void alert_line_put(struct record_writer *w, const struct alert_line *line);
/* Cuts the first line off. False: there is none, or what is there is no line. */
bool alert_line_next(mcp_str *lines, struct alert_line *ret);

struct alert_found {
    struct alert a; /* points into memory */
    char memory[ALERT_RECORD_MAX];
};

/* MCP_E_NOT_FOUND: there is none (any more). */
MCP_MUST_USE mcp_err alert_get(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                               struct alert_found *ret);
MCP_MUST_USE mcp_err alert_put(struct store_txn *txn, uint64_t owner, uint64_t sequence,
                               const struct alert *a);

/* ---- The state of a connection ---- */
struct alert_standing {
    struct alert_state state;
    bool has_alert; /* the newest alert since it was last healed: */
    uint64_t alert;
};

bool alert_standing_decode(mcp_str value, uint8_t version, struct alert_standing *ret);
/* All quiet when there is no row. */
MCP_MUST_USE mcp_err alert_standing_get(struct store_txn *txn, uint64_t owner, uint64_t connection,
                                        struct alert_standing *ret);
/* All quiet needs no row. */
MCP_MUST_USE mcp_err alert_standing_put(struct store_txn *txn, uint64_t owner, uint64_t connection,
                                        const struct alert_standing *s);

#endif
