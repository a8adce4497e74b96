/* The configuration: flags, environment, file, and a running server that reads it again. */
#include <cli/test/server.h>

static struct place place;
static struct server server;

/* A file in the place with this text; the path lives until the next call. */
static const char *file_of(const char *text)
{
    static char path[200];
    FILE *f;

    snprintf(path, sizeof(path), "%s/cistern.conf", place.root);
    f = fopen(path, "w");
    T_CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
    return path;
}

static void each_value_says_where_it_comes_from(void)
{
    place_make(&place);
    setenv("CISTERN_RATE", "120", 1);
    const char *path = file_of("# ours\n\n  rate = 7  \r\nsession-idle=90s\nhide-card = yes\n"
                               "history-full = 2d\n");

    T_CODE(run("config", "print", "--config", path, "--listen", "127.0.0.1:9", NULL), 0);
    ck_assert_msg(matches(ran.out, "config +[^ ]+cistern.conf +flag"), "%s", ran.out);
    ck_assert_msg(matches(ran.out, "listen +127.0.0.1:9 +flag"), "%s", ran.out);
    ck_assert_msg(matches(ran.out, "rate +120 +environment"), "%s", ran.out);
    ck_assert_msg(matches(ran.out, "session-idle +90s +file"), "%s", ran.out);
    ck_assert_msg(matches(ran.out, "hide-card +yes +file"), "%s", ran.out);
    ck_assert_msg(matches(ran.out, "log-level +info +default"), "%s", ran.out);
    ck_assert_msg(matches(ran.out, "body-bytes-max +1M +default"), "%s", ran.out);
    ck_assert_msg(matches(ran.out, "workers +8 +default"), "%s", ran.out);
    ck_assert_msg(matches(ran.out, "workers-queue +256 +default"), "%s", ran.out);
    setenv("CISTERN_CONFIG", path, 1);
    T_CODE(run("serve", "--print-config", "--json", NULL), 0);
    T_HAS(OUT, "\"rate\":{\"value\":\"120\",\"source\":\"environment\"}");
    T_HAS(OUT, "\"history-full\":{\"value\":\"2d\",\"source\":\"file\"}");
    setenv("CISTERN_RATE", "x", 1);
    run("config", "print", NULL);
    is_usage_error("CISTERN_RATE");
    unsetenv("CISTERN_RATE");
    T_CODE(run("--print-config", NULL), 0);
    ck_assert_msg(matches(ran.out, "rate +7 +file"), "%s", ran.out);
    unsetenv("CISTERN_CONFIG");
    place_remove(&place);
}

static void the_file_is_for_every_command(void)
{
    char text[300];

    place_make(&place);
    unsetenv("CISTERN_DATA");
    snprintf(text, sizeof(text), "data = %s/other\nrate = 3\n", place.root);
    const char *path = file_of(text);

    T_CODE(run("connection", "add", "Own", "--config", path, NULL), 0);
    snprintf(text, sizeof(text), "%s/other", place.root);
    T_CODE(run("connection", "list", "--data", text, NULL), 0);
    T_HAS(OUT, "Own");
    place_remove(&place);
}

static void a_file_that_is_wrong_says_where(void)
{
    static const char *const WRONG[][2] = {
        {"rat = 3", ":1: rat: not an option of the configuration file, did you mean rate"},
        {"\nrate", ":2: a line is"},
        {"= 3", ":1: a line is"},
        {"rate =", ":1: a line is"},
        {"Rate = 3", ":1: a line is"},
        {"rate = x", ":1: rate: \"x\" is not a whole number between 1 and 1000000"},
        {"rate = 0", ":1: rate: \"0\" is not"},
        {"hide-card = maybe", ":1: hide-card: \"maybe\" is not yes or no"},
        {"json = yes", ":1: json: not an option"},
        {"config = /x", ":1: config: not an option"},
        {"rate = 3\n#\nrate = 4", ":3: rate: given too often"},
        {"log = a\tb", ":1: a control character"},
        {"default-low = 3\ndefault-critical = 5", "must be above"},
        {"log-level = loud", "\"loud\" is not error"},
        {"card-name = x y", "server card"},
        {"listen = nonsense", "not an address"},
        {"listen = 0.0.0.0:80", "a public address needs TLS"},
        {"tls-cert = /dev/null", "give both"},
        {"outbound-allow = nonsense", "not a list of"},
    };

    place_make(&place);
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
        const char *path = file_of(WRONG[i][0]);

        run("config", "check", "--config", path, NULL);
        ck_assert_msg(ran.code != 0 && strstr(ran.err, WRONG[i][1]), "%s: %d %s", WRONG[i][0],
                      ran.code, ran.err);
        ck_assert_uint_eq(strcspn(ran.err, "\n") + 1, strlen(ran.err));
    }
    place_remove(&place);
}

static void what_cannot_be_read_is_said(void)
{
    char text[70000];

    place_make(&place);
    T_CODE(run("config", "check", "--config", "/nowhere/cistern.conf", NULL), 74);
    T_CODE(run("config", "check", "--config", place.root, NULL), 74);
    memset(text, '#', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    T_CODE(run("config", "check", "--config", file_of(text), NULL), 64);
    T_HAS(ERR, "at most 65536 bytes");
    static const char LINE[] = "rate = 3\n";
    for (size_t i = 0; i < 256; i++) {
        memcpy(text + i * (sizeof(LINE) - 1), LINE, sizeof(LINE));
    }
    T_CODE(run("config", "check", "--config", file_of(text), NULL), 64);
    T_HAS(ERR, "more than 255 options");
    T_CODE(run("config", "check", "--config", file_of("tls-cert = /nowhere\ntls-key = /nowhere"),
               NULL),
           74);
    T_HAS(ERR, "--tls-cert: cannot read /nowhere: No such file or directory");
    T_CODE(run("config", "check", "--config",
               file_of("tls-cert = /etc/passwd\ntls-key = /etc/passwd"), NULL),
           64);
    T_HAS(ERR, "--tls-cert: /etc/passwd is not a PEM file");
    T_CODE(run("config", "check", "--config", file_of("rate = 3"), NULL), 0);
    T_HAS(OUT, "fine: ");
    place_remove(&place);
}

/* ---- SIGHUP ---------------------------------------------------------------------------------- */

/* Wait until the log says it, `n` times. */
static void wait_for_log(const char *log, const char *what, int n)
{
    char text[16384] = "";

    for (int i = 0; i < 1000; i++) {
        FILE *f = fopen(log, "r");
        size_t got = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
        int seen = 0;

        text[got] = '\0';
        if (f) {
            fclose(f);
        }
        for (const char *p = strstr(text, what); p; p = strstr(p + 1, what)) {
            seen++;
        }
        if (seen >= n) {
            return;
        }
        poll(NULL, 0, 10);
    }
    ck_abort_msg("the log never said \"%s\" %d times: %s", what, n, text);
}

static void hangup_takes_new_values(void)
{
    char log[200], token[160];

    place_make(&place);
    snprintf(log, sizeof(log), "%s/log", place.root);
    const char *path =
        file_of("rate = 2\nrate-slots = 64\ndefault-low = 40\ndefault-critical = 8\n");

    T_CODE(run("connection", "add", "Own", NULL), 0);
    T_CODE(run("reading", "add", "Own", "c", "30", NULL), 0);
    T_CODE(run("token", "create", "test", NULL), 0);
    snprintf(token, sizeof(token), "%.*s", (int)strcspn(ran.out, "\n"), ran.out);
    server_start(&server, "127.0.0.1:0", "--log", log, "--config", path, NULL);
    T_EQ(get(&server, "/api/v1/pools?status=low", token), 200);
    T_ANSWER("\"connectionName\":\"Own\"");
    T_EQ(get(&server, "/api/v1/pools", token), 200);
    T_EQ(get(&server, "/api/v1/pools", token), 429);

    file_of("rate = 100000\nrate-slots = 128\ndefault-low = 20\ndefault-critical = 8\n"
            "allowed-hosts = pools.example\n");
    kill(server.pid, SIGHUP);
    wait_for_log(log, "reload: rate is now 100000", 1);
    wait_for_log(log, "reload: allowed-hosts is now pools.example", 1);
    wait_for_log(log, "reload: rate-slots has changed, which takes a restart", 1);
    int status = 429;
    for (int i = 0; i < 200 && status == 429; i++) { /* the new rate refills quickly */
        poll(NULL, 0, 10);
        status = get(&server, "/api/v1/pools?status=low", token);
    }
    T_EQ(status, 200);
    ck_assert_msg(!strstr(answer_body(), "\"Own\""), "%s", answer_body());

    file_of("rate = 7\ndefault-low = 2\ndefault-critical = 8\n");
    kill(server.pid, SIGHUP);
    wait_for_log(log, "must be above --default-critical; try 'cistern serve --help'; nothing was",
                 1);
    file_of("rate = seven\n");
    kill(server.pid, SIGHUP);
    wait_for_log(log, "cistern.conf:1: rate: \"seven\" is not a whole number", 1);
    T_EQ(get(&server, "/api/v1/pools", token), 200); /* as before */
    file_of("rate = 100000\ndefault-low = 40\nlog-level = warn\n");
    kill(server.pid, SIGHUP);
    wait_for_log(log, "log reopened", 4); /* and then it is quiet */
    T_EQ(get(&server, "/api/v1/pools?status=low", token), 200);
    T_ANSWER("\"connectionName\":\"Own\"");
    server_stop(&server);
    place_remove(&place);
}

static const struct t_case CASES[] = {
    T(each_value_says_where_it_comes_from),
    T(the_file_is_for_every_command),
    T(a_file_that_is_wrong_says_where),
    T(what_cannot_be_read_is_said),
    T(hangup_takes_new_values),
};

T_MAIN("cli/config", CASES)
