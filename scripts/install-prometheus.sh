#!/usr/bin/env bash
# Unpacks promtool, prometheus and amtool from Debian's packages into the cache,
# where they are not on the path: packages that are installed would start servers.
set -euo pipefail
command -v promtool >/dev/null && command -v amtool >/dev/null && exit 0
to=${XDG_CACHE_HOME:-$HOME/.cache}/tradewind/prometheus
[[ -x $to/usr/bin/promtool && -x $to/usr/bin/amtool ]] && exit 0
command -v apt-get >/dev/null || { echo "there is no apt-get; install prometheus and prometheus-alertmanager"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
cd "$dir"
apt-get download -qq prometheus prometheus-alertmanager 2>/dev/null || { apt-get update -qq && apt-get download -qq prometheus prometheus-alertmanager; }
for package in *.deb; do dpkg -x "$package" "$to"; done
