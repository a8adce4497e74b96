/* tools/webhook_slack.c - an alert as a message for Slack's incoming webhooks.
 *
 * Limits of Block Kit: 150 characters in a header, 3,000 in a section's text. Counted are UTF-16
 * units, the largest of the counts that could be meant. */
#include <tools/webhook_body.h>

#include <tools/alert_text.h>

#include <mcp/json.h>

enum { HEADER_MAX = 150, SECTION_MAX = 3000, TEXT_MAX = 3000, ROOM = 1 << 16, MORE_UNITS = 24 };

/* ---- Counting and cutting ---- */

/* UTF-16 units that the character beginning with `c` takes; its other bytes take none. */
static size_t units_of(char c)
{
    uint8_t byte = (uint8_t)c;

    return byte < 0x80 ? 1 : byte < 0xc0 ? 0 : byte < 0xf0 ? 1 : 2;
}

static size_t count_units(mcp_str s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++) {
        n += units_of(s.ptr[i]);
    }
    return n;
}

/* The beginning of `s` that takes at most `max` units, and whole characters. */
static mcp_str cut(mcp_str s, size_t max)
{
    size_t units = 0;

    for (size_t i = 0; i < s.len; i++) {
        units += units_of(s.ptr[i]);
        if (units > max) {
            return mcp_str_n(s.ptr, i);
        }
    }
    return s;
}

/* & < > as Slack wants them; everything else stays. */
static void put_escaped(struct mcp_buf *out, mcp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        switch (s.ptr[i]) {
        case '&':
            mcp_buf_add(out, MCP_STR("&amp;"));
            break;
        case '<':
            mcp_buf_add(out, MCP_STR("&lt;"));
            break;
        case '>':
            mcp_buf_add(out, MCP_STR("&gt;"));
            break;
        default:
            mcp_buf_byte(out, s.ptr[i]);
        }
    }
}

/* ---- The texts ---- */

/* "\n*Verifications:* 420 credits left, threshold 500 credits" */
static void put_line(struct mcp_buf *out, const struct alert_line *line)
{
    mcp_buf_add(out, MCP_STR("\n*"));
    put_escaped(out, line->label);
    mcp_buf_add(out, MCP_STR(":* "));
    alert_put_amount(out, line->balance_micro);
    mcp_buf_byte(out, ' ');
    put_escaped(out, line->unit);
    mcp_buf_add(out, MCP_STR(" left, threshold "));
    alert_put_amount(out, line->threshold_micro);
    mcp_buf_byte(out, ' ');
    put_escaped(out, line->unit);
}

/* The lines that fit behind what is there; the rest is counted. */
static void put_lines(struct mcp_buf *out, mcp_str lines)
{
    struct alert_line line;
    size_t n_more = 0;

    while (alert_line_next(&lines, &line)) {
        size_t before = out->len;

        put_line(out, &line);
        if (n_more || count_units(mcp_buf_str(out)) + MORE_UNITS > SECTION_MAX) {
            out->len = before;
            n_more++;
        }
    }
    if (n_more) {
        mcp_buf_printf(out, "\nand %zu more", n_more);
    }
}

/* An escaped text that is cut is cut before it is escaped, so that no escape is halved: five units
 * are the longest one. */
static void put_sentence(struct mcp_buf *out, const struct alert *a, struct mcp_buf *plain)
{
    mcp_buf_clear(plain);
    alert_put_sentence(plain, a);
    mcp_str all = mcp_buf_str(plain);
    mcp_str fits = cut(all, TEXT_MAX / 2);

    put_escaped(out, fits);
    if (count_units(mcp_buf_str(out)) > TEXT_MAX - MORE_UNITS) {
        mcp_buf_clear(out);
        put_escaped(out, cut(all, (TEXT_MAX - MORE_UNITS) / 5));
    }
}

static void put_plain(struct mcp_json_writer *w, mcp_str text)
{
    mcp_json_put_key(w, MCP_STR("text"));
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("type"), MCP_STR("plain_text"));
    mcp_json_member_str(w, MCP_STR("text"), text);
    mcp_json_member_bool(w, MCP_STR("emoji"), false);
    mcp_json_object_end(w);
}

static void put_blocks(struct mcp_json_writer *w, mcp_str title, mcp_str section, mcp_str url)
{
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("type"), MCP_STR("header"));
    put_plain(w, cut(title, HEADER_MAX));
    mcp_json_object_end(w);
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("type"), MCP_STR("section"));
    mcp_json_put_key(w, MCP_STR("text"));
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("type"), MCP_STR("mrkdwn"));
    mcp_json_member_str(w, MCP_STR("text"), section);
    mcp_json_object_end(w);
    mcp_json_object_end(w);
    if (url.len == 0) {
        return;
    }
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("type"), MCP_STR("actions"));
    mcp_json_put_key(w, MCP_STR("elements"));
    mcp_json_array(w);
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("type"), MCP_STR("button"));
    put_plain(w, MCP_STR("Open Cistern"));
    mcp_json_member_str(w, MCP_STR("url"), url);
    mcp_json_object_end(w);
    mcp_json_array_end(w);
    mcp_json_object_end(w);
}

void webhook_body_put_slack(struct mcp_buf *out, const struct alert *a, mcp_str dashboard_url)
{
    struct mcp_buf title, plain, text, section;
    struct mcp_json_writer w;

    mcp_buf_init(&title, ROOM);
    mcp_buf_init(&plain, ROOM);
    mcp_buf_init(&text, ROOM);
    mcp_buf_init(&section, ROOM);
    alert_put_title(&title, a);
    put_sentence(&section, a, &plain);
    put_escaped(&text, cut(mcp_buf_str(&title), HEADER_MAX));
    mcp_buf_add(&text, MCP_STR(": "));
    mcp_buf_add(&text, mcp_buf_str(&section));
    put_lines(&section, a->kind == ALERT_USAGE ? MCP_STR("") : a->lines);
    mcp_json_writer_init(&w, out);
    mcp_json_object(&w);
    mcp_json_member_str(&w, MCP_STR("text"), mcp_buf_str(&text));
    mcp_json_put_key(&w, MCP_STR("blocks"));
    mcp_json_array(&w);
    put_blocks(&w, mcp_buf_str(&title), mcp_buf_str(&section), dashboard_url);
    mcp_json_array_end(&w);
    mcp_json_object_end(&w);
    out->failed = out->failed || title.failed || plain.failed || text.failed || section.failed;
    mcp_buf_free(&title);
    mcp_buf_free(&plain);
    mcp_buf_free(&text);
    mcp_buf_free(&section);
}
