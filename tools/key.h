/* tools/key.h - where each record lives: a table byte, the owner, then what orders the table.
 *
 * Integers are big-endian, so that keys sort by value. Names do not appear in keys, only their
 * hash. Pure.
 *
 *   table             key after the table byte and the owner (8)      order
 *   TOKEN             SHA-256 of the token (32), and no owner          none
 *   TOKEN_INFO        sequence (8)                                     creation
 *   TOKEN_USE         token id (16), or a session's                    none
 *   TOKEN_TOLD        token id (16): the last warning before it ends    none
 *   LOGIN             SHA-256 of a link or session (32), no owner      none
 *   LOGIN_INFO        sequence (8)                                     creation
 *   CONNECTION        sequence (8)                                     creation
 *                     sequence (8), pool (4): a pool, right after its connection, so that one
 *                     scan meets each connection and then its pools
 *   CONNECTION_ID     connection id (16) -> sequence                   none
 *   CONNECTION_NAME   hash of the folded name (16) -> sequence         none
 *   READING           sequence (8), pool (4), time in ms (8)           time
 *   OWNER             nothing: the owner's counters
 *   WEBHOOK           sequence (8)                                     creation
 *   ALERT             sequence (8)                                     creation
 *   ALERT_STATE       a connection's sequence (8)                      none
 *   DELIVERY          sequence (8)                                     creation
 *   DUE               webhook (8), time in ms (8), delivery (8)        when something is to be done
 *                     with each open delivery of a webhook
 *   MAIL              a DELIVERY's sequence (8): where it goes         creation
 *                     owner 0 and nothing: the server sends mail
 *   OUTBOX            nothing: the owner's counters of all these
 *   TASK              hash of the task's id (16), and no owner         none
 *   TASK_PART         the same, part (4): its outcome                  part
 *   SEAL              owner 0 and nothing: which key the store's secrets need
 *   SOURCE            a connection's sequence (8)                      creation
 *   POLL              no owner first: time in ms (8), owner (8), connection (8): when a source is
 *                     asked next                                       time
 *   ONCE              hash of who asks and of the request's name (16)  none
 *   ONCE_AT           no owner first: time in ms (8), owner (8), that hash (16)  time
 *   PLAN              sequence (8)                                     creation
 *   SUBSCRIPTION      sequence (8)                                     creation
 *   SUBSCRIPTION_ID   hash of the id (16) -> sequence                  none
 *   USAGE             a subscription's sequence (8), month (4)         month
 *   USAGE_COUNTS      nothing: the owner's counters of these
 *   USAGE_ONCE        hash of a subscription and of an event's name (16)  none
 *   USAGE_ONCE_AT     time in ms (8), that hash (16)                   time
 *   USAGE_ONCE_COUNT  nothing: how many of these there are
 *   USAGE_TOLD        a subscription's sequence (8), month (4): what was told month
 *   USAGE_FEED        hash of the feed's name (16)                     none
 *   USER              nothing: who the owner is                        owner
 *   USER_EMAIL        owner 0, hash of the folded address (16) -> owner  none
 *   USER_PASSWORD     nothing: what proves that it is them
 *   USERS             owner 0 and nothing: how many there are
 *   PAYER             nothing: how the owner pays while nobody is there
 *   CHARGE            no owner first: time in ms (8), owner (8), order id (16): when it is charged
 *                                                                    time
 *   LEDGER            sequence (8)                                     creation
 *   WALLET            nothing: the owner's balance
 *   RESERVATION       reservation id (16)                              none
 *   RESERVATION_DUE   no owner first: time in ms (8), owner (8), that id (16): when it ends, or is
 *                     forgotten                                        time
 *   SPEND             day since 1970 (4): what was spent on it          day
 *   SPEND_APP         hash of an app's folded name (16)                none
 *   ORDER             no owner: order id (16), which begins with its time  creation
 *   ONCE_ANSWER       as ONCE: what was said, when it is longer than a ONCE has room for */
#ifndef CISTERN_TOOLS_KEY_H
#define CISTERN_TOOLS_KEY_H

#include <mcp/str.h>

enum key_table {
    KEY_TOKEN = 0x10,
    KEY_TOKEN_INFO = 0x11,
    KEY_TOKEN_USE = 0x12,
    KEY_LOGIN = 0x13,
    KEY_LOGIN_INFO = 0x14,
    KEY_CONNECTION = 0x20,
    KEY_CONNECTION_ID = 0x21,
    KEY_CONNECTION_NAME = 0x22,
    KEY_READING = 0x23,
    KEY_OWNER = 0x30,
    KEY_WEBHOOK = 0x40,
    KEY_ALERT = 0x41,
    KEY_ALERT_STATE = 0x42,
    KEY_DELIVERY = 0x43,
    KEY_DUE = 0x44,
    KEY_MAIL = 0x45,
    KEY_OUTBOX = 0x46,
    KEY_SEAL = 0x47,
    KEY_SOURCE = 0x48,
    KEY_POLL = 0x49,
    KEY_TASK = 0x4a,
    KEY_TASK_PART = 0x4b,
    KEY_ONCE = 0x4c,
    KEY_ONCE_AT = 0x4d,
    KEY_TOKEN_TOLD = 0x4e,
    KEY_PLAN = 0x50,
    KEY_SUBSCRIPTION = 0x51,
    KEY_SUBSCRIPTION_ID = 0x52,
    KEY_USAGE = 0x53,
    KEY_USAGE_COUNTS = 0x54,
    KEY_USAGE_FEED = 0x58,
    KEY_USAGE_TOLD = 0x59,
    KEY_USAGE_ONCE = 0x5a,
    KEY_USAGE_ONCE_AT = 0x5b,
    KEY_USAGE_ONCE_COUNT = 0x5c,
    KEY_USER = 0x60,
    KEY_USER_EMAIL = 0x61,
    KEY_USER_PASSWORD = 0x62,
    KEY_USERS = 0x63,
    KEY_PAYER = 0x64,
    KEY_CHARGE = 0x65,
    KEY_LEDGER = 0x68,
    KEY_WALLET = 0x69,
    KEY_RESERVATION = 0x6a,
    KEY_RESERVATION_DUE = 0x6b,
    KEY_SPEND = 0x6c,
    KEY_SPEND_APP = 0x6d,
    KEY_ORDER = 0x6e,
    KEY_ONCE_ANSWER = 0x6f
};

enum {
    KEY_OWNED_BYTES = 9,      /* table and owner: the prefix of an owner's rows */
    KEY_TOKEN_BYTES = 33,     /* TOKEN, LOGIN */
    KEY_SEQUENCE_BYTES = 17,  /* any with a sequence alone */
    KEY_POOL_BYTES = 21,      /* CONNECTION with a pool */
    KEY_ID_BYTES = 25,        /* TOKEN_USE, TOKEN_TOLD, CONNECTION_ID, CONNECTION_NAME, ONCE,
                                 SUBSCRIPTION_ID, USAGE_FEED, USER_EMAIL */
    KEY_READING_BYTES = 29,   /* READING */
    KEY_DUE_BYTES = 33,       /* DUE */
    KEY_TASK_BYTES = 17,      /* TASK */
    KEY_TASK_PART_BYTES = 21, /* TASK_PART */
    KEY_POLL_BYTES = 25,      /* POLL */
    KEY_ONCE_AT_BYTES = 33,   /* ONCE_AT */
    KEY_USAGE_ONCE_AT_BYTES = 33,
    KEY_MONTH_BYTES = 21, /* USAGE, USAGE_TOLD */
    KEY_DAY_BYTES = 13,   /* SPEND */
    KEY_ORDER_BYTES = 17  /* ORDER */
};

struct key {
    uint8_t bytes[33];
    uint8_t len;
};

static inline mcp_str key_str(const struct key *k)
{
    return mcp_str_n((const char *)k->bytes, k->len);
}

/* The prefix of all rows of `owner` in `table`; for OWNER the whole key. */
struct key key_owned(enum key_table table, uint64_t owner);
struct key key_token(const uint8_t hash[32]);
/* TOKEN, LOGIN */
struct key key_hash(enum key_table table, const uint8_t hash[32]);
/* Any table with a sequence; the prefix of a connection's READINGs. */
struct key key_sequence(enum key_table table, uint64_t owner, uint64_t sequence);
/* TOKEN_USE, TOKEN_TOLD, CONNECTION_ID, ONCE, SUBSCRIPTION_ID, USAGE_FEED, USAGE_ONCE */
struct key key_id(enum key_table table, uint64_t owner, const uint8_t id[16]);
/* CONNECTION_NAME; ASCII letters count without case. */
struct key key_name(uint64_t owner, mcp_str name);
/* USER_EMAIL; ASCII letters count without case. */
struct key key_email(mcp_str email);
struct key key_pool(uint64_t owner, uint64_t connection, uint32_t pool);
/* `at_ms` is not negative. */
struct key key_reading(uint64_t owner, uint64_t connection, uint32_t pool, int64_t at_ms);

/* `month` as in month.h. */
struct key key_month(uint64_t owner, uint64_t subscription, uint32_t month);

struct key key_order(const uint8_t id[16]);
/* SPEND */
struct key key_day(uint64_t owner, uint32_t day);

/* What a DUE key says. Times are not negative. */
struct key_due {
    uint64_t owner, webhook;
    int64_t at_ms;
    uint64_t delivery;
};
struct key key_due(const struct key_due *d);
/* `key` is KEY_DUE_BYTES long. */
struct key_due key_get_due(mcp_str key);

struct key key_task(mcp_str id);
/* Its first KEY_TASK_BYTES are the prefix of all parts of that task. */
struct key key_task_part(const struct key *task, uint32_t part);

/* What a POLL key says. Times are not negative. */
struct key_poll {
    int64_t at_ms;
    uint64_t owner, connection;
};
struct key key_poll(const struct key_poll *p);
/* `key` is KEY_POLL_BYTES long. */
struct key_poll key_get_poll(mcp_str key);

/* What an ONCE_AT key says. Times are not negative. */
struct key_once {
    int64_t at_ms;
    uint64_t owner;
    uint8_t name[16];
};
struct key key_once(const struct key_once *o);
/* `key` is KEY_ONCE_AT_BYTES long. */
struct key_once key_get_once(mcp_str key);

/* USAGE_ONCE_AT; `at_ms` is not negative. */
struct key key_usage_once(uint64_t owner, int64_t at_ms, const uint8_t name[16]);
int64_t key_get_usage_once_time(const struct key *key);

/* The owner in the key of any table that begins with one. */
uint64_t key_get_owner(mcp_str key);
/* The sequence in the key of any table that is ordered by one. */
uint64_t key_get_sequence(mcp_str key);
/* The time in a READING key. */
int64_t key_get_time(mcp_str key);
/* The day in a SPEND key. */
uint32_t key_get_day(mcp_str key);
/* The pool in a pool's key. */
uint32_t key_get_pool(mcp_str key);

#endif
