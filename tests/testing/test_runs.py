"""What belongs to which run, and who still lives."""

from __future__ import annotations

from dataclasses import replace

from tickertape.testing.logbook import Logbook
from tickertape.testing.runs import Run


def test_a_runs_name_says_all_about_it() -> None:
    """A run is read back from what its containers carry; anything else is none."""
    run = Run.of_this_process()
    assert run == Run.parse(run.slug)
    assert Run.parse("not-a-run") is None


def test_another_process_under_the_same_pid_is_not_the_run() -> None:
    """This process lives; one that had its number at another time does not."""
    run = Run.of_this_process()
    assert run.is_alive()
    assert not replace(run, started=run.started - 60_000).is_alive()


def test_the_report_gets_what_was_written_since_and_no_more_than_its_end() -> None:
    """Long logs are cut at their beginning, and say so."""
    book = Logbook()
    with book.open("long", lambda since: "\n".join(f"line {number}" for number in range(300))):
        written = book.since(0.0)["long"].splitlines()
    assert ("… 100 lines before", "line 100", "line 299") == (written[0], written[1], written[-1])
    assert {} == book.since(0.0)


def test_a_server_that_did_not_start_leaves_its_last_words() -> None:
    """Its log is in the next report, once, though the server is gone."""
    book = Logbook()
    try:
        with book.open("broken", lambda since: "no space left"):
            raise RuntimeError
    except RuntimeError:
        pass
    assert {"broken": "no space left"} == book.since(0.0)
    assert {} == book.since(0.0)


def test_a_log_that_cannot_be_read_does_not_hide_the_failure() -> None:
    """The report says what went wrong instead."""

    def unreadable(since: float) -> str:
        raise OSError("gone")

    book = Logbook()
    with book.open("gone", unreadable):
        assert {"gone": "its log cannot be read: gone"} == book.since(0.0)
