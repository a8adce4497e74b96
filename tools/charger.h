/* tools/charger.h - charges what is due to those who have paid before: the loop's side of auto
 * top-offs.
 *
 * Looks once a second, one charge at a time. An order is charged by its id, which is the
 * Idempotency-Key: whatever dies in between, asked again it is the same charge. What the service
 * does not answer is asked again, ever more rarely, for 23 hours; what it refuses ends the order,
 * and nothing is tried again before the balance falls below the threshold again. Loop thread. */
#ifndef CISTERN_TOOLS_CHARGER_H
#define CISTERN_TOOLS_CHARGER_H

#include <tools/payment.h>
#include <tools/seal.h>

#include <mcp/log.h>

struct charger;

/* `payment` must outlive it; the seal is copied. NULL when out of memory. */
struct charger *charger_new(struct store *store, const struct mcp_log *log, const struct seal *seal,
                            const struct payment *payment);
/* Also while a write is on its way: it is still made, and releases the memory. No request may be.
 * NULL is a no-op. */
void charger_free(struct charger *c);
void charger_tick(struct charger *c, int64_t now_ms);

#endif
