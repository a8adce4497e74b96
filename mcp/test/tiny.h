/* mcp/test/tiny.h - a sink that needs no heap, for tests that refuse every allocation. */
#ifndef MCP_TEST_TINY_H
#define MCP_TEST_TINY_H

#include "t.h"

#include <mcp/sink.h>

/* Under AddressSanitizer each arena allocation is a heap block: budgets differ. */
#if defined(__SANITIZE_ADDRESS__)
#define IS_EXACT 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_EXACT 1
#endif
#endif
#ifndef IS_EXACT
#define IS_EXACT 0
#endif

struct tiny {
    struct mcp_sink sink;
    char bytes[16384];
    size_t len;
    int finishes;
    mcp_err err;
};

static inline void tiny_notify(struct mcp_sink *sink, mcp_str message, bool is_progress)
{
    (void)sink, (void)message, (void)is_progress;
}

static inline void tiny_finish(struct mcp_sink *sink, const struct mcp_reply *reply)
{
    struct tiny *t = (struct tiny *)(void *)sink;

    T_CHECK(reply->message.len < sizeof(t->bytes));
    if (reply->message.len) {
        memcpy(t->bytes, reply->message.ptr, reply->message.len);
    }
    t->len = reply->message.len;
    t->finishes++;
    t->err = reply->err;
}

#endif
