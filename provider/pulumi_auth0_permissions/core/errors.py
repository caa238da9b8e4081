"""What is raised for people to read; each message says what happened, where, the numbers and the next action."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input."""

    property: str  # the input, as the user wrote it: ``permissions["read:orders"]``, ``api``, ``auth0:domain``
    reason: str  # one sentence: what is wrong, the numbers and the fix

    def __str__(self) -> str:
        return f"{self.property}: {self.reason}"


class PermissionsError(Exception):
    """Any failure reported to the user; ``str()`` is the whole message, ready to be shown."""


class InvalidInputs(PermissionsError):
    """Raised when inputs are wrong; ``problems`` holds all of them, in the order of the inputs."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))
