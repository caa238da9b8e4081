"""An SDK of Pulumi that is too old is told in one sentence, and to find that out costs a program nothing."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import pytest

from pulumi_auth0_permissions import sdk
from pulumi_auth0_permissions.engine.provider import PermissionsProvider

ROOT = Path(__file__).resolve().parents[2]


class OldReadResult:
    """What `read` returned before 3.216.0: no inputs."""

    def __init__(self, id_: str | None = None, outs: object = None) -> None:
        self.id, self.outs = id_, outs


def old_deserialize_properties(
    _properties: object, _keep_unknowns: object = None, keep_internal: object = None
) -> object:
    """How properties were read before 3.235.0: without those that begin with two underscores."""
    return keep_internal


@pytest.fixture(params=["ReadResult", "deserialize_properties"])
def old_sdk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pulumi's SDK as it was before the one or the other came to it."""
    old = {"ReadResult": OldReadResult, "deserialize_properties": old_deserialize_properties}
    monkeypatch.setattr(sdk, request.param, old[request.param])


def python(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program by the interpreter of the tests."""
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


def test_the_sdk_of_the_tests_will_do() -> None:
    """A recent SDK is no problem."""
    assert sdk.sdk_problem() is None


def test_one_that_is_built_otherwise_is_taken_for_a_newer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a later SDK calls its arguments does not keep a program from running."""

    def deserialize_properties(properties: object, *, options: object = None) -> object:
        return properties, options

    monkeypatch.setattr(sdk, "deserialize_properties", deserialize_properties)

    assert sdk.sdk_problem() is None


@pytest.mark.usefixtures("old_sdk")
def test_an_old_one_is_told_with_the_versions_and_the_way_out() -> None:
    """The sentence has the version found, the one needed, and the command to run."""
    assert sdk.sdk_problem() == (
        f"Pulumi's SDK for Python is {version('pulumi')} here, and pulumi-auth0-permissions needs 3.235.0 or newer. "
        "Run `pip install --upgrade 'pulumi>=3.235.0'` in the program's environment."
    )


def test_a_program_with_an_old_one_stops_where_it_imports() -> None:
    """It stops with the error that the engine shows without a traceback, before it has declared anything."""
    run = python(
        "import pulumi, pulumi.dynamic\n"
        "class ReadResult:\n"
        "    def __init__(self, id_=None, outs=None): ...\n"
        "pulumi.dynamic.ReadResult = ReadResult\n"
        "try:\n"
        "    from pulumi_auth0_permissions import Stage\n"
        "except pulumi.RunError as error:\n"
        "    print(error)\n"
    )

    assert run.stdout.startswith("Pulumi's SDK for Python is "), run.stderr


@pytest.mark.usefixtures("old_sdk")
def test_a_refresh_tells_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refresh runs no program; the provider itself refuses to start."""
    monkeypatch.setattr(sys, "tracebacklimit", 1000, raising=False)
    request = SimpleNamespace(config=SimpleNamespace(get={}.get))

    with pytest.raises(Exception, match=re.escape("needs 3.235.0 or newer")) as told:
        PermissionsProvider().configure(request)  # type: ignore[arg-type]

    assert type(told.value).__name__ == "Auth0"


def test_the_package_asks_for_the_same_version() -> None:
    """Pip is told the version that the message names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    [pulumi] = [entry for entry in project["dependencies"] if entry.startswith("pulumi>")]

    assert pulumi == f"pulumi>={sdk.OLDEST_SDK},<4"


def test_asking_imports_nothing_more() -> None:
    """A program whose SDK will do loads one small module for it, and not what looks up versions."""
    run = python(
        "import sys, pulumi.dynamic\n"
        "before = set(sys.modules)\n"
        "from pulumi_auth0_permissions.sdk import sdk_problem\n"
        "assert sdk_problem() is None\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )

    assert run.stdout.split() == ["pulumi_auth0_permissions", "pulumi_auth0_permissions.sdk"], run.stderr
