"""What the owner of a site may set, as typed settings with defaults that work."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from perfsite.config.comments import CommentSettings
from perfsite.config.hints import HintSettings
from perfsite.config.notify import NotifySettings
from perfsite.config.receiving import ReceiveSettings
from perfsite.model.policy import Policy, Threshold, preset, preset_for
from perfsite.model.selector import Selector

if TYPE_CHECKING:
    from perfsite.config.environments import Adjustment
    from perfsite.model.budget import Budget, Indicator
    from perfsite.model.group import Group
    from perfsite.model.layout import TableLayout
    from perfsite.model.run import Direction
    from perfsite.model.series import SeriesKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Selector):
    """Settings for the series that its globs select; later rules win, setting by setting."""

    direction: Direction | None = None
    warn: float | None = None
    fail: float | None = None
    warn_absolute: float | None = None
    fail_absolute: float | None = None
    preset: str | None = None

    def of(self, threshold: Threshold, metric: str, unit: str, direction: str) -> Threshold:
        """Return the threshold with what this rule sets for a metric.

        Absolute levels stand alone where the rule sets no fractions: what a preset says of other metrics, 20 % more is
        slow, would fail an error rate that went from 1 in 1,000 to 2.
        """
        if self.preset is not None:
            threshold = preset(self.preset, metric, unit, direction)
        if self.warn_absolute is not None or self.fail_absolute is not None:
            threshold = Threshold(
                warn_absolute=self.warn_absolute or threshold.warn_absolute,
                fail_absolute=self.fail_absolute or threshold.fail_absolute,
                name="rule",
            )
        if self.warn is not None:
            threshold = replace(threshold, warn=self.warn, name="rule")
        if self.fail is not None:
            threshold = replace(threshold, fail=self.fail, name="rule")
        return threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the owner of a site may set; every field has a default that works."""

    title: str | None = None
    branch: str | None = None
    """Default branch of the code; None: found out."""
    repository_url: str | None = None
    """Web address of the code, for links to commits; None: found out from the remote."""
    site_url: str | None = None
    """Web address of the site where no `mkdocs.yml` gives one; None: GitHub Pages' for code that is on GitHub."""
    content_security_policy: bool = False
    """Whether every page says itself that nothing but the site's own files may be loaded or run."""
    commit_pages: str | int = "auto"
    """How many commits keep their page: `all`, the newest so many, or `auto`, as many as a host takes."""
    environment: str | None = None
    """Name of the environment that `record` writes; None: made from the machine's facts."""
    history_branch: str = "perf-history"
    remote: str = "origin"
    judging: Policy = field(default_factory=Policy)
    """How a series is judged apart from its threshold, which presets and rules give."""
    rules: tuple[Rule, ...] = ()
    budgets: tuple[Budget, ...] = ()
    """Absolute limits and target shares."""
    indicators: tuple[Indicator, ...] = ()
    """Key figures of services."""
    groups: tuple[Group, ...] = ()
    """Names for series that the site shows together."""
    ignored_paths: tuple[str, ...] = ()
    """Patterns of files that no benchmark depends on: a commit that touches no other cannot be a regression."""
    environments: tuple[Adjustment, ...] = ()
    """What is judged otherwise in some environments; all that select one apply, in this order."""
    formats: tuple[TableLayout, ...] = ()
    """Tables of the owner's own that `record` reads."""
    hints: HintSettings = field(default_factory=HintSettings)
    notify: NotifySettings = field(default_factory=NotifySettings)
    comment: CommentSettings = field(default_factory=CommentSettings)
    receive: ReceiveSettings = field(default_factory=ReceiveSettings)

    def direction(self, key: SeriesKey, unit: str, told: Direction) -> Direction:
        """Return the direction of a series: the last rule that sets one, else what the data told."""
        for rule in reversed(self.rules):
            if rule.direction is not None and rule.selects(key, unit):
                return rule.direction
        return told

    def with_preset(self, name: str) -> Settings:
        """Return the settings with a preset for every series, whatever the rules say."""
        return replace(self, rules=(*self.rules, Rule(preset=name)))

    def policy(self, key: SeriesKey, unit: str, direction: Direction) -> Policy:
        """Return how a series is judged."""
        threshold = preset_for(unit, direction)
        for rule in self.rules:
            if rule.selects(key, unit):
                threshold = rule.of(threshold, key.metric, unit, direction)
        policy = replace(self.judging, threshold=threshold)
        for adjustment in self.environments:
            if adjustment.selects(key.environment):
                policy = adjustment.applied(policy)
        return policy
