#!/usr/bin/env bash
# Installs Debian's PostgreSQL server, which the tests use as a second engine.
# The server that the package would start is not wanted: tests start their own.
set -euo pipefail

if command -v postgres >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; then
	echo "PostgreSQL is installed already."
	exit 0
fi
if ! command -v apt-get >/dev/null; then
	echo "This script needs apt-get (Debian, Ubuntu). Elsewhere install PostgreSQL 15 or later and put initdb and postgres on PATH." >&2
	exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
	echo "Run this script as root: sudo $0" >&2
	exit 1
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update
# Without this setting the package creates and starts a cluster of its own.
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
apt-get install -y --no-install-recommends postgresql
