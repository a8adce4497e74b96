/* tools/usage_key.c - see usage_key.h. */
#include <tools/usage_key.h>

#include <tools/key.h>
#include <tools/owner.h>
#include <tools/token.h>

#include <mcp/timestamp.h>

bool usage_key_is(mcp_str scopes)
{
    bool is_key = scopes.len != 0;

    while (scopes.len) {
        mcp_str scope = mcp_str_cut(&scopes, ' ');

        is_key = is_key && (mcp_str_eq(scope, MCP_STR("usage")) ||
                            mcp_str_eq(scope, MCP_STR("usage.record")));
    }
    return is_key;
}

int64_t usage_key_last_ms(int64_t now_ms)
{
    char text[MCP_TIMESTAMP_BYTES];
    mcp_str at = mcp_timestamp_format(now_ms, text);
    int64_t last_ms = now_ms;

    for (size_t i = 4; i-- > 0;) { /* the year, plus one */
        text[i] = text[i] == '9' ? '0' : (char)(text[i] + 1);
        if (text[i] != '0') {
            break;
        }
    }
    if (!mcp_timestamp_parse(at, &last_ms)) {
        text[9] = '8';
        (void)mcp_timestamp_parse(at, &last_ms);
    }
    return last_ms;
}

struct room_op {
    int64_t now_ms;
    uint32_t n;
};

static mcp_err count_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct room_op *op = arg;
    struct token_info t;

    (void)key;
    if (!token_info_decode(value, version, &t)) {
        return MCP_E_STORAGE;
    }
    op->n += t.revoked_ms == 0 && (t.expires_ms == 0 || op->now_ms < t.expires_ms) &&
             usage_key_is(t.scopes);
    return MCP_OK;
}

mcp_err usage_key_room(struct store_txn *txn, uint64_t owner, int64_t now_ms)
{
    struct key low = key_owned(KEY_TOKEN_INFO, owner);
    struct room_op op = {.now_ms = now_ms};
    mcp_err err =
        store_scan(txn, key_str(&low), mcp_str_n(NULL, 0), false, OWNER_TOKENS_MAX, count_row, &op);

    return err || op.n < USAGE_KEYS_MAX ? err : MCP_E_REFUSED;
}
