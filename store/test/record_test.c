/* store/test/record_test.c - the codec of values, the frame around them, the checksum. */
#include <mcp/test/t.h>
#include <store/record.h>

#include "../checksum.h"
#include "../frame.h"

static void what_was_written_is_read(void)
{
    uint8_t memory[128];
    char bytes[3];
    struct record_writer w;
    struct record_reader r;

    record_writer_init(&w, memory, sizeof memory);
    record_put_u8(&w, 0xab);
    record_put_u32(&w, 0xdeadbeef);
    record_put_u64(&w, UINT64_MAX - 1);
    record_put_i64(&w, INT64_MIN);
    record_put_str(&w, MCP_STR("name"));
    record_put_str(&w, mcp_str_n(NULL, 0));
    record_put_bytes(&w, "xyz", 3);
    record_put_be64(&w, 0x0102030405060708);
    T_EQ(record_writer_str(&w).len, 1 + 4 + 8 + 8 + 6 + 2 + 3 + 8);
    record_reader_init(&r, record_writer_str(&w));
    T_EQ(record_get_u8(&r), 0xab);
    T_EQ(record_get_u32(&r), 0xdeadbeef);
    T_CHECK(record_get_u64(&r) == UINT64_MAX - 1);
    T_CHECK(record_get_i64(&r) == INT64_MIN);
    T_STR(record_get_str(&r), "name");
    T_STR(record_get_str(&r), "");
    T_CHECK(record_get_bytes(&r, bytes, 3));
    T_CHECK(memcmp(bytes, "xyz", 3) == 0);
    T_CHECK(!record_done(&r));
    T_EQ(record_get_be64(&r), 0x0102030405060708);
    T_CHECK(record_done(&r));
}

static void the_layout_is_fixed(void)
{
    uint8_t memory[64];
    struct record_writer w;

    record_writer_init(&w, memory, sizeof memory);
    record_put_u32(&w, 0x01020304);
    record_put_be64(&w, 0x01020304);
    record_put_str(&w, MCP_STR("ab"));
    T_CHECK(memcmp(memory, "\4\3\2\1\0\0\0\0\1\2\3\4\2\0ab", 16) == 0);
}

static void a_short_read_is_sticky_and_gives_nothing(void)
{
    struct record_reader r;
    char bytes[4] = "abcd";

    record_reader_init(&r, MCP_STR("\1\2\3"));
    T_EQ(record_get_u32(&r), 0);
    T_CHECK(r.failed);
    T_EQ(record_get_u8(&r), 0); /* although a byte is there */
    T_CHECK(!record_get_bytes(&r, bytes, 1));
    T_EQ(bytes[0], 0);
    T_EQ(record_get_str(&r).len, 0);
    T_CHECK(!record_done(&r));
    record_reader_init(&r, MCP_STR("\5\0abc")); /* a length beyond the end */
    T_EQ(record_get_str(&r).len, 0);
    T_CHECK(r.failed);
    record_reader_init(&r, mcp_str_n(NULL, 0));
    T_CHECK(record_done(&r));
    T_CHECK(record_get_bytes(&r, bytes, 0));
    T_EQ(record_get_u8(&r), 0);
    T_CHECK(r.failed);
}

static void what_does_not_fit_is_sticky_and_gives_nothing(void)
{
    uint8_t memory[8];
    struct record_writer w;
    static char big[70000];

    record_writer_init(&w, memory, sizeof memory);
    record_put_u64(&w, 1);
    T_CHECK(!w.failed);
    record_put_u8(&w, 1);
    T_CHECK(w.failed);
    T_EQ(record_writer_str(&w).len, 0);
    record_writer_init(&w, memory, sizeof memory);
    record_put_u64(&w, 1);
    record_put_bytes(&w, NULL, 0);
    T_EQ(record_writer_str(&w).len, 8);
    record_writer_init(&w, big, sizeof big);
    record_put_str(&w, mcp_str_n(big, 65536));
    T_CHECK(w.failed);
}

static void big_endian_keys_sort_by_value(void)
{
    static const uint64_t v[] = {0, 1, 255, 256, 1u << 31, 1ull << 40, UINT64_MAX};
    uint8_t a[8], b[8];
    struct record_writer w;

    for (size_t i = 0; i + 1 < sizeof v / sizeof v[0]; i++) {
        record_writer_init(&w, a, 8);
        record_put_be64(&w, v[i]);
        record_writer_init(&w, b, 8);
        record_put_be64(&w, v[i + 1]);
        T_CHECK(memcmp(a, b, 8) < 0);
    }
}

/* RFC 3720 B.4. */
static void the_checksum_is_crc32c(void)
{
    uint8_t zeros[32] = {0}, ones[32], up[32], down[32];

    memset(ones, 0xff, sizeof ones);
    for (int i = 0; i < 32; i++) {
        up[i] = (uint8_t)i;
        down[i] = (uint8_t)(31 - i);
    }
    static const uint8_t scsi[48] = {0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,    0, 0, 0, 0,
                                     0x14, 0,    0, 0, 0, 0, 4, 0, 0, 0, 0, 0x14, 0, 0, 0, 0x18,
                                     0x28, 0,    0, 0, 0, 0, 0, 0, 2, 0, 0, 0,    0, 0, 0, 0};
    uint32_t (*const ways[])(uint32_t, const void *, size_t) = {store__crc32c, store__crc32c_table,
                                                                store__crc32c_fast};

    for (size_t i = 0; i < 3; i++) {
        T_EQ(ways[i](0, zeros, 32), 0x8a9136aa);
        T_EQ(ways[i](0, ones, 32), 0x62a8ab43);
        T_EQ(ways[i](0, up, 32), 0x46dd794e);
        T_EQ(ways[i](0, down, 32), 0x113fdb5c);
        T_EQ(ways[i](0, scsi, 48), 0xd9963a56);
        T_EQ(ways[i](0, "123456789", 9), 0xe3069283);
        T_EQ(ways[i](0, "", 0), 0);
    }
}

static void both_ways_of_the_checksum_agree(void)
{
    uint8_t bytes[600];
    uint32_t seed = 7;

    if (!store__crc32c_has_fast()) {
        printf("this processor has no crc32 instruction: the table was tested with itself\n");
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        seed = seed * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(seed >> 24);
    }
    for (size_t from = 0; from < 9; from++) {
        for (size_t n = 0; n + from < sizeof bytes; n += 1 + n / 16) {
            uint32_t want = store__crc32c_table(seed, bytes + from, n);

            T_EQ(store__crc32c_fast(seed, bytes + from, n), want);
            /* in two pieces */
            T_EQ(store__crc32c_fast(store__crc32c_table(seed, bytes + from, n / 3),
                                    bytes + from + n / 3, n - n / 3),
                 want);
        }
    }
}

static void a_frame_holds_for_its_own_key_and_bytes_only(void)
{
    uint8_t frame[64], version = 0;
    mcp_str got;
    size_t n = store__frame_write(frame, MCP_STR("key"), MCP_STR("value"), 7);
    mcp_str f = mcp_str_n((const char *)frame, n);

    T_EQ(n, 5 + STORE__FRAME_BYTES);
    T_CHECK(store__frame_read(MCP_STR("key"), f, &got, &version));
    T_STR(got, "value");
    T_EQ(version, 7);
    T_CHECK(!store__frame_read(MCP_STR("kez"), f, &got, &version));
    T_CHECK(!store__frame_read(MCP_STR("ke"), f, &got, &version));
    for (size_t bit = 0; bit < n * 8; bit++) {
        frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
        T_CHECK(!store__frame_read(MCP_STR("key"), f, &got, &version));
        frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t cut = 0; cut < n; cut++) {
        T_CHECK(!store__frame_read(MCP_STR("key"), mcp_str_n(f.ptr, cut), &got, &version));
    }
}

static void the_border_between_key_and_value_counts(void)
{
    uint8_t a[64], b[64];

    store__frame_write(a, MCP_STR("ab"), MCP_STR("c"), 1);
    store__frame_write(b, MCP_STR("a"), MCP_STR("bc"), 1);
    T_CHECK(memcmp(a, b, STORE__FRAME_BYTES) != 0);
}

static const struct t_case CASES[] = {
    T(what_was_written_is_read),
    T(the_layout_is_fixed),
    T(a_short_read_is_sticky_and_gives_nothing),
    T(what_does_not_fit_is_sticky_and_gives_nothing),
    T(big_endian_keys_sort_by_value),
    T(the_checksum_is_crc32c),
    T(both_ways_of_the_checksum_agree),
    T(a_frame_holds_for_its_own_key_and_bytes_only),
    T(the_border_between_key_and_value_counts),
};
T_MAIN("store/record", CASES)
