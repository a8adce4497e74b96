/* Sources that are asked while memory or the disk gives out: nothing is lost, nothing is invented,
 * and it is not the service's fault. And money, on a full disk.
 *
 * This program's own pwrite and writev take the place of libc's for LMDB as well (the executable
 * comes first in symbol order). */
#include <tools/test/asker.h>

#include <mcp/alloc.h>

#include <dlfcn.h>
#include <errno.h>
#include <sys/uio.h>

static bool is_disk_full;

#define VISIBLE __attribute__((visibility("default")))

/* We are compiled for 64-bit offsets, which makes our own calls pwrite64; LMDB's are pwrite. */
VISIBLE ssize_t plain_pwrite(int fd, const void *p, size_t n, off_t at) __asm__("pwrite");
VISIBLE ssize_t writev(int fd, const struct iovec *v, int n);

/* POSIX's way to turn dlsym()'s answer into a function. */
static void find(void *ret, const char *name)
{
    void *f = dlsym(RTLD_NEXT, name);

    memcpy(ret, &f, sizeof f);
}

ssize_t plain_pwrite(int fd, const void *p, size_t n, off_t at)
{
    ssize_t (*real)(int, const void *, size_t, off_t);

    find(&real, "pwrite");
    return is_disk_full ? (errno = ENOSPC, -1) : real(fd, p, n, at);
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
    ssize_t (*real)(int, const struct iovec *, int);

    find(&real, "writev");
    return is_disk_full ? (errno = ENOSPC, -1) : real(fd, v, n);
}

/* The store looks at the disk again every second of its own clock. Four seconds at most. */
static void make_room(struct setting *s)
{
    mcp_err err = MCP_E_STORAGE;

    is_disk_full = false;
    for (int i = 0; err == MCP_E_STORAGE && i < 200; i++) {
        usleep(i ? 20000 : 0);
        err = say(s, "create_token", "{'name':'n'}").err;
    }
    T_EQ(err, MCP_OK);
}

/* "stale", and that it was not the service: or it went well. */
static void blames_nobody(struct setting *s, size_t nth)
{
    struct said said = say(s, "show_connection", "{'connection':'A'}");
    mcp_str status = text_of(&said, said.json, "status");
    mcp_str reason = text_of(&said, at(said.json, "source"), "reason");

    ck_assert_msg(mcp_str_eq(status, MCP_STR("active")) ||
                      (mcp_str_eq(status, MCP_STR("stale")) && t_has(reason, MCP_STR("no "))),
                  "allocation %zu: %.*s, %.*s", nth, MCP_STR_ARG(status), MCP_STR_ARG(reason));
    T_CHECK(balance(s) == -1 || balance(s) == 12500000);
}

static void every_refused_allocation_delays_a_poll_and_no_more(void)
{
    size_t nth = 0, asked, n_late = 0;

    do {
        struct setting s;
        struct asker k;

        open_all(&s, &k);
        add(&s, "A");
        k.is_lean = true;
        mcp_alloc_refuse(++nth);
        tick(&k);
        asked = mcp_alloc_count();
        mcp_alloc_refuse(0);
        n_late += balance(&s) != 12500000;
        blames_nobody(&s, nth);
        wait_for_next(&k, 2 * MINUTE_MS);
        shows(&s, "A", "active", 0, "");
        T_EQ(balance(&s), 12500000);
        setting_close(&s);
    } while (asked >= nth);
    T_CHECK(n_late > 0);
}

static void what_cannot_be_claimed_is_not_asked(void)
{
    struct setting s;
    struct asker k;

    open_all(&s, &k);
    add(&s, "A");
    is_disk_full = true;
    tick(&k);
    T_EQ(k.n, 0);
    make_room(&s);
    tick(&k);
    T_EQ(k.n, 1);
    T_EQ(balance(&s), 12500000);
    setting_close(&s);
}

static void an_answer_that_cannot_be_stored_is_asked_for_again(void)
{
    struct setting s;
    struct asker k;

    open_all(&s, &k);
    add(&s, "A");
    k.keeps = true;
    tick(&k);
    T_EQ(k.n, 1);
    is_disk_full = true;
    tools_answered(k.tools, k.list[0].slot, &k.answer);
    while (store_complete(s.store)) {
    }
    make_room(&s);
    T_EQ(balance(&s), -1);
    k.keeps = false;
    k.list[0].is_open = false;
    int64_t ms = wait_for_next(&k, 2 * SOURCE_LEASE_MS);

    ck_assert_msg(ms >= SOURCE_LEASE_MS - 2000, "after %lld ms", (long long)ms);
    T_EQ(balance(&s), 12500000);
    shows(&s, "A", "active", 0, "");
    setting_close(&s);
}

static void money_that_cannot_be_written_down_has_not_moved(void)
{
    static const char *const GRANT = "{'external_user_id':'1','amount':5,'idempotencyKey':'once'}";
    struct setting s;

    setting_open(&s);
    SAY_OK(&s, "grant_credits", "{'external_user_id':'1','amount':100,'idempotencyKey':'first'}");
    struct said held = say(&s, "reserve_credits", "{'amount':60}");
    const char *settle = mcp_arena_printf(&s.arena, "{'reservation':'%.*s','amount':50}",
                                          MCP_STR_ARG(text_of(&held, held.json, "id")))
                             .ptr;

    is_disk_full = true;
    SAY_FAILS(&s, "grant_credits", GRANT, MCP_E_STORAGE, "did not confirm");
    SAY_FAILS(&s, "reserve_credits", "{'amount':1}", MCP_E_STORAGE, "");
    SAY_FAILS(&s, "settle_reservation", settle, MCP_E_STORAGE, "");
    T_HAS(say(&s, "get_balance", "{}").result, "\"balance\":100,\"reserved\":60,");
    make_room(&s);
    SAY_OK(&s, "grant_credits", GRANT); /* not remembered as carried out */
    SAY_OK(&s, "settle_reservation", settle);
    T_HAS(say(&s, "get_balance", "{}").result, "\"balance\":55,\"reserved\":0,");
    T_HAS(say(&s, "verify_ledger", "{}").result, "\"entries\":3,\"wrong\":0,");
    setting_close(&s);
}

static const struct t_case cases[] = {
    T(every_refused_allocation_delays_a_poll_and_no_more),
    T(what_cannot_be_claimed_is_not_asked),
    T(an_answer_that_cannot_be_stored_is_asked_for_again),
    T(money_that_cannot_be_written_down_has_not_moved),
};
T_MAIN("poll_fault", cases)
