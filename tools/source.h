/* tools/source.h - where readings come from over HTTP: a definition (JSON, tools/vendors/) says
 * what to ask and where in the answer a balance stands. Pure: nothing here sends anything.
 *
 *   {"id","name","documentation":[URL],"topupUrl","secret": what kind of secret it needs,
 *    "request":{"method","url","headers":{NAME: VALUE}},
 *    "pools":[{"creditType","label"?,"unit"? | "unitPath"?,
 *              "balance": PATH, or "limit" and "used": PATH (the balance is the difference),
 *              "limit"?: PATH, "reset"?: PATH, "scale"?: power of ten}]}
 *
 * A PATH is a JSON Pointer (RFC 6901). In the URL and the headers {secret}, {account} and {basic}
 * (base64 of account:secret) are filled in. What is missing, null, empty or no number never becomes
 * 0: it is a reason. */
#ifndef CISTERN_TOOLS_SOURCE_H
#define CISTERN_TOOLS_SOURCE_H

#include <mcp/json.h>

enum { SOURCE_POOLS_MAX = 8, SOURCE_WHY = 160 };

struct source_reading {
    mcp_str credit_type, label, unit, reset; /* empty: not said */
    int64_t balance_micro, limit_micro;      /* beyond six decimals cut off */
    bool has_limit;
    bool names_limit; /* the definition says where it stands: false has_limit then says none */
};

/* The shipped definitions as JSON text, sorted by id; empty past the last. */
mcp_str source_template(size_t i);
/* The one with this id; empty: none. */
mcp_str source_find(mcp_str id);

/* NULL, or what is wrong with a definition: a clause, static text. */
const char *source_check(mcp_json definition);

struct source_values {
    mcp_str account, secret;
};
/* `pattern` with the values filled in, from `arena`; ptr NULL: a value is missing, a name is
 * unknown, or no memory (the arena has failed then). In a URL the values are percent-encoded. */
mcp_str source_fill(mcp_str pattern, const struct source_values *v, bool is_url,
                    struct mcp_arena *arena);

/* All pools of a checked definition out of an answer's body, or none: false, and `why` has a
 * sentence. The strings live in `arena`. */
bool source_read(mcp_json definition, mcp_str body, struct mcp_arena *arena,
                 struct source_reading ret[SOURCE_POOLS_MAX], size_t *ret_n, char why[SOURCE_WHY]);

/* The connection status that an HTTP status other than 200..299 means: "disconnected" (the
 * credential is not accepted), "stale" (try again later) or "error" (the definition is wrong).
 * Empty for 2xx. */
mcp_str source_judge(int http_status);

/* A JSON Pointer; absent: it leads nowhere, or is none. */
mcp_json source_pointer(mcp_json root, mcp_str pointer, struct mcp_arena *arena);
/* Decimal text with an exponent or without, times 10^scale, in millionths, more decimals cut off.
 * False: no number, or too large. */
bool source_decimal(mcp_str text, int64_t scale, int64_t *ret_micro);

#endif
