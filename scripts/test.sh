#!/usr/bin/env bash
# Runs every suite that this machine can run and ends with a table of what ran,
# what was skipped and why. Settings:
#   TRADEWIND_TEST_REQUIRE      suites that must not be skipped: "postgres", "redis", "opensearch", "c-compiler", "npm", "jq", "haproxy", "buildah", "hadolint", "terraform", "promtool", "shellcheck", "oracle" or "all" (of which Oracle is no part)
#   TRADEWIND_TEST_RACE_ROUNDS  rounds of each race (10; 15 in CI)
#   TRADEWIND_TEST_KILLS        how often the crash suite kills the shop (10; 30 in CI)
#   FUZZTIME                    time for each fuzz target (none unless set)
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
require=${TRADEWIND_TEST_REQUIRE:-}
[ "$require" = all ] && require="postgres redis opensearch c-compiler npm jq haproxy buildah hadolint terraform promtool shellcheck"
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

# What of tests/integration touches search, what processes share, limits and checkout.
# make test-engines runs all of it.
engine_tests='Index|Search|Filter|Sort|Cart|Cancelling|Bundle|Imported|Buyers|Click|PriceChanged|CountedBy'

# on_engines ENGINES FLAGS...: tests with shops that use these engines.
on_engines() {
	local -x TRADEWIND_TEST_ENGINES=$1
	shift
	go_tests -count=1 "$@"
}

. scripts/start-engines.sh
skips=$(mktemp)
trap 'stop_engines; rm -rf "$skips"' EXIT

scripts/install-postgres.sh || echo "PostgreSQL could not be installed; its tests say so below"
scripts/install-redis.sh || echo "Redis could not be installed; its tests say so below"
scripts/install-opensearch.sh || echo "OpenSearch could not be fetched; its tests say so below"
scripts/install-tools.sh || echo "Tools could not be installed; what wants them is skipped below"
scripts/install-hadolint.sh || echo "hadolint could not be fetched; the Dockerfile is not linted"
scripts/install-prometheus.sh || echo "promtool and amtool could not be fetched; their tests say so below"
scripts/install-terraform.sh >/dev/null || echo "There is no Terraform and OpenTofu could not be built; modules and plans are not checked"
scripts/install-oidc-provider.sh || echo "oidc-provider could not be fetched; its tests say so below"

start_opensearch || skip "OpenSearch" opensearch "it was not fetched or did not start"
start_redis || skip "Redis by address" redis "redis-server was not found or did not start"

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
if [ -n "${TRADEWIND_TEST_REDIS_URL:-}" ] && [ -n "${TRADEWIND_TEST_OPENSEARCH_URL:-}" ]; then
	suite "the shop on Redis and OpenSearch" on_engines "redis opensearch" -run "$engine_tests" -skip Away ./tests/integration
else
	skip "the shop on Redis and OpenSearch" redis "one of them is missing"
fi
if [ -n "${TRADEWIND_TEST_ORACLE_DSN:-}" ] || docker info >/dev/null 2>&1; then
	suite "Oracle" make --no-print-directory test-oracle
else
	skip "Oracle" oracle "no container engine answers and TRADEWIND_TEST_ORACLE_DSN is not set"
fi
hadolint=${XDG_CACHE_HOME:-$HOME/.cache}/tradewind/hadolint/bin/hadolint
if [ -x "$hadolint" ]; then
	suite "Dockerfile (hadolint)" "$hadolint" --config infra/docker/hadolint.yaml infra/docker/Dockerfile
else
	skip "Dockerfile (hadolint)" hadolint "it was not fetched"
fi
if command -v shellcheck >/dev/null && command -v yamllint >/dev/null; then
	suite "scripts (shellcheck), YAML (yamllint)" scripts/lint-files.sh
else
	skip "scripts (shellcheck), YAML (yamllint)" shellcheck "one of them is missing"
fi
if why=$(scripts/terraform.sh env 2>&1 >/dev/null); then
	suite "Terraform" scripts/terraform.sh check
else
	skip "Terraform" terraform "${why##*$'\n'}"
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
