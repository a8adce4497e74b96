/* mcp/test/weather.h - two extensions for tests, and a stage with a server that has them. */
#ifndef MCP_TEST_WEATHER_H
#define MCP_TEST_WEATHER_H

#include "engine_tools.h"

#include <mcp/ask.h>
#include <mcp/extension.h>

#include "tiny.h"

#define WEATHER "com.example/weather"
#define RADIO   "com.example/radio"

/* ---- Two extensions ---- */

/* What is known of a town; -1: the town is gone. */
struct sky {
    int degrees;
    int told;
};

static inline mcp_err forecast(struct mcp_call *call, void *user)
{
    const struct sky *sky = user;
    mcp_json town = mcp_json_get(mcp_call_params(call), MCP_STR("town"));

    if (mcp_json_type(town) != MCP_JSON_STRING) {
        return mcp_fail(call, MCP_E_NOT_FOUND, "params.town must be a string");
    }
    mcp_call_notify(call, "notifications/weather/looking", MCP_STR("{\"up\":true}"));
    mcp_json_member_raw(mcp_result(call), MCP_STR("town"), mcp_json_raw(town));
    mcp_json_member_int(mcp_result(call), MCP_STR("degrees"), sky->degrees);
    return MCP_OK;
}

static inline mcp_err nothing_to_say(struct mcp_call *call, void *user)
{
    (void)call, (void)user;
    return MCP_OK;
}

static inline mcp_err storm(struct mcp_call *call, void *user)
{
    (void)user;
    mcp_json_member_bool(mcp_result(call), MCP_STR("soon"), true);
    mcp_result_type(call, "storm");
    return MCP_OK;
}

static inline mcp_err later(struct mcp_call *call, void *user)
{
    return mcp_call_after(call, 10, forecast, user);
}

static inline mcp_err asks(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_ask_roots(call, "roots");
}

static inline mcp_err collides(struct mcp_call *call, void *user)
{
    (void)user;
    (void)mcp_json_member_int(mcp_result(call), MCP_STR("lost"), 1);
    return mcp_fail(call, MCP_E_STORAGE, "no instruments");
}

static inline bool may_watch(struct mcp_call *call, mcp_str key, void *user)
{
    (void)user;
    return !mcp_str_eq(key, MCP_STR("secret")) ||
           mcp_principal_has(mcp_call_principal(call), "spy");
}

static inline bool put_change(struct mcp_server *s, mcp_str key, struct mcp_json_writer *w,
                              void *user)
{
    struct sky *sky = user;

    (void)s;
    mcp_json_member_str(w, MCP_STR("town"), key);
    mcp_json_member_int(w, MCP_STR("degrees"), sky->degrees);
    sky->told++;
    return sky->degrees >= 0;
}

static const struct mcp_method METHODS[] = {
    {.name = "weather/get", .name_member = "town", .fn = forecast},
    {.name = "weather/later", .fn = later},
    {.name = "weather/nothing", .fn = nothing_to_say},
    {.name = "weather/storm", .fn = storm},
    {.name = "weather/asks", .fn = asks},
    {.name = "weather/broken", .fn = collides},
    {.name = "weather/set", .scope = "weather.write", .fn = nothing_to_say},
    {.name = "weather/dear", .cost = 8, .fn = nothing_to_say},
    {0},
};

static const struct mcp_method RADIO_METHODS[] = {{.name = "radio/play", .fn = nothing_to_say},
                                                  {0}};

/* A tool that looks at what the client has declared. */
static inline mcp_err declared(struct mcp_call *call, void *user)
{
    mcp_json v = mcp_client_extension(call, WEATHER);
    mcp_str raw = mcp_json_present(v) ? mcp_json_raw(v) : MCP_STR("nothing");

    (void)user;
    return mcp_text(call, "%.*s", MCP_STR_ARG(raw));
}

/* What the client has declared of the one that older revisions do not have. */
static inline mcp_err radio(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_text(call, "%s",
                    mcp_json_present(mcp_client_extension(call, RADIO)) ? "a radio" : "no radio");
}

static inline mcp_err needs(struct mcp_call *call, void *user)
{
    mcp_err err = mcp_client_need_extension(call, WEATHER);

    (void)user;
    return err ? err : mcp_text(call, "it has it");
}

static const struct mcp_tool TOOLS[] = {
    {.name = "declared", .description = "Looks.", .fn = declared},
    {.name = "needs", .description = "Needs.", .fn = needs},
    {.name = "radio", .description = "Looks.", .fn = radio},
    {0},
};
static const struct mcp_tool_set TOOL_SET = {TOOLS, NULL};

struct station {
    struct world world;
    struct sky sky;
    struct mcp_extension weather, radio;
    const struct mcp_extension *both[2];
    struct mcp_session *session;
    struct mcp_peer peer;
};

static inline void station_init(struct station *t, const char *initialize)
{
    struct wire w;

    *t = (struct station){.sky = {.degrees = 20}};
    t->weather = (struct mcp_extension){.id = WEATHER,
                                        .settings = "{\"unit\":\"C\"}",
                                        .methods = METHODS,
                                        .in_legacy = true,
                                        .filter = "towns",
                                        .notification = "notifications/weather",
                                        .may_watch = may_watch,
                                        .put_change = put_change,
                                        .user = &t->sky};
    t->radio = (struct mcp_extension){.id = RADIO, .methods = RADIO_METHODS, .is_open = true};
    t->both[0] = &t->weather;
    t->both[1] = &t->radio;
    world_init_with(&t->world, &(struct mcp_server_options){.tools = &TOOL_SET,
                                                            .n_tools = 1,
                                                            .extensions = t->both,
                                                            .n_extensions = 2,
                                                            .rate_per_minute = 10});
    t->session = mcp_session_new(t->world.server);
    t->peer = peer_stdio(t->session);
    if (initialize) {
        wire_say(&w, t->world.server, &t->peer, mcp_str_c(initialize));
        T_EQ(w.err, MCP_OK);
        wire_free(&w);
    }
}

static inline void station_free(struct station *t)
{
    T_EQ(mcp_server_calls(t->world.server), 0);
    mcp_session_free(t->session);
    world_free(&t->world);
}

static inline void hear(struct station *t, const char *message, mcp_err err, const char *has)
{
    struct wire w;

    wire_say(&w, t->world.server, &t->peer, mcp_str_c(message));
    T_HAS(wire_reply(&w), has);
    T_EQ(w.err, err);
    wire_free(&w);
}

#define CAN(extensions)                                                                            \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                       \
    "\"io.modelcontextprotocol/clientCapabilities\":{\"extensions\":{" extensions "}}}"
#define CAN_WEATHER CAN("\"" WEATHER "\":{\"a\":1}")
#define INITIALIZE_WITH(version, extensions)                                                       \
    REQUEST("initialize",                                                                          \
            "\"protocolVersion\":\"" version "\",\"capabilities\":{\"extensions\":{" extensions    \
            "}},\"clientInfo\":{\"name\":\"c\",\"version\":\"1\"}")
#define LEGACY_WEATHER INITIALIZE_WITH("2025-11-25", "\"" WEATHER "\":{\"a\":2},\"x/y\":{}")

#endif
