"""The batch as a job of AWS Glue: job arguments instead of an environment, then the same run as everywhere.

`spark/glue.py --JOB_NAME batch --REDIS_URL redis://… --TICKERTAPE_TOP_TICKERS 500`; see docs/aws.md.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from spark import workflow

_JOB_NAME = "JOB_NAME"
# Everything else is Glue's own, such as --JOB_RUN_ID and --TempDir.
_OURS = ("TICKERTAPE_", "AWS_ENDPOINT_URL", "AWS_REGION", "REDIS_URL")
_USAGE = "--JOB_NAME NAME and settings as --TICKERTAPE_… VALUE were expected"


class BadArguments(ValueError):
    """The job was started in another way than Glue starts jobs."""


def settings_of(arguments: Sequence[str]) -> dict[str, str]:
    """The settings among a job's arguments, as an environment has them.

    >>> settings_of(["--JOB_NAME", "batch", "--TempDir", "s3://x", "--TICKERTAPE_SPAM_COPIES=5"])
    {'TICKERTAPE_SPAM_COPIES': '5'}

    Raises:
        BadArguments: the job's name is missing, or a value.
    """
    given = _pairs(arguments)
    if not given.get(_JOB_NAME):
        raise BadArguments(f"{_USAGE}: there is no name")
    return {name: value for name, value in given.items() if name.startswith(_OURS)}


def _pairs(arguments: Sequence[str]) -> Mapping[str, str]:
    pairs: dict[str, str] = {}
    name = ""
    for word in arguments:
        if word.startswith("--"):
            # Some of Glue's own are switches without a value.
            name, _, value = word[2:].partition("=")
            pairs[name] = value
        elif name:
            pairs[name] = word
        else:
            raise BadArguments(f"{_USAGE}: {word!r} came first")
    missing = sorted(name for name, value in pairs.items() if name.startswith(_OURS) and not value)
    if missing:
        raise BadArguments(f"{_USAGE}: {', '.join(missing)} has no value")
    return pairs


def main() -> int:
    """Make one run; returns the exit code."""
    try:
        os.environ.update(settings_of(sys.argv[1:]))
    except BadArguments as error:
        print(error, file=sys.stderr)
        return 2
    return workflow.main(["run"])


if __name__ == "__main__":
    sys.exit(main())
