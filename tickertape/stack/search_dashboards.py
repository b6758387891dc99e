"""OpenSearch Dashboards after a start: it has a dashboard of the tweets, and one that it had stays as it is."""

from __future__ import annotations

from tickertape.control.clock import wall_time
from tickertape.search.dashboards import DashboardsFailed, OpenSearchDashboards
from tickertape.search.saved_objects import DASHBOARD, saved_objects, times_shown
from tickertape.stack.programme import Programme, Report


def bring_dashboard(url: str, programme: Programme, report: Report) -> None:
    """Import it where there is none, open at the times of the tape; that it cannot be is no reason to end the start."""
    tape = programme.replay.facts if programme.replay else None
    times = times_shown(tape.first, tape.last, wall_time()) if tape else times_shown(None, None, wall_time())
    dashboards = OpenSearchDashboards(url)
    try:
        dashboards.bring(saved_objects(*times), overwrite=False)
    except DashboardsFailed as error:
        report.say(f"OpenSearch Dashboards has no dashboard yet: {error}; `tickertape search dashboards` brings it")
    else:
        report.say(f"OpenSearch Dashboards: {dashboards.page_of(DASHBOARD)}")
