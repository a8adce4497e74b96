/* tools/payment.h - how orders are paid: an interface, of which one implementation is in force.
 *
 * `manual`: nobody is asked; an order waits for an operator. `stripe` (stripe.h): an order becomes
 * a page of Stripe's where it is paid, and Stripe reports the end of it. An implementation says
 * what to send and understands what comes back; it sends nothing itself and knows no store. */
#ifndef CISTERN_TOOLS_PAYMENT_H
#define CISTERN_TOOLS_PAYMENT_H

#include <mcp/arena.h>
#include <tools/outbox.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    PAYMENT_SECRET_MAX = 255, /* bytes, also of a reporting secret */
    PAYMENT_SECRETS_MAX = 2,  /* that reports may be signed with: an old one and a new one */
    PAYMENT_URL_MAX = 512,    /* of our own pages, and of the service */
    PAYMENT_PAGE_MAX = 2048,  /* of the page where somebody pays */
    PAYMENT_ID_MAX = 255,     /* of whatever the service names */
    PAYMENT_HEADERS_MAX = 4,
    PAYMENT_REPORT_MAX = 131072, /* bytes of a report */
    PAYMENT_ANSWER_MAX = 262144,
    PAYMENT_TIMEOUT_MS = 20000
};

/* ---- What is sent, by somebody who can ---- */

/* What came of a request. */
struct payment_answer {
    bool is_answered;
    bool is_cancelled; /* by us, because we stop: it may have arrived, or not */
    int status;        /* when answered */
    mcp_str body;      /* when answered */
    mcp_str note;      /* else: why not, for people */
};

/* A POST. All that it points to stays until answered() was called. */
struct payment_request {
    mcp_str url;
    struct outbox_header headers[PAYMENT_HEADERS_MAX]; /* a secret is in them */
    size_t n_headers;
    mcp_str body;
    void (*answered)(struct payment_request *r, const struct payment_answer *a);
};

/* Take it over: answered() is called once, later, on the loop. False: no room, try later. At most
 * PAYMENT_TIMEOUT_MS from its turn, which waits while others of this service are under way, and
 * PAYMENT_ANSWER_MAX; redirects are not followed. */
typedef bool payment_send_fn(void *user, struct payment_request *r);

struct tools_payment {
    const char *base_url;   /* of the service, "https://api.stripe.com" */
    const char *return_url; /* of this server, where a payer comes back to; no final slash */
    mcp_str key;            /* the secret that requests carry */
    mcp_str secrets[PAYMENT_SECRETS_MAX]; /* that reports are signed with; empty: none */
    payment_send_fn *send;
    void *user;
};

/* ---- The interface ---- */

struct payment_provider;

/* What is in force: all of it is copied. */
struct payment {
    const struct payment_provider *provider; /* never NULL */
    char base_url[PAYMENT_URL_MAX + 1], return_url[PAYMENT_URL_MAX + 1];
    char key[PAYMENT_SECRET_MAX + 1];
    char secrets[PAYMENT_SECRETS_MAX][PAYMENT_SECRET_MAX + 1];
    payment_send_fn *send;
    void *user;
};

/* An order that somebody wants to pay. */
struct payment_due {
    mcp_str order; /* its id, as text */
    mcp_str what;  /* is bought, for people */
    int64_t cents; /* of US dollars */
    bool is_kept;  /* how it is paid may be used again, while nobody is there */
};

/* Where it is paid. */
struct payment_page {
    mcp_str id, url; /* the service's name of it, at most PAYMENT_ID_MAX and PAYMENT_PAGE_MAX */
};

/* Who is charged while nobody is there: the service's names. */
struct payment_payer {
    mcp_str customer, method;
};

enum payment_charge_end {
    PAYMENT_CHARGED,
    PAYMENT_CHARGE_WAITS, /* a report will say */
    PAYMENT_CHARGE_LATER, /* nobody knows; ask again, by the same order */
    PAYMENT_CHARGE_REFUSED
};

struct payment_charge {
    enum payment_charge_end end;
    mcp_str id;      /* the service's name of it; empty: none */
    const char *why; /* when it is not charged: for the log, and without secrets */
};

enum payment_news {
    PAYMENT_NO_NEWS, /* nothing that concerns us */
    PAYMENT_PAID,
    PAYMENT_EXPIRED, /* nobody paid in time */
    PAYMENT_FAILED
};

/* A report, after its signature was found right. */
struct payment_report {
    enum payment_news news;
    mcp_str id; /* of the report: letters, digits and _ */
    uint8_t order[16];
    mcp_str page;     /* the id of the struct payment_page */
    int64_t cents;    /* that were paid */
    mcp_str currency; /* ISO 4217 in lower case */
    bool is_charge;   /* `page` is a charge's id; it may belong to an order that has a page, too */
    struct payment_payer payer; /* to be kept; empty: nobody */
};

enum payment_doubt { PAYMENT_GENUINE, PAYMENT_FORGED, PAYMENT_GARBLED };

struct payment_provider {
    const char *name;
    uint8_t number;      /* stored with an order */
    int64_t least_cents; /* what it charges; 0: any */
    /* NULL, all of them, where nobody is asked. */
    /* What asks for the page. False: `arena` has failed. */
    bool (*ask)(const struct payment *p, const struct payment_due *due, struct mcp_arena *arena,
                struct payment_request *ret);
    /* NULL and the page, or why there is none: for the log, and without secrets. In `arena`. */
    const char *(*read)(const struct payment *p, const struct payment_answer *a,
                        struct mcp_arena *arena, struct payment_page *ret);
    /* What charges `payer`. False: `arena` has failed. */
    bool (*charge)(const struct payment *p, const struct payment_due *due,
                   const struct payment_payer *payer, struct mcp_arena *arena,
                   struct payment_request *ret);
    /* What came of it; of `due` only the cents are looked at. */
    void (*charged)(const struct payment *p, const struct payment_answer *a,
                    const struct payment_due *due, struct mcp_arena *arena,
                    struct payment_charge *ret);
    /* What a report says, if it is one. Its strings are in `arena`, or in `body`. */
    enum payment_doubt (*hear)(const struct payment *p, mcp_str signature, mcp_str body,
                               int64_t now_ms, struct mcp_arena *arena, struct payment_report *ret);
};

enum { PAYMENT_MANUAL = 0, PAYMENT_STRIPE = 1 }; /* numbers of the providers */
extern const struct payment_provider payment_manual, payment_stripe;
/* "manual", "stripe"; a number that is stored. */
const char *payment_name(uint8_t number);

/* Take over `opt` (NULL: manual). NULL, or what is wrong with it: a clause. */
const char *payment_init(struct payment *p, const struct tools_payment *opt);
/* Forget the secrets. */
void payment_free(struct payment *p);

#ifdef __cplusplus
}
#endif
#endif
