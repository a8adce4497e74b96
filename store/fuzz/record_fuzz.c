/* store/fuzz/record_fuzz.c - what is decoded encodes to the same bytes; a frame is exact.
 *
 * Input: one byte n, n bytes that choose what to read, then the value. */
#include <mcp/fuzz/fuzz.h>
#include <store/record.h>

#include "../checksum.h"
#include "../frame.h"

/* Reads one field and writes it again. */
static void copy_field(struct record_reader *r, struct record_writer *w, uint8_t kind)
{
    uint8_t bytes[16];
    size_t n = kind >> 3 & 15;

    switch (kind & 7) {
    case 0:
        record_put_u8(w, record_get_u8(r));
        break;
    case 1:
        record_put_u32(w, record_get_u32(r));
        break;
    case 2:
        record_put_u64(w, record_get_u64(r));
        break;
    case 3:
        record_put_i64(w, record_get_i64(r));
        break;
    case 4:
        record_put_be64(w, record_get_be64(r));
        break;
    case 5:
        record_get_bytes(r, bytes, n);
        record_put_bytes(w, bytes, n);
        break;
    default:
        record_put_str(w, record_get_str(r));
        break;
    }
}

static void check_record(const uint8_t *kinds, size_t n, mcp_str value)
{
    static uint8_t memory[1 << 17];
    struct record_reader r;
    struct record_writer w;

    record_reader_init(&r, value);
    record_writer_init(&w, memory, value.len);
    for (size_t i = 0; i < n && !r.failed; i++) {
        const uint8_t *before = r.at;
        struct record_writer kept = w;

        copy_field(&r, &w, kinds[i]);
        if (r.failed) { /* the field was cut: nothing was taken, all reads as zero from now on */
            FUZZ_CHECK(r.at >= before && r.at <= r.end);
            FUZZ_CHECK(record_get_u64(&r) == 0 && record_get_str(&r).len == 0);
            FUZZ_CHECK(!record_done(&r));
            w = kept;
        }
    }
    mcp_str again = record_writer_str(&w);

    FUZZ_CHECK(!w.failed && again.len <= value.len);
    FUZZ_CHECK(again.len == 0 || memcmp(again.ptr, value.ptr, again.len) == 0);
    FUZZ_CHECK(r.failed || again.len == (size_t)(r.at - (const uint8_t *)value.ptr) ||
               value.len == 0);
}

static void check_frame(mcp_str key, mcp_str value)
{
    static uint8_t memory[(1 << 17) + STORE__FRAME_BYTES];
    mcp_str got;
    uint8_t version = 0;

    if (value.len > 1 << 17) {
        return;
    }
    if (store__frame_read(key, value, &got, &version)) { /* what passes is what we would write */
        FUZZ_CHECK(store__frame_write(memory, key, got, version) == value.len);
        FUZZ_CHECK(memcmp(memory, value.ptr, value.len) == 0);
    }
    size_t n = store__frame_write(memory, key, value, (uint8_t)key.len);
    mcp_str frame = mcp_str_n((const char *)memory, n);

    FUZZ_CHECK(store__frame_read(key, frame, &got, &version));
    FUZZ_CHECK(mcp_str_eq(got, value) && version == (uint8_t)key.len);
    if (key.len && value.len) { /* one byte less of either is not it */
        FUZZ_CHECK(!store__frame_read(mcp_str_n(key.ptr, key.len - 1), frame, &got, &version));
        FUZZ_CHECK(!store__frame_read(key, mcp_str_n(frame.ptr, n - 1), &got, &version));
    }
    FUZZ_CHECK(store__crc32c_fast(1, value.ptr, value.len) ==
               store__crc32c_table(1, value.ptr, value.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    size_t n = data[0] < size - 1 ? data[0] : size - 1;
    mcp_str value = mcp_str_n((const char *)data + 1 + n, size - 1 - n);

    if (value.len <= 1 << 17) {
        check_record(data + 1, n, value);
        check_frame(mcp_str_n((const char *)data + 1, n), value);
    }
    return 0;
}
