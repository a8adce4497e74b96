/* mcp/reply.c - the bytes of replies, written in one pass. Called by mcp/call.c at the end of a
 * call, and for progress. No printf here: this is the hot path. */
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
    /* server/tools "Structured Content": SHOULD also return the serialized JSON as text. */
    if (!call->blocks && call->structured.len) {
        put_text(out, mcp_buf_str(&call->structured));
    }
    for (const struct mcp__text_block *b = call->blocks; b; b = b->next) {
        if (b != call->blocks) {
            mcp_buf_byte(out, ',');
        }
        put_text(out, b->len ? mcp_str_n(call->text.ptr + b->at, b->len) : mcp_str_n(NULL, 0));
    }
}

static void put_tool_result(struct mcp_buf *out, const struct mcp_call *call, mcp_err err)
{
    bool is_modern = mcp__era_has(call->rev, MCP__FIELD_RESULT_TYPE);

    mcp_buf_byte(out, '{');
    if (is_modern) {
        ADD(out, "\"resultType\":\"complete\",");
    }
    ADD(out, "\"content\":[");
    put_content(out, call, err);
    mcp_buf_byte(out, ']');
    if (err) {
        ADD(out, ",\"isError\":true");
    } else if (call->structured.len && mcp__era_has(call->rev, MCP__FIELD_STRUCTURED)) {
        ADD(out, ",\"structuredContent\":");
        mcp_buf_add(out, mcp_buf_str(&call->structured));
    }
    if (is_modern) {
        mcp_buf_byte(out, ',');
        mcp_buf_add(out, mcp_buf_str(&call->server->meta));
    }
    mcp_buf_byte(out, '}');
}

static void put_error(struct mcp_buf *out, const struct mcp_call *call, mcp_err err)
{
    const struct mcp_err_info *info = mcp_err_info(err);

    ADD(out, "{\"code\":");
    mcp_buf_int(out, info->code);
    ADD(out, ",\"message\":\"");
    mcp_json_escape(out, call->message.len ? call->message : mcp_str_c(info->meaning));
    mcp_buf_byte(out, '"');
    if (call->data.len) {
        ADD(out, ",\"data\":");
        mcp_buf_add(out, call->data);
    }
    mcp_buf_byte(out, '}');
}

void mcp__reply_write(struct mcp_buf *out, struct mcp_call *call, mcp_err err)
{
    err = mcp__legacy_err(call->rev, err);
    ADD(out, "{\"jsonrpc\":\"2.0\"");
    put_id(out, call->id, call->rev);
    if (mcp_err_info(err)->surface == MCP_SURFACE_PROTOCOL) {
        ADD(out, ",\"error\":");
        put_error(out, call, err);
    } else {
        ADD(out, ",\"result\":");
        if (call->canned.len) {
            mcp_buf_add(out, call->canned);
        } else {
            put_tool_result(out, call, err);
        }
    }
    mcp_buf_byte(out, '}');
}

void mcp__reply_progress(struct mcp_buf *out, const struct mcp_call *call, int64_t progress_micro,
                         int64_t total_micro, mcp_str message)
{
    struct mcp_json_writer w;

    ADD(out, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":");
    mcp_json_writer_init(&w, out);
    mcp_json_object(&w);
    mcp_json_member_raw(&w, MCP_STR("progressToken"), call->progress_token);
    mcp_json_member_micro(&w, MCP_STR("progress"), progress_micro);
    if (total_micro) {
        mcp_json_member_micro(&w, MCP_STR("total"), total_micro);
    }
    if (message.len && mcp__era_has(call->rev, MCP__FIELD_PROGRESS_MESSAGE)) {
        mcp_json_member_str(&w, MCP_STR("message"), message);
    }
    mcp_json_object_end(&w);
    mcp_buf_byte(out, '}');
}

mcp_str mcp__reply_last_resort(char out[MCP__LAST_RESORT_BYTES], mcp_str id, enum mcp__rev rev)
{
    /* A buffer over the caller's bytes that cannot grow; everything fits by construction. */
    struct mcp_buf b = {.ptr = out, .cap = MCP__LAST_RESORT_BYTES, .max = MCP__LAST_RESORT_BYTES};
    const struct mcp_err_info *info = mcp_err_info(MCP_E_OVERLOADED);

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
        r.message = mcp__reply_last_resort(bytes, id, MCP__REV_NONE);
    }
    sink->finish(sink, &r);
}
