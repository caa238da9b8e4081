"""Who is hit by a plan, in words: no more than is known, long lists cut with a count."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pulumi_auth0_permissions.core.model import USERS_NOT_KNOWN, Holder, HolderKind, Impact, Removal
from pulumi_auth0_permissions.core.planning import Plan, compute_plan
from pulumi_auth0_permissions.core.text import MAX_HOLDERS_SHOWN, holder_lines, impact_notes, moved_note

NOW = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
ROLE = Holder(HolderKind.ROLE, "rol_1", "Clerks")
GRANT = Holder(HolderKind.CLIENT_GRANT, "cgr_1", "Shop")


def plan_of(observed: str, desired: str, **renames: str) -> Plan:
    """Plan from values that are ours to others, a letter each."""
    return compute_plan(
        desired=dict.fromkeys(desired, ""),
        prior=observed,
        observed=dict.fromkeys(observed, ""),
        renames=renames,
    )


class TestHolders:
    """A line on each permission that goes."""

    @pytest.mark.parametrize(
        ("removal", "line"),
        [
            (Removal.WARN, "held by 1 role and 1 client grant: Clerks (rol_1), Shop (cgr_1)"),
            (Removal.REVOKE, "will first be taken from 1 role and 1 client grant: Clerks (rol_1), Shop (cgr_1)"),
            (Removal.REFUSE, "held by 1 role and 1 client grant: Clerks (rol_1), Shop (cgr_1)"),
        ],
    )
    def test_a_deletion_says_who_holds_it(self, removal: Removal, line: str) -> None:
        """Holders are counted by kind and named with their id; `revoke` says what will be done."""
        assert holder_lines(plan_of("ab", "b"), Impact({"a": (ROLE, GRANT)}), removal) == {"a": [line]}

    @pytest.mark.parametrize("removal", Removal)
    def test_a_rename_says_to_whom_access_is_handed_over(self, removal: Removal) -> None:
        """In every mode a rename hands access over."""
        lines = holder_lines(plan_of("ab", "bx", a="x"), Impact({"a": (ROLE,)}), removal)

        assert lines == {"a": ["handed over to the new name, and the old one taken from 1 role: Clerks (rol_1)"]}

    def test_nobody_is_said_where_nobody_was_found(self) -> None:
        """A complete look-up that found nobody says so."""
        assert holder_lines(plan_of("ab", "b"), Impact(), Removal.WARN) == {
            "a": ["held by no role and named in no client grant"]
        }

    def test_nobody_is_not_said_where_something_is_unknown(self) -> None:
        """A look-up with gaps does not claim that nobody holds a permission."""
        assert holder_lines(plan_of("ab", "b"), Impact(unknown=("roles",)), Removal.WARN) == {}

    @pytest.mark.parametrize(
        ("count", "end"),
        [
            (MAX_HOLDERS_SHOWN, "R4 (rol_4)"),
            (MAX_HOLDERS_SHOWN + 1, "R4 (rol_4) and 1 more"),
            (MAX_HOLDERS_SHOWN + 995, "R4 (rol_4) and 995 more"),
        ],
    )
    def test_many_holders_are_cut_with_a_count(self, count: int, end: str) -> None:
        """Five are named, the rest is counted, and the whole number is said first."""
        holders = tuple(Holder(HolderKind.ROLE, f"rol_{number}", f"R{number}") for number in range(count))

        ((line,),) = holder_lines(plan_of("ab", "b"), Impact({"a": holders}), Removal.WARN).values()

        assert line.startswith(f"held by {count} roles: R0 (rol_0), ")
        assert line.endswith(end)

    def test_names_from_a_tenant_stay_on_their_line(self) -> None:
        """A role may call itself anything and breaks nothing."""
        holder = Holder(HolderKind.ROLE, "rol_1", "a\n\x1b[2K\u202eb")

        ((line,),) = holder_lines(plan_of("ab", "b"), Impact({"a": (holder,)}), Removal.WARN).values()

        assert line == "held by 1 role: a\\n\\x1b[2K\\u202eb (rol_1)"


class TestNotes:
    """What is said of the plan as a whole."""

    def test_tokens_are_told_with_a_date(self) -> None:
        """Issued tokens keep what is deleted for the API's own token lifetime, over midnight too."""
        notes = impact_notes(plan_of("ab", "b"), Impact(token_lifetime_s=7200), NOW)

        assert notes == [
            "tokens issued before may carry what is deleted until 2026-11-25 01:30 UTC at the latest "
            "(the API's token lifetime is 7200 s)",
            USERS_NOT_KNOWN,
        ]

    def test_everything_unknown_is_said(self) -> None:
        """Each gap of the look-up is a note of its own."""
        notes = impact_notes(plan_of("ab", "b"), Impact(unknown=("one", "two")), NOW)

        assert notes[:2] == ["unknown: one", "unknown: two"]

    @pytest.mark.parametrize(
        ("plan", "said"),
        [
            (plan_of("ab", "b"), "1 client grant with allow_all_scopes loses what is deleted at once"),
            (
                plan_of("ab", "bc"),
                "1 client grant with allow_all_scopes loses what is deleted, and gains what is added, at once",
            ),
            (
                plan_of("ab", "bx", a="x"),
                "1 client grant with allow_all_scopes loses what is deleted, and gains what is added, at once",
            ),
        ],
        ids=["delete", "delete and add", "rename"],
    )
    def test_grants_of_everything_follow_the_list_both_ways(self, plan: Plan, said: str) -> None:
        """A grant with `allow_all_scopes` loses what goes, and gains what is added where something is."""
        notes = impact_notes(plan, Impact(all_scope_grants=(GRANT,)), NOW)

        assert notes[0] == f"{said}: Shop (cgr_1)"


def test_whose_access_was_moved_is_told() -> None:
    """After the fact, those whose access was taken or handed over are counted and named; without any, nothing is."""
    assert moved_note([ROLE, GRANT]) == [
        "access of 1 role and 1 client grant was changed: Clerks (rol_1), Shop (cgr_1)"
    ]
    assert moved_note([]) == []
