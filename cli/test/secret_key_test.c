/* cli/test/secret_key_test.c - the key file beside the store: made once, private, never replaced.
 */
#include <cli/test/process.h>

static struct place place;

static void key_path(char out[192])
{
    snprintf(out, 192, "%s/secret.key", place.data);
}

static size_t slurp(const char *path, char *out, size_t bytes)
{
    FILE *f = fopen(path, "r");

    ck_assert_msg(f != NULL, "%s is not there", path);
    size_t n = fread(out, 1, bytes, f);

    fclose(f);
    return n;
}

static void spill(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    T_CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static void the_first_command_makes_a_key_that_only_its_owner_can_read(void)
{
    char path[192], before[80], after[80];
    struct stat st;

    place_make(&place);
    umask(0);
    key_path(path);
    T_CODE(run("connection", "add", "a", NULL), 0);
    T_CHECK(stat(path, &st) == 0);
    T_EQ(st.st_mode & 0777, 0600);
    T_EQ(slurp(path, before, sizeof(before)), 65);
    T_CODE(run("connection", "list", NULL), 0);
    T_EQ(slurp(path, after, sizeof(after)), 65);
    T_CHECK(memcmp(before, after, 65) == 0);
    place_remove(&place);
}

static void a_key_that_others_can_read_is_refused(void)
{
    char path[192];

    place_make(&place);
    key_path(path);
    T_CODE(run("connection", "add", "a", NULL), 0);
    T_CHECK(chmod(path, 0640) == 0);
    T_CODE(run("connection", "list", NULL), 74);
    T_HAS(ERR, "chmod 600");
    T_CHECK(chmod(path, 0600) == 0);
    T_CODE(run("connection", "list", NULL), 0);
    place_remove(&place);
}

static void what_is_no_key_is_refused_and_left_alone(void)
{
    static const char *const WRONG[] = {
        "",
        "\n",
        "0123456789abcdef\n",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1g\n",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n\n",
    };
    char path[192], text[80];

    place_make(&place);
    key_path(path);
    T_CODE(run("connection", "add", "a", NULL), 0);
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
        spill(path, WRONG[i]);
        T_CODE(run("connection", "list", NULL), 74);
        T_HAS(ERR, "damaged");
        T_EQ(slurp(path, text, sizeof(text)), strlen(WRONG[i]));
    }
    T_CHECK(unlink(path) == 0 && symlink("/etc/hostname", path) == 0);
    T_CODE(run("connection", "list", NULL), 74);
    T_CHECK(unlink(path) == 0 && mkfifo(path, 0600) == 0);
    T_CODE(run("connection", "list", NULL), 74); /* and does not wait for a writer */
    place_remove(&place);
}

static void a_lost_key_that_nothing_needs_is_made_anew(void)
{
    char path[192];

    place_make(&place);
    key_path(path);
    T_CODE(run("connection", "add", "a", NULL), 0);
    T_CHECK(unlink(path) == 0);
    T_CODE(run("connection", "list", NULL), 0);
    T_CHECK(access(path, R_OK) == 0);
    place_remove(&place);
}

static void a_backup_has_the_key(void)
{
    char path[192], copy[192], mine[80], its[80];

    place_make(&place);
    key_path(path);
    T_CODE(run("connection", "add", "a", NULL), 0);
    snprintf(copy, sizeof(copy), "%s/copy", place.root);
    T_CODE(run("backup", copy, NULL), 0);
    snprintf(copy, sizeof(copy), "%s/copy/secret.key", place.root);
    T_EQ(slurp(path, mine, sizeof(mine)), 65);
    T_EQ(slurp(copy, its, sizeof(its)), 65);
    T_CHECK(memcmp(mine, its, 65) == 0);
    place_remove(&place);
}

static const struct t_case cases[] = {
    T(the_first_command_makes_a_key_that_only_its_owner_can_read),
    T(a_key_that_others_can_read_is_refused),
    T(what_is_no_key_is_refused_and_left_alone),
    T(a_lost_key_that_nothing_needs_is_made_anew),
    T(a_backup_has_the_key),
};
T_MAIN("secret_key", cases)
