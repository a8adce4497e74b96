#!/usr/bin/env bash
# names.sh [ROOT]: functions nobody may call, the one door to the heap, comments and names that are
# not ours (style.md 3.1, 3.3, 3.4).
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"
failed=0

# C sources, "file:line:text", with strings emptied and comments blanked; a // comment stays.
code() {
    find cistern.h mcp store transport rest tools cli examples conformance bench \
        -name node_modules -prune -o -name '*.[ch]' -print | sort | xargs awk '
    FNR == 1 { inside = 0 }
    {
        text = $0; out = ""
        while (text != "") {
            if (inside) {
                at = index(text, "*/")
                if (!at) { text = ""; break }
                text = substr(text, at + 2); inside = 0
            } else if (match(text, /"([^"\\]|\\.)*"|\x27([^\x27\\]|\\.)*\x27|\/\*|\/\//)) {
                token = substr(text, RSTART, RLENGTH)
                out = out substr(text, 1, RSTART - 1)
                text = substr(text, RSTART + RLENGTH)
                if (token == "/*") { inside = 1 }
                else if (token == "//") { out = out "// comment"; text = "" }
                else { out = out "\"\"" }
            } else { out = out text; text = "" }
        }
        if (out != "") { print FILENAME ":" FNR ":" out }
    }'
}

# mark WHY LINES
mark() {
    while IFS= read -r line; do echo "$line    <- $1"; done <<<"$2"
}

# report WHY PATTERN [EXCEPT]: lines of code that match, but for files that match EXCEPT.
report() {
    local hits
    hits=$(code_lines "$2" "${3:-^$}")
    if [ -n "$hits" ]; then
        mark "$1" "$hits"
        failed=1
    fi
}
all=$(code)
code_lines() {
    awk -F: -v want="$1" -v except="$2" '
        { text = $0; sub(/^[^:]*:[0-9]*:/, "", text) }
        $1 !~ except && text ~ want' <<<"$all"
}

report 'banned (style.md 3.3)' '(^|[^A-Za-z0-9_])(strcpy|strcat|sprintf|vsprintf|gets|strtok|strtok_r|atoi|atol|atoll|strncpy|strncat|strerror|localtime|gmtime|alloca) *\('
report 'the heap has one door, mcp/alloc.h' '(^|[^A-Za-z0-9_])(malloc|calloc|realloc|free|strdup|strndup|asprintf|vasprintf|posix_memalign|aligned_alloc|reallocarray) *\(' '^(mcp/alloc\.[ch]|.*/test/.*|.*/fuzz/.*|bench/.*)$'
report '/* */ comments only; // means not finished' '// comment'
report 'a struct is never typedef of a pointer or hidden' 'typedef +struct +[a-z_0-9]+ *\*'

junk=$(find . \( -name .git -o -name node_modules -o -name 'build*' -o -name data -o -name subprojects \) -prune \
    -o -print | grep -Ei '(^|/)(util|utils|utility|common|misc|helper|helpers|core|base)([._-][^/]*)?$' || true)
if [ -n "$junk" ]; then
    mark "a name that says nothing" "$junk"
    failed=1
fi
loose=$(find mcp store transport rest tools cli examples conformance bench -name node_modules -prune \
    -o -path '*/corpus/*' -prune -o -path '*/regression/*' -prune -o -type f -print |
    grep -E '/[^/]*([A-Z ]|[0-9]\.(c|h)$)[^/]*$' | grep -vE '/README\.md$|/utf8\.|/h1[^/]*$|[a-z]_[^/]*$' || true)
if [ -n "$loose" ]; then
    mark "file names are lower-case words" "$loose"
    failed=1
fi
exit $failed
