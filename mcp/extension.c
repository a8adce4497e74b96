/* mcp/extension.c - extensions: rows checked when the server starts, declared, their methods found
 * and run; see extension.h and extending.h. */
#include <mcp/extending.h>

#include <mcp/alloc.h>
#include <mcp/listening.h>
#include <mcp/tasking.h>
#include <mcp/working.h>

#include <assert.h>

/* ---- Rows ---- */

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_alnum(char c)
{
    return is_alpha(c) || (c >= '0' && c <= '9');
}

/* Begins with `first`, ends alphanumeric, between them also `inner`. */
static bool is_word(mcp_str s, bool (*first)(char c), const char *inner)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is_alnum(s.ptr[i]) && !(s.ptr[i] && strchr(inner, s.ptr[i]))) {
            return false;
        }
    }
    return s.len && first(s.ptr[0]) && is_alnum(s.ptr[s.len - 1]);
}

/* basic/index "_meta": labels between dots, a slash, a name; here the prefix is required. */
static bool is_id(mcp_str id)
{
    mcp_str name = id, prefix = mcp_str_cut(&name, '/');

    if (!name.ptr || !is_word(name, is_alnum, "-_.")) {
        return false;
    }
    do {
        if (!is_word(mcp_str_cut(&prefix, '.'), is_alpha, "-")) {
            return false;
        }
    } while (prefix.ptr);
    return true;
}

static mcp_err check_settings(const struct mcp_extension *e, const struct mcp__complaint *c)
{
    const struct mcp_json_limits limits = MCP_JSON_LIMITS_INIT;
    struct mcp_arena arena;
    mcp_err err = MCP_OK;
    mcp_json v;

    if (!e->settings) {
        return MCP_OK;
    }
    mcp_arena_init(&arena, (size_t)1 << 24);
    err = mcp_json_read(&arena, mcp_str_c(e->settings), &limits, &v, NULL);
    if (err == MCP_E_OVERLOADED) {
        err = mcp__complain_memory(c);
    } else if (err || mcp_json_type(v) != MCP_JSON_OBJECT) {
        err = mcp__complain(c, "extension %s: the settings must be a JSON object", e->id);
    }
    mcp_arena_free(&arena);
    return err;
}

static mcp_err check_method(const struct mcp_server *s, const struct mcp_server_options *opt,
                            const struct mcp_extension *e, const struct mcp_method *m,
                            const struct mcp__complaint *c)
{
    mcp_str name = mcp_str_c(m->name);

    if (mcp__era_knows_method(name) || mcp_str_starts(name, MCP_STR("notifications/"))) {
        return mcp__complain(c, "extension %s: the method %.80s is the protocol's own", e->id,
                             m->name);
    }
    if (!m->fn) {
        return mcp__complain(c, "extension %s: the method %.80s has no handler", e->id, m->name);
    }
    /* The first of that name must be this one: rows are added before they are checked. */
    if (mcp__extension_method(s, MCP__REV_2026_07_28, name).method != m) {
        return mcp__complain(c, "extension %s: the method %.80s occurs twice", e->id, m->name);
    }
    return mcp__row_check(&(struct mcp__row_text){.kind = "method",
                                                  .name = m->name,
                                                  .cost = m->cost == MCP_NO_COST ? 0 : m->cost,
                                                  .is_blocking = m->is_blocking,
                                                  .time_limit_ms = m->time_limit_ms},
                          opt, c);
}

static bool is_taken_filter(const struct mcp_server *s, const struct mcp_extension *e)
{
    for (size_t i = 0; s->extensions[i] != e; i++) {
        const char *other = s->extensions[i]->filter;

        if (other && strcmp(other, e->filter) == 0) {
            return true;
        }
    }
    return mcp__listen_knows_filter(mcp_str_c(e->filter));
}

static mcp_err check_watching(const struct mcp_server *s, const struct mcp_extension *e,
                              const struct mcp__complaint *c)
{
    if (!e->filter) {
        return e->notification || e->may_watch || e->put_change
                   ? mcp__complain(c, "extension %s: what can be watched needs a filter", e->id)
                   : MCP_OK;
    }
    if (!e->filter[0] || is_taken_filter(s, e)) {
        return mcp__complain(c, "extension %s: the filter \"%.80s\" is taken or empty", e->id,
                             e->filter);
    }
    if (!e->notification ||
        !mcp_str_starts(mcp_str_c(e->notification), MCP_STR("notifications/")) || !e->put_change) {
        return mcp__complain(c,
                             "extension %s: what can be watched needs a notification, "
                             "\"notifications/...\", and put_change",
                             e->id);
    }
    return MCP_OK;
}

static mcp_err check(const struct mcp_server *s, const struct mcp_server_options *opt,
                     const struct mcp_extension *e, const struct mcp__complaint *c)
{
    if (!e->id || !is_id(mcp_str_c(e->id))) {
        return mcp__complain(c,
                             "extension %.80s: the id must be a prefix of labels, a slash and a "
                             "name, like com.example/weather",
                             e->id ? e->id : "");
    }
    if (mcp__extension_find(s, mcp_str_c(e->id)) != e) {
        return mcp__complain(c, "extension %s: the id occurs twice", e->id);
    }
    mcp_err err = check_settings(e, c);

    for (const struct mcp_method *m = e->methods; !err && m && m->name; m++) {
        err = check_method(s, opt, e, m, c);
    }
    return err ? err : check_watching(s, e, c);
}

mcp_err mcp__extensions_init(struct mcp_server *s, const struct mcp_server_options *opt,
                             const struct mcp__complaint *c)
{
    mcp_err err = MCP_OK;

    /* Besides theirs: tasks, and MCP Apps (mcp__ui_init). */
    s->extensions = mcp_alloc((opt->n_extensions + 2) * sizeof(struct mcp_extension *));
    if (!s->extensions) {
        return mcp__complain_memory(c);
    }
    if (mcp__tasks_wanted(opt)) {
        s->extensions[s->n_extensions++] = &mcp__tasks_extension;
        err = mcp__tasks_init(s, opt, c);
    }
    for (size_t i = 0; !err && i < opt->n_extensions; i++) {
        s->extensions[s->n_extensions++] = opt->extensions[i];
        err = check(s, opt, opt->extensions[i], c);
    }
    return err;
}

bool mcp__extensions_blocking(const struct mcp_server_options *opt)
{
    for (size_t i = 0; i < opt->n_extensions; i++) {
        for (const struct mcp_method *m = opt->extensions[i]->methods; m && m->name; m++) {
            if (m->is_blocking) {
                return true;
            }
        }
    }
    return false;
}

const struct mcp_extension *mcp__extension_find(const struct mcp_server *s, mcp_str id)
{
    for (size_t i = 0; i < s->n_extensions; i++) {
        if (mcp_str_eq(mcp_str_c(s->extensions[i]->id), id)) {
            return s->extensions[i];
        }
    }
    return NULL;
}

static bool is_served(const struct mcp_extension *e, enum mcp__rev rev)
{
    return mcp__rev_in(rev, e->in_legacy ? MCP__EVERY_REV : MCP__MODERN_REVS);
}

struct mcp__extension_method mcp__extension_method(const struct mcp_server *s, enum mcp__rev rev,
                                                   mcp_str name)
{
    for (size_t i = 0; i < s->n_extensions; i++) {
        const struct mcp_extension *e = s->extensions[i];

        for (const struct mcp_method *m = is_served(e, rev) ? e->methods : NULL; m && m->name;
             m++) {
            if (mcp_str_eq(mcp_str_c(m->name), name)) {
                return (struct mcp__extension_method){e, m};
            }
        }
    }
    return (struct mcp__extension_method){NULL, NULL};
}

bool mcp__extensions_watched(const struct mcp_server *s)
{
    for (size_t i = 0; i < s->n_extensions; i++) {
        if (s->extensions[i]->filter) {
            return true;
        }
    }
    return false;
}

/* ---- Declared by the server ---- */

void mcp__extensions_put(struct mcp_json_writer *w, const struct mcp_server *s, enum mcp__rev rev)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n_extensions; i++) {
        const struct mcp_extension *e = s->extensions[i];

        if (is_served(e, rev)) {
            if (!n++) {
                mcp_json_put_key(w, MCP_STR("extensions"));
                mcp_json_object(w);
            }
            mcp_json_member_raw(w, mcp_str_c(e->id), mcp_str_c(e->settings ? e->settings : "{}"));
        }
    }
    if (n) {
        mcp_json_object_end(w);
    }
}

/* ---- Declared by the client ---- */

mcp_err mcp__extensions_declared(struct mcp_call *call, struct mcp_session *session,
                                 mcp_json capabilities)
{
    const struct mcp_server *s = call->server;
    mcp_json declared = mcp_json_get(capabilities, MCP_STR("extensions"));
    struct mcp_json_writer w;
    struct mcp_buf text;

    mcp_arena_reset(&session->declared_in); /* an earlier `initialize` may have failed */
    session->declared = (mcp_json){NULL, NULL};
    mcp_buf_init(&text, MCP__DECLARED_BYTES_MAX);
    mcp_json_writer_init(&w, &text);
    mcp_json_object(&w);
    for (size_t i = 0; i < s->n_extensions; i++) {
        mcp_str id = mcp_str_c(s->extensions[i]->id);
        mcp_json v = mcp_json_get(declared, id);

        if (s->extensions[i]->in_legacy && mcp_json_type(v) == MCP_JSON_OBJECT) {
            mcp_json_member_raw(&w, id, mcp_json_raw(v));
        }
    }
    mcp_json_object_end(&w);
    mcp_err err = MCP_OK;

    if (text.is_over) {
        err = mcp_fail(call, MCP_E_INVALID_PARAMS,
                       "params.capabilities.extensions: at most %d bytes", MCP__DECLARED_BYTES_MAX);
    } else if (text.failed) {
        err = MCP_E_OVERLOADED;
    } else if (text.len > 2) { /* most declare none */
        mcp_str kept = mcp_arena_dup(&session->declared_in, mcp_buf_str(&text));

        err = kept.ptr
                  ? mcp_json_read(&session->declared_in, kept, &s->limits, &session->declared, NULL)
                  : MCP_E_OVERLOADED;
    }
    mcp_buf_free(&text);
    return err;
}

mcp_err mcp__extensions_copy(struct mcp_call *call, mcp_json *ret)
{
    mcp_json declared = call->session ? call->session->declared : (mcp_json){NULL, NULL};

    *ret = declared;
    if (!mcp_json_present(declared) || mcp__rev_in(call->rev, MCP__MODERN_REVS)) {
        return MCP_OK;
    }
    mcp_str text = mcp_arena_dup(&call->arena, mcp_json_raw(declared));

    return text.ptr ? mcp_json_read(&call->arena, text, &call->server->limits, ret, NULL)
                    : MCP_E_OVERLOADED;
}

mcp_json mcp_client_extension(struct mcp_call *call, const char *id)
{
    const mcp_json absent = {NULL, NULL};
    mcp_json declared = absent;

    if (mcp__rev_in(call->rev, MCP__MODERN_REVS)) {
        mcp_json meta = mcp_json_get(call->params, MCP_STR("_meta"));

        declared = mcp_json_get(mcp_json_get(meta, MCP_STR(MCP__META_PREFIX "clientCapabilities")),
                                MCP_STR("extensions"));
    } else if (call->work) {
        declared = call->work->declared; /* the session is the loop's, and may be gone */
    } else if (call->session) {
        declared = call->session->declared;
    }
    mcp_json v = mcp_json_get(declared, mcp_str_c(id));

    return mcp_json_type(v) == MCP_JSON_OBJECT ? v : absent;
}

mcp_err mcp_client_need_extension(struct mcp_call *call, const char *id)
{
    if (mcp_json_present(mcp_client_extension(call, id))) {
        return MCP_OK;
    }
    mcp_err err =
        mcp_fail(call, MCP_E_MISSING_CAPABILITY, "the client did not declare the extension %s", id);
    struct mcp_json_writer *w = mcp_error_data(call);

    mcp_json_object(w);
    mcp_json_put_key(w, MCP_STR("requiredCapabilities"));
    mcp_json_object(w);
    mcp_json_put_key(w, MCP_STR("extensions"));
    mcp_json_object(w);
    mcp_json_member_raw(w, mcp_str_c(id), MCP_STR("{}"));
    mcp_json_object_end(w);
    mcp_json_object_end(w);
    mcp_json_object_end(w);
    return err;
}

/* ---- Methods ---- */

mcp_err mcp__extension_run(struct mcp_call *call, struct mcp__extension_method m)
{
    mcp_err err = m.extension->is_open ? MCP_OK : mcp_client_need_extension(call, m.extension->id);

    call->form = MCP__FORM_EXTENSION;
    call->what = m.method->name;
    if (!err) {
        err = mcp__gate(call, m.method->scope, m.method->cost);
    }
    return err ? err
               : mcp__run_handler(call,
                                  (struct mcp__handler){m.method->fn, m.extension->user,
                                                        m.method->is_blocking, 0},
                                  m.method->time_limit_ms);
}

mcp_json mcp_call_params(const struct mcp_call *call)
{
    return call->params;
}

struct mcp_json_writer *mcp_result(struct mcp_call *call)
{
    assert(call->form == MCP__FORM_EXTENSION);
    if (!call->writer.out) {
        mcp_json_object(mcp_structured(call)); /* reply.c closes it, behind what it adds */
    }
    return &call->writer;
}

void mcp_result_type(struct mcp_call *call, const char *type)
{
    call->result_type = type;
}
