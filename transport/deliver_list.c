/* transport/deliver_list.c - lists of requests, and whose turn it is. Pure. */
#include <transport/deliver_own.h>

void mcp__delivery_list_init(struct mcp__delivery_list *l)
{
    *l = (struct mcp__delivery_list){.end = &l->first};
}

void mcp__delivery_list_add(struct mcp__delivery_list *l, struct mcp_delivery_work *d)
{
    d->next = NULL;
    *l->end = d;
    l->end = &d->next;
    l->n++;
}

void mcp__delivery_list_remove(struct mcp__delivery_list *l, struct mcp_delivery_work *d)
{
    struct mcp_delivery_work **at = &l->first;

    while (*at != d) {
        at = &(*at)->next;
    }
    *at = d->next;
    if (!*at) {
        l->end = at;
    }
    l->n--;
}

void mcp__delivery_list_move(struct mcp__delivery_list *to, struct mcp__delivery_list *from)
{
    if (from->first) {
        *to->end = from->first;
        to->end = from->end;
        to->n += from->n;
        mcp__delivery_list_init(from);
    }
}

static size_t count_host(const struct mcp__delivery_list *l, const struct mcp__deliver_url *to)
{
    size_t n = 0;

    for (const struct mcp_delivery_work *d = l->first; d; d = d->next) {
        n += d->to.port == to->port && strcmp(d->to.host, to->host) == 0;
    }
    return n;
}

struct mcp_delivery_work *mcp__delivery_list_pick(const struct mcp__delivery_list *waiting,
                                                  const struct mcp__delivery_list *running,
                                                  size_t per_host_max)
{
    struct mcp_delivery_work *best = NULL;
    size_t fewest = per_host_max;

    for (struct mcp_delivery_work *d = waiting->first; d && fewest; d = d->next) {
        size_t n = count_host(running, &d->to);

        if (n < fewest) {
            best = d;
            fewest = n;
        }
    }
    return best;
}
