"""Where time and chance come from, so that both can be pinned in a test."""

import random
import secrets
import string
import time
from collections.abc import Callable, Mapping

Clock = Callable[[], float]  # seconds since 1970

# What identifiers and secrets look like, as the real ones: prefix, letters, length.
_ALPHABET = string.ascii_letters + string.digits
_SHAPES: Mapping[str, tuple[str, str, int]] = {
    "resource_server": ("", "0123456789abcdef", 24),
    "role": ("rol_", _ALPHABET, 16),
    "client_grant": ("cgr_", _ALPHABET, 16),
    "client": ("", _ALPHABET, 32),
    "secret": ("", _ALPHABET, 64),
}


def system_clock() -> float:
    """Return the seconds since 1970 by the machine's clock."""
    return time.time()


class IdSource:
    """Makes identifiers and secrets, repeatably when seeded."""

    def __init__(self, seed: int | None = None) -> None:
        # Not for cryptography when seeded: a repeatable secret is what the caller asked for.
        self._random = secrets.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311

    def new(self, kind: str) -> str:
        """Return an identifier or secret; `kind` is a key of the table above."""
        prefix, letters, length = _SHAPES[kind]
        return prefix + "".join(self._random.choices(letters, k=length))
