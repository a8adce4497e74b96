/* mcp/list.h - private: the lists that clients page through, printed once when the server starts.
 *
 * One prebuilt result per page and revision (MCP server/utilities/pagination). */
#ifndef MCP_LIST_H
#define MCP_LIST_H

#include <mcp/buf.h>
#include <mcp/cursor.h>
#include <mcp/era.h>
#include <mcp/json.h>
#include <mcp/resource.h>

struct mcp__list {
    size_t n_pages;
    uint64_t fingerprint; /* of what is listed: cursors of another list do not fit */
    struct mcp_buf *pages[MCP__REV_COUNT]; /* n_pages each */
    size_t largest_bytes;                  /* of a page */
};

/* What is listed, and how. */
struct mcp__list_items {
    const char *key; /* "tools" */
    const void *rows;
    size_t n_rows;
    /* The name of a listed row; empty: not listed. */
    mcp_str (*name)(const void *rows, size_t i);
    void (*put)(struct mcp_json_writer *w, const void *rows, size_t i, enum mcp__rev rev);
    size_t page_items;
    struct mcp_cache cache;
    const uint8_t *cursor_key; /* MCP__CURSOR_KEY_BYTES */
    mcp_str meta;              /* the modern "_meta":{...} member */
};

/* False when out of memory; free it all the same. */
bool mcp__list_print(struct mcp__list *l, const struct mcp__list_items *items);
void mcp__list_free(struct mcp__list *l);

/* Write "ttlMs" and "cacheScope", each behind a comma, where the revision has them. */
void mcp__list_put_cache(struct mcp_buf *out, enum mcp__rev rev, const struct mcp_cache *cache);

#endif
