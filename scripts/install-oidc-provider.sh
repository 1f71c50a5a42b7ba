#!/usr/bin/env bash
# Fetches oidc-provider, on which signing in is tested, from npm into a cache of
# the user, in the versions of its lock file. Needs Node.js 20 or later.
set -euo pipefail
cd "$(dirname "$0")/../internal/adapter/oidctest"
version=$(sed -n 's/.*"oidc-provider": "\(.*\)".*/\1/p' package.json)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tradewind/oidc-provider-$version
if [ -d "$cache/node_modules/oidc-provider" ]; then
	echo "oidc-provider $version is there already."
	exit 0
fi
if ! command -v npm >/dev/null; then
	echo "npm was not found; install Node.js 20 or later (scripts/install-tools.sh)" >&2
	exit 1
fi
mkdir -p "$(dirname "$cache")"
half=$(mktemp -d "$cache.XXXXXX")
trap 'rm -rf "$half"' EXIT
cp package.json package-lock.json "$half"
(cd "$half" && npm ci --ignore-scripts --no-audit --no-fund)
mv "$half" "$cache"
