/* transport/program.c - see program.h. */
#include <transport/program.h>

#include <transport/http_auth.h>

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Compared by hash, so that the time says nothing about how much of a guess was right. */
static void hash_of(mcp_str token, uint8_t ret[32])
{
    crypto_generichash(ret, 32, (const unsigned char *)token.ptr, token.len, NULL, 0);
}

static bool say(char *reterr, size_t reterr_bytes, const char *path, const char *why)
{
    snprintf(reterr, reterr_bytes, "%s: %s", path, why);
    return false;
}

/* The first line, without white space around it. */
static mcp_str first_line(const char *text, size_t len)
{
    mcp_str rest = mcp_str_n(text, len);
    mcp_str line = mcp_str_cut(&rest, '\n');

    if (line.len && line.ptr[line.len - 1] == '\r') {
        line.len--;
    }
    return mcp_str_trim(line);
}

static bool read_fd(struct mcp__token *ret, int fd, const char *path, char *reterr,
                    size_t reterr_bytes)
{
    char text[MCP__CREDENTIAL_BYTES_MAX + 64];
    struct stat st;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return say(reterr, reterr_bytes, path, "not a regular file");
    }
    if (st.st_mode & S_IRWXO) {
        return say(reterr, reterr_bytes, path,
                   "other users may read or write this token; chmod 600 it");
    }
    ssize_t n = read(fd, text, sizeof(text));

    if (n < 0) {
        return say(reterr, reterr_bytes, path, "cannot be read");
    }
    mcp_str token = first_line(text, (size_t)n);
    bool is_good = mcp__http_auth_is_token(token);

    if (is_good) {
        hash_of(token, ret->hash);
    }
    sodium_memzero(text, sizeof(text));
    return is_good ||
           say(reterr, reterr_bytes, path, "the first line is not a bearer token (RFC 6750)");
}

bool mcp__token_read(struct mcp__token *ret, const char *path, char *reterr, size_t reterr_bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return say(reterr, reterr_bytes, path,
                   errno == ENOENT ? "no such file" : "cannot be opened");
    }
    bool is_read = read_fd(ret, fd, path, reterr, reterr_bytes);

    close(fd);
    return is_read;
}

mcp_err mcp__token_verify(void *user, mcp_str credential, struct mcp_principal *ret)
{
    const struct mcp__token *token = user;
    uint8_t hash[32];

    hash_of(credential, hash);
    if (sodium_memcmp(hash, token->hash, sizeof(hash)) != 0) {
        return MCP_E_UNAUTHORIZED;
    }
    *ret = (struct mcp_principal){.scopes = "*"};
    memcpy(ret->id, hash, sizeof(ret->id));
    return MCP_OK;
}
