/* mcp/ask.c - questions of a handler to the client, in rounds; see ask.h and asking.h. */
#include <mcp/asking.h>

#include <assert.h>
#include <sodium.h>

struct mcp__asking *mcp__asking(struct mcp_call *call)
{
    if (!call->asking) {
        call->asking = mcp_arena_new(&call->arena, struct mcp__asking, 1);
        if (call->asking) {
            call->asking->inputs_end = &call->asking->inputs;
        }
    }
    return call->asking;
}

const char *mcp__input_method(enum mcp__input_kind kind)
{
    static const char *const METHODS[] = {
        [MCP__INPUT_ELICIT_FORM] = "elicitation/create",
        [MCP__INPUT_ELICIT_URL] = "elicitation/create",
        [MCP__INPUT_SAMPLE] = "sampling/createMessage",
        [MCP__INPUT_ROOTS] = "roots/list",
    };

    return METHODS[kind];
}

static bool is_modern(const struct mcp_call *call)
{
    return mcp__rev_in(call->rev, MCP__MODERN_REVS);
}

/* ---- What a retry brings ---- */

bool mcp__ask_is_allowed(mcp_str method)
{
    return mcp_str_eq(method, MCP_STR("tools/call")) ||
           mcp_str_eq(method, MCP_STR("prompts/get")) ||
           mcp_str_eq(method, MCP_STR("resources/read"));
}

static mcp_err refuse_state(struct mcp_call *call)
{
    return mcp_fail(call, MCP_E_INVALID_PARAMS,
                    "params.requestState is not one that this request was given, or has expired");
}

static mcp_err read_state(struct mcp_call *call, struct mcp__asking *a, mcp_json state)
{
    mcp_str text = mcp_json_str(state, &call->arena, mcp_str_n(NULL, 0)), plain;
    const struct mcp_json_limits limits = {MCP__STATE_BYTES_MAX, 64, MCP__STATE_BYTES_MAX, true};
    int64_t expires_ms;
    mcp_json v;

    if (mcp_json_type(state) != MCP_JSON_STRING || !mcp__seal_open(call, text, &plain) ||
        mcp_json_read(&call->arena, plain, &limits, &v, NULL) ||
        !mcp_json_int(mcp_json_get(v, MCP_STR("expires")), &expires_ms) ||
        expires_ms <= mcp_clock_wall_ms(&call->server->clock)) {
        return refuse_state(call);
    }
    mcp_json values = mcp_json_get(v, MCP_STR("state"));

    a->answers = mcp_json_get(v, MCP_STR("answers"));
    for (mcp_json e = mcp_json_first(values); mcp_json_present(e); e = mcp_json_next(values, e)) {
        struct mcp__carried *c = mcp_arena_new(&call->arena, struct mcp__carried, 1);

        if (!c) {
            return MCP_E_OVERLOADED;
        }
        c->name = mcp_json_str(mcp_json_key(e), &call->arena, mcp_str_n(NULL, 0));
        c->value = mcp_json_str(e, &call->arena, mcp_str_n(NULL, 0));
        c->next = a->carried;
        a->carried = c;
    }
    return MCP_OK;
}

mcp_err mcp__ask_load(struct mcp_call *call)
{
    mcp_json responses = mcp_json_get(call->params, MCP_STR("inputResponses"));
    mcp_json state = mcp_json_get(call->params, MCP_STR("requestState"));
    struct mcp__asking *a;

    if (!is_modern(call) || (!mcp_json_present(responses) && !mcp_json_present(state))) {
        return MCP_OK;
    }
    if (mcp_json_present(responses) && mcp_json_type(responses) != MCP_JSON_OBJECT) {
        return mcp_fail(call, MCP_E_INVALID_PARAMS, "params.inputResponses must be an object");
    }
    a = mcp__asking(call);
    if (!a) {
        return MCP_E_OVERLOADED;
    }
    a->responses = responses;
    return mcp_json_present(state) ? read_state(call, a, state) : MCP_OK;
}

/* ---- Questions ---- */

static struct mcp__input *find(const struct mcp__asking *a, mcp_str key)
{
    struct mcp__input *in = a->inputs;

    while (in && !mcp_str_eq(in->key, key)) {
        in = in->next;
    }
    return in;
}

static struct mcp__input *find_or_add(struct mcp_call *call, struct mcp__asking *a, mcp_str key)
{
    struct mcp__input *in = find(a, key);

    if (in || a->n_inputs == MCP__ASK_INPUTS_MAX) {
        return in;
    }
    in = mcp_arena_new(&call->arena, struct mcp__input, 1);
    if (in) {
        in->call = call;
        in->key = mcp_arena_dup(&call->arena, key);
        *a->inputs_end = in;
        a->inputs_end = &in->next;
        a->n_inputs++;
    }
    return in;
}

/* Said, so that mcp_ask() says it too when the handler did not look. */
static mcp_err no_memory(struct mcp_call *call)
{
    return mcp_fail(call, MCP_E_OVERLOADED, "there is no memory to ask the client");
}

/* The answer that a modern retry brought along, if any; one of an earlier round counts. */
static mcp_err look_up(struct mcp_call *call, struct mcp__asking *a, struct mcp__input *in)
{
    mcp_json answer = mcp_json_get(a->answers, in->key);
    const char *why = NULL;

    if (!mcp_json_present(answer)) {
        answer = mcp_json_get(a->responses, in->key);
    }
    if (mcp_json_present(answer)) {
        why = mcp__ask_take(in, answer);
    }
    return why ? mcp_fail(call, MCP_E_INVALID_PARAMS, "params.inputResponses.%.*s: %s",
                          MCP_STR_ARG(in->key), why)
               : MCP_OK;
}

/* MCP_OK: answered; MCP_ASKING: *ret wants its params. */
static mcp_err question(struct mcp_call *call, const char *key, enum mcp__input_kind kind,
                        unsigned needs, mcp_str schema, struct mcp__input **ret)
{
    struct mcp__asking *a = mcp__asking(call);
    struct mcp__input *in = a ? find_or_add(call, a, mcp_str_c(key)) : NULL;

    *ret = in;
    if (!in) {
        return a && a->n_inputs == MCP__ASK_INPUTS_MAX
                   ? mcp_fail(call, MCP_E_INTERNAL, "a call may ask %d questions",
                              MCP__ASK_INPUTS_MAX)
                   : no_memory(call);
    }
    if (!mcp_client_has(call, needs)) {
        a->missing |= needs;
        return mcp_client_need(call, a->missing);
    }
    if (!call->again || call->form == MCP__FORM_EXTENSION) {
        return mcp_fail(call, MCP_E_INTERNAL,
                        "only tools/call, prompts/get and resources/read ask");
    }
    in->is_asked = true;
    if (mcp_json_present(in->answer)) {
        return MCP_OK;
    }
    in->kind = kind;
    in->schema = mcp_arena_dup(&call->arena, schema);
    mcp_err err = look_up(call, a, in);

    return err ? err : mcp_json_present(in->answer) ? MCP_OK : MCP_ASKING;
}

/* What was written to `out` becomes the question's params. */
static mcp_err put_params(struct mcp_call *call, struct mcp__input *in, struct mcp_buf *out)
{
    in->params = mcp_arena_dup(&call->arena, mcp_buf_str(out));
    mcp_err err = out->failed || !in->params.ptr ? no_memory(call) : MCP_ASKING;

    mcp_buf_free(out);
    return err;
}

mcp_err mcp_ask_elicit(struct mcp_call *call, const char *key, const char *message,
                       const char *requested_schema)
{
    mcp_str schema = mcp_str_c(requested_schema);
    struct mcp_json_writer w;
    struct mcp__input *in;
    struct mcp_buf out;
    mcp_err err = question(call, key, MCP__INPUT_ELICIT_FORM, MCP_CAN_ELICIT_FORM, schema, &in);

    if (err != MCP_ASKING) {
        return err;
    }
    const char *why = NULL;

    err = mcp__ask_schema_check(call, schema, &why);
    if (err) {
        return why ? mcp_fail(call, err, "the schema of \"%s\": %s", key, why) : no_memory(call);
    }
    mcp_buf_init(&out, call->server->call_bytes_max);
    mcp_json_writer_init(&w, &out);
    mcp_json_object(&w);
    mcp_json_member_str(&w, MCP_STR("message"), mcp_str_c(message));
    mcp_json_member_raw(&w, MCP_STR("requestedSchema"), schema);
    mcp_json_object_end(&w);
    return put_params(call, in, &out);
}

/* 2025-11-25 tells a client with it when the user is done; 2026-07-28 has none. */
static void put_elicitation_id(struct mcp_json_writer *w)
{
    uint8_t random[16];
    char text[2 * sizeof(random) + 1];

    randombytes_buf(random, sizeof(random));
    sodium_bin2hex(text, sizeof(text), random, sizeof(random));
    mcp_json_member_str(w, MCP_STR("elicitationId"), mcp_str_c(text));
}

mcp_err mcp_ask_elicit_url(struct mcp_call *call, const char *key, const char *message,
                           const char *url)
{
    const mcp_str none = {NULL, 0};
    struct mcp_json_writer w;
    struct mcp__input *in;
    struct mcp_buf out;
    mcp_err err = question(call, key, MCP__INPUT_ELICIT_URL, MCP_CAN_ELICIT_URL, none, &in);

    if (err != MCP_ASKING) {
        return err;
    }
    mcp_buf_init(&out, call->server->call_bytes_max);
    mcp_json_writer_init(&w, &out);
    mcp_json_object(&w);
    mcp_json_member_str(&w, MCP_STR("mode"), MCP_STR("url"));
    mcp_json_member_str(&w, MCP_STR("message"), mcp_str_c(message));
    mcp_json_member_str(&w, MCP_STR("url"), mcp_str_c(url));
    if (!is_modern(call)) {
        put_elicitation_id(&w);
    }
    mcp_json_object_end(&w);
    return put_params(call, in, &out);
}

mcp_err mcp_ask_sample(struct mcp_call *call, const char *key, mcp_str params)
{
    const struct mcp_json_limits limits = {SIZE_MAX / 4, 64, SIZE_MAX / 4, true};
    unsigned needs = MCP_CAN_SAMPLE;
    struct mcp__input *in;
    mcp_json v;

    params = mcp_arena_dup(&call->arena, params);
    mcp_err err = mcp_json_read(&call->arena, params, &limits, &v, NULL);

    if (err == MCP_E_OVERLOADED) {
        return no_memory(call);
    }
    if (err || mcp_json_type(v) != MCP_JSON_OBJECT) {
        return mcp_fail(call, MCP_E_INTERNAL, "the params of \"%s\" are not a JSON object", key);
    }
    if (mcp_json_present(mcp_json_get(v, MCP_STR("tools"))) ||
        mcp_json_present(mcp_json_get(v, MCP_STR("toolChoice")))) {
        needs |= MCP_CAN_SAMPLE_TOOLS;
    }
    err = question(call, key, MCP__INPUT_SAMPLE, needs, mcp_str_n(NULL, 0), &in);
    if (err == MCP_ASKING) {
        in->params = params;
    }
    return err;
}

mcp_err mcp_ask_sample_text(struct mcp_call *call, const char *key, mcp_str prompt,
                            int64_t max_tokens)
{
    struct mcp_json_writer w;
    struct mcp_buf out;

    mcp_buf_init(&out, call->server->call_bytes_max);
    mcp_json_writer_init(&w, &out);
    mcp_json_object(&w);
    mcp_json_put_key(&w, MCP_STR("messages"));
    mcp_json_array(&w);
    mcp_json_object(&w);
    mcp_json_member_str(&w, MCP_STR("role"), MCP_STR("user"));
    mcp_json_put_key(&w, MCP_STR("content"));
    mcp_json_object(&w);
    mcp_json_member_str(&w, MCP_STR("type"), MCP_STR("text"));
    mcp_json_member_str(&w, MCP_STR("text"), prompt);
    mcp_json_object_end(&w);
    mcp_json_object_end(&w);
    mcp_json_array_end(&w);
    mcp_json_member_int(&w, MCP_STR("maxTokens"), max_tokens);
    mcp_json_object_end(&w);
    mcp_err err = out.failed ? no_memory(call) : mcp_ask_sample(call, key, mcp_buf_str(&out));

    mcp_buf_free(&out);
    return err;
}

mcp_err mcp_ask_roots(struct mcp_call *call, const char *key)
{
    struct mcp__input *in;
    mcp_err err = question(call, key, MCP__INPUT_ROOTS, MCP_CAN_ROOTS, mcp_str_n(NULL, 0), &in);

    if (err == MCP_ASKING) {
        in->params = MCP_STR("{}");
    }
    return err;
}

mcp_err mcp_ask(struct mcp_call *call)
{
    const struct mcp__input *in = call->asking ? call->asking->inputs : NULL;

    if (call->failed || mcp_arena_failed(&call->arena)) {
        return call->failed ? call->failed : MCP_E_OVERLOADED;
    }
    for (; in; in = in->next) {
        if (in->is_asked && !mcp_json_present(in->answer)) {
            return MCP_ASKING;
        }
    }
    return MCP_OK;
}

/* ---- Carried values ---- */

mcp_str mcp_state_get(struct mcp_call *call, const char *name)
{
    const struct mcp__carried *c = call->asking ? call->asking->carried : NULL;

    while (c && !mcp_str_eq(c->name, mcp_str_c(name))) {
        c = c->next;
    }
    return c ? c->value : mcp_str_n(NULL, 0);
}

mcp_err mcp_state_put(struct mcp_call *call, const char *name, mcp_str value)
{
    struct mcp__asking *a = mcp__asking(call);
    struct mcp__carried *c = a ? a->carried : NULL;

    while (c && !mcp_str_eq(c->name, mcp_str_c(name))) {
        c = c->next;
    }
    if (a && !c) {
        c = mcp_arena_new(&call->arena, struct mcp__carried, 1);
        if (c) {
            c->name = mcp_arena_dup(&call->arena, mcp_str_c(name));
            c->next = a->carried;
            a->carried = c;
        }
    }
    if (c) {
        c->value = mcp_arena_dup(&call->arena, value);
    }
    return c && c->value.ptr ? MCP_OK : MCP_E_OVERLOADED;
}

/* ---- The end of a round ---- */

/* The answers of this run and the carried values, with their end. */
static mcp_str seal_state(struct mcp_call *call, const struct mcp__asking *a)
{
    int64_t expires_ms = mcp_clock_wall_ms(&call->server->clock) + MCP__STATE_TTL_MS;
    mcp_str sealed = {NULL, 0};
    struct mcp_json_writer w;
    struct mcp_buf plain;

    mcp_buf_init(&plain, MCP__STATE_BYTES_MAX);
    mcp_json_writer_init(&w, &plain);
    mcp_json_object(&w);
    mcp_json_member_int(&w, MCP_STR("expires"), expires_ms);
    mcp_json_put_key(&w, MCP_STR("answers"));
    mcp_json_object(&w);
    for (const struct mcp__input *in = a->inputs; in; in = in->next) {
        if (mcp_json_present(in->answer)) {
            mcp_json_member_raw(&w, in->key, mcp_json_raw(in->answer));
        }
    }
    mcp_json_object_end(&w);
    mcp_json_put_key(&w, MCP_STR("state"));
    mcp_json_object(&w);
    for (const struct mcp__carried *c = a->carried; c; c = c->next) {
        mcp_json_member_str(&w, c->name, c->value);
    }
    mcp_json_object_end(&w);
    mcp_json_object_end(&w);
    if (!plain.failed) {
        sealed = mcp__seal(call, mcp_buf_str(&plain));
    }
    mcp_buf_free(&plain);
    return sealed;
}

void mcp__ask_put_requests(struct mcp_json_writer *w, const struct mcp__asking *a)
{
    mcp_json_object(w);
    for (const struct mcp__input *in = a->inputs; in; in = in->next) {
        if (in->is_asked && !mcp_json_present(in->answer)) {
            mcp_json_put_key(w, in->key);
            mcp_json_object(w);
            mcp_json_member_str(w, MCP_STR("method"), mcp_str_c(mcp__input_method(in->kind)));
            mcp_json_member_raw(w, MCP_STR("params"), in->params);
            mcp_json_object_end(w);
        }
    }
    mcp_json_object_end(w);
}

/* basic/patterns "InputRequiredResult". */
static mcp_err answer_modern(struct mcp_call *call, struct mcp__asking *a)
{
    mcp_str state = seal_state(call, a);
    struct mcp_json_writer w;
    struct mcp_buf out;

    if (!state.ptr) {
        return mcp_arena_failed(&call->arena) ? MCP_E_OVERLOADED
                                              : mcp_fail(call, MCP_E_OVERLOADED,
                                                         "what is to be carried to the next round "
                                                         "is too large");
    }
    mcp_buf_init(&out, call->server->call_bytes_max);
    mcp_buf_add(&out, MCP_STR("{\"resultType\":\"input_required\",\"inputRequests\":"));
    mcp_json_writer_init(&w, &out);
    mcp__ask_put_requests(&w, a);
    mcp_buf_add(&out, MCP_STR(",\"requestState\":\""));
    mcp_buf_add(&out, state);
    mcp_buf_add(&out, MCP_STR("\","));
    mcp_buf_add(&out, mcp_buf_str(&call->server->meta));
    mcp_buf_byte(&out, '}');
    call->canned = mcp_arena_dup(&call->arena, mcp_buf_str(&out));
    mcp_err err = out.failed || !call->canned.ptr ? MCP_E_OVERLOADED : MCP_OK;

    mcp_buf_free(&out);
    return err;
}

mcp_err mcp__ask_again(struct mcp_call *call)
{
    for (struct mcp__input *in = call->asking->inputs; in; in = in->next) {
        in->is_asked = false;
    }
    mcp__call_rewind(call);
    return call->again(call);
}

mcp_err mcp__ask_round(struct mcp_call *call)
{
    assert(call->asking); /* a handler returns MCP_ASKING after it has asked */
    return is_modern(call) ? answer_modern(call, call->asking) : mcp__client_ask(call);
}
