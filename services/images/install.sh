#!/bin/sh
# Usage: install-packages LOCK
# Makes /opt/venv have just what a lock says, and takes away what no service reads: packages' own tests, and AWS' other services.
set -eu
[ -d "$VIRTUAL_ENV" ] || python3 -m venv --without-pip "$VIRTUAL_ENV"
/opt/installer/bin/uv pip sync --quiet --require-hashes --python "$VIRTUAL_ENV/bin/python" "$1"
cd "$VIRTUAL_ENV"/lib/python3*/site-packages
find . -type d \( -name tests -o -name test \) -prune -exec rm -rf {} +
if [ -d botocore/data ]; then
  # The clients that the code makes, and what they need to sign and find an endpoint.
  keep=' cloudformation dynamodb events firehose glue kinesis lambda logs s3 sts '
  for folder in botocore/data/*/; do
    name=$(basename "$folder")
    case "$keep" in *" $name "*) ;; *) rm -rf "$folder" ;; esac
  done
fi
