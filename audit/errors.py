"""What can go wrong, said so that a reader knows where it is and what to do.

AuditError              every error that Evenhand raises on purpose
 +- PolicyError         the policy cannot be used; holds every mistake found, each with its place
 +- DataError           the data cannot be audited under this policy; holds every problem found
 +- ThemeError          the theme of a report cannot be used; holds every mistake found
 +- RenderError         a report could not be written in the format asked for
"""

from __future__ import annotations

from collections.abc import Sequence


class AuditError(Exception):
    """No audit was performed, and the message says why and what to do."""


class PolicyError(AuditError):
    """The policy cannot be used. `problems` holds every mistake found, ready to print."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class DataError(AuditError):
    """The data cannot be audited under this policy. `problems` holds every problem found."""

    def __init__(self, problems: Sequence[str] | str) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))


class ThemeError(AuditError):
    """The theme cannot be used. `problems` holds every mistake found, each with its place."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class RenderError(AuditError):
    """A report could not be written in this format; the others are not affected."""
