# shellcheck shell=bash
# To be sourced: starts one OpenSearch and one Redis for all tests of a run, of
# what is installed, and says where they are. They end with the shell.

# start_opensearch leaves one alone that was given by address. The node ends when
# the end of its input is closed, which the shell holds.
start_opensearch() {
	[ -z "${TRADEWIND_TEST_OPENSEARCH_URL:-}" ] || return 0
	local tests=internal/adapter/opensearchtest version folder
	version=$(sed -n 's|.*<version>\(2\..*\)</version>.*|\1|p' $tests/pom.xml)
	folder=${XDG_CACHE_HOME:-$HOME/.cache}/tradewind/opensearch-$version
	if [ ! -d "$folder" ] || ! command -v java >/dev/null; then
		return 1
	fi
	opensearch_data=$(mktemp -d)
	: >"$opensearch_data/said"
	exec 9> >(exec java -Xms512m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$folder/*" $tests/Server.java "$opensearch_data" >"$opensearch_data/said" 2>&1)
	local node=$!
	for _ in $(seq 120); do
		TRADEWIND_TEST_OPENSEARCH_URL=$(sed -n 's|.*listening at \(http://127.0.0.1:[0-9]*\).*|\1|p' "$opensearch_data/said" | head -n 1)
		if [ -n "$TRADEWIND_TEST_OPENSEARCH_URL" ]; then
			export TRADEWIND_TEST_OPENSEARCH_URL
			return 0
		fi
		kill -0 "$node" 2>/dev/null || break
		sleep 1
	done
	tail -n 20 "$opensearch_data/said" >&2
	return 1
}

# start_redis finds a free port by trying. The server ends with stop_engines, and
# where there is setpriv also when the shell is killed.
start_redis() {
	[ -z "${TRADEWIND_TEST_REDIS_URL:-}" ] || return 0
	command -v redis-server >/dev/null || return 1
	local port with=''
	command -v setpriv >/dev/null && with="setpriv --pdeathsig KILL"
	for _ in $(seq 5); do
		port=$((20000 + RANDOM % 12000))
		$with redis-server --bind 127.0.0.1 --port $port --save '' --appendonly no --dir "${TMPDIR:-/tmp}" >/dev/null 2>&1 9>&- &
		redis_process=$!
		for _ in $(seq 100); do
			kill -0 $redis_process 2>/dev/null || break
			if [ "$(redis-cli -h 127.0.0.1 -p $port info server 2>/dev/null | tr -d '\r' | sed -n 's/^process_id://p')" = $redis_process ]; then
				export TRADEWIND_TEST_REDIS_URL=redis://127.0.0.1:$port
				return 0
			fi
			sleep 0.1
		done
	done
	return 1
}

# stop_engines ends what was started here.
stop_engines() {
	exec 9>&-
	[ -z "${redis_process:-}" ] || kill "$redis_process" 2>/dev/null || true
	[ -z "${opensearch_data:-}" ] || rm -rf "$opensearch_data"
}
