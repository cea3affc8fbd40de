#!/usr/bin/env bash
# Installs what building and testing need and is missing. Safe to repeat; asks apt only if something
# is not there.
#   scripts/setup.sh build    the compiler and the libraries
#   scripts/setup.sh examples also what the examples use
#   scripts/setup.sh test     also what the tests use
set -euo pipefail

build="gcc libc6-dev make pkg-config libuv1-dev libhttp-parser-dev librocksdb-dev libssl-dev libpcre2-dev
  libcurl4-openssl-dev libsmartcols-dev libzip-dev libxml2-dev libyaml-dev python3"
examples="awscli python3-boto3 nodejs npm curl"
test="libcriterion-dev clang clang-format clang-tidy libclang-rt-dev chromium fonts-dejavu-core $examples"

wanted=$build projects=
case ${1:-build} in
examples) wanted="$build $examples" projects=examples ;;
test) wanted="$build $test" projects="examples tests/javascript tests/jsonata tests/schema" ;;
esac

missing=
for package in $wanted; do
    # A program that is there by other means (a newer node, say) is as good as the package.
    case $package in
    nodejs) command -v node >/dev/null && continue ;;
    python3) command -v python3 >/dev/null && continue ;;
    npm | curl | clang | clang-format | clang-tidy | gcc | make) command -v "$package" >/dev/null && continue ;;
    esac
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done

if [ -n "$missing" ]; then
    echo "installing:$missing"
    sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

for project in $projects; do
    [ -f "$project/package-lock.json" ] || continue
    [ "$project/node_modules/.package-lock.json" -nt "$project/package-lock.json" ] && continue
    command -v npm >/dev/null || { echo "npm is needed for $project" >&2; exit 1; }
    (cd "$project" && npm ci --silent --no-audit --no-fund)
    touch "$project/node_modules/.package-lock.json"
done
