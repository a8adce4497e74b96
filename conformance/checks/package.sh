#!/usr/bin/env bash
# package.sh BUILD: the Debian package, built, installed into a root of its own by dpkg, run, upgraded,
# removed and purged; its units, judged by systemd.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0

check() {
    local name=$1
    shift
    if ("$@") >"$dir/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL $name:"
        tail -20 "$dir/log"
    fi
}

at=$dir/root
mkdir -p "$at/var/lib/dpkg/info" "$at/var/lib/dpkg/updates" "$at/var/lib/cistern"
: >"$at/var/lib/dpkg/status"
chmod 700 "$at/var/lib/cistern"
apt_dpkg() { dpkg --root="$at" --force-script-chrootless --force-depends --force-not-root --force-confold "$@"; }
cistern() { CISTERN_CONFIG=$dir/conf "$at/usr/bin/cistern" "$@"; }

check 'it is built' "$root/cli/package/deb.sh" "$build" "$dir/one.deb"
check 'and once more, newer' "$root/cli/package/deb.sh" "$build" "$dir/two.deb" 99.0
check 'it depends on what it loads' grep -q 'libcurl4.*libwebsockets-evlib-uv' <(dpkg-deb -f "$dir/one.deb" Depends)
check 'it is installed' apt_dpkg -i "$dir/one.deb"
sed "s|/var/lib/cistern|$at/var/lib/cistern|" "$at/etc/cistern/cistern.conf" >"$dir/conf"
check 'its configuration will do' cistern config check
check 'it runs' cistern connection add Kept
check 'a page for each command' test "$(find "$at/usr/share/man" -name '*.1.gz' | wc -l)" -gt 20
check 'a page can be read' bash -c "gzip -dc '$at/usr/share/man/man1/cistern-serve.1.gz' | groff -man -Tutf8 -ww -z"
# What a shell offers.
offers() {
    # shellcheck source=/dev/null
    source "$at/usr/share/bash-completion/completions/cistern"
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMPREPLY=()
    _cistern
    printf '%s\n' "${COMPREPLY[@]}"
}
check 'commands are completed' grep -qx create <(offers cistern token '')
check 'options are completed' grep -qx -- --listen <(offers cistern serve --li)
check 'a command that is a group, too: its words' grep -qx list <(offers cistern login '')
check 'and its own options' grep -qx -- --lasts <(offers cistern login --l)
check 'its page names the others' grep -q 'cistern\\-login\\-list(1)' <(gzip -dc "$at/usr/share/man/man1/cistern-login.1.gz")
# What zsh would describe for words that begin the line; its own functions are stood in for.
zsh_offers() {
    # shellcheck disable=SC2016 # for zsh
    zsh -f -c '_describe() { print -l -- "${(@)${(@P)2}%%:*}" }
        _files() { print files }
        script=$1; shift; words=("$@"); CURRENT=$#; set --; source $script' zsh "$at/usr/share/zsh/vendor-completions/_cistern" "$@"
}
check 'zsh: commands' grep -qx webhook <(zsh_offers cistern '')
check 'zsh: words of a group' grep -qx create <(zsh_offers cistern token '')
check 'zsh: options' grep -qx -- --push <(zsh_offers cistern token create '')
check 'zsh: a command that is a group, too' test 2 = "$(zsh_offers cistern login '' | grep -cx -e list -e --lasts)"
fish_offers() { fish --no-config -c "source '$at/usr/share/fish/vendor_completions.d/cistern.fish'; complete -C '$1'" | cut -f1; }
check 'fish: commands' grep -qx webhook <(fish_offers 'cistern ')
check 'fish: words of a group' grep -qx create <(fish_offers 'cistern token ')
check 'fish: options' grep -qx -- --push <(fish_offers 'cistern token create --')
check 'fish: a command that is a group, too: its words' grep -qx list <(fish_offers 'cistern login ')
check 'fish: and its own options' grep -qx -- --lasts <(fish_offers 'cistern login --')
check 'fish: which its words have not' bash -c '! grep -qx -- --lasts' < <(fish_offers 'cistern login list --')
# The registry's rules for server.json (registry/docs: server.schema.json of 2025-12-11, package-types).
registry_rules() {
    jq -e --arg version "$("$at/usr/bin/cistern" --version | grep -o '[0-9][0-9.]*')" --rawfile image "$root/cli/package/containerfile" '
        def argument: (.type == "named" and (.name | test("^-"))) or (.type == "positional" and (has("value") or has("valueHint")));
        . as $server
        | (.name | test("^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$")) and (.name | length >= 3 and length <= 200)
        and (.description | length >= 1 and length <= 100) and (.title | length >= 1 and length <= 100)
        and .version == $version and (.packages | length > 0)
        and all(.packages[]; (.registryType == "oci") and (has("version") | not) and (.identifier | endswith(":" + $version))
            and (.identifier | test("^(docker\\.io|ghcr\\.io|quay\\.io)/")) and .transport.type == "stdio"
            and has("runtimeHint") and all((.runtimeArguments + .packageArguments)[]; argument))
        and ($image | contains("LABEL io.modelcontextprotocol.server.name=\"" + $server.name + "\""))' "$root/cli/package/server.json"
}
check 'server.json keeps the rules of the registry' registry_rules
echo 'access-log = yes' >>"$at/etc/cistern/cistern.conf"
check 'it is upgraded' apt_dpkg -i "$dir/two.deb"
check 'the data is kept' grep -q Kept <(cistern connection list)
check 'and the edited configuration' grep -qx 'access-log = yes' "$at/etc/cistern/cistern.conf"
check 'it is removed' apt_dpkg -r cistern
check 'the binary is gone' test ! -e "$at/usr/bin/cistern"
check 'the data is not' test -e "$at/var/lib/cistern/data.mdb"
check 'it is purged' apt_dpkg -P cistern
check 'now it is' test ! -e "$at/var/lib/cistern"
if command -v systemd-analyze >/dev/null; then
    mkdir "$dir/units"
    dpkg-deb -x "$dir/one.deb" "$dir/units"
    sed -i "s|/usr/bin/cistern|$dir/units/usr/bin/cistern|" "$dir/units/lib/systemd/system/cistern.service"
    check 'the units are well-formed' systemd-analyze verify --man=no "$dir/units/lib/systemd/system/cistern.service" \
        "$dir/units/lib/systemd/system/cistern.socket"
    # 10 is wide open; the threshold is in tenths.
    check 'the service is hardened' systemd-analyze security --offline=true --threshold=25 \
        "$dir/units/lib/systemd/system/cistern.service"
else
    echo 'skipped: the units: /usr/bin/systemd-analyze absent'
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
