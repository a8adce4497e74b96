/* Newline framing: the same events for the same bytes, however they arrive. */
#include <mcp/buf.h>
#include <mcp/test/t.h>
#include <transport/line.h>

/* Write what the framer says as text: "[line]" for a line, "!" for a fault. */
static void feed(struct mcp__line *l, mcp_str in, struct mcp_buf *log)
{
    for (;;) {
        mcp_str line = {0};
        enum mcp__line_event event = mcp__line_next(l, &in, &line);

        if (event == MCP__LINE_MORE) {
            return;
        }
        mcp_buf_byte(log, event == MCP__LINE_WHOLE ? '[' : '!');
        mcp_buf_add(log, line);
        mcp_buf_byte(log, event == MCP__LINE_WHOLE ? ']' : '!');
    }
}

/* The events of `text` cut after byte i wherever bit i of `cuts` is set. Pieces are copied to
 * exact heap blocks, so that a byte read beyond one is seen. */
static void frame(mcp_str text, unsigned cuts, size_t max, struct mcp_buf *log)
{
    struct mcp__line l;
    size_t from = 0;
    mcp_str rest = {0};

    mcp__line_init(&l, max);
    for (size_t i = 0; i < text.len; i++) {
        if (i + 1 == text.len || (cuts >> i & 1)) {
            size_t n = i + 1 - from;
            char *piece = mcp_alloc(n);

            memcpy(piece, text.ptr + from, n);
            feed(&l, mcp_str_n(piece, n), log);
            mcp_free(piece);
            from = i + 1;
        }
    }
    if (mcp__line_end(&l, &rest) == MCP__LINE_WHOLE) {
        mcp_buf_byte(log, '<');
        mcp_buf_add(log, rest);
        mcp_buf_byte(log, '>');
    }
    T_EQ(mcp__line_end(&l, &rest), MCP__LINE_MORE); /* only once */
    mcp__line_free(&l);
}

static void expect_all_cuts(mcp_str text, size_t max, const char *want)
{
    T_CHECK(text.len > 0 && text.len <= 14);
    for (unsigned cuts = 0; cuts < 1u << (text.len - 1); cuts++) {
        struct mcp_buf log;

        mcp_buf_init(&log, 4096);
        frame(text, cuts, max, &log);
        T_STR(mcp_buf_str(&log), want);
        mcp_buf_free(&log);
    }
}

static void lines_do_not_depend_on_how_the_bytes_arrive(void)
{
    expect_all_cuts(MCP_STR("ab\ncd\n"), 100, "[ab][cd]");
    expect_all_cuts(MCP_STR("ab\r\ncd\r\n"), 100, "[ab][cd]");
    expect_all_cuts(MCP_STR("a\rb\n"), 100, "[a\rb]");
}

static void empty_lines_are_ignored(void)
{
    expect_all_cuts(MCP_STR("\n\r\n\nx\n\n"), 100, "[x]");
}

static void nul_bytes_pass_to_the_reader(void)
{
    struct mcp_buf log;

    mcp_buf_init(&log, 64);
    frame(MCP_STR("a\0b\n"), 0, 100, &log);
    T_CHECK(mcp_str_eq(mcp_buf_str(&log), MCP_STR("[a\0b]")));
    mcp_buf_free(&log);
}

static void a_line_over_the_cap_is_one_fault_and_is_skipped_to_its_newline(void)
{
    expect_all_cuts(MCP_STR("12345\nok\n"), 4, "!![ok]");
    expect_all_cuts(MCP_STR("1234\nok\n"), 4, "[1234][ok]");
    expect_all_cuts(MCP_STR("123456789\nx\n"), 4, "!![x]");
    expect_all_cuts(MCP_STR("12345\n12345\n"), 4, "!!!!");
    expect_all_cuts(MCP_STR("ok\n12345"), 4, "[ok]!!");
}

static void a_last_line_without_a_newline_is_handed_out_at_the_end(void)
{
    expect_all_cuts(MCP_STR("a\nbc"), 100, "[a]<bc>");
    expect_all_cuts(MCP_STR("a\nbc\r"), 100, "[a]<bc>");
    expect_all_cuts(MCP_STR("a\n\r"), 100, "[a]");
}

static bool frame_in_two_pieces(void *arg)
{
    struct mcp_buf *log = arg;
    struct mcp__line l;

    mcp_buf_clear(log);
    mcp__line_init(&l, 100);
    feed(&l, MCP_STR("ab"), log);
    feed(&l, MCP_STR("c\nd\n"), log);
    mcp__line_free(&l);
    T_HAS(mcp_buf_str(log), "[d]");
    return t_has(mcp_buf_str(log), MCP_STR("[abc]"));
}

static void a_refused_allocation_is_a_fault_of_that_line_only(void)
{
    struct mcp_buf log;

    mcp_buf_init(&log, 4096);
    T_CHECK(mcp_buf_room(&log, 1000));
    T_EQ(t_torture(frame_in_two_pieces, &log), 1);
    mcp_buf_free(&log);
}

static const struct t_case CASES[] = {
    T(lines_do_not_depend_on_how_the_bytes_arrive),
    T(empty_lines_are_ignored),
    T(nul_bytes_pass_to_the_reader),
    T(a_line_over_the_cap_is_one_fault_and_is_skipped_to_its_newline),
    T(a_last_line_without_a_newline_is_handed_out_at_the_end),
    T(a_refused_allocation_is_a_fault_of_that_line_only),
};
T_MAIN("transport/line", CASES)
