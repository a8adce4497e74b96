/* tools/mail.h - a message for a person's mailbox, as text: RFC 5322, MIME, seven bits. Pure.
 *
 * The same message gives the same bytes at every attempt, with the delivery's id in its Message-ID,
 * so that a duplicate is known by it. Whatever the texts hold, they make no header of their own:
 * a subject that is not plain goes as encoded words (RFC 2047), the text as quoted-printable (RFC
 * 2045 6.7), and of addresses only those that user_email_check() takes are written. */
#ifndef CISTERN_TOOLS_MAIL_H
#define CISTERN_TOOLS_MAIL_H

#include <tools/alert_row.h>

#include <mcp/buf.h>

enum {
    MAIL_BYTES_MAX = 65536,
    MAIL_LINE_MAX = 76 /* of what is encoded; RFC 5322 2.1.1 has 998 as the most */
};

struct mail {
    uint8_t id[16]; /* the delivery's */
    int64_t at_ms;  /* when what it tells of happened; of the year 1970 to 9999 */
    mcp_str from, to;
    mcp_str subject, text; /* UTF-8; lines of `text` end with LF */
};

/* Append it, lines ending with CRLF. False: an address is none, nothing was written. Out of memory
 * and beyond the buffer's cap: out->failed. */
bool mail_put(struct mcp_buf *out, const struct mail *m);

/* What an alert says in a mail: its title as the subject; the text into `text`, with where to go.
 * `dashboard_url` empty: nowhere. */
void mail_put_alert(struct mcp_buf *subject, struct mcp_buf *text, const struct alert *a,
                    mcp_str dashboard_url);

#endif
