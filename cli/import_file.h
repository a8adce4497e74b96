/* cli/import_file.h - the file format of `cistern import`: reading and checking it.
 *
 *   {"connections": [
 *     {"name": "Hunter",                                     required
 *      "tool": {"name": "Hunter", "id": "hunter", "topupUrl": "https://..."},   default: the name
 *      "thresholds": {"low": 100, "critical": 10},
 *      "status": "active",
 *      "readings": [
 *        {"creditType": "verifications", "balance": 620,     required
 *         "label": "Verifications", "unit": "credits", "balanceLimit": 1000,
 *         "recordedAt": "2026-06-17T08:02:11Z"}]}]}
 *
 * A member this page does not know is an error: a misspelt threshold must not be lost. */
#ifndef CLI_IMPORT_FILE_H
#define CLI_IMPORT_FILE_H

#include <cli/local.h>

#define CLI_IMPORT_BYTES_MAX ((size_t)256 << 20)

/* Read FILE ("-": standard input) and parse it. `text` must be freed in any case and outlive
 * *ret. */
enum cli_exit cli_import_read(const struct cli *cli, const char *file, struct mcp_arena *arena,
                              struct mcp_buf *text, mcp_json *ret);

/* NULL when the shape of a connection is right, else what is wrong at `path`, a JSON Pointer below
 * the connection. Values are the operations' business. */
const char *cli_import_check(mcp_json connection, struct mcp_arena *arena, char *path,
                             size_t path_bytes);

/* The arguments of add_connection, or of edit_connection: only what the file says. */
void cli_import_put_connection(struct cli_args *a, mcp_json connection, bool is_edit);

#endif
