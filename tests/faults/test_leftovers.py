"""What a rename has left that was cut short, where the program has changed since."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from auth0_local_tenant import LocalTenant
from auth0_local_tenant.faults import Fault
from faults.scene import OPERATIONS, SEED, held
from faults.site import Killed, Site
from faults.stack import Program, Stack

RENAME = OPERATIONS["rename"]
READ, WRITE, EDIT, DELETE, THEIRS = "read:orders", "write:orders", "edit:orders", "delete:orders", "theirs:orders"
REST = {READ: "Read orders", DELETE: "Delete orders"}


def _program(permissions: dict[str, str], **more: object) -> Program:
    return {**RENAME.program, "permissions": permissions, "renames": {}, **more}


def _cut_short(tenant: LocalTenant) -> Iterator[Stack]:
    """Yield a stack whose rename was killed, once for each moment between its first write and its last."""
    stack = RENAME.prepare(Site(tenant))
    tenant.clear_journal()
    assert RENAME.run(stack).error is None
    sent = [entry.method + entry.path for entry in tenant.journal()]
    writes = [n for n, request in enumerate(sent) if request.startswith("PATCH") and "/resource-servers/" in request]
    first, last = writes
    for moment in range(first, last):
        tenant.reset()
        tenant.seed(SEED)
        stack = RENAME.prepare(Site(tenant))
        with pytest.raises(Killed), stack.site.killing(moment, before=False):
            stack.up(RENAME.program)
        assert {WRITE, EDIT} <= set(held(tenant).api)
        yield stack


def test_a_rename_that_the_program_takes_back_is_taken_back(tenant: LocalTenant) -> None:
    """With the old name declared again, the new one goes, and whoever held the old one holds it."""
    for stack in _cut_short(tenant):
        outcome = stack.up(_program({**REST, WRITE: ""}))

        assert outcome.error is None, outcome.error
        assert "> edit:orders => write:orders" in outcome.shown[0]
        assert "settles a rename that was interrupted" in outcome.shown[0]
        assert held(tenant).api == {**REST, THEIRS: "Of another team", WRITE: ""}
        assert held(tenant).role == {READ, THEIRS, WRITE, DELETE}
        assert held(tenant).grant == {WRITE, THEIRS, DELETE}


def test_a_rename_whose_entry_was_taken_out_is_finished(tenant: LocalTenant) -> None:
    """With the new name declared and `renames` gone, access moves all the same before the old name goes."""
    for stack in _cut_short(tenant):
        outcome = stack.up(_program({**REST, EDIT: "Edit orders"}))

        assert outcome.error is None, outcome.error
        assert "settles a rename that was interrupted" in outcome.shown[0]
        assert held(tenant) == RENAME.meant


def test_a_rename_of_what_the_program_has_dropped_leaves_nothing(tenant: LocalTenant) -> None:
    """With neither name declared, both go."""
    for stack in _cut_short(tenant):
        assert stack.up(_program(REST)).error is None
        assert held(tenant).api == {**REST, THEIRS: "Of another team"}


def test_a_destroyed_stack_leaves_nothing_of_its_rename(tenant: LocalTenant) -> None:
    """`pulumi destroy` takes the new name as well, which no state has recorded."""
    for stack in _cut_short(tenant):
        assert stack.destroy().error is None
        assert held(tenant).api == {THEIRS: "Of another team"}


def test_a_third_name_has_to_wait(tenant: LocalTenant) -> None:
    """Renamed once more before it is done, access to the second name would be lost: refused with the way."""
    for stack in _cut_short(tenant):
        before = held(tenant)

        outcome = stack.up(_program({**REST, "third": ""}, renames={WRITE: "third"}))

        assert 'the rename of "write:orders" to "edit:orders" was interrupted' in outcome.text
        assert outcome.error is not None
        assert held(tenant) == before
        assert stack.up(RENAME.program).error is None
        assert held(tenant) == RENAME.meant


def test_what_is_left_is_forgotten_once_the_rename_is_done(tenant: LocalTenant) -> None:
    """An old name that comes back later is somebody else's."""
    for stack in _cut_short(tenant):
        assert stack.up(RENAME.program).error is None
        assert stack.up(_program({**REST, EDIT: "Edit orders", WRITE: ""})).error is None
        assert held(tenant).role == RENAME.meant.role


def test_another_stack_takes_nothing_of_it(tenant: LocalTenant) -> None:
    """Who shares the API and has never owned the old name leaves both names, and the note of them, alone."""
    for stack in _cut_short(tenant):
        before = held(tenant)
        other = Stack(stack.site, "other")

        assert other.up(_program({"other:orders": ""}, removal="revoke")).error is None
        assert held(tenant).api == {**before.api, "other:orders": ""}
        assert other.destroy().error is None
        assert held(tenant) == before
        assert "settles a rename" in stack.up(_program({**REST, WRITE: ""})).shown[0]


@pytest.mark.parametrize("moment", range(12))
def test_a_rename_that_wrote_nothing_is_no_rename(tenant: LocalTenant, moment: int) -> None:
    """Refused at its first write: a program that drops the old name and adds the new one then does just that."""
    stack = RENAME.prepare(Site(tenant))
    tenant.add_fault(Fault("status", method="PATCH", path="/resource-servers/", status=400))
    assert stack.up(RENAME.program).error is not None
    tenant.clear_faults()
    program = _program({READ: "Read orders", EDIT: "Edit orders", "third": ""}, renames={DELETE: "third"})

    with suppress(Killed), stack.site.killing(moment, before=False):
        stack.up(program)
    outcome = stack.up(program)

    assert outcome.error is None, outcome.error
    assert held(tenant).api == {READ: "Read orders", EDIT: "Edit orders", "third": "", THEIRS: "Of another team"}
    assert held(tenant).role == {READ, THEIRS, WRITE, "third"}
