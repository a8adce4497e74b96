/* mcp/json.h - strict JSON: read into a flat array of nodes, write with a cap.
 *
 * Reading: RFC 8259 and nothing more (jsmn's tokens behind our own check), valid UTF-8, no byte
 * order mark, no lone surrogates, bounded size, depth and node count. A document lives in the
 * arena it was read into and points into the text it was read from: both must outlive it.
 * A value is two pointers, copied freely; the zero value means "absent", every getter accepts it,
 * so look-ups chain without checks. Integers are exact int64 or refused; the engine never reads a
 * number through a double. One thread at a time per document. */
#ifndef MCP_JSON_H
#define MCP_JSON_H

#include <mcp/arena.h>
#include <mcp/buf.h>
#include <mcp/error.h>
#include <mcp/str.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a value is. */
enum mcp_json_type {
    MCP_JSON_ABSENT,
    MCP_JSON_NULL,
    MCP_JSON_BOOL,
    MCP_JSON_NUMBER,
    MCP_JSON_STRING,
    MCP_JSON_ARRAY,
    MCP_JSON_OBJECT
};

struct mcp_json_node;
struct mcp_json_doc;

/* A value in a document, or none. */
typedef struct mcp_json {
    const struct mcp_json_doc *doc;
    const struct mcp_json_node *node; /* NULL: absent */
} mcp_json;

/* Bounds of one text; all of them count. Start from MCP_JSON_LIMITS_INIT. */
struct mcp_json_limits {
    size_t bytes_max;
    size_t depth_max;       /* containers inside each other; at most 64 */
    size_t nodes_max;       /* values and keys together */
    bool refuse_duplicates; /* a key that occurs twice in one object is an error; so is a key with
                               a NUL (\u0000). RFC 8259 allows both, a request must not have them */
};
#define MCP_JSON_LIMITS_INIT                                                                       \
    {                                                                                              \
        (size_t)1 << 20, 32, (size_t)1 << 16, true                                                 \
    }

/* Where and why a text is not JSON. */
struct mcp_json_fault {
    size_t offset;   /* byte of the text where reading stopped, <= its length */
    const char *why; /* static text, "lone surrogate" */
};

/* Read one JSON text. MCP_E_INVALID_JSON (*reterr filled; NULL allowed), MCP_E_OVERLOADED (the
 * arena is out of budget). */
MCP_API MCP_MUST_USE mcp_err mcp_json_read(struct mcp_arena *arena, mcp_str text,
                                           const struct mcp_json_limits *limits, mcp_json *ret,
                                           struct mcp_json_fault *reterr);

/* MCP_JSON_ABSENT for the zero value. */
MCP_API enum mcp_json_type mcp_json_type(mcp_json v);
/* "null", "boolean", "number", "string", "array", "object", "absent" */
MCP_API const char *mcp_json_type_name(enum mcp_json_type type);

/* False for the zero value, true for anything that stands in the text, null too. */
static inline bool mcp_json_present(mcp_json v)
{
    return v.node != NULL;
}

/* The member named `key` of an object, by its unescaped name; absent for anything else. */
MCP_API mcp_json mcp_json_get(mcp_json object, mcp_str key);
/* The element at `i` of an array; absent when there is none. Walk with first/next in loops. */
MCP_API mcp_json mcp_json_at(mcp_json array, size_t i);
/* Elements of an array, members of an object; 0 for anything else. */
MCP_API size_t mcp_json_count(mcp_json v);

/* Walk the values of an array or object: `for (e = mcp_json_first(v); mcp_json_present(e);
 * e = mcp_json_next(v, e))`. In an object mcp_json_key(e) is the member's key (a STRING value). */
MCP_API mcp_json mcp_json_first(mcp_json container);
MCP_API mcp_json mcp_json_next(mcp_json container, mcp_json element);
MCP_API mcp_json mcp_json_key(mcp_json member);

/* Exact source text of the value, quotes included; empty when absent. */
MCP_API mcp_str mcp_json_raw(mcp_json v);

/* Unescaped text of a string; `fallback` for anything else. Points into the source when nothing
 * is escaped, else into `arena`. May contain NUL bytes. */
MCP_API mcp_str mcp_json_str(mcp_json v, struct mcp_arena *arena, mcp_str fallback);
/* Compares the unescaped text without copying; false for anything but a string. */
MCP_API bool mcp_json_str_eq(mcp_json v, mcp_str s);

/* `fallback` for anything but true and false. */
MCP_API bool mcp_json_bool(mcp_json v, bool fallback);

/* True when v is a number whose value is an integer in int64 ("1", "1.0", "1e2" all count);
 * *ret is written only then. */
MCP_API bool mcp_json_int(mcp_json v, int64_t *ret);
MCP_API int64_t mcp_json_int_or(mcp_json v, int64_t fallback);

/* True when v is a number with at most six decimals whose millionfold is in int64: 4.05 gives
 * 4050000. False otherwise (also when digits would be lost). */
MCP_API bool mcp_json_micro(mcp_json v, int64_t *ret);
/* The same over text: "-4.05". */
MCP_API bool mcp_micro_parse(mcp_str s, int64_t *ret);

/* True when v is a number; the nearest double, for schema bounds and display only. */
MCP_API bool mcp_json_double(mcp_json v, double *ret);

/* Deep equality as JSON Schema defines it: numbers by value, objects without order. */
MCP_API bool mcp_json_equal(mcp_json a, mcp_json b);

/* ---- Writing ---------------------------------------------------------------------------------
 * The writer puts commas and colons; invalid UTF-8 becomes U+FFFD, so the output is always valid
 * JSON. Failure is the buffer's sticky failure. Misuse (a value without a key inside an object,
 * an unbalanced end) is a bug of the caller: an assertion. */

struct mcp_json_writer {
    struct mcp_buf *out;
    uint64_t has_item;  /* one bit per level: a comma is due */
    uint64_t is_object; /* one bit per level */
    unsigned depth;     /* at most 63 */
    bool after_key;
};

/* Write to the end of `out`, which must outlive the writer. */
MCP_API void mcp_json_writer_init(struct mcp_json_writer *w, struct mcp_buf *out);
/* Open an object. */
MCP_API void mcp_json_object(struct mcp_json_writer *w);
/* Every object that was opened is closed by one of these. */
MCP_API void mcp_json_object_end(struct mcp_json_writer *w);
/* Open an array. */
MCP_API void mcp_json_array(struct mcp_json_writer *w);
/* Every array that was opened is closed by one of these. */
MCP_API void mcp_json_array_end(struct mcp_json_writer *w);
/* Inside an object, before each value. */
MCP_API void mcp_json_put_key(struct mcp_json_writer *w, mcp_str key);
/* `s` as a quoted, escaped string. */
MCP_API void mcp_json_put_str(struct mcp_json_writer *w, mcp_str s);
/* In decimal, exact. */
MCP_API void mcp_json_put_int(struct mcp_json_writer *w, int64_t v);
/* v / 10^6 without trailing zeros: 4050000 prints 4.05, 620000000 prints 620. */
MCP_API void mcp_json_put_micro(struct mcp_json_writer *w, int64_t v);
MCP_API void mcp_json_put_double(struct mcp_json_writer *w,
                                 double v); /* shortest that reads back; not finite: null */
MCP_API void mcp_json_put_bool(struct mcp_json_writer *w, bool v);
MCP_API void mcp_json_put_null(struct mcp_json_writer *w);
/* `json` must be one valid JSON value; copied as it is. */
MCP_API void mcp_json_put_raw(struct mcp_json_writer *w, mcp_str json);

/* key and value in one step */
MCP_API void mcp_json_member_str(struct mcp_json_writer *w, mcp_str key, mcp_str s);
MCP_API void mcp_json_member_int(struct mcp_json_writer *w, mcp_str key, int64_t v);
MCP_API void mcp_json_member_micro(struct mcp_json_writer *w, mcp_str key, int64_t v);
MCP_API void mcp_json_member_bool(struct mcp_json_writer *w, mcp_str key, bool v);
MCP_API void mcp_json_member_null(struct mcp_json_writer *w, mcp_str key);
MCP_API void mcp_json_member_raw(struct mcp_json_writer *w, mcp_str key, mcp_str json);

/* Append `s` as the inside of a JSON string (no quotes) with the escapes JSON asks for. */
MCP_API void mcp_json_escape(struct mcp_buf *out, mcp_str s);

#ifdef __cplusplus
}
#endif
#endif
