#!/usr/bin/env bash
# pages.sh CISTERN MANDIR DATADIR: a step of `meson install`: the binary prints its manual pages, one for
# each command, and what shells complete.
set -euo pipefail
cistern=$1 man=${DESTDIR:-}$2/man1 data=${DESTDIR:-}$3

mkdir -p "$man" "$data/bash-completion/completions" "$data/zsh/vendor-completions" \
    "$data/fish/vendor_completions.d"
"$cistern" --print-man >"$man/cistern.1"
"$cistern" --print-commands | while read -r command; do
    # shellcheck disable=SC2086 # a command is one word or two
    "$cistern" --print-man $command >"$man/cistern-${command// /-}.1"
done
"$cistern" --print-completion bash >"$data/bash-completion/completions/cistern"
"$cistern" --print-completion zsh >"$data/zsh/vendor-completions/_cistern"
"$cistern" --print-completion fish >"$data/fish/vendor_completions.d/cistern.fish"
