/* cli/test/task_test.c - tasks survive `cistern serve`: killed at -9, started again on its store.
 */
#include <cli/test/server.h>

#include <stdlib.h>

#define META                                                                                       \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                       \
    "\"io.modelcontextprotocol/clientCapabilities\":{\"extensions\":{"                             \
    "\"io.modelcontextprotocol/tasks\":{}}}}"
#define HEADERS                                                                                    \
    "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"            \
    "MCP-Protocol-Version: 2026-07-28\r\n"

static struct place place;
static struct server server;
static char token[256];

static void rpc(const char *method, const char *name, const char *params)
{
    char headers[400], body[900];

    snprintf(headers, sizeof(headers), HEADERS "Mcp-Method: %s\r\nMcp-Name: %s\r\n", method, name);
    snprintf(body, sizeof(body),
             "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{" META ",%s}}", method,
             params);
    ask(&server, "POST", "/mcp", token, headers, body);
}

/* check_store as a task; its id. */
static void make_task(const char *rest_ms, char id[80])
{
    char params[200];

    snprintf(params, sizeof(params), "\"name\":\"check_store\",\"arguments\":{\"restMs\":%s}",
             rest_ms);
    rpc("tools/call", "check_store", params);
    const char *at = strstr(answer.text, "\"taskId\":\"");

    ck_assert_msg(at != NULL, "%s", answer.text);
    snprintf(id, 80, "%.*s", (int)strcspn(at + 10, "\""), at + 10);
}

static bool task_is(const char *id, const char *has)
{
    char params[200];

    snprintf(params, sizeof(params), "\"taskId\":\"%s\"", id);
    rpc("tasks/get", id, params);
    return strstr(answer.text, has) != NULL;
}

static void wait_until(const char *id, const char *has)
{
    for (int i = 0; i < 200 && !task_is(id, has); i++) {
        poll(NULL, 0, 50);
    }
    T_ANSWER(has);
}

/* 2,500 readings: check_store takes three steps. */
static void fill(void)
{
    size_t cap = 400000, n = 0;
    char *text = malloc(cap);

    T_CHECK(text);
    n += (size_t)snprintf(text, cap, "{\"connections\":[{\"name\":\"a\",\"readings\":[");
    for (int i = 0; i < 2500; i++) {
        n += (size_t)snprintf(text + n, cap - n,
                              "%s{\"creditType\":\"c\",\"balance\":%d,\"recordedAt\":"
                              "\"2026-06-%02dT%02d:%02d:00Z\"}",
                              i ? "," : "", i, 1 + i / 1440, i / 60 % 24, i % 60);
    }
    snprintf(text + n, cap - n, "]}]}");
    T_CODE(run_in(text, "import", "-", NULL), 0);
    free(text);
}

static void a_server_that_is_killed_remembers_its_tasks(void)
{
    char done[80], running[80];

    place_make(&place);
    fill();
    T_CODE(run("token", "create", "test", "--scope", "admin", "--rate", "unlimited", NULL), 0);
    snprintf(token, sizeof(token), "%.*s", (int)strcspn(ran.out, "\n"), ran.out);
    server_start(&server, "127.0.0.1:0", NULL);
    make_task("0", done);
    wait_until(done, "\"status\":\"completed\"");
    T_ANSWER("\"damaged\":0");
    char *before = strdup(strstr(answer.text, "\"result\""));

    T_CHECK(before);
    make_task("1000", running);
    T_CHECK(task_is(running, "\"status\":\"working\""));
    kill(server.pid, SIGKILL);
    T_EQ(server_wait(&server), -1);
    server_start(&server, "127.0.0.1:0", NULL);
    T_CHECK(task_is(done, "\"status\":\"completed\""));
    ck_assert_str_eq(strstr(answer.text, "\"result\""), before); /* to the byte */
    wait_until(running, "\"status\":\"failed\"");                /* shown when it is durable */
    T_ANSWER("the server was stopped while the task ran");
    server_stop(&server);
    free(before);
    T_CODE(run("verify", NULL), 0); /* the new rows are known */
    place_remove(&place);
}

/* It would end the tasks of the first when it starts. */
static void a_store_has_one_server(void)
{
    char own[64];

    place_make(&place);
    server_start(&server, "127.0.0.1:0", NULL);
    snprintf(own, sizeof(own), "process %d", (int)server.pid);
    T_CODE(run("serve", "--listen", "127.0.0.1:0", NULL), 75);
    T_HAS(ERR, own);
    T_HAS(ERR, "one server");
    T_EQ(ask(&server, "GET", "/healthz", NULL, "", ""), 200);
    T_CODE(run("connection", "add", "Beside", NULL), 0); /* commands are no servers */
    kill(server.pid, SIGKILL);
    server_wait(&server);
    server_start(&server, "127.0.0.1:0", NULL); /* the lock went with it */
    server_stop(&server);
    place_remove(&place);
}

static const struct t_case cases[] = {
    T(a_server_that_is_killed_remembers_its_tasks),
    T(a_store_has_one_server),
};
T_MAIN("task", cases)
