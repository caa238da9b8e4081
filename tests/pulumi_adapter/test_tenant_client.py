"""The file in which this user's processes share a token: for nobody else, and never an obstacle."""

from functools import partial
from pathlib import Path
from unittest.mock import Mock

import pytest

from pulumi_auth0_permissions.auth0.token import AccessToken, Credentials
from pulumi_auth0_permissions.pulumi_adapter import tenant_client
from pulumi_auth0_permissions.pulumi_adapter.tenant_client import client_for, replace_token
from pulumi_auth0_permissions.settings import Settings

DOMAIN = "https://acme.eu.auth0.com"
CLIENT = Credentials("the-id", "the-secret")
TOKEN = "ey.the.token"


def swap(text: str, domain: str = DOMAIN, credentials: Credentials = CLIENT) -> str:
    """Put a token, or none, in the place of the one that is there, and return that; nothing is warned of."""
    shared = partial(replace_token, domain, credentials, pytest.fail)
    found = shared(lambda token: token)
    shared(lambda _token: AccessToken(text, 1000.0))
    return found.text


def test_a_token_is_read_back_by_the_same_credentials_only(folder: Path) -> None:
    """What one process leaves, another one finds; what it removes is gone. No credentials are in the file.

    What is not as this version writes it is replaced without a warning.
    """
    assert not swap(TOKEN)
    (file,) = (folder / "tokens").iterdir()

    assert not [part for part in ("the-secret", "the-id") if part in file.read_text() + str(file)]
    for other in (Credentials("other", "the-secret"), Credentials("the-id", "rotated")):
        assert not swap("", credentials=other)
    assert not swap("", "https://other.eu.auth0.com")
    assert swap(TOKEN) == TOKEN
    for text in ("", '{"text": 1}', '{"text": "two words", "until_s": 1.0}'):
        file.write_text(text)
        assert not swap(TOKEN)
    assert swap("") == TOKEN
    assert not swap("")


def test_a_folder_that_cannot_be_used_is_reported(folder: Path) -> None:
    """Without a folder of this user's own, no token is kept, and one sentence says why and what to do."""
    folder.chmod(0o755)
    warnings: list[str] = []

    replace_token(DOMAIN, CLIENT, warnings.append, lambda _token: AccessToken(TOKEN))

    (warning,) = warnings
    assert "auth0-permissions:reuseToken" in warning
    assert str(folder) in warning
    assert TOKEN not in warning


@pytest.mark.parametrize(
    ("credentials", "reuses", "kept"),
    [(CLIENT, True, True), (CLIENT, False, False), (Credentials(api_token="given"), True, False)],
)
def test_a_token_is_kept_where_that_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, credentials: Credentials, *, reuses: bool, kept: bool
) -> None:
    """Off by default; and a token from the settings is in the configuration already."""
    made = Mock()
    monkeypatch.setattr(tenant_client, "ManagementClient", made)

    client_for(Settings(DOMAIN, credentials, reuses_token=reuses), warn=pytest.fail)

    assert (made.call_args.kwargs["tokens"] is not None) is kept
