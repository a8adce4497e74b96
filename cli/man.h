/* cli/man.h - the manual pages, all of them read from the tables. */
#ifndef CLI_MAN_H
#define CLI_MAN_H

#include <cli/options.h>

/* Write cistern.1 as man(7) source. */
void cli_man(FILE *out, const char *version);
/* The page of one command, cistern-token-create.1. */
void cli_man_of(FILE *out, const char *version, const struct cli_command *command);

#endif
