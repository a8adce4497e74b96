/* tools/package.h - what credits are sold as. Pure. */
#ifndef CISTERN_TOOLS_PACKAGE_H
#define CISTERN_TOOLS_PACKAGE_H

#include <mcp/str.h>

enum { PACKAGES_MAX = 16, PACKAGE_ID_MAX = 32, PACKAGE_NAME_MAX = 64 };

struct package {
    char id[PACKAGE_ID_MAX + 1], name[PACKAGE_NAME_MAX + 1];
    int64_t price_cents, credits; /* 1 and more; a hundred million dollars at the most */
};

/* Those of product.md b.5.8. */
extern const struct package package_defaults[];
extern const size_t package_defaults_n;

/* "ID=CENTS:CREDITS:NAME". NULL, or what is wrong, for people. */
const char *package_parse(mcp_str text, struct package *ret);

/* What the credits are worth: "$4.05"; cents are rounded down. */
enum { PACKAGE_DISPLAY_BYTES = 32 };
mcp_str package_display(int64_t credits, char out[PACKAGE_DISPLAY_BYTES]);

/* NULL: none has this id. */
const struct package *package_find(const struct package *list, size_t n, mcp_str id);

#endif
