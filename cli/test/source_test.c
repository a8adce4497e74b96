/* connection templates and connection test, through the real binary against a vendor on loopback.
 */
#include <transport/test/peer.h> /* before server.h, whose `answer` its parameters would shadow */

#include <cli/test/server.h>
#include <tools/source.h>

static struct place place;
static struct peer peer;
static char definition[200], secret[200];

static bool vendor(struct peer_conn *c)
{
    if (peer_asks(c, "/no")) {
        return peer_reply(c, 401, "", "{}", 2);
    }
    if (peer_asks(c, "/busy")) {
        return peer_reply(c, 503, "", "{}", 2);
    }
    if (peer_asks(c, "/null")) {
        return peer_reply(c, 200, "", "{\"data\":{\"left\":null}}", 22);
    }
    if (peer_asks(c, "/html")) {
        return peer_reply(c, 200, "", "<html>", 6);
    }
    if (peer_asks(c, "/moved")) {
        return peer_reply(c, 302, "Location: /ok\r\n", "", 0);
    }
    static const char BODY[] = "{\"data\":{\"left\":\"12.34\",\"all\":50,\"unit\":\"EUR\"}}";

    return peer_reply(c, 200, "Content-Type: application/json\r\n", BODY, sizeof(BODY) - 1);
}

static void write_file(char *path, size_t bytes, const char *name, const char *text)
{
    snprintf(path, bytes, "%s/%s", place.root, name);
    FILE *f = fopen(path, "w");

    fputs(text, f);
    fclose(f);
}

static void write_definition(const char *path)
{
    char text[600];

    snprintf(text, sizeof(text),
             "{\"request\":{\"method\":\"GET\",\"url\":\"http://127.0.0.1:%d%s\",\"headers\":"
             "{\"Authorization\":\"Bearer {secret}\"}},\"pools\":[{\"creditType\":\"money\","
             "\"balance\":\"/data/left\",\"limit\":\"/data/all\",\"unitPath\":\"/data/unit\"}]}",
             peer.port, path);
    write_file(definition, sizeof(definition), "definition.json", text);
}

static void begin(void)
{
    place_make(&place);
    peer_open(&peer, vendor);
    write_definition("/ok");
    write_file(secret, sizeof(secret), "key", "s3cret-key\n");
}

static void end(void)
{
    peer_close(&peer);
    place_remove(&place);
}

static struct ran *test_it(const char *record)
{
    struct ran *r = run("connection", "test", "--source", definition, "--secret-file", secret,
                        "--outbound-http", "--outbound-allow", "127.0.0.1",
                        record ? "--record" : NULL, record, NULL);

    T_CHECK(!strstr(ran.out, "s3cret") && !strstr(ran.err, "s3cret"));
    return r;
}

static void every_shipped_definition_is_listed_with_its_source(void)
{
    place_make(&place);
    T_CODE(run("connection", "templates", NULL), 0);
    for (size_t i = 0; source_template(i).len; i++) {
        mcp_str rest = source_template(i);

        (void)mcp_str_cut(&rest, ':');
        rest = mcp_str_n(rest.ptr + 1, rest.len - 1);
        char id[64];

        mcp_str name = mcp_str_cut(&rest, '"');

        snprintf(id, sizeof(id), "\n%.*s ", MCP_STR_ARG(name));
        T_HAS(OUT, id);
    }
    T_HAS(OUT, "https://openrouter.ai/docs/");
    T_CODE(run("connection", "templates", "--json", NULL), 0);
    T_HAS(OUT, "\"id\":\"twilio\"");
    place_remove(&place);
}

static void a_test_shows_what_it_understood_and_stores_nothing(void)
{
    begin();
    T_CODE(test_it(NULL), 0);
    T_HAS(OUT, "12.34");
    T_HAS(OUT, "EUR");
    T_HAS(peer_last(&peer), "Authorization: Bearer s3cret-key\r\n");
    ck_assert_msg(access(place.data, F_OK) != 0, "it made a store");
    end();
}

static void recorded_readings_and_failures_reach_the_connection(void)
{
    static const struct {
        const char *path, *status;
        int code;
    } WAYS[] = {{"/no", "disconnected", 1},
                {"/busy", "stale", 1},
                {"/null", "error", 1},
                {"/html", "error", 1},
                {"/moved", "error", 1}};
    char want[64];

    begin();
    T_CODE(run("connection", "add", "Vendor", NULL), 0);
    T_CODE(test_it("Vendor"), 0);
    for (size_t i = 0; i < sizeof(WAYS) / sizeof(WAYS[0]); i++) {
        write_definition(WAYS[i].path);
        T_CODE(test_it("Vendor"), WAYS[i].code);
        T_HAS(ERR, WAYS[i].status);
        T_CODE(run("connection", "show", "Vendor", "--json", NULL), 0);
        snprintf(want, sizeof(want), "\"status\":\"%s\"", WAYS[i].status);
        T_HAS(OUT, want);
        T_HAS(OUT, "\"balance\":12.34"); /* the last good one; nothing became 0 */
    }
    write_definition("/ok");
    T_CODE(test_it("Vendor"), 0);
    T_CODE(run("connection", "show", "Vendor", "--json", NULL), 0);
    T_HAS(OUT, "\"status\":\"active\"");
    T_CODE(test_it("Nobody"), 1);
    end();
}

static void a_private_address_is_refused_unless_allowed(void)
{
    begin();
    T_CODE(run("connection", "test", "--source", definition, "--secret-file", secret,
               "--outbound-http", NULL),
           69);
    T_HAS(ERR, "127.0.0.0/8");
    T_CODE(run("connection", "test", "--source", definition, "--secret-file", secret,
               "--outbound-allow", "127.0.0.1", NULL),
           69);
    T_HAS(ERR, "not https");
    T_EQ(atomic_load(&peer.n_accepted), 0);
    end();
}

static void what_is_not_given_is_a_usage_error(void)
{
    begin();
    T_CODE(run("connection", "test", NULL), 64);
    T_CODE(run("connection", "test", "--template", "nobody", NULL), 64);
    T_CODE(run("connection", "test", "--template", "openrouter", NULL), 64);
    T_HAS(ERR, "--secret-file");
    T_CODE(run("connection", "test", "--template", "twilio", "--secret-file", secret, NULL), 64);
    T_HAS(ERR, "--account");
    T_CODE(run("connection", "test", "--template", "openrouter", "--secret-file", "/none", NULL),
           74);
    write_file(definition, sizeof(definition), "definition.json", "{}");
    T_CODE(run("connection", "test", "--source", definition, NULL), 64);
    T_HAS(ERR, "cannot be used");
    end();
}

/* Until `connection show` says it, ten seconds at most. */
static void wait_for_show(const char *want)
{
    for (int i = 0; i < 100; i++) {
        T_CODE(run("connection", "show", "Vendor", "--json", NULL), 0);
        if (strstr(ran.out, want)) {
            return;
        }
        usleep(100000);
    }
    ck_abort_msg("never %s: %s", want, ran.out);
}

static void a_server_asks_and_shows_what_came_of_it(void)
{
    struct server s;

    begin();
    setenv("VENDOR_KEY", "s3cret-key", 1);
    server_start(&s, "127.0.0.1:0", "--outbound-http", "--outbound-allow", "127.0.0.1", NULL);
    T_CODE(run("connection", "add", "Vendor", "--source", definition, "--secret-env", "VENDOR_KEY",
               "--every", "1s", NULL),
           0);
    wait_for_show("\"balance\":12.34");
    T_HAS(peer_last(&peer), "Authorization: Bearer s3cret-key\r\n");
    T_HAS(OUT, "\"kind\":\"http\"");
    T_CODE(run("connection", "test", "Vendor", "--outbound-http", "--outbound-allow", "127.0.0.1",
               NULL),
           0);
    T_HAS(OUT, "12.34");
    T_CODE(run("connection", "test", "Vendor", "--template", "twilio", NULL), 64);
    T_CODE(run("connection", "list", NULL), 0);
    T_HAS(OUT, "http");
    write_definition("/no");
    T_CODE(
        run("connection", "edit", "Vendor", "--source", definition, "--secret-file", secret, NULL),
        0);
    wait_for_show("\"status\":\"disconnected\"");
    T_CODE(run("connection", "show", "Vendor", NULL), 0);
    T_HAS(OUT, "does not accept the secret");
    T_CODE(run("connection", "edit", "Vendor", "--source", "none", NULL), 0);
    wait_for_show("\"kind\":\"manual\"");
    server_stop(&s);
    T_CHECK(!strstr(ran.err, "s3cret"));
    end();
}

static const struct t_case CASES[] = {
    T(every_shipped_definition_is_listed_with_its_source),
    T(a_test_shows_what_it_understood_and_stores_nothing),
    T(recorded_readings_and_failures_reach_the_connection),
    T(a_private_address_is_refused_unless_allowed),
    T(what_is_not_given_is_a_usage_error),
    T(a_server_asks_and_shows_what_came_of_it),
};
T_MAIN("source", CASES)
