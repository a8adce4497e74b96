/* rest/surface.h - envelopes that more than one surface uses. */
#ifndef REST_SURFACE_H
#define REST_SURFACE_H

#include <rest/rest.h>

#ifdef __cplusplus
extern "C" {
#endif

/* {"error":{"code":"...","message":"..."}} */
void rest_error_coded(struct mcp_json_writer *w, const struct rest_said *said);
#define REST_ERROR_CODED_LAST                                                                      \
    "{\"error\":{\"code\":\"overloaded\",\"message\":\"no memory for an answer\"}}"

#ifdef __cplusplus
}
#endif
#endif
