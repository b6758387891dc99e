"""Creates or updates every AWS resource from template.yaml, on whichever AWS the environment names.

Usage: python localstack-init/deploy.py --code FOLDER [--parameter Name=Value ...]

FOLDER holds the functions' zips, `<function>-<digest>.zip`, as `tickertape.stack.bundle` builds them. Running it again
changes nothing; a run that was cut off is completed. Needs boto3 and PyYAML only, so that an emulator's container can
run it as an init script.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, WaiterError
from reconcile import reconcile

STACK = "tickertape"
TEMPLATE = Path(__file__).with_name("template.yaml")
# States in which CloudFormation takes no update: only deleting the stack gets out of them.
_DEAD_ENDS = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "REVIEW_IN_PROGRESS"}
# How AWS and the emulators say that a change set changes nothing.
_NO_CHANGE = ("didn't contain changes", "No updates are to be performed")

# The template's parameters that are settings of ours.
_VARIABLES = {
    "AverageWindows": "TICKERTAPE_AVERAGE_WINDOWS",
    "Scorer": "TICKERTAPE_SCORER",
    "SearchUrl": "OPENSEARCH_URL",
    "QuotesProvider": "TICKERTAPE_QUOTES_PROVIDER",
    "QuotesSymbols": "TICKERTAPE_SYMBOLS",
    "QuotesUrl": "TICKERTAPE_QUOTES_URL",
    "QuotesDailyRequests": "TICKERTAPE_ALPHAVANTAGE_DAILY_REQUESTS",
    "AlpacaKeyId": "TICKERTAPE_ALPACA_KEY_ID",
    "AlpacaSecret": "TICKERTAPE_ALPACA_SECRET",
    "AlphaVantageKey": "TICKERTAPE_ALPHAVANTAGE_KEY",
}

# As `tickertape.domain.scorers` has them.
_SCORERS = ("textblob", "vader")


class DeployError(Exception):
    """The stack could not be brought to a complete state."""


def main(arguments: list[str]) -> int:
    """Deploy; returns the exit code."""
    options = _options(arguments)
    session = boto3.Session()
    try:
        prefix = options.parameter.get("BucketPrefix", "tickertape")
        code_bucket = f"{prefix}-code"
        keys = upload_code(session.client("s3"), code_bucket, options.code, session.region_name or "us-east-1")
        # Where functions run on another Python than this one, their image says on which.
        runtime = os.environ.get("LAMBDA_SUBPROCESS_RUNTIME") or "python{}.{}".format(*sys.version_info)
        parameters = {"CodeBucket": code_bucket, "LambdaRuntime": runtime} | keys | _settings() | options.parameter
        changed = bring_up(session.client("cloudformation"), parameters)
        corrected = reconcile(session, STACK, TEMPLATE)
    except (ClientError, BotoCoreError, DeployError) as error:
        print(f"deploy: {error}", file=sys.stderr)
        return 1
    print(
        f"deploy: stack {STACK} {'updated' if changed else 'unchanged'}; corrected: {', '.join(corrected) or 'nothing'}"
    )
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--code", type=Path, required=True, help="folder with the functions' zips")
    parser.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE")
    options = parser.parse_args(arguments)
    options.parameter = dict(pair.split("=", 1) for pair in options.parameter)
    return options


def _settings() -> dict[str, str]:
    """The template's parameters that are settings of ours, where they are set.

    Raises:
        DeployError: a setting is wrong.
    """
    given = {name: _setting(variable) for name, variable in _VARIABLES.items()}
    by_lambda = {"QuotesByLambda": "true"} if os.environ.get("TICKERTAPE_QUOTES", "").strip() == "lambda" else {}
    if symbols := given["QuotesSymbols"]:
        given["QuotesSymbols"] = ",".join(part.strip().upper() for part in symbols.split(",") if part.strip())
    if windows := given["AverageWindows"]:
        given["AverageWindows"] = _windows(windows)
    if (scorer := given["Scorer"]) and scorer not in _SCORERS:
        raise DeployError(f"TICKERTAPE_SCORER must be one of {', '.join(_SCORERS)}; it is {scorer!r}")
    # CloudFormation tells nobody a value that may hold a password, so that it cannot be asked whether there is one.
    searched = {"IndexesTweets": "true"} if given["SearchUrl"] else {}
    return {name: value for name, value in given.items() if value} | by_lambda | searched


def _setting(variable: str) -> str:
    """A setting from the environment, else from its file where secrets are files; '' when it is in neither."""
    folder = os.environ.get("TICKERTAPE_SECRETS_DIR")
    file = Path(folder, variable.lower()) if folder else None
    return os.environ.get(variable, "").strip() or (file.read_text().strip() if file and file.is_file() else "")


def _windows(text: str) -> str:
    """Windows as `tickertape.domain.averages` takes them: a function that cannot read them would fail at every bar."""
    windows = [int(part) if part.strip().isdecimal() else 0 for part in text.split(",")]
    if not all(2 <= window <= 500 for window in windows) or len(set(windows)) != len(windows):
        raise DeployError(
            f"TICKERTAPE_AVERAGE_WINDOWS must be different whole numbers from 2 to 500, as 5,20,60; it is {text!r}"
        )
    return ",".join(map(str, windows))


def upload_code(s3: Any, bucket: str, folder: Path, region: str) -> dict[str, str]:
    """Upload the zip of each function; returns the template's parameter for each."""
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        s3.create_bucket(Bucket=bucket, **where)
    except s3.exceptions.BucketAlreadyOwnedByYou:
        pass
    present = {entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", ())}
    keys: dict[str, str] = {}
    for path in sorted(folder.glob("*.zip")):
        function = path.stem.rpartition("-")[0]
        keys["".join(part.capitalize() for part in function.split("_")) + "Code"] = path.name
    for key in set(keys.values()) - present:
        s3.put_object(Bucket=bucket, Key=key, Body=(folder / key).read_bytes())
    if not keys:
        raise DeployError(f"no function's zip in {folder}")
    return keys


def bring_up(cloudformation: Any, parameters: dict[str, str]) -> bool:
    """Create or update the stack; returns whether anything changed."""
    status = _status(cloudformation)
    if status in _DEAD_ENDS:
        cloudformation.delete_stack(StackName=STACK)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})
        status = None
    action = "UPDATE" if status else "CREATE"
    name = f"{STACK}-{action.lower()}"
    if status:
        cloudformation.delete_change_set(StackName=STACK, ChangeSetName=name)
    cloudformation.create_change_set(
        StackName=STACK,
        ChangeSetName=name,
        ChangeSetType=action,
        TemplateBody=TEMPLATE.read_text(),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    )
    if not _has_changes(cloudformation, name):
        return False
    cloudformation.execute_change_set(StackName=STACK, ChangeSetName=name)
    try:
        waiter = cloudformation.get_waiter(f"stack_{action.lower()}_complete")
        waiter.wait(StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 300})
    except WaiterError as error:
        raise DeployError(f"{error}; {_first_failure(cloudformation)}") from error
    return True


def _status(cloudformation: Any) -> str | None:
    try:
        return str(cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"])
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def _has_changes(cloudformation: Any, name: str) -> bool:
    try:
        cloudformation.get_waiter("change_set_create_complete").wait(
            StackName=STACK, ChangeSetName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
        )
    except WaiterError as error:
        change_set = cloudformation.describe_change_set(StackName=STACK, ChangeSetName=name)
        reason = change_set.get("StatusReason", "")
        if any(phrase in reason for phrase in _NO_CHANGE):
            return False
        raise DeployError(f"change set {name}: {reason or error}") from error
    return True


def _first_failure(cloudformation: Any) -> str:
    events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
    failed = [event for event in reversed(events) if event["ResourceStatus"].endswith("_FAILED")]
    if not failed:
        return "no failed resource reported"
    return f"{failed[0]['LogicalResourceId']}: {failed[0].get('ResourceStatusReason', 'no reason given')}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
