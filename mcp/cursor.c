/* mcp/cursor.c - see cursor.h. */
#include <mcp/cursor.h>

#include <sodium.h>

enum { VERSION = 1, NONCE = crypto_secretbox_NONCEBYTES };

_Static_assert(MCP__CURSOR_SEALED_BYTES ==
                   NONCE + crypto_secretbox_MACBYTES + MCP__CURSOR_PLAIN_BYTES,
               "sealed size");
_Static_assert(MCP__CURSOR_TEXT_BYTES >=
                   sodium_base64_ENCODED_LEN(MCP__CURSOR_SEALED_BYTES,
                                             sodium_base64_VARIANT_URLSAFE_NO_PADDING),
               "text size");

void mcp__cursor_key(const uint8_t secret[32], uint8_t ret_key[MCP__CURSOR_KEY_BYTES])
{
    static const unsigned char PURPOSE[] = "cistern cursor 1";

    crypto_generichash(ret_key, MCP__CURSOR_KEY_BYTES, PURPOSE, sizeof(PURPOSE) - 1, secret, 32);
}

static void put_plain(uint64_t fingerprint, uint32_t page, uint8_t out[MCP__CURSOR_PLAIN_BYTES])
{
    out[0] = VERSION;
    for (unsigned i = 0; i < 8; i++) {
        out[1 + i] = (uint8_t)(fingerprint >> (8 * i));
    }
    for (unsigned i = 0; i < 4; i++) {
        out[9 + i] = (uint8_t)(page >> (8 * i));
    }
}

mcp_str mcp__cursor_seal(const uint8_t key[MCP__CURSOR_KEY_BYTES], uint64_t fingerprint,
                         uint32_t page, char out[MCP__CURSOR_TEXT_BYTES])
{
    uint8_t plain[MCP__CURSOR_PLAIN_BYTES], sealed[MCP__CURSOR_SEALED_BYTES];

    put_plain(fingerprint, page, plain);
    randombytes_buf(sealed, NONCE);
    crypto_secretbox_easy(sealed + NONCE, plain, sizeof(plain), sealed, key);
    sodium_bin2base64(out, MCP__CURSOR_TEXT_BYTES, sealed, sizeof(sealed),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return mcp_str_c(out);
}

bool mcp__cursor_open(const uint8_t key[MCP__CURSOR_KEY_BYTES], uint64_t fingerprint, mcp_str text,
                      uint32_t *ret_page)
{
    uint8_t sealed[MCP__CURSOR_SEALED_BYTES], plain[MCP__CURSOR_PLAIN_BYTES];
    uint8_t want[MCP__CURSOR_PLAIN_BYTES];
    size_t len = 0;

    if (text.len >= MCP__CURSOR_TEXT_BYTES ||
        sodium_base642bin(sealed, sizeof(sealed), text.ptr, text.len, NULL, &len, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        len != sizeof(sealed) ||
        crypto_secretbox_open_easy(plain, sealed + NONCE, sizeof(sealed) - NONCE, sealed, key) !=
            0) {
        return false;
    }
    uint32_t page = (uint32_t)plain[9] | (uint32_t)plain[10] << 8 | (uint32_t)plain[11] << 16 |
                    (uint32_t)plain[12] << 24;

    put_plain(fingerprint, page, want);
    if (memcmp(plain, want, sizeof(plain)) != 0) {
        return false;
    }
    *ret_page = page;
    return true;
}
