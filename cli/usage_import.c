/* cli/usage_import.c - usage import: a file of events, checked whole, then counted once.
 *
 * The file is known by its bytes (with --subscription): how far it was counted is a feed of the
 * store (tools/usage_feed.h), moved in the transaction that counts. Whoever was killed runs it
 * again. */
#include <cli/commands.h>
#include <cli/local.h>
#include <cli/print.h>
#include <cli/usage_rows.h>
#include <mcp/alloc.h>

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    CHUNK = 500,
    CHUNK_BYTES = 600000, /* when it is full; the last row goes beyond */
    ESCAPED = 6,          /* bytes of JSON a byte becomes at most: \u0001 */
    TEXT_MAX = 1 << 20,   /* of the events, and of the arguments that hold them */
    SLACK = 16384,        /* what else is in either */
    FAULTS_MAX = 20,
    PLACE_MAX = 48
};
_Static_assert(CHUNK_BYTES + ESCAPED * USAGE_ROW_BYTES_MAX + SLACK <= TEXT_MAX, "a chunk fits");

const struct cli_option cli_usage_import_options[] = {
    CLI_ROW_DATA,
    {.name = "subscription",
     .argument = "ID|APP",
     .help = "of rows that name none; without it each must"},
    {.name = "format",
     .argument = "FORMAT",
     .help = "csv or jsonl; default jsonl when the file begins with a brace"},
    {.name = "check", .kind = CLI_FLAG, .help = "only say what is wrong with it"},
    CLI_ROW_JSON,
    CLI_ROW_END,
};

struct event {
    size_t start, len; /* in import.text */
    size_t line;
    bool is_bad;
};

struct import {
    const struct cli *cli;
    const char *name; /* of the file, for words */
    FILE *file;
    struct cli_local local;
    struct usage_rows rows;
    char feed[64], place[PLACE_MAX];
    int64_t bytes; /* of the file */
    struct mcp_buf text;
    struct event events[CHUNK];
    size_t n, n_faults;
    int64_t recorded, duplicates, conflicts;
    bool is_check, shows_progress;
    bool is_elsewhere; /* somebody has counted since its place was read */
};

/* ---- The file -------------------------------------------------------------------------------- */

/* Standard input is read twice, too: into a file without a name first. */
static FILE *spool(void)
{
    FILE *f = tmpfile();
    char block[65536];
    size_t n;

    while (f && (n = fread(block, 1, sizeof(block), stdin)) > 0) {
        if (fwrite(block, 1, n, f) != n) {
            break;
        }
    }
    if (f && (ferror(stdin) || ferror(f) || fflush(f) != 0)) {
        fclose(f);
        return NULL;
    }
    if (f) {
        rewind(f);
    }
    return f;
}

static enum cli_exit unreadable(const struct import *m)
{
    return cli_say(m->cli, CLI_IO, "cannot read %s: %s", m->name,
                   errno ? strerrordesc_np(errno) : "it is being changed");
}

/* What it is called in the store. */
static enum cli_exit name_feed(struct import *m)
{
    const char *subscription = cli_text(m->cli, "subscription");
    crypto_generichash_state state;
    unsigned char block[65536], hash[16];
    char hex[sizeof(hash) * 2 + 1];
    size_t n;

    crypto_generichash_init(&state, NULL, 0, sizeof(hash));
    if (subscription) {
        crypto_generichash_update(&state, (const unsigned char *)subscription,
                                  strlen(subscription) + 1);
    }
    while ((n = fread(block, 1, sizeof(block), m->file)) > 0) {
        crypto_generichash_update(&state, block, n);
        m->bytes += (int64_t)n;
    }
    crypto_generichash_final(&state, hash, sizeof(hash));
    sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
    snprintf(m->feed, sizeof(m->feed), "import %s", hex);
    return ferror(m->file) || fseeko(m->file, 0, SEEK_SET) ? unreadable(m) : CLI_DONE;
}

static enum cli_exit open_file(struct import *m)
{
    bool is_stdin = strcmp(m->cli->arguments[0], "-") == 0;

    m->name = is_stdin ? "standard input" : m->cli->arguments[0];
    m->file = is_stdin ? spool() : fopen(m->name, "re");
    return m->file ? name_feed(m) : unreadable(m);
}

/* ---- Chunks ---------------------------------------------------------------------------------- */

static enum cli_exit fault(struct import *m, size_t line, const char *why)
{
    if (m->shows_progress) {
        fputs("\r\033[K", m->cli->err);
    }
    m->n_faults++;
    return cli_say(m->cli, CLI_USAGE, "%s:%zu: %s", m->name, line, why);
}

/* Up to CHUNK rows; bad ones are told and left out. */
static enum cli_exit fill(struct import *m)
{
    enum usage_row got = USAGE_ROW_GOOD;

    m->n = 0;
    mcp_buf_clear(&m->text);
    while (m->n < CHUNK && m->text.len < CHUNK_BYTES && m->n_faults < FAULTS_MAX) {
        size_t start = m->text.len;

        got = usage_rows_next(&m->rows, &m->text);
        if (got == USAGE_ROW_END || got == USAGE_ROW_UNREADABLE) {
            break;
        }
        if (got == USAGE_ROW_BAD) {
            (void)fault(m, m->rows.line, m->rows.why);
            continue;
        }
        m->events[m->n++] = (struct event){start, m->text.len - start, m->rows.line, false};
    }
    if (m->text.failed) {
        return cli_say(m->cli, CLI_LATER, "out of memory");
    }
    if (got == USAGE_ROW_END && m->rows.offset < m->bytes) { /* somebody cuts it */
        errno = 0;
        got = USAGE_ROW_UNREADABLE;
    }
    return got == USAGE_ROW_UNREADABLE ? unreadable(m) : CLI_DONE;
}

static void put_chunk(struct import *m, struct cli_args *a, const char *to)
{
    cli_args_str(a, "feed", m->feed);
    cli_args_str(a, "from", m->place);
    cli_args_str(a, "to", to);
    mcp_json_member_bool(&a->w, MCP_STR("check"), m->is_check);
    mcp_json_put_key(&a->w, MCP_STR("events"));
    mcp_json_array(&a->w);
    for (size_t i = 0; i < m->n; i++) {
        if (!m->events[i].is_bad) {
            mcp_json_put_raw(&a->w, mcp_str_n(m->text.ptr + m->events[i].start, m->events[i].len));
        }
    }
    mcp_json_array_end(&a->w);
}

/* The engine names an event by its number among those that were sent. */
static struct event *nth_sent(struct import *m, unsigned long n)
{
    for (size_t i = 0; i < m->n; i++) {
        if (!m->events[i].is_bad && n-- == 0) {
            return &m->events[i];
        }
    }
    return NULL;
}

/* True: one row of the chunk was told and left out; the others may be sent. */
static bool is_row_fault(struct import *m, const struct cli_result *r)
{
    const char *at = r->message ? strstr(r->message, "/events/") : NULL;
    char *rest = NULL;
    unsigned long index = at ? strtoul(at + 8, &rest, 10) : 0;
    struct event *e = at ? nth_sent(m, index) : NULL;

    if (!e) {
        return false;
    }
    e->is_bad = true;
    (void)fault(m, e->line, rest + strspn(rest, "/: "));
    return true;
}

static enum cli_exit send(struct import *m)
{
    struct mcp_principal who = tools_operator();
    enum cli_exit code = CLI_DONE;
    bool again = true;

    while (again && !code && m->n_faults < FAULTS_MAX) {
        struct cli_args a;
        struct cli_result r;
        char to[PLACE_MAX];

        snprintf(to, sizeof(to), "%lld %zu", (long long)m->rows.offset, m->rows.next_line);
        cli_args_begin(&a);
        put_chunk(m, &a, to);
        cli_local_call(&m->local, "record_usage_feed", cli_args_end(&a), &who, &r);
        cli_args_free(&a);
        bool is_told = r.err && is_row_fault(m, &r);

        again = is_told && m->is_check;
        m->is_elsewhere = r.err == MCP_E_CONFLICT;
        code = !r.err || again   ? CLI_DONE
               : is_told         ? cli_exit_of(r.err)
               : m->is_elsewhere ? CLI_LATER /* import_all() has words for it */
                                 : cli_failed(m->cli, &r);
        if (!r.err && !m->is_check) {
            memcpy(m->place, to, sizeof(to));
            m->recorded += mcp_json_int_or(mcp_json_get(r.structured, MCP_STR("recorded")), 0);
            m->duplicates += mcp_json_int_or(mcp_json_get(r.structured, MCP_STR("duplicates")), 0);
            m->conflicts += mcp_json_int_or(mcp_json_get(r.structured, MCP_STR("conflicts")), 0);
        }
        cli_result_free(&r);
    }
    return code;
}

static void show_progress(const struct import *m, bool is_over)
{
    if (m->shows_progress && is_over) {
        fputs("\r\033[K", m->cli->err);
    } else if (m->shows_progress && m->bytes) {
        fprintf(m->cli->err, "\r%s: %s %d %%", m->name, m->is_check ? "checked" : "counted",
                (int)(m->rows.offset * 100 / m->bytes));
    }
}

/* From m->place to the end. */
static enum cli_exit pass(struct import *m, bool is_check)
{
    size_t line = 1;
    long long offset = 0;
    enum cli_exit code = CLI_DONE;

    m->is_check = is_check;
    if (sscanf(m->place, "%lld %zu", &offset, &line) == 2 &&
        !usage_rows_seek(&m->rows, offset, line)) {
        return unreadable(m);
    }
    do {
        code = fill(m);
        if (!code && !is_check && m->n_faults) {
            code = CLI_USAGE; /* it was fine when it was checked */
        }
        code = code ? code : send(m);
        show_progress(m, false);
    } while (!code && m->n_faults < FAULTS_MAX && m->rows.offset < m->bytes);
    show_progress(m, true);
    return code;
}

/* ---- All ------------------------------------------------------------------------------------- */

static enum cli_exit find_place(struct import *m)
{
    struct mcp_principal who = tools_operator();
    struct cli_args a;
    struct cli_result r;

    cli_args_begin(&a);
    cli_args_str(&a, "feed", m->feed);
    cli_local_call(&m->local, "show_usage_feed", cli_args_end(&a), &who, &r);
    cli_args_free(&a);
    mcp_str place =
        mcp_json_str(mcp_json_get(r.structured, MCP_STR("place")), &r.arena, MCP_STR(""));

    snprintf(m->place, sizeof(m->place), "%.*s", MCP_STR_ARG(place));
    enum cli_exit code = r.err ? cli_failed(m->cli, &r) : CLI_DONE;

    cli_result_free(&r);
    return code;
}

static enum cli_exit check_all(struct import *m)
{
    char begin[PLACE_MAX];
    enum cli_exit code;

    if (!m->place[0]) { /* behind the header */
        snprintf(begin, sizeof(begin), "%lld %zu", (long long)m->rows.offset, m->rows.next_line);
    } else {
        memcpy(begin, m->place, sizeof(begin));
    }
    code = pass(m, true);
    if (!code && m->n_faults) {
        code = cli_say(m->cli, CLI_USAGE,
                       m->n_faults < FAULTS_MAX ? "nothing of it was counted"
                                                : "nothing of it was counted; there may be more");
    }
    long long offset = 0;
    size_t line = 1;

    (void)sscanf(begin, "%lld %zu", &offset, &line);
    return code || usage_rows_seek(&m->rows, offset, line) ? code : unreadable(m);
}

static void report(const struct import *m)
{
    if (cli_flag(m->cli, "json")) {
        fprintf(m->cli->out, "{\"recorded\":%lld,\"duplicates\":%lld,\"conflicts\":%lld}\n",
                (long long)m->recorded, (long long)m->duplicates, (long long)m->conflicts);
    } else {
        fprintf(m->cli->out,
                "%lld recorded, %lld already there, %lld not recorded (another event had their "
                "id)\n",
                (long long)m->recorded, (long long)m->duplicates, (long long)m->conflicts);
    }
}

/* From where the feed is to the end of the file. */
static enum cli_exit import_rest(struct import *m)
{
    enum cli_exit code = find_place(m);
    long long offset = 0;
    size_t line = 1;
    bool is_known = sscanf(m->place, "%lld %zu", &offset, &line) == 2;

    m->is_elsewhere = false;
    if (!code && is_known && offset >= m->bytes) {
        fprintf(m->cli->err, "%s was imported already\n", m->name);
        return CLI_DONE;
    }
    if (!code && is_known) {
        fprintf(m->cli->err, "going on at line %zu of %s\n", line, m->name);
    }
    code = code ? code : check_all(m);
    return code || cli_flag(m->cli, "check") ? code : pass(m, false);
}

/* The place may have been read too early: a read may not see what a process was committing when it
 * was killed before the next write does. */
static enum cli_exit import_all(struct import *m)
{
    enum cli_exit code = import_rest(m);

    code = m->is_elsewhere ? import_rest(m) : code;
    if (m->is_elsewhere) {
        code = cli_say(m->cli, CLI_LATER, "another process imports %s, too", m->name);
    }
    if ((!code && !cli_flag(m->cli, "check")) || m->recorded) {
        report(m); /* after a failure, too: what was counted is, and stays */
    }
    return code;
}

static enum cli_exit open_rows(struct import *m)
{
    const char *format = cli_text(m->cli, "format");

    if (format && strcmp(format, "csv") != 0 && strcmp(format, "jsonl") != 0) {
        return cli_usage(m->cli, "--format: \"%s\" is neither csv nor jsonl", format);
    }
    m->rows.subscription = cli_text(m->cli, "subscription");
    m->rows.end = m->bytes;
    enum usage_row got = usage_rows_open(&m->rows, m->file, format);

    return got == USAGE_ROW_UNREADABLE ? unreadable(m)
           : got == USAGE_ROW_GOOD     ? CLI_DONE
                                       : fault(m, m->rows.line, m->rows.why);
}

enum cli_exit cli_usage_import_run(struct cli *cli)
{
    struct cli_local_options opt = {.log = cli_stderr_log(MCP_LOG_WARN)};
    struct import *m = mcp_alloc_new(struct import);
    enum cli_exit code;

    if (!m) {
        return cli_say(cli, CLI_LATER, "out of memory");
    }
    m->cli = cli;
    m->shows_progress = isatty(STDERR_FILENO) == 1;
    mcp_buf_init(&m->text, TEXT_MAX);
    code = open_file(m);
    code = code ? code : open_rows(m);
    code = code ? code : cli_local_open(cli, &opt, &m->local);
    if (!code) {
        code = import_all(m);
        (void)cli_local_close(&m->local);
    }
    if (m->file) {
        fclose(m->file);
    }
    usage_rows_free(&m->rows);
    mcp_buf_free(&m->text);
    mcp_free(m);
    return code;
}
