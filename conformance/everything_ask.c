/* everything_ask.c - tools that ask the client. Names and texts are the suite's (protocol.md 5.8,
 * 5.9); the same handlers serve both eras. */
#include "everything.h"

#define FORM(properties, required)                                                                 \
    "{\"type\":\"object\",\"properties\":{" properties "},\"required\":[" required "]}"
#define ONE_STRING(name) FORM("\"" name "\":{\"type\":\"string\"}", "\"" name "\"")

/* ---- Sampling and elicitation as the older revisions test them ---- */

static mcp_err sampling(struct mcp_call *call, void *user)
{
    mcp_err err = mcp_ask_sample_text(call, "sample", mcp_arg_str(call, "prompt"), 100);

    (void)user;
    return err ? err
               : mcp_text(call, "LLM response: %.*s", MCP_STR_ARG(mcp_answer_text(call, "sample")));
}

static mcp_err say_answer(struct mcp_call *call, const char *head, const char *key)
{
    mcp_json content = mcp_answer_content(call, key);
    mcp_str text = mcp_json_present(content) ? mcp_json_raw(content) : MCP_STR("{}");

    return mcp_text(call, "%s: action=%.*s, content=%.*s", head,
                    MCP_STR_ARG(mcp_answer_action(call, key)), MCP_STR_ARG(text));
}

static mcp_err elicitation(struct mcp_call *call, void *user)
{
    mcp_str message = mcp_arg_str(call, "message"); /* followed by a NUL: it is copied */
    mcp_str text = mcp_arena_dup(mcp_call_arena(call), message);
    mcp_err err =
        mcp_ask_elicit(call, "response", text.ptr ? text.ptr : "", ONE_STRING("response"));

    (void)user;
    return err ? err : say_answer(call, "User response", "response");
}

/* One question, answered with what came back. */
static mcp_err elicit_form(struct mcp_call *call, const char *message, const char *form)
{
    mcp_err err = mcp_ask_elicit(call, "form", message, form);

    return err ? err : say_answer(call, "Elicitation completed", "form");
}

static mcp_err elicit_defaults(struct mcp_call *call, void *user)
{
    (void)user;
    return elicit_form(call, "Please review and update the form fields with defaults",
                       FORM("\"name\":{\"type\":\"string\",\"default\":\"John Doe\"},"
                            "\"age\":{\"type\":\"integer\",\"default\":30},"
                            "\"score\":{\"type\":\"number\",\"default\":95.5},"
                            "\"status\":{\"type\":\"string\",\"enum\":[\"active\",\"inactive\","
                            "\"pending\"],\"default\":\"active\"},"
                            "\"verified\":{\"type\":\"boolean\",\"default\":true}",
                            ""));
}

static mcp_err elicitation_url(struct mcp_call *call, void *user)
{
    mcp_err err = mcp_ask_elicit_url(call, "sign_in", "Please sign in to continue.",
                                     "https://example.com/sign-in");

    (void)user;
    return err ? err : say_answer(call, "URL elicitation completed", "sign_in");
}

static mcp_err elicit_enums(struct mcp_call *call, void *user)
{
    static const char form[] =
        FORM("\"untitledSingle\":{\"type\":\"string\",\"enum\":[\"option1\",\"option2\","
             "\"option3\"]},"
             "\"titledSingle\":{\"type\":\"string\",\"oneOf\":["
             "{\"const\":\"value1\",\"title\":\"First Option\"},"
             "{\"const\":\"value2\",\"title\":\"Second Option\"},"
             "{\"const\":\"value3\",\"title\":\"Third Option\"}]},"
             "\"legacyEnum\":{\"type\":\"string\",\"enum\":[\"opt1\",\"opt2\",\"opt3\"],"
             "\"enumNames\":[\"Option One\",\"Option Two\",\"Option Three\"]},"
             "\"untitledMulti\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":["
             "\"option1\",\"option2\",\"option3\"]}},"
             "\"titledMulti\":{\"type\":\"array\",\"items\":{\"anyOf\":["
             "{\"const\":\"value1\",\"title\":\"First Choice\"},"
             "{\"const\":\"value2\",\"title\":\"Second Choice\"},"
             "{\"const\":\"value3\",\"title\":\"Third Choice\"}]}}",
             "");

    (void)user;
    return elicit_form(call, "Please select options from the enum fields", form);
}

/* ---- input_required, SEP-2322 ---- */

static mcp_err need_sampling(struct mcp_call *call, void *user)
{
    mcp_err err = mcp_client_need(call, MCP_CAN_SAMPLE);

    (void)user;
    return err ? err : mcp_text(call, "The client can sample.");
}

static mcp_err ask_user_name(struct mcp_call *call)
{
    return mcp_ask_elicit(call, "user_name", "What is your name?", ONE_STRING("name"));
}

static mcp_str user_name(struct mcp_call *call)
{
    mcp_json name = mcp_json_get(mcp_answer_content(call, "user_name"), MCP_STR("name"));

    return mcp_json_str(name, mcp_call_arena(call), MCP_STR("stranger"));
}

static mcp_err required_elicitation(struct mcp_call *call, void *user)
{
    mcp_err err = ask_user_name(call);

    (void)user;
    return err ? err : mcp_text(call, "Hello, %.*s!", MCP_STR_ARG(user_name(call)));
}

static mcp_err required_sampling(struct mcp_call *call, void *user)
{
    mcp_err err = mcp_ask_sample_text(call, "capital_question",
                                      MCP_STR("What is the capital of France?"), 100);

    (void)user;
    return err ? err
               : mcp_text(call, "The model says: %.*s",
                          MCP_STR_ARG(mcp_answer_text(call, "capital_question")));
}

static mcp_err required_list_roots(struct mcp_call *call, void *user)
{
    mcp_err err = mcp_ask_roots(call, "client_roots");
    mcp_json roots = mcp_json_get(mcp_answer(call, "client_roots"), MCP_STR("roots"));

    (void)user;
    return err ? err : mcp_text(call, "The client has %zu roots.", mcp_json_count(roots));
}

static mcp_err required_state(struct mcp_call *call, void *user)
{
    if (!mcp_state_get(call, "state").ptr) {
        (void)mcp_state_put(call, "state", MCP_STR("state-ok"));
    }
    mcp_err err = mcp_ask_elicit(call, "confirm", "Please confirm to continue.",
                                 FORM("\"ok\":{\"type\":\"boolean\"}", "\"ok\""));

    (void)user;
    return err ? err : mcp_text(call, "%.*s", MCP_STR_ARG(mcp_state_get(call, "state")));
}

static mcp_err required_several(struct mcp_call *call, void *user)
{
    (void)user;
    (void)ask_user_name(call);
    (void)mcp_ask_sample_text(call, "greeting", MCP_STR("Write a greeting."), 50);
    (void)mcp_ask_roots(call, "client_roots");
    mcp_err err = mcp_ask(call);

    return err ? err
               : mcp_text(call, "%.*s: %.*s", MCP_STR_ARG(user_name(call)),
                          MCP_STR_ARG(mcp_answer_text(call, "greeting")));
}

static mcp_err required_rounds(struct mcp_call *call, void *user)
{
    mcp_err err = mcp_ask_elicit(call, "step1", "Step 1: what is your name?", ONE_STRING("name"));

    (void)user;
    if (!err) {
        err = mcp_ask_elicit(call, "step2", "Step 2: what is your favourite colour?",
                             ONE_STRING("color"));
    }
    return err ? err : mcp_text(call, "Both steps are done.");
}

/* Asks for what the client can give. */
static mcp_err required_capabilities(struct mcp_call *call, void *user)
{
    (void)user;
    if (mcp_client_has(call, MCP_CAN_ELICIT_FORM)) {
        (void)ask_user_name(call);
    }
    if (mcp_client_has(call, MCP_CAN_SAMPLE)) {
        (void)mcp_ask_sample_text(call, "greeting", MCP_STR("Write a greeting."), 50);
    }
    mcp_err err = mcp_ask(call);

    return err ? err : mcp_text(call, "Asked for what this client can give.");
}

#define REQUIRED "test_input_required_result_"

const struct mcp_tool everything_ask[] = {
    {
        .name = "test_sampling",
        .description = "Asks the client's model.",
        .input_schema = ONE_STRING("prompt"),
        .fn = sampling,
    },
    {
        .name = "test_elicitation",
        .description = "Asks the client's user.",
        .input_schema = ONE_STRING("message"),
        .fn = elicitation,
    },
    {
        .name = "test_elicitation_sep1034_defaults",
        .description = "Asks with a form that has defaults.",
        .fn = elicit_defaults,
    },
    {
        .name = "test_elicitation_sep1330_enums",
        .description = "Asks with a form of every kind of choice.",
        .fn = elicit_enums,
    },
    {
        .name = "test_elicitation_url",
        .description = "Asks the client's user to open a page.",
        .fn = elicitation_url,
    },
    {
        .name = "test_missing_capability",
        .description = "Needs a client that can sample.",
        .fn = need_sampling,
    },
    {
        .name = REQUIRED "elicitation",
        .description = "Asks for a name.",
        .fn = required_elicitation,
    },
    {
        .name = REQUIRED "sampling",
        .description = "Asks for a capital.",
        .fn = required_sampling,
    },
    {
        .name = REQUIRED "list_roots",
        .description = "Asks for the roots.",
        .fn = required_list_roots,
    },
    {
        .name = REQUIRED "request_state",
        .description = "Carries a value from the first round to the second.",
        .fn = required_state,
    },
    {
        .name = REQUIRED "tampered_state",
        .description = "The same: a changed state must be refused.",
        .fn = required_state,
    },
    {
        .name = REQUIRED "multiple_inputs",
        .description = "Asks for three things at once.",
        .fn = required_several,
    },
    {
        .name = REQUIRED "multi_round",
        .description = "Asks twice, one after the other.",
        .fn = required_rounds,
    },
    {
        .name = REQUIRED "capabilities",
        .description = "Asks for what the client can give.",
        .fn = required_capabilities,
    },
    {0},
};
