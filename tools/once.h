/* tools/once.h - a request that names itself is carried out once: the same again within a day is
 * answered as the first time (Idempotency-Key). Inside a body, in the transaction of the effect. */
#ifndef CISTERN_TOOLS_ONCE_H
#define CISTERN_TOOLS_ONCE_H

#include <mcp/str.h>
#include <store/store.h>

#define ONCE_KEPT_MS ((int64_t)24 * 3600 * 1000)

enum {
    ONCE_VERSION = 1,
    ONCE_SAID = 3,
    ONCE_STEP = 4, /* old ones forgotten with each new one */
    ONCE_ANSWER_MAX = 1024
};

#define ONCE_ANOTHER "Another request had this Idempotency-Key."

struct once {
    bool is_named;     /* false: nothing is remembered */
    uint8_t name[16];  /* of who asks and what it calls the request */
    uint8_t print[16]; /* of what is asked */
    int64_t before_ms; /* when an older request of this name was carried out; 0: there is none */
    uint32_t said[ONCE_SAID];
};

/* `key` empty: not named. `who` is the credential's id, `tool` what it asks: a name is of both.
 * Pure. */
void once_init(struct once *o, const uint8_t who[16], mcp_str tool, mcp_str key, mcp_str request);

/* MCP_OK: it was carried out already, o->said is what was said. MCP_E_NOT_FOUND: it was not.
 * MCP_E_CONFLICT: another request had this name. */
MCP_MUST_USE mcp_err once_get(struct store_txn *txn, uint64_t owner, struct once *o,
                              int64_t now_ms);
/* It was carried out now, and o->said was said. */
MCP_MUST_USE mcp_err once_put(struct store_txn *txn, uint64_t owner, const struct once *o,
                              int64_t now_ms);

/* An answer that three numbers cannot tell: bytes with which the tool can say the same again, at
 * most ONCE_ANSWER_MAX. After once_put(), which forgets that of an older request. */
MCP_MUST_USE mcp_err once_keep(struct store_txn *txn, uint64_t owner, const struct once *o,
                               mcp_str answer);
/* After once_get() was MCP_OK. *ret is in `out`. MCP_E_STORAGE: there is none. */
MCP_MUST_USE mcp_err once_kept(struct store_txn *txn, uint64_t owner, const struct once *o,
                               char out[ONCE_ANSWER_MAX], mcp_str *ret);

/* It was not carried out after all: the same again is. `at_ms` is what once_put() was given. */
MCP_MUST_USE mcp_err once_forget(struct store_txn *txn, uint64_t owner, const struct once *o,
                                 int64_t at_ms);

struct once_row {
    int64_t at_ms;
    uint8_t print[16];
    uint32_t said[ONCE_SAID];
};
bool once_decode(mcp_str value, uint8_t version, struct once_row *ret);

#endif
