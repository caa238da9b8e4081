"""The lock that all of this user's runs on this machine share."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import filelock
import pytest

from pulumi_auth0_permissions.pulumi_adapter import locks
from pulumi_auth0_permissions.pulumi_adapter.locks import locked

# Tries to take a lock without waiting for it: 0 where it was free, 3 where somebody holds it.
TRY = """
import sys
from pulumi_auth0_permissions.pulumi_adapter.locks import locked

with locked(sys.argv[1], wait=False) as held:
    sys.exit(0 if held else 3)
"""

# Takes a lock, says so, and holds it until its input ends or it is killed.
HOLD = """
import sys
from pulumi_auth0_permissions.pulumi_adapter.locks import locked

with locked(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def name(tmp_path: Path) -> str:
    """A name that no other test has."""
    return str(tmp_path)


def attempt(name: str, environ: dict[str, str] | None = None) -> int:
    """Let another process try to take a lock, and return its exit status."""
    return subprocess.run([sys.executable, "-c", TRY, name], check=False, timeout=60, env=environ).returncode


@pytest.mark.parametrize("variable", ["XDG_RUNTIME_DIR", "TMPDIR", "HOME", "XDG_CACHE_HOME", None])
def test_another_process_is_kept_out_whatever_its_environment(name: str, tmp_path: Path, variable: str | None) -> None:
    """While the lock is held, another process does not get it; afterwards it does."""
    environ = {variable: str(tmp_path)} if variable else {}
    with locked(name):
        assert attempt(name, environ) == 3

    assert attempt(name, environ) == 0


def test_a_process_that_is_killed_lets_go(name: str) -> None:
    """The lock of a process that was killed is free: nobody has to tidy up."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert attempt(name) == 3

        holder.kill()
        holder.wait()

        assert attempt(name) == 0


def test_another_thread_is_kept_out(name: str) -> None:
    """While one thread holds the lock, another thread of the same process does not get it."""

    def try_it() -> bool:
        with locked(name, wait=False) as held:
            return held

    with locked(name) as held, ThreadPoolExecutor() as threads:
        assert held
        assert not threads.submit(try_it).result()

    assert try_it()


def test_a_long_wait_is_announced_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has to wait says so, and gets the lock in the end."""
    monkeypatch.setattr(locks, "ANNOUNCED_AFTER_S", 0.0)
    said: list[str] = []

    def wait() -> bool:
        with locked(name, on_wait=lambda: said.append("waiting")) as held:
            return held

    with ThreadPoolExecutor() as threads:
        with locked(name):
            waiting = threads.submit(wait)
            while not said:
                assert not waiting.done()
        assert waiting.result()

    assert said == ["waiting"]


def test_a_wait_ends_where_the_time_is_up(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked every few seconds of a wait may end it; the lock stays with its holder."""
    monkeypatch.setattr(locks, "ANNOUNCED_AFTER_S", 0.01)

    def out_of_time() -> None:
        raise RuntimeError("out of time")

    def wait() -> None:
        with locked(name, check=out_of_time):
            raise AssertionError("the lock is held by another thread")

    with locked(name) as held, ThreadPoolExecutor() as threads:
        assert held
        with pytest.raises(RuntimeError, match="out of time"):
            threads.submit(wait).result()


@pytest.fixture(params=[OSError("No locks available"), NotImplementedError("no flock")], ids=["none left", "no fcntl"])
def without_locks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system or a file system that has none."""

    def fail(*_: object, **__: object) -> None:
        raise request.param

    monkeypatch.setattr(filelock.FileLock, "acquire", fail)


@pytest.mark.usefixtures("without_locks")
def test_without_locks_the_work_goes_on_and_says_so(name: str) -> None:
    """Nobody is blocked where there can be no lock, and one sentence says what is not kept from happening."""
    said: list[str] = []

    with locked(name, complain=said.append) as held:
        assert held

    (sentence,) = said
    assert "nothing keeps two runs" in sentence
