/* transport/memory_client.h - inside of the client in memory: what it sent, heard and will answer.
 */
#ifndef MCP_TRANSPORT_MEMORY_CLIENT_H
#define MCP_TRANSPORT_MEMORY_CLIENT_H

#include <mcp/buf.h>
#include <transport/memory.h>

/* One request and what became of it. */
struct mcp__exchange {
    struct mcp_sink sink; /* first */
    struct mcp_memory_reply reply;
    struct mcp_memory *m;
    struct mcp__exchange *next;
    const struct mcp_tool *tool; /* tools/call of a known one; else NULL */
    const char *method;
    mcp_json params;
    mcp_json asked; /* 2026-07-28: inputRequests of the last round */
    mcp_json state; /* and its requestState */
    int64_t id;
};

/* Something heard; a legacy question until it is answered. */
struct mcp__heard {
    struct mcp__heard *next;
    struct mcp__exchange *exchange; /* whose question it is; NULL: none, or answered */
    mcp_json json;
};

struct mcp__answer {
    struct mcp__answer *next;
    mcp_str method, result;
};

struct mcp_memory {
    struct mcp_server *server;
    struct mcp_session *session;
    struct mcp_sink channel; /* what belongs to no request */
    struct mcp_arena arena;
    int64_t now_ms, last_id;
    const char *revision;
    mcp_str capabilities, scopes;
    bool is_modern;
    struct mcp__exchange *exchanges;
    struct mcp__heard *heard, **heard_end;
    struct mcp__answer *answers, **answers_end;
    struct mcp_work *works, **works_end; /* blocking handlers that are to run, oldest first */
};

/* What is handed out when there is no memory for more. */
extern const struct mcp_memory_reply mcp__memory_lost;

static inline mcp_json mcp__memory_absent(void)
{
    return (mcp_json){NULL, NULL};
}

/* memory_heard.c. A copy of `text`, read; absent when it is not JSON, or out of memory. */
mcp_json mcp__memory_read(struct mcp_memory *m, mcp_str text);
mcp_str mcp__memory_str(struct mcp_memory *m, mcp_json v);
/* Moves the bytes into the arena, and the failure, too. */
mcp_str mcp__memory_keep(struct mcp_memory *m, struct mcp_buf *b);
/* A message that is no reply; `e`: on whose stream, or NULL. */
void mcp__memory_hear(struct mcp_memory *m, struct mcp__exchange *e, mcp_str text);
/* What came back for a request. */
void mcp__memory_take(struct mcp__exchange *e, mcp_str message);
void mcp__memory_fail(struct mcp__exchange *e, int64_t code, mcp_str why);

/* memory.c. Send the request, with the answers of a round (a JSON object) when there are some. */
void mcp__memory_send(struct mcp__exchange *e, mcp_str responses);
/* Send a notification or a response. */
void mcp__memory_tell(struct mcp_memory *m, mcp_str message);

/* memory_answer.c. Answer one question, or one round of them; false: none can be. */
bool mcp__memory_answer(struct mcp_memory *m);

#endif
