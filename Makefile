# Tradewind. `make help` says what can be made.
SHELL := /bin/bash
BIN   := bin/tradewind
DATA  ?= data

.PHONY: help build run test test-oracle test-engines tf-check tf-policy tf-cycle obs obs-check obs-live oke-check oke-params oke-canary oke-schemas oke-apiserver infra-heavy stack-zip image drill outage bench bench-scale fuzz lint vuln sql-plan up down logs clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | column -t -s '|'

build: ## build bin/tradewind; with a C compiler it holds the Oracle driver too
	go build -trimpath -o $(BIN) ./cmd/tradewind

run: build ## the whole shop on http://localhost:8080: build, migrate, seed the demo catalogue, serve
	$(BIN) migrate up
	$(BIN) seed
	$(BIN) serve

test: ## everything that can run on this machine; ends with a table of what was skipped and why
	scripts/test.sh

test-oracle: ## the statements, migrations and store suite on Oracle: TRADEWIND_TEST_ORACLE_DSN, else a container
	go run -tags containers ./tests/engines oracle -- go test -tags oracle -count=1 -v -timeout 30m ./tests/oracle

test-engines: ## suites and whole shops on Oracle, OpenSearch and Redis: given (TRADEWIND_TEST_..., see docs/containers.md), in containers, or installed
	scripts/test-engines.sh

tf-check: ## Terraform: formatted, valid, the tests of each module; what did not change is left out
	scripts/terraform.sh check

tf-policy: ## plans every environment and judges the plans
	go test -count=1 ./infra/terraform/policy

tf-cycle: ## applies both stacks, plans again, destroys: with a stand-in for the provider, nothing is made
	scripts/terraform.sh cycle

obs: ## rules, alarms, dashboards and docs/slo.md, from infra/observability/slo.yaml
	go run ./infra/observability/gen

obs-check: ## the same against promtool, amtool and the running program
	go test -count=1 ./infra/observability/...
	go test -count=1 -run DashboardsAndRules ./tests/integration

obs-live: build ## a real Prometheus with these rules scrapes a shop that sells; every expression is asked
	scripts/obs-live.sh

oke-check: ## the manifests of the cluster: rendered and judged
	go test -count=1 ./infra/oke/...

oke-canary: ## one service in another image beside the one that runs, for kubectl apply: SERVICE=order IMAGE=sha256:... OVERLAY=prod-primary
	@kubectl kustomize infra/oke/overlays/$(OVERLAY) | go run ./infra/oke/canary -service "$(SERVICE)" -image "$(IMAGE)"

oke-apiserver: ## the manifests against a real API server on this machine, built from its module (some minutes the first time)
	scripts/apiserver.sh

infra-heavy: oke-apiserver ## the same by OpenTofu, both stacks through their cycle, and Terraform 1.5 as OCI Resource Manager runs it
	TERRAFORM=$$(scripts/install-terraform.sh tofu) scripts/terraform.sh check
	TERRAFORM=$$(scripts/install-terraform.sh tofu) scripts/terraform.sh cycle
	TERRAFORM=$$(scripts/install-terraform.sh 1.5) scripts/terraform.sh together

stack-zip: ## bin/tradewind-stack.zip for OCI Resource Manager: the shop in one region, deployed from the console
	go run ./infra/terraform/console/zip -to bin/tradewind-stack.zip

oke-schemas: ## the schemas that the manifests are held against, from the module k8s.io/kubernetes
	go run ./infra/oke/schemas

oke-params: ## what Terraform made, for the manifests: IMAGE=sha256:... REGISTRY=iad.ocir.io/axexample OKE=output of "terraform output -json oke"
	go run ./infra/oke/params -image "$(IMAGE)" -registry "$(REGISTRY)" <"$(OKE)"

image: ## the image of the embedded shop, without base images: needs Buildah or Docker
	scripts/image.sh

drill: build ## a game day: two regions on this machine, one is lost while it sells, and back
	$(BIN) drill

outage: ## each dependency slow, refusing, resetting and silent for 30 s while shoppers browse and buy; prints what they met
	TRADEWIND_TEST_OUTAGE=30s go test -count=1 -v -timeout 40m -run 'Away' ./tests/integration | grep -v '"level"'

bench: build ## speed of the whole shop against a bare server and raw commits; of Redis, OpenSearch, services and outbox
	scripts/bench.sh

bench-scale: build ## how much slower a shop of a million products and orders is than one of a thousand (takes an hour)
	go build -trimpath -o bin/bench ./tests/bench
	bin/bench scale -bin bin/tradewind -data data/bench-1000000

fuzz: ## every fuzz target for FUZZTIME (10s) each
	scripts/fuzz.sh

lint: ## gofmt, go vet, staticcheck
	scripts/lint.sh

vuln: ## known vulnerabilities of what we use; needs a network
	go run golang.org/x/vuln/cmd/govulncheck@latest ./...

sql-plan: build ## the DDL that a DBA would run on Oracle
	$(BIN) migrate plan

up: ## the shop on Oracle Free in containers; PROFILES="core search observe" for all of it
	scripts/up.sh

down: ## stop these containers; their data stays
	docker compose --profile '*' down

logs: ## what they say
	docker compose --profile '*' logs --follow --tail 100

clean: ## remove what was built, and the demo shop's data
	rm -rf bin $(DATA)
