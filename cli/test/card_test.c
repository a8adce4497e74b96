/* cli/test/card_test.c - the server card of a real `cistern serve`: what its options say. */
#include <cli/test/server.h>

#define WELL_KNOWN "/.well-known/mcp/server-card.json"

static struct place place;
static struct server server;

/* Both places say the same, to anybody. */
static void expect_both(const char *part)
{
    static const char *const PLACES[] = {WELL_KNOWN, "/mcp/server-card", "/api/mcp/server-card"};
    char first[4096] = "";

    for (size_t i = 0; i < 3; i++) {
        T_EQ(get(&server, PLACES[i], NULL), 200);
        T_ANSWER("Content-Type: application/mcp-server-card+json\r\n");
        T_ANSWER("Access-Control-Allow-Origin: *\r\n");
        T_HAS(mcp_str_c(answer_body()), part);
        if (i == 0) {
            snprintf(first, sizeof(first), "%s", answer_body());
        }
        T_STR(mcp_str_c(answer_body()), first);
    }
}

static void end(void)
{
    server_stop(&server);
    place_remove(&place);
}

static void every_option_is_on_the_card_in_both_places(void)
{
    place_make(&place);
    server_start(&server, "127.0.0.1:0", "--card-name", "com.example/credit", "--card-title",
                 "Credit \"left\"", "--card-description", "What is left.", "--card-website",
                 "https://example.com/", "--card-icon", "https://example.com/i.png", "--card-url",
                 "https://mcp.example.com/mcp", NULL);
    expect_both("\"name\":\"com.example/credit\",\"version\":\"");
    expect_both(
        "\"title\":\"Credit \\\"left\\\"\",\"description\":\"What is left.\",\"websiteUrl\":"
        "\"https://example.com/\",\"icons\":[{\"src\":\"https://example.com/i.png\"}],"
        "\"remotes\":[{\"type\":\"streamable-http\",\"url\":\"https://mcp.example.com/mcp\","
        "\"headers\":[{\"name\":\"Authorization\"");
    end();
}

static void without_options_it_names_no_place(void)
{
    char etag[64], again[128];

    place_make(&place);
    server_start(&server, "127.0.0.1:0", NULL);
    expect_both("\"name\":\"localhost/cistern\"");
    T_CHECK(!strstr(answer.text, "remotes"));
    const char *tag = strstr(answer.text, "ETag: ");

    T_CHECK(tag);
    snprintf(etag, sizeof(etag), "%.*s", (int)strcspn(tag + 6, "\r"), tag + 6);
    snprintf(again, sizeof(again), "If-None-Match: %s\r\n", etag);
    T_EQ(ask(&server, "GET", WELL_KNOWN, NULL, again, ""), 304);
    T_STR(mcp_str_c(answer_body()), "");
    T_EQ(ask(&server, "HEAD", WELL_KNOWN, NULL, "", ""), 200);
    T_STR(mcp_str_c(answer_body()), "");
    T_EQ(ask(&server, "GET", WELL_KNOWN, NULL, "Origin: https://anybody.example\r\n", ""), 200);
    T_EQ(ask(&server, "OPTIONS", WELL_KNOWN, NULL,
             "Origin: https://anybody.example\r\nAccess-Control-Request-Method: GET\r\n", ""),
         204);
    T_ANSWER("Access-Control-Allow-Origin: *\r\n");
    T_EQ(ask(&server, "POST", WELL_KNOWN, NULL, "", ""), 405);
    end();
}

static void a_hidden_card_is_nowhere(void)
{
    place_make(&place);
    server_start(&server, "127.0.0.1:0", "--hide-card", "--card-title", "Nobody sees this", NULL);
    T_EQ(get(&server, WELL_KNOWN, NULL), 404);
    T_EQ(get(&server, "/mcp/server-card", NULL), 404);
    end();
}

static void a_wrong_value_is_a_usage_error_with_a_sentence(void)
{
    static const char *const ROWS[][3] = {
        {"--card-name", "credit",
         "server card: the name must be a reversed domain, a slash and a name"},
        {"--card-title", "", "server card: the title must have 1 to 100 characters"},
        {"--card-description", "", "server card: the description must have 1 to 100 characters"},
        {"--card-website", "example.com", "server card: the website must be an http or https URL"},
        {"--card-icon", "http://example.com/i.png", "server card: the icons must be"},
        {"--card-url", "ftp://example.com",
         "server card: the remote URL must be an http or https URL"},
    };

    place_make(&place);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        T_CODE(run("serve", "--listen", "127.0.0.1:0", ROWS[i][0], ROWS[i][1], NULL), 64);
        T_HAS(mcp_str_c(ran.err), ROWS[i][2]);
    }
    place_remove(&place);
}

static const struct t_case CASES[] = {
    T(every_option_is_on_the_card_in_both_places),
    T(without_options_it_names_no_place),
    T(a_hidden_card_is_nowhere),
    T(a_wrong_value_is_a_usage_error_with_a_sentence),
};

T_MAIN("cli/card", CASES)
