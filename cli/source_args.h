/* cli/source_args.h - options that say where a connection's readings come from. */
#ifndef CLI_SOURCE_ARGS_H
#define CLI_SOURCE_ARGS_H

#include <cli/local.h>

/* The secret is a file or a variable, never an argument: every user of the machine can read those.
 */
#define CLI_ROWS_SECRET                                                                            \
    {.name = "secret-file", .argument = "FILE", .help = "holds the key; - is standard input"},     \
        {.name = "secret-env",                                                                     \
         .argument = "VARIABLE",                                                                   \
         .help = "the environment variable that holds it"},                                        \
    {                                                                                              \
        .name = "account", .argument = "TEXT",                                                     \
        .help = "for definitions that need one, as Twilio's"                                       \
    }
#define CLI_ROWS_SOURCE(how)                                                                       \
    {.name = "template",                                                                           \
     .argument = "NAME",                                                                           \
     .help = "ask this service: connection templates lists them"},                                 \
        {.name = "source", .argument = "FILE", .help = (how)}, CLI_ROWS_SECRET

/* What --secret-file or --secret-env say, without the line's end; `text` owns it (free it with
 * cli_secret_free(), in any case). Empty when neither is given. On failure a line was printed. */
enum cli_exit cli_secret_read(const struct cli *cli, struct mcp_buf *text, mcp_str *ret);
void cli_secret_free(struct mcp_buf *text);

/* The member "source" of add_connection and edit_connection, if there is any. */
enum cli_exit cli_source_put(const struct cli *cli, struct cli_args *args);

#endif
