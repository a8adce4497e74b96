/* transport/test/h1_events.h - a byte stream cut into pieces, as the events the parser gives.
 *
 * For h1_parse_test.c and fuzz/h1_fuzz.c: the same bytes must give the same text, however they
 * are cut. */
#ifndef MCP_TRANSPORT_TEST_H1_EVENTS_H
#define MCP_TRANSPORT_TEST_H1_EVENTS_H

#include <mcp/alloc.h>
#include <mcp/buf.h>
#include <transport/h1_parse.h>

struct h1_events {
    struct mcp_buf text; /* what was said */
    struct mcp__h1_limits limits;
    struct mcp__h1 parser;
    struct mcp__h1_field fields[4]; /* grows by doubling, to meet MCP__H1_ROOM */
    struct mcp__h1_field *more;
    struct mcp_buf head; /* bytes of a head that is incomplete */
    bool is_in_body, is_bad;
    void (*on_head)(struct h1_events *e, const char *buf); /* NULL: none */
};

static inline void h1_events_begin(struct h1_events *e, const struct mcp__h1_limits *limits)
{
    *e = (struct h1_events){.limits = *limits};
    mcp_buf_init(&e->text, SIZE_MAX / 4);
    mcp_buf_init(&e->head, SIZE_MAX / 4);
    mcp__h1_init(&e->parser, &e->limits, e->fields, 4);
}

static inline void h1_events_end(struct h1_events *e)
{
    mcp_buf_free(&e->text);
    mcp_buf_free(&e->head);
    mcp_free(e->more);
}

static inline void h1_events_span(struct h1_events *e, const char *buf, struct mcp__h1_span s)
{
    mcp_buf_byte(&e->text, '[');
    mcp_buf_add(&e->text, mcp_str_n(buf + s.at, s.len));
    mcp_buf_byte(&e->text, ']');
}

static inline void h1_events_head(struct h1_events *e, const char *buf)
{
    const struct mcp__h1 *p = &e->parser;

    mcp_buf_printf(&e->text, "head %d 1.%d keep=%d chunked=%d continue=%d length=%llu ",
                   (int)p->method, p->minor, p->is_keep_alive, p->is_chunked, p->wants_continue,
                   (unsigned long long)p->content_length);
    h1_events_span(e, buf, p->method_text);
    h1_events_span(e, buf, p->path);
    if (p->has_query) {
        mcp_buf_byte(&e->text, '?');
        h1_events_span(e, buf, p->query);
    }
    for (size_t i = 0; i < p->n_fields; i++) {
        h1_events_span(e, buf, p->fields[i].name);
        h1_events_span(e, buf, p->fields[i].value);
    }
    mcp_buf_add_c(&e->text, "\nbody ");
}

static inline void h1_events_room(struct h1_events *e)
{
    size_t cap = e->parser.fields_cap * 2;
    struct mcp__h1_field *more = mcp_realloc(e->more, cap * sizeof(*more));

    if (!e->more) {
        memcpy(more, e->fields, sizeof(e->fields));
    }
    e->more = e->parser.fields = more;
    e->parser.fields_cap = cap;
}

/* The head's bytes lie in an exact-size block, so that reading past them is seen. */
static inline enum mcp__h1_result h1_events_try_head(struct h1_events *e)
{
    char *exact = mcp_alloc(e->head.len);
    enum mcp__h1_result r;

    memcpy(exact, e->head.ptr, e->head.len);
    while ((r = mcp__h1_head(&e->parser, exact, e->head.len)) == MCP__H1_ROOM) {
        h1_events_room(e);
    }
    if (r == MCP__H1_DONE) {
        h1_events_head(e, exact);
        if (e->on_head) {
            e->on_head(e, exact);
        }
    }
    mcp_free(exact);
    return r;
}

static inline void h1_events_bad(struct h1_events *e)
{
    e->is_bad = true;
    mcp_buf_printf(&e->text, "\nbad %d %s", e->parser.status, e->parser.why);
}

/* Body bytes; returns how many were read. */
static inline size_t h1_events_body(struct h1_events *e, const char *in, size_t len)
{
    enum mcp__h1_result r;
    size_t at = 0;

    do {
        mcp_str data;
        size_t used;

        r = mcp__h1_body(&e->parser, in + at, len - at, &used, &data);
        at += used;
        mcp_buf_add(&e->text, data);
    } while (r == MCP__H1_DATA);
    if (r == MCP__H1_BAD) {
        h1_events_bad(e);
    } else if (r == MCP__H1_DONE) {
        mcp_buf_add_c(&e->text, "\nend\n");
        e->is_in_body = false;
        mcp__h1_init(&e->parser, &e->limits, e->parser.fields, e->parser.fields_cap);
    }
    return at;
}

/* One piece of the stream; requests may begin and end anywhere in it. */
static inline void h1_events_feed(struct h1_events *e, const char *in, size_t len)
{
    size_t at = 0;

    while (!e->is_bad && (at < len || e->is_in_body)) {
        if (e->is_in_body) {
            at += h1_events_body(e, in + at, len - at);
            if (e->is_in_body) {
                return;
            }
            continue;
        }
        size_t had = e->head.len;

        mcp_buf_add(&e->head, mcp_str_n(in + at, len - at));
        enum mcp__h1_result r = h1_events_try_head(e);

        if (r == MCP__H1_BAD) {
            h1_events_bad(e);
        }
        if (r != MCP__H1_DONE) {
            return;
        }
        e->is_in_body = true;
        at += e->parser.head_bytes - had;
        mcp_buf_clear(&e->head);
    }
}

#endif
