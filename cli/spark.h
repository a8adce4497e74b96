/* cli/spark.h - a sparkline: numbers over time as one line of blocks. Pure but for the printing. */
#ifndef CLI_SPARK_H
#define CLI_SPARK_H

#include <mcp/str.h>

#include <stdio.h>

enum { CLI_SPARK_WIDTH_MAX = 500 };

struct cli_spark {
    size_t width; /* columns, 1..CLI_SPARK_WIDTH_MAX */
    bool is_set[CLI_SPARK_WIDTH_MAX];
    int64_t value[CLI_SPARK_WIDTH_MAX]; /* the newest of the column */
    int64_t least, most, last;          /* of all that were added */
    size_t n;
};

void cli_spark_begin(struct cli_spark *s, size_t width);
/* In order of time; what lies outside from_ms..to_ms goes to the column at that end. */
void cli_spark_add(struct cli_spark *s, int64_t at_ms, int64_t from_ms, int64_t to_ms,
                   int64_t value);

/* The level of a column, 0 (the least) to `levels` - 1 (the most); -1: nothing was added there. All
 * the same: in the middle. */
int cli_spark_level(const struct cli_spark *s, size_t column, int levels);

/* One line and its newline: eight blocks, or `_.-=*#` in ASCII; a space where nothing is known. */
void cli_spark_print(const struct cli_spark *s, bool is_ascii, FILE *out);

#endif
