/* Asking a client and telling it of changes, with real processes, sockets and pipes. The server is
 * conformance/everything.c. */
#include <transport/test/child_http.h>

static char everything_path[4096], example_path[4096];

/* ---- HTTP ---- */

static void start_http(struct child *c)
{
    const char *const argv[] = {everything_path, "--http=127.0.0.1:0", "--ready-fd=3",
                                "--log-level=error", NULL};

    child_start(c, argv, true);
}

#define HELLO                                                                                      \
    "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"     \
    "\"2025-11-25\",\"capabilities\":{\"elicitation\":{},\"sampling\":{}},\"clientInfo\":{"        \
    "\"name\":\"t\",\"version\":\"1\"}}}"
#define CALL(id, name, arguments)                                                                  \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"tools/call\",\"params\":{\"name\":\"" name    \
    "\",\"arguments\":" arguments "}}"
#define ACCEPT "\"result\":{\"action\":\"accept\",\"content\":{\"response\":\"fine\"}}"

#define NOTE                                                                                       \
    "{\"role\":\"assistant\",\"model\":\"m\",\"content\":{\"type\":\"text\",\"text\":\"Salt!\"}}"

/* `Mcp-Session-Id: ...` of a new session. */
static void open_session(const struct child *c, char header[100])
{
    char id[64];
    struct conn k;

    dial(&k, c);
    post(&k, "", HELLO);
    until(&k, "\"protocolVersion\":\"2025-11-25\"");
    cut(mcp_buf_str(&k.in), "Mcp-Session-Id: ", '\r', id, sizeof(id));
    snprintf(header, 100, "Mcp-Session-Id: %s\r\n", id);
    hang_up(&k);
}

static void respond(const struct child *c, const char *session, const char *id, const char *rest,
                    const char *status)
{
    char text[1000];
    struct conn k;

    snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"id\":\"%s\",%s}", id, rest);
    dial(&k, c);
    post(&k, session, text);
    until(&k, status);
    hang_up(&k);
}

static void a_legacy_client_is_asked_on_the_stream_of_its_call(void)
{
    char mine[100], other[100], id[64];
    struct child c;
    struct conn k;

    start_http(&c);
    open_session(&c, mine);
    open_session(&c, other);
    dial(&k, &c);
    post(&k, mine, CALL("5", "test_elicitation", "{\"message\":\"How are you?\"}"));
    until(&k, "\"elicitation/create\"");
    T_HAS(mcp_buf_str(&k.in), "text/event-stream");
    T_HAS(mcp_buf_str(&k.in), "How are you?");
    cut(mcp_buf_str(&k.in), "\"id\":\"", '"', id, sizeof(id));
    respond(&c, other, id, ACCEPT, "202 Accepted"); /* another session: nothing happens */
    respond(&c, mine, "ask-1", ACCEPT, "202 Accepted");
    T_CHECK(!t_has(mcp_buf_str(&k.in), MCP_STR("\"result\"")));
    respond(&c, mine, id, ACCEPT, "202 Accepted");
    until(&k, "User response: action=accept, content={\\\"response\\\":\\\"fine\\\"}");
    until(&k, "\r\n0\r\n\r\n"); /* the stream ends */
    hang_up(&k);
    child_stop(&c);
}

/* Disconnecting is not cancelling: the question and the result wait in the ring. */
static void a_question_survives_its_connection(void)
{
    char mine[100], header[200], id[64], event[64];
    struct child c;
    struct conn k;

    start_http(&c);
    open_session(&c, mine);
    dial(&k, &c);
    post(&k, mine, CALL("5", "test_sampling", "{\"prompt\":\"Sing.\"}"));
    until(&k, "\"sampling/createMessage\"");
    cut(mcp_buf_str(&k.in), "\"id\":\"", '"', id, sizeof(id));
    cut(mcp_buf_str(&k.in), "id: ", '\n', event, sizeof(event)); /* the priming event */
    hang_up(&k);
    respond(&c, mine, id,
            "\"result\":{\"role\":\"assistant\",\"model\":\"m\",\"content\":{\"type\":\"text\","
            "\"text\":\"la la\"}}",
            "202 Accepted");
    dial(&k, &c);
    snprintf(header, sizeof(header), "%sLast-Event-ID: %s\r\n", mine, event);
    send_request(&k, "GET /mcp", header, "");
    until(&k, "LLM response: la la");
    T_HAS(mcp_buf_str(&k.in), "\"sampling/createMessage\""); /* again, it may have been lost */
    hang_up(&k);
    child_stop(&c);
}

static void deleting_the_session_ends_a_call_that_asks(void)
{
    struct child c;
    struct conn k, d;
    char mine[100];

    start_http(&c);
    open_session(&c, mine);
    dial(&k, &c);
    post(&k, mine, CALL("5", "test_elicitation", "{\"message\":\"?\"}"));
    until(&k, "\"elicitation/create\"");
    dial(&d, &c);
    send_request(&d, "DELETE /mcp", mine, "");
    until(&d, "204 No Content");
    until(&k, "\r\n0\r\n\r\n");
    hang_up(&k), hang_up(&d);
    child_stop(&c);
}

static void a_legacy_session_hears_of_changes_on_its_get_stream(void)
{
    struct child c;
    struct conn get, again, k;
    char mine[100];

    start_http(&c);
    open_session(&c, mine);
    dial(&k, &c);
    post(&k, mine,
         "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/subscribe\",\"params\":{\"uri\":"
         "\"test://watched-resource\"}}");
    until(&k, "\"result\":{}");
    post(&k, mine, CALL("2", "test_trigger_resource_change", "{}")); /* nobody listens yet */
    until(&k, "\"id\":2,\"result\"");
    dial(&get, &c);
    send_request(&get, "GET /mcp", mine, "");
    until(&get,
          "\"notifications/resources/updated\",\"params\":{\"uri\":\"test://watched-resource\"");
    dial(&again, &c);
    send_request(&again, "GET /mcp", mine, "");
    until(&again, "data: \n\n");
    post(&k, mine, CALL("3", "test_trigger_tool_change", "{}"));
    until(&again, "\"notifications/tools/list_changed\""); /* the newest stream only */
    hang_up(&again);
    do { /* until the server has seen that it is gone */
        post(&k, mine, CALL("4", "test_trigger_prompt_change", "{}"));
        until(&k, "\"id\":4,\"result\"");
        overheard_answers(&child_heard, mcp_buf_str(&k.in));
        mcp_buf_clear(&k.in);
        (void)poll(NULL, 0, 20);
    } while (recv(get.fd, (char[1]){0}, 1, MSG_DONTWAIT | MSG_PEEK) < 0);
    until(&get, "\"notifications/prompts/list_changed\"");
    T_CHECK(!t_has(mcp_buf_str(&get.in), MCP_STR("tools/list_changed")));
    hang_up(&get), hang_up(&k);
    child_stop(&c);
}

#define META                                                                                       \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                       \
    "\"io.modelcontextprotocol/clientCapabilities\":{}}"
#define LISTEN(id, filters)                                                                        \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"subscriptions/listen\",\"params\":{" META     \
    ",\"notifications\":" filters "}}"
#define MODERN "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: subscriptions/listen\r\n"

static void a_modern_client_listens_until_the_server_stops(void)
{
    struct child c;
    struct conn k, one, two;
    char mine[100];

    start_http(&c);
    open_session(&c, mine);
    dial(&one, &c), dial(&two, &c), dial(&k, &c);
    post(&one, MODERN, LISTEN("7", "{\"toolsListChanged\":true,\"resourcesListChanged\":true}"));
    until(&one, "\"notifications/subscriptions/acknowledged\"");
    T_HAS(mcp_buf_str(&one.in), "\"notifications\":{\"toolsListChanged\":true}}");
    T_HAS(mcp_buf_str(&one.in), "text/event-stream");
    post(&two, MODERN, LISTEN("\"7\"", "{\"promptsListChanged\":true}"));
    until(&two, "\"notifications/subscriptions/acknowledged\"");
    post(&k, mine, CALL("2", "test_trigger_tool_change", "{}"));
    until(&one, "\"notifications/tools/list_changed\",\"params\":{\"_meta\":{"
                "\"io.modelcontextprotocol/subscriptionId\":7}}}");
    hang_up(&two); /* that cancels it */
    kill(c.pid, SIGTERM);
    until(&one, "\"id\":7,\"result\":{\"resultType\":\"complete\",\"_meta\":{"
                "\"io.modelcontextprotocol/subscriptionId\":7}}}");
    until(&one, "\r\n0\r\n\r\n");
    hang_up(&one), hang_up(&k);
    child_expect_end(&c, 0);
}

/* ---- stdio ---- */

static void start_stdio(struct child *c)
{
    const char *const argv[] = {everything_path, "--log-level=error", NULL};

    child_start(c, argv, false);
}

static const char *expect_line(struct child *c, const char *part, char line[65536])
{
    T_HAS(mcp_str_c(child_line(c, line, 65536)), part);
    return line;
}

static void both_eras_are_asked_over_pipes(void)
{
    static char line[65536], text[2000];
    struct child c;
    char id[64];

    start_stdio(&c);
    child_write(&c, HELLO "\n");
    expect_line(&c, "\"protocolVersion\"", line);
    child_write(&c, CALL("1", "test_elicitation", "{\"message\":\"?\"}") "\n");
    cut(mcp_str_c(expect_line(&c, "\"elicitation/create\"", line)), "\"id\":\"", '"', id, 64);
    snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"id\":\"%s\"," ACCEPT "}\n", id);
    child_write(&c, text);
    expect_line(&c, "User response: action=accept", line);
    child_write(&c,
                "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"_meta\":{"
                "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io."
                "modelcontextprotocol/clientCapabilities\":{\"elicitation\":{}}},\"name\":"
                "\"test_input_required_result_elicitation\"}}\n");
    expect_line(&c, "\"resultType\":\"input_required\"", line);
    child_write(&c, LISTEN("9", "{\"toolsListChanged\":true}") "\n");
    expect_line(&c, "\"notifications/subscriptions/acknowledged\"", line);
    child_write(&c, CALL("3", "test_trigger_tool_change", "{}") "\n");
    for (int i = 0; i < 3; i++) { /* the result, the listener's and the session's notification */
        expect_line(&c, i ? "\"notifications/tools/list_changed\"" : "\"id\":3,\"result\"", line);
    }
    child_close_in(&c); /* closes the subscription, at once */
    expect_line(&c, "\"id\":9,\"result\":{\"resultType\":\"complete\"", line);
    child_expect_end(&c, 0);
}

/* stdio takes 256 calls at a time; those that wait for the client must not keep its answers out. */
static void many_calls_that_ask_do_not_stop_the_input(void)
{
    static char line[65536], text[2000];
    enum { CALLS = 256 };
    static char ids[CALLS][64];
    struct child c;

    start_stdio(&c);
    child_write(&c, HELLO "\n");
    expect_line(&c, "\"protocolVersion\"", line);
    for (int i = 0; i < CALLS; i++) {
        snprintf(text, sizeof(text), CALL("%d", "test_elicitation", "{\"message\":\"?\"}") "\n", i);
        child_write(&c, text);
        cut(mcp_str_c(expect_line(&c, "\"elicitation/create\"", line)), "\"id\":\"", '"', ids[i],
            64);
    }
    for (int i = 0; i < CALLS; i++) {
        T_CHECK((size_t)snprintf(text, sizeof(text),
                                 "{\"jsonrpc\":\"2.0\",\"id\":\"%s\"," ACCEPT "}\n",
                                 ids[i]) < sizeof(text));
        child_write(&c, text);
        expect_line(&c, "User response: action=accept", line);
    }
    child_close_in(&c);
    child_expect_end(&c, 0);
}

/* One line, two calls that wait: what waits is counted by calls, not by lines. */
static void a_batch_of_questions_does_not_stop_the_input(void)
{
    static char line[65536], text[2000];
    char ids[2][64];
    struct child c;

    start_stdio(&c);
    child_write(&c, "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{"
                    "\"protocolVersion\":\"2025-03-26\",\"capabilities\":{\"sampling\":{}},"
                    "\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}\n");
    expect_line(&c, "\"protocolVersion\"", line);
    child_write(&c, "[" CALL("1", "test_sampling", "{\"prompt\":\"?\"}") "," CALL(
                        "2", "test_sampling", "{\"prompt\":\"?\"}") "]\n");
    for (int i = 0; i < 2; i++) {
        cut(mcp_str_c(expect_line(&c, "\"sampling/createMessage\"", line)), "\"id\":\"", '"',
            ids[i], 64);
    }
    for (int i = 0; i < 2; i++) {
        snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"result\":" NOTE "}\n",
                 ids[i]);
        child_write(&c, text);
    }
    expect_line(&c, "LLM response: Salt!", line);
    child_close_in(&c);
    child_expect_end(&c, 0);
}

/* ---- The example ---- */

#define BOOK(id, can, rest)                                                                        \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"tools/call\",\"params\":{\"_meta\":{"         \
    "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                                  \
    "\"io.modelcontextprotocol/clientCapabilities\":" can "},\"name\":\"book_table\"" rest "}}\n"
#define TABLE "{\"action\":\"accept\",\"content\":{\"guests\":4,\"outside\":true}}"

static void the_example_books_a_table_in_both_eras(void)
{
    const char *const argv[] = {example_path, "--log-level=error", NULL};
    static char line[65536], text[2000];
    char table[64], note[64];
    struct child c;

    child_start(&c, argv, false);
    child_write(&c, BOOK("1", "{\"elicitation\":{},\"sampling\":{}}", ""));
    expect_line(&c, "\"table\":{\"method\":\"elicitation/create\"", line);
    child_write(&c, BOOK("2", "{\"elicitation\":{},\"sampling\":{}}",
                         ",\"inputResponses\":{\"table\":" TABLE ",\"note\":" NOTE "}"));
    expect_line(&c, "Booked for 4, outside.", line);
    T_HAS(mcp_str_c(line), "To the cook: Salt!");
    child_write(&c, BOOK("3", "{\"elicitation\":{}}",
                         ",\"inputResponses\":{\"table\":{\"action\":\"decline\"}}"));
    expect_line(&c, "Nothing was booked.", line);
    child_write(&c, BOOK("4", "{}", ""));
    expect_line(&c, "-32021", line);
    child_write(&c, HELLO "\n");
    expect_line(&c, "\"protocolVersion\"", line);
    child_write(&c, CALL("5", "book_table", "{}") "\n");
    cut(mcp_str_c(expect_line(&c, "\"elicitation/create\"", line)), "\"id\":\"", '"', table, 64);
    cut(mcp_str_c(expect_line(&c, "\"sampling/createMessage\"", line)), "\"id\":\"", '"', note, 64);
    snprintf(text, sizeof(text),
             "{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"result\":" NOTE "}\n"
             "{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"result\":" TABLE "}\n",
             note, table);
    child_write(&c, text);
    expect_line(&c, "Booked for 4, outside.", line);
    child_close_in(&c);
    child_expect_end(&c, 0);
}

static const struct t_case cases[] = {
    T(the_example_books_a_table_in_both_eras),
    T(a_legacy_client_is_asked_on_the_stream_of_its_call),
    T(a_question_survives_its_connection),
    T(deleting_the_session_ends_a_call_that_asks),
    T(a_legacy_session_hears_of_changes_on_its_get_stream),
    T(a_modern_client_listens_until_the_server_stops),
    T(both_eras_are_asked_over_pipes),
    T(many_calls_that_ask_do_not_stop_the_input),
    T(a_batch_of_questions_does_not_stop_the_input),
};

int main(int argc, char **argv)
{
    snprintf(example_path, sizeof(example_path), "%s", argc > 2 ? argv[2] : "");
    snprintf(everything_path, sizeof(everything_path), "%s", argc > 1 ? argv[1] : "");
    return t_main("ask", cases, sizeof(cases) / sizeof(cases[0]));
}
