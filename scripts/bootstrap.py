"""Makes the three environments from the locked requirements: `python3 scripts/bootstrap.py`, which `make up` calls.

Nothing is done while the locks are unchanged, and one that was cut off is completed by the next call. Needs nothing but
Python itself, and says so in any Python 3.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
LOCKS = REPO / "requirements"
OLDEST = (3, 11)
# Environment, its lock, what it is for, and about how much it takes.
ENVIRONMENTS = (
    (".venv", "dev.txt", "the project, Spark and the tools", "1.4 GB"),
    (".venv-ministack", "ministack.txt", "MiniStack, the AWS of this machine", "70 MB"),
    (".venv-docker", "docker.txt", "Compose, and the check of Dockerfiles", "60 MB"),
    (".venv-stores", "stores.txt", "Redis, the Mongo-compatible server and the search", "95 MB"),
)
# Made only when asked for by name: `python3 scripts/bootstrap.py bench`.
OPTIONAL = {"bench": (".venv-bench", "bench.txt", "what benchmarks compare with", "250 MB")}
# Compiled when somebody reads them, if ever.
SELDOM_READ = r"/(tests?|pip|setuptools|debugpy|IPython|nltk|mypyc?|plotly/graph_objs|pygments/lexers)/"
STAMP = ".tickertape-lock"
PROJECT_STAMP = ".tickertape-project"


def main():
    """Bring every environment up to date; returns the exit code."""
    if sys.version_info < OLDEST:
        return complain("Python 3.11 or later is needed, this is {}.{}".format(*sys.version_info[:2]))
    try:
        import ensurepip  # noqa: F401, PLC0415
    except ImportError:
        return complain("this Python cannot make environments: on Debian and Ubuntu `apt-get install python3-venv`")
    try:
        for folder, lock, purpose, size in (*ENVIRONMENTS, *(OPTIONAL[name] for name in sys.argv[1:])):
            bring_up_to_date(REPO / folder, LOCKS / lock, purpose, size)
        install_project(REPO / ".venv")
    except subprocess.CalledProcessError as error:
        command = " ".join(map(str, error.cmd))
        return complain(f"this failed with {error.returncode}: {command}\nrun `make up` again to go on from here")
    except KeyboardInterrupt:
        return complain("interrupted: run it again to go on from here")
    return 0


def bring_up_to_date(folder, lock, purpose, size):
    """Make one environment hold exactly what its lock says."""
    # With its place: the programs of an environment that was moved look for their Python at the old one.
    wanted = f"{folder}\n{digest(lock, LOCKS / 'bootstrap.txt')}\n"
    stamp = folder / STAMP
    known = read(stamp)
    usable = is_usable(folder) and (not known or known.startswith(f"{folder}\n"))
    if usable and known == wanted:
        return
    print(f"{folder.name}: installing {purpose} (about {size})", flush=True)
    # Away until it is done: an environment without its stamp is not trusted.
    stamp.unlink(missing_ok=True)
    if not usable:
        run(sys.executable, "-m", "venv", "--clear", folder)
    (folder / PROJECT_STAMP).unlink(missing_ok=True)
    run(uv(), "pip", "sync", "--require-hashes", "--python", folder / "bin/python", lock)
    compile_packages(folder)
    stamp.write_text(wanted, encoding="utf-8")


def compile_packages(folder):
    """Compile an environment's packages, once.

    Each of the many short processes of a stack would do it anew where Python does not write down what it compiled
    (PYTHONDONTWRITEBYTECODE), which takes twice as long as their work.
    """
    packages = ("-x", SELDOM_READ, folder / "lib")
    # A template that is no Python fails, and is never imported.
    run(folder / "bin/python", "-m", "compileall", "-qq", "-j", "0", *packages, check=False)


def install_project(folder):
    """Install the project itself, in place, so that its command exists."""
    # Where the checkout is counts too: an environment that moved with it points to the old place.
    wanted = digest(REPO / "pyproject.toml", salt=str(REPO))
    stamp = folder / PROJECT_STAMP
    if read(stamp) == wanted and (folder / "bin/tickertape").exists():
        return
    print("installing tickertape itself, in place", flush=True)
    place = ("--python", folder / "bin/python")
    run(uv(), "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", *place, "--editable", REPO)
    stamp.write_text(wanted, encoding="utf-8")


def uv():
    """The installer, in the project's environment; installed by pip, with its hash, when it is not there."""
    program = REPO / ".venv/bin/uv"
    wanted = digest(LOCKS / "bootstrap.txt")
    stamp = REPO / ".venv/.tickertape-uv"
    if read(stamp) != wanted or not shutil.which(str(program)):
        python = REPO / ".venv/bin/python"
        run(python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", LOCKS / "bootstrap.txt")
        stamp.write_text(wanted, encoding="utf-8")
    return program


def is_usable(folder):
    """Whether the environment is there, whole, of this Python's version and for this place."""
    python = folder / "bin/python"
    probe = "import sys, pip; print(*sys.version_info[:2], sys.prefix)"
    try:
        said = subprocess.run([python, "-c", probe], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    except OSError:
        return False
    version = " ".join(map(str, sys.version_info[:2]))
    return said.returncode == 0 and said.stdout.decode().strip() == f"{version} {folder}"


def run(*command, check=True):
    """Run a command; what it says is seen."""
    environ = dict(os.environ, UV_PYTHON_DOWNLOADS="never")
    # Who told pip of a mirror means uv too.
    if environ.get("PIP_INDEX_URL"):
        environ.setdefault("UV_DEFAULT_INDEX", environ["PIP_INDEX_URL"])
    subprocess.run([str(word) for word in command], check=check, env=environ, cwd=REPO)


def digest(*files, salt=""):
    """A digest of this Python's version and some files' contents."""
    content = hashlib.sha256(repr((tuple(sys.version_info[:2]), salt)).encode())
    for file in files:
        content.update(file.read_bytes())
    return content.hexdigest()


def read(file):
    """A file's text, or '' when it is not there."""
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def complain(message):
    """Say what is wrong; returns the exit code for it."""
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
