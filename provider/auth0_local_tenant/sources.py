"""Where time and chance come from, so that both can be pinned in a test.

Identifiers look like the real ones: 24 hex digits for APIs, `rol_` and `cgr_` with 16 letters or digits,
32 letters or digits for applications.
"""

import random
import secrets
import string
import time
from collections.abc import Callable

__all__ = ["Clock", "IdSource", "system_clock"]

Clock = Callable[[], float]  # seconds since 1970

_ALPHABET = string.ascii_letters + string.digits


def system_clock() -> float:
    """Return the seconds since 1970 by the machine's clock."""
    return time.time()


class IdSource:
    """Makes identifiers and secrets, repeatably when seeded."""

    def __init__(self, seed: int | None = None) -> None:
        # Not for cryptography when seeded: a repeatable secret is what the caller asked for.
        self._random = secrets.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311

    def _letters(self, length: int) -> str:
        return "".join(self._random.choices(_ALPHABET, k=length))

    def resource_server_id(self) -> str:
        """Return 24 hex digits."""
        return f"{self._random.getrandbits(96):024x}"

    def role_id(self) -> str:
        """Return `rol_` and 16 letters or digits."""
        return f"rol_{self._letters(16)}"

    def client_grant_id(self) -> str:
        """Return `cgr_` and 16 letters or digits."""
        return f"cgr_{self._letters(16)}"

    def client_id(self) -> str:
        """Return 32 letters or digits."""
        return self._letters(32)

    def secret(self) -> str:
        """Return 64 letters or digits."""
        return self._letters(64)
