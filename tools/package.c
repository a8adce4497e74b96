/* tools/package.c - see package.h. */
#include <tools/package.h>

#include <tools/name.h>
#include <tools/order.h>

#include <stdio.h>

#define CENTS_MAX   ((int64_t)10000000000)
#define CREDITS_MAX ((int64_t)100000000000000)

const struct package package_defaults[] = {
    {"starter", "Starter", 500, 4050000},
    {"basic", "Basic", 1000, 8500000},
    {"plus", "Plus", 2500, 22500000},
    {"pro", "Pro", 5000, 46500000},
};
const size_t package_defaults_n = sizeof(package_defaults) / sizeof(package_defaults[0]);

/* Decimal digits, 1..max. */
static bool read_amount(mcp_str s, int64_t max, int64_t *ret)
{
    int64_t v = 0;

    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9' || v > max) {
            return false;
        }
        v = v * 10 + (s.ptr[i] - '0');
    }
    *ret = v;
    return s.len > 0 && v >= 1 && v <= max;
}

static bool is_id(mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-')) {
            return false;
        }
    }
    return s.len >= 1 && s.len <= PACKAGE_ID_MAX;
}

const char *package_parse(mcp_str text, struct package *ret)
{
    mcp_str id = mcp_str_cut(&text, '='), cents = mcp_str_cut(&text, ':');
    mcp_str credits = mcp_str_cut(&text, ':');

    *ret = (struct package){.price_cents = 0};
    if (!is_id(id)) {
        return "its id is not 1 to 32 of a-z, 0-9, _ and -";
    }
    if (mcp_str_eq(id, MCP_STR(ORDER_TOPOFF))) {
        return "its id is that of orders that are made by themselves";
    }
    if (!read_amount(cents, CENTS_MAX, &ret->price_cents)) {
        return "its price is not a number of cents, 1 or more";
    }
    if (!read_amount(credits, CREDITS_MAX, &ret->credits)) {
        return "its credits are not a number, 1 or more";
    }
    if (!text.ptr || name_check(text, PACKAGE_NAME_MAX)) {
        return "its name is not 1 to 64 bytes of text";
    }
    memcpy(ret->id, id.ptr, id.len);
    memcpy(ret->name, text.ptr, text.len);
    return NULL;
}

mcp_str package_display(int64_t credits, char out[PACKAGE_DISPLAY_BYTES])
{
    int n = snprintf(out, PACKAGE_DISPLAY_BYTES, "$%lld.%02lld", (long long)(credits / 1000000),
                     (long long)(credits % 1000000 / 10000));

    return mcp_str_n(out, (size_t)n);
}

const struct package *package_find(const struct package *list, size_t n, mcp_str id)
{
    for (size_t i = 0; i < n; i++) {
        if (mcp_str_eq(mcp_str_c(list[i].id), id)) {
            return &list[i];
        }
    }
    return NULL;
}
