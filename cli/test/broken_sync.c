/* cli/test/broken_sync.c - preloaded: a disk that fails to sync once the file $BROKEN_SYNC exists.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int fdatasync(int fd); /* unistd.h does not say visibility, and the build hides by default */

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    const char *mark = getenv("BROKEN_SYNC");

    if (mark && access(mark, F_OK) == 0) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, fd);
}
