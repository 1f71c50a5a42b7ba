#!/usr/bin/env bash
# A shop that sells, a real Prometheus with our rules that scrapes it, and every
# expression of rules and dashboards asked there: none may fail, and those about
# what a shop always has must have an answer.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-prometheus.sh
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tradewind/prometheus/usr/bin
PATH=$PATH:$cache
root=$PWD dir=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$dir"' EXIT
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
shop=127.0.0.1:$(port) ops=127.0.0.1:$(port) prom=127.0.0.1:$(port)

(cd "$dir" && "$root/bin/tradewind" migrate up && "$root/bin/tradewind" seed) >/dev/null
(cd "$dir" && TRADEWIND_HTTP_ADDR=$shop TRADEWIND_OPS_ADDR=$ops TRADEWIND_HTTP_LIMIT_CHECKOUT=0 TRADEWIND_HTTP_LIMIT_BROWSING=0 exec "$root/bin/tradewind" serve) >"$dir/shop.log" 2>&1 &
cat >"$dir/prometheus.yml" <<EOF
global: {scrape_interval: 1s, evaluation_interval: 5s}
rule_files: ["$root/infra/observability/prometheus/*.rules.yml"]
scrape_configs: [{job_name: tradewind, static_configs: [{targets: ["$ops"]}]}]
EOF
for _ in $(seq 60); do curl -sf "http://$ops/readyz" >/dev/null && break; sleep .5; done
prometheus --config.file="$dir/prometheus.yml" --storage.tsdb.path="$dir/tsdb" --web.listen-address="$prom" >"$dir/prometheus.log" 2>&1 &
for _ in $(seq 60); do curl -sf "http://$prom/-/ready" >/dev/null && break; sleep .5; done

for _ in $(seq 40); do
	curl -sf "http://$shop/v1/search?q=mug" >/dev/null
	curl -sf "http://$shop/v1/products?limit=5" >/dev/null
	curl -sf -X POST "http://$shop/v1/carts" -H 'Content-Type: application/json' -d '{}' >/dev/null || true
	sleep 1
done

TRADEWIND_TEST_PROMETHEUS_URL=http://$prom go test -count=1 -v -run LivePrometheus ./tests/integration
