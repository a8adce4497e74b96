/* mcp/client_can.c - what the client declared that it can do; see ask.h. */
#include <mcp/asking.h>
#include <mcp/working.h>

static bool has(mcp_json capabilities, const char *name)
{
    return mcp_json_type(mcp_json_get(capabilities, mcp_str_c(name))) == MCP_JSON_OBJECT;
}

/* "elicitation": {} is the same as {"form": {}} (client/elicitation "Capabilities"). */
static unsigned elicitation(mcp_json capabilities, enum mcp__rev rev)
{
    mcp_json v = mcp_json_get(capabilities, MCP_STR("elicitation"));
    bool has_url = has(v, "url");

    if (mcp_json_type(v) != MCP_JSON_OBJECT || rev < MCP__REV_2025_06_18) {
        return 0;
    }
    if (rev == MCP__REV_2025_06_18) {
        return MCP_CAN_ELICIT_FORM; /* which had no modes */
    }
    return (has_url ? MCP_CAN_ELICIT_URL : 0U) |
           (has(v, "form") || !has_url ? MCP_CAN_ELICIT_FORM : 0U);
}

unsigned mcp__client_can_read(mcp_json capabilities, enum mcp__rev rev)
{
    mcp_json sampling = mcp_json_get(capabilities, MCP_STR("sampling"));
    unsigned can = elicitation(capabilities, rev);

    if (mcp_json_type(sampling) == MCP_JSON_OBJECT) {
        bool is_new = rev >= MCP__REV_2025_11_25;

        can |= MCP_CAN_SAMPLE;
        can |= is_new && has(sampling, "tools") ? MCP_CAN_SAMPLE_TOOLS : 0U;
        can |= is_new && has(sampling, "context") ? MCP_CAN_SAMPLE_CONTEXT : 0U;
    }
    if (has(capabilities, "roots")) {
        can |= MCP_CAN_ROOTS;
    }
    return can;
}

unsigned mcp__client_can(const struct mcp_call *call)
{
    if (call->work) {
        return mcp__work_client_can(call); /* the session is not for workers */
    }
    if (mcp__rev_in(call->rev, MCP__LEGACY_REVS)) {
        return call->session ? call->session->can : 0;
    }
    mcp_json meta = mcp_json_get(call->params, MCP_STR("_meta"));

    return mcp__client_can_read(mcp_json_get(meta, MCP_STR(MCP__META_PREFIX "clientCapabilities")),
                                call->rev);
}

bool mcp_client_has(struct mcp_call *call, unsigned what)
{
    return (mcp__client_can(call) & what) == what;
}

/* ClientCapabilities with only `what`, as error.data wants it. */
static void put_required(struct mcp_json_writer *w, unsigned what)
{
    static const struct {
        unsigned bits;
        mcp_str member, json;
    } ROWS[] = {
        {MCP_CAN_ELICIT_FORM, MCP_STR_INIT("elicitation"), MCP_STR_INIT("{\"form\":{}}")},
        {MCP_CAN_ELICIT_URL, MCP_STR_INIT("elicitation"), MCP_STR_INIT("{\"url\":{}}")},
        {MCP_CAN_ELICIT_FORM | MCP_CAN_ELICIT_URL, MCP_STR_INIT("elicitation"),
         MCP_STR_INIT("{\"form\":{},\"url\":{}}")},
        {MCP_CAN_SAMPLE, MCP_STR_INIT("sampling"), MCP_STR_INIT("{}")},
        {MCP_CAN_SAMPLE_TOOLS, MCP_STR_INIT("sampling"), MCP_STR_INIT("{\"tools\":{}}")},
        {MCP_CAN_SAMPLE_CONTEXT, MCP_STR_INIT("sampling"), MCP_STR_INIT("{\"context\":{}}")},
        {MCP_CAN_SAMPLE_TOOLS | MCP_CAN_SAMPLE_CONTEXT, MCP_STR_INIT("sampling"),
         MCP_STR_INIT("{\"tools\":{},\"context\":{}}")},
        {MCP_CAN_ROOTS, MCP_STR_INIT("roots"), MCP_STR_INIT("{}")},
    };
    const unsigned sampling = MCP_CAN_SAMPLE_TOOLS | MCP_CAN_SAMPLE_CONTEXT;
    const unsigned groups[] = {MCP_CAN_ELICIT_FORM | MCP_CAN_ELICIT_URL,
                               what & sampling ? sampling : MCP_CAN_SAMPLE, MCP_CAN_ROOTS};

    mcp_json_object(w);
    for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
        for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
            if ((what & groups[g]) == ROWS[i].bits) {
                mcp_json_member_raw(w, ROWS[i].member, ROWS[i].json);
            }
        }
    }
    mcp_json_object_end(w);
}

mcp_err mcp_client_need(struct mcp_call *call, unsigned what)
{
    unsigned missing = what & ~mcp__client_can(call);

    if (!missing) {
        return MCP_OK;
    }
    mcp_err err = mcp_fail(call, MCP_E_MISSING_CAPABILITY,
                           "the client did not declare a capability that this needs");
    struct mcp_json_writer *w = mcp_error_data(call);

    mcp_json_object(w);
    mcp_json_put_key(w, MCP_STR("requiredCapabilities"));
    put_required(w, missing);
    mcp_json_object_end(w);
    return err;
}
