"""How names, numbers, plans and holders read: the same bytes for the same plan, no line broken by a name."""

import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_auth0_permissions.core.model import (
    USERS_NOT_KNOWN,
    Api,
    Change,
    Holder,
    HolderKind,
    Impact,
    Removal,
    Unmanaged,
)
from pulumi_auth0_permissions.core.ownership import Siblings
from pulumi_auth0_permissions.core.planning import Plan
from pulumi_auth0_permissions.core.review import Review
from pulumi_auth0_permissions.core.text import (
    MAX_CHANGES_SHOWN,
    MAX_HOLDERS_SHOWN,
    MAX_LISTED,
    applied_text,
    change_lines,
    describe,
    did_you_mean,
    escape,
    handed_over_notes,
    impact_notes,
    join,
    plan_text,
    quote,
    rename_hint,
)
from strategies import plan_of

HARMFUL = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # control, format, half a character, line and paragraph separator
IDENTIFIER = "https://orders.example.com"
API = Api("1", IDENTIFIER, "Orders", is_system=False, token_lifetime_s=None, permissions={})
NOW = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
ROLE = Holder(HolderKind.ROLE, "rol_1", "Clerks")
GRANT = Holder(HolderKind.CLIENT_GRANT, "cgr_1", "Shop")
DELETION = plan_of({"a": "", "b": ""}, {"b": ""})
RENAME = plan_of({"a": "", "b": ""}, {"b": "", "x": ""}, renames={"a": "x"})


def said_of_a(plan: Plan, impact: Impact, removal: Removal = Removal.WARN) -> list[str]:
    """Return the lines below the change of `a`."""
    first, *details = change_lines(plan.changes, Review("", IDENTIFIER, impact=impact, removal=removal))
    assert first.startswith(("  - a", "  > a"))
    return [line.strip() for line in details]


def many(count: int) -> dict[str, str]:
    """Return that many permissions."""
    return {f"p{number:04}": "" for number in range(count)}


class TestNames:
    """Names that other people chose, wherever they are shown."""

    @given(st.lists(st.sampled_from(["\\", "x7b", "<", "{", "%", "<{%", "\x1b", "u202e", "n", "\n"]) | st.text()))
    def test_a_name_stays_on_its_line_and_can_be_recovered(self, parts: list[str]) -> None:
        """Nothing breaks a line or moves the cursor; taking the escapes back gives the name: no two look the same."""
        text = "".join(parts)
        named = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
        escapes = re.compile(r"\\(\\|[ntr]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")

        for line in (escape(text), quote(text)):
            assert HARMFUL.isdisjoint(unicodedata.category(character) for character in line)
            assert "<{%" not in line
        assert escapes.sub(lambda found: named.get(found[1]) or chr(int(found[1][1:], 16)), escape(text)) == text

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("\x1b[31mred\x9b2J", "\\x1b[31mred\\x9b2J"),
            ("line\u2028and\u202enimda \ud83d", "line\\u2028and\\u202enimda \\ud83d"),
            ("k1<\\x7b%reset%}>", "k1<\\\\x7b%reset%}>"),
            *((text, text) for text in ("\u8aad\u3080 it", "\u00e9 {%} <a> 'b' \"c\"", "\U0001f511:key")),
        ],
    )
    def test_only_what_could_deceive_is_shown_by_its_code(self, text: str, line: str) -> None:
        """Escapes of terminals, overrides of direction and invisible characters are seen for what they are."""
        assert escape(text) == line

    @pytest.mark.parametrize("value", ["read:a ", " read:a", "read:a\u00a0", "", "read a"])
    def test_a_value_is_quoted_where_its_ends_could_not_be_seen(self, value: str) -> None:
        """A permission that begins or ends in a space is distinguished from the one that does not."""
        assert quote(value) == (value if value == "read a" else f'"{value}"')

    @pytest.mark.parametrize(("count", "end"), [(0, ""), (990, " and 990 more")])
    def test_long_lists_are_cut_with_a_count(self, count: int, end: str) -> None:
        """Names stand in quotation marks, in the order given; ten are listed, and the rest is counted."""
        names = [f"p{number} " for number in range(MAX_LISTED + count)]

        assert join(names) == ", ".join(f'"{name}"' for name in names[:MAX_LISTED]) + end


@pytest.mark.parametrize(
    ("known", "hint"),
    [
        (["something else", "http://ORDERS/ "], 'Did you mean "http://ORDERS/ "?'),
        (["https://order", "https://orde"], 'Did you mean "https://order" or "https://orde"?'),
        (["something else"], ""),
    ],
    ids=["easily missed", "alike", "nothing near"],
)
def test_what_was_meant_is_asked(known: list[str], hint: str) -> None:
    """Names that are nearly the same, or differ in what is easily missed."""
    assert did_you_mean("https://orders", known) == hint


class TestPlans:
    """A plan, before and after it is carried out."""

    @pytest.mark.parametrize(
        ("change", "line"),
        [
            (Change("read:a", None, "Read"), '+ read:a: "Read"'),
            (Change("read:a", None, ""), "+ read:a"),
            (Change("read:a", "Read", None), "- read:a"),
            (Change("read:a", "", "Read"), '~ read:a: "" => "Read"'),
            (Change("read:a", "Read", "Write", "write:a"), '> read:a => write:a: "Write"'),
            (Change("read:a", "Read", "Read", "see:a"), "> read:a => see:a"),
            (Change("a\x1b[2K", "", "x\n", "b\u202e"), '> a\\x1b[2K => b\\u202e: "x\\n"'),
        ],
    )
    def test_a_change_is_one_line(self, change: Change, line: str) -> None:
        """Each kind of change has its mark and its shape, and stays on its line."""
        assert describe(change) == line

    def test_a_plan_with_everything_in_it(self) -> None:
        """Headline, removals first, what is adopted and left alone, then the notes; afterwards what was done."""
        bare = dict.fromkeys(("write:orders", "theirs", "new", "moved"), "")
        plan = plan_of(
            {"delete:orders": "", "read:orders": "Read", **bare},
            {"read:orders": "Read all orders", "orders:write": "", "new": "", "added ": "Added"},
            prior=["read:orders", "write:orders", "delete:orders", "moved"],
            unmanaged=Unmanaged.KEEP,
            renames={"write:orders": "orders:write"},
            siblings=Siblings(declared={"moved": "other"}),
        )
        changes = [
            "  - delete:orders",
            "      a detail",
            "      held by 1 role: Clerks (rol_1)",
            "  > write:orders => orders:write",
            "      held by no role and named in no client grant",
            '  + "added ": "Added"',
            '  ~ read:orders: "Read" => "Read all orders"',
        ]
        handed_over = 'handed over to other, which now declares it: "moved"'
        grants = "Shop (cgr_1), Shop (cgr_1)"
        review = Review(
            urn="",
            identifier=IDENTIFIER,
            api_name="Orders",
            tenant="acme",
            changes=tuple(replace(one, details=("a detail",) * (one.value == "delete:orders")) for one in plan.changes),
            unchanged=plan.unchanged,
            adopted=plan.adopted,
            left_alone=plan.left_alone,
            notes=(*handed_over_notes(plan.handed_over), "a note"),
            impact=Impact({"delete:orders": (ROLE,)}, all_scope_grants=(GRANT, GRANT)),
        )

        assert plan_text(review).splitlines() == [
            f"{IDENTIFIER} (Orders) on acme: "
            "1 to add, 1 to delete, 1 to rename, 1 description to update; 1 unchanged, 1 left alone",
            *changes,
            '  adopted, since they are already on the API: "new"',
            '  left alone, not managed here: "theirs"',
            f"  additions and deletions take effect at once for 2 client grants with allow_all_scopes: {grants}",
            f"  {handed_over}",
            "  a note",
        ]
        assert applied_text(API, "acme", plan.changes, plan.handed_over, [ROLE, GRANT]).splitlines() == [
            f"{IDENTIFIER} (Orders) on acme: 1 added, 1 deleted, 1 renamed, 1 description updated",
            *(line for line in changes if not line.startswith("      ")),
            f"  {handed_over}",
            "  access changed for 1 role and 1 client grant: Clerks (rol_1), Shop (cgr_1)",
        ]

    def test_removals_are_never_cut(self) -> None:
        """Every permission that goes has its line; beyond fifty, additions are counted."""
        values = many(1000)
        going = [Change(value, "", None) for value in values]
        coming = [Change(value, None, "") for value in values]

        lines = change_lines([*going, *coming])

        assert lines[:1000] == [f"  - {value}" for value in values]
        assert lines[1000 + MAX_CHANGES_SHOWN :] == [f"  … and {1000 - MAX_CHANGES_SHOWN} more to add"]

    def test_no_name_breaks_a_line(self) -> None:
        """Whatever permissions, descriptions and APIs are called, there is a headline and a line for each change."""
        evil = "a\n\x1b[2K\u2028<{%reset%}>"
        plan = plan_of({evil: "x"}, {evil: evil, f"{evil}2": evil})

        for text in (
            plan_text(Review("", evil, api_name=evil, tenant=evil, changes=plan.changes)),
            applied_text(replace(API, name=evil, identifier=evil), evil, plan.changes, {}, ()),
        ):
            assert len(text.splitlines()) == 1 + len(plan.changes)
            assert "\x1b" not in text

    def test_the_hint_at_a_rename_names_the_way(self) -> None:
        """It names `renames`, and shows two Unicode forms of one name by their codes."""
        assert "declare it in `renames`" in rename_hint("delete:orders", "erase:orders")
        assert r"if 'cafe\u0301' is the new name of 'caf\xe9'" in rename_hint("caf\u00e9", "cafe\u0301")


class TestHolders:
    """Who is hit by a plan: no more than is known, long lists cut with a count."""

    @pytest.mark.parametrize(
        ("plan", "removal", "what"),
        [
            (DELETION, Removal.WARN, "held by"),
            (DELETION, Removal.REVOKE, "will first be revoked from"),
            (RENAME, Removal.REVOKE, "access will move to the new name for"),
        ],
    )
    def test_a_removal_says_who_holds_it(self, plan: Plan, removal: Removal, what: str) -> None:
        """Holders are counted by kind and named with their id; it is said what becomes of their access."""
        line = f"{what} 1 role and 1 client grant: Clerks (rol_1), Shop (cgr_1)"

        assert said_of_a(plan, Impact({"a": (ROLE, GRANT)}), removal) == [line]
        review = Review("", "api", unchanged=2, impact=Impact({"a": (ROLE,)}))
        assert change_lines(plan.changes, review, at_most=0)[1].endswith(" 1 role")  # without names
        assert plan_text(review) == "api: no changes; 2 unchanged"

    def test_nobody_is_said_only_where_the_look_up_was_complete(self) -> None:
        """A complete look-up that found nobody says so; one with gaps claims nothing."""
        assert said_of_a(DELETION, Impact()) == ["held by no role and named in no client grant"]
        assert said_of_a(DELETION, Impact(unknown=("roles",))) == []

    @pytest.mark.parametrize(("more", "end"), [(0, "Shop (cgr_1)"), (995, " and 995 more")])
    def test_many_holders_are_cut_with_a_count(self, more: int, end: str) -> None:
        """Five are named, client grants first where not all fit, and the whole number is said before."""
        roles = [Holder(HolderKind.ROLE, f"rol_{n}", f"R{n}\n") for n in range(MAX_HOLDERS_SHOWN + more - 1)]

        (line,) = said_of_a(DELETION, Impact({"a": (*roles, GRANT)}))

        assert line.startswith(f"held by {len(roles)} roles and 1 client grant: ")
        assert "Shop (cgr_1)" in line
        assert "R0\\n (rol_0), " in line
        assert line.endswith(end)

    def test_issued_tokens_and_everything_unknown_are_said(self) -> None:
        """Until when tokens keep what goes, each gap of the look-up, and what no look-up can know."""
        impact = Impact(unknown=("one", "two"), token_lifetime_s=7200)

        assert impact_notes(DELETION.changes, impact, NOW) == [
            "tokens already issued may carry deleted permissions until 2026-11-25 01:30 UTC at the latest "
            "(the API's token lifetime is 7200 s)",
            "unknown: one",
            "unknown: two",
            USERS_NOT_KNOWN,
        ]
        assert impact_notes((), impact, NOW) == ["unknown: one", "unknown: two"]
