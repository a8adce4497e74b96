/* mcp/test/engine_id_test.c - which ids are one id. */
#include "engine_tools.h"

/* A call that waits has the one spelling: a second call with the other is refused, and cancelling
 * the other ends it. `same` says whether they are one id. */
static void two_spellings(const char *one, const char *other, bool same)
{
    char text[700];
    struct stage s;
    struct wire a, b, c;

    stage_init(&s, "2025-11-25");
    snprintf(text, sizeof(text),
             "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"tools/call\",\"params\":{\"name\":"
             "\"wait\"}}",
             one);
    say(&s, &a, text);
    ck_assert_msg(a.finishes == 0, "%s: %.*s", one, MCP_STR_ARG(wire_reply(&a)));
    snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"ping\"}", other);
    say(&s, &b, text);
    ck_assert_msg((b.err == MCP_E_INVALID_REQUEST) == same, "%s beside %s", other, one);
    snprintf(text, sizeof(text), "\"id\":%s,", other);
    T_HAS(wire_reply(&b), text); /* byte for byte */
    snprintf(text, sizeof(text), CANCEL("%s"), other);
    say(&s, &c, text);
    ck_assert_msg(a.finishes == same, "%s cancels %s", other, one);
    T_EQ(mcp_call_is_cancelled(s.waiting.calls[0]), same);
    mcp_call_done(s.waiting.calls[0], MCP_OK);
    wire_free(&a), wire_free(&b), wire_free(&c);
    stage_free(&s);
}

static void ids_are_compared_by_value_and_echoed_as_written(void)
{
    static const struct {
        const char *one, *other;
        bool same;
    } ROWS[] = {
        {"\"a\"", "\"\\u0061\"", true},
        {"\"\\u00e9\\/\"", "\"\xc3\xa9/\"", true},
        {"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"", true},
        {"\"1\"", "1", false},
        {"\"a\"", "\"A\"", false},
        {"\"\\\"\"", "\"\\u0022\"", true},
        {"\"\\u005c\"", "\"\\\\\"", true},
        {"1", "1.0", true},
        {"1e0", "1", true},
        {"100", "1e2", true},
        {"10", "1", false},
        {"-7", "-70e-1", true},
        {"0", "-0", true},
        {"0", "0.0e9", true},
        {"12345678901234567890123", "12345678901234567890124", false},
        {"12345678901234567890123", "1234567890123456789012.3e1", true},
        {"1e254", "10e253", true},
    };

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        two_spellings(ROWS[i].one, ROWS[i].other, ROWS[i].same);
    }
}

static void numbers_that_are_no_integers_are_no_ids(void)
{
    const char *const ids[] = {"1.5", "1e-1", "1e256", "1e99999999999999999999", "-1e255", "true"};
    char text[300];
    struct stage s;
    struct wire w;

    stage_init(&s, "2025-11-25");
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"ping\"}", ids[i]);
        say(&s, &w, text);
        ck_assert_msg(w.err == MCP_E_INVALID_REQUEST, "%s", ids[i]);
        wire_free(&w);
    }
    stage_free(&s);
}

static const struct t_case CASES[] = {
    T(ids_are_compared_by_value_and_echoed_as_written),
    T(numbers_that_are_no_integers_are_no_ids),
};
T_MAIN("mcp/engine_id", CASES)
