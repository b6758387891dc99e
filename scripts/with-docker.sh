#!/usr/bin/env bash
# Usage: with-docker.sh COMMAND ...
# Runs a command with a Docker engine: the one that answers, else one that is installed (Debian, root) and started for
# this command, and stopped after it.
set -euo pipefail

answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

if answers; then exec "$@"; fi
bash "$(dirname "$0")/debian-packages.sh" dockerd:docker.io iptables:iptables
if [ "$(id -u)" -ne 0 ]; then
  echo "no Docker engine answers: start it (systemctl start docker), or run this as root" >&2
  exit 1
fi

log=$(mktemp -t dockerd.XXXXXX.log)
# A session of its own: an interrupt of the command must not take the engine away before its containers are removed.
setsid dockerd >"$log" 2>&1 &
engine=$!
stop() {
  kill "$engine" 2>/dev/null || true
  wait "$engine" 2>/dev/null || true
}
trap stop EXIT
echo "no Docker engine answered: started one (log: $log)"
for _ in $(seq 300); do
  if answers; then
    status=0
    "$@" || status=$?
    exit "$status"
  fi
  kill -0 "$engine" 2>/dev/null || break
  sleep 0.2
done
echo "the Docker engine did not start:" >&2
tail -n 20 "$log" >&2
exit 1
