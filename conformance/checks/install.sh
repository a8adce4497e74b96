#!/usr/bin/env bash
# install.sh BUILD: installs the build into a folder of its own, and compiles and runs
# examples/hello.c with nothing but what pkg-config says about the installed copy.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

DESTDIR=$dir meson install -C "$build" --no-rebuild >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
export PKG_CONFIG_PATH
PKG_CONFIG_PATH=$(dirname "$(find "$dir" -name libcistern.pc)")
prefix=$dir$(pkg-config --variable=prefix libcistern)
for library in libcistern libcistern-http libcistern-deliver libcistern-store libcistern-rest; do
    pkg-config --define-variable=prefix="$prefix" --exists "$library"
done
flags() { pkg-config --define-variable=prefix="$prefix" "$@"; }

cd "$dir"
read -ra http <<<"$(flags --cflags --libs libcistern-http)"
cc -std=c11 -o hello "$root/examples/hello.c" "${http[@]}"
request='{"jsonrpc":"2.0","id":1,"method":"ping"}'
[ "$(./hello <<<"$request")" = '{"jsonrpc":"2.0","id":1,"result":{}}' ]
read -ra rest <<<"$(flags --cflags --libs libcistern-rest)"
cc -std=c11 -o rest "$root/examples/rest.c" "${rest[@]}"
[ "$(./rest <<<"$request")" = '{"jsonrpc":"2.0","id":1,"result":{}}' ]

# A stdio tool links neither LMDB nor libwebsockets.
cat >tool.c <<'C'
#include <mcp/server.h>
#include <transport/stdio.h>

int main(void)
{
    return mcp_stdio_serve(NULL, NULL) + (mcp_server_new(NULL, NULL, 0) != NULL);
}
C
read -ra engine <<<"$(flags --cflags --libs libcistern)"
cc -std=c11 -o tool tool.c "${engine[@]}"
if ldd tool | grep -E 'lmdb|websockets|libuv'; then
    echo 'a stdio tool links more than it needs'
    exit 1
fi
"$prefix/bin/cistern" --version
