/* cli/demo.h - invented connections with a week of history, for a first look. */
#ifndef CLI_DEMO_H
#define CLI_DEMO_H

#include <cli/serve.h>

/* Load the demo data through the same operations a person uses. */
enum cli_exit cli_demo_load(const struct cli *cli, struct cli_local *l);

/* True when the store has no connection. */
bool cli_demo_fits(const struct cli *cli, struct cli_local *l, enum cli_exit *ret_code);

/* For `serve --demo`: load when the store is empty, bring old demo data up to date (only what the
 * demo made and nobody else has changed), make a token that ends in a day. The token goes to
 * `token`, its id to s->demo_token_id. */
enum cli_exit cli_demo_serve(struct cli_serve *s, char *token, size_t token_bytes);

/* Once a second: every 15 minutes the demo's vendors are "read" again, so that they do not all
 * become stale in front of whoever is looking. */
void cli_demo_tick(struct cli_serve *s);

/* Revoke the token that cli_demo_serve() made. */
void cli_demo_end(struct cli_serve *s);

#endif
