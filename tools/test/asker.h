/* tools/test/asker.h - whoever asks the services, as the test wants it to, and time that goes by.
 */
#ifndef TOOLS_TEST_ASKER_H
#define TOOLS_TEST_ASKER_H

#include <tools/test/setting.h>

#include <tools/source_poll.h>

enum { ASKED_MAX = 256 };

struct asked {
    size_t slot;
    mcp_str url, authorization;
    int64_t at_ms;
    bool is_open;
};

struct asker {
    struct setting *s;
    struct tools *tools;
    struct asked list[ASKED_MAX];
    size_t n;
    struct source_answer answer;
    bool keeps;   /* answer nothing by itself */
    bool is_lean; /* allocate nothing: what was asked is not kept */
};

static const uint8_t SEAL_KEY[32] = "0123456789abcdef0123456789abcde";

static inline bool take(void *user, const struct source_ask *a)
{
    struct asker *k = user;
    struct asked *to = &k->list[k->n++];

    T_CHECK(k->n <= ASKED_MAX && a->slot < SOURCE_SLOTS);
    T_EQ(a->timeout_ms, 10000);
    T_EQ(a->answer_bytes_max, 262144);
    *to = (struct asked){.slot = a->slot, .at_ms = k->s->wall_ms, .is_open = true};
    if (k->is_lean) {
        return true;
    }
    to->url = mcp_arena_dup(&k->s->arena, a->url);
    if (a->n_headers) {
        to->authorization = mcp_arena_dup(&k->s->arena, a->headers[0].value);
    }
    return true;
}

static inline void open_for(struct asker *k, struct setting *s, struct tools *t)
{
    *k = (struct asker){.s = s, .tools = t};
    k->answer = (struct source_answer){.is_answered = true,
                                       .status = 200,
                                       .retry_after_ms = -1,
                                       .body = MCP_STR("{\"left\":12.5,\"all\":50}")};
    T_EQ(tools_poll_with(t, &(struct tools_asker){take, k, 0}), MCP_OK);
}

static inline void open_all(struct setting *s, struct asker *k)
{
    struct tools_options opt = {.seal_key = SEAL_KEY};

    setting_open_with(s, &opt);
    open_for(k, s, s->tools);
}

/* A second goes by. */
static inline void tick(struct asker *k)
{
    k->s->wall_ms += 1000;
    k->s->monotonic_ms += 1000;
    tools_tick(k->tools);
    while (store_complete(k->s->store)) {
    }
    for (size_t i = 0; i < k->n && !k->keeps; i++) {
        if (k->list[i].is_open) {
            k->list[i].is_open = false;
            tools_answered(k->tools, k->list[i].slot, &k->answer);
        }
    }
    while (store_complete(k->s->store)) {
    }
}

/* How long until it is asked again. */
static inline int64_t wait_for_next(struct asker *k, int64_t most_ms)
{
    int64_t from_ms = k->s->wall_ms;
    size_t before = k->n;

    while (k->n == before && k->s->wall_ms - from_ms <= most_ms) {
        tick(k);
    }
    ck_assert_msg(k->n > before, "not asked within %lld ms", (long long)most_ms);
    return k->s->wall_ms - from_ms;
}

#define DEFINITION                                                                                 \
    "{'request':{'method':'GET','url':'https://api.example.org/v1/{account}/left',"                \
    "'headers':{'Authorization':'Bearer {secret}'}},"                                              \
    "'pools':[{'creditType':'c','label':'Credits','unit':'EUR','balance':'/left','limit':'/all'}]" \
    "}"
#define SOURCE "{'definition':" DEFINITION ",'secret':'s3cret','account':'a b','everySeconds':60}"

static inline void add(struct setting *s, const char *name)
{
    SAY_OK(s, "add_connection",
           mcp_arena_printf(&s->arena, "{'name':'%s','toolName':'T','low':10,'source':" SOURCE "}",
                            name)
               .ptr);
}

/* "active 0 why" */
static inline void shows(struct setting *s, const char *name, const char *status, int failures,
                         const char *reason)
{
    struct said said =
        say(s, "show_connection", mcp_arena_printf(&s->arena, "{'connection':'%s'}", name).ptr);
    mcp_json source = at(said.json, "source");

    T_STR(text_of(&said, said.json, "status"), status);
    T_EQ(mcp_json_int_or(at(source, "failures"), -1), failures);
    T_HAS(text_of(&said, source, "reason"), reason);
    T_CHECK(!mcp_str_has_nocase(said.result, MCP_STR("s3cret")));
}

static inline int64_t balance(struct setting *s)
{
    struct said said = say(s, "list_balances", "{}");
    int64_t micro = -1;

    (void)mcp_json_micro(at(mcp_json_first(at(said.json, "pools")), "balance"), &micro);
    return micro;
}

#endif
