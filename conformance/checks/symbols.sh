#!/usr/bin/env bash
# symbols.sh BUILD: what the engine's objects ask of the world, and which objects keep state.
# The engine is pure (design.md 3.1): a name that is not in the list below is a violation until
# somebody argues that it is pure, too. BUILD is a build without sanitizers.
set -euo pipefail
build=${1:?usage: symbols.sh BUILD}

pure='mcp_[a-z0-9_]+'
pure+='|mem(cmp|cpy|move|set|chr|rchr|mem)|str(len|nlen|cmp|ncmp|casecmp|ncasecmp|chr|rchr|str|spn|cspn|pbrk)'
pure+='|strto(d|l|ll|ul|ull|imax|umax)|__isoc(99|23)_strto[a-z]+|v?snprintf|qsort|bsearch|abort|bcmp'
pure+='|__(v?snprintf|mem(cpy|move|set)|str[a-z]+)_chk|__stack_chk_fail|__assert_fail|__chk_fail'
pure+='|__ctype_(b|tolower|toupper)_loc|_GLOBAL_OFFSET_TABLE_'
pure+='|__cpu_(model|indicator_init)' # which instructions there are
pure+='|fmod|floor|ceil|trunc|pow|ldexp|frexp|fabs|rint|isnan|isinf|nearbyint|round|llround|lround'
pure+='|sodium_[a-z0-9_]+|crypto_[a-z0-9_]+|randombytes_buf|randombytes|pcre2_[a-z0-9_]+'
# The heap has one door.
heap='malloc|calloc|realloc|free'

failed=0
objects() {
    [ ! -d "$build/$1" ] || find "$build/$1" -path '*.p/*.o' -not -path '*/test/*' -not -path '*_test.p/*' -not -path '*_fuzz*' -not -path '*replay*' |
        grep "${2:-.}" || true
}

engine=$(objects mcp 'engine\.a\.p/')
if [ -z "$engine" ]; then
    echo "$build/mcp: no engine objects: build first"
    exit 1
fi
# "object: name" of all that is asked for and is neither pure nor, in alloc.c, the heap.
asked=$(xargs nm -uA <<<"$engine" | awk '{sub(/:$/, "", $1); sub(/.*\//, "", $1); print $1 ": " $NF}' |
    grep -vE "^[^ ]*: ($pure)\$|^alloc\.c\.o: ($heap)\$" || true)
if [ -n "$asked" ]; then
    echo "${asked//: /: asks for }"
    failed=1
fi

# No globals: nothing writable outlives a call, but for the test hook of the allocator.
# The allocator counts for tests; a store knows the directories this process has open, because opening one
# twice would drop LMDB's locks; libcurl is loaded once per process.
kept=$(for folder in mcp store transport tools rest; do objects "$folder" '\.a\.p/'; done |
    grep -vE '/(alloc|place|deliver_curl)\.c\.o$' | xargs objdump -t |
    awk '/file format/ {object = $1; sub(/:$/, "", object); sub(/.*\//, "", object)}
        / O \.(data|bss)(\.[a-z_0-9]+)?\t/ && !/ O \.data\.rel\.ro/ {print object ": keeps state in " $NF}')
if [ -n "$kept" ]; then
    echo "$kept"
    failed=1
fi
exit $failed
