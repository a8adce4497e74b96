/* examples/auth.c - whose token it is and what it may do: a verifier of our own, a scope for each
 * tool, and tools that others do not even see.
 *
 *     printf '%s\n' 'rosebud ada notes.read notes.write' 'xanadu bob notes.read' >users
 *     AUTH_USERS=users auth --http=127.0.0.1:8080
 *
 * Ada's client lists two tools, Bob's one: to him write_note is an unknown name. */
#include <cistern.h>

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

enum { USERS_MAX = 16 }; /* the first one started us on stdio and needs no token */

struct user {
    uint8_t hash[32]; /* of the token: what is not kept cannot be stolen */
    char name[32], note[256];
    struct mcp_principal principal;
};

static mcp_err verify(void *user, mcp_str token, struct mcp_principal *ret)
{
    const struct user *users = user;
    uint8_t hash[32];

    crypto_generichash(hash, 32, (const uint8_t *)token.ptr, token.len, NULL, 0);
    for (size_t i = 1; i < USERS_MAX; i++) {
        if (sodium_memcmp(hash, users[i].hash, 32) == 0) {
            *ret = users[i].principal;
            return MCP_OK;
        }
    }
    return MCP_E_UNAUTHORIZED; /* never why */
}

/* Lines of "TOKEN NAME SCOPE ...". */
static void read_users(struct user *users, const char *path)
{
    FILE *file = path ? fopen(path, "r") : NULL;
    char line[300];

    for (size_t n = 1; file && n < USERS_MAX && fgets(line, sizeof(line), file); n++) {
        struct user *u = &users[n];
        mcp_str rest = mcp_str_n(line, strcspn(line, "\n"));
        mcp_str token = mcp_str_cut(&rest, ' '), name = mcp_str_cut(&rest, ' ');

        crypto_generichash(u->hash, 32, (const uint8_t *)token.ptr, token.len, NULL, 0);
        memcpy(u->principal.id, u->hash, 16); /* whose rate, sessions and cursors */
        u->principal.owner = n;               /* whose data */
        snprintf(u->name, sizeof(u->name), "%.*s", MCP_STR_ARG(name));
        snprintf(u->principal.scopes, sizeof(u->principal.scopes), "%.*s", MCP_STR_ARG(rest));
    }
    if (file) {
        fclose(file);
    }
}

static mcp_err read_note(struct mcp_call *call, void *user)
{
    const struct user *u = &((struct user *)user)[mcp_call_principal(call)->owner];

    return mcp_text(call, "%s: %s", u->name, u->note);
}

static mcp_err write_note(struct mcp_call *call, void *user)
{
    struct user *u = &((struct user *)user)[mcp_call_principal(call)->owner];

    snprintf(u->note, sizeof(u->note), "%.*s", MCP_STR_ARG(mcp_arg_str(call, "text")));
    return mcp_text(call, "Noted.");
}

static const struct mcp_tool TOOLS[] = {
    {.name = "read_note", .description = "Read it.", .scope = "notes.read", .fn = read_note},
    {.name = "write_note",
     .description = "Replace it.",
     .input_schema = "{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\"}}}",
     .scope = "notes.write",
     .fn = write_note},
    {0},
};

int main(int argc, char **argv)
{
    struct user users[USERS_MAX] = {{.name = "home"}};
    const struct mcp_server_options options = {.hiding = MCP_HIDE_ALTOGETHER};
    const struct mcp_program program = {.name = "auth",
                                        .version = "1.0",
                                        .tools = TOOLS,
                                        .user = users,
                                        .verify = verify,
                                        .verify_user = users,
                                        .options = &options};

    read_users(users, getenv("AUTH_USERS"));
    return mcp_main(argc, argv, &program);
}
