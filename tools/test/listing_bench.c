/* tools/test/listing_bench.c - nanoseconds of a token check and of list_balances over ten pools,
 * engine included, without a transport. Usage: listing_bench [CALLS]; numbers go to stdout. */
#include <mcp/server.h>
#include <tools/tools.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { POOLS = 10, POINTS = 29 };

struct answer {
    struct mcp_outcome_sink sink; /* first */
    mcp_err err;
    size_t bytes;
    char token[128];
};

static int64_t wall_ms(void *user)
{
    (void)user;
    return 1781683331000;
}

static void keep(struct mcp_outcome_sink *sink, const struct mcp_outcome *o)
{
    struct answer *a = (struct answer *)sink;
    const char *at =
        a->token[0] ? NULL : memmem(o->structured.ptr, o->structured.len, "\"token\":\"", 9);

    a->err = o->err;
    a->bytes = o->structured.len;
    if (at) {
        snprintf(a->token, sizeof(a->token), "%.44s", at + 9);
    }
}

static void invoke(struct mcp_server *server, struct store *store, const char *name,
                   const char *arguments, struct answer *a)
{
    struct mcp_principal who = tools_operator();

    a->sink.finish = keep;
    mcp_server_invoke(server, mcp_str_c(name), mcp_str_c(arguments), &who, &a->sink);
    store_complete(store);
    if (a->err) {
        fprintf(stderr, "%s: %s\n", name, mcp_err_info(a->err)->name);
        exit(1);
    }
}

static void fill(struct mcp_server *server, struct store *store)
{
    struct answer a = {.err = MCP_OK};
    char text[512];

    for (int i = 0; i < POOLS; i++) {
        snprintf(text, sizeof(text),
                 "{\"name\":\"Hunter %d\",\"toolName\":\"Hunter\",\"low\":100,\"critical\":10,"
                 "\"topupUrl\":\"https://hunter.io/billing\"}",
                 i);
        invoke(server, store, "add_connection", text, &a);
        for (int k = 0; k < POINTS; k++) {
            snprintf(text, sizeof(text),
                     "{\"connection\":\"Hunter %d\",\"creditType\":\"verifications\","
                     "\"label\":\"Verifications\",\"balance\":%d.25,\"balanceLimit\":1000,"
                     "\"recordedAt\":\"2026-06-%02dT%02d:02:11Z\"}",
                     i, 984 - 13 * k, 10 + (8 + 6 * k) / 24, (8 + 6 * k) % 24);
            invoke(server, store, "add_reading", text, &a);
        }
    }
}

static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void measure(struct mcp_server *server, struct store *store, struct tools *tools, long calls)
{
    struct answer a = {.err = MCP_OK};
    struct mcp_principal who;
    long good = 0;

    invoke(server, store, "create_token", "{\"name\":\"bench\"}", &a);
    double begun = now_ns();

    for (long i = 0; i < calls; i++) {
        good += tools_verify(tools, mcp_str_c(a.token), &who) == MCP_OK;
    }
    double verified = now_ns();

    for (long i = 0; i < calls; i++) {
        invoke(server, store, "list_balances", "", &a);
    }
    double listed = now_ns();

    printf("tools_verify   %7.0f ns (%ld of %ld)\n", (verified - begun) / (double)calls, good,
           calls);
    printf("list_balances  %7.0f ns, %zu bytes, %d pools\n", (listed - verified) / (double)calls,
           a.bytes, POOLS);
}

/* Batches of 500 readings, wall time with the fsync of each batch. */
static void measure_readings(struct mcp_server *server, struct store *store)
{
    enum { BATCHES = 40, PER_BATCH = 500 };
    static char text[PER_BATCH * 128];
    struct timespec begun, ended;
    struct answer a = {.token = "-"};

    clock_gettime(CLOCK_MONOTONIC, &begun);
    for (int b = 0; b < BATCHES; b++) {
        size_t n =
            (size_t)snprintf(text, sizeof(text), "{\"connection\":\"Hunter 0\",\"readings\":[");

        for (int i = 0; i < PER_BATCH; i++) {
            n += (size_t)snprintf(text + n, sizeof(text) - n,
                                  "%s{\"creditType\":\"c%d\",\"balance\":%d.5,\"recordedAt\":"
                                  "\"2026-05-%02dT%02d:%02d:%02dZ\"}",
                                  i ? "," : "", i % 4, i, 1 + b % 28, b / 28, i / 60, i % 60);
        }
        snprintf(text + n, sizeof(text) - n, "]}");
        invoke(server, store, "add_reading", text, &a);
    }
    clock_gettime(CLOCK_MONOTONIC, &ended);
    double s =
        (double)(ended.tv_sec - begun.tv_sec) + (double)(ended.tv_nsec - begun.tv_nsec) / 1e9;

    printf("add_reading    %7.0f readings/s in batches of %d\n", BATCHES * PER_BATCH / s,
           PER_BATCH);
}

static int erase(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

int main(int argc, char **argv)
{
    struct mcp_clock clock = {wall_ms, wall_ms, NULL};
    struct store_options opt = {.create = true, .clock = clock};
    struct mcp_server_options o = {.name = "bench", .version = "1", .clock = clock};
    char dir[] = "/tmp/tools-bench-XXXXXX", path[64], why[256] = "";
    enum store_fault fault;

    if (!mkdtemp(dir)) {
        return 74;
    }
    snprintf(path, sizeof(path), "%s/s", dir);
    struct store *store = store_open(path, &opt, &fault, why, sizeof(why));
    struct tools *tools = store ? tools_new(store, &(struct tools_options){.clock = clock}) : NULL;

    if (!tools) {
        fprintf(stderr, "%s\n", why);
        return 74;
    }
    o.tools = tools_sets(tools, &o.n_tools);
    struct mcp_server *server = mcp_server_new(&o, why, sizeof(why));

    if (!server) {
        fprintf(stderr, "%s\n", why);
        return 70;
    }
    fill(server, store);
    measure(server, store, tools, argc > 1 ? strtol(argv[1], NULL, 10) : 200000);
    measure_readings(server, store);
    mcp_server_free(server);
    tools_free(tools);
    store_close(store);
    nftw(dir, erase, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}
