/* cli/completion.h - scripts for shells that complete commands and options, read from the tables.
 */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include <stdbool.h>
#include <stdio.h>

/* "bash", "zsh" or "fish"; false for another shell: nothing was written. */
bool cli_completion(FILE *out, const char *shell);

#endif
