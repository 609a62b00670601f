"""Geometric means of what changed between two positions: of every group, and the one that the sentence names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.geometric import GeometricMean, geometric_mean, geometric_means
from perfsite.model.findings import VERDICTS, Verdict
from perfsite.report.differences import NOT_COMPARED
from perfsite.report.levels import SIGNS
from perfsite.report.release_words import group_state

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.model.series import Series
    from perfsite.report.differences import Difference
    from perfsite.report.levels import Levels

Family = tuple[str, str, str, str]
"""Metric, unit, direction, environment."""
_REGRESSION, _IMPROVEMENT = VERDICTS.index(Verdict.REGRESSION), VERDICTS.index(Verdict.IMPROVEMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMean:
    """The mean of one group's series of one family, and how many of them became worse and better."""

    name: str
    family: Family
    mean: GeometricMean
    worse: int
    better: int

    @property
    def state(self) -> str:
        """Return the verdict."""
        return group_state(self.mean, SIGNS[self.family[2]], self.worse, self.better)


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeMean:
    """The mean of all of a group's series that have a direction, over metrics and environments.

    `sign` is 1 where more is worse, -1 where it is better. Where a group's series differ in that, those of which more
    is better are turned over, and `sign` is 1.
    """

    mean: GeometricMean
    sign: int
    worse: int
    better: int

    @property
    def state(self) -> str:
        """Return the verdict."""
        return group_state(self.mean, self.sign, self.worse, self.better)


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The mean over all environments of the metric that most series have."""

    metric: str
    unit: str
    direction: str
    environments: int
    mean: GeometricMean


def averaged(found: Difference) -> NDArray[np.int64]:
    """Return the numbers of the series that means are made of: those that the machine may have changed are not."""
    used = found.verdicts != NOT_COMPARED
    used[list(found.doubts)] = False
    return np.flatnonzero(used)


class Means:
    """The means of a site's groups; what all of them share is made once.

    Parameters
    ----------
    series
        All series of the trend.
    levels
        Their values.
    groups
        Numbers of series by the name of their group; a series may be in several.
    """

    def __init__(self, series: Sequence[Series], levels: Levels, groups: Mapping[str, Sequence[int]]) -> None:
        pairs = [
            ((name, levels.families[number]), number) for name, members in sorted(groups.items()) for number in members
        ]
        self._names: list[tuple[str, Family]] = sorted({named for named, _ in pairs})
        place = {named: i for i, named in enumerate(self._names)}
        self._group = np.array([place[named] for named, _ in pairs], np.int64)
        self._member = np.array([number for _, number in pairs], np.int64)
        self._together = np.array([levels.together[family] for _, family in self._names])
        self._share = np.array([levels.together[family] for family in levels.families])
        self._environment = np.unique([family[3] for family in levels.families], return_inverse=True)[1]
        self._signs = levels.signs
        whole = {name: i for i, name in enumerate(sorted(groups))}
        self._whole_names = list(whole)
        self._whole = np.array([whole[name] for (name, _), _ in pairs], np.int64)
        self.of_groups = lru_cache(maxsize=64)(self._of_groups)
        self.of_whole_groups = lru_cache(maxsize=64)(self._of_whole_groups)
        self._metrics = sorted({family[:3] for family in levels.families}, key=lambda one: (one[1] != "s", one))
        metric = {one: i for i, one in enumerate(self._metrics)}
        self._metric = np.array([metric[family[:3]] for family in levels.families], np.int64)
        names: dict[tuple[object, ...], int] = {}
        self._identity = np.array(
            [names.setdefault((one.key.benchmark, one.key.parameters, one.key.metric), len(names)) for one in series],
            np.int64,
        )

    def _of_groups(self, found: Difference) -> list[GroupMean]:
        """Return the mean of every group and family that has a series, by name."""
        used = np.zeros(len(found.verdicts), np.bool_)
        used[averaged(found)] = True
        mine = used[self._member]
        groups, members = self._group[mine], self._member[mine]
        means = geometric_means(found.logs[members], found.errors[members], groups, self._together)
        worse, better = self._moved(found, groups, members, len(means))
        return [
            GroupMean(name=name, family=family, mean=mean, worse=worse[i], better=better[i])
            for i, ((name, family), mean) in enumerate(zip(self._names, means, strict=True))
            if mean.count
        ]

    def _of_whole_groups(self, found: Difference) -> dict[str, WholeMean]:
        """Return the mean of every group over all its metrics and environments, by name."""
        size, signs = len(self._whole_names), self._signs[self._member]
        falls, rises = (np.bincount(self._whole[signs == sign], minlength=size) for sign in (1, -1))
        share = np.zeros(size)
        np.maximum.at(share, self._whole, self._share[self._member])
        used = np.zeros(len(found.verdicts), np.bool_)
        used[averaged(found)] = True
        mine = used[self._member] & (signs != 0)
        groups, members = self._whole[mine], self._member[mine]
        turned = np.where(((falls > 0) & (rises > 0))[groups], signs[mine], 1)
        means = geometric_means(found.logs[members] * turned, found.errors[members], groups, share)
        worse, better = self._moved(found, groups, members, size)
        return {
            name: WholeMean(mean=means[i], sign=1 if falls[i] else -1, worse=worse[i], better=better[i])
            for i, name in enumerate(self._whole_names)
            if means[i].count
        }

    def _moved(
        self, found: Difference, groups: NDArray[np.int64], members: NDArray[np.int64], size: int
    ) -> tuple[list[int], list[int]]:
        """Return how many series of each group became worse, and better."""
        worse, better = (
            np.bincount(groups[found.verdicts[members] == code], minlength=size).tolist()
            for code in (_REGRESSION, _IMPROVEMENT)
        )
        return worse, better

    def headline(self, found: Difference) -> Headline | None:
        """Return the mean that stands for all, of the metric that most series have; None where nothing was compared.

        A benchmark that is measured in several environments counts once: with the mean of its logarithms there.
        """
        numbers = averaged(found)
        if not len(numbers):
            return None
        metric = int(np.bincount(self._metric[numbers]).argmax())
        numbers = numbers[self._metric[numbers] == metric]
        _, index, sizes = np.unique(self._identity[numbers], return_inverse=True, return_counts=True)
        logs = np.bincount(index, weights=found.logs[numbers]) / sizes
        errors = np.sqrt(np.bincount(index, weights=found.errors[numbers] ** 2)) / sizes
        name, unit, direction = self._metrics[metric]
        return Headline(
            metric=name,
            unit=unit,
            direction=direction,
            environments=len(np.unique(self._environment[numbers])),
            mean=geometric_mean(logs, errors, float(self._share[numbers].max())),
        )
