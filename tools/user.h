/* tools/user.h - users: who an owner is. Bodies, and pure checks.
 *
 * A user is an owner with a name on the door: the number that every other table begins with
 * (owner.h). Owner 1 is whom the command line works for; it may be given to one user, the others
 * get numbers of their own, which are never used twice. An owner without a user is as good as any.
 *
 * Deleting leaves the record, without a trace of who it was, so that what refers to the owner
 * still has somebody behind it. */
#ifndef CISTERN_TOOLS_USER_H
#define CISTERN_TOOLS_USER_H

#include <mcp/json.h>
#include <store/store.h>

enum {
    USER_VERSION = 1,
    USERS_MAX = 100000,   /* for strangers to join; whom the operator adds, passes it */
    USER_EMAIL_MAX = 254, /* RFC 5321 4.5.3.1.3, without its angle brackets */
    USER_NAME_MAX = 320,  /* 80 code points */
    USER_URL_MAX = 2048,
    USER_METADATA_MAX = 16384,
    USER_PASSWORD_MAX = 128, /* what is kept of it */
    USER_RECORD_MAX = 20480
};
#define USER_AMOUNT_MAX (((int64_t)1 << 53) - 1) /* exact in every JSON reader */
#define USER_OPERATOR   ((uint64_t)1)            /* the owner whom tools_operator() is */

struct user {
    uint8_t id[16]; /* as the world sees it */
    uint64_t owner;
    int64_t created_ms, deleted_ms; /* 0: not deleted */
    mcp_str email;                  /* as it was given; found without regard to case */
    mcp_str name, avatar_url;       /* empty: none */
    mcp_str metadata;               /* JSON text of an object; empty: none */
    /* When the balance falls below the threshold, buy so many credits. */
    bool is_topped_off;
    int64_t topoff_threshold, topoff_credits; /* 0 and more */
};

/* ---- Inside a body. What *ret points to is the database's, until the body writes or returns ----
 */

/* MCP_E_NOT_FOUND: there is none, or no more (but for user_of_owner, which finds a deleted one,
 * too); MCP_E_STORAGE. */
MCP_MUST_USE mcp_err user_find_by_email(struct store_txn *txn, mcp_str email, struct user *ret);
MCP_MUST_USE mcp_err user_of_owner(struct store_txn *txn, uint64_t owner, struct user *ret);

/* MCP_OK: the operator, or a user's number that was given out. MCP_E_NOT_FOUND: it was not, or its
 * user is deleted. */
MCP_MUST_USE mcp_err user_owner_check(struct store_txn *txn, uint64_t owner);

/* u->owner: USER_OPERATOR, or 0 for a new number, which is then in it. `password`: what
 * tools/password.h made. MCP_E_CONFLICT: somebody has the address, or is the operator already;
 * MCP_E_REFUSED: there are `max`, without those who were removed. */
MCP_MUST_USE mcp_err user_add(struct store_txn *txn, struct user *u, mcp_str password,
                              uint32_t max);
/* Everything but the id, the owner and the address may differ from before. */
MCP_MUST_USE mcp_err user_put(struct store_txn *txn, const struct user *u);
/* What proves that it is them. MCP_E_NOT_FOUND: nothing does. */
MCP_MUST_USE mcp_err user_password_get(struct store_txn *txn, uint64_t owner, mcp_str *ret);
MCP_MUST_USE mcp_err user_password_put(struct store_txn *txn, uint64_t owner, mcp_str password);
/* Nobody can sign in as `owner` any more, and nothing tells who it was. Its other rows stay. */
MCP_MUST_USE mcp_err user_remove(struct store_txn *txn, uint64_t owner, int64_t now_ms);

/* ---- What may be in them: NULL, or what is wrong, as in "The address ..." ---- */
const char *user_email_check(mcp_str email);
const char *user_name_check(mcp_str name);
/* https, and a host that is not this machine, its network or an address that only means something
 * there. */
const char *user_avatar_check(mcp_str url);
/* An object of at most USER_METADATA_MAX bytes of text, 100 members in all, five levels, numbers
 * that a double can hold. */
const char *user_metadata_check(mcp_json metadata);
static inline bool user_is_amount(int64_t credits)
{
    return credits >= 0 && credits <= USER_AMOUNT_MAX;
}

/* ---- Rows ---- */
bool user_decode(mcp_str value, uint8_t version, struct user *ret);
bool user_password_decode(mcp_str value, uint8_t version, mcp_str *ret);

struct user_counts {
    uint64_t next_owner; /* never used twice */
    uint32_t n;          /* not removed */
};
bool user_counts_decode(mcp_str value, uint8_t version, struct user_counts *ret);
MCP_MUST_USE mcp_err user_counts_get(struct store_txn *txn, struct user_counts *ret);

#endif
