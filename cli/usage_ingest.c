/* cli/usage_ingest.c - usage ingest: follow an access log and count its requests.
 *
 * What a block of lines adds to each subscription and month, and how far the log was read then, are
 * one transaction (tools/usage_feed.h): whatever ends in between, each line counts once. */
#include <cli/commands.h>
#include <cli/local.h>
#include <cli/print.h>
#include <cli/usage_log.h>
#include <cli/usage_tail.h>
#include <mcp/alloc.h>
#include <mcp/timestamp.h>
#include <tools/month.h>
#include <tools/usage.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>

enum {
    SUMS_MAX = 500,       /* of a transaction: subscriptions times months */
    SUBSCRIPTIONS = 1000, /* of an owner, the most */
    NAMES = 2 * SUBSCRIPTIONS,
    ID_BYTES = 16,
    NAME_BYTES = 340, /* 80 characters */
    MONTH = 7,
    STRANGERS = 8, /* names of no subscription that are told */
    REFRESH_MS = 10000,
    POLL_MS = 500,
    AHEAD_MS = 300000,
    UNAUTHORIZED = 401
};

const struct cli_option cli_usage_ingest_options[] = {
    CLI_ROW_DATA,
    {.name = "format",
     .argument = "FORMAT",
     .fallback = "nginx-combined",
     .help = "of its lines; there is this one"},
    {.name = "subscription",
     .argument = "ID|APP",
     .help = "whose the lines are that no other option gives to somebody"},
    {.name = "by",
     .argument = "FIELD",
     .help = "user (answered with 401: nobody) or address: the field of a line that names its "
             "subscription"},
    {.name = "match",
     .argument = "REGEX",
     .help = "extended regular expression: what its first group finds in a line names it; anchor "
             "it with ^, since a client writes much of a line"},
    {.name = "map",
     .argument = "NAME=ID|APP",
     .is_repeated = true,
     .help = "what is found is called otherwise here"},
    {.name = "type", .argument = "TYPE", .fallback = "http", .help = "http, socks or inbound"},
    {.name = "feed", .argument = "NAME", .help = "what the store calls the log; default its path"},
    {.name = "once", .kind = CLI_FLAG, .help = "end at the end of the log"},
    CLI_ROW_JSON,
    CLI_ROW_END,
};

struct name {
    char text[NAME_BYTES];
    char id[ID_BYTES]; /* empty: several have it */
};

struct sum {
    const struct name *of;
    char month[MONTH + 1];
    char at[MCP_TIMESTAMP_BYTES + 1]; /* a time in it */
    int64_t requests, bytes;
};

struct tally {
    int64_t counted, foreign, odd;
};

struct ingest {
    const struct cli *cli;
    struct cli_local local;
    struct usage_tail tail;
    char feed[200], from[USAGE_PLACE_MAX];
    regex_t match;
    bool has_match;
    struct name *names; /* sorted by text; NAMES */
    size_t n_names;
    int64_t names_ms; /* when they were read, monotonic */
    struct sum sums[SUMS_MAX];
    size_t n_sums;
    char *strangers[STRANGERS];
    size_t n_strangers;
    struct tally lines;
    int n_elsewhere; /* times that the feed was elsewhere, one after the other */
};

static volatile sig_atomic_t is_over;

static void end(int signal)
{
    (void)signal;
    is_over = 1;
}

/* ---- Whose a line is ------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

static void add_name(struct ingest *g, mcp_str text, mcp_str id)
{
    if (g->n_names < NAMES && text.len < NAME_BYTES && id.len < ID_BYTES) {
        struct name *n = &g->names[g->n_names++];

        snprintf(n->text, sizeof(n->text), "%.*s", MCP_STR_ARG(text));
        snprintf(n->id, sizeof(n->id), "%.*s", MCP_STR_ARG(id));
    }
}

/* Ids win over names; a name that several have is nobody's. */
static void settle_names(struct ingest *g)
{
    size_t n = 0;

    qsort(g->names, g->n_names, sizeof(g->names[0]), by_text);
    for (size_t i = 0; i < g->n_names; i++) {
        if (n && by_text(&g->names[n - 1], &g->names[i]) == 0) {
            struct name *kept = &g->names[n - 1];

            if (strcmp(g->names[i].text, g->names[i].id) == 0) {
                *kept = g->names[i];
            } else if (strcmp(kept->text, kept->id) != 0) {
                kept->id[0] = '\0';
            }
        } else {
            g->names[n++] = g->names[i];
        }
    }
    g->n_names = n;
}

static enum cli_exit read_names(struct ingest *g)
{
    struct mcp_principal who = tools_operator();
    struct cli_result r;

    cli_local_call(&g->local, "list_subscriptions", MCP_STR(""), &who, &r);
    mcp_json list = mcp_json_get(r.structured, MCP_STR("subscriptions"));

    g->n_names = 0;
    g->names_ms = mcp_clock_monotonic_ms(&g->local.clock);
    for (mcp_json s = mcp_json_first(list); mcp_json_present(s); s = mcp_json_next(list, s)) {
        mcp_str id = mcp_json_str(mcp_json_get(s, MCP_STR("id")), &r.arena, MCP_STR(""));

        add_name(g, id, id);
        add_name(g, mcp_json_str(mcp_json_get(s, MCP_STR("app_name")), &r.arena, MCP_STR("")), id);
    }
    settle_names(g);
    enum cli_exit code = r.err ? cli_failed(g->cli, &r) : CLI_DONE;

    cli_result_free(&r);
    return code;
}

static const struct name *known(const struct ingest *g, mcp_str text)
{
    struct name key;

    if (text.len >= sizeof(key.text)) {
        return NULL;
    }
    snprintf(key.text, sizeof(key.text), "%.*s", MCP_STR_ARG(text));
    const struct name *n = bsearch(&key, g->names, g->n_names, sizeof(key), by_text);

    return n && n->id[0] ? n : NULL;
}

/* As --map has it. */
static mcp_str mapped(const struct ingest *g, mcp_str text)
{
    const struct cli_value *v = cli_value(g->cli, "map");

    for (size_t i = 0; i < v->n_text; i++) {
        mcp_str to = mcp_str_c(v->text[i]);

        if (mcp_str_eq(mcp_str_cut(&to, '='), text)) {
            return to;
        }
    }
    return text;
}

/* What names the subscription of a line; empty: nothing. */
static mcp_str named(const struct ingest *g, mcp_str line, const struct usage_line *l)
{
    const char *by = cli_text(g->cli, "by");
    regmatch_t group[2] = {{.rm_so = 0, .rm_eo = (regoff_t)line.len}};

    if (g->has_match) { /* the bytes of the line: POSIX would look for a NUL */
        return regexec(&g->match, line.ptr, 2, group, REG_STARTEND) == 0 && group[1].rm_so >= 0
                   ? mcp_str_n(line.ptr + group[1].rm_so, (size_t)(group[1].rm_eo - group[1].rm_so))
                   : MCP_STR("");
    }
    if (!by) {
        return MCP_STR("");
    }
    if (strcmp(by, "address") == 0) {
        return l->address;
    }
    /* nginx logs the name beside a wrong password, too. */
    return l->status == UNAUTHORIZED || mcp_str_eq(l->user, MCP_STR("-")) ? MCP_STR("") : l->user;
}

static void tell_stranger(struct ingest *g, mcp_str text)
{
    char *clean = g->n_strangers < STRANGERS ? cli_clean(text) : NULL;

    for (size_t i = 0; clean && i < g->n_strangers; i++) {
        if (strcmp(clean, g->strangers[i]) == 0) {
            mcp_free(clean);
            return;
        }
    }
    if (clean) {
        g->strangers[g->n_strangers++] = clean;
        (void)cli_say(g->cli, CLI_DONE, "no subscription is called %s", clean);
    }
}

static const struct name *owner_of(struct ingest *g, mcp_str line, const struct usage_line *l)
{
    const char *other = cli_text(g->cli, "subscription");
    mcp_str text = named(g, line, l);

    text = text.len ? mapped(g, text) : text;
    const struct name *n = text.len ? known(g, text) : NULL;

    if (text.len && !n) {
        tell_stranger(g, text);
    }
    return !n && other ? known(g, mcp_str_c(other)) : n;
}

/* ---- Sums ------------------------------------------------------------------------------------ */

/* NULL: this transaction is full. */
static struct sum *sum_of(struct ingest *g, const struct name *of, int64_t at_ms)
{
    char at[MCP_TIMESTAMP_BYTES];

    (void)mcp_timestamp_format(at_ms, at);
    for (size_t i = 0; i < g->n_sums; i++) {
        if (strcmp(g->sums[i].of->id, of->id) == 0 && memcmp(g->sums[i].month, at, MONTH) == 0) {
            return &g->sums[i];
        }
    }
    if (g->n_sums == SUMS_MAX) {
        return NULL;
    }
    struct sum *s = &g->sums[g->n_sums++];

    *s = (struct sum){.of = of};
    memcpy(s->month, at, MONTH);
    memcpy(s->at, at, MCP_TIMESTAMP_BYTES);
    return s;
}

/* Not older than the store takes, nor of a time to come. */
static bool is_recent(const struct ingest *g, int64_t at_ms)
{
    int64_t now_ms = mcp_clock_wall_ms(&g->local.clock);

    return at_ms <= now_ms + AHEAD_MS && month_of(at_ms) > month_of(now_ms) - USAGE_MONTHS_BACK;
}

/* False: there is no room for it. */
static bool add_line(struct ingest *g, mcp_str line)
{
    struct usage_line l;

    if (!usage_line_parse(line, &l) || !is_recent(g, l.at_ms)) {
        g->lines.odd++;
        return true;
    }
    const struct name *of = owner_of(g, line, &l);
    struct sum *s = of ? sum_of(g, of, l.at_ms) : NULL;

    if (of && !s) {
        return false;
    }
    if (s && l.bytes > USAGE_LINE_BYTES_MAX - s->bytes) {
        g->lines.odd++;
        return true;
    }
    g->lines.foreign += !of;
    g->lines.counted += of != NULL;
    if (s) {
        s->requests++;
        s->bytes += l.bytes;
    }
    return true;
}

/* How many bytes of `text` were added. */
static size_t add_lines(struct ingest *g, mcp_str text)
{
    mcp_str rest = text;
    size_t n = 0;

    g->n_sums = 0;
    while (rest.ptr && n < text.len) {
        mcp_str line = mcp_str_cut(&rest, '\n');
        size_t taken = line.len + (rest.ptr != NULL);

        line.len -= line.len && line.ptr[line.len - 1] == '\r';
        if (!add_line(g, line)) {
            break;
        }
        n += taken;
    }
    return n;
}

/* ---- Into the store -------------------------------------------------------------------------- */

static void put_sum(const struct ingest *g, struct mcp_json_writer *w, const struct sum *s)
{
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("subscription"), mcp_str_c(s->of->id));
    mcp_json_member_str(w, MCP_STR("type"), mcp_str_c(cli_text(g->cli, "type")));
    mcp_json_member_int(w, MCP_STR("requests"), s->requests);
    mcp_json_member_int(w, MCP_STR("bandwidth_bytes"), s->bytes);
    mcp_json_member_str(w, MCP_STR("at"), mcp_str_n(s->at, MCP_TIMESTAMP_BYTES));
    mcp_json_object_end(w);
}

static void send(struct ingest *g, const char *to, struct cli_result *ret)
{
    struct mcp_principal who = tools_operator();
    struct cli_args a;

    cli_args_begin(&a);
    cli_args_str(&a, "feed", g->feed);
    cli_args_str(&a, "from", g->from);
    cli_args_str(&a, "to", to);
    mcp_json_put_key(&a.w, MCP_STR("events"));
    mcp_json_array(&a.w);
    for (size_t i = 0; i < g->n_sums; i++) {
        put_sum(g, &a.w, &g->sums[i]);
    }
    mcp_json_array_end(&a.w);
    cli_local_call(&g->local, "record_usage_feed", cli_args_end(&a), &who, ret);
    cli_args_free(&a);
}

/* The sum that the store will never take, such as one that overfills its month, must not keep back
 * the others. False: it is not about one. */
static bool drop_refused(struct ingest *g, const struct cli_result *r)
{
    bool is_final = r->err == MCP_E_REFUSED || r->err == MCP_E_INVALID_ARGUMENTS;
    const char *at = is_final && r->message ? strstr(r->message, "/events/") : NULL;
    char *rest = NULL;
    unsigned long i = at ? strtoul(at + 8, &rest, 10) : 0;

    if (!at || i >= g->n_sums) {
        return false;
    }
    struct sum s = g->sums[i];

    (void)cli_say(g->cli, CLI_DONE, "%lld lines of %s in %s are not counted: %s",
                  (long long)s.requests, s.of->id, s.month, rest + strspn(rest, "/"));
    g->lines.counted -= s.requests;
    g->lines.odd += s.requests;
    memmove(&g->sums[i], &g->sums[i + 1], (--g->n_sums - i) * sizeof(s));
    return true;
}

/* *ret_err: NOT_FOUND, a subscription was removed, or CONFLICT, the feed is elsewhere; then nothing
 * was said or counted. */
static enum cli_exit commit(struct ingest *g, const struct usage_place *to, mcp_err *ret_err)
{
    char text[USAGE_PLACE_MAX];
    struct cli_result r;

    usage_place_format(to, text);
    for (send(g, text, &r); r.err && drop_refused(g, &r); send(g, text, &r)) {
        cli_result_free(&r);
    }
    *ret_err = r.err == MCP_E_NOT_FOUND || r.err == MCP_E_CONFLICT ? r.err : MCP_OK;
    enum cli_exit code = r.err && !*ret_err ? cli_failed(g->cli, &r) : CLI_DONE;

    if (!r.err) {
        memcpy(g->from, text, sizeof(text));
        g->tail.at = *to;
        g->n_elsewhere = 0;
    }
    g->n_sums = 0;
    cli_result_free(&r);
    return code;
}

static enum cli_exit unreadable(const struct ingest *g)
{
    return cli_say(g->cli, CLI_IO, "cannot read %s: %s", g->tail.path, strerrordesc_np(errno));
}

static enum cli_exit find_place(struct ingest *g)
{
    struct mcp_principal who = tools_operator();
    struct cli_args a;
    struct cli_result r;

    cli_args_begin(&a);
    cli_args_str(&a, "feed", g->feed);
    cli_local_call(&g->local, "show_usage_feed", cli_args_end(&a), &who, &r);
    cli_args_free(&a);
    mcp_str place =
        mcp_json_str(mcp_json_get(r.structured, MCP_STR("place")), &r.arena, MCP_STR(""));

    snprintf(g->from, sizeof(g->from), "%.*s", MCP_STR_ARG(place));
    enum cli_exit code = r.err ? cli_failed(g->cli, &r) : CLI_DONE;

    cli_result_free(&r);
    g->tail.at = (struct usage_place){0};
    if (!code && g->from[0] && !usage_place_parse(g->from, &g->tail.at)) {
        code = cli_say(g->cli, CLI_REFUSED, "the feed \"%s\" is no log's", g->feed);
    }
    return code;
}

/* Somebody has counted since: a reader beside this one; or the one before it, killed while its last
 * commit was being synced. A read may not see that commit before the next write does. */
static enum cli_exit go_there(struct ingest *g)
{
    usage_tail_close(&g->tail);
    return g->n_elsewhere++ == 0
               ? find_place(g)
               : cli_say(g->cli, CLI_LATER, "another reader counts this log, too");
}

static enum cli_exit count(struct ingest *g, mcp_str text)
{
    struct tally before = g->lines;
    enum cli_exit code = CLI_DONE;
    struct usage_place to;
    mcp_err err = MCP_OK;

    if (mcp_clock_monotonic_ms(&g->local.clock) - g->names_ms >= REFRESH_MS) {
        code = read_names(g); /* somebody may have been added */
    }
    do {
        g->lines = before;
        code = code || !err ? code : read_names(g);
        if (code) {
            return code;
        }
        size_t n = add_lines(g, text);

        code = usage_tail_take(&g->tail, n, &to) ? commit(g, &to, &err) : unreadable(g);
    } while (!code && err == MCP_E_NOT_FOUND);
    if (!code && err) {
        g->lines = before;
        code = go_there(g);
    }
    return code;
}

static enum cli_exit follow(struct ingest *g)
{
    bool is_once = cli_flag(g->cli, "once");
    enum cli_exit code = CLI_DONE;
    int64_t waited_ms = 0;
    mcp_err err;

    while (!code && !is_over) {
        mcp_str text;
        enum usage_tail_got got = usage_tail_read(&g->tail, waited_ms, is_once, &text);

        waited_ms = 0;
        if (g->tail.is_lost) {
            g->tail.is_lost = false;
            (void)cli_say(g->cli, CLI_DONE,
                          "what was read last is neither %s nor beside it; going on at its begin",
                          g->tail.path);
        }
        if (got == USAGE_TAIL_NOTHING && is_once) {
            break;
        }
        if (got == USAGE_TAIL_NOTHING) {
            (void)poll(NULL, 0, POLL_MS);
            waited_ms = POLL_MS;
        } else {
            code = got == USAGE_TAIL_LINES   ? count(g, text)
                   : got == USAGE_TAIL_MOVED ? commit(g, &g->tail.at, &err)
                                             : unreadable(g);
            if (!code && got == USAGE_TAIL_MOVED && err) {
                code = go_there(g);
            }
        }
    }
    return code;
}

/* ---- All ------------------------------------------------------------------------------------- */

static enum cli_exit check_options(struct ingest *g)
{
    const char *by = cli_text(g->cli, "by"), *match = cli_text(g->cli, "match");
    const struct cli_value *map = cli_value(g->cli, "map");
    char why[256];

    if (strcmp(cli_text(g->cli, "format"), "nginx-combined") != 0) {
        return cli_usage(g->cli, "--format: \"%s\" is not nginx-combined",
                         cli_text(g->cli, "format"));
    }
    if (by && strcmp(by, "user") != 0 && strcmp(by, "address") != 0) {
        return cli_usage(g->cli, "--by: \"%s\" is neither user nor address", by);
    }
    if ((by && match) || (!by && !match && !cli_text(g->cli, "subscription"))) {
        return cli_usage(g->cli, "say whose the lines are: --by or --match, and --subscription for "
                                 "the others");
    }
    for (size_t i = 0; i < map->n_text; i++) {
        if (!strchr(map->text[i], '=')) {
            return cli_usage(g->cli, "--map: \"%s\" is not like NAME=ID", map->text[i]);
        }
    }
    int err = match ? regcomp(&g->match, match, REG_EXTENDED) : 0;

    if (err) {
        (void)regerror(err, &g->match, why, sizeof(why));
        return cli_usage(g->cli, "--match: %s", why);
    }
    g->has_match = match != NULL;
    return g->has_match && g->match.re_nsub == 0
               ? cli_usage(g->cli, "--match: a group, in parentheses, must find the name")
               : CLI_DONE;
}

/* The path without links, so that the log is the same from wherever it is named. */
static void name_feed(struct ingest *g)
{
    char path[PATH_MAX], hex[33];
    unsigned char hash[16];
    const char *name = cli_text(g->cli, "feed");

    if (!name && !realpath(g->tail.path, path)) {
        snprintf(path, sizeof(path), "%s", g->tail.path);
    }
    name = name ? name : path;
    if (strlen(name) < sizeof(g->feed) - 8 && mcp_str_is_utf8(mcp_str_c(name))) {
        snprintf(g->feed, sizeof(g->feed), "ingest %.190s", name);
        return;
    }
    crypto_generichash(hash, sizeof(hash), (const unsigned char *)name, strlen(name), NULL, 0);
    sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
    snprintf(g->feed, sizeof(g->feed), "ingest %s", hex);
}

static enum cli_exit run(struct ingest *g)
{
    const char *other = cli_text(g->cli, "subscription");
    enum cli_exit code = find_place(g);

    code = code ? code : read_names(g);
    if (!code && other && !known(g, mcp_str_c(other))) {
        code = cli_say(g->cli, CLI_REFUSED, "No subscription has this id or name: %s", other);
    }
    code = code ? code : follow(g);
    if (!code || g->lines.counted) {
        fprintf(g->cli->out,
                cli_flag(g->cli, "json")
                    ? "{\"counted\":%lld,\"unattributed\":%lld,\"notUnderstood\":%lld}\n"
                    : "%lld lines counted, %lld of no subscription, %lld not understood\n",
                (long long)g->lines.counted, (long long)g->lines.foreign, (long long)g->lines.odd);
    }
    return code;
}

static void ingest_free(struct ingest *g)
{
    usage_tail_close(&g->tail);
    for (size_t i = 0; i < g->n_strangers; i++) {
        mcp_free(g->strangers[i]);
    }
    if (g->has_match) {
        regfree(&g->match);
    }
    mcp_free(g->names);
    mcp_free(g->tail.block);
    mcp_free(g);
}

enum cli_exit cli_usage_ingest_run(struct cli *cli)
{
    struct cli_local_options opt = {.log = cli_stderr_log(MCP_LOG_WARN)};
    struct sigaction action = {.sa_handler = end};
    struct ingest *g = mcp_alloc_new(struct ingest);
    enum cli_exit code = CLI_DONE;

    if (!g) {
        return cli_say(cli, CLI_LATER, "out of memory");
    }
    g->cli = cli;
    g->tail.fd = -1;
    g->tail.path = cli->arguments[0];
    g->tail.block = mcp_alloc(USAGE_TAIL_BLOCK);
    g->names = mcp_alloc(NAMES * sizeof(struct name));
    code = g->tail.block && g->names ? check_options(g) : cli_say(cli, CLI_LATER, "out of memory");
    name_feed(g);
    code = code ? code : cli_local_open(cli, &opt, &g->local);
    if (!code) {
        (void)sigaction(SIGINT, &action, NULL);
        (void)sigaction(SIGTERM, &action, NULL);
        code = run(g);
        (void)cli_local_close(&g->local);
    }
    ingest_free(g);
    return code;
}
