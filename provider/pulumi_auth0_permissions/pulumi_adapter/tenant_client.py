"""Connect to the tenant that the settings name: the client, the token that processes share, hints at similar APIs."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import islice

from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import ManagementApiError
from pulumi_auth0_permissions.auth0.token import AccessToken, Credentials
from pulumi_auth0_permissions.core.text import did_you_mean
from pulumi_auth0_permissions.pulumi_adapter.files_and_locks import file_name_for, locked, private_folder, read, write
from pulumi_auth0_permissions.settings import Settings

_MAX_PAGES = 10  # of APIs whose identifiers are compared, after a failure only


def client_for(
    settings: Settings, *, warn: Callable[[str], None], on_wait: Callable[[float, str], None] | None = None
) -> ManagementClient:
    """Return a client of the tenant; before a long wait, ``on_wait`` is called with its seconds and reason."""
    # A configured token is not issued, so there is none to share.
    is_shared = settings.reuses_token and not settings.credentials.api_token
    return ManagementClient(
        settings.domain,
        settings.credentials,
        audience=settings.audience,
        custom_domain=settings.custom_domain,
        tokens=partial(replace_token, settings.domain, settings.credentials, warn) if is_shared else None,
        requests_per_second=settings.requests_per_second,
        on_wait=on_wait,
    )


def nearest_apis(management: ManagementClient, api: str) -> str:
    """Return a sentence with the identifiers that are nearest to one that does not exist, or ``""``."""
    try:
        known = [api.identifier for page in islice(management.pages_of_apis(), _MAX_PAGES) for api in page.items]
    except ManagementApiError:
        return ""  # what is missing has been reported; this is only a hint
    hint = did_you_mean(api, known)
    return f" {hint}" if hint else ""


def replace_token(
    domain: str, credentials: Credentials, warn: Callable[[str], None], change: Callable[[AccessToken], AccessToken]
) -> AccessToken:
    """Replace the token that this user's processes share (``reuseToken``) by what ``change`` makes of it.

    If it cannot be saved, ``warn`` is called with the reason, and each process fetches a token of its own.
    """
    secret = credentials.client_secret or credentials.private_key
    # New credentials never get an old token.
    name = file_name_for(repr((domain, credentials.client_id, secret)))
    with locked(f"token {name}"):
        found = AccessToken()
        with suppress(OSError):  # a folder that cannot be used is reported when there is a token
            found = read(private_folder() / "tokens" / name, AccessToken) or found
        token = change(found)
        try:
            if token != found:
                write(private_folder() / "tokens" / name, token)
        except OSError as error:
            warn(
                f"auth0-permissions:reuseToken: the token cannot be saved for other runs ({error}), so each run "
                "fetches its own. Correct that, or set it to off."
            )
        return token
