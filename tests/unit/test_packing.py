"""Packing many lines into few records loses none and keeps to the limits."""

from hypothesis import given
from hypothesis import strategies as st

from tickertape.domain.packing import FIREHOSE, KINESIS, Limits, calls, pack, unpack

SMALL = Limits(record_bytes=40, record_lines=3, call_records=2, call_bytes=70)
LINES = st.lists(
    st.tuples(st.sampled_from("abc"), st.binary(min_size=1, max_size=30).filter(lambda b: b"\n" not in b and b.strip()))
)


@given(LINES)
def test_every_line_arrives_once_and_in_order_within_its_key(keyed: list[tuple[str, bytes]]) -> None:
    """Unpacking what was packed gives each key's lines in their order."""
    packed = [record for call in calls(pack(keyed, SMALL), SMALL) for record in call]
    for key in "abc":
        expected = [line for its_key, line in keyed if its_key == key]
        assert expected == [line for record in packed if record.key == key for line in unpack(record.data)]


@given(LINES)
def test_records_and_calls_keep_to_the_limits(keyed: list[tuple[str, bytes]]) -> None:
    """No record and no call is larger than the service takes, unless one line alone is."""
    for call in calls(pack(keyed, SMALL), SMALL):
        assert len(call) <= SMALL.call_records
        assert len(call) == 1 or sum(len(r.data) + len(r.key) for r in call) <= SMALL.call_bytes
        for record in call:
            lines = unpack(record.data)
            assert len(lines) <= SMALL.record_lines
            assert len(lines) == 1 or len(record.data) + len(record.key) <= SMALL.record_bytes


def test_limits_are_below_what_aws_takes() -> None:
    """The services' own limits: 1 MiB and 5 MiB for Kinesis, 1,000 KiB and 4 MiB for Firehose, 500 records each."""
    assert KINESIS.record_bytes <= 2**20 and KINESIS.call_bytes <= 5 * 2**20 and KINESIS.call_records <= 500
    assert FIREHOSE.record_bytes <= 1000 * 1024 and FIREHOSE.call_bytes <= 4 * 2**20
    assert FIREHOSE.call_records <= 500
