/* transport/http_change.c - see http_change.h. */
#include <transport/http_change.h>

#define STREAM(field, link)                                                                        \
    ((struct mcp__http_stream *)(void *)((char *)(link)-offsetof(struct mcp__http_stream, field)))

static void on_change(struct mcp_sink *sink, mcp_str message, bool is_progress)
{
    struct mcp__http_stream *st = (struct mcp__http_stream *)(void *)sink;

    (void)is_progress;
    /* A stream of HTTP+SSE that was lost ends with its session, at the end of the turn. */
    if (!mcp__http_stream_put(st, message) && st->session->sse != st) {
        mcp__http_stream_release(st);
    }
}

bool mcp__http_change_is_behind(struct mcp_sink *sink)
{
    return mcp__http_stream_is_behind((struct mcp__http_stream *)(void *)sink);
}

static void attach(struct mcp__http_session *s, struct mcp__http_stream *st)
{
    s->channel = st;
    if (st) {
        st->sink.notify = on_change;
    }
    if (!mcp_session_attach(s->engine, st ? &st->sink : NULL, mcp__http_change_is_behind)) {
        s->channel = NULL; /* no memory: the next stream may have more luck */
    }
}

void mcp__http_change_begin(struct mcp__http_stream *st)
{
    attach(st->session, st);
}

void mcp__http_change_end(struct mcp__http_stream *st)
{
    struct mcp__http_session *s = st->session;
    struct mcp__http_stream *other = NULL;

    if (s->channel != st) {
        return;
    }
    for (struct mcp__http_link *l = s->streams.next; l != &s->streams; l = l->next) {
        struct mcp__http_stream *at = STREAM(in_session, l);

        other = at != st && !at->is_call && at->ex ? at : other;
    }
    attach(s, other);
}
