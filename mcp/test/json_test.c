/* mcp/test/json_test.c - the rules of mcp/json.h. */
#include "t.h"

#include <mcp/json.h>

#define TEXT(literal) MCP_STR(literal)

static struct mcp_arena arena;
static const struct mcp_json_limits LIMITS = MCP_JSON_LIMITS_INIT;

static void setup(void)
{
    mcp_arena_init(&arena, (size_t)1 << 24);
}

/* The document, or absent when it is refused. */
static mcp_json read_text(mcp_str text)
{
    mcp_json v = {0};

    if (mcp_json_read(&arena, text, &LIMITS, &v, NULL)) {
        return (mcp_json){0};
    }
    return v;
}

static mcp_json read_c(const char *text)
{
    return read_text(mcp_str_c(text));
}

/* The text is refused at `offset` for the reason `why`. */
static void refused(mcp_str text, const struct mcp_json_limits *limits, size_t offset,
                    const char *why)
{
    struct mcp_json_fault fault = {0};
    mcp_json v;
    mcp_err err = mcp_json_read(&arena, text, limits, &v, &fault);

    ck_assert_msg(err == MCP_E_INVALID_JSON, "accepted: %.*s", MCP_STR_ARG(text));
    T_STR(mcp_str_c(fault.why), why);
    T_EQ(fault.offset, offset);
}

struct bad {
    mcp_str text;
    size_t offset;
    const char *why;
};

static void refused_all(const struct bad *rows, size_t n)
{
    setup();
    for (size_t i = 0; i < n; i++) {
        refused(rows[i].text, &LIMITS, rows[i].offset, rows[i].why);
    }
    mcp_arena_free(&arena);
}
#define REFUSED_ALL(rows) refused_all(rows, sizeof(rows) / sizeof((rows)[0]))

static void accepts_every_form_rfc_8259_has(void)
{
    static const char *const GOOD[] = {
        "{}",
        "[]",
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1",
        "\"\"",
        " \t\r\n1 \t\r\n",
        "\"a\"",
        "[1]",
        "[[],{},[{}],\"\",0]",
        "{\"\":0}",
        "{\"a\":{\"b\":[1,2,{\"c\":null}]},\"d\":\"e\"}",
        "[0.1,-0.1,1e5,1E5,1e+5,1E-5,-1.5e10,0e0,0.0,123456789012345678901234567890]",
        "[1e999999999999999999999,1e-999999999999999999999]",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\uD83D\\uDE00\\ud83d\\ude00\\uFFFF\"",
        ("\"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80"
         "\xf4\x8f\xbf\xbf\""),
        "[ 1 , 2 ]",
        "{ \"a\" : 1 , \"b\" : 2 }",
        "\"[not a list\"",
        "\" \\u0000 \"",
        "{\"a\":\"/* no comment */ // none\"}",
    };

    setup();
    for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
        ck_assert_msg(mcp_json_present(read_c(GOOD[i])), "refused: %s", GOOD[i]);
    }
    mcp_arena_free(&arena);
}

static void refuses_wrong_structure(void)
{
    static const struct bad ROWS[] = {
        {MCP_STR_INIT(""), 0, "the text ends early"},
        {MCP_STR_INIT("  "), 2, "the text ends early"},
        {MCP_STR_INIT("{"), 1, "the text ends early"},
        {MCP_STR_INIT("["), 1, "the text ends early"},
        {MCP_STR_INIT("[1"), 2, "the text ends early"},
        {MCP_STR_INIT("[1,"), 3, "the text ends early"},
        {MCP_STR_INIT("{\"a\":"), 5, "the text ends early"},
        {MCP_STR_INIT("{\"a\":1,"), 7, "the text ends early"},
        {MCP_STR_INIT("[1,]"), 3, "a value must stand here"},
        {MCP_STR_INIT("[,1]"), 1, "a value must stand here"},
        {MCP_STR_INIT("[1,,2]"), 3, "a value must stand here"},
        {MCP_STR_INIT("]"), 0, "a value must stand here"},
        {MCP_STR_INIT(","), 0, "a value must stand here"},
        {MCP_STR_INIT("[1}"), 2, "a comma or the end must stand here"},
        {MCP_STR_INIT("{\"a\":1]"), 6, "a comma or the end must stand here"},
        {MCP_STR_INIT("[1 2]"), 3, "a comma or the end must stand here"},
        {MCP_STR_INIT("[1:2]"), 2, "a comma or the end must stand here"},
        {MCP_STR_INIT("{,}"), 1, "a key must be a string"},
        {MCP_STR_INIT("{1:2}"), 1, "a key must be a string"},
        {MCP_STR_INIT("{a:1}"), 1, "a key must be a string"},
        {MCP_STR_INIT("{'a':1}"), 1, "a key must be a string"},
        {MCP_STR_INIT("{\"a\":1,}"), 7, "a key must be a string"},
        {MCP_STR_INIT("{\"a\" 1}"), 5, "a colon is missing"},
        {MCP_STR_INIT("{\"a\"}"), 4, "a colon is missing"},
        {MCP_STR_INIT("{\"a\""), 4, "a colon is missing"},
        {MCP_STR_INIT("{\"a\"::1}"), 5, "a value must stand here"},
        {MCP_STR_INIT("{}{}"), 2, "bytes after the value"},
        {MCP_STR_INIT("1 2"), 2, "bytes after the value"},
        {MCP_STR_INIT("[]\0"), 2, "bytes after the value"},
        {MCP_STR_INIT("[1\0]"), 2, "a comma or the end must stand here"},
        {MCP_STR_INIT("\xef\xbb\xbf{}"), 0, "byte order mark"},
        {MCP_STR_INIT("\xff\xfe{\0}\0"), 0, "a value must stand here"},
        {MCP_STR_INIT("[1]/* */"), 3, "bytes after the value"},
        {MCP_STR_INIT("\f1"), 0, "a value must stand here"},
        {MCP_STR_INIT("\xc2\xa0"), 0, "a value must stand here"},
    };

    REFUSED_ALL(ROWS);
}

static void refuses_wrong_numbers_and_literals(void)
{
    static const struct bad ROWS[] = {
        {MCP_STR_INIT("01"), 1, "bytes after the value"},
        {MCP_STR_INIT("[-01]"), 3, "a comma or the end must stand here"},
        {MCP_STR_INIT("+1"), 0, "a value must stand here"},
        {MCP_STR_INIT(".5"), 0, "a value must stand here"},
        {MCP_STR_INIT("1."), 0, "malformed number"},
        {MCP_STR_INIT("[1.e5]"), 1, "malformed number"},
        {MCP_STR_INIT("-"), 0, "malformed number"},
        {MCP_STR_INIT("[-]"), 1, "malformed number"},
        {MCP_STR_INIT("--1"), 0, "malformed number"},
        {MCP_STR_INIT("1e"), 0, "malformed number"},
        {MCP_STR_INIT("1e+"), 0, "malformed number"},
        {MCP_STR_INIT("1e1.5"), 3, "bytes after the value"},
        {MCP_STR_INIT("0x10"), 1, "bytes after the value"},
        {MCP_STR_INIT("1_000"), 1, "bytes after the value"},
        {MCP_STR_INIT("1a"), 1, "bytes after the value"},
        {MCP_STR_INIT("NaN"), 0, "a value must stand here"},
        {MCP_STR_INIT("-Infinity"), 0, "malformed number"},
        {MCP_STR_INIT("tru"), 0, "unknown literal"},
        {MCP_STR_INIT("True"), 0, "a value must stand here"},
        {MCP_STR_INIT("nulll"), 4, "bytes after the value"},
        {MCP_STR_INIT("[falsey]"), 6, "a comma or the end must stand here"},
        {MCP_STR_INIT("\xef\xbc\x91"), 0, "a value must stand here"},
    };

    REFUSED_ALL(ROWS);
}

static void refuses_wrong_strings(void)
{
    static const struct bad ROWS[] = {
        {MCP_STR_INIT("\""), 1, "the text ends inside a string"},
        {MCP_STR_INIT("\"a"), 2, "the text ends inside a string"},
        {MCP_STR_INIT("\"a\\"), 3, "the text ends inside a string"},
        {MCP_STR_INIT("\"a\\\""), 4, "the text ends inside a string"},
        {MCP_STR_INIT("\"\\x41\""), 1, "unknown escape"},
        {MCP_STR_INIT("\"\\'\""), 1, "unknown escape"},
        {MCP_STR_INIT("\"\\\0\""), 1, "unknown escape"},
        {MCP_STR_INIT("\"\\u12\""), 1, "\\u without four hex digits"},
        {MCP_STR_INIT("\"\\u12G4\""), 1, "\\u without four hex digits"},
        {MCP_STR_INIT("\"\\u"), 1, "\\u without four hex digits"},
        {MCP_STR_INIT("\"\\U0041\""), 1, "unknown escape"},
        {MCP_STR_INIT("\"\\ud800\""), 1, "lone surrogate"},
        {MCP_STR_INIT("\"\\udc00\""), 1, "lone surrogate"},
        {MCP_STR_INIT("\"\\ud800\\ud800\""), 1, "lone surrogate"},
        {MCP_STR_INIT("\"\\ud800\\u0041\""), 1, "lone surrogate"},
        {MCP_STR_INIT("\"\\ud800abcdefgh\""), 1, "lone surrogate"},
        {MCP_STR_INIT("\"\\udc00\\ud800\""), 1, "lone surrogate"},
        {MCP_STR_INIT("\"0123456789abcdef\n\""), 17, "control character in a string"},
        {MCP_STR_INIT("\"\t\""), 1, "control character in a string"},
        {MCP_STR_INIT("\"\0\""), 1, "control character in a string"},
        {MCP_STR_INIT("\"\x1f\""), 1, "control character in a string"},
        {MCP_STR_INIT("\"\x80\""), 1, "invalid UTF-8"},
        {MCP_STR_INIT("\"\xc0\x80\""), 1, "invalid UTF-8"},
        {MCP_STR_INIT("\"\xc1\xbf\""), 1, "invalid UTF-8"},
        {MCP_STR_INIT("\"\xc3\""), 1, "invalid UTF-8"},
        {MCP_STR_INIT("\"\xe0\x9f\xbf\""), 1, "invalid UTF-8"},
        {MCP_STR_INIT("\"\xed\xa0\x80\""), 1, "invalid UTF-8"},
        {MCP_STR_INIT("\"\xf0\x8f\xbf\xbf\""), 1, "invalid UTF-8"},
        {MCP_STR_INIT("\"\xf4\x90\x80\x80\""), 1, "invalid UTF-8"},
        {MCP_STR_INIT("\"\xf5\x80\x80\x80\""), 1, "invalid UTF-8"},
        {MCP_STR_INIT("\"\xc3\xa9\xff\""), 3, "invalid UTF-8"},
        {MCP_STR_INIT("\"0123456789abcdefghi\xe2\x82\""), 20, "invalid UTF-8"},
        {MCP_STR_INIT("\"\xe2\x82"), 1, "invalid UTF-8"},
        {MCP_STR_INIT("{\"\xff\":1}"), 2, "invalid UTF-8"},
    };

    REFUSED_ALL(ROWS);
}

static void each_byte_is_judged_the_same_in_long_and_short_strings(void)
{
    char text[48];

    setup();
    for (unsigned c = 0; c < 256; c++) {
        for (size_t at = 1; at < sizeof(text) - 1; at++) {
            memset(text, 'x', sizeof(text));
            text[0] = text[sizeof(text) - 1] = '"';
            text[at] = (char)c;
            bool stands_for_itself = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
            bool is_good = mcp_json_present(read_text(mcp_str_n(text, sizeof(text))));

            ck_assert_msg(is_good == stands_for_itself, "byte %u at %zu", c, at);
        }
    }
    mcp_arena_free(&arena);
}

static void every_limit_is_exact(void)
{
    struct mcp_json_limits limits = {.bytes_max = 9, .depth_max = 3, .nodes_max = 4};
    mcp_json v;

    setup();
    T_CHECK(!mcp_json_read(&arena, TEXT("[[[1,2]]]"), &(struct mcp_json_limits){9, 3, 5, true}, &v,
                           NULL));
    refused(TEXT("[[[1,2]]]"), &limits, 5, "too many values");
    refused(TEXT("[[[ 1  ]]]"), &limits, 0, "too long");
    refused(TEXT("[[[[]]]]"), &limits, 3, "nested too deeply");
    static const char *const TWO[] = {"[1]", "[\"a\"]", "[true]", "[{}]"};

    for (size_t i = 0; i < sizeof(TWO) / sizeof(TWO[0]); i++) {
        refused(mcp_str_c(TWO[i]), &(struct mcp_json_limits){9, 9, 1, true}, 1, "too many values");
    }
    refused(TEXT("{\"a\":{}}x"), &(struct mcp_json_limits){99, 1, 9, true}, 5, "nested too deeply");
    mcp_arena_free(&arena);
}

static void depth_never_goes_beyond_64(void)
{
    struct mcp_json_limits limits = {.bytes_max = 999, .depth_max = 999, .nodes_max = 999};
    char text[130];
    mcp_json v;

    setup();
    memset(text, '[', 65);
    memset(text + 65, ']', 65);
    refused(mcp_str_n(text, 130), &limits, 64, "nested too deeply");
    T_CHECK(!mcp_json_read(&arena, mcp_str_n(text + 1, 128), &limits, &v, NULL));
    for (int depth = 1; depth < 64; depth++) {
        v = mcp_json_first(v);
        T_CHECK(mcp_json_present(v));
    }
    T_EQ(mcp_json_count(v), 0);
    mcp_arena_free(&arena);
}

static void a_repeated_key_is_refused_however_it_is_written(void)
{
    struct mcp_json_limits lax = MCP_JSON_LIMITS_INIT;
    mcp_json v;

    setup();
    refused(TEXT("{\"a\":1,\"a\":1}"), &LIMITS, 7, "a key occurs twice");
    refused(TEXT("[{\"a\":1,\"\\u0061\":1}]"), &LIMITS, 8, "a key occurs twice");
    refused(TEXT("{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}"), &LIMITS, 18,
            "a key occurs twice");
    refused(TEXT("{\"a\":{\"b\":1},\"c\":{\"b\":1,\"b\":1}}"), &LIMITS, 24, "a key occurs twice");
    refused(TEXT("{\"a\\u0000b\":1}"), &LIMITS, 1, "a key with a NUL");
    T_CHECK(
        mcp_json_present(read_c("{\"a\":1,\"A\":1,\"b\":{\"a\":1},\"\\\\u0000\":\"\\u0000\"}")));
    lax.refuse_duplicates = false;
    T_CHECK(!mcp_json_read(&arena, TEXT("{\"a\":1,\"a\":2,\"\\u0000\":3}"), &lax, &v, NULL));
    T_EQ(mcp_json_int_or(mcp_json_get(v, TEXT("a")), 0), 1);
    mcp_arena_free(&arena);
}

/* {"k0":0,"k1":0,...} with `n` members; member `twin` repeats the name of member 0. */
static mcp_str many_members(struct mcp_buf *b, int n, int twin)
{
    struct mcp_json_writer w;

    mcp_buf_clear(b);
    mcp_json_writer_init(&w, b);
    mcp_json_object(&w);
    for (int i = 0; i < n; i++) {
        char key[16];

        snprintf(key, sizeof(key), "k%d", i == twin ? 0 : i);
        mcp_json_member_int(&w, mcp_str_c(key), i);
    }
    mcp_json_object_end(&w);
    return mcp_buf_str(b);
}

static void a_repeated_key_is_found_among_any_number(void)
{
    struct mcp_buf b;

    setup();
    mcp_buf_init(&b, (size_t)1 << 20);
    for (int n = 2; n < 60; n++) {
        T_CHECK(mcp_json_present(read_text(many_members(&b, n, -1))));
        for (int twin = 1; twin < n; twin++) {
            T_CHECK(!mcp_json_present(read_text(many_members(&b, n, twin))));
        }
    }
    T_CHECK(mcp_json_present(read_text(many_members(&b, 30000, -1)))); /* quadratic: seconds */
    T_CHECK(!mcp_json_present(read_text(many_members(&b, 30000, 29999))));
    mcp_buf_free(&b);
    mcp_arena_free(&arena);
}

static void look_ups_chain_and_absent_stays_absent(void)
{
    mcp_json v, none = {0};

    setup();
    v = read_c("{\"a\":[10,{\"b\":\"x\"},[]],\"a\\u0062\":true,\"n\":null,\"\":{}}");
    T_EQ(mcp_json_type(v), MCP_JSON_OBJECT);
    T_EQ(mcp_json_count(v), 4);
    mcp_json a = mcp_json_get(v, TEXT("a"));

    T_EQ(mcp_json_count(a), 3);
    T_EQ(mcp_json_int_or(mcp_json_at(a, 0), -1), 10);
    T_STR(mcp_json_str(mcp_json_get(mcp_json_at(a, 1), TEXT("b")), &arena, TEXT("-")), "x");
    T_EQ(mcp_json_type(mcp_json_at(a, 2)), MCP_JSON_ARRAY);
    T_CHECK(!mcp_json_present(mcp_json_at(a, 3)));
    T_CHECK(mcp_json_bool(mcp_json_get(v, TEXT("ab")), false));
    T_EQ(mcp_json_type(mcp_json_get(v, TEXT("n"))), MCP_JSON_NULL);
    T_EQ(mcp_json_type(mcp_json_get(v, TEXT(""))), MCP_JSON_OBJECT);
    T_CHECK(!mcp_json_present(mcp_json_get(v, TEXT("b"))));
    T_CHECK(
        !mcp_json_present(mcp_json_get(mcp_json_get(mcp_json_at(none, 1), TEXT("x")), TEXT(""))));
    T_CHECK(!mcp_json_present(mcp_json_first(none)) && !mcp_json_present(mcp_json_key(none)));
    T_CHECK(!mcp_json_present(mcp_json_key(mcp_json_at(a, 0))));
    T_CHECK(!mcp_json_present(mcp_json_first(mcp_json_at(a, 2))));
    T_EQ(mcp_json_count(none), 0);
    T_EQ(mcp_json_raw(none).len, 0);
    T_CHECK(mcp_json_bool(none, true) && !mcp_json_str_eq(none, TEXT("")));
    T_STR(mcp_str_c(mcp_json_type_name(MCP_JSON_BOOL)), "boolean");
    T_STR(mcp_str_c(mcp_json_type_name(mcp_json_type(none))), "absent");
    mcp_arena_free(&arena);
}

static void a_walk_meets_every_element_and_key_once(void)
{
    static const char *const KEYS[] = {"a", "b", "c", "d"};
    int i = 0;

    setup();
    mcp_json v = read_c("{\"a\":{\"x\":[1,2]},\"b\":[],\"\\u0063\":\"s\",\"d\":[[[]]]}");

    for (mcp_json e = mcp_json_first(v); mcp_json_present(e); e = mcp_json_next(v, e)) {
        T_CHECK(i < 4 && mcp_json_str_eq(mcp_json_key(e), mcp_str_c(KEYS[i])));
        i++;
    }
    T_EQ(i, 4);
    v = read_c("[0,[1],{\"k\":2},3]");
    i = 0;
    for (mcp_json e = mcp_json_first(v); mcp_json_present(e); e = mcp_json_next(v, e)) {
        T_CHECK(mcp_json_at(v, (size_t)i).node == e.node);
        i++;
    }
    T_EQ(i, 4);
    mcp_arena_free(&arena);
}

static void raw_text_is_what_stood_in_the_source(void)
{
    setup();
    mcp_json v =
        read_c(" { \"id\" : \"a\\u0062\" , \"n\" : 1.50e+00 , \"o\" : { \"x\" : [ 1 ] } } ");

    T_STR(mcp_json_raw(mcp_json_get(v, TEXT("id"))), "\"a\\u0062\"");
    T_STR(mcp_json_raw(mcp_json_get(v, TEXT("n"))), "1.50e+00");
    T_STR(mcp_json_raw(mcp_json_get(v, TEXT("o"))), "{ \"x\" : [ 1 ] }");
    T_STR(mcp_json_raw(mcp_json_key(mcp_json_get(v, TEXT("id")))), "\"id\"");
    T_STR(mcp_json_raw(read_c(" \"x\" ")), "\"x\"");
    T_STR(mcp_json_raw(read_c("\n-1.0\t")), "-1.0");
    mcp_arena_free(&arena);
}

static void escapes_are_undone_exactly(void)
{
    setup();
    mcp_json v = read_c("\"\\\"\\\\\\/\\b\\f\\n\\r\\t|\\u0000|\\u00e9|\\u20ac|\\uD83D\\uDE00|\"");
    mcp_str want = TEXT("\"\\/\b\f\n\r\t|\0|\xc3\xa9|\xe2\x82\xac|\xf0\x9f\x98\x80|");

    T_CHECK(mcp_str_eq(mcp_json_str(v, &arena, TEXT("")), want));
    T_CHECK(mcp_json_str_eq(v, want));
    want.len--;
    T_CHECK(!mcp_json_str_eq(v, want));
    T_CHECK(!mcp_json_str_eq(read_c("\"\\u00e9\""), TEXT("\xc3")));
    mcp_str plain = TEXT("[\"plain\"]");
    mcp_str s = mcp_json_str(mcp_json_first(read_text(plain)), NULL, TEXT(""));

    T_CHECK(s.ptr == plain.ptr + 2 && s.len == 5); /* not copied */
    T_STR(mcp_json_str(read_c("1"), &arena, TEXT("else")), "else");
    mcp_arena_free(&arena);
}

static bool read_step(void *arg)
{
    struct mcp_arena a;
    mcp_json v;
    mcp_str *text = arg;

    mcp_arena_init(&a, (size_t)1 << 20);
    mcp_err err = mcp_json_read(&a, *text, &LIMITS, &v, NULL);
    bool full = !err && mcp_json_str_eq(mcp_json_at(v, 0), TEXT("\n")) &&
                mcp_json_str(mcp_json_at(v, 0), &a, TEXT("")).len == 1;

    T_CHECK(err == MCP_OK || err == MCP_E_OVERLOADED);
    T_CHECK(full || mcp_arena_failed(&a));
    mcp_arena_free(&a);
    return full;
}

static void refused_memory_is_overload_and_a_document_is_one_block(void)
{
    mcp_str small = TEXT("[\"\\n\",{\"a\":1,\"b\":[1,2,3]}]");
    mcp_str large =
        TEXT("[\"\\n\",{\"0\":0,\"1\":0,\"2\":0,\"3\":0,\"4\":0,\"5\":0,\"6\":0,\"7\":0,"
             "\"8\":0,\"9\":0,\"a\":0,\"b\":0,\"c\":0,\"d\":0,\"e\":0,\"f\":0,\"g\":0}]");

    T_CHECK(t_torture(read_step, &small) <= 2); /* the document; the unescaped text */
    T_CHECK(t_torture(read_step, &large) <= 3); /* and the order of 17 keys */
}

static const struct t_case CASES[] = {
    T(accepts_every_form_rfc_8259_has),
    T(refuses_wrong_structure),
    T(refuses_wrong_numbers_and_literals),
    T(refuses_wrong_strings),
    T(each_byte_is_judged_the_same_in_long_and_short_strings),
    T(every_limit_is_exact),
    T(depth_never_goes_beyond_64),
    T(a_repeated_key_is_refused_however_it_is_written),
    T(a_repeated_key_is_found_among_any_number),
    T(look_ups_chain_and_absent_stays_absent),
    T(a_walk_meets_every_element_and_key_once),
    T(raw_text_is_what_stood_in_the_source),
    T(escapes_are_undone_exactly),
    T(refused_memory_is_overload_and_a_document_is_one_block),
};
T_MAIN("mcp/json", CASES)
