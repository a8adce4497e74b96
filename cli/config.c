/* cli/config.c - the effective configuration of `serve`: where each value comes from, and whether
 * it would do. */
#include <cli/commands.h>
#include <cli/config_file.h>
#include <cli/serve.h>

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PEM_BYTES_MAX = 16384 }; /* what is looked at of one */

static const char *shown(const struct cli *cli, const struct cli_option *row,
                         const struct cli_value *v, char *memory, size_t bytes)
{
    if (row->kind == CLI_FLAG) {
        return v->number ? "yes" : "no";
    }
    if (strcmp(row->name, "data") == 0) {
        return cli_data_dir(cli, memory, bytes) ? memory : "-";
    }
    if (strcmp(row->name, "mail-url") == 0 && v->n_text && strchr(v->text[0], '@')) {
        return "(not shown: a password may be in it)"; /* it is refused by whoever uses it */
    }
    return v->n_text ? v->text[0] : "-";
}

/* One option: a line, or a member. */
static void print_row(const struct cli *cli, struct mcp_json_writer *w,
                      const struct cli_option *row)
{
    const struct cli_value *v = cli_value(cli, row->name);
    enum cli_source source = v->source;
    char memory[4096];
    const char *text = shown(cli, row, v, memory, sizeof(memory));

    if (row == &cli_config_row && cli->file) {
        text = cli_config_path(cli->file);
    }
    if (source == CLI_FROM_NOTHING && (row->kind == CLI_FLAG || strcmp(text, "-") != 0)) {
        source = CLI_FROM_DEFAULT;
    }
    if (!cli_flag(cli, "json")) {
        fprintf(cli->out, "%-22s %-28s %s\n", row->name, text, cli_source_name(source));
    }
    mcp_json_put_key(w, mcp_str_c(row->name));
    mcp_json_object(w);
    if (source == CLI_FROM_NOTHING) {
        mcp_json_member_null(w, MCP_STR("value"));
    } else {
        mcp_json_member_str(w, MCP_STR("value"), mcp_str_c(text));
    }
    mcp_json_member_str(w, MCP_STR("source"), mcp_str_c(cli_source_name(source)));
    mcp_json_object_end(w);
}

enum cli_exit cli_config_print(const struct cli *cli)
{
    struct mcp_json_writer w;
    struct mcp_buf out;

    mcp_buf_init(&out, (size_t)1 << 20);
    mcp_json_writer_init(&w, &out);
    mcp_json_object(&w);
    print_row(cli, &w, &cli_config_row);
    for (const struct cli_option *row = cli_serve_options; row->name; row++) {
        if (strcmp(row->name, "print-config") != 0 && strcmp(row->name, "json") != 0) {
            print_row(cli, &w, row);
        }
    }
    mcp_json_object_end(&w);
    if (cli_flag(cli, "json")) {
        fprintf(cli->out, "%.*s\n", MCP_STR_ARG(mcp_buf_str(&out)));
    }
    mcp_buf_free(&out);
    return CLI_DONE;
}

enum cli_exit cli_config_print_run(struct cli *cli)
{
    return cli_config_print(cli);
}

/* ---- Would it do? ---------------------------------------------------------------------------- */

/* Readable, and something in PEM. Whether key and certificate match, libwebsockets says. */
static enum cli_exit check_pem(const struct cli *cli, const char *name)
{
    const char *path = cli_text(cli, name);
    char text[PEM_BYTES_MAX + 1];
    struct stat st;

    if (!path || (stat(path, &st) == 0 && !S_ISREG(st.st_mode))) {
        return CLI_DONE; /* a pipe is read once, by whom it is for */
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t n = fd < 0 ? -1 : read(fd, text, PEM_BYTES_MAX);
    int why = errno;

    if (fd >= 0) {
        close(fd);
    }
    if (n < 0) {
        return cli_say(cli, CLI_IO, "--%s: cannot read %s: %s", name, path, strerrordesc_np(why));
    }
    bool is_pem = mcp_str_has_nocase(mcp_str_n(text, (size_t)n), MCP_STR("-----BEGIN "));

    sodium_memzero(text, sizeof(text)); /* of a key */
    return is_pem ? CLI_DONE : cli_usage(cli, "--%s: %s is not a PEM file", name, path);
}

enum cli_exit cli_serve_files(const struct cli *cli)
{
    static const char *const FILES[] = {"tls-cert", "tls-key", "outbound-ca"};
    enum cli_exit code = CLI_DONE;

    for (size_t i = 0; !code && i < sizeof(FILES) / sizeof(FILES[0]); i++) {
        code = check_pem(cli, FILES[i]);
    }
    return code;
}

static enum cli_exit check_http(const struct cli *cli)
{
    struct cli_local local; /* the rows alone: the card is printed from them */
    struct mcp_http_options o;
    char why[512];
    enum cli_exit code = cli_serve_http_options(cli, &o);
    struct mcp_buf icons;

    code = code ? code : cli_local_describe(cli, &local);
    if (code) {
        return code;
    }
    mcp_buf_init(&icons, (size_t)1 << 20);
    code = cli_serve_card(cli, local.server, &icons, &o.card);
    if (!code && !mcp_http_check(local.server, &o, why, sizeof(why))) {
        code = cli_usage(cli, "%s", why);
    }
    mcp_buf_free(&icons);
    (void)cli_local_close(&local);
    return code;
}

enum cli_exit cli_config_check_run(struct cli *cli)
{
    struct tools_options thresholds = {0};
    struct cli_outbound outbound = {0};
    struct cli_mail mail = {0};
    struct package packages[PACKAGES_MAX];
    enum mcp_log_level level;
    enum cli_exit code = cli_read_defaults(cli, &thresholds);

    code = code ? code : cli_read_packages(cli, packages, &thresholds);

    if (!code && !cli_log_level(cli_text(cli, "log-level"), &level)) {
        code = cli_usage(cli, "--log-level: \"%s\" is not error, warn, info or debug",
                         cli_text(cli, "log-level"));
    }
    if (!code && !cli_log_is_format(cli_text(cli, "log-format"))) {
        code =
            cli_usage(cli, "--log-format: \"%s\" is not text or json", cli_text(cli, "log-format"));
    }
    code = code ? code : check_http(cli);
    code = code ? code : cli_serve_files(cli);
    code = code ? code : cli_outbound_open(cli, &outbound);
    code = code ? code : cli_payment_check(cli, outbound.client);
    cli_outbound_close(&outbound);
    code = code ? code : cli_mail_read(cli, &mail);
    cli_mail_free(&mail);
    if (!code) {
        fprintf(cli->out, "fine: %s\n",
                cli->file ? cli_config_path(cli->file) : "no configuration file");
    }
    return code;
}
