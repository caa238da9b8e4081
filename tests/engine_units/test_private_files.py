"""The folder that only this user can read, and the lock that all of this user's processes share."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pulumi_auth0_permissions.engine.private_files import locked, private_folder, write_atomically

# Tries to take a lock without waiting for it: 0 where it was free, 3 where somebody holds it.
TRY = """
import fcntl, sys
from pulumi_auth0_permissions.engine.private_files import locked

flock = fcntl.flock
fcntl.flock = lambda descriptor, operation: flock(descriptor, operation | fcntl.LOCK_NB)
try:
    with locked(sys.argv[1]):
        pass
except BlockingIOError:
    sys.exit(3)
"""

# Takes a lock, says so, and holds it until its input ends or it is killed.
HOLD = """
import sys
from pulumi_auth0_permissions.engine.private_files import locked

with locked(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's runtime folder, empty."""
    folder = tmp_path / "runtime"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder


def mode_of(path: Path) -> int:
    """Return who may do what with a file."""
    return stat.S_IMODE(path.stat().st_mode)


class TestTheFolder:
    """Where it lies and when it is not used."""

    def test_it_is_made_for_this_user_alone(self, runtime: Path) -> None:
        """The folder lies in the user's runtime folder, and others may not even look into it."""
        folder = private_folder()

        assert folder.parent == runtime
        assert mode_of(folder) == 0o700
        assert folder.stat().st_uid == os.getuid()

    @pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o770])
    def test_a_folder_that_others_may_enter_is_refused(self, runtime: Path, mode: int) -> None:
        """A folder of that name that was there before, open to anybody, is not used."""
        folder = runtime / f"pulumi-auth0-permissions-{os.getuid()}"
        folder.mkdir()
        folder.chmod(mode)

        with pytest.raises(PermissionError, match="not a folder of this user alone"):
            private_folder()

    def test_a_folder_of_somebody_else_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A folder that another user has put there is not used, closed as it may be."""
        other = os.getuid() + 1
        (tmp_path / f"pulumi-auth0-permissions-{other}").mkdir(mode=0o700)
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        monkeypatch.delenv("XDG_RUNTIME_DIR")
        monkeypatch.setattr(os, "getuid", lambda: other)

        with pytest.raises(PermissionError, match="not a folder of this user alone"):
            private_folder()

    def test_a_link_is_refused(self, runtime: Path, tmp_path: Path) -> None:
        """A link of that name leads nowhere, whoever owns the place it points to."""
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir(mode=0o700)
        (runtime / f"pulumi-auth0-permissions-{os.getuid()}").symlink_to(elsewhere)

        with pytest.raises(PermissionError):
            private_folder()


class TestWriting:
    """Files that a reader sees whole."""

    def test_only_this_user_can_read_it(self, tmp_path: Path) -> None:
        """A file is closed to others, whatever the user's umask."""
        before = os.umask(0)
        try:
            write_atomically(tmp_path / "file", "text")
        finally:
            os.umask(before)

        assert (tmp_path / "file").read_text(encoding="utf-8") == "text"
        assert mode_of(tmp_path / "file") == 0o600

    def test_a_write_that_fails_leaves_the_old_text(self, tmp_path: Path) -> None:
        """Where the text cannot be written, the file is as it was, and nothing lies about."""
        write_atomically(tmp_path / "file", "old")

        with pytest.raises(UnicodeEncodeError):
            write_atomically(tmp_path / "file", "half \ud83d")

        assert (tmp_path / "file").read_text(encoding="utf-8") == "old"
        assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["file"]


class TestTheLock:
    """One at a time, over threads and processes."""

    def attempt(self, name: str) -> int:
        """Let another process try to take a lock, and return its exit status."""
        return subprocess.run([sys.executable, "-c", TRY, name], check=False, timeout=60).returncode

    def test_another_process_is_kept_out(self) -> None:
        """While the lock is held, another process does not get it; afterwards it does."""
        with locked("api"):
            assert self.attempt("api") == 3

        assert self.attempt("api") == 0

    def test_a_process_that_is_killed_lets_go(self) -> None:
        """The lock of a process that was killed is free: nobody has to tidy up."""
        with subprocess.Popen(
            [sys.executable, "-c", HOLD, "api"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            assert self.attempt("api") == 3

            holder.kill()
            holder.wait()

            assert self.attempt("api") == 0

    def test_another_thread_is_kept_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """While one thread holds the lock, another thread of the same process does not get it."""
        flock = fcntl.flock

        def attempt() -> None:
            with locked("api"):
                pass

        with locked("api"), ThreadPoolExecutor() as threads:
            monkeypatch.setattr(fcntl, "flock", lambda descriptor, how: flock(descriptor, how | fcntl.LOCK_NB))
            with pytest.raises(BlockingIOError):
                threads.submit(attempt).result()

        attempt()
