/* examples/block.c - handlers that take their time: one waits for the network, one computes. Both
 * run on worker threads, several at a time, while the loop answers others.
 *
 *     block --http=127.0.0.1:8080 --workers=4 */
#define _POSIX_C_SOURCE 200809L

#include <cistern.h>

#include <netdb.h>
#include <sys/socket.h>

/* getaddrinfo(3) blocks, and nothing can stop it: the row's time limit answers for it. */
static mcp_err resolve(struct mcp_call *call, void *user)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    mcp_str name = mcp_arena_dup(mcp_call_arena(call), mcp_arg_str(call, "name")); /* adds a NUL */
    struct addrinfo *all = NULL;
    char text[64];

    (void)user;
    int why = name.ptr ? getaddrinfo(name.ptr, NULL, &hints, &all) : EAI_MEMORY;

    if (why) {
        return mcp_fail(call, MCP_E_NOT_FOUND, "%.*s: %s", MCP_STR_ARG(name), gai_strerror(why));
    }
    for (const struct addrinfo *a = all; a; a = a->ai_next) {
        if (!getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST)) {
            mcp_text(call, "%s", text);
        }
    }
    freeaddrinfo(all);
    return MCP_OK;
}

static bool is_prime(int64_t n)
{
    for (int64_t i = 2; i * i <= n; i++) {
        if (n % i == 0) {
            return false;
        }
    }
    return n > 1;
}

/* Says how far it is, and stops when nobody waits any more. */
static mcp_err primes(struct mcp_call *call, void *user)
{
    int64_t below = mcp_arg_int(call, "below", 100), found = 0;

    (void)user;
    for (int64_t n = 0; n < below; n++) {
        found += is_prime(n);
        if (n % 4096 == 0) {
            mcp_progress(call, n * 1000000, below * 1000000, MCP_STR("counting"));
            if (mcp_call_is_cancelled(call)) {
                return mcp_fail(call, MCP_E_REFUSED, "nobody waits");
            }
        }
    }
    return mcp_text(call, "%lld primes below %lld", (long long)found, (long long)below);
}

static const struct mcp_tool TOOLS[] = {
    {
        .name = "resolve",
        .description = "The addresses of a host.",
        .input_schema = "{\"type\":\"object\",\"required\":[\"name\"],\"properties\":"
                        "{\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":253}}}",
        .hints = MCP_READ_ONLY | MCP_OPEN_WORLD,
        .is_blocking = true,
        .time_limit_ms = 5000,
        .fn = resolve,
    },
    {
        .name = "primes",
        .description = "Counts the primes below a number.",
        .input_schema = "{\"type\":\"object\",\"required\":[\"below\"],\"properties\":"
                        "{\"below\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":1000000000}}}",
        .hints = MCP_READ_ONLY | MCP_IDEMPOTENT,
        .is_blocking = true,
        .time_limit_ms = 60000,
        .fn = primes,
    },
    {0},
};

int main(int argc, char **argv)
{
    return mcp_main(argc, argv,
                    &(struct mcp_program){.name = "block", .version = "1.0", .tools = TOOLS});
}
