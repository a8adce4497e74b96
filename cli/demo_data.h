/* cli/demo_data.h - one row per pool of the demo. */
#ifndef CLI_DEMO_DATA_H
#define CLI_DEMO_DATA_H

#include <mcp/str.h>

struct cli_demo_pool {
    const char *connection; /* also the tool's name; rows of one connection stand together */
    const char *tool_id, *topup_url;
    const char *status;
    const char *low, *critical; /* decimal text; NULL: none */
    const char *credit_type;    /* NULL: no readings yet */
    const char *label, *unit;
    int64_t limit_micro; /* 0: none */
    int64_t balance_micro, per_day_micro;
    int topup_days_ago; /* 0: no top-up in the week */
    int64_t topup_micro;
};

/* Ends with a row without connection. */
extern const struct cli_demo_pool cli_demo_pools[];

#endif
