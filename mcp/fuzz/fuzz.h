/* mcp/fuzz/fuzz.h - what every fuzz target defines.
 *
 * A target states a property and aborts (FUZZ_CHECK) when it does not hold. replay.c runs it over
 * the committed corpus as an ordinary test; with -Dfuzzing=true libFuzzer drives it. */
#ifndef MCP_FUZZ_FUZZ_H
#define MCP_FUZZ_FUZZ_H

#include <mcp/str.h>

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(cond)                                                                           \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #cond);              \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
