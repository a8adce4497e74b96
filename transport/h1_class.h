/* transport/h1_class.h - what each byte may be part of in HTTP/1.1; private to h1_*.c. */
#ifndef MCP_TRANSPORT_H1_CLASS_H
#define MCP_TRANSPORT_H1_CLASS_H

#include <stdint.h>

enum {
    MCP__H1_TOKEN = 1,  /* tchar, RFC 9110 5.6.2 */
    MCP__H1_TARGET = 2, /* visible ASCII but " # < >: what a WHATWG URL may leave unencoded */
    MCP__H1_VALUE = 4,  /* field-vchar, obs-text, space and tab, RFC 9110 5.5 */
    MCP__H1_HOST = 8    /* uri-host and port, RFC 3986 3.2 */
};

extern const uint8_t mcp__h1_class[256];

#endif
