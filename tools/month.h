/* tools/month.h - a month of the calendar, UTC, as one number: months since January of the year 0.
 * Pure. */
#ifndef CISTERN_TOOLS_MONTH_H
#define CISTERN_TOOLS_MONTH_H

#include <mcp/str.h>

enum { MONTH_TEXT = 7 }; /* "2026-03", no NUL */

/* "YYYY-MM", years 0000 to 9999; false for anything else. */
bool month_parse(mcp_str s, int32_t *ret);
/* `month` is one that can be parsed. */
mcp_str month_format(int32_t month, char out[MONTH_TEXT]);
/* "March" */
mcp_str month_name(int32_t month);
/* The month of a time. */
int32_t month_of(int64_t wall_ms);

#endif
