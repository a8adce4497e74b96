/* tools/check_row.c - is a row of the store one of ours, and sound? For verify; any bytes. */
#include <tools/tools.h>

#include <tools/alert_row.h>
#include <tools/connection.h>
#include <tools/key.h>
#include <tools/ledger.h>
#include <tools/login.h>
#include <tools/mail_row.h>
#include <tools/once.h>
#include <tools/order.h>
#include <tools/outbox_row.h>
#include <tools/owner.h>
#include <tools/payer.h>
#include <tools/plan.h>
#include <tools/reading.h>
#include <tools/reservation.h>
#include <tools/source_row.h>
#include <tools/spend.h>
#include <tools/subscription.h>
#include <tools/task_row.h>
#include <tools/token.h>
#include <tools/token_use.h>
#include <tools/usage.h>
#include <tools/usage_alert.h>
#include <tools/usage_feed.h>
#include <tools/usage_once.h>
#include <tools/user.h>
#include <tools/webhook.h>

static const char *check_history(const struct pool_history *h)
{
    for (size_t i = 0; i < h->n; i++) {
        if (h->points[i].at_ms < 0 || (i > 0 && h->points[i].at_ms / POOL_BUCKET_MS <=
                                                    h->points[i - 1].at_ms / POOL_BUCKET_MS)) {
            return "a pool's history is out of order";
        }
    }
    return NULL;
}

static const char *check_pool(mcp_str value, uint8_t version)
{
    struct pool p;

    if (!pool_decode(value, version, &p)) {
        return "not a pool record";
    }
    if (name_check(p.credit_type, POOL_TYPE_MAX) || name_check(p.label, NAME_BYTES_MAX) ||
        name_check(p.unit, POOL_UNIT_MAX)) {
        return "a pool's names are not valid";
    }
    if (p.recorded_ms < 0) {
        return "a pool's time is not valid";
    }
    return pool_thresholds_check(&p.own) ? "a pool's thresholds are not valid"
                                         : check_history(&p.history);
}

static const char *check_connection(mcp_str key, mcp_str value, uint8_t version)
{
    struct connection c;

    if (key.len == KEY_POOL_BYTES) {
        return check_pool(value, version);
    }
    if (key.len != KEY_SEQUENCE_BYTES || !connection_decode(value, version, &c)) {
        return "not a connection record";
    }
    if (name_check(c.name, NAME_BYTES_MAX) || name_check(c.tool_name, NAME_BYTES_MAX) ||
        name_check(c.tool_id, NAME_SLUG_MAX) || (c.topup_url.len && name_check_url(c.topup_url))) {
        return "a connection's names are not valid";
    }
    return pool_thresholds_check(&c.thresholds) ? "a connection's thresholds are not valid" : NULL;
}

static const char *check_webhook(mcp_str key, mcp_str value, uint8_t version)
{
    struct webhook w;

    if (key.len != KEY_SEQUENCE_BYTES || !webhook_decode(value, version, &w)) {
        return "not a webhook record";
    }
    return name_check(w.name, NAME_BYTES_MAX) ? "a webhook's name is not valid" : NULL;
}

static const char *check_alert(mcp_str key, mcp_str value, uint8_t version)
{
    struct alert a;

    if (key.len != KEY_SEQUENCE_BYTES || !alert_decode(value, version, &a)) {
        return "not an alert record";
    }
    return name_check(a.subject, NAME_BYTES_MAX) ? "an alert's name is not valid" : NULL;
}

static const char *check_delivery(mcp_str key, mcp_str value, uint8_t version)
{
    struct delivery d;

    return key.len == KEY_SEQUENCE_BYTES && delivery_decode(value, version, &d)
               ? NULL
               : "not a delivery record";
}

static const char *check_mail(mcp_str key, mcp_str value)
{
    return (key.len == KEY_OWNED_BYTES && value.len == 0) ||
                   (key.len == KEY_SEQUENCE_BYTES && value.len <= MAIL_SEALED_MAX)
               ? NULL
               : "not where a mail goes";
}

/* Index entries and the like: what they say is in their key. */
static const char *check_fixed(mcp_str key, mcp_str value)
{
    static const struct {
        enum key_table table;
        size_t key_bytes, value_bytes;
        const char *why;
    } FIXED[] = {
        {KEY_TOKEN_TOLD, KEY_ID_BYTES, 1, "not a token's last warning"},
        {KEY_TOKEN_USE, KEY_ID_BYTES, 8, "not a token's last use"},
        {KEY_CONNECTION_ID, KEY_ID_BYTES, 8, "not an index entry of a connection"},
        {KEY_CONNECTION_NAME, KEY_ID_BYTES, 8, "not an index entry of a connection"},
        {KEY_DUE, KEY_DUE_BYTES, 0, "not an index entry of a delivery"},
        {KEY_SEAL, KEY_OWNED_BYTES, 16, "not the mark of a key"},
        {KEY_POLL, KEY_POLL_BYTES, 0, "not an index entry of a source"},
        {KEY_RESERVATION_DUE, KEY_ONCE_AT_BYTES, 0, "not an index entry of a reservation"},
        {KEY_ONCE_AT, KEY_ONCE_AT_BYTES, 0, "not an index entry of a request"},
        {KEY_USAGE_ONCE_AT, KEY_USAGE_ONCE_AT_BYTES, 0, "not an index entry of an event"},
        {KEY_CHARGE, KEY_ONCE_AT_BYTES, 0, "not an index entry of a charge"},
        {KEY_USER_EMAIL, KEY_ID_BYTES, 8, "not an index entry of a user"},
        {KEY_SUBSCRIPTION_ID, KEY_ID_BYTES, 8, "not an index entry of a subscription"},
    };

    for (size_t i = 0; key.len && i < sizeof(FIXED) / sizeof(FIXED[0]); i++) {
        if ((uint8_t)key.ptr[0] == FIXED[i].table) {
            return key.len == FIXED[i].key_bytes && value.len == FIXED[i].value_bytes
                       ? NULL
                       : FIXED[i].why;
        }
    }
    return "a row of no table that this version knows";
}

static const char *check_task(mcp_str key, mcp_str value, uint8_t version)
{
    struct task_head task;

    if ((uint8_t)key.ptr[0] == KEY_TASK_PART) {
        return key.len == KEY_TASK_PART_BYTES && value.len <= TASK_PART_BYTES
                   ? NULL
                   : "not a part of a task's outcome";
    }
    return key.len == KEY_TASK_BYTES && task_head_decode(value, version, &task) ? NULL
                                                                                : "not a task";
}

static const char *check_credential(mcp_str key, mcp_str value, uint8_t version)
{
    struct token token;
    struct token_info info;
    struct login_place place;
    struct login login;

    switch ((uint8_t)key.ptr[0]) {
    case KEY_TOKEN:
        return key.len == KEY_TOKEN_BYTES && token_decode(value, version, &token)
                   ? NULL
                   : "not a token record";
    case KEY_TOKEN_INFO:
        return key.len == KEY_SEQUENCE_BYTES && token_info_decode(value, version, &info)
                   ? NULL
                   : "not a token's description";
    case KEY_LOGIN:
        return key.len == KEY_TOKEN_BYTES && login_place_decode(value, version, &place)
                   ? NULL
                   : "not the place of a login";
    case KEY_LOGIN_INFO:
        return key.len == KEY_SEQUENCE_BYTES && login_decode(value, version, &login)
                   ? NULL
                   : "not a login record";
    default:
        return "a row of no table that this version knows";
    }
}

static const char *check_money(mcp_str key, mcp_str value, uint8_t version)
{
    struct ledger_entry entry;
    struct wallet wallet;
    struct reservation reservation;
    struct spend_app app;
    struct order order;
    struct payer payer;
    int64_t credits;

    switch (key.len ? (uint8_t)key.ptr[0] : 0) {
    case KEY_LEDGER:
        return key.len == KEY_SEQUENCE_BYTES && ledger_decode(value, version, &entry)
                   ? NULL
                   : "not an entry of a ledger";
    case KEY_WALLET:
        return key.len == KEY_OWNED_BYTES && wallet_decode(value, version, &wallet)
                   ? NULL
                   : "not a wallet";
    case KEY_RESERVATION:
        return key.len == KEY_ID_BYTES && reservation_decode(value, version, &reservation)
                   ? NULL
                   : "not a reservation";
    case KEY_SPEND:
        return key.len == KEY_DAY_BYTES && spend_day_decode(value, version, &credits)
                   ? NULL
                   : "not what was spent on a day";
    case KEY_SPEND_APP:
        return key.len == KEY_ID_BYTES && spend_app_decode(value, version, &app)
                   ? NULL
                   : "not what an app spent";
    case KEY_ORDER:
        return key.len == KEY_ORDER_BYTES && order_decode(value, version, &order) ? NULL
                                                                                  : "not an order";
    case KEY_PAYER:
        return key.len == KEY_OWNED_BYTES && payer_decode(value, version, &payer)
                   ? NULL
                   : "not how an account pays";
    case KEY_ONCE_ANSWER:
        return key.len == KEY_ID_BYTES && value.len <= ONCE_ANSWER_MAX
                   ? NULL
                   : "not what a request was answered";
    default:
        return check_fixed(key, value);
    }
}

static const char *check_usage(mcp_str key, mcp_str value, uint8_t version)
{
    struct plan plan;
    struct subscription subscription;
    struct usage_month month;
    struct usage_counts counts;
    struct usage_feed feed;
    struct usage_told told;
    struct once_row once;
    uint64_t n;

    switch (key.len ? (uint8_t)key.ptr[0] : 0) {
    case KEY_PLAN:
        return key.len == KEY_SEQUENCE_BYTES && plan_decode(value, version, &plan) ? NULL
                                                                                   : "not a plan";
    case KEY_SUBSCRIPTION:
        return key.len == KEY_SEQUENCE_BYTES && subscription_decode(value, version, &subscription)
                   ? NULL
                   : "not a subscription";
    case KEY_USAGE:
        return key.len == KEY_MONTH_BYTES && usage_month_decode(value, version, &month)
                   ? NULL
                   : "not a month's usage";
    case KEY_USAGE_ONCE_COUNT:
        return key.len == KEY_OWNED_BYTES && usage_once_count_decode(value, version, &n)
                   ? NULL
                   : "not the number of an owner's events";
    case KEY_USAGE_TOLD:
        return key.len == KEY_MONTH_BYTES && usage_told_decode(value, version, &told)
                   ? NULL
                   : "not what was told of a month";
    case KEY_USAGE_FEED:
        return key.len == KEY_ID_BYTES && usage_feed_decode(value, version, &feed)
                   ? NULL
                   : "not the place of a feed";
    case KEY_USAGE_ONCE:
        return key.len == KEY_ID_BYTES && once_decode(value, version, &once)
                   ? NULL
                   : "not the name of an event";
    case KEY_USAGE_COUNTS:
        return key.len == KEY_OWNED_BYTES && usage_counts_decode(value, version, &counts)
                   ? NULL
                   : "not the counters of subscriptions";
    default:
        return check_money(key, value, version);
    }
}

static const char *check_user(mcp_str key, mcp_str value, uint8_t version)
{
    struct user user;
    struct user_counts counts;
    mcp_str password;

    if (key.len != KEY_OWNED_BYTES) {
        return "not a user's";
    }
    switch ((uint8_t)key.ptr[0]) {
    case KEY_USER:
        return user_decode(value, version, &user) ? NULL : "not a user";
    case KEY_USER_PASSWORD:
        return user_password_decode(value, version, &password) ? NULL : "not a user's password";
    default:
        return user_counts_decode(value, version, &counts) ? NULL : "not the counters of users";
    }
}

/* People, tasks, requests that name themselves, and what is in keys alone. */
static const char *check_rest(mcp_str key, mcp_str value, uint8_t version)
{
    struct once_row once;

    switch (key.len ? (uint8_t)key.ptr[0] : 0) {
    case KEY_USER:
    case KEY_USER_PASSWORD:
    case KEY_USERS:
        return check_user(key, value, version);
    case KEY_TASK:
    case KEY_TASK_PART:
        return check_task(key, value, version);
    case KEY_MAIL:
        return check_mail(key, value);
    case KEY_ONCE:
        return key.len == KEY_ID_BYTES && once_decode(value, version, &once)
                   ? NULL
                   : "not what a request was answered";
    default:
        return check_usage(key, value, version);
    }
}

const char *tools_check_row(mcp_str key, mcp_str value, uint8_t version)
{
    struct owner owner;
    struct reading reading;
    struct alert_standing standing;
    struct outbox_count count;
    struct source source;

    switch (key.len ? (uint8_t)key.ptr[0] : 0) {
    case KEY_TOKEN:
    case KEY_TOKEN_INFO:
    case KEY_LOGIN:
    case KEY_LOGIN_INFO:
        return check_credential(key, value, version);
    case KEY_CONNECTION:
        return check_connection(key, value, version);
    case KEY_READING:
        return key.len == KEY_READING_BYTES && reading_decode(value, version, &reading)
                   ? NULL
                   : "not a reading";
    case KEY_OWNER:
        return key.len == KEY_OWNED_BYTES && owner_decode(value, version, &owner)
                   ? NULL
                   : "not an owner's record";
    case KEY_WEBHOOK:
        return check_webhook(key, value, version);
    case KEY_ALERT:
        return check_alert(key, value, version);
    case KEY_ALERT_STATE:
        return key.len == KEY_SEQUENCE_BYTES && alert_standing_decode(value, version, &standing)
                   ? NULL
                   : "not the state of a connection's alerts";
    case KEY_DELIVERY:
        return check_delivery(key, value, version);
    case KEY_OUTBOX:
        return key.len == KEY_OWNED_BYTES && outbox_count_decode(value, version, &count)
                   ? NULL
                   : "not an outbox's counters";
    case KEY_SOURCE:
        return key.len == KEY_SEQUENCE_BYTES && source_decode(value, version, &source)
                   ? NULL
                   : "not a source";
    default:
        return check_rest(key, value, version);
    }
}
