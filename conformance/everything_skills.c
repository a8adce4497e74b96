/* everything_skills.c - the Skills extension (SEP-2640, protocol.md 4.3), by the public API alone:
 * an extension that the engine knows nothing of is a table and three handlers. */
#include "everything.h"

#include <sodium.h>

#define SKILL_URI     EVERYTHING_SKILL "/SKILL.md"
#define TABLES_DIR    EVERYTHING_SKILL "/references"
#define TABLES_URI    TABLES_DIR "/LENGTHS.md"
#define DIRECTORY     "inode/directory"
#define MARKDOWN_TEXT "text/markdown"

static const struct file {
    mcp_str uri;
    const char *name;
    const char *text; /* NULL: a directory */
} FILES[] = {
    {MCP_STR_INIT(EVERYTHING_SKILL), "unit-conversion", NULL},
    {MCP_STR_INIT(SKILL_URI), "SKILL.md",
     "---\nname: unit-conversion\ndescription: " EVERYTHING_SKILL_ABOUT "\n---\n\n"
     "Look up the factor in references/LENGTHS.md; multiply last, round once.\n"},
    {MCP_STR_INIT(TABLES_DIR), "references", NULL},
    {MCP_STR_INIT(TABLES_URI), "LENGTHS.md",
     "| from | to | factor |\n|---|---|---|\n| inch | mm | 25.4 |\n| foot | m | 0.3048 |\n"},
};

enum { N_FILES = sizeof(FILES) / sizeof(FILES[0]), DIGEST_HEX = 2 * crypto_hash_sha256_BYTES + 1 };

mcp_err everything_read_skill_file(struct mcp_call *call, void *user)
{
    (void)user;
    for (size_t i = 0; i < N_FILES; i++) {
        if (FILES[i].text && mcp_str_eq(FILES[i].uri, mcp_call_uri(call))) {
            return mcp_text(call, "%s", FILES[i].text);
        }
    }
    return mcp_fail(call, MCP_E_NOT_FOUND, "no such file");
}

static void put_file(struct mcp_json_writer *w, const struct file *f)
{
    mcp_str text = mcp_str_c(f->text);
    unsigned char hash[crypto_hash_sha256_BYTES];
    char digest[sizeof("sha256:") + DIGEST_HEX] = "sha256:";

    crypto_hash_sha256(hash, (const unsigned char *)text.ptr, text.len);
    sodium_bin2hex(digest + strlen(digest), DIGEST_HEX, hash, sizeof(hash));
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("uri"), f->uri);
    mcp_json_member_str(w, MCP_STR("digest"), mcp_str_c(digest));
    mcp_json_member_int(w, MCP_STR("size"), (int64_t)text.len);
    mcp_json_object_end(w);
}

/* The one skill that is served. */
static void put_skill(struct mcp_json_writer *w)
{
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("uri"), MCP_STR(SKILL_URI));
    mcp_json_put_key(w, MCP_STR("frontmatter"));
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("name"), MCP_STR("unit-conversion"));
    mcp_json_member_str(w, MCP_STR("description"), MCP_STR(EVERYTHING_SKILL_ABOUT));
    mcp_json_object_end(w);
    mcp_json_put_key(w, MCP_STR("resources"));
    mcp_json_array(w);
    for (size_t i = 0; i < N_FILES; i++) {
        if (FILES[i].text) {
            put_file(w, &FILES[i]);
        }
    }
    mcp_json_array_end(w);
    mcp_json_object_end(w);
}

static mcp_err put_cache(struct mcp_json_writer *w)
{
    mcp_json_member_int(w, MCP_STR("ttlMs"), 60000);
    mcp_json_member_str(w, MCP_STR("cacheScope"), MCP_STR("public"));
    return MCP_OK;
}

static mcp_err list_skills(struct mcp_call *call, void *user)
{
    struct mcp_json_writer *w = mcp_result(call);

    (void)user;
    mcp_json_put_key(w, MCP_STR("skills"));
    mcp_json_array(w);
    put_skill(w);
    mcp_json_array_end(w);
    return put_cache(w);
}

static mcp_err get_skill(struct mcp_call *call, void *user)
{
    mcp_json uri = mcp_json_get(mcp_call_params(call), MCP_STR("uri"));

    (void)user;
    if (!mcp_json_str_eq(uri, MCP_STR(SKILL_URI))) {
        return mcp_fail(call, MCP_E_INVALID_PARAMS, "params.uri is not a skill of this server");
    }
    struct mcp_json_writer *w = mcp_result(call);

    mcp_json_put_key(w, MCP_STR("skill"));
    put_skill(w);
    return put_cache(w);
}

/* True when nothing but one name lies between `dir` and the end of `uri`. */
static bool is_child(mcp_str uri, mcp_str dir)
{
    return uri.len > dir.len + 1 && mcp_str_starts(uri, dir) && uri.ptr[dir.len] == '/' &&
           !memchr(uri.ptr + dir.len + 1, '/', uri.len - dir.len - 1);
}

static mcp_err read_directory(struct mcp_call *call, void *user)
{
    mcp_json uri = mcp_json_get(mcp_call_params(call), MCP_STR("uri"));
    const struct file *dir = NULL;

    (void)user;
    for (size_t i = 0; i < N_FILES; i++) {
        dir = !FILES[i].text && mcp_json_str_eq(uri, FILES[i].uri) ? &FILES[i] : dir;
    }
    if (!dir) {
        return mcp_fail(call, MCP_E_INVALID_PARAMS, "params.uri is not a directory");
    }
    struct mcp_json_writer *w = mcp_result(call);

    mcp_json_put_key(w, MCP_STR("resources"));
    mcp_json_array(w);
    for (size_t i = 0; i < N_FILES; i++) {
        if (is_child(FILES[i].uri, dir->uri)) {
            mcp_json_object(w);
            mcp_json_member_str(w, MCP_STR("uri"), FILES[i].uri);
            mcp_json_member_str(w, MCP_STR("name"), mcp_str_c(FILES[i].name));
            mcp_json_member_str(w, MCP_STR("mimeType"),
                                mcp_str_c(FILES[i].text ? MARKDOWN_TEXT : DIRECTORY));
            mcp_json_object_end(w);
        }
    }
    mcp_json_array_end(w);
    return put_cache(w);
}

static const struct mcp_method METHODS[] = {
    {.name = "skills/list", .fn = list_skills},
    {.name = "skills/get", .fn = get_skill},
    {.name = "resources/directory/read", .fn = read_directory},
    {0},
};

const struct mcp_extension everything_skills = {
    .id = "io.modelcontextprotocol/skills",
    .settings = "{\"directoryRead\":true}",
    .methods = METHODS,
    .in_legacy = true,
    .is_open = true, /* a client that knows none of it can still read the files */
};
