/* cli/usage_rows.h - a file of usage, CSV with a header or a JSON object a line, as events. */
#ifndef CLI_USAGE_ROWS_H
#define CLI_USAGE_ROWS_H

#include <mcp/json.h>

#include <stdio.h>

enum { USAGE_ROW_BYTES_MAX = 65536, USAGE_COLUMNS_MAX = 32, USAGE_CELLS = 6 };

struct usage_rows {
    FILE *file; /* seekable; not owned */
    bool is_csv;
    /* Set by whoever opens it. */
    int64_t end;              /* bytes; what is there beyond is not read */
    const char *subscription; /* of rows without one; NULL: each has its own */
    /* The row that was read last. */
    size_t line;    /* its first line, from 1 */
    int64_t offset; /* where the next one begins, bytes */
    size_t next_line;
    char why[256]; /* what is wrong with it */
    /* The header: which member each column is. */
    const char *columns[USAGE_COLUMNS_MAX];
    size_t n_columns;
    struct mcp_buf row;
    struct mcp_arena arena; /* of a row */
};

enum usage_row { USAGE_ROW_END, USAGE_ROW_GOOD, USAGE_ROW_BAD, USAGE_ROW_UNREADABLE };

/* At the file's begin. `format`: "csv", "jsonl"; NULL: CSV unless the first character is a brace.
 * USAGE_ROW_GOOD, or what usage_rows_next() says of a header. Released by usage_rows_free(). */
enum usage_row usage_rows_open(struct usage_rows *r, FILE *file, const char *format);
/* Go on at a place that was r->offset and r->next_line. False: errno. */
bool usage_rows_seek(struct usage_rows *r, int64_t offset, size_t line);
/* Add the next row to `out`, a JSON object. USAGE_ROW_BAD: r->why, nothing was added.
 * USAGE_ROW_UNREADABLE: errno. Empty lines are passed over. */
enum usage_row usage_rows_next(struct usage_rows *r, struct mcp_buf *out);
void usage_rows_free(struct usage_rows *r);

#endif
