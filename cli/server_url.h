/* cli/server_url.h - where the server on this store is reached: a file beside the store, so that
 * `cistern login` can print a link that works. Not a secret, and only a hint. */
#ifndef CLI_SERVER_URL_H
#define CLI_SERVER_URL_H

#include <mcp/str.h>

enum { CLI_URL_BYTES = 2100 };

/* Of an address as mcp_http_address() says it: any-address becomes loopback. False: it is a Unix
 * socket, or does not fit. */
bool cli_url_of(const char *address, bool is_tls, char out[CLI_URL_BYTES]);

/* `url` without its last '/' is an http or https origin, with a path at most; else false. */
bool cli_url_is_base(const char *url);

/* Written by `serve` when it listens, removed when it ends; what fails is not worth a word. */
void cli_server_url_put(const char *dir, const char *url);
void cli_server_url_remove(const char *dir, const char *url); /* if it is still this one */
bool cli_server_url_get(const char *dir, char out[CLI_URL_BYTES]);

#endif
