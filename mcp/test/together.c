/* mcp/test/together.c - the main() of a program of many test files: PROGRAM FILE runs those of
 * FILE.
 *
 * A program for each of two hundred files is two hundred times the linker, under each compiler. */
#include <mcp/test/t.h>

#include <string.h>

static struct t_suite *suites;

void t_join(struct t_suite *s)
{
    s->next = suites;
    suites = s;
}

int main(int argc, char **argv)
{
    for (const struct t_suite *s = suites; argc == 2 && s; s = s->next) {
        const char *slash = strrchr(s->file, '/');

        if (strcmp(slash ? slash + 1 : s->file, argv[1]) == 0) {
            return t_main(s->name, s->cases, s->n);
        }
    }
    fprintf(stderr, "usage: %s FILE, one of:\n", argv[0]);
    for (const struct t_suite *s = suites; s; s = s->next) {
        fprintf(stderr, "  %s\n", s->file);
    }
    return 2;
}
