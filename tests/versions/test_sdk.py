"""An SDK of Pulumi that is too old is told in one sentence, and to find that out costs a program nothing."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import pytest
from pulumi.runtime import stack

from pulumi_auth0_permissions.pulumi_adapter import provider
from pulumi_auth0_permissions.pulumi_adapter.provider import PermissionsProvider

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("later", [None, lambda value, *, seen: (value, seen)], ids=["gone", "called otherwise"])
def test_one_that_is_built_otherwise_is_taken_for_a_newer_one(monkeypatch: pytest.MonkeyPatch, later: object) -> None:
    """What a later SDK does with a function that is not public does not keep a program from running."""
    monkeypatch.setattr(stack, "massage", later)

    assert provider.sdk_problem() is None


def test_a_program_with_an_old_one_stops_where_it_imports() -> None:
    """It stops with the error that the engine shows without a traceback, before it has declared anything."""
    program = (
        "import pulumi, pulumi.runtime.stack\n"
        "pulumi.runtime.stack.massage = lambda value, seen: {}\n"
        "try:\n"
        "    from pulumi_auth0_permissions import Stage\n"
        "except pulumi.RunError as error:\n"
        "    print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert run.stdout.startswith("Pulumi's SDK for Python is "), run.stderr


def test_a_refresh_tells_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs no program; the provider refuses to start, with the version found, the one needed, and the command."""
    monkeypatch.setattr(stack, "massage", lambda _value, _seen: {})
    monkeypatch.setattr(sys, "tracebacklimit", 1000, raising=False)
    request = SimpleNamespace(config=SimpleNamespace(get={}.get))

    with pytest.raises(Exception, match="SDK") as told:
        PermissionsProvider().configure(request)  # type: ignore[arg-type]

    assert type(told.value).__name__ == "Auth0"
    assert str(told.value) == (
        f"Pulumi's SDK for Python is {version('pulumi')} here, and pulumi-auth0-permissions needs 3.236.0 or newer. "
        "Run `pip install --upgrade 'pulumi>=3.236.0'` in the program's environment."
    )


def test_the_package_asks_for_the_same_version() -> None:
    """Pip is told the version that the message names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    [pulumi] = [entry for entry in project["dependencies"] if entry.startswith("pulumi>")]

    assert pulumi == f"pulumi>={provider.OLDEST_SDK},<4"
