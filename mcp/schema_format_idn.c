/* mcp/schema_format_idn.c - host names with other scripts: the formats hostname and idn-hostname.
 *
 * RFC 5890 to 5893. Which characters a label may have is derived from Unicode's general categories,
 * scripts and bidi classes, which PCRE2 knows, and RFC 5892's exceptions; that a label is in
 * normalization form C is not checked. Punycode is RFC 3492. */
#include <mcp/ascii.h>
#include <mcp/schema_rule.h>
#include <mcp/utf8.h>

enum { LABEL_MAX = 63, NAME_MAX = 253 };

/* What a label looks like before encoding. */
#define VIRAMA                                                                                     \
    "\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d3b\\u0d3c\\u0d4d\\u0dca\\u0e3a"  \
    "\\u0eba\\u0f84\\u1039\\u103a\\u1714\\u1734\\u17d2\\u1a60\\u1b44\\u1baa\\u1bab\\u1bf2\\u1bf3"  \
    "\\u2d7f\\ua806\\ua82c\\ua8c4\\ua953\\ua9c0\\uaaf6\\uabed"
#define LETTERS "\\p{Ll}\\p{Lo}\\p{Lm}\\p{Mn}\\p{Mc}\\p{Nd}\\u06fd\\u06fe\\u0f0b\\u3007-"
#define REFUSED                                                                                    \
    "\\u0640\\u07fa\\u302e\\u302f\\u3031-\\u3035\\u303b\\u0375\\u05f3\\u05f4\\u30fb\\u034f"        \
    "\\u1100-\\u11ff\\ua960-\\ua97c\\ud7b0-\\ud7fb\\ufe00-\\ufe0f"
static const mcp_str U_LABEL = MCP_STR_INIT(
    "^(?!\\p{M}|-|..--)"
    "(?!.*[\\u0660-\\u0669].*[\\u06f0-\\u06f9])(?!.*[\\u06f0-\\u06f9].*[\\u0660-\\u0669])"
    "(?!(?=.*\\u30fb)(?!.*[\\p{sc:Hiragana}\\p{sc:Katakana}\\p{sc:Han}]))"
    "(?:(?![" REFUSED "])[" LETTERS "]|\\u30fb|(?<=l)\\u00b7(?=l)|\\u0375(?=\\p{sc:Greek})|"
    "(?<=\\p{sc:Hebrew})[\\u05f3\\u05f4]|(?<=[" VIRAMA "])[\\u200c\\u200d]|"
    "(?<=\\p{sc:Arabic})\\u200c(?=\\p{sc:Arabic}))+(?<!-)$");

/* RFC 5893 2, over all labels with a '.' between them. */
#define LEFT      "\\p{bc:L}"
#define RIGHT     "\\p{bc:R}\\p{bc:AL}"
#define NEUTRAL   "\\p{bc:ES}\\p{bc:CS}\\p{bc:ET}\\p{bc:ON}\\p{bc:BN}\\p{bc:NSM}"
#define LEFT_WORD "[" LEFT "](?:(?:(?!\\.)[" LEFT "\\p{bc:EN}" NEUTRAL "])*[" LEFT "\\p{bc:EN}])?"
#define RIGHT_WORD                                                                                 \
    "(?![^.]*\\p{bc:EN}[^.]*\\p{bc:AN})(?![^.]*\\p{bc:AN}[^.]*\\p{bc:EN})[" RIGHT "]"              \
    "(?:(?:(?!\\.)[" RIGHT "\\p{bc:EN}\\p{bc:AN}" NEUTRAL "])*[" RIGHT "\\p{bc:EN}\\p{bc:AN}])?"
#define WORD "(?:" LEFT_WORD "|" RIGHT_WORD ")\\p{bc:NSM}*"
static const mcp_str BIDI =
    MCP_STR_INIT("^(?![^]*[" RIGHT "\\p{bc:AN}])|^" WORD "(?:\\." WORD ")*$");

/* A name on its way from the text to characters. */
struct name {
    struct mcp__check *c;
    size_t len;                            /* of `text` */
    bool has_wide;                         /* some label is not plain ASCII */
    size_t encoded;                        /* bytes of the labels' ASCII form, dots included */
    char text[4 * (NAME_MAX + LABEL_MAX)]; /* all labels, decoded, with '.' between them */
};

static bool matches(struct mcp__check *c, mcp_str pattern, mcp_str s)
{
    const char *why;
    const struct mcp__pattern *p =
        mcp__spend(c, 500) ? mcp__pattern_new(c->scratch, pattern, &why) : NULL;

    return p               ? mcp__pattern_matches(c, p, s)
           : c->is_stopped ? false
                           : mcp__stop(c, "memory", "no memory to compile a pattern");
}

/* ---- Punycode ------------------------------------------------------------------------------ */

enum { BASE = 36, T_MIN = 1, T_MAX = 26, SKEW = 38, DAMP = 700, FIRST_BIAS = 72, FIRST = 128 };

static uint32_t threshold(uint32_t k, uint32_t bias)
{
    return k <= bias + T_MIN ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
}

static uint32_t adapted(uint32_t delta, uint32_t points, bool is_first)
{
    uint32_t k = 0;

    delta = is_first ? delta / DAMP : delta / 2;
    for (delta += delta / points; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE) {
        delta /= BASE - T_MIN;
    }
    return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

/* Read one number of `s`; false when it is torn or too large. */
static bool read_number(mcp_str *s, uint32_t bias, uint32_t *i)
{
    uint32_t weight = 1;

    for (uint32_t k = BASE;; k += BASE) {
        char c = s->len ? s->ptr[0] : '\0';
        uint32_t digit = mcp__is_digit(c)   ? (uint32_t)(c - '0') + 26
                         : mcp__is_alpha(c) ? (uint32_t)(c | 0x20) - 'a'
                                            : BASE;
        uint32_t t = threshold(k, bias);

        if (digit >= BASE || digit > (UINT32_MAX / 2 - *i) / weight) {
            return false;
        }
        *s = mcp_str_n(s->ptr + 1, s->len - 1);
        *i += digit * weight;
        if (digit < t) {
            return true;
        }
        if (weight > UINT32_MAX / 2 / (BASE - t)) {
            return false;
        }
        weight *= BASE - t;
    }
}

/* Decode what follows "xn--" into at most LABEL_MAX code points; 0: it is none. */
static size_t decode(mcp_str s, uint32_t *out)
{
    uint32_t n = FIRST, bias = FIRST_BIAS, i = 0;
    size_t count = 0, basic = s.len;

    while (basic > 0 && s.ptr[basic - 1] != '-') {
        basic--;
    }
    for (size_t k = 0; k + 1 < basic; k++) {
        out[count++] = (uint8_t)(mcp__is_alpha(s.ptr[k]) ? s.ptr[k] | 0x20 : s.ptr[k]);
    }
    s = mcp_str_n(s.ptr + basic, s.len - basic);
    while (s.len) {
        uint32_t before = i, points = (uint32_t)count + 1;

        if (count == LABEL_MAX || !read_number(&s, bias, &i)) {
            return 0;
        }
        bias = adapted(i - before, points, before == 0);
        n += i / points;
        i %= points;
        if (n > 0x10ffff || (n >= 0xd800 && n <= 0xdfff)) {
            return 0;
        }
        memmove(out + i + 1, out + i, (count - i) * sizeof(*out));
        out[i++] = n;
        count++;
    }
    return count;
}

static char digit_of(uint32_t d)
{
    return (char)(d < 26 ? 'a' + d : '0' + d - 26);
}

/* Append one number; false when the label gets too long. */
static bool write_number(uint32_t delta, uint32_t bias, char *out, size_t *len)
{
    for (uint32_t k = BASE; *len < LABEL_MAX; k += BASE) {
        uint32_t t = threshold(k, bias);

        if (delta < t) {
            out[(*len)++] = digit_of(delta);
            return true;
        }
        out[(*len)++] = digit_of(t + (delta - t) % (BASE - t));
        delta = (delta - t) / (BASE - t);
    }
    return false;
}

static uint32_t next_larger(const uint32_t *points, size_t count, uint32_t n)
{
    uint32_t next = UINT32_MAX;

    for (size_t i = 0; i < count; i++) {
        next = points[i] >= n && points[i] < next ? points[i] : next;
    }
    return next;
}

/* Encode into LABEL_MAX bytes; 0: does not fit. */
static size_t encode(const uint32_t *points, size_t count, char *out)
{
    uint32_t n = FIRST, delta = 0, bias = FIRST_BIAS;
    size_t len = 0, done;

    for (size_t i = 0; i < count && len < LABEL_MAX; i++) {
        if (points[i] < FIRST) {
            out[len++] = (char)points[i];
        }
    }
    done = len;
    if (len > 0 && len < LABEL_MAX) {
        out[len++] = '-';
    }
    for (size_t basic = done; done < count; delta++, n++) {
        uint32_t next = next_larger(points, count, n);

        delta += (next - n) * ((uint32_t)done + 1);
        n = next;
        for (size_t i = 0; i < count; i++) {
            delta += points[i] < n;
            if (points[i] == n) {
                if (!write_number(delta, bias, out, &len)) {
                    return 0;
                }
                bias = adapted(delta, (uint32_t)done + 1, done == basic);
                delta = 0;
                done++;
            }
        }
    }
    return len;
}

/* ---- labels -------------------------------------------------------------------------------- */

static bool is_ldh(mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!mcp__is_alpha(s.ptr[i]) && !mcp__is_digit(s.ptr[i]) && s.ptr[i] != '-') {
            return false;
        }
    }
    return s.len >= 1 && s.len <= LABEL_MAX && s.ptr[0] != '-' && s.ptr[s.len - 1] != '-';
}

static void add_point(struct name *name, uint32_t c)
{
    static const uint8_t LEAD[] = {0, 0, 0xc0, 0xe0, 0xf0};
    unsigned n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

    name->text[name->len++] = (char)(n == 1 ? c : LEAD[n] | c >> 6 * (n - 1));
    while (--n) {
        name->text[name->len++] = (char)(0x80 | (c >> 6 * (n - 1) & 0x3f));
    }
}

/* Check the characters of a label and add them to the name. */
static bool add_points(struct name *name, const uint32_t *points, size_t count)
{
    size_t start = name->len;

    name->has_wide = true;
    for (size_t i = 0; i < count; i++) {
        add_point(name, points[i]);
    }
    return matches(name->c, U_LABEL, mcp_str_n(name->text + start, name->len - start));
}

/* "xn--...": must be what its own characters encode to. All ASCII would end in a '-'. */
static bool add_a_label(struct name *name, mcp_str s)
{
    uint32_t points[LABEL_MAX + 1];
    char again[LABEL_MAX + 1];
    size_t count = decode(s, points), len = count ? encode(points, count, again) : 0;

    return count && mcp_str_eq_nocase(mcp_str_n(again, len), s) && add_points(name, points, count);
}

static bool add_u_label(struct name *name, mcp_str s)
{
    uint32_t points[LABEL_MAX];
    char ascii[LABEL_MAX + 1];
    size_t count = 0;

    for (size_t i = 0, n; i < s.len; i += n) {
        n = mcp__utf8_sequence((const uint8_t *)s.ptr + i, s.len - i);
        if (count == LABEL_MAX) {
            return false;
        }
        points[count] = (uint8_t)s.ptr[i] & (n == 1 ? 0x7fu : 0xffu >> (n + 1));
        for (size_t k = 1; k < n; k++) {
            points[count] = points[count] << 6 | ((uint8_t)s.ptr[i + k] & 0x3fu);
        }
        count++;
    }
    size_t len = encode(points, count, ascii);

    name->encoded += sizeof("xn--") - 1 + len;
    return len > 0 && len + sizeof("xn--") - 1 <= LABEL_MAX && add_points(name, points, count);
}

static bool add_label(struct name *name, mcp_str s, bool may_be_wide)
{
    bool is_wide = false;

    for (size_t i = 0; i < s.len; i++) {
        is_wide |= (s.ptr[i] & 0x80) != 0;
    }
    if (name->len) {
        name->text[name->len++] = '.';
        name->encoded++;
    }
    if (is_wide) {
        return may_be_wide && add_u_label(name, s);
    }
    name->encoded += s.len;
    if (!is_ldh(s)) {
        return false;
    }
    if (s.len > 4 && mcp_str_eq_nocase(mcp_str_n(s.ptr, 4), MCP_STR("xn--"))) {
        return add_a_label(name, mcp_str_n(s.ptr + 4, s.len - 4));
    }
    memcpy(name->text + name->len, s.ptr, s.len);
    name->len += s.len;
    return true;
}

/* Cut at the next dot; with `may_be_wide` also at the three others of RFC 3490 3.1. */
static mcp_str next_label(mcp_str *rest, bool may_be_wide)
{
    static const char *const DOTS[] = {".", "\xe3\x80\x82", "\xef\xbc\x8e", "\xef\xbd\xa1"};

    for (size_t i = 0; i < rest->len; i++) {
        mcp_str at = mcp_str_n(rest->ptr + i, rest->len - i), label = mcp_str_n(rest->ptr, i);

        for (size_t k = 0; k < (may_be_wide ? 4 : 1); k++) {
            if (mcp_str_starts(at, mcp_str_c(DOTS[k]))) {
                size_t n = strlen(DOTS[k]);

                *rest = mcp_str_n(at.ptr + n, at.len - n);
                return label;
            }
        }
    }
    mcp_str label = *rest;

    *rest = mcp_str_n(NULL, 0);
    return label;
}

static bool check_name(struct mcp__check *c, mcp_str s, bool may_be_wide)
{
    struct name name = {.c = c};

    if (s.len == 0) {
        return false;
    }
    while (s.ptr) {
        mcp_str label = next_label(&s, may_be_wide);

        if (!add_label(&name, label, may_be_wide) || name.encoded > NAME_MAX) {
            return false;
        }
    }
    return !name.has_wide || matches(c, BIDI, mcp_str_n(name.text, name.len));
}

bool mcp__check_hostname(struct mcp__check *c, mcp_str s)
{
    return check_name(c, s, false);
}

bool mcp__check_idn_hostname(struct mcp__check *c, mcp_str s)
{
    return check_name(c, s, true);
}
