#!/usr/bin/env bash
# blocks.sh [ROOT]: every fenced block of every README says what it is, so that none can lie:
#   c file=PATH [lines=A-B]   must equal the file, or those of its lines
#   sh run, sh run until=TEXT executed by conformance/readme.mjs; the second in the background
#   text output               what the run block before it prints
#   sh, json, text, ...       for people (a shell block that is not run must say `sh example`)
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"
failed=0

check() {
    awk -v file="$1" '
    function bad(why) { printf "%s:%d: %s\n", file, NR, why; n++ }
    /^ ? ? ?```/ && !inside {
        inside = 1; tag = $0; sub(/^ ? ? ?```/, "", tag)
        if (tag == "") { bad("a block without a tag") }
        else if (tag ~ /^(bash|shell|console)/) { bad("say sh run or sh example") }
        else if (tag == "sh") { bad("say sh run or sh example") }
        else if (tag ~ /^c( |$)/ && tag !~ /^c (file=|example)/) { bad("say c file=PATH or c example") }
        else if (tag == "text output" && !after_run) { bad("output of which block?") }
        after_run = 0; was_run = tag ~ /^sh run/
        next
    }
    /^ ? ? ?```/ { inside = 0; after_run = was_run; next }
    !inside && /[^ ]/ && !/^ *$/ { }
    END { if (inside) { bad("a block that does not end") } exit n > 0 }' "$1" || failed=1
}

# The text of the blocks tagged `c file=...` against the files.
compare() {
    local readme=$1 tag path lines at
    while IFS=: read -r at tag; do
        path=$(sed -E 's/.*file=([^ ]+).*/\1/' <<<"$tag")
        lines=$(sed -nE 's/.*lines=([0-9]+-[0-9]+).*/\1/p' <<<"$tag" | tr - ,)
        if [ ! -f "$path" ]; then
            echo "$readme:$at: shows $path, which does not exist"
            failed=1
        elif ! diff <(tail -n "+$((at + 1))" "$readme" | sed '/^```/,$d') \
            <(sed -n "${lines:-1,\$}p" "$path"); then
            echo "$readme:$at: differs from $path (above: < the README, > the file)"
            failed=1
        fi
    done < <(grep -nE '^```[a-z]+ file=' "$readme" || true)
}

while read -r readme; do
    check "$readme"
    compare "$readme"
done < <(find . \( -name .git -o -name node_modules -o -name 'build*' -o -name data \) -prune -o -name '*.md' -print | sort)
exit $failed
