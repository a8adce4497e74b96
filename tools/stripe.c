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
    if (due->is_kept) { /* the page asks for the consent that it takes */
        stripe_form_add(out, "customer_creation", MCP_STR("always"));
        stripe_form_add(out, "payment_intent_data[setup_future_usage]", MCP_STR("off_session"));
    }
    add_return(out, p, "success_url", "done", due->order);
    add_return(out, p, "cancel_url", "cancelled", due->order);
}

/* A POST of `form` to `path`, which is carried out once per order. False: no memory. */
static bool put_request(const struct payment *p, const char *path, const struct mcp_buf *form,
                        mcp_str order, struct mcp_arena *arena, struct payment_request *ret)
{
    ret->url = mcp_arena_printf(arena, "%s%s", p->base_url, path);
    ret->headers[0] = (struct outbox_header){MCP_STR("Authorization"),
                                             mcp_arena_printf(arena, "Bearer %s", p->key)};
    ret->headers[1] = (struct outbox_header){MCP_STR("Content-Type"),
                                             MCP_STR("application/x-www-form-urlencoded")};
    ret->headers[2] =
        (struct outbox_header){MCP_STR("Stripe-Version"), MCP_STR(STRIPE_API_VERSION)};
    ret->headers[3] =
        (struct outbox_header){MCP_STR("Idempotency-Key"), mcp_arena_dup(arena, order)};
    ret->n_headers = 4;
    ret->body = mcp_buf_str(form);
    return !form->failed && !mcp_arena_failed(arena);
}

static bool ask(const struct payment *p, const struct payment_due *due, struct mcp_arena *arena,
                struct payment_request *ret)
{
    char *room = mcp_arena_raw(arena, FORM_BYTES, 1);
    struct mcp_buf form = {.ptr = room, .cap = FORM_BYTES, .max = FORM_BYTES};

    if (!room) {
        return false;
    }
    write_session(&form, p, due);
    return put_request(p, "/v1/checkout/sessions", &form, due->order, arena, ret);
}

/* POST /v1/payment_intents: docs.stripe.com/payments/save-and-reuse, "Charge the saved payment
 * method later". */
static bool charge(const struct payment *p, const struct payment_due *due,
                   const struct payment_payer *payer, struct mcp_arena *arena,
                   struct payment_request *ret)
{
    char *room = mcp_arena_raw(arena, FORM_BYTES, 1);
    struct mcp_buf form = {.ptr = room, .cap = FORM_BYTES, .max = FORM_BYTES};
    char cents[24];
    int n = snprintf(cents, sizeof(cents), "%lld", (long long)due->cents);

    if (!room) {
        return false;
    }
    stripe_form_add(&form, "amount", mcp_str_n(cents, (size_t)n));
    stripe_form_add(&form, "currency", MCP_STR("usd"));
    stripe_form_add(&form, "customer", payer->customer);
    stripe_form_add(&form, "payment_method", payer->method);
    stripe_form_add(&form, "off_session", MCP_STR("true"));
    stripe_form_add(&form, "confirm", MCP_STR("true"));
    stripe_form_add(&form, "description", due->what);
    stripe_form_add(&form, "metadata[order]", due->order);
    return put_request(p, "/v1/payment_intents", &form, due->order, arena, ret);
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

static const char *note_of(const struct payment_answer *a, struct mcp_arena *arena)
{
    mcp_str note = mcp_arena_dup(arena, a->note);

    return note.len ? note.ptr : "it did not answer";
}

static const char *read(const struct payment *p, const struct payment_answer *a,
                        struct mcp_arena *arena, struct payment_page *ret)
{
    mcp_json body = {0};

    if (!a->is_answered) {
        return note_of(a, arena);
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

static enum payment_charge_end charge_end(const struct payment_answer *a, mcp_json intent,
                                          struct mcp_arena *arena)
{
    mcp_str status = text(intent, "status", arena);

    if (!a->is_answered || a->status == 409 || a->status == 429 || a->status >= 500) {
        return PAYMENT_CHARGE_LATER;
    }
    if (a->status < 200 || a->status > 299) {
        return PAYMENT_CHARGE_REFUSED; /* a card that was declined is a 402 */
    }
    return mcp_str_eq(status, MCP_STR("succeeded"))    ? PAYMENT_CHARGED
           : mcp_str_eq(status, MCP_STR("processing")) ? PAYMENT_CHARGE_WAITS
                                                       : PAYMENT_CHARGE_REFUSED;
}

static void charged(const struct payment *p, const struct payment_answer *a,
                    const struct payment_due *due, struct mcp_arena *arena,
                    struct payment_charge *ret)
{
    mcp_json intent = {0};
    bool is_json = a->is_answered && mcp_json_read(arena, mcp_arena_dup(arena, a->body), &LIMITS,
                                                   &intent, NULL) == MCP_OK;

    (void)p;
    *ret = (struct payment_charge){.end = charge_end(a, intent, arena)};
    if (!a->is_answered || ret->end == PAYMENT_CHARGE_LATER || a->status > 299) {
        ret->why = a->is_answered ? refusal(a->status, intent, arena) : note_of(a, arena);
        return;
    }
    bool is_ours = is_json && is_id(text(intent, "id", arena)) &&
                   mcp_json_int_or(mcp_json_get(intent, MCP_STR("amount")), -1) == due->cents &&
                   mcp_str_eq(text(intent, "currency", arena), MCP_STR("usd"));

    ret->id = is_ours ? text(intent, "id", arena) : MCP_STR("");
    ret->why = "it wants the payer to be there";
    if (!is_ours) { /* or there was no memory to see that it is */
        ret->end = PAYMENT_CHARGE_LATER;
        ret->why = "its answer is no payment of this order";
    } else if (ret->end == PAYMENT_CHARGE_WAITS) {
        ret->why = "the bank takes its time";
    }
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

static bool is_type(mcp_str type, const char *want)
{
    return mcp_str_eq(type, mcp_str_c(want));
}

static enum payment_news news_of(mcp_str type, mcp_json object, struct mcp_arena *arena)
{
    bool is_paid = mcp_str_eq(text(object, "payment_status", arena), MCP_STR("paid"));

    if (is_type(type, "checkout.session.completed") ||
        is_type(type, "checkout.session.async_payment_succeeded")) {
        return is_paid ? PAYMENT_PAID : PAYMENT_NO_NEWS; /* completed, and the bank takes days */
    }
    return is_type(type, "payment_intent.succeeded")   ? PAYMENT_PAID
           : is_type(type, "checkout.session.expired") ? PAYMENT_EXPIRED
           : is_type(type, "checkout.session.async_payment_failed") ||
                   is_type(type, "payment_intent.payment_failed")
               ? PAYMENT_FAILED
               : PAYMENT_NO_NEWS;
}

/* Of a charge that was paid with the consent to the next ones. */
static void take_payer(mcp_json intent, struct mcp_arena *arena, struct payment_payer *ret)
{
    struct payment_payer payer = {text(intent, "customer", arena),
                                  text(intent, "payment_method", arena)};

    if (mcp_str_eq(text(intent, "setup_future_usage", arena), MCP_STR("off_session")) &&
        is_id(payer.customer) && is_id(payer.method)) {
        *ret = payer;
    }
}

static void take_object(mcp_json object, struct mcp_arena *arena, struct payment_report *ret)
{
    const char *amount = ret->is_charge ? "amount_received" : "amount_total";

    ret->page = text(object, "id", arena);
    ret->currency = text(object, "currency", arena);
    ret->cents = mcp_json_int_or(mcp_json_get(object, mcp_str_c(amount)), -1);
    if (ret->is_charge && ret->news == PAYMENT_PAID) {
        take_payer(object, arena, &ret->payer);
    }
    if (!name_id_parse(ret->is_charge
                           ? text(mcp_json_get(object, MCP_STR("metadata")), "order", arena)
                           : text(object, "client_reference_id", arena),
                       ret->order)) {
        ret->news = PAYMENT_NO_NEWS; /* something else that is sold there */
    }
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
    mcp_json object = mcp_json_get(mcp_json_get(event, MCP_STR("data")), MCP_STR("object"));
    mcp_str type = text(event, "type", arena);

    ret->id = text(event, "id", arena);
    ret->news = news_of(type, object, arena);
    ret->is_charge = mcp_str_starts(type, MCP_STR("payment_intent."));
    take_object(object, arena, ret);
    bool is_whole = is_id(ret->id) && (ret->news == PAYMENT_NO_NEWS || is_id(ret->page));

    return is_whole ? PAYMENT_GENUINE : PAYMENT_GARBLED;
}

const struct payment_provider payment_stripe = {.name = "stripe",
                                                .number = PAYMENT_STRIPE,
                                                .least_cents = 50,
                                                .ask = ask,
                                                .read = read,
                                                .charge = charge,
                                                .charged = charged,
                                                .hear = hear};
