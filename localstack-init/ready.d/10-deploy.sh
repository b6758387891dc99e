#!/bin/sh
# LocalStack runs this once it answers. The functions' zips are built beforehand and mounted beside this folder.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
exec python3 "$here/deploy.py" --code "${TICKERTAPE_CODE_DIR:-$here/code}"
