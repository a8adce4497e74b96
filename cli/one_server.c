/* cli/one_server.c - see one_server.h. */
#include <cli/one_server.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
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

/* Its owner is the directory's: root may be at work in a service's directory. */
static int open_lock(const char *path, const char *dir)
{
    struct stat st;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd >= 0 && geteuid() == 0 && stat(dir, &st) == 0 && st.st_uid != 0) {
        (void)!fchown(fd, st.st_uid, st.st_gid);
    }
    return fd;
}

/* The lock ends with the process, however it ends; the file stays, so that everybody locks the same
 * one. */
enum cli_exit cli_one_server_take(const struct cli *cli, const char *dir, int *ret)
{
    char path[PATH_BYTES], pid[PID_BYTES];
    int n = snprintf(path, sizeof(path), "%s/serve.lock", dir);
    int fd = n > 0 && (size_t)n < sizeof(path) ? open_lock(path, dir) : -1;

    if (fd < 0) {
        return cli_say(cli, CLI_IO, "cannot open %s/serve.lock: %s", dir, strerrordesc_np(errno));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        enum cli_exit code = errno == EWOULDBLOCK ? refuse(cli, dir, fd)
                                                  : cli_say(cli, CLI_IO, "cannot lock %s: %s", path,
                                                            strerrordesc_np(errno));

        close(fd);
        return code;
    }
    n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
    /* For the message alone: on a full disk the server starts all the same. */
    if (pwrite(fd, pid, (size_t)n, 0) == n) {
        (void)!ftruncate(fd, n);
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
