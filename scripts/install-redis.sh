#!/usr/bin/env bash
# Installs Debian's Redis server, against which the tests run what processes
# share. The server that the package would start is not wanted: tests start their own.
set -euo pipefail

if command -v redis-server >/dev/null; then
	echo "Redis is installed already."
	exit 0
fi
if ! command -v apt-get >/dev/null; then
	echo "This script needs apt-get (Debian, Ubuntu). Elsewhere put redis-server 7.0 or later on PATH." >&2
	exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
	echo "Run this script as root: sudo $0" >&2
	exit 1
fi

# Packages ask this file whether they may start anything (Debian's policy-rc.d).
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod +x $policy
	trap 'rm -f $policy' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends redis-server
