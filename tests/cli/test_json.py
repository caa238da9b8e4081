"""All JSON is of one dialect, and its page has every key."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from auth0_permissions_cli.commands.holders import Holdings, as_data
from auth0_permissions_cli.matrix.comparison import build_matrix
from auth0_permissions_cli.matrix.rendering import matrix_data
from auth0_permissions_cli.promotion.report import ApiPlan, Outcome, PromotionPlan, promotion_data
from auth0_permissions_cli.review.stack_review import Complaint, Evidence, Source, StackReview, stack_review_data
from matrix.states import Held, snapshot
from pulumi_auth0_permissions.core.model import Api, Change, Holder, HolderKind, Impact
from pulumi_auth0_permissions.core.review import Review

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "json.md"
CHANGE = Change("read", "", "", "view")
ROLE = Holder(HolderKind.ROLE, "rol_1", "Support", users=2)
IMPACT = Impact({"read": (ROLE,)}, all_scope_grants=(ROLE,), unknown=("clients",), token_lifetime_s=60)
API = Api("1", "api", "Orders", is_system=False, token_lifetime_s=60, permissions={"read": ""})
REVIEW = Review("a::b::c::d", "api", changes=(CHANGE,), impact=IMPACT)
EVIDENCE = Evidence("example.com", "anne")
OUTPUTS: dict[str, dict[str, object]] = {
    "plan": stack_review_data(
        StackReview("dev", EVIDENCE, (REVIEW,), (Complaint("u", "m"),), source=Source("dev", {}))
    ),
    "promote": promotion_data(
        "dev",
        "prod",
        Outcome.PROMOTED,
        PromotionPlan(
            "dev", "prod", "dev.example.com", EVIDENCE, (ApiPlan("orders", REVIEW, "y"),), (), is_recorded=True
        ),
        {"orders": "z"},
    ),
    "holders": as_data(Holdings("example.com", API, IMPACT)),
    "matrix": matrix_data(build_matrix([snapshot("dev", Held("orders", {"read": ""}))])),
}
NAMES = {"dev"}  # keys that are names of stacks


def keys(value: object) -> Iterator[str]:
    """Yield all keys, at whatever depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys(inner)
    if isinstance(value, list):
        for one in value:
            yield from keys(one)


@pytest.mark.parametrize("command", OUTPUTS)
def test_the_page_has_every_key(command: str) -> None:
    """In snake_case, beside the format, which is 1 everywhere."""
    page = PAGE.read_text(encoding="utf-8")
    found = set(keys(OUTPUTS[command])) - NAMES

    assert OUTPUTS[command]["format"] == 1
    assert {key for key in found if not re.fullmatch(r"[a-z]+(_[a-z]+)*", key)} == set()
    assert {key for key in found if f"`{key}`" not in page} == set()
