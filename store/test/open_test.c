/* store/test/open_test.c - each way opening is refused, with its own sentence; modes and locks. */
#include "place.h"

#include "../frame.h"

#include <lmdb.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static mode_t mode_of(const struct place *p, const char *name)
{
    char path[256];
    struct stat st;

    snprintf(path, sizeof path, "%s/%s", p->path, name);
    T_EQ(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static void modes_do_not_depend_on_the_umask(void)
{
    static const mode_t masks[] = {0, 022, 0277, 0777};

    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        struct place p;

        place_init(&p);
        umask(masks[i]);
        store_close(place_open(&p));
        umask(022);
        T_EQ(mode_of(&p, "."), 0700);
        T_EQ(mode_of(&p, "data.mdb"), 0600);
        T_EQ(mode_of(&p, "lock.mdb"), 0600);
        T_EQ(mode_of(&p, "cistern.lock"), 0600);
        place_free(&p);
    }
}

static void a_missing_store_is_said_to_be_missing(void)
{
    struct place p;
    struct store_options opt = place_options();

    place_init(&p);
    opt.create = false;
    place_refused(&p, &opt, STORE_MISSING, "no such directory");
    T_EQ(mkdir(p.path, 0700), 0);
    place_refused(&p, &opt, STORE_MISSING, "no store in this directory");
    opt.read_only = true;
    place_refused(&p, &opt, STORE_MISSING, "no store in this directory");
    opt.create = true; /* read-only makes nothing */
    place_refused(&p, &opt, STORE_MISSING, "no store in this directory");
    T_EQ(rmdir(p.path), 0);
    place_free(&p);
}

static void an_interrupted_creation_is_finished_by_creating_again(void)
{
    struct place p;
    char path[256];
    struct store_options opt = place_options();

    place_init(&p);
    T_EQ(mkdir(p.path, 0700), 0);
    snprintf(path, sizeof path, "%s/data.mdb", p.path);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    opt.create = false;
    place_refused(&p, &opt, STORE_MISSING, "never finished");
    store_close(place_open(&p));
    store_close(place_open_with(&p, &opt));
    place_free(&p);
}

static void a_data_file_that_vanished_is_damage_and_not_a_new_store(void)
{
    struct place p;
    char path[256];
    struct store_options opt = place_options();

    place_init(&p);
    store_close(place_open(&p));
    snprintf(path, sizeof path, "%s/data.mdb", p.path);
    T_EQ(truncate(path, 0), 0);
    place_refused(&p, &opt, STORE_FOREIGN, "damaged: the data file is empty");
    T_EQ(unlink(path), 0);
    place_refused(&p, &opt, STORE_FOREIGN, "damaged: the data file is gone");
    place_free(&p);
}

/* Somebody else's LMDB file, or ours with another record. */
static void write_lmdb(const struct place *p, const char *key, size_t key_bytes, const void *value,
                       size_t value_bytes)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    char own[64];

    memcpy(own, key, key_bytes);
    MDB_val k = {key_bytes, own}, v = {value_bytes, NULL};

    T_EQ(mdb_env_create(&env), 0);
    T_EQ(mdb_env_open(env, p->path, 0, 0600), 0);
    T_EQ(mdb_txn_begin(env, NULL, 0, &txn), 0);
    T_EQ(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
    T_EQ(mdb_put(txn, dbi, &k, &v, MDB_RESERVE), 0);
    memcpy(v.mv_data, value, value_bytes);
    T_EQ(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void an_lmdb_file_of_another_program_is_foreign(void)
{
    struct place p;
    struct store_options opt = place_options();

    place_init(&p);
    T_EQ(mkdir(p.path, 0700), 0);
    write_lmdb(&p, "theirs", 6, "data", 4);
    place_refused(&p, &opt, STORE_FOREIGN, "belongs to another program");
    write_lmdb(&p, "\0meta", 5, "not a frame", 11);
    place_refused(&p, &opt, STORE_FOREIGN, "own record is wrong");
    place_free(&p);
}

static void a_file_or_link_in_place_of_the_store_is_foreign(void)
{
    struct place p;
    struct store_options opt = place_options();
    char path[256];

    place_init(&p);
    close(open(p.path, O_CREAT | O_WRONLY, 0600));
    place_refused(&p, &opt, STORE_FOREIGN, "not a directory");
    T_EQ(unlink(p.path), 0);
    T_EQ(mkdir(p.path, 0700), 0);
    snprintf(path, sizeof path, "%s/data.mdb", p.path);
    T_EQ(symlink("/etc/passwd", path), 0);
    place_refused(&p, &opt, STORE_FOREIGN, "symbolic link");
    T_EQ(unlink(path), 0);
    T_EQ(mkdir(path, 0700), 0);
    place_refused(&p, &opt, STORE_FOREIGN, "not a file");
    place_free(&p);
}

static void a_newer_format_is_newer_and_the_file_untouched(void)
{
    struct place p;
    struct store_options opt = place_options();
    uint8_t frame[128];
    /* "cistern" with its length, format 2, a time, and a field that this version does not know */
    static const char record[] = "\7\0cistern\2\0\0\0\1\2\3\4\5\6\7\10more";

    place_init(&p);
    store_close(place_open(&p));
    size_t n =
        store__frame_write(frame, MCP_STR("\0meta"), mcp_str_n(record, sizeof record - 1), 1);

    write_lmdb(&p, "\0meta", 5, frame, n);
    place_refused(&p, &opt, STORE_NEWER, "written in format 2, this version reads up to 1");
    place_free(&p);
}

static void a_newer_lmdb_is_newer(void)
{
    struct place p;
    struct store_options opt = place_options();
    char path[256];
    uint32_t version = 2;

    place_init(&p);
    store_close(place_open(&p));
    snprintf(path, sizeof path, "%s/data.mdb", p.path);
    int fd = open(path, O_RDWR);

    T_EQ(pwrite(fd, &version, 4, 20), 4);
    close(fd);
    place_refused(&p, &opt, STORE_NEWER, "newer version of LMDB");
    place_free(&p);
}

static void the_same_directory_opens_once_per_process_by_any_name(void)
{
    struct place p, alias;
    struct store_options opt = place_options();

    place_init(&p);
    struct store *s = place_open(&p);

    place_refused(&p, &opt, STORE_LOCKED, "this process has the store open already");
    alias = p;
    snprintf(alias.path, sizeof alias.path, "%s/alias", p.dir);
    T_EQ(symlink(p.path, alias.path), 0);
    place_refused(&alias, &opt, STORE_LOCKED, "this process has the store open already");
    T_EQ(put_now(s, "a", "1"), MCP_OK); /* the refusals took no lock away */
    store_close(s);
    store_close(place_open(&alias));
    place_free(&p);
}

static void a_store_open_to_others_is_exposed(void)
{
    struct place p;
    struct store_options opt = place_options();
    char path[256];

    place_init(&p);
    store_close(place_open(&p));
    T_EQ(chmod(p.path, 0750), 0);
    place_refused(&p, &opt, STORE_EXPOSED, "mode 700");
    T_EQ(chmod(p.path, 0700), 0);
    snprintf(path, sizeof path, "%s/data.mdb", p.path);
    T_EQ(chmod(path, 0644), 0);
    place_refused(&p, &opt, STORE_EXPOSED, "chmod 600");
    T_EQ(chmod(path, 0600), 0);
    store_close(place_open(&p));
    place_free(&p);
}

/* Runs `fn` in a process that is not root; its exit status. */
static int as_nobody(int (*fn)(struct place *p), struct place *p)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        _exit(setgid(65534) == 0 && setuid(65534) == 0 ? fn(p) : 99);
    }
    T_EQ(waitpid(pid, &status, 0), pid);
    T_CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int try_open(struct place *p, bool read_only)
{
    struct store_options opt = place_options();
    enum store_fault fault;
    char text[512];

    opt.read_only = read_only;
    opt.create = !read_only;
    struct store *s = store_open(p->path, &opt, &fault, text, sizeof text);

    store_close(s);
    return (int)fault;
}

static int try_write_open(struct place *p)
{
    return try_open(p, false);
}

static void chown_all(struct place *p, uid_t uid)
{
    static const char *const names[] = {"data.mdb", "lock.mdb", "cistern.lock", "."};
    char path[256];

    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", p->path, names[i]);
        T_EQ(chown(path, uid, uid), 0);
    }
    T_EQ(chmod(p->dir, 0711), 0);
}

static void a_directory_without_permission_is_unwritable(void)
{
    struct place p;

    if (geteuid() != 0) {
        printf("skipped: needs root\n");
        return;
    }
    place_init(&p);
    T_EQ(chmod(p.dir, 0755), 0);
    T_EQ(as_nobody(try_write_open, &p), STORE_UNWRITABLE); /* may not make the directory */
    store_close(place_open(&p));
    T_EQ(as_nobody(try_write_open, &p), STORE_UNWRITABLE); /* may not look into root's */
    chown_all(&p, 65534);
    T_EQ(as_nobody(try_write_open, &p), STORE_FINE);
    T_EQ(chmod(p.path, 0500), 0);
    T_EQ(as_nobody(try_write_open, &p), STORE_UNWRITABLE);
    T_EQ(chmod(p.path, 0700), 0);
    place_free(&p);
}

/* A process that has the store open until it is killed. */
static pid_t hold(struct place *p)
{
    int fds[2];
    char c = 'r';

    T_EQ(pipe(fds), 0);
    pid_t pid = fork();

    if (pid == 0) {
        (void)place_open(p);
        (void)!write(fds[1], &c, 1);
        pause();
        _exit(0);
    }
    T_EQ(read(fds[0], &c, 1), 1);
    close(fds[0]);
    close(fds[1]);
    return pid;
}

static void a_second_process_of_another_user_is_refused_while_the_first_is_there(void)
{
    struct place p;

    if (geteuid() != 0) {
        printf("skipped: needs root\n");
        return;
    }
    place_init(&p);
    store_close(place_open(&p));
    chown_all(&p, 65534);
    pid_t holder = hold(&p); /* not this process: what it has open, its children have open */

    T_EQ(as_nobody(try_write_open, &p), STORE_LOCKED);
    T_EQ(try_write_open(&p), STORE_FINE); /* the same user may */
    T_EQ(as_nobody(try_write_open, &p), STORE_LOCKED);
    T_EQ(kill(holder, SIGKILL), 0);
    T_EQ(waitpid(holder, NULL, 0), holder);
    T_EQ(as_nobody(try_write_open, &p), STORE_FINE);
    place_free(&p);
}

static void less_address_space_is_enough(void)
{
    struct place p;

    if (T_IS_SANITIZED) {
        printf("skipped: sanitizers need the address space\n");
        return;
    }
    place_init(&p);
    struct rlimit lim = {.rlim_cur = (rlim_t)2 << 30, .rlim_max = (rlim_t)2 << 30};

    T_EQ(setrlimit(RLIMIT_AS, &lim), 0);
    struct store *s = place_open(&p);

    T_EQ(put_now(s, "a", "1"), MCP_OK);
    store_close(s);
    place_free(&p);
}

static void a_read_only_store_reads_and_refuses_writes(void)
{
    struct place p;
    struct store_options opt = place_options();

    place_init(&p);
    struct store *s = place_open(&p);

    T_EQ(put_now(s, "a", "1"), MCP_OK);
    store_close(s);
    opt.read_only = true;
    s = place_open_with(&p, &opt);
    has(s, "a", "1");
    T_EQ(put_now(s, "b", "1"), MCP_E_STORAGE);
    T_CHECK(!store_is_writable(s));
    T_CHECK(!store_is_broken(s));
    store_close(s);
    place_free(&p);
}

static void a_read_only_file_system_can_be_read(void)
{
    struct place p;
    struct store_options opt = place_options();

    if (!mount_small(&p, "8m")) {
        return;
    }
    struct store *s = place_open(&p);

    T_EQ(put_now(s, "a", "1"), MCP_OK);
    store_close(s);
    T_EQ(mount("none", p.dir, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    place_refused(&p, &opt, STORE_UNWRITABLE, "Read-only file system");
    opt.read_only = true;
    s = place_open_with(&p, &opt);
    has(s, "a", "1");
    store_close(s);
    unmount(&p);
}

static bool open_step(void *arg)
{
    struct place *p = arg;
    struct store_options opt = place_options();
    enum store_fault fault;
    struct store *s = store_open(p->path, &opt, &fault, NULL, 0);

    T_EQ(s == NULL, fault != STORE_FINE);
    store_close(s);
    return s != NULL;
}

static void every_refused_allocation_while_opening_is_a_clean_failure(void)
{
    struct place p;

    place_init(&p);
    store_close(place_open(&p));
    /* store, engine, and two for the page check */
    T_EQ(t_torture(open_step, &p), 4);
    place_free(&p);
}

static void absurd_names_are_refused(void)
{
    char name[6000], text[64];
    struct store_options opt = place_options();
    enum store_fault fault;

    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    T_CHECK(store_open(name, &opt, &fault, text, sizeof text) == NULL);
    T_EQ(fault, STORE_FAILED);
    T_CHECK(store_open("", &opt, &fault, text, sizeof text) == NULL);
    T_EQ(fault, STORE_FAILED);
    store_close(NULL);
}

static const struct t_case CASES[] = {
    T(modes_do_not_depend_on_the_umask),
    T(a_missing_store_is_said_to_be_missing),
    T(an_interrupted_creation_is_finished_by_creating_again),
    T(a_data_file_that_vanished_is_damage_and_not_a_new_store),
    T(an_lmdb_file_of_another_program_is_foreign),
    T(a_file_or_link_in_place_of_the_store_is_foreign),
    T(a_newer_format_is_newer_and_the_file_untouched),
    T(a_newer_lmdb_is_newer),
    T(the_same_directory_opens_once_per_process_by_any_name),
    T(a_store_open_to_others_is_exposed),
    T(a_directory_without_permission_is_unwritable),
    T(a_second_process_of_another_user_is_refused_while_the_first_is_there),
    T(less_address_space_is_enough),
    T(a_read_only_store_reads_and_refuses_writes),
    T(a_read_only_file_system_can_be_read),
    T(every_refused_allocation_while_opening_is_a_clean_failure),
    T(absurd_names_are_refused),
};
T_MAIN("store/open", CASES)
