/* transport/memory_answer.c - what a client in memory answers when it is asked. */
#include <transport/memory_client.h>

static bool is_for(const struct mcp__answer *a, mcp_json question)
{
    return mcp_json_str_eq(mcp_json_get(question, MCP_STR("method")), a->method);
}

/* Take the first answer that is ready for this question; NULL: none. */
static struct mcp__answer *take_answer(struct mcp_memory *m, mcp_json question)
{
    for (struct mcp__answer **at = &m->answers; *at; at = &(*at)->next) {
        struct mcp__answer *a = *at;

        if (is_for(a, question)) {
            *at = a->next;
            m->answers_end = a->next ? m->answers_end : at;
            return a;
        }
    }
    return NULL;
}

/* Legacy: the oldest question that can be answered is. */
static bool answer_legacy(struct mcp_memory *m)
{
    for (struct mcp__heard *q = m->heard; q; q = q->next) {
        struct mcp__exchange *e = q->exchange;
        struct mcp__answer *a = e ? take_answer(m, q->json) : NULL;

        if (a) {
            q->exchange = NULL;
            e->reply.is_asking = false;
            for (const struct mcp__heard *other = m->heard; other; other = other->next) {
                e->reply.is_asking |= other->exchange == e;
            }
            mcp__memory_tell(
                m, mcp_arena_printf(&m->arena, "{\"jsonrpc\":\"2.0\",\"id\":%.*s,\"result\":%.*s}",
                                    MCP_STR_ARG(mcp_json_raw(mcp_json_get(q->json, MCP_STR("id")))),
                                    MCP_STR_ARG(a->result)));
            return true;
        }
    }
    return false;
}

/* 2026-07-28: the request is repeated with the answers that there are, if any. */
static bool answer_modern(struct mcp_memory *m, struct mcp__exchange *e)
{
    struct mcp_json_writer w;
    struct mcp_buf out;
    bool has_some = false;

    mcp_buf_init(&out, (size_t)1 << 28);
    mcp_json_writer_init(&w, &out);
    mcp_json_object(&w);
    for (mcp_json q = mcp_json_first(e->asked); mcp_json_present(q);
         q = mcp_json_next(e->asked, q)) {
        const struct mcp__answer *a = take_answer(m, q);

        if (a) {
            mcp_json_member_raw(&w, mcp__memory_str(m, mcp_json_key(q)), a->result);
            has_some = true;
        }
    }
    mcp_json_object_end(&w);
    mcp_str responses = mcp__memory_keep(m, &out);

    if (has_some) {
        e->asked = mcp__memory_absent();
        mcp__memory_send(e, responses);
    }
    return has_some;
}

bool mcp__memory_answer(struct mcp_memory *m)
{
    for (struct mcp__exchange *e = m->exchanges; e; e = e->next) {
        if (mcp_json_present(e->asked) && e->reply.is_asking && answer_modern(m, e)) {
            return true;
        }
    }
    return answer_legacy(m);
}

/* ---- Laid ready ---- */

void mcp_memory_answer(struct mcp_memory *m, const char *method, const char *result)
{
    struct mcp__answer *a = mcp_arena_new(&m->arena, struct mcp__answer, 1);

    if (a) {
        a->method = mcp_arena_dup(&m->arena, mcp_str_c(method));
        a->result = mcp_arena_dup(&m->arena, mcp_str_c(result && *result ? result : "null"));
    }
    if (!mcp_arena_failed(&m->arena)) {
        *m->answers_end = a;
        m->answers_end = &a->next;
    }
}

void mcp_memory_answer_form(struct mcp_memory *m, const char *content)
{
    mcp_str result = mcp_arena_printf(&m->arena, "{\"action\":\"accept\",\"content\":%s}", content);

    mcp_memory_answer(m, "elicitation/create", result.ptr);
}

void mcp_memory_answer_decline(struct mcp_memory *m)
{
    mcp_memory_answer(m, "elicitation/create", "{\"action\":\"decline\"}");
}

void mcp_memory_answer_text(struct mcp_memory *m, const char *text)
{
    struct mcp_buf result;

    mcp_buf_init(&result, (size_t)1 << 28);
    mcp_buf_add_c(&result,
                  "{\"role\":\"assistant\",\"model\":\"memory\",\"stopReason\":\"endTurn\","
                  "\"content\":{\"type\":\"text\",\"text\":\"");
    mcp_json_escape(&result, mcp_str_c(text));
    mcp_buf_add_c(&result, "\"}}");
    mcp_memory_answer(m, "sampling/createMessage", mcp__memory_keep(m, &result).ptr);
}
