/* cistern.h - everything a tool author needs, in one include.
 *
 * Begin with mcp/tool.h (a row), mcp/call.h (arguments, results, failure), mcp/content.h (text and
 * more) and transport/main.h (the program); examples/hello.c is all of that. To test your tools
 * include <transport/memory.h> besides, to serve them over REST <rest/rest.h>. */
#ifndef CISTERN_H
#define CISTERN_H

#include <mcp/arena.h>
#include <mcp/ask.h>
#include <mcp/call.h>
#include <mcp/card.h>
#include <mcp/complete.h>
#include <mcp/content.h>
#include <mcp/error.h>
#include <mcp/extension.h>
#include <mcp/json.h>
#include <mcp/prompt.h>
#include <mcp/resource.h>
#include <mcp/server.h>
#include <mcp/str.h>
#include <mcp/task.h>
#include <mcp/tool.h>
#include <transport/http.h>
#include <transport/main.h>
#include <transport/stdio.h>
#include <transport/workers.h>

#endif
