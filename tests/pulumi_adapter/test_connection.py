"""The file in which this user's processes share a token: for nobody else, and never an obstacle."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulumi_auth0_permissions.auth0.token import AccessToken, Credentials
from pulumi_auth0_permissions.pulumi_adapter import connection
from pulumi_auth0_permissions.pulumi_adapter.connection import TokenFile, client_for
from pulumi_auth0_permissions.settings import Settings

DOMAIN = "https://acme.eu.auth0.com"
CLIENT = Credentials("the-id", "the-secret")
TOKEN = AccessToken("ey.the.token", 1000.0, 2000.0)


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's runtime folder, empty."""
    folder = tmp_path / "runtime"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder


def make(domain: str = DOMAIN, credentials: Credentials = CLIENT) -> TokenFile:
    """Return a store that has nothing to warn of."""
    return TokenFile(domain, credentials, pytest.fail)


def files(folder: Path) -> list[Path]:
    """Return the files in a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_token_is_read_back(runtime: Path) -> None:
    """What one process saves, another one loads; what it removes is gone. No credentials are in the file."""
    one, other = make(), make()
    assert other.load() is None

    one.save(TOKEN)
    (file,) = files(runtime)
    assert not [part for part in ("the-secret", "the-id") if part in file.read_text() + str(file)]
    assert other.load() == TOKEN
    other.save(None)

    assert one.load() is None


@pytest.mark.parametrize(
    ("domain", "credentials"),
    [
        ("https://other.eu.auth0.com", CLIENT),
        (DOMAIN, Credentials("other", "the-secret")),
        (DOMAIN, Credentials("the-id", "rotated")),
    ],
)
def test_a_token_is_for_one_tenant_and_one_pair_of_credentials(domain: str, credentials: Credentials) -> None:
    """Another tenant, another client or another secret never gets it."""
    make().save(TOKEN)

    assert make(domain, credentials).load() is None


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", '{"text": "x"}'),
        '{"text": "two words", "issued_at_s": 1.0, "expires_at_s": 2.0}',
        '{"text": "x", "issued_at_s": "soon", "expires_at_s": 2.0}',
        '{"text": "x", "issued_at_s": 1.0, "expires_at_s": 1e400}',
    ],
)
def test_a_damaged_file_is_not_used(runtime: Path, text: str) -> None:
    """What is not as this version writes it is replaced without a warning."""
    store = make()
    store.save(TOKEN)
    files(runtime)[0].write_text(text)

    assert store.load() is None
    store.save(TOKEN)
    assert store.load() == TOKEN


def test_a_folder_that_cannot_be_used_is_reported_once(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder of this user's own, every call does nothing, and one sentence says why and what to do."""
    others = runtime / "pulumi-auth0-permissions"
    others.mkdir()
    others.chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(runtime))
    warnings: list[str] = []
    store = TokenFile(DOMAIN, CLIENT, warnings.append)

    with store.lock():
        assert store.load() is None
        store.save(TOKEN)
        store.save(None)

    (warning,) = warnings
    assert "auth0-permissions:reuseToken" in warning
    assert str(others) in warning
    assert TOKEN.text not in warning


@pytest.mark.parametrize(
    ("credentials", "reuses", "kept"),
    [(CLIENT, True, True), (CLIENT, False, False), (Credentials(api_token="given"), True, False)],
)
def test_a_token_is_kept_where_that_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, credentials: Credentials, *, reuses: bool, kept: bool
) -> None:
    """Off by default; and a token from the settings is in the configuration already."""
    made: list[object] = []
    monkeypatch.setattr(connection, "TokenFile", lambda *_: made.append("a file"))

    client_for(Settings(DOMAIN, credentials, reuses_token=reuses), warn=pytest.fail).close()

    assert bool(made) is kept
