/* cli/metrics.h - /metrics: what the process does and how the caller's pools are, as Prometheus
 * text.
 *
 * Text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). One per server; loop
 * thread. */
#ifndef CLI_METRICS_H
#define CLI_METRICS_H

#include <mcp/server.h>
#include <transport/http.h>

enum { CLI_METRICS_TOOLS_MAX = 96, CLI_METRICS_STEPS = 9, CLI_METRICS_CLASSES = 6 };

/* How many took at most so long; the steps are those of cli/metrics.c, the last one is endless. */
struct cli_histogram {
    uint64_t counts[CLI_METRICS_STEPS];
    uint64_t sum_ms;
};

struct cli_metrics {
    struct mcp_server *server;
    struct cli_histogram answers;
    uint64_t by_class[CLI_METRICS_CLASSES];                  /* of the status: 2 is 2xx */
    uint64_t ends[CLI_METRICS_TOOLS_MAX + 1][MCP_ERR_COUNT]; /* the last row: no tool's */
    struct cli_histogram tools[CLI_METRICS_TOOLS_MAX + 1];
};

void cli_metrics_ended(struct cli_metrics *m, const struct mcp_ended *e);
void cli_metrics_served(struct cli_metrics *m, const struct mcp_http_served *s);

/* Of the process. */
struct cli_metrics_now {
    struct mcp_http_gauges http;
    size_t calls, waiting, tasks;
    int64_t started_ms; /* wall */
    bool is_writable;   /* the store */
};

/* Append all families but the pools'. */
void cli_metrics_write(const struct cli_metrics *m, const struct cli_metrics_now *now,
                       struct mcp_buf *out);
/* Append those of {"pools":[...]}, the structured result of list_balances. False: it is not one, or
 * no memory. */
bool cli_metrics_write_pools(mcp_str structured, struct mcp_buf *out);

/* Handler of /metrics (metrics_handle.c); `user` is the struct cli_serve. Asks list_balances as the
 * caller, so it takes what that takes: the scope read, and one of the rate. */
void cli_metrics_handle(void *user, struct mcp_http_exchange *ex);

#endif
