/* mcp/fuzz/json_fuzz.c - what the reader accepts it can hand out, and the writer can say again. */
#include <mcp/fuzz/fuzz.h>
#include <mcp/json.h>

static void check_inside(mcp_json v, mcp_str text)
{
    mcp_str raw = mcp_json_raw(v);

    FUZZ_CHECK(raw.len > 0 && raw.ptr >= text.ptr && raw.ptr + raw.len <= text.ptr + text.len);
}

static void write_value(struct mcp_json_writer *w, mcp_json v, struct mcp_arena *arena,
                        mcp_str text);

static void write_members(struct mcp_json_writer *w, mcp_json v, struct mcp_arena *arena,
                          mcp_str text)
{
    mcp_json_object(w);
    for (mcp_json e = mcp_json_first(v); mcp_json_present(e); e = mcp_json_next(v, e)) {
        mcp_str key = mcp_json_str(mcp_json_key(e), arena, mcp_str_n(NULL, 0));

        FUZZ_CHECK(mcp_json_str_eq(mcp_json_key(e), key));
        FUZZ_CHECK(mcp_json_get(v, key).node == e.node);
        mcp_json_put_key(w, key);
        write_value(w, e, arena, text);
    }
    mcp_json_object_end(w);
}

static void write_elements(struct mcp_json_writer *w, mcp_json v, struct mcp_arena *arena,
                           mcp_str text)
{
    size_t n = 0;

    mcp_json_array(w);
    for (mcp_json e = mcp_json_first(v); mcp_json_present(e); e = mcp_json_next(v, e)) {
        write_value(w, e, arena, text);
        n++;
    }
    mcp_json_array_end(w);
    FUZZ_CHECK(n == mcp_json_count(v));
}

static void write_number(struct mcp_json_writer *w, mcp_json v)
{
    int64_t i;
    double d;

    FUZZ_CHECK(mcp_json_double(v, &d));
    if (mcp_json_int(v, &i)) {
        mcp_json_put_int(w, i);
    } else if (mcp_json_micro(v, &i)) {
        mcp_json_put_micro(w, i);
    } else {
        mcp_json_put_raw(w, mcp_json_raw(v));
    }
}

static void write_value(struct mcp_json_writer *w, mcp_json v, struct mcp_arena *arena,
                        mcp_str text)
{
    check_inside(v, text);
    switch (mcp_json_type(v)) {
    case MCP_JSON_OBJECT:
        write_members(w, v, arena, text);
        break;
    case MCP_JSON_ARRAY:
        write_elements(w, v, arena, text);
        break;
    case MCP_JSON_STRING:
        mcp_json_put_str(w, mcp_json_str(v, arena, mcp_str_n(NULL, 0)));
        break;
    case MCP_JSON_NUMBER:
        write_number(w, v);
        break;
    case MCP_JSON_BOOL:
        mcp_json_put_bool(w, mcp_json_bool(v, false));
        break;
    default:
        mcp_json_put_null(w);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mcp_str text = mcp_str_n((const char *)data, size);
    struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    struct mcp_json_fault fault = {SIZE_MAX, NULL};
    struct mcp_arena arena;
    struct mcp_buf out;
    struct mcp_json_writer w;
    mcp_json v, again;

    mcp_arena_init(&arena, (size_t)1 << 26);
    mcp_buf_init(&out, (size_t)1 << 26);
    if (mcp_json_read(&arena, text, &limits, &v, &fault)) {
        FUZZ_CHECK(fault.why && fault.offset <= size);
    } else {
        mcp_json_writer_init(&w, &out);
        write_value(&w, v, &arena, text);
        FUZZ_CHECK(!mcp_json_read(&arena, mcp_buf_str(&out), &limits, &again, NULL));
        FUZZ_CHECK(mcp_json_equal(v, again) && mcp_json_equal(again, v));
    }
    mcp_buf_clear(&out); /* any bytes at all make a valid string */
    mcp_json_writer_init(&w, &out);
    mcp_json_put_str(&w, text);
    limits.bytes_max = SIZE_MAX;
    FUZZ_CHECK(!mcp_json_read(&arena, mcp_buf_str(&out), &limits, &v, NULL));
    mcp_buf_free(&out);
    mcp_arena_free(&arena);
    return 0;
}
