"""The AWS resources: deployed again nothing changes, and a part that is missing is made good."""

from __future__ import annotations

import subprocess
import sys

import boto3
import pytest

from tests.integration.conftest import REPO, Stack

pytestmark = pytest.mark.integration


def deploy(stack: Stack) -> str:
    command = [sys.executable, str(REPO / "localstack-init" / "deploy.py"), "--code", str(stack.home / "build")]
    done = subprocess.run(command, env=stack.aws(), capture_output=True, text=True, check=False, timeout=120)
    assert 0 == done.returncode, done.stderr
    return done.stdout.strip()


def test_deploying_again_changes_nothing(stack: Stack) -> None:
    """The second run of the deployment finds everything as it should be."""
    assert "deploy: stack tickertape unchanged; corrected: nothing" == deploy(stack)


def test_what_the_emulator_skipped_or_lost_is_set_again(stack: Stack) -> None:
    """A lifecycle that is gone is set from the template; the next run finds it there."""
    s3 = boto3.client(
        "s3",
        endpoint_url=stack.aws()["AWS_ENDPOINT_URL"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    )
    s3.delete_bucket_lifecycle(Bucket="tickertape-backups")
    assert "corrected: BackupsBucket lifecycle" in deploy(stack)
    assert "corrected: nothing" in deploy(stack)
