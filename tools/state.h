/* tools/state.h - what the handlers share: one per loop. */
#ifndef CISTERN_TOOLS_STATE_H
#define CISTERN_TOOLS_STATE_H

#include <tools/charger.h>
#include <tools/history_sweep.h>
#include <tools/outbox_pump.h>
#include <tools/package.h>
#include <tools/password.h>
#include <tools/payment.h>
#include <tools/pool.h>
#include <tools/pool_watch.h>
#include <tools/reservation.h>
#include <tools/seal.h>
#include <tools/source_pump.h>
#include <tools/task_store.h>
#include <tools/token_expiry.h>
#include <tools/token_use.h>
#include <tools/tools.h>

#include <mcp/buf.h>

enum { TOOLS_PREFIX_MAX = 32, TOOLS_SETS = 24 };

struct tools {
    struct store *store;
    struct mcp_clock clock;
    struct mcp_log log;
    char prefix[TOOLS_PREFIX_MAX + 1], usage_prefix[TOOLS_PREFIX_MAX + 1];
    struct pool_thresholds fallback; /* of a pool that has none, nor its connection */
    struct mcp_tool_set sets[TOOLS_SETS];
    struct package packages[PACKAGES_MAX];
    size_t n_packages;
    struct payment payment;
    struct charger *charger; /* NULL: orders are not paid through a service */
    struct mcp_resource_set resources;
    struct mcp_prompt_set prompts;
    struct seal seal;
    uint8_t spend_key[32]; /* of names in the limiter; another in each process */
    struct history_sweep *sweep;
    struct token_expiry *expiry;
    struct reservation_sweeper *sweeper;
    struct pool_watch *watch;
    struct task_store *tasks; /* NULL: nobody wanted them kept */
    struct outbox_pump *pump; /* NULL: nothing is sent from here */
    struct source_pump *poll; /* NULL: no source is asked from here */
    struct token_use *use;
    int64_t welcome_credits;            /* of a new user */
    bool is_open;                       /* strangers may register */
    struct password_cost password_cost; /* of new ones */
    _Atomic unsigned n_hashed;          /* passwords, ever */
    _Atomic int n_hashing;              /* workers that are, or look whether they may */
    struct mcp_buf listing;             /* the answer being built; kept from call to call */
};

static inline int64_t tools_now_ms(const struct tools *t)
{
    return mcp_clock_wall_ms(&t->clock);
}

/* Something may be due in the outbox: look at once. */
void tools_kick(struct tools *t);

/* The rows, each ending with {0}; their user is a struct tools. */
extern const struct mcp_tool token_rows[], connection_rows[], reading_rows[], pool_rows[],
    alert_rows[], webhook_rows[], outbox_rows[], history_rows[], forecast_rows[], threshold_rows[],
    check_rows[], login_rows[], plan_rows[], subscription_rows[], usage_rows[], usage_key_rows[],
    auth_rows[], account_rows[], user_rows[], ledger_rows[], reservation_rows[], spend_rows[],
    order_rows[], payment_rows[];

#endif
