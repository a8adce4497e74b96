/* mcp/version.c - numbers for what lists and resources are now: mcp_server_version().
 *
 * Resources are counted by the bucket of their URI: a fixed table, whatever clients and handlers
 * name. Two that share one change together, which costs a client one look too many. */
#include <mcp/engine.h>

#include <sodium.h>

static uint64_t hash(const void *bytes, size_t n, const uint8_t *key, size_t key_bytes)
{
    unsigned char out[crypto_generichash_BYTES_MIN];
    uint64_t v;

    crypto_generichash(out, sizeof(out), bytes, n, key, key_bytes);
    memcpy(&v, out, sizeof(v));
    return v;
}

uint64_t mcp_version_of(mcp_str bytes)
{
    return hash(bytes.ptr, bytes.len, NULL, 0);
}

static uint64_t uri_hash(const struct mcp_server *s, mcp_str uri)
{
    return hash(uri.ptr, uri.len, s->hash_key, sizeof(s->hash_key));
}

void mcp__version_bump(struct mcp_server *s, unsigned what, mcp_str uri)
{
    s->list_changes[0] += (what & MCP_CHANGED_TOOLS) != 0;
    s->list_changes[1] += (what & MCP_CHANGED_PROMPTS) != 0;
    s->list_changes[2] += (what & MCP_CHANGED_RESOURCES) != 0;
    if ((what & MCP_CHANGED_RESOURCE) && uri.len) {
        s->resource_changes[uri_hash(s, uri) & (MCP__BUCKETS - 1)]++;
    } else if (what & MCP_CHANGED_RESOURCE) { /* any of them */
        for (size_t i = 0; i < MCP__BUCKETS; i++) {
            s->resource_changes[i]++;
        }
    }
}

uint64_t mcp_server_version(const struct mcp_server *s, enum mcp_change what, mcp_str uri)
{
    uint64_t parts[3] = {0, 0, 0};

    switch (what) {
    case MCP_CHANGED_TOOLS:
        parts[0] = s->tools.list[s->has_ui].version;
        parts[2] = s->list_changes[0];
        break;
    case MCP_CHANGED_PROMPTS:
        parts[0] = s->prompts.list.version;
        parts[2] = s->list_changes[1];
        break;
    case MCP_CHANGED_RESOURCES:
        parts[0] = s->resources.list[s->has_ui].version;
        parts[1] = s->resources.templates[s->has_ui].version;
        parts[2] = s->list_changes[2];
        break;
    case MCP_CHANGED_RESOURCE:
        parts[0] = uri_hash(s, uri);
        parts[2] = s->resource_changes[parts[0] & (MCP__BUCKETS - 1)];
        break;
    }
    return hash(parts, sizeof(parts), NULL, 0);
}
