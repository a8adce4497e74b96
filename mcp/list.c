/* mcp/list.c - see list.h. */
#include <mcp/list.h>

#include <mcp/alloc.h>
#include <mcp/server.h>

#include <sodium.h>

/* ---- Members that whole pages and parts have ---- */

void mcp__list_put_cache(struct mcp_buf *out, enum mcp__rev rev, const struct mcp_cache *cache)
{
    if (mcp__era_has(rev, MCP__FIELD_CACHE)) {
        mcp_buf_add_c(out, ",\"ttlMs\":");
        mcp_buf_int(out, cache->ttl_ms);
        mcp_buf_add_c(out, cache->is_public ? ",\"cacheScope\":\"public\""
                                            : ",\"cacheScope\":\"private\"");
    }
}

static void put_next(struct mcp_buf *out, const uint8_t *key, uint64_t fingerprint, size_t page)
{
    char text[MCP__CURSOR_TEXT_BYTES];

    mcp_buf_add_c(out, ",\"nextCursor\":\"");
    mcp_buf_add(out, mcp__cursor_seal(key, fingerprint, (uint32_t)page, text));
    mcp_buf_byte(out, '"');
}

/* ---- Whole pages, printed once ---- */

/* Print listed rows from *at on, a page at most; leaves *at behind the last one. */
static void put_page(struct mcp_buf *out, struct mcp__list *l, const struct mcp__list_items *items,
                     enum mcp__rev rev, size_t *at, size_t n_before)
{
    struct mcp_json_writer w;
    size_t n = 0;

    mcp_buf_byte(out, '[');
    for (; *at < items->n_rows && n < l->page_items; ++*at) {
        if (!items->name(items, *at).len) {
            continue;
        }
        if (n) {
            mcp_buf_byte(out, ',');
        }
        size_t from = out->len;

        mcp_json_writer_init(&w, out);
        items->put(&w, items, *at, rev);
        if (l->items) {
            l->items[n_before + n].text[rev].at = from;
            l->items[n_before + n].text[rev].len = out->len - from;
        }
        n++;
    }
    mcp_buf_byte(out, ']');
}

static bool print_pages(struct mcp__list *l, const struct mcp__list_items *items, enum mcp__rev rev)
{
    struct mcp_buf *pages = mcp_alloc(l->n_pages * sizeof(*pages));
    bool is_modern = mcp__era_has(rev, MCP__FIELD_RESULT_TYPE);
    size_t at = 0;

    l->pages[rev] = pages;
    for (size_t i = 0; pages && i < l->n_pages; i++) {
        struct mcp_buf *out = &pages[i];

        /* In the order of reply.c, so that a part of a list looks like a whole one. */
        mcp_buf_init(out, SIZE_MAX / 2);
        mcp_buf_byte(out, '{');
        if (is_modern) {
            mcp_buf_add_c(out, "\"resultType\":\"complete\",");
        }
        mcp_buf_printf(out, "\"%s\":", l->key);
        size_t from = out->len;

        put_page(out, l, items, rev, &at, i * l->page_items);
        if (rev == MCP__REV_COUNT - 1 && !out->failed) {
            uint64_t parts[] = {l->version,
                                mcp_version_of(mcp_str_n(out->ptr + from, out->len - from))};

            l->version = mcp_version_of(mcp_str_n((const char *)parts, sizeof(parts)));
        }
        if (i + 1 < l->n_pages) {
            put_next(out, items->cursor_key, l->fingerprint, i + 1);
        }
        mcp__list_put_cache(out, rev, &l->cache);
        if (is_modern) {
            mcp_buf_byte(out, ',');
            mcp_buf_add(out, items->meta);
        }
        mcp_buf_byte(out, '}');
        if (out->failed) {
            return false;
        }
        l->largest_bytes = out->len > l->largest_bytes ? out->len : l->largest_bytes;
    }
    return pages != NULL;
}

static void take_fingerprint(struct mcp__list *l, const struct mcp__list_items *items)
{
    unsigned char hash[crypto_generichash_BYTES_MIN];
    crypto_generichash_state st;

    crypto_generichash_init(&st, NULL, 0, sizeof(hash));
    crypto_generichash_update(&st, (const unsigned char *)items->key, strlen(items->key) + 1);
    for (size_t i = 0; i < items->n_rows; i++) {
        mcp_str name = items->name(items, i);

        if (name.len) {
            crypto_generichash_update(&st, (const unsigned char *)name.ptr, name.len);
            crypto_generichash_update(&st, (const unsigned char *)"", 1);
            l->n_items++;
        }
    }
    crypto_generichash_final(&st, hash, sizeof(hash));
    memcpy(&l->fingerprint, hash, sizeof(l->fingerprint));
}

static void add_scope(struct mcp__list *l, const char *scope)
{
    for (size_t i = 0; i < l->n_scopes; i++) {
        if (strcmp(l->scopes[i], scope) == 0) {
            return;
        }
    }
    l->scopes[l->n_scopes++] = scope;
}

/* Where some row needs a scope, rows are remembered one by one. */
static bool take_scopes(struct mcp__list *l, const struct mcp__list_items *items)
{
    size_t n = 0;

    l->items = mcp_alloc((l->n_items + 1) * sizeof(*l->items));
    l->scopes = mcp_alloc((l->n_items + 1) * sizeof(*l->scopes));
    if (!l->items || !l->scopes) {
        return false;
    }
    for (size_t i = 0; i < items->n_rows; i++) {
        if (items->name(items, i).len) {
            const char *scope = items->is_hiding ? items->scope(items, i) : NULL;

            l->items[n++].scope = scope;
            if (scope) {
                add_scope(l, scope);
            }
        }
    }
    if (!l->n_scopes && !items->is_open) {
        mcp_free(l->items);
        l->items = NULL;
    }
    return true;
}

bool mcp__list_print(struct mcp__list *l, const struct mcp__list_items *items)
{
    l->key = items->key;
    l->page_items = items->page_items;
    l->cache = items->cache;
    take_fingerprint(l, items);
    if ((items->is_hiding || items->is_open) && !take_scopes(l, items)) {
        return false;
    }
    /* "Caching": what differs from caller to caller is nobody else's. */
    l->cache.is_public = l->cache.is_public && !l->items && !items->has_ui;
    l->n_pages = l->n_items ? (l->n_items + l->page_items - 1) / l->page_items : 1;
    for (int rev = 0; rev < MCP__REV_COUNT; rev++) {
        if (!print_pages(l, items, (enum mcp__rev)rev)) {
            return false;
        }
    }
    return true;
}

bool mcp__list_print_both(struct mcp__list l[2], struct mcp__list_items *items)
{
    items->shows_ui = false;
    if (!mcp__list_print(&l[0], items)) {
        return false;
    }
    items->shows_ui = true;
    return !items->has_ui || mcp__list_print(&l[1], items);
}

void mcp__list_free(struct mcp__list *l)
{
    for (int rev = 0; rev < MCP__REV_COUNT; rev++) {
        for (size_t i = 0; l->pages[rev] && i < l->n_pages; i++) {
            mcp_buf_free(&l->pages[rev][i]);
        }
        mcp_free(l->pages[rev]);
    }
    mcp_free(l->items);
    mcp_free((void *)l->scopes);
    *l = (struct mcp__list){0};
}

/* ---- Parts ---- */

bool mcp__list_is_whole(const struct mcp__list *l, const struct mcp_principal *who)
{
    for (size_t i = 0; i < l->n_scopes; i++) {
        if (!mcp_principal_has(who, l->scopes[i])) {
            return false;
        }
    }
    return true;
}

struct mcp__list_part mcp__list_part(const struct mcp__list *l, const struct mcp_principal *who)
{
    struct mcp__list_part part = {.list = l, .who = who};
    unsigned char hash[crypto_generichash_BYTES_MIN];
    crypto_generichash_state st;

    crypto_generichash_init(&st, (const unsigned char *)"part", 4, sizeof(hash));
    crypto_generichash_update(&st, (const unsigned char *)&l->fingerprint, sizeof(l->fingerprint));
    crypto_generichash_update(&st, who->id, sizeof(who->id));
    crypto_generichash_update(&st, (const unsigned char *)&who->owner, sizeof(who->owner));
    for (size_t i = 0; i < l->n_items; i++) {
        unsigned char sees = mcp_principal_has(who, l->items[i].scope);

        crypto_generichash_update(&st, &sees, 1);
        part.n_items += sees;
    }
    crypto_generichash_final(&st, hash, sizeof(hash));
    memcpy(&part.fingerprint, hash, sizeof(part.fingerprint));
    part.n_pages = part.n_items ? (part.n_items + l->page_items - 1) / l->page_items : 1;
    return part;
}

bool mcp__list_part_takes(struct mcp__list_part *part, uint32_t page)
{
    return (part->n_items + part->n_more++) / part->list->page_items == page;
}

static mcp_str printed(const struct mcp__list *l, size_t i, enum mcp__rev rev)
{
    const struct mcp_buf *page = &l->pages[rev][i / l->page_items];

    return mcp_str_n(page->ptr + l->items[i].text[rev].at, l->items[i].text[rev].len);
}

void mcp__list_put_part(struct mcp_buf *out, const struct mcp__list_part *part, mcp_str more,
                        uint32_t page, enum mcp__rev rev, const uint8_t *cursor_key)
{
    const struct mcp__list *l = part->list;
    size_t from = page * l->page_items, n = 0;

    mcp_buf_byte(out, '"');
    mcp_buf_add_c(out, l->key);
    mcp_buf_add(out, MCP_STR("\":["));
    for (size_t i = 0; i < l->n_items && n < from + l->page_items; i++) {
        if (!mcp_principal_has(part->who, l->items[i].scope) || n++ < from) {
            continue;
        }
        if (n - 1 > from) {
            mcp_buf_byte(out, ',');
        }
        mcp_buf_add(out, printed(l, i, rev));
    }
    mcp_buf_add_c(out, more.len && n > from ? "," : "");
    mcp_buf_add(out, more);
    mcp_buf_byte(out, ']');
    if (((size_t)page + 1) * l->page_items < part->n_items + part->n_more) {
        put_next(out, cursor_key, part->fingerprint, page + 1);
    }
    mcp__list_put_cache(out, rev, &l->cache);
}
