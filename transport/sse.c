/* transport/sse.c - see sse.h. */
#include <transport/sse.h>

/* Bytes of the first line of `s`. */
static size_t line_len(mcp_str s)
{
    size_t n = 0;

    while (n < s.len && s.ptr[n] != '\n' && s.ptr[n] != '\r') {
        n++;
    }
    return n;
}

static void put_id(struct mcp_buf *out, mcp_str id)
{
    if (id.len) {
        mcp_buf_add(out, MCP_STR("id: "));
        mcp_buf_add(out, id);
        mcp_buf_byte(out, '\n');
    }
}

static void put_data(struct mcp_buf *out, mcp_str data)
{
    for (;;) {
        size_t n = line_len(data);

        mcp_buf_add(out, MCP_STR("data: "));
        mcp_buf_add(out, mcp_str_n(data.ptr, n));
        mcp_buf_byte(out, '\n');
        if (n == data.len) {
            return;
        }
        n += data.ptr[n] == '\r' && n + 1 < data.len && data.ptr[n + 1] == '\n' ? 2 : 1;
        data = mcp_str_n(data.ptr + n, data.len - n);
    }
}

void mcp__sse_type(struct mcp_buf *out, mcp_str type)
{
    mcp_buf_add(out, MCP_STR("event: "));
    mcp_buf_add(out, type);
    mcp_buf_byte(out, '\n');
}

void mcp__sse_event(struct mcp_buf *out, mcp_str id, mcp_str data)
{
    put_id(out, id);
    put_data(out, data);
    mcp_buf_byte(out, '\n');
}

void mcp__sse_priming(struct mcp_buf *out, mcp_str id, int64_t retry_ms)
{
    put_id(out, id);
    mcp_buf_add(out, MCP_STR("retry: "));
    mcp_buf_int(out, retry_ms);
    mcp_buf_add(out, MCP_STR("\ndata: \n\n"));
}

void mcp__sse_comment(struct mcp_buf *out)
{
    mcp_buf_add(out, MCP_STR(":\n\n"));
}
