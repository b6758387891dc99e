"""Checks what every container of our Compose files has to have: `check_compose.py FILE ...`, as Compose reads them.

No engine is needed: the files are resolved by Compose itself, merges and variables included.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
COMPOSE = REPO / ".venv-docker/bin/docker-compose"
LOCAL = "127.0.0.1"
NO_NEW = "no-new-privileges:true"
SECRETS = ("_KEY", "_TOKEN", "_PASSWORD", "_SECRET", "_KEY_ID")


def resolved(files):
    """The services as Compose resolves them, by name."""
    words = [str(COMPOSE), "--project-directory", str(REPO), "--env-file", os.devnull, "--profile", "*"]
    for file in files:
        words += ["--file", str(REPO / file)]
    done = subprocess.run([*words, "config", "--format", "json"], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(files)}: {done.stderr.strip()}")
    return json.loads(done.stdout)["services"]


# What every service has to have: a test of it, and what to write when it fails.
RULES = (
    (lambda one: one.get("read_only") is True, "its file system can be written: read_only: true"),
    (lambda one: one.get("cap_drop") == ["ALL"], "it keeps capabilities: cap_drop: [ALL]"),
    (lambda one: NO_NEW in one.get("security_opt", []), f"it may gain privileges: security_opt: [{NO_NEW}]"),
    (lambda one: not one.get("privileged"), "it is privileged"),
    (lambda one: "host" not in (one.get("network_mode"), one.get("pid")), "it shares the host's network or processes"),
    (lambda one: not str(one.get("user", "")).startswith(("0", "root")), "it runs as root"),
    (lambda one: one.get("mem_limit") and one.get("cpus"), "it has no limits: mem_limit, cpus"),
    (lambda one: one.get("logging", {}).get("options", {}).get("max-size"), "its log grows without end: max-size"),
    (lambda one: "test" in one.get("healthcheck", {}), "nobody asks for its health: healthcheck"),
    (lambda one: one.get("restart") == "unless-stopped", "it stays down when it ends: restart: unless-stopped"),
    (lambda one: "build" in one or ":" in one["image"], "its image has no version"),
)


def problems(service):
    """What one service lacks, and what it lets out."""
    yield from (message for holds, message in RULES if not holds(service))
    for port in service.get("ports", []):
        if port.get("host_ip") != LOCAL:
            yield f"port {port['published']} is open to other machines"
    for volume in service.get("volumes", []):
        if volume["type"] == "bind" and not volume.get("read_only"):
            yield f"it may write to this machine's {volume['source']}"
        if "docker.sock" in volume.get("source", ""):
            yield "it has Docker's socket, and so the whole machine"
    for name, value in service.get("environment", {}).items():
        # LocalStack takes any credentials; these are nobody's.
        if name.endswith(SECRETS) and value not in ("", "test"):
            yield f"{name} is a secret in the environment, which `docker inspect` shows: make it a file"


def main():
    """Print what is wrong; returns the exit code."""
    files = sys.argv[1:]
    found = [f"{name}: {problem}" for name, service in resolved(files).items() for problem in problems(service)]
    print("\n".join(found) or f"{' + '.join(files)}: every container is hardened")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
