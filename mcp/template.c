/* mcp/template.c - see template.h.
 *
 * Compiled to steps that only lead forward. For each byte of the URI, from its end to its start, a
 * word says from which steps the rest can be reached; then one walk from the start takes the
 * longest match of each variable. */
#include <mcp/template.h>

enum kind {
    LITERAL, /* these bytes */
    ONE,     /* one character of the class */
    MANY,    /* any number of them, as many as can be */
    OPTION,  /* what follows, or on at `skip` */
    BEGIN,   /* of a variable's value */
    END
};

enum class {
    PLAIN = 1,    /* unreserved and percent-encoded (RFC 3986 2.3) */
    RESERVED = 2, /* and what {+x} leaves as it is, but the next two */
    SLASH = 4,
    QUESTION = 8,
    HASH = 16,
    ANY = 31
};

static unsigned class_of(char c)
{
    if (c == '/') {
        return SLASH;
    }
    if (c == '?') {
        return QUESTION;
    }
    if (c == '#') {
        return HASH;
    }
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
        (c && strchr("-._~%", c))) {
        return PLAIN;
    }
    return (unsigned char)c > 0x20 && c != 0x7f ? RESERVED : 0;
}

/* ---- Compiling ---- */

struct compiler {
    struct mcp__template *t;
    bool has_query;    /* {?...} ends the template, so + leaves a ? alone */
    const char *fault; /* the first one */
};

static void step(struct compiler *c, enum kind kind, unsigned class, mcp_str text)
{
    struct mcp__template *t = c->t;

    if (t->n_steps == MCP__TEMPLATE_STEPS_MAX) {
        c->fault = c->fault ? c->fault : "the template is too long";
        return;
    }
    t->steps[t->n_steps++] = (struct mcp__template_step){
        .kind = (uint8_t)kind, .class = (uint8_t) class, .var = (uint8_t)t->n_vars, .text = text};
}

static bool is_var_name(mcp_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || (c == '.' && i && i + 1 < name.len))) {
            return false;
        }
    }
    return name.len > 0;
}

static void name_var(struct compiler *c, mcp_str name)
{
    struct mcp__template *t = c->t;

    if (!is_var_name(name)) {
        c->fault = c->fault ? c->fault : "a variable's name must be of A-Z a-z 0-9 _ .";
    } else if (mcp__template_has(t, name)) {
        c->fault = c->fault ? c->fault : "a variable occurs twice";
    } else if (t->n_vars == MCP__TEMPLATE_VARS_MAX) {
        c->fault = c->fault ? c->fault : "there are too many variables";
    } else {
        t->vars[t->n_vars++] = name;
    }
}

static void value(struct compiler *c, unsigned class, mcp_str name)
{
    step(c, BEGIN, 0, name);
    step(c, ONE, class, name);
    step(c, MANY, class, name);
    step(c, END, 0, name);
    name_var(c, name);
}

/* {x,y} and {+x,y}: all are there, a comma between two. */
static void listed_values(struct compiler *c, unsigned class, mcp_str names)
{
    bool is_first = true;

    while (names.ptr) {
        mcp_str name = mcp_str_cut(&names, ',');

        if (!is_first) {
            step(c, LITERAL, 0, MCP_STR(","));
        }
        is_first = false;
        value(c, class, name);
    }
}

/* {/x,y} {.x,y} {;x,y} {#x}: each may be missing. */
static void optional_values(struct compiler *c, char op, mcp_str names)
{
    static const char OPS[] = "/.;#";
    struct mcp__template *t = c->t;

    while (names.ptr) {
        mcp_str name = mcp_str_cut(&names, ',');
        bool is_list = op == '/' && name.len > 1 && name.ptr[name.len - 1] == '*';
        size_t from = t->n_steps;
        unsigned class = op == '#' ? ANY : is_list ? PLAIN | SLASH : PLAIN;

        name.len -= is_list;
        step(c, OPTION, 0, name);
        step(c, LITERAL, 0, mcp_str_n(strchr(OPS, op), 1));
        if (op == ';') {
            step(c, LITERAL, 0, name);
            step(c, LITERAL, 0, MCP_STR("="));
        }
        value(c, class, name);
        if (from < t->n_steps) {
            t->steps[from].skip = (uint8_t)t->n_steps;
        }
    }
}

/* {?x,y} and {&x,y}: the rest of the URI, taken apart when the template is known to fit. */
static void query(struct compiler *c, char op, mcp_str names, bool is_last)
{
    struct mcp__template *t = c->t;
    size_t from = t->n_steps;

    if (!is_last) {
        c->fault = c->fault ? c->fault : "{?...} and {&...} must end the template";
    }
    t->query_from = t->n_vars;
    step(c, OPTION, 0, names);
    step(c, LITERAL, 0, op == '?' ? MCP_STR("?") : MCP_STR("&"));
    step(c, BEGIN, 0, names);
    step(c, MANY, ANY & ~(unsigned)HASH, names);
    step(c, END, 0, names);
    if (from < t->n_steps) {
        t->steps[from].skip = (uint8_t)t->n_steps;
    }
    while (names.ptr) {
        name_var(c, mcp_str_cut(&names, ','));
    }
}

static void expression(struct compiler *c, mcp_str inside, bool is_last)
{
    char op = inside.len ? inside.ptr[0] : '\0';
    bool has_op = op && strchr("+#./;?&", op);
    mcp_str names = mcp_str_n(inside.ptr + has_op, inside.len - has_op);

    if (op == '?' || op == '&') {
        query(c, op, names, is_last);
    } else if (has_op && op != '+') {
        optional_values(c, op, names);
    } else {
        unsigned wide = PLAIN | RESERVED | SLASH | (c->has_query ? 0 : QUESTION);

        listed_values(c, op == '+' ? wide : PLAIN, names);
    }
}

const char *mcp__template_compile(mcp_str text, struct mcp__template *ret)
{
    struct compiler c = {.t = ret};

    *ret = (struct mcp__template){.query_from = SIZE_MAX};
    for (size_t i = 0; i + 1 < text.len; i++) {
        c.has_query = c.has_query || (text.ptr[i] == '{' && text.ptr[i + 1] == '?');
    }
    while (text.len && !c.fault) {
        const char *open = memchr(text.ptr, '{', text.len);
        mcp_str before = mcp_str_n(text.ptr, open ? (size_t)(open - text.ptr) : text.len);

        if (before.len) {
            step(&c, LITERAL, 0, before);
            c.fault = memchr(before.ptr, '}', before.len) ? "a } without a {" : c.fault;
        }
        text = mcp_str_n(text.ptr + before.len, text.len - before.len);
        if (text.len) {
            const char *close = memchr(text.ptr, '}', text.len);

            if (!close) {
                return "a { without a }";
            }
            mcp_str inside = mcp_str_n(text.ptr + 1, (size_t)(close - text.ptr) - 1);

            text = mcp_str_n(close + 1, text.len - inside.len - 2);
            expression(&c, inside, text.len == 0);
        }
    }
    if (ret->query_from == SIZE_MAX) {
        ret->query_from = ret->n_vars;
    }
    return c.fault;
}

bool mcp__template_has(const struct mcp__template *t, mcp_str var)
{
    for (size_t i = 0; i < t->n_vars; i++) {
        if (mcp_str_eq(t->vars[i], var)) {
            return true;
        }
    }
    return false;
}

/* ---- Matching ---- */

#define BIT(i) ((uint64_t)1 << (i))

/* Whether the end is reached from step `i` at byte `at`; `here` knows the later steps. */
static bool reaches(const struct mcp__template *t, mcp_str uri, const uint64_t *words, size_t i,
                    size_t at, uint64_t here)
{
    const struct mcp__template_step *s = &t->steps[i];
    bool is_one = at < uri.len && (class_of(uri.ptr[at]) & s->class) != 0;

    switch ((enum kind)s->kind) {
    case LITERAL:
        return uri.len - at >= s->text.len && memcmp(uri.ptr + at, s->text.ptr, s->text.len) == 0 &&
               (words[at + s->text.len] & BIT(i + 1)) != 0;
    case ONE:
        return is_one && (words[at + 1] & BIT(i + 1)) != 0;
    case MANY:
        return (is_one && (words[at + 1] & BIT(i)) != 0) || (here & BIT(i + 1)) != 0;
    case OPTION:
        return (here & (BIT(i + 1) | BIT(s->skip))) != 0;
    case BEGIN:
    case END:
        return (here & BIT(i + 1)) != 0;
    }
    return false;
}

struct span {
    size_t from, to;
    bool is_set;
};

static void walk(const struct mcp__template *t, mcp_str uri, const uint64_t *words,
                 struct span *spans)
{
    size_t at = 0, i = 0;

    while (i < t->n_steps) {
        const struct mcp__template_step *s = &t->steps[i];

        switch ((enum kind)s->kind) {
        case LITERAL:
            at += s->text.len;
            i++;
            break;
        case ONE:
            at++;
            i++;
            break;
        case MANY:
            if (at < uri.len && (class_of(uri.ptr[at]) & s->class) && (words[at + 1] & BIT(i))) {
                at++;
            } else {
                i++;
            }
            break;
        case OPTION:
            i = words[at] & BIT(i + 1) ? i + 1 : s->skip;
            break;
        case BEGIN:
            spans[s->var] = (struct span){at, at, true};
            i++;
            break;
        case END:
            /* `var` is counted when the step is made: BEGIN and END of one value agree. */
            spans[s->var].to = at;
            i++;
            break;
        }
    }
}

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Undo %XX. False when it is broken, is no UTF-8 or hides a NUL. */
static bool decode(struct mcp_arena *arena, mcp_str s, mcp_str *ret)
{
    *ret = s;
    if (memchr(s.len ? s.ptr : "", '%', s.len)) {
        char *out = mcp_arena_raw(arena, s.len, 1);
        size_t n = 0;

        for (size_t i = 0; out && i < s.len; i++) {
            out[n++] = s.ptr[i];
            if (s.ptr[i] == '%') {
                int high = i + 2 < s.len ? hex(s.ptr[i + 1]) : -1;
                int low = i + 2 < s.len ? hex(s.ptr[i + 2]) : -1;

                if (high < 0 || low < 0 || high + low == 0) {
                    return false;
                }
                out[n - 1] = (char)(high * 16 + low);
                i += 2;
            }
        }
        *ret = mcp_str_n(out, n);
        if (!out) {
            return false;
        }
    }
    return mcp_str_is_utf8(*ret);
}

static bool take_pairs(const struct mcp__template *t, mcp_str rest, struct mcp_arena *arena,
                       mcp_str *values)
{
    while (rest.ptr && rest.len) {
        mcp_str v = mcp_str_cut(&rest, '&'), name = mcp_str_cut(&v, '=');
        size_t i = t->query_from;

        while (i < t->n_vars && !mcp_str_eq(t->vars[i], name)) {
            i++;
        }
        if (i == t->n_vars || values[i].ptr ||
            !decode(arena, v.ptr ? v : MCP_STR(""), &values[i])) {
            return false;
        }
    }
    return true;
}

bool mcp__template_match(const struct mcp__template *t, mcp_str uri, struct mcp_arena *arena,
                         mcp_str ret_values[MCP__TEMPLATE_VARS_MAX])
{
    struct span spans[MCP__TEMPLATE_VARS_MAX + 1] = {{0, 0, false}};
    uint64_t *words;

    memset(ret_values, 0, MCP__TEMPLATE_VARS_MAX * sizeof(*ret_values));
    uri.ptr = uri.len ? uri.ptr : ""; /* spans are counted from it, also where it is NULL */
    /* Most templates are not meant: their first bytes say so, without memory. */
    bool is_meant =
        !t->n_steps || t->steps[0].kind != LITERAL || mcp_str_starts(uri, t->steps[0].text);

    if (!is_meant || uri.len > MCP__TEMPLATE_URI_BYTES_MAX) {
        return false;
    }
    words = mcp_arena_raw(arena, (uri.len + 1) * sizeof(*words), _Alignof(uint64_t));
    if (!words) {
        return false;
    }
    for (size_t at = uri.len + 1; at-- > 0;) {
        uint64_t here = at == uri.len ? BIT(t->n_steps) : 0;

        for (size_t i = t->n_steps; i-- > 0;) {
            here |= reaches(t, uri, words, i, at, here) ? BIT(i) : 0;
        }
        words[at] = here;
    }
    if (!(words[0] & 1)) {
        return false;
    }
    walk(t, uri, words, spans);
    for (size_t i = 0; i < t->query_from; i++) {
        mcp_str raw = {uri.ptr + spans[i].from, spans[i].to - spans[i].from};

        if (spans[i].is_set && !decode(arena, raw, &ret_values[i])) {
            return false;
        }
    }
    const struct span *q = &spans[t->query_from];

    return t->query_from == t->n_vars || !q->is_set ||
           take_pairs(t, mcp_str_n(uri.ptr + q->from, q->to - q->from), arena, ret_values);
}
