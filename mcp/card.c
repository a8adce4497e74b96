/* mcp/card.c - see card.h. */
#include <mcp/card.h>
#include <mcp/engine.h>

#include <stdio.h>

enum { TEXT_MAX = 100, NAME_MAX_BYTES = 200 }; /* of the schema: characters, bytes of ASCII */

/* ---- What the schema asks ---- */

static size_t characters(const char *text)
{
    size_t n = 0;

    for (; *text; text++) {
        n += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return n;
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_of(mcp_str s, const char *marks)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is_alnum(s.ptr[i]) && !(s.ptr[i] && strchr(marks, s.ptr[i]))) {
            return false;
        }
    }
    return s.len > 0;
}

/* A reversed domain, one slash, a name. */
static bool is_name(mcp_str name)
{
    mcp_str rest = name, space = mcp_str_cut(&rest, '/');

    return name.len <= NAME_MAX_BYTES && is_of(space, ".-") && is_of(rest, "._-");
}

static bool is_url(const char *url)
{
    mcp_str s = mcp_str_c(url);
    bool is_web = mcp_str_starts(s, MCP_STR("https://")) || mcp_str_starts(s, MCP_STR("http://"));

    for (size_t i = 0; is_web && i < s.len; i++) {
        is_web = s.ptr[i] > ' ' && s.ptr[i] < 0x7f;
    }
    return is_web;
}

static mcp_err check(const struct mcp_card *card, const struct mcp__complaint *c)
{
    const struct mcp__row_text text = {.kind = "server", .name = "card", .icons = card->icons};
    const char *const texts[] = {card->title, card->description};

    if (card->name && !is_name(mcp_str_c(card->name))) {
        return mcp__complain(c, "server card: the name must be a reversed domain, a slash and a "
                                "name, like com.example/weather");
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i] && (!texts[i][0] || characters(texts[i]) > TEXT_MAX)) {
            return mcp__complain(c, "server card: the %s must have 1 to %d characters",
                                 i ? "description" : "title", TEXT_MAX);
        }
    }
    if (card->website_url && !is_url(card->website_url)) {
        return mcp__complain(c, "server card: the website must be an http or https URL");
    }
    if (card->remote_url && !is_url(card->remote_url)) {
        return mcp__complain(c, "server card: the remote URL must be an http or https URL");
    }
    return mcp__row_check(&text, NULL, c);
}

/* ---- What is said ---- */

/* The server's own name where it fits; what does not fit becomes a dash. */
static void put_name(struct mcp_json_writer *w, mcp_str own)
{
    char text[NAME_MAX_BYTES + 1];
    size_t n = (size_t)snprintf(text, sizeof(text), "localhost/%.*s", MCP_STR_ARG(own));

    n = n < sizeof(text) ? n : sizeof(text) - 1;
    for (size_t i = sizeof("localhost/") - 1; i < n; i++) {
        text[i] = is_alnum(text[i]) || strchr("._-", text[i]) ? text[i] : '-';
    }
    mcp_json_member_str(w, MCP_STR("name"), is_name(own) ? own : mcp_str_n(text, n));
}

/* At most as many characters as the schema allows. */
static mcp_str cut(mcp_str s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++) {
        n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
        if (n > TEXT_MAX) {
            return mcp_str_n(s.ptr, i);
        }
    }
    return s;
}

static mcp_str first(const char *text, mcp_str otherwise)
{
    return text ? mcp_str_c(text) : otherwise;
}

static void put_text(struct mcp_json_writer *w, mcp_str key, mcp_str text)
{
    if (text.len) {
        mcp_json_member_str(w, key, cut(text));
    }
}

/* Streamable HTTP came with 2025-03-26. Newest first, as discover has it. */
static void put_versions(struct mcp_json_writer *w)
{
    mcp_json_put_key(w, MCP_STR("supportedProtocolVersions"));
    mcp_json_array(w);
    for (int rev = MCP__REV_COUNT - 1; rev >= MCP__REV_2025_03_26; rev--) {
        mcp_json_put_str(w, mcp_str_c(mcp__rev_name((enum mcp__rev)rev)));
    }
    mcp_json_array_end(w);
}

static void put_remote(struct mcp_json_writer *w, const struct mcp_card *card)
{
    mcp_json_put_key(w, MCP_STR("remotes"));
    mcp_json_array(w);
    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("type"), MCP_STR("streamable-http"));
    mcp_json_member_str(w, MCP_STR("url"), mcp_str_c(card->remote_url));
    if (card->needs_token) {
        mcp_json_member_raw(w, MCP_STR("headers"),
                            MCP_STR("[{\"name\":\"Authorization\",\"description\":\"Bearer and an "
                                    "access token\",\"isRequired\":true,\"isSecret\":true}]"));
    }
    put_versions(w);
    mcp_json_object_end(w);
    mcp_json_array_end(w);
}

mcp_err mcp_server_card(const struct mcp_server *s, const struct mcp_card *card,
                        struct mcp_buf *out, char *reterr, size_t reterr_bytes)
{
    const struct mcp__complaint c = {reterr, reterr_bytes};
    const struct mcp__identity *own = &s->identity;
    mcp_str title = first(card->title, own->title), icons = first(card->icons, own->icons);
    mcp_str website = first(card->website_url, own->website_url);
    struct mcp_json_writer w;

    if (check(card, &c)) {
        return MCP_E_INVALID_PARAMS;
    }
    mcp_json_writer_init(&w, out);
    mcp_json_object(&w);
    mcp_json_member_str(
        &w, MCP_STR("$schema"),
        MCP_STR("https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json"));
    put_name(&w, first(card->name, own->name));
    mcp_json_member_str(&w, MCP_STR("version"), own->version);
    put_text(&w, MCP_STR("title"), title);
    put_text(&w, MCP_STR("description"),
             first(card->description, own->description.len ? own->description
                                      : title.len          ? title
                                                           : own->name));
    if (website.len) {
        mcp_json_member_str(&w, MCP_STR("websiteUrl"), website);
    }
    if (icons.len) {
        mcp_json_member_raw(&w, MCP_STR("icons"), icons);
    }
    if (card->remote_url) {
        put_remote(&w, card);
    }
    mcp_json_object_end(&w);
    return out->failed ? mcp__complain_memory(&c) : MCP_OK;
}
