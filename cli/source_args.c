/* cli/source_args.c - see source_args.h. */
#include <cli/source_args.h>

#include <cli/json_file.h>

#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1 << 20, SECRET_MAX = 2048 };

static enum cli_exit read_variable(const struct cli *cli, const char *name, struct mcp_buf *text)
{
    const char *value = getenv(name);

    mcp_buf_init(text, FILE_MAX);
    if (!value) {
        return cli_usage(cli, "--secret-env: there is no variable %s", name);
    }
    mcp_buf_add_c(text, value);
    return text->failed ? cli_usage(cli, "--secret-env: %s is too long", name) : CLI_DONE;
}

enum cli_exit cli_secret_read(const struct cli *cli, struct mcp_buf *text, mcp_str *ret)
{
    const char *file = cli_text(cli, "secret-file"), *variable = cli_text(cli, "secret-env");
    enum cli_exit code = CLI_DONE;

    mcp_buf_init(text, FILE_MAX);
    *ret = mcp_str_n(NULL, 0);
    if (file && variable) {
        return cli_usage(cli, "give --secret-file or --secret-env, not both");
    }
    if (file || variable) {
        code = file ? cli_file_read(cli, file, FILE_MAX, text) : read_variable(cli, variable, text);
    }
    mcp_str s = mcp_buf_str(text);

    while (s.len && strchr("\r\n", s.ptr[s.len - 1])) {
        s.len--;
    }
    if (!code && s.len > SECRET_MAX) {
        return cli_usage(cli, "more than 2,048 bytes are no key");
    }
    if (!code && s.len == 0 && (file || variable)) {
        return cli_usage(cli, "there is no key in %s", file ? file : variable);
    }
    *ret = s;
    return code;
}

void cli_secret_free(struct mcp_buf *text)
{
    if (text->ptr) {
        explicit_bzero(text->ptr, text->len);
    }
    mcp_buf_free(text);
}

/* The definition in a file, as it stands there. */
static enum cli_exit put_file(const struct cli *cli, const char *file, struct cli_args *args)
{
    static const struct mcp_json_limits LIMITS = {FILE_MAX, 32, 4096, true};
    struct mcp_arena arena;
    struct mcp_buf text;
    mcp_json definition;

    mcp_arena_init(&arena, (size_t)1 << 20);
    enum cli_exit code = cli_json_read(cli, file, &LIMITS, &arena, &text, &definition);

    if (!code) {
        mcp_json_member_raw(&args->w, MCP_STR("definition"), mcp_json_raw(definition));
    }
    mcp_buf_free(&text);
    mcp_arena_free(&arena);
    return code;
}

static bool has_any(const struct cli *cli)
{
    return cli_text(cli, "template") || cli_text(cli, "source") || cli_text(cli, "account") ||
           cli_text(cli, "secret-file") || cli_text(cli, "secret-env") ||
           cli_value(cli, "every")->n_text;
}

enum cli_exit cli_source_put(const struct cli *cli, struct cli_args *args)
{
    const char *file = cli_text(cli, "source");
    struct mcp_buf text;
    mcp_str secret;
    enum cli_exit code;

    if (!has_any(cli)) {
        return CLI_DONE;
    }
    if (file && strcmp(file, "none") == 0) {
        mcp_json_member_null(&args->w, MCP_STR("source"));
        return CLI_DONE;
    }
    if (file && strcmp(file, "push") == 0 &&
        (cli_text(cli, "template") || cli_text(cli, "account") ||
         cli_value(cli, "every")->n_text)) {
        return cli_usage(cli,
                         "--source push is asked nothing: no --template, --account or --every");
    }
    if (file && strcmp(file, "push") == 0) {
        mcp_json_member_raw(&args->w, MCP_STR("source"), MCP_STR("{\"kind\":\"push\"}"));
        return CLI_DONE;
    }
    code = cli_secret_read(cli, &text, &secret);
    mcp_json_put_key(&args->w, MCP_STR("source"));
    mcp_json_object(&args->w);
    cli_args_str(args, "template", cli_text(cli, "template"));
    if (!code && file) {
        code = put_file(cli, file, args);
    }
    if (secret.len) {
        mcp_json_member_str(&args->w, MCP_STR("secret"), secret);
    }
    cli_args_str(args, "account", cli_text(cli, "account"));
    if (cli_value(cli, "every")->n_text) {
        mcp_json_member_int(&args->w, MCP_STR("everySeconds"), cli_number(cli, "every") / 1000);
    }
    mcp_json_object_end(&args->w);
    cli_secret_free(&text);
    return code;
}
