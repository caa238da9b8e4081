"""What a rename has left that was cut short, where the program has changed since."""

from collections.abc import Iterator
from contextlib import suppress

import pytest

from auth0_local_tenant import Fault, LocalTenant
from faults.scene import DELETE, EDIT, OPERATIONS, READ, SEED, THEIRS, WRITE, held
from faults.site import Killed
from faults.stack import Program, Stack

RENAME = OPERATIONS["rename"]
REST = {READ: "Read orders", DELETE: "Delete orders"}


def _program(permissions: dict[str, str], **more: object) -> Program:
    return {**RENAME.program, "permissions": permissions, "renames": {}, **more}


def _cut_short(tenant: LocalTenant) -> Iterator[Stack]:
    """Yield a stack whose rename was killed, once for each moment between its first write and its last."""
    stack = RENAME.prepare(tenant)
    begun = len(stack.site.requests)
    assert RENAME.run(stack).error is None
    sent = stack.site.requests[begun:]
    first, last = (n for n, request in enumerate(sent) if request.startswith("PATCH /api/v2/resource-servers/"))
    for moment in range(first, last):
        tenant.reset()
        tenant.seed(SEED)
        stack = RENAME.prepare(tenant)
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
        assert "resolves an interrupted rename" in outcome.shown[0]
        assert held(tenant).api == {**REST, THEIRS: "Of another team", WRITE: ""}
        assert held(tenant).role == {READ, THEIRS, WRITE, DELETE}
        assert held(tenant).grant == {WRITE, THEIRS, DELETE}


def test_a_rename_whose_entry_was_taken_out_is_finished(tenant: LocalTenant) -> None:
    """With the new name declared and `renames` gone, access moves all the same; an old name that comes later is new."""
    for stack in _cut_short(tenant):
        outcome = stack.up(_program({**REST, EDIT: "Edit orders"}))

        assert outcome.error is None, outcome.error
        assert "resolves an interrupted rename" in outcome.shown[0]
        assert held(tenant) == RENAME.meant
        assert stack.up(_program({**REST, EDIT: "Edit orders", WRITE: ""})).error is None
        assert stack.up(_program({**REST, WRITE: ""})).error is None
        assert WRITE not in held(tenant).role


@pytest.mark.parametrize("is_destroyed", [False, True])
def test_a_rename_of_what_the_program_has_dropped_leaves_nothing(tenant: LocalTenant, *, is_destroyed: bool) -> None:
    """With neither name declared both go, also the new one, which no state has recorded."""
    for stack in _cut_short(tenant):
        outcome = stack.destroy() if is_destroyed else stack.up(_program(REST))

        assert outcome.error is None
        assert held(tenant).api == {THEIRS: "Of another team"} | ({} if is_destroyed else REST)


def test_a_third_name_has_to_wait(tenant: LocalTenant) -> None:
    """Renamed once more before it is done, access to the second name would be lost: refused with the way."""
    for stack in _cut_short(tenant):
        before = held(tenant)

        outcome = stack.up(_program({**REST, "third": ""}, renames={WRITE: "third"}))

        assert 'the rename of "write:orders" to "edit:orders" was interrupted' in (outcome.error or "")
        assert held(tenant) == before
        assert stack.up(RENAME.program).error is None
        assert held(tenant) == RENAME.meant


def test_another_stack_takes_nothing_of_it(tenant: LocalTenant) -> None:
    """Who shares the API and has never owned the old name leaves both names, and the note of them, alone."""
    for stack in _cut_short(tenant):
        before = held(tenant)
        other = Stack(stack.site, "other")

        assert other.up(_program({"other:orders": ""}, removal="revoke")).error is None
        assert held(tenant).api == {**before.api, "other:orders": ""}
        assert other.destroy().error is None
        assert held(tenant) == before
        assert "resolves an interrupted rename" in stack.up(_program({**REST, WRITE: ""})).shown[0]


@pytest.mark.parametrize("moment", range(12))
def test_a_rename_that_wrote_nothing_is_no_rename(tenant: LocalTenant, moment: int) -> None:
    """Refused at its first write: a program that drops the old name and adds the new one then does just that."""
    stack = RENAME.prepare(tenant)
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
