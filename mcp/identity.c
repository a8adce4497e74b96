/* mcp/identity.c - who the server says it is: kept for the server card, printed once for
 * server/discover, `initialize` and the _meta of modern results. */
#include <mcp/engine.h>

static void put_implementation(struct mcp_json_writer *w, const struct mcp__identity *id,
                               enum mcp__rev rev)
{
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("name"), id->name);
    mcp_json_member_str(w, MCP_STR("version"), id->version);
    if (id->title.len && mcp__era_has(rev, MCP__FIELD_TITLE)) {
        mcp_json_member_str(w, MCP_STR("title"), id->title);
    }
    if (mcp__era_has(rev, MCP__FIELD_ICONS)) {
        if (id->description.len) {
            mcp_json_member_str(w, MCP_STR("description"), id->description);
        }
        if (id->website_url.len) {
            mcp_json_member_str(w, MCP_STR("websiteUrl"), id->website_url);
        }
        if (id->icons.len) {
            mcp_json_member_raw(w, MCP_STR("icons"), id->icons);
        }
    }
    mcp_json_object_end(w);
}

/* server/discover in the modern era, initialize in the others. */
void mcp__identity_print_hello(struct mcp_server *s, const struct mcp_server_options *opt,
                               enum mcp__rev rev)
{
    struct mcp_buf *out = &s->hello[rev];
    struct mcp_json_writer w;

    mcp_buf_init(out, SIZE_MAX / 2);
    mcp_json_writer_init(&w, out);
    mcp_json_object(&w);
    if (mcp__rev_in(rev, MCP__MODERN_REVS)) {
        mcp_json_member_raw(&w, MCP_STR("supportedVersions"), MCP_STR("[\"2026-07-28\"]"));
        mcp_json_member_str(&w, MCP_STR("resultType"), MCP_STR("complete"));
        mcp_json_member_int(&w, MCP_STR("ttlMs"), opt->cache.discover.ttl_ms);
        mcp_json_member_str(&w, MCP_STR("cacheScope"),
                            opt->cache.discover.is_public ? MCP_STR("public") : MCP_STR("private"));
        mcp_json_put_key(&w, MCP_STR("_meta"));
        mcp_json_object(&w);
        mcp_json_put_key(&w, MCP_STR(MCP__META_PREFIX "serverInfo"));
        put_implementation(&w, &s->identity, rev);
        mcp_json_object_end(&w);
    } else {
        mcp_json_member_str(&w, MCP_STR("protocolVersion"), mcp_str_c(mcp__rev_name(rev)));
        mcp_json_put_key(&w, MCP_STR("serverInfo"));
        put_implementation(&w, &s->identity, rev);
    }
    mcp_json_put_key(&w, MCP_STR("capabilities"));
    mcp__method_put_capabilities(&w, s, rev);
    if (opt->instructions) {
        mcp_json_member_str(&w, MCP_STR("instructions"), mcp_str_c(opt->instructions));
    }
    mcp_json_object_end(&w);
}

static void print_meta(struct mcp_server *s)
{
    struct mcp_json_writer w;

    mcp_buf_init(&s->meta, SIZE_MAX / 2);
    mcp_buf_add_c(&s->meta, "\"_meta\":{\"" MCP__META_PREFIX "serverInfo\":");
    mcp_json_writer_init(&w, &s->meta);
    put_implementation(&w, &s->identity, MCP__REV_2026_07_28);
    mcp_buf_byte(&s->meta, '}');
}

bool mcp__identity_take(struct mcp_server *s, const struct mcp_server_options *opt)
{
    struct mcp_arena *a = &s->constants;

    s->identity =
        (struct mcp__identity){.name = mcp_arena_dup(a, mcp_str_c(opt->name)),
                               .version = mcp_arena_dup(a, mcp_str_c(opt->version)),
                               .title = mcp_arena_dup(a, mcp_str_c(opt->title)),
                               .description = mcp_arena_dup(a, mcp_str_c(opt->description)),
                               .website_url = mcp_arena_dup(a, mcp_str_c(opt->website_url)),
                               .icons = mcp_arena_dup(a, mcp_str_c(opt->icons))};
    print_meta(s);
    return !mcp_arena_failed(a) && !s->meta.failed;
}
