/* The session table and the ring of events, without HTTP. */
#include <mcp/test/t.h>
#include <transport/http_session.h>
#include <transport/http_stream.h>

static int64_t stopped(void *user)
{
    (void)user;
    return 1000;
}

static struct mcp_server *new_server(void)
{
    static const struct mcp_tool NO_TOOLS[] = {{0}};
    struct mcp_tool_set set = {NO_TOOLS, NULL};
    struct mcp_server_options opt = {.name = "t",
                                     .version = "1",
                                     .tools = &set,
                                     .n_tools = 1,
                                     .clock = {stopped, stopped, NULL}};
    char why[200];

    return mcp_server_new(&opt, why, sizeof(why));
}

static const struct mcp_principal ALICE = {.id = {1}}, BOB = {.id = {2}};

static void ids_are_long_unlike_and_url_safe(void)
{
    struct mcp_server *server = new_server();
    struct mcp__http_sessions t;
    char first[MCP__SESSION_ID_LEN];

    mcp__http_sessions_init(&t, server, 1000, 1000);
    for (int i = 0; i < 1000; i++) {
        struct mcp__http_session *s = mcp__http_session_open(&t, &ALICE, 0);

        T_CHECK(s != NULL);
        for (int j = 0; j < MCP__SESSION_ID_LEN; j++) {
            char c = s->id[j];

            T_CHECK((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                    c == '-' || c == '_');
        }
        T_CHECK(i == 0 || memcmp(first, s->id, sizeof(first)) != 0);
        memcpy(first, s->id, sizeof(first));
    }
    T_CHECK(!mcp__http_session_open(&t, &ALICE, 0)); /* full; nobody is evicted */
    T_EQ(t.n, 1000);
    mcp__http_sessions_free(&t);
    mcp_server_free(server);
}

/* Changed in one place, cut, or longer by one: none of these is the session. */
static void not_found_when_changed(struct mcp__http_sessions *t, const struct mcp__http_session *s)
{
    char id[MCP__SESSION_ID_LEN + 1];

    for (size_t i = 0; i < MCP__SESSION_ID_LEN; i++) {
        memcpy(id, s->id, MCP__SESSION_ID_LEN);
        id[i] ^= 1;
        T_CHECK(!mcp__http_session_find(t, mcp_str_n(id, MCP__SESSION_ID_LEN), &ALICE, 0));
        T_CHECK(!mcp__http_session_find(t, mcp_str_n(s->id, i), &ALICE, 0));
    }
    memcpy(id, s->id, MCP__SESSION_ID_LEN);
    id[MCP__SESSION_ID_LEN] = 'A';
    T_CHECK(!mcp__http_session_find(t, mcp_str_n(id, MCP__SESSION_ID_LEN + 1), &ALICE, 0));
}

static void a_session_is_found_by_its_owner_only(void)
{
    struct mcp_server *server = new_server();
    struct mcp__http_sessions t;

    mcp__http_sessions_init(&t, server, 500, 1000);
    T_CHECK(!mcp__http_session_find(&t, MCP_STR("012345678901234567890123"), &ALICE, 0));
    for (int i = 0; i < 300; i++) { /* the table grows under them */
        T_CHECK(mcp__http_session_open(&t, &ALICE, 0) != NULL);
    }
    for (struct mcp__http_session *s = t.oldest, *next; s && (next = s->newer, true); s = next) {
        mcp_str id = mcp_str_n(s->id, MCP__SESSION_ID_LEN);

        T_CHECK(!mcp__http_session_find(&t, id, &BOB, 0));
        not_found_when_changed(&t, s);
    }
    struct mcp__http_session *s = t.oldest;

    T_CHECK(mcp__http_session_find(&t, mcp_str_n(s->id, MCP__SESSION_ID_LEN), &ALICE, 0) == s);
    mcp__http_session_del(&t, s);
    T_CHECK(!mcp__http_session_find(&t, mcp_str_n(s->id, MCP__SESSION_ID_LEN), &ALICE, 0));
    mcp__http_session_free(&t, s);
    T_EQ(t.n, 299);
    mcp__http_sessions_free(&t);
    mcp_server_free(server);
}

static void expiry_goes_by_last_use_and_spares_what_is_in_use(void)
{
    struct mcp_server *server = new_server();
    struct mcp__http_sessions t;

    mcp__http_sessions_init(&t, server, 10, 1000);
    T_EQ(mcp__http_sessions_expire(&t, 0), -1);
    struct mcp__http_session *a = mcp__http_session_open(&t, &ALICE, 0);
    struct mcp__http_session *b = mcp__http_session_open(&t, &ALICE, 100);
    struct mcp__http_session *c = mcp__http_session_open(&t, &ALICE, 200);

    T_EQ(mcp__http_sessions_expire(&t, 300), 700);
    T_CHECK(mcp__http_session_find(&t, mcp_str_n(a->id, MCP__SESSION_ID_LEN), &ALICE, 900) == a);
    mcp__http_session_pin(b);
    T_EQ(mcp__http_sessions_expire(&t, 1200), 700); /* c is over; b is pinned; a at 1900 */
    (void)c;
    T_EQ(t.n, 2);
    mcp__http_session_unpin(&t, b, 1300);
    T_EQ(mcp__http_sessions_expire(&t, 1900), 400);
    T_EQ(t.n, 1);
    T_EQ(mcp__http_sessions_expire(&t, 2300), -1);
    T_EQ(t.n, 0);
    mcp__http_sessions_free(&t);
    mcp_server_free(server);
}

static void the_ring_keeps_the_newest_within_both_bounds(void)
{
    struct mcp__http_budget own, all;
    struct mcp__http_ring r;
    const struct mcp__http_event *e = NULL;

    mcp__http_budget_init(&own, 4000);
    mcp__http_budget_init(&all, 4000);
    mcp__http_ring_init(&r, &own, &all);
    for (uint64_t i = 1; i <= 10; i++) {
        T_CHECK(mcp__http_ring_put(&r, i % 2 ? 1 : 2, i, MCP_STR("0123456789"), 1000, 4));
    }
    T_EQ(r.n, 4);
    e = mcp__http_ring_find(&r, NULL, 1, 0);
    T_EQ(e->serial, 7);
    e = mcp__http_ring_find(&r, e, 1, e->serial);
    T_EQ(e->serial, 9);
    T_CHECK(!mcp__http_ring_find(&r, e, 1, e->serial));
    T_CHECK(!mcp__http_ring_find(&r, NULL, 3, 0));

    size_t one = sizeof(struct mcp__http_event) + 10;

    T_CHECK(mcp__http_ring_put(&r, 1, 11, MCP_STR("0123456789"), one * 2, 4));
    T_EQ(r.n, 2);
    T_EQ(r.bytes, one * 2);
    T_CHECK(!mcp__http_ring_put(&r, 1, 12, MCP_STR("01234567890"), one, 4)); /* too large alone */
    T_EQ(r.n, 2);
    T_CHECK(!mcp__http_ring_put(&r, 1, 12, MCP_STR(""), one, 0));
    mcp__http_ring_free(&r);
    T_EQ(r.bytes, 0);
    T_CHECK(mcp__http_ring_put(&r, 1, 13, MCP_STR(""), one, 1));
    mcp__http_ring_free(&r);
}

static bool keep(struct mcp__http_ring *r, uint64_t serial)
{
    return mcp__http_ring_put(r, 1, serial, MCP_STR("0123456789"), 65536, 256);
}

static void all_rings_and_those_of_an_owner_have_bounds_and_the_oldest_go(void)
{
    struct mcp__http_budget alice, bob, all;
    struct mcp__http_ring a, b, c;
    size_t one = sizeof(struct mcp__http_event) + 10;

    mcp__http_budget_init(&alice, one * 3);
    mcp__http_budget_init(&bob, one * 4);
    mcp__http_budget_init(&all, one * 5);
    mcp__http_ring_init(&a, &alice, &all);
    mcp__http_ring_init(&b, &alice, &all);
    mcp__http_ring_init(&c, &bob, &all);
    T_CHECK(keep(&c, 1) && keep(&a, 1) && keep(&b, 2) && keep(&a, 3));
    T_CHECK(keep(&b, 4)); /* her oldest goes, not his */
    T_EQ(a.n + b.n, 3);
    T_EQ(a.first->serial, 3);
    T_EQ(c.n, 1);
    T_EQ(all.bytes, one * 4);
    T_CHECK(keep(&c, 2));
    T_CHECK(keep(&c, 3)); /* the oldest of all is his */
    T_EQ(c.first->serial, 2);
    T_CHECK(keep(&c, 4)); /* then hers */
    T_EQ(b.first->serial, 4);
    T_EQ(all.bytes, one * 5);
    all.bytes_max = one - 1;
    T_CHECK(!keep(&c, 5));
    T_EQ(all.bytes, one * 5);
    mcp__http_ring_free(&a);
    mcp__http_ring_free(&b);
    T_EQ(alice.bytes, 0);
    T_EQ(all.bytes, bob.bytes);
    mcp__http_ring_free(&c);
    T_EQ(all.bytes + bob.bytes, 0);
}

static void an_event_id_names_its_stream_and_reads_back(void)
{
    char room[MCP__EVENT_ID_BYTES];
    bool is_call;
    uint32_t number;
    uint64_t serial;
    mcp_str id = mcp__http_event_id(true, UINT32_MAX, UINT64_MAX, room);

    T_STR(id, "p4294967295-18446744073709551615");
    T_CHECK(mcp__http_event_id_parse(id, &is_call, &number, &serial));
    T_CHECK(is_call && number == UINT32_MAX && serial == UINT64_MAX);
    T_CHECK(mcp__http_event_id_parse(MCP_STR("g1-0"), &is_call, &number, &serial));
    T_CHECK(!is_call && number == 1 && serial == 0);
    T_CHECK(!mcp__http_event_id_parse(MCP_STR("p4294967296-1"), &is_call, &number, &serial));
    T_CHECK(!mcp__http_event_id_parse(MCP_STR(""), &is_call, &number, &serial));
}

static void what_was_sent_gives_way_to_what_was_not(void)
{
    struct mcp__http_shelf s;
    struct mcp__http_keeper a, b;
    size_t one = sizeof(struct mcp__http_kept) + 10;

    mcp__http_shelf_init(&s, one * 8); /* two for each session */
    mcp__http_keeper_init(&a);
    mcp__http_keeper_init(&b);
    T_CHECK(mcp__http_keep(&s, &a, 1, 1, MCP_STR("0123456789"), true));
    T_CHECK(mcp__http_keep(&s, &a, 2, 2, MCP_STR("0123456789"), false));
    T_CHECK(mcp__http_keep(&s, &a, 3, 3, MCP_STR("0123456789"), false)); /* instead of 1 */
    T_CHECK(!mcp__http_kept_find(&a, 1, 0));
    T_CHECK(!mcp__http_keep(&s, &a, 4, 4, MCP_STR("0123456789"), false));
    T_CHECK(!mcp__http_keep(&s, &b, 4, 4,
                            MCP_STR("0123456789012345678901234567890123456789"
                                    "0123456789012345678901234567890123456789"
                                    "0123456789012345678901234567890123456789"),
                            false)); /* more than a session's share */
    T_EQ(mcp__http_kept_find(&a, 2, 1)->serial, 2);
    T_CHECK(!mcp__http_kept_find(&a, 2, 2));
    T_CHECK(!mcp__http_kept_find(&b, 2, 0));
    mcp__http_kept_sent(&s, mcp__http_kept_find(&a, 2, 0));
    mcp__http_kept_sent(&s, mcp__http_kept_find(&a, 2, 0));
    s.bytes_max = one * 3; /* another session needs room that only this one's sent one gives */
    T_CHECK(!mcp__http_keep(&s, &b, 5, 5, MCP_STR("0123456789"), false)); /* its share is 3/4 */
    s.bytes_max = one * 4;
    T_CHECK(mcp__http_keep(&s, &b, 5, 5, MCP_STR("0123456789"), false));
    T_EQ(s.bytes, one * 3);
    mcp__http_keeper_free(&s, &b);
    mcp__http_keeper_free(&s, &a);
    T_EQ(s.bytes + a.bytes + b.bytes, 0);
}

static void all_sessions_together_have_a_bound(void)
{
    struct mcp__http_shelf s;
    struct mcp__http_keeper k[5];
    size_t one = sizeof(struct mcp__http_kept) + 10;

    mcp__http_shelf_init(&s, one * 4);
    for (int i = 0; i < 5; i++) {
        mcp__http_keeper_init(&k[i]);
        T_EQ(mcp__http_keep(&s, &k[i], 1, 1, MCP_STR("0123456789"), i == 1), true);
    }
    T_CHECK(!mcp__http_kept_find(&k[1], 1, 0)); /* it was sent: the fifth has its place */
    T_CHECK(mcp__http_kept_find(&k[4], 1, 0) != NULL);
    mcp__http_keeper_free(&s, &k[4]);
    T_CHECK(mcp__http_keep(&s, &k[4], 1, 1, MCP_STR("0123456789"), false));
    T_CHECK(!mcp__http_keep(&s, &k[1], 1, 1, MCP_STR("0123456789"), false));
    for (int i = 0; i < 5; i++) {
        mcp__http_keeper_free(&s, &k[i]);
    }
    T_EQ(s.bytes, 0);
}

/* design.md 3.6: what an idle session costs (the engine's half not counted) */
static void an_idle_session_is_small(void)
{
    T_CHECK(sizeof(struct mcp__http_session) <= 192);
}

static bool open_some(void *arg)
{
    struct mcp_server *server = arg;
    struct mcp__http_sessions t;
    int n = 0;

    mcp__http_sessions_init(&t, server, 1000, 1000);
    for (int i = 0; i < 70; i++) {
        n += mcp__http_session_open(&t, &ALICE, 0) != NULL;
    }
    mcp__http_sessions_free(&t);
    return n == 70;
}

static void every_allocation_can_fail(void)
{
    struct mcp_server *server = new_server();

    size_t asked = t_torture(open_some, server);

    ck_assert_msg(asked <= 70 * 2 + 2 + 2, /* and the owner */
                  "%zu allocations", asked);
    mcp_server_free(server);
}

static const struct t_case CASES[] = {
    T(ids_are_long_unlike_and_url_safe),
    T(a_session_is_found_by_its_owner_only),
    T(expiry_goes_by_last_use_and_spares_what_is_in_use),
    T(the_ring_keeps_the_newest_within_both_bounds),
    T(all_rings_and_those_of_an_owner_have_bounds_and_the_oldest_go),
    T(an_event_id_names_its_stream_and_reads_back),
    T(what_was_sent_gives_way_to_what_was_not),
    T(all_sessions_together_have_a_bound),
    T(an_idle_session_is_small),
    T(every_allocation_can_fail),
};
T_MAIN("transport/session", CASES)
