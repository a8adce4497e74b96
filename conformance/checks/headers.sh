#!/usr/bin/env bash
# headers.sh [ROOT [HEADER...]]: every header compiles alone and twice, as C with gcc, and when it is an installed
# one (it says extern "C") as C++ with g++; all of them in one file with clang and clang++; with the warnings a user
# may have on. Of the others, what a source includes before all else is compiled alone by every build: of those only
# the guard is looked at.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"

warnings=(-Wall -Wextra -Wpedantic -Werror -Wconversion -Wsign-conversion -Wundef
    -Wpointer-arith -Wcast-qual -Wcast-align -Wwrite-strings -Wformat=2 -Wvla -Wdouble-promotion
    -Wimplicit-fallthrough -Wno-unused-function -Wno-unused-const-variable)
c_only=(-Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition)
include=(-I.)
read -ra packages <<<"$(pkg-config --cflags libsodium libpcre2-8 lmdb libwebsockets libuv libcurl check 2>/dev/null)"
include+=(${packages[@]+"${packages[@]}"})

# compile COMPILER HEADER...: a file of nothing but these headers, each twice.
compile() {
    local compiler=$1
    shift
    local header lang=c std=-std=c11 extra=("${c_only[@]}")
    case $compiler in *++) lang=c++ std=-std=c++17 extra=() ;; esac
    for header in "$@"; do printf '#include <%s>\n#include <%s>\n' "$header" "$header"; done |
        "$compiler" -x "$lang" "$std" -D_GNU_SOURCE "${warnings[@]}" "${extra[@]}" "${include[@]}" \
            -fsyntax-only - || { echo "$*: does not compile with $compiler"; return 1; }
}

# first_includes: the headers that some source includes first.
first_includes() {
    find mcp store transport tools rest cli -name '*.c' -not -path '*/test/*' -print0 |
        xargs -0 awk 'FNR == 1 {done = 0} !done && match($0, /^#include [<"][^>"]*/) {
            path = substr($0, RSTART + 10, RLENGTH - 10); folder = FILENAME; sub(/\/[^\/]*$/, "", folder)
            print path; print folder "/" path; done = 1}' | sort -u
}

# is_guarded HEADER: its first and last lines that are no comment are those of an include guard.
is_guarded() {
    awk '/^\/\*/ {inside = 1} !inside && NF {n++; if (n == 1 && $1 == "#ifndef") name = $2
            if (n == 2 && !($1 == "#define" && $2 == name)) name = ""; last = $1} /\*\/ *$/ {inside = 0}
        END {exit !(name != "" && last == "#endif")}' "$1" || { echo "$1: has no include guard around all of it"; return 1; }
}

shift || true
failed=0
if [ $# -gt 0 ]; then
    all=("$@")
else
    mapfile -t all < <(find cistern.h mcp store transport tools rest cli -name '*.h' -not -path '*/lws*' \
        -not -path '*/test/*' | sort)
fi
headers=()
proven=$(first_includes)
for header in "${all[@]}"; do
    if ! grep -qF 'extern "C"' "$header" && grep -qxF "$header" <<<"$proven"; then
        is_guarded "$header" || failed=1
    else
        headers+=("$header")
    fi
done

for compiler in gcc clang g++ clang++; do
    command -v "$compiler" >/dev/null || { echo "$compiler is missing"; exit 1; }
done

# at_once COMPILER HEADER...: as many at a time as there are cores.
at_once() {
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || failed=1; done
    compile "$@" &
}

mapfile -t installed < <(grep -lF 'extern "C"' "${headers[@]}")
at_once clang "${headers[@]}"
if [ ${#installed[@]} -gt 0 ]; then at_once clang++ "${installed[@]}"; fi
for header in "${headers[@]}"; do at_once gcc "$header"; done
for header in ${installed[@]+"${installed[@]}"}; do at_once g++ "$header"; done
while [ -n "$(jobs -p)" ]; do wait -n || failed=1; done
exit $failed
