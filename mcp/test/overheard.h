/* mcp/test/overheard.h - judge.h for tests that see both sides of a connection as text.
 *
 * What a client says is noted, what it hears is judged by it. For real sockets, pipes and
 * processes; wire.h is the same for the engine alone. `struct overheard` begins as zeros and holds
 * no memory. */
#ifndef MCP_TEST_OVERHEARD_H
#define MCP_TEST_OVERHEARD_H

#include "judge.h"

enum { OVERHEARD_ASKED = 512, OVERHEARD_ID_BYTES = 64 };

struct overheard {
    char revision[16]; /* what the last handshake agreed on; empty: none yet */
    size_t n_asked;    /* the newest OVERHEARD_ASKED are kept */
    struct {
        char id[OVERHEARD_ID_BYTES];
        struct judge_case asked;
    } asked[OVERHEARD_ASKED];
    size_t n_judged;
};

static inline void overheard_ask(struct overheard *o, mcp_json message)
{
    mcp_json id = mcp_json_get(message, MCP_STR("id"));
    mcp_str method = mcp_json_raw(mcp_json_get(message, MCP_STR("method")));
    size_t i = o->n_asked % OVERHEARD_ASKED;

    if (mcp_json_present(id) && method.len > 2) {
        snprintf(o->asked[i].id, OVERHEARD_ID_BYTES, "%.*s", MCP_STR_ARG(mcp_json_raw(id)));
        snprintf(o->asked[i].asked.method, sizeof(o->asked[i].asked.method), "%.*s",
                 (int)method.len - 2, method.ptr + 1);
        o->asked[i].asked.is_modern =
            t_has(mcp_json_raw(message), MCP_STR("modelcontextprotocol/protocolVersion"));
        o->n_asked++;
    }
}

/* Run `each` over a message or the messages of a batch; false when `text` is not JSON. */
static inline bool overheard_each(struct overheard *o, mcp_str text,
                                  void (*each)(struct overheard *o, mcp_json message))
{
    const struct mcp_json_limits limits = {(size_t)1 << 26, 64, (size_t)1 << 20, false};
    struct mcp_arena arena;
    mcp_json v;

    mcp_arena_init(&arena, (size_t)1 << 28);
    bool is_json = mcp_json_read(&arena, text, &limits, &v, NULL) == MCP_OK;

    if (is_json && mcp_json_type(v) == MCP_JSON_ARRAY) {
        for (mcp_json e = mcp_json_first(v); mcp_json_present(e); e = mcp_json_next(v, e)) {
            each(o, e);
        }
    } else if (is_json) {
        each(o, v);
    }
    mcp_arena_free(&arena);
    return is_json;
}

/* Note what a client says: a message or a batch; what is not JSON asks for nothing. */
static inline void overheard_said(struct overheard *o, mcp_str text)
{
    (void)overheard_each(o, text, overheard_ask);
}

static inline struct judge_case overheard_find(const struct overheard *o, mcp_json id)
{
    struct judge_case found = {.revision = o->revision[0] ? o->revision : NULL};
    size_t kept = o->n_asked < OVERHEARD_ASKED ? o->n_asked : OVERHEARD_ASKED;

    for (size_t i = 0; i < kept; i++) {
        size_t at = (o->n_asked - 1 - i) % OVERHEARD_ASKED;

        if (mcp_str_eq(mcp_json_raw(id), mcp_str_c(o->asked[at].id))) {
            found = o->asked[at].asked;
            found.revision = o->revision[0] ? o->revision : NULL;
            return found;
        }
    }
    return found;
}

static inline void overheard_judge(struct overheard *o, mcp_json message)
{
    mcp_json id = mcp_json_get(message, MCP_STR("id"));
    mcp_json method = mcp_json_get(message, MCP_STR("method"));
    mcp_str text = mcp_json_raw(message);
    struct judge_case asked = overheard_find(o, id);
    mcp_str agreed = mcp_json_raw(
        mcp_json_get(mcp_json_get(message, MCP_STR("result")), MCP_STR("protocolVersion")));

    o->n_judged++;
    if (mcp_json_present(method)) {
        asked.is_modern =
            !asked.revision || t_has(text, MCP_STR("modelcontextprotocol/subscriptionId"));
        judge_note(&asked, text, mcp_json_str_eq(method, MCP_STR("notifications/progress")));
        return;
    }
    if (agreed.len > 2 && strcmp(asked.method, "initialize") == 0) {
        snprintf(o->revision, sizeof(o->revision), "%.*s", (int)agreed.len - 2, agreed.ptr + 1);
        asked.revision = o->revision;
    }
    if (!mcp_json_present(id)) {
        asked.revision = NULL; /* refused before anybody knew who asks */
    } else if (mcp_json_type(id) == MCP_JSON_NULL && !asked.revision) {
        asked.revision = "2024-11-05"; /* the same, in the words of JSON-RPC */
    }
    judge_response(&asked, message);
}

/* Judge what a client hears: a message or a batch. */
static inline void overheard_heard(struct overheard *o, mcp_str text)
{
    ck_assert_msg(overheard_each(o, text, overheard_judge), "not JSON: %.*s", MCP_STR_ARG(text));
}

#endif
