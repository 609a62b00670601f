"""Alerts as one JSON document, version 1, for programs: the guide describes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from perfsite.report.wording import one_line

if TYPE_CHECKING:
    from perfsite.report.alert_views import Alert


def alerts_document(alerts: Sequence[Alert], project: str, now: datetime) -> dict[str, Any]:
    """Return some alerts as a document; texts are plain and whoever shows them escapes them."""
    return {
        "version": 1,
        "kind": "perfsite-alerts",
        "project": project,
        "time": now.isoformat(),
        "alerts": [alert_document(alert) for alert in alerts],
    }


def alert_document(alert: Alert) -> dict[str, Any]:
    """Return one alert; None where a thing is not known, fractions unrounded."""
    return {
        "incident": alert.id,
        "state": str(alert.state),
        "withdrawn": alert.withdrawn,
        "confirmed": alert.confirmed,
        "title": alert.title,
        "url": alert.url,
        "severity": alert.severity,
        "worst": alert.worst or None,
        "delta": alert.delta,
        "size": alert.size_fraction,
        "change": alert.size or None,
        "noise": alert.noise or None,
        "levels": alert.levels or None,
        "series": alert.series,
        "standing": alert.standing,
        "benchmarks": alert.benchmarks,
        "environments": list(alert.environments),
        "groups": list(alert.groups),
        "owners": list(alert.owners),
        "good": alert.good,
        "bad": alert.bad,
        "compare_url": alert.compare_url,
        "commit_count": alert.commit_count,
        "commits": [
            {
                "sha": commit.short,
                "subject": one_line(commit.subject),
                "author": one_line(commit.author),
                "date": commit.date,
                "url": commit.url,
                "likely": commit.likely,
            }
            for commit in alert.commits
        ],
        "hints": list(alert.hints),
        "doubt": alert.doubt or None,
    }
