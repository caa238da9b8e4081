"""Where this user's processes leave the tenant's token for one another, if the stack says so (``reuseToken``)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_auth0_permissions.auth0.credentials import Credentials, fits_a_header
from pulumi_auth0_permissions.auth0.token import StoredToken
from pulumi_auth0_permissions.pulumi_adapter.locks import locked
from pulumi_auth0_permissions.pulumi_adapter.private_files import private_folder, token_for, write_atomically

if TYPE_CHECKING:
    from pulumi_auth0_permissions.settings import Settings

__all__ = ["TokenFile", "kept_token"]

_LATEST_S = 1e11  # seconds since the epoch: no clock goes further


def kept_token(settings: Settings, complain: Callable[[str], None]) -> TokenFile | None:
    """Return where the token is kept between runs, if the settings ask for it and the token is one to be fetched."""
    if not (settings.reuses_token and settings.credentials.renewable):
        return None
    return TokenFile(settings.domain, settings.credentials, complain)


class TokenFile:
    """The token of one tenant and one client, in a file that only this user can read; see `TokenStore`.

    The file's name is a digest of the tenant and the credentials, so that new credentials never get an old token.

    Args:
        domain: the tenant.
        credentials: the client's id and secret.
        complain: called, once, with why the file is of no use; then each process fetches a token of its own.
    """

    def __init__(self, domain: str, credentials: Credentials, complain: Callable[[str], None]) -> None:
        secret = credentials.reveal_client_secret() or credentials.reveal_private_key()
        self._name = token_for(json.dumps([domain, credentials.client_id, secret]))
        self._complain = complain
        self._has_complained = False

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep this user's other processes out."""
        with locked(f"token {self._name}"):
            yield

    def load(self) -> StoredToken | None:
        """Return the token of an earlier process; ``None`` if there is none that can be read."""
        try:
            text = self._path().read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            self._is_of_no_use(error)
            return None
        try:
            match json.loads(text):
                case {
                    "access_token": str() as token,
                    "issued_at_s": int() | float() as issued_at_s,
                    "expires_at_s": int() | float() as expires_at_s,
                } if token and fits_a_header(token) and max(abs(issued_at_s), abs(expires_at_s)) < _LATEST_S:
                    return StoredToken(token, issued_at_s, expires_at_s)
        except (ValueError, RecursionError):
            pass
        return None  # of another version, or damaged: a new one takes its place

    def save(self, token: StoredToken) -> None:
        """Leave a token for other processes."""
        facts = {
            "access_token": token.access_token,
            "issued_at_s": token.issued_at_s,
            "expires_at_s": token.expires_at_s,
        }
        try:
            write_atomically(self._path(), json.dumps(facts))
        except OSError as error:
            self._is_of_no_use(error)

    def forget(self) -> None:
        """Remove the file."""
        try:
            self._path().unlink(missing_ok=True)
        except OSError as error:
            self._is_of_no_use(error)

    def _path(self) -> Path:
        folder = private_folder(self._complain) / "tokens"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder / self._name

    def _is_of_no_use(self, error: OSError | UnicodeDecodeError) -> None:
        if not self._has_complained:
            self._has_complained = True
            self._complain(
                f"auth0-permissions:reuseToken: the token cannot be kept for other runs ({error}), so each run fetches "
                "its own. Mend that, or set it to off."
            )
