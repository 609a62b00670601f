"""What a reader will see of hints, as data; every text may be hostile and is escaped where it is placed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfsite.report.views import CommitRef


@dataclass(frozen=True, slots=True, kw_only=True)
class HintView:
    """What the evidence recorded says of the cause of a finding.

    `confidence` is `high`, `medium` or `low`. `where` are the series it speaks of, in words; `benchmark` and `url`
    lead to the page of the first. `commit` is where the finding is, None where it stands at no commit.
    """

    rule: str
    sentence: str
    confidence: str
    because: str
    next_step: str
    benchmark: str
    url: str
    where: str
    commit: CommitRef | None
