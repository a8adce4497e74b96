/* transport/deliver_own.h - what the files of deliver share: the client, a request under way.
 *
 * Fields say who may touch them: the lock's, the thread's, or never changed after new. */
#ifndef MCP_TRANSPORT_DELIVER_OWN_H
#define MCP_TRANSPORT_DELIVER_OWN_H

#include <transport/deliver.h>
#include <transport/deliver_curl.h>

#include <pthread.h>

enum { MCP__PORT_RANGES_MAX = 32, MCP__URL_MAX = 4096, MCP__HOST_MAX = 256, MCP__MAIL_SOCKETS = 4 };

struct mcp__ports {
    struct {
        uint16_t low, high;
    } ranges[MCP__PORT_RANGES_MAX];
    size_t n; /* 0: the default rule */
};

/* What there is to know of a URL before anything is looked up. */
struct mcp__deliver_url {
    char host[MCP__HOST_MAX]; /* lower case, IPv6 in brackets */
    uint16_t port;
};

/* A request under way. Made in submit, released after done(). */
struct mcp_delivery_work {
    struct mcp_delivery_work *next;
    struct mcp_delivery *request;
    struct mcp_deliver *client;
    char *url;                   /* NUL-terminated copy */
    struct mcp__deliver_url to;  /* the thread's */
    CURL *easy;                  /* the thread's; NULL: it waits for its turn */
    struct curl_slist *headers;  /* the thread's */
    char words[CURL_ERROR_SIZE]; /* the thread's: libcurl's */
    const char *refusal;         /* the thread's: of an address that was to be connected */
    bool has_tried;              /* the thread's: another address was connected to, or tried */
    size_t head_bytes;           /* the thread's */
    bool is_head_whole;          /* the thread's: its empty line has come */
    bool is_over;                /* the thread's: the answer's head or body is too large */
    struct {
        size_t n_sent;                  /* of the body */
        int status;                     /* the server's last */
        int sockets[MCP__MAIL_SOCKETS]; /* opened, the newest; one is the connection's */
        size_t n_sockets;
        bool is_leaving;      /* QUIT is said */
    } mail;                   /* the thread's */
    bool is_cancelled;        /* the lock's */
    bool is_now, is_finished; /* the lock's: mcp_deliver_now() waits for it */
};

struct mcp__delivery_list {
    struct mcp_delivery_work *first, **end;
    size_t n;
};

struct mcp_deliver {
    struct mcp_deliver_options opt; /* defaults filled in; strings are the caller's */
    struct mcp__ports ports;
    void (*wake)(void *user);
    void *wake_user;
    pthread_t thread;
    bool is_started, has_thread; /* the loop's; the thread begins with the first request */

    pthread_mutex_t lock;
    pthread_cond_t moved;
    struct mcp__delivery_list queued, finished; /* the lock's */
    size_t n_held;                              /* the lock's: submitted and not yet done */
    bool is_stopping, has_cancels;              /* the lock's */
    CURLM *multi; /* the thread's, but for waking it up, which is the lock's; NULL: not (any more),
                     or libcurl cannot be used */

    const struct mcp__curl *curl;                      /* the thread's */
    struct curl_slist *resolve;                        /* the thread's */
    struct mcp__delivery_list waiting, running, ended; /* the thread's */
};

/* ---- deliver_list.c ---- */
void mcp__delivery_list_init(struct mcp__delivery_list *l);
void mcp__delivery_list_add(struct mcp__delivery_list *l, struct mcp_delivery_work *d);
/* Unlink; `d` must be in it. */
void mcp__delivery_list_remove(struct mcp__delivery_list *l, struct mcp_delivery_work *d);
/* Move all of `from` to the end of `to`. */
void mcp__delivery_list_move(struct mcp__delivery_list *to, struct mcp__delivery_list *from);
/* Which of `waiting` has its turn: the oldest of the hosts with the fewest running, none that has
 * `per_host_max`. NULL: nobody. */
struct mcp_delivery_work *mcp__delivery_list_pick(const struct mcp__delivery_list *waiting,
                                                  const struct mcp__delivery_list *running,
                                                  size_t per_host_max);

/* ---- deliver_url.c ---- */
/* "443,8000-8999"; NULL gives the default rule. */
bool mcp__ports_parse(const char *text, struct mcp__ports *ret);
/* NULL, or why not: as mcp_deliver_check_url(). */
const char *mcp__deliver_url_read(const struct mcp_deliver *d, mcp_str url,
                                  struct mcp__deliver_url *ret);

/* NULL, or why it is no mail server's. */
const char *mcp__deliver_mail_url_read(mcp_str url, struct mcp__deliver_url *ret);

/* ---- deliver_easy.c; the thread's ---- */
/* Judge a request before its turn. False: it is refused, and has ended. */
bool mcp__delivery_arrive(struct mcp_delivery_work *d);
/* Make the easy handle. False: the request has ended. */
bool mcp__delivery_prepare(struct mcp_delivery_work *d);

/* With `d`, a struct mcp_delivery_work, and an int `bad` in scope. */
#define MCP__SET(option, value) bad |= (int)d->client->curl->easy_setopt(d->easy, option, value)
/* What holds for every transfer. */
bool mcp__delivery_set_rules(struct mcp_delivery_work *d);
/* Times, and where what comes of it goes. */
bool mcp__delivery_set_end(struct mcp_delivery_work *d);

/* ---- deliver_mail.c; the thread's ---- */
/* NULL, or why this mail is refused. Fills d->to. */
const char *mcp__delivery_mail_check(struct mcp_delivery_work *d);
/* The options of a mail. False: out of memory. */
bool mcp__delivery_mail_set(struct mcp_delivery_work *d);
/* A socket was opened for it. */
void mcp__delivery_mail_socket(struct mcp_delivery_work *d, int fd);
/* Say how it ended, when the mail server is the reason. False: as with any other transfer. */
bool mcp__delivery_mail_end(struct mcp_delivery_work *d, CURLcode code);

/* ---- deliver_result.c; the thread's ---- */
/* Say how the transfer ended, and release the easy handle, which is in no multi any more. */
void mcp__delivery_finish(struct mcp_delivery_work *d, CURLcode code);
/* End it otherwise. */
void mcp__delivery_end(struct mcp_delivery_work *d, enum mcp_delivery_end end, const char *why);
/* End it as MCP_DELIVERY_REFUSED; `why` is a clause. */
void mcp__delivery_refuse(struct mcp_delivery_work *d, const char *why);
/* The easy handle, which is in no multi any more, and what belongs to it. */
void mcp__delivery_release(struct mcp_delivery_work *d);
/* NULL is a no-op. */
void mcp__delivery_free(struct mcp_delivery_work *d);

/* ---- deliver_thread.c ---- */
/* The thread's function; `arg` is the struct mcp_deliver. */
void *mcp__deliver_run(void *arg);

#endif
