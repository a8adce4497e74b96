/* cli/logfile.c - the server's log. */
#include <cli/logfile.h>
#include <mcp/json.h>
#include <mcp/timestamp.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const char *const LEVELS[] = {
    [MCP_LOG_ERROR] = "error",
    [MCP_LOG_WARN] = "warn",
    [MCP_LOG_INFO] = "info",
    [MCP_LOG_DEBUG] = "debug",
};

static int open_path(const char *path)
{
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
}

bool cli_logfile_open(struct cli_logfile *f, const char *path, const struct mcp_clock *clock)
{
    *f = (struct cli_logfile){
        .path = path, .clock = *clock, .fd = STDERR_FILENO, .max = MCP_LOG_INFO};
    if (path) {
        f->fd = open_path(path);
    }
    return f->fd >= 0;
}

bool cli_logfile_reopen(struct cli_logfile *f)
{
    int fd = f->path ? open_path(f->path) : -1;

    if (fd < 0) {
        return !f->path;
    }
    /* dup3 replaces the file in one step: the writer thread may be logging right now. */
    bool is_done = dup3(fd, f->fd, O_CLOEXEC) >= 0;

    close(fd);
    return is_done;
}

void cli_logfile_close(struct cli_logfile *f)
{
    if (f->path && f->fd >= 0) {
        close(f->fd);
    }
    *f = (struct cli_logfile){.fd = -1};
}

/* The words NAME=VALUE at the end of a line are its fields: cuts the last one off. */
static bool take_field(mcp_str *line, mcp_str *ret_name, mcp_str *ret_value)
{
    size_t at = line->len;

    while (at > 0 && line->ptr[at - 1] != ' ') {
        at--;
    }
    mcp_str word = mcp_str_n(line->ptr + at, line->len - at);

    *ret_name = mcp_str_cut(&word, '=');
    *ret_value = word;
    for (size_t i = 0; i < ret_name->len; i++) {
        if (ret_name->ptr[i] < 'a' || ret_name->ptr[i] > 'z') {
            return false;
        }
    }
    if (at == 0 || !word.ptr || ret_name->len == 0 || mcp_str_eq(*ret_name, MCP_STR("time")) ||
        mcp_str_eq(*ret_name, MCP_STR("level")) || mcp_str_eq(*ret_name, MCP_STR("message"))) {
        return false;
    }
    line->len = at - 1;
    return true;
}

static bool is_number(mcp_str s)
{
    uint64_t v;

    return mcp_str_uint(s, (uint64_t)1 << 53, &v) && (s.len == 1 || s.ptr[0] != '0');
}

enum { FIELDS_MAX = 16, LINE_BYTES = 8192 };

static void put_fields(struct mcp_json_writer *w, mcp_str line)
{
    struct {
        mcp_str name, value;
    } fields[FIELDS_MAX];
    size_t n = 0;

    while (n < FIELDS_MAX && take_field(&line, &fields[n].name, &fields[n].value)) {
        n++;
    }
    mcp_json_member_str(w, MCP_STR("message"), line);
    while (n-- > 0) {
        if (is_number(fields[n].value)) {
            mcp_json_member_raw(w, fields[n].name, fields[n].value);
        } else {
            mcp_json_member_str(w, fields[n].name, fields[n].value);
        }
    }
}

static void write_json(int fd, mcp_str when, enum mcp_log_level level, mcp_str line)
{
    char room[LINE_BYTES];
    struct mcp_buf out = {.ptr = room, .cap = sizeof(room), .max = sizeof(room)};
    struct mcp_json_writer w;

    mcp_json_writer_init(&w, &out);
    mcp_json_object(&w);
    mcp_json_member_str(&w, MCP_STR("time"), when);
    mcp_json_member_str(&w, MCP_STR("level"), mcp_str_c(LEVELS[level]));
    put_fields(&w, line);
    mcp_json_object_end(&w);
    mcp_buf_byte(&out, '\n');
    ssize_t written = out.failed ? 0 : write(fd, out.ptr, out.len);

    (void)written;
}

static bool is_wanted(void *user, enum mcp_log_level level)
{
    struct cli_logfile *f = user;

    return (int)level <= f->max;
}

static void write_line(void *user, enum mcp_log_level level, mcp_str line)
{
    struct cli_logfile *f = user;
    char at[MCP_TIMESTAMP_BYTES], out[1200];
    mcp_str when = mcp_timestamp_format(mcp_clock_wall_ms(&f->clock), at);

    if (f->is_json) {
        write_json(f->fd, when, level, line);
        return;
    }
    int n = snprintf(out, sizeof(out), "%.*s %s %.*s", MCP_STR_ARG(when), LEVELS[level],
                     MCP_STR_ARG(line));
    size_t len = n < 0 ? 0 : (size_t)n;

    if (len > sizeof(out) - 1) {
        len = sizeof(out) - 1;
    }
    out[len] = '\n';
    ssize_t written = write(f->fd, out, len + 1);

    (void)written; /* there is nowhere to say that the log cannot be written */
}

struct mcp_log cli_logfile_log(struct cli_logfile *f)
{
    return (struct mcp_log){
        .write = write_line, .user = f, .max = MCP_LOG_DEBUG, .is_wanted = is_wanted};
}

bool cli_log_is_format(const char *name)
{
    return strcmp(name, "text") == 0 || strcmp(name, "json") == 0;
}

bool cli_log_level(const char *name, enum mcp_log_level *ret)
{
    for (size_t i = 0; i < sizeof(LEVELS) / sizeof(LEVELS[0]); i++) {
        if (strcmp(name, LEVELS[i]) == 0) {
            *ret = (enum mcp_log_level)i;
            return true;
        }
    }
    return false;
}
