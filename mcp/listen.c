/* mcp/listen.c - subscriptions/listen: a request that is answered by notifications until one side
 * ends it (MCP 2026-07-28 basic/patterns "Subscriptions", protocol.md 2.12). */
#include <mcp/extending.h>
#include <mcp/listening.h>

#define FILTER(name, bit)                                                                          \
    {                                                                                              \
        MCP_STR_INIT(name), bit                                                                    \
    }

static const struct {
    mcp_str member;
    unsigned bit;
} FILTERS[] = {
    FILTER("toolsListChanged", MCP_CHANGED_TOOLS),
    FILTER("promptsListChanged", MCP_CHANGED_PROMPTS),
    FILTER("resourcesListChanged", MCP_CHANGED_RESOURCES),
};

#define RESOURCES "resourceSubscriptions"

bool mcp__listen_knows_filter(mcp_str member)
{
    for (size_t i = 0; i < sizeof(FILTERS) / sizeof(FILTERS[0]); i++) {
        if (mcp_str_eq(member, FILTERS[i].member)) {
            return true;
        }
    }
    return mcp_str_eq(member, MCP_STR(RESOURCES));
}

/* ---- What is wanted ---- */

static mcp_err read_lists(struct mcp_call *call, mcp_json filter, struct mcp__listener *l)
{
    for (size_t i = 0; i < sizeof(FILTERS) / sizeof(FILTERS[0]); i++) {
        mcp_json v = mcp_json_get(filter, FILTERS[i].member);

        if (mcp_json_present(v) && mcp_json_type(v) != MCP_JSON_BOOL) {
            return mcp_fail(call, MCP_E_INVALID_PARAMS, "params.notifications.%s must be a boolean",
                            FILTERS[i].member.ptr);
        }
        if (mcp_json_bool(v, false)) {
            l->wants |= FILTERS[i].bit & call->server->announces;
        }
    }
    return MCP_OK;
}

static mcp_err watch(struct mcp_call *call, const struct mcp_extension *e, mcp_str key)
{
    const struct mcp_server *s = call->server;
    mcp_err err = MCP_OK;

    if (!e && !(s->announces & MCP_CHANGED_RESOURCE)) {
        return MCP_OK;
    }
    if (!e) {
        err = mcp__resource_may_watch(call, key);
    } else if (e->may_watch && !e->may_watch(call, key, e->user)) {
        err = MCP_E_FORBIDDEN;
    }
    if (err && err != MCP_E_FORBIDDEN) {
        return err;
    }
    /* What is hidden looks like what has no row. */
    bool is_mute = !e && err && s->hiding == MCP_HIDE_ALTOGETHER;

    return !err || is_mute ? mcp__listener_watch(call, call->listener, e, key, is_mute) : MCP_OK;
}

/* The strings that `member` names, each taken by `watch`. */
static mcp_err read_keys(struct mcp_call *call, mcp_json filter, const char *member,
                         const struct mcp_extension *extension)
{
    mcp_json keys = mcp_json_get(filter, mcp_str_c(member));
    mcp_err err = MCP_OK;

    if (mcp_json_present(keys) && mcp_json_type(keys) != MCP_JSON_ARRAY) {
        return mcp_fail(call, MCP_E_INVALID_PARAMS,
                        "params.notifications.%s must be an array of strings", member);
    }
    for (mcp_json e = mcp_json_first(keys); !err && mcp_json_present(e);
         e = mcp_json_next(keys, e)) {
        mcp_str key = mcp_json_str(e, &call->arena, mcp_str_n(NULL, 0));

        err = mcp_json_type(e) == MCP_JSON_STRING ? watch(call, extension, key)
                                                  : MCP_E_INVALID_PARAMS;
    }
    if (err == MCP_E_INVALID_PARAMS) {
        return mcp_fail(call, err, "params.notifications.%s: strings of 1 to %d bytes", member,
                        MCP__WATCH_KEY_BYTES);
    }
    return err;
}

static mcp_err read_filter(struct mcp_call *call, mcp_json filter)
{
    const struct mcp_server *s = call->server;
    mcp_err err = read_lists(call, filter, call->listener);

    if (!err) {
        err = read_keys(call, filter, RESOURCES, NULL);
    }
    for (size_t i = 0; !err && i < s->n_extensions; i++) {
        const struct mcp_extension *e = s->extensions[i];

        if (!e->filter || !mcp_json_present(mcp_json_get(filter, mcp_str_c(e->filter)))) {
            continue;
        }
        err = e->is_open ? MCP_OK : mcp_client_need_extension(call, e->id);
        if (!err) {
            err = read_keys(call, filter, e->filter, e);
        }
    }
    return err;
}

/* ---- What is said ---- */

/* "_meta" with the id of the subscription. */
static void put_meta(struct mcp_json_writer *w, const struct mcp__listener *l)
{
    mcp_json_put_key(w, MCP_STR("_meta"));
    mcp_json_object(w);
    mcp_json_member_raw(w, MCP_STR(MCP__META_PREFIX "subscriptionId"), mcp_str_n(l->id, l->id_len));
    mcp_json_object_end(w);
}

/* The keys that are watched of one kind, if any. */
static void put_watches(struct mcp_json_writer *w, const struct mcp__listener *l,
                        const char *member, const struct mcp_extension *extension)
{
    size_t n = 0;

    for (const struct mcp__watch *at = l->watches; at; at = at->next) {
        if (at->extension == extension) {
            if (!n++) {
                mcp_json_put_key(w, mcp_str_c(member));
                mcp_json_array(w);
            }
            mcp_json_put_str(w, mcp_str_n(at->key, at->len));
        }
    }
    if (n) {
        mcp_json_array_end(w);
    }
}

/* The first message: what was asked for and is honoured. */
static bool acknowledge(struct mcp_call *call, const struct mcp__listener *l)
{
    struct mcp_json_writer w;
    struct mcp_buf out;

    mcp_buf_init(&out, call->server->call_bytes_max);
    mcp_json_writer_init(&w, &out);
    mcp_json_object(&w);
    mcp_json_member_str(&w, MCP_STR("jsonrpc"), MCP_STR("2.0"));
    mcp_json_member_str(&w, MCP_STR("method"), MCP_STR("notifications/subscriptions/acknowledged"));
    mcp_json_put_key(&w, MCP_STR("params"));
    mcp_json_object(&w);
    put_meta(&w, l);
    mcp_json_put_key(&w, MCP_STR("notifications"));
    mcp_json_object(&w);
    for (size_t i = 0; i < sizeof(FILTERS) / sizeof(FILTERS[0]); i++) {
        if (l->wants & FILTERS[i].bit) {
            mcp_json_member_bool(&w, FILTERS[i].member, true);
        }
    }
    put_watches(&w, l, RESOURCES, NULL);
    for (size_t i = 0; i < call->server->n_extensions; i++) {
        const struct mcp_extension *e = call->server->extensions[i];

        if (e->filter) {
            put_watches(&w, l, e->filter, e);
        }
    }
    mcp_json_object_end(&w);
    mcp_json_object_end(&w);
    mcp_json_object_end(&w);
    bool is_said = !out.failed;

    if (is_said) {
        call->sink->notify(call->sink, mcp_buf_str(&out), false);
    }
    mcp_buf_free(&out);
    return is_said;
}

/* "Graceful closure": the response that the request has waited for. */
static mcp_err close_listener(struct mcp_call *call, void *user)
{
    struct mcp__listener *l = call->listener;

    (void)user;
    if (mcp_call_is_cancelled(call)) {
        return MCP_E_REFUSED;
    }
    call->canned = mcp_arena_printf(&call->arena,
                                    "{\"resultType\":\"complete\",\"_meta\":{\"" MCP__META_PREFIX
                                    "subscriptionId\":%.*s}}",
                                    (int)l->id_len, l->id);
    return MCP_OK;
}

/* ---- The request ---- */

/* The call waits for long: it keeps its id, not the message. */
static void slim(struct mcp_call *call, const struct mcp__listener *l)
{
    size_t budget = call->arena.budget;

    mcp_arena_free(&call->arena);
    mcp_arena_init(&call->arena, budget);
    call->id = mcp_str_n(l->id, l->id_len);
    call->params = call->arguments = (mcp_json){NULL, NULL};
    call->method = MCP_STR("subscriptions/listen");
    call->progress_token = mcp_str_n(NULL, 0);
}

static mcp_err begin(struct mcp_call *call, mcp_json filter)
{
    struct mcp__listener *l = mcp__listener_new(call->server);

    if (!l) {
        return MCP_E_OVERLOADED;
    }
    call->listener = l; /* freed with the call */
    mcp_err err = mcp__room_take(call, MCP__ROOM_LISTENING, &l->share);

    l->has_place = !err;
    err = err ? err : mcp__gate(call, NULL, 1); /* it takes room */
    if (err) {
        return err;
    }
    l->call = call;
    l->owner = call->principal.owner;
    l->is_behind = call->is_behind;
    l->id_len = call->id.len;
    memcpy(l->id, call->id.ptr, call->id.len);
    err = read_filter(call, filter);
    if (err) {
        return err;
    }
    if (mcp_arena_failed(&call->arena) || !acknowledge(call, l)) {
        return MCP_E_OVERLOADED;
    }
    for (struct mcp__watch *at = l->watches; at; at = at->next) {
        if (at->extension) {
            mcp__watch_mark(at); /* nothing is lost between a look and the subscription */
        }
    }
    slim(call, l);
    return mcp_call_after(call, INT64_MAX, close_listener, NULL);
}

mcp_err mcp__listen(struct mcp_call *call)
{
    mcp_json filter = mcp_json_get(call->params, MCP_STR("notifications"));

    if (call->is_deaf) {
        return mcp_fail(call, MCP_E_INVALID_REQUEST, "Accept must name text/event-stream");
    }
    if (mcp_json_type(filter) != MCP_JSON_OBJECT) {
        return mcp_fail(call, MCP_E_INVALID_PARAMS, "params.notifications must be an object");
    }
    if (call->server->is_closing) {
        return mcp_fail(call, MCP_E_OVERLOADED, "the server is closing");
    }
    return begin(call, filter);
}

void mcp_server_stop_listening(struct mcp_server *s)
{
    s->is_closing = true;
    for (struct mcp__link *at = s->listeners; at; at = at->next) {
        struct mcp__listener *l = MCP__OF(struct mcp__listener, in_server, at);

        if (l->call) {
            mcp__step_hurry(l->call);
        }
    }
}
