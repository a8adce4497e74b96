/* tools/tools.c - see tools.h. */
#include <tools/tools.h>

#include <tools/brief_prompt.h>
#include <tools/login.h>
#include <tools/name.h>
#include <tools/pool_resource.h>
#include <tools/state.h>
#include <tools/token.h>
#include <tools/usage_key.h>

#include <mcp/alloc.h>

#include <sodium.h>

enum { LISTING_BYTES_MAX = 64 << 20 }; /* the call's own budget refuses earlier */

bool tools_is_prefix(mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-')) {
            return false;
        }
    }
    return s.len >= 1 && s.len <= TOOLS_PREFIX_MAX;
}

static struct pool_thresholds fallback_of(const struct tools_options *opt)
{
    return (struct pool_thresholds){opt->has_low, opt->has_critical, opt->low_micro,
                                    opt->critical_micro};
}

static void fill_sets(struct tools *t)
{
    const struct mcp_tool *const ROWS[TOOLS_SETS] = {
        pool_rows,   token_rows,        connection_rows,  reading_rows,   alert_rows, webhook_rows,
        outbox_rows, history_rows,      forecast_rows,    threshold_rows, check_rows, login_rows,
        plan_rows,   subscription_rows, usage_rows,       usage_key_rows, auth_rows,  account_rows,
        user_rows,   ledger_rows,       reservation_rows, spend_rows,     order_rows, payment_rows,
    };

    for (size_t i = 0; i < TOOLS_SETS; i++) {
        t->sets[i] = (struct mcp_tool_set){ROWS[i], t};
    }
}

static void take_packages(struct tools *t, const struct tools_options *opt)
{
    const struct package *list = opt->n_packages ? opt->packages : package_defaults;

    t->n_packages = opt->n_packages ? opt->n_packages : package_defaults_n;
    memcpy(t->packages, list, t->n_packages * sizeof(*list));
}

struct tools *tools_new(struct store *store, const struct tools_options *opt)
{
    mcp_str prefix = mcp_str_c(opt->token_prefix ? opt->token_prefix : "qc_live_");
    mcp_str usage_prefix = mcp_str_c(opt->usage_prefix ? opt->usage_prefix : USAGE_KEY_PREFIX);
    struct pool_thresholds fallback = fallback_of(opt);

    if (!tools_is_prefix(prefix) || !tools_is_prefix(usage_prefix) ||
        pool_thresholds_check(&fallback) || opt->n_packages > PACKAGES_MAX || sodium_init() < 0) {
        return NULL;
    }
    struct token_use *use = token_use_new();
    struct history_sweep *sweep =
        use ? history_sweep_new(store, opt->history_full_ms, opt->history_all_ms) : NULL;
    struct pool_watch *watch = sweep ? pool_watch_new(store, &fallback) : NULL;
    struct token_expiry *expiry = watch ? token_expiry_new(store) : NULL;
    struct reservation_sweeper *sweeper = expiry ? reservation_sweeper_new(store, &opt->log) : NULL;
    struct tools *t = sweeper ? mcp_alloc_new(struct tools) : NULL;

    if (!t) {
        reservation_sweeper_free(sweeper);
        token_expiry_free(expiry);
        pool_watch_free(watch);
        token_use_free(use);
        history_sweep_free(sweep);
    } else {
        t->use = use;
        t->sweep = sweep;
        t->watch = watch;
        t->expiry = expiry;
        t->sweeper = sweeper;
        t->store = store;
        t->clock = opt->clock;
        t->log = opt->log;
        t->fallback = fallback;
        seal_init(&t->seal, opt->seal_key);
        randombytes_buf(t->spend_key, sizeof(t->spend_key));
        memcpy(t->prefix, prefix.ptr, prefix.len);
        memcpy(t->usage_prefix, usage_prefix.ptr, usage_prefix.len);
        t->prompts = (struct mcp_prompt_set){brief_prompts, t};
        t->resources = (struct mcp_resource_set){pool_resources, t};
        fill_sets(t);
        t->welcome_credits = opt->welcome_credits;
        t->is_open = opt->open_registration;
        t->password_cost = (struct password_cost)PASSWORD_COST;
        if (opt->has_cheap_passwords) {
            t->password_cost = (struct password_cost){1, 8192};
        }
        take_packages(t, opt);
        (void)payment_init(&t->payment, NULL);
        mcp_buf_init(&t->listing, LISTING_BYTES_MAX);
    }
    return t;
}

bool tools_retune(struct tools *t, const struct tools_options *opt)
{
    struct pool_thresholds fallback = fallback_of(opt);

    if (pool_thresholds_check(&fallback)) {
        return false;
    }
    t->fallback = fallback;
    history_sweep_retune(t->sweep, opt->history_full_ms, opt->history_all_ms);
    return true;
}

void tools_free(struct tools *t)
{
    if (t) {
        source_pump_free(t->poll);
        outbox_pump_free(t->pump);
        history_sweep_free(t->sweep);
        pool_watch_free(t->watch);
        task_store_free(t->tasks);
        reservation_sweeper_free(t->sweeper);
        token_expiry_free(t->expiry);
        token_use_free(t->use);
        seal_free(&t->seal);
        charger_free(t->charger);
        payment_free(&t->payment);
        mcp_buf_free(&t->listing);
        mcp_free(t);
    }
}

static mcp_err check_key(struct store_txn *txn, void *arg)
{
    return seal_check(txn, arg);
}

mcp_err tools_check_key(struct store *store, const uint8_t *key)
{
    struct seal seal;

    if (sodium_init() < 0) {
        return MCP_E_INTERNAL;
    }
    seal_init(&seal, key);
    mcp_err err = store_read(store, check_key, &seal);

    seal_free(&seal);
    return err;
}

const struct mcp_tool_set *tools_sets(struct tools *t, size_t *ret_n)
{
    *ret_n = TOOLS_SETS;
    return t->sets;
}

const struct mcp_resource_set *tools_resources(struct tools *t)
{
    return &t->resources;
}

const struct mcp_prompt_set *tools_prompts(struct tools *t)
{
    return &t->prompts;
}

mcp_err tools_verify(void *tools, mcp_str credential, struct mcp_principal *ret)
{
    struct tools *t = tools;
    int64_t now_ms = tools_now_ms(t);
    mcp_err err = token_verify(t->store, credential, now_ms, ret);

    if (err == MCP_E_UNAUTHORIZED && mcp_str_starts(credential, MCP_STR(LOGIN_PREFIX_SESSION))) {
        err = login_verify(t->store, credential, now_ms, ret);
    }
    if (!err) {
        token_use_mark(t->use, ret, now_ms);
    }
    return err;
}

struct live_op {
    const struct mcp_principal *who;
    int64_t now_ms;
};

/* Of either kind of credential; gcc compares no two enumerations. */
enum {
    LIVE_RECORD_MAX = (int)LOGIN_RECORD_MAX > (int)TOKEN_RECORD_MAX ? (int)LOGIN_RECORD_MAX
                                                                    : (int)TOKEN_RECORD_MAX
};

static mcp_err live_body(struct store_txn *txn, void *arg)
{
    const struct live_op *op = arg;
    const struct mcp_principal *who = op->who;
    char memory[LIVE_RECORD_MAX];
    char id[NAME_ID_BYTES];
    struct login_place place;
    struct login login;
    struct token_info token = {.revoked_ms = 0};
    uint64_t sequence;

    if (who->is_session) {
        mcp_err err = login_find(txn, who->owner, who->id, memory, &place, &login);

        return err ? err : op->now_ms < login.expires_ms ? MCP_OK : MCP_E_NOT_FOUND;
    }
    mcp_err err =
        token_find(txn, who->owner, name_id_format(who->id, id), memory, &sequence, &token);
    bool is_valid =
        token.revoked_ms == 0 && (token.expires_ms == 0 || op->now_ms < token.expires_ms);

    return err ? err : is_valid ? MCP_OK : MCP_E_NOT_FOUND;
}

bool tools_is_live(struct tools *t, const struct mcp_principal *who)
{
    struct live_op op = {who, tools_now_ms(t)};

    return store_read(t->store, live_body, &op) != MCP_E_NOT_FOUND;
}

mcp_err tools_send_with(struct tools *t, const struct tools_sender *sender)
{
    struct outbox_pump_options opt = {
        .store = t->store, .clock = t->clock, .log = t->log, .seal = &t->seal, .sender = *sender};

    t->pump = outbox_pump_new(&opt);
    return t->pump ? MCP_OK : MCP_E_OVERLOADED;
}

void tools_sent(struct tools *t, size_t slot, const struct outbox_answer *a)
{
    outbox_pump_sent(t->pump, slot, a);
}

static void stored(void *user)
{
    tools_kick(user);
}

mcp_err tools_poll_with(struct tools *t, const struct tools_asker *asker)
{
    struct source_pump_options opt = {.store = t->store,
                                      .clock = t->clock,
                                      .log = t->log,
                                      .seal = &t->seal,
                                      .fallback = t->fallback,
                                      .asker = *asker,
                                      .stored = stored,
                                      .stored_user = t};

    t->poll = source_pump_new(&opt);
    return t->poll ? MCP_OK : MCP_E_OVERLOADED;
}

void tools_answered(struct tools *t, size_t slot, const struct source_answer *a)
{
    source_pump_answered(t->poll, slot, a);
}

const char *tools_pay_with(struct tools *t, const struct tools_payment *opt)
{
    const char *why = payment_init(&t->payment, opt);

    if (!why && opt && !t->charger) {
        t->charger = charger_new(t->store, &t->log, &t->seal, &t->payment);
        why = t->charger ? NULL : "out of memory";
    }
    return why;
}

void tools_stop_sending(struct tools *t)
{
    if (t->pump) {
        outbox_pump_stop(t->pump);
    }
    if (t->poll) {
        source_pump_stop(t->poll);
    }
}

void tools_kick(struct tools *t)
{
    if (t->pump) {
        outbox_pump_run(t->pump);
    }
}

void tools_tick(struct tools *t)
{
    tools_kick(t);
    if (t->poll) {
        source_pump_tick(t->poll);
    }
    if (t->charger) {
        charger_tick(t->charger, tools_now_ms(t));
    }
    history_sweep_tick(t->sweep, tools_now_ms(t), mcp_clock_monotonic_ms(&t->clock));
    if (t->tasks) {
        task_store_tick(t->tasks, tools_now_ms(t), mcp_clock_monotonic_ms(&t->clock));
    }
    token_expiry_tick(t->expiry, tools_now_ms(t), mcp_clock_monotonic_ms(&t->clock));
    reservation_sweeper_tick(t->sweeper, tools_now_ms(t));
    token_use_tick(t->use, t->store, mcp_clock_monotonic_ms(&t->clock));
}

void tools_watch(struct tools *t, struct mcp_server *s)
{
    pool_watch_tick(t->watch, s, tools_now_ms(t));
}

bool tools_keep_tasks(struct tools *t, struct mcp_task_store *ret)
{
    t->tasks = t->tasks ? t->tasks : task_store_new(t->store, &t->log);
    if (t->tasks) {
        *ret = task_store_interface(t->tasks);
    }
    return t->tasks != NULL;
}

mcp_err tools_restore_tasks(struct tools *t, struct mcp_server *s)
{
    return task_store_restore(t->tasks, s);
}

void tools_flush(struct tools *t)
{
    token_use_flush(t->use, t->store);
}

struct mcp_principal tools_operator(void)
{
    return (struct mcp_principal){.owner = 1, .scopes = "*", .rate_per_minute = -1};
}
