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
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
