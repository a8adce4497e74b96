/* cli/import.c - connections and readings from a JSON file, safe to repeat. */
#include <cli/commands.h>
#include <cli/import_file.h>
#include <cli/local.h>
#include <cli/print.h>
#include <mcp/alloc.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Of the file as a tree; what a 32-bit size can say, there. */
#define TREE_BYTES_MAX ((size_t)(sizeof(size_t) > 4 ? (uint64_t)4 << 30 : (uint64_t)1 << 30))
#define CHUNK          500 /* readings of one add_reading call */

const struct cli_option cli_import_options[] = {CLI_ROW_DATA, CLI_ROWS_DEFAULTS, CLI_ROW_JSON,
                                                CLI_ROW_END};

struct import {
    const struct cli *cli;
    struct cli_local local;
    struct mcp_arena arena;
    size_t at, n; /* connection being imported, of how many */
    int64_t added, changed, stored, duplicates, conflicts;
    bool shows_progress;
};

static enum cli_exit wrong(struct import *m, const char *path, const char *why)
{
    return cli_say(m->cli, CLI_USAGE, "/connections/%zu%s: %s", m->at, path, why);
}

static void show_progress(struct import *m)
{
    if (m->shows_progress) {
        fprintf(m->cli->err, "\r%zu of %zu connections, %lld readings", m->at, m->n,
                (long long)(m->stored + m->duplicates + m->conflicts));
    }
}

/* The engine's message names "/readings/3..." of a chunk: put the index of the file into it. */
static enum cli_exit chunk_failed(struct import *m, const struct cli_result *r, size_t first)
{
    const char *message = r->message ? r->message : "failed";
    const char *at = strstr(message, "/readings/");
    enum cli_exit code = cli_exit_of(r->err);

    if (!at) {
        return cli_say(m->cli, code, "/connections/%zu/readings/%zu..: %s", m->at, first, message);
    }
    char *rest;
    unsigned long index = strtoul(at + 10, &rest, 10);

    return cli_say(m->cli, code, "%.*s/connections/%zu/readings/%zu%s", (int)(at - message),
                   message, m->at, first + index, rest);
}

static enum cli_exit send_chunk(struct import *m, mcp_json connection, mcp_json *reading,
                                mcp_json list, size_t first)
{
    struct mcp_principal who = tools_operator();
    struct cli_args a;
    struct cli_result r;
    enum cli_exit code;

    cli_args_begin(&a);
    mcp_json_member_raw(&a.w, MCP_STR("connection"), mcp_json_raw(connection));
    mcp_json_put_key(&a.w, MCP_STR("readings"));
    mcp_json_array(&a.w);
    for (size_t i = 0; i < CHUNK && mcp_json_present(*reading); i++) {
        mcp_json_put_raw(&a.w, mcp_json_raw(*reading));
        *reading = mcp_json_next(list, *reading);
    }
    mcp_json_array_end(&a.w);
    cli_local_call(&m->local, "add_reading", cli_args_end(&a), &who, &r);
    cli_args_free(&a);
    code = r.err ? chunk_failed(m, &r, first) : CLI_DONE;
    m->stored += mcp_json_int_or(mcp_json_get(r.structured, MCP_STR("stored")), 0);
    m->conflicts += mcp_json_int_or(mcp_json_get(r.structured, MCP_STR("conflicts")), 0);
    m->duplicates += mcp_json_int_or(mcp_json_get(r.structured, MCP_STR("duplicates")), 0);
    cli_result_free(&r);
    return code;
}

static enum cli_exit import_readings(struct import *m, mcp_json name, mcp_json list)
{
    mcp_json reading = mcp_json_first(list);
    enum cli_exit code = CLI_DONE;

    for (size_t first = 0; code == CLI_DONE && mcp_json_present(reading); first += CHUNK) {
        code = send_chunk(m, name, &reading, list, first);
        show_progress(m);
    }
    return code;
}

/* True when a connection of this name is there; *ret_code says when it cannot be told. */
static bool is_known(struct import *m, mcp_json name, enum cli_exit *ret_code)
{
    struct mcp_principal who = tools_operator();
    struct cli_args a;
    struct cli_result r;
    bool is_there;

    cli_args_begin(&a);
    mcp_json_member_raw(&a.w, MCP_STR("connection"), mcp_json_raw(name));
    cli_local_call(&m->local, "show_connection", cli_args_end(&a), &who, &r);
    cli_args_free(&a);
    is_there = r.err == MCP_OK;
    *ret_code = is_there || r.err == MCP_E_NOT_FOUND
                    ? CLI_DONE
                    : wrong(m, "/name", r.message ? r.message : "failed");
    cli_result_free(&r);
    return is_there;
}

static enum cli_exit put_connection(struct import *m, mcp_json c, bool is_edit)
{
    struct mcp_principal who = tools_operator();
    struct cli_args a;
    struct cli_result r;
    enum cli_exit code = CLI_DONE;

    cli_args_begin(&a);
    cli_import_put_connection(&a, c, is_edit);
    cli_local_call(&m->local, is_edit ? "edit_connection" : "add_connection", cli_args_end(&a),
                   &who, &r);
    cli_args_free(&a);
    if (r.err) {
        code = cli_say(m->cli, cli_exit_of(r.err), "/connections/%zu: %s", m->at,
                       r.message ? r.message : "failed");
    }
    cli_result_free(&r);
    return code;
}

static enum cli_exit import_connection(struct import *m, mcp_json c)
{
    mcp_json name = mcp_json_get(c, MCP_STR("name"));
    char path[128];
    const char *why = cli_import_check(c, &m->arena, path, sizeof(path));
    enum cli_exit code;
    bool is_edit;

    if (why) {
        return wrong(m, path, why);
    }
    is_edit = is_known(m, name, &code);
    code = code ? code : put_connection(m, c, is_edit);
    if (code == CLI_DONE) {
        m->added += !is_edit;
        m->changed += is_edit;
        code = import_readings(m, name, mcp_json_get(c, MCP_STR("readings")));
    }
    return code;
}

static enum cli_exit import_all(struct import *m, mcp_json root)
{
    mcp_json list = mcp_json_get(root, MCP_STR("connections"));
    enum cli_exit code = CLI_DONE;

    if (mcp_json_type(list) != MCP_JSON_ARRAY || mcp_json_count(root) != 1) {
        return cli_say(m->cli, CLI_USAGE, "the file must be {\"connections\":[...]}");
    }
    m->n = mcp_json_count(list);
    for (mcp_json c = mcp_json_first(list); code == CLI_DONE && mcp_json_present(c);
         c = mcp_json_next(list, c)) {
        code = import_connection(m, c);
        m->at++;
        show_progress(m);
    }
    if (m->shows_progress) {
        fputs("\r\033[K", m->cli->err);
    }
    return code;
}

static void report(const struct import *m)
{
    const char *form =
        cli_flag(m->cli, "json")
            ? "{\"added\":%lld,\"changed\":%lld,\"stored\":%lld,\"duplicates\":%lld,"
              "\"conflicts\":%lld}\n"
            : "connections: %lld added, %lld changed; readings: %lld stored, %lld "
              "already there, %lld not stored (another value is there for their time)\n";

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    fprintf(m->cli->out, form, (long long)m->added, (long long)m->changed, (long long)m->stored,
            (long long)m->duplicates, (long long)m->conflicts);
#pragma GCC diagnostic pop
}

enum cli_exit cli_import_run(struct cli *cli)
{
    struct cli_local_options opt = {.create = true, .log = cli_stderr_log(MCP_LOG_WARN)};
    struct import m = {.cli = cli, .shows_progress = isatty(STDERR_FILENO) == 1};
    struct mcp_buf text;
    mcp_json root;
    enum cli_exit code;

    mcp_arena_init(&m.arena, TREE_BYTES_MAX);
    code = cli_import_read(cli, cli->arguments[0], &m.arena, &text, &root);
    code = code ? code : cli_local_open(cli, &opt, &m.local);
    if (code == CLI_DONE) {
        code = import_all(&m, root);
        (void)cli_local_close(&m.local);
        if (code == CLI_DONE || m.added + m.changed) {
            report(&m); /* after a failure, too: what went in before it is in, and stays */
        }
    }
    mcp_arena_free(&m.arena);
    mcp_buf_free(&text);
    return code;
}
