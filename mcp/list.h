/* mcp/list.h - private: the lists that clients page through, printed once when the server starts.
 *
 * One prebuilt result per page and revision (MCP server/utilities/pagination). A caller who may not
 * see every row (options.hiding) gets a page put together from the items of those. */
#ifndef MCP_LIST_H
#define MCP_LIST_H

#include <mcp/buf.h>
#include <mcp/cursor.h>
#include <mcp/era.h>
#include <mcp/json.h>
#include <mcp/principal.h>
#include <mcp/resource.h>

/* A row as it was printed: where on the page that has it. */
struct mcp__listed {
    const char *scope; /* NULL: for everybody */
    struct {
        size_t at, len;
    } text[MCP__REV_COUNT];
};

struct mcp__list {
    const char *key; /* "tools" */
    size_t n_pages, page_items;
    uint64_t fingerprint; /* of what is listed: cursors of another list do not fit */
    uint64_t version;     /* of the items as the newest revision has them */
    struct mcp_buf *pages[MCP__REV_COUNT]; /* n_pages each */
    size_t largest_bytes;                  /* of a page */
    struct mcp__listed *items;             /* n_items; NULL: everybody may see everything */
    size_t n_items;
    const char **scopes; /* n_scopes: all that somebody needs to see everything */
    size_t n_scopes;
    struct mcp_cache cache;
};

/* What is listed, and how. */
struct mcp__list_items {
    const char *key; /* "tools" */
    const void *rows;
    size_t n_rows;
    /* The name of a listed row; empty: not listed. */
    mcp_str (*name)(const struct mcp__list_items *items, size_t i);
    const char *(*scope)(const struct mcp__list_items *items, size_t i);
    void (*put)(struct mcp_json_writer *w, const struct mcp__list_items *items, size_t i,
                enum mcp__rev rev);
    size_t page_items;
    bool has_ui;    /* some row is of MCP Apps */
    bool shows_ui;  /* for clients that declared it */
    bool is_hiding; /* rows from those who lack their scope */
    bool is_open;   /* handlers add to it, caller by caller */
    struct mcp_cache cache;
    const uint8_t *cursor_key; /* MCP__CURSOR_KEY_BYTES */
    mcp_str meta;              /* the modern "_meta":{...} member */
};

/* False when out of memory; free it all the same. */
bool mcp__list_print(struct mcp__list *l, const struct mcp__list_items *items);
/* The list for clients without MCP Apps and, where rows have them, for those with. */
bool mcp__list_print_both(struct mcp__list l[2], struct mcp__list_items *items);
void mcp__list_free(struct mcp__list *l);

/* True when `who` may see every row: the printed pages are the caller's. */
bool mcp__list_is_whole(const struct mcp__list *l, const struct mcp_principal *who);

/* The part of a list that one caller sees. Its cursors fit this caller with these scopes only. */
struct mcp__list_part {
    const struct mcp__list *list;
    const struct mcp_principal *who;
    size_t n_items, n_pages;
    uint64_t fingerprint;
    size_t n_more; /* what handlers have added behind the rows */
};
struct mcp__list_part mcp__list_part(const struct mcp__list *l, const struct mcp_principal *who);
/* A handler adds an item: whether `page` shows it. */
bool mcp__list_part_takes(struct mcp__list_part *part, uint32_t page);
/* Write the members of the result that differ from method to method: the items, the cursor, how
 * long it may be cached. `more`: the added ones that the page takes. */
void mcp__list_put_part(struct mcp_buf *out, const struct mcp__list_part *part, mcp_str more,
                        uint32_t page, enum mcp__rev rev, const uint8_t *cursor_key);

/* Write "ttlMs" and "cacheScope", each behind a comma, where the revision has them. */
void mcp__list_put_cache(struct mcp_buf *out, enum mcp__rev rev, const struct mcp_cache *cache);

#endif
