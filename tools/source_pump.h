/* tools/source_pump.h - from what is due to whoever can ask, and back: the loop's side.
 *
 * Looks once a second for sources that are due, claims at most as many as there are free slots,
 * hands them to the asker, understands the answer, writes it down. So however many are due at
 * once, after a long night say, at most SOURCE_SLOTS are asked in a second. Loop thread only. */
#ifndef CISTERN_TOOLS_SOURCE_PUMP_H
#define CISTERN_TOOLS_SOURCE_PUMP_H

#include <tools/pool.h>
#include <tools/seal.h>
#include <tools/tools.h>

struct source_pump;

struct source_pump_options {
    struct store *store;
    struct mcp_clock clock;
    struct mcp_log log;
    const struct seal *seal; /* must outlive it */
    struct pool_thresholds fallback;
    struct tools_asker asker;
    void (*stored)(void *user); /* a reading may have raised an alert */
    void *stored_user;
};

/* NULL when out of memory. */
struct source_pump *source_pump_new(const struct source_pump_options *opt);
/* Also while writes are on their way: they are still made, and release the memory when they are
 * answered. The asker must have given everything back. NULL is a no-op. */
void source_pump_free(struct source_pump *p);

void source_pump_tick(struct source_pump *p);
void source_pump_answered(struct source_pump *p, size_t slot, const struct source_answer *a);
/* Nothing is claimed any more. */
void source_pump_stop(struct source_pump *p);

#endif
