#!/usr/bin/env bash
# headers.sh [ROOT [HEADER...]]: every header compiles alone and twice, as C with gcc and clang, and when it is
# an installed one (it says extern "C") as C++ with both; with the warnings a user may have on.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"

warnings=(-Wall -Wextra -Wpedantic -Werror -Wconversion -Wsign-conversion -Wundef
    -Wpointer-arith -Wcast-qual -Wcast-align -Wwrite-strings -Wformat=2 -Wvla -Wdouble-promotion
    -Wimplicit-fallthrough -Wno-unused-function -Wno-unused-const-variable)
c_only=(-Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition)
include=(-I.)
read -ra packages <<<"$(pkg-config --cflags libsodium libpcre2-8 lmdb libwebsockets libuv libcurl check 2>/dev/null)"
include+=(${packages[@]+"${packages[@]}"})

one() {
    local header=$1 compiler=$2
    local lang=c std=-std=c11 extra=("${c_only[@]}")
    case $compiler in *++) lang=c++ std=-std=c++17 extra=() ;; esac
    printf '#include <%s>\n#include <%s>\n' "$header" "$header" |
        "$compiler" -x "$lang" "$std" -D_GNU_SOURCE "${warnings[@]}" "${extra[@]}" "${include[@]}" \
            -fsyntax-only - || { echo "$header: does not compile alone with $compiler"; return 1; }
}

shift || true
if [ $# -gt 0 ]; then
    headers=("$@")
else
    mapfile -t headers < <(find mcp store transport tools rest cli -name '*.h' -not -path '*/lws*' \
        -not -path '*/test/*' | sort)
fi
failed=0
for header in "${headers[@]}"; do
    compilers=(gcc clang)
    if grep -qF 'extern "C"' "$header"; then compilers+=(g++ clang++); fi
    for compiler in "${compilers[@]}"; do
        command -v "$compiler" >/dev/null || { echo "$compiler is missing"; exit 1; }
        one "$header" "$compiler" || failed=1
    done
done
exit $failed
