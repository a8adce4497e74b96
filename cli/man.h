/* cli/man.h - the manual page cistern.1, all of it read from the tables. */
#ifndef CLI_MAN_H
#define CLI_MAN_H

#include <stdio.h>

/* Write the page as man(7) source. */
void cli_man(FILE *out, const char *version);

#endif
