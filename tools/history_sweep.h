/* tools/history_sweep.h - thinning as time goes by: a pass an hour over all readings, a step a
 * tick. Loop thread. */
#ifndef CISTERN_TOOLS_HISTORY_SWEEP_H
#define CISTERN_TOOLS_HISTORY_SWEEP_H

#include <tools/history.h>

#define HISTORY_REST_MS (3600 * (int64_t)1000) /* from the end of a pass to the next one */

struct history_sweep;

/* NULL when out of memory. 0: the defaults. */
struct history_sweep *history_sweep_new(struct store *store, int64_t full_ms, int64_t all_ms);
/* Other times from the next step on. 0: the defaults. */
void history_sweep_retune(struct history_sweep *s, int64_t full_ms, int64_t all_ms);
/* Also while a write is on its way: it is still made, and releases the memory. NULL is a no-op. */
void history_sweep_free(struct history_sweep *s);
/* The next step, unless one is on its way or the pass has just ended. */
void history_sweep_tick(struct history_sweep *s, int64_t now_ms, int64_t monotonic_ms);

#endif
