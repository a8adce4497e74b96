/* cli/json_file.c - see json_file.h. */
#include <cli/json_file.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_all(int fd, struct mcp_buf *text)
{
    ssize_t n;

    do {
        char *room = mcp_buf_room(text, 65536);

        if (!room) {
            errno = EFBIG;
            return false;
        }
        n = read(fd, room, 65536);
        if (n > 0) {
            text->len += (size_t)n;
        }
    } while (n > 0 || (n < 0 && errno == EINTR));
    return n == 0;
}

static void place_of(mcp_str text, size_t offset, size_t *ret_line, size_t *ret_column)
{
    *ret_line = 1;
    *ret_column = 1;
    for (size_t i = 0; i < offset && i < text.len; i++) {
        *ret_column += 1;
        if (text.ptr[i] == '\n') {
            *ret_line += 1;
            *ret_column = 1;
        }
    }
}

enum cli_exit cli_file_read(const struct cli *cli, const char *file, size_t bytes_max,
                            struct mcp_buf *text)
{
    bool is_stdin = strcmp(file, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);

    mcp_buf_init(text, bytes_max);
    bool is_read = fd >= 0 && read_all(fd, text);
    int why = errno;

    if (fd >= 0 && !is_stdin) {
        close(fd);
    }
    return is_read ? CLI_DONE
                   : cli_say(cli, CLI_IO, "cannot read %s: %s", file, strerrordesc_np(why));
}

enum cli_exit cli_secret_file_read(const struct cli *cli, const char *option, const char *file,
                                   size_t bytes_max, struct mcp_buf *text)
{
    struct stat st;

    mcp_buf_init(text, bytes_max);
    if (stat(file, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 07) != 0) {
        return cli_usage(cli, "--%s: everybody can read %s (chmod 600)", option, file);
    }
    return cli_file_read(cli, file, bytes_max, text);
}

enum cli_exit cli_json_read(const struct cli *cli, const char *file,
                            const struct mcp_json_limits *limits, struct mcp_arena *arena,
                            struct mcp_buf *text, mcp_json *ret)
{
    struct mcp_json_fault fault = {0, "too large"};
    enum cli_exit code = cli_file_read(cli, file, limits->bytes_max, text);
    size_t line, column;

    if (code) {
        return code;
    }
    mcp_err err = mcp_json_read(arena, mcp_buf_str(text), limits, ret, &fault);

    if (err == MCP_E_INVALID_JSON) {
        place_of(mcp_buf_str(text), fault.offset, &line, &column);
        return cli_say(cli, CLI_USAGE, "%s:%zu:%zu: not JSON: %s", file, line, column, fault.why);
    }
    return err ? cli_say(cli, CLI_LATER, "%s: out of memory", file) : CLI_DONE;
}
