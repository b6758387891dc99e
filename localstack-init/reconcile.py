"""Sets what an emulator's CloudFormation skips, read from the template: TTLs, lifecycles, schedules, notifications.

On AWS everything is as wanted already and nothing is called but the reads.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from botocore.exceptions import ClientError


class _TemplateLoader(yaml.SafeLoader):
    """YAML with CloudFormation's short functions, which are kept as plain values."""


_TemplateLoader.add_multi_constructor(
    "!",
    lambda loader, suffix, node: {
        suffix: loader.construct_scalar(node)
        if isinstance(node, yaml.ScalarNode)
        else loader.construct_sequence(node)
        if isinstance(node, yaml.SequenceNode)
        else loader.construct_mapping(node)
    },
)


def reconcile(session: Any, stack: str, template: Path) -> list[str]:
    """Bring TTLs, lifecycles, schedules and notifications to what the template says; returns what was corrected."""
    document = yaml.load(template.read_text(), _TemplateLoader)  # noqa: S506  # a SafeLoader of ours
    cloudformation = session.client("cloudformation")
    given = cloudformation.describe_stacks(StackName=stack)["Stacks"][0].get("Parameters", [])
    parameters = {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in given}
    summaries = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    physical = {
        summary["LogicalResourceId"]: summary["PhysicalResourceId"]
        for page in summaries
        for summary in page["StackResourceSummaries"]
    }
    corrected = []
    for logical, resource in document["Resources"].items():
        properties = resource.get("Properties", {})
        if "TimeToLiveSpecification" in properties and _set_ttl(
            session.client("dynamodb"), physical[logical], properties["TimeToLiveSpecification"]
        ):
            corrected.append(f"{logical} TTL")
        if "LifecycleConfiguration" in properties and _set_lifecycle(
            session.client("s3"), physical[logical], properties["LifecycleConfiguration"]["Rules"]
        ):
            corrected.append(f"{logical} lifecycle")
        if "NotificationConfiguration" in properties:
            wanted = _resolved(properties["NotificationConfiguration"], document.get("Conditions", {}), parameters)
            calls = _calls(session.client("lambda"), physical, wanted or {})
            if _set_notifications(session.client("s3"), physical[logical], calls):
                corrected.append(f"{logical} notifications")
        if resource["Type"] == "AWS::Events::Rule":
            state = _resolved(properties["State"], document.get("Conditions", {}), parameters)
            if _set_rule(session.client("events"), physical[logical], properties["ScheduleExpression"], state):
                corrected.append(f"{logical} schedule")
    return corrected


def _set_ttl(dynamodb: Any, table: str, wanted: dict[str, Any]) -> bool:
    is_now = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if is_now.get("TimeToLiveStatus") in ("ENABLED", "ENABLING"):
        return False
    dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=wanted)
    return True


def _set_lifecycle(s3: Any, bucket: str, wanted: list[dict[str, Any]]) -> bool:
    try:
        is_now = {rule["ID"] for rule in s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]}
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchLifecycleConfiguration":
            raise
        is_now = set()
    if is_now == {rule["Id"] for rule in wanted}:
        return False
    rules = [_as_api(rule) for rule in wanted]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    return True


def _set_rule(events: Any, rule: str, schedule: str, state: str) -> bool:
    is_now = events.describe_rule(Name=rule)
    if (is_now.get("ScheduleExpression"), is_now.get("State")) == (schedule, state):
        return False
    # Its targets stay as they are.
    events.put_rule(Name=rule, ScheduleExpression=schedule, State=state)
    return True


def _calls(functions: Any, physical: dict[str, str], wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """The functions that a bucket calls, as S3's API spells it."""
    calls = []
    for configuration in wanted.get("LambdaConfigurations", ()):
        name = physical[configuration["Function"]["GetAtt"].removesuffix(".Arn")]
        arn = functions.get_function_configuration(FunctionName=name)["FunctionArn"]
        rules = configuration["Filter"]["S3Key"]["Rules"]
        call = {"LambdaFunctionArn": arn, "Events": [configuration["Event"]], "Filter": {"Key": {"FilterRules": rules}}}
        calls.append(call)
    return calls


def _set_notifications(s3: Any, bucket: str, wanted: list[dict[str, Any]]) -> bool:
    def essence(calls: list[dict[str, Any]]) -> list[str]:
        # Each service adds an id of its own, and AWS writes `Prefix`.
        return sorted(
            f"{call['LambdaFunctionArn']} {call['Events']} "
            f"{[(rule['Name'].lower(), rule['Value']) for rule in call['Filter']['Key']['FilterRules']]}"
            for call in calls
        )

    is_now = s3.get_bucket_notification_configuration(Bucket=bucket).get("LambdaFunctionConfigurations", [])
    if essence(is_now) == essence(wanted):
        return False
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": wanted}
    )
    return True


def _resolved(value: Any, conditions: dict[str, Any], parameters: dict[str, str]) -> Any:
    """A value of the template with its references to parameters and conditions carried out."""
    match value:
        case {"If": [condition, then, otherwise]}:
            holds = _resolved(conditions[condition], conditions, parameters)
            return _resolved(then if holds else otherwise, conditions, parameters)
        case {"Equals": [left, right]}:
            return _resolved(left, conditions, parameters) == _resolved(right, conditions, parameters)
        case {"Ref": "AWS::NoValue"}:
            return None
        case {"Ref": parameter}:
            return parameters[parameter]
        case _:
            return value


def _as_api(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule as S3's API spells it: `ID` for `Id`, and a filter where CloudFormation has a prefix or nothing."""
    others = {name: value for name, value in rule.items() if name not in ("Id", "Prefix")}
    return {"ID": rule["Id"], "Filter": {"Prefix": rule.get("Prefix", "")}, **others}
