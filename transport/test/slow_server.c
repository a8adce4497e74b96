/* transport/test/slow_server.c - a server with slow tools and small limits, for tests over real
 * sockets and pipes.
 *
 *     slow_server stdio            line cap 1,000 bytes, 4 calls at a time
 *     slow_server chatty           the same; what it drops it says on stderr
 *     slow_server http             writes its address to descriptor 3
 *     slow_server token            the same; wants "Authorization: Bearer good" */
#include <mcp/server.h>
#include <transport/http.h>
#include <transport/main.h>
#include <transport/stdio.h>
#include <transport/system.h>
#include <transport/test/slow_tool.h>

#include <stdio.h>

static mcp_err verify(void *user, mcp_str credential, struct mcp_principal *ret)
{
    (void)user;
    *ret = (struct mcp_principal){.id = {1}, .scopes = "*"};
    return mcp_str_eq(credential, MCP_STR("good")) ? MCP_OK : MCP_E_UNAUTHORIZED;
}

static int serve_http(struct mcp_server *server, bool wants_token)
{
    struct mcp_http_options opt = {
        .listen = "127.0.0.1:0",
        .verify = wants_token ? verify : NULL,
        .anonymous = {.scopes = "*"},
        .backlog_bytes_max = 256 << 10,
        .keep_alive_ms = 500,
    };
    char why[200];
    struct mcp_http *http = mcp_http_new(server, &opt, why, sizeof(why));

    if (!http) {
        fprintf(stderr, "%s\n", why);
        return 69;
    }
    mcp_http_signals(http, NULL, NULL);
    mcp_ready_notify(3, mcp_http_address(http));
    int code = mcp_http_run(http);

    mcp_http_free(http);
    return code;
}

int main(int argc, char **argv)
{
    struct mcp_server *server = NULL;
    struct mcp_tool_set tools = {SLOW_TOOLS, &server};
    struct mcp_server_options opt = {.name = "slow", .version = "1", .tools = &tools, .n_tools = 1};
    struct mcp_stdio_options stdio = {
        .line_bytes_max = 1000, .calls_max = 4, .principal = {.scopes = "*"}};
    const char *mode = argc > 1 ? argv[1] : "";
    char why[200];

    bool is_chatty = strcmp(mode, "chatty") == 0;

    mcp_system_clock(&opt.clock);
    if (is_chatty) {
        mcp_stderr_log(&opt.log);
        opt.log.max = MCP_LOG_WARN;
        opt.has_logging = true;
        opt.announces = MCP_CHANGED_TOOLS;
    }
    server = mcp_server_new(&opt, why, sizeof(why));
    if (!server) {
        fprintf(stderr, "%s\n", why);
        return 70;
    }
    int code = is_chatty || strcmp(mode, "stdio") == 0
                   ? mcp_stdio_serve(server, &stdio)
                   : serve_http(server, strcmp(mode, "token") == 0);

    mcp_server_free(server);
    return code;
}
