#!/usr/bin/env bash
# Locks every environment and every image with hashes: what is locked stays as it is, `lock.sh --upgrade` renews it.
# Lock files name no package index, so that each machine uses its own.
set -euo pipefail
cd "$(dirname "$0")/.."

lock() { # lock OUTPUT SOURCE...
  local output=$1
  shift
  echo "locking $output"
  .venv/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 \
    "${upgrade[@]}" --output-file "$output" "$@"
}
upgrade=("$@")

lock requirements/dev.txt pyproject.toml --all-extras
for name in bench bootstrap docker ministack stores; do
  lock "requirements/$name.txt" "requirements/$name.in"
done
# An image has what its deployable needs, in the versions that the tests ran with.
upgrade=()
of_image=(--constraint requirements/dev.txt --excludes requirements/images/without.in)
for name in twitter stocks manager backup analysis dashboard spark; do
  lock "requirements/images/$name.txt" pyproject.toml --extra "$name" "${of_image[@]}"
done
lock requirements/images/eventlog.txt pyproject.toml "${of_image[@]}"
lock requirements/images/mongo.txt requirements/images/mongo.in --constraint requirements/stores.txt
lock requirements/images/opensearch.txt requirements/images/opensearch.in --constraint requirements/stores.txt
lock requirements/images/localstack.txt requirements/images/localstack.in --excludes requirements/images/localstack-without.in
lock requirements/images/localstack-build.txt requirements/images/localstack-build.in
