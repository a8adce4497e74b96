/* cli/nearest.c - see nearest.h. */
#include <cli/nearest.h>

#include <stdio.h>

enum { WORD_BYTES_MAX = 40 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Insertions, deletions, changes and swaps of neighbours (optimal string alignment), row by row. */
static size_t edits(mcp_str a, mcp_str b)
{
    size_t rows[3][WORD_BYTES_MAX + 1], *older = rows[0], *old = rows[1], *row = rows[2];

    for (size_t j = 0; j <= b.len; j++) {
        old[j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            bool is_same = a.ptr[i - 1] == b.ptr[j - 1];

            row[j] = least(least(old[j], row[j - 1]) + 1, old[j - 1] + !is_same);
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1]) {
                row[j] = least(row[j], older[j - 2] + 1);
            }
        }
        size_t *spare = older;

        older = old;
        old = row;
        row = spare;
    }
    return old[b.len];
}

void cli_nearest_try(struct cli_nearest *n, const char *name)
{
    mcp_str s = mcp_str_c(name);

    if (n->word.len > WORD_BYTES_MAX || s.len > WORD_BYTES_MAX || !n->word.len) {
        return;
    }
    size_t e = edits(n->word, s), most = n->word.len < 5 ? 1 : n->word.len < 12 ? 2 : 3;

    if (e <= most && (!n->best || e < n->edits)) {
        n->best = name;
        n->edits = e;
    }
}

const char *cli_nearest_words(const struct cli_nearest *n, const char *prefix, char out[128])
{
    out[0] = '\0';
    if (n->best) {
        snprintf(out, 128, ", did you mean %s%s", prefix, n->best);
    }
    return out;
}
