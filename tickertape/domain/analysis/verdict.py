"""The conclusion in words. Every sentence is made from the figures; none claims more than they show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tickertape.domain.analysis.resampling import Interval
from tickertape.domain.analysis.results import (
    CONCLUSIVE,
    SIGNIFICANT,
    Comparison,
    HorizonResult,
    ModelMeasure,
)

# An effect that a one-sided test at 5 % finds four times in five, in standard errors: 1.645 + 0.842.
_SEEN = 2.49
# The width of a 95 % interval in standard errors.
_WIDTH = 3.92


def conclusion(horizons: Iterable[HorizonResult]) -> list[str]:
    """What can be said of each horizon, those that have an answer first; of each, first whether talk adds anything."""
    ordered = sorted(horizons, key=lambda horizon: (bool(horizon.shortage), not horizon.is_conclusive))
    return [sentence for horizon in ordered for sentence in _of_horizon(horizon)]


def _of_horizon(horizon: HorizonResult) -> list[str]:
    what = horizon.horizon.capitalize()
    if horizon.shortage:
        return [f"{what}: no answer, {horizon.shortage}."]
    if not horizon.is_conclusive:
        return [
            f"{what}: no conclusion from this data: {horizon.tested} moments could be tested, {CONCLUSIVE} are needed "
            "for one. The figures only show that the machinery works; a longer tape gives more.",
        ]
    return [f"{what}: {_talk(horizon.comparisons)}", f"{what}: {_chance(horizon.models)}", _against_up(what, horizon)]


def _talk(comparisons: Sequence[Comparison]) -> str:
    found = [each for each in comparisons if each.p_corrected < SIGNIFICANT]
    if found:
        names = _and(f"{each.family} by {_signed(each.difference)}" for each in found)
        return f"talk adds something: it raises the Matthews correlation of {names}, p ≤ {_p(found)} (Holm)."
    changes = _and(f"{_signed(each.difference)} in {each.family}" for each in comparisons)
    unseen = max((_visible(each.difference) for each in comparisons), default=0.0)
    hurts = [each.family for each in comparisons if each.difference.high < 0]
    worse = f" The interval of {_and(hurts)} lies below 0: talk may do harm there." if hurts else ""
    return (
        f"talk adds nothing that this data can show: it changes the Matthews correlation by {changes}. "
        f"Something smaller than about {unseen:.2f} would most likely not be seen.{worse}"
    )


def _chance(models: Sequence[ModelMeasure]) -> str:
    found = [each for each in models if each.p_corrected is not None and each.p_corrected < SIGNIFICANT]
    if found:
        return (
            f"better than chance after the correction for many tests: "
            f"{_and(f'{each.title} (Matthews correlation {_signed(each.mcc)})' for each in found)}."
        )
    best = max((each for each in models if each.p is not None), key=lambda each: each.mcc.value, default=None)
    if best is None:
        return "no model ever changes its forecast, so none says anything."
    return (
        f"no model is better than chance after the correction for many tests; the best is {best.title} with "
        f"{_signed(best.mcc)}."
    )


def _against_up(what: str, horizon: HorizonResult) -> str:
    baseline, *others = horizon.models
    best = max(others, key=lambda each: each.accuracy.value)
    share = baseline.accuracy.value
    # No test was made of this, so no more is said than where the interval lies.
    lies = "lies above" if best.accuracy.low > share else "lies below" if best.accuracy.high < share else "holds"
    return (
        f"{what}: the most often right is {best.title} with {_percent(best.accuracy)}, an interval that {lies} the "
        f"{100 * share:.1f} % of saying {baseline.title.removeprefix('always ')} each time."
    )


def _visible(interval: Interval) -> float:
    """How large an effect must be for this data to show it most likely."""
    return _SEEN * (interval.high - interval.low) / _WIDTH


def _signed(interval: Interval) -> str:
    return f"{interval.value:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"


def _percent(interval: Interval) -> str:
    return f"{100 * interval.value:.1f} % [{100 * interval.low:.1f}, {100 * interval.high:.1f}]"


def _p(found: Sequence[Comparison]) -> str:
    return f"{max(each.p_corrected for each in found):.3f}"


def _and(parts: Iterable[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last
