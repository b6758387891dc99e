"""Answers of DynamoDB without botocore's model."""

import botocore.session
import orjson
import pytest
from botocore.parsers import JSONParser

from tests.e2e.dashboard_world import OPEN, minute_bars, tweet
from tickertape.serving.items import from_attributes, to_attributes
from tickertape.serving.plain_answers import PlainAnswers

ITEMS = [
    *minute_bars("AAPL", OPEN, [90.5, 91.0]),
    *tweet("1", OPEN, "\N{ROCKET} $AAPL"),
    {"deep": {"a": [1, 2.5, True]}},
]
QUERY = botocore.session.get_session().get_service_model("dynamodb").operation_model("Query").output_shape


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"Items": [to_attributes(item) for item in ITEMS], "Count": 4, "LastEvaluatedKey": {"a": {"S": "b"}}}),
        (400, {"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "message": "no table"}),
    ],
)
def test_an_answer_is_what_botocore_makes_of_it(status: int, body: dict[str, object]) -> None:
    """Items, the place to go on and errors are the same, with the id of the request."""
    assert QUERY is not None
    answer = {"status_code": status, "headers": {"x-amzn-requestid": "7"}, "body": orjson.dumps(body)}
    expected = JSONParser().parse(answer, QUERY)
    assert expected == PlainAnswers().create_parser("json").parse(answer, QUERY)


def test_items_come_back_as_they_were() -> None:
    """What is written as attributes is read as the same values."""
    assert ITEMS == [from_attributes(to_attributes(item)) for item in ITEMS]
