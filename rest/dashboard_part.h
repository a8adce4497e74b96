/* rest/dashboard_part.h - what the files of the dashboard share; private to rest/. */
#ifndef REST_DASHBOARD_PART_H
#define REST_DASHBOARD_PART_H

#include <rest/dashboard.h>
#include <rest/rest.h>

struct rest__events;

enum { REST__DASHBOARD_ROUTES = 5 };

struct rest_dashboard {
    struct mcp_server *server;
    bool is_tls;
    struct rest__events *events;
    struct mcp_http_route http[REST__DASHBOARD_ROUTES + 1];
};

/* A page, with {{nonce}} where that of an answer belongs. */
struct rest__document {
    mcp_str text;
    bool has_form; /* that is sent to this server */
    bool has_icon; /* in a data: URL */
};

/* Answer with it and its policy; a 401 asks for a credential. */
void rest__dashboard_show(const struct rest__document *doc, int status,
                          struct mcp_http_exchange *ex);
/* OPTIONS is answered, another method refused. */
void rest__dashboard_refuse_method(struct mcp_http_exchange *ex, const struct rest_surface *surface,
                                   const char *allow);

/* GET /account/dashboard */
extern const struct mcp_http_route rest__account_dashboard_route;

/* The words of a failure here, and its status. */
extern const struct rest_route rest__dashboard_row;

/* POST /login, POST /logout. `user` is the dashboard. */
void rest__dashboard_sign_in(void *user, struct mcp_http_exchange *ex);
void rest__dashboard_sign_out(void *user, struct mcp_http_exchange *ex);

/* Headers that every answer of the dashboard has. */
void rest__dashboard_headers(struct mcp_http_response *res);

/* ---- /api/v1/events ---- */
struct rest__events *rest__events_new(struct mcp_server *server);
void rest__events_free(struct rest__events *e); /* NULL is a no-op */
void rest__events_check_with(struct rest__events *e, mcp_is_live_fn *is_live, void *user);
/* A mcp_http_handler_fn; `user` is the struct rest__events. */
void rest__events_handle(void *user, struct mcp_http_exchange *ex);
/* End all, and take no new ones: a graceful stop. */
void rest__events_drain(void *user);
/* End those of a credential that is over. */
void rest__events_end_of(struct rest__events *e, const uint8_t id[16]);
void rest__events_look(struct rest__events *e);
void rest__events_tick(struct rest__events *e);

#endif
