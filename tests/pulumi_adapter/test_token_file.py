"""The file that this user's processes leave a token in: for nobody else, and never in the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_auth0_permissions.auth0.credentials import Credentials
from pulumi_auth0_permissions.auth0.token import AccessToken
from pulumi_auth0_permissions.pulumi_adapter.token_file import TokenFile, token_store
from pulumi_auth0_permissions.settings import Settings

DOMAIN = "https://acme.eu.auth0.com"
CLIENT = Credentials("id", "secret")
TOKEN = AccessToken("ey.the.token", 1000.0, 2000.0)


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's runtime folder, empty."""
    folder = tmp_path / "runtime"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What was complained about; nothing, unless the test says so."""
    heard: list[str] = []
    yield heard
    assert heard == []


def files(folder: Path) -> list[Path]:
    """Return the files that hold something."""
    return [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size]


def test_a_token_is_read_back(complaints: list[str]) -> None:
    """What one process saves, another one loads; what it forgets is gone."""
    one, other = (TokenFile(DOMAIN, CLIENT, complaints.append) for _ in range(2))
    assert other.load() is None

    one.save(TOKEN)
    assert other.load() == TOKEN
    other.save(None)

    assert one.load() is None


def test_the_secret_is_not_in_it(runtime: Path, complaints: list[str]) -> None:
    """Of the credentials, nothing is in the file or its name."""
    TokenFile(DOMAIN, Credentials.of_client("the-id", "the-secret"), complaints.append).save(TOKEN)

    (file,) = files(runtime)
    assert "the-secret" not in file.read_text() + str(file)
    assert "the-id" not in file.read_text() + str(file)


@pytest.mark.parametrize(
    ("domain", "credentials"),
    [
        ("https://other.eu.auth0.com", CLIENT),
        (DOMAIN, Credentials.of_client("other", "secret")),
        (DOMAIN, Credentials.of_client("id", "rotated")),
    ],
)
def test_a_token_is_for_one_tenant_and_one_pair_of_credentials(
    domain: str, credentials: Credentials, complaints: list[str]
) -> None:
    """Another tenant, another client or another secret never gets it."""
    TokenFile(DOMAIN, CLIENT, complaints.append).save(TOKEN)

    assert TokenFile(domain, credentials, complaints.append).load() is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        '{"text": "x"}',
        '{"text": "two words", "issued_at_s": 1, "expires_at_s": 2}',
        '{"text": "", "issued_at_s": 1, "expires_at_s": 2}',
        '{"text": 1, "issued_at_s": 1, "expires_at_s": 2}',
        '{"text": "x", "issued_at_s": "soon", "expires_at_s": 2}',
        '{"text": "x", "issued_at_s": 1, "expires_at_s": 1e400}',
    ],
)
def test_a_damaged_file_is_no_token(runtime: Path, text: str, complaints: list[str]) -> None:
    """What is not as this version writes it is not used, and replaced without a word."""
    store = TokenFile(DOMAIN, CLIENT, complaints.append)
    store.save(TOKEN)
    files(runtime)[0].write_text(text)

    assert store.load() is None
    store.save(TOKEN)
    assert store.load() == TOKEN


def test_where_nothing_can_be_kept_it_is_said_once(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder of this user's own, every call does nothing, and one sentence says why and what to do."""
    others = runtime / "pulumi-auth0-permissions"
    others.mkdir()
    others.chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(runtime))
    heard: list[str] = []
    store = TokenFile(DOMAIN, CLIENT, heard.append)

    with store.lock():
        assert store.load() is None
        store.save(TOKEN)
        store.save(None)

    (complaint,) = heard
    assert "auth0-permissions:reuseToken" in complaint
    assert str(others) in complaint
    assert TOKEN.text not in complaint


@pytest.mark.parametrize(
    ("credentials", "reuses", "kept"),
    [(CLIENT, True, True), (CLIENT, False, False), (Credentials.of_token("ready"), True, False)],
)
def test_a_token_is_kept_where_that_was_asked_for(credentials: Credentials, *, reuses: bool, kept: bool) -> None:
    """Off by default; and a ready token is in the configuration already."""
    settings = Settings(DOMAIN, credentials, reuses_token=reuses)

    assert (token_store(settings, print) is not None) is kept
