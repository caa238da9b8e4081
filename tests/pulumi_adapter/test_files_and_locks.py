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
    lock_folder,
    locked,
    private_folder,
    read_json,
    write_text,
)

NAME = "pulumi-auth0-permissions"


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's runtime folder, empty; what is used instead lies beside it."""
    folder = tmp_path / "runtime"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


@pytest.mark.parametrize(
    "put",
    [lambda folder: folder.touch(0o700), lambda folder: folder.symlink_to("/"), lambda folder: folder.mkdir(0o750)],
    ids=["file", "link", "open"],
)
def test_what_is_in_the_way_blocks_nobody(runtime: Path, tmp_path: Path, put: Callable[[Path], None]) -> None:
    """One sentence says what is in the way and what is used instead."""
    put(runtime / NAME)
    said: list[str] = []

    assert private_folder(said.append) == tmp_path / "cache" / NAME

    (sentence,) = said
    assert str(runtime) in sentence
    assert f"using {tmp_path / 'cache' / NAME} instead" in sentence


def test_a_folder_that_others_own_or_can_move_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closed as it may be; whoever can write to the folder above could put another one in its place."""
    first, second = tmp_path / "open" / "first", tmp_path / "second"
    first.parent.mkdir()
    first.parent.chmod(0o777)
    monkeypatch.setattr(files_and_locks, "_fixed_folders", lambda: [first, second])
    assert lock_folder() == second

    monkeypatch.setattr(os, "getuid", lambda: 1 + tmp_path.stat().st_uid)
    with pytest.raises(PermissionError, match="belongs to another user"):
        lock_folder()


def test_it_never_lies_in_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing but the project can be written to, there is no folder, and one sentence says so."""
    (tmp_path / "Pulumi.yaml").touch()
    monkeypatch.chdir(tmp_path)

    with pytest.raises(OSError, match=r"^there is no folder that only this user can write to.*is inside the project"):
        private_folder()

    assert sorted(path.name for path in tmp_path.iterdir()) == ["Pulumi.yaml", "runtime"]


def test_on_windows_neither_users_nor_modes_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system keeps a user's own folders closed, and names them itself."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.delattr(os, "getuid")
    for kind in ("runtime", "cache"):
        monkeypatch.setattr(platformdirs, f"user_{kind}_path", lambda *_, kind=kind, **__: tmp_path / kind)

    assert private_folder() == tmp_path / "runtime"
    assert lock_folder() == tmp_path / "cache"


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


def test_a_file_is_for_this_user_alone(runtime: Path) -> None:
    """File and folders are closed to others, whatever the user's umask; the new value takes the old one's place.

    One that was cut off, or damaged, is as good as none.
    """
    before = os.umask(0)
    try:
        file = private_folder() / "a" / "file"
        write_text(file, '["a long old value"]')
        write_text(file, '"new"')
    finally:
        os.umask(before)

    assert read_json(file) == "new"
    paths = (runtime / NAME, file.parent, file)
    assert [stat.S_IMODE(path.stat().st_mode) for path in paths] == [0o700, 0o700, 0o600]
    assert [path.name for path in file.parent.iterdir()] == ["file"]
    for content in (b"", b"{", b"\xff\xfe", b"[" * 100_000):
        file.write_bytes(content)
        assert read_json(file) is None


# Takes a lock, if it is free, and says so; holds it until its input ends or it is killed.
TAKE = """
import sys
from pulumi_auth0_permissions.pulumi_adapter import files_and_locks

files_and_locks.LOOK_AGAIN_AFTER_S = 0
with files_and_locks.locked(sys.argv[1], on_wait=lambda: sys.exit("it is held")):
    print("taken", flush=True)
    sys.stdin.read()
"""


def other_process(name: str, environ: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """Let another process try to take a lock."""
    command = [sys.executable, "-c", TAKE, name]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ)


def test_another_process_is_kept_out_whatever_its_environment(tmp_path: Path) -> None:
    """While the lock is held, another process does not get it; that of a process which was killed is free."""
    variables = dict.fromkeys(("XDG_RUNTIME_DIR", "TMPDIR", "HOME", "XDG_CACHE_HOME"), str(tmp_path))
    with locked(str(tmp_path)):
        for environ in (variables, {}):
            with other_process(str(tmp_path), environ) as other:
                assert other.communicate()[0] == ""

    with other_process(str(tmp_path)) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "taken\n"
        holder.kill()
        holder.wait()
        with locked(str(tmp_path), on_wait=Mock(side_effect=RuntimeError("it is held"))):
            pass


def test_a_long_wait_is_announced_and_may_be_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread has to wait, and says so; what is called while it waits may end that, and the lock stays held."""
    monkeypatch.setattr(files_and_locks, "LOOK_AGAIN_AFTER_S", 0.01)
    on_wait = Mock(side_effect=[None, None, RuntimeError("out of time")])

    def wait() -> None:
        with locked(str(tmp_path), on_wait=on_wait):
            raise AssertionError("the lock is held by another thread")

    with ThreadPoolExecutor() as threads, locked(str(tmp_path)), pytest.raises(RuntimeError, match="out of time"):
        threads.submit(wait).result(30)


@pytest.mark.parametrize("error", [OSError("No locks available"), NotImplementedError("no flock")])
def test_without_locks_the_work_goes_on_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """On a system or a file system that has none, nobody is blocked, and one sentence says what may happen."""
    monkeypatch.setattr(filelock.FileLock, "acquire", Mock(side_effect=error))
    said: list[str] = []

    with locked(str(tmp_path), complain=said.append):
        pass

    (sentence,) = said
    assert "two runs on this machine may write" in sentence
