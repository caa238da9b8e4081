"""What a preview leaves for the update of its run: kept whole, for this run and resource only, and tidied up."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, given, settings

from pulumi_auth0_permissions.core.conflicts import Basis, approved_changes
from pulumi_auth0_permissions.core.model import Change, Holder, HolderKind, Impact
from pulumi_auth0_permissions.core.review import Review, review_data
from pulumi_auth0_permissions.pulumi_adapter.private_files import private_folder
from pulumi_auth0_permissions.pulumi_adapter.records import PreviewRecords, no_record
from pulumi_auth0_permissions.pulumi_adapter.run import Run, this_process
from strategies import Situation, renaming_situations

URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/auth0:ApiPermissions::orders"
RECORD = Review(
    URN,
    "https://orders.example.com",
    "69a0f1b2c3d4e5f601234567",
    "Orders",
    "acme.eu.auth0.com",
    (
        Change("gone ", "", None),
        Change("old", "Old", "", "new"),
        Change("\u8aad\u3080", None, "\u00c9crire"),
        Change("same", "", "now described"),
    ),
    impact=Impact({"gone ": (Holder(HolderKind.ROLE, "rol_1", "Admin"),)}),
    approved=("gone ",),
)
OTHER = Review(URN, "https://orders.example.com", "other")
UNKNOWN = Review(URN, "", not_known="the API has not been created yet")
DEAD = Run(2**30, 1)  # no process has this id


def this_run() -> Run:
    """Return a run that is going on: this very process."""
    run = this_process()
    assert run is not None
    return run


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's runtime folder, empty."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


def record_file(run: Run) -> Path:
    """Return the one file that a run has left."""
    (file,) = (private_folder() / "runs" / str(run)).iterdir()
    return file


def test_a_record_reaches_the_next_process_of_the_run() -> None:
    """What one process keeps, another one of the same run loads, whole and in order."""
    PreviewRecords(this_run()).save(URN, RECORD)

    assert PreviewRecords(this_run()).load(URN) == RECORD


@given(renaming_situations())
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_plan_comes_back_as_it_was(situation: Situation) -> None:
    """Every change of any plan survives, an absent description as an absent one."""
    record = replace(RECORD, changes=situation.plan().changes)
    records = PreviewRecords(this_run())

    records.save(URN, record)

    assert records.load(URN) == record


def test_another_runs_record_is_not_seen() -> None:
    """What a preview of another run showed was not shown to this one's user, though the process's id is the same."""
    run = this_run()
    PreviewRecords(run).save(URN, RECORD)

    assert PreviewRecords(Run(run.pid, run.started + 1)).load(URN) is None
    assert PreviewRecords(Run(run.pid + 1, run.started)).load(URN) is None


def test_without_a_run_nothing_is_kept(runtime: Path) -> None:
    """Where no CLI has started the process, there is nobody to leave a record for."""
    records = PreviewRecords(None)

    records.save(URN, RECORD)

    assert records.load(URN) is None
    assert not list(runtime.iterdir())


def test_a_record_is_for_this_user_alone() -> None:
    """Nobody else can read what is planned: file and folders are closed."""
    PreviewRecords(this_run()).save(URN, RECORD)

    file = record_file(this_run())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


GOOD = {"key": URN, **review_data(OTHER)}
BROKEN: tuple[dict[str, object], ...] = (
    {"format": 2},
    {"key": "another"},
    {"impact": {}},
    {"changes": None},
    {"changes": 7},
    {"changes": [None]},
    {"changes": [{"existing": None, "new": None, "details": []}]},
    {"changes": [{"existing": {"permission": "a"}, "new": None, "details": []}]},
    {"changes": [{"existing": {"permission": 7, "description": ""}, "new": None, "details": []}]},
)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"text"',
        *(json.dumps({**GOOD, **other}).encode() for other in BROKEN),
        *(
            json.dumps({name: value for name, value in GOOD.items() if name != missing}).encode()
            for missing in ("key", "api", "changes")
        ),
    ],
)
def test_what_cannot_be_read_is_no_record(content: bytes) -> None:
    """A record that was cut off, tampered with or written by another version is as good as none."""
    records = PreviewRecords(this_run())
    records.save(URN, RECORD)

    record_file(this_run()).write_bytes(content)

    assert records.load(URN) is None


def test_a_record_says_what_was_approved() -> None:
    """The changes that were shown, and who was shown to hold what goes."""
    approved = approved_changes([RECORD], Basis.PREVIEW)

    assert approved.changes == RECORD.changes
    assert approved.holders == {"gone ": frozenset({"rol_1"}), "old": frozenset()}
    assert approved_changes([OTHER], Basis.PREVIEW).holders is None


def test_where_nothing_can_be_kept_nothing_fails(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders that cannot be used cost the record and nothing else, and it is said why."""
    (runtime / "pulumi-auth0-permissions").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(runtime / "pulumi-auth0-permissions"))
    records = PreviewRecords(this_run())

    why = records.save(URN, RECORD)

    assert records.load(URN) is None
    assert why is not None
    assert str(runtime) in no_record(why)


def test_without_a_run_it_is_said_that_there_is_none() -> None:
    """A run that is not recognized leaves nothing, and says so."""
    why = PreviewRecords(None).save(URN, RECORD)

    assert why is not None
    assert "not recognized" in no_record(why)


def test_ended_runs_are_swept() -> None:
    """What a run has left that has ended goes with the first record of the next one."""
    PreviewRecords(DEAD).save(URN, RECORD)
    left = private_folder() / "runs" / str(DEAD)
    left.mkdir(mode=0o700, exist_ok=True)
    (left / "record").touch()

    PreviewRecords(this_run()).save(URN, RECORD)

    assert [folder.name for folder in (private_folder() / "runs").iterdir()] == [str(this_run())]


def test_runs_that_go_on_are_not_swept() -> None:
    """Another run at the same time keeps its records."""
    parent = psutil.Process().parent()
    assert parent is not None
    other = Run(parent.pid, int(parent.create_time() * 100))
    PreviewRecords(other).save(URN, RECORD)

    PreviewRecords(this_run()).save(URN, UNKNOWN)

    assert PreviewRecords(other).load(URN) == RECORD


def test_what_is_none_of_ours_is_not_swept() -> None:
    """Only folders that are named as a run are taken away."""
    runs = private_folder() / "runs"
    for name in ("notes", "12", "x-12", "12-x"):
        (runs / name).mkdir(parents=True)

    PreviewRecords(this_run()).save(URN, RECORD)

    assert {folder.name for folder in runs.iterdir()} == {"notes", "12", "x-12", "12-x", str(this_run())}


def test_resources_with_changes_are_counted() -> None:
    """A run knows of how many resources it has shown changes; previews that showed none do not count."""
    records = PreviewRecords(this_run())
    assert records.planned() == 0

    records.save(URN, RECORD)
    records.save(f"{URN}2", OTHER)
    records.save(f"{URN}3", RECORD)
    (private_folder() / "runs" / str(this_run()) / "other").write_text("{", encoding="utf-8")

    assert records.planned() == 2
