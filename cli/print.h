/* cli/print.h - results for people: aligned tables, relative times, text safe for a terminal. */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include <mcp/json.h>
#include <mcp/log.h>

#include <stdio.h>

/* `s` with control characters and bidirectional overrides escaped as \n, \x1b, \u202e; invalid
 * UTF-8 becomes '?'. NUL-terminated, released with mcp_free(); NULL when out of memory. */
char *cli_clean(mcp_str s);

/* Columns `s` takes on a terminal: 0 for combining marks, 2 for wide East Asian text and emoji. */
size_t cli_width(mcp_str s);

/* "3m ago", "in 5d", "now"; valid in `out`. */
void cli_relative(int64_t wall_ms, int64_t now_ms, char *out, size_t bytes);

/* "2026-12-31", an RFC 3339 time, "now", or a time from now ("30d", "12h", "-2h"). */
bool cli_parse_time(const char *text, int64_t now_ms, int64_t *ret_wall_ms);

/* How a member of the rows is shown. */
enum cli_cell {
    CLI_CELL_TEXT,
    CLI_CELL_NUMBER, /* right-aligned, digits grouped by nothing */
    CLI_CELL_TIME,   /* relative to now */
    CLI_CELL_LIST    /* strings joined by commas */
};

struct cli_column {
    const char *title; /* NULL ends */
    const char *path;  /* "tool.name" */
    enum cli_cell cell;
};

/* Print an array of objects as a table; `empty` when there is none. False when out of memory. */
bool cli_table(FILE *out, mcp_json rows, const struct cli_column *columns, int64_t now_ms,
               const char *empty);

/* One object as "title: value" lines. */
bool cli_record(FILE *out, mcp_json object, const struct cli_column *columns, int64_t now_ms);

/* Log lines as they are, on standard error: for commands, which have a person in front. */
struct mcp_log cli_stderr_log(enum mcp_log_level max);

#endif
