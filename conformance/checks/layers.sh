#!/usr/bin/env bash
# layers.sh [ROOT]: who may include whom; the table of design.md 1, line by line.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"

folders=(cistern.h)
for folder in mcp store transport rest tools cli examples conformance bench; do
    if [ -d "$folder" ]; then folders+=("$folder"); fi
done

# "file line name form": every include of the project, resolved to a path from the root where the
# name is one of the project's own ("own"), else as written ("system").
includes() {
    find "${folders[@]}" -name node_modules -prune -o -name '*.[ch]' -print0 |
        xargs -0 grep -nE '^[[:space:]]*#[[:space:]]*include' /dev/null |
        awk -v files="$(find "${folders[@]}" -name node_modules -prune -o -type f -print)" '
        BEGIN { n = split(files, list, "\n"); for (i = 1; i <= n; i++) { exists[list[i]] = 1 } }
        {
            split($0, part, ":")
            file = part[1]; dir = file; sub(/\/[^\/]*$/, "", dir)
            name = $0; sub(/^[^<"]*[<"]/, "", name); sub(/[>"].*/, "", name)
            beside = dir "/" name
            while (sub(/[^\/]+\/\.\.\//, "", beside)) { }
            if ($0 ~ /include[ \t]*"/ && beside in exists) { print file, part[2], beside, "own" }
            else if (name in exists) { print file, part[2], name, "own" }
            else { print file, part[2], name, "system" }
        }'
}

# Headers that declare what crosses files but not the library's boundary.
private=$(find "${folders[@]}" -name node_modules -prune -o -name '*.h' -print0 |
    xargs -0 grep -lE '\<(mcp|store|rest)__[a-z]' || true)
# Headers that are installed: they can be included from C++.
installed=$(find "${folders[@]}" -name node_modules -prune -o -name '*.h' -print0 |
    xargs -0 grep -lF 'extern "C"' || true)

includes | awk -v private="$private" -v installed="$installed" '
BEGIN {
    split(private, p, "\n"); for (i in p) is_private[p[i]] = 1
    split(installed, q, "\n"); for (i in q) is_installed[q[i]] = 1
    own["mcp"] = "^mcp/"
    own["store"] = "^(store/|mcp/(str|arena|alloc|buf|error|clock|log)\\.h$)"
    own["transport"] = "^(transport|mcp)/"
    own["tools"] = "^(tools|mcp|store)/"
    own["rest"] = "^(rest/|mcp/|transport/http_msg\\.h$)"
    own["cli"] = "^(cli|mcp|store|transport|tools|rest)/"
    own["examples"] = own["bench"] = "^(mcp|store|transport|rest)/"
    own["cistern.h"] = "^(mcp|transport)/"
    own["conformance"] = "^(mcp|store|transport|rest|conformance)/"
    # libc without sockets, files, clocks, threads, environment, exit; SSE2; the three libraries.
    engine = "^(assert|ctype|errno|float|inttypes|limits|math|stdalign|stdarg|stdatomic|stdbool|" \
             "stddef|stdint|stdio|stdlib|string|emmintrin|tmmintrin|jsmn|sodium|pcre2)\\.h$"
    sockets = "^(sys/socket|sys/un|sys/epoll|netdb|poll|netinet/.*|arpa/.*)\\.h$"
}
function bad(why) { printf "%s:%s: includes %s: %s\n", $1, $2, $3, why; n++ }
{
    folder = $1; sub(/\/.*/, "", folder)
    is_test = $1 ~ /\/(test|fuzz)\//
    target = $3; sub(/\/.*/, "", target)
    if ($4 == "own") {
        if ($3 == "cistern.h") {
            if (folder !~ /^(examples|conformance)$/) {
                bad("only examples/ and conformance/ may, it lies above the layers")
            }
        } else if ($3 !~ own[folder] && !(is_test && ($3 ~ /^mcp\// || target == folder)) &&
                   !(is_test && folder == "rest" && target == "transport")) {
            bad("not below " folder "/ in design.md 1")
        } else if (target != folder && is_private[$3] && !is_test) {
            bad("a private header of " target "/")
        } else if (folder ~ /^(examples|conformance|bench)$/ && !is_installed[$3] && target != folder) {
            bad("not an installed header")
        } else if ($3 ~ /\/test\// && !is_test) {
            bad("only tests may")
        }
        next
    }
    if ($3 ~ /^(libwebsockets|uv)\.h$/ && $1 !~ /^(transport\/lws[a-z0-9_]*\.[ch]|bench\/raw\.c)$/ &&
        !(is_test && folder == "transport")) {
        bad("only transport/lws*.c may (and bench/raw.c)")
    } else if ($3 ~ /^curl\// && $1 !~ /^transport\/deliver[a-z0-9_]*\.[ch]$/) {
        bad("only transport/deliver*.[ch] may")
    } else if ($3 == "lmdb.h" && folder != "store") {
        bad("only store/ may")
    } else if ($3 ~ /^(jsmn|pcre2)\.h$/ && folder != "mcp") {
        bad("only mcp/ may")
    } else if ($3 == "jsmn.h" && jsmn++ > 0) {
        bad("it holds code, one file may include it")
    } else if ($3 == "check.h" && !is_test) {
        bad("only tests may")
    } else if (folder == "mcp" && !is_test && $3 !~ engine) {
        bad("the engine does no I/O: libc without it, jsmn, libsodium, pcre2")
    } else if (folder ~ /^(store|tools|rest)$/ && !is_test && $3 ~ sockets) {
        bad("no sockets here")
    }
}
END { exit n > 0 }'
