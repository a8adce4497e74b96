/* cli/spark.c - see spark.h. */
#include <cli/spark.h>

void cli_spark_begin(struct cli_spark *s, size_t width)
{
    *s = (struct cli_spark){.width = width < 1                     ? 1
                                     : width > CLI_SPARK_WIDTH_MAX ? CLI_SPARK_WIDTH_MAX
                                                                   : width};
}

void cli_spark_add(struct cli_spark *s, int64_t at_ms, int64_t from_ms, int64_t to_ms,
                   int64_t value)
{
    /* As doubles: the product of a time and a width need not fit an int64. */
    double part =
        to_ms > from_ms ? ((double)at_ms - (double)from_ms) / ((double)to_ms - (double)from_ms) : 1;
    double at = part * (double)s->width;
    size_t column = at < 0 ? 0 : at >= (double)s->width ? s->width - 1 : (size_t)at;

    s->least = s->n == 0 || value < s->least ? value : s->least;
    s->most = s->n == 0 || value > s->most ? value : s->most;
    s->last = value;
    s->n++;
    s->is_set[column] = true;
    s->value[column] = value;
}

int cli_spark_level(const struct cli_spark *s, size_t column, int levels)
{
    if (!s->is_set[column]) {
        return -1;
    }
    double span = (double)s->most - (double)s->least;
    double part = span > 0 ? ((double)s->value[column] - (double)s->least) / span : 0.5;
    int level = (int)(part * levels);

    return level < levels ? level : levels - 1;
}

void cli_spark_print(const struct cli_spark *s, bool is_ascii, FILE *out)
{
    static const char *const BLOCKS[] = {"\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83",
                                         "\xe2\x96\x84", "\xe2\x96\x85", "\xe2\x96\x86",
                                         "\xe2\x96\x87", "\xe2\x96\x88"};
    static const char *const PLAIN[] = {"_", ".", "-", "=", "*", "#"};
    const char *const *marks = is_ascii ? PLAIN : BLOCKS;
    int levels = is_ascii ? sizeof(PLAIN) / sizeof(PLAIN[0]) : sizeof(BLOCKS) / sizeof(BLOCKS[0]);

    for (size_t i = 0; i < s->width; i++) {
        int level = cli_spark_level(s, i, levels);

        fputs(level < 0 ? " " : marks[level], out);
    }
    fputc('\n', out);
}
