/* Event stream framing (WHATWG HTML 9.2; MCP 2025-11-25 basic/transports "Sending Messages"). */
#include <mcp/test/t.h>
#include <transport/sse.h>

static void expect_event(mcp_str id, mcp_str data, const char *want)
{
    struct mcp_buf out;

    mcp_buf_init(&out, 4096);
    mcp__sse_event(&out, id, data);
    T_STR(mcp_buf_str(&out), want);
    mcp_buf_free(&out);
}

static void an_event_is_an_id_the_data_and_an_empty_line(void)
{
    expect_event(MCP_STR("p1-2"), MCP_STR("{}"), "id: p1-2\ndata: {}\n\n");
    expect_event(MCP_STR(""), MCP_STR("{}"), "data: {}\n\n");
    expect_event(MCP_STR(""), MCP_STR(""), "data: \n\n");
}

static void every_line_end_in_the_data_starts_a_data_line(void)
{
    expect_event(MCP_STR(""), MCP_STR("a\nb\r\nc\rd"), "data: a\ndata: b\ndata: c\ndata: d\n\n");
    expect_event(MCP_STR(""), MCP_STR("\n"), "data: \ndata: \n\n");
    expect_event(MCP_STR(""), MCP_STR("a\nid: evil\n\ndata: x"),
                 "data: a\ndata: id: evil\ndata: \ndata: data: x\n\n");
}

static void the_priming_event_has_an_id_a_retry_and_empty_data(void)
{
    struct mcp_buf out;

    mcp_buf_init(&out, 4096);
    mcp__sse_priming(&out, MCP_STR("p1-0"), 1000);
    T_STR(mcp_buf_str(&out), "id: p1-0\nretry: 1000\ndata: \n\n");
    mcp_buf_clear(&out);
    mcp__sse_comment(&out);
    T_STR(mcp_buf_str(&out), ":\n\n");
    mcp_buf_free(&out);
}

static const struct t_case CASES[] = {
    T(an_event_is_an_id_the_data_and_an_empty_line),
    T(every_line_end_in_the_data_starts_a_data_line),
    T(the_priming_event_has_an_id_a_retry_and_empty_data),
};
T_MAIN("transport/sse", CASES)
