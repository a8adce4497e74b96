/* Mail: what a message is, and what goes to a mailbox, how often, and what is kept of where. */
#include <tools/test/sender.h>

#include <tools/key.h>
#include <tools/mail.h>
#include <tools/token_expiry.h>

#define FROM "cistern@example.org"
#define ADA  "ada@example.com"

/* ---- The message ---- */

static struct mail mail_of(const char *subject, const char *text)
{
    return (struct mail){.id = {1, 2, 3},
                         .at_ms = NOW_MS,
                         .from = MCP_STR(FROM),
                         .to = MCP_STR(ADA),
                         .subject = mcp_str_c(subject),
                         .text = mcp_str_c(text)};
}

static void a_message_is_what_rfc_5322_says_the_same_at_every_attempt(void)
{
    struct mail m = mail_of("ci expires in 7 days", "One line.\n\n.\nFrom here = 1\ntrailing \n");
    struct mcp_buf b;

    mcp_buf_init(&b, MAIL_BYTES_MAX);
    for (int i = 0; i < 2; i++) {
        mcp_buf_clear(&b);
        T_CHECK(mail_put(&b, &m) && !b.failed);
        T_STR(mcp_buf_str(&b), "Date: Wed, 17 Jun 2026 08:02:11 +0000\r\n"
                               "Message-ID: <01020300-0000-0000-0000-000000000000@example.org>\r\n"
                               "From: Cistern <cistern@example.org>\r\n"
                               "To: <ada@example.com>\r\n"
                               "Subject: ci expires in 7 days\r\n"
                               "Auto-Submitted: auto-generated\r\n"
                               "MIME-Version: 1.0\r\n"
                               "Content-Type: text/plain; charset=utf-8\r\n"
                               "Content-Transfer-Encoding: quoted-printable\r\n"
                               "\r\n"
                               "One line.\r\n"
                               "\r\n"
                               ".\r\n"
                               "From here =3D 1\r\n"
                               "trailing=20\r\n");
    }
    mcp_buf_free(&b);
}

/* Seven bits, no line beyond 78, nothing but CRLF ends one, and only our nine headers. */
static void check_message(mcp_str message)
{
    mcp_str rest = message;
    size_t n_headers = 0, n_names = 0;

    while (rest.len) {
        mcp_str line = mcp_str_cut(&rest, '\n');

        ck_assert_msg(line.len && line.ptr[line.len - 1] == '\r' && line.len <= 79, "%.*s",
                      MCP_STR_ARG(line));
        if (line.len == 1 && n_names == 0) {
            n_names = n_headers;
        }
        n_headers += line.ptr[0] != ' ';
        for (size_t i = 0; i + 1 < line.len; i++) {
            T_CHECK((line.ptr[i] >= ' ' && line.ptr[i] <= '~') || line.ptr[i] == '\t');
        }
    }
    T_EQ(n_names, 9);
}

static void hostile_texts_make_no_header_and_long_ones_no_long_line(void)
{
    static char wide[3000], bad[301];
    const char *const TEXTS[] = {
        "a\r\nBcc: eve@example.com\r\n\r\nhello",
        "a\nX-Evil: 1",
        "=?utf-8?B?QmNjOg==?=",
        "\xe2\x98\x83 snow \xf0\x9f\x90\xb3\xf0\x9f\x90\xb3\xf0\x9f\x90\xb3\xf0\x9f\x90\xb3"
        "\xf0\x9f\x90\xb3\xf0\x9f\x90\xb3\xf0\x9f\x90\xb3\xf0\x9f\x90\xb3\xf0\x9f\x90\xb3",
        wide,
        bad,
        "\r",
        "",
        " \t ",
        "a\0b",
    };
    struct mcp_buf b;

    memset(wide, 'n', sizeof(wide) - 1);
    memset(bad, 0x80, sizeof(bad) - 1); /* no UTF-8 */
    mcp_buf_init(&b, MAIL_BYTES_MAX);
    for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
        for (size_t j = 0; j < sizeof(TEXTS) / sizeof(TEXTS[0]); j++) {
            struct mail m = mail_of(TEXTS[i], TEXTS[j]);

            mcp_buf_clear(&b);
            T_CHECK(mail_put(&b, &m) && !b.failed);
            check_message(mcp_buf_str(&b));
        }
    }
    /* Code points are whole in each encoded word: eight of four bytes after "\u2603 snow ", then
     * one. */
    struct mail m = mail_of(TEXTS[3], "");

    mcp_buf_clear(&b);
    T_CHECK(mail_put(&b, &m));
    T_HAS(mcp_buf_str(&b),
          "Subject: =?utf-8?B?4piDIHNub3cg8J+Qs/CfkLPwn5Cz8J+Qs/CfkLPwn5Cz8J+Qs/CfkLM=?=\r\n"
          " =?utf-8?B?8J+Qsw==?=\r\n");
    mcp_buf_free(&b);
}

static void an_address_that_is_none_makes_no_message(void)
{
    static const char *const NONE[] = {
        "",
        "ada",
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com>\r\nRCPT TO:<eve@example.com",
        "<ada@example.com>",
        "ada@example.com, eve@example.com",
        "ada @example.com",
        "ad\xc3\xa4@example.com",
    };
    struct mcp_buf b;

    mcp_buf_init(&b, MAIL_BYTES_MAX);
    for (size_t i = 0; i < sizeof(NONE) / sizeof(NONE[0]); i++) {
        struct mail to = mail_of("s", "t"), from = to;

        to.to = mcp_str_c(NONE[i]);
        from.from = mcp_str_c(NONE[i]);
        T_CHECK(!mail_put(&b, &to) && !mail_put(&b, &from) && b.len == 0);
    }
    mcp_buf_free(&b);
}

static bool write_step(void *arg)
{
    struct mail m = mail_of("\xe2\x98\x83", "text\n");
    struct mcp_buf b;

    (void)arg;
    mcp_buf_init(&b, MAIL_BYTES_MAX);
    T_CHECK(mail_put(&b, &m));
    bool is_done = !b.failed;

    mcp_buf_free(&b);
    return is_done;
}

static void without_memory_it_says_so(void)
{
    struct mail m = mail_of("s", "text\n");
    struct mcp_buf b;

    T_CHECK(t_torture(write_step, NULL) >= 1);
    mcp_buf_init(&b, 300); /* less than it takes */
    T_CHECK(mail_put(&b, &m) && b.failed && b.is_over);
    mcp_buf_free(&b);
}

/* ---- To a mailbox ---- */

static void open_mail(struct setting *s, struct sender *k, const char *from)
{
    struct tools_options opt = {.seal_key = SEAL_KEY,
                                .log = {.write = setting_log, .max = MCP_LOG_INFO}};

    setting_open_with(s, &opt);
    sender_open_mail(k, s, s->tools, from);
}

static void add_ada(struct setting *s)
{
    SAY_OK(s, "add_user", "{'email':'" ADA "','password':'correct horse battery','operator':true}");
}

static void add_token(struct setting *s)
{
    SAY_OK(s, "create_token",
           timed(s, "{'name':'ci \\u2603','expiresAt':'", NOW_MS + 60 * (int64_t)DAY_MS, "'}"));
}

/* Warnings are looked for, and what is due is sent. */
static size_t run_for(struct setting *s, struct sender *k, int64_t ms)
{
    size_t n = 0;

    s->wall_ms += ms;
    for (int i = 0; i < 8; i++) {
        s->monotonic_ms += TOKEN_EXPIRY_REST_MS / 4;
        n += sender_run(k);
    }
    return n;
}

static void a_token_that_ends_is_a_mail_for_a_user_once(void)
{
    struct setting s;
    struct sender k;

    open_mail(&s, &k, FROM);
    add_token(&s);
    T_EQ(run_for(&s, &k, 31 * (int64_t)DAY_MS), 0); /* nobody has an address */
    add_ada(&s);
    T_EQ(run_for(&s, &k, 16 * (int64_t)DAY_MS), 1);
    const struct sent *m = last_sent(&k);

    T_STR(m->mail_to, ADA);
    T_CHECK(m->url.len == 0 && m->n_headers == 0);
    check_message(m->body);
    T_HAS(m->body, "From: Cistern <" FROM ">\r\nTo: <" ADA ">\r\nSubject: =?utf-8?B?");
    T_HAS(m->body, "The access token ci =E2=98=83 (it ends in ");
    T_HAS(m->body, "\r\nhttps://cistern.example/\r\n");
    T_EQ(run_for(&s, &k, HOUR_MS), 0);
    log_is(&s, 0, "delivered");
    struct said said = say(&s, "list_deliveries", "{}");

    T_HAS(said.result, "\"channel\":\"mail\",\"webhookId\":null,\"webhookName\":null");
    T_HAS(said.result, "\"event\":\"key.expiring\"");
    mcp_str id = text_of(&said, mcp_json_at(at(said.json, "deliveries"), 0), "id");

    SAY_FAILS(&s, "replay_delivery",
              mcp_arena_printf(&s.arena, "{'delivery':'%.*s'}", MCP_STR_ARG(id)).ptr, MCP_E_REFUSED,
              "A mail is sent once.");
    setting_close(&s);
}

static void four_hundreds_are_tried_again_with_the_same_bytes_five_hundreds_not(void)
{
    struct setting s;
    struct sender k;

    open_mail(&s, &k, FROM);
    add_ada(&s);
    add_token(&s);
    k.status = 451;
    T_EQ(run_for(&s, &k, 31 * (int64_t)DAY_MS), 1);
    log_is(&s, 0, "queued");
    k.status = 0; /* nobody answers */
    T_EQ(run_for(&s, &k, 6 * 1000), 1);
    k.status = 410; /* of HTTP this would be the end */
    T_EQ(run_for(&s, &k, 6 * MINUTE_MS), 1);
    log_is(&s, 0, "queued");
    k.status = 550;
    T_EQ(run_for(&s, &k, HOUR_MS), 1);
    log_is(&s, 0, "cancelled failed");
    T_EQ(run_for(&s, &k, 4 * (int64_t)DAY_MS), 0);
    T_CHECK(mcp_str_eq(k.list[0].body, k.list[3].body));
    T_STR(alert_state(&s, 0), "unsent");
    setting_close(&s);
}

static void after_ten_attempts_it_is_given_up(void)
{
    struct setting s;
    struct sender k;

    open_mail(&s, &k, FROM);
    add_ada(&s);
    k.status = 421;
    SAY_OK(&s, "remove_user", "{'user':'" ADA "'}");
    for (int i = 0; i < 120; i++) {
        sender_run(&k);
        pass(&s, HOUR_MS);
    }
    T_EQ(k.n, 10);
    log_is(&s, 0, "cancelled failed");
    setting_close(&s);
}

static void a_webhook_that_is_stopped_is_a_mail_too(void)
{
    struct setting s;
    struct sender k;

    open_mail(&s, &k, FROM);
    add_ada(&s);
    SAY_OK(&s, "add_webhook", "{'name':'w','url':'" HOOK "'}");
    SAY_OK(&s, "add_connection", "{'name':'Hunter','toolName':'Hunter','low':100,'critical':10}");
    k.status = 404;
    read_balance(&s, "Hunter", 42);
    T_EQ(sender_run(&k), 2); /* 404 is no answer that a mail server has for good */
    T_HAS(last_sent(&k)->body, "Subject: Webhook w was stopped\r\n");
    setting_close(&s);
}

/* ---- Farewell ---- */

struct search {
    mcp_str word;
    size_t n_found, n_mail;
};

static mcp_err search_row(void *arg, mcp_str key, mcp_str value, uint8_t version)
{
    struct search *f = arg;

    (void)version;
    f->n_found += mcp_str_has_nocase(value, f->word);
    f->n_mail += (uint8_t)key.ptr[0] == KEY_MAIL && key.len == KEY_SEQUENCE_BYTES;
    return MCP_OK;
}

static mcp_err search_body(struct store_txn *txn, void *arg)
{
    return store_scan(txn, MCP_STR("\x10"), MCP_STR("\x70"), false, STORE_SCAN_MAX, search_row,
                      arg);
}

/* How many rows have the address in the clear, and how many have one sealed. */
static struct search find_ada(struct setting *s)
{
    struct search f = {.word = MCP_STR(ADA)};

    T_EQ(store_read(s->store, search_body, &f), MCP_OK);
    return f;
}

static void begin_farewell(struct setting *s, struct sender *k)
{
    open_mail(s, k, FROM);
    add_ada(s);
    T_EQ(find_ada(s).n_found, 1);
    SAY_OK(s, "remove_user", "{'user':'" ADA "'}");
    T_EQ(find_ada(s).n_found, 0);
    T_EQ(find_ada(s).n_mail, 1); /* sealed */
}

static void a_deleted_account_is_told_where_it_was_and_the_address_goes(void)
{
    struct setting s;
    struct sender k;

    begin_farewell(&s, &k);
    k.status = 421;
    T_EQ(sender_run(&k), 1);
    T_EQ(find_ada(&s).n_mail, 1); /* it will be tried again */
    T_STR(last_sent(&k)->mail_to, ADA);
    T_HAS(last_sent(&k)->body, "Subject: Your account was deleted\r\n");
    k.status = 250;
    pass(&s, 6000);
    T_EQ(sender_run(&k), 1);
    log_is(&s, 0, "delivered");
    T_EQ(find_ada(&s).n_mail, 0);
    T_EQ(find_ada(&s).n_found, 0);
    setting_close(&s);

    begin_farewell(&s, &k);
    k.status = 550;
    T_EQ(sender_run(&k), 1);
    log_is(&s, 0, "cancelled failed");
    T_EQ(find_ada(&s).n_mail, 0);
    setting_close(&s);
}

static void without_mail_nothing_is_queued_and_what_was_ends(void)
{
    struct setting s;
    struct sender k, later;

    open_mail(&s, &k, NULL);
    add_ada(&s);
    SAY_OK(&s, "remove_user", "{'user':'" ADA "'}");
    T_EQ(find_ada(&s).n_mail, 0);
    T_EQ(sender_run(&k), 0);
    setting_close(&s);

    begin_farewell(&s, &k);
    struct tools *second = setting_tools(&s, &(struct tools_options){.seal_key = SEAL_KEY});

    sender_open_mail(&later, &s, second, NULL); /* as after a restart without --mail-url */
    T_EQ(sender_run(&later), 0);
    log_is(&s, 0, "cancelled gone");
    T_EQ(find_ada(&s).n_mail, 0);
    tools_free(second);
    setting_close(&s);
}

static void a_claim_that_lapses_is_one_duplicate_with_the_same_bytes(void)
{
    struct setting s;
    struct sender k, later;

    begin_farewell(&s, &k);
    k.keeps = true;
    T_EQ(sender_run(&k), 1); /* and the process dies here */
    struct tools *second = setting_tools(&s, &(struct tools_options){.seal_key = SEAL_KEY});

    sender_open_mail(&later, &s, second, FROM);
    T_EQ(sender_run(&later), 0);
    pass(&s, MINUTE_MS + 1);
    T_EQ(sender_run(&later), 1);
    T_CHECK(mcp_str_eq(last_sent(&k)->body, last_sent(&later)->body));
    T_STR(last_sent(&later)->mail_to, ADA);
    T_EQ(find_ada(&s).n_mail, 0);
    sender_answer(&k, last_sent(&k), 0);
    store_complete(s.store);
    log_is(&s, 0, "delivered");
    tools_free(second);
    setting_close(&s);
}

static const struct t_case cases[] = {
    T(a_message_is_what_rfc_5322_says_the_same_at_every_attempt),
    T(hostile_texts_make_no_header_and_long_ones_no_long_line),
    T(an_address_that_is_none_makes_no_message),
    T(without_memory_it_says_so),
    T(a_token_that_ends_is_a_mail_for_a_user_once),
    T(four_hundreds_are_tried_again_with_the_same_bytes_five_hundreds_not),
    T(after_ten_attempts_it_is_given_up),
    T(a_webhook_that_is_stopped_is_a_mail_too),
    T(a_deleted_account_is_told_where_it_was_and_the_address_goes),
    T(without_mail_nothing_is_queued_and_what_was_ends),
    T(a_claim_that_lapses_is_one_duplicate_with_the_same_bytes),
};
T_MAIN("mail", cases)
