/* mcp/test/schema_documents.h - the files of the official JSON Schema suite, its remote documents
 * and the 2020-12 meta-schema, as sources to register. Nothing here is part of the repository;
 * what is not there is skipped by whoever asks. */
#ifndef MCP_TEST_SCHEMA_DOCUMENTS_H
#define MCP_TEST_SCHEMA_DOCUMENTS_H

#include "shared_file.h"

#include <mcp/schema.h>

#include <dirent.h>

/* npm's ajv, which the conformance suite brings, has a copy. */
#define T_METASCHEMA T_SOURCE_ROOT "/conformance/node_modules/ajv/dist/refs/json-schema-2020-12"

enum { T_DOCUMENTS_MAX = 128 };

struct t_documents {
    struct mcp_schema_source at[T_DOCUMENTS_MAX];
    size_t n;
};

/* Names "<folder>x" of the files x.json in a folder of the suite, sorted. */
static inline int t_by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static inline size_t t_suite_files(const char *folder, char (*ret)[64], size_t max)
{
    char path[1024];
    size_t n = 0;

    snprintf(path, sizeof(path), "%s/json-schema-2020-12/tests/draft2020-12/%s", T_SHARED_DATA,
             folder);
    DIR *d = opendir(path);

    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        size_t len = strlen(e->d_name);

        if (len > 5 && strcmp(e->d_name + len - 5, ".json") == 0) {
            T_CHECK(n < max);
            snprintf(ret[n++], 64, "%s%.*s", folder, (int)len - 5, e->d_name);
        }
    }
    if (d) {
        closedir(d);
    }
    qsort(ret, n, 64, t_by_name);
    return n;
}

/* Add the file under `uri`; false when there is none. */
static inline bool t_document_add(struct t_documents *docs, const char *path, const char *uri)
{
    mcp_str text = t_file(path);

    if (text.ptr) {
        T_CHECK(docs->n < T_DOCUMENTS_MAX);
        docs->at[docs->n++] =
            (struct mcp_schema_source){mcp_str_c(mcp_alloc_str(mcp_str_c(uri))), text};
    }
    return text.ptr != NULL;
}

/* The suite serves its folder "remotes" as http://localhost:1234/. */
static inline void t_remotes_add(struct t_documents *docs, const char *folder)
{
    char path[1024], uri[1024];

    T_CHECK((size_t)snprintf(path, sizeof(path), "%s/json-schema-2020-12/remotes/%s", T_SHARED_DATA,
                             folder) < sizeof(path));
    DIR *d = opendir(path);

    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        size_t len = strlen(e->d_name);

        if (e->d_name[0] == '.') {
            continue;
        }
        T_CHECK((size_t)snprintf(path, sizeof(path), "%s%s%s", folder, e->d_name, "/") <
                sizeof(path));
        if (len < 5 || strcmp(e->d_name + len - 5, ".json") != 0) {
            t_remotes_add(docs, path);
            continue;
        }
        T_CHECK((size_t)snprintf(uri, sizeof(uri), "http://localhost:1234/%s%s", folder,
                                 e->d_name) < sizeof(uri));
        T_CHECK((size_t)snprintf(path, sizeof(path), "%s/json-schema-2020-12/remotes/%s%s",
                                 T_SHARED_DATA, folder, e->d_name) < sizeof(path));
        T_CHECK(t_document_add(docs, path, uri));
    }
    if (d) {
        closedir(d);
    }
}

static inline void t_metaschema_add(struct t_documents *docs)
{
    static const char *const NAMES[] = {
        "schema",         "meta/core",       "meta/applicator",        "meta/unevaluated",
        "meta/content",   "meta/validation", "meta/format-annotation", "meta/format-assertion",
        "meta/meta-data",
    };

    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        char path[1024], uri[256];

        snprintf(path, sizeof(path), "%s/%s.json", T_METASCHEMA, NAMES[i]);
        snprintf(uri, sizeof(uri), "https://json-schema.org/draft/2020-12/%s", NAMES[i]);
        t_document_add(docs, path, uri);
    }
}

static inline bool t_has_metaschema(void)
{
    mcp_str text = t_file(T_METASCHEMA "/schema.json");

    mcp_free((void *)(uintptr_t)text.ptr);
    return text.ptr != NULL;
}

static inline void t_documents_load(struct t_documents *docs)
{
    t_remotes_add(docs, "draft2020-12/");
    t_remotes_add(docs, "draft2019-09/");
    t_metaschema_add(docs);
}

static inline void t_documents_free(struct t_documents *docs)
{
    for (size_t i = 0; i < docs->n; i++) {
        mcp_free((void *)(uintptr_t)docs->at[i].uri.ptr);
        mcp_free((void *)(uintptr_t)docs->at[i].text.ptr);
    }
    docs->n = 0;
}

#endif
