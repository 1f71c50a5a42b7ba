#!/usr/bin/env bash
# Builds the image of the embedded shop from a program that is built here, with
# no base image and no registry: stage "embedded" of the Dockerfile, with a
# folder in place of stage "build". Takes Buildah, else Docker.
#   scripts/image.sh [NAME]   NAME is tradewind:embedded unless given
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:-tradewind:embedded}
authorities=''
for file in "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
	[ -n "$file" ] && [ -s "$file" ] && { authorities=$file; break; }
done
[ -n "$authorities" ] || { echo "no file with the authorities of TLS was found; install ca-certificates, or name it in SSL_CERT_FILE" >&2; exit 1; }

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
mkdir -p "$context/out" "$context/etc/pki/ca-trust/extracted/pem"
mkdir -m 700 "$context/out/data"
cp "$authorities" "$context/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"
CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$context/out/embedded" ./cmd/tradewind
sed -n '/^FROM scratch AS embedded$/,/^FROM oraclelinux/p' infra/docker/Dockerfile | sed -e '/^FROM oraclelinux/d' -e 's/^COPY --from=build /COPY /' >"$context/Dockerfile"
if command -v buildah >/dev/null; then
	buildah build --isolation chroot --format docker -t "$name" "$context"
elif command -v docker >/dev/null; then
	docker build -t "$name" "$context"
else
	echo "there is neither buildah nor docker; on Debian: apt-get install buildah" >&2
	exit 1
fi
