/* cli/test/limits_test.c - every limit of the engine, its tasks and its HTTP is an option, and
 * printed. */
#include <cli/test/process.h>

#include <store/store.h>
#include <tools/name.h>
#include <tools/user.h>
#include <transport/system.h>

#include <ctype.h>

static char limits[1 << 16];

static mcp_str file(const char *path, char *room, size_t bytes)
{
    FILE *f = fopen(path, "r");

    ck_assert_msg(f != NULL, "%s", path);
    size_t n = fread(room, 1, bytes - 1, f);

    fclose(f);
    room[n] = '\0';
    T_CHECK(n < bytes - 1);
    return mcp_str_n(room, n);
}

static bool ends_with(mcp_str s, const char *end)
{
    size_t n = strlen(end);

    return s.len >= n && memcmp(s.ptr + s.len - n, end, n) == 0;
}

/* What a peer or a client can fill, or keep waiting. */
static bool is_limit(mcp_str field)
{
    static const char *const ENDS[] = {"_max", "_ms", "_slots", "page_tools"};

    for (size_t i = 0; i < sizeof(ENDS) / sizeof(ENDS[0]); i++) {
        if (ends_with(field, ENDS[i])) {
            return true;
        }
    }
    return false;
}

/* The fields of a struct, each of which must have its row. Returns how many are limits. */
static int fields_are_rows(const char *header, const char *name, const char *prefix)
{
    static char text[1 << 17];
    char path[1024], opens[80];
    int n = 0;

    snprintf(path, sizeof(path), T_SOURCE_ROOT "/%s", header);
    (void)file(path, text, sizeof(text));
    snprintf(opens, sizeof(opens), "struct %s {", name);
    char *at = strstr(text, opens), *end = at ? strstr(at, "\n};") : NULL;

    ck_assert_msg(end != NULL, "no %s in %s", name, header);
    for (*end = '\0'; (at = strchr(at, ';')); at++) {
        char *from = at, row[120];

        while (isalnum((unsigned char)from[-1]) || from[-1] == '_') {
            from--;
        }
        if (is_limit(mcp_str_n(from, (size_t)(at - from)))) {
            snprintf(row, sizeof(row), "LIMIT(%s%.*s,", prefix, (int)(at - from), from);
            ck_assert_msg(strstr(limits, row) != NULL, "%s: no row %s", header, row);
            n++;
        }
    }
    return n;
}

static void every_field_that_is_a_limit_has_a_row(void)
{
    (void)file(T_SOURCE_ROOT "/cli/limits.def", limits, sizeof(limits));
    T_EQ(fields_are_rows("transport/http.h", "mcp_http_options", ""), 22);
    T_EQ(fields_are_rows("mcp/server.h", "mcp_server_options", ""), 11);
    T_EQ(fields_are_rows("mcp/task.h", "mcp_task_options", "tasks."), 5);
}

/* The option of each row, with its default, as `cistern config print` shows it. */
static void every_row_is_printed(void)
{
    int n = 0;

    (void)file(T_SOURCE_ROOT "/cli/limits.def", limits, sizeof(limits));
    T_CODE(run("config", "print", NULL), 0);
    for (const char *at = limits; (at = strstr(at, "LIMIT(")); at++) {
        char option[64], fallback[32], line[128];

        if (sscanf(at, "LIMIT(%*[^,], \"%63[^\"]\", %*[^,], \"%31[^\"]\"", option, fallback) == 2) {
            snprintf(line, sizeof(line), "\n%-22s %-28s default\n", option, fallback);
            T_HAS(mcp_str_c(ran.out), line);
            n++;
        }
    }
    T_EQ(n, 38);
}

static void a_limit_is_taken_and_checked(void)
{
    struct place place;

    place_make(&place);
    T_CODE(run("config", "print", "--tasks-max", "7", "--task-ttl", "2h", "--page-rows", "3", NULL),
           0);
    T_HAS(mcp_str_c(ran.out), "\ntasks-max              7                            flag\n");
    T_HAS(mcp_str_c(ran.out), "\ntask-ttl               2h                           flag\n");
    T_CODE(run("serve", "--tasks-max", "0", NULL), 64);
    T_HAS(mcp_str_c(ran.err), "--tasks-max");
    place_remove(&place);
}

enum { USERS = 1003, LAST_OF_PAGE = 1000 };

static mcp_err add_users(struct store_txn *txn, void *arg)
{
    mcp_err err = MCP_OK;
    uint64_t last = 0;

    (void)arg;
    for (int i = 1; i <= USERS && !err; i++) {
        char email[16];
        int n = snprintf(email, sizeof(email), "u%d@x.co", i);
        struct user u = {.email = mcp_str_n(email, (size_t)n), .created_ms = 1};

        name_id_new(u.id);
        err = user_add(txn, &u, MCP_STR("proof"), USERS_MAX);
        last = i == LAST_OF_PAGE ? u.owner : last;
    }
    return err ? err : user_remove(txn, last, 2);
}

static int times(const char *text, const char *part)
{
    int n = 0;

    for (const char *at = text; (at = strstr(at, part)); at++) {
        n++;
    }
    return n;
}

static void users_are_listed_beyond_a_page_that_a_removed_one_ends(void)
{
    struct store_options opt = {.create = true};
    enum store_fault fault;
    struct place place;
    char why[256];

    mcp_system_clock(&opt.clock);
    place_make(&place);
    struct store *s = store_open(place.data, &opt, &fault, why, sizeof(why));

    T_CHECK(s);
    T_EQ(store_write_now(s, add_users, NULL), MCP_OK);
    store_close(s);
    T_CODE(run("user", "list", "--json", NULL), 0);
    T_EQ(times(ran.out, "\"email\":"), USERS);
    T_HAS(OUT, "deleted-");
    T_CODE(run("user", "list", NULL), 0);
    T_EQ(times(ran.out, "\n"), USERS + 1);
    T_HAS(OUT, "u1003@x.co");
    T_EQ(times(ran.out, "u1001@x.co"), 1);
    place_remove(&place);
}

static const struct t_case CASES[] = {
    T(every_field_that_is_a_limit_has_a_row),
    T(every_row_is_printed),
    T(a_limit_is_taken_and_checked),
    T(users_are_listed_beyond_a_page_that_a_removed_one_ends),
};

T_MAIN("cli/limits", CASES)
