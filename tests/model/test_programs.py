"""Random histories of programs whose resources share an API: what a program declares is never lost."""

import json
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from auth0_local_tenant import LocalTenant
from auth0_local_tenant.journal import JournalEntry
from faults.scene import ORDERS, ORDERS_ID, edit_now, held
from faults.site import Site
from faults.stack import run_phases
from model.actor import scene
from model.program_stack import Declares, ProgramStack
from model.seeds import run_histories
from pulumi_auth0_permissions.core.ownership import Declaration
from pulumi_auth0_permissions.pulumi_adapter.hooks import Hooks
from support.hand import Hand, add

VALUES = "abcdef"
NAMES = ("n1", "n2", "n3", "n4")
STRANGER = "x"

declares = st.builds(
    Declares,
    st.frozensets(st.sampled_from(VALUES), min_size=1, max_size=4),
    st.booleans(),
    st.sampled_from(("", "box")),
)
programs = st.dictionaries(st.sampled_from(NAMES), declares, min_size=1, max_size=3)
names = st.sampled_from(NAMES)


class Programs(RuleBasedStateMachine):
    """A stack of several resources, refactored and applied in every way."""

    def __init__(self, tenant: LocalTenant, unmanaged: str) -> None:
        super().__init__()
        self.tenant = tenant
        self.unmanaged = unmanaged

    @initialize(program=programs, removal=st.sampled_from(("warn", "revoke", "refuse", "refuse_if_held")))
    def begin(self, program: dict[str, Declares], removal: str) -> None:
        """Set the scene: an API that holds all that any program declares, held by a role and a client grant."""
        self.tenant.clear_faults()
        self.tenant.reset()
        everything = frozenset(VALUES)
        declared = frozenset().union(*(one.values for one in program.values()))
        self.tenant.seed(scene(dict.fromkeys(sorted(declared), ""), everything, everything, grants_all=False))
        approved = '["' + '", "'.join((*VALUES, STRANGER)) + '"]'
        modes = {"unmanaged": self.unmanaged, "removal": removal}
        config = {"auth0-permissions:approvedRemovals": approved}
        self.stack = ProgramStack(Site(self.tenant), modes, config)
        self.program = dict(program)

    # --- what happens to the program ---

    @rule(name=names, declares=declares)
    def rewrite(self, name: str, declares: Declares) -> None:
        """A resource declares something else, names the API otherwise, or stands in a component, from now on."""
        self.program = {**self.program, name: declares}

    @rule(old=names, new=names, box=st.sampled_from(("", "box")))
    def move(self, old: str, new: str, box: str) -> None:
        """A resource gets another name, or moves into a component or out of it; or takes over from one that leaves."""
        if old in self.program:
            one = self.program.pop(old)
            taken = self.program[new].values if new in self.program else frozenset()
            self.program[new] = replace(one, values=one.values | taken, box=box)

    @rule(giver=names, taker=names, value=st.sampled_from(VALUES), keeps=st.booleans())
    def hand_over(self, giver: str, taker: str, value: str, *, keeps: bool) -> None:
        """A permission moves to another resource, or both declare it."""
        if giver in self.program and giver != taker and value in self.program[giver].values:
            to, one = self.program.get(taker, Declares(frozenset())), self.program[giver]
            self.program[taker] = replace(to, values=to.values | {value})
            self.program[giver] = one if keeps else replace(one, values=one.values - {value})

    @rule(one=names, other=names)
    def swap(self, one: str, other: str) -> None:
        """Two resources swap what they declare."""
        if one in self.program and other in self.program:
            first, second = self.program[one], self.program[other]
            self.program[one] = replace(first, values=second.values)
            self.program[other] = replace(second, values=first.values)

    @rule(name=names)
    def leave(self, name: str) -> None:
        """A resource leaves the program."""
        if len(self.program) > 1:
            self.program.pop(name, None)

    # --- what is done with it ---

    @rule(
        shuffle=st.permutations(NAMES),
        skip_preview=st.booleans(),
        refresh=st.booleans(),
        replaced=st.frozensets(names),
        again=st.booleans(),
    )
    def up(
        self, shuffle: list[str], replaced: frozenset[str], *, skip_preview: bool, refresh: bool, again: bool
    ) -> None:
        """`pulumi up`, in whatever order the engine gets to the resources."""
        before, owned = self._api(), frozenset().union(*self.stack.owned.values())
        error = self._apply(shuffle, replaced, skip_preview=skip_preview, refresh=refresh)
        strangers = before - self._declared() - owned
        blocked = self.unmanaged == "refuse" and bool(before - self._declared())
        if error is not None:
            assert blocked, error
            return
        removed = self.unmanaged == "remove" and not skip_preview
        if not (self.unmanaged == "remove" and skip_preview):
            assert self._api() == self._declared() | (frozenset() if removed else strangers)
        if again and not skip_preview:
            self.tenant.clear_journal()
            assert self.stack.up(self.program, [name for name in shuffle if name in self.program]) is None
            assert self._writes() == []

    @rule(shuffle=st.permutations(NAMES), of_program=st.booleans(), skip_preview=st.booleans())
    def up_in_part(self, shuffle: list[str], *, of_program: bool, skip_preview: bool) -> None:
        """`pulumi up --target`: a part of the program, or a part of what has left it."""
        mine = {self._urn(name) for name in self.program}
        targets = (
            sorted(mine)[:1] if of_program else [urn for urn in sorted(self.stack.resources) if urn not in mine][:1]
        )
        self._apply(shuffle, (), skip_preview=skip_preview, targets=targets)

    @rule()
    def somebody_adds(self) -> None:
        """Somebody adds a permission by hand."""
        edit_now(self.tenant, add(STRANGER, ""))

    @rule()
    @precondition(lambda self: bool(self.stack.resources))
    def destroy(self) -> None:
        """`pulumi destroy`: exactly what the stack owned goes."""
        before, owned = self._api(), frozenset().union(*self.stack.owned.values())

        assert self.stack.destroy() is None

        assert self._api() == before - owned

    # --- the laws ---

    def _apply(
        self,
        shuffle: list[str],
        replaced: frozenset[str] | tuple[()],
        *,
        skip_preview: bool,
        refresh: bool = False,
        targets: list[str] | None = None,
    ) -> str | None:
        """Apply the program; what it declares stays on the API and with its holders at every step of it."""
        before = held(self.tenant)
        self.tenant.clear_journal()

        error = self.stack.up(
            self.program,
            [name for name in shuffle if name in self.program],
            skip_preview=skip_preview,
            refresh=refresh,
            targets=targets,
            replaces=[self._urn(name) for name in replaced if name in self.program],
        )

        stays = self._declared() & before.api.keys()
        for entry in self._writes():
            body = json.loads(entry.request)
            if "/resource-servers/" in entry.path:
                assert stays <= {scope["value"] for scope in body["scopes"]}, "declared, and taken away"
            elif entry.method == "DELETE":
                assert not stays & {one["permission_name"] for one in body["permissions"]}, "taken from a role"
        after = held(self.tenant)
        assert stays & before.role <= after.role
        assert stays & before.grant <= after.grant
        return error

    def _declared(self) -> frozenset[str]:
        return frozenset().union(*(one.values for one in self.program.values()))

    def _urn(self, name: str) -> str:
        return self.program[name].urn(name)

    def _writes(self) -> list[Any]:
        entries: list[JournalEntry] = list(self.tenant.journal())
        return [entry for entry in entries if entry.method != "GET" and "/oauth/" not in entry.path]

    def _api(self) -> frozenset[str]:
        return frozenset(held(self.tenant).api)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("unmanaged", ["refuse", "keep", "remove"])
def test_no_refactoring_loses_what_the_program_declares(tenant: LocalTenant, unmanaged: str) -> None:
    """However resources are renamed, split, merged, replaced and applied in part, what is declared stays."""
    run_histories(partial(Programs, tenant, unmanaged))


def test_guards_count_over_the_resources_of_an_api(tenant: LocalTenant) -> None:
    """`maxRemovals: 1` does not let two resources remove one each, with a preview or without."""
    stack = ProgramStack(Site(tenant), {"unmanaged": "keep"}, {"auth0-permissions:maxRemovals": "1"})
    assert stack.up({"a": Declares(frozenset("ab")), "z": Declares(frozenset("c"), by_id=True)}, "az") is None
    there = len(Hand(tenant).scopes(ORDERS))
    fewer = {"a": Declares(frozenset("a")), "z": Declares(frozenset(), by_id=True)}

    for skip_preview, gone in ((False, 0), (True, 1)):
        error = stack.up(fewer, "az", skip_preview=skip_preview)
        assert "would remove 2 permissions" in (error or "")
        assert len(Hand(tenant).scopes(ORDERS)) == there - gone


@pytest.mark.parametrize("order", ["az", "za"])
def test_a_resource_that_comes_to_equal_another_is_applied(tenant: LocalTenant, order: str) -> None:
    """It is held to its own preview: the other one, which stays as it is, has shown no changes."""
    stack = ProgramStack(Site(tenant), {"unmanaged": "keep"})
    assert stack.up({"a": Declares(frozenset("a")), "z": Declares(frozenset("ab"))}, order) is None

    assert stack.up({"a": Declares(frozenset("a")), "z": Declares(frozenset("a"))}, order) is None

    assert "b" not in held(tenant).api


@pytest.mark.parametrize("by_policy", [False, True])
def test_what_comes_between_check_and_update_takes_nothing(tenant: LocalTenant, *, by_policy: bool) -> None:
    """Another resource is refreshed, with `--refresh --run-program`, or a policy changes the inputs of two."""
    stack = ProgramStack(Site(tenant), {"unmanaged": "keep"}, {"auth0-permissions:approvedRemovals": '["b", "c"]'})
    assert stack.up({"a": Declares(frozenset("abc")), "z": Declares(frozenset("c"))}, "az") is None
    first, second = stack.resources.values()
    there = Declaration("a", ORDERS, frozenset("a")), Declaration("z", ORDERS, frozenset("bc"))
    first.others, second.others = there[1:], there[:1]

    def update(hooks: Hooks) -> None:
        assert first.state is not None
        program = {**stack.modes, "api": ORDERS, "permissions": {"a": ""}}
        checked = first._check(hooks, program, first.state, preview=False)
        if by_policy:
            second._check(hooks, {**program, "permissions": {"b": "", "c": ""}}, second.state, preview=False)
            checked = {**checked, "permissions": {"a": "", "x": ""}}
        else:
            second.read(hooks)
        hooks.update(ORDERS_ID, first.state.outputs, checked)

    assert run_phases(stack.site, stack.config, lambda _: None, update).error is None
    assert {"b", "c"} <= held(tenant).api.keys()
