/* store/lmdb_file.h - the layout of LMDB's data file, as far as we check it. Private.
 *
 * Source: liblmdb 0.9.24, mdb.c, MDB_page, MDB_meta, MDB_db and MDB_node with 64-bit pages and
 * data version 1. The file is in the machine's own byte order. */
#ifndef STORE_LMDB_FILE_H
#define STORE_LMDB_FILE_H

#include <mcp/str.h>

#define FILE_MAGIC        0xBEEFC0DEu
#define FILE_VERSION      1u
#define FILE_PAGE_HEAD    16u /* page number u64, pad u16, flags u16, then lower u16, upper u16 */
#define FILE_META_BYTES   136u
#define FILE_NODE_HEAD    8u /* low u16, high u16, flags u16, key bytes u16 */
#define FILE_NONE         UINT64_MAX
#define FILE_DEPTH_MAX    32u
#define FILE_PAGE_MIN     512u
#define FILE_PAGE_MAX     32768u
#define FILE_INTEGER_KEYS 0x08u

enum file_page_flag { FILE_BRANCH = 1, FILE_LEAF = 2, FILE_OVERFLOW = 4, FILE_META = 8 };

struct file_tree {
    unsigned flags, depth;
    uint64_t branches, leaves, overflows, rows, root;
};

struct file_meta {
    unsigned page_bytes;
    struct file_tree unused, rows; /* the free list; the rows */
    uint64_t last_page, txn;
};

static inline uint16_t file_u16(const uint8_t *p)
{
    uint16_t v;

    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint32_t file_u32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint64_t file_u64(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof v);
    return v;
}

enum file_verdict { FILE_FINE, FILE_EMPTY, FILE_ALIEN, FILE_NEWER, FILE_DAMAGED };

/* Read meta page `which` (0, 1) of pages of `page_bytes` (0: as page 0 says). */
enum file_verdict store__file_meta(int fd, unsigned which, unsigned page_bytes,
                                   struct file_meta *ret);
/* Do its two trees make sense? Only to be asked of the newer meta page. */
bool store__file_has_trees(const struct file_meta *m);

#endif
