/* transport/test/overheard_http.h - overheard.h for the bytes of an HTTP connection. */
#ifndef MCP_TRANSPORT_TEST_OVERHEARD_HTTP_H
#define MCP_TRANSPORT_TEST_OVERHEARD_HTTP_H

#include <mcp/test/overheard.h>
#include <transport/test/http_answer_read.h>

static inline void overheard_answer(struct overheard *o, const struct answer *a)
{
    mcp_str rest = mcp_buf_str(&a->body), id = {0}, type = answer_header(a, "Content-Type");
    struct event e;

    if (mcp_str_starts(type, MCP_STR("text/event-stream"))) {
        while (event_next(&rest, &id, &e, NULL)) {
            if (e.data.len && e.data.ptr[0] == '{') { /* not where HTTP+SSE says to post */
                overheard_heard(o, e.data);
            }
        }
    } else if (a->is_whole && t_has(rest, MCP_STR("\"jsonrpc\""))) {
        overheard_heard(o, rest);
    }
}

/* Judge the messages of all answers in `in`, as far as they have come. */
static inline void overheard_answers(struct overheard *o, mcp_str in)
{
    bool is_whole = true;

    while (is_whole && in.len) {
        struct answer a = answer_read(in);

        is_whole = a.is_whole;
        overheard_answer(o, &a);
        in = is_whole ? mcp_str_n(in.ptr + a.bytes, in.len - a.bytes) : in;
        answer_free(&a);
    }
}

#endif
