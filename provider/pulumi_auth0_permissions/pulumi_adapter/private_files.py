"""Folders, files and locks of this user alone, on every platform: no secrets in them but the token of ``reuseToken``.

No other module knows who the user is or where a platform keeps such files.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import platformdirs
from filelock import FileLock, Timeout

LOOK_AGAIN_AFTER_S = 2.0  # shorter waits for a lock are nobody's concern

_NAME = "pulumi-auth0-permissions"
_PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml")


def private_folder(complain: Callable[[str], None] = lambda _text: None) -> Path:
    """Return this user's folder for what the processes of a run leave for one another, made if need be.

    It lies where the platform keeps such files.

    Args:
        complain: called where a folder that comes first cannot be used, and another one is.

    Raises:
        OSError: if no folder can be used; the message is one sentence.
    """
    return _first_usable((_runtime_folder, _cache_folder), complain)


def lock_folder(complain: Callable[[str], None] = lambda _text: None) -> Path:
    """Return this user's folder for locks as `private_folder` does: the same one in every environment."""
    return _first_usable(_fixed_folders(), complain)


def file_name_for(text: str) -> str:
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


def write_json(path: Path, value: object) -> None:
    """Write a value as `write_atomically` does, and make its folder if need be."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomically(path, json.dumps(value))


def read_json(path: Path) -> Any:  # noqa: ANN401 - JSON
    """Return the value in a file; ``None`` where none can be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


@contextmanager
def locked(
    name: str,
    *,
    wait: bool = True,
    on_wait: Callable[[], None] = lambda: None,
    complain: Callable[[str], None] = lambda _text: None,
) -> Iterator[bool]:
    """Hold a lock inside that all runs of this user on this machine share, and give whether it is held.

    The system lets go of it when a process ends, however it ends. Where there can be no lock, it counts as held.

    Args:
        name: what is locked.
        wait: whether to wait for it.
        on_wait: called every few seconds while waiting; what it raises ends the wait.
        complain: called with why there can be no lock.
    """
    lock: FileLock | None = None
    try:
        lock = FileLock(lock_folder(complain) / file_name_for(name), mode=0o600, thread_local=False)
        while not _acquired(lock, LOOK_AGAIN_AFTER_S if wait else 0) and wait:
            on_wait()
    except (OSError, NotImplementedError) as error:  # the latter: a file system without locks
        lock = None
        complain(f"nothing keeps two runs of this machine from writing to one API at the same time: {error}.")
    try:
        yield lock is None or lock.is_locked
    finally:
        if lock is not None:
            lock.release()


def _acquired(lock: FileLock, timeout_s: float) -> bool:
    try:
        lock.acquire(timeout=timeout_s)
    except Timeout:
        return False
    return True


def _runtime_folder() -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of an environment without a runtime folder, which is none of the user's doing
        return Path(platformdirs.user_runtime_dir(_NAME, appauthor=False))


def _cache_folder() -> Path:
    return Path(platformdirs.user_cache_dir(_NAME, appauthor=False))


def _fixed_folders() -> Sequence[Callable[[], Path]]:
    """Return places that no environment variable moves, best first."""
    if sys.platform == "win32":
        return (_cache_folder,)  # which the system itself names

    import pwd

    user = os.getuid()

    def of_home() -> Path:
        try:
            return Path(pwd.getpwuid(user).pw_dir) / ".cache" / _NAME
        except KeyError:
            raise FileNotFoundError(f"user {user} has no home folder") from None

    return (lambda: Path("/tmp") / f"{_NAME}-{user}", of_home)  # noqa: S108 - who owns it is looked at


def _first_usable(places: Sequence[Callable[[], Path]], complain: Callable[[str], None]) -> Path:
    problems: list[str] = []
    for place in places:
        try:
            folder = place()
            _make(folder)
        except OSError as error:
            problems.append((error.strerror and f"{error.filename}: {error.strerror}") or str(error))
            continue
        if problems:
            complain(f"{'; '.join(problems)}: {folder} is used instead. Remove what is in the way if it is yours.")
        return folder
    raise PermissionError(f"there is no folder that only this user can write to ({'; '.join(problems)})")


def _make(folder: Path) -> None:
    """Make a folder unless it is there, and see that nobody else can write to it or move it.

    Raises:
        OSError: it cannot be made, or is not to be used.
    """
    here = Path.cwd()
    in_project = folder.is_relative_to(here) and any((here / name).exists() for name in _PROJECT_FILES)
    if not folder.is_absolute() or in_project:
        raise PermissionError(f"{folder} lies in the project")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform == "win32":
        return  # a user's own folders are closed to others there, and modes mean nothing
    facts, above = folder.lstat(), folder.parent.stat()
    if not stat.S_ISDIR(facts.st_mode):
        raise PermissionError(f"{folder} is a link or a file, not a folder")
    if facts.st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    if facts.st_mode & 0o077:
        raise PermissionError(f"{folder} is open to others")
    if above.st_uid not in (0, os.getuid()) or (above.st_mode & 0o022 and not above.st_mode & stat.S_ISVTX):
        raise PermissionError(f"{folder.parent} belongs to somebody else, or others can move what is in it")
