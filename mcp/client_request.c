/* mcp/client_request.c - a legacy client is asked by requests on the stream of the call that asks;
 * its responses come in as messages of their own (protocol.md 1.11). */
#include <mcp/asking.h>

#include <sodium.h>
#include <stdio.h>

/* ---- Out ---- */

/* `"ask-<number>-<random>"`: never given twice in a session, not to be guessed from others. */
static void draw_id(struct mcp__input *in)
{
    uint8_t random[8];
    char hex[2 * sizeof(random) + 1];

    randombytes_buf(random, sizeof(random));
    sodium_bin2hex(hex, sizeof(hex), random, sizeof(random));
    snprintf(in->id, sizeof(in->id), "\"ask-%lu-%s\"",
             (unsigned long)(uint32_t)++in->call->session->n_asked_ever, hex);
}

/* Say one message on the call's stream. False when out of memory. */
static bool say(struct mcp_call *call, mcp_str method, mcp_str id, mcp_str params)
{
    struct mcp_json_writer w;
    struct mcp_buf out;

    mcp_buf_init(&out, call->server->call_bytes_max);
    mcp_json_writer_init(&w, &out);
    mcp_json_object(&w);
    mcp_json_member_str(&w, MCP_STR("jsonrpc"), MCP_STR("2.0"));
    if (id.len) {
        mcp_json_member_raw(&w, MCP_STR("id"), id);
    }
    mcp_json_member_str(&w, MCP_STR("method"), method);
    mcp_json_member_raw(&w, MCP_STR("params"), params);
    mcp_json_object_end(&w);
    bool is_said = !out.failed;

    if (is_said) {
        call->sink->notify(call->sink, mcp_buf_str(&out), false);
    }
    mcp_buf_free(&out);
    return is_said;
}

static void forget(struct mcp__input *in)
{
    if (in->in_session.at) {
        mcp__link_out(&in->in_session);
        in->call->session->n_asked--;
    }
}

static void end_waiting(struct mcp_call *call)
{
    if (call->asking && call->asking->is_waiting) {
        call->asking->is_waiting = false;
        mcp__room_leave(call->server, MCP__ROOM_ASKING, call->asking->share);
    }
}

void mcp__client_forget(struct mcp_call *call)
{
    if (call->work) {
        return; /* nothing is asked, and what was asked is the worker's */
    }
    end_waiting(call);
    for (struct mcp__input *in = call->asking ? call->asking->inputs : NULL; in; in = in->next) {
        forget(in);
    }
}

void mcp__client_withdraw(struct mcp_call *call)
{
    char params[MCP__ASK_ID_BYTES + 32];

    if (call->work) {
        return;
    }
    for (struct mcp__input *in = call->asking ? call->asking->inputs : NULL; in; in = in->next) {
        if (in->in_session.at && call->sink) {
            int n = snprintf(params, sizeof(params), "{\"requestId\":%s}", in->id);

            (void)say(call, MCP_STR("notifications/cancelled"), mcp_str_n(NULL, 0),
                      mcp_str_n(params, (size_t)n));
        }
        forget(in);
    }
}

static mcp_err send_all(struct mcp_call *call)
{
    struct mcp_session *session = call->session;

    for (struct mcp__input *in = call->asking->inputs; in; in = in->next) {
        if (!in->is_asked || mcp_json_present(in->answer)) {
            continue;
        }
        if (session->n_asked == MCP__ASK_OUTSTANDING_MAX) {
            return mcp_fail(call, MCP_E_OVERLOADED, "the client has %d questions to answer already",
                            MCP__ASK_OUTSTANDING_MAX);
        }
        draw_id(in);
        if (!say(call, mcp_str_c(mcp__input_method(in->kind)), mcp_str_c(in->id), in->params)) {
            return MCP_E_OVERLOADED;
        }
        if (!call->sink) {
            return MCP_OK; /* telling it was the end of it */
        }
        mcp__link_in(&session->asked, &in->in_session);
        session->n_asked++;
    }
    return MCP_OK;
}

/* ---- Back ---- */

/* A tool's failure is a result that a model reads, others have only errors. */
static mcp_err fail_round(struct mcp_call *call, mcp_str key, const char *what, mcp_str why)
{
    mcp__client_withdraw(call);
    return mcp_fail(call, call->row ? MCP_E_REFUSED : MCP_E_INVALID_REQUEST, "%s \"%.*s\"%s%.*s",
                    what, MCP_STR_ARG(key), why.len ? ": " : "", MCP_STR_ARG(why));
}

static mcp_err run_again(struct mcp_call *call, void *user)
{
    (void)user;
    if (mcp_call_is_cancelled(call)) {
        return MCP_E_REFUSED;
    }
    for (struct mcp__input *in = call->asking->inputs; in; in = in->next) {
        if (in->in_session.at) {
            return fail_round(call, in->key, "the client did not answer", MCP_STR(""));
        }
    }
    end_waiting(call);
    return mcp__ask_again(call);
}

static mcp_err end_failed(struct mcp_call *call, void *user)
{
    (void)user;
    return call->failed;
}

mcp_err mcp__client_ask(struct mcp_call *call)
{
    if (++call->asking->rounds > MCP__ASK_ROUNDS_MAX) {
        return mcp_fail(call, MCP_E_INTERNAL, "asked %d times and wants to ask again",
                        MCP__ASK_ROUNDS_MAX);
    }
    if (!call->sink) {
        return MCP_E_REFUSED; /* nobody waits for the answer any more */
    }
    if (call->is_deaf) {
        return mcp_fail(call, MCP_E_INVALID_REQUEST, "Accept must name text/event-stream");
    }
    mcp_err err = mcp__room_take(call, MCP__ROOM_ASKING, &call->asking->share);

    if (err) {
        return err;
    }
    call->asking->is_waiting = true; /* until it is answered, forgotten, or over */
    err = send_all(call);
    err = err ? err : mcp_call_after(call, call->server->ask_timeout_ms, run_again, NULL);
    if (err != MCP_PENDING) {
        mcp__client_withdraw(call);
    }
    return err;
}

static struct mcp__input *find(const struct mcp_session *session, mcp_str id)
{
    for (struct mcp__link *l = session->asked; l; l = l->next) {
        struct mcp__input *in = MCP__OF(struct mcp__input, in_session, l);

        if (mcp__id_eq(mcp_str_c(in->id), id)) {
            return in;
        }
    }
    return NULL;
}

static mcp_err take(struct mcp__input *in, mcp_json message)
{
    mcp_json result = mcp_json_get(message, MCP_STR("result"));
    mcp_json error = mcp_json_get(message, MCP_STR("error"));
    struct mcp_call *call = in->call;
    mcp_json kept;

    forget(in);
    if (!mcp_json_present(result)) {
        mcp_str why =
            mcp_json_str(mcp_json_get(error, MCP_STR("message")), &call->arena, mcp_str_n(NULL, 0));

        why = mcp_str_head(why, 200);
        return fail_round(call, in->key, "the client refused to answer",
                          mcp_arena_dup(&call->arena, why));
    }
    mcp_err err = mcp__ask_keep(call, result, &kept); /* it outlives its message */
    const char *why = err ? NULL : mcp__ask_take(in, kept);

    return why ? fail_round(call, in->key, "the client's answer is not valid,", mcp_str_c(why))
               : err;
}

void mcp__client_response(struct mcp_call *response, mcp_json message)
{
    struct mcp_session *session = response->session;
    mcp_json id = mcp_json_get(message, MCP_STR("id"));
    struct mcp__input *in = session && mcp__id_is(id) ? find(session, mcp_json_raw(id)) : NULL;

    /* Unknown ids are late or wrong; an answer counts from who was asked only. */
    if (!in || memcmp(in->call->principal.id, response->principal.id, 16) != 0) {
        return;
    }
    struct mcp_call *call = in->call;

    mcp_err err = take(in, message);

    if (err) {
        call->failed = err;
        call->after = end_failed;
        mcp__step_hurry(call);
        return;
    }
    for (in = call->asking->inputs; in; in = in->next) {
        if (in->in_session.at) {
            return; /* others are still to come */
        }
    }
    mcp__step_hurry(call);
}
