#!/bin/sh
# Usage: install-packages LOCK
# Makes /opt/venv have just what a lock says, and takes away what no service reads.
set -eu
[ -d "$VIRTUAL_ENV" ] || python3 -m venv --without-pip "$VIRTUAL_ENV"
/opt/installer/bin/uv pip sync --quiet --require-hashes --python "$VIRTUAL_ENV/bin/python" "$1"
cd "$VIRTUAL_ENV"/lib/python3*/site-packages

# Packages' own tests, and what compiles or type-checks against them.
find . -type d \( -name tests -o -name test -o -path ./numpy/_core/include \) -prune -exec rm -rf {} +
# scipy loads all that numpy names.
[ -d scipy ] || rm -rf numpy/f2py
find . -type f \( -name '*.pyi' -o -name '*.pxd' -o -name '*.a' \) -delete

# The clients of AWS that the code makes, and what they need to sign and find an endpoint.
if [ -d botocore/data ]; then
  keep=' cloudformation dynamodb events firehose glue kinesis lambda logs s3 sts '
  for folder in botocore/data/*/; do
    name=$(basename "$folder")
    case "$keep" in *" $name "*) ;; *) rm -rf "$folder" ;; esac
  done
fi

# Symbols for debuggers: 32 MB of 38 in curl_cffi. (Not numpy's: what auditwheel has patched must stay as it is.)
for folder in curl_cffi yaml bson pymongo; do
  [ ! -d "$folder" ] || find "$folder" -name '*.so' -exec strip --strip-unneeded {} +
done

# What a page in a browser does not read: source maps, and where they would be; builds for developers, and notebooks' parts.
find . -type f \( -path './dash*' -o -path './plotly/*' \) \( -name '*.js.map' -o -name '*.dev.js' \) -delete
find . -type f -path './dash*' -name '*.js' -exec sed -i 's,//# sourceMappingURL=[A-Za-z0-9_.-]*[.]map$,,' {} +
rm -rf plotly/labextension plotly/package_data/widgetbundle.js dash_ag_grid/async-enterprise.js "$VIRTUAL_ENV/share/jupyter"
# A chart reads a few of plotly's thousands of classes: compiled when they are read.
find ./plotly/graph_objs -mindepth 2 -name '*.pyc' -delete 2>/dev/null || true
