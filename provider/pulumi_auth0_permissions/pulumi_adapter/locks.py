"""Locks that all runs of this user on this machine share, whatever environment each was started with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from pulumi_auth0_permissions.pulumi_adapter.private_files import file_name_for, lock_folder

ANNOUNCED_AFTER_S = 2.0  # shorter waits are nobody's concern


@contextmanager
def locked(
    name: str,
    *,
    wait: bool = True,
    on_wait: Callable[[], None] = lambda: None,
    check: Callable[[], None] = lambda: None,
    complain: Callable[[str], None] = lambda _text: None,
) -> Iterator[bool]:
    """Hold a lock inside, and give whether it is held.

    The system lets go of it when a process ends, however it ends. Where there can be no lock, it counts as held.

    Args:
        name: what is locked.
        wait: whether to wait for it.
        on_wait: called once where waiting takes long.
        check: called every few seconds while waiting; what it raises ends the wait.
        complain: called with why there can be no lock.
    """
    lock: FileLock | None = None
    held = True
    try:
        path = _folder(complain) / file_name_for(name)
        lock = FileLock(path, mode=0o600, thread_local=False)
        held = _acquire(lock, wait=wait, on_wait=on_wait, check=check)
    except (OSError, NotImplementedError) as error:  # the latter: a file system without locks
        lock = None
        complain(f"nothing keeps two runs of this machine from writing to one API at the same time: {error}.")
    try:
        yield held
    finally:
        if lock is not None and held:
            lock.release()


def _acquire(lock: FileLock, *, wait: bool, on_wait: Callable[[], None], check: Callable[[], None]) -> bool:
    is_announced = False
    while True:
        try:
            lock.acquire(timeout=ANNOUNCED_AFTER_S if wait else 0)
        except Timeout:
            if not wait:
                return False
            check()
            if not is_announced:
                on_wait()
                is_announced = True
        else:
            return True


def _folder(complain: Callable[[str], None]) -> Path:
    folder = lock_folder(complain) / "locks"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
