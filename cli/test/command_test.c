/* cli/test/command_test.c - every command through the real binary: results, help, exit codes. */
#include <cli/commands.h>
#include <cli/test/process.h>
#include <mcp/test/overheard.h>

static struct place place;

static void split(const char *text, char *memory, size_t bytes, const char **argv, size_t *n)
{
    snprintf(memory, bytes, "%s", text);
    for (char *at = memory; at; (*n)++) {
        char *space = strchr(at, ' ');

        argv[*n] = at;
        if (space) {
            *space = '\0';
        }
        at = space ? space + 1 : NULL;
    }
}

static void no_line_is_longer_than_100(const char *text)
{
    for (size_t n; *text; text += n + (text[n] == '\n')) {
        n = strcspn(text, "\n");
        ck_assert_msg(n <= 100, "%.*s", (int)n, text);
    }
}

static void help_of_each_command_names_every_option(void)
{
    place_make(&place);
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        const char *argv[8] = {binary()};
        char words[64], option[80];
        size_t n = 1;

        split(c->name, words, sizeof(words), argv, &n);
        argv[n++] = "--help";
        argv[n] = NULL;
        T_CODE(run_argv("", argv), 0);
        T_HAS(OUT, c->summary);
        T_EQ(strlen(ran.err), 0);
        for (const struct cli_option *o = c->options; o->name; o++) {
            snprintf(option, sizeof(option), "  --%s", o->name);
            T_HAS(OUT, option);
        }
        for (const struct cli_exit_code *e = cli_exit_codes; e->meaning; e++) {
            T_HAS(OUT, e->meaning);
        }
        no_line_is_longer_than_100(ran.out);
    }
    ck_assert_msg(access(place.data, F_OK) != 0, "help made a store");
    place_remove(&place);
}

/* Hyphens are escaped in the source of the page. */
static void man_has(const char *before, const char *text)
{
    char escaped[160];
    size_t n = 0;

    for (; *text && n + 3 < sizeof(escaped); text++) {
        if (*text == '-') {
            escaped[n++] = '\\';
        }
        escaped[n++] = *text;
    }
    escaped[n] = '\0';
    const char *section = strstr(ran.out, before);

    ck_assert_msg(section && strstr(section, escaped), "no %s behind %s", escaped, before);
}

static void the_manual_page_names_every_option(void)
{
    char heading[80], option[80];

    place_make(&place);
    T_CODE(run("--print-man", NULL), 0);
    T_CHECK(strncmp(ran.out, ".\\\" ", 4) == 0);
    T_HAS(OUT, ".TH CISTERN 1 ");
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        snprintf(heading, sizeof(heading), ".SS \"cistern %s\"\n", c->name);
        T_HAS(OUT, heading);
        for (const struct cli_option *o = c->options; o->name; o++) {
            snprintf(option, sizeof(option), "\\fB--%s\\fR", o->name);
            man_has(heading, option);
        }
    }
    for (const struct cli_exit_code *e = cli_exit_codes; e->meaning; e++) {
        snprintf(option, sizeof(option), ".B %d\n", (int)e->code);
        man_has(".SH \"EXIT STATUS\"", option);
    }
    place_remove(&place);
}

static void the_overview_names_every_command(void)
{
    place_make(&place);
    T_CODE(run("--help", NULL), 0);
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        T_HAS(OUT, c->name);
    }
    T_CODE(run("help", "token", "create", NULL), 0);
    T_HAS(OUT, "usage: cistern token create");
    T_CODE(run("token", "--help", NULL), 0);
    T_HAS(OUT, "token revoke");
    T_CODE(run("--version", NULL), 0);
    T_HAS(OUT, "cistern 0.");
    T_CODE(run("--print-errors", NULL), 0);
    T_HAS(OUT, "INVALID_STATUS");
    T_CODE(run("--print-openapi", NULL), 0); /* there is no store here */
    T_HAS(OUT, "{\"openapi\":\"3.1.1\",");
    T_HAS(OUT, "\"/api/v1/pools\":{\"get\":");
    place_remove(&place);
}

static void the_readme_lists_every_command_and_exit_code(void)
{
    static char text[1 << 16];
    FILE *f = fopen(CLI_README, "r");

    T_CHECK(f);
    mcp_str readme = {text, fread(text, 1, sizeof(text), f)};

    fclose(f);
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        const char *word = strchr(c->name, ' ');
        char cell[64];

        snprintf(cell, sizeof(cell), "`%s", word ? word + 1 : c->name);
        if (!t_has(readme, mcp_str_c(cell))) {
            snprintf(cell, sizeof(cell), "`%s", c->name);
            T_HAS(readme, cell);
        }
    }
    for (const struct cli_exit_code *e = cli_exit_codes; e->meaning; e++) {
        char cell[64];

        snprintf(cell, sizeof(cell), "| %d | %.12s", (int)e->code, e->meaning);
        T_HAS(readme, cell);
    }
}

/* One line on standard error, nothing on standard output, exit 64. */
static void a_usage_error_is_one_line_that_names_the_option(void)
{
    place_make(&place);
    run(NULL);
    is_usage_error("no command");
    run("frobnicate", NULL);
    is_usage_error("frobnicate");
    run("token", "create", NULL);
    is_usage_error("missing NAME");
    run("token", "create", "a", "b", NULL);
    is_usage_error("\"b\"");
    run("token", "create", "a", "--nope", NULL);
    is_usage_error("--nope");
    run("token", "create", "a", "--expires", "soon", NULL);
    is_usage_error("--expires");
    run("token", "create", "a", "--expires", "2001-01-01", NULL);
    is_usage_error("--expires");
    run("token", "create", "a", "--rate", "0", NULL);
    is_usage_error("--rate");
    run("token", "create", "a", "--rate", NULL);
    is_usage_error("--rate needs N");
    run("token", "list", "--json=1", NULL);
    is_usage_error("--json takes no value");
    run("serve", "--outbound-allow", "10.0.0.1/8", NULL);
    is_usage_error("--outbound-allow");
    run("serve", "--outbound-ports", "443-", NULL);
    is_usage_error("443,8000-8999");
    run("serve", "--outbound-ca", "/none", NULL);
    is_usage_error("certificates");
    ck_assert_msg(access(place.data, F_OK) != 0, "a usage error made a store");
    run("serve", "--rate", "x", NULL);
    is_usage_error("--rate");
    run("serve", "--head-timeout", "1", NULL);
    is_usage_error("--head-timeout");
    run("serve", "--log-level", "loud", NULL);
    is_usage_error("--log-level");
    run("serve", "--rate", "1", "--rate", "2", NULL);
    is_usage_error("--rate: given too often");
    run("token", "list", "-x", NULL);
    is_usage_error("-x");
    run("reading", "add", "a", "b", "5", "--at", "never", NULL);
    is_usage_error("--at");
    place_remove(&place);
}

static void a_usage_error_guesses_what_was_meant(void)
{
    place_make(&place);
    run("sevre", NULL);
    is_usage_error("\"sevre\", did you mean serve;");
    run("token", "craete", "x", NULL);
    is_usage_error("\"token craete\", did you mean token create;");
    run("serve", "--lisetn", "1", NULL);
    is_usage_error("--lisetn, did you mean --listen;");
    run("reading", "add", "a", "b", NULL);
    is_usage_error("missing BALANCE;");
    T_CODE(run("demo", NULL), 0);
    run("call", "list_balance", NULL);
    is_usage_error("\"list_balance\", did you mean list_balances;");
    run("call", "list_balances", "stauts=low", NULL);
    is_usage_error("\"stauts\", did you mean status;");
    run("call", "list_balances", "status=bad", NULL);
    is_usage_error("nodata; try");
    place_remove(&place);
}

static void token_create_prints_the_token_and_nothing_else(void)
{
    char token[256];

    place_make(&place);
    T_CODE(run("token", "create", "laptop", "--scope", "read", "--expires", "30d", NULL), 0);
    ck_assert_msg(matches(ran.out, "^qc_live_[0-9A-Za-z]{36}\n$"), "%s", ran.out);
    snprintf(token, sizeof(token), "%.*s", (int)strlen(ran.out) - 1, ran.out);
    ck_assert_msg(!strstr(ran.err, token), "the token is on standard error, too");
    T_CODE(run("token", "list", NULL), 0);
    T_HAS(OUT, "laptop");
    T_HAS(OUT, "active");
    T_HAS(OUT, "in 29d");
    ck_assert_msg(!strstr(ran.out, token), "the list shows the token");
    T_CODE(run("token", "revoke", "laptop", NULL), 0);
    T_CODE(run("token", "list", "--json", NULL), 0);
    T_HAS(OUT, "\"status\":\"revoked\"");
    T_CODE(run("token", "revoke", "nobody", NULL), 1);
    place_remove(&place);
}

static void a_token_may_have_scopes_and_a_rate(void)
{
    place_make(&place);
    T_CODE(run("token", "create", "a", "--scope=read", "--scope=admin", "--rate=unlimited",
               "--json", NULL),
           0);
    T_HAS(OUT, "\"scopes\":[\"read\",\"admin\"]");
    T_HAS(OUT, "\"ratePerMinute\":-1");
    T_CODE(run("token", "create", "b", "--rate", "1000", "--json", NULL), 0);
    T_HAS(OUT, "\"ratePerMinute\":1000");
    T_HAS(OUT, "\"expiresAt\":null");
    T_CODE(run("token", "create", "c", "--scope", "read,write", "--json", NULL), 0);
    T_HAS(OUT, "\"scopes\":[\"read\",\"write\",\"push\"]");
    T_CODE(run("token", "create", "d", "--scope", "raed", NULL), 64);
    T_CODE(run("token", "create", "", NULL), 64);
    T_HAS(ERR, "cistern token create: NAME: must be at least 1 character long; try");
    T_CODE(run("token", "create", "d", "--expires", "1d", "--rate", "0", NULL), 64);
    place_remove(&place);
}

static void connections_are_added_shown_edited_removed(void)
{
    place_make(&place);
    T_CODE(run("connection", "list", NULL), 74); /* there is no store yet */
    T_CODE(run("connection", "add", "Hunter", "--low", "100", "--critical", "10", "--topup-url",
               "https://hunter.io/billing", NULL),
           0);
    T_HAS(OUT, "added \"Hunter\"");
    T_CODE(run("connection", "add", "Hunter", NULL), 1);
    T_CODE(run("connection", "show", "Hunter", NULL), 0);
    T_HAS(OUT, "https://hunter.io/billing");
    T_HAS(OUT, "nodata");
    T_CODE(run("connection", "edit", "Hunter", "--low", "200.5", "--critical", "none", NULL), 0);
    T_CODE(run("connection", "edit", "Hunter", "--credit-type", "x", NULL), 64);
    T_HAS(ERR, "nothing to change");
    T_CODE(run("connection", "edit", "Hunter", "--low", "abc", NULL), 64);
    T_HAS(ERR, "cistern connection edit: --low: must be null or a number, not string; try");
    T_CODE(run("login", "--lasts", "90d", "--public-url", "http://x", NULL), 64);
    T_HAS(ERR, "between 1m and 30d");
    T_CODE(run("connection", "show", "Hunter", "--json", NULL), 0);
    T_HAS(OUT, "\"thresholds\":{\"low\":200.5,\"critical\":null}");
    T_CODE(run("connection", "edit", "Hunter", "--low", "plenty", NULL), 64);
    T_CODE(run("connection", "edit", "Hunter", "--status", "broken", NULL), 64);
    T_CODE(run("connection", "edit", "Nobody", "--low", "1", NULL), 1);
    T_CODE(run("connection", "list", NULL), 0);
    T_HAS(OUT, "200.5");
    T_CODE(run("connection", "remove", "Hunter", NULL), 0);
    T_CODE(run("connection", "list", NULL), 0);
    T_HAS(OUT, "no connections");
    place_remove(&place);
}

static void a_webhook_that_cannot_be_sent_to_is_said_at_once(void)
{
    place_make(&place);
    T_CODE(run_in("http://example.org/\n", "webhook", "add", "plain", NULL), 0);
    T_HAS(ERR, "http: only with --outbound-http");
    T_CODE(run_in("https://example.org/\n", "webhook", "add", "good", NULL), 0);
    T_CHECK(!strstr(ran.err, "note:"));
    T_CODE(run("webhook", "edit", "good", NULL), 64);
    T_HAS(ERR, "nothing to change");
    T_CODE(run("webhook", "replay", "xyz", NULL), 64);
    T_HAS(ERR, "DELIVERY: must be a valid uuid; try");
    T_CODE(run("webhook", "remove", "ops", NULL), 1);
    T_HAS(ERR, "\"ops\": No webhook has this id or name. See 'cistern webhook list'.");
    place_remove(&place);
}

static void what_only_reads_makes_no_store(void)
{
    struct stat st;

    place_make(&place);
    T_CODE(run("call", "list_balances", NULL), 74);
    T_CODE(run("call", "list_balances", "--help", NULL), 74);
    T_CHECK(stat(place.data, &st) != 0);
    T_CODE(run("stdio", NULL), 0); /* a client that starts it must find something */
    T_HAS(ERR, "a new store was made in ");
    T_HAS(ERR, place.data);
    T_CODE(run("stdio", NULL), 0);
    T_STR(ERR, "");
    T_CODE(run("call", "list_balances", NULL), 0);
    place_remove(&place);
}

static void a_group_without_its_command_lists_the_commands(void)
{
    T_CODE(run("token", NULL), 64);
    T_HAS(ERR, "cistern token create NAME");
    T_HAS(ERR, "cistern token revoke");
    T_CODE(run("reading", NULL), 64);
    T_HAS(ERR, "cistern reading add");
    T_CODE(run("token", "burn", NULL), 64);
    T_HAS(ERR, "unknown command");
}

static void readings_make_pools(void)
{
    place_make(&place);
    T_CODE(run("connection", "add", "Hunter", NULL), 0);
    T_CODE(run("reading", "add", "Hunter", "searches", "12.25", "--limit", "500", "--label",
               "Searches", "--unit", "calls", "--at", "2026-06-17T08:02:11Z", NULL),
           0);
    T_HAS(OUT, "stored");
    T_CODE(
        run("reading", "add", "Hunter", "searches", "12.25", "--at", "2026-06-17T08:02:11Z", NULL),
        0);
    T_HAS(OUT, "already there");
    T_CODE(run("reading", "add", "Hunter", "searches", "13", "--at", "2026-06-17T08:02:11Z", NULL),
           1);
    T_HAS(ERR, "another value for this time");
    T_CODE(run("reading", "add", "Hunter", "debt", "-3", NULL), 0);
    T_CODE(run("reading", "add", "Nobody", "searches", "1", NULL), 1);
    T_CODE(run("reading", "add", "Hunter", "searches", "many", NULL), 64);
    T_CODE(run("call", "list_balances", "--json", NULL), 0);
    T_HAS(OUT,
          "\"balance\":12.25,\"balanceLimit\":500,\"recordedAt\":\"2026-06-17T08:02:11.000Z\"");
    T_HAS(OUT, "\"balance\":-3");
    place_remove(&place);
}

static void call_runs_lists_and_explains_tools(void)
{
    place_make(&place);
    T_CODE(run("demo", NULL), 0);
    T_CODE(run("call", NULL), 0);
    T_HAS(OUT, "get_tool_balance");
    ck_assert_msg(!strstr(ran.out, "create_token"), "a hidden operation is listed");
    T_CODE(run("call", "--all", NULL), 0);
    T_HAS(OUT, "create_token");
    T_CODE(run("call", "get_tool_balance", "--help", NULL), 0);
    T_HAS(OUT, "toolName");
    T_HAS(OUT, "required");
    T_CODE(run("call", "get_tool_balance", "toolName=hunter", NULL), 0);
    T_HAS(OUT, "Verifications");
    T_CODE(run("call", "get_tool_balance", "toolName=nobody", NULL), 1);
    T_HAS(ERR, "Hunter");
    T_CODE(run("call", "list_balances", "status=low,critical", "--json", NULL), 0);
    T_CODE(run("call", "list_balances", "status=bogus", NULL), 64);
    T_CODE(run("call", "list_balances", "stat=low", NULL), 64);
    T_HAS(ERR, "stat");
    T_CODE(run("call", "list_balances", "low", NULL), 64);
    T_CODE(run("call", "get_tool_balance", NULL), 64);
    T_CODE(run("call", "no_such_tool", NULL), 64);
    T_CODE(run("call", "list_tokens", NULL), 64);
    T_HAS(ERR, "--all");
    T_CODE(run("call", "list_tokens", "--all", NULL), 0);
    place_remove(&place);
}

static void demo_shows_all_seven_statuses_and_refuses_a_store_in_use(void)
{
    static const char *const STATUSES[] = {"healthy", "low",          "critical", "stale",
                                           "error",   "disconnected", "nodata"};

    place_make(&place);
    T_CODE(run("demo", NULL), 0);
    T_CODE(run("call", "list_balances", "--json", NULL), 0);
    for (size_t i = 0; i < sizeof(STATUSES) / sizeof(STATUSES[0]); i++) {
        char part[64];

        snprintf(part, sizeof(part), "\"status\":\"%s\"", STATUSES[i]);
        T_HAS(OUT, part);
    }
    T_HAS(OUT, "\"burn\":{\"perDay\":52,\"daysLeft\":11.9}");
    T_CODE(run("demo", NULL), 1);
    T_HAS(ERR, "--force");
    place_remove(&place);
}

static void verify_reads_every_row_and_backup_copies_them(void)
{
    char copy[160];

    place_make(&place);
    T_CODE(run("verify", NULL), 74);
    T_CODE(run("demo", NULL), 0);
    T_CODE(run("verify", NULL), 0);
    T_HAS(OUT, "all fine");
    T_CODE(run("verify", "--json", NULL), 0);
    T_HAS(OUT, "\"badRows\":0,\"firstBad\":null}");
    snprintf(copy, sizeof(copy), "%s/copy", place.root);
    T_CODE(run("backup", copy, NULL), 0);
    T_CODE(run("backup", copy, NULL), 74);
    T_CODE(run("verify", "--data", copy, NULL), 0);
    T_CODE(run("call", "list_balances", "--data", copy, NULL), 0);
    T_HAS(OUT, "Verifications");
    place_remove(&place);
}

/* Change every copy of `text` in the data file: the rows that hold it become bad. */
static void damage(const char *text)
{
    static char bytes[1 << 22];
    char file[160];
    size_t len = strlen(text), hits = 0;

    snprintf(file, sizeof(file), "%s/data.mdb", place.data);
    FILE *f = fopen(file, "r+");

    T_CHECK(f);
    size_t n = fread(bytes, 1, sizeof(bytes), f);

    for (size_t i = 0; i + len <= n; i++) {
        if (memcmp(bytes + i, text, len) == 0) {
            bytes[i] ^= 1;
            hits++;
        }
    }
    rewind(f);
    T_CHECK(hits && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

static void verify_is_1_when_a_row_is_bad(void)
{
    place_make(&place);
    T_CODE(run("demo", NULL), 0);
    damage("Map loads");
    T_CODE(run("verify", NULL), 1);
    T_HAS(OUT, "checksum");
    T_CODE(run("verify", "--json", NULL), 1);
    T_HAS(OUT, "\"firstBad\":\"");
    T_CODE(run("call", "list_balances", NULL), 74); /* wrong data is not shown */
    T_EQ(strlen(ran.out), 0);
    T_CODE(run("token", "list", NULL), 0); /* other rows are fine */
    place_remove(&place);
}

static void a_store_that_cannot_be_opened_is_74(void)
{
    char file[160];

    place_make(&place);
    T_CODE(run("token", "list", "--data", "/nonexistent/cistern", NULL), 74);
    T_CODE(run("token", "create", "x", "--data", "/dev/null/x", NULL), 74);
    T_CODE(run("demo", NULL), 0);
    T_CHECK(chmod(place.data, 0755) == 0);
    T_CODE(run("token", "list", NULL), 74);
    T_CHECK(chmod(place.data, 0700) == 0);
    snprintf(file, sizeof(file), "%s/data.mdb", place.data);
    if (access(file, F_OK) == 0) {
        T_CHECK(truncate(file, 5000) == 0);
        T_CODE(run("token", "list", NULL), 74);
    }
    place_remove(&place);
}

static void each_line(struct overheard *o, const char *text,
                      void (*each)(struct overheard *o, mcp_str line))
{
    for (mcp_str rest = mcp_str_c(text); rest.len;) {
        each(o, mcp_str_cut(&rest, '\n'));
    }
}

/* One conversation over stdio: what is heard is judged by what is said. */
static void talk(const char *said)
{
    struct overheard o = {.n_judged = 0};

    run_in(said, "stdio", NULL);
    each_line(&o, said, overheard_said);
    each_line(&o, ran.out, overheard_heard);
    T_CHECK(o.n_judged > 0);
}

static void stdio_speaks_the_protocol_and_nothing_else(void)
{
    place_make(&place);
    T_CODE(run("demo", NULL), 0);
    talk("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"
         "\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}\n"
         "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n"
         "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}\n"
         "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/call\",\"params\":{\"name\":"
         "\"list_balances\",\"arguments\":{\"status\":\"low\"}}}\n"
         "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"tools/call\",\"params\":{\"name\":"
         "\"create_token\",\"arguments\":{\"name\":\"x\"}}}\n");
    T_CODE(&ran, 0);
    T_HAS(OUT, "\"name\":\"list_balances\"");
    T_HAS(OUT, "\"connectionName\":\"OpenRouter\"");
    T_HAS(OUT, "-32602"); /* hidden operations are not there for models */
    ck_assert_msg(!strstr(ran.out, "qc_live_"), "a model made a token");
    place_remove(&place);
}

/* Sent to the process, not to a thread of it. */
static void a_sigterm_ends_stdio_with_0(void)
{
    const char *const argv[] = {binary(), "stdio", NULL};
    char reply[256] = "";
    int in[2], out[2];

    place_make(&place);
    T_CHECK(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
    pid_t pid = start(argv, in[0], out[1], STDERR_FILENO);

    close(out[1]);
    T_CHECK(write(in[1], "{}\n", 3) == 3);
    T_CHECK(read(out[0], reply, sizeof(reply) - 1) > 0); /* it serves */
    T_HAS(mcp_str_c(reply), "-32600");
    overheard_heard(&(struct overheard){.n_judged = 0}, mcp_str_c(reply));
    T_EQ(kill(pid, SIGTERM), 0);
    T_EQ(wait_for(pid), 0);
    T_EQ(read(out[0], reply, sizeof(reply)), 0);
    close(in[0]);
    close(in[1]);
    close(out[0]);
    place_remove(&place);
}

static void a_result_that_cannot_be_written_is_74(void)
{
    char line[256];

    place_make(&place);
    snprintf(line, sizeof(line), "%s --help > /dev/full 2> /dev/null", binary());
    int status = system(line);

    T_EQ(WEXITSTATUS(status), 74);
    place_remove(&place);
}

static void secrets_are_not_options(void)
{
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        size_t n = 0;

        for (const struct cli_option *o = c->options; o->name; o++) {
            T_CHECK(n++ < CLI_OPTIONS_MAX); /* struct cli has room for it */
            bool sounds_secret = strstr(o->name, "token") || strstr(o->name, "secret") ||
                                 strstr(o->name, "password");

            bool is_file = strstr(o->name, "-file") || strstr(o->name, "-env"); /* where it lies */

            ck_assert_msg(!sounds_secret || is_file || o->kind == CLI_NUMBER, "%s --%s", c->name,
                          o->name);
        }
    }
}

static const struct t_case CASES[] = {
    T(help_of_each_command_names_every_option),
    T(the_manual_page_names_every_option),
    T(the_overview_names_every_command),
    T(the_readme_lists_every_command_and_exit_code),
    T(a_usage_error_is_one_line_that_names_the_option),
    T(a_usage_error_guesses_what_was_meant),
    T(token_create_prints_the_token_and_nothing_else),
    T(a_token_may_have_scopes_and_a_rate),
    T(connections_are_added_shown_edited_removed),
    T(a_webhook_that_cannot_be_sent_to_is_said_at_once),
    T(what_only_reads_makes_no_store),
    T(a_group_without_its_command_lists_the_commands),
    T(readings_make_pools),
    T(call_runs_lists_and_explains_tools),
    T(demo_shows_all_seven_statuses_and_refuses_a_store_in_use),
    T(verify_reads_every_row_and_backup_copies_them),
    T(verify_is_1_when_a_row_is_bad),
    T(a_store_that_cannot_be_opened_is_74),
    T(stdio_speaks_the_protocol_and_nothing_else),
    T(a_sigterm_ends_stdio_with_0),
    T(a_result_that_cannot_be_written_is_74),
    T(secrets_are_not_options),
};

T_MAIN("cli/command", CASES)
