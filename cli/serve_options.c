/* cli/serve_options.c - the option table of `serve`; `config` shows it. */
#include <cli/serve.h>

const struct cli_option cli_serve_options[] = {
    {.name = "listen",
     .argument = "WHERE",
     .fallback = "127.0.0.1:8080",
     .has_env = true,
     .help = "ADDRESS:PORT (port 0: any free one) or unix:PATH"},
    CLI_ROW_DATA,
    {.name = "endpoints",
     .argument = "PATHS",
     .fallback = "/mcp,/api/mcp",
     .has_env = true,
     .help = "comma list of MCP paths"},
    {.name = "allowed-hosts",
     .argument = "HOSTS",
     .has_env = true,
     .help = "comma list of Host values besides loopback"},
    {.name = "allowed-origins",
     .argument = "ORIGINS",
     .has_env = true,
     .help = "comma list of Origin values besides loopback"},
    {.name = "allow-public",
     .kind = CLI_FLAG,
     .has_env = true,
     .help = "bind an address that is not loopback without TLS"},
    {.name = "tls-cert", .argument = "FILE", .has_env = true, .help = "certificate chain, PEM"},
    {.name = "tls-key", .argument = "FILE", .has_env = true, .help = "its private key, PEM"},
    {.name = "rate",
     .argument = "N",
     .fallback = "60",
     .kind = CLI_NUMBER,
     .min = 1,
     .max = 1000000,
     .has_env = true,
     .help = "requests a minute of a token without a rate of its own"},
    {.name = "log",
     .argument = "FILE",
     .has_env = true,
     .help = "append the log here (SIGHUP reopens it); default standard error"},
    {.name = "log-level",
     .argument = "LEVEL",
     .fallback = "info",
     .has_env = true,
     .help = "error, warn, info or debug"},
    {.name = "ready-fd",
     .argument = "N",
     .kind = CLI_NUMBER,
     .min = 1,
     .max = 1048576,
     .help = "write the address and a newline to this descriptor once listening"},
    {.name = "store-bytes-max",
     .argument = "SIZE",
     .fallback = "64G",
     .kind = CLI_BYTES,
     .min = 1 << 20,
     .max = (int64_t)1 << 40,
     .has_env = true,
     .help = "refuse growth of the data file beyond this"},
    {.name = "demo",
     .kind = CLI_FLAG,
     .help = "load demo data into an empty store, make a token for a day, print how to connect"},
    {.name = "print-config",
     .kind = CLI_FLAG,
     .help = "print the effective options and where each comes from, and exit"},
    {.name = "json", .kind = CLI_FLAG, .help = "print them as JSON"},
#define CLI_LIMIT(field, option, kind_, default_, least, most, help_)                              \
    {.name = option,                                                                               \
     .argument = kind_ == CLI_TIME    ? "TIME"                                                     \
                 : kind_ == CLI_BYTES ? "SIZE"                                                     \
                                      : "N",                                                       \
     .fallback = default_,                                                                         \
     .kind = kind_,                                                                                \
     .min = least,                                                                                 \
     .max = most,                                                                                  \
     .has_env = true,                                                                              \
     .help = help_},
#include <cli/limits.def>
#undef CLI_LIMIT
    CLI_ROW_END,
};
