/* cli/local.h - the store, the tools and the engine inside this process, as the local operator.
 *
 * Whoever may open the data directory may do everything (tools_operator()). Works beside a running
 * server: both have the same LMDB open. No writer thread: a write is applied and synced before
 * cli_local_call() returns. */
#ifndef CLI_LOCAL_H
#define CLI_LOCAL_H

#include <cli/options.h>
#include <mcp/json.h>
#include <mcp/server.h>
#include <store/store.h>
#include <tools/tools.h>
#include <transport/workers.h>

struct cli_local_options {
    bool create;            /* make an empty store when there is none */
    bool open_registration; /* of the tools */
    bool keeps_tasks; /* the one server of the store (a second is refused): tasks outlive it */
    struct mcp_log log;
    int32_t rate_per_minute; /* of the engine's principals */
    /* 0: the default of the store, and of the engine */
    int64_t history_full_ms, history_keep_ms;
    size_t store_bytes_max;
    const struct mcp_server_options *limits; /* the limits of it; NULL: the engine's defaults */
    void (*on_end)(void *user, const struct mcp_ended *e); /* of the engine */
    void *on_end_user;
    struct mcp_workers_options workers;
};

struct cli_local {
    struct mcp_clock clock;
    struct store *store;
    struct tools *tools;
    struct mcp_server *server;
    struct mcp_workers *workers; /* NULL: no tool blocks */
    char dir[4096];
    bool is_new; /* the store was made by this cli_local_open() */
    int lock;    /* of the one server: one_server.h; 0: none */
};

/* Open what --data says. On failure one line was printed and the exit code is returned; *l then
 * needs no close. Released by cli_local_close(), which accepts zeroed memory. */
enum cli_exit cli_local_open(const struct cli *cli, const struct cli_local_options *opt,
                             struct cli_local *l);
/* False: a blocking tool has not returned within a second, what it may use was left open, and the
 * process should end with _exit(). */
bool cli_local_close(struct cli_local *l);

/* The rows alone, without a store: to be described, not called. Closed like the other. */
enum cli_exit cli_local_describe(const struct cli *cli, struct cli_local *l);

/* What --default-low, --default-critical, --access-prefix and --key-prefix say, of those that the
 * command has. On failure one line was printed. The texts live as long as `cli`. */
enum cli_exit cli_read_defaults(const struct cli *cli, struct tools_options *to);
/* The packages that --package says, in `room`; to->packages points there. On failure one line was
 * printed. */
enum cli_exit cli_read_packages(const struct cli *cli, struct package room[PACKAGES_MAX],
                                struct tools_options *to);

/* The data directory: --data, $CISTERN_DATA, ~/.local/share/cistern. False: no home. */
bool cli_data_dir(const struct cli *cli, char *out, size_t bytes);

/* What an operation said. Owned: release with cli_result_free(). */
struct cli_result {
    mcp_err err;
    char *message; /* why it failed, escaped for a terminal */
    struct mcp_arena arena;
    mcp_str text;        /* the structured result as JSON text */
    mcp_json structured; /* the same, read */
};
void cli_result_free(struct cli_result *r);

/* Run a tool to its end. `arguments` is JSON text of an object, or empty. */
void cli_local_call(struct cli_local *l, const char *tool, mcp_str arguments,
                    const struct mcp_principal *principal, struct cli_result *ret);

/* The exit code for a way a call can end. */
enum cli_exit cli_exit_of(mcp_err err);

/* Say why and return the exit code. */
enum cli_exit cli_failed(const struct cli *cli, const struct cli_result *r);

/* ---- Arguments as JSON ---- */
struct cli_args {
    struct mcp_buf buf;
    struct mcp_json_writer w;
};
void cli_args_begin(struct cli_args *a);
/* NULL text: nothing is written. */
void cli_args_str(struct cli_args *a, const char *key, const char *text);
/* A decimal number; what is none is written as a string, so that the schema check names it. The
 * word "none" is null. */
void cli_args_decimal(struct cli_args *a, const char *key, const char *text);
/* The word "none" is null. */
void cli_args_str_or_none(struct cli_args *a, const char *key, const char *text);
/* The number of an option, when it is given. */
void cli_args_number(struct cli_args *a, const char *key, const struct cli *cli,
                     const char *option);
void cli_args_time(struct cli_args *a, const char *key, int64_t wall_ms);
/* The finished text; valid until cli_args_free(). */
mcp_str cli_args_end(struct cli_args *a);
void cli_args_free(struct cli_args *a);

/* Open the store, run one operation as the operator, close. False after the failure was printed;
 * *ret_code is then the exit code. */
bool cli_operate(const struct cli *cli, const char *tool, struct cli_args *args, bool create,
                 struct cli_result *ret, enum cli_exit *ret_code);

/* ---- What most commands end with ---- */
struct cli_column;
int64_t cli_now_ms(void);
/* The structured result on one line. */
void cli_print_json(const struct cli *cli, const struct cli_result *r);
/* The structured result with --json, else "WHAT NAME (ID)". */
void cli_print_done(const struct cli *cli, const struct cli_result *r, const char *what);
/* Run a tool without arguments and print its member `rows` as a table, or everything as JSON. */
enum cli_exit cli_show_list(const struct cli *cli, const char *tool, const char *rows,
                            const struct cli_column *columns, const char *empty);

#endif
