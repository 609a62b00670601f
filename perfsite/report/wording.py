"""Numbers and verdicts as words: `+13.8 %`, `±3.1 %`, `3 regressions, the worst parse/json (+41 %)`."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from perfsite.model.findings import Doubt, Severity, Verdict
from perfsite.model.machine import difference

if TYPE_CHECKING:
    from perfsite.model.causes import CommonShift
    from perfsite.model.event import BaselinePinned
    from perfsite.model.machine import Machine
    from perfsite.report.missing import Missing
    from perfsite.report.views import CommitRef, Counts

MINUS = "−"
NONE = "–"
YOUNG = "without enough history"


def delta_text(delta: float | None) -> str:
    r"""Return a signed fraction in percent: three significant digits, at most one decimal.

    Examples
    --------
    >>> delta_text(0.1384), delta_text(-0.02), delta_text(12.3), delta_text(float("nan"))
    ('+13.8 %', '−2.0 %', '+1\u202f230 %', '–')
    """
    if delta is None or not math.isfinite(delta):
        return NONE
    sign = "+" if delta > 0 else MINUS if delta < 0 else "±"
    return f"{sign}{_percent(abs(delta))} %"


def noise_text(floor: float | None) -> str:
    """Return the noise floor as people read it, or that it is not known.

    Examples
    --------
    >>> noise_text(0.0312), noise_text(None)
    ('±3.1 %', '–')
    """
    if floor is None or not math.isfinite(floor):
        return NONE
    # A constant series has a floor of rounding errors; its digits would say nothing.
    return f"±{_percent(floor if floor >= 1e-5 else 0.0)} %"


def severity_text(severity: Severity, verdict: Verdict) -> str:
    """Return how much a regression matters; `none` for anything else: an improvement is not critical."""
    return str(severity if verdict is Verdict.REGRESSION else Severity.NONE)


def interval_text(lower: float, upper: float) -> str:
    """Return an interval of a delta: `+11.2 % to +16.0 %`; empty where it is not known."""
    if not (math.isfinite(lower) and math.isfinite(upper)):
        return ""
    return f"{delta_text(lower)} to {delta_text(upper)}"


def _percent(fraction: float) -> str:
    percent = fraction * 100
    if percent >= 1e7:
        return f"{percent:.1e}"
    if percent >= 100:
        return count_text(int(float(f"{percent:.3g}")))
    return f"{percent:.1f}" if percent >= 0.1 or percent == 0 else f"{percent:.2g}"


_DOUBTS = {
    Doubt.FIRST_POINT: "first measurement: it becomes the baseline",
    Doubt.NOISE_UNKNOWN: "too few earlier points tell the noise; the threshold decided alone",
    Doubt.OUTLIER: "off its level, but it did not last",
    Doubt.UNCONFIRMED: "suspected: only the newest run shows it, and later runs confirm or withdraw it",
    Doubt.NEW_LABEL: "the machine changed at the same time",
    Doubt.NO_RATIO: "the baseline is zero or negative: no relative change exists",
    Doubt.DIRTY: "measured with uncommitted changes: never a baseline",
    Doubt.ACCEPTED: "accepted as the new normal",
    Doubt.TOGETHER: "most benchmarks moved alike at that run: more likely the machine than the code",
    Doubt.SAME_CODE: "the same code as before: the machine or chance, not the code",
    Doubt.LEVEL: "not sure that the level changed: chance makes such a difference in so few points",
    Doubt.MANY_TESTS: "beyond its own noise, but among so many series chance makes such a delta",
    Doubt.WITHDRAWN: "was suspected, withdrawn: later runs do not show it",
}
_YOUNG_DOUBT = "too few earlier points tell the noise"
_DOUBT_TEXTS: dict[int, tuple[str, ...]] = {}


WOULD_SEE: Final = "; would see "


def doubt_texts(bits: int, *, unsure: bool = False, machine: str = "", detectable: float = math.nan) -> tuple[str, ...]:
    """Return the reasons, in words, to read a verdict with care; an unsure one always has one.

    `machine` says which machine took the place of which, where that is one of the reasons (`not_comparable`);
    `detectable` is the minimum detectable effect, which an unsure verdict says where it is known.
    """
    if bits & Doubt.LEVEL:
        # It was called a finding, or will be: that nobody knows yet whether anything changed says more.
        bits &= ~(Doubt.UNCONFIRMED | Doubt.WITHDRAWN)
    if unsure and math.isfinite(detectable) and not bits & Doubt.LEVEL:
        texts = doubt_texts(bits, unsure=True, machine=machine)
        return (*texts[:-1], f"{texts[-1]}{WOULD_SEE}{size_text(detectable)} or more")
    if machine and bits & Doubt.NEW_LABEL:
        return tuple(machine if doubt is Doubt.NEW_LABEL else text for doubt, text in _DOUBTS.items() if bits & doubt)
    if unsure and not bits:
        return ("its noise hides changes that matter",)
    if unsure and bits & Doubt.NOISE_UNKNOWN:
        # Nothing was decided, not even by the threshold.
        rest = bits & ~Doubt.NOISE_UNKNOWN
        return (_YOUNG_DOUBT, *(doubt_texts(rest) if rest else ()))
    if bits not in _DOUBT_TEXTS:
        # Uncommitted changes never become the baseline, so that the first measurement is none of its own.
        told = bits & ~Doubt.FIRST_POINT if bits & Doubt.DIRTY else bits
        # A suspicion that was withdrawn is an outlier, and says more.
        told = told & ~Doubt.OUTLIER if bits & Doubt.WITHDRAWN else told
        _DOUBT_TEXTS[bits] = tuple(text for doubt, text in _DOUBTS.items() if told & doubt)
    return _DOUBT_TEXTS[bits]


def size_text(fraction: float) -> str:
    """Return the size of a change either way: `±4.1 %`.

    Examples
    --------
    >>> size_text(0.041)
    '±4.1 %'
    """
    return f"±{_percent(fraction)} %"


def level_text(delta: float) -> str:
    """Return why a finding holds though one run does not show it; `delta` is the level's, a fraction.

    Examples
    --------
    >>> level_text(0.052)
    'shown by many runs, not by one: the level is +5.2 %'
    """
    return f"shown by many runs, not by one: the level is {delta_text(delta)}"


def reruns_text(runs: int, low: float, high: float) -> str:
    """Return how far runs lie apart that a value is the median of; `low` and `high` are what they measured.

    Examples
    --------
    >>> reruns_text(3, 1.0, 1.021), reruns_text(2, 0.0, 1.0)
    ('median of 3 runs, 2.1 % apart', 'median of 2 runs')
    """
    apart = f", {_percent(high / low - 1)} % apart" if low > 0 and math.isfinite(high / low) else ""
    return f"median of {runs} runs{apart}"


def reruns_sentence(apart: Sequence[float]) -> str:
    """Return how far the runs of a commit lie apart; `apart` are fractions, one for each series measured twice.

    Examples
    --------
    >>> reruns_sentence([0.02]), reruns_sentence([0.01, 0.02, 0.3])[:45]
    ('Each value is the median of its runs, which lie 2.0 % apart.', 'Each value is the median of its runs: half of')
    """
    known = sorted(one for one in apart if math.isfinite(one))
    if not known:
        return "Each value is the median of its runs." if apart else ""
    if len(known) == 1:
        return f"Each value is the median of its runs, which lie {_percent(known[0])} % apart."
    half, most = (_percent(known[math.ceil(share * len(known)) - 1]) for share in (0.5, 0.9))
    return (
        f"Each value is the median of its runs: half of {count_text(len(known))} series lie within {half} %, "
        f"nine in ten within {most} %."
    )


def power_sentence(detectable: Sequence[float]) -> str:
    """Return what a run could have shown of its series; empty where that is not known of any.

    Examples
    --------
    >>> power_sentence([0.041])
    'A change of ±4.1 % or more would show.'
    >>> power_sentence([0.02, 0.03, 0.2])
    'A change of ±3.0 % would show in half of the series, one of ±20.0 % in nine in ten.'
    """
    known = sorted(one for one in detectable if math.isfinite(one))
    if not known:
        return ""
    half, most = (size_text(known[math.ceil(share * len(known)) - 1]) for share in (0.5, 0.9))
    if sum(one >= 1 for one in known) * 2 > len(known):
        return "Not even a doubling would show" + (" in most series." if len(known) > 1 else ".")
    if half == most:
        return f"A change of {half} or more would show."
    return f"A change of {half} would show in half of the series, one of {most} in nine in ten."


def unsure_why(doubts: Sequence[int]) -> str:
    """Return, for measurements that are all unsure, why: words that follow their number."""
    if all(bits & Doubt.TOGETHER for bits in doubts):
        return "that moved together"
    young = Doubt.FIRST_POINT | Doubt.NOISE_UNKNOWN
    if all(bits & young for bits in doubts):
        return YOUNG
    if all(bits & Doubt.NEW_LABEL for bits in doubts):
        return "of a machine that is new here"
    if all(bits & Doubt.NO_RATIO for bits in doubts):
        return "with a baseline of zero or below"
    if not any(bits & (young | Doubt.NEW_LABEL | Doubt.NO_RATIO) for bits in doubts):
        return "too noisy to see a change that matters"
    return "too young, too noisy, or on a new machine"


def not_comparable(old: Machine, new: Machine) -> str:
    """Return that two machines are not comparable, and in what they differ; empty where that is not known.

    Examples
    --------
    >>> from perfsite.model.machine import Machine
    >>> not_comparable(Machine.of({"cpu.model": "AMD EPYC 7763"}), Machine.of({"cpu.model": "AMD EPYC 9V74"}))
    'not comparable: EPYC 7763 → EPYC 9V74'
    """
    before, after = difference(old, new)
    return f"not comparable: {short_name(before)} → {short_name(after)}" if before else ""


def together_text(shift: CommonShift) -> str:
    """Return that benchmarks moved together.

    Examples
    --------
    >>> from perfsite.model.causes import CommonShift
    >>> together_text(CommonShift(environment="ci", commit=7, delta=0.08, moved=12, among=14))
    '12 of 14 benchmarks of ci became slower together, by about 8.0 %: more likely the machine than the code'
    """
    how = "slower" if shift.delta > 0 else "faster"
    return (
        f"{shift.moved} of {shift.among} benchmarks of {short_name(shift.environment)} became {how} together, "
        f"by about {_percent(abs(shift.delta))} %: more likely the machine than the code"
    )


def missing_text(gone: Missing, since: CommitRef) -> str:
    """Return since when a series is not measured any more: `not measured since 1a2b3c4d (2026-01-03), 4 commits`."""
    how = "failed or skipped, " if gone.has_failed else ""
    return f"{how}not measured since {since.short} ({since.date}), {plural(gone.commits, 'commit')}"


def pin_text(event: BaselinePinned) -> str:
    """Return when, from what and by whom a baseline was pinned: `pinned 2026-01-27, perf_baseline.json`."""
    origin = event.source or event.revision
    source = f", {short_name(origin, 60)}" if origin else ""
    author = f", by {short_name(event.author, 60)}" if event.author else ""
    return f"pinned {date_text(event.time)}{source}{author}"


def plural(n: int, one: str, many: str | None = None) -> str:
    r"""Return a count with its noun.

    Examples
    --------
    >>> plural(1, "series", "series"), plural(1234, "commit")
    ('1 series', '1\u202f234 commits')
    """
    return f"{count_text(n)} {one if n == 1 else many or one + 's'}"


def count_text(n: int) -> str:
    """Return a whole number with narrow spaces between its thousands: no comma, which is a decimal sign to many."""
    return f"{n:,}".replace(",", "\u202f")


def commit_sentence(counts: Counts, worst: str, why: str = "") -> str:
    """Return what a commit did, verdict first, in one sentence.

    `worst` is the worst new regression, or the best improvement where there is none, in words; `why` is why nothing
    could be judged; both may be empty.
    """
    if counts.total == 0:
        return "Nothing was measured that a trend could be read from."
    parts = []
    if counts.regression:
        parts.append(plural(counts.regression, "regression"))
    if counts.improvement:
        parts.append(plural(counts.improvement, "improvement"))
    if parts:
        text = " and ".join(parts)
        if worst:
            text += f": {worst}" if counts.regression + counts.improvement == 1 else f", the largest {worst}"
    elif counts.unsure == counts.total:
        start = "Too early to tell" if why in ("", YOUNG) else "Cannot be judged"
        text = f"{start}: {plural(counts.unsure, 'measurement')} {why or YOUNG}"
    else:
        # What regressed earlier has not changed either, and is told once, behind it.
        text = f"No change in {plural(counts.no_change, 'measurement')}" if counts.no_change else "No change"
    if counts.unsure and counts.unsure != counts.total:
        text += f"; {count_text(counts.unsure)} unsure"
    if counts.standing:
        text += f"; {plural(counts.standing, 'earlier regression')} still open"
    return text + "."


def commit_state(counts: Counts) -> str:
    """Return the worst verdict of a commit."""
    if counts.regression:
        return "regression"
    if counts.improvement:
        return "improvement"
    if counts.total in (0, counts.unsure):
        return "unsure"
    return "no-change"


def health_sentence(counts: Counts, newest: str, *, old: int = 0) -> str:
    """Return the health of the whole site in one sentence.

    `newest` is the newest regression in words; `old` of the standing ones are of long ago, and nobody decided on them.
    """
    bad = counts.regression + counts.standing - old
    if counts.total == 0:
        return "Nothing is measured yet."
    if bad:
        return f"{count_text(bad)} of {plural(counts.total, 'series', 'series')} regressed" + (
            f"; newest: {newest}." if newest else "."
        )
    if old:
        have = "has" if old == 1 else "have"
        return f"Nothing regressed lately; {plural(old, 'series', 'series')} {have} been worse for over half a year."
    if counts.unsure == counts.total:
        return f"{plural(counts.total, 'series', 'series')}, all too young to judge."
    judged = counts.total - counts.unsure
    many = f"All {count_text(judged)} judged series are at their" if judged > 1 else "The one judged series is at its"
    text = f"{many} baseline or better"
    return text + (f"; {count_text(counts.unsure)} unsure." if counts.unsure else ".")


def health_state(counts: Counts, *, old: int = 0) -> str:
    """Return the worst verdict of the site; regressions of long ago, of which there are `old`, are not red."""
    if counts.regression + counts.standing > old:
        return "regression"
    if old:
        return "unsure"
    return "unsure" if counts.total in (0, counts.unsure) else "no-change"


_LEVELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def spark_text(values: Sequence[float], most: int = 60) -> str:
    """Code the newest values for a sparkline: one letter a point, 52 levels from the lowest to the highest.

    Examples
    --------
    >>> spark_text([1.0, 2.0, 3.0])
    'AZz'
    """
    newest = values[-most:]
    if len(newest) < 2:
        return ""
    low, high = min(newest), max(newest)
    if high <= low:
        return _LEVELS[len(_LEVELS) // 2] * len(newest)
    # Halves, because the distance of two huge values of different sign would overflow.
    span = high / 2 - low / 2
    return "".join(_LEVELS[int((value / 2 - low / 2) / span * (len(_LEVELS) - 1))] for value in newest)


def one_line(text: str) -> str:
    r"""Return text without line breaks and control characters, white space folded; it turns no direction but its own.

    Examples
    --------
    >>> one_line("a\n b"), one_line("\u202eb")
    ('a b', '\u2068\u202eb\u2069')
    """
    return short_name(text, len(text) + 1)


def short_name(text: str, most: int = 80) -> str:
    """Return a name in one line, cut where it is longer than `most` characters."""
    line = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text[: 4 * most]).split())
    if len(line) > most or len(text) > 4 * most:
        line = f"{line[: most - 1]}…"
    if re.search(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", line):
        # Isolated (UAX #9), and without isolates of its own, which could end that one.
        line = "\u2068" + re.sub(r"[\u2066-\u2069]", "", line) + "\u2069"
    return line


def date_text(time: datetime | None) -> str:
    """Return a date; empty where it is not known."""
    return time.isoformat()[:10] if time else ""


def time_text(time: datetime | None) -> str:
    """Return a time to the minute, in UTC; empty where it is not known."""
    return f"{time.isoformat(' ', 'minutes')[:16]} UTC" if time else ""
