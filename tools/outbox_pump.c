/* tools/outbox_pump.c - see outbox_pump.h. */
#include <tools/outbox_pump.h>

#include <tools/mail.h>
#include <tools/name.h>
#include <tools/outbox_claim.h>
#include <tools/webhook_body.h>

#include <mcp/alloc.h>

#include <sodium.h>
#include <stdio.h>

enum { DASHBOARD_MAX = 2048, NOTE_MAX = DELIVERY_NOTE_MAX };

/* What belongs to one attempt, beside its job. */
struct slot {
    struct outbox_pump *pump;
    bool is_sending; /* the sender has it */
    struct mcp_buf body;
    struct webhook_headers headers;
    char url[WEBHOOK_URL_MAX + SEAL_MORE];
    char note[NOTE_MAX];
    struct outbox_finish finish;
    struct store_write write;
    bool is_writing;
};

struct outbox_pump {
    struct outbox_pump_options opt;
    char dashboard[DASHBOARD_MAX + 1];
    char mail_from[USER_EMAIL_MAX + 1]; /* empty: no mail */
    struct outbox_job jobs[OUTBOX_SLOTS];
    struct slot slots[OUTBOX_SLOTS];
    struct outbox_claim claim;
    struct store_write write, mail_switch;
    bool is_claiming, is_switching, is_stopped;
    bool is_orphan; /* freed while writes were on their way: the last one releases it */
};

static int64_t now_ms(const struct outbox_pump *p)
{
    return mcp_clock_wall_ms(&p->opt.clock);
}

static void release(struct outbox_pump *p)
{
    for (size_t i = 0; i < OUTBOX_SLOTS; i++) {
        mcp_buf_free(&p->slots[i].body);
        sodium_memzero(&p->slots[i], sizeof(p->slots[i]));
    }
    mcp_free(p);
}

static bool is_writing(const struct outbox_pump *p)
{
    bool is = p->is_claiming || p->is_switching;

    for (size_t i = 0; i < OUTBOX_SLOTS; i++) {
        is = is || p->slots[i].is_writing;
    }
    return is;
}

/* ---- The switch that commands beside this process read ---- */

static mcp_err switch_look(struct store_txn *txn, void *arg)
{
    return mail_switch_get(txn, arg);
}

static mcp_err switch_body(struct store_txn *txn, void *arg)
{
    const struct outbox_pump *p = arg;

    return mail_switch_put(txn, p->mail_from[0] != '\0');
}

static void switch_done(struct store_write *w, mcp_err err)
{
    struct outbox_pump *p = w->arg;

    p->is_switching = false;
    if (err) {
        mcp_log(&p->opt.log, MCP_LOG_ERROR, "the store did not take whether mail is sent");
    }
    if (p->is_orphan && !is_writing(p)) {
        release(p);
    }
}

static void switch_mail(struct outbox_pump *p)
{
    bool was_on = false;

    if (store_read(p->opt.store, switch_look, &was_on) == MCP_OK &&
        was_on != (p->mail_from[0] != '\0')) {
        p->is_switching = true;
        p->mail_switch = (struct store_write){.body = switch_body, .arg = p, .done = switch_done};
        store_submit(p->opt.store, &p->mail_switch);
    }
}

struct outbox_pump *outbox_pump_new(const struct outbox_pump_options *opt)
{
    struct outbox_pump *p = mcp_alloc_new(struct outbox_pump);
    mcp_str url = mcp_str_c(opt->sender.dashboard_url), from = mcp_str_c(opt->sender.mail_from);

    if (!p) {
        return NULL;
    }
    p->opt = *opt;
    p->opt.sender.lease_ms = opt->sender.lease_ms ? opt->sender.lease_ms : OUTBOX_LEASE_MS;
    if (url.len && url.len <= DASHBOARD_MAX) {
        memcpy(p->dashboard, url.ptr, url.len);
    }
    if (from.len && from.len <= USER_EMAIL_MAX) {
        memcpy(p->mail_from, from.ptr, from.len);
    }
    for (size_t i = 0; i < OUTBOX_SLOTS; i++) {
        p->slots[i].pump = p;
        mcp_buf_init(&p->slots[i].body, 4 * (size_t)WEBHOOK_BODY_MAX);
    }
    switch_mail(p);
    return p;
}

void outbox_pump_free(struct outbox_pump *p)
{
    if (p && is_writing(p)) {
        p->is_orphan = true;
        p->is_stopped = true;
    } else if (p) {
        release(p);
    }
}

void outbox_pump_stop(struct outbox_pump *p)
{
    p->is_stopped = true;
}

/* ---- Back: what came of an attempt ---- */

static void log_mail(struct outbox_pump *p, const struct outbox_finish *f)
{
    const struct outbox_answer *a = &f->answer;
    bool is_over = f->verdict == OUTBOX_PAUSE;
    char id[NAME_ID_BYTES], status[16] = "";
    mcp_str text = name_id_format(f->job->id, id);

    if (a->is_answered) {
        snprintf(status, sizeof(status), "%d", a->status);
    }
    mcp_log(&p->opt.log, is_over ? MCP_LOG_WARN : MCP_LOG_INFO,
            "mail: delivery %.*s, attempt %u: %s (%s%s%.*s)", MCP_STR_ARG(text), f->job->tries,
            is_over                          ? "given up"
            : f->verdict == OUTBOX_DELIVERED ? "delivered"
                                             : "failed",
            status, *status && a->note.len ? " " : "", MCP_STR_ARG(a->note));
}

static void log_end(struct outbox_pump *p, const struct outbox_finish *f)
{
    if (f->job->is_mail) {
        if (!f->answer.is_cancelled) {
            log_mail(p, f);
        }
        return;
    }
    const struct webhook *w = &f->job->webhook.w;
    char id[NAME_ID_BYTES];
    mcp_str text = name_id_format(f->job->id, id);

    if (f->is_stopped) {
        mcp_log(&p->opt.log, MCP_LOG_WARN, "webhook \"%.*s\": delivery %.*s failed, %s",
                MCP_STR_ARG(w->name), MCP_STR_ARG(text),
                f->verdict == OUTBOX_GONE ? "the webhook is disabled" : "the webhook is paused");
    } else if (!f->answer.is_cancelled) {
        mcp_log(&p->opt.log, MCP_LOG_INFO, "webhook \"%.*s\": delivery %.*s, attempt %u: %s (%d)",
                MCP_STR_ARG(w->name), MCP_STR_ARG(text), f->job->tries,
                f->verdict == OUTBOX_DELIVERED ? "delivered" : "failed", f->answer.status);
    }
}

static mcp_err finish_body(struct store_txn *txn, void *arg)
{
    struct slot *s = arg;

    return outbox_finish(txn, &s->finish);
}

static void finish_done(struct store_write *w, mcp_err err)
{
    struct slot *s = w->arg;
    struct outbox_pump *p = s->pump;

    s->is_writing = false;
    if (err) { /* the claim lapses, and it is sent once more */
        mcp_log(&p->opt.log, MCP_LOG_ERROR, "the store did not take the outcome of a delivery");
    } else {
        log_end(p, &s->finish);
    }
    p->jobs[s - p->slots].is_taken = false;
    if (!p->is_orphan) {
        outbox_pump_run(p);
    } else if (!is_writing(p)) {
        release(p);
    }
}

static void finish(struct slot *s, const struct outbox_answer *a)
{
    struct outbox_pump *p = s->pump;
    size_t n = a->note.len < NOTE_MAX ? a->note.len : NOTE_MAX;

    s->is_sending = false;
    sodium_memzero(s->url, sizeof(s->url));
    s->finish =
        (struct outbox_finish){.job = &p->jobs[s - p->slots], .answer = *a, .now_ms = now_ms(p)};
    if (n) {
        memcpy(s->note, a->note.ptr, n);
    }
    s->finish.answer.note = mcp_str_n(s->note, n);
    s->is_writing = true;
    s->write = (struct store_write){.body = finish_body, .arg = s, .done = finish_done};
    store_submit(p->opt.store, &s->write);
}

void outbox_pump_sent(struct outbox_pump *p, size_t slot, const struct outbox_answer *a)
{
    if (slot < OUTBOX_SLOTS && p->slots[slot].is_sending) {
        finish(&p->slots[slot], a);
    }
}

/* ---- Forth ---- */

/* Open the secrets that sign now. False: a secret does not open. */
static bool set_headers(struct slot *s, const struct webhook *w, const struct outbox_job *job)
{
    const struct seal *seal = s->pump->opt.seal;
    char secret[WEBHOOK_SECRET_TEXT + SEAL_MORE], previous[WEBHOOK_SECRET_TEXT + SEAL_MORE];
    mcp_str plain = {NULL, 0}, old = {NULL, 0};
    int64_t at_ms = now_ms(s->pump);
    bool is_good = true;

    if (w->secret.len) {
        is_good = seal_get(seal, (struct seal_place){w->id, "secret"}, w->secret, secret, &plain);
    }
    if (is_good && w->previous.len && at_ms < w->overlap_until_ms) {
        is_good =
            seal_get(seal, (struct seal_place){w->id, "previous"}, w->previous, previous, &old);
    }
    is_good = is_good && webhook_headers_set(&s->headers, w->format, job->id, at_ms,
                                             mcp_buf_str(&s->body), plain, old);
    sodium_memzero(secret, sizeof(secret));
    sodium_memzero(previous, sizeof(previous));
    return is_good;
}

static void put_body(struct slot *s, const struct webhook *w, const struct alert *a)
{
    mcp_str dashboard = mcp_str_c(s->pump->dashboard);

    mcp_buf_clear(&s->body);
    if (w->format == WEBHOOK_SLACK) {
        webhook_body_put_slack(&s->body, a, dashboard);
    } else {
        webhook_body_put_generic(&s->body, a, dashboard);
    }
}

/* False: it will never be one. */
static bool put_mail(struct slot *s, const struct outbox_job *job)
{
    const struct outbox_pump *p = s->pump;
    struct mail m = {
        .at_ms = job->alert.a.created_ms, .from = mcp_str_c(p->mail_from), .to = job->mail_to};
    struct mcp_buf subject, text;

    mcp_buf_init(&subject, MAIL_BYTES_MAX);
    mcp_buf_init(&text, MAIL_BYTES_MAX);
    memcpy(m.id, job->id, sizeof(m.id));
    mail_put_alert(&subject, &text, &job->alert.a, mcp_str_c(p->dashboard));
    m.subject = mcp_buf_str(&subject);
    m.text = mcp_buf_str(&text);
    mcp_buf_clear(&s->body);
    bool is_good = mail_put(&s->body, &m);

    s->body.failed = s->body.failed || subject.failed || text.failed;
    mcp_buf_free(&subject);
    mcp_buf_free(&text);
    return is_good;
}

static bool put_webhook(struct slot *s, const struct outbox_job *job, struct outbox_message *m)
{
    const struct webhook *w = &job->webhook.w;

    put_body(s, w, &job->alert.a);
    if (!seal_get(s->pump->opt.seal, (struct seal_place){w->id, "url"}, w->url, s->url, &m->url) ||
        !set_headers(s, w, job)) {
        return false;
    }
    m->headers = s->headers.list;
    m->n_headers = s->headers.n;
    return true;
}

static void send(struct slot *s)
{
    static const struct outbox_answer SEALED = {
        .is_refused = true,
        .retry_after_ms = -1,
        .note = MCP_STR_INIT("its secrets do not open with this secret.key")};
    static const struct outbox_answer NO_ADDRESS = {
        .is_refused = true, .retry_after_ms = -1, .note = MCP_STR_INIT("its address is none")};
    static const struct outbox_answer BUSY = {.retry_after_ms = -1,
                                              .note = MCP_STR_INIT("there was no room to send it")};
    struct outbox_pump *p = s->pump;
    const struct outbox_job *job = &p->jobs[s - p->slots];
    struct outbox_message m = {.slot = (size_t)(s - p->slots), .timeout_ms = OUTBOX_TIMEOUT_MS};

    s->is_sending = true;
    if (!(job->is_mail ? put_mail(s, job) : put_webhook(s, job, &m))) {
        finish(s, job->is_mail ? &NO_ADDRESS : &SEALED);
        return;
    }
    if (job->is_mail) {
        m.mail_to = job->mail_to;
        m.timeout_ms = OUTBOX_MAIL_TIMEOUT_MS;
    }
    m.body = mcp_buf_str(&s->body);
    if (s->body.failed || !p->opt.sender.send(p->opt.sender.user, &m)) {
        finish(s, &BUSY);
    }
}

static mcp_err take_body(struct store_txn *txn, void *arg)
{
    struct outbox_pump *p = arg;

    return outbox_take(txn, &p->claim);
}

static void take_done(struct store_write *w, mcp_err err)
{
    struct outbox_pump *p = w->arg;
    struct outbox_claim *c = &p->claim;

    p->is_claiming = false;
    if (p->is_orphan) {
        if (!is_writing(p)) {
            release(p);
        }
        return;
    }
    for (size_t i = 0; i < c->n_taken && !err; i++) {
        c->free[i]->is_taken = true;
    }
    for (size_t i = 0; i < c->n_taken && !err; i++) {
        send(&p->slots[c->free[i] - p->jobs]);
    }
    if (!err && c->n_due == OUTBOX_STEP) {
        outbox_pump_run(p); /* there is more to put away */
    }
}

static mcp_err look_body(struct store_txn *txn, void *arg)
{
    struct outbox_pump *p = arg;

    return outbox_look(txn, &p->claim);
}

void outbox_pump_run(struct outbox_pump *p)
{
    struct outbox_claim *c = &p->claim;

    if (p->is_claiming || p->is_stopped) {
        return;
    }
    c->n_free = 0;
    for (size_t i = 0; i < OUTBOX_SLOTS; i++) {
        if (!p->jobs[i].is_taken) {
            c->free[c->n_free++] = &p->jobs[i];
        }
    }
    c->busy = p->jobs;
    c->now_ms = now_ms(p);
    c->lease_ms = p->opt.sender.lease_ms;
    c->sends_mail = p->mail_from[0] != '\0';
    c->seal = p->opt.seal;
    randombytes_buf(&c->claim, sizeof(c->claim));
    if (c->n_free == 0 || store_read(p->opt.store, look_body, p) || c->n_due == 0) {
        return;
    }
    p->is_claiming = true;
    p->write = (struct store_write){.body = take_body, .arg = p, .done = take_done};
    store_submit(p->opt.store, &p->write);
}
