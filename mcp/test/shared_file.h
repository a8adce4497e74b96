/* mcp/test/shared_file.h - read a file of ../shared/data, which is not part of this repository. */
#ifndef MCP_TEST_SHARED_FILE_H
#define MCP_TEST_SHARED_FILE_H

#include "t.h"

/* The bytes of a file, owned by the caller (mcp_free); ptr NULL when absent. */
static inline mcp_str t_file(const char *name)
{
    FILE *f = fopen(name, "rb");

    if (!f) {
        return mcp_str_n(NULL, 0);
    }
    T_CHECK(fseek(f, 0, SEEK_END) == 0);
    long size = ftell(f);

    rewind(f);
    char *bytes = mcp_alloc((size_t)size + 1);

    T_CHECK(size >= 0 && bytes && fread(bytes, 1, (size_t)size, f) == (size_t)size);
    fclose(f);
    return mcp_str_n(bytes, (size_t)size);
}

/* The same of T_SHARED_DATA/<path>. */
static inline mcp_str t_shared_file(const char *path)
{
    char name[1024];

    snprintf(name, sizeof(name), "%s/%s", T_SHARED_DATA, path);
    return t_file(name);
}

#endif
