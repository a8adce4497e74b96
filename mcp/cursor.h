/* mcp/cursor.h - private: page cursors that a client can neither read nor make.
 *
 * libsodium's secretbox over a page number and a fingerprint of the list it belongs to, printed as
 * URL-safe base64. Pure but for the nonce. */
#ifndef MCP_CURSOR_H
#define MCP_CURSOR_H

#include <mcp/str.h>

enum {
    MCP__CURSOR_KEY_BYTES = 32,
    MCP__CURSOR_PLAIN_BYTES = 13, /* version, fingerprint, page */
    MCP__CURSOR_SEALED_BYTES = 24 + 16 + MCP__CURSOR_PLAIN_BYTES,
    MCP__CURSOR_TEXT_BYTES = (MCP__CURSOR_SEALED_BYTES * 4 + 2) / 3 + 1
};

/* The key for cursors, derived from the server's secret. */
void mcp__cursor_key(const uint8_t secret[32], uint8_t ret_key[MCP__CURSOR_KEY_BYTES]);

/* `out` receives the text; the slice points into it. */
mcp_str mcp__cursor_seal(const uint8_t key[MCP__CURSOR_KEY_BYTES], uint64_t fingerprint,
                         uint32_t page, char out[MCP__CURSOR_TEXT_BYTES]);

/* False when the cursor is not one of ours, or belongs to another list. */
bool mcp__cursor_open(const uint8_t key[MCP__CURSOR_KEY_BYTES], uint64_t fingerprint, mcp_str text,
                      uint32_t *ret_page);

#endif
