/* mcp/schema_pattern.c - the patterns of a schema, by PCRE2 with limits.
 *
 * All memory comes from arenas: code from the schema's, match data from the check's scratch, so
 * nothing here is released one by one. */
#include <mcp/schema_rule.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum {
    TRIES = 4,         /* each with LIMIT_GROWTH times the steps of the one before */
    LIMIT_FIRST = 64,  /* steps of the matcher at one place of the string */
    LIMIT_GROWTH = 10, /* the last try has 64,000 */
    DEPTH_LIMIT = 5000,
    HEAP_KIB = 256,
    PATTERN_BYTES_MAX = 4096,
    NEST_MAX = 50
};

struct mcp__pattern {
    pcre2_code *code;
    bool is_anchored; /* tried at one place only */
};

static void *from_arena(PCRE2_SIZE size, void *arena)
{
    return mcp_arena_raw(arena, size, 16);
}

static void keep(void *p, void *arena)
{
    (void)p;
    (void)arena;
}

/* ECMA-262 where PCRE2 can be told: `$` is the very end, \uXXXX is a character, [] and [^] are
 * classes, an unset group matches the empty text, \d and \w are ASCII. */
enum {
    OPTIONS = PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_DOLLAR_ENDONLY | PCRE2_ALLOW_EMPTY_CLASS |
              PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C | PCRE2_ALT_BSUX
};

/* The long names ECMA-262 has for Unicode's general categories; PCRE2 knows the short ones. */
static const struct {
    mcp_str name;
    const char *category;
} CATEGORIES[] = {
    {MCP_STR_INIT("Letter"), "L"},
    {MCP_STR_INIT("Uppercase_Letter"), "Lu"},
    {MCP_STR_INIT("Lowercase_Letter"), "Ll"},
    {MCP_STR_INIT("Titlecase_Letter"), "Lt"},
    {MCP_STR_INIT("Cased_Letter"), "L&"},
    {MCP_STR_INIT("Modifier_Letter"), "Lm"},
    {MCP_STR_INIT("Other_Letter"), "Lo"},
    {MCP_STR_INIT("Mark"), "M"},
    {MCP_STR_INIT("Nonspacing_Mark"), "Mn"},
    {MCP_STR_INIT("Spacing_Mark"), "Mc"},
    {MCP_STR_INIT("Enclosing_Mark"), "Me"},
    {MCP_STR_INIT("Number"), "N"},
    {MCP_STR_INIT("Decimal_Number"), "Nd"},
    {MCP_STR_INIT("digit"), "Nd"},
    {MCP_STR_INIT("Letter_Number"), "Nl"},
    {MCP_STR_INIT("Other_Number"), "No"},
    {MCP_STR_INIT("Punctuation"), "P"},
    {MCP_STR_INIT("punct"), "P"},
    {MCP_STR_INIT("Symbol"), "S"},
    {MCP_STR_INIT("Math_Symbol"), "Sm"},
    {MCP_STR_INIT("Currency_Symbol"), "Sc"},
    {MCP_STR_INIT("Separator"), "Z"},
    {MCP_STR_INIT("Space_Separator"), "Zs"},
    {MCP_STR_INIT("Other"), "C"},
    {MCP_STR_INIT("Control"), "Cc"},
    {MCP_STR_INIT("cntrl"), "Cc"},
};

static mcp_str short_category(mcp_str name)
{
    for (size_t i = 0; i < sizeof(CATEGORIES) / sizeof(CATEGORIES[0]); i++) {
        if (mcp_str_eq(name, CATEGORIES[i].name)) {
            return mcp_str_c(CATEGORIES[i].category);
        }
    }
    return name;
}

/* ECMA's white space beyond ASCII, to be read inside a class. */
#define SPACES "\\s\\p{Z}\\u00a0\\ufeff"

struct translation {
    const char *at, *end; /* the text left */
    char *out;
    size_t n;
    bool in_class;
    bool is_foreign; /* says what ECMA-262 does not know */
};

/* What a pair of a backslash and a letter becomes, at most this long. */
enum { PAIR_BYTES_MAX = sizeof("[^" SPACES "]") };

static void put(struct translation *t, mcp_str s)
{
    memcpy(t->out + t->n, s.ptr, s.len);
    t->n += s.len;
}

/* \p{Letter}: the short name. Takes nothing when it is not of this form. */
static bool translate_property(struct translation *t)
{
    const char *p = t->at, *brace;

    if (t->end - p < 4 || (p[1] != 'p' && p[1] != 'P') || p[2] != '{') {
        return false;
    }
    brace = memchr(p + 3, '}', (size_t)(t->end - p) - 3);
    if (!brace) {
        return false;
    }
    put(t, mcp_str_n(p, 3));
    put(t, short_category(mcp_str_n(p + 3, (size_t)(brace - p) - 3)));
    t->at = brace;
    return true;
}

/* A letter behind a backslash that PCRE2 gives a meaning and ECMA-262 does not. */
static bool is_foreign_escape(mcp_str pair)
{
    return pair.len == 2 && pair.ptr[1] && strchr("aACeEgGhHKlLNoOQRUXyYzZ", pair.ptr[1]);
}

/* "(?P<", "(?#", "(?i)", "(*VERB)": PCRE2's and others' own groups. "(?i:" is ECMA-262's. */
static bool is_foreign_group(mcp_str s)
{
    static const char *const OURS[] = {"(?:", "(?=", "(?!", "(?<"};

    if (s.len < 2 || s.ptr[0] != '(' || (s.ptr[1] != '?' && s.ptr[1] != '*')) {
        return false;
    }
    for (size_t i = 0; i < sizeof(OURS) / sizeof(OURS[0]); i++) {
        if (mcp_str_starts(s, mcp_str_c(OURS[i]))) {
            return false;
        }
    }
    size_t flags = 2;

    while (flags < s.len && s.ptr[flags] && strchr("ims-", s.ptr[flags])) {
        flags++;
    }
    return s.ptr[1] == '*' || flags == 2 || flags == s.len || s.ptr[flags] != ':';
}

static void translate_escape(struct translation *t)
{
    mcp_str pair = mcp_str_n(t->at, t->end - t->at > 1 ? 2 : 1);

    if (translate_property(t)) {
        return;
    }
    t->is_foreign |= is_foreign_escape(pair);
    t->at += pair.len;
    if (mcp_str_eq(pair, MCP_STR("\\s"))) {
        put(t, t->in_class ? MCP_STR(SPACES) : MCP_STR("[" SPACES "]"));
    } else if (mcp_str_eq(pair, MCP_STR("\\S")) && !t->in_class) {
        put(t, MCP_STR("[^" SPACES "]"));
    } else {
        put(t, pair);
    }
}

/* `text` in PCRE2's words where they differ from ECMA-262's. ptr NULL: out of memory, or *ret_why
 * says why there are none. */
static mcp_str translated(struct mcp_arena *arena, mcp_str text, const char **ret_why)
{
    struct translation t = {
        .at = text.ptr,
        .end = text.ptr + text.len,
        .out = mcp_arena_raw(arena, text.len * (PAIR_BYTES_MAX / 2 + 1) + 1, 1),
    };

    while (t.out && t.at < t.end) {
        if (*t.at == '\\') {
            translate_escape(&t);
            continue;
        }
        t.is_foreign |= !t.in_class && is_foreign_group(mcp_str_n(t.at, (size_t)(t.end - t.at)));
        t.in_class = *t.at == '[' || (t.in_class && *t.at != ']');
        put(&t, mcp_str_n(t.at++, 1));
    }
    if (t.is_foreign) {
        *ret_why = "is not a pattern of ECMA-262";
        return mcp_str_n(NULL, 0);
    }
    return mcp_str_n(t.out, t.n);
}

static pcre2_compile_context *dialect(pcre2_general_context *general)
{
    pcre2_compile_context *dialect = pcre2_compile_context_create(general);

    if (dialect) {
        pcre2_set_newline(dialect, PCRE2_NEWLINE_ANYCRLF);
        pcre2_set_compile_extra_options(dialect, PCRE2_EXTRA_ALT_BSUX);
        pcre2_set_parens_nest_limit(dialect, NEST_MAX);
    }
    return dialect;
}

const struct mcp__pattern *mcp__pattern_new(struct mcp_arena *arena, mcp_str text,
                                            const char **reterr)
{
    pcre2_general_context *general = pcre2_general_context_create(from_arena, keep, arena);
    pcre2_compile_context *context = general ? dialect(general) : NULL;
    struct mcp__pattern *p = mcp_arena_new(arena, struct mcp__pattern, 1);
    int code = 0;
    PCRE2_SIZE at;

    *reterr = text.len > PATTERN_BYTES_MAX ? "is too long" : NULL;
    if (*reterr) {
        return NULL;
    }
    text = translated(arena, text.len ? text : MCP_STR(""), reterr);
    if (!context || !p || !text.ptr) {
        return NULL;
    }
    p->code = pcre2_compile((PCRE2_SPTR)text.ptr, text.len, OPTIONS, &code, &at, context);
    if (!p->code) {
        *reterr = mcp_arena_failed(arena) ? NULL : "is not a pattern PCRE2 understands";
        return NULL;
    }
    uint32_t options = 0;

    pcre2_pattern_info(p->code, PCRE2_INFO_ALLOPTIONS, &options);
    p->is_anchored = (options & PCRE2_ANCHORED) != 0;
    return p;
}

/* What all patterns of a check share; false without memory. */
static bool has_matcher(struct mcp__check *c)
{
    if (!c->match_limits) {
        pcre2_general_context *general = pcre2_general_context_create(from_arena, keep, c->scratch);

        c->match_data = general ? pcre2_match_data_create(1, general) : NULL;
        c->match_limits = c->match_data ? pcre2_match_context_create(general) : NULL;
        if (c->match_limits) {
            pcre2_set_depth_limit(c->match_limits, DEPTH_LIMIT);
            pcre2_set_heap_limit(c->match_limits, HEAP_KIB);
        }
    }
    return c->match_limits != NULL;
}

/* PCRE2 does not say what a match has cost, and its limit holds for each place of the string anew.
 * So the first try has a small limit and later ones a larger, and each is paid for in full before:
 * a hard match costs what it may take, an easy one next to nothing. */
static int match(struct mcp__check *c, const struct mcp__pattern *p, mcp_str s)
{
    size_t places = p->is_anchored ? 1 : s.len + 1;
    uint32_t limit = LIMIT_FIRST;
    int rc = PCRE2_ERROR_MATCHLIMIT;

    for (int i = 0; i < TRIES && rc == PCRE2_ERROR_MATCHLIMIT; i++) {
        if (!mcp__spend(c, 16 + s.len / 16 + places * (limit / LIMIT_FIRST))) {
            return rc;
        }
        pcre2_set_match_limit(c->match_limits, limit);
        rc = pcre2_match(p->code, (PCRE2_SPTR)(s.len ? s.ptr : ""), s.len, 0, PCRE2_NO_UTF_CHECK,
                         c->match_data, c->match_limits);
        limit *= LIMIT_GROWTH;
    }
    return rc;
}

bool mcp__pattern_matches(struct mcp__check *c, const struct mcp__pattern *p, mcp_str s)
{
    if (!has_matcher(c)) {
        return mcp__stop(c, "memory", "no memory to match a pattern");
    }
    int rc = match(c, p, s);

    if (rc == PCRE2_ERROR_NOMATCH || c->is_stopped) {
        return false;
    }
    if (rc == PCRE2_ERROR_NOMEMORY) {
        return mcp__stop(c, "memory", "no memory to match a pattern");
    }
    return rc >= 0 || mcp__stop(c, "steps", "matching a pattern takes too many steps");
}

bool mcp__check_regex(struct mcp__check *c, mcp_str s)
{
    const char *why;

    if (!mcp__spend(c, 64 + s.len)) {
        return false;
    }
    if (mcp__pattern_new(c->scratch, s, &why)) {
        return true;
    }
    return why ? false : mcp__stop(c, "memory", "no memory to compile a pattern");
}
