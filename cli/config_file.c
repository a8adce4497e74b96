/* cli/config_file.c - see config_file.h. */
#include <cli/commands.h>
#include <cli/config_file.h>
#include <cli/nearest.h>

#include <mcp/alloc.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct cli_config_file {
    char path[256];
    struct cli_config_line lines[CLI_CONFIG_LINES_MAX];
    size_t n_lines;
    char text[CLI_CONFIG_BYTES_MAX + 2]; /* cut into names and values; one byte more than may be */
};

/* ---- What a file may say --------------------------------------------------------------------- */

/* Options that several commands have mean the same in each. */
static const struct cli_option *find_row(const char *name)
{
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        for (const struct cli_option *row = c->options; row->name; row++) {
            if (row->has_env && strcmp(row->name, name) == 0) {
                return row;
            }
        }
    }
    return NULL;
}

static enum cli_exit unknown(const struct cli *cli, const char *where, const char *name)
{
    struct cli_nearest near = {.word = mcp_str_c(name)};
    char hint[128];

    for (const struct cli_command *c = cli_commands; c->name; c++) {
        for (const struct cli_option *row = c->options; row->name; row++) {
            if (row->has_env) {
                cli_nearest_try(&near, row->name);
            }
        }
    }
    return cli_usage(cli, "%s: not an option of the configuration file%s", where,
                     cli_nearest_words(&near, "", hint));
}

static enum cli_exit check(const struct cli *cli, const struct cli_config_file *f,
                           const struct cli_config_line *line)
{
    const struct cli_option *row = find_row(line->name);
    char where[320], why[256];

    cli_config_where(f, line, where, sizeof(where));
    if (!row) {
        return unknown(cli, where, line->name);
    }
    if (!cli_check_value(row, line->value, why, sizeof(why))) {
        return cli_usage(cli, "%s: %s", where, why);
    }
    return CLI_DONE;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static char *trim(char *text)
{
    size_t n;

    text += strspn(text, " \t");
    n = strlen(text);
    while (n && (text[n - 1] == ' ' || text[n - 1] == '\t' || text[n - 1] == '\r')) {
        text[--n] = '\0';
    }
    return text;
}

static bool is_name(const char *s)
{
    return *s && s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static enum cli_exit add_line(const struct cli *cli, struct cli_config_file *f, char *text,
                              unsigned number)
{
    struct cli_config_line *line = &f->lines[f->n_lines];
    char *equals;

    text = trim(text);
    if (*text == '\0' || *text == '#') {
        return CLI_DONE;
    }
    equals = strchr(text, '=');
    if (equals) {
        *equals = '\0';
    }
    *line = (struct cli_config_line){trim(text), equals ? trim(equals + 1) : "", number};
    if (!equals || !is_name(line->name) || *line->value == '\0') {
        return cli_usage(cli, "%s:%u: a line is \"name = value\" or begins with #", f->path,
                         number);
    }
    for (const char *p = line->value; *p; p++) {
        if ((unsigned char)*p < ' ' || *p == 0x7f) {
            return cli_usage(cli, "%s:%u: a control character in the value", f->path, number);
        }
    }
    if (++f->n_lines == CLI_CONFIG_LINES_MAX) {
        return cli_usage(cli, "%s: more than %d options", f->path, CLI_CONFIG_LINES_MAX - 1);
    }
    return check(cli, f, line);
}

static enum cli_exit cut(const struct cli *cli, struct cli_config_file *f)
{
    char *at = f->text;

    for (unsigned number = 1; at; number++) {
        char *end = strchr(at, '\n');
        enum cli_exit code;

        if (end) {
            *end = '\0';
        }
        code = add_line(cli, f, at, number);
        if (code) {
            return code;
        }
        at = end ? end + 1 : NULL;
    }
    return CLI_DONE;
}

/* ---- The file -------------------------------------------------------------------------------- */

/* Bytes read, or -1 with errno. */
static ssize_t fill(struct cli_config_file *f)
{
    int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    size_t n = 0;
    ssize_t got = fd < 0 ? -1 : 1;

    while (got > 0 && n <= CLI_CONFIG_BYTES_MAX) {
        got = read(fd, f->text + n, CLI_CONFIG_BYTES_MAX + 1 - n);
        n += got > 0 ? (size_t)got : 0;
        got = got < 0 && errno == EINTR ? 1 : got;
    }
    if (fd >= 0) {
        int kept = errno;

        close(fd);
        errno = kept;
    }
    return got < 0 ? -1 : (ssize_t)n;
}

static enum cli_exit load(const struct cli *cli, struct cli_config_file *f, bool must_exist,
                          bool *ret_is_there)
{
    ssize_t n = fill(f);

    *ret_is_there = n >= 0 || must_exist || (errno != ENOENT && errno != ENOTDIR);
    if (!*ret_is_there) {
        return CLI_DONE;
    }
    if (n < 0) {
        return cli_say(cli, CLI_IO, "--config: cannot read %s: %s", f->path,
                       strerrordesc_np(errno));
    }
    if (n > CLI_CONFIG_BYTES_MAX || memchr(f->text, '\0', (size_t)n)) {
        return cli_usage(cli, "%s: not a text of at most %d bytes", f->path, CLI_CONFIG_BYTES_MAX);
    }
    return cut(cli, f);
}

enum cli_exit cli_config_read(const struct cli *cli, const char *path, struct cli_config_file **ret)
{
    struct cli_config_file *f = mcp_alloc_new(struct cli_config_file);
    bool is_there;
    enum cli_exit code;

    *ret = NULL;
    if (!f) {
        return cli_say(cli, CLI_LATER, "out of memory");
    }
    if (snprintf(f->path, sizeof(f->path), "%s", path ? path : CISTERN_CONFIG_FILE) >=
        (int)sizeof(f->path)) {
        mcp_free(f);
        return cli_usage(cli, "--config: a path of at most %zu bytes", sizeof(f->path) - 1);
    }
    code = load(cli, f, path != NULL, &is_there);
    if (code || !is_there) {
        mcp_free(f);
        return code;
    }
    *ret = f;
    return CLI_DONE;
}

void cli_config_free(struct cli_config_file *f)
{
    mcp_free(f);
}

const struct cli_config_line *cli_config_next(const struct cli_config_file *f, const char *name,
                                              const struct cli_config_line *after)
{
    if (!f) {
        return NULL;
    }
    for (const struct cli_config_line *l = after ? after + 1 : f->lines; l < f->lines + f->n_lines;
         l++) {
        if (strcmp(l->name, name) == 0) {
            return l;
        }
    }
    return NULL;
}

const char *cli_config_path(const struct cli_config_file *f)
{
    return f->path;
}

void cli_config_where(const struct cli_config_file *f, const struct cli_config_line *line,
                      char *out, size_t bytes)
{
    snprintf(out, bytes, "%s:%u: %s", f->path, line->number, line->name);
}
