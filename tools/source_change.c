/* tools/source_change.c - see source_change.h. */
#include <tools/source_change.h>

#include <tools/source_request.h>
#include <tools/text_json.h>
#include <tools/time_json.h>

#include <string.h>

#define NOTHING "It has no source to change; give a template or a definition."
#define NO_KEY  "The store's secrets need another secret.key than the one in force."
#define KEYLESS "Without secret.key no secret can be kept."

/* ---- The argument ---- */

static mcp_str text(struct mcp_call *call, mcp_json o, const char *member, bool *ret_has)
{
    mcp_json v = mcp_json_get(o, mcp_str_c(member));

    *ret_has = mcp_json_present(v);
    return mcp_json_str(v, mcp_call_arena(call), mcp_str_n(NULL, 0));
}

/* The one that is named, or that is given. */
static mcp_err find_definition(struct mcp_call *call, mcp_json o, struct source_change *c,
                               mcp_json *ret)
{
    static const struct mcp_json_limits LIMITS = {(size_t)1 << 20, 32, 4096, true};
    bool has_template, has_definition = mcp_json_present(mcp_json_get(o, MCP_STR("definition")));

    c->template_id = text(call, o, "template", &has_template);
    c->is_new = has_template || has_definition;
    if (has_template && has_definition) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS,
                        "source: give either template or definition, not both.");
    }
    if (!c->is_new) {
        return MCP_OK;
    }
    mcp_str shipped = source_find(c->template_id);

    if (has_template && !shipped.len) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS, "source: no template has the id %.*s.",
                        MCP_STR_ARG(name_quoted(mcp_call_arena(call), c->template_id)));
    }
    c->definition =
        has_template ? mcp_str_n(NULL, 0) : mcp_json_raw(mcp_json_get(o, MCP_STR("definition")));
    if (c->definition.len > SOURCE_DEFINITION_MAX) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS,
                        "source: a definition has at most 8,192 bytes.");
    }
    return mcp_json_read(mcp_call_arena(call), has_template ? shipped : c->definition, &LIMITS, ret,
                         NULL);
}

/* Names that are stored with each answer. */
static const char *check_names(mcp_json definition, struct mcp_arena *arena)
{
    mcp_json pools = mcp_json_get(definition, MCP_STR("pools"));
    mcp_str none = {NULL, 0};

    for (mcp_json p = mcp_json_first(pools); mcp_json_present(p); p = mcp_json_next(pools, p)) {
        mcp_str type = mcp_json_str(mcp_json_get(p, MCP_STR("creditType")), arena, none);
        mcp_str label = mcp_json_str(mcp_json_get(p, MCP_STR("label")), arena, none);
        mcp_str unit = mcp_json_str(mcp_json_get(p, MCP_STR("unit")), arena, none);

        if (name_check(type, POOL_TYPE_MAX) || (label.len && name_check(label, NAME_BYTES_MAX)) ||
            (unit.len && name_check(unit, POOL_UNIT_MAX))) {
            return "a pool's creditType, label or unit is no name";
        }
    }
    return NULL;
}

static const char *check_request(const struct source_request *r)
{
    if (!mcp_str_eq(r->method, MCP_STR("GET")) && !mcp_str_eq(r->method, MCP_STR("POST"))) {
        return "its method is neither GET nor POST";
    }
    return name_check_url(r->url) ? "its url is no http or https URL" : NULL;
}

/* Whom it asks, and where people buy more. */
static const char *read_service(mcp_json definition, struct mcp_arena *arena,
                                struct source_change *c)
{
    mcp_str none = {NULL, 0};

    c->service = mcp_json_str(mcp_json_get(definition, MCP_STR("name")), arena, none);
    c->topup_url = mcp_json_str(mcp_json_get(definition, MCP_STR("topupUrl")), arena, none);
    if (c->service.len && name_check(c->service, NAME_BYTES_MAX)) {
        return "its name cannot be shown";
    }
    bool is_url = c->topup_url.len <= CONNECTION_URL_MAX && !name_check_url(c->topup_url);

    return c->topup_url.len && !is_url ? "its topupUrl is no http or https URL" : NULL;
}

/* Can it be asked with what is given? */
static mcp_err check(struct mcp_call *call, mcp_json definition, struct source_change *c)
{
    struct source_values v = {c->account, c->secret};
    struct source_request request;
    const char *why = source_check(definition);

    why = why ? why : check_names(definition, mcp_call_arena(call));
    why = why ? why : read_service(definition, mcp_call_arena(call), c);
    why = why ? why : source_request_fill(definition, &v, mcp_call_arena(call), &request);
    why = why ? why : check_request(&request);
    c->host = why ? c->host : source_host(definition, mcp_call_arena(call));
    if (!why && memchr(c->host.ptr ? c->host.ptr : "", '@', c->host.len)) {
        why = "its url carries a user name, which would be shown"; /* nor would it be asked */
    }
    if (!why && (c->host.len == 0 || c->host.len > SOURCE_HOST_MAX ||
                 name_check(c->host, SOURCE_HOST_MAX))) {
        why = "its url has no host that can be shown";
    }
    return why ? mcp_fail(call, MCP_E_INVALID_ARGUMENTS,
                          "source: the definition cannot be used: %s.", why)
               : MCP_OK;
}

/* A header's value may be made of it. */
static bool is_plain(mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

static mcp_err read_change(struct mcp_call *call, const struct seal *seal, struct source_change *c)
{
    mcp_json o = mcp_arg(call, "source"), definition = {0};

    c->seal = seal;
    c->is_given = mcp_json_present(o);
    c->is_removed = mcp_json_type(o) == MCP_JSON_NULL;
    c->is_push = mcp_json_present(mcp_json_get(o, MCP_STR("kind")));
    if (!c->is_given || c->is_removed) {
        return MCP_OK;
    }
    if (c->is_push) {
        c->is_removed = true;
        return mcp_json_count(o) == 1 ? MCP_OK
                                      : mcp_fail(call, MCP_E_INVALID_ARGUMENTS,
                                                 "source: with kind push there is nothing else.");
    }
    c->account = text(call, o, "account", &c->has_account);
    c->secret = text(call, o, "secret", &c->has_secret);
    c->every_ms = 1000 * mcp_json_int_or(mcp_json_get(o, MCP_STR("everySeconds")), 0);
    mcp_err err = find_definition(call, o, c, &definition);

    if (err) {
        return err;
    }
    if (!is_plain(c->secret) || !is_plain(c->account) || c->secret.len > SOURCE_SECRET_MAX ||
        c->account.len > SOURCE_ACCOUNT_MAX) {
        return mcp_fail(call, MCP_E_INVALID_ARGUMENTS,
                        "source: secret and account are one line, of 2,048 and 256 bytes.");
    }
    if ((c->secret.len || c->definition.len) && !seal->has_key) {
        return mcp_fail(call, MCP_E_REFUSED, KEYLESS);
    }
    return c->is_new ? check(call, definition, c) : MCP_OK;
}

mcp_err source_change_read(struct mcp_call *call, const struct seal *seal, struct source_change *c)
{
    mcp_err err = read_change(call, seal, c);

    /* Without memory everything looks as if it were not given. */
    return err && mcp_arena_failed(mcp_call_arena(call)) ? MCP_E_OVERLOADED : err;
}

/* ---- In the store ---- */

static mcp_err seal_new(struct store_txn *txn, struct source_change *c, const uint8_t id[16],
                        struct source *s, const char **ret_why)
{
    mcp_err err = c->secret.len || c->definition.len ? seal_adopt(txn, c->seal) : MCP_OK;

    if (err) {
        *ret_why = err == MCP_E_CONFLICT ? NO_KEY : NULL;
        return err == MCP_E_CONFLICT ? MCP_E_REFUSED : err;
    }
    if (c->is_new) {
        *s = (struct source){.every_ms = s->every_ms,
                             .is_off = s->is_off,
                             .template_id = c->template_id,
                             .host = c->host,
                             .account = c->account};
    }
    if (c->definition.len) {
        s->definition = seal_put(c->seal, (struct seal_place){id, "definition"}, c->definition,
                                 c->sealed_definition);
    }
    if (c->secret.len) {
        s->secret =
            seal_put(c->seal, (struct seal_place){id, "secret"}, c->secret, c->sealed_secret);
    }
    s->account = c->has_account ? c->account : s->account;
    return MCP_OK;
}

mcp_err source_change_put(struct store_txn *txn, uint64_t owner, uint64_t connection,
                          const uint8_t id[16], struct source_change *c, const char **ret_why)
{
    struct source_found now;
    struct source after = {.every_ms = SOURCE_EVERY_MS};

    *ret_why = NULL;
    if (c->is_removed || (!c->is_given && !c->has_status)) {
        return c->is_removed ? source_remove(txn, owner, connection) : MCP_OK;
    }
    mcp_err err = source_get(txn, owner, connection, &now);
    bool is_there = err == MCP_OK;

    if (err && err != MCP_E_NOT_FOUND) {
        return err;
    }
    if (!is_there && !c->is_new) {
        *ret_why = c->is_given ? NOTHING : NULL;
        return c->is_given ? MCP_E_REFUSED : MCP_OK;
    }
    after = is_there ? now.s : after;
    err = seal_new(txn, c, id, &after, ret_why);
    if (err) {
        return err;
    }
    after.every_ms = c->every_ms ? c->every_ms : after.every_ms;
    after.is_off = c->has_status ? c->is_off : after.is_off;
    after.claim = 0; /* an answer that is on its way was to another question */
    after.failures = 0;
    after.reason = mcp_str_n(NULL, 0);
    after.due_ms = c->now_ms;
    return source_put(txn, owner, connection, is_there ? &now.s : NULL, &after);
}

/* ---- Shown ---- */

static mcp_str keep(struct source_shown *s, size_t *at, mcp_str text)
{
    mcp_str kept = {s->memory + *at, text.len};

    if (text.len) {
        memcpy(s->memory + *at, text.ptr, text.len);
    }
    *at += text.len;
    return kept;
}

mcp_err source_shown_get(struct store_txn *txn, uint64_t owner, uint64_t connection,
                         struct source_shown *ret)
{
    struct source_found f;
    size_t at = 0;
    mcp_err err = source_get(txn, owner, connection, &f);

    ret->is_known = err == MCP_OK;
    if (err) {
        return err == MCP_E_NOT_FOUND ? MCP_OK : err;
    }
    ret->s = f.s;
    ret->s.template_id = keep(ret, &at, f.s.template_id);
    ret->s.host = keep(ret, &at, f.s.host);
    ret->s.account = keep(ret, &at, f.s.account);
    ret->s.reason = keep(ret, &at, f.s.reason);
    ret->s.definition = mcp_str_n(NULL, 0);
    ret->s.secret = mcp_str_n(NULL, 0);
    return MCP_OK;
}

void source_shown_put(struct mcp_json_writer *w, const struct source_shown *shown, bool is_pushed)
{
    const struct source *s = &shown->s;

    mcp_json_put_key(w, MCP_STR("source"));
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("kind"),
                        shown->is_known ? MCP_STR("http")
                        : is_pushed     ? MCP_STR("push")
                                        : MCP_STR("manual"));
    if (shown->is_known) {
        text_json_put(w, MCP_STR("template"), s->template_id);
        mcp_json_member_str(w, MCP_STR("host"), s->host);
        text_json_put(w, MCP_STR("account"), s->account);
        mcp_json_member_int(w, MCP_STR("everySeconds"), s->every_ms / 1000);
        time_json_put(w, MCP_STR("lastPollAt"), s->polled_ms);
        time_json_put(w, MCP_STR("lastReadAt"), s->read_ms);
        time_json_put(w, MCP_STR("nextPollAt"), s->is_off ? 0 : s->due_ms);
        mcp_json_member_int(w, MCP_STR("failures"), s->failures);
        text_json_put(w, MCP_STR("reason"), s->reason);
    }
    mcp_json_object_end(w);
}
