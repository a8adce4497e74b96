/* transport/deliver_curl.h - the functions of libcurl that deliver uses, loaded when the first
 * request goes out.
 *
 * Linked, libcurl and the 25 libraries behind it cost every process 17 ms of CPU at its start
 * (measured), also `cistern token list` and a server that never sends anything. */
#ifndef MCP_TRANSPORT_DELIVER_CURL_H
#define MCP_TRANSPORT_DELIVER_CURL_H

#include <curl/curl.h>

/* X(member, function) */
#define MCP__CURL_FUNCTIONS(X)                                                                     \
    X(easy_cleanup, curl_easy_cleanup)                                                             \
    X(easy_getinfo, curl_easy_getinfo)                                                             \
    X(easy_init, curl_easy_init)                                                                   \
    X(easy_setopt, curl_easy_setopt)                                                               \
    X(free_text, curl_free)                                                                        \
    X(multi_add_handle, curl_multi_add_handle)                                                     \
    X(multi_cleanup, curl_multi_cleanup)                                                           \
    X(multi_info_read, curl_multi_info_read)                                                       \
    X(multi_init, curl_multi_init)                                                                 \
    X(multi_perform, curl_multi_perform)                                                           \
    X(multi_poll, curl_multi_poll)                                                                 \
    X(multi_remove_handle, curl_multi_remove_handle)                                               \
    X(multi_setopt, curl_multi_setopt)                                                             \
    X(multi_wakeup, curl_multi_wakeup)                                                             \
    X(slist_append, curl_slist_append)                                                             \
    X(slist_free_all, curl_slist_free_all)                                                         \
    X(url, curl_url)                                                                               \
    X(url_cleanup, curl_url_cleanup)                                                               \
    X(url_get, curl_url_get)                                                                       \
    X(url_set, curl_url_set)

struct mcp__curl {
#define X(member, function) __typeof__(function) *member;
    MCP__CURL_FUNCTIONS(X)
#undef X
};

/* Loads it at the first call; never unloaded. NULL: it is not there, or older than 7.87
 * (CURLOPT_QUICK_EXIT). Any thread. */
const struct mcp__curl *mcp__curl_get(void);

#endif
