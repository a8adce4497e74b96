/* store/verify.c - reads every page and every row and says what is wrong.
 *
 * Rows are read in slices, each in a snapshot of its own: one long snapshot would stop the reuse
 * of pages while the store is in use. Rows that change meanwhile are read before or after. */
#include "engine.h"
#include "frame.h"

#include <stdio.h>

#define SLICE_ROWS 4096

struct verify {
    const char *(*check)(mcp_str key, mcp_str value, uint8_t version);
    store_progress_fn *progress;
    void *user;
    uint64_t total;
    struct store_report *report;
};

static void note_bad(struct store_report *r, mcp_str key, const char *why)
{
    size_t n = 0;

    if (r->bad_rows++) {
        return;
    }
    for (size_t i = 0; i < key.len && i < 64; i++) {
        n += (size_t)snprintf(r->first_bad + n, sizeof r->first_bad - n, "%02x",
                              (unsigned)(uint8_t)key.ptr[i]);
    }
    snprintf(r->first_bad + n, sizeof r->first_bad - n, "%s%s", n ? ": " : "", why);
}

static bool check_row(void *arg, mcp_str key, mcp_str frame)
{
    struct verify *v = arg;
    mcp_str value;
    uint8_t version;
    bool is_own = key.ptr[0] == STORE__RESERVED;

    v->report->rows += !is_own;
    v->report->bytes += key.len + frame.len;
    if (!store__frame_read(key, frame, &value, &version)) {
        note_bad(v->report, key, "the checksum is wrong");
        return true;
    }
    const char *why = !is_own && v->check ? v->check(key, value, version) : NULL;

    if (why) {
        note_bad(v->report, key, why);
    }
    return true;
}

static mcp_err check_rows(struct store *s, struct verify *v)
{
    uint8_t key[512];
    size_t key_bytes = 0, rows;

    do {
        mcp_err err = store__engine_frames(s, key, &key_bytes, SLICE_ROWS, check_row, v, &rows);

        if (err) {
            return err;
        }
        if (v->progress && !v->progress(v->user, v->report->rows, v->total)) {
            return MCP_E_REFUSED;
        }
    } while (rows == SLICE_ROWS);
    return MCP_OK;
}

mcp_err store_verify(struct store *s,
                     const char *(*check)(mcp_str key, mcp_str value, uint8_t version),
                     store_progress_fn *progress, void *user, struct store_report *ret)
{
    struct verify v = {.check = check, .progress = progress, .user = user, .report = ret};
    char why[200];

    memset(ret, 0, sizeof *ret);
    /* Pages first: in a broken tree the rows must not be walked. */
    if (!store__engine_check(s, why, sizeof why)) {
        note_bad(ret, mcp_str_n(NULL, 0), why);
        return MCP_E_STORAGE;
    }
    v.total = store__engine_rows(s);
    v.total -= v.total != 0; /* the store's own */
    mcp_err err = check_rows(s, &v);

    return err ? err : ret->bad_rows ? MCP_E_STORAGE : MCP_OK;
}
