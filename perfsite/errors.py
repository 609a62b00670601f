"""Everything that can go wrong, each kind with the exit code the command line answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class PerfsiteError(Exception):
    """Something a person can mend: what is wrong, where, and what to do next.

    Parameters
    ----------
    problem
        What is wrong, with the offending value; no trailing full stop.
    where
        The place: a file, with the path inside it (`bench.json: $.results[0].times[1]`).
    hint
        The next step, as a sentence.
    """

    exit_code = 2

    def __init__(self, problem: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}" if self.where else self.problem

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.problem, self.where, self.hint)


def _rebuild(kind: type[PerfsiteError], problem: str, where: str | None, hint: str | None) -> PerfsiteError:
    """Make the error again on the other side of a process boundary."""
    return kind(problem, where=where, hint=hint)


class ConfigError(PerfsiteError):
    """The command was called wrongly, or the configuration is not valid."""

    exit_code = 2


class InputError(PerfsiteError):
    """A result file cannot be read as what it claims to be."""

    exit_code = 3


class HistoryError(PerfsiteError):
    """The history, or the git repository that holds it, cannot be read or written."""

    exit_code = 4


class DeliveryError(PerfsiteError):
    """A page, comment or message could not be delivered."""

    exit_code = 5


class CombinedInputError(InputError):
    """Every bad place of one input at once, so that one round of mending is enough.

    Parameters
    ----------
    errors
        At least one error; the first twenty are told in full, the rest counted.
    """

    def __init__(self, errors: Sequence[InputError]) -> None:
        if not errors:
            raise ValueError("CombinedInputError needs at least one error")
        self.errors = tuple(errors)
        first = self.errors[0]
        super().__init__(first.problem, where=first.where, hint=first.hint)

    def __str__(self) -> str:
        shown = [str(error) for error in self.errors[:20]]
        if len(self.errors) > 20:
            shown.append(f"and {len(self.errors) - 20} more like these")
        return "\n".join(shown)

    def __reduce__(self) -> tuple[object, ...]:
        return CombinedInputError, (self.errors,)
