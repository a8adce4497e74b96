/* tools/outbox_pump.h - from the outbox to whoever can send, and back: the loop's side.
 *
 * Looks once a second, and when something was queued here, for what is due; claims it in a write;
 * hands it to the sender; writes down what came of it. At most OUTBOX_SLOTS at once. Loop thread
 * only. */
#ifndef CISTERN_TOOLS_OUTBOX_PUMP_H
#define CISTERN_TOOLS_OUTBOX_PUMP_H

#include <tools/outbox.h>
#include <tools/seal.h>
#include <tools/tools.h>

#include <mcp/clock.h>
#include <mcp/log.h>
#include <store/store.h>

struct outbox_pump;

struct outbox_pump_options {
    struct store *store;
    struct mcp_clock clock;
    struct mcp_log log;
    const struct seal *seal; /* must outlive it */
    struct tools_sender sender;
};

/* NULL when out of memory. */
struct outbox_pump *outbox_pump_new(const struct outbox_pump_options *opt);
/* Also while writes are on their way: they are still made, and release the memory when they are
 * answered. The sender must have given everything back. NULL is a no-op. */
void outbox_pump_free(struct outbox_pump *p);

/* Look for what is due now, if a slot is free. */
void outbox_pump_run(struct outbox_pump *p);
void outbox_pump_sent(struct outbox_pump *p, size_t slot, const struct outbox_answer *a);
/* Nothing is claimed any more. */
void outbox_pump_stop(struct outbox_pump *p);

#endif
