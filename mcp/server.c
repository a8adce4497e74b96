/* mcp/server.c - the server's life, and the door every message comes through. */
#include <mcp/engine.h>

#include <mcp/alloc.h>
#include <mcp/asking.h>
#include <mcp/extending.h>
#include <mcp/tasking.h>

#include <assert.h>
#include <sodium.h>
#include <stdio.h>

#define CHECK_BYTES_MAX                                                                            \
    ((size_t)32 << 20) /* of the tree of a result; a larger one is not checked */

/* Everything the server says again and again, printed once. */
static bool print_constants(struct mcp_server *s, const struct mcp_server_options *opt)
{
    const struct mcp__list_items items = {.page_items = opt->page_tools ? opt->page_tools : 100,
                                          .has_ui = s->has_ui,
                                          .is_hiding = opt->hiding != MCP_HIDE_NOTHING,
                                          .cursor_key = s->cursor_key,
                                          .meta = mcp_buf_str(&s->meta)};
    size_t largest = 0;
    bool failed = false;

    for (int rev = 0; rev < MCP__REV_COUNT; rev++) {
        mcp__identity_print_hello(s, opt, (enum mcp__rev)rev);
        failed = failed || s->hello[rev].failed;
        largest = s->hello[rev].len > largest ? s->hello[rev].len : largest;
    }
    if (failed || !mcp__tools_print(&s->tools, items, opt) ||
        !mcp__resources_print(&s->resources, items, opt) ||
        !mcp__prompts_print(&s->prompts, items, opt)) {
        return false;
    }
    const struct mcp__list *lists[] = {
        &s->tools.list[0],     &s->tools.list[1],          &s->resources.list[0],
        &s->resources.list[1], &s->resources.templates[0], &s->resources.templates[1],
        &s->prompts.list};

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        largest = lists[i]->largest_bytes > largest ? lists[i]->largest_bytes : largest;
    }
    /* Whatever the cap of a call, our own constants fit. */
    mcp_buf_init(&s->out, s->call_bytes_max + largest);
    return mcp_json_read(&s->constants, MCP_STR("{}"), &s->limits, &s->empty, NULL) == MCP_OK;
}

static void set_limits(struct mcp_server *s, const struct mcp_server_options *opt)
{
    const struct mcp_json_limits usual = MCP_JSON_LIMITS_INIT;
    struct mcp_json_limits *l = &s->limits;

    *l = opt->json;
    l->bytes_max = l->bytes_max ? l->bytes_max : usual.bytes_max;
    l->depth_max = l->depth_max ? l->depth_max : usual.depth_max;
    l->nodes_max = l->nodes_max ? l->nodes_max : usual.nodes_max;
    l->refuse_duplicates = true;
    s->check_limits = (struct mcp_json_limits){SIZE_MAX / 4, 64, SIZE_MAX / 4, true};
    s->call_bytes_max = opt->call_bytes_max ? opt->call_bytes_max : (size_t)8 << 20;
    s->calls_max = opt->calls_max ? opt->calls_max : 10000;
    s->rate_per_minute = opt->rate_per_minute;
    s->trusts_results = opt->trusts_results;
    s->on_end = opt->on_end;
    s->on_end_user = opt->on_end_user;
    s->rooms[MCP__ROOM_LISTENING] =
        mcp__room_of(opt->listeners_max, 10000, opt->listeners_each_max);
    s->rooms[MCP__ROOM_WATCHES] = mcp__room_of(opt->watches_max, 16384, opt->watches_each_max);
    s->rooms[MCP__ROOM_ASKING] = mcp__room_of(s->calls_max, 0, opt->asks_each_max);
    s->ask_timeout_ms = opt->ask_timeout_ms ? opt->ask_timeout_ms : 600000;
    s->time_limit_ms = opt->time_limit_ms;
    s->rate_slots = opt->rate_slots ? opt->rate_slots : 65536;
}

static void set_secrets(struct mcp_server *s, const struct mcp_server_options *opt)
{
    uint8_t secret[32];

    memcpy(secret, opt->secret, sizeof(secret));
    if (sodium_is_zero(secret, sizeof(secret))) {
        randombytes_buf(secret, sizeof(secret));
    }
    mcp__cursor_key(secret, s->cursor_key);
    mcp__seal_key(secret, s->state_key);
    randombytes_buf(s->hash_key, sizeof(s->hash_key));
    sodium_memzero(secret, sizeof(secret));
}

static mcp_err init_rows(struct mcp_server *s, const struct mcp_server_options *opt,
                         const struct mcp__complaint *c)
{
    const struct mcp_cache *caches[] = {&opt->cache.discover, &opt->cache.tools,
                                        &opt->cache.resources, &opt->cache.templates,
                                        &opt->cache.prompts};

    for (size_t i = 0; i < sizeof(caches) / sizeof(caches[0]); i++) {
        if (caches[i]->ttl_ms < 0) {
            return mcp__complain(c, "the time to cache a list is negative");
        }
    }
    const struct mcp__row_text text = {.kind = "server",
                                       .name = opt->name,
                                       .icons = opt->icons,
                                       .time_limit_ms = opt->time_limit_ms};
    mcp_err err = mcp__row_check(&text, opt, c);

    if (!err) {
        err = mcp__tools_init(&s->tools, opt, c);
    }
    if (!err) {
        err = mcp__resources_init(&s->resources, opt, c);
    }
    if (!err) {
        err = mcp__prompts_init(&s->prompts, opt, c);
    }
    err = err ? err : mcp__extensions_init(s, opt, c);
    return err ? err : mcp__ui_init(s, c);
}

struct mcp_server *mcp_server_new(const struct mcp_server_options *opt, char *reterr,
                                  size_t reterr_bytes)
{
    struct mcp_server *s = NULL;

    if (!opt->name || !opt->version || !opt->clock.wall_ms || !opt->clock.monotonic_ms) {
        snprintf(reterr, reterr_bytes, "a server needs a name, a version and a clock");
        return NULL;
    }
    s = sodium_init() < 0 ? NULL : mcp_alloc_new(struct mcp_server);
    if (!s) {
        snprintf(reterr, reterr_bytes, "out of memory");
        return NULL;
    }
    s->clock = opt->clock;
    s->log = opt->log;
    s->announces = opt->announces;
    s->executor = opt->executor;
    s->has_logging = opt->has_logging;
    s->hiding = opt->hiding;
    set_limits(s, opt);
    set_secrets(s, opt);
    mcp_arena_init(&s->constants, SIZE_MAX / 2);
    mcp_arena_init(&s->check, CHECK_BYTES_MAX);
    if (init_rows(s, opt, &(struct mcp__complaint){reterr, reterr_bytes})) {
        mcp_server_free(s);
        return NULL;
    }
    if (!mcp__identity_take(s, opt) || !print_constants(s, opt)) {
        snprintf(reterr, reterr_bytes, "out of memory");
        mcp_server_free(s);
        return NULL;
    }
    return s;
}

/* Those that are with the executor are told, and released when it gives them back. */
static void end_calls(struct mcp_server *s)
{
    for (size_t i = 0; i < s->n_due; i++) {
        s->due[i]->place = 0;
    }
    s->n_due = 0;
    for (struct mcp__link *l = s->calls, *next; l; l = next) {
        struct mcp_call *call = MCP__OF(struct mcp_call, in_server, l);

        next = l->next;
        if (call->work) {
            mcp__call_forget(call);
        } else {
            mcp__call_destroy(call);
        }
    }
}

void mcp_server_set_rate(struct mcp_server *s, int32_t per_minute)
{
    s->rate_per_minute = per_minute;
}

void mcp_server_free(struct mcp_server *s)
{
    if (!s) {
        return;
    }
    s->is_over = true;
    mcp__batch_free_all(s);
    end_calls(s);
    if (!s->n_working) {
        mcp__server_release(s);
    }
}

void mcp__server_release(struct mcp_server *s)
{
    while (s->idle) {
        mcp__call_destroy(MCP__OF(struct mcp_call, in_server, s->idle));
    }
    mcp__tools_free(&s->tools);
    mcp__resources_free(&s->resources);
    mcp__prompts_free(&s->prompts);
    mcp__tasks_free(s);
    mcp_free(s->extensions);
    for (int rev = 0; rev < MCP__REV_COUNT; rev++) {
        mcp_buf_free(&s->hello[rev]);
    }
    mcp_buf_free(&s->meta);
    mcp_buf_free(&s->out);
    mcp_arena_free(&s->constants);
    mcp_arena_free(&s->check);
    mcp_limiter_free(s->limiter);
    mcp_free(s->due);
    sodium_memzero(s->cursor_key, sizeof(s->cursor_key));
    sodium_memzero(s->state_key, sizeof(s->state_key));
    mcp_free(s);
}

/* ---- Messages ---- */

static mcp_err read_message(struct mcp_call *call, mcp_str message, mcp_json *ret)
{
    struct mcp_server *s = call->server;
    struct mcp_json_fault fault = {0, ""};
    mcp_err err = MCP_OK;

    /* Slices of it live as long as the call. One that is too long is only looked at to say so. */
    if (message.len <= s->limits.bytes_max) {
        message = mcp_arena_dup(&call->arena, message);
        err = mcp_arena_failed(&call->arena) ? MCP_E_OVERLOADED : MCP_OK;
    }
    if (!err) {
        err = mcp_json_read(&call->arena, message, &s->limits, ret, &fault);
    }
    if (err == MCP_E_INVALID_JSON) {
        return mcp_fail(call, err, "not JSON at byte %zu: %s", fault.offset, fault.why);
    }
    return err;
}

static mcp_err receive(struct mcp_call *call, mcp_str message, const struct mcp_peer *peer)
{
    mcp_json root = {NULL, NULL};
    mcp_err err = read_message(call, message, &root);

    if (err == MCP_E_OVERLOADED) {
        /* Without an id it may be a notification, which must not be answered. */
        call->id = mcp__envelope_peek_id(message);
        call->is_silent = call->id.len == 0;
    }
    if (err) {
        return err;
    }
    if (mcp_json_type(root) == MCP_JSON_ARRAY && !call->is_batched) {
        return mcp__batch_run(call, root, peer);
    }
    return mcp__dispatch(call, root, peer);
}

void mcp__server_receive(struct mcp_server *s, mcp_str message, const struct mcp_peer *peer,
                         struct mcp_sink *sink, bool is_batched)
{
    struct mcp_call *call = mcp__call_new(s);

    if (!call) {
        mcp__reply_overloaded(sink, message);
        return;
    }
    call->sink = sink;
    call->principal = peer->principal;
    call->is_batched = is_batched;
    call->is_behind = peer->is_behind;
    call->is_full = peer->is_full;
    call->is_deaf = peer->is_deaf;
    /* Until the message says more: how to spell an id that cannot be read. */
    call->rev = peer->claim == MCP_SESSION_FOUND ? peer->session->rev : MCP__REV_NONE;
    mcp_err err = receive(call, message, peer);

    if (err != MCP_PENDING) {
        mcp_call_done(call, err);
    }
}

void mcp_server_handle(struct mcp_server *s, mcp_str message, const struct mcp_peer *peer,
                       struct mcp_sink *sink)
{
    mcp__server_receive(s, message, peer, sink, false);
}

void mcp_server_cancel(struct mcp_server *s, struct mcp_sink *sink)
{
    while (mcp__batch_cancel(s, sink)) {
    }
    mcp__calls_forget(s, sink);
}

void mcp_server_redirect(struct mcp_server *s, struct mcp_sink *sink, struct mcp_sink *to)
{
    while (sink != to && mcp__batch_redirect(s, sink, to)) {
    }
    mcp__calls_redirect(s, sink, to);
}

size_t mcp_server_calls(const struct mcp_server *s)
{
    return s->n_calls;
}

size_t mcp_server_waiting(const struct mcp_server *s)
{
    return s->rooms[MCP__ROOM_LISTENING].n + s->rooms[MCP__ROOM_ASKING].n +
           (s->tasks ? s->tasks->n_parked : 0);
}

size_t mcp_server_working(const struct mcp_server *s)
{
    return s->n_working;
}

const struct mcp_clock *mcp_server_clock(const struct mcp_server *s)
{
    return &s->clock;
}

const struct mcp_log *mcp_server_log(const struct mcp_server *s)
{
    return &s->log;
}

const struct mcp_tool *mcp_server_tool(const struct mcp_server *s, mcp_str name)
{
    const struct mcp__row *row = mcp__tools_find(&s->tools, name);

    return row ? row->tool : NULL;
}

const struct mcp_tool *mcp_server_tool_at(const struct mcp_server *s, size_t i)
{
    return i < s->tools.n_rows ? s->tools.rows[i].tool : NULL;
}

mcp_str mcp_server_discovery(const struct mcp_server *s)
{
    return mcp_buf_str(&s->hello[MCP__REV_2026_07_28]);
}

mcp_json mcp_server_tool_output(const struct mcp_server *s, const struct mcp_tool *tool)
{
    const struct mcp__row *row = tool ? mcp__tools_find(&s->tools, mcp_str_c(tool->name)) : NULL;

    return row && row->tool == tool && row->output ? mcp_schema_json(row->output)
                                                   : (mcp_json){NULL, NULL};
}

mcp_json mcp_server_tool_input(const struct mcp_server *s, const struct mcp_tool *tool)
{
    const struct mcp__row *row = tool ? mcp__tools_find(&s->tools, mcp_str_c(tool->name)) : NULL;

    return row && row->tool == tool ? mcp_schema_json(row->input) : (mcp_json){NULL, NULL};
}
