/* The event stream: what is told, to whom, how many there are, and what refused memory does. */
#include <rest/test/dashboard_house.h>

#define CHANGE "event: change\ndata: {}\n\n"

/* What the newest stream got since the last time. */
static mcp_str heard(struct wire *w)
{
    static char text[4096];
    size_t n = w->out.len < sizeof(text) ? w->out.len : sizeof(text);

    memcpy(text, w->out.ptr, n);
    mcp_buf_clear(&w->out);
    return mcp_str_n(text, n);
}

static void a_stream_hears_of_a_change_once(void)
{
    struct wire *w = enter(false);
    mcp_str answer = wire_get(w, "/api/v1/events");

    T_EQ(wire_status(answer), 200);
    T_HAS(answer, "Content-Type: text/event-stream\r\n");
    T_HAS(answer, "Cache-Control: no-store\r\n");
    T_HAS(answer, "retry: 2000\n" CHANGE);
    (void)heard(w);
    rest_dashboard_look(house.d);
    T_EQ(heard(w).len, 0); /* nothing looks different */
    house.version = 2;
    rest_dashboard_look(house.d);
    T_EQ(count(heard(w), CHANGE), 1);
    rest_dashboard_look(house.d);
    T_EQ(heard(w).len, 0);
    house.is_broken = true; /* it cannot be seen now: no news */
    rest_dashboard_look(house.d);
    T_EQ(heard(w).len, 0);
    leave();
}

static void whoever_reads_slowly_owes_one_event(void)
{
    struct wire *w = enter(false);

    (void)wire_get(w, "/api/v1/events");
    (void)heard(w);
    w->is_stuck = true;
    for (int i = 0; i < 1000; i++) {
        house.version++;
        rest_dashboard_look(house.d);
    }
    T_CHECK(mcp__http_conn_unsent(w->conn) < 100);
    w->is_stuck = false;
    mcp__http_conn_writable(w->conn);
    T_EQ(count(heard(w), CHANGE), 1); /* what it had not taken */
    rest_dashboard_tick(house.d);     /* nothing changes any more, and it hears all the same */
    T_EQ(count(heard(w), CHANGE), 1);
    rest_dashboard_tick(house.d);
    rest_dashboard_look(house.d);
    T_EQ(heard(w).len, 0);
    leave();
}

static void what_could_not_be_seen_is_looked_at_again(void)
{
    struct wire *w = enter(false);

    (void)wire_get(w, "/api/v1/events");
    (void)heard(w);
    house.version = 2;
    house.is_broken = true;
    rest_dashboard_look(house.d);
    rest_dashboard_tick(house.d);
    T_EQ(heard(w).len, 0);
    house.is_broken = false;
    rest_dashboard_tick(house.d);
    T_EQ(count(heard(w), CHANGE), 1);
    leave();
}

static void who_signs_out_hears_no_more_and_others_do(void)
{
    struct wire *w = enter(false);
    struct mcp__http_conn *mine = w->conn, *other;

    (void)wire_get(w, "/api/v1/events");
    wire_connect(w);
    other = w->conn;
    w->principal.id[0] = 2;
    (void)wire_get(w, "/api/v1/events");
    wire_connect(w);
    w->principal.id[0] = 1;
    T_EQ(count(wire_say(w, SIGN_OUT, ""), "0\r\n\r\n"), 1);
    (void)heard(w);
    house.version++;
    rest_dashboard_look(house.d);
    T_EQ(count(heard(w), CHANGE), 1);
    mcp__http_conn_free(mine);
    mcp__http_conn_free(other);
    leave();
}

static bool is_live(void *user, const struct mcp_principal *who)
{
    return who->id[0] != *(uint8_t *)user;
}

static void a_stream_ends_with_its_credential(void)
{
    struct wire *w = enter(false);
    struct mcp__http_conn *other = w->conn;
    uint8_t revoked = 0;

    rest_dashboard_check_with(house.d, is_live, &revoked);
    (void)wire_get(w, "/api/v1/events");
    wire_connect(w);
    w->principal.id[0] = 2;
    (void)wire_get(w, "/api/v1/events");
    (void)heard(w);
    w->now_ms += REST_EVENTS_CHECK_MS;
    rest_dashboard_tick(house.d);
    T_EQ(heard(w).len, 0);
    revoked = 2;
    w->now_ms += REST_EVENTS_CHECK_MS - 1;
    rest_dashboard_tick(house.d);
    T_EQ(heard(w).len, 0);
    w->now_ms += 1;
    rest_dashboard_tick(house.d);
    T_EQ(count(heard(w), "0\r\n\r\n"), 1);
    house.version++;
    rest_dashboard_look(house.d); /* the other one goes on */
    T_EQ(count(heard(w), CHANGE), 1);
    mcp__http_conn_free(other);
    leave();
}

static void a_quiet_stream_is_kept_alive_and_an_old_one_ends(void)
{
    struct wire *w = enter(false);

    (void)wire_get(w, "/api/v1/events");
    (void)heard(w);
    w->now_ms += REST_EVENTS_ALIVE_MS - 1;
    rest_dashboard_tick(house.d);
    T_EQ(heard(w).len, 0);
    w->now_ms += 1;
    rest_dashboard_tick(house.d);
    T_EQ(count(heard(w), ":\n\n"), 1);
    w->now_ms += REST_EVENTS_LASTS_MS;
    rest_dashboard_tick(house.d);
    T_EQ(count(heard(w), "0\r\n\r\n"), 1);
    rest_dashboard_look(house.d);
    leave();
}

static void a_stop_ends_them_and_takes_no_more(void)
{
    struct wire *w = enter(false);
    const struct mcp_http_route *r = rest_dashboard_routes(house.d);

    (void)wire_get(w, "/api/v1/events");
    (void)heard(w);
    while (!r->drain) {
        r++;
    }
    r->drain(r->user);
    T_EQ(count(heard(w), "0\r\n\r\n"), 1);
    T_EQ(wire_status(wire_get(w, "/api/v1/events")), 503);
    leave();
}

static void a_stream_needs_the_scope_and_costs_its_unit(void)
{
    struct wire *w = enter(false);

    snprintf(w->principal.scopes, sizeof(w->principal.scopes), "other");
    mcp_str answer = wire_get(w, "/api/v1/events");

    T_EQ(wire_status(answer), 403);
    T_HAS(answer, "scope=\"read\"");
    snprintf(w->principal.scopes, sizeof(w->principal.scopes), "read");
    w->principal.rate_per_minute = 1;
    w->principal.id[0] = 2;
    T_EQ(wire_status(wire_get(w, "/api/v1/events")), 200);
    mcp__http_conn_free(w->conn); /* the peer goes away: the stream is forgotten */
    rest_dashboard_look(house.d);
    wire_connect(w);
    T_EQ(wire_status(wire_get(w, "/api/v1/events")), 429);
    leave();
}

static void one_credential_keeps_its_newest_streams(void)
{
    struct wire *w = enter(false);
    struct mcp__http_conn *conns[REST_EVENTS_EACH_MAX + 1];

    w->opt.connections_max = 100;
    w->principal.rate_per_minute = -1;
    for (size_t i = 0; i <= REST_EVENTS_EACH_MAX; i++) {
        if (i) {
            wire_connect(w);
        }
        conns[i] = w->conn;
        T_EQ(count(wire_get(w, "/api/v1/events"), "0\r\n\r\n"), i == REST_EVENTS_EACH_MAX);
    }
    (void)heard(w);
    house.version++;
    rest_dashboard_look(house.d);
    T_EQ(count(heard(w), CHANGE), REST_EVENTS_EACH_MAX);
    for (size_t i = 0; i < REST_EVENTS_EACH_MAX; i++) {
        mcp__http_conn_free(conns[i]);
    }
    leave();
}

static void all_together_have_a_cap(void)
{
    struct wire *w = enter(false);
    struct mcp__http_conn *conns[REST_EVENTS_MAX];

    w->opt.connections_max = REST_EVENTS_MAX + 1;
    w->principal.rate_per_minute = -1;
    for (size_t i = 0; i < REST_EVENTS_MAX; i++) {
        w->principal.id[0] = (uint8_t)(i / REST_EVENTS_EACH_MAX);
        T_EQ(wire_status(wire_get(w, "/api/v1/events")), 200);
        conns[i] = w->conn;
        wire_connect(w);
    }
    w->principal.id[0] = 255; /* nobody else's stream ends for it */
    T_EQ(wire_status(wire_get(w, "/api/v1/events")), 503);
    mcp__http_conn_free(conns[0]);
    T_EQ(wire_status(wire_get(w, "/api/v1/events")), 200);
    for (size_t i = 1; i < REST_EVENTS_MAX; i++) {
        mcp__http_conn_free(conns[i]);
    }
    leave();
}

/* It begins whole, or says no, or is cut; none is half begun. */
static void a_stream_begins_with_every_allocation_refused_in_turn(void)
{
    struct wire *w = enter(false);
    size_t nth = 0, asked;
    int n_200 = 0;

    w->principal.rate_per_minute = -1;
    do {
        mcp_alloc_refuse(++nth);
        mcp_str answer = wire_get(w, "/api/v1/events");

        asked = mcp_alloc_count();
        mcp_alloc_refuse(0);
        int status = answer.len ? wire_status(answer) : 0;

        T_CHECK(status == 200 || status == 503 || status == 0);
        n_200 += status == 200;
        house.version++;
        rest_dashboard_look(house.d);
        rest_dashboard_tick(house.d);
        mcp__http_conn_free(w->conn);
        rest_dashboard_look(house.d);
        wire_connect(w);
    } while (asked >= nth);
    T_CHECK(n_200 > 0 && nth > 3);
    leave();
}

static void a_change_that_there_is_no_memory_for_is_told_later(void)
{
    struct wire *w = enter(false);
    size_t nth = 0, asked;

    (void)wire_get(w, "/api/v1/events");
    do {
        (void)heard(w);
        house.version++;
        mcp_alloc_refuse(++nth);
        rest_dashboard_look(house.d);
        asked = mcp_alloc_count();
        mcp_alloc_refuse(0);
        rest_dashboard_tick(house.d);
        T_EQ(count(heard(w), CHANGE), 1);
    } while (asked >= nth);
    T_CHECK(nth > 1 || !T_IS_SANITIZED); /* else an arena has its block already */
    leave();
}

static void the_dashboard_itself_can_find_no_memory(void)
{
    struct wire *w = enter(false);

    for (size_t nth = 1; nth <= 2; nth++) {
        mcp_alloc_refuse(nth);
        T_CHECK(rest_dashboard_new(w->server, false) == NULL);
        mcp_alloc_refuse(0);
    }
    rest_dashboard_free(NULL);
    leave();
}

static const struct t_case cases[] = {
    T(a_stream_hears_of_a_change_once),
    T(whoever_reads_slowly_owes_one_event),
    T(what_could_not_be_seen_is_looked_at_again),
    T(who_signs_out_hears_no_more_and_others_do),
    T(a_stream_ends_with_its_credential),
    T(a_quiet_stream_is_kept_alive_and_an_old_one_ends),
    T(a_stop_ends_them_and_takes_no_more),
    T(a_stream_needs_the_scope_and_costs_its_unit),
    T(one_credential_keeps_its_newest_streams),
    T(all_together_have_a_cap),
    T(a_stream_begins_with_every_allocation_refused_in_turn),
    T(a_change_that_there_is_no_memory_for_is_told_later),
    T(the_dashboard_itself_can_find_no_memory),
};
T_MAIN("rest/events", cases)
