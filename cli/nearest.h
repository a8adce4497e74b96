/* cli/nearest.h - what a mistyped name most likely meant. */
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

#include <mcp/str.h>

/* Show it every name that there is; begin with .word alone set. */
struct cli_nearest {
    mcp_str word;
    const char *best; /* NULL: none is near */
    size_t edits;     /* from `word` to `best` */
};

/* Points to `name` when it is the nearest yet. */
void cli_nearest_try(struct cli_nearest *n, const char *name);

/* ", did you mean --listen" (`prefix` and the name), or nothing: for the end of a sentence. */
const char *cli_nearest_words(const struct cli_nearest *n, const char *prefix, char out[128]);

#endif
