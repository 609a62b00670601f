"""Incidents as words: what changed, how large, how sure, where it stands, and what to do next."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from perfsite.model.findings import Verdict
from perfsite.model.incident import IncidentKind, IncidentState
from perfsite.report.wording import count_text, date_text, delta_text, one_line, plural, short_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.model.incident import Incident, IncidentDecided
    from perfsite.report.incident_views import IncidentLine

_DID: Final = {Verdict.REGRESSION: "regressed", Verdict.IMPROVEMENT: "improved"}
LONGEST_NAME: Final = 44
_TURNING: Final = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
"""Characters that would turn the direction of the whole sentence."""


def sentence(incident: Incident, worst: str, delta: float) -> str:
    r"""Return an incident in one sentence; `worst` is its first member's benchmark, `delta` that member's."""
    series = len(incident.members)
    kept = [member for member in incident.members if member.verdict is Verdict.REGRESSION] or incident.members
    did = _DID[kept[0].verdict]
    if series == 1:
        text = f"{worst} {did} by {delta_text(delta)}"
    elif len(kept) == 1:
        text = f"1 of {series} series {did}: {worst} by {delta_text(delta)}"
    else:
        typical = f", typically by {delta_text(incident.typical)}" if math.isfinite(incident.typical) else ""
        text = f"{len(kept)} series {did}{typical}; the most: {worst} by {delta_text(delta)}"
    still = len(incident.standing)
    if 0 < still < len(kept):
        text += f"; {still} of them still {'stands' if still == 1 else 'stand'}"
    others = series - len(kept)
    if others and len(kept) > 1:
        text += f"; {others} improved"
    return text.replace(" %", "\u00a0%")


def confidence_text(confidence: float) -> str:
    """Return a probability as people say it.

    Examples
    --------
    >>> confidence_text(0.99999), confidence_text(0.87), confidence_text(0.0)
    ('> 99.9 %', '87 %', '< 1 %')
    """
    if not math.isfinite(confidence) or confidence < 0.01:
        return "< 1 %"
    return "> 99.9 %" if confidence > 0.999 else f"{math.floor(confidence * 1000) / 10:g} %"


def state_text(incident: Incident) -> str:
    """Return the state with who, when and why; empty for a new incident that nobody decided on."""
    if incident.why:
        return f"{incident.state}: {incident.why}" if incident.state is not IncidentState.NEW else incident.why
    if not incident.decisions:
        return ""
    return decision_text(incident.decisions[-1])


def decision_text(decision: IncidentDecided) -> str:
    """Return a decision: `acknowledged by Ada on 2026-05-01 until 2026-06-01: wanted`."""
    author = f" by {short_name(decision.author, 60)}" if decision.author else ""
    until = f" until {date_text(decision.until)}" if decision.until else ""
    reason = f": {short_name(decision.reason, 200)}" if decision.reason else ""
    return f"{decision.state}{author} on {date_text(decision.time)}{until}{reason}"


def lead(incident: Incident, line: IncidentLine) -> str:
    """Return how sure the incident is and where it was seen."""
    if not incident.confirmed:
        return (
            "Seen by the newest runs only: about half of what a single run shows is gone with the next ones. "
            f"{_where(line)}"
        )
    return f"{line.confidence} sure that it is real and large enough to matter. {_where(line)}"


def _where(line: IncidentLine) -> str:
    names = ", ".join(line.environments[:4]) + (
        f" and {len(line.environments) - 4} more" if len(line.environments) > 4 else ""
    )
    return f"{plural(line.benchmarks, 'benchmark')} in {names}."


def range_text(count: int, *, is_likely_only: bool) -> str:
    """Return how many commits could be the culprit."""
    if count <= 1:
        return "One commit can have done it."
    known = "the most likely first seen bad is marked" if is_likely_only else "the most likely is marked"
    return f"One of {plural(count, 'commit')} did it; {known}."


def list_sentence(open_lines: Sequence[IncidentLine], changes: int, incidents: int, suspected: int = 0) -> str:
    """Return how many incidents are open, in one sentence.

    `changes` are the members of all `incidents`; `suspected` ones are not among `open_lines`.
    """
    if not incidents:
        return "Nothing has changed yet."
    total = f"{plural(changes, 'change')} in {plural(incidents, 'incident')}"
    if suspected:
        total = f"{count_text(suspected)} suspected, which later runs confirm or withdraw; {total}"
    if not open_lines:
        return f"No {'confirmed ' if suspected else ''}incident is open; {total} so far."
    fresh = [line for line in open_lines if line.state != "acknowledged"]
    taken = len(open_lines) - len(fresh)
    if not fresh:
        every = "The one open incident is" if taken == 1 else f"All {plural(taken, 'open incident')} are"
        return f"{every} acknowledged; {total} so far."
    known = f", {taken} acknowledged" if taken else ""
    return f"{plural(len(open_lines), 'open incident')}{known}; {total} so far."


def next_steps(incident: Incident, commits: int, middle: str, doubts: Sequence[str]) -> list[str]:
    """Return what to do next, the first thing first.

    `middle` says how to measure a commit whose run would halve the range, or is empty; `doubts` what speaks for the
    machine rather than the code: first what other environments saw, then what else changed at the run.
    """
    if incident.state is IncidentState.FIXED:
        return [
            "Nothing: the level is back, or was accepted. A later regression of these series is an incident of its own."
        ]
    if incident.kind is IncidentKind.IMPROVEMENT:
        return ["Nothing, or say thank you: the new level becomes the baseline by itself."]
    if not incident.standing:
        return ["Nothing: none of its regressions stands any more."]
    steps = []
    if not incident.confirmed:
        steps.append("Wait for the next runs; they confirm it or it goes away by itself.")
    elsewhere, *causes = doubts
    if elsewhere:
        steps.append("Look at the machine first: other environments measured the same benchmarks and saw no change.")
    elif causes:
        steps.append("Look at what else changed at the same run: it may explain the change as well as the code.")
    if middle:
        steps.append(f"{middle}: it lies in the middle of {plural(commits, 'commit')} and halves the range.")
    elif commits <= 1:
        steps.append("Read the commit. Mend it, revert it, or accept it.")
    if incident.state in (IncidentState.NEW, IncidentState.REOPENED):
        steps.append("If it is wanted or known, say so: the decision is kept in the history with your name and reason.")
    return steps


def commands(incident: Incident) -> list[str]:
    """Return the calls that decide on an incident."""
    if not incident.standing:
        return []
    if incident.state in (IncidentState.ACKNOWLEDGED, IncidentState.IGNORED):
        return [f'perfsite incidents reopen {incident.id} --reason "…"']
    return [
        f'perfsite incidents ack {incident.id} --reason "…"',
        f'perfsite incidents ignore {incident.id} --reason "…"',
        f'perfsite baseline accept {incident.id} --reason "…"',
    ]


def name_of(benchmark: str, parameters: str) -> str:
    """Return a benchmark as a sentence names it: of a long dotted name the last parts, which differ most.

    Examples
    --------
    >>> name_of("form_benchmarks.form_validate.benchmark.FormValidate.time_form_invalid", "")
    '…benchmark.FormValidate.time_form_invalid'
    """
    name = _TURNING.sub("", one_line(benchmark[:2000]))
    if len(name) > LONGEST_NAME:
        starts = [match.start() for match in re.finditer(r"(?<=.)(?!\.\w{1,4}::)[./:]+", name)]
        fitting = [start for start in starts if len(name) - start <= LONGEST_NAME]
        name = f"…{name[fitting[0] :].lstrip('./:')}" if fitting else short_name(name, LONGEST_NAME)
    return f"{name} ({_TURNING.sub('', short_name(parameters, 40))})" if parameters else name
