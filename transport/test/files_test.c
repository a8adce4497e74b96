/* transport/test/files_test.c - examples/files.c over stdio: what it serves, and that no path leads
 * out of its folder. */
#include "child.h"

#include <mcp/test/mcp_schema.h>
#include <sys/stat.h>

#define META                                                                                       \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                       \
    "\"io.modelcontextprotocol/clientCapabilities\":{}}"

struct place {
    char outer[64], inner[80];
    struct child child;
};

static void write_file(const char *folder, const char *name, const char *bytes, size_t n)
{
    char path[200];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *f = fopen(path, "w");

    T_CHECK(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

/* outer/secret.txt; outer/in: the folder that is served, with links that lead out. */
static void open_place(struct place *p)
{
    char path[200];

    snprintf(p->outer, sizeof(p->outer), "/tmp/cistern-files-XXXXXX");
    T_CHECK(mkdtemp(p->outer) != NULL);
    snprintf(p->inner, sizeof(p->inner), "%s/in", p->outer);
    T_CHECK(mkdir(p->inner, 0700) == 0);
    write_file(p->outer, "secret.txt", "secret", 6);
    write_file(p->inner, "a b.txt", "caf\xc3\xa9\n", 6);
    write_file(p->inner, "raw.bin", "\xff\x00", 2);
    write_file(p->inner, ".hidden", "hidden", 6);
    snprintf(path, sizeof(path), "%s/docs", p->inner);
    T_CHECK(mkdir(path, 0700) == 0);
    write_file(path, "read.me", "read me", 7);
    snprintf(path, sizeof(path), "%s/link", p->inner);
    T_CHECK(symlink("../secret.txt", path) == 0);
    snprintf(path, sizeof(path), "%s/up", p->inner);
    T_CHECK(symlink("..", path) == 0);
    snprintf(path, sizeof(path), "%s/pipe", p->inner);
    T_CHECK(mkfifo(path, 0600) == 0);
    const char *const argv[] = {FILES, p->inner, NULL};

    child_start(&p->child, argv, false);
}

static void close_place(struct place *p)
{
    static const char *const NAMES[] = {
        "in/docs/read.me", "in/docs", "in/a b.txt", "in/raw.bin", "in/.hidden",
        "in/link",         "in/up",   "in/pipe",    "in",         "secret.txt"};
    char path[200];

    child_stop(&p->child);
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", p->outer, NAMES[i]);
        T_CHECK(remove(path) == 0);
    }
    T_CHECK(rmdir(p->outer) == 0);
}

/* Ask; the reply contains `has` and never the secret. */
static void expect(struct place *p, const char *method, const char *params, const char *has)
{
    static char line[65536];
    char text[2000];

    snprintf(text, sizeof(text),
             "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{" META "%s}}\n", method,
             params);
    child_write(&p->child, text);
    child_line(&p->child, line, sizeof(line));
    ck_assert_msg(strstr(line, has) != NULL, "%s %s: no %s in\n  %s", method, params, has, line);
    T_CHECK(!strstr(line, "\"secret\""));
}

static void reads(struct place *p, const char *path, const char *has)
{
    char params[600];

    snprintf(params, sizeof(params), ",\"uri\":\"folder:///%s\"", path);
    expect(p, "resources/read", params, has);
}

static void files_and_folders_are_read(void)
{
    struct place p;

    open_place(&p);
    reads(&p, "", "\"text\":\"a b.txt\\ndocs/\\nraw.bin\\n\"");
    reads(&p, "a%20b.txt", "\"mimeType\":\"text/plain\",\"text\":\"caf\xc3\xa9\\n\"");
    reads(&p, "raw.bin", "\"mimeType\":\"application/octet-stream\",\"blob\":\"/wA=\"");
    reads(&p, "docs", "\"text\":\"read.me\\n\"");
    reads(&p, "docs/", "\"text\":\"read.me\\n\"");
    reads(&p, "docs/read.me", "\"text\":\"read me\"");
    reads(&p, "docs%2Fread.me", "\"text\":\"read me\"");
    close_place(&p);
}

static void no_path_leads_out(void)
{
    static const char *const PATHS[] = {
        "../secret.txt",
        "%2e%2e/secret.txt",
        "%2E%2E%2Fsecret.txt",
        "docs/../../secret.txt",
        "link",
        "up/secret.txt",
        "up",
        "/etc/passwd",
        "//etc/passwd",
        ".hidden",
        "./a%20b.txt",
        "docs//read.me",
        "docs/read.me/x",
        "pipe",
        "nothing",
        "a%00b",
        "docs/read.me%00",
        "..",
        ".",
        "%2f",
        "docs/..%2f..%2fsecret.txt",
    };
    struct place p;
    char params[300];

    open_place(&p);
    for (size_t i = 0; i < sizeof(PATHS) / sizeof(PATHS[0]); i++) {
        reads(&p, PATHS[i], "\"code\":-32602");
    }
    memset(params, 'a', sizeof(params) - 1);
    params[sizeof(params) - 1] = '\0';
    reads(&p, params, "\"code\":-32602");
    close_place(&p);
}

static void paths_are_completed_and_linked(void)
{
    static const char *const ROWS[][2] = {
        {"", "[\"a b.txt\",\"docs/\",\"raw.bin\"],\"total\":3"},
        {"d", "[\"docs/\"]"},
        {"docs/", "[\"docs/read.me\"]"},
        {"docs/re", "[\"docs/read.me\"]"},
        {"../", "[],\"total\":0"},
        {"up/", "[],\"total\":0"},
        {"zzz", "[],\"total\":0"},
    };
    struct place p;
    char params[400];

    open_place(&p);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        snprintf(params, sizeof(params),
                 ",\"ref\":{\"type\":\"ref/resource\",\"uri\":\"folder:///{+path}\"},"
                 "\"argument\":{\"name\":\"path\",\"value\":\"%s\"}",
                 ROWS[i][0]);
        expect(&p, "completion/complete", params, ROWS[i][1]);
    }
    expect(&p, "tools/call", ",\"name\":\"list_folder\"",
           "{\"type\":\"resource_link\",\"uri\":\"folder:///a%20b.txt\",\"name\":\"a b.txt\"}");
    expect(&p, "tools/call", ",\"name\":\"list_folder\",\"arguments\":{\"path\":\"docs\"}",
           "\"uri\":\"folder:///docs/read.me\"");
    expect(&p, "tools/call", ",\"name\":\"list_folder\",\"arguments\":{\"path\":\"..\"}",
           "\"isError\":true");
    close_place(&p);
}

static const struct t_case CASES[] = {
    T(files_and_folders_are_read),
    T(no_path_leads_out),
    T(paths_are_completed_and_linked),
};
T_MAIN("transport/files", CASES)
