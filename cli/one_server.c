/* cli/one_server.c - see one_server.h. */
#include <cli/one_server.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { PATH_BYTES = 4200, PID_BYTES = 16 };

/* Who has it wrote itself down; empty: it is about to. */
static void read_pid(int fd, char out[PID_BYTES])
{
    ssize_t n = pread(fd, out, PID_BYTES - 1, 0);

    out[n > 0 ? n : 0] = '\0';
    out[strspn(out, "0123456789")] = '\0';
}

static enum cli_exit refuse(const struct cli *cli, const char *dir, int fd)
{
    char pid[PID_BYTES];

    read_pid(fd, pid);
    return cli_say(cli, CLI_LATER,
                   "another cistern serve%s%s has %s open; a store has one server (commands work "
                   "beside it)",
                   pid[0] ? ", process " : "", pid, dir);
}

/* The lock ends with the process, however it ends; the file stays, so that everybody locks the same
 * one. */
enum cli_exit cli_one_server_take(const struct cli *cli, const char *dir, int *ret)
{
    char path[PATH_BYTES], pid[PID_BYTES];
    int n = snprintf(path, sizeof(path), "%s/serve.lock", dir);
    int fd = n > 0 && (size_t)n < sizeof(path)
                 ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)
                 : -1;

    if (fd < 0) {
        return cli_say(cli, CLI_IO, "cannot open %s/serve.lock (error %d)", dir, errno);
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        enum cli_exit code = errno == EWOULDBLOCK
                                 ? refuse(cli, dir, fd)
                                 : cli_say(cli, CLI_IO, "cannot lock %s (error %d)", path, errno);

        close(fd);
        return code;
    }
    n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)n, 0) != n) {
        close(fd);
        return cli_say(cli, CLI_IO, "cannot write to %s (error %d)", path, errno);
    }
    *ret = fd + 1;
    return CLI_DONE;
}

void cli_one_server_give_back(int lock)
{
    if (lock) {
        close(lock - 1);
    }
}
