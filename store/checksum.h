/* store/checksum.h - CRC32C (Castagnoli), the checksum of every stored value. Private, pure.
 *
 * Reversed polynomial 0x82F63B78, as iSCSI uses it (RFC 3720 12.1; test vectors in B.4). */
#ifndef STORE_CHECKSUM_H
#define STORE_CHECKSUM_H

#include <mcp/str.h>

/* Continue `crc` (0 to begin) over `n` bytes. Picks the processor's instruction when it has it. */
uint32_t store__crc32c(uint32_t crc, const void *p, size_t n);

/* The two ways it is done; `fast` falls back to the table where there is no instruction. */
uint32_t store__crc32c_table(uint32_t crc, const void *p, size_t n);
uint32_t store__crc32c_fast(uint32_t crc, const void *p, size_t n);
bool store__crc32c_has_fast(void);

#endif
