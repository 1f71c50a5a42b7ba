#!/usr/bin/env bash
# Measures the shop; further flags go to the bench, such as -time 10s.
set -euo pipefail
cd "$(dirname "$0")/.."
go build -trimpath -o bin/tradewind ./cmd/tradewind
go build -trimpath -o bin/bench ./tests/bench
exec bin/bench -bin bin/tradewind "$@"
