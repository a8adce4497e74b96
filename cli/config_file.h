/* cli/config_file.h - options from a file: `name = value` a line, `#` begins a comment line. */
#ifndef CLI_CONFIG_FILE_H
#define CLI_CONFIG_FILE_H

#include <cli/options.h>

enum { CLI_CONFIG_BYTES_MAX = 65536, CLI_CONFIG_LINES_MAX = 256 };

struct cli_config_line {
    const char *name, *value;
    unsigned number; /* of the line, from 1 */
};

/* Read the file at `path`; NULL: CISTERN_CONFIG_FILE, which may be missing. Every name must be an
 * option of some command that may stand in a file, every value one of that option. CLI_DONE, with
 * *ret NULL when there is no file; else one line was printed. Owned: cli_config_free(). */
enum cli_exit cli_config_read(const struct cli *cli, const char *path,
                              struct cli_config_file **ret);
void cli_config_free(struct cli_config_file *f); /* NULL is a no-op */

/* The first line with this name behind `after` (NULL: from the start), or NULL. `f` may be NULL. */
const struct cli_config_line *cli_config_next(const struct cli_config_file *f, const char *name,
                                              const struct cli_config_line *after);

const char *cli_config_path(const struct cli_config_file *f);
/* "/etc/cistern/cistern.conf:3: rate" */
void cli_config_where(const struct cli_config_file *f, const struct cli_config_line *line,
                      char *out, size_t bytes);

#endif
