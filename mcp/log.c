/* mcp/log.c - see log.h. */
#include <mcp/log.h>

#include <stdarg.h>
#include <stdio.h>

bool mcp_log_wants(const struct mcp_log *log, enum mcp_log_level level)
{
    return log && log->write && level <= log->max &&
           (!log->is_wanted || log->is_wanted(log->user, level));
}

void mcp_log(const struct mcp_log *log, enum mcp_log_level level, const char *fmt, ...)
{
    char line[1001];
    va_list args;

    if (!mcp_log_wants(log, level)) {
        return;
    }
    va_start(args, fmt);
    int n = vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1;

    /* A cut may have split a sequence: drop its beginning before judging the rest. */
    while (n >= (int)sizeof(line) && len && ((unsigned char)line[len - 1] & 0x80)) {
        len--;
    }
    bool valid = mcp_str_is_utf8(mcp_str_n(line, len));

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)line[i];

        if (c < 0x20 || c == 0x7f || (!valid && c >= 0x80)) {
            line[i] = '?';
        }
    }
    log->write(log->user, level, mcp_str_n(line, len));
}
