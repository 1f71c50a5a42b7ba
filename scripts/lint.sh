#!/usr/bin/env bash
# Formatting, vet with and without cgo's files, and staticcheck.
set -euo pipefail
cd "$(dirname "$0")/.."
unformatted=$(gofmt -l cmd internal sql tests)
if [ -n "$unformatted" ]; then
	echo "not formatted: $unformatted"
	exit 1
fi
go vet ./...
CGO_ENABLED=0 go vet ./internal/store/sqlstore ./internal/app ./cmd/...
go vet -tags oracle ./tests/oracle ./tests/integration ./internal/store/oracletest
go vet -tags containers ./tests/engines
go tool staticcheck ./...
