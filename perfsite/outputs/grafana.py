"""A Grafana dashboard that reads a published site: its trends, its regressions and its open incidents.

The data source is Infinity [1]_, which fetches JSON and CSV over HTTP and selects from it with jq on Grafana's side, so
that nothing of a benchmark's name becomes part of a query: chosen values travel percent-encoded on both sides.

References
----------
.. [1] https://grafana.com/docs/plugins/yesoreyeram-infinity-datasource/latest/query/jq-backend/ (3.0 or newer)
.. [2] https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

PLUGIN: Final = "yesoreyeram-infinity-datasource"
SCHEMA_VERSION: Final = 39
"""Of Grafana 10.2 and newer; newer ones bring it up to date when they read it."""
_SOURCE: Final = {"type": PLUGIN, "uid": "${datasource}"}
_WIDTH: Final = 24
_NOWHERE: Final = {"viz": True, "legend": True, "tooltip": True}
_SERIES: Final = (
    'select((.environment | @uri) == "${environment:raw}" and (.metric | @uri) == "${metric:raw}" '
    'and ("=" + (.parameters | @uri)) == "${parameters:raw}")'
)
"""Which series of a benchmark's document is chosen."""
_TREND: Final = (
    "[foreach .minutes[] as $step (0; . + $step)] as $minutes"
    " | ([.series[].commits[]] | unique) as $commits"
    f" | [.series[] | {_SERIES} | . as $one | range(0; .commits | length) as $i"
    " | {time: (60000 * $minutes[($one.commits[$i] as $commit | $commits | bsearch($commit))]),"
    " value: $one.values[$i], baseline: $one.baselines[$i],"
    " lower: (if $one.baselines[$i] == null or $one.floors[$i] == null then null"
    " else $one.baselines[$i] * (1 - $one.floors[$i]) end),"
    " upper: (if $one.baselines[$i] == null or $one.floors[$i] == null then null"
    " else $one.baselines[$i] * (1 + $one.floors[$i]) end),"
    " warn: $one.thresholds.warn, fail: $one.thresholds.fail}]"
)
"""Minutes are told as steps from commit to commit of all the benchmark's series, whose commits are positions."""
_CHOICES: Final = (
    ("benchmark", "Benchmark", "data/series.json", "[.series[] | {__text: .benchmark, __value: .url}] | unique"),
    (
        "environment",
        "Environment",
        "${benchmark:raw}data.json",
        "[.series[] | {__text: .environment, __value: (.environment | @uri)}] | unique",
    ),
    (
        "metric",
        "Metric",
        "${benchmark:raw}data.json",
        (
            '[.series[] | select((.environment | @uri) == "${environment:raw}")'
            " | {__text: .metric, __value: (.metric | @uri)}] | unique"
        ),
    ),
    (
        "parameters",
        "Parameters",
        "${benchmark:raw}data.json",
        (
            '[.series[] | select((.environment | @uri) == "${environment:raw}" and (.metric | @uri) == "${metric:raw}")'
            ' | {__text: (if .parameters == "" then "none" else .parameters end),'
            ' __value: ("=" + (.parameters | @uri))}] | unique'
        ),
    ),
)
"""Variables that the reader chooses from: name, label, document, selector of their values."""


def dashboard(title: str, site: str) -> dict[str, Any]:
    """Return the dashboard of a site, to import or to provision.

    Parameters
    ----------
    title
        Of the site; any text.
    site
        Its address, with a slash at its end.

    Notes
    -----
    The data source is a variable, not an input of the import: then the same file works where dashboards are provisioned
    from files, too, which ask nobody. The uid is made of the address: importing again replaces.
    """
    return {
        "__inputs": [],
        "__requires": [
            {"type": "datasource", "id": PLUGIN, "name": "Infinity", "version": "3.0.0"},
            *({"type": "panel", "id": name, "name": name, "version": ""} for name in ("stat", "table", "timeseries")),
        ],
        "id": None,
        "uid": f"perfsite-{hashlib.sha256(site.encode()).hexdigest()[:16]}",
        "title": title,
        "description": "Trends, regressions and incidents of the published site.",
        "tags": ["perfsite", "benchmarks"],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "timezone": "utc",
        "refresh": "",
        "time": {"from": "now-1y", "to": "now"},
        "timepicker": {},
        "annotations": {"list": []},
        "links": [
            {
                "type": "link",
                "title": "The site",
                "url": "${site:raw}",
                "icon": "external link",
                "targetBlank": True,
                "asDropdown": False,
                "includeVars": False,
                "keepTime": False,
                "tags": [],
                "tooltip": "",
            }
        ],
        "templating": {"list": [*_given(site), *(_choice(*one) for one in _CHOICES)]},
        "panels": [{"id": number, **panel} for number, panel in enumerate(_panels(), start=1)],
    }


_ASKED: Final[dict[str, Any]] = {
    "hide": 0,
    "includeAll": False,
    "multi": False,
    "options": [],
    "refresh": 1,
    "regex": "",
    "skipUrlSync": False,
}
"""What every variable that is chosen from a list has."""


def _given(site: str) -> Iterator[dict[str, Any]]:
    yield {
        "name": "datasource",
        "label": "Data source",
        "type": "datasource",
        "query": PLUGIN,
        **_ASKED,
    }
    choice = {"selected": True, "text": site, "value": site}
    yield {
        "name": "site",
        "label": "Site",
        "type": "textbox",
        "query": site,
        "current": choice,
        "options": [choice],
        "hide": 0,
        "skipUrlSync": False,
    }


def _choice(name: str, label: str, path: str, selector: str) -> dict[str, Any]:
    columns = [{"selector": one, "text": one, "type": "string"} for one in ("__text", "__value")]
    query = _json(path, selector, columns, name="variable")
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": _SOURCE,
        "query": {"refId": "variable", "queryType": "infinity", "query": "", "infinityQuery": query},
        **_ASKED,
        "sort": 5,
    }


def _json(path: str, selector: str, columns: Sequence[Mapping[str, str]], *, name: str = "A") -> dict[str, Any]:
    return {**_query(path, "json", "jq-backend", columns, name), "root_selector": selector}


def _query(path: str, kind: str, parser: str, columns: Sequence[Mapping[str, str]], name: str) -> dict[str, Any]:
    return {
        "refId": name,
        "datasource": _SOURCE,
        "type": kind,
        "source": "url",
        "format": "table",
        "parser": parser,
        "url": f"${{site:raw}}{path}",
        "url_options": {"method": "GET", "data": ""},
        "root_selector": "",
        "columns": [dict(column) for column in columns],
        "filters": [],
    }


def _columns(**kinds: str) -> list[dict[str, str]]:
    return [{"selector": name, "text": name, "type": kind} for name, kind in kinds.items()]


def _panels() -> Iterator[dict[str, Any]]:
    """Yield the panels, from top to bottom."""
    open_ones = '[.incidents[] | select(.open and .kind != "improvement")'
    count = _json("data/incidents.json", f"{open_ones}] | [{{open: length}}]", _columns(open="number"))
    yield _panel("Open incidents", "stat", (0, 0, 6, 4), count, steps=True)
    counted = _query("data/series.csv", "csv", "backend", _columns(verdict="string"), "A")
    counted |= {
        "filterExpression": "verdict == 'regression' && retired == 'no'",
        "summarizeExpression": "count(verdict)",
        "columns": _columns(verdict="string", retired="string"),
    }
    yield _panel("Series that stand at a regression", "stat", (6, 0, 6, 4), counted, steps=True)
    facts = (
        f"[.series[] | {_SERIES} | {{unit, direction, points: (.commits | length), value: .values[-1],"
        " baseline: .baselines[-1], noise_floor: .floors[-1]}]"
    )
    kinds = dict.fromkeys(("unit", "direction"), "string")
    numbers = dict.fromkeys(("points", "value", "baseline", "noise_floor"), "number")
    chosen = _json("${benchmark:raw}data.json", facts, _columns(**kinds, **numbers))
    yield _panel("The chosen series, in its base unit", "table", (12, 0, 12, 4), chosen, percent=("noise_floor",))
    numbers = dict.fromkeys(("value", "baseline", "lower", "upper", "warn", "fail"), "number")
    trend = _json("${benchmark:raw}data.json", _TREND, _columns(time="timestamp_epoch", **numbers))
    yield _trend(_panel("Trend", "timeseries", (0, 4, _WIDTH, 10), trend))
    words = dict.fromkeys(("benchmark", "parameters", "metric", "environment", "unit"), "string")
    numbers = dict.fromkeys(("value", "baseline", "delta", "noise_floor"), "number")
    states = dict.fromkeys(("severity", "rule", "since", "since_date", "url"), "string")
    hidden = dict.fromkeys(("verdict", "retired"), "string")
    table = _query("data/series.csv", "csv", "backend", _columns(**words, **numbers, **states, **hidden), "A")
    table["filterExpression"] = "verdict == 'regression' && retired == 'no'"
    panel = _panel("Regressions", "table", (0, 14, _WIDTH, 9), table, percent=("delta", "noise_floor"))
    yield _linked(panel, "benchmark", hidden=("verdict", "retired", "url"))
    incidents = _json(
        "data/incidents.json",
        f"{open_ones} | {{sentence, severity, state, series, standing, url}}]",
        _columns(
            **dict.fromkeys(("sentence", "severity", "state"), "string"),
            **dict.fromkeys(("series", "standing"), "number"),
            url="string",
        ),
    )
    yield _linked(_panel("Incidents", "table", (0, 23, _WIDTH, 9), incidents), "sentence", hidden=("url",))


def _panel(
    title: str,
    kind: str,
    place: tuple[int, int, int, int],
    query: Mapping[str, Any],
    *,
    steps: bool = False,
    percent: Sequence[str] = (),
) -> dict[str, Any]:
    x, y, width, height = place
    defaults: dict[str, Any] = {"custom": {}} if kind != "stat" else {}
    if steps:
        told = [{"color": "green", "value": None}, {"color": "red", "value": 1}]
        defaults |= {"thresholds": {"mode": "absolute", "steps": told}, "noValue": "0"}
    overrides = [_override(name, unit="percentunit", decimals=1) for name in percent]
    return {
        "title": title,
        "type": kind,
        "datasource": _SOURCE,
        "gridPos": {"x": x, "y": y, "w": width, "h": height},
        "targets": [dict(query)],
        "fieldConfig": {"defaults": defaults, "overrides": overrides},
        "options": {},
    }


def _override(name: str, **properties: object) -> dict[str, Any]:
    told = [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()]
    return {"matcher": {"id": "byName", "options": name}, "properties": told}


def _linked(panel: dict[str, Any], name: str, *, hidden: Sequence[str]) -> dict[str, Any]:
    """Return a table whose cells of one column lead to the site's page of their row."""
    link = {"title": "The page", "url": "${site:raw}${__data.fields.url}", "targetBlank": True}
    panel["fieldConfig"]["overrides"] += [
        _override(name, links=[link]),
        # The first is what tables before Grafana 12.1 know, the second what newer ones do.
        *(_override(one, custom__hidden=True, custom__hideFrom=_NOWHERE) for one in hidden),
    ]
    return panel


def _trend(panel: dict[str, Any]) -> dict[str, Any]:
    """Return the chart with its lines: values as points on a line, the baseline as steps, noise as a band."""
    panel["fieldConfig"]["defaults"]["custom"] = {"drawStyle": "line", "showPoints": "auto", "spanNulls": False}
    dashed = {"fill": "dash", "dash": [8, 6]}
    for name, colour in (("warn", "orange"), ("fail", "red")):
        style = {"color": {"mode": "fixed", "fixedColor": colour}, "custom__lineStyle": dashed}
        panel["fieldConfig"]["overrides"].append(_override(name, **style, custom__showPoints="never"))
    steps = {"custom__lineInterpolation": "stepAfter", "custom__showPoints": "never"}
    panel["fieldConfig"]["overrides"] += [
        _override("baseline", **steps),
        _override("lower", **steps, custom__lineWidth=0),
        _override("upper", **steps, custom__lineWidth=0, custom__fillBelowTo="lower", custom__fillOpacity=15),
    ]
    return panel
