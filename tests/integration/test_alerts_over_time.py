"""Published histories told run by run: an incident is told once, although its id, culprit and size wander."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from perfsite.history.events import decode, encode
from perfsite.history.order import arrange
from perfsite.history.query import Fold
from perfsite.history.store import DirectoryStore
from perfsite.incidents.telling import ends_of, known_to, to_tell
from perfsite.model.alert import AlertState, IncidentNotified, Outcome
from perfsite.workflow import codebase
from perfsite.workflow.importing import import_history
from perfsite.workflow.incidents import incidents_of
from perfsite.workflow.judging import judge_timeline
from perfsite.workflow.kept import KeptAnswers
from perfsite.workflow.project import open_project

pytestmark = [pytest.mark.slow, pytest.mark.real_data]
USUAL = (AlertState.CONFIRMED, AlertState.REOPENED, AlertState.FIXED)
HISTORIES = [("GoogleChromeLabs__chromium-bidi", 40), ("JuliaGPU__CUDA.jl", 60)]


class Replay:
    """A channel that is served after every commit of a history, from the last `newest` ones on."""

    def __init__(self, project, newest: int, states=USUAL) -> None:
        self.project = project
        runs = list(DirectoryStore(project.history).read([]))
        self.runs = sorted(runs, key=lambda run: (run.commit.time or run.time, run.commit.sha))
        self.shas = list(dict.fromkeys(run.commit.sha for run in self.runs))
        self.start, self.states = len(self.shas) - newest, states
        self.events: list[IncidentNotified] = []
        self.told: list[tuple[str, str, str, frozenset[object]]] = []
        self.ids: set[str] = set()
        """Ids under which confirmed incidents were ever found by who remembers nothing."""

    def run(self) -> None:
        kept, since = KeptAnswers(), None
        for count in range(self.start, len(self.shas) + 1):
            known = set(self.shas[:count])
            fold = Fold()
            for run in self.runs:
                if run.commit.sha in known:
                    fold.add(run)
            line = codebase.line(self.project, fold.commits)
            timeline = fold.timeline(arrange(fold.commits, line.commits, line.known, line.branch))
            judged = judge_timeline(timeline, self.project.settings, self.events, kept=kept)
            now = max(run.time for run in self.runs if run.commit.sha in known) + timedelta(seconds=count)
            since = since or judged.timeline.commits[-1].time - timedelta(days=14)
            self._tell(judged, now, since)

    def _tell(self, judged, now, since) -> None:
        commits, settings = judged.timeline.commits, self.project.settings
        forgetful = incidents_of(judged.timeline, judged.judgements, settings, ())
        recent = [one for one in forgetful.all if commits[one.commit].time >= since]
        self.ids |= {one.id for one in recent if one.confirmed and one.is_open}
        found = incidents_of(judged.timeline, judged.judgements, settings, self.events)
        ends = ends_of(self.events)
        for incident in found.all:
            if commits[incident.commit].time < since:
                continue
            state = to_tell(incident, known_to("chat", incident.told, ends, now), self.states)
            if state is None:
                continue
            keys = dict.fromkeys(judged.timeline.series[one.series].key for one in incident.members)
            claim = IncidentNotified(
                time=now, incident=incident.id, state=state, channel="chat", outcome=Outcome.SENDING,
                good=commits[incident.good].sha if incident.good >= 0 else None,
                bad=commits[incident.commit].sha, series=tuple(keys)[:8],
            )  # fmt: skip
            claim = decode(encode(claim), where="")
            end = replace(claim, id=None, outcome=Outcome.SENT, series=(), claim=claim.id)
            self.events += [claim, decode(encode(end), where="")]
            self.told.append((incident.id, str(state), claim.bad, frozenset(keys)))

    def doubles(self) -> list[tuple[str, str]]:
        """Return alerts on one series within three commits, of incidents with different ids."""
        began = [one for one in self.told if one[1] == "confirmed"]
        return [
            (first[0], second[0])
            for i, first in enumerate(began)
            for second in began[i + 1 :]
            if first[0] != second[0]
            and first[3] & second[3]
            and abs(self.shas.index(first[2]) - self.shas.index(second[2])) <= 3
        ]


@pytest.mark.parametrize(("name", "newest"), HISTORIES)
def test_an_incident_is_told_once_however_it_wanders(real_data, tmp_path, name, newest):
    project = open_project(tmp_path)
    data = real_data / "histories" / "github-action-benchmark" / name / "data.js"
    import_history(project, "github-action-benchmark", data)
    replay = Replay(project, newest)
    replay.run()
    counts = Counter((incident, state) for incident, state, _, _ in replay.told)
    assert all(count == 1 for (_, state), count in counts.items() if state != "fixed"), counts
    assert all(count <= 2 for count in counts.values()), counts
    begun = sum(state == "confirmed" for _, state in counts)
    assert begun >= 1
    assert len(replay.doubles()) <= begun / 5, replay.doubles()
    assert begun <= len(replay.ids)
