/* transport/address.c - see address.h. */
#include <transport/address.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* ---- Ranges ---------------------------------------------------------------------------------- */

struct range {
    uint8_t base[16];
    unsigned bits;
    const char *refusal; /* NULL: judge the IPv4 address inside, at byte `inner_at` */
    size_t inner_at;
};

#define IN(text) "its address is in " text
#define AT(text) "its address is " text

/* https://www.iana.org/assignments/iana-ipv4-special-registry; first hit wins. */
static const struct range V4[] = {
    {{0}, 8, IN("0.0.0.0/8, this network (RFC 791)"), 0},
    {{10}, 8, IN("10.0.0.0/8, private use (RFC 1918)"), 0},
    {{100, 64}, 10, IN("100.64.0.0/10, shared by carriers (RFC 6598)"), 0},
    {{127}, 8, IN("127.0.0.0/8, loopback (RFC 1122)"), 0},
    {{168, 63, 129, 16}, 32, AT("168.63.129.16, services of the Azure host"), 0},
    {{169, 254}, 16, IN("169.254.0.0/16, link-local (RFC 3927)"), 0},
    {{172, 16}, 12, IN("172.16.0.0/12, private use (RFC 1918)"), 0},
    {{192, 0, 0}, 24, IN("192.0.0.0/24, protocol assignments (RFC 6890)"), 0},
    {{192, 0, 2}, 24, IN("192.0.2.0/24, documentation (RFC 5737)"), 0},
    {{192, 88, 99}, 24, IN("192.88.99.0/24, former 6to4 relays (RFC 7526)"), 0},
    {{192, 168}, 16, IN("192.168.0.0/16, private use (RFC 1918)"), 0},
    {{198, 18}, 15, IN("198.18.0.0/15, benchmarks (RFC 2544)"), 0},
    {{198, 51, 100}, 24, IN("198.51.100.0/24, documentation (RFC 5737)"), 0},
    {{203, 0, 113}, 24, IN("203.0.113.0/24, documentation (RFC 5737)"), 0},
    {{224}, 4, IN("224.0.0.0/4, multicast (RFC 5771)"), 0},
    {{255, 255, 255, 255}, 32, AT("255.255.255.255, broadcast (RFC 919)"), 0},
    {{240}, 4, IN("240.0.0.0/4, reserved (RFC 1112)"), 0},
};

/* https://www.iana.org/assignments/iana-ipv6-special-registry; first hit wins. */
static const struct range V6[] = {
    {{0}, 128, AT("::, unspecified (RFC 4291)"), 0},
    {{[15] = 1}, 128, AT("::1, loopback (RFC 4291)"), 0},
    {{[10] = 0xff, [11] = 0xff}, 96, NULL, 12}, /* mapped IPv4, RFC 4291 2.5.5.2 */
    {{0}, 96, IN("::/96, former IPv4-compatible (RFC 4291)"), 0},
    {{0x00, 0x64, 0xff, 0x9b}, 96, NULL, 12}, /* NAT64, RFC 6052 */
    {{0x00, 0x64, 0xff, 0x9b, 0, 1}, 48, IN("64:ff9b:1::/48, local NAT64 (RFC 8215)"), 0},
    {{0x01}, 64, IN("100::/64, discarded (RFC 6666)"), 0},
    {{0x20, 0x01, 0, 0}, 32, IN("2001::/32, Teredo (RFC 4380)"), 0},
    {{0x20, 0x01, 0, 2}, 48, IN("2001:2::/48, benchmarks (RFC 5180)"), 0},
    {{0x20, 0x01, 0, 0}, 23, IN("2001::/23, protocol assignments (RFC 2928)"), 0},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, IN("2001:db8::/32, documentation (RFC 3849)"), 0},
    {{0x20, 0x02}, 16, NULL, 2}, /* 6to4, RFC 3056 */
    {{0x3f, 0xff}, 20, IN("3fff::/20, documentation (RFC 9637)"), 0},
    {{0x5f}, 16, IN("5f00::/16, segment routing (RFC 9602)"), 0},
    {{0xfc}, 7, IN("fc00::/7, unique local (RFC 4193)"), 0},
    {{0xfe, 0x80}, 10, IN("fe80::/10, link-local (RFC 4291)"), 0},
    {{0xfe, 0xc0}, 10, IN("fec0::/10, former site-local (RFC 3879)"), 0},
    {{0xff}, 8, IN("ff00::/8, multicast (RFC 4291)"), 0},
};
/* Of all others only 2000::/3 is handed out (RFC 4291 2.4). */
#define NOT_GLOBAL "its address is outside 2000::/3, not handed out (RFC 4291)"

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;

    return memcmp(a, b, whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

static const struct range *find_range(const struct range *rows, size_t n, const uint8_t *bytes)
{
    for (size_t i = 0; i < n; i++) {
        if (same_bits(rows[i].base, bytes, rows[i].bits)) {
            return &rows[i];
        }
    }
    return NULL;
}

static struct mcp_address inner_of(const struct mcp_address *a, size_t at)
{
    struct mcp_address inner = {0};

    memcpy(inner.bytes, a->bytes + at, 4);
    return inner;
}

/* ---- The judgement --------------------------------------------------------------------------- */

static const char *refusal_v6(const struct mcp_address *a, const struct mcp_network *allowed,
                              size_t n_allowed)
{
    const struct range *r = find_range(V6, sizeof(V6) / sizeof(V6[0]), a->bytes);

    if (r && !r->refusal) {
        struct mcp_address inner = inner_of(a, r->inner_at);

        return mcp_address_refusal(&inner, allowed, n_allowed);
    }
    return r ? r->refusal : (a->bytes[0] >> 5) == 1 ? NULL : NOT_GLOBAL;
}

const char *mcp_address_refusal(const struct mcp_address *a, const struct mcp_network *allowed,
                                size_t n_allowed)
{
    for (size_t i = 0; i < n_allowed; i++) {
        if (mcp_network_has(&allowed[i], a)) {
            return NULL;
        }
    }
    if (a->is_v6) {
        return refusal_v6(a, allowed, n_allowed);
    }
    const struct range *r = find_range(V4, sizeof(V4) / sizeof(V4[0]), a->bytes);

    return r ? r->refusal : NULL;
}

bool mcp_network_has(const struct mcp_network *n, const struct mcp_address *a)
{
    return n->base.is_v6 == a->is_v6 && same_bits(n->base.bytes, a->bytes, n->bits);
}

/* ---- Reading --------------------------------------------------------------------------------- */

bool mcp_address_of(const struct sockaddr *sa, size_t bytes, struct mcp_address *ret)
{
    struct mcp_address a = {0};
    struct sockaddr_in in;
    struct sockaddr_in6 in6;

    if (bytes >= sizeof(in) && sa->sa_family == AF_INET) {
        memcpy(&in, sa, sizeof(in));
        memcpy(a.bytes, &in.sin_addr, 4);
    } else if (bytes >= sizeof(in6) && sa->sa_family == AF_INET6) {
        memcpy(&in6, sa, sizeof(in6));
        a.is_v6 = true;
        memcpy(a.bytes, &in6.sin6_addr, 16);
    } else {
        return false;
    }
    *ret = a;
    return true;
}

bool mcp_address_parse(mcp_str text, struct mcp_address *ret)
{
    struct mcp_address a = {0};
    char copy[INET6_ADDRSTRLEN];

    if (text.len == 0 || text.len >= sizeof(copy) || memchr(text.ptr, '\0', text.len)) {
        return false;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    a.is_v6 = memchr(copy, ':', text.len) != NULL;
    if (inet_pton(a.is_v6 ? AF_INET6 : AF_INET, copy, a.bytes) != 1) {
        return false;
    }
    *ret = a;
    return true;
}

bool mcp_network_parse(mcp_str text, struct mcp_network *ret)
{
    struct mcp_network n = {0};
    mcp_str rest = text, base = mcp_str_cut(&rest, '/');
    uint64_t bits;

    if (!mcp_address_parse(base, &n.base)) {
        return false;
    }
    bits = n.base.is_v6 ? 128 : 32;
    if (rest.ptr && (rest.len > 3 || !mcp_str_uint(rest, bits, &bits))) {
        return false;
    }
    n.bits = (unsigned)bits;
    for (unsigned at = n.bits; at < (n.base.is_v6 ? 128 : 32); at++) {
        if (n.base.bytes[at / 8] & (0x80u >> at % 8)) {
            return false;
        }
    }
    *ret = n;
    return true;
}

/* ---- Hosts ----------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_host_char(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

/* Decimal digits, or 0x and perhaps hexadecimal ones: what inet_aton() takes for a number. */
static bool is_number(mcp_str label)
{
    bool is_hex = label.len >= 2 && label.ptr[0] == '0' && (label.ptr[1] | 0x20) == 'x';

    for (size_t i = is_hex ? 2 : 0; i < label.len; i++) {
        char lower = (char)(label.ptr[i] | 0x20);

        if (!is_digit(label.ptr[i]) && !(is_hex && lower >= 'a' && lower <= 'f')) {
            return false;
        }
    }
    return label.len > 0;
}

static bool is_label(mcp_str label)
{
    for (size_t i = 0; i < label.len; i++) {
        if (!is_host_char(label.ptr[i])) {
            return false;
        }
    }
    return label.len >= 1 && label.len <= 63;
}

enum mcp_host mcp_address_host(mcp_str host, struct mcp_address *ret)
{
    mcp_str last = {NULL, 0};

    if (host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']') {
        bool is_v6 = mcp_address_parse(mcp_str_n(host.ptr + 1, host.len - 2), ret) && ret->is_v6;

        return is_v6 ? MCP_HOST_ADDRESS : MCP_HOST_ODD;
    }
    if (mcp_address_parse(host, ret)) {
        return ret->is_v6 ? MCP_HOST_ODD : MCP_HOST_ADDRESS; /* IPv6 stands in brackets */
    }
    if (host.len && host.ptr[host.len - 1] == '.') {
        host.len--; /* the root */
    }
    if (host.len == 0 || host.len > 253) {
        return MCP_HOST_ODD;
    }
    for (mcp_str rest = host; rest.ptr;) {
        last = mcp_str_cut(&rest, '.');
        if (!is_label(last)) {
            return MCP_HOST_ODD;
        }
    }
    return is_number(last) ? MCP_HOST_ODD : MCP_HOST_NAME;
}
