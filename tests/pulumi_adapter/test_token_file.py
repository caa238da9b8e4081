"""The file in which this user's processes share a token: for nobody else, and never an obstacle."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pulumi_auth0_permissions.auth0.token import AccessToken, Credentials
from pulumi_auth0_permissions.pulumi_adapter.token_file import TokenFile, token_store
from pulumi_auth0_permissions.settings import Settings

DOMAIN = "https://acme.eu.auth0.com"
CLIENT = Credentials("the-id", "the-secret")
TOKEN = AccessToken("ey.the.token", 1000.0, 2000.0)

Make = Callable[..., TokenFile]


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's runtime folder, empty."""
    folder = tmp_path / "runtime"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes stores that have nothing to warn of."""
    warnings: list[str] = []
    yield lambda domain=DOMAIN, credentials=CLIENT: TokenFile(domain, credentials, warnings.append)
    assert warnings == []


def files(folder: Path) -> list[Path]:
    """Return the files that hold something."""
    return [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size]


def test_a_token_is_read_back(make: Make) -> None:
    """What one process saves, another one loads; what it removes is gone."""
    one, other = make(), make()
    assert other.load() is None

    one.save(TOKEN)
    assert other.load() == TOKEN
    other.save(None)

    assert one.load() is None


def test_nobody_else_can_read_it(runtime: Path, make: Make) -> None:
    """File and folders are for their owner alone, whatever the umask allows, without any credentials."""
    make().save(TOKEN)

    (file,) = files(runtime)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (file.parent, file.parent.parent)} == {0o700}
    assert not [part for part in ("the-secret", "the-id") if part in file.read_text() + str(file)]


@pytest.mark.parametrize(
    ("domain", "credentials"),
    [
        ("https://other.eu.auth0.com", CLIENT),
        (DOMAIN, Credentials("other", "the-secret")),
        (DOMAIN, Credentials("the-id", "rotated")),
    ],
)
def test_a_token_is_for_one_tenant_and_one_pair_of_credentials(
    domain: str, credentials: Credentials, make: Make
) -> None:
    """Another tenant, another client or another secret never gets it."""
    make().save(TOKEN)

    assert make(domain, credentials).load() is None


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "[" * 100_000, '{"text": "x"}', '{"text": 1, "issued_at_s": 1, "expires_at_s": 2}'),
        '{"text": "two words", "issued_at_s": 1, "expires_at_s": 2}',
        '{"text": "", "issued_at_s": 1, "expires_at_s": 2}',
        '{"text": "x", "issued_at_s": "soon", "expires_at_s": 2}',
        '{"text": "x", "issued_at_s": 1, "expires_at_s": 1e400}',
    ],
)
def test_a_damaged_file_is_not_used(runtime: Path, text: str, make: Make) -> None:
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
def test_a_token_is_kept_where_that_was_asked_for(credentials: Credentials, *, reuses: bool, kept: bool) -> None:
    """Off by default; and a token from the settings is in the configuration already."""
    assert (token_store(Settings(DOMAIN, credentials, reuses_token=reuses), print) is not None) is kept
