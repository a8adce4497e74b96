/* tools/test/seal_test.c - secrets in the store: what opens, what does not, whose key it is. */
#include <tools/seal.h>
#include <tools/test/setting.h>

#include <sodium.h>

static const uint8_t KEY[SEAL_KEY_BYTES] = "0123456789abcdef0123456789abcde";
static const uint8_t OTHER[SEAL_KEY_BYTES] = "fedcba9876543210fedcba987654321";
static const uint8_t RECORD[16] = "a record's id 1", ANOTHER[16] = "a record's id 2";

static void each_algorithm_opens_what_it_sealed(void)
{
    static const enum seal_algorithm ALL[] = {SEAL_AES256_GCM, SEAL_XCHACHA20_POLY1305};
    static const char *const TEXTS[] = {"", "x", "https://hooks.slack.com/services/T/B/secret"};
    struct seal s;

    T_CHECK(sodium_init() >= 0);
    seal_init(&s, KEY);
    for (size_t a = 0; a < 2; a++) {
        s.algorithm = ALL[a];
        for (size_t i = 0; i < 3; i++) {
            char sealed[128], again[128], out[128];
            mcp_str plain = mcp_str_c(TEXTS[i]), got;
            struct seal_place at = {RECORD, "url"};
            mcp_str text = seal_put(&s, at, plain, sealed);

            if (s.algorithm == SEAL_AES256_GCM && !crypto_aead_aes256gcm_is_available()) {
                continue;
            }
            T_CHECK(text.len > plain.len + 5 && text.len <= plain.len + SEAL_MORE);
            T_CHECK(seal_get(&s, at, text, out, &got));
            T_CHECK(mcp_str_eq(got, plain));
            T_CHECK(plain.len < 2 || !t_has(text, plain));
            /* never the same twice */
            T_CHECK(!mcp_str_eq(seal_put(&s, at, plain, again), text));
        }
    }
}

static void nothing_opens_elsewhere_or_changed(void)
{
    char sealed[64], out[64], changed[64];
    struct seal s, other, none;
    mcp_str got;

    T_CHECK(sodium_init() >= 0);
    seal_init(&s, KEY);
    seal_init(&other, OTHER);
    seal_init(&none, NULL);
    for (int a = SEAL_AES256_GCM; a <= SEAL_XCHACHA20_POLY1305; a++) {
        s.algorithm = (enum seal_algorithm)a;
        mcp_str text = seal_put(&s, (struct seal_place){RECORD, "url"}, MCP_STR("se"), sealed);

        T_CHECK(!seal_get(&s, (struct seal_place){ANOTHER, "url"}, text, out, &got));
        T_CHECK(!seal_get(&s, (struct seal_place){RECORD, "secret"}, text, out, &got));
        T_CHECK(!seal_get(&other, (struct seal_place){RECORD, "url"}, text, out, &got));
        T_CHECK(!seal_get(&none, (struct seal_place){RECORD, "url"}, text, out, &got));
        for (size_t i = 0; i < text.len; i++) {
            memcpy(changed, text.ptr, text.len);
            changed[i] ^= 1;
            T_CHECK(!seal_get(&s, (struct seal_place){RECORD, "url"}, mcp_str_n(changed, text.len),
                              out, &got));
            T_CHECK(!seal_get(&s, (struct seal_place){RECORD, "url"}, mcp_str_n(text.ptr, i), out,
                              &got));
        }
        /* the other key's id on it does not help */
        memcpy(sealed + 1, other.id, SEAL_ID_BYTES);
        T_CHECK(!seal_get(&other, (struct seal_place){RECORD, "url"}, text, out, &got));
    }
}

static void without_a_key_nothing_is_sealed(void)
{
    char sealed[64];
    struct seal s;

    seal_init(&s, NULL);
    T_EQ(seal_put(&s, (struct seal_place){RECORD, "url"}, MCP_STR("secret"), sealed).len, 0);
}

static mcp_err adopt(struct store_txn *txn, void *arg)
{
    return seal_adopt(txn, arg);
}

static void a_store_belongs_to_the_key_of_its_first_secret(void)
{
    struct setting s;
    struct seal first, second, none;

    setting_open(&s);
    seal_init(&first, KEY);
    seal_init(&second, OTHER);
    seal_init(&none, NULL);
    T_EQ(tools_check_key(s.store, KEY), MCP_E_NOT_FOUND);
    T_EQ(tools_check_key(s.store, NULL), MCP_E_NOT_FOUND);
    T_EQ(store_write_now(s.store, adopt, &none), MCP_E_CONFLICT);
    T_EQ(store_write_now(s.store, adopt, &first), MCP_OK);
    T_EQ(store_write_now(s.store, adopt, &first), MCP_OK);
    T_EQ(store_write_now(s.store, adopt, &second), MCP_E_CONFLICT);
    T_EQ(tools_check_key(s.store, KEY), MCP_OK);
    T_EQ(tools_check_key(s.store, OTHER), MCP_E_CONFLICT);
    T_EQ(tools_check_key(s.store, NULL), MCP_E_CONFLICT);
    T_EQ(setting_rows(&s), 1);
    setting_close(&s);
}

static const struct t_case cases[] = {
    T(each_algorithm_opens_what_it_sealed),
    T(nothing_opens_elsewhere_or_changed),
    T(without_a_key_nothing_is_sealed),
    T(a_store_belongs_to_the_key_of_its_first_secret),
};
T_MAIN("seal", cases)
