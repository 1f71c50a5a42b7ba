#!/usr/bin/env bash
# Starts the shop in containers: makes the secrets that are missing, builds the
# image, and waits until everything is healthy. PROFILES says what (core).
set -euo pipefail
cd "$(dirname "$0")/.."
command -v docker >/dev/null || { echo "there is no docker; install Docker or Podman with its docker command, or use 'make run'" >&2; exit 1; }
umask 077
mkdir -p .secrets
secret() { # NAME LENGTH: letters and digits, the first a letter, as Oracle wants passwords
	[ -s ".secrets/$1" ] || printf 'S%s' "$(LC_ALL=C tr -dc 'A-Za-z0-9' </dev/urandom | head -c "$2")" >".secrets/$1"
}
secret oracle_password 24
secret db_password 24
secret redis_password 32
secret token_secret 48
secret grafana_password 24
[ -s .secrets/payment ] || {
	secret pay_key 32
	secret pay_webhook 32
	printf 'sandboxpay.key = %s\nsandboxpay.webhook-secret = %s\n' "$(cat .secrets/pay_key)" "$(cat .secrets/pay_webhook)" >.secrets/payment
	rm .secrets/pay_key .secrets/pay_webhook
}
# The containers run as another user: the files can be read, the folder keeps others out.
chmod 700 .secrets
chmod 644 .secrets/*
profiles=()
for p in ${PROFILES:-core}; do
	profiles+=(--profile "$p")
	[ "$p" = search ] && export SEARCH_ENGINE=opensearch
done
docker build -f infra/docker/Dockerfile --target production -t tradewind:local .
docker compose "${profiles[@]}" up -d --wait --wait-timeout 600
echo "the shop: http://localhost:8080"
