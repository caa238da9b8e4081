"""The file in which the processes of one user share the tenant's token, if the stack says so (``reuseToken``)."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_auth0_permissions.auth0.token import AccessToken, Credentials, TokenStore
from pulumi_auth0_permissions.pulumi_adapter.locks import locked
from pulumi_auth0_permissions.pulumi_adapter.private_files import file_name_for, private_folder, write_atomically

if TYPE_CHECKING:
    from pulumi_auth0_permissions.settings import Settings


def token_store(settings: Settings, warn: Callable[[str], None]) -> TokenFile | None:
    """Return where the token is kept between runs, if the settings ask for it and the token is one to be fetched."""
    if not (settings.reuses_token and settings.credentials.renewable):
        return None
    return TokenFile(settings.domain, settings.credentials, warn)


class TokenFile(TokenStore):
    """The token of one tenant and one client, in a file that only this user can read.

    The file's name is a digest of the tenant and the credentials, so that new credentials never get an old token.

    Args:
        domain: the tenant.
        credentials: the client's id and secret.
        warn: called, once, with why the file cannot be used; then each process fetches a token of its own.
    """

    def __init__(self, domain: str, credentials: Credentials, warn: Callable[[str], None]) -> None:
        secret = credentials.client_secret or credentials.private_key
        self._name = file_name_for(json.dumps([domain, credentials.client_id, secret]))
        self._warn = warn
        self._has_warned = False

    def lock(self) -> AbstractContextManager[object]:
        """Keep this user's other processes out."""
        return locked(f"token {self._name}")

    def load(self) -> AccessToken | None:
        """Return the token of an earlier process; ``None`` if there is none that can be read."""
        try:
            fields = json.loads(self._path().read_text(encoding="utf-8"))
            token = AccessToken(fields["text"], float(fields["issued_at_s"]), float(fields["expires_at_s"]))
            return token if isinstance(token.text, str) and token.is_plausible else None
        except OSError as error:
            if not isinstance(error, FileNotFoundError):
                self._warn_once(error)
            return None
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
            return None  # of another version, or damaged: a new one takes its place

    def save(self, token: AccessToken | None) -> None:
        """Leave a token for other processes; ``None`` removes the file."""
        try:
            if token is None:
                self._path().unlink(missing_ok=True)
            else:
                write_atomically(self._path(), json.dumps(dataclasses.asdict(token)))
        except OSError as error:
            self._warn_once(error)

    def _path(self) -> Path:
        folder = private_folder(self._warn) / "tokens"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder / self._name

    def _warn_once(self, error: OSError) -> None:
        if not self._has_warned:
            self._has_warned = True
            self._warn(
                f"auth0-permissions:reuseToken: the token cannot be kept for other runs ({error}), so each run fetches "
                "its own. Correct that, or set it to off."
            )
