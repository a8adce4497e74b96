/* What HTTP alone decides about a request to the MCP endpoint; rows cite protocol.md. */
#include <mcp/test/t.h>
#include <transport/http_ladder.h>
#include <transport/test/request_build.h>

#define CT     "Content-Type: application/json\n"
#define BOTH   "Accept: application/json, text/event-stream\n"
#define EVENTS "Accept: text/event-stream\n"
#define MODERN "MCP-Protocol-Version: 2026-07-28\n"
#define NONE   MCP_SESSION_ABSENT
#define BAD    MCP_SESSION_UNKNOWN
#define GOOD   MCP_SESSION_FOUND

enum { REFUSE, DESCRIBE, MESSAGE, LISTEN, END };

static const struct row {
    const char *rule; /* where it is written */
    enum mcp_http_method method;
    const char *headers;
    enum mcp_session_claim claim;
    int act, status;
} ROWS[] = {
    /* POST */
    {"1.4/7 a message", MCP_HTTP_POST, CT BOTH, NONE, MESSAGE, 200},
    {"1.4/20 the engine judges the session", MCP_HTTP_POST, CT BOTH, BAD, MESSAGE, 200},
    {"2.8/13 the modern era ignores it", MCP_HTTP_POST, CT BOTH MODERN, BAD, MESSAGE, 200},
    {"1.4/6 no Accept", MCP_HTTP_POST, CT, NONE, MESSAGE, 200},
    {"1.4/6 one of two", MCP_HTTP_POST, CT "Accept: application/json\n", NONE, MESSAGE, 200},
    {"1.4/6 one of two", MCP_HTTP_POST, CT EVENTS, NONE, MESSAGE, 200},
    {"1.4/6 anything", MCP_HTTP_POST, CT "Accept: */*\n", NONE, MESSAGE, 200},
    {"1.4/6 a range", MCP_HTTP_POST, CT "Accept: application/*;q=0.1\n", NONE, MESSAGE, 200},
    {"1.4/6 case, space", MCP_HTTP_POST, CT "Accept:  text/html ,Application/JSON ; q=1\n", NONE,
     MESSAGE, 200},
    {"1.4/6 two headers", MCP_HTTP_POST, CT "Accept: text/html\nAccept: application/json\n", NONE,
     MESSAGE, 200},
    {"1.4/6 bad Accept", MCP_HTTP_POST, CT "Accept: text/html\n", NONE, REFUSE, 406},
    {"1.4/6 empty Accept", MCP_HTTP_POST, CT "Accept:\n", NONE, REFUSE, 406},
    {"1.4/6 q=0", MCP_HTTP_POST, CT "Accept: */*;q=0, application/json; q=0.000\n", NONE, REFUSE,
     406},
    {"1.4/6 other parameters", MCP_HTTP_POST, CT "Accept: */*;v=1;q=0\n", NONE, REFUSE, 406},
    {"1.4/6 q=0.001 is some", MCP_HTTP_POST, CT "Accept: application/json;q=0.001\n", NONE, MESSAGE,
     200},
    {"2.16/3 no type", MCP_HTTP_POST, BOTH, NONE, REFUSE, 415},
    {"2.16/3 a form", MCP_HTTP_POST, BOTH "Content-Type: text/plain\n", NONE, REFUSE, 415},
    {"2.16/3 nearly", MCP_HTTP_POST, BOTH "Content-Type: application/json-rpc\n", NONE, REFUSE,
     415},
    {"2.16/3 hidden", MCP_HTTP_POST, BOTH "Content-Type: text/plain; application/json\n", NONE,
     REFUSE, 415},
    {"2.16/3 parameters", MCP_HTTP_POST, BOTH "Content-Type: Application/Json ;charset=utf-8\n",
     NONE, MESSAGE, 200},
    {"2.16/3 twice", MCP_HTTP_POST, BOTH CT CT, NONE, REFUSE, 400},
    {"2.16/3 406 before 415", MCP_HTTP_POST, "Accept: text/html\n", NONE, REFUSE, 406},
    /* GET */
    {"1.4/15 a stream", MCP_HTTP_GET, EVENTS, GOOD, LISTEN, 200},
    {"1.4/15 no Accept", MCP_HTTP_GET, "", GOOD, LISTEN, 200},
    {"1.4/20 no session", MCP_HTTP_GET, EVENTS, NONE, REFUSE, 400},
    {"1.4/21 unknown session", MCP_HTTP_GET, EVENTS, BAD, REFUSE, 404},
    {"1.4/6 JSON only", MCP_HTTP_GET, "Accept: application/json\n", GOOD, REFUSE, 406},
    {"1.4/23 a known version", MCP_HTTP_GET, EVENTS "MCP-Protocol-Version: 2025-03-26\n", GOOD,
     LISTEN, 200},
    {"1.4/23 an unknown version", MCP_HTTP_GET, EVENTS "MCP-Protocol-Version: 2025-01-01\n", GOOD,
     REFUSE, 400},
    {"2.8/13 modern", MCP_HTTP_GET, EVENTS MODERN, GOOD, REFUSE, 405},
    {"2.16/6 modern by comparison", MCP_HTTP_GET, EVENTS "MCP-Protocol-Version: v999.0.0\n", NONE,
     REFUSE, 405},
    /* DELETE */
    {"1.4/22 over", MCP_HTTP_DELETE, "", GOOD, END, 200},
    {"1.4/22 Accept does not matter", MCP_HTTP_DELETE, "Accept: text/html\n", GOOD, END, 200},
    {"1.4/20 no session", MCP_HTTP_DELETE, "", NONE, REFUSE, 400},
    {"1.4/21 unknown session", MCP_HTTP_DELETE, "", BAD, REFUSE, 404},
    {"2.8/13 modern", MCP_HTTP_DELETE, MODERN, GOOD, REFUSE, 405},
    /* The others */
    {"2.16/2 OPTIONS", MCP_HTTP_OPTIONS, "", NONE, DESCRIBE, 204},
    {"2.16/2 HEAD", MCP_HTTP_HEAD, EVENTS, GOOD, REFUSE, 405},
    {"2.16/2 PUT", MCP_HTTP_PUT, CT BOTH, GOOD, REFUSE, 405},
    {"2.16/2 PATCH", MCP_HTTP_PATCH, CT BOTH, GOOD, REFUSE, 405},
    {"2.16/2 anything", MCP_HTTP_OTHER, CT BOTH, GOOD, REFUSE, 405},
    /* A header that decides something, twice */
    {"2.8 h/3", MCP_HTTP_POST, CT BOTH MODERN MODERN, NONE, REFUSE, 400},
    {"2.8 h/3", MCP_HTTP_POST, CT BOTH "Mcp-Name: a\nmcp-name: b\n", NONE, REFUSE, 400},
    {"2.8 h/3", MCP_HTTP_POST, CT BOTH "Mcp-Method: a\nMcp-Method: a\n", NONE, REFUSE, 400},
    {"1.4/19", MCP_HTTP_GET, EVENTS "Mcp-Session-Id: a\nMcp-Session-Id: b\n", GOOD, REFUSE, 400},
    {"1.4/18", MCP_HTTP_GET, EVENTS "Last-Event-ID: a\nLast-Event-ID: b\n", GOOD, REFUSE, 400},
};

static void every_row_ends_where_the_specification_says(void)
{
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct request r;

        request_build(&r, ROWS[i].method, ROWS[i].headers);
        struct mcp__http_rung rung = mcp__http_ladder(&r.req, ROWS[i].claim);

        ck_assert_msg((int)rung.act == ROWS[i].act && rung.status == ROWS[i].status,
                      "row %zu (%s): act %d status %d", i, ROWS[i].rule, (int)rung.act,
                      rung.status);
        ck_assert_msg(rung.act != MCP__ACT_REFUSE || (rung.why && rung.code != 0),
                      "row %zu gives no reason", i);
        ck_assert_msg((rung.status == 405 || rung.act == MCP__ACT_DESCRIBE) == (rung.allow != NULL),
                      "row %zu: Allow", i);
    }
}

static struct mcp__http_rung climb(const char *headers)
{
    struct request r;

    request_build(&r, MCP_HTTP_POST, headers);
    return mcp__http_ladder(&r.req, MCP_SESSION_ABSENT);
}

static void accept_says_what_may_be_answered(void)
{
    struct mcp__http_rung rung = climb(CT BOTH);

    T_CHECK(rung.takes_json && rung.takes_events);
    rung = climb(CT);
    T_CHECK(rung.takes_json && rung.takes_events);
    rung = climb(CT "Accept: application/json\n");
    T_CHECK(rung.takes_json && !rung.takes_events);
    rung = climb(CT "Accept: application/json;q=0, text/*\n");
    T_CHECK(!rung.takes_json && rung.takes_events);
}

static void the_era_of_a_request_is_the_one_its_header_names(void)
{
    T_CHECK(climb(CT MODERN).is_modern);
    T_CHECK(climb(CT "mcp-protocol-version: v999.0.0\n").is_modern);
    T_CHECK(climb(CT "mcp-protocol-version: draft\n").is_modern);
    T_CHECK(!climb(CT).is_modern);
    T_CHECK(!climb(CT "mcp-protocol-version: 2025-11-25\n").is_modern);
}

static void a_twin_is_a_header_mismatch_in_the_modern_era_only(void)
{
    T_EQ(climb(CT MODERN "Mcp-Name: a\nMcp-Name: a\n").code, -32020);
    /* A client would take -32020 for a modern server (protocol.md 2.16, stdio ladder d). */
    T_EQ(climb(CT "Mcp-Name: a\nMcp-Name: a\n").code, -32600);
}

static const struct t_case CASES[] = {
    T(every_row_ends_where_the_specification_says),
    T(accept_says_what_may_be_answered),
    T(the_era_of_a_request_is_the_one_its_header_names),
    T(a_twin_is_a_header_mismatch_in_the_modern_era_only),
};
T_MAIN("transport/ladder", CASES)
