#!/usr/bin/env bash
# reference.sh BUILD: the reference page that the build made from the public headers. Every symbol
# that a library exports is on it, every function of the headers is exported, every link leads
# somewhere, nothing stands there without words.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1
page=$build/reference.html
failed=0

# say WHY LINES: a complaint, if there are lines.
say() {
    [ -n "$2" ] || return 0
    while read -r line; do echo "$page: $line: $1"; done <<<"$2"
    failed=1
}

anchors=$(grep -o ' id="[^"]*"' "$page" | cut -d'"' -f2 | sort)
links=$(grep -o 'href="#[^"]*"' "$page" | cut -d'#' -f2 | tr -d '"' | sort -u)
say 'an anchor twice' "$(uniq -d <<<"$anchors")"
say 'a link to nowhere' "$(comm -13 <(sort -u <<<"$anchors") <(echo "$links"))"
say 'nothing is said about it' "$(grep 'class=bare' "$page" | grep -o 'id="[^"]*"' | cut -d'"' -f2)"

# What the libraries that are installed let the world see, and what the installed headers promise.
installed=$(meson introspect --installed "$build" | jq -r 'keys[]')
mapfile -t libraries < <(grep '\.a$' <<<"$installed")
mapfile -t headers < <(grep '\.h$' <<<"$installed")
exported=$(readelf -sW "${libraries[@]}" 2>/dev/null |
    awk '$5 == "GLOBAL" && $6 == "DEFAULT" && $7 != "UND" { print $8 }' | sort -u)
[ -n "$exported" ] || { echo "$build: no library exports anything"; exit 1; }
declared=$(cat "${headers[@]}" |
    awk '/^MCP_API/ { open = 1; text = "" } open { text = text " " $0 } open && /;/ { print text; open = 0 }' |
    sed -E 's/\(.*//; s/(\[\])?;.*//; s/ *$//; s/.*[ *]//' | sort -u)
say 'exported, but not on the page' "$(comm -13 <(sort -u <<<"$anchors") <(echo "$exported"))"
say 'declared, but not exported' "$(comm -23 <(echo "$declared") <(echo "$exported"))"
say 'exported, but not declared in an installed header' "$(comm -13 <(echo "$declared") <(echo "$exported"))"
say 'not MCP_API' "$(awk '
    open { open = !/;/; next }
    /^MCP_API/ { open = !/;/; next }
    /^(extern [^"]|[a-z][^#={]*\()/ && !/^(typedef|static inline) / { print FILENAME ":" FNR }' "${headers[@]}")"
exit $failed
