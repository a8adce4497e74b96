#!/usr/bin/env bash
# deb.sh BUILD OUT.deb [VERSION]: a Debian package of the binary in a build directory: its pages,
# completions, configuration and hardened units. What it depends on is read from the binary.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd) out=$2
binary=$build/cli/cistern
version=${3:-$("$binary" --version | cut -d' ' -f2)}
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

put() { install -D -m "$1" "$2" "$root/$3"; }

put 755 "$binary" usr/bin/cistern
strip --strip-unneeded "$root/usr/bin/cistern"
DESTDIR=$root "$here/pages.sh" "$binary" /usr/share/man /usr/share
find "$root/usr/share/man" -name '*.1' -exec gzip -9n {} +
for unit in cistern.service cistern.socket; do put 644 "$here/$unit" "lib/systemd/system/$unit"; done
put 644 "$here/cistern.sysusers" usr/lib/sysusers.d/cistern.conf
put 644 "$here/cistern.conf" etc/cistern/cistern.conf
put 644 "$here/../../LICENSE" usr/share/doc/cistern/copyright
put 644 "$here/../../CHANGELOG.md" usr/share/doc/cistern/changelog
gzip -9n "$root/usr/share/doc/cistern/changelog"

# The packages of the libraries that the loader takes; of merged directories dpkg knows either name.
# libcurl and the loop's plugin are loaded when they are needed: nothing here names them.
needed=" $(objdump -p "$binary" | awk '$1 == "NEEDED" {printf "%s ", $2}')"
depends=$(ldd "$binary" | sed 's/.* => //; s/ (.*//; s/^[[:space:]]*//' | while read -r path; do
    case $needed in *" ${path##*/} "*) dpkg -S "$path" 2>/dev/null || dpkg -S "/usr$path" ;; esac
done | sed 's/:.*//'; echo libcurl4; echo libwebsockets-evlib-uv)
depends=$(sort -u <<<"$depends" | paste -sd, | sed 's/,/, /g')
mkdir "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<CONTROL
Package: cistern
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: Cistern <cistern@localhost>
Section: net
Priority: optional
Depends: $depends
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Description: what credit is left at the services you pay for, over MCP and REST
 An MCP server (stdio and Streamable HTTP), a REST server and a command line over one embedded store:
 how much is left, how fast it goes, when it runs out, and a warning in time.
CONTROL
echo /etc/cistern/cistern.conf >"$root/DEBIAN/conffiles"
for script in postinst prerm postrm; do put 755 "$here/$script" "DEBIAN/$script"; done
dpkg-deb --root-owner-group -Zgzip -b "$root" "$out" >/dev/null
echo "$out: cistern $version"
