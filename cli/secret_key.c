/* cli/secret_key.c - see secret_key.h. 64 hexadecimal digits and a newline. */
#include <cli/secret_key.h>
#include <tools/tools.h>

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_BYTES = 2 * CLI_KEY_BYTES + 1, PATH_BYTES = 4200 };

static void key_path(const char *dir, char out[PATH_BYTES])
{
    snprintf(out, PATH_BYTES, "%s/secret.key", dir);
}

/* ---- Reading ---- */

/* NULL, or what is wrong; "" when errno says it. */
static const char *read_key(const char *path, uint8_t key[CLI_KEY_BYTES])
{
    char text[TEXT_BYTES + 1];
    struct stat st;
    size_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool is_private = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
                      (st.st_mode & 077) == 0 && st.st_uid == geteuid();
    ssize_t got = is_private ? read(fd, text, sizeof(text)) : -1;

    if (fd < 0) {
        return "";
    }
    close(fd);
    if (!is_private) {
        return "is not a file that only its owner, this user, can read (chmod 600)";
    }
    bool is_key = got == TEXT_BYTES && text[TEXT_BYTES - 1] == '\n' &&
                  sodium_hex2bin(key, CLI_KEY_BYTES, text, TEXT_BYTES - 1, NULL, &n, NULL) == 0 &&
                  n == CLI_KEY_BYTES;

    sodium_memzero(text, sizeof(text));
    return is_key ? NULL : "is damaged: restore it from a backup";
}

/* ---- Making ---- */

static bool write_all(int fd, const char *text, size_t n)
{
    while (n) {
        ssize_t done = write(fd, text, n);

        if (done < 0 && errno != EINTR) {
            return false;
        }
        text += done > 0 ? done : 0;
        n -= done > 0 ? (size_t)done : 0;
    }
    return true;
}

static bool sync_dir(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_done = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0) {
        close(fd);
    }
    return is_done;
}

/* Appears whole and on disk, or not at all; when another process was first, its key stays. */
static bool put_key(const char *dir, const uint8_t key[CLI_KEY_BYTES])
{
    char path[PATH_BYTES], part[PATH_BYTES], text[TEXT_BYTES + 1];

    key_path(dir, path);
    snprintf(part, sizeof(part), "%s/secret.key.XXXXXX", dir);
    sodium_bin2hex(text, sizeof(text), key, CLI_KEY_BYTES);
    text[TEXT_BYTES - 1] = '\n';
    int fd = mkstemp(part); /* 0600 */

    if (fd < 0) {
        return false;
    }
    bool is_done = write_all(fd, text, TEXT_BYTES) && fsync(fd) == 0 &&
                   (link(part, path) == 0 || errno == EEXIST);
    int failed = errno;

    sodium_memzero(text, sizeof(text));
    close(fd);
    unlink(part);
    errno = failed;
    return is_done && sync_dir(dir);
}

static enum cli_exit make_key(const struct cli *cli, struct store *store, const char *dir)
{
    uint8_t key[CLI_KEY_BYTES];
    mcp_err err = tools_check_key(store, NULL);

    if (err == MCP_E_CONFLICT) {
        return cli_say(cli, CLI_IO,
                       "%s/secret.key is missing: the store holds secrets that only it opens; "
                       "restore it from a backup",
                       dir);
    }
    if (err != MCP_E_NOT_FOUND) {
        return cli_say(cli, CLI_IO, "the store cannot be read");
    }
    randombytes_buf(key, sizeof(key));
    bool is_done = put_key(dir, key);

    sodium_memzero(key, sizeof(key));
    return is_done
               ? CLI_DONE
               : cli_say(cli, CLI_IO, "cannot make %s/secret.key: %s", dir, strerrordesc_np(errno));
}

enum cli_exit cli_secret_key_get(const struct cli *cli, struct store *store, const char *dir,
                                 uint8_t ret[CLI_KEY_BYTES])
{
    char path[PATH_BYTES];
    const char *why;

    key_path(dir, path);
    why = sodium_init() < 0 ? "cannot be used: no random numbers" : read_key(path, ret);
    if (why && !*why && errno == ENOENT) {
        enum cli_exit code = make_key(cli, store, dir);

        if (code) {
            return code;
        }
        why = read_key(path, ret);
    }
    if (why && !*why) {
        return cli_say(cli, CLI_IO, "cannot open %s: %s", path, strerrordesc_np(errno));
    }
    if (why) {
        return cli_say(cli, CLI_IO, "%s %s", path, why);
    }
    if (tools_check_key(store, ret) == MCP_E_CONFLICT) {
        return cli_say(cli, CLI_IO, "%s is not the key of this store's secrets", path);
    }
    return CLI_DONE;
}

bool cli_secret_key_copy(const char *dir, const char *to)
{
    uint8_t key[CLI_KEY_BYTES];
    char path[PATH_BYTES];

    key_path(dir, path);
    if (read_key(path, key)) {
        return false;
    }
    bool is_done = put_key(to, key);

    sodium_memzero(key, sizeof(key));
    return is_done;
}
