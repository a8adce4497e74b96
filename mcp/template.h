/* mcp/template.h - private: RFC 6570 URI templates read backwards: which values made this URI?
 *
 * Levels 1 to 3 and {/name*}. A template becomes at most 64 steps, matching is O(steps x bytes)
 * whatever the URI: no backtracking. Pure. */
#ifndef MCP_TEMPLATE_H
#define MCP_TEMPLATE_H

#include <mcp/arena.h>
#include <mcp/str.h>

enum {
    MCP__TEMPLATE_STEPS_MAX = 62,
    MCP__TEMPLATE_VARS_MAX = 16,
    MCP__TEMPLATE_URI_BYTES_MAX = 8192 /* of a URI that is matched */
};

struct mcp__template {
    struct mcp__template_step {
        uint8_t kind;  /* see template.c */
        uint8_t class; /* of characters */
        uint8_t var;   /* BEGIN and END */
        uint8_t skip;  /* OPTION: where it goes on without */
        mcp_str text;  /* LITERAL */
    } steps[MCP__TEMPLATE_STEPS_MAX];
    size_t n_steps;
    mcp_str vars[MCP__TEMPLATE_VARS_MAX]; /* names, in the template's text */
    size_t n_vars;
    size_t query_from; /* variables from here on are pairs of a query; n_vars: none */
};

/* `text` must outlive *ret. NULL on success, else why not: static text. */
const char *mcp__template_compile(mcp_str text, struct mcp__template *ret);

/* True when expansion can have made `uri`. Then ret_values[i] is the percent-decoded value of
 * vars[i], ptr NULL when it is missing; in `arena` or in `uri`. False also without memory. */
bool mcp__template_match(const struct mcp__template *t, mcp_str uri, struct mcp_arena *arena,
                         mcp_str ret_values[MCP__TEMPLATE_VARS_MAX]);

/* True when a variable has this name. */
bool mcp__template_has(const struct mcp__template *t, mcp_str var);

#endif
