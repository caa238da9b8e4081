"""A folder that only this user can read, for what provider processes tell one another: no secrets in it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["locked", "private_folder", "token_for", "write_atomically", "write_private"]


def private_folder() -> Path:
    """Return this user's folder, made if need be.

    It lies in ``XDG_RUNTIME_DIR`` where that is there and ours (under `su` and in a container it may be neither),
    else in the system's temporary folder, which others can write to: a folder of that name that is not ours, or that
    others may enter, is not used.

    Raises:
        OSError: if there is no such folder and none can be made.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    base = runtime if runtime and _is_our_folder(Path(runtime)) else tempfile.gettempdir()
    folder = Path(base) / f"pulumi-auth0-permissions-{os.getuid()}"
    with suppress(FileExistsError):  # something else has its name, which is said below
        folder.mkdir(mode=0o700, exist_ok=True)
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid() or facts.st_mode & 0o077:
        raise PermissionError(
            f"{folder} is not a folder of this user alone: remove it, or set XDG_RUNTIME_DIR to a folder of your own"
        )
    return folder


def _is_our_folder(path: Path) -> bool:
    try:
        facts = path.stat()
    except OSError:
        return False
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.getuid()


def token_for(text: str) -> str:
    """Return a file name for any text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def write_atomically(path: Path, text: str) -> None:
    """Write a file that only this user can read; a reader sees the old text or the new one."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # made with mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user can read; cut short, half of the text is there."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold a lock that all of this user's processes and threads on this machine share.

    The kernel lets go of it when a process ends, however it ends.
    """
    folder = private_folder() / "locks"
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder / token_for(name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
