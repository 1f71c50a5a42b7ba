#!/usr/bin/env bash
# What is no Go: scripts and YAML.
set -euo pipefail
cd "$(dirname "$0")/.."
shellcheck --severity=warning scripts/*.sh .ci/run
yamllint --strict docker-compose.yml infra api .yamllint.yaml
echo "scripts and YAML are fine"
