#!/usr/bin/env bash
# scripts/terraform.sh check   every module and stack: formatted, valid, its tests pass; what did not change since it
#                              passed is left out
# scripts/terraform.sh plan    plans every environment, for infra/terraform/policy: prints the folder with the plans as JSON
# scripts/terraform.sh cycle   applies, plans again and destroys, with the stand-in for the provider: nothing is made anywhere
# scripts/terraform.sh together  plans what OCI Resource Manager is given: TERRAFORM is the Terraform 1.5 that it runs
# scripts/terraform.sh env     prints the variables that make terraform use what it needs without a network
# Exits with 3, and the reason, where there is neither Terraform nor OpenTofu, or no provider.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tf=${TERRAFORM:-$(command -v terraform || command -v tofu || ls "${XDG_CACHE_HOME:-$HOME/.cache}"/tradewind/terraform/bin/tofu-* 2>/dev/null | tail -1 || true)} # scripts/install-terraform.sh
offline=../shared/tools/terraform-offline/setup.sh
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tradewind/terraform
export TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1

fail() { echo "$1" >&2; exit 3; }

ready() {
  [[ -n $tf ]] || fail "no terraform or tofu on the path; scripts/install-terraform.sh builds one"
  if [[ -x $offline ]]; then
    eval "$("$offline" "$cache/offline")"
  else
    unset TF_CLI_CONFIG_FILE
    curl -sf --max-time 10 -o /dev/null https://registry.terraform.io/.well-known/terraform.json || fail "the provider oracle/oci cannot be had: no registry answers"
    mkdir -p "$cache/plugins"
    export TF_PLUGIN_CACHE_DIR=$cache/plugins
  fi
}

# unguarded copies everything to a folder, without what keeps Terraform from destroying: tests do, each time.
unguarded() {
  mkdir -p "$1"
  rm -rf "$1/infra/terraform"
  mkdir -p "$1/infra"
  cp -R infra/terraform "$1/infra/terraform"
  find "$1/infra/terraform" -name '*.tf' -exec sed -i '/^ *prevent_destroy *= true/d' {} +
}

# folders lists what can be initialised, modules first.
folders() { find infra/terraform/modules infra/terraform/stacks -mindepth 1 -maxdepth 1 -type d 2>/dev/null | sort; }

# alike compares what every module has in common.
alike() {
  local m f bad=0
  for m in infra/terraform/modules/*; do
    for f in common.tf versions.tf tests/common.tftest.hcl; do
      cmp -s "infra/terraform/modules/network/$f" "$m/$f" || { echo "$m/$f differs from that of the other modules"; bad=1; }
    done
  done
  return $bad
}

# console puts together, in a copy, what OCI Resource Manager is given.
console() {
  rm -rf "$1/infra/terraform/together"
  go run ./infra/terraform/console/zip -from "$1/infra/terraform" -to "$1/infra/terraform/together"
  cp -R "$1/infra/terraform/console/tests" "$1/infra/terraform/together/tests"
}

# stamp names the state of a folder, of what it uses, and of the tools.
stamp() {
  local of=("$1")
  [[ $1 != *stacks* ]] || of+=(infra/terraform/modules)
  [[ $1 != *together ]] || of=(infra/terraform/modules infra/terraform/stacks infra/terraform/console)
  { find "${of[@]}" \( -name '*.tf' -o -name '*.tf.json' -o -name '*.hcl' \) -print0 | sort -z | xargs -0 cat
    "$tf" version
    cat scripts/terraform.sh "${OCI_SCHEMA_JSON:-/dev/null}"; } | sha256sum | cut -c1-20
}

one() {
  local name=${1#infra/terraform/} mark out
  mark=$cache/passed/$(stamp "$1")
  if [[ -e $mark ]]; then echo "unchanged $name"; return; fi
  out=$(mktemp)
  export TF_DATA_DIR=$cache/data/$name
  mkdir -p "$TF_DATA_DIR" "$cache/passed"
  if (cd "$cache/copy/$1" && "$tf" init -backend=false -input=false -no-color && "$tf" validate -no-color && "$tf" test -no-color) >"$out" 2>&1; then
    echo "ok        $name: $(grep -oE '[0-9]+ passed' "$out" | tail -1)"
    touch "$mark"
  else
    cat "$out"
    echo "FAILED    $name"
    return 1
  fi
  rm -f "$out"
}

# plan writes the plan of a stack with an environment's variables as JSON.
plan() {
  local stack=$1 vars=$2 to log
  to=$cache/plans/$(basename "$(dirname "$2")")-$(basename "$2")
  shift 2
  export TF_DATA_DIR=$cache/data/plans/$stack
  log=$(mktemp)
  if ! (cd "$cache/offline/infra/terraform/$stack" && "$tf" init -backend=false -input=false -no-color &&
    "$tf" plan -input=false -lock=false -no-color -out="$to.plan" -var-file="$cache/offline/infra/terraform/$vars.tfvars" "$@" &&
    "$tf" show -json "$to.plan" >"$to.json") >"$log" 2>&1; then
    grep -A12 Error "$log" || cat "$log"
    echo "FAILED    $vars"
    return 1
  fi
  rm -f "$log"
}

# cycle applies a stack without a cloud, plans again, which must find nothing to do, and destroys it.
cycle() {
  local stack=$1 vars=$2 dir state code=0
  shift 2
  dir=$cache/offline/infra/terraform/$stack
  state=$(mktemp -d)/state
  export TF_DATA_DIR=$cache/data/plans/$stack
  local args=(-input=false -no-color -state="$state" -lock=false -var-file="$cache/offline/infra/terraform/$vars.tfvars" "$@")
  (
    cd "$dir"
    "$tf" init -backend=false -input=false -no-color >/dev/null
    "$tf" apply -auto-approve "${args[@]}" | grep -E "^Apply complete|Error"
    "$tf" plan -detailed-exitcode "${args[@]}" >"$state.again" || code=$?
    if [[ $code != 0 ]]; then
      grep -E '^ +[#~+-]|Error' "$state.again" | head -40
      echo "FAILED    $vars: a plan after the apply wants changes"
      exit 1
    fi
    "$tf" destroy -auto-approve "${args[@]}" >"$state.gone" || { tail -30 "$state.gone"; exit 1; }
    [[ -z $("$tf" state list -state="$state") ]] || { echo "FAILED    $vars: the destroy left something"; exit 1; }
    echo "ok        $vars: applied, nothing to change, destroyed"
  )
}

offline_only() { [[ -n ${OCI_SCHEMA_JSON:-} ]] || fail "there is no stand-in for the provider, and this must not touch a cloud"; }

# offline is the copy that needs no cloud.
offline() {
  unguarded "$cache/offline"
  cp -R infra/terraform/policy/offline/. "$cache/offline/infra/terraform/"
  # The stand-in's OCIDs do not name what they are of.
  find "$cache/offline/infra/terraform" -name '*.tf' -exec sed -i -E 's/(ocid1\\\\\.)(\([a-z|-]+\)|[a-z-]+)(\\\\\.)/\1[a-z-]+\3/g' {} +
  console "$cache/offline"
}

in_tenancy=(-var tenancy_id=ocid1.tenancy.oc1..aaaa -var parent_compartment_id=ocid1.tenancy.oc1..aaaa)
in_shop=(-var tenancy_id=ocid1.tenancy.oc1..aaaa -var compartment_id=ocid1.compartment.oc1..shop)

plans() {
  offline
  rm -rf "$cache/plans"
  mkdir -p "$cache/plans"
  local e
  for e in dev staging prod; do plan stacks/global environments/$e/global "${in_tenancy[@]}"; done
  for e in dev/region staging/region prod/primary prod/standby; do plan stacks/region environments/$e "${in_shop[@]}"; done
  for e in free standard; do plan together environments/console/$e; done
}

case ${1:-} in
plan)
  ready
  plans >&2
  echo "$cache/plans"
  ;;
cycle)
  ready
  offline_only
  offline
  cycle stacks/global environments/prod/global "${in_tenancy[@]}"
  for e in prod/primary prod/standby dev/region; do cycle stacks/region environments/$e "${in_shop[@]}"; done
  cycle together environments/console/standard
  ;;
check)
  ready
  "$tf" fmt -check -diff -recursive infra/terraform || { echo "not formatted: run $tf fmt -recursive infra/terraform"; exit 1; }
  alike
  unguarded "$cache/copy"
  console "$cache/copy"
  { folders; echo infra/terraform/together; } | xargs -P "$(nproc)" -I{} scripts/terraform.sh one {}
  ;;
together)
  ready
  offline_only
  offline
  mkdir -p "$cache/plans"
  for e in free standard; do plan together environments/console/$e && echo "ok        $("$tf" version | head -1): environments/console/$e"; done
  ;;
one) # a folder, for check
  ready
  one "$2"
  ;;
env)
  ready
  for v in TF_CLI_CONFIG_FILE OCI_SCHEMA_JSON TF_PLUGIN_CACHE_DIR; do [[ -z ${!v:-} ]] || echo "export $v='${!v}'"; done
  ;;
*)
  sed -n '2,8p' scripts/terraform.sh >&2
  exit 2
  ;;
esac
