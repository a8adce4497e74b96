/* everything.h - the tables of the fixture server, by what they show, and what they share. */
#ifndef CONFORMANCE_EVERYTHING_H
#define CONFORMANCE_EVERYTHING_H

#include <cistern.h>

extern const struct mcp_tool everything_apps[];    /* results that a page shows */
extern const struct mcp_tool everything_ask[];     /* elicitation, sampling, roots */
extern const struct mcp_tool everything_content[]; /* what else results can be made of; waiting */
extern const struct mcp_tool everything_changes[]; /* tools that change what is listed */
extern const struct mcp_extension
    everything_skills;                           /* an extension that the engine does not know */
extern const struct mcp_tool everything_stuck[]; /* a handler that never returns */
extern const struct mcp_tool everything_tasks[]; /* tools that take long */
extern const struct mcp_resource everything_resources[];
extern const struct mcp_prompt everything_prompts[];

/* The one skill, and how its files are read. */
#define EVERYTHING_SKILL       "skill://unit-conversion"
#define EVERYTHING_SKILL_ABOUT "Convert lengths, with exact factors"
mcp_err everything_read_page(struct mcp_call *call, void *user); /* of everything_apps.c */
mcp_err everything_read_skill_file(struct mcp_call *call, void *user);

extern const mcp_str everything_png; /* a picture of one pixel */
extern const mcp_str everything_wav; /* eight samples of silence */

#endif
