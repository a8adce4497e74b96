/* cli/banner.c - what a person needs to connect, ready to paste. */
#include <cli/serve.h>

/* Where a client on this machine reaches a server that listens on every address. */
static const char *reachable(const char *address, char *memory, size_t bytes)
{
    const char *port = strrchr(address, ':');

    if (strncmp(address, "0.0.0.0:", 8) == 0 || strncmp(address, "[::]:", 5) == 0) {
        snprintf(memory, bytes, "localhost%s", port);
        return memory;
    }
    return address;
}

void cli_banner(FILE *out, const char *address, bool is_tls, const char *dir, const char *token)
{
    const char *scheme = is_tls ? "https" : "http";
    char memory[64];

    if (strncmp(address, "unix:", 5) == 0) {
        fprintf(out,
                "\nCistern " CISTERN_VERSION " listens on %s, data in %s. Ctrl-C stops it.\n\n"
                "token (for a day, or until this server stops):\n  %s\n\n"
                "curl --unix-socket %s -H \"Authorization: Bearer %s\" "
                "http://localhost/api/v1/pools\n",
                address, dir, token, address + 5, token);
        return;
    }
    address = reachable(address, memory, sizeof(memory));
    fprintf(out,
            "\nCistern " CISTERN_VERSION " listens on %s://%s, data in %s. Ctrl-C stops it.\n\n"
            "dashboard, by a link that this prints:\n  cistern login --data %s\n\n"
            "token (for a day, or until this server stops):\n  %s\n\n",
            scheme, address, dir, dir, token);
    fprintf(out,
            "curl:\n"
            "  curl -s -H \"Authorization: Bearer %s\" %s://%s/api/v1/pools\n\n"
            "Claude Code:\n"
            "  claude mcp add --transport http cistern %s://%s/mcp "
            "--header \"Authorization: Bearer %s\"\n\n",
            token, scheme, address, scheme, address, token);
    fprintf(out,
            "Cursor, in ~/.cursor/mcp.json:\n"
            "  {\"mcpServers\":{\"cistern\":{\"url\":\"%s://%s/mcp\","
            "\"headers\":{\"Authorization\":\"Bearer %s\"}}}}\n\n",
            scheme, address, token);
    fprintf(out,
            "Claude Desktop, through mcp-remote:\n"
            "  {\"mcpServers\":{\"cistern\":{\"command\":\"npx\",\"args\":[\"-y\",\"mcp-remote\","
            "\"%s://%s/mcp\",\"--header\",\"Authorization:${CISTERN_AUTH}\"],"
            "\"env\":{\"CISTERN_AUTH\":\"Bearer %s\"}}}}\n\n",
            scheme, address, token);
}
