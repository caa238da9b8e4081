"""Files and locks of this user alone, on every platform: no secrets in them but the token of ``reuseToken``.

No other module knows who the user is or where such files are.
"""

import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout
from msgspec.json import decode, encode

LOOK_AGAIN_AFTER_S = 2.0  # shorter waits for a lock are not worth a message

_NAME = "pulumi-auth0-permissions"
_Value = TypeVar("_Value")


def private_folder(complain: Callable[[str], None] = lambda _text: None) -> Path:
    """Return this user's folder, created if it is missing: the same in every environment, so that all runs share it.

    ``complain`` is called if the preferred folder cannot be used and another one is. If none can be used, an OSError
    says so in one sentence.
    """
    problems: list[str] = []
    for folder in _places():
        problem = _make(folder)
        if problem is None:
            if problems:
                complain(f"{'; '.join(problems)}; using {folder} instead. Remove the former if it is yours.")
            return folder
        problems.append(problem)
    raise PermissionError(f"there is no folder that only this user can write to ({'; '.join(problems)})")


def _places() -> list[Path]:
    """Return where the folder may be, best first; no environment variable moves any of them."""
    if sys.platform == "win32":
        import platformdirs

        return [platformdirs.user_cache_path(_NAME, appauthor=False)]  # from the system, not the environment

    import pwd

    found = [Path("/tmp") / f"{_NAME}-{os.getuid()}"]  # noqa: S108 - who owns it is looked at
    with suppress(KeyError):  # a user without an entry has no home folder
        found.append(Path(pwd.getpwuid(os.getuid()).pw_dir) / ".cache" / _NAME)
    return found


def _make(folder: Path) -> str | None:
    """Create a folder unless it exists; return why it cannot be used or is not private, or ``None`` if all is well."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        return f"{error.filename}: {error.strerror}"
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


def write(path: Path, value: object) -> None:
    """Write a file that only this user can read, as JSON, and its folder; a reader sees the old value or the new."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # made with mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(encode(value))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read(path: Path, kind: type[_Value]) -> _Value | None:
    """Return the value in a file; ``None`` where there is none of that kind."""
    try:
        return decode(path.read_bytes(), type=kind)
    except (OSError, ValueError, RecursionError):
        return None


@contextmanager
def locked(
    name: str, *, on_wait: Callable[[], None] = lambda: None, complain: Callable[[str], None] = lambda _text: None
) -> Iterator[None]:
    """Hold, inside, a lock that all runs of this user on this machine share.

    The system releases it when the process ends, however it ends. ``on_wait`` is called every few seconds of a wait,
    and can end it by raising. If no lock can be taken, the work goes on without, and ``complain`` is called with why.
    """
    with ExitStack() as held:
        try:
            lock = FileLock(private_folder(complain) / file_name_for(name), mode=0o600, thread_local=False)
            while not lock.is_locked:
                try:
                    held.enter_context(lock.acquire(timeout=LOOK_AGAIN_AFTER_S))
                except Timeout:
                    on_wait()
        except (OSError, NotImplementedError) as error:  # the latter: a file system without locks
            complain(f"two runs on this machine may write to one API at the same time: {error}. Start one at a time.")
        yield
