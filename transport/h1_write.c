/* transport/h1_write.c - see h1_write.h. No printf: this runs for every request. */
#include <transport/h1_write.h>

#include <transport/h1_parse.h>

static mcp_str reason(int status)
{
    static const struct {
        int status;
        mcp_str text;
    } rows[] = {
        {200, MCP_STR_INIT("200 OK")},
        {201, MCP_STR_INIT("201 Created")},
        {202, MCP_STR_INIT("202 Accepted")},
        {204, MCP_STR_INIT("204 No Content")},
        {301, MCP_STR_INIT("301 Moved Permanently")},
        {302, MCP_STR_INIT("302 Found")},
        {303, MCP_STR_INIT("303 See Other")},
        {304, MCP_STR_INIT("304 Not Modified")},
        {307, MCP_STR_INIT("307 Temporary Redirect")},
        {308, MCP_STR_INIT("308 Permanent Redirect")},
        {400, MCP_STR_INIT("400 Bad Request")},
        {401, MCP_STR_INIT("401 Unauthorized")},
        {402, MCP_STR_INIT("402 Payment Required")},
        {403, MCP_STR_INIT("403 Forbidden")},
        {404, MCP_STR_INIT("404 Not Found")},
        {405, MCP_STR_INIT("405 Method Not Allowed")},
        {406, MCP_STR_INIT("406 Not Acceptable")},
        {408, MCP_STR_INIT("408 Request Timeout")},
        {409, MCP_STR_INIT("409 Conflict")},
        {410, MCP_STR_INIT("410 Gone")},
        {412, MCP_STR_INIT("412 Precondition Failed")},
        {413, MCP_STR_INIT("413 Content Too Large")},
        {414, MCP_STR_INIT("414 URI Too Long")},
        {415, MCP_STR_INIT("415 Unsupported Media Type")},
        {417, MCP_STR_INIT("417 Expectation Failed")},
        {422, MCP_STR_INIT("422 Unprocessable Content")},
        {428, MCP_STR_INIT("428 Precondition Required")},
        {429, MCP_STR_INIT("429 Too Many Requests")},
        {431, MCP_STR_INIT("431 Request Header Fields Too Large")},
        {500, MCP_STR_INIT("500 Internal Server Error")},
        {501, MCP_STR_INIT("501 Not Implemented")},
        {502, MCP_STR_INIT("502 Bad Gateway")},
        {503, MCP_STR_INIT("503 Service Unavailable")},
        {504, MCP_STR_INIT("504 Gateway Timeout")},
        {505, MCP_STR_INIT("505 HTTP Version Not Supported")},
        {507, MCP_STR_INIT("507 Insufficient Storage")},
    };

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].status == status) {
            return rows[i].text;
        }
    }
    return mcp_str_n(NULL, 0);
}

mcp_str mcp_http_status_text(int status)
{
    mcp_str known = reason(status);

    return known.len ? mcp_str_n(known.ptr + 4, known.len - 4) : known;
}

static void put_status(struct mcp_buf *out, int status)
{
    mcp_str known = reason(status);

    mcp_buf_add(out, MCP_STR("HTTP/1.1 "));
    if (known.len) {
        mcp_buf_add(out, known);
    } else {
        mcp_buf_int(out, status);
        mcp_buf_byte(out, ' '); /* RFC 9112 4: the space stays when the reason is absent */
    }
}

static void put_field(struct mcp_buf *out, mcp_str name, mcp_str value)
{
    char *at = mcp_buf_room(out, name.len + value.len + 4);

    if (!at) {
        return;
    }
    memcpy(at, "\r\n", 2);
    memcpy(at + 2, name.ptr, name.len);
    memcpy(at + 2 + name.len, ": ", 2);
    if (value.len) {
        memcpy(at + 4 + name.len, value.ptr, value.len);
    }
    out->len += name.len + value.len + 4;
}

static bool is_ours(mcp_str name)
{
    switch (name.len) {
    case 4:
        return mcp_str_eq_nocase(name, MCP_STR("Date"));
    case 10:
        return mcp_str_eq_nocase(name, MCP_STR("Connection"));
    case 14:
        return mcp_str_eq_nocase(name, MCP_STR("Content-Length"));
    case 17:
        return mcp_str_eq_nocase(name, MCP_STR("Transfer-Encoding"));
    default:
        return false;
    }
}

static void put_fields(struct mcp_buf *out, const struct mcp_http_response *res)
{
    mcp_str type = mcp_str_c(res->content_type);

    if (type.len && mcp__h1_is_value(type)) {
        put_field(out, MCP_STR("Content-Type"), type);
    }
    for (size_t i = 0; i < res->n_headers; i++) {
        const struct mcp_http_header *h = &res->headers[i];

        if (mcp__h1_is_token(h->name) && mcp__h1_is_value(h->value) && !is_ours(h->name)) {
            put_field(out, h->name, h->value);
        }
    }
}

/* RFC 9110 8.6: no Content-Length in 1xx and 204. A 304 has no body either. */
static void put_framing(struct mcp_buf *out, const struct mcp__h1_answer *a)
{
    int status = a->res->status;

    if (a->framing == MCP__H1_CHUNKED) {
        mcp_buf_add(out, MCP_STR("\r\nTransfer-Encoding: chunked"));
    } else if (a->framing == MCP__H1_COUNTED && status != 204 && status != 304) {
        mcp_buf_add(out, MCP_STR("\r\nContent-Length: "));
        mcp_buf_int(out, (int64_t)a->res->body.len);
    }
    if (a->is_close) {
        mcp_buf_add(out, MCP_STR("\r\nConnection: close"));
    } else if (a->is_old) {
        mcp_buf_add(out, MCP_STR("\r\nConnection: keep-alive"));
    }
}

void mcp__h1_write_answer(struct mcp_buf *out, const struct mcp__h1_answer *a)
{
    put_status(out, a->res->status);
    put_field(out, MCP_STR("Date"), mcp_str_n(a->date, MCP__H1_DATE_BYTES));
    put_fields(out, a->res);
    put_framing(out, a);
    mcp_buf_add(out, MCP_STR("\r\n\r\n"));
    if (a->framing == MCP__H1_COUNTED && !a->is_head && a->res->status != 204 &&
        a->res->status != 304) {
        mcp_buf_add(out, a->res->body);
    }
}

void mcp__h1_write_chunk(struct mcp_buf *out, mcp_str bytes)
{
    char digits[16];
    size_t n = 0;

    if (bytes.len == 0) {
        return;
    }
    for (size_t left = bytes.len; left; left >>= 4) {
        digits[sizeof(digits) - ++n] = "0123456789abcdef"[left & 15];
    }
    mcp_buf_add(out, mcp_str_n(digits + sizeof(digits) - n, n));
    mcp_buf_add(out, MCP_STR("\r\n"));
    mcp_buf_add(out, bytes);
    mcp_buf_add(out, MCP_STR("\r\n"));
}

static char *put_digits(char *at, int64_t v, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        at[i] = (char)('0' + v % 10);
        v /= 10;
    }
    return at + width;
}

/* Days since 1970-01-01 to a civil date, with the year starting in March. */
static void civil(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day)
{
    int64_t z = days + 719468;
    int64_t era = z / 146097;
    int64_t of_era = z - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;

    *ret_day = (int)(of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = year + era * 400 + (*ret_month <= 2);
}

void mcp__h1_write_date(char ret[MCP__H1_DATE_BYTES], int64_t wall_s)
{
    int64_t s = wall_s < 0 ? 0 : wall_s;
    int64_t year;
    int month, day;

    civil(s / 86400, &year, &month, &day);
    memcpy(ret, &"ThuFriSatSunMonTueWed"[s / 86400 % 7 * 3], 3);
    memcpy(ret + 3, ", ", 2);
    put_digits(ret + 5, day, 2);
    ret[7] = ' ';
    memcpy(ret + 8, &"JanFebMarAprMayJunJulAugSepOctNovDec"[(month - 1) * 3], 3);
    ret[11] = ' ';
    put_digits(ret + 12, year, 4);
    ret[16] = ' ';
    put_digits(ret + 17, s / 3600 % 24, 2);
    ret[19] = ':';
    put_digits(ret + 20, s / 60 % 60, 2);
    ret[22] = ':';
    put_digits(ret + 23, s % 60, 2);
    memcpy(ret + 25, " GMT", 4);
}
