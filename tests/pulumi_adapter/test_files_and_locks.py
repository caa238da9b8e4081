"""Folders, files and locks of one user: closed to others, and nobody is blocked where they cannot be had."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import Mock

import filelock
import platformdirs
import pytest

from pulumi_auth0_permissions.pulumi_adapter import files_and_locks
from pulumi_auth0_permissions.pulumi_adapter.files_and_locks import (
    locked,
    private_folder,
    read,
    write,
)

NAME = "pulumi-auth0-permissions"
PLACES = files_and_locks._places  # before a test has a folder of its own


@pytest.mark.parametrize(
    "put",
    [lambda folder: folder.touch(0o700), lambda folder: folder.symlink_to("/"), lambda folder: folder.mkdir(0o750)],
    ids=["file", "link", "open"],
)
def test_what_is_in_the_way_blocks_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, put: Callable[[Path], None]
) -> None:
    """One sentence says what is in the way and what is used instead."""
    first, second = tmp_path / "first", tmp_path / "second"
    put(first)
    monkeypatch.setattr(files_and_locks, "_places", lambda: [first, second])
    said: list[str] = []

    assert private_folder(said.append) == second

    (sentence,) = said
    assert str(first) in sentence
    assert f"using {second} instead" in sentence


def test_a_folder_that_others_own_or_can_move_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closed as it may be; whoever can write to the folder above could put another one in its place."""
    first, second = tmp_path / "open" / "first", tmp_path / "second"
    first.parent.mkdir()
    first.parent.chmod(0o777)
    monkeypatch.setattr(files_and_locks, "_places", lambda: [first, second])
    assert private_folder() == second

    monkeypatch.setattr(os, "getuid", lambda: 1 + tmp_path.stat().st_uid)
    with pytest.raises(PermissionError, match=r"^there is no folder that only this user can.*belongs to another user"):
        private_folder()


def test_no_variable_moves_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that all runs share locks; a user without a home folder has one, too."""
    places = PLACES()
    for variable in ("XDG_RUNTIME_DIR", "TMPDIR", "HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    assert PLACES() == places
    assert all(NAME in place.name for place in places)

    monkeypatch.setattr(os, "getuid", lambda: 2**31)
    assert [place.name for place in PLACES()] == [f"{NAME}-{2**31}"]


def test_on_windows_neither_users_nor_modes_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system keeps a user's own folders closed, and names them itself."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.delattr(os, "getuid")
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    monkeypatch.setattr(files_and_locks, "_places", PLACES)

    assert private_folder() == tmp_path / "cache"


# Windows has neither of these modules, nor these functions of `os`.
IMPORT_ALL = """
import importlib, os, pkgutil, sys
import platformdirs, psutil  # which have modules for each platform

for name in ("fcntl", "grp", "pwd", "resource", "termios"):
    sys.modules[name] = None
for name in ("O_CLOEXEC", "O_NOFOLLOW", "fchmod", "getuid", "geteuid", "killpg"):
    delattr(os, name)
for package in map(importlib.import_module, sys.argv[1:]):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
"""


def test_every_module_can_be_imported_on_a_platform_without_posix() -> None:
    """Also where a library would have to do without."""
    packages = ["pulumi_auth0_permissions", "auth0_permissions_cli", "auth0_local_tenant"]
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL, *packages], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_a_file_is_for_this_user_alone(folder: Path) -> None:
    """File and folders are closed to others, whatever the user's umask; the new value takes the old one's place.

    One that was cut off, or damaged, is as good as none.
    """
    before = os.umask(0)
    try:
        file = folder / "a" / "file"
        write(file, ["a long old value"])
        write(file, "new")
    finally:
        os.umask(before)

    assert read(file, str) == "new"
    assert read(file, int) is None
    assert [stat.S_IMODE(path.stat().st_mode) for path in (file.parent, file)] == [0o700, 0o600]
    assert [path.name for path in file.parent.iterdir()] == ["file"]
    for content in (b"", b"{", b"\xff\xfe", b"[" * 100_000):
        file.write_bytes(content)
        assert read(file, list) is None


# Takes a lock, if it is free, and says so; holds it until its input ends or it is killed.
TAKE = """
import pathlib, sys
from pulumi_auth0_permissions.pulumi_adapter import files_and_locks

files_and_locks.LOOK_AGAIN_AFTER_S = 0
files_and_locks._places = lambda: [pathlib.Path(sys.argv[1])]
with files_and_locks.locked("it", on_wait=lambda: sys.exit("it is held")):
    print("taken", flush=True)
    sys.stdin.read()
"""


def other_process(folder: Path) -> subprocess.Popen[str]:
    """Let another process try to take a lock."""
    command = [sys.executable, "-c", TAKE, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_another_process_is_kept_out(folder: Path) -> None:
    """While the lock is held, another process does not get it; that of a process which was killed is free."""
    with locked("it"), other_process(folder) as other:
        assert other.communicate()[0] == ""

    with other_process(folder) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "taken\n"
        holder.kill()
        holder.wait()
        with locked("it", on_wait=Mock(side_effect=RuntimeError("it is held"))):
            pass


def test_a_long_wait_is_announced_and_may_be_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread has to wait, and says so; what is called while it waits may end that, and the lock stays held."""
    monkeypatch.setattr(files_and_locks, "LOOK_AGAIN_AFTER_S", 0.01)
    on_wait = Mock(side_effect=[None, None, RuntimeError("out of time")])

    def wait() -> None:
        with locked("it", on_wait=on_wait):
            raise AssertionError("the lock is held by another thread")

    with ThreadPoolExecutor() as threads, locked("it"), pytest.raises(RuntimeError, match="out of time"):
        threads.submit(wait).result(30)


@pytest.mark.parametrize("error", [OSError("No locks available"), NotImplementedError("no flock")])
def test_without_locks_the_work_goes_on_and_says_so(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """On a system or a file system that has none, nobody is blocked, and one sentence says what may happen."""
    monkeypatch.setattr(filelock.FileLock, "acquire", Mock(side_effect=error))
    said: list[str] = []

    with locked("it", complain=said.append):
        pass

    (sentence,) = said
    assert "two runs on this machine may write" in sentence
