"""What the processes of one run tell those after them, in the run's folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pulumi_auth0_permissions.core.permissions import Permission, PermissionSet
from pulumi_auth0_permissions.engine.foresight import RunForesight
from pulumi_auth0_permissions.engine.records import PreviewRecord, PreviewRecords
from pulumi_auth0_permissions.engine.run import Run
from pulumi_auth0_permissions.management.models import Api
from pulumi_auth0_permissions.observations import Foreseen, Wish

TENANT = "acme.eu.auth0.com"
ORDERS = Api("id1", "urn:orders", "Orders", False, None, PermissionSet([Permission("a"), Permission("b")]))  # noqa: FBT003
UMLAUTS = Api("id2", "urn:bestellungen/ü 🍰", "", False, None, PermissionSet())  # noqa: FBT003


def foresight(folder: Path | None, tenant: str = TENANT) -> RunForesight:
    """Return what a process of the run sees."""
    return RunForesight(lambda: folder, lambda: tenant)


def test_the_next_process_knows_what_was_wanted_and_how_large_the_tenant_is(tmp_path: Path) -> None:
    """APIs come back in the order in which they were wanted, with identifier and number of permissions."""
    preview = foresight(tmp_path)
    preview.note(ORDERS)
    preview.note_total(201)
    preview.note(UMLAUTS)

    known = foresight(tmp_path).load()

    assert known == Foreseen((Wish("id1", "urn:orders", 2), Wish("id2", UMLAUTS.identifier, 0)), 201)


def test_the_first_process_knows_nothing(tmp_path: Path) -> None:
    """Nothing was noted before it."""
    assert foresight(tmp_path).load() == Foreseen()


def test_without_a_run_nothing_is_kept() -> None:
    """Where no `pulumi` started this process, nobody comes after it."""
    nobody = foresight(None)
    nobody.note(ORDERS)

    assert nobody.load() == Foreseen()


def test_notes_about_another_tenant_are_passed_over(tmp_path: Path) -> None:
    """A run whose configuration changed on the way reads nothing of the tenant that it had before."""
    foresight(tmp_path, "other.eu.auth0.com").note(ORDERS)

    assert foresight(tmp_path).load() == Foreseen()


@pytest.mark.parametrize("broken", ['{"tenant": "acme', "[]", "null", '{"tenant": "acme.eu.auth0.com", "id": 5}', "\\"])
def test_a_broken_note_costs_no_other(tmp_path: Path, broken: str) -> None:
    """A process that was killed in the middle of a note leaves the other notes as they are."""
    foresight(tmp_path).note(ORDERS)
    (file,) = tmp_path.iterdir()
    with file.open("a", encoding="ascii") as stream:
        stream.write(broken + "\n")
    foresight(tmp_path).note(UMLAUTS)

    assert [wish.api for wish in foresight(tmp_path).load().wishes] == ["id1", "id2"]


def test_a_file_that_is_not_text_is_passed_over(tmp_path: Path) -> None:
    """Whatever lies in its place, the process begins anew."""
    foresight(tmp_path).note(ORDERS)
    (file,) = tmp_path.iterdir()
    file.write_bytes(b"\xff\xfe")

    assert foresight(tmp_path).load() == Foreseen()


def test_a_folder_that_cannot_be_had_stops_nothing(tmp_path: Path) -> None:
    """Notes are for speed: without them the run goes on."""

    def no_folder() -> Path | None:
        raise PermissionError("not yours")

    notes = RunForesight(no_folder, lambda: TENANT)
    notes.note(ORDERS)
    notes.note_total(5)

    assert notes.load() == Foreseen()


def test_the_notes_are_for_their_owner_only_and_hold_no_secret(tmp_path: Path) -> None:
    """The file is readable by nobody else, and says which APIs, not what is in them."""
    notes = foresight(tmp_path)
    notes.note(ORDERS)

    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert json.loads(file.read_text(encoding="ascii")) == {
        "tenant": TENANT,
        "id": "id1",
        "identifier": "urn:orders",
        "permissions": 2,
    }


def test_notes_lie_beside_the_records_and_go_with_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run's folder holds both, and what an ended run has left is removed by the next one."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    ended = PreviewRecords(Run(2**22 + 1, 1))  # no process has such an id
    RunForesight(ended.folder, lambda: TENANT).note(ORDERS)
    left = ended.folder()
    assert left is not None

    mine = PreviewRecords(Run(1, 1))
    mine.save("urn:pulumi:dev::shop::t::n", PreviewRecord("id1"))

    assert not left.exists()
