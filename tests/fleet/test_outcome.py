"""What the engine says of a stack, and what is made of it."""

from __future__ import annotations

from typing import Any

import pytest
from examples.fleet.runner.outcome import Changes, Outcome, Result, judge, printable

TYPE = "pulumi-python:dynamic/auth0:ApiPermissions"
URN = f"urn:pulumi:dev::fleet::{TYPE}::orders"


def error(text: str, urn: str = URN) -> dict[str, Any]:
    """Return an event on an error."""
    return {"diagnosticEvent": {"severity": "error", "message": text, "urn": urn}}


def summary(**counts: int) -> dict[str, Any]:
    """Return the event at the end of an operation."""
    return {"summaryEvent": {"resourceChanges": counts}}


def step(event: str, op: str, old: dict[str, Any] | None = None, new: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return an event on a resource, with its outputs before and after."""
    return {event: {"metadata": {"op": op, "urn": URN, "type": TYPE, "old": {"outputs": old}, "new": {"outputs": new}}}}


class TestResult:
    """How it went."""

    @pytest.mark.parametrize(
        ("counts", "expected"),
        [
            ({"same": 4}, Result.UNCHANGED),
            ({"same": 4, "update": 0}, Result.UNCHANGED),
            ({"same": 3, "update": 1}, Result.CHANGED),
            ({"create": 1}, Result.CHANGED),
            ({"delete": 1}, Result.CHANGED),
            ({}, Result.UNCHANGED),
        ],
    )
    def test_a_change_is_a_resource_that_does_not_stay_the_same(self, counts: dict[str, int], expected: Result) -> None:
        """The engine's own count decides, so a project may hold other resources too."""
        assert judge(0, "", [summary(**counts)], [], interrupted=False)[0] is expected

    def test_nothing_but_conflicts_is_a_conflict(self) -> None:
        """Two APIs that others have changed: nothing was written over them, and the remedy is to run again."""
        events = [error("conflict on https://a: its permissions …\n  - x"), error("conflict on https://b: …")]

        result, _, conflicts, _ = judge(255, "", events, [], interrupted=False)

        assert (result, conflicts) == (Result.CONFLICT, 2)

    def test_a_conflict_beside_an_error_is_a_failure(self) -> None:
        """Running again would not mend it."""
        result, _, conflicts, _ = judge(255, "", [error("conflict on a: …"), error("no scope")], [], interrupted=False)

        assert (result, conflicts) == (Result.FAILED, 1)

    def test_what_was_told_to_stop_is_cancelled(self) -> None:
        """Its errors are those of having been stopped."""
        assert judge(255, "", [error("cancelled")], [], interrupted=True)[0] is Result.CANCELLED

    def test_what_ended_well_all_the_same_is_not_cancelled(self) -> None:
        """It had finished when it was told."""
        assert judge(0, "", [summary(same=1)], [], interrupted=True)[0] is Result.UNCHANGED


class TestMessage:
    """What went wrong."""

    def test_it_names_the_resource_and_leaves_out_the_engines_words(self) -> None:
        """The provider's sentence, once, with the resource's name before it."""
        told = f"{TYPE} resource 'orders' has a problem: <{{%fg 1%}}>bad permission<{{%reset%}}>\n"
        events = [error(told), error(told), error("preview failed", ""), error("update failed", "")]

        assert judge(255, "", events, [], interrupted=False)[3] == "orders: bad permission"

    def test_without_an_event_it_is_the_last_error_that_was_printed(self) -> None:
        """Such as a stack that is not there, or a passphrase that is missing."""
        output = "Previewing\nerror: no stack named 'x' found\n"

        assert judge(255, output, [], [], interrupted=False)[3] == "no stack named 'x' found"

    def test_there_always_is_one(self) -> None:
        """A failure without a word is told as such."""
        assert judge(-9, "", [], [], interrupted=False)[3] == "`pulumi` failed without a word"


class TestChanges:
    """Permissions, not resources, are counted."""

    def test_those_of_the_plans(self) -> None:
        """What the provider's previews showed, of all APIs together; a rename is neither added nor deleted."""
        plans = [
            {"urn": URN, "changes": [{"kind": "create"}, {"kind": "create"}, {"kind": "delete"}]},
            {"urn": "other", "changes": [{"kind": "update"}, {"kind": "rename"}]},
        ]

        assert judge(0, "", [], plans, interrupted=False)[1] == Changes(added=2, deleted=1, altered=2)

    def test_an_api_that_leaves_the_program(self) -> None:
        """The preview of a deletion asks no provider; what goes is what the state holds."""
        events = [step("resourcePreEvent", "delete", {"permissions": {"a": "A", "b": "B"}})]

        assert judge(0, "", events, [], interrupted=False)[1] == Changes(deleted=2)

    def test_a_refresh_tells_what_the_tenant_has_that_the_state_had_not(self) -> None:
        """Added, deleted and described anew by others, managed here or not."""
        old = {"permissions": {"a": "A", "b": "B"}, "unmanaged_permissions": {}}
        new = {"permissions": {"a": "Another"}, "unmanaged_permissions": {"c": "C", "d": "D"}}
        events = [step("resourcePreEvent", "refresh"), step("resOutputsEvent", "update", old, new)]

        assert judge(0, "", events, [], interrupted=False)[1] == Changes(added=2, deleted=1, altered=1)

    def test_they_read_as_signs(self) -> None:
        """Only what there is."""
        assert str(Changes(added=2, altered=1)) == "+2 ~1"
        assert str(Changes()) == ""


def test_an_outcome_survives_the_file() -> None:
    """What is written is read again, and known to be from an earlier run."""
    outcome = Outcome("dev", "acme", Result.CHANGED, Changes(1, 2, 3), 1, 2.5, 1.25, "abc", "text")

    read = Outcome.from_data(outcome.to_data())

    assert read.earlier
    assert read.to_data() == outcome.to_data() | {"earlier": True}


@pytest.mark.parametrize("data", [{}, {"stack": "dev"}, {**Outcome("a", "b", Result.FAILED).to_data(), "changes": 3}])
def test_what_is_no_outcome_is_refused(data: dict[str, Any]) -> None:
    """A file of something else is not taken for one in which all is done."""
    with pytest.raises(ValueError, match="no outcome of a stack"):
        Outcome.from_data(data)


def test_a_terminal_is_told_nothing() -> None:
    """Names and messages come from tenants and programs; what would command a terminal is replaced."""
    assert printable("a\x1b[2Jb\nc\u202e") == "a�[2Jb\nc�"
