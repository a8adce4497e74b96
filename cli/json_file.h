/* cli/json_file.h - reading a whole file, and one that is JSON; "-" is standard input. */
#ifndef CLI_JSON_FILE_H
#define CLI_JSON_FILE_H

#include <cli/options.h>
#include <mcp/json.h>

/* Read FILE, at most `bytes_max`. `text` is initialised, and must be freed in any case. CLI_IO and
 * a line on standard error when that fails. */
enum cli_exit cli_file_read(const struct cli *cli, const char *file, size_t bytes_max,
                            struct mcp_buf *text);

/* The same of a file with secrets in it, for --`option`: CLI_USAGE when everybody can read it. */
enum cli_exit cli_secret_file_read(const struct cli *cli, const char *option, const char *file,
                                   size_t bytes_max, struct mcp_buf *text);

/* Read a file and parse it; `text` must outlive *ret. CLI_USAGE when it is not JSON within
 * `limits`, CLI_LATER when the arena is too small. */
enum cli_exit cli_json_read(const struct cli *cli, const char *file,
                            const struct mcp_json_limits *limits, struct mcp_arena *arena,
                            struct mcp_buf *text, mcp_json *ret);

#endif
