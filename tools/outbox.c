/* tools/outbox.c - see outbox.h. */
#include <tools/outbox.h>

#define SECOND_MS ((int64_t)1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

/* Before attempt 2, 3 ... 10. */
static const int64_t DELAYS_MS[OUTBOX_TRIES_MAX - 1] = {
    5 * SECOND_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS,  5 * HOUR_MS,
    10 * HOUR_MS,  14 * HOUR_MS,  20 * HOUR_MS,   24 * HOUR_MS,
};

/* 0..999, evenly, from a delivery's id and the number of the attempt (FNV-1a). */
static uint32_t chance(const uint8_t id[16], unsigned tries)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < 16; i++) {
        h = (h ^ id[i]) * 16777619u;
    }
    h = (h ^ tries) * 16777619u;
    return (h ^ h >> 15) % 1000;
}

int64_t outbox_delay_ms(unsigned tries, const uint8_t id[16])
{
    unsigned at = tries < 1 ? 0 : tries < OUTBOX_TRIES_MAX ? tries - 1 : OUTBOX_TRIES_MAX - 2;
    int64_t delay_ms = DELAYS_MS[at];

    return delay_ms + delay_ms * (int64_t)chance(id, tries) / 10000;
}

static bool may_pass(const struct outbox_answer *a)
{
    if (!a->is_answered) {
        return !a->is_refused;
    }
    if (a->is_mail) {
        return a->status < 500; /* RFC 5321 4.2.1 */
    }
    return a->status == 408 || a->status == 425 || a->status == 429 || a->status >= 500 ||
           a->status < 200;
}

struct outbox_plan outbox_decide(const struct outbox_answer *a, unsigned tries,
                                 const uint8_t id[16], int64_t now_ms)
{
    if (a->is_answered && a->status >= 200 && a->status < 300) {
        return (struct outbox_plan){OUTBOX_DELIVERED, 0};
    }
    if (a->is_answered && !a->is_mail && a->status == 410) {
        return (struct outbox_plan){OUTBOX_GONE, 0};
    }
    if (!may_pass(a) || tries >= OUTBOX_TRIES_MAX) {
        return (struct outbox_plan){OUTBOX_PAUSE, 0};
    }
    int64_t asked_ms = a->retry_after_ms < DAY_MS ? a->retry_after_ms : DAY_MS;
    int64_t delay_ms = outbox_delay_ms(tries, id);

    return (struct outbox_plan){OUTBOX_RETRY, now_ms + (asked_ms > delay_ms ? asked_ms : delay_ms)};
}
