/* cli/config.c - the effective configuration of `serve`, and where each value comes from. */
#include <cli/commands.h>
#include <cli/serve.h>

static const char *shown(const struct cli *cli, const struct cli_option *row,
                         const struct cli_value *v, char *memory, size_t bytes)
{
    if (row->kind == CLI_FLAG) {
        return v->number ? "yes" : "no";
    }
    if (strcmp(row->name, "data") == 0) {
        return cli_data_dir(cli, memory, bytes) ? memory : "-";
    }
    return v->n_text ? v->text[0] : "-";
}

enum cli_exit cli_config_print(const struct cli *cli)
{
    const struct cli_option *row = cli_serve_options;
    struct mcp_json_writer w;
    struct mcp_buf out;
    bool is_json = cli_flag(cli, "json");

    mcp_buf_init(&out, (size_t)1 << 20);
    mcp_json_writer_init(&w, &out);
    mcp_json_object(&w);
    for (; row->name; row++) {
        const struct cli_value *v = cli_value(cli, row->name);
        enum cli_source source = v->source;
        char memory[4096];
        const char *text = shown(cli, row, v, memory, sizeof(memory));

        if (strcmp(row->name, "print-config") == 0 || strcmp(row->name, "json") == 0) {
            continue;
        }
        if (source == CLI_FROM_NOTHING && (row->kind == CLI_FLAG || strcmp(text, "-") != 0)) {
            source = CLI_FROM_DEFAULT;
        }
        if (!is_json) {
            fprintf(cli->out, "%-20s %-28s %s\n", row->name, text, cli_source_name(source));
        }
        mcp_json_put_key(&w, mcp_str_c(row->name));
        mcp_json_object(&w);
        if (source == CLI_FROM_NOTHING) {
            mcp_json_member_null(&w, MCP_STR("value"));
        } else {
            mcp_json_member_str(&w, MCP_STR("value"), mcp_str_c(text));
        }
        mcp_json_member_str(&w, MCP_STR("source"), mcp_str_c(cli_source_name(source)));
        mcp_json_object_end(&w);
    }
    mcp_json_object_end(&w);
    if (is_json) {
        fprintf(cli->out, "%.*s\n", MCP_STR_ARG(mcp_buf_str(&out)));
    }
    mcp_buf_free(&out);
    return CLI_DONE;
}

enum cli_exit cli_config_run(struct cli *cli)
{
    return cli_config_print(cli);
}
