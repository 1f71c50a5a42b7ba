#!/usr/bin/env bash
# Runs every native fuzz target for FUZZTIME each.
set -euo pipefail
cd "$(dirname "$0")/.."
grep -rlE '^func Fuzz' --include='*_test.go' cmd internal tests | xargs -n1 dirname | sort -u | while read -r dir; do
	grep -hoE '^func Fuzz\w+' "$dir"/*_test.go | sed 's/func //' | sort -u | while read -r target; do
		echo "== $dir $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-10s}" "./$dir"
	done
done
