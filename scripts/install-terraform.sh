#!/usr/bin/env bash
# Builds OpenTofu from its module where there is no terraform or tofu on the path,
# or where "tofu" is asked for: some minutes, once. With "1.5" it builds the
# Terraform that OCI Resource Manager runs. Prints the program.
set -euo pipefail
bin=${XDG_CACHE_HOME:-$HOME/.cache}/tradewind/terraform/bin
opentofu=v1.12.6
resource_manager=v1.5.7

build_tofu() {
	[ -x "$bin/tofu-$opentofu" ] && return
	local src module
	src=$(mktemp -d)
	# Not by `go install`: the module has replace directives.
	module=$(cd "$src" && go mod download -json "github.com/opentofu/opentofu@$opentofu" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
	cp -R "$module/." "$src"
	chmod -R u+w "$src"
	(cd "$src" && go build -o "$bin/tofu-$opentofu" ./cmd/tofu)
	rm -rf "$src"
}

mkdir -p "$bin"
case ${1:-} in
tofu)
	build_tofu >&2
	echo "$bin/tofu-$opentofu"
	;;
1.5)
	if [ ! -x "$bin/terraform-$resource_manager" ]; then
		GOBIN=$bin/new go install "github.com/hashicorp/terraform@$resource_manager" >&2
		mv "$bin/new/terraform" "$bin/terraform-$resource_manager"
	fi
	echo "$bin/terraform-$resource_manager"
	;;
*)
	command -v terraform || command -v tofu || { build_tofu >&2 && echo "$bin/tofu-$opentofu"; }
	;;
esac
