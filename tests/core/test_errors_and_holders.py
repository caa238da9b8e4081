"""The errors that carry facts, and the facts on who holds a permission."""

from __future__ import annotations

from pulumi_auth0_permissions.core.errors import (
    Conflict,
    InvalidInputs,
    PermissionsError,
    Problem,
    UnsafePlan,
    VerificationFailed,
)
from pulumi_auth0_permissions.core.holders import Holder, HolderKind, Impact


def test_invalid_inputs_keep_their_problems() -> None:
    """The error holds the problems in the order given, and reads as a line for each."""
    problems = [Problem("api", "is missing"), Problem("removal", "is wrong")]

    error = InvalidInputs(iter(problems))

    assert error.problems == tuple(problems)
    assert str(error) == "api: is missing\nremoval: is wrong"


def test_everything_said_to_a_user_is_caught_as_one() -> None:
    """All errors of the rules are `PermissionsError`: the rim has to know one class."""
    assert all(issubclass(kind, PermissionsError) for kind in (Conflict, InvalidInputs, UnsafePlan, VerificationFailed))


def test_who_holds_a_permission_is_found_by_its_exact_value() -> None:
    """Holders are found under their permission's value, and nobody is found under a look-alike."""
    clerk = Holder(HolderKind.ROLE, "rol_1", "Clerks")
    impact = Impact({"read:a": (clerk,)})

    assert impact.holders_of("read:a") == (clerk,)
    assert impact.holders_of("read:a ") == ()
