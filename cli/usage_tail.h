/* cli/usage_tail.h - read a log that others write and rotate: every byte once, also across an end
 * of this process, as long as what was rotated lies beside the log and is not compressed.
 *
 * A place is how far which file was read: an offset, the file's device and inode, and a print of
 * the bytes before the offset. The print decides: a copy of the log (copytruncate) has it too, a
 * log that was cut and written again has not. */
#ifndef CLI_USAGE_TAIL_H
#define CLI_USAGE_TAIL_H

#include <mcp/str.h>

#include <sys/types.h>

enum {
    USAGE_TAIL_BLOCK = 1 << 20, /* the longest line, too */
    USAGE_PLACE_MAX = 160,
    USAGE_PRINT_BYTES = 1024, /* before the offset */
    USAGE_PRINT = 16
};

struct usage_place {
    int64_t offset;
    uint64_t device, inode;
    unsigned char print[USAGE_PRINT];
};

struct usage_tail {
    const char *path;
    int fd; /* -1: nothing is open */
    struct usage_place at;
    bool is_lost;    /* where it was is nowhere: what was written there since is not read */
    int64_t idle_ms; /* for how long there was nothing, while the log is another file */
    char *block;     /* USAGE_TAIL_BLOCK bytes */
};

/* "" when `p` is that of nothing read. */
void usage_place_format(const struct usage_place *p, char out[USAGE_PLACE_MAX]);
bool usage_place_parse(const char *text, struct usage_place *ret);

enum usage_tail_got {
    USAGE_TAIL_LINES,
    USAGE_TAIL_NOTHING, /* now */
    USAGE_TAIL_MOVED,   /* t->at is the begin of the next file; remember it */
    USAGE_TAIL_FAILED   /* errno */
};

/* Whole lines from t->at on, into *ret (valid until the next call); or a last one without its end
 * in a file that is over. t->at stays: usage_tail_take() moves it. `waited_ms`: since the last
 * call; `is_last`: nobody will write more. */
enum usage_tail_got usage_tail_read(struct usage_tail *t, int64_t waited_ms, bool is_last,
                                    mcp_str *ret);
/* The first `n` bytes of what was read are done: where it is then. False: errno. */
bool usage_tail_take(struct usage_tail *t, size_t n, struct usage_place *ret);
void usage_tail_close(struct usage_tail *t);

#endif
