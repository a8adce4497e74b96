/* mcp/list.c - see list.h. */
#include <mcp/list.h>

#include <mcp/alloc.h>

#include <sodium.h>

void mcp__list_put_cache(struct mcp_buf *out, enum mcp__rev rev, const struct mcp_cache *cache)
{
    if (mcp__era_has(rev, MCP__FIELD_CACHE)) {
        mcp_buf_add_c(out, ",\"ttlMs\":");
        mcp_buf_int(out, cache->ttl_ms);
        mcp_buf_add_c(out, cache->is_public ? ",\"cacheScope\":\"public\""
                                            : ",\"cacheScope\":\"private\"");
    }
}

/* What is common to all pages of a revision, behind the items. */
static void put_tail(struct mcp_buf *out, enum mcp__rev rev, mcp_str cursor,
                     const struct mcp__list_items *items)
{
    if (cursor.len) {
        mcp_buf_add_c(out, ",\"nextCursor\":\"");
        mcp_buf_add(out, cursor);
        mcp_buf_byte(out, '"');
    }
    mcp__list_put_cache(out, rev, &items->cache);
    if (mcp__era_has(rev, MCP__FIELD_RESULT_TYPE)) {
        mcp_buf_add_c(out, ",\"resultType\":\"complete\",");
        mcp_buf_add(out, items->meta);
    }
    mcp_buf_byte(out, '}');
}

/* Print listed rows from *at on, a page at most; leaves *at behind the last one. */
static void put_page(struct mcp_buf *out, const struct mcp__list_items *items, enum mcp__rev rev,
                     size_t *at)
{
    struct mcp_json_writer w;
    size_t n = items->page_items;

    mcp_json_writer_init(&w, out);
    mcp_json_array(&w);
    for (; *at < items->n_rows && n; ++*at) {
        if (items->name(items->rows, *at).len) {
            items->put(&w, items->rows, *at, rev);
            n--;
        }
    }
    mcp_json_array_end(&w);
}

static bool print_pages(struct mcp__list *l, const struct mcp__list_items *items, enum mcp__rev rev)
{
    struct mcp_buf *pages = mcp_alloc(l->n_pages * sizeof(*pages));
    size_t at = 0;

    l->pages[rev] = pages;
    for (size_t i = 0; pages && i < l->n_pages; i++) {
        char text[MCP__CURSOR_TEXT_BYTES];
        mcp_str next = {NULL, 0};

        mcp_buf_init(&pages[i], SIZE_MAX / 2);
        mcp_buf_printf(&pages[i], "{\"%s\":", items->key);
        put_page(&pages[i], items, rev, &at);
        if (i + 1 < l->n_pages) {
            next = mcp__cursor_seal(items->cursor_key, l->fingerprint, (uint32_t)(i + 1), text);
        }
        put_tail(&pages[i], rev, next, items);
        if (pages[i].failed) {
            return false;
        }
        l->largest_bytes = pages[i].len > l->largest_bytes ? pages[i].len : l->largest_bytes;
    }
    return pages != NULL;
}

/* Returns the number of listed rows. */
static size_t take_fingerprint(struct mcp__list *l, const struct mcp__list_items *items)
{
    unsigned char hash[crypto_generichash_BYTES_MIN];
    crypto_generichash_state st;
    size_t listed = 0;

    crypto_generichash_init(&st, NULL, 0, sizeof(hash));
    crypto_generichash_update(&st, (const unsigned char *)items->key, strlen(items->key) + 1);
    for (size_t i = 0; i < items->n_rows; i++) {
        mcp_str name = items->name(items->rows, i);

        if (name.len) {
            crypto_generichash_update(&st, (const unsigned char *)name.ptr, name.len);
            crypto_generichash_update(&st, (const unsigned char *)"", 1);
            listed++;
        }
    }
    crypto_generichash_final(&st, hash, sizeof(hash));
    memcpy(&l->fingerprint, hash, sizeof(l->fingerprint));
    return listed;
}

bool mcp__list_print(struct mcp__list *l, const struct mcp__list_items *items)
{
    size_t listed = take_fingerprint(l, items);

    l->n_pages = listed ? (listed + items->page_items - 1) / items->page_items : 1;
    for (int rev = 0; rev < MCP__REV_COUNT; rev++) {
        if (!print_pages(l, items, (enum mcp__rev)rev)) {
            return false;
        }
    }
    return true;
}

void mcp__list_free(struct mcp__list *l)
{
    for (int rev = 0; rev < MCP__REV_COUNT; rev++) {
        for (size_t i = 0; l->pages[rev] && i < l->n_pages; i++) {
            mcp_buf_free(&l->pages[rev][i]);
        }
        mcp_free(l->pages[rev]);
    }
    *l = (struct mcp__list){0};
}
