/* mcp/test/t.h - the test harness: libcheck, a process per test, and allocation torture.
 *
 * A test is a function whose name is a sentence that states the rule. A file ends in a table and
 * `T_MAIN("suite", cases)`. Run one with CK_RUN_CASE=name. */
#ifndef MCP_TEST_T_H
#define MCP_TEST_T_H

#include <check.h>
#include <mcp/alloc.h>
#include <mcp/str.h>

#include <stdio.h>
#include <stdlib.h>

/* libcheck writes each assertion that holds into a pipe, to say where a test was when it crashed.
 * That was most of what many tests did; a sanitizer or a debugger says it, too. */
#define _mark_point(file, line) ((void)0)

/* True under AddressSanitizer or ThreadSanitizer (gcc has macros, clang features). */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define T_IS_SANITIZED 1
#endif
#endif
#if !defined(T_IS_SANITIZED) && (defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__))
#define T_IS_SANITIZED 1
#endif
#ifndef T_IS_SANITIZED
#define T_IS_SANITIZED 0
#endif

struct t_case {
    const char *name;
    void (*run)(void);
};

#define T(fn)                                                                                      \
    {                                                                                              \
#fn, fn                                                                                    \
    }
#define T_CHECK(cond)   ck_assert_msg((cond), "%s", #cond)
#define T_EQ(got, want) ck_assert_int_eq((long long)(got), (long long)(want))

/* `got` (an mcp_str) equals the C string `want`. */
#define T_STR(got, want)                                                                           \
    do {                                                                                           \
        mcp_str t_got = (got);                                                                     \
        mcp_str t_want = mcp_str_c(want);                                                          \
        ck_assert_msg(mcp_str_eq(t_got, t_want), "%s:\n  got  %.*s\n  want %.*s", #got,            \
                      MCP_STR_ARG(t_got), MCP_STR_ARG(t_want));                                    \
    } while (0)

/* `text` (an mcp_str) contains the C string `part`. */
#define T_HAS(text, part)                                                                          \
    do {                                                                                           \
        mcp_str t_text = (text);                                                                   \
        ck_assert_msg(t_has(t_text, mcp_str_c(part)), "%s does not contain %s:\n  %.*s", #text,    \
                      (part), MCP_STR_ARG(t_text));                                                \
    } while (0)

static inline bool t_has(mcp_str text, mcp_str part)
{
    for (size_t i = 0; i + part.len <= text.len; i++) {
        if (part.len == 0 || memcmp(text.ptr + i, part.ptr, part.len) == 0) {
            return true;
        }
    }
    return part.len == 0;
}

/* Run `step` with the 1st, 2nd, 3rd ... allocation (and all after it) refused, until it gets
 * through without meeting a refusal. `step` returns true for a full result and false for a clean
 * failure; what it leaks the sanitizer reports. Returns the allocations of the full run: assert
 * it as a budget. */
static inline size_t t_torture(bool (*step)(void *arg), void *arg)
{
    for (size_t nth = 1; nth < 100000; nth++) {
        mcp_alloc_refuse(nth);
        bool full = step(arg);
        size_t asked = mcp_alloc_count();

        mcp_alloc_refuse(0);
        if (asked < nth) {
            ck_assert_msg(full, "failed although nothing was refused");
            return asked;
        }
    }
    ck_abort_msg("never got through");
    return 0;
}

/* The running table; each test's process finds its case by number. */
static const struct t_case *t_cases;

static void t_dispatch(int i)
{
    t_cases[i].run();
}

static inline int t_main(const char *suite, const struct t_case *cases, size_t n)
{
    static const TTest dispatch = {"t_dispatch", t_dispatch, "t.h", 1};
    Suite *s = suite_create(suite);
    const char *timeout = getenv("T_TIMEOUT");

    t_cases = cases;
    for (size_t i = 0; i < n; i++) {
        TCase *tc = tcase_create(cases[i].name);

        tcase_set_timeout(tc, timeout ? strtod(timeout, NULL) : 60.0);
        tcase_add_loop_test(tc, &dispatch, (int)i, (int)i + 1);
        suite_add_tcase(s, tc);
    }
    SRunner *runner = srunner_create(s);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? 1 : 0;
}

#ifdef T_TOGETHER
/* One of the files of a program of many: mcp/test/together.c runs the one it is told to. */
struct t_suite {
    const char *file, *name;
    const struct t_case *cases;
    size_t n;
    struct t_suite *next;
};
void t_join(struct t_suite *s);

#define T_MAIN(suite, cases)                                                                       \
    __attribute__((constructor)) static void t_join_this(void)                                     \
    {                                                                                              \
        static struct t_suite this = {__FILE__, suite, cases, sizeof(cases) / sizeof((cases)[0]),  \
                                      NULL};                                                       \
                                                                                                   \
        t_join(&this);                                                                             \
    }
#else
#define T_MAIN(suite, cases)                                                                       \
    int main(void)                                                                                 \
    {                                                                                              \
        return t_main(suite, cases, sizeof(cases) / sizeof((cases)[0]));                           \
    }
#endif

/* The cases leave something behind (a limit, a signal, a table of functions), so each needs a
 * process of its own also where CK_FORK=no saves them: before t_main(). */
static inline void t_apart(void)
{
    setenv("CK_FORK", "yes", 1);
}
#define T_MAIN_APART(suite, cases)                                                                 \
    int main(void)                                                                                 \
    {                                                                                              \
        t_apart();                                                                                 \
        return t_main(suite, cases, sizeof(cases) / sizeof((cases)[0]));                           \
    }

#endif
