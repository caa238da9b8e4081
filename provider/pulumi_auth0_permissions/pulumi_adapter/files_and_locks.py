"""Folders, files and locks of this user alone, on every platform: no secrets in them but the token of ``reuseToken``.

No other module knows who the user is or where a platform keeps such files.
"""

import hashlib
import json
import os
import stat
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import platformdirs
from filelock import FileLock, Timeout

LOOK_AGAIN_AFTER_S = 2.0  # shorter waits for a lock are nobody's concern

_NAME = "pulumi-auth0-permissions"
_PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml")


def private_folder(complain: Callable[[str], None] = lambda _text: None) -> Path:
    """Return this user's folder for what processes leave for one another, made where the platform keeps such files.

    Args:
        complain: called where a folder that comes first cannot be used, and another one is.

    Raises:
        OSError: if no folder can be used; the message is one sentence.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of an environment without a runtime folder, which is none of the user's doing
        runtime = platformdirs.user_runtime_path(_NAME, appauthor=False)
    return _first_usable([runtime, platformdirs.user_cache_path(_NAME, appauthor=False)], complain)


def lock_folder(complain: Callable[[str], None] = lambda _text: None) -> Path:
    """Return this user's folder for locks as `private_folder` does: the same one in every environment."""
    return _first_usable(_fixed_folders(), complain)


def _fixed_folders() -> list[Path]:
    """Return places that no environment variable moves, best first."""
    if sys.platform == "win32":
        return [platformdirs.user_cache_path(_NAME, appauthor=False)]  # which the system itself names

    import pwd

    user = os.getuid()
    found = [Path("/tmp") / f"{_NAME}-{user}"]  # noqa: S108 - who owns it is looked at
    with suppress(KeyError):  # a user without an entry has no home folder
        found.append(Path(pwd.getpwuid(user).pw_dir) / ".cache" / _NAME)
    return found


def _first_usable(folders: Iterable[Path], complain: Callable[[str], None]) -> Path:
    problems: list[str] = []
    for folder in folders:
        try:
            problem = _make(folder)
        except OSError as error:
            problem = f"{error.filename}: {error.strerror}"
        if problem is None:
            if problems:
                complain(f"{'; '.join(problems)}; using {folder} instead. Remove the former if it is yours.")
            return folder
        problems.append(problem)
    raise PermissionError(f"there is no folder that only this user can write to ({'; '.join(problems)})")


def _make(folder: Path) -> str | None:
    """Make a folder unless it is there; return why somebody else could write to it or move it, else ``None``."""
    here = Path.cwd()
    in_project = folder.is_relative_to(here) and any((here / name).exists() for name in _PROJECT_FILES)
    if not folder.is_absolute() or in_project:
        return f"{folder} is inside the project"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform == "win32":
        return None  # a user's own folders are closed to others there, and modes mean nothing
    facts, above = folder.lstat(), folder.parent.stat()
    if not stat.S_ISDIR(facts.st_mode):
        return f"{folder} is a link or a file, not a folder"
    if facts.st_uid != os.getuid():
        return f"{folder} belongs to another user"
    if facts.st_mode & 0o077:
        return f"{folder} is accessible to other users"
    if above.st_uid not in (0, os.getuid()) or (above.st_mode & 0o022 and not above.st_mode & stat.S_ISVTX):
        return f"{folder.parent} belongs to another user, or other users can rename what is in it"
    return None


def file_name_for(text: str) -> str:
    """Return a file name for any text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def write_text(path: Path, text: str) -> None:
    """Write a file that only this user can read, and its folder if need be; a reader sees the old text or the new."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # made with mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


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
    on_wait: Callable[[], None] = lambda: None,
    complain: Callable[[str], None] = lambda _text: None,
) -> Iterator[None]:
    """Hold a lock inside that all runs of this user on this machine share.

    The system lets go of it when a process ends, however it ends. Where there can be no lock, the work goes on.

    Args:
        name: what is locked.
        on_wait: called every few seconds while waiting; what it raises ends the wait.
        complain: called with why there can be no lock.
    """
    lock: FileLock | None = None
    try:
        lock = FileLock(lock_folder(complain) / file_name_for(name), mode=0o600, thread_local=False)
        while not lock.is_locked:
            try:
                lock.acquire(timeout=LOOK_AGAIN_AFTER_S)
            except Timeout:
                on_wait()
    except (OSError, NotImplementedError) as error:  # the latter: a file system without locks
        lock = None
        complain(f"two runs on this machine may write to one API at the same time: {error}.")
    try:
        yield
    finally:
        if lock is not None:
            lock.release()
