"""Scorers behind one port, labelled texts, and the measures of the one against the other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tickertape.cli.main import app
from tickertape.domain.accuracy import measure
from tickertape.domain.emoticons import Emoticons
from tickertape.domain.labels import BadLine, Labelled, read_labels
from tickertape.domain.scorers import SCORERS, TextBlob, Vader, scorer_named
from tickertape.domain.sentiment import Scorer, Sentiment, judge
from tickertape.domain.telling import MOST_WORDS, Scored, TellingWord, read_telling_words, spans_of

POSITIVE, NEUTRAL, NEGATIVE = Sentiment.POSITIVE, Sentiment.NEUTRAL, Sentiment.NEGATIVE


@pytest.mark.parametrize("name", SCORERS)
def test_each_scorer_is_found_by_its_name(name: str) -> None:
    """A scorer's name is what the setting says and what an event's `scorer` will say."""
    assert name == scorer_named(name).name == judge("plain", scorer_named(name)).scorer


def test_an_unknown_scorer_is_refused() -> None:
    """The message names those that there are."""
    with pytest.raises(ValueError, match="one of textblob, vader was expected, 'moon' came"):
        scorer_named("moon")


@pytest.mark.parametrize("scorer", [TextBlob(), Vader()], ids=lambda scorer: scorer.name)
@pytest.mark.parametrize(
    ("text", "expected"),
    [("a great day", POSITIVE), ("a terrible day", NEGATIVE), ("a day", NEUTRAL), ("", NEUTRAL), ("\ud83d", NEUTRAL)],
)
def test_scorers_agree_on_plain_words(scorer: Scorer, text: str, expected: Sentiment) -> None:
    """Each scorer knows good from bad, and has an answer to any text between -1 and 1."""
    scored = scorer.score(text)
    assert scored is not None and -1 <= scored.polarity <= 1
    assert expected == judge(text, scorer).sentiment


def test_vader_is_neutral_near_zero() -> None:
    """As its authors read it, TextBlob by the sign alone."""

    class Slightly:
        name = Vader.name
        neutral_below = Vader.neutral_below

        def score(self, text: str) -> Scored:
            return Scored({"a": 0.0499, "b": 0.05, "c": -0.0499, "d": -0.05}[text])

    assert [NEUTRAL, POSITIVE, NEUTRAL, NEGATIVE] == [judge(text, Slightly()).sentiment for text in "abcd"]


def test_emoticons_are_a_scorer_that_may_have_nothing_to_say() -> None:
    """The mean of a text's marks; None without any."""
    scored = [Emoticons().score(text) for text in ("up 🚀", "down :(", "📈📉", "plain")]
    assert [1.0, -1.0, 0.0, None] == [each and each.polarity for each in scored]
    assert Scored(0.0, (TellingWord("📈", 1), TellingWord("📉", -1))) == scored[2]


@pytest.mark.parametrize(
    ("scorer", "text", "expected"),
    [
        (TextBlob(), "Great results, but not a very GOOD day!!", {"Great": 0.8, "not a very GOOD": -0.42}),
        (TextBlob(), "It is not bad", {"not bad": 0.35}),
        (Vader(), "Great results, but it isn't a GOOD day", {"Great": 0.39, "isn't a GOOD": -0.73}),
        (Vader(), "not smart, handsome, nor funny", {"not smart": -0.31, "not handsome": -0.41, "nor funny": -0.35}),
        (Vader(), "no bad\nnews of $AAPL", {"no bad": 0.46}),
    ],
)
def test_a_scorer_tells_its_words(scorer: Scorer, text: str, expected: dict[str, float]) -> None:
    """As the text has them, in its order, with what turns them round, and what each counts."""
    scored = scorer.score(text)
    assert scored is not None
    assert list(expected.items()) == [tuple(word) for word in scored.words]
    assert len(expected) == len(spans_of(text, scored.words))


@pytest.mark.parametrize("scorer", [TextBlob(), Vader()], ids=lambda scorer: scorer.name)
def test_words_that_decide_nothing_are_not_told(scorer: Scorer) -> None:
    """A text without any says so by an empty list; one word ten thousand times is told a few times."""
    assert () == judge("Apple opens in Paris", scorer).words
    assert MOST_WORDS == len(judge("good " * 10_000, scorer).words or ())


def test_words_are_found_one_after_the_other() -> None:
    """The second word of a kind is the second in the text; no address is taken for a face; what is cut off is left."""
    words = [TellingWord("good", 0.7), TellingWord("not good", -0.35), TellingWord(":/", -1), TellingWord("best", 1)]
    text = "goodness, good. not good http://a :/"
    assert ["good", "not good", ":/"] == [text[begin:end] for begin, end, _ in spans_of(text, words)]


@pytest.mark.parametrize(
    "value",
    [None, "good", [1], [{"text": "good"}], [{"text": "\ud83d", "polarity": 1}], [{"text": "a", "polarity": 9}]],
)
def test_words_of_another_shape_are_none(value: object) -> None:
    """Anybody may write an event."""
    assert read_telling_words(value) is None


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["1\t2.7\tI like it", "2\t-0.1\tAT&amp;T"], [("I like it", POSITIVE), ("AT&T", NEUTRAL)]),
        (["positive\tyes", "NEG\tno", "neutral\tso"], [("yes", POSITIVE), ("no", NEGATIVE), ("so", NEUTRAL)]),
        (["yes\tbullish", "0\tpos"], [("yes", POSITIVE), ("pos", NEUTRAL)]),
        (["text\tid\tlabel", "yes\t7\t1", "", "no\t8\t-1"], [("yes", POSITIVE), ("no", NEGATIVE)]),
        (["\ufeffSentiment\tTweet", "0.2\tat the edge"], [("at the edge", POSITIVE)]),
    ],
)
def test_labels_are_read_in_the_usual_forms(lines: list[str], expected: list[tuple[str, Sentiment]]) -> None:
    """With a header or without, with an id or without, words or numbers, either way round."""
    read = read_labels(f"{line}\r\n".encode() for line in lines)
    assert [Labelled(*each) for each in expected] == list(read)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"no tab here", "a label and a text with a tab between them were expected, there is no tab"),
        (b"maybe\tsome text", "label: a number or one of positive,"),
        (b"nan\tsome text", "'nan' came"),
        (b"1\t  ", "the text is empty"),
        (b"1\t\xff", "no UTF-8: invalid start byte at byte 2"),
    ],
)
def test_a_bad_line_says_its_number_and_why(line: bytes, why: str) -> None:
    """It costs itself only."""
    good, bad, more = read_labels([b"1\tfine", line, b"-1\tpoor"])
    assert (Labelled("fine", POSITIVE), Labelled("poor", NEGATIVE)) == (good, more)
    assert isinstance(bad, BadLine)
    assert 2 == bad.number
    assert why in bad.why


def test_measures_count_each_class_alike() -> None:
    """By hand: positive F1 2/3 and recall 1/2, negative 2/3 and 1; neutral is no label and left out."""
    found = measure([POSITIVE, POSITIVE, NEGATIVE], [POSITIVE, NEGATIVE, NEGATIVE])
    assert (0.6667, 0.6667, 0.75) == (round(found.accuracy, 4), round(found.macro_f1, 4), found.macro_recall)
    with pytest.raises(ValueError, match="a guess for each label"):
        measure([], [])


def test_the_bench_measures_each_scorer_with_and_without_emoticons(tmp_path: Path) -> None:
    """One JSON document with the bad lines in it; a mark decides against the words only where the rule is on."""
    labels = tmp_path / "labels.tsv"
    labels.write_text("negative\tgreat 📉\npositive\ta great day\nbroken\n", encoding="utf-8")
    answer = CliRunner().invoke(app, ["sentiment", "bench", str(labels), "--json"])
    document = json.loads(answer.stdout)
    assert (0, 2, [3]) == (answer.exit_code, document["texts"], [bad["line"] for bad in document["bad_lines"]])
    accuracy = {(each["scorer"], each["emoticons"]): each["accuracy"] for each in document["scores"]}
    both = {(name, rule): 1.0 if rule else 0.5 for name in SCORERS for rule in (False, True)}
    assert {("emoticons", True): 0.5} | both == accuracy
    assert all(each["texts_per_second"] > 0 for each in document["scores"])


def test_the_bench_prints_a_table_and_names_bad_lines(tmp_path: Path) -> None:
    """A line for each way of judging; the bad line's number on standard error."""
    labels = tmp_path / "labels.tsv"
    labels.write_text("1\ta great day\nbroken\n", encoding="utf-8")
    answer = CliRunner().invoke(app, ["sentiment", "bench", str(labels)])
    assert "1 texts (1 positive; a number nearer to 0 than 0.2 is neutral), 1 bad lines" in answer.stdout
    assert ["emoticons", "textblob", "textblob", "vader", "vader"] == [
        line.split()[0] for line in answer.stdout.splitlines()[2:]
    ]
    assert answer.stderr.startswith("line 2: ")


@pytest.mark.parametrize("content", [None, "", "broken\n"])
def test_labels_that_cannot_be_used_are_a_wrong_call(content: str | None, tmp_path: Path) -> None:
    """A missing file, an empty one, one without a label: exit code 2 and one line that names it."""
    labels = tmp_path / "labels.tsv"
    if content is not None:
        labels.write_text(content, encoding="utf-8")
    answer = CliRunner().invoke(app, ["sentiment", "bench", str(labels)])
    assert (2, 1, "") == (answer.exit_code, answer.stderr.count("\n"), answer.stdout)
    assert str(labels) in answer.stderr
