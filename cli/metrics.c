/* cli/metrics.c - see metrics.h. */
#include <cli/metrics.h>

#include <mcp/json.h>
#include <mcp/tool.h>

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- Counting -------------------------------------------------------------------------------- */

static const int STEPS_MS[CLI_METRICS_STEPS - 1] = {1, 5, 10, 50, 100, 500, 1000, 10000};

static void observe(struct cli_histogram *h, int64_t ms)
{
    size_t i = 0;

    while (i < CLI_METRICS_STEPS - 1 && ms > STEPS_MS[i]) {
        i++;
    }
    h->counts[i]++;
    h->sum_ms += ms > 0 ? (uint64_t)ms : 0;
}

void cli_metrics_ended(struct cli_metrics *m, const struct mcp_ended *e)
{
    size_t i = e->tool && e->tool_at < CLI_METRICS_TOOLS_MAX ? e->tool_at : CLI_METRICS_TOOLS_MAX;

    m->ends[i][e->err]++;
    observe(&m->tools[i], e->took_ms);
}

void cli_metrics_served(struct cli_metrics *m, const struct mcp_http_served *s)
{
    m->by_class[s->status >= 100 && s->status < 600 ? s->status / 100 : 0]++;
    observe(&m->answers, s->took_ms);
}

/* ---- Families -------------------------------------------------------------------------------- */

static void family(struct mcp_buf *out, const char *name, const char *type, const char *help)
{
    mcp_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void gauge(struct mcp_buf *out, const char *name, const char *help, size_t value)
{
    family(out, name, "gauge", help);
    mcp_buf_printf(out, "%s %zu\n", name, value);
}

/* `labels`: "tool=\"x\"," or "". */
static void put_histogram(struct mcp_buf *out, const char *name, const char *labels,
                          const struct cli_histogram *h)
{
    uint64_t n = 0;
    size_t len = strlen(labels);

    for (size_t i = 0; i < CLI_METRICS_STEPS; i++) {
        n += h->counts[i];
        mcp_buf_printf(out, "%s_bucket{%sle=\"", name, labels);
        if (i < CLI_METRICS_STEPS - 1) {
            mcp_buf_printf(out, "%d.%03d", STEPS_MS[i] / 1000, STEPS_MS[i] % 1000);
        } else {
            mcp_buf_add(out, MCP_STR("+Inf"));
        }
        mcp_buf_printf(out, "\"} %llu\n", (unsigned long long)n);
    }
    /* without the comma behind the last label */
    mcp_buf_printf(out, "%s_sum{%.*s} %llu.%03u\n%s_count{%.*s} %llu\n", name,
                   (int)(len ? len - 1 : 0), labels, (unsigned long long)(h->sum_ms / 1000),
                   (unsigned)(h->sum_ms % 1000), name, (int)(len ? len - 1 : 0), labels,
                   (unsigned long long)n);
}

static const char *name_of(const struct cli_metrics *m, size_t i)
{
    const struct mcp_tool *tool =
        i < CLI_METRICS_TOOLS_MAX ? mcp_server_tool_at(m->server, i) : NULL;

    return tool ? tool->name : "";
}

static void put_calls(struct mcp_buf *out, const struct cli_metrics *m)
{
    family(out, "cistern_calls_total", "counter",
           "Calls that have ended, by tool (none: another method) and outcome (cistern "
           "--print-errors).");
    for (size_t i = 0; i <= CLI_METRICS_TOOLS_MAX; i++) {
        for (int err = 0; err < MCP_ERR_COUNT; err++) {
            if (m->ends[i][err]) {
                mcp_buf_printf(out, "cistern_calls_total{tool=\"%s\",outcome=\"%s\"} %llu\n",
                               name_of(m, i), mcp_err_info((mcp_err)err)->name,
                               (unsigned long long)m->ends[i][err]);
            }
        }
    }
    family(out, "cistern_call_seconds", "histogram", "How long they took.");
    for (size_t i = 0; i <= CLI_METRICS_TOOLS_MAX; i++) {
        char labels[160];
        uint64_t n = 0;

        for (size_t j = 0; j < CLI_METRICS_STEPS; j++) {
            n += m->tools[i].counts[j];
        }
        if (n) {
            snprintf(labels, sizeof(labels), "tool=\"%s\",", name_of(m, i));
            put_histogram(out, "cistern_call_seconds", labels, &m->tools[i]);
        }
    }
}

static void put_http(struct mcp_buf *out, const struct cli_metrics *m)
{
    family(out, "cistern_http_answers_total", "counter", "HTTP answers by class of the status.");
    for (int class = 1; class < CLI_METRICS_CLASSES; class ++) {
        mcp_buf_printf(out, "cistern_http_answers_total{class=\"%dxx\"} %llu\n", class,
                       (unsigned long long)m->by_class[class]);
    }
    family(out, "cistern_http_answer_seconds", "histogram",
           "From the complete request to the first byte of its answer.");
    put_histogram(out, "cistern_http_answer_seconds", "", &m->answers);
}

/* Names and units are those that every Prometheus client library uses. */
static void put_process(struct mcp_buf *out, int64_t started_ms)
{
    struct rusage use = {0};
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");

    if (f && fscanf(f, "%*d %ld", &pages) != 1) {
        pages = 0;
    }
    if (f) {
        fclose(f);
    }
    (void)getrusage(RUSAGE_SELF, &use);
    family(out, "process_start_time_seconds", "gauge", "When it began, since 1970.");
    mcp_buf_printf(out, "process_start_time_seconds %lld.%03d\n", (long long)(started_ms / 1000),
                   (int)(started_ms % 1000));
    family(out, "process_cpu_seconds_total", "counter", "User and system time.");
    long long us = ((long long)use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000 +
                   use.ru_utime.tv_usec + use.ru_stime.tv_usec;
    mcp_buf_printf(out, "process_cpu_seconds_total %lld.%06lld\n", us / 1000000, us % 1000000);
    gauge(out, "process_resident_memory_bytes", "Memory in use.",
          (size_t)pages * (size_t)sysconf(_SC_PAGESIZE));
}

void cli_metrics_write(const struct cli_metrics *m, const struct cli_metrics_now *now,
                       struct mcp_buf *out)
{
    family(out, "cistern_build_info", "gauge", "The version that runs.");
    mcp_buf_printf(out, "cistern_build_info{version=\"%s\"} 1\n", CISTERN_VERSION);
    put_process(out, now->started_ms);
    gauge(out, "cistern_http_connections", "Connections that are open.", now->http.connections);
    gauge(out, "cistern_sessions", "Legacy MCP sessions that are open.", now->http.sessions);
    gauge(out, "cistern_calls_running", "Calls under way.", now->calls);
    gauge(out, "cistern_calls_waiting",
          "Calls that wait for their clients: subscriptions, questions.", now->waiting);
    gauge(out, "cistern_tasks", "Tasks that run or wait.", now->tasks);
    gauge(out, "cistern_store_writable", "Whether the store takes writes.", now->is_writable);
    put_http(out, m);
    put_calls(out, m);
}

/* ---- Pools ----------------------------------------------------------------------------------- */

/* Escaped as a label's value. */
static void put_label(struct mcp_buf *out, const char *name, mcp_str value)
{
    mcp_buf_printf(out, "%s=\"", name);
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];

        if (c == '\\' || c == '"') {
            mcp_buf_byte(out, '\\');
        }
        if (c == '\n') {
            mcp_buf_add(out, MCP_STR("\\n"));
        } else {
            mcp_buf_byte(out, c);
        }
    }
    mcp_buf_add(out, MCP_STR("\""));
}

struct pools {
    mcp_json all;
    struct mcp_arena *arena;
    struct mcp_buf *out;
};

static mcp_str text_of(const struct pools *p, mcp_json object, const char *key)
{
    return mcp_json_str(mcp_json_get(object, mcp_str_c(key)), p->arena, MCP_STR(""));
}

/* One sample; `more` is "" or further labels with their comma in front. */
static void sample(const struct pools *p, const char *name, mcp_json pool, const char *more,
                   mcp_str value)
{
    mcp_buf_printf(p->out, "%s{", name);
    put_label(p->out, "connection", text_of(p, pool, "connectionName"));
    mcp_buf_byte(p->out, ',');
    put_label(p->out, "connection_id", text_of(p, pool, "connectionId"));
    mcp_buf_byte(p->out, ',');
    put_label(p->out, "credit_type", text_of(p, pool, "creditType"));
    mcp_buf_printf(p->out, "%s} %.*s\n", more, MCP_STR_ARG(value));
}

/* A family of what is a number at `path`, in each pool that has one. */
static void put_number(const struct pools *p, const char *name, const char *help,
                       const char *const *path, const char *more)
{
    if (help) {
        family(p->out, name, "gauge", help);
    }
    for (mcp_json e = mcp_json_first(p->all); mcp_json_present(e); e = mcp_json_next(p->all, e)) {
        mcp_json v = e;

        for (const char *const *key = path; *key; key++) {
            v = mcp_json_get(v, mcp_str_c(*key));
        }
        if (mcp_json_type(v) == MCP_JSON_NUMBER) {
            sample(p, name, e, more, mcp_json_raw(v));
        }
    }
}

/* Words as labels: the value is 1. */
static void put_words(const struct pools *p)
{
    family(p->out, "cistern_pool_status", "gauge", "1 for the status that the pool has.");
    for (mcp_json e = mcp_json_first(p->all); mcp_json_present(e); e = mcp_json_next(p->all, e)) {
        char more[64];

        snprintf(more, sizeof(more), ",status=\"%.*s\"", MCP_STR_ARG(text_of(p, e, "status")));
        sample(p, "cistern_pool_status", e, more, MCP_STR("1"));
    }
    family(p->out, "cistern_pool_info", "gauge", "What the pool is; always 1.");
    for (mcp_json e = mcp_json_first(p->all); mcp_json_present(e); e = mcp_json_next(p->all, e)) {
        mcp_json tool = mcp_json_get(e, MCP_STR("tool"));
        char room[512];
        struct mcp_buf more = {.ptr = room, .cap = sizeof(room), .max = sizeof(room)};

        mcp_buf_byte(&more, ',');
        put_label(&more, "tool", text_of(p, tool, "name"));
        mcp_buf_byte(&more, ',');
        put_label(&more, "unit", text_of(p, e, "unit"));
        mcp_buf_byte(&more, '\0');
        if (!more.failed) {
            sample(p, "cistern_pool_info", e, room, MCP_STR("1"));
        }
    }
}

bool cli_metrics_write_pools(mcp_str structured, struct mcp_buf *out)
{
    static const struct mcp_json_limits LIMITS = {
        .bytes_max = (size_t)64 << 20, .depth_max = 16, .nodes_max = 10000000};
    struct mcp_arena arena;
    mcp_json root = {NULL, NULL};

    mcp_arena_init(&arena, (size_t)512 << 20);
    mcp_err err = mcp_json_read(&arena, structured, &LIMITS, &root, NULL);
    struct pools p = {mcp_json_get(root, MCP_STR("pools")), &arena, out};

    put_number(&p, "cistern_pool_balance", "What is left, in the pool's unit.",
               (const char *const[]){"balance", NULL}, "");
    put_number(&p, "cistern_pool_limit", "What it can hold.",
               (const char *const[]){"balanceLimit", NULL}, "");
    put_number(&p, "cistern_pool_threshold", "Where it is low, and where critical.",
               (const char *const[]){"thresholds", "low", NULL}, ",level=\"low\"");
    put_number(&p, "cistern_pool_threshold", NULL,
               (const char *const[]){"thresholds", "critical", NULL}, ",level=\"critical\"");
    put_number(&p, "cistern_pool_burn_per_day", "What it loses a day.",
               (const char *const[]){"burn", "perDay", NULL}, "");
    put_number(&p, "cistern_pool_days_left", "When it is empty at that rate.",
               (const char *const[]){"burn", "daysLeft", NULL}, "");
    put_words(&p);
    bool is_read =
        !err && mcp_json_type(p.all) == MCP_JSON_ARRAY && !mcp_arena_failed(&arena) && !out->failed;

    mcp_arena_free(&arena);
    return is_read;
}
