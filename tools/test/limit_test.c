/* tools/test/limit_test.c - the most pools an owner may have fit one answer, whatever they are
 * called, and the count of them is right. */
#include <mcp/sink.h>
#include <mcp/test/judge.h>
#include <tools/key.h>
#include <tools/owner.h>
#include <tools/test/setting.h>

#include <store/record.h>

enum { CALL_BYTES = 8 << 20, LAST_POOLS = OWNER_POOLS_MAX % 64 };

/* `n` code points of four bytes that do not show which of them is the `which`th: only the last. */
static void add_name(struct mcp_buf *b, int n, int which)
{
    unsigned last = 0x10400u + (unsigned)which % 0x50; /* Deseret letters */
    unsigned before = 0x10400u + (unsigned)which / 0x50;

    for (int i = 0; i < n; i++) {
        unsigned c = i == n - 1 ? last : i == n - 2 ? before : 0x1f600;
        char utf8[4] = {(char)(0xf0 | c >> 18), (char)(0x80 | (c >> 12 & 63)),
                        (char)(0x80 | (c >> 6 & 63)), (char)(0x80 | (c & 63))};

        mcp_buf_add(b, mcp_str_n(utf8, 4));
    }
}

static void add_connection(struct setting *s, int which)
{
    struct mcp_principal who = tools_operator();
    struct mcp_buf b;

    mcp_buf_init(&b, 1 << 20);
    mcp_buf_add_c(&b, "{\"name\":\"");
    add_name(&b, 80, which);
    mcp_buf_add_c(&b, "\",\"toolName\":\"");
    add_name(&b, 80, which);
    mcp_buf_printf(&b, "\",\"toolId\":\"%064d\",\"topupUrl\":\"https://%02040d\"", 0, 0);
    mcp_buf_add_c(&b, ",\"low\":9223372036854.775807,\"critical\":9223372036854.775806}");
    T_EQ(say_as(s, &who, "add_connection", mcp_buf_str(&b)).err, MCP_OK);
    mcp_buf_free(&b);
}

static void add_reading(struct mcp_buf *b, int type, const char *balance, int64_t at_ms)
{
    char time[MCP_TIMESTAMP_BYTES];
    mcp_str t = mcp_timestamp_format(at_ms, time);

    mcp_buf_add_c(b, "{\"creditType\":\"");
    add_name(b, 64, type);
    mcp_buf_add_c(b, "\",\"label\":\"");
    add_name(b, 80, type);
    mcp_buf_add_c(b, "\",\"unit\":\"");
    add_name(b, 32, type);
    mcp_buf_printf(b, "\",\"balance\":%s,\"balanceLimit\":9223372036854.775807", balance);
    mcp_buf_printf(b, ",\"recordedAt\":\"%.*s\"},", MCP_STR_ARG(t));
}

/* The longest pools there are, `from` to `to` of a connection. */
static struct said add_pools(struct setting *s, int connection, int from, int to)
{
    struct mcp_principal who = tools_operator();
    struct mcp_buf b;

    mcp_buf_init(&b, 1 << 20);
    mcp_buf_add_c(&b, "{\"connection\":\"");
    add_name(&b, 80, connection);
    mcp_buf_add_c(&b, "\",\"readings\":[");
    for (int i = from; i < to; i++) {
        add_reading(&b, i, "9223372036854.775807", NOW_MS - 1);
        add_reading(&b, i, "-9223372036854.775807", NOW_MS);
    }
    b.len--;
    mcp_buf_add_c(&b, "]}");
    struct said said = say_as(s, &who, "add_reading", mcp_buf_str(&b));

    mcp_buf_free(&b);
    return said;
}

struct heard {
    struct mcp_sink sink; /* first */
    mcp_err err;
    size_t bytes;
    int http_status;
};

static void hear(struct mcp_sink *sink, const struct mcp_reply *r)
{
    struct heard *h = (struct heard *)sink;

    judge_answer(&(struct judge_case){"tools/call", true, NULL}, r->message);
    h->err = r->err;
    h->bytes = r->message.len;
    h->http_status = r->http_status;
}

static struct heard list_over_mcp(struct setting *s)
{
    struct heard h = {.sink = {.finish = hear}, .err = MCP_PENDING};
    struct mcp_peer peer = {.principal = tools_operator()};

    mcp_server_handle(
        s->server,
        MCP_STR("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":"
                "\"list_balances\",\"_meta\":{"
                "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                "\"io.modelcontextprotocol/clientInfo\":{\"name\":\"t\",\"version\":\"1\"},"
                "\"io.modelcontextprotocol/clientCapabilities\":{}}}}"),
        &peer, &h.sink);
    return h;
}

static void the_most_pools_with_the_longest_names_fit_one_answer(void)
{
    struct setting s;
    int last = OWNER_POOLS_MAX / 64;

    setting_open(&s);
    for (int i = 0; i <= last; i++) {
        add_connection(&s, i);
        T_EQ(add_pools(&s, i, 0, i < last ? 64 : LAST_POOLS).err, MCP_OK);
    }
    struct said said = say(&s, "list_balances", "{}");
    struct heard h = list_over_mcp(&s);

    T_EQ(said.err, MCP_OK);
    T_EQ(mcp_json_count(at(said.json, "pools")), OWNER_POOLS_MAX);
    T_EQ(h.err, MCP_OK);
    fprintf(stderr, "%zu bytes as a result, %zu over MCP, of %d\n", said.result.len, h.bytes,
            CALL_BYTES);
    T_CHECK(h.bytes <= CALL_BYTES);

    struct said more = add_pools(&s, last, LAST_POOLS, LAST_POOLS + 1);

    T_EQ(more.err, MCP_E_REFUSED);
    T_HAS(more.message, "There are 1,000 pools");
    SAY_FAILS(&s, "add_connection", "{'name':'a','toolName':'t'}", MCP_E_REFUSED,
              "There are 1,000 pools");
    T_EQ(mcp_json_count(at(say(&s, "list_balances", "{}").json, "pools")), OWNER_POOLS_MAX);
    setting_close(&s);
}

static void serve_again(struct setting *s, size_t call_bytes_max)
{
    char why[256] = "";
    struct mcp_server_options o = {
        .name = "test", .version = "1", .call_bytes_max = call_bytes_max};

    mcp_server_free(s->server);
    o.clock = (struct mcp_clock){setting_wall, setting_monotonic, s};
    o.tools = tools_sets(s->tools, &o.n_tools);
    s->server = mcp_server_new(&o, why, sizeof(why));
    ck_assert_msg(s->server != NULL, "%s", why);
}

/* Trying again would not help: no OVERLOADED, which is 503 with Retry-After. */
static void an_answer_beyond_the_budget_of_a_call_is_too_large(void)
{
    struct setting s;

    setting_open(&s);
    add_connection(&s, 0);
    T_EQ(add_pools(&s, 0, 0, 64).err, MCP_OK);
    serve_again(&s, 300000); /* room for it once, not twice */
    T_EQ(say(&s, "list_balances", "{}").err, MCP_OK);
    struct heard h = list_over_mcp(&s);

    T_EQ(h.err, MCP_E_TOO_LARGE);
    T_EQ(h.http_status, 200);
    T_CHECK(h.bytes > 50);
    serve_again(&s, 100000);
    SAY_FAILS(&s, "list_balances", "{}", MCP_E_TOO_LARGE, "ask for less");
    T_EQ(list_over_mcp(&s).err, MCP_E_TOO_LARGE);
    T_EQ(say(&s, "list_balances", "{'status':'error'}").err, MCP_OK);
    setting_close(&s);
}

static mcp_err read_owner(struct store_txn *txn, void *arg)
{
    return owner_get(txn, 1, arg);
}

static uint32_t counted(struct setting *s)
{
    struct owner o;

    T_EQ(store_read(s->store, read_owner, &o), MCP_OK);
    return o.n_pools;
}

static mcp_err put_version_1(struct store_txn *txn, void *arg)
{
    struct key key = key_owned(KEY_OWNER, 1);
    struct record_writer w;
    struct owner o;
    uint8_t memory[32];
    mcp_err err = owner_get(txn, 1, &o);

    (void)arg;
    record_writer_init(&w, memory, sizeof(memory));
    record_put_u64(&w, o.next_token);
    record_put_u64(&w, o.next_connection);
    record_put_u32(&w, o.n_tokens);
    record_put_u32(&w, o.n_connections);
    return err ? err : store_put(txn, key_str(&key), record_writer_str(&w), 1);
}

static void pools_are_counted_as_the_listing_shows_them(void)
{
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "add_connection", "{'name':'a','toolName':'t'}");
    T_EQ(counted(&s), 1);
    SAY_OK(&s, "add_reading", "{'connection':'a','creditType':'x','balance':1}");
    T_EQ(counted(&s), 1);
    SAY_OK(&s, "add_reading",
           "{'connection':'a','readings':[{'creditType':'y','balance':1},"
           "{'creditType':'z','balance':1}]}");
    SAY_OK(&s, "add_connection", "{'name':'b','toolName':'t'}");
    T_EQ(counted(&s), 4);
    T_EQ(store_write_now(s.store, put_version_1, NULL), MCP_OK); /* of an earlier version */
    T_EQ(counted(&s), 4);
    SAY_OK(&s, "add_connection", "{'name':'c','toolName':'t'}");
    T_EQ(counted(&s), 5);
    SAY_OK(&s, "remove_connection", "{'connection':'a'}");
    T_EQ(counted(&s), 2);
    SAY_OK(&s, "remove_connection", "{'connection':'b'}");
    SAY_OK(&s, "remove_connection", "{'connection':'c'}");
    T_EQ(counted(&s), 0);
    setting_close(&s);
}

static const struct t_case cases[] = {
    T(the_most_pools_with_the_longest_names_fit_one_answer),
    T(an_answer_beyond_the_budget_of_a_call_is_too_large),
    T(pools_are_counted_as_the_listing_shows_them),
};
T_MAIN("limit", cases)
