/* store/frame.c - see frame.h. */
#include "frame.h"

#include "checksum.h"

static uint32_t sum(mcp_str key, mcp_str value, uint8_t version)
{
    /* The length first: otherwise ("ab", "c") and ("a", "bc") would have the same sum. */
    const uint8_t head[3] = {(uint8_t)(key.len & 0xff), (uint8_t)(key.len >> 8 & 0xff), version};
    uint32_t crc = store__crc32c(0, head, sizeof head);

    crc = store__crc32c(crc, key.ptr, key.len);
    return store__crc32c(crc, value.ptr, value.len);
}

size_t store__frame_write(uint8_t *out, mcp_str key, mcp_str value, uint8_t version)
{
    uint32_t crc = sum(key, value, version);

    out[0] = version;
    for (size_t i = 0; i < 4; i++) {
        out[1 + i] = (uint8_t)(crc >> (8 * i) & 0xff);
    }
    if (value.len) {
        memcpy(out + STORE__FRAME_BYTES, value.ptr, value.len);
    }
    return value.len + STORE__FRAME_BYTES;
}

bool store__frame_read(mcp_str key, mcp_str frame, mcp_str *ret, uint8_t *ret_version)
{
    if (frame.len < STORE__FRAME_BYTES) {
        return false;
    }
    uint32_t crc = 0;

    for (size_t i = 0; i < 4; i++) {
        crc |= (uint32_t)(uint8_t)frame.ptr[1 + i] << (8 * i);
    }
    mcp_str value = mcp_str_n(frame.ptr + STORE__FRAME_BYTES, frame.len - STORE__FRAME_BYTES);

    if (crc != sum(key, value, (uint8_t)frame.ptr[0])) {
        return false;
    }
    *ret = value;
    *ret_version = (uint8_t)frame.ptr[0];
    return true;
}
