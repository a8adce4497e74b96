#!/usr/bin/env bash
# install.sh BUILD: installs the build into a folder of its own; compiles every example with nothing
# but what pkg-config says about the installed copy, with gcc and clang, and from C++; runs what can
# be run; builds what `meson dist` packs.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0

# check NAME COMMAND...: counts; says what went wrong.
check() {
    local name=$1
    shift
    if ("$@") >"$dir/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL $name:"
        cat "$dir/log"
    fi
}

# ---- An installed copy ----

DESTDIR=$dir meson install -C "$build" --no-rebuild >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
export PKG_CONFIG_PATH
PKG_CONFIG_PATH=$(dirname "$(find "$dir" -name libcistern.pc)")
prefix=$dir$(pkg-config --variable=prefix libcistern)
flags() { pkg-config --define-variable=prefix="$prefix" "$@"; }

# The library that an example links.
library_of() {
    case $1 in
    embed_poll | memory) echo libcistern ;;
    rest) echo libcistern-rest ;;
    *) echo libcistern-http ;;
    esac
}

# compile COMPILER STANDARD SOURCE OUT LIBRARY
compile() {
    local options
    read -ra options <<<"$(flags --cflags --libs "$5")"
    "$1" "-std=$2" -Wall -Wextra -Wpedantic -Werror -o "$4" "$3" "${options[@]}"
}

cd "$dir"
for source in "$root"/examples/*.c; do
    name=$(basename "$source" .c)
    for compiler in gcc clang; do
        check "$name with $compiler" compile "$compiler" c11 "$source" "$name-$compiler" "$(library_of "$name")"
    done
done

# From C++ every installed header is there, in each standard that has an example, and linked with every library.
compile_cxx() {
    local options
    read -ra options <<<"$(flags --cflags --libs libcistern-rest libcistern-deliver libcistern-store)"
    "$1" "-std=$2" -Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers -include every.h -o "$4" "$3" "${options[@]}"
}
include=$prefix/include/cistern
(cd "$include" && find . -name '*.h' | sort | sed 's|^\./\(.*\)|#include <\1>|') >every.h
n_headers=$(grep -c include every.h)
n_named=$(sed -n "/^headers = /,/^endforeach/p" "$root/meson.build" | grep -o "'[a-z_]*\.h'" | sort -u | wc -l)
check "every header is installed: $n_headers" test "$n_headers" = "$n_named"
for compiler in g++ clang++; do
    check "hello with $compiler" compile_cxx "$compiler" c++17 "$root/examples/hello.cc" "hello-$compiler"
    check "rows with $compiler" compile_cxx "$compiler" c++20 "$root/examples/rows.cc" "rows-$compiler"
done

call='{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"greet","arguments":{"name":"Ada"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}'
greets() { "./$1" <<<"$call" | grep -q '"Hello, Ada!"'; }
for compiler in gcc clang g++ clang++; do check "hello of $compiler greets" greets "hello-$compiler"; done
check 'memory is content' ./memory-gcc

# said PROGRAM METHOD PARAMS TEXT: one request over stdio, and what its answer contains.
said() {
    local meta='"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}'
    echo "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$2\",\"params\":{$3,$meta}}" | "./$1" | tee /dev/stderr | grep -qF "$4"
}
# A line of curl's answer, from a path of a program that is started for it.
posts() {
    local address status=0
    mkfifo "$1.ready"
    "./$1" --http=127.0.0.1:0 --ready-fd=3 3>"$1.ready" 2>/dev/null &
    local server=$!
    read -r address <"$1.ready"
    [ "$(curl -s -w '%{http_code}' "http://$address$2" -H 'Content-Type: application/json' -d "$3" | tee /dev/stderr)" = "$4" ] || status=1
    kill "$server" && wait "$server" || status=1
    return $status
}
for compiler in g++ clang++; do
    rows=rows-$compiler
    check "$rows: a tool" said "$rows" tools/call '"name":"add_book","arguments":{"title":"Emma"}' '"structuredContent":{"books":1}'
    check "$rows: its schema" said "$rows" tools/call '"name":"add_book","arguments":{"title":""}' '"isError":true'
    check "$rows: a resource" said "$rows" resources/read '"uri":"shelf://books"' '"uri":"shelf://books"'
    check "$rows: a prompt" said "$rows" prompts/get '"name":"advise","arguments":{"book":"Emma"}' 'What shall I read after Emma?'
    check "$rows: a path" posts "$rows" /books '{"title":"Emma"}' '{"books":1}201'
done
check 'cistern runs' "$prefix/bin/cistern" --version

# ---- What it links ----

links_neither() { if ldd "$1" | grep -E 'lmdb|websockets|libuv|curl'; then return 1; fi; }
check 'an embedded engine links libcistern only' links_neither embed_poll-gcc

# A stdio server in one file that needs nothing at run time.
cat >tool.c <<'C'
#include <cistern.h>

static mcp_err greet(struct mcp_call *call, void *user)
{
    (void)user;
    return mcp_text(call, "Hello, %.*s!", MCP_STR_ARG(mcp_arg_str(call, "name")));
}

static const struct mcp_tool TOOLS[] = {{.name = "greet", .description = "Greets.", .fn = greet,
                                         .input_schema = "{\"type\":\"object\"}"}, {0}};

int main(void)
{
    const struct mcp_tool_set set = {TOOLS, NULL};
    struct mcp_server_options opt = {.name = "tool", .version = "1", .tools = &set, .n_tools = 1};
    char why[256];

    mcp_system_clock(&opt.clock);
    struct mcp_server *server = mcp_server_new(&opt, why, sizeof(why));
    int code = server ? mcp_stdio_serve(server, &(struct mcp_stdio_options){.principal = {.scopes = "*"}}) : 70;

    mcp_server_free(server);
    return code;
}
C
static_tool() {
    local options
    read -ra options <<<"$(flags --static --cflags --libs libcistern)"
    gcc -std=c11 -static -o tool tool.c "${options[@]}" && ! ldd tool && greets tool
}
check 'a static stdio server' static_tool

# ---- The papers ----

manual() { [ -z "$(groff -man -Tutf8 -ww -z "$prefix/share/man/man1/cistern.1" 2>&1 | tee /dev/stderr)" ]; }
check 'the manual page' manual
check 'the reference page' test -s "$prefix/share/doc/cistern/reference.html"

# ---- A tarball ----

tarball() {
    meson dist -C "$build" --allow-dirty --no-tests --formats gztar
    tar -xzf "$(find "$build/meson-dist" -name 'cistern-*.tar.gz' | sort | tail -1)"
    meson setup tarball cistern-*/ -Dtests=disabled -Dbuildtype=plain
    if ninja -C tarball -t targets all | grep -m 3 'test/.*_test:'; then return 1; fi # it said disabled
    ninja -C tarball examples/hello
    [ "$(tarball/examples/hello --call greet name=Ada)" = 'Hello, Ada!' ]
}
if git -C "$root" rev-parse 2>/dev/null; then check 'meson dist builds' tarball; fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
