"""The report of an analysis: one HTML file that needs nothing from anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import plotly.graph_objects as go
from plotly.io import to_html
from plotly.offline import get_plotlyjs

from tickertape.analysis.figures import CALIBRATION_LEAST, accuracies, calibration, correlations, leads
from tickertape.domain.analysis.resampling import Interval
from tickertape.domain.analysis.results import (
    CONCLUSIVE,
    SIGNIFICANT,
    AnalysisResult,
    HorizonResult,
    ModelMeasure,
    TickerMeasure,
)
from tickertape.domain.times import format_utc

_STYLE = """
body { margin: 0 auto; max-width: 60rem; padding: 1rem; color: #1f2933; background: #fff;
       font: 16px/1.5 system-ui, sans-serif; }
h1 { line-height: 1.2; } h2 { margin-top: 2.5rem; border-bottom: 1px solid #d3d9df; } h3 { margin: 1.6rem 0 .2rem; }
.verdict { border-left: 4px solid #0072b2; background: #f2f6f9; padding: .6rem 1rem; }
.verdict p { margin: .4rem 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; text-align: right; white-space: nowrap; border-bottom: 1px solid #e4e8ec; }
th { white-space: normal; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
.faint { color: #616e7c; font-size: 14px; }
"""
# Shown on a phone as on a desktop; the bar of tools is in the way of a finger.
_CONFIG = {"responsive": True, "displayModeBar": False}


def report(result: AnalysisResult) -> str:
    """The page."""
    horizons = "".join(map(_horizon, result.horizons))
    verdict = "".join(f"<p>{escape(sentence)}</p>" for sentence in result.conclusion)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Does talk predict price?</title>
<style>{_STYLE}</style>
<script>{get_plotlyjs()}</script>
</head>
<body>
<h1>Does talk predict price?</h1>
<section class="verdict" aria-label="conclusion">{verdict}</section>
<p class="faint">Made {format_utc(result.made_at.replace(microsecond=0))} in {result.seconds:g} s by tickertape
{escape(result.code)}; version {escape(result.version)}. Intervals in brackets are of 95 %, from {result.resamples:,}
resamples.</p>
{horizons}
{_caveats(result)}
</body>
</html>
"""


def _horizon(horizon: HorizonResult) -> str:
    heading = f"<h2>{escape(horizon.horizon.capitalize())}</h2>{_measured(horizon)}"
    if horizon.shortage:
        return heading
    return f"""{heading}
<h3>Better than chance?</h3>
{_figure(correlations(horizon))}
<h3>More often right than {escape(horizon.models[0].title)}?</h3>
{_figure(accuracies(horizon))}
<h3>The figures</h3>
{_models(horizon.models)}
<p class="faint">p is one-sided, that the Matthews correlation is chance, by permutation of blocks, and corrected by
Holm over all tests of this analysis. Brier's score is 0.25 for a coin, lower is better.</p>
<h3>What talk adds</h3>
{_comparisons(horizon)}
<h3>Are the chances that are told met?</h3>
{_figure(calibration(horizon))}
<p class="faint">A larger mark stands for more forecasts; fewer than {CALIBRATION_LEAST} have none.</p>
<h3>Over time</h3>
{_figure(leads(horizon))}
<h3>By ticker</h3>
{_tickers(horizon)}
<p class="faint">Matthews correlation; a star where p is below {SIGNIFICANT}, corrected over the tickers of the model by
Benjamini and Hochberg.</p>"""


def _measured(horizon: HorizonResult) -> str:
    if horizon.shortage or horizon.since is None or horizon.until is None:
        return f"<p>Nothing could be measured: {escape(horizon.shortage)}.</p>"
    first, last = horizon.tested_at[0], horizon.tested_at[-1]
    said = [
        f"{horizon.observations:,} rows with an answer, {horizon.with_talk:,} of them with talk,",
        f"from {horizon.since:%Y-%m-%d} to {horizon.until:%Y-%m-%d}, of {', '.join(horizon.tickers)}.",
        f"{horizon.models[0].n:,} forecasts at {horizon.tested:,} moments from {first:%Y-%m-%d} to {last:%Y-%m-%d},",
        f"in {horizon.folds} steps, each by models fitted to what was known before.",
        f"Resampled in blocks of {horizon.block} moments.",
    ]
    if not horizon.is_conclusive:
        said.append(f"Too little data: with fewer than {CONCLUSIVE} moments the intervals say little.")
    return f"<p>{escape(' '.join(said))}</p>"


def _models(models: Sequence[ModelMeasure]) -> str:
    head = ("model", "forecasts", "right, %", "Matthews correlation", "p", "p, corrected", "Brier")
    return _table(
        head,
        (
            (
                each.title,
                f"{each.n:,}",
                _percent(each.accuracy),
                _signed(each.mcc),
                _p(each.p),
                _p(each.p_corrected),
                f"{each.brier:.4f}",
            )
            for each in models
        ),
    )


def _comparisons(horizon: HorizonResult) -> str:
    return _table(
        ("model", "Matthews correlation", "p", "p, corrected"),
        ((each.family, _signed(each.difference), _p(each.p), _p(each.p_corrected)) for each in horizon.comparisons),
    )


def _tickers(horizon: HorizonResult) -> str:
    # The first says one thing only.
    models = horizon.models[1:]
    rows = zip(*(model.by_ticker for model in models), strict=True)
    return _table(
        ("ticker", "forecasts", *(model.title for model in models)),
        (
            (
                row[0].ticker,
                f"{row[0].n:,}",
                *map(_starred, row),
            )
            for row in rows
        ),
    )


def _starred(measure: TickerMeasure) -> str:
    found = measure.p is not None and measure.p < SIGNIFICANT
    return f"{_signed(measure.mcc)}{' *' if found else ''}"


def _caveats(result: AnalysisResult) -> str:
    tests = sum(len(horizon.p_values) for horizon in result.horizons)
    said = [
        f"{tests} tests were made; that is what the corrected p-values allow for. The tickers are looked at besides.",
        "One model a horizon learns from all tickers; the tickers are those of this tape, and not chosen at random.",
        "A forecast is a direction. Costs and the size of the moves are left out, so nothing here is a way to trade.",
        "What cannot be shown may still be there: an interval says how large it may be at most.",
        "The mood is what the scorer of the pipeline makes of a text; another scorer is another question.",
    ]
    return f"<h2>What to keep in mind</h2><ul>{''.join(f'<li>{escape(line)}</li>' for line in said)}</ul>"


def _figure(figure: go.Figure) -> str:
    return str(to_html(figure, config=_CONFIG, include_plotlyjs=False, full_html=False, default_height="auto"))


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    top = "".join(f"<th scope='col'>{escape(name)}</th>" for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<div class='wide'><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"


def _signed(interval: Interval) -> str:
    return f"{interval.value:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"


def _percent(interval: Interval) -> str:
    return f"{100 * interval.value:.1f} [{100 * interval.low:.1f}, {100 * interval.high:.1f}]"


def _p(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
