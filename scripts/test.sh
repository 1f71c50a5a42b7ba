#!/usr/bin/env bash
# Runs every suite that this machine can run and ends with a table of what ran,
# what was skipped and why. Settings:
#   TRADEWIND_TEST_REQUIRE      suites that must not be skipped: "postgres", "redis", "opensearch", "c-compiler", "npm", "jq", "haproxy" or "all"
#   TRADEWIND_TEST_RACE_ROUNDS  rounds of each race (10; 15 in CI)
#   TRADEWIND_TEST_KILLS        how often the crash suite kills the shop (10; 30 in CI)
#   FUZZTIME                    time for each fuzz target (none unless set)
set -uo pipefail
cd "$(dirname "$0")/.."
require=${TRADEWIND_TEST_REQUIRE:-}
[ "$require" = all ] && require="postgres redis opensearch c-compiler npm jq haproxy"
export TRADEWIND_TEST_REQUIRE=$require
rows=()
failed=0

required() { [[ " $require " == *" $1 "* ]]; }

# suite NAME COMMAND...: runs the command and notes how it ended.
suite() {
	local name=$1 began=$SECONDS
	shift
	echo "== $name"
	if "$@"; then
		rows+=("passed|$name|$((SECONDS - began)) s")
	else
		rows+=("FAILED|$name|$((SECONDS - began)) s")
		failed=1
	fi
}

# skip NAME NEED REASON: notes a suite that cannot run here.
skip() {
	if required "$2"; then
		rows+=("FAILED|$1|required, but: $3")
		failed=1
	else
		rows+=("skipped|$1|$3")
	fi
}

go_tests() {
	local flags=("$@")
	set -o pipefail
	go test -json -timeout 40m "${flags[@]}" | go run ./tests/report "$skips"
}

skips=$(mktemp)
opensearch_data=''
trap 'exec 9>&-; rm -rf "$skips" $opensearch_data' EXIT

scripts/install-postgres.sh || echo "PostgreSQL could not be installed; its tests say so below"
scripts/install-redis.sh || echo "Redis could not be installed; its tests say so below"
scripts/install-opensearch.sh || echo "OpenSearch could not be fetched; its tests say so below"
scripts/install-tools.sh || echo "Tools could not be installed; what wants them is skipped below"
scripts/install-oidc-provider.sh || echo "oidc-provider could not be fetched; its tests say so below"

. scripts/start-opensearch.sh
start_opensearch || skip "OpenSearch" opensearch "it was not fetched or did not start"

suite "format, vet, staticcheck" scripts/lint.sh
suite "build without cgo" env CGO_ENABLED=0 go build -o /dev/null ./cmd/tradewind
suite "tests" go_tests ./...
if command -v redis-server >/dev/null; then
	suite "Redis $(redis-server --version | grep -o 'v=[0-9.]*' | cut -c3-)" go_tests -count=1 ./internal/adapter/redis
else
	skip "Redis" redis "redis-server was not found; miniredis ran"
fi
if command -v "${CC:-cc}" >/dev/null; then
	suite "race detector" go_tests -race ./internal/platform/... ./internal/domain/... ./internal/edge/... ./internal/adapter/... ./internal/store/oraemu
else
	skip "race detector, Oracle driver" c-compiler "there is no C compiler"
fi
if command -v npx >/dev/null; then
	suite "api/openapi.yaml (redocly)" npx --yes @redocly/cli@2.77.0 lint --config api/redocly.yaml api/openapi.yaml
else
	skip "api/openapi.yaml (redocly)" npm "there is no npx; install Node.js"
fi
if [ -n "${FUZZTIME:-}" ]; then
	suite "fuzz targets, $FUZZTIME each" scripts/fuzz.sh
else
	rows+=("skipped|fuzz targets|FUZZTIME is not set; the seeds ran with the tests")
fi
if [ -n "${ORACLE_DSN:-}" ] || docker info >/dev/null 2>&1; then
	suite "Oracle" make --no-print-directory test-oracle
else
	rows+=("skipped|Oracle|no container engine answers and ORACLE_DSN is not set")
fi

echo
echo "== what ran"
printf '%s\n' "${rows[@]}" | column -t -s '|'
if [ -s "$skips" ]; then
	echo
	echo "== tests that were skipped"
	sort -u "$skips"
fi
exit $failed
