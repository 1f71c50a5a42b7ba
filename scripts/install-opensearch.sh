#!/usr/bin/env bash
# Fetches OpenSearch from Maven Central for the tests, and Java and Maven from
# Debian's packages where they are missing. What was fetched is kept.
set -euo pipefail
cd "$(dirname "$0")/../internal/adapter/opensearchtest"
version=$(sed -n 's|.*<version>\(2\..*\)</version>.*|\1|p' pom.xml)
folder=${XDG_CACHE_HOME:-$HOME/.cache}/tradewind/opensearch-$version

if ! command -v javac >/dev/null || { [ ! -d "$folder" ] && ! command -v mvn >/dev/null; }; then
	if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
		echo "OpenSearch for tests needs Java 17 with its compiler, and Maven; install them, or run this as root where there is apt-get" >&2
		exit 1
	fi
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends default-jdk-headless maven
fi
if [ -d "$folder" ]; then
	echo "OpenSearch $version is there already."
	exit 0
fi
part=$(mktemp -d)
trap 'rm -rf "$part"' EXIT
mvn -q -B -f pom.xml dependency:copy-dependencies -DoutputDirectory="$part/lib"
mkdir -p "$(dirname "$folder")"
mv "$part/lib" "$folder"
