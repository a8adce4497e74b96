/* transport/deliver.h - outbound HTTP, and mail: requests out, one completion each back on the
 * loop.
 *
 * One thread of its own, begun with the first request, drives libcurl's multi interface; nobody
 * waits. A request (struct mcp_delivery) is embedded in the caller's operation, submitted, and
 * comes back exactly once, in done(), on the thread that calls mcp_deliver_complete() (the loop).
 * As with store_submit().
 *
 * Not done here: retries, schedules, signing, following redirects. A 3xx is an answer like any
 * other. Cookies, proxies from the environment, .netrc, HTTP/2 and Alt-Svc are never used.
 *
 * SSRF: only http and https to ports the rule allows, no user info, no odd spelling of an address;
 * and the address of each connection is judged when its socket is opened (address.h).
 *
 * Mail (SMTP, RFC 5321) goes to the server that the operator names, so its address is not judged.
 * TLS is insisted on and verified, STARTTLS with smtp:, unless `is_plain`; a login needs it.
 *
 * Secrets: URLs beyond the host, headers and bodies never reach a log or `why`. */
#ifndef MCP_TRANSPORT_DELIVER_H
#define MCP_TRANSPORT_DELIVER_H

#include <mcp/buf.h>
#include <mcp/error.h>
#include <transport/address.h>
#include <transport/http_msg.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mcp_deliver;

/* Zero means the default in the comment. Strings must outlive the mcp_deliver. */
struct mcp_deliver_options {
    const char *user_agent;            /* when a request has none; "cistern" */
    const char *ca_file;               /* PEM, instead of the system's certificates */
    const char *ports;                 /* "443,8000-8999"; default: 80, 443 and those from 1024 on
                                          that no other protocol is known for (Fetch, "bad port") */
    const struct mcp_network *allowed; /* networks that may be connected to although refused */
    size_t n_allowed;
    bool allow_http;     /* without TLS, too */
    size_t at_once_max;  /* 8 */
    size_t per_host_max; /* 2 of them to one host and port, so that a slow one holds nobody up */
    size_t queue_max;    /* 1,024 submitted and not yet done; beyond: MCP_E_OVERLOADED */
    const char *resolve; /* "host:port:address", comma list: instead of asking a resolver (tests) */
};

enum mcp_delivery_end {
    MCP_DELIVERY_ANSWERED,    /* see status; it may be 500 */
    MCP_DELIVERY_REFUSED,     /* by the rules above; not one byte was sent; will be again */
    MCP_DELIVERY_UNRESOLVED,  /* no address for the host's name */
    MCP_DELIVERY_UNREACHABLE, /* nobody took the connection, or it was cut before an answer */
    MCP_DELIVERY_INSECURE,    /* TLS: the certificate, or no agreement */
    MCP_DELIVERY_LATE,        /* not finished within timeout_ms */
    MCP_DELIVERY_TOO_LARGE,   /* the answer passed answer_bytes_max (unpacked) or its head 64 KiB */
    MCP_DELIVERY_GARBLED,     /* the answer is no HTTP, ended early or does not unpack */
    MCP_DELIVERY_DENIED,      /* the mail server does not take the login */
    MCP_DELIVERY_CANCELLED,   /* mcp_deliver_cancel(), or it was stopped */
    MCP_DELIVERY_FAILED       /* out of memory or descriptors, or no libcurl */
};

enum { MCP_DELIVERY_WHY = 160, MCP_DELIVERY_HEADER = 64 }; /* bytes of texts below */

/* What makes a request a mail. Of addresses only those without spaces, control characters, angle
 * brackets and what is not ASCII are taken. */
struct mcp_delivery_mail {
    mcp_str from, to;       /* of the envelope */
    mcp_str user, password; /* user empty: no login */
    bool is_plain;          /* without TLS, then also without a login */
};

/* A request and, in done(), what came of it. All that it points to belongs to the caller and lives
 * until done() was called. */
struct mcp_delivery {
    /* in */
    mcp_str method; /* a token: "GET", "POST" */
    mcp_str url;
    const struct mcp_http_header *headers; /* User-Agent, Content-Type, ... */
    size_t n_headers;                      /* at most 32 */
    mcp_str body;                          /* ptr NULL: none */
    /* NULL: HTTP. Else `url` is smtp://HOST[:PORT] (port 587) or smtps:// (465), `body` a message
     * of RFC 5322 with CRLF, whose lines are at most 998 bytes, and there are no method and
     * headers. libcurl waits for the answer to a message with all its other transfers, so that mail
     * should have a client of its own. */
    const struct mcp_delivery_mail *mail;
    int64_t timeout_ms;      /* 10,000; from its turn to the end, half for connecting */
    size_t answer_bytes_max; /* 64 KiB, after unpacking (gzip, deflate, br, zstd) */
    void (*done)(struct mcp_delivery *d); /* may submit again, also this one; may free this one */

    /* out, valid in done() only */
    enum mcp_delivery_end end;
    int status; /* 100..599 when answered; of a mail the server's last, 250 when it took it */
    struct mcp_buf body_in; /* the answer's body when answered, of a mail the server's last line:
                               mcp_buf_str(); released after done() */
    char retry_after[MCP_DELIVERY_HEADER], date[MCP_DELIVERY_HEADER]; /* as sent; empty: none, or
                                                                         longer than any real one */
    int64_t took_ms;
    char why[MCP_DELIVERY_WHY]; /* when not answered: a sentence for a person, without secrets */

    /* the module's */
    struct mcp_delivery *next;
    struct mcp_delivery_work *own;
};

/* NULL on failure: `reterr` has one sentence (a bad port list or CA file, no memory). Nothing runs
 * yet, and libcurl is not loaded yet. */
MCP_API struct mcp_deliver *mcp_deliver_new(const struct mcp_deliver_options *opt, char *reterr,
                                            size_t reterr_bytes);
/* Take requests from now on. `wake(user)` runs on the thread after each batch of completions; it
 * should make the loop call mcp_deliver_complete(). May be NULL. MCP_E_INTERNAL: it was started
 * before. */
MCP_API MCP_MUST_USE mcp_err mcp_deliver_start(struct mcp_deliver *d, void (*wake)(void *user),
                                               void *user);
/* Queue. MCP_OK: done() will run, once, later. MCP_E_OVERLOADED: the queue is full, memory is short
 * or there is no thread to be had; done() will not run. What the rules refuse is MCP_OK and ends as
 * MCP_DELIVERY_REFUSED. Loop thread. */
MCP_API MCP_MUST_USE mcp_err mcp_deliver_submit(struct mcp_deliver *d, struct mcp_delivery *r);
/* End one that was submitted soon: as MCP_DELIVERY_CANCELLED unless it has ended already. done()
 * runs all the same. Loop thread. */
MCP_API void mcp_deliver_cancel(struct mcp_deliver *d, struct mcp_delivery *r);
/* Run done() of everything that has ended, also of what ends meanwhile. How many. NULL is a
 * no-op. Loop thread. */
MCP_API size_t mcp_deliver_complete(struct mcp_deliver *d);
/* Submit and wait, done() is not called (may be NULL); release the answer with
 * mcp_buf_free(&r->body_in). The thread must run. Not on a loop thread: the command line, tests. */
MCP_API MCP_MUST_USE mcp_err mcp_deliver_now(struct mcp_deliver *d, struct mcp_delivery *r);
/* End everything at once as MCP_DELIVERY_CANCELLED, stop the thread, run every done(). wake() runs
 * no more. A submit from then on is MCP_E_OVERLOADED. No-op when not started or NULL. */
MCP_API void mcp_deliver_stop(struct mcp_deliver *d);
/* Stops first. NULL is a no-op. */
MCP_API void mcp_deliver_free(struct mcp_deliver *d);

/* ---- For those who decide what to send, and what to do next ---- */

/* NULL, or why a URL would be refused before anything is looked up: a clause without the URL in
 * it, "its port is not allowed". Static text. For saying no when an endpoint is configured. Any
 * thread. */
MCP_API const char *mcp_deliver_check_url(const struct mcp_deliver *d, mcp_str url);

/* The same of a mail server's URL. Pure. */
MCP_API const char *mcp_deliver_check_mail_url(mcp_str url);
/* NULL, or why this would not be taken as an address. Pure. */
MCP_API const char *mcp_deliver_check_mailbox(mcp_str address);

/* What a Retry-After asks for, in ms from now; -1: absent or not understood. Seconds or an HTTP
 * date (RFC 9110 10.2.3, 5.6.7: all three forms). A date is taken relative to the answer's own
 * `date` where there is one, so that clocks need not agree, else to `now_ms`. At most ten years.
 * Pure. */
MCP_API int64_t mcp_deliver_retry_after_ms(mcp_str retry_after, mcp_str date, int64_t now_ms);

/* "REFUSED" -> "refused" ...: one word for logs and ledgers. */
MCP_API const char *mcp_delivery_end_name(enum mcp_delivery_end end);

#ifdef __cplusplus
}
#endif
#endif
