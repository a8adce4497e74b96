/* mcp/ask_seal.c - requestState: what a client keeps for us and can neither read nor change.
 *
 *     base64url( version | nonce | XChaCha20-Poly1305( plain ) )
 *
 * The principal, the method and the parameters are authenticated with it, so that it opens for
 * the request it was made for only (basic/patterns "requestState", SHOULD). Expiry is in `plain`.
 */
#include <mcp/asking.h>

#include <sodium.h>
#include <stdlib.h>

enum {
    VERSION = 1,
    HASH = 32,
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    HEAD = 1 + NONCE,
    VARIANT = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
    BOUND = 1 + 16 + 8 + HASH
};

void mcp__seal_key(const uint8_t secret[32], uint8_t ret_key[32])
{
    static const unsigned char PURPOSE[] = "cistern request state 1";

    crypto_generichash(ret_key, 32, PURPOSE, sizeof(PURPOSE) - 1, secret, 32);
}

/* ---- The digest of a value: without regard to the order of members ---- */

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, HASH);
}

static bool is_bound(mcp_str key)
{
    static const mcp_str FREE[] = {MCP_STR_INIT("inputResponses"), MCP_STR_INIT("requestState"),
                                   MCP_STR_INIT("_meta")};

    for (size_t i = 0; i < sizeof(FREE) / sizeof(FREE[0]); i++) {
        if (mcp_str_eq(key, FREE[i])) {
            return false;
        }
    }
    return true;
}

static void digest(mcp_json v, struct mcp_arena *arena, bool is_params, uint8_t out[HASH]);

/* Of every element, or of every key and value. False when out of memory. */
static bool digest_each(mcp_json v, struct mcp_arena *arena, bool is_params,
                        crypto_generichash_state *h)
{
    bool is_object = mcp_json_type(v) == MCP_JSON_OBJECT;
    uint8_t *each = mcp_arena_raw(arena, mcp_json_count(v) * HASH + 1, 1);
    size_t n = 0;

    for (mcp_json e = mcp_json_first(v); each && mcp_json_present(e); e = mcp_json_next(v, e)) {
        mcp_str key = mcp_json_str(mcp_json_key(e), arena, mcp_str_n(NULL, 0));
        uint8_t pair[2 * HASH];

        if (is_params && !is_bound(key)) {
            continue;
        }
        crypto_generichash(pair, HASH, (const uint8_t *)key.ptr, key.len, NULL, 0);
        digest(e, arena, false, pair + HASH);
        crypto_generichash(each + n++ * HASH, HASH, pair, sizeof(pair), NULL, 0);
    }
    if (each && is_object) {
        qsort(each, n, HASH, by_bytes);
    }
    if (each) {
        crypto_generichash_update(h, each, n * HASH);
    }
    return each != NULL;
}

static void digest(mcp_json v, struct mcp_arena *arena, bool is_params, uint8_t out[HASH])
{
    crypto_generichash_state h;
    uint8_t type = (uint8_t)mcp_json_type(v);
    mcp_str text = mcp_json_raw(v);

    crypto_generichash_init(&h, NULL, 0, HASH);
    crypto_generichash_update(&h, &type, 1);
    switch (mcp_json_type(v)) {
    case MCP_JSON_OBJECT:
    case MCP_JSON_ARRAY:
        (void)digest_each(v, arena, is_params, &h); /* without memory the call fails anyway */
        break;
    case MCP_JSON_STRING:
        text = mcp_json_str(v, arena, mcp_str_n(NULL, 0));
        crypto_generichash_update(&h, (const uint8_t *)text.ptr, text.len);
        break;
    default:
        crypto_generichash_update(&h, (const uint8_t *)text.ptr, text.len);
    }
    crypto_generichash_final(&h, out, HASH);
}

/* What the seal holds on to besides the text. */
static void bind(struct mcp_call *call, uint8_t out[BOUND])
{
    crypto_generichash_state h;
    uint8_t params[HASH];

    out[0] = VERSION;
    memcpy(out + 1, call->principal.id, 16);
    for (unsigned i = 0; i < 8; i++) {
        out[17 + i] = (uint8_t)(call->principal.owner >> (8 * i));
    }
    digest(call->params, &call->arena, true, params);
    crypto_generichash_init(&h, NULL, 0, HASH);
    crypto_generichash_update(&h, (const uint8_t *)call->method.ptr, call->method.len);
    crypto_generichash_update(&h, params, HASH);
    crypto_generichash_final(&h, out + 25, HASH);
}

/* ---- Sealing ---- */

mcp_str mcp__seal(struct mcp_call *call, mcp_str plain)
{
    size_t len = HEAD + plain.len + TAG, text_len = sodium_base64_encoded_len(len, VARIANT);
    uint8_t *sealed = mcp_arena_raw(&call->arena, len, 1), bound[BOUND];
    char *text = mcp_arena_raw(&call->arena, text_len, 1);

    if (!sealed || !text) {
        return mcp_str_n(NULL, 0);
    }
    bind(call, bound);
    sealed[0] = VERSION;
    randombytes_buf(sealed + 1, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + HEAD, NULL, (const uint8_t *)plain.ptr,
                                               plain.len, bound, BOUND, NULL, sealed + 1,
                                               call->server->state_key);
    sodium_bin2base64(text, text_len, sealed, len, VARIANT);
    return mcp_str_n(text, text_len - 1);
}

bool mcp__seal_open(struct mcp_call *call, mcp_str text, mcp_str *ret)
{
    size_t room = text.len / 4 * 3 + 3, len = 0;
    uint8_t *sealed = mcp_arena_raw(&call->arena, room, 1), bound[BOUND];

    if (!sealed ||
        sodium_base642bin(sealed, room, text.ptr, text.len, NULL, &len, NULL, VARIANT) != 0 ||
        len < HEAD + TAG || sealed[0] != VERSION) {
        return false;
    }
    uint8_t *plain = mcp_arena_raw(&call->arena, len, 1);
    unsigned long long plain_len = 0;

    bind(call, bound);
    if (!plain || crypto_aead_xchacha20poly1305_ietf_decrypt(plain, &plain_len, NULL, sealed + HEAD,
                                                             len - HEAD, bound, BOUND, sealed + 1,
                                                             call->server->state_key) != 0) {
        return false;
    }
    *ret = mcp_str_n((const char *)plain, (size_t)plain_len);
    return true;
}
