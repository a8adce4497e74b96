/* transport/test/http_answer_read.h - a client's reading of answers and event streams, for tests.
 *
 * Strict about what it needs and deaf to the rest. Pure; the slices point into the caller's bytes
 * and into `body`. */
#ifndef MCP_TRANSPORT_TEST_HTTP_ANSWER_READ_H
#define MCP_TRANSPORT_TEST_HTTP_ANSWER_READ_H

#include <mcp/buf.h>
#include <mcp/test/t.h>

struct answer {
    int status;
    mcp_str head;        /* with the status line, without the empty line */
    struct mcp_buf body; /* chunked coding removed; what is there so far */
    bool is_whole;       /* everything that was announced is there */
    size_t bytes;        /* read from the input, when whole */
};

/* Where `part` begins in `s`, or s.len. */
static inline size_t answer_find(mcp_str s, const char *part)
{
    size_t n = strlen(part);

    for (size_t i = 0; i + n <= s.len; i++) {
        if (memcmp(s.ptr + i, part, n) == 0) {
            return i;
        }
    }
    return s.len;
}

/* A header's value; ptr NULL when absent. */
static inline mcp_str answer_header(const struct answer *a, const char *name)
{
    mcp_str rest = a->head;

    while (rest.ptr) {
        mcp_str value = mcp_str_cut(&rest, '\n');
        mcp_str key = mcp_str_cut(&value, ':');

        if (value.ptr && mcp_str_eq_nocase(key, mcp_str_c(name))) {
            if (value.len && value.ptr[value.len - 1] == '\r') {
                value.len--;
            }
            return mcp_str_trim(value);
        }
    }
    return mcp_str_n(NULL, 0);
}

static inline void answer_chunks(struct answer *a, mcp_str in, size_t head_bytes)
{
    size_t at = head_bytes;

    for (;;) {
        mcp_str rest = mcp_str_n(in.ptr + at, in.len - at);
        size_t line = answer_find(rest, "\r\n");
        char *end = NULL;
        char digits[20] = "";

        if (line == rest.len) {
            return;
        }
        T_CHECK(line > 0 && line < sizeof(digits));
        memcpy(digits, rest.ptr, line);
        size_t n = (size_t)strtoul(digits, &end, 16);

        T_CHECK(*end == '\0');
        if (rest.len < line + 2 + n + 2) {
            return;
        }
        T_CHECK(memcmp(rest.ptr + line + 2 + n, "\r\n", 2) == 0);
        mcp_buf_add(&a->body, mcp_str_n(rest.ptr + line + 2, n));
        at += line + 2 + n + 2;
        if (n == 0) {
            a->is_whole = true;
            a->bytes = at;
            return;
        }
    }
}

/* Read the answer at the front of `in`; status 0: not even a head yet. Free it. */
static inline struct answer answer_read(mcp_str in)
{
    struct answer a = {0};
    size_t head = answer_find(in, "\r\n\r\n");
    uint64_t n = 0;

    mcp_buf_init(&a.body, (size_t)1 << 26);
    if (head == in.len) {
        return a;
    }
    T_CHECK(in.len > 12 && memcmp(in.ptr, "HTTP/1.1 ", 9) == 0);
    a.head = mcp_str_n(in.ptr, head);
    a.status = (in.ptr[9] - '0') * 100 + (in.ptr[10] - '0') * 10 + (in.ptr[11] - '0');
    head += 4;
    if (answer_header(&a, "Transfer-Encoding").ptr) {
        answer_chunks(&a, in, head);
        return a;
    }
    if (answer_header(&a, "Content-Length").ptr) {
        T_CHECK(mcp_str_uint(answer_header(&a, "Content-Length"), UINT32_MAX, &n));
    }
    a.is_whole = in.len - head >= n;
    a.bytes = head + (size_t)n;
    mcp_buf_add(&a.body, mcp_str_n(in.ptr + head, a.is_whole ? (size_t)n : in.len - head));
    return a;
}

static inline void answer_free(struct answer *a)
{
    mcp_buf_free(&a->body);
}

/* ---- Event streams (WHATWG HTML 9.2.6) ---- */

struct event {
    mcp_str id;   /* of this event or an earlier one; empty: none */
    mcp_str data; /* of one line; the stream never sends more for a message */
};

/* Cut the next complete event with a `data` field off *rest; false when there is none. `id` lives
 * on from event to event. Comments are counted in *comments (may be NULL). */
static inline bool event_next(mcp_str *rest, mcp_str *id, struct event *ret, int *comments)
{
    while (rest->len) {
        size_t end = answer_find(*rest, "\n\n");
        bool has_data = false;

        if (end == rest->len) {
            return false;
        }
        mcp_str block = mcp_str_n(rest->ptr, end);

        *rest = mcp_str_n(rest->ptr + end + 2, rest->len - end - 2);
        *ret = (struct event){*id, {0}};
        while (block.ptr) {
            mcp_str value = mcp_str_cut(&block, '\n');
            mcp_str name = mcp_str_cut(&value, ':');

            value = mcp_str_trim(value);
            if (mcp_str_eq(name, MCP_STR("data"))) {
                T_CHECK(!has_data);
                has_data = true;
                ret->data = value;
            } else if (mcp_str_eq(name, MCP_STR("id"))) {
                ret->id = *id = value;
            } else if (name.len == 0 && comments) {
                (*comments)++;
            }
        }
        if (has_data) {
            return true;
        }
    }
    return false;
}

#endif
