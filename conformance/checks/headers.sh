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
    mapfile -t headers < <(find cistern.h mcp store transport tools rest cli -name '*.h' -not -path '*/lws*' \
        -not -path '*/test/*' | sort)
fi

# all HEADER: with each compiler it is for.
all() {
    local compiler status=0 compilers=(gcc clang)
    if grep -qF 'extern "C"' "$1"; then compilers+=(g++ clang++); fi
    for compiler in "${compilers[@]}"; do one "$1" "$compiler" || status=1; done
    return $status
}

for compiler in gcc clang g++ clang++; do
    command -v "$compiler" >/dev/null || { echo "$compiler is missing"; exit 1; }
done
failed=0
for header in "${headers[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || failed=1; done
    all "$header" &
done
while [ -n "$(jobs -p)" ]; do wait -n || failed=1; done
exit $failed
