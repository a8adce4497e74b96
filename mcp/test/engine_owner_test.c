/* mcp/test/engine_owner_test.c - what belongs to one owner: a template's handler lists it for that
 * caller, and its changes are told to that owner's clients alone. */
#include "feature_rows.h"

#include <mcp/test/t.h>

enum { BOXES = 7 };

/* Owner n has n boxes. */
static mcp_err list_boxes(struct mcp_call *call, void *user)
{
    uint64_t owner = mcp_call_principal(call)->owner;
    mcp_err err = MCP_OK;

    ++*(int *)user;
    for (uint64_t i = 1; i <= owner && !err; i++) {
        struct mcp_resource box = {
            .uri = mcp_arena_printf(mcp_call_arena(call), "box://%d-%d", (int)owner, (int)i).ptr,
            .name = mcp_arena_printf(mcp_call_arena(call), "box %d", (int)i).ptr,
            .title = "A box",
        };

        err = mcp_link(call, &box);
    }
    return owner == 99 ? mcp_fail(call, MCP_E_STORAGE, "no boxes today") : err;
}

static const struct mcp_resource BOX_ROWS[] = {
    {.uri = "box://", .name = "all", .scope = "read", .read = read_page},
    {.uri = "box://about", .name = "about", .read = read_page},
    {.uri = "box://{box}", .name = "box", .scope = "read", .read = read_page, .list = list_boxes},
    {0}};
static int listed;
static const struct mcp_resource_set BOX_SET = {BOX_ROWS, &listed};

static const struct mcp_server_options OWNED = {
    .resources = &BOX_SET,
    .n_resources = 1,
    .hiding = MCP_HIDE_FROM_LISTS,
    .page_tools = 3,
    .announces = MCP_CHANGED_RESOURCE | MCP_CHANGED_RESOURCES,
    .secret = {1},
    .cache = {.resources = {.ttl_ms = 1000, .is_public = true}},
};

static void become(struct theatre *t, uint64_t owner, const char *scopes)
{
    t->peer.principal =
        (struct mcp_principal){.id = {(uint8_t)owner}, .owner = owner, .rate_per_minute = -1};
    snprintf(t->peer.principal.scopes, sizeof(t->peer.principal.scopes), "%s", scopes);
}

/* The part of `text` behind `key`, up to a quote; in a buffer of its own. Empty: not there. */
static const char *behind(mcp_str text, const char *key)
{
    static char found[300];
    size_t n = strlen(key);

    found[0] = '\0';
    for (size_t i = 0; i + n < text.len && !found[0]; i++) {
        if (memcmp(text.ptr + i, key, n) == 0) {
            mcp_str rest = mcp_str_n(text.ptr + i + n, text.len - i - n);

            mcp_str value = mcp_str_cut(&rest, '"');

            snprintf(found, sizeof(found), "%.*s", MCP_STR_ARG(value));
        }
    }
    return found;
}

static int count_of(mcp_str text, const char *part)
{
    int n = 0;

    for (size_t i = 0; i + strlen(part) <= text.len; i++) {
        n += memcmp(text.ptr + i, part, strlen(part)) == 0;
    }
    return n;
}

/* ---- Lists ---- */

static void pages_hold_the_rows_and_then_what_the_handler_says(void)
{
    for (int r = 0; r < N_REVISIONS; r++) {
        struct theatre t;
        char cursor[400] = "";
        struct mcp_buf all;
        int pages = 0;

        mcp_buf_init(&all, 65536);

        theatre_open(&t, &OWNED, r);
        become(&t, BOXES, "read");
        do {
            struct wire w;

            theatre_ask(&t, &w, "resources/list", cursor);
            T_EQ(w.err, MCP_OK);
            T_EQ(count_of(wire_reply(&w), "\"uri\":"), pages < 3 ? 3 : 0);
            T_EQ(t_has(wire_reply(&w), MCP_STR("\"cacheScope\":\"private\"")), r == R_2026_07);
            mcp_buf_add(&all, wire_reply(&w));
            const char *next = behind(wire_reply(&w), "\"nextCursor\":\"");

            cursor[0] = '\0';
            if (next[0]) {
                snprintf(cursor, sizeof(cursor), "\"cursor\":\"%s\"", next);
            }
            wire_free(&w);
            pages++;
        } while (cursor[0]);
        T_EQ(pages, 3); /* 2 rows and 7 boxes */
        for (int i = 1; i <= BOXES; i++) {
            char uri[40];

            snprintf(uri, sizeof(uri), "\"box://7-%d\"", i);
            T_EQ(count_of(mcp_buf_str(&all), uri), 1);
        }
        T_EQ(count_of(mcp_buf_str(&all), "A box"), r >= R_2025_06 ? BOXES : 0);
        mcp_buf_free(&all);
        theatre_close(&t);
    }
}

static void another_owner_and_who_lacks_the_scope_see_none_of_it(void)
{
    struct theatre t;
    struct wire w;

    theatre_open(&t, &OWNED, R_2026_07);
    become(&t, 1, "read");
    theatre_ask(&t, &w, "resources/list", "");
    T_HAS(wire_reply(&w), "\"box://1-1\"");
    T_CHECK(!t_has(wire_reply(&w), MCP_STR("7-")) && !t_has(wire_reply(&w), MCP_STR("nextCursor")));
    wire_free(&w);
    listed = 0;
    become(&t, BOXES, "write");
    theatre_ask(&t, &w, "resources/list", "");
    T_HAS(wire_reply(&w), "\"resources\":[{\"uri\":\"box://about\",\"name\":\"about\"}]");
    T_EQ(listed, 0);
    wire_free(&w);
    theatre_close(&t);
}

static void a_cursor_is_its_callers_and_one_too_far_is_an_empty_page(void)
{
    struct theatre t;
    struct wire w;
    char cursor[400];

    theatre_open(&t, &OWNED, R_2026_07);
    become(&t, BOXES, "read");
    theatre_ask(&t, &w, "resources/list", "");
    snprintf(cursor, sizeof(cursor), "\"cursor\":\"%s\"",
             behind(wire_reply(&w), "\"nextCursor\":\""));
    wire_free(&w);
    become(&t, 6, "read");
    theatre_expect(&t, "resources/list", cursor, MCP_E_INVALID_PARAMS, "not one of this list");
    become(&t, BOXES, "write");
    theatre_expect(&t, "resources/list", cursor, MCP_E_INVALID_PARAMS, "not one of this list");
    t.peer.principal.owner = 0; /* the same credential, and nothing is left: of page two nothing */
    become(&t, 0, "read");
    theatre_ask(&t, &w, "resources/list", "");
    T_EQ(count_of(wire_reply(&w), "\"uri\":"), 2);
    wire_free(&w);
    theatre_close(&t);
}

static void a_handler_that_fails_fails_the_list_and_each_look_takes_of_the_rate(void)
{
    struct theatre t;
    struct wire w;

    theatre_open(&t, &OWNED, R_2025_11);
    become(&t, 99, "read");
    theatre_expect(&t, "resources/list", "", MCP_E_STORAGE, "no boxes today");
    become(&t, 1, "read");
    t.peer.principal.rate_per_minute = 2;
    for (int i = 0; i < 3; i++) {
        theatre_ask(&t, &w, "resources/list", "");
        T_EQ(w.err, i < 2 ? MCP_OK : MCP_E_RATE_LIMITED);
        wire_free(&w);
    }
    theatre_close(&t);
}

static void only_a_template_may_list(void)
{
    static const struct mcp_resource ROWS[] = {
        {.uri = "box://", .name = "all", .read = read_page, .list = list_boxes}, {0}};
    static const struct mcp_resource_set SET = {ROWS, NULL};
    struct mcp_server_options opt = {
        .name = "t", .version = "1", .resources = &SET, .n_resources = 1};
    struct world w = {.now_ms = 1};
    char why[200];

    opt.clock = (struct mcp_clock){world_now, world_now, &w};
    T_CHECK(!mcp_server_new(&opt, why, sizeof(why)));
    T_HAS(mcp_str_c(why), "box://: only a template");
}

/* ---- Changes ---- */

#define LISTEN                                                                                     \
    "{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"method\":\"subscriptions/"                               \
    "listen\",\"params\":{" MODERN_META ",\"notifications\":{\"resourcesListChanged\":true,"       \
    "\"resourceSubscriptions\":[\"box://\",\"box://x\"]}}}"

/* Two clients of different owners, each with a listener, in one era. */
struct pair {
    struct theatre t;
    struct mcp_session *sessions[2];
    struct wire wires[2];
};

static void pair_open(struct pair *p, bool is_modern)
{
    char text[800];

    memset(p, 0, sizeof(*p));
    theatre_open(&p->t, &OWNED, R_2026_07);
    for (int i = 0; i < 2; i++) {
        struct wire w;

        p->sessions[i] = mcp_session_new(p->t.world.server);
        p->t.peer.session = p->sessions[i];
        become(&p->t, (uint64_t)i + 1, "read");
        if (is_modern) {
            snprintf(text, sizeof(text), LISTEN, i ? "b" : "a");
            wire_say(&p->wires[i], p->t.world.server, &p->t.peer, mcp_str_c(text));
            T_EQ(p->wires[i].n_notes, 1);
            continue;
        }
        wire_say(&w, p->t.world.server, &p->t.peer, MCP_STR(INITIALIZE("2025-11-25")));
        wire_free(&w);
        wire_init(&p->wires[i]);
        p->wires[i].in = p->sessions[i];
        T_CHECK(mcp_session_attach(p->sessions[i], &p->wires[i].sink, NULL));
        wire_say(&w, p->t.world.server, &p->t.peer,
                 MCP_STR(REQUEST("resources/subscribe", "\"uri\":\"box://\"")));
        T_EQ(w.err, MCP_OK);
        wire_free(&w);
        wire_say(&w, p->t.world.server, &p->t.peer,
                 MCP_STR(REQUEST("resources/subscribe", "\"uri\":\"box://x\"")));
        wire_free(&w);
    }
}

static void pair_close(struct pair *p)
{
    for (int i = 0; i < 2; i++) {
        mcp_session_free(p->sessions[i]);
        wire_free(&p->wires[i]);
    }
    theatre_close(&p->t);
}

static int notes(struct pair *p, int i, const char *part)
{
    return count_of(mcp_buf_str(&p->wires[i].notes), part);
}

static void changes_of_one_owner_reach_its_clients_alone(void)
{
    for (int is_modern = 0; is_modern < 2; is_modern++) {
        struct pair p;

        pair_open(&p, is_modern != 0);
        struct mcp_server *s = p.t.world.server;
        uint64_t before = mcp_server_version(s, MCP_CHANGED_RESOURCE, MCP_STR("box://x"));

        mcp_server_changed_for(s, 2, MCP_CHANGED_RESOURCE, MCP_STR("box://"));
        mcp_server_changed_for(s, 2, MCP_CHANGED_RESOURCES, mcp_str_n(NULL, 0));
        mcp_server_tick(s);
        T_EQ(notes(&p, 0, "updated") + notes(&p, 0, "list_changed"), 0);
        T_EQ(notes(&p, 1, "\"uri\":\"box://\"}"), 1);
        T_EQ(notes(&p, 1, "resources/list_changed"), 1);
        T_EQ(notes(&p, 1, "box://x\"}"), 0);
        /* every resource of that owner */
        mcp_server_changed_for(s, 1, MCP_CHANGED_RESOURCE, mcp_str_n(NULL, 0));
        mcp_server_tick(s);
        T_EQ(notes(&p, 0, "resources/updated"), 2);
        T_EQ(notes(&p, 1, "resources/updated"), 1);
        T_CHECK(before != mcp_server_version(s, MCP_CHANGED_RESOURCE, MCP_STR("box://x")));
        /* everybody's */
        mcp_server_changed(s, MCP_CHANGED_RESOURCE, MCP_STR("box://x"));
        mcp_server_changed(s, MCP_CHANGED_RESOURCES, mcp_str_n(NULL, 0));
        mcp_server_tick(s);
        T_EQ(notes(&p, 0, "resources/updated"), 3);
        T_EQ(notes(&p, 1, "resources/updated"), 2);
        T_EQ(notes(&p, 0, "list_changed"), 1);
        pair_close(&p);
    }
}

static void the_owners_who_listen_are_counted_up_to_a_limit(void)
{
    struct pair p;
    uint64_t owners[2] = {0, 0};

    pair_open(&p, true);
    T_EQ(mcp_server_listeners(p.t.world.server, owners, 2), 2);
    T_EQ(owners[0] + owners[1], 3);
    owners[1] = 7;
    T_EQ(mcp_server_listeners(p.t.world.server, owners, 1), 2); /* more than fit */
    T_EQ(owners[1], 7);
    pair_close(&p);
}

static const struct t_case cases[] = {
    T(pages_hold_the_rows_and_then_what_the_handler_says),
    T(another_owner_and_who_lacks_the_scope_see_none_of_it),
    T(a_cursor_is_its_callers_and_one_too_far_is_an_empty_page),
    T(a_handler_that_fails_fails_the_list_and_each_look_takes_of_the_rate),
    T(only_a_template_may_list),
    T(changes_of_one_owner_reach_its_clients_alone),
    T(the_owners_who_listen_are_counted_up_to_a_limit),
};
T_MAIN("engine_owner", cases)
