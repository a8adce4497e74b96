/* mcp/schema_uri.c - references against a base: RFC 3986 section 5.2, over text. */
#include <mcp/schema_rule.h>

/* The parts of a reference; ptr NULL: not there. The path always is. */
struct uri {
    mcp_str scheme, authority, path, query;
};

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static struct uri parse(mcp_str s)
{
    struct uri u = {.query = s};
    size_t i = 0;

    s = mcp_str_cut(&u.query, '?');
    while (i < s.len && s.ptr[i] != ':' && s.ptr[i] != '/') {
        i++;
    }
    if (i > 0 && i < s.len && s.ptr[i] == ':' && is_alpha(s.ptr[0])) {
        u.scheme = mcp_str_n(s.ptr, i);
        s = mcp_str_n(s.ptr + i + 1, s.len - i - 1);
    }
    if (mcp_str_starts(s, MCP_STR("//"))) {
        for (i = 2; i < s.len && s.ptr[i] != '/'; i++) {
        }
        u.authority = mcp_str_n(s.ptr + 2, i - 2);
        s = mcp_str_n(s.ptr + i, s.len - i);
    }
    u.path = s;
    return u;
}

/* Drop the last segment of out[0..n] and the slash before it. */
static size_t without_last(const char *out, size_t n)
{
    while (n > 0 && out[n - 1] != '/') {
        n--;
    }
    return n ? n - 1 : 0;
}

/* RFC 3986 5.2.4; `out` has room for in.len bytes. Returns the bytes written. */
static size_t remove_dots(mcp_str in, char *out)
{
    static const char SLASH[] = "/";
    size_t n = 0;

    while (in.len) {
        size_t skip = 0, i = 1;

        if (mcp_str_starts(in, MCP_STR("../"))) {
            skip = 3;
        } else if (mcp_str_starts(in, MCP_STR("./")) || mcp_str_starts(in, MCP_STR("/./"))) {
            skip = 2;
        } else if (mcp_str_starts(in, MCP_STR("/../"))) {
            skip = 3;
            n = without_last(out, n);
        } else if (mcp_str_eq(in, MCP_STR("/."))) {
            in = mcp_str_n(SLASH, 1);
            continue;
        } else if (mcp_str_eq(in, MCP_STR("/.."))) {
            in = mcp_str_n(SLASH, 1);
            n = without_last(out, n);
            continue;
        } else if (mcp_str_eq(in, MCP_STR(".")) || mcp_str_eq(in, MCP_STR(".."))) {
            return n;
        } else {
            while (i < in.len && in.ptr[i] != '/') {
                i++;
            }
            memcpy(out + n, in.ptr, i);
            n += i;
            skip = i;
        }
        in = mcp_str_n(in.ptr + skip, in.len - skip);
    }
    return n;
}

/* RFC 3986 5.2.3: the relative path beside the base's last segment. */
static mcp_str merged(struct mcp_arena *arena, const struct uri *base, mcp_str path)
{
    size_t n = base->path.len;
    char *out = mcp_arena_raw(arena, n + path.len + 2, 1);

    if (!out) {
        return mcp_str_n(NULL, 0);
    }
    while (n > 0 && base->path.ptr[n - 1] != '/') {
        n--;
    }
    if (base->path.len) {
        memcpy(out, base->path.ptr, n);
    }
    if (base->authority.ptr && base->path.len == 0) {
        out[n++] = '/';
    }
    memcpy(out + n, path.ptr, path.len);
    return mcp_str_n(out, n + path.len);
}

static struct uri resolved(struct mcp_arena *arena, const struct uri *base, struct uri ref)
{
    bool is_relative = ref.path.len && ref.path.ptr[0] != '/';

    if (ref.scheme.ptr) {
        return ref;
    }
    ref.scheme = base->scheme;
    if (ref.authority.ptr) {
        return ref;
    }
    ref.authority = base->authority;
    if (ref.path.len == 0) {
        ref.path = base->path;
        ref.query = ref.query.ptr ? ref.query : base->query;
    } else if (is_relative) {
        ref.path = merged(arena, base, ref.path);
    }
    return ref;
}

static size_t put(char *out, size_t n, mcp_str s)
{
    if (s.len) {
        memcpy(out + n, s.ptr, s.len);
    }
    return n + s.len;
}

mcp_str mcp__uri_resolve(struct mcp_arena *arena, mcp_str base, mcp_str ref)
{
    struct uri b = parse(base), u = resolved(arena, &b, parse(ref));
    char *out = mcp_arena_raw(arena, base.len + ref.len + sizeof(":///?"), 1);
    size_t n = 0;

    if (!out) {
        return mcp_str_n(NULL, 0);
    }
    if (u.scheme.ptr) {
        n = put(out, n, u.scheme);
        n = put(out, n, MCP_STR(":"));
    }
    if (u.authority.ptr) {
        n = put(out, n, MCP_STR("//"));
        n = put(out, n, u.authority);
    }
    n += remove_dots(u.path, out + n);
    if (u.query.ptr) {
        n = put(out, n, MCP_STR("?"));
        n = put(out, n, u.query);
    }
    return mcp_str_n(out, n);
}
