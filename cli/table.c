/* cli/table.c - JSON rows as an aligned table. */
#include <cli/print.h>
#include <mcp/alloc.h>
#include <mcp/timestamp.h>

#define COLUMNS_MAX 12

static mcp_json at_path(mcp_json row, const char *path)
{
    mcp_str rest = mcp_str_c(path);

    while (rest.ptr) {
        row = mcp_json_get(row, mcp_str_cut(&rest, '.'));
    }
    return row;
}

static mcp_str join(mcp_json list, struct mcp_arena *arena)
{
    mcp_str all = {0};

    for (mcp_json e = mcp_json_first(list); mcp_json_present(e); e = mcp_json_next(list, e)) {
        mcp_str s = mcp_json_str(e, arena, mcp_json_raw(e)); /* a number as it is */

        all = all.len ? mcp_arena_printf(arena, "%.*s,%.*s", MCP_STR_ARG(all), MCP_STR_ARG(s)) : s;
    }
    return all;
}

/* What a cell shows, escaped; lives in the arena. */
static mcp_str cell_text(mcp_json row, const struct cli_column *column, int64_t now_ms,
                         struct mcp_arena *arena)
{
    mcp_json v = at_path(row, column->path);
    enum mcp_json_type type = mcp_json_type(v);
    mcp_str s = mcp_json_raw(v);
    int64_t at;
    char when[32];

    if (type == MCP_JSON_ABSENT || type == MCP_JSON_NULL) {
        return MCP_STR("-");
    }
    if (type == MCP_JSON_ARRAY) {
        s = column->cell == CLI_CELL_LIST ? join(v, arena)
                                          : mcp_arena_printf(arena, "%zu", mcp_json_count(v));
    } else if (type == MCP_JSON_STRING) {
        s = mcp_json_str(v, arena, MCP_STR(""));
    }
    if (column->cell == CLI_CELL_TIME && mcp_timestamp_parse(s, &at)) {
        cli_relative(at, now_ms, when, sizeof(when));
        return mcp_arena_dup(arena, mcp_str_c(when));
    }
    char *clean = cli_clean(s);
    mcp_str kept = mcp_arena_dup(arena, mcp_str_c(clean));

    arena->failed = arena->failed || !clean;
    mcp_free(clean);
    return kept;
}

static void pad(FILE *out, size_t n)
{
    fprintf(out, "%*s", (int)n, "");
}

static void print_cell(FILE *out, mcp_str s, size_t width, bool is_right, bool is_last)
{
    size_t own = cli_width(s);
    size_t gap = width > own ? width - own : 0;

    if (is_right) {
        pad(out, gap);
    }
    fprintf(out, "%.*s", MCP_STR_ARG(s));
    if (!is_right && !is_last) {
        pad(out, gap);
    }
    fputs(is_last ? "\n" : "  ", out);
}

static void print_line(FILE *out, const struct cli_column *columns, const mcp_str *cells,
                       const size_t *widths, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        print_cell(out, cells[i], widths[i], columns[i].cell == CLI_CELL_NUMBER, i + 1 == n);
    }
}

bool cli_table(FILE *out, mcp_json rows, const struct cli_column *columns, int64_t now_ms,
               const char *empty)
{
    size_t n = 0, n_rows = mcp_json_count(rows), widths[COLUMNS_MAX], at = 0;
    struct mcp_arena arena;
    mcp_str titles[COLUMNS_MAX];
    mcp_str *cells;
    bool is_fine;

    if (n_rows == 0) {
        fprintf(out, "%s\n", empty);
        return true;
    }
    for (; columns[n].title && n < COLUMNS_MAX; n++) {
        titles[n] = mcp_str_c(columns[n].title);
        widths[n] = titles[n].len;
    }
    mcp_arena_init(&arena, (size_t)256 << 20);
    cells = mcp_arena_new(&arena, mcp_str, n_rows * n);
    for (mcp_json r = mcp_json_first(rows); cells && mcp_json_present(r);
         r = mcp_json_next(rows, r)) {
        for (size_t i = 0; i < n; i++, at++) {
            size_t width;

            cells[at] = cell_text(r, &columns[i], now_ms, &arena);
            width = cli_width(cells[at]);
            widths[i] = width > widths[i] ? width : widths[i];
        }
    }
    is_fine = !mcp_arena_failed(&arena);
    if (is_fine) {
        print_line(out, columns, titles, widths, n);
        for (size_t i = 0; i < n_rows; i++) {
            print_line(out, columns, cells + i * n, widths, n);
        }
    }
    mcp_arena_free(&arena);
    return is_fine;
}

bool cli_record(FILE *out, mcp_json object, const struct cli_column *columns, int64_t now_ms)
{
    struct mcp_arena arena;
    bool is_fine;

    mcp_arena_init(&arena, (size_t)16 << 20);
    for (const struct cli_column *c = columns; c->title; c++) {
        mcp_str s = cell_text(object, c, now_ms, &arena);

        fprintf(out, "%-12s%.*s\n", c->title, MCP_STR_ARG(s));
    }
    is_fine = !mcp_arena_failed(&arena);
    mcp_arena_free(&arena);
    return is_fine;
}
