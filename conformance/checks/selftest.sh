#!/usr/bin/env bash
# selftest.sh [ROOT]: a check that cannot fail checks nothing. For each one, copies the tree, plants a
# violation, and expects the check to turn red and to name the file.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"
checks=$PWD/conformance/checks
root=$PWD
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
passed=0 failed=0

fresh() {
    rm -rf "$temp/tree"
    mkdir "$temp/tree"
    tar -C "$root" --exclude=node_modules --exclude='./build*' --exclude=.git --exclude=./data -cf - . |
        tar -C "$temp/tree" -xf -
}

# expect NAME FILE TEXT COMMAND...: append TEXT to FILE in the copy, then COMMAND must fail and name it.
expect() {
    local name=$1 file=$2 text=$3
    shift 3
    mkdir -p "$(dirname "$temp/tree/$file")"
    if [ -f "$temp/tree/$file" ]; then cp "$temp/tree/$file" "$temp/kept"; else rm -f "$temp/kept"; fi
    printf '%b\n' "$text" >>"$temp/tree/$file"
    if "$@" >"$temp/log" 2>&1; then
        echo "$name: stayed green over a planted violation"
        failed=$((failed + 1))
    elif ! grep -qF "$file" "$temp/log"; then
        echo "$name: red, but does not name $file:"
        head -5 "$temp/log"
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
    if [ -f "$temp/kept" ]; then mv "$temp/kept" "$temp/tree/$file"; else rm -f "$temp/tree/$file"; fi
}

layer() { expect "layers: $1" "$2" "$3" "$checks/layers.sh" "$temp/tree"; }
name() { expect "names: $1" "$2" "$3" "$checks/names.sh" "$temp/tree"; }
block() { expect "blocks: $1" "$2" "$3" "$checks/blocks.sh" "$temp/tree"; }

fresh
layer 'the engine and sockets' mcp/planted.c '#include <sys/socket.h>'
layer 'the engine and clocks' mcp/planted.c '#include <time.h>'
layer 'the engine and threads' mcp/planted.c '#include <pthread.h>'
layer 'the engine and its transport' mcp/planted.c '#include <transport/http.h>'
layer 'the engine and the umbrella' mcp/planted.c '#include <cistern.h>'
layer 'the umbrella and the store' cistern.h '#include <store/store.h>'
layer 'the store and JSON' store/planted.c '#include <mcp/json.h>'
layer 'the store and the umbrella' store/planted.c '#include <cistern.h>'
layer 'transport and the store' transport/planted.c '#include <store/store.h>'
layer 'libwebsockets outside lws*.c' transport/planted.c '#include <libwebsockets.h>'
layer 'lmdb outside the store' cli/planted.c '#include <lmdb.h>'
layer 'tools and the transport' tools/planted.c '#include <transport/http_msg.h>'
layer 'rest and the store' rest/planted.c '#include <store/store.h>'
layer 'rest and more than http_msg' rest/planted.c '#include <transport/http.h>'
layer 'the harness outside tests' cli/planted.c '#include <mcp/test/t.h>'
expect 'headers: unguarded' tools/pool.h 'struct planted { int x; };' "$checks/headers.sh" "$temp/tree" tools/pool.h

# What follows looks at one file at a time, so few others are enough.
find "$temp/tree" -name '*.c' ! -name alloc.c ! -name hello.c -delete
find "$temp/tree" -name '*.md' -delete
name 'sprintf' mcp/planted.c 'void f(void);\nvoid f(void)\n{\n    sprintf(p, "x");\n}'
name 'strerror' cli/planted.c 'int x = g(strerror (3));'
name 'malloc' store/planted.c 'static void *p = malloc(3);'
name 'a line comment' rest/planted.c 'int x; // later'
name 'a junk name' store/util.c 'int x;'
name 'a number for a name' store/parser2.c 'int x;'
name 'a junk folder' mcp/common 'a file will do'
expect 'lengths: file' mcp/planted.c "$(printf '/* x */\\n%.0s' {1..702})" "$checks/lengths.sh" "$temp/tree"
expect 'lengths: function' mcp/planted.c "int f(void)\n{\n$(printf '    x++;\\n%.0s' {1..60})}" \
    "$checks/lengths.sh" "$temp/tree"
expect 'comments' mcp/planted.h '/* extern "C" */\n\nMCP_API void mcp_planted(void);' "$checks/comments.sh" "$temp/tree"
expect 'headers: needs another' mcp/planted.h 'mcp_str planted(void);' "$checks/headers.sh" "$temp/tree" mcp/planted.h
expect 'headers: twice' mcp/planted.h 'struct planted { int x; };' "$checks/headers.sh" "$temp/tree" mcp/planted.h
expect 'headers: C++' mcp/planted.h '#ifndef P\n#define P\n/* extern "C" */\nint planted(int class);\n#endif' \
    "$checks/headers.sh" "$temp/tree" mcp/planted.h
block 'no tag' rest/PLANTED.md '```\nls\n```'
block 'a shell block that nobody runs' rest/PLANTED.md '```sh\nls\n```'
block 'output of nothing' rest/PLANTED.md '```text output\nls\n```'
block 'code that is not in the file' rest/PLANTED.md '```c file=mcp/alloc.c\nint x;\n```'
block 'a part that is not in the file' rest/PLANTED.md "\`\`\`c file=examples/hello.c from='greet(' to='}'\nint x;\n\`\`\`"
block 'no end' rest/PLANTED.md '```text\nls'

# symbols.sh looks at objects: an engine of one file, which asks for the time, then keeps state.
mkdir -p "$temp/build/mcp/libcistern-engine.a.p"
symbol() {
    cc -O1 -x c - -c -o "$temp/build/mcp/libcistern-engine.a.p/planted.c.o" <<<"$2"
    "$checks/symbols.sh" "$temp/build" >"$temp/log" 2>&1 || true
    if grep -q "planted.c.o: $3" "$temp/log"; then
        passed=$((passed + 1))
    else
        echo "symbols: $1: stayed green"
        failed=$((failed + 1))
    fi
}
symbol 'the time' 'long time(long *); long f(void); long f(void) { return time(0); }' 'asks for time'
symbol 'the heap' 'void *malloc(unsigned long); void *f(void); void *f(void) { return malloc(1); }' 'asks for malloc'
symbol 'state' 'int f(void); int f(void) { static int n; return n++; }' 'keeps state in n'

# A skip needs a reason that is true on this machine: `dev` counts any other as a failure.
skip() {
    echo "skipped: a check: $2" >"$temp/log"
    if [ "$("$root/dev" judge-skips "$temp/log"; echo " $?")" = "1 skipped: $2"$'\n'" $3" ]; then
        passed=$((passed + 1))
    else
        echo "skips: $1: judged wrongly"
        failed=$((failed + 1))
    fi
}
skip 'what is not there' '/no such folder absent' 0
skip 'what is there' '/bin/sh absent' 1
skip 'what is no reason' 'no time' 1
skip 'what is no reason, alone' 'needs a coffee' 1
skip 'no reason' 'it says so' 1

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
