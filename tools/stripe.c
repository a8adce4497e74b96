/* tools/stripe.c - see stripe.h. */
#include <tools/stripe.h>

#include <tools/name.h>

#include <mcp/json.h>

#include <sodium.h>
#include <stdio.h>

enum { FORM_BYTES = 12288, SIGNATURES_MAX = 8 };

static const struct mcp_json_limits LIMITS = {PAYMENT_ANSWER_MAX, 32, 16384, true};

/* ---- Forth ---- */

static void add_encoded(struct mcp_buf *out, mcp_str s)
{
    static const char HEX[] = "0123456789ABCDEF";

    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            (c && strchr("*-._", c))) {
            mcp_buf_byte(out, (char)c);
        } else if (c == ' ') {
            mcp_buf_byte(out, '+');
        } else {
            mcp_buf_byte(out, '%');
            mcp_buf_byte(out, HEX[c >> 4]);
            mcp_buf_byte(out, HEX[c & 15]);
        }
    }
}

void stripe_form_add(struct mcp_buf *out, const char *name, mcp_str value)
{
    if (out->len) {
        mcp_buf_byte(out, '&');
    }
    add_encoded(out, mcp_str_c(name));
    mcp_buf_byte(out, '=');
    add_encoded(out, value);
}

static void add_return(struct mcp_buf *out, const struct payment *p, const char *name,
                       const char *how, mcp_str order)
{
    char text[PAYMENT_URL_MAX + 128];
    int n = snprintf(text, sizeof(text), "%s/account/dashboard?checkout=%s&order=%.*s",
                     p->return_url, how, MCP_STR_ARG(order));

    stripe_form_add(out, name, mcp_str_n(text, n > 0 ? (size_t)n : 0));
}

static void write_session(struct mcp_buf *out, const struct payment *p,
                          const struct payment_due *due)
{
    char cents[24];
    int n = snprintf(cents, sizeof(cents), "%lld", (long long)due->cents);

    stripe_form_add(out, "mode", MCP_STR("payment"));
    stripe_form_add(out, "client_reference_id", due->order);
    stripe_form_add(out, "metadata[order]", due->order);
    stripe_form_add(out, "payment_intent_data[metadata][order]", due->order);
    stripe_form_add(out, "line_items[0][quantity]", MCP_STR("1"));
    stripe_form_add(out, "line_items[0][price_data][currency]", MCP_STR("usd"));
    stripe_form_add(out, "line_items[0][price_data][unit_amount]", mcp_str_n(cents, (size_t)n));
    stripe_form_add(out, "line_items[0][price_data][product_data][name]", due->what);
    add_return(out, p, "success_url", "done", due->order);
    add_return(out, p, "cancel_url", "cancelled", due->order);
}

static bool ask(const struct payment *p, const struct payment_due *due, struct mcp_arena *arena,
                struct payment_request *ret)
{
    char *room = mcp_arena_raw(arena, FORM_BYTES, 1);
    struct mcp_buf form = {.ptr = room, .cap = FORM_BYTES, .max = FORM_BYTES};
    mcp_str key = mcp_arena_printf(arena, "Bearer %s", p->key);

    if (!room) {
        return false;
    }
    write_session(&form, p, due);
    ret->url = mcp_arena_printf(arena, "%s/v1/checkout/sessions", p->base_url);
    ret->headers[0] = (struct outbox_header){MCP_STR("Authorization"), key};
    ret->headers[1] = (struct outbox_header){MCP_STR("Content-Type"),
                                             MCP_STR("application/x-www-form-urlencoded")};
    ret->headers[2] =
        (struct outbox_header){MCP_STR("Stripe-Version"), MCP_STR(STRIPE_API_VERSION)};
    ret->headers[3] =
        (struct outbox_header){MCP_STR("Idempotency-Key"), mcp_arena_dup(arena, due->order)};
    ret->n_headers = 4;
    ret->body = mcp_buf_str(&form);
    return !form.failed && !mcp_arena_failed(arena);
}

/* ---- Back ---- */

/* A name that the service gave: letters, digits and _. */
static bool is_id(mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_')) {
            return false;
        }
    }
    return s.len >= 1 && s.len <= PAYMENT_ID_MAX;
}

static mcp_str text(mcp_json object, const char *name, struct mcp_arena *arena)
{
    return mcp_json_str(mcp_json_get(object, mcp_str_c(name)), arena, mcp_str_n(NULL, 0));
}

/* Its own sentences may quote what was sent: only its words for kinds of failures are shown. */
static const char *refusal(int status, mcp_json body, struct mcp_arena *arena)
{
    mcp_json error = mcp_json_get(body, MCP_STR("error"));
    mcp_str type = text(error, "type", arena), code = text(error, "code", arena);

    mcp_str all = mcp_arena_printf(arena, "it answered with HTTP %d %.*s %.*s", status,
                                   MCP_STR_ARG(is_id(type) ? type : MCP_STR("")),
                                   MCP_STR_ARG(is_id(code) ? code : MCP_STR("")));

    return all.ptr ? all.ptr : "it refused";
}

static bool is_page(const struct payment *p, mcp_str url)
{
    bool is_plain = mcp_str_starts(mcp_str_c(p->base_url), MCP_STR("http://")); /* a stand-in */

    return url.len <= PAYMENT_PAGE_MAX && !name_check_url(url) &&
           (is_plain || mcp_str_starts(url, MCP_STR("https://")));
}

static const char *read(const struct payment *p, const struct payment_answer *a,
                        struct mcp_arena *arena, struct payment_page *ret)
{
    mcp_json body = {0};

    if (!a->is_answered) {
        mcp_str note = mcp_arena_dup(arena, a->note);

        return note.len ? note.ptr : "it did not answer";
    }
    bool is_json =
        mcp_json_read(arena, mcp_arena_dup(arena, a->body), &LIMITS, &body, NULL) == MCP_OK;

    if (a->status < 200 || a->status > 299) {
        return refusal(a->status, is_json ? body : (mcp_json){0}, arena);
    }
    ret->id = is_json ? text(body, "id", arena) : MCP_STR("");
    ret->url = is_json ? text(body, "url", arena) : MCP_STR("");
    return is_id(ret->id) && is_page(p, ret->url) ? NULL : "its answer is no checkout session";
}

/* ---- Reports ---- */

struct signature {
    mcp_str time;
    uint8_t v1[SIGNATURES_MAX][crypto_auth_hmacsha256_BYTES];
    size_t n;
};

static void read_signature(mcp_str header, struct signature *ret)
{
    *ret = (struct signature){.n = 0};
    while (header.ptr) {
        mcp_str value = mcp_str_trim(mcp_str_cut(&header, ','));
        mcp_str name = mcp_str_cut(&value, '=');
        size_t n = 0;

        if (mcp_str_eq(name, MCP_STR("t"))) {
            ret->time = value;
        } else if (mcp_str_eq(name, MCP_STR("v1")) && ret->n < SIGNATURES_MAX &&
                   value.len == 2 * sizeof(ret->v1[0]) &&
                   sodium_hex2bin(ret->v1[ret->n], sizeof(ret->v1[0]), value.ptr, value.len, NULL,
                                  &n, NULL) == 0 &&
                   n == sizeof(ret->v1[0])) {
            ret->n++;
        }
    }
}

bool stripe_is_signed(const char secrets[PAYMENT_SECRETS_MAX][PAYMENT_SECRET_MAX + 1],
                      mcp_str header, mcp_str body, int64_t now_s)
{
    struct signature s;
    uint64_t time = 0;
    int matches = 0;

    read_signature(header, &s);
    if (!mcp_str_uint(s.time, INT64_MAX / 2, &time) || now_s - (int64_t)time > STRIPE_TOLERANCE_S ||
        (int64_t)time - now_s > STRIPE_TOLERANCE_S) {
        return false;
    }
    for (size_t i = 0; i < PAYMENT_SECRETS_MAX; i++) {
        uint8_t want[crypto_auth_hmacsha256_BYTES];
        crypto_auth_hmacsha256_state state;

        crypto_auth_hmacsha256_init(&state, (const uint8_t *)secrets[i], strlen(secrets[i]));
        crypto_auth_hmacsha256_update(&state, (const uint8_t *)s.time.ptr, s.time.len);
        crypto_auth_hmacsha256_update(&state, (const uint8_t *)".", 1);
        crypto_auth_hmacsha256_update(&state, (const uint8_t *)body.ptr, body.len);
        crypto_auth_hmacsha256_final(&state, want);
        for (size_t k = 0; k < s.n; k++) {
            matches += secrets[i][0] && sodium_memcmp(want, s.v1[k], sizeof(want)) == 0;
        }
    }
    return matches > 0;
}

static enum payment_news news_of(mcp_str type, mcp_json session, struct mcp_arena *arena)
{
    bool is_paid = mcp_str_eq(text(session, "payment_status", arena), MCP_STR("paid"));

    if (mcp_str_eq(type, MCP_STR("checkout.session.completed")) ||
        mcp_str_eq(type, MCP_STR("checkout.session.async_payment_succeeded"))) {
        return is_paid ? PAYMENT_PAID : PAYMENT_NO_NEWS; /* completed, and the bank takes days */
    }
    return mcp_str_eq(type, MCP_STR("checkout.session.expired"))                ? PAYMENT_EXPIRED
           : mcp_str_eq(type, MCP_STR("checkout.session.async_payment_failed")) ? PAYMENT_FAILED
                                                                                : PAYMENT_NO_NEWS;
}

static enum payment_doubt hear(const struct payment *p, mcp_str signature, mcp_str body,
                               int64_t now_ms, struct mcp_arena *arena, struct payment_report *ret)
{
    mcp_json event;

    *ret = (struct payment_report){.news = PAYMENT_NO_NEWS};
    if (!stripe_is_signed(p->secrets, signature, body, now_ms / 1000)) {
        return PAYMENT_FORGED;
    }
    if (mcp_json_read(arena, body, &LIMITS, &event, NULL)) {
        return PAYMENT_GARBLED;
    }
    mcp_json session = mcp_json_get(mcp_json_get(event, MCP_STR("data")), MCP_STR("object"));

    ret->id = text(event, "id", arena);
    ret->page = text(session, "id", arena);
    ret->currency = text(session, "currency", arena);
    ret->cents = mcp_json_int_or(mcp_json_get(session, MCP_STR("amount_total")), -1);
    ret->news = news_of(text(event, "type", arena), session, arena);
    if (!name_id_parse(text(session, "client_reference_id", arena), ret->order)) {
        ret->news = PAYMENT_NO_NEWS; /* something else that is sold there */
    }
    bool is_whole = is_id(ret->id) && (ret->news == PAYMENT_NO_NEWS || is_id(ret->page));

    return is_whole ? PAYMENT_GENUINE : PAYMENT_GARBLED;
}

const struct payment_provider payment_stripe = {
    .name = "stripe", .number = PAYMENT_STRIPE, .ask = ask, .read = read, .hear = hear};
