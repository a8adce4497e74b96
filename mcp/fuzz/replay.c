/* mcp/fuzz/replay.c - a fuzz target's main() without libFuzzer: run each file of a corpus.
 *
 * Usage: replay FILE-OR-FOLDER... The empty input is always run, too. Each input is a heap block
 * of exactly its size, so that AddressSanitizer sees the first byte read beyond it. Exits 2 when
 * a corpus has no file: an empty replay proves nothing. */
#include <mcp/fuzz/fuzz.h>

#include <mcp/alloc.h>

#include <dirent.h>
#include <sys/stat.h>

static size_t files;

static void run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    long size = -1;

    if (f && fseek(f, 0, SEEK_END) == 0) {
        size = ftell(f);
        rewind(f);
    }
    uint8_t *data = size >= 0 ? mcp_realloc(NULL, (size_t)size) : NULL;

    if (!data || fread(data, 1, (size_t)size, f) != (size_t)size) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(2);
    }
    fprintf(stderr, "%s\n", path); /* the last line before an abort names the culprit */
    LLVMFuzzerTestOneInput(data, (size_t)size);
    mcp_free(data);
    fclose(f);
    files++;
}

static void run_path(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    char inner[4096];

    if (!dir) {
        run_file(path);
        return;
    }
    while ((entry = readdir(dir))) {
        if (entry->d_name[0] != '.') {
            snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
            run_path(inner);
        }
    }
    closedir(dir);
}

int main(int argc, char **argv)
{
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        run_path(argv[i]);
    }
    fprintf(stderr, "%zu inputs\n", files);
    return files ? 0 : 2;
}
