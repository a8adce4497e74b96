/* transport/test/call_test.c - mcp_main()'s --call: a tool from the shell. */
#include "child.h"

static struct {
    int code;
    char out[4096];
    struct mcp_buf err;
} ran;

/* prog --call and up to three words. */
static void call(const char *a, const char *b, const char *c)
{
    const char *const argv[] = {CALL_SERVER, "--log-level=error", "--call", a, b, c, NULL};
    struct child child;

    child_start(&child, argv, false);
    for (size_t n = 0; child_read(&child) && n < sizeof(ran.out); n++) {
    }
    snprintf(ran.out, sizeof(ran.out), "%.*s", MCP_STR_ARG(mcp_buf_str(&child.unread)));
    mcp_buf_free(&ran.err);
    mcp_buf_init(&ran.err, 4096);
    ran.code = child_wait(&child, &ran.err);
}

static void gives(int code, const char *out, const char *err)
{
    T_STR(mcp_str_c(ran.out), out);
    T_STR(mcp_buf_str(&ran.err), err);
    T_EQ(ran.code, code);
}

static void a_tool_runs_and_its_answer_is_printed(void)
{
    call("say", NULL, NULL);
    gives(0, "-1 soft\x1b[1m\n", ""); /* no terminal: as it is */
    call("say", "n=3", "loud=true");
    gives(0, "3 loud\x1b[1m\n", "");
    call("structured", NULL, NULL);
    gives(0, "7\n", "");
    call("hidden", NULL, NULL);
    gives(0, "7\n", "");
}

static void an_answer_may_come_later(void)
{
    call("late", NULL, NULL);
    gives(0, "7\n", "");
    call("blocking", NULL, NULL);
    gives(0, "slept\n", "");
}

static void a_failure_has_its_words_and_its_code(void)
{
    call("refuse", NULL, NULL);
    gives(1, "", "prog: Not today.\n");
    call("broken", NULL, NULL);
    T_EQ(ran.code, 70);
    T_HAS(mcp_buf_str(&ran.err), "prog: It fell apart.\n");
    call("ask", NULL, NULL);
    T_EQ(ran.code, 1);
    T_HAS(mcp_buf_str(&ran.err), "prog: the tool asks its client something, and --call is none\n");
    call("say", "n=three", NULL);
    T_EQ(ran.code, 64);
    T_HAS(mcp_buf_str(&ran.err), "/n");
    call("say", "m=3", NULL);
    gives(64, "", "prog: say has no argument \"m\"; it has \"n\", \"loud\"\n");
    call("say", "3", NULL);
    gives(64, "", "prog: \"3\" is not NAME=VALUE; try --help\n");
    call("sya", NULL, NULL);
    gives(64, "", "prog: no tool is called \"sya\"; --call alone lists them\n");
}

static void alone_it_lists_what_models_see(void)
{
    call(NULL, NULL, NULL);
    T_EQ(ran.code, 0);
    T_HAS(mcp_str_c(ran.out), "refuse                   Says no.\n");
    T_CHECK(!strstr(ran.out, "hidden"));
}

static const struct t_case CASES[] = {
    T(a_tool_runs_and_its_answer_is_printed),
    T(an_answer_may_come_later),
    T(a_failure_has_its_words_and_its_code),
    T(alone_it_lists_what_models_see),
};
T_MAIN("transport/call", CASES)
