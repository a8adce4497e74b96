/* cli/serve_card.c - what the options say about the server card (mcp/card.h). */
#include <cli/serve.h>

#include <mcp/json.h>

/* A JSON array of one icon. */
static const char *icon(struct mcp_buf *out, const char *url)
{
    struct mcp_json_writer w;

    if (!url) {
        return NULL;
    }
    mcp_json_writer_init(&w, out);
    mcp_json_array(&w);
    mcp_json_object(&w);
    mcp_json_member_str(&w, MCP_STR("src"), mcp_str_c(url));
    mcp_json_object_end(&w);
    mcp_json_array_end(&w);
    mcp_buf_byte(out, '\0');
    return out->failed ? NULL : out->ptr;
}

enum cli_exit cli_serve_card(const struct cli *cli, const struct mcp_server *server,
                             struct mcp_buf *icons, struct mcp_card *ret)
{
    struct mcp_buf printed;
    char why[256] = "";

    *ret = (struct mcp_card){.name = cli_text(cli, "card-name"),
                             .title = cli_text(cli, "card-title"),
                             .description = cli_text(cli, "card-description"),
                             .website_url = cli_text(cli, "card-website"),
                             .icons = icon(icons, cli_text(cli, "card-icon")),
                             .remote_url = cli_text(cli, "card-url")};
    mcp_buf_init(&printed, (size_t)1 << 20);
    mcp_err err =
        icons->failed ? MCP_E_OVERLOADED : mcp_server_card(server, ret, &printed, why, sizeof(why));

    mcp_buf_free(&printed);
    return !err                          ? CLI_DONE
           : err == MCP_E_INVALID_PARAMS ? cli_usage(cli, "%s", why)
                                         : cli_say(cli, CLI_LATER, "out of memory");
}
