/* store/frame.h - how a value lies in the data file: version, checksum, bytes. Private, pure.
 *
 *     | version u8 | CRC32C u32 LE | value ... |
 *
 * The checksum covers the key's length, the key, the version and the value, so that a value that
 * turns up under another key does not pass. */
#ifndef STORE_FRAME_H
#define STORE_FRAME_H

#include <mcp/str.h>

#define STORE__FRAME_BYTES 5 /* added to each value */

/* Write the frame to `out`, which has room for value.len + STORE__FRAME_BYTES. Returns its size. */
size_t store__frame_write(uint8_t *out, mcp_str key, mcp_str value, uint8_t version);

/* False when `frame` is too short or the checksum differs. *ret points into `frame`. */
bool store__frame_read(mcp_str key, mcp_str frame, mcp_str *ret, uint8_t *ret_version);

#endif
