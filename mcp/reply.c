/* mcp/reply.c - the bytes of replies, written in one pass. Called by mcp/call.c at the end of a
 * call. No printf here: this is the hot path. */
#include <mcp/engine.h>

#define ADD(out, literal) mcp_buf_add(out, MCP_STR(literal))

static void put_id(struct mcp_buf *out, mcp_str id, enum mcp__rev rev)
{
    if (id.len) {
        ADD(out, ",\"id\":");
        mcp_buf_add(out, id);
    } else if (mcp__era_has(rev, MCP__FIELD_NULL_ID)) {
        ADD(out, ",\"id\":null");
    }
}

static void put_text(struct mcp_buf *out, mcp_str text)
{
    ADD(out, "{\"type\":\"text\",\"text\":\"");
    mcp_json_escape(out, text);
    ADD(out, "\"}");
}

static void put_content(struct mcp_buf *out, const struct mcp_call *call, mcp_err err)
{
    if (err) {
        put_text(out, call->message.len ? call->message : mcp_str_c(mcp_err_info(err)->meaning));
        return;
    }
    if (!call->has_block && call->structured.len) {
        /* server/tools "Structured Content": SHOULD also return the serialized JSON as text. */
        put_text(out, mcp_buf_str(&call->structured));
        mcp_buf_add_c(out, call->content.len ? "," : "");
    }
    mcp_buf_add(out, mcp_buf_str(&call->content));
}

/* Revisions before 2026-07-28 know structured objects only. */
static void put_structured(struct mcp_buf *out, const struct mcp_call *call)
{
    mcp_str v = mcp_buf_str(&call->structured);
    bool is_wrapped = !mcp__era_has(call->rev, MCP__FIELD_ANY_STRUCTURED) &&
                      ((call->row && call->row->is_wrapped) || *v.ptr != '{');

    ADD(out, ",\"structuredContent\":");
    if (is_wrapped) {
        ADD(out, "{\"result\":");
    }
    mcp_buf_add(out, v);
    if (is_wrapped) {
        mcp_buf_byte(out, '}');
    }
}

static void put_tool_result(struct mcp_buf *out, const struct mcp_call *call, mcp_err err)
{
    ADD(out, "\"content\":[");
    put_content(out, call, err);
    mcp_buf_byte(out, ']');
    if (err) {
        ADD(out, ",\"isError\":true");
    } else if (call->structured.len && mcp__era_has(call->rev, MCP__FIELD_STRUCTURED)) {
        put_structured(out, call);
    }
}

static void put_prompt_result(struct mcp_buf *out, const struct mcp_call *call)
{
    if (call->prompt->description) {
        ADD(out, "\"description\":\"");
        mcp_json_escape(out, mcp_str_c(call->prompt->description));
        ADD(out, "\",");
    }
    ADD(out, "\"messages\":[");
    mcp_buf_add(out, mcp_buf_str(&call->content));
    mcp_buf_byte(out, ']');
}

static void put_completion(struct mcp_buf *out, const struct mcp_call *call)
{
    ADD(out, "\"completion\":{\"values\":[");
    mcp_buf_add(out, mcp_buf_str(&call->content));
    ADD(out, "],\"total\":");
    mcp_buf_int(out, (int64_t)call->n_suggested);
    mcp_buf_add_c(out, call->n_suggested > MCP_SUGGESTIONS_MAX ? ",\"hasMore\":true}"
                                                               : ",\"hasMore\":false}");
}

/* What mcp_result() wrote, behind its brace. False: nothing. */
static bool put_members(struct mcp_buf *out, const struct mcp_call *call)
{
    mcp_str members = mcp_buf_str(&call->structured);

    if (members.len <= 1) {
        return false;
    }
    mcp_buf_add(out, mcp_str_n(members.ptr + 1, members.len - 1));
    return true;
}

/* What a client was asked is in it for this client only (basic/patterns: such results are not
 * cached), and what takes a scope is not everybody's. */
static struct mcp_cache cache_of(const struct mcp_call *call)
{
    const struct mcp_resource *r = call->resource->resource;
    struct mcp_cache cache = {.ttl_ms = 0};

    if (!call->asking) {
        cache = r->cache;
        cache.is_public = cache.is_public && !r->scope;
    }
    return cache;
}

static void put_result(struct mcp_buf *out, const struct mcp_call *call, mcp_err err)
{
    bool is_modern = mcp__era_has(call->rev, MCP__FIELD_RESULT_TYPE);
    bool has_members = true;
    struct mcp_cache cache;

    mcp_buf_byte(out, '{');
    if (is_modern) {
        ADD(out, "\"resultType\":\"");
        mcp_buf_add_c(out, call->result_type ? call->result_type : "complete");
        ADD(out, "\",");
    }
    switch (call->form) {
    case MCP__FORM_TOOL:
    case MCP__FORM_COUNT:
        put_tool_result(out, call, err);
        break;
    case MCP__FORM_PROMPT:
        put_prompt_result(out, call);
        break;
    case MCP__FORM_RESOURCE:
        ADD(out, "\"contents\":[");
        mcp_buf_add(out, mcp_buf_str(&call->content));
        mcp_buf_byte(out, ']');
        cache = cache_of(call);
        mcp__list_put_cache(out, call->rev, &cache);
        break;
    case MCP__FORM_COMPLETION:
        put_completion(out, call);
        break;
    case MCP__FORM_LIST:
        mcp__list_put_part(out, &call->part, mcp_buf_str(&call->content), call->page, call->rev,
                           call->server->cursor_key);
        break;
    case MCP__FORM_EXTENSION:
        has_members = put_members(out, call);
        break;
    }
    if (is_modern) {
        mcp_buf_add_c(out, has_members ? "," : "");
        mcp_buf_add(out, mcp_buf_str(&call->server->meta));
    }
    mcp_buf_byte(out, '}');
}

static void put_error(struct mcp_buf *out, const struct mcp_call *call, mcp_err err)
{
    const struct mcp_err_info *info = mcp_err_info(err);

    ADD(out, "{\"code\":");
    mcp_buf_int(out, mcp__legacy_code(call->rev, err));
    ADD(out, ",\"message\":\"");
    mcp_json_escape(out, call->message.len ? call->message : mcp_str_c(info->meaning));
    mcp_buf_byte(out, '"');
    if (call->has_data && call->structured.len) {
        ADD(out, ",\"data\":");
        mcp_buf_add(out, mcp_buf_str(&call->structured));
    }
    mcp_buf_byte(out, '}');
}

bool mcp__reply_is_error(const struct mcp_call *call, mcp_err err)
{
    return mcp_err_info(mcp__legacy_err(call->rev, err))->surface == MCP_SURFACE_PROTOCOL;
}

void mcp__reply_put_outcome(struct mcp_buf *out, const struct mcp_call *call, mcp_err err)
{
    err = mcp__legacy_err(call->rev, err);
    if (mcp_err_info(err)->surface == MCP_SURFACE_PROTOCOL) {
        put_error(out, call, err);
    } else if (call->canned.len) {
        mcp_buf_add(out, call->canned);
    } else {
        put_result(out, call, err);
    }
}

void mcp__reply_write(struct mcp_buf *out, struct mcp_call *call, mcp_err err)
{
    ADD(out, "{\"jsonrpc\":\"2.0\"");
    put_id(out, call->id, call->rev);
    mcp_buf_add_c(out, mcp__reply_is_error(call, err) ? ",\"error\":" : ",\"result\":");
    mcp__reply_put_outcome(out, call, err);
    mcp_buf_byte(out, '}');
}

mcp_str mcp__reply_last_resort(char out[MCP__LAST_RESORT_BYTES], mcp_err err, mcp_str id,
                               enum mcp__rev rev)
{
    /* A buffer over the caller's bytes that cannot grow; everything fits by construction. */
    struct mcp_buf b = {.ptr = out, .cap = MCP__LAST_RESORT_BYTES, .max = MCP__LAST_RESORT_BYTES};
    const struct mcp_err_info *info = mcp_err_info(err);

    ADD(&b, "{\"jsonrpc\":\"2.0\"");
    put_id(&b, id, rev);
    ADD(&b, ",\"error\":{\"code\":");
    mcp_buf_int(&b, info->code);
    ADD(&b, ",\"message\":\"");
    mcp_buf_add_c(&b, info->meaning);
    ADD(&b, "\"}}");
    return mcp_buf_str(&b);
}

void mcp__reply_overloaded(struct mcp_sink *sink, mcp_str message)
{
    char bytes[MCP__LAST_RESORT_BYTES];
    mcp_str id = mcp__envelope_peek_id(message);
    struct mcp_reply r = {.err = MCP_E_OVERLOADED,
                          .http_status = mcp_err_info(MCP_E_OVERLOADED)->http_status};

    /* Without an id it may be a notification, which must not be answered. */
    if (id.len) {
        r.message = mcp__reply_last_resort(bytes, r.err, id, MCP__REV_NONE);
    }
    sink->finish(sink, &r);
}
