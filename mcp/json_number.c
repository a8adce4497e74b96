/* mcp/json_number.c - JSON numbers as exact decimals; a double only where one is asked for. */
#include <mcp/json_node.h>
#include <mcp/json_scan.h>

#include <stdlib.h>

/* Larger exponents are all alike: no digits we could read would bring them back into any range. */
#define EXPONENT_MAX ((int64_t)1 << 40)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Past the digits and the '.', counting the digits behind it. */
static size_t mantissa_end(mcp_str s, size_t at, int64_t *ret_decimals)
{
    bool in_fraction = false;

    *ret_decimals = 0;
    for (; at < s.len && (is_digit(s.ptr[at]) || s.ptr[at] == '.'); at++) {
        *ret_decimals += in_fraction;
        in_fraction |= s.ptr[at] == '.';
    }
    return at;
}

static int64_t exponent_read(mcp_str s)
{
    int64_t v = 0;
    bool is_negative = s.len && s.ptr[0] == '-';

    for (size_t i = s.len && !is_digit(s.ptr[0]); i < s.len; i++) {
        v = v < EXPONENT_MAX ? v * 10 + (s.ptr[i] - '0') : v;
    }
    return is_negative ? -v : v;
}

struct mcp__decimal mcp__decimal_read(mcp_str s)
{
    struct mcp__decimal d = {.is_negative = s.len && s.ptr[0] == '-'};
    int64_t decimals;
    size_t start = d.is_negative, end = mantissa_end(s, start, &decimals);

    if (end < s.len) {
        d.exponent = exponent_read(mcp_str_n(s.ptr + end + 1, s.len - end - 1));
    }
    d.exponent -= decimals;
    while (start < end && (s.ptr[start] == '0' || s.ptr[start] == '.')) {
        start++;
    }
    while (end > start && (s.ptr[end - 1] == '0' || s.ptr[end - 1] == '.')) {
        d.exponent += s.ptr[--end] == '0';
    }
    d.digits = s.ptr + start;
    d.len = end - start;
    d.count = d.len - (d.len && memchr(d.digits, '.', d.len));
    if (d.count == 0) {
        d.exponent = 0;
        d.is_negative = false;
    }
    return d;
}

static int cmp_int64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* Digits as they stand behind "0.", the shorter one continued with zeros. */
static int cmp_digits(const struct mcp__decimal *a, const struct mcp__decimal *b)
{
    size_t i = 0, j = 0;

    for (;;) {
        i += i < a->len && a->digits[i] == '.';
        j += j < b->len && b->digits[j] == '.';
        if (i >= a->len || j >= b->len) {
            return cmp_int64((int64_t)a->count, (int64_t)b->count);
        }
        if (a->digits[i] != b->digits[j]) {
            return a->digits[i] < b->digits[j] ? -1 : 1;
        }
        i++;
        j++;
    }
}

int mcp__decimal_cmp(const struct mcp__decimal *a, const struct mcp__decimal *b)
{
    if (a->count == 0 || b->count == 0 || a->is_negative != b->is_negative) {
        int sign_a = a->count == 0 ? 0 : a->is_negative ? -1 : 1;
        int sign_b = b->count == 0 ? 0 : b->is_negative ? -1 : 1;

        return cmp_int64(sign_a, sign_b);
    }
    /* Place of the first digit, then the digits. */
    int order = cmp_int64(a->exponent + (int64_t)a->count, b->exponent + (int64_t)b->count);

    order = order ? order : cmp_digits(a, b);
    return a->is_negative ? -order : order;
}

/* True when d x 10^scale is an integer in int64. */
static bool scaled(const struct mcp__decimal *d, int64_t scale, int64_t *ret)
{
    int64_t zeros = d->exponent + scale;
    uint64_t v = 0;

    if (d->count == 0) {
        *ret = 0;
        return true;
    }
    if (zeros < 0 || zeros > 19 || d->count > 19) {
        return false;
    }
    for (size_t i = 0; i < d->len; i++) {
        if (d->digits[i] != '.') {
            v = v * 10 + (uint64_t)(d->digits[i] - '0');
        }
    }
    while (zeros-- > 0) {
        if (__builtin_mul_overflow(v, 10, &v)) {
            return false;
        }
    }
    if (v > (uint64_t)INT64_MAX + d->is_negative) {
        return false;
    }
    *ret = d->is_negative ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

bool mcp_json_int(mcp_json v, int64_t *ret)
{
    if (mcp_json_type(v) != MCP_JSON_NUMBER) {
        return false;
    }
    struct mcp__decimal d = mcp__decimal_read(mcp_json_raw(v));

    return scaled(&d, 0, ret);
}

int64_t mcp_json_int_or(mcp_json v, int64_t fallback)
{
    mcp_json_int(v, &fallback);
    return fallback;
}

bool mcp_json_micro(mcp_json v, int64_t *ret)
{
    return mcp_json_type(v) == MCP_JSON_NUMBER && mcp_micro_parse(mcp_json_raw(v), ret);
}

bool mcp_micro_parse(mcp_str s, int64_t *ret)
{
    const uint8_t *p = (const uint8_t *)s.ptr;

    if (s.len == 0 || mcp__json_number_end(p, p + s.len) != p + s.len) {
        return false;
    }
    struct mcp__decimal d = mcp__decimal_read(s);

    return scaled(&d, 6, ret);
}

/* Exact when both factors are: at most 15 digits and a power of ten up to 22. */
static bool small_double(const struct mcp__decimal *d, double *ret)
{
    static const double TENS[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    int64_t v = 0;

    if (d->count > 15 || d->exponent < -22 || d->exponent > 22) {
        return false;
    }
    for (size_t i = 0; i < d->len; i++) {
        if (d->digits[i] != '.') {
            v = v * 10 + (d->digits[i] - '0');
        }
    }
    *ret = d->exponent < 0 ? (double)v / TENS[-d->exponent] : (double)v * TENS[d->exponent];
    return true;
}

/* strtod() over "digits e exponent": no '.', so the program's locale cannot matter. Beyond 768
 * digits only "more than" or "exactly" decides the rounding, which one last digit says. */
static double large_double(const struct mcp__decimal *d)
{
    enum { DIGITS_MAX = 800 };
    char text[DIGITS_MAX + 32];
    size_t n = 0;
    int64_t exponent = d->exponent;

    for (size_t i = 0; i < d->len && n < DIGITS_MAX; i++) {
        if (d->digits[i] != '.') {
            text[n++] = d->digits[i];
        }
    }
    if (d->count > n) {
        exponent += (int64_t)(d->count - n);
        text[n - 1] = '1';
    }
    exponent = exponent > 99999 ? 99999 : exponent < -99999 ? -99999 : exponent;
    text[n++] = 'e';
    text[n++] = exponent < 0 ? '-' : '+';
    for (int64_t left = exponent < 0 ? -exponent : exponent, unit = 10000; unit; unit /= 10) {
        text[n++] = (char)('0' + left / unit % 10);
    }
    text[n] = '\0';
    return strtod(text, NULL);
}

bool mcp_json_double(mcp_json v, double *ret)
{
    if (mcp_json_type(v) != MCP_JSON_NUMBER) {
        return false;
    }
    struct mcp__decimal d = mcp__decimal_read(mcp_json_raw(v));
    double magnitude;

    if (!small_double(&d, &magnitude)) {
        magnitude = large_double(&d);
    }
    *ret = mcp_json_raw(v).ptr[0] == '-' ? -magnitude : magnitude;
    return true;
}
