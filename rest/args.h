/* rest/args.h - path, query and body of a request -> the arguments of its tool.
 *
 * Percent escapes are decoded strictly: two hex digits or nothing, the result is UTF-8 without
 * NUL; in a query '+' is a space (application/x-www-form-urlencoded, as URLSearchParams writes
 * it). A query name that the row does not know is ignored, as the contract's first server does; a
 * known one that occurs twice is refused, unless the row calls it a list: then the values are
 * joined by commas. No argument is given in two places. */
#ifndef REST_ARGS_H
#define REST_ARGS_H

#include <mcp/arena.h>
#include <rest/route.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rest_args_fault {
    int status;     /* 400, 415, 503; 0: none */
    mcp_err err;    /* of 400: what it is in the surface's words. A wrong value is
                       INVALID_ARGUMENTS; a wrong body, or what cannot be decoded,
                       INVALID_REQUEST */
    char text[160]; /* one sentence */
};

/* Decode the %XX escapes of `s` into `arena`. False when one is malformed, or the result has a NUL
 * or is not UTF-8. `plus_is_space`: query text. */
bool rest_args_decode(struct mcp_arena *arena, mcp_str s, bool plus_is_space, mcp_str *ret);

/* The arguments as JSON text in `out` (left empty when there are none). Temporary memory comes
 * from `arena`. False: *reterr says why. */
bool rest_args_write(const struct mcp_server *server, const struct rest_match *match,
                     const struct mcp_http_request *req, struct mcp_arena *arena,
                     struct mcp_buf *out, struct rest_args_fault *reterr);

#ifdef __cplusplus
}
#endif
#endif
