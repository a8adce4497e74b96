/* cli/schema.c - schema check: does a JSON file conform to a JSON Schema? Needs no store. */
#include <cli/commands.h>
#include <cli/json_file.h>
#include <cli/print.h>
#include <mcp/alloc.h>
#include <mcp/schema.h>

enum { DOCUMENTS_MAX = CLI_REPEATS_MAX };

#define SCHEMA_BYTES_MAX   ((size_t)4 << 20)
#define INSTANCE_BYTES_MAX ((size_t)64 << 20)
#define ARENA_BYTES        ((size_t)1 << 30)

const struct cli_option cli_schema_options[] = {
    {.name = "document",
     .argument = "URI=FILE",
     .is_repeated = true,
     .help = "another schema that $ref and $schema may lead to"},
    {.name = "start",
     .argument = "POINTER",
     .help = "check with the subschema at this JSON Pointer: /$defs/Tool"},
    {.name = "allow-unknown",
     .kind = CLI_FLAG,
     .help = "take unknown keywords and formats as annotations"},
    {.name = "annotate-formats", .kind = CLI_FLAG, .help = "do not check formats"},
    CLI_ROW_JSON,
    CLI_ROW_END,
};

/* The texts of the schema and of what it may refer to; all are freed together. */
struct job {
    struct mcp_buf schema, instance, documents[DOCUMENTS_MAX];
    struct mcp_schema_source sources[DOCUMENTS_MAX];
    struct mcp_schema_options options;
    struct mcp_schema *compiled;
    struct mcp_arena arena;
};

static enum cli_exit read_documents(const struct cli *cli, struct job *j)
{
    const struct cli_value *v = cli_value(cli, "document");

    for (size_t i = 0; i < v->n_text; i++) {
        mcp_str uri = mcp_str_c(v->text[i]);
        const char *file = strrchr(v->text[i], '=');

        if (!file || !file[1]) {
            return cli_usage(cli, "--document takes URI=FILE, not %s", v->text[i]);
        }
        uri.len = (size_t)(file - v->text[i]);
        enum cli_exit code = cli_file_read(cli, file + 1, SCHEMA_BYTES_MAX, &j->documents[i]);

        if (code) {
            return code;
        }
        j->sources[i] = (struct mcp_schema_source){uri, mcp_buf_str(&j->documents[i])};
        j->options.n_sources = i + 1;
    }
    j->options.sources = j->sources;
    return CLI_DONE;
}

static enum cli_exit compile(const struct cli *cli, struct job *j)
{
    const char *file = cli->arguments[0];
    struct mcp_schema_error e;
    enum cli_exit code = read_documents(cli, j);

    code = code ? code : cli_file_read(cli, file, SCHEMA_BYTES_MAX, &j->schema);
    if (code) {
        return code;
    }
    j->options.start = cli_text(cli, "start");
    j->options.allow_unknown = cli_flag(cli, "allow-unknown");
    j->options.annotate_formats = cli_flag(cli, "annotate-formats");
    j->compiled = mcp_schema_new(mcp_buf_str(&j->schema), &j->options, &e);
    if (!j->compiled) {
        char *path = cli_clean(mcp_str_c(e.path)), *text = cli_clean(mcp_str_c(e.text));

        code = cli_say(cli, strcmp(e.rule, "memory") == 0 ? CLI_LATER : CLI_USAGE,
                       "%s is no schema: at \"%s\": %s: %s", file, path ? path : "", e.rule,
                       text ? text : "");
        mcp_free(path);
        mcp_free(text);
    }
    return code;
}

static void print_json(const struct cli *cli, bool is_good, const struct mcp_schema_error *e)
{
    struct mcp_buf out;
    struct mcp_json_writer w;

    mcp_buf_init(&out, 4096);
    mcp_json_writer_init(&w, &out);
    mcp_json_object(&w);
    mcp_json_member_bool(&w, MCP_STR("valid"), is_good);
    if (!is_good) {
        mcp_json_member_str(&w, MCP_STR("path"), mcp_str_c(e->path));
        mcp_json_member_str(&w, MCP_STR("rule"), mcp_str_c(e->rule));
        mcp_json_member_str(&w, MCP_STR("text"), mcp_str_c(e->text));
    }
    mcp_json_object_end(&w);
    fprintf(cli->out, "%.*s\n", MCP_STR_ARG(mcp_buf_str(&out)));
    mcp_buf_free(&out);
}

static void print_result(const struct cli *cli, bool is_good, const struct mcp_schema_error *e)
{
    if (cli_flag(cli, "json")) {
        print_json(cli, is_good, e);
    } else if (is_good) {
        fputs("valid\n", cli->out);
    } else {
        char *path = cli_clean(mcp_str_c(e->path)), *text = cli_clean(mcp_str_c(e->text));

        fprintf(cli->out, "\"%s\": %s: %s\n", path ? path : "", e->rule, text ? text : "");
        mcp_free(path);
        mcp_free(text);
    }
}

static enum cli_exit check(const struct cli *cli, struct job *j)
{
    static const struct mcp_json_limits LIMITS = {INSTANCE_BYTES_MAX, 64, (size_t)1 << 24, true};
    const char *file = cli->n_arguments > 1 ? cli->arguments[1] : "-";
    struct mcp_schema_error e = {0};
    mcp_json instance;
    enum cli_exit code = cli_json_read(cli, file, &LIMITS, &j->arena, &j->instance, &instance);

    if (code) {
        return code;
    }
    bool is_good = mcp_schema_check(j->compiled, instance, &j->arena, &e);

    if (strcmp(e.rule, "memory") == 0) {
        return cli_say(cli, CLI_LATER, "%s: %s", file, e.text);
    }
    print_result(cli, is_good, &e);
    return is_good ? CLI_DONE : CLI_REFUSED;
}

enum cli_exit cli_schema_check_run(struct cli *cli)
{
    struct job j = {0};

    mcp_arena_init(&j.arena, ARENA_BYTES);
    enum cli_exit code = compile(cli, &j);

    code = code ? code : check(cli, &j);
    mcp_schema_free(j.compiled);
    mcp_arena_free(&j.arena);
    mcp_buf_free(&j.schema);
    mcp_buf_free(&j.instance);
    for (size_t i = 0; i < DOCUMENTS_MAX; i++) {
        mcp_buf_free(&j.documents[i]);
    }
    return code;
}
