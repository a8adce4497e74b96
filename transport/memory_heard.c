/* transport/memory_heard.c - what a client in memory hears: replies, notifications, questions. */
#include <transport/memory_client.h>

#include <mcp/schema.h>

/* ---- JSON ---- */

/* A copy of `text`, read; absent when it is not JSON, or out of memory. */
mcp_json mcp__memory_read(struct mcp_memory *m, mcp_str text)
{
    const struct mcp_json_limits limits = {(size_t)1 << 28, 64, (size_t)1 << 24, false};
    mcp_str copy = mcp_arena_dup(&m->arena, text);
    mcp_json v = mcp__memory_absent();

    return mcp_json_read(&m->arena, copy, &limits, &v, NULL) ? mcp__memory_absent() : v;
}

mcp_str mcp__memory_str(struct mcp_memory *m, mcp_json v)
{
    return mcp_json_str(v, &m->arena, MCP_STR(""));
}

mcp_str mcp__memory_keep(struct mcp_memory *m, struct mcp_buf *b)
{
    mcp_str s = mcp_arena_dup(&m->arena, mcp_buf_str(b));

    m->arena.failed |= b->failed; /* one failure to ask for */
    mcp_buf_free(b);
    return s;
}

/* ---- Results ---- */

void mcp__memory_fail(struct mcp__exchange *e, int64_t code, mcp_str why)
{
    struct mcp_memory *m = e->m;

    e->reply = (struct mcp_memory_reply){.is_done = true,
                                         .is_error = true,
                                         .code = code,
                                         .text = mcp_arena_dup(&m->arena, why), /* with a NUL */
                                         .result = e->reply.result};
}

/* The text of a content block, a resource's contents or a prompt's message. */
static mcp_json text_in(mcp_json block)
{
    mcp_json content = mcp_json_get(block, MCP_STR("content"));
    mcp_json resource = mcp_json_get(block, MCP_STR("resource"));

    block = mcp_json_present(content) ? content : block;
    block = mcp_json_present(resource) ? resource : block;
    return mcp_json_get(block, MCP_STR("text"));
}

static mcp_str all_text(struct mcp_memory *m, mcp_json result)
{
    static const char *const LISTS[] = {"content", "contents", "messages"};
    struct mcp_buf text;

    mcp_buf_init(&text, (size_t)1 << 28);
    for (size_t i = 0; i < sizeof(LISTS) / sizeof(LISTS[0]); i++) {
        mcp_json list = mcp_json_get(result, mcp_str_c(LISTS[i]));

        for (mcp_json e = mcp_json_first(list); mcp_json_present(e); e = mcp_json_next(list, e)) {
            mcp_json said = text_in(e);

            if (mcp_json_type(said) == MCP_JSON_STRING) {
                mcp_buf_add_c(&text, text.len ? "\n" : "");
                mcp_buf_add(&text, mcp__memory_str(m, said));
            }
        }
    }
    return mcp__memory_keep(m, &text);
}

/* Why the structured result breaks the row's output schema; empty: it does not. */
static mcp_str breach(struct mcp__exchange *e)
{
    struct mcp_memory *m = e->m;
    struct mcp_schema_error why = {{0}, {0}, {0}};
    const char *text = e->tool ? e->tool->output_schema : NULL;

    if (!text || !m->is_modern || e->reply.is_error) {
        return MCP_STR(""); /* a legacy client may be shown another shape */
    }
    struct mcp_schema *schema =
        mcp_schema_new(mcp_str_c(text), &(struct mcp_schema_options){.allow_unknown = true}, NULL);
    bool is_good = !schema || mcp_schema_check(schema, e->reply.structured, &m->arena, &why);

    mcp_schema_free(schema);
    return is_good ? MCP_STR("")
                   : mcp_arena_printf(&m->arena, "the result breaks the output schema: %s: %s (%s)",
                                      why.path, why.text, why.rule);
}

static void take_result(struct mcp__exchange *e, mcp_json result)
{
    struct mcp_memory_reply *r = &e->reply;

    *r = (struct mcp_memory_reply){
        .is_done = true,
        .is_error = mcp_json_bool(mcp_json_get(result, MCP_STR("isError")), false),
        .text = all_text(e->m, result),
        .structured = mcp_json_get(result, MCP_STR("structuredContent")),
        .result = result,
    };
    mcp_str why = breach(e);

    if (why.len) {
        mcp__memory_fail(e, 0, why);
    }
}

/* ---- What is heard ---- */

static struct mcp__heard *hear(struct mcp_memory *m, mcp_json json)
{
    struct mcp__heard *heard = mcp_arena_new(&m->arena, struct mcp__heard, 1);

    if (heard && mcp_json_present(json)) {
        heard->json = json;
        *m->heard_end = heard;
        m->heard_end = &heard->next;
    }
    return heard;
}

/* An older server takes back what it asked: cancelled, or one answer of a round was bad. */
static void withdraw(struct mcp_memory *m, mcp_json json)
{
    mcp_str id =
        mcp_json_raw(mcp_json_get(mcp_json_get(json, MCP_STR("params")), MCP_STR("requestId")));

    for (struct mcp__heard *q = m->heard; q; q = q->next) {
        if (id.len && mcp_str_eq(mcp_json_raw(mcp_json_get(q->json, MCP_STR("id"))), id)) {
            q->exchange = NULL;
        }
    }
}

void mcp__memory_hear(struct mcp_memory *m, struct mcp__exchange *e, mcp_str text)
{
    struct mcp__heard *heard = hear(m, mcp__memory_read(m, text));

    if (!heard) {
        return;
    }
    if (mcp_json_present(mcp_json_get(heard->json, MCP_STR("id"))) && e) {
        heard->exchange = e;
        e->reply.is_asking = true;
    } else if (mcp_json_str_eq(mcp_json_get(heard->json, MCP_STR("method")),
                               MCP_STR("notifications/cancelled"))) {
        withdraw(m, heard->json);
    }
}

static void hear_questions(struct mcp__exchange *e, mcp_json result)
{
    e->asked = mcp_json_get(result, MCP_STR("inputRequests"));
    e->state = mcp_json_get(result, MCP_STR("requestState"));
    e->reply.is_asking = true;
    e->reply.result = result;
    for (mcp_json q = mcp_json_first(e->asked); mcp_json_present(q);
         q = mcp_json_next(e->asked, q)) {
        (void)hear(e->m, q);
    }
}

void mcp__memory_take(struct mcp__exchange *e, mcp_str message)
{
    mcp_json json = mcp__memory_read(e->m, message);
    mcp_json result = mcp_json_get(json, MCP_STR("result"));
    mcp_json error = mcp_json_get(json, MCP_STR("error"));

    for (struct mcp__heard *q = e->m->heard; q; q = q->next) {
        q->exchange = q->exchange == e ? NULL : q->exchange;
    }
    if (!message.len) {
        mcp__memory_fail(e, 0, MCP_STR("cancelled"));
    } else if (mcp_json_str_eq(mcp_json_get(result, MCP_STR("resultType")),
                               MCP_STR("input_required"))) {
        hear_questions(e, result);
    } else if (mcp_json_present(result)) {
        take_result(e, result);
    } else {
        e->reply.result = error;
        mcp__memory_fail(
            e, mcp_json_int_or(mcp_json_get(error, MCP_STR("code")), mcp__memory_lost.code),
            mcp__memory_str(e->m, mcp_json_get(error, MCP_STR("message"))));
    }
    if (mcp_arena_failed(&e->m->arena)) {
        e->reply = mcp__memory_lost;
    }
}

mcp_json mcp_memory_heard(const struct mcp_memory *m, const char *method, size_t i)
{
    for (const struct mcp__heard *heard = m->heard; heard; heard = heard->next) {
        mcp_json name = mcp_json_get(heard->json, MCP_STR("method"));

        if ((!method || mcp_json_str_eq(name, mcp_str_c(method))) && i-- == 0) {
            return heard->json;
        }
    }
    return mcp__memory_absent();
}
