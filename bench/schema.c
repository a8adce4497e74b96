/* bench/schema.c - microseconds to compile a schema and to check an instance. Not a test;
 * schema.mjs runs it beside ajv, from a build with --buildtype=release -Db_ndebug=true.
 * Arguments: a schema's file and an instance's. Prints one line of JSON. */
#include <mcp/alloc.h>
#include <mcp/schema.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BATCH = 200, FILE_BYTES_MAX = 1 << 20 };

static const double SECONDS = 0.5;

/* libcheck's assertions work inside its tests only. */
static void demand(bool is_good, const struct mcp_schema_error *e)
{
    if (!is_good) {
        fprintf(stderr, "schema: %s: %s\n", e->path, e->text);
        exit(1);
    }
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static mcp_str read_file(const char *name)
{
    static const struct mcp_schema_error WHY = {.text = "cannot be read"};
    FILE *f = fopen(name, "rb");
    char *bytes = mcp_alloc(FILE_BYTES_MAX);

    demand(f && bytes, &WHY);
    size_t n = fread(bytes, 1, FILE_BYTES_MAX, f);

    fclose(f);
    return mcp_str_n(bytes, n);
}

struct job {
    mcp_str schema_text, instance_text;
    struct mcp_schema *schema;
    mcp_json instance;
    struct mcp_arena arena;
};

static void compile(struct job *j)
{
    struct mcp_schema_error e;
    struct mcp_schema *s = mcp_schema_new(j->schema_text, NULL, &e);

    demand(s != NULL, &e);
    mcp_schema_free(s);
}

static void check(struct job *j)
{
    struct mcp_schema_error e = {0};

    mcp_arena_reset(&j->arena);
    demand(mcp_schema_check(j->schema, j->instance, &j->arena, &e), &e);
}

static void read_and_check(struct job *j)
{
    struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    struct mcp_schema_error e = {.text = "not JSON"};
    mcp_json v;

    mcp_arena_reset(&j->arena);
    demand(!mcp_json_read(&j->arena, j->instance_text, &limits, &v, NULL), &e);
    demand(mcp_schema_check(j->schema, v, &j->arena, &e), &e);
}

static double microseconds(void (*step)(struct job *j), struct job *j)
{
    double start = now(), end = start;
    size_t n = 0;

    for (; end - start < SECONDS; end = now()) {
        for (int i = 0; i < BATCH; i++) {
            step(j);
        }
        n += BATCH;
    }
    return (end - start) * 1e6 / (double)n;
}

int main(int argc, char **argv)
{
    struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    struct mcp_schema_error e = {.text = "not JSON"};
    struct mcp_arena instance;
    struct job j = {0};

    if (argc != 3) {
        fprintf(stderr, "usage: schema SCHEMA INSTANCE\n");
        return 64;
    }
    j.schema_text = read_file(argv[1]);
    j.instance_text = read_file(argv[2]);
    mcp_arena_init(&j.arena, (size_t)1 << 20);
    mcp_arena_init(&instance, (size_t)1 << 20);
    demand(!mcp_json_read(&instance, j.instance_text, &limits, &j.instance, NULL), &e);
    j.schema = mcp_schema_new(j.schema_text, NULL, &e);
    demand(j.schema != NULL, &e);
    printf("{\"compile\":%.2f,", microseconds(compile, &j));
    printf("\"check\":%.3f,", microseconds(check, &j));
    printf("\"readAndCheck\":%.3f}\n", microseconds(read_and_check, &j));
    mcp_schema_free(j.schema);
    mcp_arena_free(&instance);
    mcp_arena_free(&j.arena);
    mcp_free((void *)(uintptr_t)j.schema_text.ptr);
    mcp_free((void *)(uintptr_t)j.instance_text.ptr);
    return 0;
}
