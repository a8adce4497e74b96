/* tools/source_change.h - the argument `source` of add_connection and edit_connection, and a source
 * in results. */
#ifndef CISTERN_TOOLS_SOURCE_CHANGE_H
#define CISTERN_TOOLS_SOURCE_CHANGE_H

#include <tools/connection.h>
#include <tools/source_row.h>

#include <mcp/call.h>

struct source_change {
    const struct seal *seal;
    int64_t now_ms;
    bool is_given, is_removed;
    bool is_push; /* scripts tell it: there is nobody to ask */
    bool is_new;  /* a template or definition: nothing of what was there before stays */
    bool has_secret, has_account;
    mcp_str template_id, definition, account, secret, host; /* as given */
    mcp_str service, topup_url; /* what the definition says of whom it asks; empty: nothing */
    int64_t every_ms;           /* 0: not given */
    bool has_status, is_off; /* the connection is disconnected by its owner, or is not any more */
    char sealed_definition[SOURCE_DEFINITION_MAX + SEAL_MORE];
    char sealed_secret[SOURCE_SECRET_MAX + SEAL_MORE];
};

/* Read and check what is given. MCP_OK also when nothing is. */
MCP_MUST_USE mcp_err source_change_read(struct mcp_call *call, const struct seal *seal,
                                        struct source_change *ret);
/* In a body: make it so. Whatever changes makes the source due at once. On failure *ret_why is a
 * sentence, or NULL. */
MCP_MUST_USE mcp_err source_change_put(struct store_txn *txn, uint64_t owner, uint64_t connection,
                                       const uint8_t id[16], struct source_change *c,
                                       const char **ret_why);

/* What results show. */
struct source_shown {
    bool is_known;   /* false: nobody is asked */
    struct source s; /* points into memory; nothing that is sealed */
    char memory[SOURCE_ID_MAX + SOURCE_HOST_MAX + SOURCE_ACCOUNT_MAX + SOURCE_WHY];
};
/* In a body. */
MCP_MUST_USE mcp_err source_shown_get(struct store_txn *txn, uint64_t owner, uint64_t connection,
                                      struct source_shown *ret);
/* The member "source". `is_pushed`: what it is when nobody is asked. */
void source_shown_put(struct mcp_json_writer *w, const struct source_shown *s, bool is_pushed);

#endif
