/* cli/usage_rows.c - see usage_rows.h. CSV is that of RFC 4180: cells may be quoted, quotes in them
 * are doubled, line ends may stand inside. */
#include <cli/usage_rows.h>

#include <errno.h>

#define AMOUNT_MAX (((int64_t)1 << 53) - 1)

static const char *const MEMBERS[USAGE_CELLS] = {"subscription",    "type", "requests",
                                                 "bandwidth_bytes", "at",   "id"};

static enum usage_row bad(struct usage_rows *r, const char *what, const char *why)
{
    snprintf(r->why, sizeof(r->why), "%s%s", what, why);
    return USAGE_ROW_BAD;
}

/* ---- Rows ---- */

/* Where in a cell of CSV the reader is; JSON lines are all PLAIN. */
enum within { BEGIN, PLAIN, QUOTED, CLOSED };

static enum within step(enum within at, int c)
{
    if (at == QUOTED) {
        return c == '"' ? CLOSED : QUOTED;
    }
    if (c == '"' && at != PLAIN) {
        return QUOTED;
    }
    return c == ',' ? BEGIN : PLAIN;
}

/* One row's text into r->row, without its line end; a quoted cell of CSV may hold some. */
static enum usage_row read_row(struct usage_rows *r)
{
    enum within at = BEGIN;
    bool is_long = false;
    int c;

    r->line = r->next_line;
    mcp_buf_clear(&r->row);
    errno = 0;
    while ((c = r->offset < r->end ? getc(r->file) : EOF) != EOF) {
        r->offset++;
        r->next_line += c == '\n';
        if (c == '\n' && at != QUOTED) {
            break;
        }
        at = r->is_csv ? step(at, c) : PLAIN;
        is_long = is_long || r->row.len >= USAGE_ROW_BYTES_MAX;
        if (!is_long) {
            mcp_buf_byte(&r->row, (char)c);
        }
    }
    if (ferror(r->file) || r->row.failed) {
        errno = r->row.failed ? ENOMEM : errno;
        return USAGE_ROW_UNREADABLE;
    }
    if (c == EOF && r->row.len == 0 && !is_long) {
        return USAGE_ROW_END;
    }
    if (is_long) {
        return bad(r, "", "longer than 65536 bytes");
    }
    return at == QUOTED ? bad(r, "", "a quote is not closed") : USAGE_ROW_GOOD;
}

static mcp_str row_text(const struct usage_rows *r)
{
    mcp_str s = mcp_buf_str(&r->row);

    s.len -= s.len && s.ptr[s.len - 1] == '\r';
    return s;
}

/* ---- CSV ---- */

/* Cut the next cell off, its quotes undone in place. False: r->why. */
static bool cut_cell(struct usage_rows *r, mcp_str *rest, mcp_str *ret)
{
    char *out = (char *)(uintptr_t)rest->ptr; /* into r->row */
    size_t n = 0, i = 0;

    if (rest->len == 0 || rest->ptr[0] != '"') {
        *ret = mcp_str_cut(rest, ',');
        bad(r, "", "a quote inside a cell that does not begin with one");
        return ret->len == 0 || !memchr(ret->ptr, '"', ret->len);
    }
    for (i = 1; i < rest->len; i++) {
        if (rest->ptr[i] == '"' && ++i < rest->len && rest->ptr[i] != '"') {
            break;
        }
        if (i < rest->len) {
            out[n++] = rest->ptr[i];
        }
    }
    *ret = mcp_str_n(out, n);
    if (i < rest->len && rest->ptr[i] != ',') {
        bad(r, "", "text after a closing quote");
        return false;
    }
    *rest = i < rest->len ? mcp_str_n(rest->ptr + i + 1, rest->len - i - 1) : mcp_str_n(NULL, 0);
    return true;
}

static enum usage_row read_header(struct usage_rows *r)
{
    enum usage_row got = read_row(r);
    mcp_str rest = row_text(r), cell;

    if (got != USAGE_ROW_GOOD) {
        return got == USAGE_ROW_END ? bad(r, "", "there is no header") : got;
    }
    while (rest.ptr) {
        size_t i = 0;

        if (r->n_columns == USAGE_COLUMNS_MAX || !cut_cell(r, &rest, &cell)) {
            return r->n_columns < USAGE_COLUMNS_MAX ? USAGE_ROW_BAD
                                                    : bad(r, "", "too many columns");
        }
        while (i < USAGE_CELLS && !mcp_str_eq(mcp_str_trim(cell), mcp_str_c(MEMBERS[i]))) {
            i++;
        }
        if (i == USAGE_CELLS) {
            snprintf(r->why, sizeof(r->why),
                     "column %zu is none of subscription, type, requests, bandwidth_bytes, at, id",
                     r->n_columns + 1);
            return USAGE_ROW_BAD;
        }
        for (size_t k = 0; k < r->n_columns; k++) {
            if (r->columns[k] == MEMBERS[i]) {
                return bad(r, MEMBERS[i], ": two columns have this name");
            }
        }
        r->columns[r->n_columns++] = MEMBERS[i];
    }
    return USAGE_ROW_GOOD;
}

static bool is_amount(const char *column)
{
    return column == MEMBERS[2] || column == MEMBERS[3];
}

static enum usage_row put_cell(struct usage_rows *r, struct mcp_json_writer *w, const char *column,
                               mcp_str cell)
{
    uint64_t n;

    if (!mcp_str_is_utf8(cell)) {
        return bad(r, column, ": not UTF-8");
    }
    if (!is_amount(column)) {
        mcp_json_member_str(w, mcp_str_c(column), cell);
        return USAGE_ROW_GOOD;
    }
    if (!mcp_str_uint(cell, AMOUNT_MAX, &n)) {
        return bad(r, column, ": not a whole number from 0 to 9007199254740991");
    }
    mcp_json_member_int(w, mcp_str_c(column), (int64_t)n);
    return USAGE_ROW_GOOD;
}

static enum usage_row put_csv(struct usage_rows *r, struct mcp_json_writer *w)
{
    mcp_str rest = row_text(r), cell;
    bool has_subscription = false;

    mcp_json_object(w);
    for (size_t i = 0; i < r->n_columns || rest.ptr; i++) {
        if (i >= r->n_columns || !rest.ptr) {
            snprintf(r->why, sizeof(r->why), "%s cells than the header has columns, %zu",
                     rest.ptr ? "more" : "fewer", r->n_columns);
            return USAGE_ROW_BAD;
        }
        if (!cut_cell(r, &rest, &cell)) {
            return USAGE_ROW_BAD;
        }
        has_subscription = has_subscription || (r->columns[i] == MEMBERS[0] && cell.len);
        if (cell.len && put_cell(r, w, r->columns[i], cell) != USAGE_ROW_GOOD) {
            return USAGE_ROW_BAD;
        }
    }
    if (!has_subscription && r->subscription) {
        mcp_json_member_str(w, MCP_STR("subscription"), mcp_str_c(r->subscription));
    }
    mcp_json_object_end(w);
    return USAGE_ROW_GOOD;
}

/* ---- JSON lines ---- */

static enum usage_row put_json(struct usage_rows *r, struct mcp_json_writer *w)
{
    struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    struct mcp_json_fault fault = {0, "too large"};
    mcp_json o;

    mcp_arena_reset(&r->arena);
    limits.refuse_duplicates = true;
    if (mcp_json_read(&r->arena, row_text(r), &limits, &o, &fault)) {
        snprintf(r->why, sizeof(r->why), "column %zu: not JSON: %s", fault.offset + 1, fault.why);
        return USAGE_ROW_BAD;
    }
    if (mcp_json_type(o) != MCP_JSON_OBJECT) {
        return bad(r, "", "not an object");
    }
    mcp_json_object(w);
    for (mcp_json e = mcp_json_first(o); mcp_json_present(e); e = mcp_json_next(o, e)) {
        mcp_json_member_raw(w, mcp_json_str(mcp_json_key(e), &r->arena, MCP_STR("")),
                            mcp_json_raw(e));
    }
    if (r->subscription && !mcp_json_present(mcp_json_get(o, MCP_STR("subscription")))) {
        mcp_json_member_str(w, MCP_STR("subscription"), mcp_str_c(r->subscription));
    }
    mcp_json_object_end(w);
    return USAGE_ROW_GOOD;
}

/* ---- All ---- */

static void skip_mark(struct usage_rows *r)
{
    static const unsigned char MARK[] = {0xef, 0xbb, 0xbf};
    size_t n = 0;
    int c = 0;

    while (n < sizeof(MARK) && (c = getc(r->file)) == MARK[n]) {
        n++;
    }
    r->offset = n == sizeof(MARK) ? (int64_t)n : 0;
    (void)fseeko(r->file, r->offset, SEEK_SET);
}

enum usage_row usage_rows_open(struct usage_rows *r, FILE *file, const char *format)
{
    *r = (struct usage_rows){
        .file = file, .end = r->end, .subscription = r->subscription, .next_line = 1};
    mcp_buf_init(&r->row, (size_t)USAGE_ROW_BYTES_MAX * 2);
    mcp_arena_init(&r->arena, (size_t)USAGE_ROW_BYTES_MAX * 32);
    skip_mark(r);
    int c = getc(file);

    if (c != EOF) {
        ungetc(c, file);
    }
    r->is_csv = format ? strcmp(format, "csv") == 0 : c != '{';
    return r->is_csv ? read_header(r) : USAGE_ROW_GOOD;
}

bool usage_rows_seek(struct usage_rows *r, int64_t offset, size_t line)
{
    r->offset = offset;
    r->next_line = line;
    return fseeko(r->file, offset, SEEK_SET) == 0;
}

enum usage_row usage_rows_next(struct usage_rows *r, struct mcp_buf *out)
{
    struct mcp_json_writer w;
    size_t before = out->len;
    enum usage_row got;

    mcp_json_writer_init(&w, out);
    do {
        got = read_row(r);
    } while (got == USAGE_ROW_GOOD && mcp_str_trim(row_text(r)).len == 0);
    if (got != USAGE_ROW_GOOD) {
        return got;
    }
    got = r->is_csv ? put_csv(r, &w) : put_json(r, &w);
    if (got != USAGE_ROW_GOOD) {
        out->len = before;
    }
    return got;
}

void usage_rows_free(struct usage_rows *r)
{
    mcp_buf_free(&r->row);
    mcp_arena_free(&r->arena);
}
