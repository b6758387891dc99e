#!/usr/bin/env bash
# Usage: base-image.sh TAG
# Makes the image that all others are built on, from Debian's packages: for machines that reach no image registry.
# Where TLS is intercepted, the machine's own certificates go in, so that builds can reach the package registries.
set -euo pipefail

tag=$1
release=bookworm
bundle=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
inside=/etc/ssl/certs/ca-certificates.crt

if [ "$(id -u)" -ne 0 ]; then
  echo "making a base image needs root: run it with sudo, or pull debian:$release-slim on this machine" >&2
  exit 1
fi
bash "$(dirname "$0")/debian-packages.sh" debootstrap:debootstrap

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
log=$folder/debootstrap.log
echo "making $tag from Debian $release (about half a minute)"
if ! debootstrap --variant=minbase --include=ca-certificates "$release" "$folder/root" >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "debootstrap could not make Debian $release: are Debian's packages reachable from here?" >&2
  exit 1
fi

# As the official slim image: no package lists, no manuals, and apt keeps nothing; security updates can be had.
cat >"$folder/root/etc/apt/apt.conf.d/docker-clean" <<'APT'
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::Languages "none";
APT
rm -rf "$folder"/root/var/lib/apt/lists/* "$folder"/root/var/cache/apt/*.bin "$folder"/root/var/log/*
rm -rf "$folder"/root/usr/share/{doc,man,info,locale,lintian}/*
rm -f "$folder"/root/var/cache/apt/archives/*.deb
if [ -f "$bundle" ]; then cp "$bundle" "$folder/root$inside"; fi

tar -C "$folder/root" -c . | docker import \
  --change "ENV SSL_CERT_FILE=$inside PIP_CERT=$inside NODE_EXTRA_CA_CERTS=$inside REQUESTS_CA_BUNDLE=$inside" \
  --change 'CMD ["bash"]' \
  --message "Debian $release by debootstrap" - "$tag" >/dev/null
echo "made $tag"
