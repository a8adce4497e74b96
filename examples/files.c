/* examples/files.c - a folder as resources: a template, completion, a tool that answers with links,
 * and word to those who listen when a file changes, comes or goes.
 *
 *     files DIRECTORY                           stdio
 *     files DIRECTORY --http=127.0.0.1:8080     Streamable HTTP at /mcp
 *
 * Nothing outside of DIRECTORY can be reached: a path is walked name by name from a descriptor of
 * it, and neither "..", an empty name nor a symbolic link is followed (openat(2), O_NOFOLLOW). */
#define _POSIX_C_SOURCE 200809L

#include <cistern.h>
#include <mcp/alloc.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 1 << 20, NAMES_MAX = 1000, PATH_BYTES_MAX = 4096, FOLDERS_MAX = 1000 };

/* A folder that is watched. */
struct watched {
    int wd;     /* of inotify(7) */
    char *path; /* "", "docs/", "docs/en/": what stands before its names */
    bool is_scanned;
};

struct files {
    int root;   /* descriptor of the directory */
    int notify; /* of inotify(7) */
    struct watched watched[FOLDERS_MAX];
    size_t n_watched;
};

/* ---- Walking ---- */

/* Open one name of a folder; -1: it is not there, or nothing we would open. */
static int open_name(int folder, mcp_str name, int flags)
{
    char text[256];

    /* Also ".", "..": what begins with a dot is not served. */
    if (!name.len || name.len >= sizeof(text) || name.ptr[0] == '.' ||
        memchr(name.ptr, 0, name.len)) {
        return -1;
    }
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    return openat(folder, text, flags | O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
}

/* Open what `path` ("a/b.txt") names below the root; the empty path is the root. Close it. */
static int open_path(const struct files *f, mcp_str path)
{
    int at = openat(f->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    while (at >= 0 && path.len) {
        mcp_str name = mcp_str_cut(&path, '/');
        int next = open_name(at, name, path.ptr ? O_DIRECTORY : 0);

        close(at);
        at = next;
    }
    return at;
}

static int by_text(const void *a, const void *b)
{
    return mcp_str_cmp(*(const mcp_str *)a, *(const mcp_str *)b);
}

/* The names in an open folder, sorted, folders with a slash behind; closes it. Returns how many. */
static size_t list_names(struct mcp_arena *arena, int folder, mcp_str **ret)
{
    mcp_str *names = mcp_arena_new(arena, mcp_str, NAMES_MAX);
    DIR *dir = fdopendir(folder);
    size_t n = 0;

    if (!dir) {
        close(folder);
        return 0;
    }
    for (struct dirent *e; names && n < NAMES_MAX && (e = readdir(dir));) {
        struct stat st;

        if (e->d_name[0] != '.' && fstatat(folder, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) && mcp_str_is_utf8(mcp_str_c(e->d_name))) {
            names[n++] = mcp_arena_printf(arena, "%s%s", e->d_name, S_ISDIR(st.st_mode) ? "/" : "");
        }
    }
    closedir(dir);
    if (n) {
        qsort(names, n, sizeof(*names), by_text);
    }
    *ret = names;
    return n;
}

/* ---- Reading ---- */

static mcp_err read_folder(struct mcp_call *call, int folder)
{
    mcp_str *names = NULL;
    size_t n = list_names(mcp_call_arena(call), folder, &names);
    struct mcp_buf text;

    mcp_buf_init(&text, FILE_BYTES_MAX);
    for (size_t i = 0; i < n; i++) {
        mcp_buf_add(&text, names[i]);
        mcp_buf_byte(&text, '\n');
    }
    mcp_err err = mcp_embed_text(call, mcp_call_uri(call), "text/plain", mcp_buf_str(&text), NULL);

    mcp_buf_free(&text);
    return err;
}

static mcp_err read_bytes(struct mcp_call *call, int file, size_t size)
{
    char *bytes = mcp_arena_alloc(mcp_call_arena(call), size + 1, 1);
    ssize_t n = bytes ? read(file, bytes, size) : -1;

    if (n < 0) {
        return mcp_fail(call, MCP_E_STORAGE, "The file cannot be read.");
    }
    mcp_str contents = {bytes, (size_t)n};

    return mcp_str_is_utf8(contents) && !memchr(bytes, 0, contents.len)
               ? mcp_embed_text(call, mcp_call_uri(call), "text/plain", contents, NULL)
               : mcp_embed_blob(call, mcp_call_uri(call), "application/octet-stream", contents,
                                NULL);
}

static mcp_err read_path(struct mcp_call *call, void *user)
{
    int fd = open_path(user, mcp_arg_str(call, "path"));
    struct stat st;
    mcp_err err;

    if (fd < 0 || fstat(fd, &st) != 0) {
        err = mcp_fail(call, MCP_E_NOT_FOUND, "There is no such file.");
    } else if (S_ISDIR(st.st_mode)) {
        return read_folder(call, fd); /* closes it */
    } else if (!S_ISREG(st.st_mode)) {
        err = mcp_fail(call, MCP_E_NOT_FOUND, "That is not a file.");
    } else if (st.st_size > FILE_BYTES_MAX) {
        err = mcp_fail(call, MCP_E_REFUSED, "The file is larger than 1 MiB.");
    } else {
        err = read_bytes(call, fd, (size_t)st.st_size);
    }
    if (fd >= 0) {
        close(fd);
    }
    return err;
}

/* ---- Completing ---- */

/* "docs/re" becomes the names in docs that begin with "re". */
static mcp_err complete_path(struct mcp_call *call, void *user)
{
    mcp_str typed = mcp_completing_value(call), *names = NULL;
    size_t cut = typed.len;

    while (cut && typed.ptr[cut - 1] != '/') {
        cut--;
    }
    mcp_str folder = {typed.ptr, cut ? cut - 1 : 0}, start = {typed.ptr + cut, typed.len - cut};
    int fd = open_path(user, folder);
    size_t n = fd < 0 ? 0 : list_names(mcp_call_arena(call), fd, &names);

    for (size_t i = 0; i < n; i++) {
        if (mcp_str_starts(names[i], start)) {
            mcp_suggest(call, mcp_arena_printf(mcp_call_arena(call), "%.*s%.*s", (int)cut,
                                               typed.ptr ? typed.ptr : "", MCP_STR_ARG(names[i])));
        }
    }
    return MCP_OK;
}

/* ---- A tool that answers with links ---- */

/* Percent-encode what a path segment may not have (RFC 3986 3.3). */
static void add_escaped(struct mcp_buf *out, mcp_str path)
{
    for (size_t i = 0; i < path.len; i++) {
        unsigned char c = (unsigned char)path.ptr[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || (c && strchr("-._~/", c));

        if (is_plain) {
            mcp_buf_byte(out, (char)c);
        } else {
            mcp_buf_printf(out, "%%%02X", (unsigned)c);
        }
    }
}

static mcp_err link_to(struct mcp_call *call, mcp_str folder, mcp_str name)
{
    struct mcp_buf uri;

    mcp_buf_init(&uri, 3 * PATH_BYTES_MAX);
    mcp_buf_add_c(&uri, "folder:///");
    add_escaped(&uri, folder);
    if (folder.len && folder.ptr[folder.len - 1] != '/') {
        mcp_buf_byte(&uri, '/');
    }
    add_escaped(&uri, name);
    mcp_buf_byte(&uri, '\0');
    mcp_err err = uri.failed
                      ? MCP_E_OVERLOADED
                      : mcp_link(call, &(struct mcp_resource){.uri = uri.ptr, .name = name.ptr});

    mcp_buf_free(&uri);
    return err;
}

static mcp_err list_folder(struct mcp_call *call, void *user)
{
    mcp_str path = mcp_arg_str(call, "path"), *names = NULL;
    mcp_str bare = path;

    bare.len -= bare.len && bare.ptr[bare.len - 1] == '/';
    int fd = open_path(user, bare);
    size_t n = fd < 0 ? 0 : list_names(mcp_call_arena(call), fd, &names);

    if (fd < 0) {
        return mcp_fail(call, MCP_E_NOT_FOUND, "There is no folder \"%.*s\".", MCP_STR_ARG(path));
    }
    for (size_t i = 0; i < n; i++) {
        mcp_err err = link_to(call, path, names[i]);

        if (err) {
            return err;
        }
    }
    return n ? MCP_OK : mcp_text(call, "The folder is empty.");
}

/* What resources/list shows beside the root: the names in it. */
static mcp_err list_root(struct mcp_call *call, void *user)
{
    const struct files *f = user;
    mcp_str *names = NULL;
    size_t n = list_names(mcp_call_arena(call), open_path(f, MCP_STR("")), &names);
    mcp_err err = MCP_OK;

    for (size_t i = 0; i < n && !err; i++) {
        err = link_to(call, MCP_STR(""), names[i]);
    }
    return err;
}

/* ---- Noticing changes ---- */

static void forget_folder(struct files *f, size_t i)
{
    mcp_free(f->watched[i].path);
    f->watched[i] = f->watched[--f->n_watched];
}

/* The folder at `path` ("docs/") and those in it are gone, or somewhere else. */
static void unwatch(struct files *f, mcp_str path)
{
    for (size_t i = f->n_watched; i-- > 0;) {
        if (mcp_str_starts(mcp_str_c(f->watched[i].path), path)) {
            inotify_rm_watch(f->notify, f->watched[i].wd);
            forget_folder(f, i);
        }
    }
}

/* What is told is of open folders: /proc has them by descriptor, so no link can come between. */
static int add_watch(const struct files *f, mcp_str path)
{
    const uint32_t events =
        IN_MODIFY | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVE | IN_ONLYDIR;
    int folder = open_path(f, (mcp_str){path.ptr, path.len - (path.len > 0)});
    char name[40];

    snprintf(name, sizeof(name), "/proc/self/fd/%d", folder);
    int wd = folder < 0 ? -1 : inotify_add_watch(f->notify, name, events);

    if (folder >= 0) {
        close(folder);
    }
    return wd;
}

static void watch_folder(struct files *f, mcp_str path)
{
    char *copy = f->n_watched < FOLDERS_MAX ? mcp_alloc_str(path) : NULL;
    int wd = copy ? add_watch(f, path) : -1;

    if (wd < 0) {
        fprintf(stderr, "files: changes in /%.*s will not be told\n", MCP_STR_ARG(path));
        mcp_free(copy);
        return;
    }
    for (size_t i = f->n_watched; i-- > 0;) { /* under another name, as it was moved just now */
        if (f->watched[i].wd == wd) {
            forget_folder(f, i);
        }
    }
    f->watched[f->n_watched++] = (struct watched){wd, copy, false};
}

static struct watched *find_unscanned(struct files *f)
{
    for (size_t i = 0; i < f->n_watched; i++) {
        if (!f->watched[i].is_scanned) {
            return &f->watched[i];
        }
    }
    return NULL;
}

/* Watch the folder at `path` and all that are in it. */
static void watch(struct files *f, mcp_str path)
{
    struct mcp_arena arena;

    mcp_arena_init(&arena, (size_t)NAMES_MAX * 512);
    watch_folder(f, path);
    for (struct watched *w; (w = find_unscanned(f)); mcp_arena_reset(&arena)) {
        mcp_str at = mcp_arena_dup(&arena, mcp_str_c(w->path)), *names = NULL;
        int folder = open_path(f, (mcp_str){at.ptr, at.len - (at.len > 0)});
        size_t n = folder < 0 ? 0 : list_names(&arena, folder, &names);

        w->is_scanned = true;
        for (size_t i = 0; i < n; i++) {
            if (names[i].len && names[i].ptr[names[i].len - 1] == '/') {
                mcp_str below = mcp_arena_printf(&arena, "%s%.*s", at.ptr, MCP_STR_ARG(names[i]));

                if (below.len) { /* else there is no memory, and "" is the root */
                    watch_folder(f, below);
                }
            }
        }
    }
    mcp_arena_free(&arena);
}

/* Whoever has subscribed to folder:///PATH hears of it; without the memory for that, everybody. */
static void tell(struct mcp_server *server, mcp_str path)
{
    struct mcp_buf uri;

    mcp_buf_init(&uri, 3 * PATH_BYTES_MAX);
    mcp_buf_add_c(&uri, "folder:///");
    add_escaped(&uri, path);
    mcp_server_changed(server, MCP_CHANGED_RESOURCE, uri.failed ? MCP_STR("") : mcp_buf_str(&uri));
    mcp_buf_free(&uri);
}

/* A name in `folder` came or went; if it is a folder, so did all that is in it. */
static void tell_names(struct mcp_server *server, mcp_str folder, bool is_folder)
{
    if (is_folder) {
        mcp_server_changed(server, MCP_CHANGED_RESOURCE, MCP_STR(""));
    } else {
        tell(server, folder);
        tell(server, (mcp_str){folder.ptr, folder.len - (folder.len > 0)});
    }
    if (!folder.len) {
        mcp_server_changed(server, MCP_CHANGED_RESOURCES, MCP_STR(""));
    }
}

static void take_event(struct files *f, struct mcp_server *server, const struct inotify_event *e)
{
    const bool is_folder = e->mask & IN_ISDIR;
    char path[PATH_BYTES_MAX + 256];
    size_t i = 0;

    while (i < f->n_watched && f->watched[i].wd != e->wd) {
        i++;
    }
    if (i == f->n_watched || !e->len || e->name[0] == '.') {
        return; /* what is not watched any more, or not served */
    }
    mcp_str folder = mcp_str_c(f->watched[i].path);

    size_t n =
        (size_t)snprintf(path, sizeof(path), "%s%s%s", folder.ptr, e->name, is_folder ? "/" : "");

    if (n >= sizeof(path)) {
        return; /* deeper than is served */
    }
    tell(server, mcp_str_c(path));
    if (e->mask & (IN_CREATE | IN_DELETE | IN_MOVE)) {
        tell_names(server, folder, is_folder);
    }
    if (is_folder) { /* last: it may move `folder` */
        unwatch(f, mcp_str_c(path));
    }
    if (is_folder && (e->mask & (IN_CREATE | IN_MOVED_TO))) {
        watch(f, mcp_str_c(path));
    }
}

/* Some of what has happened; the loop calls again for the rest. */
static void take_events(struct mcp_server *server, void *user)
{
    union {
        struct inotify_event first;
        char bytes[16384];
    } events;
    struct files *f = user;
    ssize_t n = read(f->notify, events.bytes, sizeof(events.bytes));

    for (ssize_t at = 0; at < n;) {
        const struct inotify_event *e = (const void *)(events.bytes + at);

        if (e->mask & IN_Q_OVERFLOW) { /* anything may have happened */
            tell_names(server, MCP_STR(""), true);
            unwatch(f, MCP_STR(""));
            watch(f, MCP_STR(""));
        }
        take_event(f, server, e);
        at += (ssize_t)(sizeof(*e) + e->len);
    }
}

/* ---- Tables ---- */

static const struct mcp_resource RESOURCES[] = {
    {
        .uri = "folder:///",
        .name = "root",
        .title = "The folder",
        .description = "The names in the folder, one a line.",
        .mime_type = "text/plain",
        .read = read_path,
    },
    {
        .uri = "folder:///{+path}",
        .name = "file",
        .title = "A file or a folder in it",
        .description = "The contents of a file, or the names in a folder, one a line.",
        .read = read_path,
        .complete = complete_path,
        .list = list_root,
    },
    {0},
};

static const struct mcp_tool TOOLS[] = {
    {
        .name = "list_folder",
        .title = "List a folder",
        .description = "Answers with a link to each file of a folder.",
        .input_schema = MCP_JSON({
            "type" : "object",
            "properties" : {
                "path" : {
                    "type" : "string",
                    "description" : "as in docs/en; without it the whole folder",
                    "maxLength" : 4096
                }
            },
            "additionalProperties" : false
        }),
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .fn = list_folder,
    },
    {0},
};

static int serve(int argc, char **argv, struct files *f)
{
    const struct mcp_program program = {
        .name = "files",
        .version = "1.0",
        .tools = TOOLS,
        .resources = RESOURCES,
        .announces = MCP_CHANGED_RESOURCE | MCP_CHANGED_RESOURCES,
        .watch = {f->notify, take_events},
        .user = f,
    };

    watch(f, MCP_STR(""));
    int code = mcp_main(argc, argv, &program);

    unwatch(f, MCP_STR(""));
    return code;
}

int main(int argc, char **argv)
{
    static struct files files;

    if (argc < 2 || argv[1][0] == '-') {
        fputs("usage: files DIRECTORY [--http=ADDRESS:PORT ...]\n", stderr);
        return 64; /* EX_USAGE */
    }
    files.root = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    files.notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (files.root < 0 || files.notify < 0) {
        perror(argv[1]);
        return 66; /* EX_NOINPUT */
    }
    argv[1] = argv[0];
    return serve(argc - 1, argv + 1, &files);
}
