#!/usr/bin/env bash
# Runs on real engines what else runs on the embedded ones. Each is used as
# TRADEWIND_TEST_ORACLE_DSN, TRADEWIND_TEST_OPENSEARCH_URL and TRADEWIND_TEST_REDIS_URL
# say; else it is started, in a container where an engine answers, or without one
# (Redis, OpenSearch) where it is installed. What cannot be had is told.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/start-engines.sh
trap stop_engines EXIT
tags=containers
if ! docker info >/dev/null 2>&1; then
	start_opensearch || echo "OpenSearch is not installed; scripts/install-opensearch.sh fetches it" >&2
	start_redis || echo "Redis is not installed; scripts/install-redis.sh installs it" >&2
fi
go build -tags containers -o bin/engines ./tests/engines
command -v "${CC:-cc}" >/dev/null && tags=oracle || echo "there is no C compiler, so nothing runs on Oracle" >&2
run="bin/engines opensearch redis"
[ $tags = oracle ] && run="bin/engines oracle opensearch redis"
$run -- go test -tags "$tags" -count=1 -timeout 60m "$@" ./internal/adapter/redis ./internal/adapter/opensearch ./tests/oracle ./tests/integration
