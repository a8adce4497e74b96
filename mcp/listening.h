/* mcp/listening.h - private: who wants to hear of changes, and what has changed for them.
 *
 *   change.c      flags in, notifications out            listen.c   subscriptions/listen
 * (2026-07-28) subscribe.c   legacy sessions: resources/subscribe, where their notifications go
 *
 * A change is a flag at each listener, so a storm of changes costs a listener that is behind
 * nothing; it is told once when it can read again. */
#ifndef MCP_LISTENING_H
#define MCP_LISTENING_H

#include <mcp/engine.h>

enum {
    MCP__WATCHES_MAX = 1024,    /* of one listener */
    MCP__WATCH_KEY_BYTES = 2048 /* of one key */
};

/* One thing that a listener watches: a resource, or what an extension names by a key. */
struct mcp__watch {
    struct mcp__watch *next; /* of its listener */
    struct mcp__link in_key;
    struct mcp__listener *listener;
    const struct mcp_extension *extension; /* NULL: a resource, its key is the uri */
    struct mcp__share *share;              /* whose place it takes */
    uint64_t owner;                        /* of whoever watches */
    bool is_changed;
    bool is_mute; /* it is never told: its listener may not know that there is such a thing */
    size_t len;
    char key[]; /* no NUL */
};

/* mcp_alloc'd; freed by mcp__listener_free(). */
struct mcp__listener {
    struct mcp__link in_server, in_pending;
    struct mcp_server *server;
    struct mcp_call *call;                    /* subscriptions/listen: where it speaks; else NULL */
    const struct mcp_session *session;        /* a legacy session; else NULL */
    struct mcp_sink *channel;                 /* of a legacy session; NULL: none now */
    bool (*is_behind)(struct mcp_sink *sink); /* NULL: never */
    uint64_t owner;                           /* of whoever listens */
    struct mcp__share *share;                 /* whose place it takes, if it `has_place` */
    bool has_place;                           /* of subscriptions/listen */
    unsigned wants, changed;                  /* enum mcp_change bits; RESOURCE: some watch */
    struct mcp__watch *watches;
    size_t n_watches;
    size_t id_len; /* 0: a legacy session */
    char id[MCP__ID_BYTES_MAX];
};

/* change.c */
struct mcp__listener *mcp__listener_new(struct mcp_server *s); /* NULL when out of memory */
void mcp__listener_free(struct mcp__listener *l);              /* NULL is a no-op */
/* For the call's principal. MCP_OK also when it is watched already. INVALID_PARAMS (too long),
 * OVERLOADED (said: too many, or no memory). */
mcp_err mcp__listener_watch(struct mcp_call *call, struct mcp__listener *l,
                            const struct mcp_extension *extension, mcp_str key, bool is_mute);
/* A resource. */
void mcp__listener_unwatch(struct mcp__listener *l, mcp_str uri);
/* What it watches has changed. */
void mcp__watch_mark(struct mcp__watch *w);
/* It may be able to hear what waits for it. */
void mcp__listener_wake(struct mcp__listener *l);
/* Tell what has changed. For mcp_server_tick(). */
void mcp__changes_tell(struct mcp_server *s);

/* listen.c */
mcp_err mcp__listen(struct mcp_call *call);
/* A member of params.notifications that is the protocol's own. */
bool mcp__listen_knows_filter(mcp_str member);
/* subscribe.c */
mcp_err mcp__subscribe(struct mcp_call *call);
mcp_err mcp__unsubscribe(struct mcp_call *call);

#endif
