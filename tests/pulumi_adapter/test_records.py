"""What a preview leaves for the update of its run: kept whole, for this run and resource only, and tidied up."""

import json
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import psutil

from pulumi_auth0_permissions.core.model import Change, Holder, HolderKind, Impact
from pulumi_auth0_permissions.core.ownership import Declaration
from pulumi_auth0_permissions.core.review import Review, review_data
from pulumi_auth0_permissions.pulumi_adapter.files_and_locks import file_name_for
from pulumi_auth0_permissions.pulumi_adapter.records import RunRecords

URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/auth0:ApiPermissions::orders"
CHANGES = (
    Change("gone ", "", None),
    Change("old", "Old", "", "new"),
    Change("\u8aad\u3080", None, "\u00c9crire"),
    Change("same", "", "now described"),
)
HOLDERS = Impact({"gone ": (Holder(HolderKind.ROLE, "rol_1", "Admin"),)})
RECORD = Review(URN, "https://orders.example.com", "1", "Orders", "acme", CHANGES, impact=HOLDERS, approved=("gone ",))
THIS = psutil.Process()


def run(pid: int, started_s: float) -> psutil.Process:
    """Return what stands for a run."""
    return cast("psutil.Process", SimpleNamespace(pid=pid, create_time=lambda: started_s))


def test_a_record_reaches_the_next_process_of_the_run_and_no_other(folder: Path) -> None:
    """It comes whole and in order; another run's is not seen, though the process's id or its start is the same.

    One that was tampered with or written by another version is as good as none.
    """
    RunRecords(THIS).save(URN, RECORD)

    assert RunRecords(THIS).load(URN) == RECORD
    assert RunRecords(run(THIS.pid, THIS.create_time() + 1)).load(URN) is None
    assert RunRecords(run(THIS.ppid(), THIS.create_time())).load(URN) is None
    file = folder / "runs" / f"{THIS.pid}-{THIS.create_time():.2f}" / file_name_for(URN)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for name, other in (("format", 2), ("impact", {}), ("changes", [None])):
        file.write_text(json.dumps({**review_data(RECORD), name: other}))
        assert RunRecords(THIS).load(URN) is None


def test_what_the_program_declares_reaches_the_provider() -> None:
    """Each declaration once; without a run nothing is noted."""
    one, two = Declaration("a", "b urn:a", frozenset("xy")), Declaration("a b", "urn:a", frozenset("xy"))
    for declaration in (one, two, one):
        RunRecords(THIS).declare(declaration)
        RunRecords(None).declare(declaration)

    assert sorted(RunRecords(THIS).declared(), key=lambda declared: declared.name) == [one, two]
    assert RunRecords(None).declared() == ()


def test_where_nothing_can_be_kept_nothing_fails(folder: Path) -> None:
    """Without a run, or a folder that can be used, it is said why."""
    assert "cannot be identified" in str(RunRecords(None).save(URN, RECORD))
    assert RunRecords(None).load(URN) is None
    assert not list(folder.iterdir())

    folder.chmod(0o755)
    assert str(folder) in str(RunRecords(THIS).save(URN, RECORD))
    assert RunRecords(THIS).load(URN) is None


def test_what_ended_runs_have_left_is_swept(folder: Path) -> None:
    """It goes with the first record of the next run; runs that go on, and folders that are none of ours, stay."""
    other, runs = run(THIS.ppid(), 1), folder / "runs"
    for one in (other, run(2**30, 1)):  # no process has this id
        RunRecords(one).save(URN, RECORD)
    (runs / "notes").mkdir()

    RunRecords(THIS).declare(Declaration("a", "urn:a", frozenset()))

    left = {one.name.partition("-")[0] for one in runs.iterdir()}
    assert left == {str(THIS.pid), str(THIS.ppid()), "notes"}
    assert RunRecords(other).load(URN) == RECORD
