"""What is said of a long wait."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulumi_auth0_permissions.core.changes import Change
from pulumi_auth0_permissions.core.permissions import Permission
from pulumi_auth0_permissions.engine.progress import Progress
from pulumi_auth0_permissions.engine.records import PreviewRecord, PreviewRecords
from pulumi_auth0_permissions.engine.run import Run
from pulumi_auth0_permissions.engine.session import Session
from reads.operation import Said

LIMIT = "the tenant's rate limit"


@pytest.mark.parametrize(
    ("done", "planned", "text"),
    [
        (0, 200, "waiting 12 s for the tenant's rate limit"),
        (1, 1, "waiting 12 s for the tenant's rate limit, 1 of 1 APIs done"),
        (31, 200, "waiting 12 s for the tenant's rate limit, 31 of 200 APIs done"),
        (1, 0, "waiting 12 s for the tenant's rate limit, 1 API done"),
        (3, 2, "waiting 12 s for the tenant's rate limit, 3 APIs done"),
    ],
)
def test_a_wait_says_how_long_for_what_and_how_far(done: int, planned: int, text: str) -> None:
    """How many there are in all is said where a preview told, and as long as it can be right."""
    progress = Progress(lambda: planned)
    for _ in range(done):
        progress.done()

    assert progress.waiting(12.4, LIMIT) == text


def test_what_is_planned_is_what_the_runs_previews_showed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resources without changes do not count, nor does anything else in the run's folder."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    records = PreviewRecords(Run(1, 1))
    change = (Change(None, Permission("a")),)
    for number, changes in enumerate([change, (), change]):
        records.save(f"urn{number}", PreviewRecord("id", changes))
    folder = records.folder()
    assert folder is not None
    (folder / "apis.jsonl").write_text('{"total": 5}\n{"total": 6}\n', encoding="ascii")

    assert records.planned() == 2


def test_without_a_run_nothing_is_planned() -> None:
    """Where no preview was, nobody knows how many there are."""
    assert PreviewRecords(None).planned() == 0


def test_the_client_of_a_session_tells_its_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wait that the limiter announces stands in the operation's output while it lasts."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    said = Said()
    config = {"auth0:domain": "acme.eu.auth0.com", "auth0:apiToken": "made-up"}
    session = Session(config.get, {}, messages=said)
    session.progress.done()

    session.client._transport._pace._on_wait(5.0, LIMIT)

    assert said.progressed == ["waiting 5 s for the tenant's rate limit, 1 API done"]
