/* mcp/content.c - blocks of results, written at once as the call's revision has them. */
#include <mcp/engine.h>

#include <assert.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>

/* One block being written into call->content. */
struct block {
    struct mcp_call *call;
    struct mcp_json_writer w;
    bool is_page; /* of MCP Apps: it says how it wants to be shown */
};

static mcp_err outcome(const struct mcp_call *call)
{
    return call->content.failed || call->text.failed ? MCP_E_OVERLOADED : MCP_OK;
}

static struct block begin(struct mcp_call *call)
{
    struct block b = {.call = call};

    assert(call->form != MCP__FORM_COMPLETION); /* there is mcp_suggest() */
    if (call->content.len) {
        mcp_buf_byte(&call->content, ',');
    }
    call->has_block = true;
    mcp_json_writer_init(&b.w, &call->content);
    mcp_json_object(&b.w);
    if (call->form == MCP__FORM_PROMPT) {
        mcp_json_member_str(&b.w, MCP_STR("role"),
                            call->role == MCP_ROLE_USER ? MCP_STR("user") : MCP_STR("assistant"));
        mcp_json_put_key(&b.w, MCP_STR("content"));
        mcp_json_object(&b.w);
    }
    return b;
}

static mcp_err end(struct block *b, const struct mcp_annotations *notes)
{
    if (b->is_page && (!notes || !notes->meta)) {
        mcp__ui_put_page(&b->w, NULL, b->call->resource->resource->ui);
    }
    if (notes) {
        mcp__content_put_notes(&b->w, notes, b->call->rev, b->call->form != MCP__FORM_RESOURCE);
    }
    mcp_json_object_end(&b->w);
    if (b->call->form == MCP__FORM_PROMPT) {
        mcp_json_object_end(&b->w);
    }
    return outcome(b->call);
}

static void put_audience(struct mcp_json_writer *w, unsigned audience)
{
    mcp_json_put_key(w, MCP_STR("audience"));
    mcp_json_array(w);
    if (audience & MCP_FOR_USER) {
        mcp_json_put_str(w, MCP_STR("user"));
    }
    if (audience & MCP_FOR_ASSISTANT) {
        mcp_json_put_str(w, MCP_STR("assistant"));
    }
    mcp_json_array_end(w);
}

void mcp__content_put_notes(struct mcp_json_writer *w, const struct mcp_annotations *n,
                            enum mcp__rev rev, bool has_annotations)
{
    bool is_dated = n->last_modified && mcp__era_has(rev, MCP__FIELD_LAST_MODIFIED);

    if (has_annotations && (n->audience || n->priority_micro || is_dated)) {
        mcp_json_put_key(w, MCP_STR("annotations"));
        mcp_json_object(w);
        if (n->audience) {
            put_audience(w, n->audience);
        }
        if (n->priority_micro) {
            mcp_json_member_micro(w, MCP_STR("priority"), n->priority_micro);
        }
        if (is_dated) {
            mcp_json_member_str(w, MCP_STR("lastModified"), mcp_str_c(n->last_modified));
        }
        mcp_json_object_end(w);
    }
    if (n->meta && mcp__era_has(rev, MCP__FIELD_META)) {
        mcp_json_member_raw(w, MCP_STR("_meta"), mcp_str_c(n->meta));
    }
}

/* base64 straight into the buffer: blobs are large. */
static void put_base64(struct mcp_json_writer *w, const char *key, mcp_str bytes)
{
    size_t size = sodium_base64_ENCODED_LEN(bytes.len, sodium_base64_VARIANT_ORIGINAL);

    mcp_json_put_key(w, mcp_str_c(key));
    mcp_json_put_raw(w, MCP_STR("\""));
    char *at = bytes.len > SIZE_MAX / 4 ? NULL : mcp_buf_room(w->out, size);

    if (at) {
        sodium_bin2base64(at, size, (const unsigned char *)bytes.ptr, bytes.len,
                          sodium_base64_VARIANT_ORIGINAL);
        w->out->len += size - 1; /* it ends in a NUL */
    } else {
        w->out->failed = true;
    }
    mcp_buf_byte(w->out, '"');
}

/* {"uri", "mimeType", "text" or "blob"} */
struct body {
    mcp_str uri, bytes;
    const char *mime_type;
    bool is_text;
};

static void put_body(struct mcp_json_writer *w, const struct mcp_call *call, const struct body *b)
{
    bool is_own = call->form == MCP__FORM_RESOURCE && !b->uri.len;
    const char *own_type = is_own ? call->resource->resource->mime_type : NULL;
    const char *mime_type = b->mime_type ? b->mime_type : own_type;

    mcp_json_member_str(w, MCP_STR("uri"), is_own ? call->uri : b->uri);
    if (mime_type) {
        mcp_json_member_str(w, MCP_STR("mimeType"), mcp_str_c(mime_type));
    }
    if (b->is_text) {
        mcp_json_member_str(w, MCP_STR("text"), b->bytes);
    } else {
        put_base64(w, "blob", b->bytes);
    }
}

static mcp_err add_contents(struct mcp_call *call, const struct body *body,
                            const struct mcp_annotations *notes)
{
    struct block b = begin(call);

    put_body(&b.w, call, body);
    b.is_page = !body->uri.len && call->resource->resource->ui && mcp__ui_is_shown(call);
    return end(&b, notes);
}

/* ---- Text ---- */

mcp_err mcp_text_as(struct mcp_call *call, mcp_str text, const struct mcp_annotations *notes)
{
    if (call->is_direct) {
        if (call->text.len) {
            mcp_buf_byte(&call->text, '\n');
        }
        mcp_buf_add(&call->text, text);
        return outcome(call);
    }
    if (call->form == MCP__FORM_RESOURCE) {
        return add_contents(call, &(struct body){.bytes = text, .is_text = true}, notes);
    }
    struct block b = begin(call);

    mcp_json_member_str(&b.w, MCP_STR("type"), MCP_STR("text"));
    mcp_json_member_str(&b.w, MCP_STR("text"), text);
    return end(&b, notes);
}

void mcp__format(struct mcp_buf *b, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    /* vsnprintf writes a NUL behind the text. */
    char *at = n < 0 ? NULL : mcp_buf_room(b, (size_t)n + 1);

    if (at) {
        vsnprintf(at, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    } else {
        b->failed = true;
    }
    va_end(again);
}

mcp_err mcp_text(struct mcp_call *call, const char *fmt, ...)
{
    va_list args;

    if (call->is_direct && call->text.len) {
        mcp_buf_byte(&call->text, '\n');
    }
    size_t at = call->text.len;

    va_start(args, fmt);
    mcp__format(&call->text, fmt, args);
    va_end(args);
    if (call->is_direct) {
        return outcome(call);
    }
    /* Not direct: the buffer is only where text is put together. */
    mcp_str text = {call->text.len > at ? call->text.ptr + at : NULL, call->text.len - at};
    mcp_err err = call->text.failed ? MCP_E_OVERLOADED : mcp_text_as(call, text, NULL);

    call->text.len = at;
    return err;
}

/* ---- Bytes ---- */

/* What stands for content where it cannot be sent. */
static mcp_err stand_in(struct mcp_call *call, const char *mime_type, size_t bytes)
{
    return mcp_text(call, "[%s, %zu bytes]", mime_type ? mime_type : "application/octet-stream",
                    bytes);
}

static mcp_err add_media(struct mcp_call *call, const char *type, mcp_str bytes,
                         const char *mime_type, const struct mcp_annotations *notes)
{
    if (call->is_direct) {
        return stand_in(call, mime_type, bytes.len);
    }
    if (call->form == MCP__FORM_RESOURCE) {
        return add_contents(call, &(struct body){.bytes = bytes, .mime_type = mime_type}, notes);
    }
    struct block b = begin(call);

    mcp_json_member_str(&b.w, MCP_STR("type"), mcp_str_c(type));
    put_base64(&b.w, "data", bytes);
    mcp_json_member_str(&b.w, MCP_STR("mimeType"), mcp_str_c(mime_type));
    return end(&b, notes);
}

mcp_err mcp_image(struct mcp_call *call, mcp_str bytes, const char *mime_type,
                  const struct mcp_annotations *notes)
{
    return add_media(call, "image", bytes, mime_type, notes);
}

mcp_err mcp_audio(struct mcp_call *call, mcp_str bytes, const char *mime_type,
                  const struct mcp_annotations *notes)
{
    if (call->form != MCP__FORM_RESOURCE && !mcp__era_has(call->rev, MCP__FIELD_AUDIO)) {
        return stand_in(call, mime_type, bytes.len);
    }
    return add_media(call, "audio", bytes, mime_type, notes);
}

/* ---- Resources ---- */

static mcp_err embed(struct mcp_call *call, const struct body *body,
                     const struct mcp_annotations *notes)
{
    if (call->is_direct) {
        return body->is_text ? mcp_text_as(call, body->bytes, NULL)
                             : stand_in(call, body->mime_type, body->bytes.len);
    }
    if (call->form == MCP__FORM_RESOURCE) {
        return add_contents(call, body, notes);
    }
    struct block b = begin(call);

    mcp_json_member_str(&b.w, MCP_STR("type"), MCP_STR("resource"));
    mcp_json_put_key(&b.w, MCP_STR("resource"));
    mcp_json_object(&b.w);
    put_body(&b.w, call, body);
    mcp_json_object_end(&b.w);
    return end(&b, notes);
}

mcp_err mcp_embed_text(struct mcp_call *call, mcp_str uri, const char *mime_type, mcp_str text,
                       const struct mcp_annotations *notes)
{
    return embed(call, &(struct body){uri, text, mime_type, true}, notes);
}

mcp_err mcp_embed_blob(struct mcp_call *call, mcp_str uri, const char *mime_type, mcp_str bytes,
                       const struct mcp_annotations *notes)
{
    return embed(call, &(struct body){uri, bytes, mime_type, false}, notes);
}

/* In a handler that lists: the resource itself, when it is of the page that was asked for. */
static mcp_err add_listed(struct mcp_call *call, const struct mcp_resource *r)
{
    if (!mcp__list_part_takes(&call->part, call->page)) {
        return MCP_OK;
    }
    struct block b = begin(call);

    mcp__resource_put_fields(&b.w, r, call->rev);
    return end(&b, NULL);
}

static mcp_err add_link(struct mcp_call *call, const struct mcp_resource *link)
{
    if (call->is_direct && call->row && call->row->tool->output_schema) {
        return MCP_OK; /* asked by REST or the shell: the structured result is the answer */
    }
    if (call->is_direct || call->form == MCP__FORM_RESOURCE ||
        !mcp__era_has(call->rev, MCP__FIELD_RESOURCE_LINK)) {
        return mcp_text(call, "%s: %s", link->title ? link->title : link->name, link->uri);
    }
    struct block b = begin(call);

    mcp_json_member_str(&b.w, MCP_STR("type"), MCP_STR("resource_link"));
    mcp__resource_put_fields(&b.w, link, call->rev);
    return end(&b, NULL);
}

mcp_err mcp_link(struct mcp_call *call, const struct mcp_resource *link)
{
    bool had_block = call->has_block;
    mcp_err err = call->form == MCP__FORM_LIST ? add_listed(call, link) : add_link(call, link);

    call->has_block = had_block;
    return err;
}

void mcp_role(struct mcp_call *call, enum mcp_role role)
{
    call->role = role;
}
