/* cli/serve.h - the parts of `cistern serve`. */
#ifndef CLI_SERVE_H
#define CLI_SERVE_H

#include <cli/local.h>
#include <cli/logfile.h>
#include <cli/mail.h>
#include <cli/metrics.h>
#include <cli/outbound.h>
#include <cli/payment.h>
#include <cli/server_url.h>
#include <cli/source_ask.h>
#include <cli/supervisor.h>
#include <cli/webhook_send.h>
#include <rest/dashboard.h>
#include <rest/rest.h>
#include <transport/http.h>

/* The option table of `serve`; `config` reads it too. */
extern const struct cli_option cli_serve_options[];

struct cli_serve {
    const struct cli *cli;
    struct cli *live; /* what SIGHUP has read last; NULL: `cli` is in force */
    struct cli_logfile logfile;
    struct mcp_log log;
    struct cli_local local;
    struct cli_mail mail;
    struct cli_webhook_send webhooks;
    struct cli_source_ask sources;
    struct cli_payment payment;
    struct cli_outbound outbound;      /* its thread runs while the loop does */
    struct cli_outbound mail_outbound; /* likewise, when there is a mail server */
    struct rest *rest;
    struct rest_dashboard *dashboard;
    char url[CLI_URL_BYTES];          /* where people reach it; empty: a Unix socket */
    struct mcp_http_route routes[64]; /* ends with {0} */
    struct mcp_http *http;
    struct cli_supervisor supervisor;
    struct cli_metrics metrics;
    int64_t started_ms; /* wall */
    bool has_access_log;
    enum cli_exit code;       /* what the process will say */
    struct store_write probe; /* finds out whether there is room; see health.c */
    bool is_probing;
    uint64_t version;               /* of the store, when the dashboard's streams looked */
    unsigned n_ticks;               /* of the timer */
    char demo_token_id[64];         /* empty: none was made */
    struct mcp_outcome_sink nobody; /* waits for the demo's refreshes */
    int64_t demo_refresh_ms;        /* monotonic; when the demo's readings are due; 0: no demo */
};

/* What the REST interface of the product is made from. `endpoints`: comma list of MCP paths. */
struct rest_options cli_rest_options(const char *endpoints);

/* /healthz and /readyz, for the document. */
extern const struct rest_page cli_pages[];

/* Handlers of /healthz and /readyz; `user` is the struct cli_serve. */
void cli_health_handle(void *user, struct mcp_http_exchange *ex);
void cli_ready_handle(void *user, struct mcp_http_exchange *ex);

/* Once a second: asks the store for an empty write, so that /readyz knows when another process, or
 * a full disk, has taken the room, and when it is back. */
void cli_ready_tick(struct cli_serve *s);

/* The server card as the options say, checked; its icons live in `icons`, which the caller frees
 * once the card is printed. */
enum cli_exit cli_serve_card(const struct cli *cli, const struct mcp_server *server,
                             struct mcp_buf *icons, struct mcp_card *ret);

/* Print what a person needs to connect: base URL, token, curl, client configurations. */
void cli_banner(FILE *out, const char *address, bool is_tls, const char *dir, const char *token);

/* The effective options of `serve` with the source of each. */
enum cli_exit cli_config_print(const struct cli *cli);

/* The options of the HTTP server that say what a value is and need no other part. On failure one
 * line was printed. */
enum cli_exit cli_serve_http_options(const struct cli *cli, struct mcp_http_options *ret);
/* Whether the files that options name can be read and are PEM; config.c. */
enum cli_exit cli_serve_files(const struct cli *cli);

/* SIGHUP: open the log again, read the environment's and the file's values again, take over those
 * of rows that are live. The log says what changed, and what takes a restart; a configuration that
 * is wrong changes nothing. */
void cli_serve_reload(struct cli_serve *s);

#endif
