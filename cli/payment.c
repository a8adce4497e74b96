/* cli/payment.c - see payment.h. */
#include <cli/json_file.h>
#include <cli/payment.h>

#include <errno.h>
#include <string.h>

/* ---- What the options say ---- */

struct read {
    struct tools_payment to; /* points into `text` */
    struct mcp_buf text;
    char base_url[PAYMENT_URL_MAX + 1], return_url[PAYMENT_URL_MAX + 1];
};

static void forget(struct read *r)
{
    if (r->text.ptr) {
        explicit_bzero(r->text.ptr, r->text.len);
    }
    mcp_buf_free(&r->text);
}

/* Without the slashes at its end. False: too long. */
static bool trim(const char *url, char out[PAYMENT_URL_MAX + 1])
{
    size_t n = strlen(url);

    while (n && url[n - 1] == '/') {
        n--;
    }
    if (n > PAYMENT_URL_MAX) {
        return false;
    }
    memcpy(out, url, n);
    out[n] = '\0';
    return true;
}

/* One line of the file. False: it is none of those that belong there. */
static bool take_line(struct tools_payment *to, mcp_str line)
{
    line = mcp_str_trim(line);
    while (line.len && line.ptr[line.len - 1] == '\r') {
        line.len--;
    }
    if (!line.len || line.ptr[0] == '#') {
        return true;
    }
    if (line.len > PAYMENT_SECRET_MAX) {
        return false;
    }
    if (mcp_str_starts(line, MCP_STR("sk_")) || mcp_str_starts(line, MCP_STR("rk_"))) {
        bool is_first = !to->key.len;

        to->key = line;
        return is_first;
    }
    for (size_t i = 0; mcp_str_starts(line, MCP_STR("whsec_")) && i < PAYMENT_SECRETS_MAX; i++) {
        if (!to->secrets[i].len) {
            to->secrets[i] = line;
            return true;
        }
    }
    return false;
}

/* What is wrong with a line is not shown: it is a secret. */
static enum cli_exit read_secrets(const struct cli *cli, struct read *r)
{
    const char *path = cli_text(cli, "stripe-secret-file");

    if (!path) {
        return cli_usage(cli, "--payment stripe needs --stripe-secret-file");
    }
    enum cli_exit code =
        cli_secret_file_read(cli, "stripe-secret-file", path, CLI_PAYMENT_FILE_MAX, &r->text);
    mcp_str rest = mcp_buf_str(&r->text);

    for (size_t n = 1; !code && rest.ptr; n++) {
        if (!take_line(&r->to, mcp_str_cut(&rest, '\n'))) {
            code = cli_usage(cli,
                             "--stripe-secret-file: line %zu of %s is none of: one key sk_... or "
                             "rk_..., at most two secrets whsec_..., comments #",
                             n, path);
        }
    }
    if (!code && (!r->to.key.len || !r->to.secrets[0].len)) {
        code = cli_usage(cli, "--stripe-secret-file: %s needs a key sk_... and a secret whsec_...",
                         path);
    }
    return code;
}

/* *ret_is_stripe: `r` is filled, and forget() releases it. */
static enum cli_exit read_options(const struct cli *cli, const struct mcp_deliver *client,
                                  struct read *r, bool *ret_is_stripe)
{
    const char *how = cli_text(cli, "payment"), *url = cli_text(cli, "stripe-url");
    const char *why;

    *r = (struct read){.to = {.base_url = r->base_url, .return_url = r->return_url}};
    *ret_is_stripe = strcmp(how, "stripe") == 0;
    if (!*ret_is_stripe) {
        return strcmp(how, "manual") == 0
                   ? CLI_DONE
                   : cli_usage(cli, "--payment: \"%s\" is not manual or stripe", how);
    }
    if (!trim(url, r->base_url)) {
        return cli_usage(cli, "--stripe-url: more than %d bytes", PAYMENT_URL_MAX);
    }
    why = mcp_deliver_check_url(client, mcp_str_c(r->base_url));
    return why ? cli_usage(cli, "--stripe-url: %s", why) : read_secrets(cli, r);
}

enum cli_exit cli_payment_check(const struct cli *cli, const struct mcp_deliver *client)
{
    struct read r;
    bool is_stripe;
    enum cli_exit code = read_options(cli, client, &r, &is_stripe);

    forget(&r);
    return code;
}

/* ---- Sending ---- */

static void done(struct mcp_delivery *d)
{
    struct cli_payment_slot *slot = (struct cli_payment_slot *)(void *)d;
    struct payment_request *request = slot->request;
    struct payment_answer a = {
        .is_answered = d->end == MCP_DELIVERY_ANSWERED,
        .is_cancelled = d->end == MCP_DELIVERY_CANCELLED,
        .status = d->status,
        .note = mcp_str_c(d->why),
    };

    if (a.is_answered) {
        a.body = mcp_buf_str(&d->body_in);
    }
    slot->request = NULL;
    request->answered(request, &a);
}

static bool send_request(void *user, struct payment_request *r)
{
    struct cli_payment *p = user;
    struct cli_payment_slot *slot = NULL;

    for (size_t i = 0; i < CLI_PAYMENT_SLOTS && !slot; i++) {
        slot = p->slots[i].request ? NULL : &p->slots[i];
    }
    if (!slot) {
        return false;
    }
    for (size_t i = 0; i < r->n_headers; i++) {
        slot->headers[i] = (struct mcp_http_header){r->headers[i].name, r->headers[i].value};
    }
    slot->delivery = (struct mcp_delivery){
        .method = MCP_STR("POST"),
        .url = r->url,
        .headers = slot->headers,
        .n_headers = r->n_headers,
        .body = r->body,
        .timeout_ms = PAYMENT_TIMEOUT_MS,
        .answer_bytes_max = PAYMENT_ANSWER_MAX,
        .done = done,
    };
    bool is_sent = mcp_deliver_submit(p->client, &slot->delivery) == MCP_OK;

    slot->request = is_sent ? r : NULL;
    return is_sent;
}

enum cli_exit cli_payment_open(struct cli_payment *p, const struct cli *cli, struct tools *tools,
                               struct mcp_deliver *client, const char *public_url)
{
    struct read r;
    bool is_stripe;
    enum cli_exit code = read_options(cli, client, &r, &is_stripe);

    if (!code && is_stripe && (!public_url || !trim(public_url, r.return_url))) {
        code = cli_usage(cli, "--payment stripe needs --public-url, of at most %d bytes",
                         PAYMENT_URL_MAX);
    }
    if (!code && is_stripe) {
        p->client = client;
        r.to.send = send_request;
        r.to.user = p;
        const char *why = tools_pay_with(tools, &r.to);

        code = why ? cli_usage(cli, "--payment stripe: %s", why) : CLI_DONE;
    }
    forget(&r);
    return code;
}
