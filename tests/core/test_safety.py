"""The judgement of a plan: just within every limit, just beyond it, and the ways past it."""

import json
import shlex
from dataclasses import replace
from typing import Any

import pytest

import strategies
from pulumi_auth0_permissions.core.model import (
    MAX_PERMISSIONS_PER_API,
    Api,
    Holder,
    HolderKind,
    Impact,
    Policy,
    Removal,
    Unmanaged,
)
from pulumi_auth0_permissions.core.ownership import Siblings
from pulumi_auth0_permissions.core.planning import Plan
from pulumi_auth0_permissions.core.safety import MAX_COMMANDS, judge, needed_scopes

API = Api("id", "https://orders.example.com", "Orders", is_system=False, token_lifetime_s=None, permissions={})
ROLE = Holder(HolderKind.ROLE, "rol_1", "Clerks")
GRANT = Holder(HolderKind.CLIENT_GRANT, "cgr_1", "Shop")
NOBODY = Impact()  # looked up completely, and nobody holds anything
HELD = Policy(removal=Removal.REFUSE_IF_HELD)
REFUSE = Policy(removal=Removal.REFUSE)


def numbered(count: int, start: int = 0) -> list[str]:
    """Return that many values."""
    return [f"p{number:04}" for number in range(start, start + count)]


def plan_of(observed: list[str], desired: list[str], **renames: str) -> Plan:
    """Plan from what was there, all of it ours, to what is declared."""
    return strategies.plan_of(dict.fromkeys(observed, ""), dict.fromkeys(desired, ""), renames=renames)


def removing(*gone: str, out_of: int = 10) -> Plan:
    """Plan the removal of named permissions, few enough to need no approval, from that many others."""
    others = numbered(out_of)
    return plan_of([*others, *gone], others)


def renaming_of_a(*others: str) -> Plan:
    """Plan the rename of `a` to `x` beside other permissions."""
    return plan_of(["a", *others], ["x", *others], a="x")


def objections(plan: Plan, policy: Policy | None = None, impact: Impact | None = NOBODY) -> tuple[str, ...]:
    """Return the objections where the token may do everything."""
    return judge(plan, policy or Policy(), impact, None, API)


def approving(*values: str, policy: Policy | None = None) -> Policy:
    """Return the policy with these removals approved."""
    return replace(policy or Policy(), approved=frozenset(values))


def commands_in(objection: str) -> list[tuple[str, str]]:
    """Return key and value of each command in an objection, as a shell reads them."""
    words = [shlex.split(line) for line in objection.splitlines() if line.strip().startswith("pulumi config set ")]
    assert all(len(command) == 9 and command[3:6] == ["--path", "--type", "string"] for command in words)
    assert all(command[7] == "--" for command in words)  # else a value such as `-x` is read as an option
    return [(command[6], command[8]) for command in words]


GUARDS = {
    "refuse": (REFUSE, removing("a", "b")),
    "refuse_if_held": (HELD, removing("a", "b")),
    "maxRemovals": (Policy(max_removals=1), removing("a", "b")),
    "more than half": (Policy(), removing("a", "b", "c", out_of=2)),
    "emptied": (Policy(), plan_of(["a"], [])),
    # A rename takes the old name away, so it counts as a removal.
    "refuse, a rename": (REFUSE, renaming_of_a(*numbered(9))),
    "maxRemovals, a rename": (Policy(max_removals=0), renaming_of_a(*numbered(9))),
}


class TestEveryGuard:
    """What all guards have in common: they count the same removals, and heed approvals alike."""

    @pytest.mark.parametrize(("policy", "plan"), GUARDS.values(), ids=GUARDS)
    def test_approving_each_removal_by_name_lifts_it(self, policy: Policy, plan: Plan) -> None:
        """With all but one approved it still objects, and the one is what it asks to approve, in the way that works.

        `pulumi destroy` runs with the configuration that the state holds; only emptying needs no approval there.
        """
        impact = Impact(dict.fromkeys(plan.removes, (ROLE,)))
        *most, last = plan.removes

        (objection,) = objections(plan, approving(*most, policy=policy), impact)
        of_destroy = objections(plan, replace(policy, destroying=True), impact)

        assert commands_in(objection) == [("auth0-permissions:approvedRemovals[0]", last)]
        assert objections(plan, approving(*plan.removes, policy=policy), impact) == ()
        assert len(of_destroy) == (0 if policy == Policy() else 1)
        assert all("export AUTH0_PERMISSIONS_APPROVED_REMOVALS=" in text for text in of_destroy)
        assert not any("or two updates" in text for text in of_destroy)  # it takes roles and grants first

    def test_renames_count_for_the_half(self) -> None:
        """Who renames most of an API approves it, too; an API of a few permissions may be renamed whole."""
        few, many = numbered(3), numbered(4)
        new = numbered(4, start=100)

        assert objections(plan_of(few, new[:3], **dict(zip(few, new, strict=False)))) == ()
        (objection,) = objections(plan_of(many, new, **dict(zip(many, new, strict=True))))
        assert "would remove 4 of the API's 4 permissions, 100%" in objection

    def test_guards_count_over_all_resources_of_an_api(self) -> None:
        """Two resources that delete two of six each delete more than half, whether the other has written or not."""
        theirs = frozenset({"x1", "x2"})
        before = plan_of([*"abcd", *theirs], [*"cd", *theirs])
        after = plan_of([*"abcd"], [*"cd"])

        for plan in (before, after):
            too_many, most = objections(plan, Policy(max_removals=3, removed_by_others=theirs))
            assert "would remove 4 permissions" in too_many
            assert "would remove 4 of the API's 6 permissions" in most

    def test_warn_goes_on_though_held_or_unknown(self) -> None:
        """Under `warn` neither holders nor gaps in what is known stop a deletion."""
        impact = Impact({"a": (ROLE,)}, all_scope_grants=(GRANT,), unknown=("everything",))

        assert objections(removing("a"), Policy(), impact) == ()
        assert objections(removing("a"), Policy(), None) == ()

    def test_everything_that_stops_a_plan_is_said(self) -> None:
        """One run says all: unmanaged permissions, the number and the share do not hide one another."""
        plan = strategies.plan_of(dict.fromkeys([*"abc", "theirs"], ""), {}, prior="abc")

        found = objections(plan, Policy(removal=Removal.REFUSE, max_removals=1))

        for words in ("neither declares", "maxRemovals", "75%", 'removal is "refuse"'):
            assert sum(words in text for text in found) == 1


class TestLimits:
    """The numbers: just within, and just beyond."""

    @pytest.mark.parametrize("limit", [0, 3])
    def test_max_removals(self, limit: int) -> None:
        """Exactly the number that is set may go; one more stops the plan, with both numbers and the names."""
        policy = Policy(max_removals=limit)

        (objection,) = objections(removing(*"abcd"[: limit + 1]), policy)

        assert objections(removing(*"abc"[:limit]), policy) == ()
        assert f"would remove {limit + 1} permission" in objection
        assert f'maxRemovals allows {limit}: "a"' in objection

    @pytest.mark.parametrize(
        ("had", "kept", "words"),
        [
            (3, 1, ""),  # of fewer than four, all but one
            (4, 2, ""),
            (1000, 500, ""),
            (4, 1, "would remove 3 of the API's 4 permissions, 75%"),
            (1000, 499, "would remove 501 of the API's 1000 permissions, 50%"),
            (1, 0, "would empty the API by removing all 1 of its permissions"),
            (500, 0, "would empty the API by removing all 500 of its permissions"),
        ],
    )
    def test_more_than_half_of_an_api_is_refused(self, had: int, kept: int, words: str) -> None:
        """Half of the permissions or less may go; more, or all, need an approval, with the numbers."""
        found = objections(plan_of(numbered(had), numbered(kept)))

        assert [words in objection for objection in found] == ([True] if words else [])

    def test_what_is_not_ours_counts_as_part_of_the_api(self) -> None:
        """The half is that of the API as it is: with others' permissions kept, all of ours may go."""
        plan = strategies.plan_of({"a": "", "theirs": ""}, {}, prior="a", unmanaged=Unmanaged.KEEP)

        assert objections(plan) == ()

    def test_an_api_holds_a_thousand(self) -> None:
        """What is declared and what is kept of others count together, and old and new name while access moves."""
        theirs = dict.fromkeys(numbered(MAX_PERMISSIONS_PER_API), "")
        full = list(theirs)
        beside = strategies.plan_of(theirs, {"ours": ""}, prior=(), unmanaged=Unmanaged.KEEP)

        (of_both,) = objections(beside)
        (of_a_rename,) = objections(plan_of(full, [*full[1:], "new"], p0000="new"))

        assert "would hold 1001 permissions; Auth0 allows 1000 (1000 of them are unmanaged and kept)" in of_both
        assert "would hold 1001 permissions" in of_a_rename
        assert objections(plan_of(full[1:], [*full[2:], "new"], p0001="new")) == ()
        assert objections(plan_of(full, [*full[1:], "new"])) == ()  # without a rename, one write adds and deletes


class TestHolders:
    """Guards that need to know who holds a permission fail closed where that is not known."""

    @pytest.mark.parametrize(
        ("impact", "sentences"),
        [
            (Impact({"p0000": (ROLE,)}), []),
            (Impact({"a": (ROLE, GRANT)}), ["\n  a: role Clerks (rol_1), client grant Shop (cgr_1)\n"]),
            (Impact(all_scope_grants=(GRANT,)), ["\n  a: client grant Shop (cgr_1, holds every permission)\n"]),
            (None, ['the holders of "a" are unknown: they were not looked up.']),
            (
                Impact(unknown=("no read:roles", "time-out")),
                ['the holders of "a" are unknown: no read:roles; time-out.'],
            ),
            (Impact({"a": (ROLE,)}, unknown=("time-out",)), ["Clerks", 'the holders of "a" are unknown: time-out.']),
        ],
    )
    def test_refuse_if_held(self, impact: Impact | None, sentences: list[str]) -> None:
        """A deletion is refused where somebody holds the permission, or may hold it; both are said."""
        found = objections(removing("a"), HELD, impact)

        assert len(found) == len(sentences)
        assert all(sentence in objection for sentence, objection in zip(sentences, found, strict=True))

    def test_a_rename_is_held_by_nobody(self) -> None:
        """A rename hands access over, so that `refuse_if_held` has no reason to refuse it."""
        assert objections(renaming_of_a(*numbered(9)), HELD, Impact({"a": (ROLE,)})) == ()

    @pytest.mark.parametrize(("impact", "why"), [(None, "they were not looked up"), (Impact(unknown=("gap",)), "gap")])
    def test_moving_access_of_unknown_holders_is_refused(self, impact: Impact | None, why: str) -> None:
        """Where a look-up was not made, or has gaps, neither `revoke` nor, in any mode, a rename goes on."""
        renames = [(renaming_of_a("b"), Policy(removal, frozenset({"a"}))) for removal in Removal]

        for plan, policy in ((removing("a"), Policy(Removal.REVOKE)), *renames):
            (objection,) = objections(plan, policy, impact)
            assert objection.startswith(f'cannot change access to "a", since the holders are unknown: {why}. Run')


class TestWhateverThePolicy:
    """What stops a plan in any mode."""

    def test_an_api_of_auth0s_own_is_refused_alone(self) -> None:
        """Nothing else is of interest then."""
        system = replace(API, identifier="urn:\n", is_system=True)

        (objection,) = judge(plan_of(["a"], []), REFUSE, None, frozenset(), system)

        assert objection.startswith("urn:\\n is one of Auth0's own APIs;")

    def test_every_unmanaged_permission_is_named(self) -> None:
        """However many permissions are unmanaged, each is named, each way out is said, and no approval helps."""
        values = numbered(200)
        plan = strategies.plan_of(dict.fromkeys(values, ""), {}, prior=())

        (objection,) = objections(plan, approving(*values))

        assert "the API holds 200 permissions that this resource neither declares nor has owned" in objection
        assert all(f'"{words}"' in objection for words in (*values, "keep", "remove"))

    @pytest.mark.parametrize(
        ("beside", "more", "why"),
        [
            ("b", {}, 'cannot rename "a\\n" to "b": the API already has a permission of that name'),
            ("c", {"siblings": Siblings({"a\n": "other"})}, 'cannot rename "a\\n": another resource of this program'),
            ("c", {"unfinished": {"a\n": "c"}}, 'the rename of "a\\n" to "c" was interrupted'),
        ],
    )
    def test_a_rename_that_cannot_be_done_is_refused(self, beside: str, more: dict[str, Any], why: str) -> None:
        """It is said why, with the names."""
        plan = strategies.plan_of({"a\n": "", beside: ""}, {"b": ""}, renames={"a\n": "b"}, **more)

        (objection,) = objections(plan)

        assert objection.startswith(why)


class TestScopes:
    """What the token has to be allowed."""

    @pytest.mark.parametrize("kinds", [(), (ROLE,), (GRANT,), (ROLE, GRANT)])
    def test_moving_access_needs_a_scope_for_each_kind_of_holder(self, kinds: tuple[Holder, ...]) -> None:
        """Taking or handing over access needs to write those who hold what goes; all else needs one scope only."""
        impact = Impact({"a": kinds, "b": (ROLE, GRANT)})
        one = "update:resource_servers"
        scopes = (one, *({ROLE: "update:roles", GRANT: "update:client_grants"}[kind] for kind in kinds))

        assert needed_scopes(plan_of([*"ab"], ["b"]), Removal.REVOKE, impact) == scopes
        assert needed_scopes(renaming_of_a("b"), Removal.WARN, impact) == scopes
        assert needed_scopes(plan_of([*"ab"], ["b"]), Removal.WARN, impact) == (one,)
        assert needed_scopes(plan_of(["a"], [*"ab"]), Removal.REVOKE, impact) == (one,)
        assert needed_scopes(plan_of(["a"], ["a"]), Removal.REVOKE, impact) == ()

    def test_what_the_token_lacks_is_named_once(self) -> None:
        """One message names every scope that is missing, none that is there, and where to grant them."""
        plan, impact = renaming_of_a("b"), Impact({"a": (ROLE, GRANT)})

        (message,) = judge(plan, Policy(), impact, frozenset({"update:client_grants"}), API)

        assert "the token lacks update:resource_servers, update:roles, which" in message
        assert "Auth0 Management API" in message
        assert judge(plan, Policy(), impact, None, API) == ()  # a token that does not say: the service refuses


@pytest.mark.parametrize("value", ["a\nb", "a\x1b[2Kb", "a\u202eb", "a'; rm -rf $HOME; '", 'a"`id`$(id)', "a\\b"])
def test_hostile_names_break_neither_an_objection_nor_a_command(value: str) -> None:
    """They cannot start a line; a shell takes the value as it is, and what a command line cannot hold gets none."""
    policy, holder = Policy(removal=Removal.REFUSE_IF_HELD, max_removals=0), Holder(HolderKind.ROLE, "rol_1", value)

    harmless = objections(plan_of(["a"], []), policy, Impact({"a": (ROLE,)}, unknown=("x",)))
    found = objections(plan_of([value], []), policy, Impact({value: (holder,)}, unknown=("x",)))
    (of_stack,) = objections(removing(value), REFUSE)
    (of_run,) = objections(removing(value), replace(REFUSE, destroying=True))

    assert [len(text.splitlines()) for text in found] == [len(text.splitlines()) for text in harmless]
    assert all(line.isprintable() for text in found for line in text.splitlines())
    assert commands_in(of_stack) == [("auth0-permissions:approvedRemovals[0]", value)] * value.isprintable()
    assert value.isprintable() or f"{json.dumps(value)}, by hand in approvedRemovals" in of_stack
    (command,) = [line for line in of_run.splitlines() if line.startswith("  export ")]
    name, _, text = shlex.split(command)[1].partition("=")
    assert (name, json.loads(text)) == ("AUTH0_PERMISSIONS_APPROVED_REMOVALS", [value])


def test_commands_are_few_and_go_behind_the_approvals_that_are_there() -> None:
    """They take the places after the last entry of the list, so that they overwrite none; many are counted."""
    others = numbered(20)

    (few,) = objections(removing("a", "b", "c"), Policy(Removal.REFUSE, frozenset({"b"}), approvals=7))
    (many,) = objections(plan_of(others, others[MAX_COMMANDS + 1 :]), REFUSE)

    assert commands_in(few) == [
        ("auth0-permissions:approvedRemovals[7]", "a"),
        ("auth0-permissions:approvedRemovals[8]", "c"),
    ]
    assert [value for _, value in commands_in(many)] == others[:MAX_COMMANDS]
    assert many.endswith("and so on for 1 more")
