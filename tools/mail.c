/* tools/mail.c - see mail.h. */
#include <tools/mail.h>

#include <tools/alert_text.h>
#include <tools/user.h>

#include <mcp/timestamp.h>

#include <sodium.h>

#define DAY_MS (24 * 3600 * (int64_t)1000)

enum {
    PLAIN_SUBJECT_MAX = 60, /* stays in one line behind "Subject: " */
    WORD_BYTES = 42,        /* of text in an encoded word: 56 in base64, 12 around it */
    WORD_TEXT = 57          /* with a NUL */
};

/* ---- Headers ---- */

/* "Tue, 01 Dec 2026 01:04:37 +0000" (RFC 5322 3.3) */
static void put_date(struct mcp_buf *out, int64_t at_ms)
{
    static const char DAYS[] = "ThuFriSatSunMonTueWed"; /* 1970 began on the first */
    static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char text[MCP_TIMESTAMP_BYTES];
    mcp_str t = mcp_timestamp_format(at_ms, text);
    size_t month = (size_t)(t.ptr[5] - '0') * 10 + (size_t)(t.ptr[6] - '0');
    size_t day = (size_t)(at_ms / DAY_MS % 7);

    mcp_buf_printf(out, "Date: %.3s, %.2s %.3s %.4s %.8s +0000\r\n", DAYS + 3 * day, t.ptr + 8,
                   MONTHS + 3 * (month - 1), t.ptr, t.ptr + 11);
}

/* Printable ASCII of one line, and nothing that could be read as an encoded word. */
static bool is_plain_subject(mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < ' ' || s.ptr[i] > '~') {
            return false;
        }
    }
    return s.len <= PLAIN_SUBJECT_MAX && !mcp_str_has_nocase(s, MCP_STR("=?"));
}

/* The next piece that fits a word; of what is no UTF-8 as many bytes as fit. */
static mcp_str cut_word(mcp_str *rest)
{
    mcp_str word = mcp_str_head(*rest, WORD_BYTES);

    word.len = word.len ? word.len : rest->len < WORD_BYTES ? rest->len : WORD_BYTES;
    *rest = mcp_str_n(rest->ptr + word.len, rest->len - word.len);
    return word;
}

/* What a mail program would not show as itself is a space: nobody's name has it. */
static void put_word(struct mcp_buf *out, mcp_str word)
{
    uint8_t bytes[WORD_BYTES];
    char text[WORD_TEXT];

    for (size_t i = 0; i < word.len; i++) {
        uint8_t c = (uint8_t)word.ptr[i];

        bytes[i] = c < ' ' || c == 0x7f ? ' ' : c;
    }
    sodium_bin2base64(text, sizeof(text), bytes, word.len, sodium_base64_VARIANT_ORIGINAL);
    mcp_buf_printf(out, "=?utf-8?B?%s?=", text);
}

static void put_subject(struct mcp_buf *out, mcp_str subject)
{
    mcp_buf_add(out, MCP_STR("Subject: "));
    if (is_plain_subject(subject)) {
        mcp_buf_add(out, subject);
    } else {
        while (subject.len) {
            put_word(out, cut_word(&subject));
            mcp_buf_add(out, subject.len ? MCP_STR("\r\n ") : MCP_STR(""));
        }
    }
    mcp_buf_add(out, MCP_STR("\r\n"));
}

static void put_headers(struct mcp_buf *out, const struct mail *m)
{
    char id[NAME_ID_BYTES];
    mcp_str domain = m->from;

    (void)mcp_str_cut(&domain, '@');
    put_date(out, m->at_ms);
    mcp_buf_printf(out, "Message-ID: <%.*s@%.*s>\r\n", MCP_STR_ARG(name_id_format(m->id, id)),
                   MCP_STR_ARG(domain));
    mcp_buf_printf(out, "From: Cistern <%.*s>\r\nTo: <%.*s>\r\n", MCP_STR_ARG(m->from),
                   MCP_STR_ARG(m->to));
    put_subject(out, m->subject);
    /* RFC 3834 5: no holiday notice answers it. */
    mcp_buf_add(out, MCP_STR("Auto-Submitted: auto-generated\r\n"
                             "MIME-Version: 1.0\r\n"
                             "Content-Type: text/plain; charset=utf-8\r\n"
                             "Content-Transfer-Encoding: quoted-printable\r\n\r\n"));
}

/* ---- The text ---- */

static bool is_itself(uint8_t c, bool is_last)
{
    return c == '\t' || c == ' ' ? !is_last : c > ' ' && c <= '~' && c != '=';
}

/* A line of the text in lines of at most MAIL_LINE_MAX. */
static void put_line(struct mcp_buf *out, mcp_str line)
{
    size_t used = 0;

    for (size_t i = 0; i < line.len; i++) {
        uint8_t c = (uint8_t)line.ptr[i];
        bool is_last = i + 1 == line.len, is_plain = is_itself(c, is_last);
        size_t width = is_plain ? 1 : 3;

        if (used + width > MAIL_LINE_MAX - (is_last ? 0u : 1u)) {
            mcp_buf_add(out, MCP_STR("=\r\n"));
            used = 0;
        }
        if (is_plain) {
            mcp_buf_byte(out, (char)c);
        } else {
            mcp_buf_printf(out, "=%02X", c);
        }
        used += width;
    }
    mcp_buf_add(out, MCP_STR("\r\n"));
}

bool mail_put(struct mcp_buf *out, const struct mail *m)
{
    mcp_str rest = m->text;

    if (user_email_check(m->from) || user_email_check(m->to)) {
        return false;
    }
    put_headers(out, m);
    while (rest.len) {
        put_line(out, mcp_str_cut(&rest, '\n'));
    }
    return true;
}

/* ---- Alerts ---- */

void mail_put_alert(struct mcp_buf *subject, struct mcp_buf *text, const struct alert *a,
                    mcp_str dashboard_url)
{
    alert_put_title(subject, a);
    alert_put_sentence(text, a);
    mcp_buf_byte(text, '\n');
    if (dashboard_url.len && a->kind != ALERT_ACCOUNT) {
        mcp_buf_add(text, MCP_STR("\n"));
        mcp_buf_add(text, dashboard_url);
        mcp_buf_byte(text, '\n');
    }
}
