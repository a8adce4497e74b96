#!/usr/bin/env bash
# comments.sh [ROOT]: every public function in an installed header is covered by a doc comment: one
# above it, or above the run of declarations (no blank line between) that it belongs to, or behind
# it on its line.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"

mapfile -t headers < <(find cistern.h mcp store transport rest -name '*.h' -not -path '*/test/*' -print0 |
    xargs -0 grep -lF 'extern "C"' | sort)
awk '
FNR == 1 { covered = 0; inside = 0; open = 0 }
inside { if (/\*\//) { inside = 0; covered = 1 } next }
/^[ \t]*\/\*/ { if (/----/) { next } if (/\*\//) { covered = 1 } else { inside = 1 } next }
/^[ \t]*$/ { covered = 0; next }
/^(MCP_API|static inline|extern|const|void|bool|int|size_t|mcp_|struct)[^;{]*\(/ && !/^typedef/ && !open {
    name = $0
    sub(/\(.*/, "", name); sub(/.*[ *]/, "", name)
    if (name == "" ) { next }
    line = FNR; says = covered || /\/\*.*\*\/ *$/
    if (!/;|\{/) { open = 1; next }
    if (!says) { printf "%s:%d: %s has no comment\n", FILENAME, line, name; n++ }
    next
}
open && /[;{]/ {
    open = 0
    if (!says && !/\/\*.*\*\/ *$/) { printf "%s:%d: %s has no comment\n", FILENAME, line, name; n++ }
}
END { exit n > 0 }' "${headers[@]}"
