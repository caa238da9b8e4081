"""The policy's judgement of a plan: both sides of every limit, and the ways past it."""

from __future__ import annotations

import json
import shlex

import pytest

from pulumi_auth0_permissions.core.model import MAX_PERMISSIONS_PER_API, Holder, HolderKind, Impact, Removal, Unmanaged
from pulumi_auth0_permissions.core.planning import Plan, compute_plan
from pulumi_auth0_permissions.core.safety import MAX_COMMANDS, MAX_REMOVED_SHARE, Policy, objections

ROLE = Holder(HolderKind.ROLE, "rol_1", "Clerks")
GRANT = Holder(HolderKind.CLIENT_GRANT, "cgr_1", "Shop")
NOBODY = Impact()  # looked up completely, and nobody holds anything


def numbered(count: int, start: int = 0) -> list[str]:
    """Return that many values."""
    return [f"p{number:04}" for number in range(start, start + count)]


def plan_of(observed: list[str], desired: list[str], unmanaged: Unmanaged = Unmanaged.REFUSE, **renames: str) -> Plan:
    """Plan from what was there, all of it ours, to what is declared."""
    return compute_plan(
        desired=dict.fromkeys(desired, ""),
        prior=observed,
        observed=dict.fromkeys(observed, ""),
        unmanaged=unmanaged,
        renames=renames,
    )


def removing(*gone: str, out_of: int = 10) -> Plan:
    """Plan the removal of named permissions, few enough to need no approval, from that many others."""
    others = numbered(out_of)
    return plan_of([*others, *gone], others)


def commands_in(objection: str) -> list[tuple[str, str]]:
    """Return key and value of each command in an objection, as a shell reads them."""
    words = [shlex.split(line) for line in objection.splitlines() if line.strip().startswith("pulumi config set ")]
    assert all(len(command) == 9 and command[3:6] == ["--path", "--type", "string"] for command in words)
    assert all(command[7] == "--" for command in words)  # else a value such as `-x` is read as an option
    return [(command[6], command[8]) for command in words]


class TestMaxRemovals:
    """`maxRemovals`: more removals than this in one operation are refused."""

    @pytest.mark.parametrize("limit", [0, 1, 3])
    def test_as_many_as_allowed_pass(self, limit: int) -> None:
        """Exactly the number that is set may go."""
        assert objections(removing(*"abc"[:limit]), Policy(max_removals=limit)) == ()

    @pytest.mark.parametrize("limit", [0, 1, 2])
    def test_one_more_than_allowed_is_refused(self, limit: int) -> None:
        """One removal beyond the number that is set stops the plan, with both numbers and the names."""
        (objection,) = objections(removing(*"abc"[: limit + 1]), Policy(max_removals=limit))

        assert f"would remove {limit + 1} permission" in objection
        assert f"maxRemovals allows {limit}" in objection
        assert '"a"' in objection

    def test_a_rename_counts(self) -> None:
        """A rename takes the old name away, so it counts as a removal."""
        plan = plan_of(["a", *numbered(4)], ["x", *numbered(4)], a="x")

        assert len(objections(plan, Policy(max_removals=0), NOBODY)) == 1
        assert objections(plan, Policy(max_removals=1), NOBODY) == ()

    def test_approval_does_not_widen_the_number(self) -> None:
        """What is approved counts all the same: `maxRemovals` can only tighten."""
        policy = Policy(max_removals=1, approved=frozenset({"a", "b"}))

        assert len(objections(removing("a", "b"), policy)) == 1


class TestMostOfAnApi:
    """Emptying an API, or deleting more than half of it, needs an approval of its own."""

    @pytest.mark.parametrize(("had", "kept"), [(2, 1), (3, 2), (4, 2), (10, 5), (101, 51), (1000, 500)])
    def test_up_to_half_passes(self, had: int, kept: int) -> None:
        """Half of the permissions, or less, may go."""
        assert (had - kept) / had <= MAX_REMOVED_SHARE

        assert objections(plan_of(numbered(had), numbered(kept)), Policy()) == ()

    @pytest.mark.parametrize(("had", "kept"), [(3, 1), (4, 1), (5, 2), (10, 4), (101, 50), (1000, 499)])
    def test_more_than_half_is_refused(self, had: int, kept: int) -> None:
        """More than half stops the plan, small sets included, with the numbers and the way to approve."""
        (objection,) = objections(plan_of(numbered(had), numbered(kept)), Policy())

        assert f"would delete {had - kept} of the API's {had} permissions" in objection
        assert f"{(had - kept) / had:.0%}" in objection
        assert "approvedRemovals" in objection

    @pytest.mark.parametrize("had", [1, 2, 3, 500])
    def test_emptying_is_refused(self, had: int) -> None:
        """An API is not emptied without an approval, were it of a single permission."""
        (objection,) = objections(plan_of(numbered(had), []), Policy())

        assert f"empty the API: all {had} of its permissions" in objection

    @pytest.mark.parametrize("had", [1, 2, 3, 10])
    def test_approving_each_deletion_lifts_it(self, had: int) -> None:
        """With every deletion named, the API may be emptied."""
        policy = Policy(approved=frozenset(numbered(had)))

        assert objections(plan_of(numbered(had), []), policy) == ()

    def test_approving_all_but_one_does_not_lift_it(self) -> None:
        """One deletion that is not named keeps the plan from going on, and it is the one to approve."""
        policy = Policy(approved=frozenset({"p0000", "p0001"}))

        (objection,) = objections(plan_of(numbered(3), []), policy)

        assert commands_in(objection) == [("auth0-permissions:approvedRemovals[0]", "p0002")]

    @pytest.mark.parametrize("had", [1, 3, 10])
    def test_destroying_is_its_own_approval(self, had: int) -> None:
        """A resource that goes away may take all of its permissions along."""
        assert objections(plan_of(numbered(had), []), Policy(destroying=True)) == ()

    def test_renames_are_not_deletions(self) -> None:
        """Renaming all that there is loses nobody's access and is no emptying."""
        assert objections(plan_of(["a", "b"], ["x", "y"], a="x", b="y"), Policy(), NOBODY) == ()

    def test_what_is_not_ours_counts_as_part_of_the_api(self) -> None:
        """The half is that of the API as it is: with others' permissions kept, all of ours may go."""
        plan = compute_plan(
            desired={},
            prior=["a"],
            observed={"a": "", "theirs": ""},
            unmanaged=Unmanaged.KEEP,
        )

        assert objections(plan, Policy()) == ()


class TestRefuse:
    """`removal="refuse"`: nothing goes that `approvedRemovals` does not name."""

    def test_an_unapproved_removal_is_refused(self) -> None:
        """A deletion that nobody approved stops the plan and is named."""
        (objection,) = objections(removing("a"), Policy(removal=Removal.REFUSE))

        assert 'removal is "refuse", and 1 removal is not approved: "a".' in objection

    def test_an_approved_removal_passes(self) -> None:
        """A deletion that is named goes on."""
        assert objections(removing("a"), Policy(removal=Removal.REFUSE, approved=frozenset({"a"}))) == ()

    def test_destroying_is_no_approval(self) -> None:
        """A resource that goes away takes nothing along that is not approved by name."""
        assert len(objections(removing("a"), Policy(removal=Removal.REFUSE, destroying=True))) == 1

    def test_a_rename_needs_an_approval(self) -> None:
        """A rename takes the old name away: `refuse` wants it approved."""
        plan = plan_of(["a", "b"], ["x", "b"], a="x")

        assert len(objections(plan, Policy(removal=Removal.REFUSE), NOBODY)) == 1
        assert objections(plan, Policy(removal=Removal.REFUSE, approved=frozenset({"a"})), NOBODY) == ()


class TestRefuseIfHeld:
    """`removal="refuse_if_held"`: nothing goes that a role or client grant holds, or may hold."""

    @pytest.mark.parametrize("holder", [ROLE, GRANT])
    def test_a_held_permission_is_refused(self, holder: Holder) -> None:
        """A deletion is refused when a role or a client grant holds the permission, which is named with its id."""
        impact = Impact({"a": (holder,)})

        (objection,) = objections(removing("a"), Policy(removal=Removal.REFUSE_IF_HELD), impact)

        assert "1 permission to be deleted is held:" in objection
        assert f"a: {holder.kind} {holder.name} ({holder.id})" in objection

    def test_the_way_is_shown_for_roles_and_grants_of_the_same_program(self) -> None:
        """They change only after their API: `revoke`, or two updates."""
        impact = Impact({"a": (ROLE,), "b": (GRANT,)})

        (objection,) = objections(removing("a", "b"), Policy(removal=Removal.REFUSE_IF_HELD), impact)

        assert (
            '\nIf this program manages those roles and grants too, use removal="revoke", or two updates: first take '
            "them from the roles and grants, then delete them.\nTo approve, " in objection
        )

    def test_a_permission_that_nobody_holds_passes(self) -> None:
        """A deletion goes on where the look-up was complete and found nobody."""
        impact = Impact({"p0000": (ROLE,)})

        assert objections(removing("a"), Policy(removal=Removal.REFUSE_IF_HELD), impact) == ()

    def test_a_grant_of_everything_holds_every_permission(self) -> None:
        """A client grant with `allow_all_scopes` loses whatever is deleted, so it holds it."""
        impact = Impact(all_scope_grants=(GRANT,))

        (objection,) = objections(removing("a", "b"), Policy(removal=Removal.REFUSE_IF_HELD), impact)

        assert "a: client grant Shop (cgr_1, holds every permission)" in objection
        assert "b: client grant Shop (cgr_1, holds every permission)" in objection

    def test_not_looked_up_is_refused(self) -> None:
        """Without a look-up the plan fails closed."""
        (objection,) = objections(removing("a"), Policy(removal=Removal.REFUSE_IF_HELD), None)

        assert 'it is not known who holds "a": who holds it was not looked up.' in objection

    def test_an_incomplete_look_up_is_refused(self) -> None:
        """A look-up that could not see everything fails closed, though nobody was found, and says what is missing."""
        impact = Impact(unknown=("the token lacks read:roles", "client grants: time-out"))

        (objection,) = objections(removing("a"), Policy(removal=Removal.REFUSE_IF_HELD), impact)

        assert 'it is not known who holds "a": the token lacks read:roles; client grants: time-out.' in objection

    def test_holders_and_gaps_are_both_said(self) -> None:
        """What was found and what could not be looked at are two objections."""
        impact = Impact({"a": (ROLE,)}, unknown=("the token lacks read:client_grants",))

        found = objections(removing("a", "b"), Policy(removal=Removal.REFUSE_IF_HELD), impact)

        assert len(found) == 2
        assert "Clerks" in found[0]
        assert 'who holds "a", "b"' in found[1]

    def test_an_approval_lifts_it(self) -> None:
        """A deletion approved by name goes on, held or not, known or not."""
        policy = Policy(removal=Removal.REFUSE_IF_HELD, approved=frozenset({"a"}))

        assert objections(removing("a"), policy, Impact({"a": (ROLE,)}, unknown=("all",))) == ()
        assert objections(removing("a"), policy, None) == ()

    def test_destroying_is_no_approval(self) -> None:
        """A resource that goes away takes nothing along that somebody holds."""
        policy = Policy(removal=Removal.REFUSE_IF_HELD, destroying=True)

        (objection,) = objections(removing("a"), policy, Impact({"a": (ROLE,)}))

        assert "two updates" not in objection  # a destroy takes the program's own roles and grants first


def test_warn_goes_on_though_held_or_unknown() -> None:
    """Under `warn` neither holders nor gaps in what is known stop a deletion."""
    impact = Impact({"a": (ROLE,)}, all_scope_grants=(GRANT,), unknown=("everything",))

    assert objections(removing("a"), Policy(), impact) == ()
    assert objections(removing("a"), Policy(), None) == ()


class TestMovingAccess:
    """Access that has to be taken or handed over needs to know every holder."""

    @pytest.mark.parametrize("impact", [None, Impact({"a": (ROLE,)}, unknown=("the token lacks read:roles",))])
    def test_revoking_what_is_not_known_is_refused(self, impact: Impact | None) -> None:
        """Where a look-up was not made, or has gaps, `revoke` fails closed and says why."""
        (objection,) = objections(removing("a"), Policy(removal=Removal.REVOKE), impact)

        assert 'cannot revoke "a"' in objection
        assert ("it was not looked up" if impact is None else "the token lacks read:roles") in objection

    @pytest.mark.parametrize("removal", Removal)
    @pytest.mark.parametrize("impact", [None, Impact(unknown=("the token lacks read:client_grants",))])
    def test_a_rename_of_what_is_not_known_is_refused(self, removal: Removal, impact: Impact | None) -> None:
        """A rename whose holders are not all known would lose somebody's access: it fails closed in every mode."""
        policy = Policy(removal=removal, approved=frozenset({"a"}))

        (objection,) = objections(plan_of(["a", "b"], ["x", "b"], a="x"), policy, impact)

        assert 'cannot rename "a" without loss of access' in objection


class TestStrangersCollisionsAndRoom:
    """What stops a plan whatever the policy says."""

    def test_refuse_names_every_stranger(self) -> None:
        """However many permissions belong to nobody, each is named, and each way out is said."""
        strangers = numbered(200)
        plan = compute_plan(desired={}, prior=(), observed=dict.fromkeys(strangers, ""))

        (objection,) = objections(plan, Policy())

        assert "the API holds 200 permissions that this resource neither declares nor has owned" in objection
        assert all(f'"{value}"' in objection for value in strangers)
        assert 'unmanaged="keep"' in objection
        assert 'unmanaged="remove"' in objection

    def test_approvals_do_not_let_strangers_pass(self) -> None:
        """A stranger is not deleted, so an approval of its removal says nothing about it."""
        plan = compute_plan(desired={}, prior=(), observed={"a": ""})

        assert len(objections(plan, Policy(approved=frozenset({"a"}), destroying=True))) == 1

    def test_a_collision_is_refused(self) -> None:
        """A rename onto a permission that exists in its own right stops the plan, with both names."""
        plan = plan_of(["a", "b", "c", "d"], ["b", "c", "d"], a="b")

        (objection,) = objections(plan, Policy())

        assert 'cannot rename "a" to "b"' in objection

    def test_one_more_than_an_api_can_hold_is_refused(self) -> None:
        """What is declared and what is kept of others count together against the number that Auth0 allows."""
        theirs = [(value, "") for value in numbered(MAX_PERMISSIONS_PER_API)]
        plan = compute_plan(
            desired={"ours": ""},
            prior=(),
            observed=dict(theirs),
            unmanaged=Unmanaged.KEEP,
        )

        (objection,) = objections(plan, Policy())

        assert "would hold 1001 permissions; Auth0 allows 1000 (1000 of them are unmanaged and kept)" in objection

    def test_a_rename_needs_room_for_both_names(self) -> None:
        """While access moves, old and new stand side by side: a full API has no room for that."""
        full = numbered(MAX_PERMISSIONS_PER_API)

        (objection,) = objections(plan_of(full, [*full[1:], "new"], p0000="new"), Policy(), NOBODY)
        fits = objections(plan_of(full[1:], [*full[2:], "new"], p0001="new"), Policy(), NOBODY)

        assert "would hold 1001 permissions" in objection
        assert fits == ()

    def test_everything_that_stands_against_a_plan_is_said(self) -> None:
        """One run tells all: strangers, the number and the share do not hide one another."""
        plan = compute_plan(
            desired={},
            prior=["a", "b"],
            observed={"a": "", "b": "", "theirs": ""},
        )

        found = objections(plan, Policy(removal=Removal.REFUSE, max_removals=1))

        for words in ("neither declares", "maxRemovals", "67%", 'removal is "refuse"'):
            assert sum(words in text for text in found) == 1


HOSTILE = ("a\nb", "a\x1b[2Kb", "a\u202eb", "a\u2028b", "a'; rm -rf $HOME; '", 'a"`id`$(id)', "a\\b")


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_names_do_not_break_an_objection(value: str) -> None:
    """The names in an objection, of permissions and of holders, cannot start a line or move the cursor."""
    holder = Holder(HolderKind.ROLE, "rol_1", value)
    policy = Policy(removal=Removal.REFUSE_IF_HELD, max_removals=0)
    harmless = objections(plan_of(["a"], []), policy, Impact({"a": (ROLE,)}, unknown=("x",)))

    found = objections(plan_of([value], []), policy, Impact({value: (holder,)}, unknown=("x",)))

    assert [len(text.splitlines()) for text in found] == [len(text.splitlines()) for text in harmless]
    assert all(line.isprintable() for text in found for line in text.splitlines())


@pytest.mark.parametrize("value", [value for value in HOSTILE if value.isprintable()])
def test_the_command_to_approve_can_be_copied(value: str) -> None:
    """A shell takes the value in the command as it is, whatever quotation marks and dollars it holds."""
    (objection,) = objections(removing(value), Policy(removal=Removal.REFUSE))

    assert commands_in(objection) == [("auth0-permissions:approvedRemovals[0]", value)]
    assert "name it in the stack's configuration" in objection


@pytest.mark.parametrize("value", [value for value in HOSTILE if not value.isprintable()])
def test_there_is_no_command_for_what_cannot_be_typed(value: str) -> None:
    """Where a value holds control characters, the objection shows it escaped and offers no command."""
    (objection,) = objections(removing(value), Policy(removal=Removal.REFUSE))

    assert not commands_in(objection)
    assert f"{json.dumps(value)}, by hand in approvedRemovals" in objection


@pytest.mark.parametrize("value", HOSTILE)
def test_a_deletion_is_approved_by_the_environment_of_one_run(value: str) -> None:
    """`pulumi destroy` runs with the configuration that the state holds, so the message names what works there."""
    (objection,) = objections(removing(value), Policy(removal=Removal.REFUSE, destroying=True))

    (command,) = [line for line in objection.splitlines() if line.startswith("  export ")]
    (variable,) = shlex.split(command)[1:]
    name, _, text = variable.partition("=")
    assert (name, json.loads(text)) == ("AUTH0_PERMISSIONS_APPROVED_REMOVALS", [value])


def test_what_other_resources_remove_counts() -> None:
    """Guards count for an API and a run: two resources that remove one permission each remove two."""
    policy = Policy(max_removals=1, removed_by_others=frozenset({"z"}))

    (objection,) = objections(removing("a"), policy)

    assert "would remove 2 permissions" in objection


def test_most_of_an_api_is_counted_over_its_resources() -> None:
    """Two resources that delete two of six each delete more than half, whether the other has written or not."""
    theirs = frozenset({"x1", "x2"})
    before = plan_of([*"abcd", *theirs], [*"cd", *theirs])
    after = plan_of([*"abcd"], [*"cd"])

    for plan in (before, after):
        (objection,) = objections(plan, Policy(removed_by_others=theirs))
        assert "would delete 4 of the API's 6 permissions" in objection


def test_approvals_go_behind_the_ones_that_are_there() -> None:
    """The commands take the places after the last entry of the list, so that they overwrite no approval."""
    policy = Policy(removal=Removal.REFUSE, approved=frozenset({"b"}), approvals=7)

    (objection,) = objections(removing("a", "b", "c"), policy)

    assert commands_in(objection) == [
        ("auth0-permissions:approvedRemovals[7]", "a"),
        ("auth0-permissions:approvedRemovals[8]", "c"),
    ]
    assert "name each in the stack's configuration" in objection


@pytest.mark.parametrize(
    ("number", "last"), [(MAX_COMMANDS, "pulumi config"), (MAX_COMMANDS + 1, "and so on for 1 more")]
)
def test_many_commands_are_cut_with_a_count(number: int, last: str) -> None:
    """A handful of commands is spelled out; beyond it the rest is counted."""
    others = numbered(20)

    (objection,) = objections(plan_of(others, others[number:]), Policy(removal=Removal.REFUSE))

    assert [value for _, value in commands_in(objection)] == others[:MAX_COMMANDS]
    assert objection.splitlines()[-1].strip().startswith(last)
