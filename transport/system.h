/* transport/system.h - what only the operating system knows: the time, standard error, readiness.
 *
 * For a program that makes its own server: mcp_main() uses the same. libc only; any thread. */
#ifndef MCP_TRANSPORT_SYSTEM_H
#define MCP_TRANSPORT_SYSTEM_H

#include <mcp/clock.h>
#include <mcp/log.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Fill *ret with the system's clocks (CLOCK_REALTIME, CLOCK_MONOTONIC). */
MCP_API void mcp_system_clock(struct mcp_clock *ret);

/* Fill *ret with a log that writes lines like "2026-06-17T08:02:11.000Z info text" to standard
 * error, each in one write(2). Its level is MCP_LOG_INFO; set ret->max for another. */
MCP_API void mcp_stderr_log(struct mcp_log *ret);

/* Say that the server listens: write `address` (at most 254 bytes) and a newline to `fd`, then
 * close it, in any case. False when that failed. */
MCP_API bool mcp_ready_notify(int fd, const char *address);

#ifdef __cplusplus
}
#endif
#endif
