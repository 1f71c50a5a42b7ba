#!/usr/bin/env bash
# Starts a real API server of Kubernetes on this machine and holds the manifests
# against it. Its programs are built from their modules, some minutes the first time.
set -euo pipefail
cd "$(dirname "$0")/.."
version=v1.33.1
staging=v0.33.1
bin=${XDG_CACHE_HOME:-$HOME/.cache}/tradewind/kubernetes-$version

build() {
	local src module
	src=$(mktemp -d)
	module=$(cd "$src" && go mod download -json "k8s.io/kubernetes@$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
	cp -R "$module/." "$src"
	chmod -R u+w "$src"
	rm -rf "$src/go.work" "$src/go.work.sum" "$src/vendor"
	# The module comes without its own parts, which are modules too.
	sed -i -E "s#(k8s.io/[a-z-]+) => \./staging/src/k8s.io/[a-z-]+#\1 => \1 $staging#" "$src/go.mod"
	mkdir -p "$bin"
	(cd "$src" && GOFLAGS=-mod=mod go build -o "$bin/" ./cmd/kube-apiserver go.etcd.io/etcd/server/v3)
	mv "$bin/server" "$bin/etcd"
	rm -rf "$src"
}

[[ -x $bin/kube-apiserver && -x $bin/etcd ]] || build
dir=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$dir"' EXIT
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
client=http://127.0.0.1:$(port)
peer=http://127.0.0.1:$(port)
secure=$(port)
openssl genrsa -out "$dir/key" 2048 2>/dev/null
token=$(openssl rand -hex 16)
echo "$token,admin,1,system:masters" >"$dir/tokens"
"$bin/etcd" --data-dir "$dir/etcd" --listen-client-urls "$client" --advertise-client-urls "$client" --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" \
	--initial-cluster "default=$peer" >"$dir/etcd.log" 2>&1 &
"$bin/kube-apiserver" --etcd-servers="$client" --bind-address=127.0.0.1 --secure-port="$secure" --cert-dir="$dir/certs" --token-auth-file="$dir/tokens" --authorization-mode=RBAC \
	--service-account-key-file="$dir/key" --service-account-signing-key-file="$dir/key" --service-account-issuer=https://kubernetes.default.svc \
	--service-cluster-ip-range=10.96.0.0/16 --disable-admission-plugins=ServiceAccount >"$dir/api.log" 2>&1 &
for _ in $(seq 60); do
	[[ $(curl -sk -H "Authorization: Bearer $token" "https://127.0.0.1:$secure/readyz" || true) == ok ]] && ready=yes && break
	sleep 1
done
[[ -n ${ready:-} ]] || { tail -5 "$dir/etcd.log" "$dir/api.log"; echo "the API server does not become ready"; exit 1; }
TRADEWIND_TEST_KUBERNETES_URL=https://127.0.0.1:$secure TRADEWIND_TEST_KUBERNETES_TOKEN=$token go test -count=1 -v -run APIServer ./infra/oke
