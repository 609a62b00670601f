"""Look an incident up by what people have at hand: its id, the beginning of it, an id of before, or a commit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from perfsite.incidents.decisions import ASTRAY

if TYPE_CHECKING:
    from perfsite.model.incident import Incident
    from perfsite.model.run import Commit

FEWEST_DIGITS: Final = 4


def look_up(text: str, incidents: Sequence[Incident], commits: Sequence[Commit]) -> list[Incident]:
    """Return the incidents that a text names: one, none, or several where it is ambiguous.

    An id is the beginning of a commit's sha, so that an id given out before the analysis of more runs moved the change
    is still a commit in, or a few beside, the range of the same incident: it is found by that.
    """
    wanted = text.strip().lower()
    if len(wanted) < FEWEST_DIGITS:
        return []
    named = [incident for incident in incidents if incident.id == wanted]
    if not named:
        named = [incident for incident in incidents if incident.id.startswith(wanted)]
    if not named:
        named = [incident for incident in incidents if wanted.startswith(incident.id)]
    if named:
        return named
    at = [i for i, commit in enumerate(commits) if commit.sha.startswith(wanted[:40])]
    if len(at) != 1:
        return []
    near = [one for one in incidents if one.good - ASTRAY < at[0] <= one.bad + ASTRAY]
    if not near:
        return []

    def away(incident: Incident) -> tuple[bool, int]:
        return not incident.good < at[0] <= incident.bad, abs(incident.commit - at[0])

    closest = min(away(incident) for incident in near)
    return [incident for incident in near if away(incident) == closest]
