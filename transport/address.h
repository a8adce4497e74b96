/* transport/address.h - where outbound connections may go: addresses, networks, spellings. Pure.
 *
 * Judged is the address that is about to be connected, never a name, so what a resolver says the
 * second time does not matter. Everything that is not globally reachable by IANA's special-purpose
 * registries (RFC 6890) is refused; an address that carries another one (mapped, NAT64, 6to4,
 * Teredo) is refused with it. A network that the owner allows is allowed. */
#ifndef MCP_TRANSPORT_ADDRESS_H
#define MCP_TRANSPORT_ADDRESS_H

#include <mcp/str.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sockaddr;

struct mcp_address {
    bool is_v6;
    uint8_t bytes[16]; /* network order; IPv4 in the first four */
};

/* An address and how many of its leading bits count. */
struct mcp_network {
    struct mcp_address base;
    unsigned bits;
};

/* NULL: may be connected to. Else a clause that names the range: "its address is in 10.0.0.0/8,
 * private use (RFC 1918)". Static text. `allowed`: the owner's exceptions; an IPv4 network there
 * also covers the addresses that carry one of its. */
MCP_API const char *mcp_address_refusal(const struct mcp_address *a,
                                        const struct mcp_network *allowed, size_t n_allowed);

/* False for anything but IPv4 and IPv6, and when `bytes` are too few for it. */
MCP_API bool mcp_address_of(const struct sockaddr *sa, size_t bytes, struct mcp_address *ret);

/* "192.0.2.1" or "2001:db8::1" (no brackets, no zone), in their canonical spelling or any that RFC
 * 4291 2.2 has. */
MCP_API bool mcp_address_parse(mcp_str text, struct mcp_address *ret);

/* "10.0.0.0/8", "fd00::/8", or one address. False also when a bit behind the prefix is set. */
MCP_API bool mcp_network_parse(mcp_str text, struct mcp_network *ret);
MCP_API bool mcp_network_has(const struct mcp_network *n, const struct mcp_address *a);

enum mcp_host {
    MCP_HOST_NAME,    /* to be resolved */
    MCP_HOST_ADDRESS, /* *ret is it */
    MCP_HOST_ODD      /* neither: characters no host name has, or an IPv4 address in a spelling that
                         programs read differently (2130706433, 0177.0.0.1, 0x7f.1, 127.1) */
};

/* What the host of a URL is, IPv6 in its brackets. A name whose last label is a number is no name
 * (WHATWG URL, "ends in a number"). */
MCP_API enum mcp_host mcp_address_host(mcp_str host, struct mcp_address *ret);

#ifdef __cplusplus
}
#endif
#endif
