"""The functions that contracts watch: each writes down what it was given, in S3, and then does what its name says."""

from __future__ import annotations

import io
import zipfile

# Path-style addresses are understood by AWS and by every emulator.
_WITNESS = """
import base64, json, os, time, uuid
import boto3
from botocore.config import Config

s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))

def witness(what):
    key = f"{os.environ['WITNESS']}/{time.time_ns():020d}-{uuid.uuid4().hex}"
    s3.put_object(Bucket=os.environ["WITNESS_BUCKET"], Key=key, Body=json.dumps(what).encode())

def text(record):
    return base64.b64decode(record["kinesis"]["data"]).decode()
"""

WRITES_DOWN = (
    _WITNESS
    + """
def handle(event, context):
    witness(event)
"""
)

RAISES_ON_POISON = (
    _WITNESS
    + """
def handle(event, context):
    witness(event)
    if any("poison" in text(record) for record in event["Records"]):
        raise ValueError("poison")
"""
)

REPORTS_FAILURES = (
    _WITNESS
    + """
def handle(event, context):
    witness(event)
    failed = [record for record in event["Records"] if "bad" in text(record)]
    return {"batchItemFailures": [{"itemIdentifier": record["kinesis"]["sequenceNumber"]} for record in failed]}
"""
)

# The record says which result it wants; an emulator whose records have no id gets one back all the same.
TRANSFORMS = (
    _WITNESS
    + """
def handle(event, context):
    witness(event)
    records = []
    for record in event["records"]:
        line = base64.b64decode(record["data"]).decode()
        result = json.loads(line.splitlines()[0])["result"]
        data = base64.b64encode(line.replace("before", "after").encode()).decode()
        records.append({"recordId": record.get("recordId", "0"), "result": result, "data": data})
    return {"records": records}
"""
)

RAISES = (
    _WITNESS
    + """
def handle(event, context):
    witness(event)
    raise ValueError("this transform always fails")
"""
)


def zipped(source: str) -> bytes:
    """A function's package: one file, `handler.py`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("handler.py", source)
    return buffer.getvalue()
