#!/usr/bin/env bash
# blocks.sh [ROOT] [--write]: every fenced block of every README says what it is, so that none can lie:
#   c file=PATH               must equal the file, or a part of it, moved to the left margin:
#     lines=A-B               those lines
#     from='TEXT' to='TEXT'   from the first line with the one to the next with the other; ^ in
#                             front of it: that begins with it
#                             --write puts the text of the files there
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

# value NAME TAG: what NAME= says in a tag, without its quotes.
value() { sed -nE "s/.* $1=('([^']*)'|([^' ]+)).*/\\2\\3/p" <<<"$2"; }

# excerpt PATH TAG: the part of the file that the tag names.
excerpt() {
    local lines from to
    lines=$(value lines "$2" | tr - ,) from=$(value from "$2") to=$(value to "$2")
    FROM=$from TO=$to awk '
        !is_in { is_in = index($0, ENVIRON["FROM"]) }
        is_in { print; if (ends($0, ENVIRON["TO"])) { exit } }
        function ends(line, to) {
            return to ~ /^\^/ ? index(line, substr(to, 2)) == 1 : to != "" && index(line, to)
        }
        ' <(sed -n "${lines:-1,\$}p" "$1") | awk '
        { text[NR] = $0; match($0, /^ */); if (/[^ ]/ && (NR == 1 || RLENGTH < least)) { least = RLENGTH } }
        END { for (i = 1; i <= NR; i++) { print substr(text[i], least + 1) } }'
}

# The text of the blocks tagged `c file=...` against the files.
compare() {
    local readme=$1 tag path at
    while IFS=: read -r at tag; do
        path=$(value file "$tag")
        if [ ! -f "$path" ]; then
            echo "$readme:$at: shows $path, which does not exist"
            failed=1
        elif ! diff <(tail -n "+$((at + 1))" "$readme" | sed '/^```/,$d') <(excerpt "$path" "$tag"); then
            echo "$readme:$at: differs from $path (above: < the README, > the file)"
            failed=1
        fi
    done < <(grep -nE '^```[a-z]+ file=' "$readme" || true)
}

write() {
    local readme=$1 line inside=
    while IFS= read -r line; do
        if [ -z "$inside" ] || [[ $line == '```'* ]]; then
            inside=
            printf '%s\n' "$line"
        fi
        if [[ $line =~ ^\`\`\`[a-z]+\ file= ]]; then
            excerpt "$(value file "$line")" "$line"
            inside=yes
        fi
    done <"$readme" >"$readme.new"
    if cmp -s "$readme.new" "$readme"; then rm "$readme.new"; else mv "$readme.new" "$readme"; fi
}

while read -r readme; do
    if [ "${2:-}" = --write ]; then write "$readme"; fi
    check "$readme"
    compare "$readme"
done < <(find . \( -name .git -o -name node_modules -o -name 'build*' -o -name data \) -prune -o -name '*.md' -print | sort)
exit $failed
