/* mcp/json_write.c - JSON out: commas and colons, numbers. */
#include <mcp/json_scan.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEPTH_MAX = 63 };

/* ---- structure --------------------------------------------------------------------------- */

void mcp_json_writer_init(struct mcp_json_writer *w, struct mcp_buf *out)
{
    *w = (struct mcp_json_writer){.out = out};
}

static uint64_t level(const struct mcp_json_writer *w)
{
    return (uint64_t)1 << w->depth;
}

/* The comma before an item, if one is due. */
static void separate(struct mcp_json_writer *w)
{
    if (w->has_item & level(w)) {
        mcp_buf_byte(w->out, ',');
    }
    w->has_item |= level(w);
}

static void begin_value(struct mcp_json_writer *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    assert(!(w->is_object & level(w)));                /* a value in an object needs a key */
    assert(w->depth > 0 || !(w->has_item & level(w))); /* one value at the top */
    separate(w);
}

static void open_level(struct mcp_json_writer *w, char c, bool is_object)
{
    begin_value(w);
    mcp_buf_byte(w->out, c);
    assert(w->depth < DEPTH_MAX);
    w->depth++;
    w->has_item &= ~level(w);
    w->is_object = is_object ? w->is_object | level(w) : w->is_object & ~level(w);
}

static void close_level(struct mcp_json_writer *w, char c)
{
    assert(w->depth > 0 && !w->after_key);
    w->depth--;
    mcp_buf_byte(w->out, c);
}

void mcp_json_object(struct mcp_json_writer *w)
{
    open_level(w, '{', true);
}

void mcp_json_object_end(struct mcp_json_writer *w)
{
    assert(w->is_object & level(w));
    close_level(w, '}');
}

void mcp_json_array(struct mcp_json_writer *w)
{
    open_level(w, '[', false);
}

void mcp_json_array_end(struct mcp_json_writer *w)
{
    assert(!(w->is_object & level(w)));
    close_level(w, ']');
}

static bool is_all_clean(mcp_str s)
{
    const uint8_t *p = (const uint8_t *)s.ptr, *end = s.len ? p + s.len : p;

    return mcp__json_skip_clean(p, end) == end;
}

/* `s` in quotes, followed by `tail`; one room and one copy when nothing needs an escape. */
static void put_quoted(struct mcp_buf *b, mcp_str s, mcp_str tail)
{
    char *at = is_all_clean(s) ? mcp_buf_room(b, s.len + 2 + tail.len) : NULL;

    if (at) {
        at[0] = '"';
        if (s.len) {
            memcpy(at + 1, s.ptr, s.len);
        }
        at[s.len + 1] = '"';
        memcpy(at + s.len + 2, tail.ptr, tail.len);
        b->len += s.len + 2 + tail.len;
        return;
    }
    mcp_buf_byte(b, '"');
    mcp_json_escape(b, s);
    mcp_buf_byte(b, '"');
    mcp_buf_add(b, tail);
}

void mcp_json_put_key(struct mcp_json_writer *w, mcp_str key)
{
    assert((w->is_object & level(w)) && !w->after_key);
    separate(w);
    put_quoted(w->out, key, MCP_STR(":"));
    w->after_key = true;
}

void mcp_json_put_str(struct mcp_json_writer *w, mcp_str s)
{
    begin_value(w);
    put_quoted(w->out, s, MCP_STR(""));
}

void mcp_json_put_raw(struct mcp_json_writer *w, mcp_str json)
{
    assert(json.len > 0);
    begin_value(w);
    mcp_buf_add(w->out, json);
}

void mcp_json_put_bool(struct mcp_json_writer *w, bool v)
{
    mcp_json_put_raw(w, v ? MCP_STR("true") : MCP_STR("false"));
}

void mcp_json_put_null(struct mcp_json_writer *w)
{
    mcp_json_put_raw(w, MCP_STR("null"));
}

/* ---- numbers ----------------------------------------------------------------------------- */

void mcp_json_put_int(struct mcp_json_writer *w, int64_t v)
{
    begin_value(w);
    mcp_buf_int(w->out, v);
}

void mcp_json_put_micro(struct mcp_json_writer *w, int64_t v)
{
    uint64_t magnitude = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    uint64_t fraction = magnitude % 1000000;
    char digits[7] = {'.'};
    size_t n = 7;

    begin_value(w);
    if (v < 0) {
        mcp_buf_byte(w->out, '-');
    }
    mcp_buf_int(w->out, (int64_t)(magnitude / 1000000));
    for (size_t i = 6; i > 0; i--) {
        digits[i] = (char)('0' + fraction % 10);
        fraction /= 10;
    }
    while (n > 0 && (digits[n - 1] == '0' || digits[n - 1] == '.')) {
        n--;
    }
    mcp_buf_add(w->out, mcp_str_n(digits, n));
}

void mcp_json_put_double(struct mcp_json_writer *w, double v)
{
    char text[64];
    int n = 0;

    if (!__builtin_isfinite(v)) {
        mcp_json_put_null(w);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        n = snprintf(text, sizeof(text), "%.*g", digits, v);
        double back = strtod(text, NULL);

        if (memcmp(&back, &v, sizeof(v)) == 0) {
            break;
        }
    }
    /* The program's locale chooses the decimal point; JSON knows one. */
    for (int i = 0; i < n; i++) {
        bool is_ours = (text[i] >= '0' && text[i] <= '9') || memchr("+-e", text[i], 3);

        text[i] = is_ours ? text[i] : '.';
    }
    mcp_json_put_raw(w, mcp_str_n(text, (size_t)n));
}

/* ---- members ----------------------------------------------------------------------------- */

void mcp_json_member_str(struct mcp_json_writer *w, mcp_str key, mcp_str s)
{
    mcp_json_put_key(w, key);
    mcp_json_put_str(w, s);
}

void mcp_json_member_int(struct mcp_json_writer *w, mcp_str key, int64_t v)
{
    mcp_json_put_key(w, key);
    mcp_json_put_int(w, v);
}

void mcp_json_member_micro(struct mcp_json_writer *w, mcp_str key, int64_t v)
{
    mcp_json_put_key(w, key);
    mcp_json_put_micro(w, v);
}

void mcp_json_member_bool(struct mcp_json_writer *w, mcp_str key, bool v)
{
    mcp_json_put_key(w, key);
    mcp_json_put_bool(w, v);
}

void mcp_json_member_null(struct mcp_json_writer *w, mcp_str key)
{
    mcp_json_put_key(w, key);
    mcp_json_put_null(w);
}

void mcp_json_member_raw(struct mcp_json_writer *w, mcp_str key, mcp_str json)
{
    mcp_json_put_key(w, key);
    mcp_json_put_raw(w, json);
}
