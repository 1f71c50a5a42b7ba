#!/usr/bin/env bash
# Installs what tests want beside Go from Debian's packages, where that may be
# done: a C compiler for the race detector and the Oracle driver, Node.js for the
# check of the API's description, curl and jq for the guides, HAProxy for several services,
# Buildah for the image, linters for scripts and YAML.
set -euo pipefail
missing=()
command -v "${CC:-cc}" >/dev/null || missing+=(gcc libc6-dev)
command -v npx >/dev/null || missing+=(nodejs npm)
command -v curl >/dev/null || missing+=(curl ca-certificates)
command -v jq >/dev/null || missing+=(jq)
PATH=$PATH:/usr/sbin command -v haproxy >/dev/null || missing+=(haproxy)
command -v buildah >/dev/null || missing+=(buildah)
command -v shellcheck >/dev/null || missing+=(shellcheck)
command -v yamllint >/dev/null || missing+=(yamllint)
[ ${#missing[@]} -eq 0 ] && exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
	echo "missing: ${missing[*]}; install them, or run this as root where there is apt-get"
	exit 1
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
