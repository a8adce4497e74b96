/* mcp/prompt.c - rows of prompts: checked, listed, used. */
#include <mcp/engine.h>

#include <mcp/alloc.h>

#include <stdlib.h>

static struct mcp__row_text text_of(const struct mcp_prompt *p)
{
    return (struct mcp__row_text){.kind = "prompt",
                                  .name = p->name,
                                  .title = p->title,
                                  .description = p->description,
                                  .icons = p->icons,
                                  .meta = p->meta,
                                  .cost = p->cost,
                                  .is_blocking = p->is_blocking,
                                  .time_limit_ms = p->time_limit_ms};
}

static int by_name(const void *a, const void *b)
{
    return mcp_str_cmp(((const struct mcp__prompt_row *)a)->name,
                       ((const struct mcp__prompt_row *)b)->name);
}

const struct mcp_prompt_argument *mcp__prompt_argument(const struct mcp_prompt *p, mcp_str name)
{
    for (const struct mcp_prompt_argument *a = p->arguments; a && a->name; a++) {
        if (mcp_str_eq(mcp_str_c(a->name), name)) {
            return a;
        }
    }
    return NULL;
}

static mcp_err check(const struct mcp_prompt *p, const struct mcp_server_options *opt,
                     const struct mcp__complaint *c)
{
    const struct mcp__row_text text = text_of(p);

    if (!p->name[0] || !p->fn) {
        return mcp__complain(c, "prompt %s: %s", p->name,
                             p->fn ? "the name is empty" : "the handler is missing");
    }
    for (const struct mcp_prompt_argument *a = p->arguments; a && a->name; a++) {
        if (mcp__prompt_argument(p, mcp_str_c(a->name)) != a) {
            return mcp__complain(c, "prompt %s: the argument %s occurs twice", p->name, a->name);
        }
    }
    return mcp__row_check(&text, opt, c);
}

mcp_err mcp__prompts_init(struct mcp__prompts *t, const struct mcp_server_options *opt,
                          const struct mcp__complaint *c)
{
    size_t n = 0;

    for (size_t i = 0; i < opt->n_prompts; i++) {
        for (const struct mcp_prompt *p = opt->prompts[i].rows; p && p->name; p++) {
            n++;
        }
    }
    t->rows = n ? mcp_alloc(n * sizeof(*t->rows)) : NULL;
    if (n && !t->rows) {
        return mcp__complain_memory(c);
    }
    for (size_t i = 0; i < opt->n_prompts; i++) {
        for (const struct mcp_prompt *p = opt->prompts[i].rows; p && p->name; p++) {
            mcp_err err = check(p, opt, c);

            if (err) {
                return err;
            }
            t->rows[t->n_rows++] =
                (struct mcp__prompt_row){p, opt->prompts[i].user, mcp_str_c(p->name)};
            t->can_complete = t->can_complete || p->complete;
        }
    }
    if (n) {
        qsort(t->rows, n, sizeof(*t->rows), by_name);
    }
    for (size_t i = 1; i < n; i++) {
        if (mcp_str_eq(t->rows[i - 1].name, t->rows[i].name)) {
            return mcp__complain(c, "prompt %s: the name occurs twice", t->rows[i].prompt->name);
        }
    }
    return MCP_OK;
}

void mcp__prompts_free(struct mcp__prompts *t)
{
    mcp__list_free(&t->list);
    mcp_free(t->rows);
}

/* ---- Listing ---- */

static void put_argument(struct mcp_json_writer *w, const struct mcp_prompt_argument *a,
                         enum mcp__rev rev)
{
    const struct mcp__row_text text = {.title = a->title, .description = a->description};

    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("name"), mcp_str_c(a->name));
    mcp__row_put(w, &text, rev);
    mcp_json_member_bool(w, MCP_STR("required"), a->is_required);
    mcp_json_object_end(w);
}

static void put(struct mcp_json_writer *w, const struct mcp__list_items *items, size_t i,
                enum mcp__rev rev)
{
    const struct mcp_prompt *p = ((const struct mcp__prompt_row *)items->rows)[i].prompt;
    const struct mcp__row_text text = text_of(p);

    mcp_json_object(w);
    mcp_json_member_str(w, MCP_STR("name"), mcp_str_c(p->name));
    mcp__row_put(w, &text, rev);
    if (p->arguments) {
        mcp_json_put_key(w, MCP_STR("arguments"));
        mcp_json_array(w);
        for (const struct mcp_prompt_argument *a = p->arguments; a->name; a++) {
            put_argument(w, a, rev);
        }
        mcp_json_array_end(w);
    }
    mcp_json_object_end(w);
}

static mcp_str name_of(const struct mcp__list_items *items, size_t i)
{
    return ((const struct mcp__prompt_row *)items->rows)[i].name;
}

static const char *scope_of(const struct mcp__list_items *items, size_t i)
{
    return ((const struct mcp__prompt_row *)items->rows)[i].prompt->scope;
}

bool mcp__prompts_print(struct mcp__prompts *t, struct mcp__list_items items,
                        const struct mcp_server_options *opt)
{
    if (!t->n_rows) {
        return true; /* nobody asks */
    }
    items.key = "prompts";
    items.rows = t->rows;
    items.n_rows = t->n_rows;
    items.name = name_of;
    items.scope = scope_of;
    items.put = put;
    items.cache = opt->cache.prompts;
    return mcp__list_print(&t->list, &items);
}

/* ---- Using ---- */

const struct mcp__prompt_row *mcp__prompts_find(const struct mcp__prompts *t, mcp_str name)
{
    const struct mcp__prompt_row key = {.name = name};

    return t->n_rows ? bsearch(&key, t->rows, t->n_rows, sizeof(*t->rows), by_name) : NULL;
}

mcp_err mcp__check_strings(struct mcp_call *call, mcp_json object, const char *what)
{
    bool are = mcp_json_type(object) == MCP_JSON_OBJECT;

    for (mcp_json v = mcp_json_first(object); are && mcp_json_present(v);
         v = mcp_json_next(object, v)) {
        are = mcp_json_type(v) == MCP_JSON_STRING;
    }
    return are ? MCP_OK
               : mcp_fail(call, MCP_E_INVALID_PARAMS, "%s must be an object of strings", what);
}

static mcp_err check_arguments(struct mcp_call *call, const struct mcp_prompt *p)
{
    mcp_json given = mcp_json_get(call->params, MCP_STR("arguments"));

    call->arguments = mcp_json_present(given) ? given : call->server->empty;
    mcp_err err = mcp__check_strings(call, call->arguments, "params.arguments");

    for (const struct mcp_prompt_argument *a = p->arguments; !err && a && a->name; a++) {
        if (a->is_required && !mcp_json_present(mcp_arg(call, a->name))) {
            err = mcp_fail(call, MCP_E_INVALID_PARAMS, "the argument %s is required", a->name);
        }
    }
    return err;
}

mcp_err mcp__prompts_get(struct mcp_call *call)
{
    mcp_json name = mcp_json_get(call->params, MCP_STR("name"));
    mcp_str text = mcp_json_str(name, &call->arena, mcp_str_n(NULL, 0));

    if (mcp_json_type(name) != MCP_JSON_STRING) {
        return mcp_fail(call, MCP_E_INVALID_PARAMS, "params.name must be a string");
    }
    const struct mcp__prompt_row *row = mcp__prompts_find(&call->server->prompts, text);

    if (!row || mcp__is_hidden(call, row->prompt->scope)) {
        text = mcp_str_head(text, MCP__LOG_NAME_BYTES);
        return mcp_fail(call, MCP_E_UNKNOWN_PROMPT, "Unknown prompt: %.*s", MCP_STR_ARG(text));
    }
    call->form = MCP__FORM_PROMPT;
    call->prompt = row->prompt;
    call->what = row->prompt->name;
    mcp_err err = mcp__gate(call, row->prompt->scope, row->prompt->cost);

    if (!err) {
        err = check_arguments(call, row->prompt);
    }
    const struct mcp_prompt *p = row->prompt;

    return err ? err
               : mcp__run_handler(call, (struct mcp__handler){p->fn, row->user, p->is_blocking, 0},
                                  p->time_limit_ms);
}
