#!/bin/sh
# LocalStack runs this once it answers. The functions' zips are built beforehand and mounted.
set -eu
code=${TICKERTAPE_CODE_DIR:-/etc/localstack/code}
if ! ls "$code"/*.zip >/dev/null 2>&1; then
  echo "deploy: no function's zip in $code: build them (tickertape up does) and mount their folder there" >&2
  exit 1
fi
exec python3 "$(dirname "$0")/../deploy.py" --code "$code"
