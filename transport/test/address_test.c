/* Which addresses may be connected to: every row of the tables at both of its ends, what carries
 * another address, the owner's exceptions, and spellings. */
#include <mcp/test/t.h>
#include <transport/address.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static struct mcp_address address(const char *text)
{
    struct mcp_address a;

    ck_assert_msg(mcp_address_parse(mcp_str_c(text), &a), "%s is no address", text);
    return a;
}

static const char *refusal(const char *text)
{
    struct mcp_address a = address(text);

    return mcp_address_refusal(&a, NULL, 0);
}

static void a_range_is_refused_from_its_first_to_its_last_address(void)
{
    static const struct {
        const char *before, *first, *last, *after; /* NULL: the neighbour is refused, too */
        const char *says;
    } ROWS[] = {
        {NULL, "0.0.0.0", "0.255.255.255", "1.0.0.0", "RFC 791"},
        {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0", "RFC 1918"},
        {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0", "RFC 6598"},
        {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0", "RFC 1122"},
        {"168.63.129.15", "168.63.129.16", "168.63.129.16", "168.63.129.17", "Azure"},
        {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0", "RFC 3927"},
        {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0", "RFC 1918"},
        {"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0", "RFC 6890"},
        {"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0", "RFC 5737"},
        {"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0", "RFC 7526"},
        {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0", "RFC 1918"},
        {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0", "RFC 2544"},
        {"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0", "RFC 5737"},
        {"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0", "RFC 5737"},
        {"223.255.255.255", "224.0.0.0", "239.255.255.255", NULL, "RFC 5771"},
        {NULL, "240.0.0.0", "255.255.255.254", NULL, "RFC 1112"},
        {NULL, "255.255.255.255", "255.255.255.255", NULL, "RFC 919"},
        {NULL, "::", "::", NULL, "unspecified"},
        {NULL, "::1", "::1", NULL, "loopback"},
        {NULL, "::2", "::fffe:ffff:ffff", NULL, "RFC 4291"},
        {NULL, "::ffff:0:0:0", "64:ff9a:ffff::", NULL, "outside 2000::/3"},
        {NULL, "64:ff9b::1:0:0", "64:ff9b:0:ffff:ffff::", NULL, "outside 2000::/3"},
        {NULL, "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", NULL, "RFC 8215"},
        {NULL, "100::", "100::ffff:ffff:ffff:ffff", NULL, "RFC 6666"},
        {NULL, "1fff:ffff::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::", "2000::/3"},
        {"2000:ffff:ffff::", "2001::", "2001:0:ffff::", NULL, "RFC 4380"},
        {NULL, "2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", NULL, "RFC 5180"},
        {NULL, "2001:1::", "2001:1ff:ffff::", "2001:200::", "RFC 2928"},
        {"2001:db7:ffff::", "2001:db8::", "2001:db8:ffff::", "2001:db9::", "RFC 3849"},
        {"3ffe:ffff::", "3fff::", "3fff:fff:ffff::", "3fff:1000::", "RFC 9637"},
        {"3fff:ffff::", "4000::", "5eff:ffff::", NULL, "2000::/3"},
        {NULL, "5f00::", "5f00:ffff::", NULL, "RFC 9602"},
        {NULL, "fc00::", "fdff:ffff::", NULL, "RFC 4193"},
        {NULL, "fe00::", "fe7f:ffff::", NULL, "2000::/3"},
        {NULL, "fe80::", "febf:ffff::", NULL, "RFC 4291"},
        {NULL, "fec0::", "feff:ffff::", NULL, "RFC 3879"},
        {NULL, "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL, "multicast"},
    };

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const char *ends[] = {ROWS[i].first, ROWS[i].last};

        for (size_t n = 0; n < 2; n++) {
            const char *why = refusal(ends[n]);

            ck_assert_msg(why && strstr(why, ROWS[i].says), "%s: %s", ends[n],
                          why ? why : "allowed");
            ck_assert_msg(strstr(why, "its address is ") == why, "%s", why);
        }
        ck_assert_msg(!ROWS[i].before || !refusal(ROWS[i].before), "%s", ROWS[i].before);
        ck_assert_msg(!ROWS[i].after || !refusal(ROWS[i].after), "%s", ROWS[i].after);
    }
}

static void addresses_of_the_internet_pass(void)
{
    static const char *const GOOD[] = {"1.1.1.1",
                                       "8.8.8.8",
                                       "104.18.3.1",
                                       "192.0.1.1",
                                       "2606:4700::",
                                       "2a00:1450:4001:82a::200e",
                                       "2001:4860:4860::8888"};

    for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
        ck_assert_msg(!refusal(GOOD[i]), "%s: %s", GOOD[i], refusal(GOOD[i]));
    }
}

static void an_address_is_judged_by_the_one_it_carries(void)
{
    static const char *const CARRIERS[] = {"::ffff:%u.%u.%u.%u", "64:ff9b::%u.%u.%u.%u"};
    static const uint8_t BAD[][4] = {{127, 0, 0, 1}, {10, 1, 2, 3}, {169, 254, 169, 254}, {0}};
    static const uint8_t GOOD[4] = {8, 8, 8, 8};
    char text[64];

    for (size_t c = 0; c < 2; c++) {
        for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(text, sizeof(text), CARRIERS[c], BAD[i][0], BAD[i][1], BAD[i][2], BAD[i][3]);
            T_CHECK(refusal(text));
            snprintf(text, sizeof(text), CARRIERS[c], GOOD[0], GOOD[1], GOOD[2], GOOD[3]);
#pragma GCC diagnostic pop
            ck_assert_msg(!refusal(text), "%s", text);
        }
    }
    T_CHECK(refusal("2002:7f00:1::1"));   /* 6to4 of 127.0.0.1 */
    T_CHECK(refusal("2002:a9fe:a9fe::")); /* of 169.254.169.254 */
    T_CHECK(!refusal("2002:808:808::1"));
}

static void the_owner_s_networks_are_allowed_and_nothing_beside_them(void)
{
    struct mcp_network own[3];

    T_CHECK(mcp_network_parse(MCP_STR("10.20.0.0/15"), &own[0]));
    T_CHECK(mcp_network_parse(MCP_STR("fd00::/8"), &own[1]));
    T_CHECK(mcp_network_parse(MCP_STR("127.0.0.1"), &own[2]));
    static const char *const IN[] = {"10.20.0.0", "10.21.255.255",    "fd12::1",
                                     "127.0.0.1", "::ffff:10.20.0.1", "64:ff9b::10.20.0.1"};
    static const char *const OUT[] = {"10.19.255.255", "10.22.0.0",        "fc00::1",
                                      "127.0.0.2",     "::ffff:10.22.0.0", "192.168.0.1"};

    for (size_t i = 0; i < sizeof(IN) / sizeof(IN[0]); i++) {
        struct mcp_address a = address(IN[i]), b = address(OUT[i]);

        ck_assert_msg(!mcp_address_refusal(&a, own, 3), "%s", IN[i]);
        ck_assert_msg(mcp_address_refusal(&b, own, 3), "%s", OUT[i]);
        T_CHECK(mcp_address_refusal(&a, own, 0));
    }
}

static void a_network_is_an_address_with_a_prefix_and_no_more_bits(void)
{
    static const char *const BAD[] = {"",         "10.0.0.0/33", "10.0.0.1/8",  "10.0.0.0/",
                                      "10/8",     "10.0.0.0/-1", "10.0.0.0/8 ", "::/129",
                                      "fe80::/8", "1.2.3.4/0",   "x",           "10.0.0.0/0008",
                                      "[::1]",    "fe80::1%lo"};
    struct mcp_network n;

    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        ck_assert_msg(!mcp_network_parse(mcp_str_c(BAD[i]), &n), "%s", BAD[i]);
    }
    T_CHECK(mcp_network_parse(MCP_STR("0.0.0.0/0"), &n) && n.bits == 0);
    struct mcp_address a = address("255.1.2.3"), b = address("::1");

    T_CHECK(mcp_network_has(&n, &a) && !mcp_network_has(&n, &b));
    T_CHECK(mcp_network_parse(MCP_STR("::1"), &n) && n.bits == 128 && n.base.is_v6);
}

static void only_internet_addresses_are_taken_from_a_sockaddr(void)
{
    struct sockaddr_storage s = {.ss_family = AF_UNIX};
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(0x7f000001)}};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct mcp_address a;

    T_CHECK(!mcp_address_of((struct sockaddr *)&s, sizeof(s), &a));
    T_CHECK(!mcp_address_of((struct sockaddr *)&in, sizeof(in) - 1, &a));
    T_CHECK(!mcp_address_of((struct sockaddr *)&in6, sizeof(in6) - 1, &a));
    T_CHECK(mcp_address_of((struct sockaddr *)&in, sizeof(in), &a) && !a.is_v6);
    T_CHECK(mcp_address_refusal(&a, NULL, 0));
    T_CHECK(mcp_address_of((struct sockaddr *)&in6, sizeof(in6), &a) && a.is_v6);
    T_CHECK(mcp_address_refusal(&a, NULL, 0));
}

/* ---- Hosts ---- */

static const char *const NAMES[] = {"example.com",    "localhost",        "a",
                                    "a.b.c.",         "xn--bcher-kva.ch", "1.2.3.4.nip.io",
                                    "_dmarc.example", "0x7f.example",     "1a"};
static const char *const ADDRESSES[] = {"127.0.0.1", "8.8.8.8", "[::1]", "[2001:DB8:0::1]",
                                        "[::ffff:1.2.3.4]"};
static const char *const ODD[] = {"",
                                  ".",
                                  "2130706433",
                                  "0x7f000001",
                                  "0X7F.1",
                                  "0177.0.0.1",
                                  "127.1",
                                  "127.0.1",
                                  "127.0.0.01",
                                  "127.0.0.1.",
                                  "127.0.0.256",
                                  "1.2.3.4.5",
                                  "0",
                                  "0x",
                                  "a.b.0x1",
                                  "a..b",
                                  ".a",
                                  "a..",
                                  "::1",
                                  "[::1",
                                  "[::1]x",
                                  "[fe80::1%25eth0]",
                                  "[127.0.0.1]",
                                  "[]",
                                  "a b",
                                  "a%2eb",
                                  "a/b",
                                  "a@b",
                                  "b\xc3\xbc.ch",
                                  "a\tb",
                                  "\xe2\x91\xa0.0.0.1",
                                  "a:b",
                                  "00000177.0.0.1",
                                  "1.0x2.3.4"};

static void a_host_is_a_name_an_address_or_odd(void)
{
    struct mcp_address a;
    char name[300];

    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        ck_assert_msg(mcp_address_host(mcp_str_c(NAMES[i]), &a) == MCP_HOST_NAME, "%s", NAMES[i]);
    }
    for (size_t i = 0; i < sizeof(ADDRESSES) / sizeof(ADDRESSES[0]); i++) {
        ck_assert_msg(mcp_address_host(mcp_str_c(ADDRESSES[i]), &a) == MCP_HOST_ADDRESS, "%s",
                      ADDRESSES[i]);
    }
    for (size_t i = 0; i < sizeof(ODD) / sizeof(ODD[0]); i++) {
        ck_assert_msg(mcp_address_host(mcp_str_c(ODD[i]), &a) == MCP_HOST_ODD, "%s", ODD[i]);
    }
    memset(name, 'a', sizeof(name));
    T_EQ(mcp_address_host(mcp_str_n(name, 63), &a), MCP_HOST_NAME);
    T_EQ(mcp_address_host(mcp_str_n(name, 64), &a), MCP_HOST_ODD);
    for (size_t i = 50; i < sizeof(name); i += 50) {
        name[i] = '.';
    }
    T_EQ(mcp_address_host(mcp_str_n(name, 253), &a), MCP_HOST_NAME);
    T_EQ(mcp_address_host(mcp_str_n(name, 254), &a), MCP_HOST_ODD);
}

/* Whatever inet_aton() takes for an address is never taken for a name here; random spellings. */
static void nothing_that_libc_reads_as_an_address_passes_for_a_name(void)
{
    static const char ALPHABET[] = "0123456789abcdefxX...0017";
    uint32_t seed = 20261;
    size_t hits = 0;

    for (int round = 0; round < 2000000; round++) {
        char text[12];
        struct in_addr in;
        struct mcp_address a;
        size_t n = 0;

        seed = seed * 1664525 + 1013904223;
        for (uint32_t bits = seed >> 3; n < sizeof(text) - 1 && n < 1 + seed % 11; n++) {
            bits = bits * 1664525 + 1013904223;
            text[n] = ALPHABET[(bits >> 16) % (sizeof(ALPHABET) - 1)];
        }
        text[n] = '\0';
        if (inet_aton(text, &in)) {
            enum mcp_host kind = mcp_address_host(mcp_str_c(text), &a);

            hits++;
            ck_assert_msg(kind != MCP_HOST_NAME, "%s", text);
            ck_assert_msg(kind == MCP_HOST_ODD || memcmp(a.bytes, &in, 4) == 0, "%s", text);
        }
    }
    T_CHECK(hits > 1000);
}

static const struct t_case CASES[] = {
    T(a_range_is_refused_from_its_first_to_its_last_address),
    T(addresses_of_the_internet_pass),
    T(an_address_is_judged_by_the_one_it_carries),
    T(the_owner_s_networks_are_allowed_and_nothing_beside_them),
    T(a_network_is_an_address_with_a_prefix_and_no_more_bits),
    T(only_internet_addresses_are_taken_from_a_sockaddr),
    T(a_host_is_a_name_an_address_or_odd),
    T(nothing_that_libc_reads_as_an_address_passes_for_a_name),
};
T_MAIN("address", CASES)
