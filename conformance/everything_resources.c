/* everything_resources.c - the resources that the official suite reads, and the bytes that images
 * and sounds are made of. */
#include "everything.h"

static const unsigned char PNG[] = {
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48,
    0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00,
    0x00, 0x90, 0x77, 0x53, 0xde, 0x00, 0x00, 0x00, 0x0c, 0x49, 0x44, 0x41, 0x54, 0x78,
    0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0x00, 0x00, 0x03, 0x01, 0x01, 0x00, 0xc9, 0xfe, 0x92,
    0xef, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};
static const unsigned char WAV[] = {
    0x52, 0x49, 0x46, 0x46, 0x2c, 0x00, 0x00, 0x00, 0x57, 0x41, 0x56, 0x45, 0x66,
    0x6d, 0x74, 0x20, 0x10, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x40, 0x1f,
    0x00, 0x00, 0x40, 0x1f, 0x00, 0x00, 0x01, 0x00, 0x08, 0x00, 0x64, 0x61, 0x74,
    0x61, 0x08, 0x00, 0x00, 0x00, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80};

const mcp_str everything_png = {(const char *)PNG, sizeof(PNG)};
const mcp_str everything_wav = {(const char *)WAV, sizeof(WAV)};

static mcp_err static_text(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_text(call, "This is the content of the static text resource.");
}

static mcp_err static_binary(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_embed_blob(call, mcp_call_uri(call), "image/png", everything_png, NULL);
}

static mcp_err watched(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_text(call, "This is the content of the watched resource.");
}

static mcp_err from_template(struct mcp_call *call, void *user)
{
    mcp_str id = mcp_arg_str(call, "id");

    (void)user;
    return mcp_text(call, "{\"id\":\"%.*s\",\"templateTest\":true,\"data\":\"Data for ID: %.*s\"}",
                    MCP_STR_ARG(id), MCP_STR_ARG(id));
}

static mcp_err template_ids(struct mcp_call *call, void *user)
{
    static const char *const IDS[] = {"123", "456", "789", NULL};

    (void)user;
    return mcp_suggest_from(call, IDS);
}

const struct mcp_resource everything_resources[] = {
    {
        .uri = "test://static-text",
        .name = "static-text",
        .title = "Static text",
        .description = "A text that never changes.",
        .mime_type = "text/plain",
        .read = static_text,
    },
    {
        .uri = "test://static-binary",
        .name = "static-binary",
        .title = "Static binary",
        .description = "A picture of one pixel.",
        .mime_type = "image/png",
        .size_bytes = sizeof(PNG),
        .read = static_binary,
    },
    {
        .uri = "test://watched-resource",
        .name = "watched-resource",
        .title = "Watched resource",
        .description = "A text that can be subscribed to.",
        .mime_type = "text/plain",
        .read = watched,
    },
    {
        .uri = "test://template/{id}/data",
        .name = "template",
        .title = "Data by id",
        .description = "As many resources as there are ids.",
        .mime_type = "application/json",
        .read = from_template,
        .complete = template_ids,
    },
    {
        .uri = "ui://everything/clock",
        .name = "clock",
        .description = "The page of test_show_time.",
        .mime_type = "text/html;profile=mcp-app",
        .ui = "{\"prefersBorder\":true}",
        .read = everything_read_page,
    },
    {
        .uri = EVERYTHING_SKILL "/SKILL.md",
        .name = "unit-conversion",
        .description = EVERYTHING_SKILL_ABOUT,
        .mime_type = "text/markdown",
        .cache = {.ttl_ms = 60000, .is_public = true},
        .read = everything_read_skill_file,
    },
    {
        .uri = EVERYTHING_SKILL "/references/LENGTHS.md",
        .name = "LENGTHS.md",
        .description = "Factors for lengths.",
        .mime_type = "text/markdown",
        .cache = {.ttl_ms = 60000, .is_public = true},
        .read = everything_read_skill_file,
    },
    {0},
};
