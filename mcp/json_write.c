/* mcp/json_write.c - JSON out: commas and colons, escapes, numbers. */
#include <mcp/json_scan.h>
#include <mcp/utf8.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    DEPTH_MAX = 63,
    CHUNK = 512,      /* bytes escaped at a time */
    WORST = 6,        /* bytes out for one byte in: \u0000 */
    STORE_BYTES = 16, /* the escaper stores whole vectors and may so write beyond its result */
    CHUNK_OUT = CHUNK * WORST + STORE_BYTES
};

/* ---- escaping ---------------------------------------------------------------------------- */

/* The two-character escape of each byte below 0x60 that has one. */
static const char SHORT_ESCAPE[0x60] = {
    ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n',  ['\f'] = 'f',
    ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\',
};

/* Write one character that is not clean; drops what it took from *p. Returns past its output. */
static char *escape_unclean(char *out, const uint8_t **p, const uint8_t *end)
{
    uint8_t c = **p;
    size_t n = c < 0x80 ? 1 : mcp__utf8_sequence(*p, (size_t)(end - *p));

    if (n == 0) {
        *p += 1;
        memcpy(out, "\xef\xbf\xbd", 3); /* U+FFFD */
        return out + 3;
    }
    if (c >= 0x80) {
        memcpy(out, *p, n);
        *p += n;
        return out + n;
    }
    *p += 1;
    out[0] = '\\';
    if (SHORT_ESCAPE[c]) {
        out[1] = SHORT_ESCAPE[c];
        return out + 2;
    }
    memcpy(out + 1, "u00", 3);
    out[4] = (char)('0' + (c >> 4));
    out[5] = "0123456789abcdef"[c & 15];
    return out + 6;
}

static inline bool is_quote_or_slash(uint8_t c)
{
    return c == '"' || c == '\\';
}

#if MCP__JSON_SSE2
static inline void copy16(char *out, const uint8_t *from)
{
    _mm_storeu_si128((__m128i *)(void *)out, _mm_loadu_si128((const __m128i *)(const void *)from));
}

/* Copy whole blocks of 16. JSON inside JSON is mostly quotes, so quotes and backslashes are
 * escaped on the way, all those of a block from one mask: the next load never waits for them.
 * Stops at a byte that needs more, or 31 bytes before the end. */
static char *copy_blocks(char *out, const uint8_t **p, const uint8_t *end)
{
    for (; end - *p >= 2 * STORE_BYTES; *p += STORE_BYTES) {
        const uint8_t *at = *p;
        unsigned bad = mcp__json_unclean16(_mm_loadu_si128((const __m128i *)(const void *)at));
        unsigned done = 0;

        for (; bad; bad &= bad - 1) {
            unsigned n = (unsigned)__builtin_ctz(bad);

            copy16(out, at + done);
            out += n - done;
            if (!is_quote_or_slash(at[n])) {
                *p = at + n;
                return out;
            }
            *out++ = '\\';
            *out++ = (char)at[n];
            done = n + 1;
        }
        copy16(out, at + done);
        out += STORE_BYTES - done;
    }
    return out;
}
#endif

static char *copy_clean(char *out, const uint8_t **p, const uint8_t *end)
{
    const uint8_t *at;

#if MCP__JSON_SSE2
    out = copy_blocks(out, p, end);
#endif
    for (at = *p; at < end && mcp__json_is_clean(*at); at++) {
        *out++ = (char)*at;
    }
    *p = at;
    return out;
}

/* Escape the characters that start before `stop`. Returns past the output, at most CHUNK_OUT bytes
 * for CHUNK bytes of input. */
static char *escape_chunk(char *out, const uint8_t **p, const uint8_t *stop, const uint8_t *end)
{
    while (*p < stop) {
        out = copy_clean(out, p, stop);
        if (*p < stop) {
            out = escape_unclean(out, p, end);
        }
    }
    return out;
}

/* Straight into the buffer where the worst case fits what it already has, else by way of the
 * stack: asking the buffer for the worst case could fail although the result would fit. */
void mcp_json_escape(struct mcp_buf *out, mcp_str s)
{
    const uint8_t *p = (const uint8_t *)s.ptr, *end = s.len ? p + s.len : p;

    while (p < end && !out->failed) {
        const uint8_t *stop = end - p > CHUNK ? p + CHUNK : end;

        if (out->ptr && out->cap - out->len >= (size_t)(stop - p) * WORST + STORE_BYTES) {
            char *at = out->ptr + out->len;

            out->len += (size_t)(escape_chunk(at, &p, stop, end) - at);
        } else {
            char chunk[CHUNK_OUT];

            mcp_buf_add(out,
                        mcp_str_n(chunk, (size_t)(escape_chunk(chunk, &p, stop, end) - chunk)));
        }
    }
}

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
