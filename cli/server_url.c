/* cli/server_url.c - see server_url.h. */
#include <cli/server_url.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4200 };

bool cli_url_of(const char *address, bool is_tls, char out[CLI_URL_BYTES])
{
    static const char *const ANY[][2] = {{"0.0.0.0:", "127.0.0.1:"}, {"[::]:", "[::1]:"}};
    const char *host = "";

    if (strncmp(address, "unix:", 5) == 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof(ANY) / sizeof(ANY[0]); i++) {
        if (strncmp(address, ANY[i][0], strlen(ANY[i][0])) == 0) {
            host = ANY[i][1];
            address += strlen(ANY[i][0]);
        }
    }
    int n = snprintf(out, CLI_URL_BYTES, "http%s://%s%s", is_tls ? "s" : "", host, address);

    return n > 0 && n < CLI_URL_BYTES;
}

bool cli_url_is_base(const char *url)
{
    mcp_str s = mcp_str_c(url);
    bool is_web = mcp_str_starts(s, MCP_STR("http://")) || mcp_str_starts(s, MCP_STR("https://"));

    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        if (c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}?#", c)) {
            return false;
        }
    }
    return is_web && s.len < CLI_URL_BYTES && strlen(strchr(url, ':')) > 3;
}

static bool url_path(const char *dir, char out[PATH_BYTES])
{
    int n = snprintf(out, PATH_BYTES, "%s/server.url", dir);

    return n > 0 && n < PATH_BYTES;
}

/* Appears whole: a reader never sees half of it. */
void cli_server_url_put(const char *dir, const char *url)
{
    char path[PATH_BYTES], part[PATH_BYTES], text[CLI_URL_BYTES + 1];
    int n = snprintf(text, sizeof(text), "%s\n", url);
    int m = snprintf(part, sizeof(part), "%s/server.url.XXXXXX", dir);
    int fd = url_path(dir, path) && m > 0 && (size_t)m < sizeof(part) ? mkstemp(part) : -1;

    if (fd >= 0) {
        if (write(fd, text, (size_t)n) != n || rename(part, path) != 0) {
            unlink(part);
        }
        close(fd);
    }
}

bool cli_server_url_get(const char *dir, char out[CLI_URL_BYTES])
{
    char path[PATH_BYTES];
    int fd = url_path(dir, path) ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
    ssize_t n = fd >= 0 ? read(fd, out, CLI_URL_BYTES - 1) : 0;

    if (fd >= 0) {
        close(fd);
    }
    out[n > 0 ? n : 0] = '\0';
    out[strcspn(out, "\n")] = '\0';
    return cli_url_is_base(out);
}

void cli_server_url_remove(const char *dir, const char *url)
{
    char path[PATH_BYTES], now[CLI_URL_BYTES];

    if (url_path(dir, path) && cli_server_url_get(dir, now) && strcmp(now, url) == 0) {
        unlink(path);
    }
}
