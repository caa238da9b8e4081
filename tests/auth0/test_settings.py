"""Stack-wide settings from configuration and environment."""

import sys
from collections.abc import Mapping

import pytest

from pulumi_auth0_permissions.auth0.token import Credentials
from pulumi_auth0_permissions.core.errors import InvalidInputs
from pulumi_auth0_permissions.core.model import Removal, Unmanaged
from pulumi_auth0_permissions.core.safety import APPROVALS_VARIABLE
from pulumi_auth0_permissions.settings import ApprovalOn, Settings
from support.keys import key_pair

DOMAIN = {"auth0:domain": "acme.eu.auth0.com"}
TENANT = {**DOMAIN, "auth0:clientId": "the-id", "auth0:clientSecret": "the-secret"}
OWN = "auth0-permissions:"
URL = "https://acme.eu.auth0.com"


def read(config: Mapping[str, str], environ: Mapping[str, str] | None = None) -> Settings:
    """Read settings from dictionaries."""
    return Settings.read(config.get, environ or {})


def problems(config: Mapping[str, str], environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what is wrong, by property."""
    with pytest.raises(InvalidInputs) as caught:
        Settings.read(config.get, environ or {}, config)
    return {problem.property: problem.reason for problem in caught.value.problems}


def test_the_defaults_are_the_documented_ones() -> None:
    """With a tenant and credentials alone, the safest modes count and nothing is approved; no secret is printed."""
    settings = read(TENANT)

    assert (settings.domain, settings.credentials) == (URL, Credentials("the-id", "the-secret"))
    assert (settings.unmanaged, settings.removal, settings.impact) == (Unmanaged.REFUSE, Removal.WARN, True)
    assert (settings.approved_for(""), settings.max_removals, settings.reuses_token) == (frozenset(), None, False)
    assert "the-secret" not in repr(settings)


def test_everything_can_be_set() -> None:
    """Each key of the namespace is read from its text; an approval that names an API approves nothing on another."""
    texts = {
        "unmanaged": "keep",
        "removal": "refuse_if_held",
        "approvedRemovals": '["delete:a", {"api": "https://b/", "permission": "delete:b "}]',
        "maxRemovals": "0",
        "impact": "off",
        "requestsPerSecond": "0.5",
        "reuseToken": "true",  # as a bare `on` in YAML arrives
    }
    settings = read(TENANT | {f"{OWN}{key}": text for key, text in texts.items()}, {APPROVALS_VARIABLE: '["delete:c"]'})

    assert settings == Settings(
        URL,
        Credentials("the-id", "the-secret"),
        Unmanaged.KEEP,
        Removal.REFUSE_IF_HELD,
        ("delete:a", ApprovalOn("https://b/", "delete:b ")),
        ("delete:c",),
        max_removals=0,
        impact=False,
        requests_per_second=0.5,
        reuses_token=True,
    )
    assert settings.approved_for("https://b/", "1a2b") == {"delete:a", "delete:b ", "delete:c"}
    assert settings.approved_for("https://c/") == {"delete:a", "delete:c"}


def test_the_environment_fills_in() -> None:
    """The official provider's variables serve where the configuration says nothing.

    A token wins over an application, and the application's private key over its secret.
    """
    environ = {"AUTH0_DOMAIN": "env.auth0.com", "AUTH0_CLIENT_ID": "env-id", "AUTH0_CLIENT_SECRET": "env-secret\n"}

    settings = read(DOMAIN | {"auth0:clientId": " "}, environ)

    assert (settings.domain, settings.credentials) == (URL, Credentials("env-id", "env-secret"))
    assert read(TENANT, {"AUTH0_API_TOKEN": "the-token"}).credentials == Credentials(api_token="the-token")
    key, _ = key_pair()
    signing = Credentials("the-id", private_key=key.strip(), algorithm="PS256")
    assert read(TENANT | {PRIVATE_KEY: key, ALGORITHM: "PS256"}).credentials == signing


def test_all_problems_come_at_once() -> None:
    """Four wrong settings are four problems."""
    own = {f"{OWN}unmanaged": "destroy", f"{OWN}maxRemovals": "-1"}
    wrong = {"auth0:domain": "http://acme.eu.auth0.com", "auth0:clientId": "a b", **own}

    assert set(problems({**wrong, "auth0:clientSecret": "x"})) == set(wrong)


ALGORITHM = "auth0:clientAssertionSigningAlg"
PRIVATE_KEY = "auth0:clientAssertionPrivateKey"
KEY = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"
SIGNING = {PRIVATE_KEY: KEY, ALGORITHM: "RS256"}
SIGNS = DOMAIN | {"auth0:clientId": "id"} | SIGNING


@pytest.mark.parametrize(
    ("config", "environ", "name", "words"),
    [
        (DOMAIN, {}, "auth0:clientId", "it is not set. Set auth0:clientId and auth0:clientSecret of"),
        (DOMAIN | {"auth0:clientId": "x"}, {}, "auth0:clientSecret", "it is not set. Set"),
        ({}, {"AUTH0_DOMAIN": "ftp://x", "AUTH0_API_TOKEN": "t"}, "auth0:domain", "(from AUTH0_DOMAIN in the env"),
        (DOMAIN | SIGNING | {PRIVATE_KEY: key_pair()[0]}, {}, "auth0:clientId", "it is not set"),
        (SIGNS, {}, PRIVATE_KEY, "in PEM form"),
        (SIGNS | {ALGORITHM: "HS256", PRIVATE_KEY: key_pair()[0]}, {}, ALGORITHM, '"RS384", "PS256"; got "HS256".'),
        (TENANT | {"auth0:clientSecret": "two AAAA"}, {}, "auth0:clientSecret", "Copy it again"),
        (TENANT | {"auth0:clientSecret": "\u00e4AAAA"}, {}, "auth0:clientSecret", "Copy it again"),
        (TENANT, {APPROVALS_VARIABLE: '["a", 1]'}, APPROVALS_VARIABLE, "it must be a list of permissions"),
        (TENANT | {f"{OWN}Impact": "on"}, {}, f"{OWN}Impact", 'Did you mean "impact"?'),
        (TENANT | {f"{OWN}zzz": "1", "aws:region": "x", "auth0:debug": "1"}, {}, f"{OWN}zzz", '"maxRemovals"'),
    ],
)
def test_what_cannot_be_used_is_named(
    config: Mapping[str, str], environ: Mapping[str, str], name: str, words: str
) -> None:
    """Each problem stands under its setting and says what to do; a secret is not repeated."""
    found = problems(config, environ)

    assert list(found) == [name]
    assert words in found[name]
    assert "AAAA" not in str(found)


@pytest.mark.parametrize(
    ("key", "texts", "must_be"),
    [
        ("removal", ["Warn"], 'one of "warn", "revoke"'),
        ("operationTimeout", ["1441"], "a number greater than 0, 1440 at most; got"),
        ("impact", ["maybe"], '"on" or "off"; got "maybe".'),
        ("maxRemovals", ["1.5", "-1", "1" * 5000], "a non-negative integer"),
        ("requestsPerSecond", ["0", "nan", "1e999", "fast"], "a number greater than 0"),
        ("approvedRemovals", ["{}", '"a"', "[" * 100_000, "a,b"], "a list of permissions"),
        # An approval that could not work, or whose misspelled key would widen it.
        ("approvedRemovals", ['["a", ""]', "[1]", '[{"permission": "a"}]'], "a list of permissions"),
        ("approvedRemovals", ['[{"api": "b", "permission": "c", "Api": "d"}]'], "a list of permissions"),
    ],
)
def test_a_wrong_text_is_answered_with_what_it_must_be(key: str, texts: list[str], must_be: str) -> None:
    """None is taken for the default."""
    for text in texts:
        (reason,) = problems(TENANT | {f"{OWN}{key}": text}).values()
        assert reason.startswith(f"it must be {must_be}")


def test_a_key_that_nothing_here_can_sign_with_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package is an extra, which only those who sign need."""
    monkeypatch.setitem(sys.modules, "jwt", None)

    assert "pip install 'pulumi-auth0-permissions[private-key-jwt]'" in str(problems(SIGNS))
