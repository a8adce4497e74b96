/* mcp/era.c - see era.h. */
#include <mcp/era.h>

#include <mcp/server.h>

static const char *const NAMES[] = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25",
                                    "2026-07-28"};

/* protocol.md 0 "Feature by revision" */
static const unsigned FIELDS[] = {
    [MCP__FIELD_BATCH] = MCP__BIT(MCP__REV_2025_03_26),
    [MCP__FIELD_ANNOTATIONS] = MCP__SINCE(MCP__REV_2025_03_26),
    [MCP__FIELD_TITLE] = MCP__SINCE(MCP__REV_2025_06_18),
    [MCP__FIELD_OUTPUT_SCHEMA] = MCP__SINCE(MCP__REV_2025_06_18),
    [MCP__FIELD_STRUCTURED] = MCP__SINCE(MCP__REV_2025_06_18),
    [MCP__FIELD_PROGRESS_MESSAGE] = MCP__SINCE(MCP__REV_2025_03_26),
    [MCP__FIELD_RESULT_TYPE] = MCP__SINCE(MCP__REV_2026_07_28),
    [MCP__FIELD_CACHE] = MCP__SINCE(MCP__REV_2026_07_28),
    /* The schema of 2025-11-25 and later makes the id of an error optional and refuses null. */
    [MCP__FIELD_NULL_ID] = MCP__UNTIL(MCP__REV_2025_06_18),
    [MCP__FIELD_ICONS] = MCP__SINCE(MCP__REV_2025_11_25),
    [MCP__FIELD_META] = MCP__SINCE(MCP__REV_2025_06_18),
    [MCP__FIELD_LAST_MODIFIED] = MCP__SINCE(MCP__REV_2025_06_18),
    [MCP__FIELD_AUDIO] = MCP__SINCE(MCP__REV_2025_03_26),
    [MCP__FIELD_RESOURCE_LINK] = MCP__SINCE(MCP__REV_2025_06_18),
    [MCP__FIELD_ANY_STRUCTURED] = MCP__SINCE(MCP__REV_2026_07_28),
    [MCP__FIELD_COMPLETION_CONTEXT] = MCP__SINCE(MCP__REV_2025_06_18),
    [MCP__FIELD_COMPLETIONS] = MCP__SINCE(MCP__REV_2025_03_26),
};

static const struct {
    mcp_str name;
    unsigned revs;
} METHODS[] = {
    [MCP__METHOD_INITIALIZE] = {MCP_STR_INIT("initialize"), MCP__LEGACY_REVS},
    [MCP__METHOD_PING] = {MCP_STR_INIT("ping"), MCP__LEGACY_REVS},
    [MCP__METHOD_DISCOVER] = {MCP_STR_INIT("server/discover"), MCP__MODERN_REVS},
    [MCP__METHOD_TOOLS_LIST] = {MCP_STR_INIT("tools/list"), MCP__EVERY_REV},
    [MCP__METHOD_TOOLS_CALL] = {MCP_STR_INIT("tools/call"), MCP__EVERY_REV},
    [MCP__METHOD_RESOURCES_LIST] = {MCP_STR_INIT("resources/list"), MCP__EVERY_REV},
    [MCP__METHOD_TEMPLATES_LIST] = {MCP_STR_INIT("resources/templates/list"), MCP__EVERY_REV},
    [MCP__METHOD_RESOURCES_READ] = {MCP_STR_INIT("resources/read"), MCP__EVERY_REV},
    [MCP__METHOD_PROMPTS_LIST] = {MCP_STR_INIT("prompts/list"), MCP__EVERY_REV},
    [MCP__METHOD_PROMPTS_GET] = {MCP_STR_INIT("prompts/get"), MCP__EVERY_REV},
    [MCP__METHOD_COMPLETE] = {MCP_STR_INIT("completion/complete"), MCP__EVERY_REV},
    [MCP__METHOD_SET_LEVEL] = {MCP_STR_INIT("logging/setLevel"), MCP__LEGACY_REVS},
    [MCP__METHOD_LISTEN] = {MCP_STR_INIT("subscriptions/listen"), MCP__MODERN_REVS},
    [MCP__METHOD_SUBSCRIBE] = {MCP_STR_INIT("resources/subscribe"), MCP__LEGACY_REVS},
    [MCP__METHOD_UNSUBSCRIBE] = {MCP_STR_INIT("resources/unsubscribe"), MCP__LEGACY_REVS},
};

/* MCP 2026-07-28 transports "Request metadata headers": Mcp-Name. */
static const struct {
    mcp_str method;
    const char *member;
} NAMED[] = {
    {MCP_STR_INIT("tools/call"), "name"},
    {MCP_STR_INIT("prompts/get"), "name"},
    {MCP_STR_INIT("resources/read"), "uri"},
};

const char *mcp__rev_name(enum mcp__rev rev)
{
    return rev < MCP__REV_COUNT ? NAMES[rev] : NULL;
}

enum mcp__rev mcp__rev_find(mcp_str name)
{
    for (int i = 0; i < MCP__REV_COUNT; i++) {
        if (mcp_str_eq(name, mcp_str_c(NAMES[i]))) {
            return (enum mcp__rev)i;
        }
    }
    return MCP__REV_NONE;
}

bool mcp_revision_is_served(mcp_str name)
{
    return mcp__rev_find(name) != MCP__REV_NONE;
}

bool mcp_revision_is_modern(mcp_str name)
{
    return mcp_str_cmp(name, mcp_str_c(NAMES[MCP__REV_2026_07_28])) >= 0;
}

bool mcp__era_has(enum mcp__rev rev, enum mcp__field field)
{
    return mcp__rev_in(rev, FIELDS[field]);
}

enum mcp__method mcp__era_method(enum mcp__rev rev, mcp_str name)
{
    for (int i = 0; i < MCP__METHOD_COUNT; i++) {
        if (mcp_str_eq(METHODS[i].name, name)) {
            return mcp__rev_in(rev, METHODS[i].revs) ? (enum mcp__method)i : MCP__METHOD_NONE;
        }
    }
    return MCP__METHOD_NONE;
}

bool mcp__era_knows_method(mcp_str name)
{
    for (int i = 0; i < MCP__METHOD_COUNT; i++) {
        if (mcp_str_eq(METHODS[i].name, name)) {
            return true;
        }
    }
    return false;
}

const char *mcp__era_name_member(mcp_str method)
{
    for (size_t i = 0; i < sizeof(NAMED) / sizeof(NAMED[0]); i++) {
        if (mcp_str_eq(NAMED[i].method, method)) {
            return NAMED[i].member;
        }
    }
    return NULL;
}
