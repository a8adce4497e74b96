/* cli/mail.c - see mail.h; and mail test. */
#include <cli/mail.h>

#include <cli/commands.h>
#include <cli/json_file.h>
#include <cli/local.h>
#include <cli/outbound.h>
#include <cli/print.h>
#include <mcp/alloc.h>
#include <tools/mail.h>
#include <tools/user.h>

#include <sodium.h>

enum { LOGIN_BYTES_MAX = 1 << 17, TEST_TIMEOUT_MS = 45000 };

const struct cli_option cli_mail_test_options[] = {CLI_ROWS_MAIL, CLI_ROWS_OUTBOUND, CLI_ROW_END};

/* ---- Options --------------------------------------------------------------------------------- */

/* The rest of the line is what was written; what ends it may be CRLF. */
static mcp_str cut_line(mcp_str *rest)
{
    mcp_str line = mcp_str_cut(rest, '\n');

    line.len -= line.len && line.ptr[line.len - 1] == '\r';
    return line;
}

static enum cli_exit read_login(const struct cli *cli, struct cli_mail *m)
{
    const char *file = cli_text(cli, "mail-login");

    if (!file) {
        return CLI_DONE;
    }
    if (m->is_plain) {
        return cli_usage(cli, "--mail-login and --mail-plain: a login is not sent without TLS");
    }
    enum cli_exit code = cli_secret_file_read(cli, "mail-login", file, LOGIN_BYTES_MAX, &m->login);
    mcp_str rest = mcp_buf_str(&m->login);

    m->user = cut_line(&rest);
    m->password = rest.ptr ? cut_line(&rest) : rest;
    if (!code && (m->user.len == 0 || m->password.len == 0 || rest.len)) {
        code = cli_usage(cli, "--mail-login: %s is not a line with a user and one with a password",
                         file);
    }
    return code;
}

/* What is wrong with a URL may be that a password is in it, so it is not shown. */
enum cli_exit cli_mail_read(const struct cli *cli, struct cli_mail *m)
{
    const char *url = cli_text(cli, "mail-url"), *from = cli_text(cli, "mail-from");

    *m = (struct cli_mail){
        .url = mcp_str_c(url), .from = mcp_str_c(from), .is_plain = cli_flag(cli, "mail-plain")};
    mcp_buf_init(&m->login, LOGIN_BYTES_MAX);
    if (!url) {
        return from || cli_text(cli, "mail-login")
                   ? cli_usage(cli, "--mail-from and --mail-login need --mail-url")
                   : CLI_DONE;
    }
    const char *why = mcp_deliver_check_mail_url(m->url);

    if (why) {
        return cli_usage(cli, "--mail-url: %s", why);
    }
    if (m->is_plain && mcp_str_starts(m->url, MCP_STR("smtps:"))) {
        return cli_usage(cli, "--mail-url: smtps: is with TLS, --mail-plain without");
    }
    why = from ? user_email_check(m->from) : "is not given";
    if (why) {
        return cli_usage(cli, "--mail-from: it %s", why);
    }
    enum cli_exit code = read_login(cli, m);

    if (code) {
        cli_mail_free(m);
    }
    return code;
}

void cli_mail_free(struct cli_mail *m)
{
    if (m->login.ptr) {
        sodium_memzero(m->login.ptr, m->login.cap);
    }
    mcp_buf_free(&m->login);
    m->user = m->password = mcp_str_n(NULL, 0);
}

struct mcp_delivery_mail cli_mail_envelope(const struct cli_mail *m, mcp_str to)
{
    return (struct mcp_delivery_mail){.from = m->from,
                                      .to = to,
                                      .user = m->user,
                                      .password = m->password,
                                      .is_plain = m->is_plain};
}

/* ---- mail test ------------------------------------------------------------------------------- */

static bool put_test(struct mcp_buf *out, const struct cli_mail *m, mcp_str to)
{
    struct mail mail = {.at_ms = cli_now_ms(),
                        .from = m->from,
                        .to = to,
                        .subject = MCP_STR("Test from Cistern"),
                        .text = MCP_STR("Cistern can write to this address.\n")};

    name_id_new(mail.id);
    return mail_put(out, &mail) && !out->failed;
}

static enum cli_exit say_outcome(const struct cli *cli, const struct mcp_delivery *r)
{
    char *said = cli_clean(mcp_buf_str(&r->body_in));
    enum cli_exit code = CLI_DONE;

    if (r->end != MCP_DELIVERY_ANSWERED) {
        code = cli_say(cli, CLI_UNREACHABLE, "not sent: %s", r->why);
    } else if (r->status < 300) {
        fprintf(cli->out, "sent: the mail server took it in %lld ms, and said: %s\n",
                (long long)r->took_ms, said ? said : "");
    } else {
        code = cli_say(cli, r->status < 500 ? CLI_LATER : CLI_REFUSED,
                       "not sent: the mail server said: %s", said ? said : "");
    }
    mcp_free(said);
    return code;
}

static enum cli_exit send_test(const struct cli *cli, const struct cli_mail *m, mcp_str to)
{
    struct mcp_delivery_mail envelope = cli_mail_envelope(m, to);
    struct mcp_delivery r = {.url = m->url, .mail = &envelope, .timeout_ms = TEST_TIMEOUT_MS};
    struct cli_outbound outbound;
    struct mcp_buf message;
    enum cli_exit code = cli_outbound_open(cli, &outbound);

    mcp_buf_init(&message, MAIL_BYTES_MAX);
    if (!code && !put_test(&message, m, to)) {
        code = cli_say(cli, CLI_LATER, "out of memory");
    }
    r.body = mcp_buf_str(&message);
    if (!code &&
        (mcp_deliver_start(outbound.client, NULL, NULL) || mcp_deliver_now(outbound.client, &r))) {
        code = cli_say(cli, CLI_LATER, "cannot start the thread for outbound requests");
    }
    code = code ? code : say_outcome(cli, &r);
    mcp_buf_free(&r.body_in);
    mcp_buf_free(&message);
    cli_outbound_close(&outbound);
    return code;
}

enum cli_exit cli_mail_test_run(struct cli *cli)
{
    mcp_str to = mcp_str_c(cli->arguments[0]);
    const char *why = user_email_check(to);
    struct cli_mail m = {0};
    enum cli_exit code = why ? cli_usage(cli, "\"%s\" %s", cli->arguments[0], why) : CLI_DONE;

    code = code ? code : cli_mail_read(cli, &m);
    if (!code && m.url.len == 0) {
        code = cli_usage(cli, "--mail-url is not given");
    }
    code = code ? code : send_test(cli, &m, to);
    cli_mail_free(&m);
    return code;
}
