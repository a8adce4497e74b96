/* cli/mail.h - the server that mail goes through, as the options --mail-* say. */
#ifndef CLI_MAIL_H
#define CLI_MAIL_H

#include <cli/options.h>
#include <mcp/buf.h>
#include <transport/deliver.h>

/* Of every command that sends mail. */
#define CLI_ROWS_MAIL                                                                              \
    {.name = "mail-url",                                                                           \
     .argument = "URL",                                                                            \
     .has_env = true,                                                                              \
     .help = "mail server that users are written to through, smtp://HOST:PORT (with STARTTLS) or " \
             "smtps://HOST:PORT; without it they are not"},                                        \
        {.name = "mail-from",                                                                      \
         .argument = "ADDRESS",                                                                    \
         .has_env = true,                                                                          \
         .help = "whom the mails are from"},                                                       \
        {.name = "mail-login",                                                                     \
         .argument = "FILE",                                                                       \
         .has_env = true,                                                                          \
         .help = "user and password for it, a line each; without it none"},                        \
    {                                                                                              \
        .name = "mail-plain", .kind = CLI_FLAG, .has_env = true,                                   \
        .help = "go to it without TLS, for one on this machine; then without a login"              \
    }

struct cli_mail {
    mcp_str url, from;      /* url empty: there is none */
    mcp_str user, password; /* in `login` */
    bool is_plain;
    struct mcp_buf login;
};

/* Read and judge them, and the file. On failure one line was printed. */
enum cli_exit cli_mail_read(const struct cli *cli, struct cli_mail *m);
/* Forgets the login. Zeroed memory is a no-op. */
void cli_mail_free(struct cli_mail *m);
/* The envelope of a mail for `to`; as long as `m`. */
struct mcp_delivery_mail cli_mail_envelope(const struct cli_mail *m, mcp_str to);

#endif
