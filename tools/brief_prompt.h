/* tools/brief_prompt.h - the prompt morning_brief: what runs low, and where to buy more. */
#ifndef CISTERN_TOOLS_BRIEF_PROMPT_H
#define CISTERN_TOOLS_BRIEF_PROMPT_H

#include <mcp/prompt.h>

/* Ends with {0}; their user is a struct tools. */
extern const struct mcp_prompt brief_prompts[];

#endif
