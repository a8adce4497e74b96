#!/usr/bin/env bash
# lengths.sh [ROOT]: no file over 700 lines, no function over 60 (from its brace to its brace).
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"

{
    find cistern.h mcp store transport rest tools cli examples conformance bench -name node_modules -prune -o \
        \( -name '*.[ch]' -o -name '*.def' -o -name '*.sh' -o -name '*.mjs' -o -name '*.lua' \) -print
    if [ -f dev ]; then echo dev; fi
} | sort | xargs awk '
function end_file() {
    if (file != "" && lines > 700) { printf "%s: %d lines, 700 allowed\n", file, lines; n++ }
}
FNR == 1 { end_file(); file = FILENAME; start = 0; is_c = FILENAME ~ /\.[ch]$/ }
{ lines = FNR }
is_c && /^[a-zA-Z_].*\(/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
is_c && /^\{/ { start = FNR }
!is_c && /^(export )?(async )?function |^[a-z_0-9]+\(\) \{$/ { start = FNR; name = $0 }
/^\}/ && start {
    if (FNR - start + 1 > 60) {
        printf "%s:%d: %s has %d lines, 60 allowed\n", FILENAME, start, name, FNR - start + 1; n++
    }
    start = 0
}
END { end_file(); exit n > 0 }'
