/* cli/one_server.h - one `serve` for each store.
 *
 * Two would end each other's tasks when they start, and both would ask the sources. Commands beside
 * a server take no lock. */
#ifndef CLI_ONE_SERVER_H
#define CLI_ONE_SERVER_H

#include <cli/options.h>

/* Take the store in `dir` for this process, until it ends or the lock is given back. On failure a
 * line was printed: CLI_LATER (another has it) or CLI_IO. On success *ret is not 0. */
enum cli_exit cli_one_server_take(const struct cli *cli, const char *dir, int *ret);
/* 0 is a no-op. */
void cli_one_server_give_back(int lock);

#endif
