/* tools/tools.h - the product's nouns over a store: tokens, connections, readings, pools, alerts,
 * webhooks.
 *
 * Make one per loop, hand tools_sets() to mcp_server_new() and tools_verify() to the HTTP
 * transport. Everything runs on the loop thread; write bodies run wherever the store runs them.
 * Balances and thresholds are int64 millionths inside and plain JSON numbers outside.
 *
 * The operations, their arguments and results (times are RFC 3339 text, UTC, milliseconds):
 *
 *   listed, scope "read"
 *   list_balances      {status?: "low,critical" | [..]}  -> {pools:[POOL]}
 *   list_low           {}                                -> {pools:[POOL]}, low and critical
 *   get_tool_balance   {toolName}                        -> {pools:[POOL]}
 *   get_pool_history   {connection, creditType?, from?, to?, points?} -> history.schema.json
 *   list_alerts        {connection?, level?, limit?}     -> {alerts:[ALERT]}
 *
 *   forecast_pool      {connection, creditType?}         -> forecast.schema.json
 *
 *   listed, scope "usage"
 *   list_subscriptions     {}                             -> {subscriptions:[SUBSCRIPTION]}
 *   get_subscription_usage {subscription, from?, to?}     -> usage.schema.json; months as "2026-03"
 *
 *   listed, scope "write"
 *   record_reading     {connection, creditType, balance|null, label?, unit?, balanceLimit?,
 *                       recordedAt?} -> {stored, duplicates, conflicts}; without recordedAt the
 *                      same within a minute is a duplicate
 *   set_thresholds     {connection, creditType?, low?, critical?} -> CONNECTION; asks the user
 *                      first where the client can
 *
 *   listed, scope "admin"
 *   check_store        {restMs?} -> {rows, damaged, firstDamaged|null}; a task where the client
 *                      can have one
 *
 *   hidden (REST: models have resources for it), scope "read"
 *   get_pool           {connection: id or name, creditType?}          -> {pools:[POOL]}
 *
 *   hidden (REST), scope "usage.record"
 *   record_usage       {subscription, type, requests?, bandwidth_bytes?, at?, id?} or
 *                      {subscription, events:[the same, 1..500]}, and idempotencyKey?
 *                      -> {recorded, duplicates, conflicts}
 *
 *   listed, scope "account"
 *   get_spend_series   {period? "7d"|"30d"|"90d"} -> {period, total_credits_used,
 *                      data:[{date, credits_used}]}
 *   list_connected_apps {} -> {apps:[{app_id, name, credits_used, last_used_at}]}
 *
 *   hidden (REST, for everybody), scope "login"
 *   list_packages      {} -> {packages:[{id, name, price_cents, balance_display, credits}]}
 *
 *   report_payment     {signature, payload} -> {received, outcome}; by who takes the money
 *
 *   hidden, scope "account"
 *   create_checkout    {package_id, idempotencyKey?} -> {checkout_url, session_id}
 *   get_order          {order} -> ORDER
 *
 *   hidden, scope "admin"
 *   list_orders        {status?, limit?} -> {orders:[ORDER]}
 *   approve_order      {order} -> ORDER; its credits are in the account
 *   reject_order       {order} -> ORDER
 *
 *   listed, scope "wallet"
 *   get_balance        {} -> {wallet, balance, reserved, available}
 *   reserve_credits    {amount, ttl_seconds? 300, app?, ref?, idempotencyKey?} -> RESERVATION
 *   settle_reservation {reservation, amount} -> RESERVATION
 *   release_reservation {reservation} -> RESERVATION
 *
 *   hidden, scope "wallet"
 *   list_ledger        {account?, before?, limit?}
 *                      -> {account, balance, reserved, entries:[ENTRY]}; another's: and admin
 *
 *   hidden, scope "wallet.grant"
 *   grant_credits      {external_user_id, amount, idempotencyKey, ref?} -> {external_user_id,
 *                      amount_granted, balance_before, balance_after, ledger_id, duplicate}
 *
 *   hidden, scope "admin"
 *   verify_ledger      {} -> {accounts, entries, wrong, first_wrong|null}
 *
 *   hidden (REST and command line), scope "admin"
 *   create_token       {name, scopes? ["read"] | connection (only pushes to it), expiresAt?,
 * ratePerMinute? (-1: unlimited)}
 *                      -> {id, name, token, hint, scopes, createdAt, expiresAt|null,
 *                          ratePerMinute|null}
 *   list_tokens        {} -> {tokens:[{id, name, hint, scopes, createdAt, expiresAt|null,
 *                          revokedAt|null, lastUsedAt|null, ratePerMinute|null,
 *                          status: active|expired|revoked}]}
 *   revoke_token       {token: id, or a name or hint that only one has} -> {id, name, revokedAt}
 *   create_login       {readOnly?, lastsSeconds?} -> {id, code, scopes, createdAt, expiresAt,
 *                          lastsSeconds}
 *   list_logins        {} -> {logins:[{id, kind: link|session, status: active|expired, scopes,
 *                          createdAt, lastUsedAt|null, expiresAt}]}
 *   revoke_login       {login: id or "all"} -> {ended}
 *   add_connection     {name, toolName, toolId?, topupUrl?, low?, critical?, status?,
 *                       alertEnabled?, demo?, source?: SOURCE} -> CONNECTION
 *   list_connections   {} -> {connections:[CONNECTION]}
 *   show_connection    {connection: id or name} -> CONNECTION, `pools` being [POOL]
 *   edit_connection    {connection, name?, toolName?, toolId?, topupUrl?, low?, critical?,
 *                       status?, alertEnabled?, source?}; absent: untouched, null: cleared
 *                      -> CONNECTION; status disconnected: its source is not asked any more
 *                      {connection, creditType, low?, critical?}: of that credit type alone
 *   remove_connection  {connection} -> {id, name, removedReadings}
 *   push_readings      as add_reading, and idempotencyKey?; scope "push" -> the same
 *   add_reading        {connection, creditType, balance|null, label?, unit?, balanceLimit?,
 *                       recordedAt?} or {connection, readings:[the same, 1..500]}, and demo?: true
 *                      only for a connection that was added as demo and that no edit or other
 *                      reading has made the owner's -> {stored, duplicates, conflicts}
 *   add_plan           {id, display_name?, requests?, bandwidth_bytes?} -> PLAN
 *   list_plans         {} -> {plans:[PLAN]}
 *   edit_plan          {plan: id, display_name?, requests?, bandwidth_bytes?}; absent: untouched,
 *                       null: unlimited -> PLAN
 *   remove_plan        {plan: id} -> PLAN; refused while a subscription is on it
 *   add_subscription   {app_name, plan, platform?, status?} -> SUBSCRIPTION
 *   show_subscription  {subscription: id or name} -> SUBSCRIPTION; scope "usage"
 *   edit_subscription  {subscription: id or name, app_name?, plan?, platform?, status?} -> the same
 *   remove_subscription {subscription} -> the same
 *   add_webhook        {name, url, format?, level?, signed?} -> WEBHOOK with secret|null
 *   list_webhooks      {} -> {webhooks:[WEBHOOK]}
 *   edit_webhook       {webhook: id or name, name?, url?, format?, level?, enabled?} -> WEBHOOK
 *   rotate_webhook     {webhook, overlapSeconds?} -> {id, name, secret, overlapUntil|null}
 *   test_webhook       {webhook} -> {deliveryId, webhookId, webhookName}
 *   remove_webhook     {webhook} -> {id, name}
 *   list_deliveries    {webhook?, delivery?, limit?} -> {deliveries:[DELIVERY]}
 *   replay_delivery    {delivery: id} -> {deliveryId, webhookId, webhookName}
 *
 *   SOURCE: {template: id | definition: source.h, secret?, account?, everySeconds? 900}, or of one
 *   that is there only what changes; with another definition its secrets are given anew.
 *
 *   listed, scope "account": whoever is signed in with a password
 *   get_account        {} -> user.schema.json "account"
 *
 *   hidden (REST, for everybody), scope "login"
 *   register_user      {email, password, name?} -> {user: {id, email, balance}, session_token,
 *                      expires_at}; where open_registration
 *   log_in             {email, password} -> the same
 *
 *   hidden (REST), scope "account"
 *   get_me             {} -> {user: {id, email, balance}}
 *   log_out            {} -> {success}
 *   edit_account       {name?, avatar_url?, user_metadata?}; absent: untouched, null: cleared
 *                      -> {id, email, name, avatar_url, user_metadata}
 *   set_topoff         {auto_topoff_enabled?, auto_topoff_threshold?, auto_topoff_amount?} -> all
 *   delete_account     {password} -> {ok, message}
 *
 *   hidden (command line), scope "operator"
 *   add_user           {email, password, name?, operator?} -> USER
 *   list_users         {limit?, after?} -> {users: [USER]}
 *   set_user_password  {user: address, password} -> USER; ends the sessions
 *   remove_user        {user: address} -> USER
 *
 *   hidden, for the sign-in page
 *   open_login         {code} -> {session, scopes, expiresAt, lastsSeconds}; scope "login"
 *   close_login        {} -> {ended}: the session that asks; scope "read"
 *
 *   ORDER: order.schema.json.   RESERVATION: reservation.schema.json.
 *   PLAN: plan.schema.json.   SUBSCRIPTION: subscription.schema.json.   USER: user.schema.json.
 *   ALERT: alert.schema.json.   WEBHOOK, DELIVERY: webhook.schema.json.
 *   CONNECTION: {id, name, tool{id, name, topupUrl|null}, status, thresholds{low|null,
 *   critical|null}, alertEnabled, createdAt, pools: how many}.   POOL: pool.schema.json "pool". */
#ifndef CISTERN_TOOLS_H
#define CISTERN_TOOLS_H

#include <mcp/clock.h>
#include <mcp/error.h>
#include <mcp/log.h>
#include <mcp/principal.h>
#include <mcp/prompt.h>
#include <mcp/resource.h>
#include <mcp/server.h>
#include <mcp/tool.h>
#include <store/store.h>
#include <tools/outbox.h>
#include <tools/package.h>
#include <tools/payment.h>
#include <tools/source.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tools;

struct tools_options {
    struct mcp_clock clock; /* required */
    struct mcp_log log;
    const char *token_prefix; /* tools_is_prefix(); of new tokens, 1..32 of [A-Za-z0-9_-]; NULL:
                                 "qc_live_". Tokens made with another prefix stay valid */
    const char *usage_prefix; /* the same of usage keys (tools/usage_key.h); NULL: "qg_live_" */
    int64_t history_full_ms,
        history_all_ms;             /* readings: all are kept, some are; 0: 7 and 90 days */
    const uint8_t *seal_key;        /* 32 bytes, copied; NULL: no secrets can be kept */
    int64_t welcome_credits;        /* of a new user, but the operator; 0: none */
    bool open_registration;         /* whoever reaches the server may make an account */
    bool has_cheap_passwords;       /* of new ones: for tests, which have many, never for people */
    const struct package *packages; /* that credits are sold as, copied; at most PACKAGES_MAX */
    size_t n_packages;              /* 0: package_defaults */
    /* Thresholds of a pool that has none of its own, nor its connection. */
    bool has_low, has_critical;
    int64_t low_micro, critical_micro;
};

/* True for a prefix that tokens may have: 1 to 32 of [A-Za-z0-9_-]. */
MCP_API bool tools_is_prefix(mcp_str s);

/* NULL when out of memory or when an option is wrong. `store` must outlive it (NULL: the rows are
 * only looked at, nothing is called); release it with
 * tools_free() when no call is in flight, before store_close(). A flush that is on its way then is
 * still written. */
MCP_API struct tools *tools_new(struct store *store, const struct tools_options *opt);
/* Take over the thresholds and the times of the history from `opt`; the rest is not looked at.
 * False when the thresholds are wrong: nothing is changed then. */
MCP_API MCP_MUST_USE bool tools_retune(struct tools *t, const struct tools_options *opt);
MCP_API void tools_free(struct tools *t); /* NULL is a no-op */

/* Whether the store's secrets open with `key` (32 bytes; NULL: there is none): MCP_OK;
 * MCP_E_NOT_FOUND: it holds no secrets yet; MCP_E_CONFLICT: they need another key; MCP_E_STORAGE.
 */
MCP_API MCP_MUST_USE mcp_err tools_check_key(struct store *store, const uint8_t *key);

/* The rows, for struct mcp_server_options; they live as long as `t`. */
MCP_API const struct mcp_tool_set *tools_sets(struct tools *t, size_t *ret_n);

/* Pools as resources (pool_uri.h has their names), for struct mcp_server_options; one set. */
MCP_API const struct mcp_resource_set *tools_resources(struct tools *t);

/* The prompt morning_brief {tool?}; one set. */
MCP_API const struct mcp_prompt_set *tools_prompts(struct tools *t);

/* An mcp_verify_fn; `tools` is a struct tools. MCP_OK fills *ret; MCP_E_UNAUTHORIZED for a
 * missing, malformed, unknown, expired or revoked token or session alike; MCP_E_STORAGE: cannot
 * tell. */
MCP_API mcp_err tools_verify(void *tools, mcp_str credential, struct mcp_principal *ret);
/* Whether the token or session that `who` was made from has neither expired nor been revoked since;
 * for what stays open. Not a use of it. True also when the store cannot tell. */
MCP_API bool tools_is_live(struct tools *t, const struct mcp_principal *who);

/* ---- Warnings, sent by somebody who can ---- */

/* Take a message over: what it points to stays until tools_sent() is called with its slot, later,
 * once. False: no room, try later. At most eight at once. */
typedef bool outbox_send_fn(void *user, const struct outbox_message *m);

struct tools_sender {
    outbox_send_fn *send;
    void *user;
    /* What messages link to, at most 2,048 bytes, copied; NULL: nothing. */
    const char *dashboard_url;
    int64_t lease_ms; /* when another process may send what this one has claimed; 0: 60 s */
    /* Who mails are from, at most 254 bytes, copied: user_email_check(). NULL: none are sent, what
     * was on its way to a mailbox ends, and nothing more is queued for one. */
    const char *mail_from;
};

/* From now on what is due is sent; the tools decide what and when, sign it, and write down what
 * came of it. Without a sender everything waits in the store for a process that has one. Once.
 * OVERLOADED: no memory. */
MCP_API MCP_MUST_USE mcp_err tools_send_with(struct tools *t, const struct tools_sender *sender);
MCP_API void tools_sent(struct tools *t, size_t slot, const struct outbox_answer *a);

/* ---- Balances, asked for by somebody who can ---- */

struct source_ask {
    size_t slot; /* names it in the answer */
    mcp_str method, url;
    const struct outbox_header *headers; /* secrets are in them, and in the URL */
    size_t n_headers;
    int64_t timeout_ms;
    size_t answer_bytes_max;
};

struct source_answer {
    bool is_answered;
    bool is_final;          /* not answered, and by itself that will not change */
    bool is_cancelled;      /* by us, because we stop: as if it had not been asked */
    int status;             /* when answered */
    int64_t retry_after_ms; /* asked for by the service; negative: not */
    mcp_str body;           /* when answered */
    mcp_str note;           /* else: why not, for people */
};

/* Take it over: what it points to stays until tools_answered() is called with its slot, later,
 * once. False: no room, try later. At most eight at once. Redirects are not followed. */
typedef bool source_ask_fn(void *user, const struct source_ask *a);

struct tools_asker {
    source_ask_fn *ask;
    void *user;
    int64_t lease_ms; /* when another process may ask what this one has claimed; 0: 60 s */
};

/* From now on sources that are due are asked. Without an asker they wait for a process that has
 * one. Once. OVERLOADED: no memory. */
MCP_API MCP_MUST_USE mcp_err tools_poll_with(struct tools *t, const struct tools_asker *asker);
MCP_API void tools_answered(struct tools *t, size_t slot, const struct source_answer *a);
/* The source of a connection (id or name), for who asks it once: its definition and its values, in
 * `arena`; wipe ret->secret when it was used. NULL, or why not: a clause. */
MCP_API const char *tools_source(struct tools *t, uint64_t owner, mcp_str connection,
                                 struct mcp_arena *arena, mcp_json *ret_definition,
                                 struct source_values *ret);

/* ---- Payments, asked for by somebody who can (payment.h) ---- */

/* From now on orders are paid through Stripe, as `opt` says, which is copied; without it an
 * operator approves each. NULL, or what is wrong with it: a clause; nothing is changed then. Once.
 */
MCP_API const char *tools_pay_with(struct tools *t, const struct tools_payment *opt);

/* Nothing is sent or asked any more; before everything is given back as cancelled. */
MCP_API void tools_stop_sending(struct tools *t);

/* Every second or so: sends what is due, asks the sources that are, queues one write with the
 * last-use times, at most every five seconds. */
MCP_API void tools_tick(struct tools *t);
/* Tasks (mcp/task.h) that outlive the process: where they are kept, for struct mcp_task_options;
 * false: no memory. Then, before the first message, those of the process before: STORAGE,
 * OVERLOADED. For the one server of a store, see tools/task_store.h. */
MCP_API MCP_MUST_USE bool tools_keep_tasks(struct tools *t, struct mcp_task_store *ret);
MCP_API MCP_MUST_USE mcp_err tools_restore_tasks(struct tools *t, struct mcp_server *s);

/* A few times a second: tells the clients of `s` that subscribed what has changed in the store,
 * whichever process changed it (tools/pool_watch.h). Cheap when nothing has. */
MCP_API void tools_watch(struct tools *t, struct mcp_server *s);
/* Queue it now, before stopping; durable after the next store_complete() or store_close(). */
MCP_API void tools_flush(struct tools *t);

/* For store_verify(): NULL, or what is wrong with a row. Any bytes. */
MCP_API const char *tools_check_row(mcp_str key, mcp_str value, uint8_t version);

/* Whoever may open the data directory: owner 1, every scope, no rate limit. */
MCP_API struct mcp_principal tools_operator(void);

#ifdef __cplusplus
}
#endif
#endif
