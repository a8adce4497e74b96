/* mcp/row.c - what the tables of tools, resources and prompts have in common: complaints about a
 * bad row when the server starts, and members that are JSON text. */
#include <mcp/engine.h>

#include <stdarg.h>
#include <stdio.h>

mcp_err mcp__complain(const struct mcp__complaint *c, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(c->text, c->bytes, fmt, args);
    va_end(args);
    return MCP_E_INTERNAL;
}

mcp_err mcp__complain_memory(const struct mcp__complaint *c)
{
    snprintf(c->text, c->bytes, "out of memory");
    return MCP_E_OVERLOADED;
}

/* server/utilities "Icons": https: or data:, nothing that a client would have to trust. */
static bool are_icons(mcp_json v, struct mcp_arena *arena)
{
    bool are = mcp_json_type(v) == MCP_JSON_ARRAY;

    for (mcp_json e = mcp_json_first(v); are && mcp_json_present(e); e = mcp_json_next(v, e)) {
        mcp_str src = mcp_json_str(mcp_json_get(e, MCP_STR("src")), arena, mcp_str_n(NULL, 0));

        are = mcp_str_starts(src, MCP_STR("https://")) || mcp_str_starts(src, MCP_STR("data:"));
    }
    return are;
}

mcp_err mcp__row_check(const struct mcp__row_text *r, const struct mcp_server_options *opt,
                       const struct mcp__complaint *c)
{
    struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    struct mcp_arena arena;
    mcp_err err = MCP_OK;
    mcp_json v = {NULL, NULL};

    mcp_arena_init(&arena, (size_t)1 << 24);
    if (r->icons &&
        (mcp_json_read(&arena, mcp_str_c(r->icons), &limits, &v, NULL) || !are_icons(v, &arena))) {
        err = mcp__complain(c,
                            "%s %.80s: the icons must be a JSON array of objects with an src "
                            "that begins with https:// or data:",
                            r->kind, r->name);
    }
    if (!err && r->meta &&
        (mcp_json_read(&arena, mcp_str_c(r->meta), &limits, &v, NULL) ||
         mcp_json_type(v) != MCP_JSON_OBJECT)) {
        err = mcp__complain(c, "%s %.80s: the _meta must be a JSON object", r->kind, r->name);
    }
    if (!err && r->cost < 0) {
        err = mcp__complain(c, "%s %.80s: the cost is negative", r->kind, r->name);
    }
    if (!err && r->is_blocking && !opt->executor.start) {
        err = mcp__complain(c, "%s %.80s: it is blocking, and the server has no executor", r->kind,
                            r->name);
    }
    if (!err && r->time_limit_ms < MCP_NO_TIME_LIMIT) {
        err = mcp__complain(c, "%s %.80s: the time limit is negative", r->kind, r->name);
    }
    if (err && mcp_arena_failed(&arena)) {
        err = mcp__complain_memory(c);
    }
    mcp_arena_free(&arena);
    return err;
}

void mcp__row_put(struct mcp_json_writer *w, const struct mcp__row_text *r, enum mcp__rev rev)
{
    if (r->title && mcp__era_has(rev, MCP__FIELD_TITLE)) {
        mcp_json_member_str(w, MCP_STR("title"), mcp_str_c(r->title));
    }
    if (r->description) {
        mcp_json_member_str(w, MCP_STR("description"), mcp_str_c(r->description));
    }
    if (r->icons && mcp__era_has(rev, MCP__FIELD_ICONS)) {
        mcp_json_member_raw(w, MCP_STR("icons"), mcp_str_c(r->icons));
    }
    if (r->meta && mcp__era_has(rev, MCP__FIELD_META)) {
        mcp_json_member_raw(w, MCP_STR("_meta"), mcp_str_c(r->meta));
    }
}
