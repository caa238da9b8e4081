"""A plan as plain text: the same bytes for the same plan, every removal seen, no line broken by a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_auth0_permissions.core.model import Unmanaged
from pulumi_auth0_permissions.core.planning import Plan, compute_plan
from pulumi_auth0_permissions.core.text import MAX_CHANGES_SHOWN, applied_text, plan_text
from strategies import any_values

IDENTIFIER = "https://orders.example.com"
EVERYTHING = compute_plan(
    desired={"kept": "Kept", "read:orders": "Read all orders", "orders:write": "Write", "new": "", "added ": "Added"},
    prior=["kept", "read:orders", "write:orders", "delete:orders"],
    observed={
        "delete:orders": "Delete",
        "read:orders": "Read",
        "write:orders": "Write",
        "kept": "Kept",
        "theirs": "",
        "new": "",
    },
    unmanaged=Unmanaged.KEEP,
    renames={"write:orders": "orders:write"},
)


def plan_of(observed: dict[str, str], desired: dict[str, str], unmanaged: Unmanaged = Unmanaged.REFUSE) -> Plan:
    """Plan from what was there, all of it ours, to what is declared."""
    return compute_plan(
        desired=desired,
        prior=list(observed),
        observed=observed,
        unmanaged=unmanaged,
    )


def many(count: int, text: str = "") -> dict[str, str]:
    """Return that many permissions."""
    return {f"p{number:04}": text for number in range(count)}


def test_a_plan_with_everything_in_it() -> None:
    """Headline, removals first, renames, additions, descriptions, what is adopted and left alone, then the notes."""
    text = plan_text(
        "Orders",
        IDENTIFIER,
        EVERYTHING,
        details={"delete:orders": ["held by 1 role: Clerks (rol_1)", "second line"]},
        notes=["a note", "another"],
    )

    assert text == (
        "https://orders.example.com (Orders): "
        "1 to add, 1 to delete, 1 to rename, 1 description to update; 2 unchanged, 1 left alone\n"
        "  - delete:orders\n"
        "      held by 1 role: Clerks (rol_1)\n"
        "      second line\n"
        "  > write:orders => orders:write\n"
        '  + "added ": "Added"\n'
        '  ~ read:orders: "Read" => "Read all orders"\n'
        '  adopted, since the program declares what is already there: "new"\n'
        '  left alone, not managed here: "theirs"\n'
        "  a note\n"
        "  another"
    )


def test_what_was_done() -> None:
    """The same plan after the fact: past tense, a line per change, the notes."""
    assert applied_text("Orders", IDENTIFIER, EVERYTHING, notes=["a note"]) == (
        "https://orders.example.com (Orders): 1 added, 1 deleted, 1 renamed, 1 description updated\n"
        "  - delete:orders\n"
        "  > write:orders => orders:write\n"
        '  + "added ": "Added"\n'
        '  ~ read:orders: "Read" => "Read all orders"\n'
        "  a note"
    )


def test_an_api_is_called_by_its_tenant_too() -> None:
    """The heading of a plan, and of what was done, says where."""
    plan = plan_of({}, {})

    assert plan_text("Orders", IDENTIFIER, plan, tenant="acme.auth0.com").startswith(
        f"{IDENTIFIER} (Orders) on acme.auth0.com: no changes"
    )
    assert applied_text("", IDENTIFIER, plan, tenant="acme.auth0.com").startswith(f"{IDENTIFIER} on acme.auth0.com: ")


@pytest.mark.parametrize("count", [1, MAX_CHANGES_SHOWN, MAX_CHANGES_SHOWN + 1, 1000])
def test_removals_are_never_cut(count: int) -> None:
    """Every permission that goes has its line, however many there are."""
    text = plan_text("", IDENTIFIER, plan_of(many(count), {}))

    assert text.splitlines()[1:] == [f"  - {value}" for value in many(count)]


def test_a_thousand_additions_are_cut_with_a_count() -> None:
    """Beyond fifty, additions are counted; the headline has the whole number."""
    lines = plan_text("", IDENTIFIER, plan_of({}, many(1000))).splitlines()

    assert lines[0].endswith("1000 to add")
    assert lines[1:] == [*(f"  + {value}" for value in many(50)), "  … and 950 more to add"]


@given(any_values, any_values, st.text(), st.text(), st.text())
def test_no_name_breaks_a_line(value: str, other: str, description: str, name: str, identifier: str) -> None:
    """Whatever permissions, descriptions and APIs are called, a plan has its headline and a line for each change."""
    plan = plan_of({value: "x" + description}, {value: description, f"{value}{other}": description})

    for text in (plan_text(name, identifier, plan), applied_text(name, identifier, plan)):
        assert len(text.splitlines()) == 1 + len(plan.changes)
        assert "\x1b" not in text
