/* tools/payment.c - see payment.h. */
#include <tools/payment.h>

#include <sodium.h>

const struct payment_provider payment_manual = {.name = "manual", .number = PAYMENT_MANUAL};

const char *payment_name(uint8_t number)
{
    return number == PAYMENT_STRIPE ? payment_stripe.name : payment_manual.name;
}

/* True when it fitted. */
static bool keep(char *to, size_t max, mcp_str from)
{
    if (from.len > max) {
        return false;
    }
    memcpy(to, from.ptr ? from.ptr : "", from.len);
    to[from.len] = '\0';
    return true;
}

/* Printable ASCII: it becomes a header's value. */
static bool is_secret(mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] <= ' ' || s.ptr[i] > '~') {
            return false;
        }
    }
    return s.len >= 1 && s.len <= PAYMENT_SECRET_MAX;
}

const char *payment_init(struct payment *p, const struct tools_payment *opt)
{
    *p = (struct payment){.provider = &payment_manual};
    if (!opt) {
        return NULL;
    }
    if (!keep(p->base_url, PAYMENT_URL_MAX, mcp_str_c(opt->base_url)) ||
        !keep(p->return_url, PAYMENT_URL_MAX, mcp_str_c(opt->return_url))) {
        return "a URL is longer than 512 bytes";
    }
    if (!is_secret(opt->key) || !is_secret(opt->secrets[0])) {
        return "there is no key, or no secret of the webhook endpoint";
    }
    (void)keep(p->key, PAYMENT_SECRET_MAX, opt->key);
    for (size_t i = 0; i < PAYMENT_SECRETS_MAX; i++) {
        if (opt->secrets[i].len && !is_secret(opt->secrets[i])) {
            return "a secret has a byte that no secret has, or more than 255";
        }
        (void)keep(p->secrets[i], PAYMENT_SECRET_MAX, opt->secrets[i]);
    }
    p->provider = &payment_stripe;
    p->send = opt->send;
    p->user = opt->user;
    return NULL;
}

void payment_free(struct payment *p)
{
    sodium_memzero(p->key, sizeof(p->key));
    sodium_memzero(p->secrets, sizeof(p->secrets));
}
