/* cli/maintain.c - verify and backup: whole-file work, also while a server runs. */
#include <cli/commands.h>
#include <cli/local.h>
#include <cli/print.h>
#include <cli/secret_key.h>
#include <transport/main.h>

#include <errno.h>
#include <unistd.h>

const struct cli_option cli_maintain_options[] = {CLI_ROW_DATA, CLI_ROW_JSON, CLI_ROW_END};

struct progress {
    FILE *err;
    const char *what;
    bool is_shown; /* standard error is a terminal */
};

static bool show_progress(void *user, uint64_t done, uint64_t total)
{
    struct progress *p = user;

    if (p->is_shown && total) {
        fprintf(p->err, "\r%s %llu%%", p->what, (unsigned long long)(done * 100 / total));
    } else if (p->is_shown) {
        fprintf(p->err, "\r%s %llu", p->what, (unsigned long long)done);
    }
    return true;
}

static void end_progress(struct progress *p)
{
    if (p->is_shown) {
        fputs("\r\033[K", p->err);
    }
}

static void report_json(const struct cli *cli, const struct store_report *r)
{
    struct mcp_buf out;
    struct mcp_json_writer w;

    mcp_buf_init(&out, 4096);
    mcp_json_writer_init(&w, &out);
    mcp_json_object(&w);
    mcp_json_member_int(&w, MCP_STR("rows"), (int64_t)r->rows);
    mcp_json_member_int(&w, MCP_STR("bytes"), (int64_t)r->bytes);
    mcp_json_member_int(&w, MCP_STR("badRows"), (int64_t)r->bad_rows);
    if (r->bad_rows) {
        mcp_json_member_str(&w, MCP_STR("firstBad"), mcp_str_c(r->first_bad));
    } else {
        mcp_json_member_null(&w, MCP_STR("firstBad"));
    }
    mcp_json_object_end(&w);
    fprintf(cli->out, "%.*s\n", MCP_STR_ARG(mcp_buf_str(&out)));
    mcp_buf_free(&out);
}

static enum cli_exit report(const struct cli *cli, const struct store_report *r)
{
    if (cli_flag(cli, "json")) {
        report_json(cli, r);
    } else if (r->bad_rows) {
        fprintf(cli->out, "%llu bad among %llu rows; the first: %s\n",
                (unsigned long long)r->bad_rows, (unsigned long long)r->rows, r->first_bad);
    } else {
        fprintf(cli->out, "%llu rows, %llu bytes: all fine\n", (unsigned long long)r->rows,
                (unsigned long long)r->bytes);
    }
    return r->bad_rows ? CLI_REFUSED : CLI_DONE;
}

enum cli_exit cli_verify_run(struct cli *cli)
{
    struct cli_local_options opt = {.log = cli_stderr_log(MCP_LOG_WARN)};
    struct progress p = {cli->err, "verified", isatty(STDERR_FILENO) == 1};
    struct store_report r = {0};
    struct cli_local l;
    enum cli_exit code = cli_local_open(cli, &opt, &l);

    if (code) {
        return code;
    }
    mcp_err err = store_verify(l.store, tools_check_row, show_progress, &p, &r);

    end_progress(&p);
    code = err && !r.bad_rows ? cli_say(cli, CLI_IO, "the store cannot be read to its end")
                              : report(cli, &r);
    (void)cli_local_close(&l);
    return code;
}

enum cli_exit cli_backup_run(struct cli *cli)
{
    struct cli_local_options opt = {.log = cli_stderr_log(MCP_LOG_WARN)};
    struct progress p = {cli->err, "copied", isatty(STDERR_FILENO) == 1};
    char why[512] = "";
    struct cli_local l;
    enum cli_exit code = cli_local_open(cli, &opt, &l);

    if (code) {
        return code;
    }
    mcp_err err = store_backup(l.store, cli->arguments[0], show_progress, &p, why, sizeof(why));

    end_progress(&p);
    if (err) {
        code = cli_say(cli, CLI_IO, "%s", why);
    } else if (!cli_secret_key_copy(l.dir, cli->arguments[0])) {
        code = cli_say(cli, CLI_IO, "%s has the data, but secret.key could not be copied: %s",
                       cli->arguments[0], strerrordesc_np(errno));
    } else if (cli_flag(cli, "json")) {
        fputs("{\"done\":true}\n", cli->out);
    } else {
        fprintf(cli->out, "backed up to %s\n", cli->arguments[0]);
    }
    (void)cli_local_close(&l);
    return code;
}
