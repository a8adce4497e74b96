/* cli/fuzz/command_fuzz.c - any words behind any command, any bytes as its configuration file:
 * taken, or refused with one line and an exit code for that; a number that is taken lies within its
 * bounds.
 *
 * Input: one byte which command, words with a newline behind each, NUL, the file. */
#include <cli/commands.h>
#include <cli/options.h>
#include <mcp/fuzz/fuzz.h>

#include <sys/mman.h>
#include <unistd.h>

enum { WORDS_MAX = 40, TEXT_MAX = 4096 };

struct said {
    char text[TEXT_MAX], file[64];
    char *argv[WORDS_MAX + 2];
    int argc;
    int file_fd; /* -1: none */
};

static void cut_words(struct said *s, mcp_str words)
{
    size_t n = words.len < TEXT_MAX - 1 ? words.len : TEXT_MAX - 1;

    memcpy(s->text, words.ptr, n);
    for (char *at = s->text; *at && s->argc < WORDS_MAX;) {
        char *end = at + strcspn(at, "\n");

        s->argv[s->argc++] = at;
        at = *end ? end + 1 : end;
        *end = '\0';
    }
}

static void add_file(struct said *s, mcp_str bytes)
{
    s->file_fd = memfd_create("config", MFD_CLOEXEC);
    FUZZ_CHECK(s->file_fd >= 0 && write(s->file_fd, bytes.ptr, bytes.len) == (ssize_t)bytes.len);
    snprintf(s->file, sizeof(s->file), "--config=/proc/self/fd/%d", s->file_fd);
    s->argv[s->argc++] = s->file;
}

static void check_values(const struct cli *cli)
{
    size_t i = 0;

    for (const struct cli_option *row = cli->command->options; row->name; row++, i++) {
        const struct cli_value *v = &cli->values[i];

        FUZZ_CHECK(v->n_text <= CLI_REPEATS_MAX && (row->is_repeated || v->n_text <= 1));
        if (row->kind != CLI_TEXT && row->kind != CLI_FLAG && v->n_text) {
            FUZZ_CHECK(v->number >= row->min && v->number <= row->max);
        }
    }
    FUZZ_CHECK(cli->wants_help || cli->n_arguments <= cli->command->arguments_max);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mcp_str rest = mcp_str_n((const char *)data, size);
    struct said s = {.file_fd = -1};
    struct cli cli = {.argc = 0};
    size_t n_commands = 0;
    char *err = NULL;
    size_t err_bytes = 0;
    enum cli_exit code = CLI_DONE;

    if (size < 1) {
        return 0;
    }
    rest = mcp_str_n(rest.ptr + 1, rest.len - 1);
    cut_words(&s, mcp_str_cut(&rest, '\0'));
    if (rest.len) {
        add_file(&s, rest);
    }
    while (cli_commands[n_commands].name) {
        n_commands++;
    }
    cli.out = cli.err = open_memstream(&err, &err_bytes);
    FUZZ_CHECK(cli.err != NULL);
    bool is_taken = cli_parse(&cli, &cli_commands[data[0] % n_commands], s.argc, s.argv, &code);

    fclose(cli.err);
    if (is_taken) {
        check_values(&cli);
    } else {
        FUZZ_CHECK(code == CLI_USAGE || code == CLI_IO || code == CLI_LATER);
        FUZZ_CHECK(err_bytes && strchr(err, '\n') == err + err_bytes - 1);
    }
    cli_free(&cli);
    free(err);
    if (s.file_fd >= 0) {
        close(s.file_fd);
    }
    return 0;
}
