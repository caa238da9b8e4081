"""A client of the tenant that settings name, the file with its token, and which API was meant where none is found."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from itertools import islice
from pathlib import Path

from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import ManagementApiError
from pulumi_auth0_permissions.auth0.token import AccessToken, Credentials, TokenStore
from pulumi_auth0_permissions.core.text import did_you_mean
from pulumi_auth0_permissions.pulumi_adapter import private_files
from pulumi_auth0_permissions.settings import Settings

_MAX_APIS_COMPARED = 1000  # ten requests, after a failure only


def client_for(
    settings: Settings, *, warn: Callable[[str], None], on_wait: Callable[[float, str], None] | None = None
) -> ManagementClient:
    """Return a client of the tenant; before a long wait, ``on_wait`` is called with its seconds and reason."""
    # A token that is given needs no place of its own: it is in the configuration already.
    is_kept = settings.reuses_token and settings.credentials.renewable
    return ManagementClient(
        settings.domain,
        settings.credentials,
        audience=settings.audience,
        custom_domain=settings.custom_domain,
        tokens=TokenFile(settings.domain, settings.credentials, warn) if is_kept else None,
        requests_per_second=settings.requests_per_second,
        on_wait=on_wait,
    )


def nearest_apis(management: ManagementClient, api: str) -> str:
    """Return a sentence with the identifiers that are nearest to one that does not exist, or ``""``."""
    try:
        known = [found.identifier for found in islice(management.list_apis(), _MAX_APIS_COMPARED)]
    except ManagementApiError:
        return ""  # what is missing has been reported; this is only a hint
    hint = did_you_mean(api, known)
    return f" {hint}" if hint else ""


class TokenFile(TokenStore):
    """The token of one tenant and one client, for the processes of this user (``reuseToken``); see `TokenStore`.

    The file's name is a digest of the tenant and the credentials, so that new credentials never get an old token.

    Where it cannot be used, ``warn`` is called with why; then each process fetches a token of its own.
    """

    def __init__(self, domain: str, credentials: Credentials, warn: Callable[[str], None]) -> None:
        secret = credentials.client_secret or credentials.private_key
        self._name = private_files.file_name_for(json.dumps([domain, credentials.client_id, secret]))
        self._warn = warn

    def lock(self) -> AbstractContextManager[object]:
        """Keep this user's other processes out."""
        return private_files.locked(f"token {self._name}")

    def load(self) -> AccessToken | None:
        """Return the token of an earlier process; ``None`` if there is none that can be read."""
        with suppress(OSError):
            match private_files.read_json(self._path()):
                case {"text": str() as text, "issued_at_s": float() as issued_at_s, "expires_at_s": float() as ends_s}:
                    token = AccessToken(text, issued_at_s, ends_s)
                    return token if token.is_plausible else None
        return None  # there is none, or one of another version or damaged: a new one takes its place

    def save(self, token: AccessToken | None) -> None:
        """Leave a token for other processes; ``None`` removes the file."""
        try:
            if token is None:
                self._path().unlink(missing_ok=True)
            else:
                private_files.write_text(self._path(), json.dumps(dataclasses.asdict(token)))
        except OSError as error:
            self._warn(
                f"auth0-permissions:reuseToken: the token cannot be kept for other runs ({error}), so each run fetches "
                "its own. Correct that, or set it to off."
            )

    def _path(self) -> Path:
        return private_files.private_folder() / "tokens" / self._name
