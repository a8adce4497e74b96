/* mcp/fuzz/check_shim.c - what tests call an assertion ends the process here: so a fuzz target
 * holds every message to what the tests hold it to (mcp/test/wire.h), without libcheck. */
#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void _ck_assert_failed(const char *file, int line, const char *expr, const char *msg, ...)
{
    va_list args;

    fprintf(stderr, "%s:%d: does not hold: %s: ", file, line, expr);
    va_start(args, msg);
    if (msg) {
        vfprintf(stderr, msg, args);
    }
    va_end(args);
    fputc('\n', stderr);
    abort();
}

void _mark_point(const char *file, int line)
{
    (void)file, (void)line;
}
