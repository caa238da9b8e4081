"""A plan as plain text: the same bytes for the same plan, every removal seen, no line broken by a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_auth0_permissions.core.changes import Kind
from pulumi_auth0_permissions.core.modes import Unmanaged
from pulumi_auth0_permissions.core.permissions import Permission, PermissionSet
from pulumi_auth0_permissions.core.plan import Plan, compute_plan
from pulumi_auth0_permissions.render.text import MAX_CHANGES_SHOWN, applied_text, headline, plan_text
from strategies import Situation, any_values, renaming_situations

IDENTIFIER = "https://orders.example.com"
EVERYTHING = compute_plan(
    desired=PermissionSet.of(
        {"kept": "Kept", "read:orders": "Read all orders", "orders:write": "Write", "new": "", "added ": "Added"}
    ),
    prior=["kept", "read:orders", "write:orders", "delete:orders"],
    observed=PermissionSet(
        [
            Permission("delete:orders", "Delete"),
            Permission("read:orders", "Read"),
            Permission("write:orders", "Write"),
            Permission("kept", "Kept"),
            Permission("theirs"),
            Permission("new"),
        ]
    ),
    unmanaged=Unmanaged.KEEP,
    renames={"write:orders": "orders:write"},
)


def plan_of(observed: dict[str, str], desired: dict[str, str], unmanaged: Unmanaged = Unmanaged.REFUSE) -> Plan:
    """Plan from what was there, all of it ours, to what is declared."""
    return compute_plan(
        desired=PermissionSet.of(desired),
        prior=list(observed),
        observed=PermissionSet.of(observed),
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
        "1 to add, 1 to delete, 1 to rename, 1 to describe; 2 unchanged, 1 left alone\n"
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
        "https://orders.example.com (Orders): 1 added, 1 deleted, 1 renamed, 1 described\n"
        "  - delete:orders\n"
        "  > write:orders => orders:write\n"
        '  + "added ": "Added"\n'
        '  ~ read:orders: "Read" => "Read all orders"\n'
        "  a note"
    )


def test_no_changes_are_said_in_words() -> None:
    """A plan without changes says so, and what it is that stays."""
    plan = plan_of({"a": "", "b": ""}, {"b": "", "a": ""})

    assert plan_text("", IDENTIFIER, plan) == f"{IDENTIFIER}: no changes; 2 unchanged"
    assert applied_text("", IDENTIFIER, plan) == f"{IDENTIFIER}: no changes, nothing written"


def test_an_empty_api_is_said_in_words() -> None:
    """Nothing there and nothing wanted is no changes, and nothing else."""
    assert headline(plan_of({}, {})) == "no changes"


@pytest.mark.parametrize(
    ("observed", "desired", "text"),
    [
        ({}, many(3), "3 to add"),
        (many(3), many(1), "2 to delete; 1 unchanged"),
        (many(2, "old"), many(2, "new"), "2 to describe"),
        (many(1), {"x": ""}, "1 to add, 1 to delete"),
    ],
)
def test_the_headline_counts_what_there_is(observed: dict[str, str], desired: dict[str, str], text: str) -> None:
    """Only kinds that occur are counted, additions first as people read them."""
    assert headline(plan_of(observed, desired)) == text


@pytest.mark.parametrize(
    ("name", "title"), [("", IDENTIFIER), (IDENTIFIER, IDENTIFIER), ("Orders", f"{IDENTIFIER} (Orders)")]
)
def test_an_api_is_called_by_its_identifier_and_name(name: str, title: str) -> None:
    """A name stands in parentheses where there is one that says more than the identifier."""
    assert plan_text(name, IDENTIFIER, plan_of({}, {})) == f"{title}: no changes"


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


def test_renames_are_never_cut() -> None:
    """A rename takes a name away: every one has its line."""
    old, new = list(many(60)), {f"q{number:04}": "" for number in range(60)}
    plan = compute_plan(
        desired=PermissionSet.of(new),
        prior=old,
        observed=PermissionSet.of(many(60)),
        renames=dict(zip(old, new, strict=True)),
    )

    assert len(plan_text("", IDENTIFIER, plan).splitlines()) == 61


def test_as_many_additions_as_fit_are_shown() -> None:
    """Fifty additions have a line each, and nothing is said of more."""
    text = plan_text("", IDENTIFIER, plan_of({}, many(MAX_CHANGES_SHOWN)))

    assert len(text.splitlines()) == 1 + MAX_CHANGES_SHOWN
    assert "more" not in text


def test_a_thousand_additions_are_cut_with_a_count() -> None:
    """Beyond fifty, additions are counted; the headline has the whole number."""
    lines = plan_text("", IDENTIFIER, plan_of({}, many(1000))).splitlines()

    assert lines[0].endswith("1000 to add")
    assert lines[1:] == [*(f"  + {value}" for value in many(50)), "  … and 950 more to add"]


def test_a_thousand_descriptions_are_cut_with_a_count() -> None:
    """Beyond fifty, descriptions are counted too."""
    lines = plan_text("", IDENTIFIER, plan_of(many(1000, "old"), many(1000, "new"))).splitlines()

    assert len(lines) == 1 + MAX_CHANGES_SHOWN + 1
    assert lines[-1] == "  … and 950 more to describe"


def test_many_that_are_left_alone_are_cut_with_a_count() -> None:
    """What stays needs no line each: the first ten and the number of the others."""
    plan = compute_plan(
        desired=PermissionSet(), prior=(), observed=PermissionSet.of(many(200)), unmanaged=Unmanaged.KEEP
    )

    lines = plan_text("", IDENTIFIER, plan).splitlines()

    assert len(lines) == 2
    assert lines[1].endswith('"p0009" and 190 more')


@given(renaming_situations())
def test_the_same_plan_is_the_same_text(situation: Situation) -> None:
    """A situation computed anew reads the same, byte by byte, and has one line for each change."""
    plan, again = situation.plan(), situation.plan()

    text = plan_text("Orders", IDENTIFIER, plan)

    assert text == plan_text("Orders", IDENTIFIER, again)
    assert sum(line.startswith(("  + ", "  - ", "  ~ ", "  > ")) for line in text.splitlines()) == len(plan.changes)


@given(any_values, any_values, st.text(), st.text(), st.text())
def test_no_name_breaks_a_line(value: str, other: str, description: str, name: str, identifier: str) -> None:
    """Whatever permissions, descriptions and APIs are called, a plan has its headline and a line for each change."""
    plan = plan_of({value: "x" + description}, {value: description, f"{value}{other}": description})

    for text in (plan_text(name, identifier, plan), applied_text(name, identifier, plan)):
        assert len(text.splitlines()) == 1 + len(plan.changes)
        assert "\x1b" not in text


def test_the_text_knows_every_kind_of_change() -> None:
    """There is no change that a headline would pass over."""
    assert {change.kind for change in EVERYTHING.changes} == set(Kind)
    assert headline(EVERYTHING).count(" to ") == len(Kind)
