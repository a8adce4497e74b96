/* tools/usage_record.h - the handlers of what counts, and words that the readers share. */
#ifndef CISTERN_TOOLS_USAGE_RECORD_H
#define CISTERN_TOOLS_USAGE_RECORD_H

#include <mcp/call.h>

/* `user` is a struct tools. */
mcp_err usage_record(struct mcp_call *call, void *user);
/* Likewise, of record_usage_feed and show_usage_feed. */
mcp_err usage_feed_record(struct mcp_call *call, void *user);
mcp_err usage_feed_show(struct mcp_call *call, void *user);

/* Why a subscription was not found, in words. A name that several have is not found, too. */
mcp_err usage_fail_find(struct mcp_call *call, mcp_err err);
#define USAGE_NO_SUCH "No subscription has this id or name."
#define USAGE_SEVERAL "Several subscriptions have this name; give the id."

#endif
