#!/usr/bin/env bash
# Makes the lock of one version: ci/toolchain/lock.sh etcd 3.6.16 [FOLDER]
# FOLDER is ci/toolchain/<product>-<family> unless given. Needs Go and a module proxy; builds nothing.
# Afterwards set the version in versions.json, run the tests, and commit both.
set -euo pipefail

product=${1:?product, as etcd} version=${2:?version, as 3.6.16}
here=$(cd "$(dirname "$0")" && pwd)
family=${version%.*}
folder=${3:-$here/$product-$family}
# Of the product itself and of those that are built from the same lock.
readarray -t packages < <(node -p "
  const { products } = require('$here/versions.json');
  const isOfLock = ({ lock }) => lock === '$product-$family';
  Object.entries(products)
    .filter(([name, { families }]) => name === '$product' || families.some(isOfLock))
    .flatMap(([, { tools }]) => tools.map((tool) => tool.package))
    .join('\n')")

mkdir -p "$folder"
cd "$folder"
rm -f go.mod go.sum
export GOWORK=off
go mod init "kubedrill/toolchain/$product-$family" 2>/dev/null
go mod edit -go=1.24.0 # The first with tools in go.mod; the modules raise it to what they need.

# Kubernetes requires its own libraries at v0.0.0, which only its repository can resolve;
# they are published as v0.<minor>.<patch>.
libraries=()
if [[ $product == kubernetes ]]; then
  gomod=$(go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
  while read -r library; do
    libraries+=("-require=$library@v0.${version#*.}")
  done < <(awk '$1 ~ /^k8s\.io\// && $2 == "v0.0.0" {print $1}' "$gomod")
  go mod edit "-require=k8s.io/kubernetes@v$version" "${libraries[@]}"
fi

go get -tool "${packages[@]/%/@v$version}"
go mod tidy
go mod verify
echo "lock: $folder has $(wc -l <go.sum) sums; go $(sed -n 's/^go //p' go.mod) is needed"
