/* tools/test/sender.h - a sender whose receivers are the test: it keeps what it is given and
 * answers as it is told, now or later. */
#ifndef TOOLS_TEST_SENDER_H
#define TOOLS_TEST_SENDER_H

#include <tools/test/setting.h>

enum { SENT_MAX = 512, SENT_HEADERS = 8 };

/* A message that was taken over; its texts live in the setting's arena. */
struct sent {
    size_t slot;
    int64_t at_ms;
    mcp_str url, mail_to, body, names[SENT_HEADERS], values[SENT_HEADERS];
    size_t n_headers;
    bool is_open;
};

struct sender {
    struct setting *s;
    struct tools *tools; /* whose messages they are */
    struct sent list[SENT_MAX];
    size_t n, n_counted;
    int status;             /* 0: nobody answers */
    int64_t retry_after_ms; /* 0: none */
    mcp_str note;
    bool keeps;                              /* answer nothing by itself */
    bool is_full;                            /* take nothing over */
    int (*status_for)(const struct sent *m); /* instead of `status` */
};

static inline bool sender_take(void *user, const struct outbox_message *m)
{
    struct sender *k = user;
    struct mcp_arena *arena = &k->s->arena;
    struct sent *to = &k->list[k->n];

    if (k->is_full) {
        return false;
    }
    T_CHECK(k->n < SENT_MAX && m->n_headers <= SENT_HEADERS && m->slot < 8);
    T_EQ(m->timeout_ms, m->mail_to.len ? 45000 : 15000);
    k->n++;
    *to = (struct sent){.slot = m->slot, .at_ms = k->s->wall_ms, .is_open = true};
    to->url = mcp_arena_dup(arena, m->url);
    to->body = mcp_arena_dup(arena, m->body);
    to->mail_to = mcp_arena_dup(arena, m->mail_to);
    to->n_headers = m->n_headers;
    for (size_t i = 0; i < m->n_headers; i++) {
        to->names[i] = mcp_arena_dup(arena, m->headers[i].name);
        to->values[i] = mcp_arena_dup(arena, m->headers[i].value);
    }
    return true;
}

static inline mcp_str header_of(const struct sent *m, const char *name)
{
    for (size_t i = 0; i < m->n_headers; i++) {
        if (mcp_str_eq(m->names[i], mcp_str_c(name))) {
            return m->values[i];
        }
    }
    return mcp_str_n(NULL, 0);
}

static inline void sender_open_mail(struct sender *k, struct setting *s, struct tools *t,
                                    const char *mail_from)
{
    *k = (struct sender){.s = s, .tools = t, .status = 200};
    struct tools_sender sender = {sender_take, k, "https://cistern.example/", 0, mail_from};

    T_EQ(tools_send_with(t, &sender), MCP_OK);
    while (store_complete(s->store)) {
    }
}

static inline void sender_open_for(struct sender *k, struct setting *s, struct tools *t)
{
    sender_open_mail(k, s, t, NULL);
}

static inline void sender_open(struct sender *k, struct setting *s)
{
    sender_open_for(k, s, s->tools);
}

static inline void sender_answer(struct sender *k, struct sent *m, int status)
{
    struct outbox_answer a = {
        .is_answered = status > 0,
        .is_mail = m->mail_to.len != 0,
        .status = status,
        .retry_after_ms = k->retry_after_ms ? k->retry_after_ms : -1,
        .took_ms = 7,
        .note = k->note,
    };

    T_CHECK(m->is_open);
    m->is_open = false;
    tools_sent(k->tools, m->slot, &a);
}

/* Send what is due now and answer it, until nothing happens any more. Returns how many were sent.
 */
static inline size_t sender_run(struct sender *k)
{
    size_t before = k->n_counted, seen;

    do {
        seen = k->n;
        tools_tick(k->tools);
        while (store_complete(k->s->store)) {
        }
        for (size_t i = 0; i < k->n && !k->keeps; i++) {
            if (k->list[i].is_open) {
                sender_answer(k, &k->list[i],
                              k->status_for ? k->status_for(&k->list[i]) : k->status);
            }
        }
        while (store_complete(k->s->store)) {
        }
    } while (k->n != seen);
    k->n_counted = k->n;
    return k->n - before;
}

/* The newest message. */
static inline struct sent *last_sent(struct sender *k)
{
    T_CHECK(k->n > 0);
    return &k->list[k->n - 1];
}

/* What the log says of the newest delivery: "delivered", "cancelled superseded" ... */
static inline void log_is(struct setting *s, size_t from_newest, const char *want)
{
    struct said said = say(s, "list_deliveries", "{'limit':200}");
    mcp_json d = mcp_json_at(at(said.json, "deliveries"), from_newest);
    mcp_str state = text_of(&said, d, "state"), reason = text_of(&said, d, "reason");
    mcp_str got = mcp_arena_printf(&s->arena, "%.*s%s%.*s", MCP_STR_ARG(state),
                                   reason.len ? " " : "", MCP_STR_ARG(reason));

    T_STR(got, want);
}

/* ---- A connection "Hunter" with thresholds 100 and 10, and readings of it ---- */

static const uint8_t SEAL_KEY[32] = "0123456789abcdef0123456789abcde";
#define HOOK "https://example.org/hooks/0123456789abcdef"

static inline void open_all(struct setting *s, struct sender *k)
{
    struct tools_options opt = {.seal_key = SEAL_KEY};

    setting_open_with(s, &opt);
    sender_open(k, s);
    SAY_OK(s, "add_connection",
           "{'name':'Hunter','toolName':'Hunter','low':100,'critical':10,"
           "'topupUrl':'https://hunter.io/billing'}");
}

/* A reading a second later. */
static inline void read_balance(struct setting *s, const char *connection, int balance)
{
    s->wall_ms += 1000;
    s->monotonic_ms += 1000;
    SAY_OK(s, "add_reading",
           mcp_arena_printf(&s->arena,
                            "{'connection':'%s','creditType':'verifications','balance':%d,"
                            "'label':'Verifications'}",
                            connection, balance)
               .ptr);
}

static inline void pass(struct setting *s, int64_t ms)
{
    s->wall_ms += ms;
    s->monotonic_ms += ms;
}

static inline mcp_str alert_state(struct setting *s, size_t from_newest)
{
    struct said said = say(s, "list_alerts", "{}");

    return text_of(&said, mcp_json_at(at(said.json, "alerts"), from_newest), "state");
}

static inline mcp_str webhook_state(struct setting *s)
{
    struct said said = say(s, "list_webhooks", "{}");

    return text_of(&said, mcp_json_at(at(said.json, "webhooks"), 0), "state");
}

#endif
