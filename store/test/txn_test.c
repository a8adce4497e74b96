/* store/test/txn_test.c - rows inside bodies, and what a transaction promises. */
#include "place.h"

static void what_was_put_is_read_also_after_reopening(void)
{
    struct place p;

    place_init(&p);
    struct store *s = place_open(&p);

    T_EQ(put_now(s, "a", "1"), MCP_OK);
    T_EQ(put_now(s, "b", ""), MCP_OK);
    has(s, "a", "1");
    has(s, "b", "");
    has(s, "c", NULL);
    T_EQ(del_now(s, "a"), MCP_OK);
    T_EQ(del_now(s, "a"), MCP_OK);
    has(s, "a", NULL);
    store_close(s);
    s = place_open(&p);
    has(s, "b", "");
    store_close(s);
    place_free(&p);
}

struct rows {
    char text[256];
    size_t len, seen, stop_after;
};

static mcp_err add_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct rows *r = arg;

    (void)version;
    r->len += (size_t)snprintf(r->text + r->len, sizeof r->text - r->len, "%.*s=%.*s ",
                               MCP_STR_ARG(key), MCP_STR_ARG(value));
    r->seen++;
    return r->stop_after && r->seen == r->stop_after ? MCP_PENDING : MCP_OK;
}

struct scan {
    mcp_str low, high;
    bool backwards;
    size_t limit;
    struct rows rows;
};

static mcp_err scan_body(struct store_txn *t, void *arg)
{
    struct scan *c = arg;

    return store_scan(t, c->low, c->high, c->backwards, c->limit, add_row, &c->rows);
}

static void scanned(struct store *s, struct scan c, const char *want)
{
    T_EQ(store_read(s, scan_body, &c), MCP_OK);
    T_STR(mcp_str_n(c.rows.text, c.rows.len), want);
    c.rows.len = c.rows.seen = 0;
    T_EQ(store_write_now(s, scan_body, &c), MCP_OK);
    T_STR(mcp_str_n(c.rows.text, c.rows.len), want);
}

static void a_scan_gives_the_range_in_order_and_never_the_stores_own_rows(void)
{
    struct place p;

    place_init(&p);
    struct store *s = place_open(&p);

    scanned(s, (struct scan){.limit = 10}, "");
    scanned(s, (struct scan){.limit = 10, .backwards = true}, "");
    put_now(s, "a", "1");
    put_now(s, "b/1", "2");
    put_now(s, "b/2", "3");
    put_now(s, "b\xff", "4");
    put_now(s, "c", "5");
    scanned(s, (struct scan){.limit = 10}, "a=1 b/1=2 b/2=3 b\xff=4 c=5 ");
    scanned(s, (struct scan){.limit = 10, .backwards = true}, "c=5 b\xff=4 b/2=3 b/1=2 a=1 ");
    scanned(s, (struct scan){.limit = 2}, "a=1 b/1=2 ");
    scanned(s, (struct scan){.limit = 0}, "");
    scanned(s, (struct scan){.low = MCP_STR("b"), .limit = 9}, "b/1=2 b/2=3 b\xff=4 ");
    scanned(s, (struct scan){.low = MCP_STR("b"), .limit = 9, .backwards = true},
            "b\xff=4 b/2=3 b/1=2 ");
    scanned(s, (struct scan){.low = MCP_STR("b\xff"), .limit = 9}, "b\xff=4 ");
    scanned(s, (struct scan){.low = MCP_STR("\xff"), .limit = 9}, "");
    scanned(s, (struct scan){.low = MCP_STR("\xff"), .limit = 9, .backwards = true}, "");
    scanned(s, (struct scan){.low = MCP_STR("b/1"), .high = MCP_STR("c"), .limit = 9},
            "b/1=2 b/2=3 b\xff=4 ");
    scanned(
        s,
        (struct scan){.low = MCP_STR("b/2"), .high = MCP_STR("zz"), .limit = 9, .backwards = true},
        "c=5 b\xff=4 b/2=3 ");
    scanned(s, (struct scan){.low = MCP_STR("c"), .high = MCP_STR("a"), .limit = 9}, "");
    scanned(s, (struct scan){.low = MCP_STR("\0"), .limit = 9}, "");
    scanned(s, (struct scan){.low = MCP_STR("\0"), .high = MCP_STR("b"), .limit = 9}, "a=1 ");
    scanned(s, (struct scan){.limit = 9, .rows.stop_after = 2}, "a=1 b/1=2 ");
    store_close(s);
    place_free(&p);
}

static mcp_err swallow(struct store_txn *t, void *arg)
{
    mcp_str got;

    (void)!store_put(t, MCP_STR("kept?"), MCP_STR("x"), 1);
    (void)!store_put(t, mcp_str_n(NULL, 0), MCP_STR("y"), 1);
    *(mcp_err *)arg = store_get(t, MCP_STR("kept?"), &got, NULL);
    return MCP_OK;
}

static void a_swallowed_failure_is_not_success(void)
{
    struct place p;
    mcp_err inner = MCP_OK;

    place_init(&p);
    struct store *s = place_open(&p);

    T_EQ(store_write_now(s, swallow, &inner), MCP_E_INTERNAL);
    T_EQ(inner, MCP_E_INTERNAL);
    has(s, "kept?", NULL);
    store_close(s);
    place_free(&p);
}

static const struct t_case CASES[] = {
    T(what_was_put_is_read_also_after_reopening),
    T(a_scan_gives_the_range_in_order_and_never_the_stores_own_rows),
    T(a_swallowed_failure_is_not_success),
};
T_MAIN("store/txn", CASES)
