#!/bin/sh
# Usage: install-localstack LOCK
# Makes LocalStack's environment from a lock, what it would otherwise make at its first start, and the folder of the
# packages that AWS gives a Python function.
set -eu
python3 -m venv --without-pip "$VIRTUAL_ENV"
/opt/installer/bin/uv pip sync --quiet --require-hashes --python "$VIRTUAL_ENV/bin/python" "$1"
packages=$(echo "$VIRTUAL_ENV"/lib/python3*/site-packages)
# Amazon's Java library, for streams that a Firehose reads: there is no Java here.
rm -rf "$packages/amazon_kclpy/jars"

# It subscripts a class that Python 3.11 cannot subscript yet, in annotations only.
sed -i '1i from __future__ import annotations' "$packages/localstack/packages/api.py"
"$VIRTUAL_ENV/bin/python" -m compileall -q "$packages/localstack/packages/api.py"

# The index of AWS' services. Without it each start reads all of their descriptions: 10 s and 500 MB.
mkdir -p /usr/lib/localstack
OVERRIDE_IN_DOCKER=1 "$VIRTUAL_ENV/bin/python" -m localstack.aws.spec

# A function sees these and nothing else of LocalStack's. They are pure Python, so links will do.
mkdir -p /opt/tickertape/lambda-packages
for name in boto3 botocore s3transfer jmespath urllib3 dateutil six.py; do
  ln -s "$packages/$name" /opt/tickertape/lambda-packages/
done
