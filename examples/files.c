/* examples/files.c - a folder as resources: a template, completion, a tool that answers with links.
 *
 *     files DIRECTORY                           stdio
 *     files DIRECTORY --http=127.0.0.1:8080     Streamable HTTP at /mcp
 *
 * Nothing outside of DIRECTORY can be reached: a path is walked name by name from a descriptor of
 * it, and neither "..", an empty name nor a symbolic link is followed (openat(2), O_NOFOLLOW). */
#define _POSIX_C_SOURCE 200809L

#include <cistern.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 1 << 20, NAMES_MAX = 1000, PATH_BYTES_MAX = 4096 };

struct files {
    int root; /* descriptor of the directory */
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

int main(int argc, char **argv)
{
    struct files files = {.root = -1};
    const struct mcp_program program = {
        .name = "files", .version = "1.0", .tools = TOOLS, .resources = RESOURCES, .user = &files};

    if (argc > 1 && argv[1][0] != '-') {
        files.root = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (files.root < 0) {
            perror(argv[1]);
            return 66; /* EX_NOINPUT */
        }
        argv[1] = argv[0];
        return mcp_main(argc - 1, argv + 1, &program);
    }
    fputs("usage: files DIRECTORY [--http=ADDRESS:PORT ...]\n", stderr);
    return 64; /* EX_USAGE */
}
