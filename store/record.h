/* store/record.h - encode and decode values: fixed-width integers and length-prefixed strings.
 *
 * Little-endian in values; big-endian in keys, so that keys sort by value. The reader is bounded
 * and sticky: after the first short read everything reads as zero or empty and `failed` is true,
 * so a decoder checks once. Pure. */
#ifndef MCP_STORE_RECORD_H
#define MCP_STORE_RECORD_H

#include <mcp/str.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In caller memory. */
struct record_reader {
    const uint8_t *at, *end;
    bool failed;
};

/* In caller memory. */
struct record_writer {
    uint8_t *at, *end; /* caller memory */
    uint8_t *begin;
    bool failed; /* did not fit */
};

/* Read `value`, which must outlive the reader. */
MCP_API void record_reader_init(struct record_reader *r, mcp_str value);
/* One byte. */
MCP_API uint8_t record_get_u8(struct record_reader *r);
/* Four bytes. */
MCP_API uint32_t record_get_u32(struct record_reader *r);
/* Eight bytes. */
MCP_API uint64_t record_get_u64(struct record_reader *r);
/* Eight bytes, two's complement. */
MCP_API int64_t record_get_i64(struct record_reader *r);
/* Points into the value. */
MCP_API mcp_str record_get_str(struct record_reader *r);
MCP_API bool record_get_bytes(struct record_reader *r, void *out, size_t n);
/* True when nothing failed and nothing is left. */
MCP_API bool record_done(const struct record_reader *r);

/* Write into `memory`, which must outlive the writer. */
MCP_API void record_writer_init(struct record_writer *w, void *memory, size_t bytes);
/* One byte. */
MCP_API void record_put_u8(struct record_writer *w, uint8_t v);
/* Four bytes. */
MCP_API void record_put_u32(struct record_writer *w, uint32_t v);
/* Eight bytes. */
MCP_API void record_put_u64(struct record_writer *w, uint64_t v);
/* Eight bytes, two's complement. */
MCP_API void record_put_i64(struct record_writer *w, int64_t v);
MCP_API void record_put_str(struct record_writer *w, mcp_str s); /* at most 65,535 bytes */
/* `n` bytes as they are, without a length. */
MCP_API void record_put_bytes(struct record_writer *w, const void *p, size_t n);
/* Big-endian, for keys. */
MCP_API void record_put_be64(struct record_writer *w, uint64_t v);
MCP_API uint64_t record_get_be64(struct record_reader *r);
/* What was written. Empty when it failed. */
MCP_API mcp_str record_writer_str(const struct record_writer *w);

#ifdef __cplusplus
}
#endif
#endif
