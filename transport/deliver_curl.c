/* transport/deliver_curl.c - see deliver_curl.h. */
#include <transport/deliver_curl.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define LIBRARY "libcurl.so.4"
enum { LEAST_VERSION = 0x075700 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct mcp__curl functions;
static bool is_loaded;

static bool find(void *library, const char *name, void *ret, size_t bytes)
{
    void *at = dlsym(library, name);

    memcpy(ret, &at, bytes); /* a pointer to an object is one to a function by POSIX, not by C */
    return at != NULL;
}

static void load(void)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    __typeof__(curl_version_info) *version_info = NULL;
    __typeof__(curl_global_init) *global_init = NULL;
    bool ok = library &&
              find(library, "curl_version_info", (void *)&version_info, sizeof(version_info)) &&
              version_info(CURLVERSION_NOW)->version_num >= LEAST_VERSION &&
              find(library, "curl_global_init", (void *)&global_init, sizeof(global_init));

#define X(member, function)                                                                        \
    ok = ok && find(library, #function, (void *)&functions.member, sizeof(functions.member));
    MCP__CURL_FUNCTIONS(X)
#undef X
    is_loaded = ok && global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

const struct mcp__curl *mcp__curl_get(void)
{
    pthread_once(&once, load);
    return is_loaded ? &functions : NULL;
}
