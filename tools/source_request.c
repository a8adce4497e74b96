/* tools/source_request.c - see source_request.h. */
#include <tools/source_request.h>

#include <stdio.h>

static mcp_str text(mcp_json object, const char *member, struct mcp_arena *arena)
{
    return mcp_json_str(mcp_json_get(object, mcp_str_c(member)), arena, mcp_str_n(NULL, 0));
}

const char *source_request_fill(mcp_json definition, const struct source_values *v,
                                struct mcp_arena *arena, struct source_request *ret)
{
    static const char NEEDS_BOTH[] = "it needs a secret, perhaps an account";
    static const char NEEDS_ACCOUNT[] = "it needs an account";
    static const char NO_MEMORY[] = "there is no memory for it";
    const char *needs = v->secret.len ? NEEDS_ACCOUNT : NEEDS_BOTH;
    mcp_json request = mcp_json_get(definition, MCP_STR("request"));
    mcp_json headers = mcp_json_get(request, MCP_STR("headers"));

    *ret = (struct source_request){.method = text(request, "method", arena)};
    ret->url = source_fill(text(request, "url", arena), v, true, arena);
    if (!ret->url.ptr) {
        return mcp_arena_failed(arena) ? NO_MEMORY : needs;
    }
    for (mcp_json e = mcp_json_first(headers); mcp_json_present(e); e = mcp_json_next(headers, e)) {
        struct outbox_header *h = &ret->headers[ret->n_headers];

        if (ret->n_headers++ == SOURCE_HEADERS_MAX) {
            return "it has more than 16 headers";
        }
        h->name = mcp_json_str(mcp_json_key(e), arena, mcp_str_n(NULL, 0));
        h->value = source_fill(mcp_json_str(e, arena, mcp_str_n(NULL, 0)), v, false, arena);
        if (!h->value.ptr) {
            return mcp_arena_failed(arena) ? NO_MEMORY : needs;
        }
    }
    return mcp_arena_failed(arena) ? NO_MEMORY : NULL;
}

void source_explain(int s, char why[SOURCE_WHY])
{
    const char *means = s == 401 || s == 403               ? "it does not accept the secret"
                        : s == 429                         ? "it was asked too often"
                        : s == 408 || s == 425 || s >= 500 ? "it cannot answer now"
                        : s >= 300 && s <= 399
                            ? "it answers elsewhere, and redirects are not followed"
                            : "it does not know what the definition asks for";

    snprintf(why, SOURCE_WHY, "the service answered with HTTP %d: %s", s, means);
}

mcp_str source_host(mcp_json definition, struct mcp_arena *arena)
{
    mcp_str url = text(mcp_json_get(definition, MCP_STR("request")), "url", arena);
    size_t at = 0, end;

    while (at + 3 <= url.len && memcmp(url.ptr + at, "://", 3) != 0) {
        at++;
    }
    at += 3;
    for (end = at; end < url.len && !strchr("/?#", url.ptr[end]); end++) {
    }
    return end <= url.len && end > at ? mcp_str_n(url.ptr + at, end - at) : mcp_str_n(NULL, 0);
}
