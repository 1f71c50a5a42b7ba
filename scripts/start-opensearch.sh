# To be sourced: starts one OpenSearch for all tests of a run, if it was fetched,
# and says where it is. It ends with the shell, whose end of its input is closed then.
start_opensearch() {
	local tests=internal/adapter/opensearchtest version folder
	version=$(sed -n 's|.*<version>\(2\..*\)</version>.*|\1|p' $tests/pom.xml)
	folder=${XDG_CACHE_HOME:-$HOME/.cache}/tradewind/opensearch-$version
	if [ ! -d "$folder" ] || ! command -v java >/dev/null; then
		return 1
	fi
	opensearch_data=$(mktemp -d)
	: >"$opensearch_data/said"
	exec 9> >(exec java -Xms512m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$folder/*" $tests/Server.java "$opensearch_data" >"$opensearch_data/said" 2>&1)
	local waited node=$!
	for waited in $(seq 120); do
		TRADEWIND_TEST_OPENSEARCH=$(sed -n 's|.*listening at \(http://127.0.0.1:[0-9]*\).*|\1|p' "$opensearch_data/said" | head -n 1)
		if [ -n "$TRADEWIND_TEST_OPENSEARCH" ]; then
			export TRADEWIND_TEST_OPENSEARCH
			return 0
		fi
		kill -0 "$node" 2>/dev/null || break
		sleep 1
	done
	tail -n 20 "$opensearch_data/said" >&2
	return 1
}
