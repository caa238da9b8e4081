"""Which reviewed plans can be used."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auth0_permissions_cli.review.stack_review import Evidence, StackReview, saved_plan_data
from pulumi_auth0_permissions.core.errors import InvalidInputs
from pulumi_auth0_permissions.core.model import Change
from pulumi_auth0_permissions.core.review import Review
from pulumi_auth0_permissions.pulumi_adapter.reviewed import (
    MAX_AGE_VARIABLE,
    REVIEWED_PLAN_VARIABLE,
    ReviewedPlan,
)

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
URN = "urn:pulumi:prod::shop::pulumi-python:dynamic/auth0:ApiPermissions::orders"
CHANGE = Change("a", "A", None)
REVIEW = Review(URN, "https://orders.example.com", api_id="1", tenant="acme.auth0.com", changes=(CHANGE,))


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Names a plan that was saved a day ago."""
    path = tmp_path / "plan.json"
    saved = NOW - timedelta(days=1)
    evidence, declared = Evidence("acme.auth0.com", "me", saved), (URN, f"{URN}::eu")
    path.write_text(json.dumps(saved_plan_data(StackReview("prod", evidence, (REVIEW,), declared=declared))))
    return {REVIEWED_PLAN_VARIABLE: str(path)}


def _read(environ: dict[str, str]) -> ReviewedPlan:
    plan = ReviewedPlan.read(environ, NOW)
    assert plan is not None
    return plan


def test_what_was_saved_is_read(environ: dict[str, str]) -> None:
    """Changes are found by resource and API, those of leaving an API apart; a resource has its whole name."""
    plan = _read(environ)

    assert plan.declared == {"orders", "orders::eu"}
    assert plan.approved("1", URN).reviews == (REVIEW,)
    assert plan.approved("2", URN).reviews == ()
    assert plan.approved("1", None).reviews == ()
    assert plan.problems(URN, "acme.auth0.com") == []


@pytest.mark.parametrize(
    ("urn", "tenant", "words"),
    [
        (URN.replace("prod", "dev"), "acme.auth0.com", "is for the stack prod, and this is dev"),
        (URN.replace("shop", "other"), "acme.auth0.com", "is for the stack prod"),
        (URN, "other.auth0.com", "is for the tenant acme.auth0.com, and this is other.auth0.com"),
    ],
)
def test_another_stack_or_tenant_is_refused(environ: dict[str, str], urn: str, tenant: str, words: str) -> None:
    """A plan is of one stack of one project, and about one tenant."""
    (problem,) = _read(environ).problems(urn, tenant)

    assert words in str(problem)


def test_a_plan_that_is_too_old_is_refused(environ: dict[str, str]) -> None:
    """The limit is up to the user; one that says nothing is no limit."""
    for words, limits in {
        "is older than": ("23h", "1439m", "0d"),
        "must be a number and a unit": ("x", "1", "-1h", "1w", "1.5h"),
    }.items():
        for limit in limits:
            with pytest.raises(InvalidInputs, match=words):
                _read(environ | {MAX_AGE_VARIABLE: limit})
    assert _read(environ | {MAX_AGE_VARIABLE: "25h"})


def test_a_file_that_is_no_plan_is_refused(environ: dict[str, str]) -> None:
    """Whatever it holds, and if it is missing, one sentence says so, and nothing is done without a plan."""
    path = Path(environ[REVIEWED_PLAN_VARIABLE])
    changed = path.read_text().replace("acme", "evil")

    for text in ("", "[]", "{}", '{"format": 2}', "[" * 100_000, changed):
        path.write_text(text)
        with pytest.raises(InvalidInputs, match=r"not a plan saved by this version|has been changed since"):
            _read(environ)
    path.unlink()
    with pytest.raises(InvalidInputs, match="cannot be read: No such file"):
        _read(environ)
