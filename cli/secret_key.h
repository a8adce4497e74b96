/* cli/secret_key.h - the file that opens the store's secrets: DIR/secret.key, 0600, beside the data
 * and not in it, so that a copy of the data alone gives nothing away. */
#ifndef CLI_SECRET_KEY_H
#define CLI_SECRET_KEY_H

#include <cli/options.h>
#include <mcp/log.h>
#include <store/store.h>

enum { CLI_KEY_BYTES = 32 };

/* Read the key of the store in `dir`, making one when there is none and no secret needs it yet. On
 * failure one line was printed: missing, readable by others, damaged, or of another store. */
enum cli_exit cli_secret_key_get(const struct cli *cli, struct store *store, const char *dir,
                                 uint8_t ret[CLI_KEY_BYTES]);

/* Copy it into the directory `to`. False with errno. */
bool cli_secret_key_copy(const char *dir, const char *to);

#endif
